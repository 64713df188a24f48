"""Distance of each point to its nearest neighbour, in open space or a periodic cube."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from physent.core import jit
from physent.core.cells import Grid, Lists, allocate, gather, grid_of, locate, sort
from physent.core.jit import njit, njit_fast

Reals = npt.NDArray[np.float64]

ALL_PAIRS = 1000
"""Number of points up to which all pairs are compared. Measured: 0.5 ms against 0.6 to 1.5 ms with cells for 1000
points, 2.2 ms against 1.1 to 2.2 ms for 2000; cells take longer the lumpier the points lie."""

SAMPLE = 16
"""Number of points whose nearest neighbours are found first, to choose the size of cells."""

WIDER = 2.0
"""Side of a cell over the median distance of the sample: in a gas 36 candidates per point; 0.4 % of them find none."""

PASSES = 16
"""Doublings of the side after which a tree handles the remaining points, which are far from all others."""

_FAR = 1e150
_LANES = 8


def nearest(position: Reals, box_length: float | None) -> Reals:
    """Distance of each point (replica, n, 3) to its nearest neighbour, (replica, n); NaN if n is 1.

    In a periodic box the nearest image counts; coordinates may lie outside the box.
    """
    replicas, n, _ = position.shape
    if n == 1:
        return np.full((replicas, 1), np.nan)
    box = box_length or 0.0
    columns = np.ascontiguousarray(position.transpose(0, 2, 1))
    out = np.full((replicas, n), np.inf)
    if n <= ALL_PAIRS:
        jit.spread(_of_all, replicas, columns, box, 1.0 / box if box else 0.0, out)
        return np.asarray(np.sqrt(out, out=out))
    for points, squares in zip(columns, out, strict=True):
        _in_cells(_inside(points, box) if box else points, box, squares)
    return np.asarray(np.sqrt(out, out=out))


def _inside(points: Reals, box: float) -> Reals:
    # A tiny negative coordinate rounds to the box itself, which is the same point as 0.
    wrapped = np.mod(points, box)
    return np.asarray(np.where(wrapped < box, wrapped, 0.0))


def _in_cells(points: Reals, box: float, squares: Reals) -> None:
    """Set ``squares`` (n,) to the squared distances of points (3, n), inside the box, to their nearest neighbours."""
    n = points.shape[1]
    side = WIDER * math.sqrt(float(np.median(_sample(points))))
    for _ in range(PASSES):
        grid = grid_of(n, side, [box] * 3) if side > 0 else None
        if grid is None:
            break
        lists = allocate(n, grid.cells)
        locate(grid, 3, points, lists)
        sort(grid, lists)
        ordered = np.ascontiguousarray(points[:, lists.order])
        jit.spread(_of_cells, n, grid, lists, ordered, side * side, squares)
        if np.isfinite(squares).all():
            return
        side *= 2.0
    left = np.flatnonzero(np.isinf(squares))
    tree = cKDTree(points.T, boxsize=box or None)
    squares[left] = tree.query(points.T[left], k=2)[0][:, 1] ** 2


@njit
def _sample(points: Reals) -> Reals:
    """Squared distances from `SAMPLE` points to their nearest neighbours: approximate, images are ignored."""
    n = points.shape[1]
    found = np.empty(SAMPLE)
    for k in range(SAMPLE):
        i = k * (n - 1) // (SAMPLE - 1)
        found[k], _ = _least(points, n, points[0, i], points[1, i], points[2, i])
    return found


@njit
def _of_cells(first: int, last: int, grid: Grid, lists: Lists, points: Reals, square: float, squares: Reals) -> None:
    """Squared distances below ``square`` of the points in slots ``first`` to ``last`` that have none yet."""
    cell, order, start = lists
    n = points.shape[1]
    near = np.empty((3, n + _LANES))
    slot = first
    while slot < last:
        c = cell[order[slot]]
        end = min(last, start[c + 1])
        count = 0
        while slot < end:
            i = order[slot]
            if squares[i] == np.inf:
                if count == 0:  # once per cell, and only if it has a point without a neighbour
                    count = gather(grid, start, c, 3, points, near)
                    # Padding beyond all distances, so that `_least` takes whole vectors.
                    while count % _LANES != 0:
                        near[0, count] = near[1, count] = near[2, count] = _FAR
                        count += 1
                least, here = _least(near, count, points[0, slot], points[1, slot], points[2, slot])
                if here > 1.0:  # the point itself, and another at the same place
                    least = 0.0
                # Beyond the side of a cell, a point outside the searched cells might be nearer.
                if least < square:
                    squares[i] = least
            slot += 1


@njit_fast
def _least(near: Reals, count: int, x: float, y: float, z: float) -> tuple[float, float]:
    """Smallest squared distance to a candidate at another place, and the number of candidates at this place."""
    # `here` is a float and the choices are not branches, so that the loop vectorises.
    least, here = 1e300, 0.0
    for j in range(count // _LANES * _LANES):
        dx, dy, dz = near[0, j] - x, near[1, j] - y, near[2, j] - z
        r2 = dx * dx + dy * dy + dz * dz
        other = r2 if r2 > 0.0 else 1e300
        least = min(least, other)
        here += 0.0 if r2 > 0.0 else 1.0
    return least, here


@njit
def _of_all(first: int, last: int, columns: Reals, box: float, per_box: float, out: Reals) -> None:
    """Squared distance to the nearest point; the inner loop has no reduction, so that it vectorises."""
    n = columns.shape[2]
    for r in range(first, last):
        x, y, z, best = columns[r, 0], columns[r, 1], columns[r, 2], out[r]
        for j in range(n):
            xj, yj, zj = x[j], y[j], z[j]
            own = best[j]
            for i in range(n):
                dx = x[i] - xj
                dy = y[i] - yj
                dz = z[i] - zj
                # The nearest image; in open space box and per_box are 0, and nothing is subtracted.
                dx -= box * np.rint(dx * per_box)
                dy -= box * np.rint(dy * per_box)
                dz -= box * np.rint(dz * per_box)
                d2 = dx * dx + dy * dy + dz * dz
                best[i] = min(best[i], d2)
            best[j] = own  # undo the comparison of j with itself
