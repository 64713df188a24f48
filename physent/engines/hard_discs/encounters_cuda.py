"""Events of the discs of a gas in shared memory (`small_gases_cuda`): ``rows`` (6, n) has the columns of `arrays`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import cuda

from physent.core.cuda.launch import device_function
from physent.engines.hard_discs.arrays import DEVIATION, SINCE, VIRIAL, VX, VY, WALL, X, Y
from physent.engines.hard_discs.encounters import impulse, nearest, wait_for, within_walls
from physent.engines.hard_discs.sampling import wrapped

AGAIN = np.int32(-1)
"""In place of the partner: no event, but a time to search again; -2 - face: a wall."""

SQUARE, REDUCED, DIAMETER, MASS = 0, 8, 16, 17
"""Rows of the table (18, species): for each species the `species.Tables`."""


@device_function
def settle(rows: Any, images: Any, i: int, now: float, walls: bool, side: float) -> None:
    """Start the trajectory of disc ``i`` anew, at ``now`` and inside the box."""
    age = now - rows[SINCE, i]
    for axis in range(2):
        x = rows[X + axis, i] + rows[VX + axis, i] * age
        if not walls:
            x, periods = wrapped(x, side)
            if periods != 0:
                cuda.atomic.add(images, 2 * i + axis, np.int32(periods))
        rows[X + axis, i] = x
    rows[SINCE, i] = now


@device_function
def bounce(rows: Any, i: int, face: int, mass: float, diameter: float, side: float, sums: Any) -> None:
    """Reflect disc ``i`` from a wall."""
    axis = face >> 1
    wall = side - 0.5 * diameter if face & 1 else 0.5 * diameter
    sums[DEVIATION] = max(sums[DEVIATION], abs(rows[X + axis, i] - wall) / diameter)
    sums[WALL] += 2.0 * abs(rows[VX + axis, i]) * mass
    rows[VX + axis, i] = -rows[VX + axis, i]


@device_function
def collide(
    rows: Any, i: int, j: int, a: int, c: int, tables: Any, walls: bool, side: float, sums: Any, t: int
) -> tuple[float, float]:
    """Velocity of disc ``i`` after it has met ``j``, of the species ``a`` and ``c``; thread 0 enters the sums."""
    dx, dy = rows[X, j] - rows[X, i], rows[Y, j] - rows[Y, i]
    if not walls:
        dx, dy = nearest(dx, side), nearest(dy, side)
    reduced = tables[REDUCED + a, c]
    given, b, square = impulse(dx, dy, rows[VX, j] - rows[VX, i], rows[VY, j] - rows[VY, i], reduced)
    if t == 0:
        sums[VIRIAL] += abs(reduced * b)
        sums[DEVIATION] = max(sums[DEVIATION], 0.5 * abs(square / tables[SQUARE + a, c] - 1.0))
    given = given / tables[MASS, a]
    return rows[VX, i] + given * dx, rows[VY, i] + given * dy


@device_function
def latest(rows: Any, i: int, now: float, diameter: float, walls: bool, side: float, reach: float) -> tuple[float, Any]:
    """When disc ``i`` meets a wall or searches again, whatever others do, and which of the two."""
    due, event = np.inf, AGAIN
    for axis in range(2):
        x, v = rows[X + axis, i], rows[VX + axis, i]
        forth = v > 0.0
        if walls:
            edge, what = within_walls(side if forth else 0.0, diameter, side), -2 - 2 * axis - forth
        else:
            edge, what = x + reach if forth else x - reach, AGAIN
        when = now + wait_for(edge, x, v)
        if when < due:
            due, event = when, np.int32(what)
    return due, event
