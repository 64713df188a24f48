"""Connected clusters of points in open space or a periodic cube: union-find over a grid of cells.

Two points are linked when they are closer than the larger of their radii. Where all radii are equal, r, the cells have
a diagonal of at most r, so that the points of one cell are linked, and one link between two cells links all their
points: near-linear time however many neighbours a point has (as the friends-of-friends of Creasey 2018, Astron.
Comput. 25, 159, doi 10.1016/j.ascom.2018.09.010).

In a periodic cube each node of the union-find also holds the periodic image in which it lies relative to its root. A
link that closes a loop with another image than the one known shows that the cluster is connected to itself around the
cube: it spans the box (Machta et al. 1996, Phys. Rev. E 54, 1332, doi 10.1103/PhysRevE.54.1332).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from physent.core import jit
from physent.core.jit import njit, njit_inline

CROWDED = 4
"""Points per small cell above which linking whole cells is faster than linking points (measured)."""

Reals = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

# Odd constants of 64 random-looking bits (those of SplitMix64 and the golden ratio).
_MIX_X = np.uint64(0x9E3779B97F4A7C15)
_MIX_Y = np.uint64(0xBF58476D1CE4E5B9)
_MIX_Z = np.uint64(0x94D049BB133111EB)
_HALF = np.uint64(32)


class Clusters(NamedTuple):
    """Clusters of each replica, numbered in order of their first points."""

    label: Integers  # (replica, n)
    number: Integers  # (replica,) of clusters
    spans: npt.NDArray[np.bool_]  # (replica, n) by label: connected to itself around the periodic box
    unwrapped: Reals  # (replica, n, 3): positions continuous along the links, up to a vector common to a cluster


class _Forest(NamedTuple):
    """Union-find of one replica, with the image of each node relative to its parent."""

    parent: Integers  # (node,)
    image: Integers  # (node, 3)
    weight: Integers  # (node,) nodes below a root
    loop: npt.NDArray[np.bool_]  # (node,) of a root: spans the box


class _Mesh(NamedTuple):
    """Cells of one size, and which of them are neighbours."""

    side: float
    per_axis: int  # 0 in open space
    offsets: Integers  # (m, 3)


class _Grid(NamedTuple):
    """Points of one replica by cell; cells are found by hashing their integer coordinates."""

    slot: Integers  # (power of two,) cell or -1
    where: Integers  # (cell, 3)
    first: Integers  # (cell + 1,) into ``order``
    order: Integers  # (n,) points, cell by cell
    cell: Integers  # (n,) cell of each point


def connected(position: Reals, box_length: float | None, radius: float | Reals) -> Clusters:
    """Clusters of points (replica, n, 3) that are linked within ``radius``, a number or (n,).

    A periodic box needs every radius <= box_length / 2. Raises ValueError otherwise. Each replica by itself; serial
    within it.
    """
    replicas, n, _ = position.shape
    reach = np.broadcast_to(np.asarray(radius, dtype=np.float64), (n,))
    largest = float(reach.max())
    if not largest > 0 or (box_length is not None and largest > box_length / 2):
        raise ValueError(f"radius must be positive and at most half the box, found {largest} in {box_length}")
    coarse = _mesh(largest, largest, box_length)
    fine = _mesh(largest / math.sqrt(3.0), largest, box_length) if (reach == largest).all() else coarse
    out = Clusters(
        np.empty((replicas, n), dtype=np.int64),
        np.empty(replicas, dtype=np.int64),
        np.zeros((replicas, n), dtype=np.bool_),
        np.array(position, dtype=np.float64),
    )
    forest = _Forest(
        np.empty((replicas, n), dtype=np.int64),
        np.empty((replicas, n, 3), dtype=np.int64),
        np.empty((replicas, n), dtype=np.int64),
        np.empty((replicas, n), dtype=np.bool_),
    )
    grid = _Grid(
        np.empty((replicas, 1 << (2 * n).bit_length()), dtype=np.int64),
        np.empty((replicas, n, 3), dtype=np.int64),
        np.empty((replicas, n + 1), dtype=np.int64),
        np.empty((replicas, n), dtype=np.int64),
        np.empty((replicas, n), dtype=np.int64),
    )
    square = np.ascontiguousarray(np.square(reach))
    jit.spread(_connect, replicas, out, forest, grid, float(box_length or 0.0), fine, coarse, square)
    return out


def _mesh(side: float, reach: float, box_length: float | None) -> _Mesh:
    per_axis = 0
    if box_length is not None:
        per_axis = math.ceil(box_length / side)
        side = box_length / per_axis
    return _Mesh(side, per_axis, _offsets(reach / side))


@lru_cache
def _offsets(reach: float) -> Integers:
    """Half of the displacements (m, 3) between cells of side 1 that hold points closer than ``reach``."""
    furthest = math.floor(reach) + 1
    axis = np.arange(-furthest, furthest + 1)
    every = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    gap = np.square(np.maximum(np.abs(every) - 1, 0)).sum(axis=1)
    half = np.arange(len(every)) > len(every) // 2
    return np.ascontiguousarray(every[half & (gap < reach**2 * (1 + 1e-12))])


@njit
def _connect(
    first: int,
    last: int,
    out: Clusters,
    forests: _Forest,
    grids: _Grid,
    box: float,
    fine: _Mesh,
    coarse: _Mesh,
    square: Reals,
) -> None:
    for replica in range(first, last):
        x = out.unwrapped[replica]
        forest = _Forest(
            forests.parent[replica], forests.image[replica], forests.weight[replica], forests.loop[replica]
        )
        grid = _Grid(
            grids.slot[replica],
            grids.where[replica],
            grids.first[replica],
            grids.order[replica],
            grids.cell[replica],
        )
        n = x.shape[0]
        if box > 0.0:
            for i in range(n):
                for k in range(3):
                    x[i, k] -= box * np.floor(x[i, k] / box)
        side, per_axis, offsets = fine.side, fine.per_axis, fine.offsets
        cells = _bin(x, grid, per_axis, side)
        whole = side != coarse.side and n > CROWDED * cells
        if side != coarse.side and not whole:
            side, per_axis, offsets = coarse.side, coarse.per_axis, coarse.offsets
            cells = _bin(x, grid, per_axis, side)
        for node in range(cells if whole else n):
            forest.parent[node] = node
            forest.weight[node] = 1
            forest.loop[node] = False
            for k in range(3):
                forest.image[node, k] = 0
        if not whole:
            for a in range(cells):
                _link(x, square, grid, forest, a, a, 0, 0, 0, box, whole)
        for a in range(cells):
            for o in range(offsets.shape[0]):
                ix, sx = _wrap(grid.where[a, 0] + offsets[o, 0], per_axis)
                iy, sy = _wrap(grid.where[a, 1] + offsets[o, 1], per_axis)
                iz, sz = _wrap(grid.where[a, 2] + offsets[o, 2], per_axis)
                b = grid.slot[_slot(grid.slot, grid.where, ix, iy, iz)]
                if b >= 0:
                    _link(x, square, grid, forest, a, b, sx, sy, sz, box, whole)
        out.number[replica] = _name(out.label[replica], out.spans[replica], x, grid, forest, box, whole)


@njit_inline
def _wrap(index: int, per_axis: int) -> tuple[int, int]:
    """Cell coordinate inside the box, and the image it was in."""
    if per_axis == 0:
        return index, 0
    image = index // per_axis
    return index - image * per_axis, image


@njit_inline
def _slot(slot: Integers, where: Integers, ix: int, iy: int, iz: int) -> int:
    """Place of a cell in the table, or the empty place where it would be (linear probing).

    The hash is a product modulo 2^64, of which the middle bits depend on all bits of the coordinates.
    """
    mask = slot.shape[0] - 1
    key = np.uint64(ix) * _MIX_X + np.uint64(iy) * _MIX_Y + np.uint64(iz) * _MIX_Z
    key = (key ^ (key >> _HALF)) * _MIX_X
    place = np.int64(key >> _HALF) & mask
    while slot[place] >= 0:
        cell = slot[place]
        if where[cell, 0] == ix and where[cell, 1] == iy and where[cell, 2] == iz:
            break
        place = (place + 1) & mask
    return int(place)


@njit
def _bin(x: Reals, grid: _Grid, per_axis: int, side: float) -> int:
    """Sort points into cells; number of occupied cells, in order of their first points."""
    n = x.shape[0]
    grid.slot[:] = -1
    grid.first[:] = 0
    cx = cy = cz = 0.0
    if per_axis == 0:
        cx, cy, cz = x[0, 0], x[0, 1], x[0, 2]
    cells = 0
    for i in range(n):
        ix = int(np.floor((x[i, 0] - cx) / side))
        iy = int(np.floor((x[i, 1] - cy) / side))
        iz = int(np.floor((x[i, 2] - cz) / side))
        if per_axis > 0:
            ix, iy, iz = min(ix, per_axis - 1), min(iy, per_axis - 1), min(iz, per_axis - 1)
        place = _slot(grid.slot, grid.where, ix, iy, iz)
        if grid.slot[place] < 0:
            grid.slot[place] = cells
            grid.where[cells, 0], grid.where[cells, 1], grid.where[cells, 2] = ix, iy, iz
            cells += 1
        grid.cell[i] = grid.slot[place]
        grid.first[grid.cell[i] + 1] += 1
    for cell in range(cells):
        grid.first[cell + 1] += grid.first[cell]
    for i in range(n - 1, -1, -1):
        # Filled from behind, each cell's end moves down to its start: to where the next one's end shows it.
        cell = grid.cell[i]
        grid.first[cell + 1] -= 1
        grid.order[grid.first[cell + 1]] = i
    for cell in range(cells):
        grid.first[cell] = grid.first[cell + 1]
    grid.first[cells] = n
    return cells


@njit_inline
def _root(forest: _Forest, node: int) -> int:
    """Root of a node, which from now on is its parent."""
    root, sx, sy, sz = node, 0, 0, 0
    while forest.parent[root] != root:
        sx += forest.image[root, 0]
        sy += forest.image[root, 1]
        sz += forest.image[root, 2]
        root = forest.parent[root]
    while node != root:
        above, ox, oy, oz = forest.parent[node], forest.image[node, 0], forest.image[node, 1], forest.image[node, 2]
        forest.parent[node] = root
        forest.image[node, 0], forest.image[node, 1], forest.image[node, 2] = sx, sy, sz
        sx, sy, sz = sx - ox, sy - oy, sz - oz
        node = above
    return root


@njit
def _join(forest: _Forest, a: int, b: int, sx: int, sy: int, sz: int) -> None:
    """Unite the trees of two nodes, of which b lies (sx, sy, sz) boxes beyond the image of a."""
    top, under = _root(forest, a), _root(forest, b)
    # Image of the root of b relative to the root of a.
    dx = forest.image[a, 0] + sx - forest.image[b, 0]
    dy = forest.image[a, 1] + sy - forest.image[b, 1]
    dz = forest.image[a, 2] + sz - forest.image[b, 2]
    if top == under:
        forest.loop[top] = forest.loop[top] or dx != 0 or dy != 0 or dz != 0
        return
    if forest.weight[top] < forest.weight[under]:
        top, under, dx, dy, dz = under, top, -dx, -dy, -dz
    forest.parent[under] = top
    forest.image[under, 0], forest.image[under, 1], forest.image[under, 2] = dx, dy, dz
    forest.weight[top] += forest.weight[under]
    forest.loop[top] = forest.loop[top] or forest.loop[under]


@njit_inline
def _known(forest: _Forest, a: int, b: int, sx: int, sy: int, sz: int) -> bool:
    """Whether two nodes are connected already, with the image that a link would give them."""
    if _root(forest, a) != _root(forest, b):
        return False
    return bool(
        forest.image[a, 0] + sx == forest.image[b, 0]
        and forest.image[a, 1] + sy == forest.image[b, 1]
        and forest.image[a, 2] + sz == forest.image[b, 2]
    )


@njit
def _link(
    x: Reals,
    square: Reals,
    grid: _Grid,
    forest: _Forest,
    a: int,
    b: int,
    sx: int,
    sy: int,
    sz: int,
    box: float,
    whole: bool,
) -> None:
    """Join what is linked between cell a and the image (sx, sy, sz) of cell b."""
    if whole and _known(forest, a, b, sx, sy, sz):
        return
    for p in range(grid.first[a], grid.first[a + 1]):
        i = grid.order[p]
        for q in range(p + 1 if a == b else grid.first[b], grid.first[b + 1]):
            j = grid.order[q]
            dx = x[j, 0] + box * sx - x[i, 0]
            dy = x[j, 1] + box * sy - x[i, 1]
            dz = x[j, 2] + box * sz - x[i, 2]
            if dx * dx + dy * dy + dz * dz < max(square[i], square[j]):
                if whole:
                    _join(forest, a, b, sx, sy, sz)
                    return
                _join(forest, i, j, sx, sy, sz)


@njit
def _name(
    label: Integers, spans: npt.NDArray[np.bool_], x: Reals, grid: _Grid, forest: _Forest, box: float, whole: bool
) -> int:
    """Number the clusters by their first points, and move each point into its image."""
    count = 0
    label[:] = -1
    # The weight of a root has served: from here on it is the cluster's number less one, negative.
    for i in range(x.shape[0]):
        node = grid.cell[i] if whole else i
        root = _root(forest, node)
        if forest.weight[root] > 0:
            forest.weight[root] = -count
            spans[count] = forest.loop[root]
            count += 1
        label[i] = -forest.weight[root]
        for k in range(3):
            x[i, k] += box * forest.image[node, k]
    return count
