"""Points sorted by cell on the device, in the order of `physent.core.cells`: by cell, then by their given order.

Points are counted by atomic additions, whose order differs from run to run, and then ranked among the members of
their cell by index. The result therefore depends neither on that order nor on the size of blocks.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import cuda, int32

from physent.core.cells import Grid, along
from physent.core.cuda.launch import MOST_ROWS, SIMULATED, device_function, empty, kernel, upload

WIDTH = 8 if SIMULATED else 256
"""Threads of a block that sums counts, a power of two; sums of integers do not depend on it."""


class Sorting(NamedTuple):
    """Grid and scratch on the device for ``rows`` independent sets of n points."""

    period: Any  # (3,) as in `Grid`
    rate: Any  # (3,)
    shape: Any  # (3,)
    start: Any  # (rows, cells + 1): cell c holds slots start[c] to start[c + 1]
    cell: Any  # (rows, n) by point
    place: Any  # (rows, n) by point: how many members of its cell were counted before it
    member: Any  # (rows, n) points by cell, unordered within a cell
    total: Any  # (rows, blocks) of counts


def sorting(grid: Grid, n: int, rows: int) -> Sorting:
    """Scratch to sort ``rows`` sets of ``n`` points by the cells of a grid."""
    blocks = -(-(grid.cells + 1) // WIDTH)
    return Sorting(
        upload(grid.period),
        upload(grid.rate),
        upload(grid.shape),
        empty((rows, grid.cells + 1), np.int32),
        empty((rows, n), np.int32),
        empty((rows, n), np.int32),
        empty((rows, n), np.int32),
        empty((rows, blocks), np.int32),
    )


def sorting_bytes(grid: Grid, n: int, rows: int) -> int:
    """Bytes of `sorting`."""
    return 4 * rows * (3 * n + grid.cells + 1 + (grid.cells + 1) // WIDTH + 1)


def count_by_cell(points: Any, work: Sorting) -> None:
    """Find cells and their starts for ``points`` (rows, m, n), whose first three rows are coordinates."""
    rows, _, n = points.shape
    cells = work.start.shape[1]
    clear(cells, work.start, rows=rows)
    locate(n, points, work.period, work.rate, work.shape, work.cell, work.place, work.start, rows=rows)
    blocks = work.total.shape[1]
    sum_within.blocks((blocks, min(rows, MOST_ROWS)), WIDTH, work.start, work.total)
    sum_totals.blocks((1, min(rows, MOST_ROWS)), WIDTH, work.total)
    add_totals.blocks((blocks, min(rows, MOST_ROWS)), WIDTH, work.start, work.total)
    fill(n, work.cell, work.place, work.start, work.member, rows=rows)


@kernel("void(int32[:, ::1])")
def clear(start):  # type: ignore[no-untyped-def]
    """Set counts to 0."""
    c = cuda.grid(1)
    for row in range(cuda.blockIdx.y, start.shape[0], cuda.gridDim.y):
        if c < start.shape[1]:
            start[row, c] = 0


@device_function
def cell_of(x, axis, period, rate, shape):  # type: ignore[no-untyped-def]
    """Number of the cell of a coordinate along an axis."""
    count = float(shape[axis])
    return int(along(x, rate[axis], count, 0.0 if period[axis] > 0.0 else 1.0 / count))


@kernel("void(float64[:, :, ::1], float64[::1], float64[::1], int64[::1], int32[:, ::1], int32[:, ::1], int32[:, ::1])")
def locate(points, period, rate, shape, cell, place, start):  # type: ignore[no-untyped-def]
    """Find the cell of each point, and count: ``start[c + 1]`` is then the number of points in cell c."""
    i = cuda.grid(1)
    for row in range(cuda.blockIdx.y, points.shape[0], cuda.gridDim.y):
        if i < points.shape[2]:
            c = 0
            for axis in range(3):
                c = c * shape[axis] + cell_of(points[row, axis, i], axis, period, rate, shape)
            cell[row, i] = c
            place[row, i] = cuda.atomic.add(start, (row, c + 1), 1)


@device_function
def running_sum(sums, t):  # type: ignore[no-untyped-def]
    """Replace ``sums[t]`` by the sum of elements 0 to t, one thread per element of the block."""
    reach = 1
    while reach < WIDTH:
        cuda.syncthreads()
        before = sums[t - reach] if t >= reach else 0
        cuda.syncthreads()
        sums[t] += before
        reach *= 2
    cuda.syncthreads()


@kernel("void(int32[:, ::1], int32[:, ::1])")
def sum_within(start, total):  # type: ignore[no-untyped-def]
    """Running sums within each block of ``start``, and the total of each."""
    sums = cuda.shared.array(WIDTH, int32)
    t, block = cuda.threadIdx.x, cuda.blockIdx.x
    c = block * WIDTH + t
    for row in range(cuda.blockIdx.y, start.shape[0], cuda.gridDim.y):
        sums[t] = start[row, c] if c < start.shape[1] else 0
        running_sum(sums, t)
        if c < start.shape[1]:
            start[row, c] = sums[t]
        if t == WIDTH - 1:
            total[row, block] = sums[t]
        cuda.syncthreads()


@kernel("void(int32[:, ::1])")
def sum_totals(total):  # type: ignore[no-untyped-def]
    """Running sums of the totals of a row, by one block."""
    sums = cuda.shared.array(WIDTH, int32)
    t = cuda.threadIdx.x
    blocks = total.shape[1]
    for row in range(cuda.blockIdx.y, total.shape[0], cuda.gridDim.y):
        before = 0
        for first in range(0, blocks, WIDTH):
            sums[t] = total[row, first + t] if first + t < blocks else 0
            running_sum(sums, t)
            if first + t < blocks:
                total[row, first + t] = before + sums[t]
            before += sums[WIDTH - 1]
            cuda.syncthreads()


@kernel("void(int32[:, ::1], int32[:, ::1])")
def add_totals(start, total):  # type: ignore[no-untyped-def]
    """Add to each block of running sums the total of those before it."""
    c, block = cuda.grid(1), cuda.blockIdx.x
    for row in range(cuda.blockIdx.y, start.shape[0], cuda.gridDim.y):
        if block > 0 and c < start.shape[1]:
            start[row, c] += total[row, block - 1]


@kernel("void(int32[:, ::1], int32[:, ::1], int32[:, ::1], int32[:, ::1])")
def fill(cell, place, start, member):  # type: ignore[no-untyped-def]
    """List the members of each cell, in the order in which they were counted."""
    i = cuda.grid(1)
    for row in range(cuda.blockIdx.y, cell.shape[0], cuda.gridDim.y):
        if i < cell.shape[1]:
            member[row, start[row, cell[row, i]] + place[row, i]] = i


@device_function
def slot_of(i, row, cell, start, member):  # type: ignore[no-untyped-def]
    """Slot of point ``i``: after all cells before its own, and after the members of its cell with a lower index."""
    c = cell[row, i]
    slot = start[row, c]
    for k in range(start[row, c], start[row, c + 1]):
        if member[row, k] < i:
            slot += 1
    return slot
