"""The arrays of a gas of discs: columns of a row, geometry of the box, lists of the cells.

One disc is a row of 64 bytes, a cache line, seen both as 8 float64 and as 16 int32, beside its row of 32 bytes in the
calendar: whoever looks at a neighbour needs position, velocity, counter and the next of its list at once, and pays for
one line. Integers are int32, so that all fit.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from physent.core.jit import njit, njit_inline
from physent.core.pointers import at, choose, pointer
from physent.typing import Array

X, Y, VX, VY, SINCE = 0, 1, 2, 3, 4
"""float64 columns of a disc: centre and velocity at its own time."""
CELL, NEXT, PREVIOUS, COUNTER, NAME, HEADING = 10, 11, 12, 13, 14, 15
"""int32 columns: cell (column + 65536 row), neighbours in its list, collisions, index in the record, face ahead."""

COLLISIONS, CROSSINGS, STALE, YEARS, BUCKET, READY, REACHED, END = 0, 1, 2, 3, 4, 5, 6, 7
"""int64 columns of a replica's counts; YEARS have been taken off all times; BUCKET is reached, and the present year
ends before END; READY discs have had their first look, REACHED is 1 if the target was."""
NOW, VIRIAL, WALL, DEVIATION, SCALE, ORIGIN = 0, 1, 2, 3, 4, 5
"""float64 columns of a replica's sums: relative time of the last event; sum of |r.v| over collisions; sum of |momentum|
given to walls; largest relative error of a distance at contact; buckets per time; time of year 0."""

LEFT, RIGHT, DOWN, UP, ALL_AROUND = 0, 1, 2, 3, 4

LARGEST_SIDE = 0x7FFF  # cells; their column and row share 32 bits
FEW, MANY = 4_000, 40_000
"""Discs whose memory fits a core's own cache, and that of which more than that has to be asked for ahead of its use."""


class Rectangle(NamedTuple):
    """[0, lx] x [0, ly], its cells, and the discs' size; walls bound the centres to [radius, l - radius]."""

    lx: float
    ly: float
    mx: int
    my: int
    wall_x: bool
    wall_y: bool
    diameter: float
    speed_bins: float  # bins per unit of speed
    stages: int  # in which memory is asked for ahead of its use: 0, 3 or 4


def rectangle_of(
    n: int, sides: tuple[float, float], walls: tuple[bool, bool], diameter: float, speed_bins: float
) -> Rectangle:
    """Cells no smaller than a disc, and with half a disc to three in each."""
    area = sides[0] * sides[1] / n
    # Measured: fewer crossings pay if collisions are rare, fewer neighbours if they are not.
    covered = diameter**2 / area
    per_cell = 0.5 if covered > 0.05 else 1.0 if covered > 1e-3 else 3.0
    aim = max(diameter * (1 + 1e-9), math.sqrt(per_cell * area))
    mx, my = (
        # Across a periodic axis the three cells around a disc must be three different ones.
        min(LARGEST_SIDE, max(1 if wall else 3, int(side / aim)))
        for side, wall in zip(sides, walls, strict=True)
    )
    stages = 0 if n <= FEW else 3 if n <= MANY else 4
    return Rectangle(float(sides[0]), float(sides[1]), mx, my, *walls, float(diameter), float(speed_bins), stages)


class Gas(NamedTuple):
    """Arrays of all replicas, each (replica, ...), flat behind the replica."""

    discs: Array  # float64 (8 n)
    marks: Array  # the same memory as int32 (16 n)
    times: Array  # float64 (4 n)
    links: Array  # the same memory as int32 (8 n)
    cells: Array  # int32 (mx my): first disc of each cell
    ring: Array  # int32
    images: Array  # int32 (2 n)
    counts: Array  # int64
    sums: Array  # float64
    speeds: Array  # int64: colliding discs by speed


class Replica(NamedTuple):
    """Pointers to the arrays of one replica, and their sizes."""

    discs: Array
    marks: Array
    times: Array
    links: Array
    cells: Array
    ring: Array
    images: Array
    counts: Array
    sums: Array
    speeds: Array
    n: int
    buckets: int
    last_speed: int


@njit_inline
def of_replica(gas: Gas, replica: int) -> Replica:
    """The arrays of one replica."""
    return Replica(
        pointer(gas.discs[replica]),
        pointer(gas.marks[replica]),
        pointer(gas.times[replica]),
        pointer(gas.links[replica]),
        pointer(gas.cells[replica]),
        pointer(gas.ring[replica]),
        pointer(gas.images[replica]),
        pointer(gas.counts[replica]),
        pointer(gas.sums[replica]),
        pointer(gas.speeds[replica]),
        # The sizes, which pointers do not know; the ring has one more head, of the overflow.
        gas.discs.shape[1] // 8,
        gas.ring.shape[1] - 1,
        gas.speeds.shape[1] - 1,
    )


@njit_inline
def unlink(gas: Replica, i: int, cell: int) -> None:
    """Take disc ``i`` out of the list of its cell."""
    marks = gas.marks
    after, before = np.int64(marks[16 * i + NEXT]), np.int64(marks[16 * i + PREVIOUS])
    # Selects, not branches: which links exist is as good as random. Without a disc after it, it writes to its own row.
    choose(before >= 0, at(marks, 16 * before + NEXT), at(gas.cells, cell))[0] = after
    marks[16 * choose(after >= 0, after, i) + PREVIOUS] = before


@njit_inline
def link(gas: Replica, i: int, cell: int) -> None:
    """Put disc ``i`` first into the list of a cell."""
    first = np.int64(gas.cells[cell])
    gas.marks[16 * i + NEXT] = first
    gas.marks[16 * choose(first >= 0, first, i) + PREVIOUS] = i
    gas.marks[16 * i + PREVIOUS] = -1
    gas.cells[cell] = i


@njit
def start(first: int, last: int, gas: Gas, box: Rectangle) -> None:
    """Empty the calendar of replicas ``first`` to ``last``, and put every disc into the list of its cell."""
    for replica in range(first, last):
        one = of_replica(gas, replica)
        gas.cells[replica] = -1
        gas.ring[replica] = -1
        for i in range(one.n - 1, -1, -1):  # backwards, since `link` puts first: lists then run as memory does
            cell = one.marks[16 * i + CELL]
            link(one, i, (cell >> 16) * box.mx + (cell & 0xFFFF))
