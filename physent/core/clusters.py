"""Connected clusters of points in open space or a periodic cube: flooding over a grid of cells.

Two points are linked if they are closer than the larger of their radii. A cluster is flooded from its first point:
each reached point is compared with the unreached points in the cells around it, and no point is reached twice.
In a dense school all points are soon reached, so few pairs are compared however many neighbours a point has.

In a periodic cube each point is reached in the image nearest to the point that reached it. A link between other images
of two points shows that the cluster is connected to itself around the cube: it spans the box (Machta et
al. 1996, Phys. Rev. E 54, 1332, doi 10.1103/PhysRevE.54.1332). Such a link joins points whose unwrapped separation
exceeds the box less the radius along some axis, so smaller clusters need not be searched for one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from physent.core import jit
from physent.core.cells import Grid, Lists, grid_of, locate, sort
from physent.core.jit import njit, njit_inline

Reals = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class Clusters(NamedTuple):
    """Clusters of each replica, numbered in order of their first points."""

    label: Integers  # (replica, n)
    number: Integers  # (replica,) of clusters
    spans: npt.NDArray[np.bool_]  # (replica, n) by label: connected to itself around the periodic box
    unwrapped: Reals  # (replica, n, 3): positions continuous along the links, up to one shift per cluster


class _Flood(NamedTuple):
    """Scratch of one replica; slots are places in the order of cells."""

    lists: Lists
    points: Reals  # (3, slot)
    square: Reals  # (slot,) squared radii
    slot: npt.NDArray[np.int32]  # (n,) by point
    rest: npt.NDArray[np.int32]  # (slot,) cell by cell, the slots not yet reached first
    left: npt.NDArray[np.int32]  # (cell,) number of those
    stack: npt.NDArray[np.int32]  # (n,) reached slots whose neighbours have not been searched yet
    reached: npt.NDArray[np.int32]  # (n,) slots of the cluster
    image: npt.NDArray[np.int32]  # (3, slot) shift in boxes to the image that was reached


def connected(position: Reals, box_length: float | None, radius: float | Reals) -> Clusters:
    """Clusters of points (replica, n, 3) that are linked within ``radius``, a number or (n,).

    Raises ValueError unless every radius is positive and at most half of a periodic box. Replicas are independent and
    may run in parallel; each is serial.
    """
    replicas, n, _ = position.shape
    reach = np.broadcast_to(np.asarray(radius, dtype=np.float64), (n,))
    largest = float(reach.max())
    if not largest > 0 or (box_length is not None and largest > box_length / 2):
        raise ValueError(f"radius must be positive and at most half the box, found {largest} in {box_length}")
    box = float(box_length or 0.0)
    grid = grid_of(n, largest, [box] * 3)
    if grid is None:
        # Fewer than three cells along the box: one cell, and all pairs.
        grid = Grid(np.full(3, box), np.full(3, 1.0 / box), np.ones(3, np.int64), np.zeros(3, np.int64))
    out = Clusters(
        np.empty((replicas, n), dtype=np.int64),
        np.empty(replicas, dtype=np.int64),
        np.zeros((replicas, n), dtype=np.bool_),
        np.array(position, dtype=np.float64),
    )
    jit.spread(_connect, replicas, out, grid, box, np.ascontiguousarray(np.square(reach)))
    return out


@njit
def _connect(first: int, last: int, out: Clusters, grid: Grid, box: float, square: Reals) -> None:
    n, cells = out.label.shape[1], grid.shape[0] * grid.shape[1] * grid.shape[2]
    flood = _Flood(
        Lists(np.empty(n, np.int32), np.empty(n, np.int32), np.empty(cells + 1, np.int32)),
        np.empty((3, n)),
        np.empty(n),
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.empty(cells, np.int32),
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.empty((3, n), np.int32),
    )
    for replica in range(first, last):
        label, spans, x = out.label[replica], out.spans[replica], out.unwrapped[replica]
        _bin(x, square, grid, flood, box)
        label[:] = -1
        count = 0
        for i in range(n):
            if label[i] >= 0:
                continue
            members = _spread(flood.slot[i], count, label, grid, flood, box)
            if box > 0.0 and _long(flood, members, box):
                spans[count] = _closes(grid, flood, members, box)
            count += 1
        out.number[replica] = count
        if box > 0.0:
            for i in range(n):
                for k in range(3):
                    x[i, k] += box * flood.image[k, flood.slot[i]]


@njit
def _bin(x: Reals, square: Reals, grid: Grid, flood: _Flood, box: float) -> None:
    """Move points into the box, sort them into cells, and mark all as not reached."""
    n, order, start = x.shape[0], flood.lists.order, flood.lists.start
    columns = flood.points
    for i in range(n):
        for k in range(3):
            if box > 0.0:
                x[i, k] -= box * np.floor(x[i, k] / box)
            columns[k, i] = x[i, k]
    locate(grid, 3, columns, flood.lists)
    sort(grid, flood.lists)
    for s in range(n):
        i = order[s]
        flood.slot[i] = s
        flood.rest[s] = s
        flood.square[s] = square[i]
        for k in range(3):
            columns[k, s] = x[i, k]
            flood.image[k, s] = 0
    for c in range(flood.left.shape[0]):
        flood.left[c] = start[c + 1] - start[c]


@njit_inline
def _apart(flood: _Flood, s: int, t: int, box: float, per_box: float) -> tuple[bool, float, float, float]:
    """Whether two slots are linked, and by how many boxes the second is moved to be nearest to the first."""
    x = flood.points
    dx, dy, dz = x[0, t] - x[0, s], x[1, t] - x[1, s], x[2, t] - x[2, s]
    mx, my, mz = np.rint(dx * per_box), np.rint(dy * per_box), np.rint(dz * per_box)
    dx, dy, dz = dx - box * mx, dy - box * my, dz - box * mz
    linked = dx * dx + dy * dy + dz * dz < max(flood.square[s], flood.square[t])
    return linked, -mx, -my, -mz


@njit
def _spread(seed: int, cluster: int, label: Integers, grid: Grid, flood: _Flood, box: float) -> int:
    """Reach all slots connected to ``seed``; returns their number.

    A stack, not a queue: the slot reached last is farthest out, next to the most unreached points.
    """
    cell, order, start = flood.lists
    rest, left, stack, image = flood.rest, flood.left, flood.stack, flood.image
    _, ny, nz = grid.shape
    kx, ky, kz = grid.span
    per_box = 1.0 / box if box > 0.0 else 0.0
    home = cell[order[seed]]
    p = start[home]
    while rest[p] != seed:
        p += 1
    # The last unreached slot of the cell takes the place of the reached one: O(1), no list is shifted.
    left[home] -= 1
    rest[p] = rest[start[home] + left[home]]
    label[order[seed]] = cluster
    stack[0] = flood.reached[0] = seed
    height = members = 1
    while height > 0:
        height -= 1
        s = stack[height]
        home = cell[order[s]]
        cx, cy, cz = home // (ny * nz), home // nz % ny, home % nz
        for ix in range(cx - kx, cx + kx + 1):
            for iy in range(cy - ky, cy + ky + 1):
                row = (_folded(ix, grid.shape[0]) * ny + _folded(iy, ny)) * nz
                for iz in range(cz - kz, cz + kz + 1):
                    c = row + _folded(iz, nz)
                    p = start[c]
                    while p < start[c] + left[c]:
                        t = rest[p]
                        linked, mx, my, mz = _apart(flood, s, t, box, per_box)
                        if not linked:
                            p += 1
                            continue
                        left[c] -= 1
                        rest[p] = rest[start[c] + left[c]]
                        image[0, t] = image[0, s] + np.int32(mx)
                        image[1, t] = image[1, s] + np.int32(my)
                        image[2, t] = image[2, s] + np.int32(mz)
                        label[order[t]] = cluster
                        stack[height] = flood.reached[members] = t
                        height += 1
                        members += 1
    return members


@njit_inline
def _folded(index: int, count: int) -> int:
    """Index from -count to 2 count - 1 in the table."""
    return index + count if index < 0 else (index - count if index >= count else index)


@njit
def _long(flood: _Flood, members: int, box: float) -> bool:
    """Whether the cluster extends over half the box along some axis, as it must if it spans the box."""
    # A closing link joins points further apart than box less radius >= box/2; 0.49 leaves room for rounding.
    for k in range(3):
        low = high = flood.points[k, flood.reached[0]]
        for p in range(members):
            s = flood.reached[p]
            x = flood.points[k, s] + box * flood.image[k, s]
            low, high = min(low, x), max(high, x)
        if high - low > 0.49 * box:
            return True
    return False


@njit
def _closes(grid: Grid, flood: _Flood, members: int, box: float) -> bool:
    """Whether a link closes a loop around the box; starts with the points reached last, where loops close."""
    cell, order, start = flood.lists
    image = flood.image
    nx, ny, nz = grid.shape
    kx, ky, kz = grid.span
    per_box = 1.0 / box
    for p in range(members - 1, -1, -1):
        s = flood.reached[p]
        home = cell[order[s]]
        cx, cy, cz = home // (ny * nz), home // nz % ny, home % nz
        for ix in range(cx - kx, cx + kx + 1):
            for iy in range(cy - ky, cy + ky + 1):
                row = (_folded(ix, nx) * ny + _folded(iy, ny)) * nz
                for iz in range(cz - kz, cz + kz + 1):
                    c = row + _folded(iz, nz)
                    for t in range(start[c], start[c + 1]):
                        linked, mx, my, mz = _apart(flood, s, t, box, per_box)
                        if linked and (
                            image[0, t] != image[0, s] + mx
                            or image[1, t] != image[1, s] + my
                            or image[2, t] != image[2, s] + mz
                        ):
                            return True
    return False
