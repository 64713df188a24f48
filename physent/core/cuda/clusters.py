"""Clusters of points sorted by cell, and their nearest neighbours, on the device: as `physent.core.clusters`.

Links are joined in any order by an atomic exchange of a root's own entry (Jaiganesh and Burtscher 2018, HPDC, 92, doi
10.1145/3208040.3208041). An entry holds a point's parent, and by how many boxes the point is shifted against it, in one
word. What comes of it does not depend on the order: the root of a cluster is its first slot, and the shifts within a
cluster that does not span a periodic box are unique.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import cuda, float64

from physent.core.cells import Grid
from physent.core.cuda.cells import cell_of
from physent.core.cuda.launch import MOST_ROWS, device_function, empty, kernel, upload
from physent.core.cuda.sums import THREADS, least_of

MOST_POINTS = 1 << 27
"""Largest number of points of a row: a word has 36 bits for three shifts."""

_BITS, _PARENT = 12, 36
_MASK, _NONE = (1 << _PARENT) - 1, (1 << _BITS - 1) * (1 + (1 << _BITS) + (1 << 2 * _BITS))
"""Bits of the shifts, and those of no shift."""

FIRST = (1 << 31) - 1


class Links(NamedTuple):
    """Scratch on the device for rows of n points."""

    parent: Any  # (rows, n) words
    square: Any  # (rows, n) squared distance to the nearest neighbour
    size: Any  # (rows, n) points of the cluster, at its root
    first: Any  # (rows, n) lowest number of a point of the cluster, at its root
    spans: Any  # (rows, n) 1 if the cluster is connected to itself around the box, at its root


def links(rows: int, n: int) -> Links:
    """Scratch to find clusters."""
    whole = (empty((rows, n), np.int32) for _ in range(3))
    return Links(empty((rows, n), np.int64), empty((rows, n)), *whole)


def links_bytes(rows: int, n: int) -> int:
    """Bytes of `links`."""
    return 28 * rows * n


class Cells(NamedTuple):
    """Where neighbours are: points by cell, the cells, and the squared distance within which none is missed."""

    start: Any  # (rows, cells + 1)
    period: Any  # (3,)
    rate: Any
    shape: Any
    sure: float


def cells_of(start: Any, grid: Grid) -> Cells:
    """The cells of a grid whose points have been sorted."""
    sure = float((1.0 / grid.rate).min()) ** 2 * (1.0 - 1e-9)
    return Cells(start, upload(grid.period), upload(grid.rate), upload(grid.shape), sure)


def one_cell(rows: int, n: int, box: float) -> Cells:
    """All points in one cell."""
    start = np.tile(np.array([0, n], np.int32), (rows, 1))
    shape = upload(np.ones(3, np.int64))
    return Cells(upload(start), upload(np.full(3, box)), upload(np.zeros(3)), shape, math.inf)


def link(points: Any, who: Any, cells: Cells, box: float, reach2: Any, work: Links) -> None:
    """Find clusters and nearest neighbours of ``points`` (rows n 6,), whose first three numbers are their positions.

    Point ``who`` (rows, n) of a slot is linked to those closer than the larger root of their ``reach2`` (n,).
    """
    rows, n = who.shape
    begin(n, *work, rows=rows)
    around = (cells.start, cells.period, cells.rate, cells.shape)
    meet(n, points, who, *around, cells.sure, box, reach2, work.parent, work.square, rows=rows)
    stray.blocks((min(n, 1024), min(rows, MOST_ROWS)), THREADS, points, box, work.square)
    gather(n, who, work.parent, work.size, work.first, rows=rows)
    if box > 0.0:
        close(n, points, who, *around, box, reach2, work.parent, work.spans, rows=rows)


@kernel("void(int64[:, ::1], float64[:, ::1], int32[:, ::1], int32[:, ::1], int32[:, ::1])")
def begin(parent, square, size, first, spans):  # type: ignore[no-untyped-def]
    """Every point is a cluster of its own."""
    i = cuda.grid(1)
    for row in range(cuda.blockIdx.y, parent.shape[0], cuda.gridDim.y):
        if i < parent.shape[1]:
            parent[row, i] = (i << _PARENT) + _NONE
            square[row, i] = math.inf
            size[row, i] = spans[row, i] = 0
            first[row, i] = FIRST


@device_function
def climb(parent, row, word):  # type: ignore[no-untyped-def]
    """The root that the parent in ``word`` leads to, with the shift against it."""
    above = parent[row, word >> _PARENT]
    while above >> _PARENT != word >> _PARENT:
        word = above + (word & _MASK) - _NONE
        above = parent[row, word >> _PARENT]
    return word


@device_function
def find(parent, row, i):  # type: ignore[no-untyped-def]
    """The root of a point, with its shift, which the point then has as its parent."""
    word = parent[row, i]
    found = climb(parent, row, word)
    if found != word:
        # Another thread may have stored another ancestor: either will do.
        parent[row, i] = found
    return found


@device_function
def join(parent, row, i, j, shift):  # type: ignore[no-untyped-def]
    """Make one cluster of those of two points, the second shifted by ``shift`` against the first."""
    a, b = find(parent, row, i), find(parent, row, j)
    while a >> _PARENT != b >> _PARENT:
        if a > b:  # the larger root, and then the shift is turned round
            a, b, shift = b, a, -shift
        root = b >> _PARENT
        own = (root << _PARENT) + _NONE
        above = a + shift - (b & _MASK) + _NONE
        seen = cuda.atomic.cas(parent, (row, root), own, above)
        if seen == own:
            return
        b = climb(parent, row, seen + (b & _MASK) - _NONE)


@device_function
def nearer(d, box, rate):  # type: ignore[no-untyped-def]
    """How many boxes a point lies further than the nearest image of it."""
    return np.rint(d * rate) if box > 0.0 else 0.0


@device_function
def apart(at, to, points, box, rate):  # type: ignore[no-untyped-def]
    """Squared distance of two points whose numbers begin at ``at`` and ``to``, and the shift of the second."""
    dx, dy, dz = points[to] - points[at], points[to + 1] - points[at + 1], points[to + 2] - points[at + 2]
    mx, my, mz = nearer(dx, box, rate), nearer(dy, box, rate), nearer(dz, box, rate)
    dx, dy, dz = dx - box * mx, dy - box * my, dz - box * mz
    shift = -((int(mx) << 2 * _BITS) + (int(my) << _BITS) + int(mz))
    return dx * dx + dy * dy + dz * dz, shift


@device_function
def wide(count):  # type: ignore[no-untyped-def]
    """How many cells along an axis are around one."""
    return min(count, 3)


@device_function
def beside(c, k, count):  # type: ignore[no-untyped-def]
    """Number of the ``k``-th cell around cell ``c`` of ``count``."""
    g = c - 1 + k if count > 2 else k
    return g + count if g < 0 else (g - count if g >= count else g)


@device_function
def around(k, at, points, period, rate, shape):  # type: ignore[no-untyped-def]
    """Number of the ``k``-th cell around a point."""
    wy, wz = wide(shape[1]), wide(shape[2])
    x = beside(cell_of(points[at], 0, period, rate, shape), k // (wy * wz), shape[0])
    y = beside(cell_of(points[at + 1], 1, period, rate, shape), k // wz % wy, shape[1])
    z = beside(cell_of(points[at + 2], 2, period, rate, shape), k % wz, shape[2])
    return (x * shape[1] + y) * shape[2] + z


CELLS = "int32[:, ::1], float64[::1], float64[::1], int64[::1]"


@kernel(f"void(float64[::1], int32[:, ::1], {CELLS}, float64, float64, float64[::1], int64[:, ::1], float64[:, ::1])")
def meet(points, who, start, period, rate, shape, sure, box, reach2, parent, square):  # type: ignore[no-untyped-def]
    """Join each point with its neighbours in later slots; the nearest of all, infinite beyond ``sure``."""
    i = cuda.grid(1)
    n, per_box = who.shape[1], 1.0 / box if box > 0.0 else 0.0
    for row in range(cuda.blockIdx.y, who.shape[0], cuda.gridDim.y):
        if i < n:
            at, own, least = 6 * (row * n + i), reach2[who[row, i]], math.inf
            for k in range(wide(shape[0]) * wide(shape[1]) * wide(shape[2])):
                c = around(k, at, points, period, rate, shape)
                for j in range(start[row, c], start[row, c + 1]):
                    r2, shift = apart(at, 6 * (row * n + j), points, box, per_box)
                    if j != i:
                        least = min(least, r2)
                    if j > i and r2 < max(own, reach2[who[row, j]]):
                        join(parent, row, i, j, shift)
            if least <= sure:
                square[row, i] = least


@kernel("void(float64[::1], float64, float64[:, ::1])", threads=THREADS)
def stray(points, box, square):  # type: ignore[no-untyped-def]
    """The nearest neighbours of points that have none close: a block compares such a point with all others."""
    room = cuda.shared.array(THREADS, float64)
    n, per_box, t = square.shape[1], 1.0 / box if box > 0.0 else 0.0, cuda.threadIdx.x
    for row in range(cuda.blockIdx.y, square.shape[0], cuda.gridDim.y):
        for i in range(cuda.blockIdx.x, n, cuda.gridDim.x):
            if square[row, i] < math.inf:
                continue
            least = math.inf
            for j in range(t, n, THREADS):
                r2, _ = apart(6 * (row * n + i), 6 * (row * n + j), points, box, per_box)
                if j != i:
                    least = min(least, r2)
            least = least_of(least, room, t, THREADS)
            if t == 0:
                square[row, i] = least


@kernel("void(int32[:, ::1], int64[:, ::1], int32[:, ::1], int32[:, ::1])")
def gather(who, parent, size, first):  # type: ignore[no-untyped-def]
    """Make the root the parent of each point, and count the points of each cluster."""
    i = cuda.grid(1)
    for row in range(cuda.blockIdx.y, who.shape[0], cuda.gridDim.y):
        if i < who.shape[1]:
            root = find(parent, row, i) >> _PARENT
            cuda.atomic.add(size, (row, root), 1)
            cuda.atomic.min(first, (row, root), who[row, i])


@device_function
def root_of(parent, row, i):  # type: ignore[no-untyped-def]
    """Slot of the root of a point, after `gather`."""
    return parent[row, i] >> _PARENT


@device_function
def image_of(parent, row, i, axis):  # type: ignore[no-untyped-def]
    """By how many boxes a point is shifted against its root along an axis, after `gather`."""
    return float((parent[row, i] >> (2 - axis) * _BITS) % (1 << _BITS) - (1 << _BITS - 1))


@kernel(f"void(float64[::1], int32[:, ::1], {CELLS}, float64, float64[::1], int64[:, ::1], int32[:, ::1])")
def close(points, who, start, period, rate, shape, box, reach2, parent, spans):  # type: ignore[no-untyped-def]
    """Mark clusters with a link between other images of two points than those that were joined."""
    i = cuda.grid(1)
    n, per_box = who.shape[1], 1.0 / box
    for row in range(cuda.blockIdx.y, who.shape[0], cuda.gridDim.y):
        if i < n:
            at, own = 6 * (row * n + i), reach2[who[row, i]]
            for k in range(wide(shape[0]) * wide(shape[1]) * wide(shape[2])):
                c = around(k, at, points, period, rate, shape)
                for j in range(start[row, c], start[row, c + 1]):
                    r2, shift = apart(at, 6 * (row * n + j), points, box, per_box)
                    if j > i and r2 < max(own, reach2[who[row, j]]) and parent[row, j] != parent[row, i] + shift:
                        spans[row, root_of(parent, row, i)] = 1
