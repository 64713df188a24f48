"""Positions, and sums over velocities, at a given time between events: copies that leave the gas unchanged."""

from __future__ import annotations

import numpy as np

from physent.core.jit import njit, njit_inline
from physent.engines.hard_discs.arrays import (
    ORIGIN,
    SCALE,
    SINCE,
    VX,
    YEARS,
    Gas,
    Rectangle,
    X,
    of_replica,
)
from physent.engines.hard_discs.species import NAME, NAME_MASK
from physent.typing import Array

BLOCK = 256
"""Number of discs per partial sum: for a million discs round-off is then that of a few thousand terms."""


@njit
def sample(
    first: int, last: int, gas: Gas, box: Rectangle, times: Array, position: Array, velocity: Array, image: Array
) -> None:
    """Positions in the box, velocities and images, (replica, particle, axis), of replicas ``first`` to ``last``.

    No event may lie before the time of a replica in ``times``. Along a periodic axis positions are in [0, l).
    """
    row = np.empty(position.shape[1], np.int32)  # by name, so that results are written in order
    for replica in range(first, last):
        one = of_replica(gas, replica)
        year = one.buckets / one.sums[SCALE]
        # Whole years are subtracted first: the difference is small, and its round-off does not grow with time.
        now = (times[replica] - one.sums[ORIGIN]) - one.counts[YEARS] * year
        for i in range(one.n):
            row[one.marks[16 * i + NAME] & NAME_MASK] = i
        for name in range(one.n):
            i = row[name]
            age = now - one.discs[8 * i + SINCE]
            for axis in range(2):
                side, wall = (box.ly, box.wall_y) if axis else (box.lx, box.wall_x)
                v = one.discs[8 * i + VX + axis]
                x = one.discs[8 * i + X + axis] + v * age
                periods = 0
                if not wall:  # round-off may put a position beyond the edge before its crossing
                    x, periods = wrapped(x, side)
                position[replica, name, axis] = x
                velocity[replica, name, axis] = v
                image[replica, name, axis] = one.images[2 * i + axis] + periods


@njit
def add_up(first: int, last: int, velocity: Array, sums: Array) -> None:
    """Sums of v^2, v^4 and both components of ``velocity`` (replica, particle, axis) to ``sums`` (replica, 4)."""
    n = velocity.shape[1]
    for replica in range(first, last):
        squares, fourths, momentum_x, momentum_y = 0.0, 0.0, 0.0, 0.0
        for start in range(0, n, BLOCK):  # serial: a sum must not depend on the number of threads
            square, fourth, along, across = 0.0, 0.0, 0.0, 0.0
            for i in range(start, min(start + BLOCK, n)):
                vx, vy = velocity[replica, i, 0], velocity[replica, i, 1]
                both = vx * vx + vy * vy
                square += both
                fourth += both * both
                along += vx
                across += vy
            squares += square
            fourths += fourth
            momentum_x += along
            momentum_y += across
        sums[replica, 0] = squares
        sums[replica, 1] = fourths
        sums[replica, 2] = momentum_x
        sums[replica, 3] = momentum_y


@njit_inline
def wrapped(x: float, side: float) -> tuple[float, int]:
    """Coordinate in [0, side), and the number of sides subtracted; rounding up to the far end gives 0."""
    if 0.0 <= x < side:
        return x, 0
    periods = np.floor(x / side)
    inside = x - periods * side
    if inside >= side:
        return 0.0, int(periods) + 1
    return max(inside, 0.0), int(periods)
