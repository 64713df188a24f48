"""Recorded variables of a school: order parameters, clusters, distances, and positions of groups within it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

from physent.core import schools
from physent.declare import Coordinate, Variable
from physent.engines.couzin.parameters import Parameters, sizes
from physent.typing import Array, Floats, Integers

_SPANNING = "NaN if the largest cluster is connected to itself around the periodic box, and so has no centroid"

VARIABLES = (
    Variable("polarization", "polarization, |sum of headings|/n"),
    Variable(
        "largest_cluster_polarization",
        "polarization of the largest cluster",
        attrs={"comment": "equals polarization if there is only one cluster"},
    ),
    Variable(
        "rotation",
        "rotation, |sum of unit radius x heading|/n about the centroid, of the largest cluster",
        attrs={"comment": f"at most pi/4 for a ball that mills, 1 for a ring; {_SPANNING}"},
        may_be_nan=True,
    ),
    Variable(
        "angular_momentum",
        "angular momentum per fish, |sum of radius x heading|/n about the centroid, of the largest cluster",
        attrs={"comment": f"in units of length; {_SPANNING}"},
        may_be_nan=True,
    ),
    Variable(
        "spread",
        "root mean square distance to the centroid, of the largest cluster",
        attrs={"comment": _SPANNING},
        may_be_nan=True,
    ),
    Variable(
        "nearest_neighbor_distance",
        "mean distance to the nearest neighbour",
        attrs={"comment": "NaN for a single fish"},
        may_be_nan=True,
    ),
    Variable(
        "cluster_count",
        "number of clusters",
        attrs={
            "comment": "fish are linked if one is within the attraction radius of the other; if that radius exceeds "
            "half the box, within a quarter of the box"
        },
    ),
    Variable("largest_cluster_fraction", "fraction of the fish in the largest cluster"),
    Variable("position", "position", dims=("replica", "particle", "axis"), is_field=True),
    Variable("heading", "unit vector of the heading", dims=("replica", "particle", "axis"), is_field=True),
)

OF_GROUPS = (
    Variable(
        "front_position",
        "mean distance in front of the centroid along the mean heading, of a group's fish in the largest cluster",
        dims=("replica", "group"),
        attrs={
            "comment": "negative: behind; NaN if the group has no fish there, or if the headings cancel, so that no "
            f"direction is ahead; {_SPANNING}"
        },
        may_be_nan=True,
    ),
    Variable(
        "center_distance",
        "mean distance to the centroid, of a group's fish in the largest cluster",
        dims=("replica", "group"),
        attrs={"comment": f"NaN if the group has no fish there; {_SPANNING}"},
        may_be_nan=True,
    ),
)


def variables(parameters: Parameters) -> tuple[Variable, ...]:
    """Recorded variables; `OF_GROUPS` only in a school with groups."""
    return VARIABLES if parameters.groups is None else VARIABLES + OF_GROUPS


def coordinates(parameters: Parameters) -> tuple[Coordinate, ...]:
    """Fish, axes, and groups if there are any."""
    fish = Coordinate("particle", np.arange(parameters.n), "index of the fish")
    axes = Coordinate("axis", np.arange(3), "axis of space: x, y, z")
    if parameters.groups is None:
        return fish, axes
    return fish, axes, Coordinate("group", np.arange(len(parameters.groups)), "index of the group")


def observe(
    position: Floats,
    heading: Floats,
    box_length: float | None,
    radius: float | Floats,
    group_sizes: Sequence[int] = (),
) -> dict[str, Array]:
    """Every declared variable of schools with positions and unit headings (replica, n, 3), as new arrays.

    ``radius`` is the attraction radius, one number or (n,). Fish are linked if their distance is below the larger of
    their radii. In a periodic box of length L a radius above L/2 would link a school of any size to its own images;
    L/4 is used then. Replicas are independent, so results do not depend on their number. With ``group_sizes`` also
    the variables `OF_GROUPS`.
    """
    record = order(position, heading, box_length, radius, group_sizes)
    return record | {"position": np.array(position), "heading": np.array(heading)}


def order(
    position: Floats,
    heading: Floats,
    box_length: float | None,
    radius: float | Floats,
    group_sizes: Sequence[int] = (),
) -> dict[str, Array]:
    """`observe` without the fields."""
    scalars, measured = schools.measured(position, heading, box_length, radius)
    record: dict[str, Array] = {**scalars}
    if group_sizes:
        bounds = np.cumsum([0, *group_sizes])
        record["front_position"] = _of_groups(measured.ahead, bounds)
        record["center_distance"] = _of_groups(measured.distance, bounds)
    return record


def doubts(record: Mapping[str, Array], time: float) -> Iterator[tuple[str, str]]:
    """(key, message) if the largest cluster spans the box."""
    spanning = np.isnan(record["rotation"])
    if spanning.any():
        message = (
            f"the largest cluster spans the periodic box in {int(spanning.sum())} of {spanning.size} replicas at time "
            f"{time:.6g}, and perhaps later: it has no centroid there, and rotation and spread are NaN; a larger "
            "parameters.box_length avoids this"
        )
        yield "rotation", message


def of_groups(parameters: Parameters) -> tuple[int, ...]:
    """The ``group_sizes`` of `observe`."""
    return () if parameters.groups is None else sizes(parameters)


def _of_groups(values: Floats, bounds: Integers) -> Floats:
    """Means (replica, group) over the finite values of the fish in each group; NaN if there are none."""
    here = np.isfinite(values)
    total, count = np.where(here, values, 0.0), here.astype(np.float64)
    spans = [slice(a, b) for a, b in pairwise(bounds)]
    sums = np.stack([total[:, span].sum(axis=1) for span in spans], axis=1)
    counts = np.stack([count[:, span].sum(axis=1) for span in spans], axis=1)
    return np.asarray(np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0))
