"""Order parameters of animals, or of anything that has places and headings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from physent.declare import Length, Positive, Problem, Variable
from physent.diagnostics.run import particles
from physent.diagnostics.run.declare import Context, Diagnostic, Name, Record
from physent.typing import Array

_LARGEST = "of the largest cluster; NaN if that is connected to itself around the periodic box, and so has no centroid"
_WHAT = {
    "polarization": "polarization, |sum of headings|/n",
    "largest_cluster_polarization": "polarization of the largest cluster",
    "rotation": f"rotation, |sum of unit radius x heading|/n about the centroid, {_LARGEST}",
    "angular_momentum": f"angular momentum per particle, |sum of radius x heading|/n about the centroid, {_LARGEST}",
    "spread": f"root mean square distance to the centroid, {_LARGEST}",
    "nearest_neighbor_distance": "mean distance to the nearest neighbour",
    "cluster_count": "number of clusters",
    "largest_cluster_fraction": "fraction of the particles in the largest cluster",
}


class OrderParameters(Diagnostic):
    """Order parameters of a group: polarization, rotation, spread and clusters, at every sample.

    Particles are linked if they are within `radius` of each other, and a cluster is what links connect. Gives
    NAME_polarization, |sum of headings|/n, and that of the largest cluster; NAME_rotation, |sum of unit radius x
    heading|/n about its centroid (I. D. Couzin et al., J. Theor. Biol. 218, 1 (2002), 10.1006/jtbi.2002.3065), at most
    pi/4 for a ball that mills and 1 for a ring; NAME_angular_momentum, NAME_spread, NAME_nearest_neighbor_distance,
    NAME_cluster_count and NAME_largest_cluster_fraction. In one to three dimensions.
    """

    kind: Literal["order_parameters"]
    name: Name = Field(default="order_parameters", description="prefix: NAME_polarization ...")
    radius: Annotated[Positive, Length] | None = Field(
        default=None,
        description="distance within which particles are linked, if it exceeds half a periodic box a quarter of that; "
        "null: the distance of attraction of the model",
    )

    def sources(self) -> tuple[str, ...]:
        return ("position", "heading")

    def problems(self, context: Context) -> Iterator[Problem]:
        yield from particles.unfit(context, "position")
        yield from particles.uneven(context)
        if particles.has_walls(context):
            yield Problem(("kind",), "there are walls: expected a periodic box or none")
        if len(context.coordinates["axis"]) > 3:
            yield Problem(("kind",), f"found {len(context.coordinates['axis'])} axes of space, expected 1 to 3")
        if self.radius is None and "reach" not in context.scales:
            yield Problem(("radius",), "found null, expected the distance within which particles are linked")

    def variables(self, context: Context) -> tuple[Variable, ...]:
        attrs = {"source": "position, heading"}
        return tuple(Variable(f"{self.name}_{name}", what, attrs=attrs) for name, what in _WHAT.items())

    def observe(self, record: Record, context: Context) -> Mapping[str, ArrayLike]:
        from physent.core.schools import measured

        radius = context.scales["reach"] if self.radius is None else self.radius
        position, heading = _in_space(record["position"]), _in_space(record["heading"])
        found, _ = measured(position, heading, particles.side_of(context), radius)
        return {f"{self.name}_{name}": values for name, values in found.items()}


def _in_space(vectors: Array) -> Array:
    """Vectors in three dimensions, those of fewer with zeros."""
    lacks = 3 - vectors.shape[-1]
    return np.pad(vectors, ((0, 0), (0, 0), (0, lacks))) if lacks else vectors


KIND = OrderParameters
