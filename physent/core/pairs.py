"""Sums over all pairs of a cloud of particles: forces and energies of the repulsions -r, -log r and 1/r.

Forces are -grad sum_{i<j} U: (r_i - r_j)/|r_i - r_j|^2 in the plane for U = -log r, (r_i - r_j)/|r_i - r_j|^3 in space
for U = 1/r, and on the line for U = -r the number of particles to the left less that to the right. The log gas on a
line is that in the plane with all second coordinates zero.

The inner loop runs along particles, on a copy in rows of whole vectors (`tiles`), so that it vectorises without a
remainder. Each pair is visited once and its force added to both particles; writes are contiguous, nothing is scattered.
All sums have a fixed order; threads are used only across replicas.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from physent.core.jit import njit, njit_fast, njit_inline
from physent.core.mathfun import log_positive

Reals = npt.NDArray[np.float64]
Order = npt.NDArray[np.int64]

_LANES = 8

# Added to squared distances, so that the pair of a particle with itself gives 0 times a finite number instead of 0/0,
# without a branch. Rounding removes it for distances above 1e-42; products of two sums, or of their powers 3/2, stay
# above underflow.
_TINY = 1e-100
_MOST = 1e49  # energy 1/r above which particles coincide: 1/sqrt(1e-100) = 1e50
_ROOT_BITS, _ONE = np.uint64(0x5FE6EB50C7B537A9), np.uint64(1)
_FAR = 1e40  # first coordinate of padding particles: rounding removes their forces of 1e-40


def tiles(replicas: int, axes: int, n: int) -> Reals:
    """Work array (replicas, 2 axes + 1, n rounded up to 8) of the kernels below, which each take that of one replica.

    Rows: coordinates, forces, and the weight of a pair: 1/2 in the blocks of eight particles on the diagonal, where
    each pair comes twice.
    """
    width, rows = max(1, -(-n // _LANES)) * _LANES, 2 * axes + 1
    flat = np.zeros(replicas * rows * width + _LANES)
    first = -flat.ctypes.data // flat.itemsize % _LANES  # at a cache line
    found = flat[first : first + replicas * rows * width].reshape(replicas, rows, width)
    found[:, -1] = 1.0
    # Kernels index this row from the block of eight that contains particle i, so the first eight are its own block.
    found[:, -1, :_LANES] = 0.5
    return found


@njit
def log_forces(r: Reals, tile: Reals, out: Reals) -> None:
    """Forces for U = -log r on all of ``r`` (2, n) into ``out`` (2, n); ``tile`` is one of `tiles`."""
    _load(r, tile)
    # Rows of four: each partner that is loaded serves four pairs. Partners start at a whole vector.
    for i in range(0, tile.shape[1], 4):
        _log_rows(i, i - i % _LANES, tile)
    _unload(tile, out)


@njit
def inverse_forces(r: Reals, tile: Reals, out: Reals) -> None:
    """Forces for U = 1/r on all of ``r`` (3, n) into ``out`` (3, n); ``tile`` is one of `tiles`."""
    _load(r, tile)
    for i in range(0, tile.shape[1], 2):
        _inverse_rows(i, i - i % _LANES, tile)
    _unload(tile, out)


@njit
def _load(r: Reals, tile: Reals) -> None:
    axes, n = r.shape
    for axis in range(axes):
        for i in range(n):
            tile[axis, i] = r[axis, i]
            tile[axes + axis, i] = 0.0
        for i in range(n, tile.shape[1]):
            tile[axis, i] = _FAR if axis == 0 else 0.0
            tile[axes + axis, i] = 0.0


@njit
def _unload(tile: Reals, out: Reals) -> None:
    axes, n = out.shape
    for axis in range(axes):
        for i in range(n):
            out[axis, i] = tile[axes + axis, i]


@njit_fast
def _log_rows(i: int, begin: int, tile: Reals) -> None:
    """Forces between particles i ... i + 3 and those from ``begin`` on.

    Two pairs share a division, the slowest operation: 1/a = b/(ab). Slices indexed from 0 let the loop vectorise.
    """
    x, y, fx, fy = tile[0, begin:], tile[1, begin:], tile[2, begin:], tile[3, begin:]
    share = tile[4, : x.shape[0]]
    xa, ya, xb, yb = tile[0, i], tile[1, i], tile[0, i + 1], tile[1, i + 1]
    xc, yc, xd, yd = tile[0, i + 2], tile[1, i + 2], tile[0, i + 3], tile[1, i + 3]
    fax, fay, fbx, fby, fcx, fcy, fdx, fdy = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for j in range(x.shape[0]):
        ax, ay, bx, by = xa - x[j], ya - y[j], xb - x[j], yb - y[j]
        cx, cy, dx, dy = xc - x[j], yc - y[j], xd - x[j], yd - y[j]
        a, b = ax * ax + (ay * ay + _TINY), bx * bx + (by * by + _TINY)
        c, d = cx * cx + (cy * cy + _TINY), dx * dx + (dy * dy + _TINY)
        u, v = share[j] / (a * b), share[j] / (c * d)
        wa, wb, wc, wd = b * u, a * u, d * v, c * v
        fax += ax * wa
        fay += ay * wa
        fbx += bx * wb
        fby += by * wb
        fcx += cx * wc
        fcy += cy * wc
        fdx += dx * wd
        fdy += dy * wd
        # Newton's third law; these sums stay in memory, those of the four particles in registers.
        fx[j] -= (ax * wa + bx * wb) + (cx * wc + dx * wd)
        fy[j] -= (ay * wa + by * wb) + (cy * wc + dy * wd)
    tile[2, i] += fax
    tile[3, i] += fay
    tile[2, i + 1] += fbx
    tile[3, i + 1] += fby
    tile[2, i + 2] += fcx
    tile[3, i + 2] += fcy
    tile[2, i + 3] += fdx
    tile[3, i + 3] += fdy


@njit_fast
def _inverse_rows(i: int, begin: int, tile: Reals) -> None:
    """Forces between particles i, i + 1 and those from ``begin`` on."""
    # Rows of two: for four particles coordinates and sums would need 24 registers.
    x, y, z = tile[0, begin:], tile[1, begin:], tile[2, begin:]
    fx, fy, fz = tile[3, begin:], tile[4, begin:], tile[5, begin:]
    share = tile[6, : x.shape[0]]
    xa, ya, za = tile[0, i], tile[1, i], tile[2, i]
    xb, yb, zb = tile[0, i + 1], tile[1, i + 1], tile[2, i + 1]
    fax, fay, faz, fbx, fby, fbz = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for j in range(x.shape[0]):
        ax, ay, az = xa - x[j], ya - y[j], za - z[j]
        bx, by, bz = xb - x[j], yb - y[j], zb - z[j]
        a, b = ax * ax + (ay * ay + (az * az + _TINY)), bx * bx + (by * by + (bz * bz + _TINY))
        a *= np.sqrt(a)  # r^3, without a call of pow
        b *= np.sqrt(b)
        u = share[j] / (a * b)
        wa, wb = b * u, a * u
        fax += ax * wa
        fay += ay * wa
        faz += az * wa
        fbx += bx * wb
        fby += by * wb
        fbz += bz * wb
        fx[j] -= ax * wa + bx * wb
        fy[j] -= ay * wa + by * wb
        fz[j] -= az * wa + bz * wb
    tile[3, i] += fax
    tile[4, i] += fay
    tile[5, i] += faz
    tile[3, i + 1] += fbx
    tile[4, i + 1] += fby
    tile[5, i + 1] += fbz


@njit
def rank_forces(x: Reals, order: Order, spare: Order, out: Reals) -> None:
    """Forces for U = -r on all of ``x`` (n,) into ``out`` (n,), in O(n log n).

    ``order`` (n,) is any permutation, best the ranking of a similar configuration, left there by an earlier call; it
    becomes the ranking of ``x``. ``spare`` (n,) is overwritten. Particles at the same place are ranked by index.
    """
    _rank(x, order, spare)
    n = x.shape[0]
    for rank in range(n):  # rank particles to the left, n - 1 - rank to the right
        out[order[rank]] = 2.0 * rank - (n - 1.0)


@njit
def rank_energy(x: Reals, order: Order, spare: Order) -> float:
    """-sum_{i<j} |x_i - x_j| in O(n log n); arguments as in `rank_forces`."""
    _rank(x, order, spare)
    n = x.shape[0]
    total = 0.0
    # In order of x, the particle of a given rank enters `rank` differences with + and n - 1 - rank with -.
    for rank in range(n):
        total -= (2.0 * rank - (n - 1.0)) * x[order[rank]]
    return total


@njit
def _rank(x: Reals, order: Order, spare: Order) -> None:
    """Make ``order`` the ranking of ``x``: by insertion while that is quick, else by merging."""
    # Few ranks change in a step, so insertion is nearly O(n); the bound on moves keeps the worst case O(n log n).
    n = x.shape[0]
    left = 16 * n
    for i in range(1, n):
        item, j = order[i], i
        while j > 0 and _before(x, item, order[j - 1]):
            order[j] = order[j - 1]
            j -= 1
        order[j] = item
        left -= i - j
        if left < 0:
            _merge_sort(x, order, spare)
            return


@njit_inline
def _before(x: Reals, i: int, k: int) -> bool:
    # Ties are broken by index, so that the ranking does not depend on the initial order.
    return x[i] < x[k] or (x[i] == x[k] and i < k)


@njit
def _merge_sort(x: Reals, order: Order, spare: Order) -> None:
    # Merges runs of 1, 2, 4 ... elements; `_before` has no ties, so the result is unique.
    n = x.shape[0]
    width = 1
    while width < n:
        for start in range(0, n, 2 * width):
            a, middle, end = start, min(start + width, n), min(start + 2 * width, n)
            b = middle
            for k in range(start, end):
                if a < middle and (b >= end or _before(x, order[a], order[b])):
                    spare[k] = order[a]
                    a += 1
                else:
                    spare[k] = order[b]
                    b += 1
        for k in range(n):
            order[k] = spare[k]
        width *= 2


_LOG_2 = 0.6931471805599453

# A product of eight squared distances, each at most 1, above this bound has not underflowed on the way.
_LEAST = 1e-290


@njit
def log_energy(r: Reals, tile: Reals) -> float:
    """-sum_{i<j} log |r_i - r_j| of ``r`` (2, n); ``tile`` is one of `tiles`.

    One logarithm serves the product of eight squared distances. With lengths scaled by a power of two so that no
    distance exceeds 1, a product that is not tiny has not underflowed on the way; if one is tiny, the logarithms of
    its block are taken one by one. Infinite if two particles coincide.
    """
    n = r.shape[1]
    exponent = _scale(r, tile)
    x, y = tile[0], tile[1]
    total = 0.0
    whole = n - n % _LANES
    for i in range(0, whole, _LANES):
        part, good = _log_products(i, n, tile)
        total += part if good else _one_by_one(x, y, i, i + _LANES, i + _LANES, n)
        total += _log_square(i, tile)
    total += _one_by_one(x, y, whole, n, whole, n)
    # Each of the n (n - 1)/2 logarithms lacks exponent log 2 by the scaling.
    return float(-0.5 * total - 0.5 * n * (n - 1.0) * exponent * _LOG_2)


@njit_fast
def _log_products(i: int, n: int, tile: Reals) -> tuple[float, bool]:
    """Sum of logs of squared distances between eight particles from i and those after them, and whether it is valid."""
    x, y = tile[0, i + _LANES :], tile[1, i + _LANES :]
    x0, x1, x2, x3 = tile[0, i], tile[0, i + 1], tile[0, i + 2], tile[0, i + 3]
    x4, x5, x6, x7 = tile[0, i + 4], tile[0, i + 5], tile[0, i + 6], tile[0, i + 7]
    y0, y1, y2, y3 = tile[1, i], tile[1, i + 1], tile[1, i + 2], tile[1, i + 3]
    y4, y5, y6, y7 = tile[1, i + 4], tile[1, i + 5], tile[1, i + 6], tile[1, i + 7]
    # `good` counts in floats, as everything else in the loop, so that it vectorises. Padding has the product 1.
    part, good = 0.0, 0.0
    count = n - i - _LANES
    for j in range(x.shape[0]):
        xj, yj = x[j], y[j]
        p = ((xj - x0) ** 2 + (yj - y0) ** 2) * ((xj - x1) ** 2 + (yj - y1) ** 2)
        q = ((xj - x2) ** 2 + (yj - y2) ** 2) * ((xj - x3) ** 2 + (yj - y3) ** 2)
        s = ((xj - x4) ** 2 + (yj - y4) ** 2) * ((xj - x5) ** 2 + (yj - y5) ** 2)
        t = ((xj - x6) ** 2 + (yj - y6) ** 2) * ((xj - x7) ** 2 + (yj - y7) ** 2)
        product = (p * q) * (s * t) if j < count else 1.0
        good += 1.0 if product >= _LEAST else 0.0
        part += log_positive(product)
    return part, good == x.shape[0]


@njit_fast
def _log_square(i: int, tile: Reals) -> float:
    """Sum of logs of squared distances among eight particles from i: half the sum over ordered pairs."""
    x, y = tile[0, i : i + _LANES], tile[1, i : i + _LANES]
    part, good = 0.0, 0.0
    for j in range(x.shape[0]):
        product = 1.0
        for k in range(_LANES):
            square = (x[j] - tile[0, i + k]) ** 2 + (y[j] - tile[1, i + k]) ** 2
            product *= 1.0 if j == k else square
        good += 1.0 if product >= _LEAST else 0.0
        part += log_positive(product)
    return 0.5 * part if good == _LANES else _one_by_one(tile[0], tile[1], i, i + _LANES, i, i + _LANES)


@njit
def _scale(r: Reals, tile: Reals) -> int:
    """Copy ``r`` divided by 2^exponent, returned, so that all squared distances are at most 1."""
    n = r.shape[1]
    extent = 0.0
    for axis in range(2):
        low, high = r[axis, 0], r[axis, 0]
        for i in range(n):
            low, high = min(low, r[axis, i]), max(high, r[axis, i])
        extent = max(extent, high - low)
    # One more than the extent needs: differences of at most 1/2 along each axis give squared distances of at most 1/2.
    exponent = 0
    if 0.0 < extent < np.inf:
        exponent = int(np.ceil(np.log2(extent))) + 1
    factor = 2.0**-exponent
    for axis in range(2):
        for i in range(n):
            tile[axis, i] = r[axis, i] * factor
        for i in range(n, tile.shape[1]):
            tile[axis, i] = 0.0
    return exponent


@njit
def _one_by_one(x: Reals, y: Reals, first: int, last: int, begin: int, end: int) -> float:
    """Sum of logs of squared distances for i in [first, last), j in [begin, end), j > i."""
    total = 0.0
    for i in range(first, last):
        for j in range(max(begin, i + 1), end):
            total += np.log((x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2)
    return total


@njit
def inverse_energy(r: Reals, tile: Reals) -> float:
    """sum_{i<j} 1/|r_i - r_j| of ``r`` (3, n), infinite if two particles coincide; ``tile`` is one of `tiles`."""
    _load(r, tile)
    n = r.shape[1]
    total = 0.0
    for i in range(n):
        total += _inverse_row(i, i - i % _LANES, n, tile)
    return total if total < _MOST else np.inf


@njit_fast
def _inverse_row(i: int, begin: int, n: int, tile: Reals) -> float:
    """Sum of 1/distance between particle i and those from ``begin`` on."""
    x, y, z = tile[0, begin:], tile[1, begin:], tile[2, begin:]
    share = tile[6, : x.shape[0]]
    xi, yi, zi = tile[0, i], tile[1, i], tile[2, i]
    itself, count = i - begin, n - begin
    part = 0.0
    for j in range(x.shape[0]):
        dx, dy, dz = xi - x[j], yi - y[j], zi - z[j]
        square = dx * dx + (dy * dy + (dz * dz + _TINY))
        part += share[j] * _inverse_root(square) if j != itself and j < count else 0.0
    return part


@njit_fast
def _inverse_root(x: float) -> float:
    """1/sqrt(x) of a positive, normal x within 2 ulp, without a square root or a division, the slowest operations.

    The bits of x, halved and subtracted from a constant, give y within 3.5 % (Lomont 2003). With e = 1 - x y^2 each of
    two fourth-order steps y (1 + e/2 + 3 e^2/8 + 5 e^3/16), the series of (1 - e)^(-1/2), leaves 35 e^4/128: 6e-6, then
    1e-20.
    """
    y = np.uint64(_ROOT_BITS - (np.float64(x).view(np.uint64) >> _ONE)).view(np.float64)
    e = 1.0 - x * y * y
    y += y * (e * (0.5 + e * (0.375 + e * 0.3125)))
    e = 1.0 - x * y * y
    return y + y * (e * (0.5 + e * (0.375 + e * 0.3125)))


def ranking(x: npt.NDArray[Any]) -> Order:
    """Permutation that sorts ``x`` (..., n) along its last axis: the initial ``order`` of `rank_forces`."""
    return np.ascontiguousarray(np.argsort(x, axis=-1, kind="stable").astype(np.int64))
