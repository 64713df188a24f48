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
    return {"max_radius": max_radius(position, dimension), "position": by_particle(position, dimension)}


def max_radius(position: Floats, dimension: int) -> Floats:
    """Largest radii (replica,) of ``position`` (replica, rows, n)."""
    radius: Floats = np.sqrt(np.sum(np.square(position[:, :dimension]), axis=1))
    return np.asarray(radius.max(axis=-1))


def by_particle(position: Floats, dimension: int) -> Floats:
    """Positions (replica, particle, axis) of ``position`` (replica, rows, n), as a new array."""
    return np.array(np.moveaxis(position[:, :dimension], 1, 2), order="C")
