"""Recorded variables of samplers of positions."""

from __future__ import annotations

from typing import Any

import numpy as np

from physent.declare import Coordinate, Variable
from physent.typing import Array, Floats

MAX_RADIUS = Variable("max_radius", "largest distance from the centre")
ENERGY = Variable("energy", "energy E = N sum V + sum U")
POSITION = Variable(
    "position", "positions; labels have no meaning", dims=("replica", "particle", "axis"), is_field=True
)


def coordinates(parameters: Any) -> tuple[Coordinate, ...]:
    """Particle and axis."""
    particle = Coordinate("particle", np.arange(parameters.n, dtype=np.int64), "index of the charge, without meaning")
    return (particle, Coordinate("axis", np.arange(parameters.dimension, dtype=np.int64), "axis of space"))


def of_position(position: Floats, dimension: int) -> dict[str, Array]:
    """Positions (replica, particle, axis) and largest radii of ``position`` (replica, rows, n), as new arrays."""
    axes = position[:, :dimension]
    radius = np.sqrt(np.sum(np.square(axes), axis=1))
    return {"max_radius": radius.max(axis=-1), "position": np.array(np.moveaxis(axes, 1, 2), order="C")}
