"""Where the discs are at a given moment, between events: a copy, which leaves the gas as it is."""

from __future__ import annotations

import numpy as np

from physent.core.jit import njit, njit_inline
from physent.engines.hard_discs.arrays import (
    NAME,
    ORIGIN,
    SCALE,
    SINCE,
    VIRIAL,
    VX,
    YEARS,
    Array,
    Box,
    Gas,
    X,
    of_replica,
)

BLOCK = 256
"""Discs whose sums are made first, so that round-off grows as that of a few thousand terms for a million discs."""
TOTALS = 6
"""Kinetic energy, <v^4> / <v^2>^2 (NaN at rest), momentum along x and y, virial, compressibility factor."""


@njit
def sample(
    first: int, last: int, gas: Gas, box: Box, time: float, position: Array, velocity: Array, image: Array
) -> None:
    """Positions in the box, velocities and images, (replica, particle, axis), of replicas ``first`` to ``last``.

    No event may lie before ``time``. Along a periodic axis positions are in [0, l); discs without a size are reflected
    from walls here.
    """
    row = np.empty(position.shape[1], np.int32)  # of each name, so that results are written in order
    for replica in range(first, last):
        one = of_replica(gas, replica)
        year = max(0, one.buckets) / one.sums[SCALE]
        now = (time - one.sums[ORIGIN]) - one.counts[YEARS] * year
        for i in range(one.n):
            row[one.marks[16 * i + NAME]] = i
        for name in range(one.n):
            i = row[name]
            age = now - one.discs[8 * i + SINCE]
            for axis in range(2):
                side, wall = (box.ly, box.wall_y) if axis else (box.lx, box.wall_x)
                v = one.discs[8 * i + VX + axis]
                x = one.discs[8 * i + X + axis] + v * age
                turns = 0
                if not wall:
                    x, turns = wrapped(x, side)
                elif box.diameter == 0.0:
                    x, hits = folded(x, side)
                    v = -v if hits % 2 else v
                position[replica, name, axis] = x
                velocity[replica, name, axis] = v
                image[replica, name, axis] = one.images[2 * i + axis] + turns


@njit
def add_up(first: int, last: int, gas: Gas, box: Box, time: float, since: float, virial: Array, totals: Array) -> None:
    """``totals`` (replica, TOTALS) of the velocities that `sample` gives, summed in the order of the memory.

    ``virial`` (replica,) is that of the time ``since``, from which the compressibility factor is counted.
    """
    for replica in range(first, last):
        one = of_replica(gas, replica)
        squares, fourths, momentum_x, momentum_y = 0.0, 0.0, 0.0, 0.0
        for start in range(0, one.n, BLOCK):
            square, fourth, along, across = 0.0, 0.0, 0.0, 0.0
            for i in range(start, min(start + BLOCK, one.n)):
                vx, vy = one.discs[8 * i + VX], one.discs[8 * i + VX + 1]
                if box.diameter == 0.0:
                    age = time - one.sums[ORIGIN] - one.discs[8 * i + SINCE]
                    if box.wall_x and folded(one.discs[8 * i + X] + vx * age, box.lx)[1] % 2:
                        vx = -vx
                    if box.wall_y and folded(one.discs[8 * i + X + 1] + vy * age, box.ly)[1] % 2:
                        vy = -vy
                both = vx * vx + vy * vy
                square += both
                fourth += both * both
                along += vx
                across += vy
            squares += square
            fourths += fourth
            momentum_x += along
            momentum_y += across
        totals[replica, 0] = 0.5 * squares
        totals[replica, 1] = one.n * fourths / (squares * squares)
        totals[replica, 2] = momentum_x
        totals[replica, 3] = momentum_y
        totals[replica, 4] = one.sums[VIRIAL]
        totals[replica, 5] = 1.0 + (one.sums[VIRIAL] - virial[replica]) / (squares * (time - since))


@njit_inline
def wrapped(x: float, side: float) -> tuple[float, int]:
    """Coordinate in [0, side), and how many sides were taken off; a rounding to the far end counts as 0."""
    if 0.0 <= x < side:
        return x, 0
    turns = np.floor(x / side)
    inside = x - turns * side
    if inside >= side:
        return 0.0, int(turns) + 1
    return max(inside, 0.0), int(turns)


@njit_inline
def folded(x: float, side: float) -> tuple[float, int]:
    """Coordinate in [0, side] after reflection from both ends, and how many reflections there were."""
    turns = np.floor(x / side)
    inside = min(max(x - turns * side, 0.0), side)
    hits = int(abs(turns))
    return (side - inside if hits % 2 else inside), hits
