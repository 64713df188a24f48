"""The arrays of a gas of discs: columns of a row, geometry of the box, lists of the cells.

One disc is a row of 64 bytes, one cache line, viewed both as 8 float64 and as 16 int32, and a row of 32 bytes in the
calendar. Examining a neighbour takes its position, velocity, counter and list link together, at the cost of one line.
Integers are int32, so that all fit.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from physent.core.jit import njit, njit_inline
from physent.core.pointers import at, choose, pointer
from physent.engines.hard_discs import species
from physent.typing import Array

X, Y, VX, VY, SINCE = 0, 1, 2, 3, 4
"""float64 columns of a disc: centre and velocity at its own time."""
CELL, NEXT, PREVIOUS, COUNTER, HEADING = 10, 11, 12, 13, 15
"""int32 columns: cell (column + 65536 row), links of its list, collisions so far, face ahead; NAME is in `species`."""

COLLISIONS, CROSSINGS, STALE, YEARS, BUCKET, READY, REACHED, END = 0, 1, 2, 3, 4, 5, 6, 7
"""int64 columns of a replica's counts. YEARS: subtracted from all times so far; BUCKET: reached; END: first bucket of
next year; READY: discs that had their first search; REACHED: 1 if the target is reached."""
NO_CALENDAR = -1
"""As BUCKET: the events are those of a device, in `times` only."""
NOW, VIRIAL, WALL, DEVIATION, SCALE, ORIGIN = 0, 1, 2, 3, 4, 5
"""float64 columns of a replica's sums: relative time of the last event; sum of |r.v| over collisions; sum of |momentum|
given to walls; largest relative error of a distance at contact; buckets per unit time; time of year 0."""

LEFT, RIGHT, DOWN, UP, ALL_AROUND = 0, 1, 2, 3, 4

SPEED_BINS = 60

LARGEST_SIDE = 0x7FFF  # cells; their column and row share 32 bits
FEW, MANY = 4_000, 40_000
"""Numbers of discs up to which no prefetching, and prefetching in three stages, is fastest."""


class Rectangle(NamedTuple):
    """[0, lx] x [0, ly], its cells, and the size of the largest disc; walls confine centres to [radius, l - radius]."""

    lx: float
    ly: float
    mx: int
    my: int
    wall_x: bool
    wall_y: bool
    diameter: float
    speed_bins: float  # bins per unit of speed
    stages: int  # of prefetching: 0, 3 or 4


def rectangle_of(
    n: int, sides: tuple[float, float], walls: tuple[bool, bool], diameter: float, speed_bins: float
) -> Rectangle:
    """Cells no smaller than a disc, with an average of half a disc to three discs in each."""
    area = sides[0] * sides[1] / n
    # Measured: large cells (few crossings) are best if collisions are rare, small ones (few neighbours) otherwise.
    covered = diameter**2 / area
    per_cell = 0.5 if covered > 0.05 else 1.0 if covered > 1e-3 else 3.0
    aim = max(diameter * (1 + 1e-9), math.sqrt(per_cell * area))
    mx, my = (
        # Along a periodic axis the three cells around a disc must be distinct.
        min(LARGEST_SIDE, max(1 if wall else 3, int(side / aim)))
        for side, wall in zip(sides, walls, strict=True)
    )
    stages = 0 if n <= FEW else 3 if n <= MANY else 4
    return Rectangle(float(sides[0]), float(sides[1]), mx, my, *walls, float(diameter), float(speed_bins), stages)


class Gas(NamedTuple):
    """Arrays of all replicas, each (replica, ...), flat after the first axis."""

    discs: Array  # float64 (8 n)
    marks: Array  # the same memory as int32 (16 n)
    times: Array  # float64 (4 n)
    links: Array  # the same memory as int32 (8 n)
    cells: Array  # int32 (mx my): first disc of each cell
    ring: Array  # int32
    images: Array  # int32 (2 n)
    counts: Array  # int64
    sums: Array  # float64
    speeds: Array  # int64 (species SPEED_BINS): colliding discs by speed
    species: species.Tables | None


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
    species: species.Tables | None
    n: int
    buckets: int


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
        species.of_gas(gas.species, replica),
        # Pointers carry no sizes; the ring has one more head, for the overflow.
        gas.discs.shape[1] // 8,
        gas.ring.shape[1] - 1,
    )


@njit_inline
def unlink(gas: Replica, i: int, cell: int) -> None:
    """Take disc ``i`` out of the list of its cell."""
    marks = gas.marks
    after, before = np.int64(marks[16 * i + NEXT]), np.int64(marks[16 * i + PREVIOUS])
    # Selects, not branches: it is unpredictable which links exist. Without a next disc, it writes to its own row.
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
        for i in range(one.n - 1, -1, -1):  # backwards, because `link` prepends: lists then follow memory order
            cell = one.marks[16 * i + CELL]
            link(one, i, (cell >> 16) * box.mx + (cell & 0xFFFF))
