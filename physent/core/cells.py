"""Cell lists: which points can lie within a given distance of the points of one cell, in one to three dimensions.

Each axis is periodic or open. A periodic axis is cut into equal cells. An open axis is cut into cells of fixed side,
and folded: cells that are a fixed number of cells apart share one entry of the table. Points of such distant cells are
useless candidates, but never wrong ones: their coordinates are unchanged, and the caller compares distances. So
points may drift apart without limit, and a table of a few entries per point is enough.

Points are sorted by cell, in their given order within each cell (count, then fill): no capacity can overflow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from physent.core.jit import njit, njit_inline

Reals = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int32]

ENTRIES = 2.0
"""Cells per point of a table with open axes; more would mostly be empty and hardly separate distant points."""

_MARGIN = 1.0 + 1e-9
"""Cells are larger than required by this factor, so that rounding of a cell number never hides a neighbour."""


class Grid(NamedTuple):
    """How space is cut; the last axis runs fastest. Axes beyond those of the points have one cell."""

    period: Reals  # (3,) length of a periodic axis, 0 of an open one
    rate: Reals  # (3,) cells per unit length
    shape: npt.NDArray[np.int64]  # (3,) cells, before an open axis folds
    span: npt.NDArray[np.int64]  # (3,) number of cells to either side that may hold neighbours

    @property
    def cells(self) -> int:
        """Number of cells."""
        return math.prod(map(int, self.shape))


class Lists(NamedTuple):
    """Points by cell: cell c holds ``order[start[c]:start[c + 1]]``."""

    cell: Indices  # (n,) by point
    order: Indices  # (n,) points sorted by cell
    start: Indices  # (cells + 1,)


def grid_of(n: int, reach: float, periods: Sequence[float], refine: int = 1) -> Grid | None:
    """Cells to find neighbours of ``n`` points within ``reach``, or None if a periodic axis is too short.

    ``periods`` are the lengths of the axes (one to three), 0 for an open one. Cells have the side reach / refine or
    a little more, and neighbours are sought up to ``refine`` cells away. A periodic axis needs at least 2 refine + 1
    cells. ValueError if reach is not positive.
    """
    if not reach > 0:
        raise ValueError(f"expected a positive reach, found {reach}")
    least, side = 2 * refine + 1, reach * _MARGIN / refine
    closed = [min(int(period / side), 1 << 20) for period in periods]
    if any(period and count < least for period, count in zip(periods, closed, strict=True)):
        return None
    entries = max(ENTRIES * n, 1.0)
    free = len(periods) - sum(count > 0 for count in closed)
    # Many more cells than points only cost memory.
    while math.prod(max(count, least) for count in closed) > max(8.0 * entries, least ** len(periods)):
        closed = [max(least, count // 2) if count else 0 for count in closed]
    # Open axes get equal shares of the entries that periodic axes leave.
    fold = max(least, round((entries / math.prod(count for count in closed if count)) ** (1 / free))) if free else 0
    grid = Grid(np.zeros(3), np.zeros(3), np.ones(3, dtype=np.int64), np.zeros(3, dtype=np.int64))
    for axis, (period, count) in enumerate(zip(periods, closed, strict=True)):
        grid.period[axis] = period
        grid.rate[axis] = count / period if period else 1.0 / side
        grid.shape[axis] = count or fold
        grid.span[axis] = refine
    return grid


def allocate(n: int, cells: int) -> Lists:
    """Empty lists for ``n`` points in at most ``cells`` cells."""
    return Lists(np.empty(n, np.int32), np.empty(n, np.int32), np.empty(cells + 1, np.int32))


@njit_inline
def along(x: float, rate: float, count: float, turn: float) -> float:
    """Number of the cell of a coordinate along an axis with ``count`` cells; ``turn`` is 1 / count, 0 if periodic."""
    number = np.floor(x * rate)
    number -= np.floor(number * turn) * count
    # The quotient above is rounded, so the fold may be off by one. On a periodic axis the upper face is not folded: it
    # belongs to the last cell.
    if turn > 0.0:
        number += count if number < 0.0 else (-count if number >= count else 0.0)
    # Beyond 1e15 cells floats resolve no cells, and NaN has none, but no index may leave the table.
    return number if 0.0 <= number < count else (count - 1.0 if number >= count else 0.0)


@njit
def locate(grid: Grid, axes: int, points: Reals, lists: Lists) -> float:
    """Find the cell of each of ``points`` (m, n), and count; return the mean number of points in a point's cell.

    The first ``axes`` rows of ``points`` are finite coordinates, periodic ones in [0, period]. On return
    ``start[c + 1]`` is the number of points in cell c.
    """
    n = points.shape[1]
    cell, _, start = lists
    cells = grid.shape[0] * grid.shape[1] * grid.shape[2]
    for i in range(n):
        cell[i] = 0
    for axis in range(axes):
        rate, count = grid.rate[axis], float(grid.shape[axis])
        turn = 0.0 if grid.period[axis] else 1.0 / count
        for i in range(n):
            inside = along(points[axis, i], rate, count, turn)
            cell[i] = cell[i] * np.int32(count) + np.int32(inside)
    for c in range(cells + 1):
        start[c] = 0
    for i in range(n):
        start[cell[i] + 1] += 1
    pairs = 0.0
    for c in range(cells):
        pairs += float(start[c + 1]) * start[c + 1]
    return float(pairs / max(n, 1))


@njit
def sort(grid: Grid, lists: Lists) -> None:
    """Sort points by cell, after `locate`."""
    cell, order, start = lists.cell, lists.order, lists.start
    cells = grid.shape[0] * grid.shape[1] * grid.shape[2]
    # start[c + 1] serves as the fill pointer of cell c and ends at the start of cell c + 1: no second table is needed.
    total = 0
    for c in range(cells):
        held = start[c + 1]
        start[c + 1] = total
        total += held
    for i in range(cell.shape[0]):
        c = cell[i] + 1
        order[start[c]] = i
        start[c] += 1


@njit
def gather(grid: Grid, start: Indices, cell: int, axes: int, points: Reals, near: Reals) -> int:
    """Copy the candidates of one cell: all points within reach of any point in it, including its own points.

    ``points`` (m, n) are sorted by cell: ``axes`` rows of coordinates, then whatever else each point carries. They are
    copied to the front of ``near`` (m, >= n), each at most once, as its periodic image near the cell, in a fixed
    order. Returns their number.
    """
    nx, ny, nz = grid.shape
    lx, ly, lz = grid.period
    cx, cy, cz = cell // (ny * nz), cell // nz % ny, cell % nz
    kx, ky, kz = grid.span
    total = 0
    for x in range(cx - kx, cx + kx + 1):
        turn_x = x // nx
        for y in range(cy - ky, cy + ky + 1):
            turn_y = y // ny
            row = ((x - turn_x * nx) * ny + (y - turn_y * ny)) * nz
            # Cells along the last axis are contiguous, so each row is one copy, or two if it wraps around.
            z = cz - kz
            while z <= cz + kz:
                turn_z = z // nz
                low = z - turn_z * nz
                high = min(low + cz + kz - z, nz - 1) + 1
                begin, end = start[row + low], start[row + high]
                # Unsigned, so that no index can count from the end: then the loop over points vectorises.
                first, length, place = np.uint64(begin), np.uint64(end - begin), np.uint64(total)
                for axis in range(points.shape[0]):
                    shift = turn_x * lx if axis == 0 else (turn_y * ly if axis == 1 else turn_z * lz)
                    if axis >= axes:
                        shift = 0.0
                    for i in range(length):
                        near[axis, place + i] = points[axis, first + i] + shift
                total += end - begin
                z += high - low
    return total
