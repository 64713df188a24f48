"""Sums over all pairs of a cloud of particles: forces and energies of the repulsions -r, -log r and 1/r.

Coordinates are (axis, n), each axis contiguous, because the inner loop runs along particles and vectorises. A force
is gathered, every particle's from all others in a fixed order, so that bits do not depend on who computes which range
of particles. The log gas on a line is the one in the plane with all second coordinates zero.

Forces are -grad sum_{i<j} U: (r_i - r_j)/|r_i - r_j|^2 in the plane for U = -log r, (r_i - r_j)/|r_i - r_j|^3 in space
for U = 1/r, and on the line for U = -r the number of particles to the left less that to the right.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from physent.core.jit import njit, njit_fast, njit_inline
from physent.core.mathfun import log_positive

Reals = npt.NDArray[np.float64]
Order = npt.NDArray[np.int64]

# Added to squared distances: the particle itself then contributes 0 times a finite number instead of 0/0, without
# a branch. It is lost in rounding for distances above 1e-42, and products of two, or its power 3/2, stay finite.
_TINY = 1e-100


@njit_inline
def tiles(n: int) -> int:
    """Number of pieces in which `log_forces` and `inverse_forces` count ``n`` particles."""
    return (n + 1) // 2


@njit_fast
def log_forces(first: int, last: int, r: Reals, out: Reals) -> None:
    """Force by U = -log r on pieces ``first`` to ``last`` of `tiles` of ``r`` (2, n) into ``out`` (2, n).

    Two particles at a time share the division, the slowest operation: 1/a = b/(ab).
    """
    x, y = r[0], r[1]
    n = x.shape[0]
    for pair in range(first, last):
        i = 2 * pair
        k = min(i + 1, n - 1)
        xi, yi, xk, yk = x[i], y[i], x[k], y[k]
        fx, fy, gx, gy = 0.0, 0.0, 0.0, 0.0
        for j in range(n):
            ax, ay = xi - x[j], yi - y[j]
            bx, by = xk - x[j], yk - y[j]
            a = ax * ax + (ay * ay + _TINY)
            b = bx * bx + (by * by + _TINY)
            w = 1.0 / (a * b)
            u, v = b * w, a * w
            fx += ax * u
            fy += ay * u
            gx += bx * v
            gy += by * v
        out[0, i], out[1, i] = fx, fy
        out[0, k], out[1, k] = gx, gy


@njit_fast
def inverse_forces(first: int, last: int, r: Reals, out: Reals) -> None:
    """Force by U = 1/r on pieces ``first`` to ``last`` of `tiles` of ``r`` (3, n) into ``out`` (3, n)."""
    x, y, z = r[0], r[1], r[2]
    n = x.shape[0]
    for i in range(2 * first, min(2 * last, n)):
        xi, yi, zi = x[i], y[i], z[i]
        fx, fy, fz = 0.0, 0.0, 0.0
        for j in range(n):
            dx, dy, dz = xi - x[j], yi - y[j], zi - z[j]
            a = dx * dx + (dy * dy + (dz * dz + _TINY))
            w = 1.0 / (a * np.sqrt(a))
            fx += dx * w
            fy += dy * w
            fz += dz * w
        out[0, i], out[1, i], out[2, i] = fx, fy, fz


@njit
def rank_forces(x: Reals, order: Order, spare: Order, out: Reals) -> None:
    """Force by U = -r on each of ``x`` (n,) into ``out`` (n,), in O(n log n).

    ``order`` (n,) is any permutation, best the one that this left there for a configuration close by: it becomes the
    ranking of ``x``. ``spare`` (n,) is overwritten. Particles in one place are ranked by index.
    """
    _rank(x, order, spare)
    n = x.shape[0]
    for rank in range(n):
        out[order[rank]] = 2.0 * rank - (n - 1.0)


@njit
def rank_energy(x: Reals, order: Order, spare: Order) -> float:
    """-sum_{i<j} |x_i - x_j| in O(n log n); arguments as in `rank_forces`."""
    _rank(x, order, spare)
    n = x.shape[0]
    total = 0.0
    for rank in range(n):
        total -= (2.0 * rank - (n - 1.0)) * x[order[rank]]
    return total


@njit
def _rank(x: Reals, order: Order, spare: Order) -> None:
    """Make ``order`` the ranking of ``x``: by insertion while that is short, else by merging."""
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
    # Ties by index, so that the ranking does not depend on the order that sorting began with.
    return x[i] < x[k] or (x[i] == x[k] and i < k)


@njit
def _merge_sort(x: Reals, order: Order, spare: Order) -> None:
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

# Smallest product of eight squared distances, each at most 1, that is surely free of underflow on the way.
_LEAST = 1e-290


@njit_fast
def log_energy(r: Reals, scaled: Reals) -> float:
    """-sum_{i<j} log |r_i - r_j| of ``r`` (2, n); ``scaled`` (2, n) is overwritten.

    One logarithm serves the product of eight squared distances. With lengths scaled by a power of two so that no
    distance exceeds 1, a product that is not tiny has not underflowed on the way; where one is tiny, those logarithms
    are taken one by one. Infinite where two particles coincide.
    """
    n = r.shape[1]
    exponent = _scale(r, scaled)
    x, y = scaled[0], scaled[1]
    total, near = 0.0, 0.0
    for i in range(0, n - 7, 8):
        x0, x1, x2, x3, x4, x5, x6, x7 = x[i], x[i + 1], x[i + 2], x[i + 3], x[i + 4], x[i + 5], x[i + 6], x[i + 7]
        y0, y1, y2, y3, y4, y5, y6, y7 = y[i], y[i + 1], y[i + 2], y[i + 3], y[i + 4], y[i + 5], y[i + 6], y[i + 7]
        part, good = 0.0, 0.0
        for j in range(i + 8, n):
            xj, yj = x[j], y[j]
            p = ((xj - x0) ** 2 + (yj - y0) ** 2) * ((xj - x1) ** 2 + (yj - y1) ** 2)
            q = ((xj - x2) ** 2 + (yj - y2) ** 2) * ((xj - x3) ** 2 + (yj - y3) ** 2)
            s = ((xj - x4) ** 2 + (yj - y4) ** 2) * ((xj - x5) ** 2 + (yj - y5) ** 2)
            t = ((xj - x6) ** 2 + (yj - y6) ** 2) * ((xj - x7) ** 2 + (yj - y7) ** 2)
            product = (p * q) * (s * t)
            good += 1.0 if product >= _LEAST else 0.0
            part += log_positive(product)
        total += part if good == n - i - 8 else _one_by_one(x, y, i, i + 8, i + 8, n)
        near += _one_by_one(x, y, i, i + 8, i, i + 8)
    whole = n - n % 8
    near += _one_by_one(x, y, whole, n, whole, n)
    pairs = 0.5 * n * (n - 1.0)
    return float(-0.5 * (total + near) - pairs * exponent * _LOG_2)


@njit
def _scale(r: Reals, scaled: Reals) -> int:
    """Copy ``r`` divided by 2^exponent, returned, so that all squared distances are at most 1."""
    n = r.shape[1]
    extent = 0.0
    for axis in range(2):
        low, high = r[axis, 0], r[axis, 0]
        for i in range(n):
            low, high = min(low, r[axis, i]), max(high, r[axis, i])
        extent = max(extent, high - low)
    exponent = 0
    if 0.0 < extent < np.inf:
        exponent = int(np.ceil(np.log2(extent))) + 1
    factor = 2.0**-exponent
    for axis in range(2):
        for i in range(n):
            scaled[axis, i] = r[axis, i] * factor
    return exponent


@njit
def _one_by_one(x: Reals, y: Reals, first: int, last: int, begin: int, end: int) -> float:
    """Sum of log of squared distances of i in [first, last), j in [begin, end), j > i."""
    total = 0.0
    for i in range(first, last):
        for j in range(max(begin, i + 1), end):
            total += np.log((x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2)
    return total


@njit_fast
def inverse_energy(r: Reals) -> float:
    """sum_{i<j} 1/|r_i - r_j| of ``r`` (3, n); infinite where two particles coincide."""
    x, y, z = r[0], r[1], r[2]
    n = x.shape[0]
    total = 0.0
    for i in range(n):
        xi, yi, zi = x[i], y[i], z[i]
        part = 0.0
        for j in range(i + 1, n):
            dx, dy, dz = xi - x[j], yi - y[j], zi - z[j]
            part += 1.0 / np.sqrt(dx * dx + dy * dy + dz * dz)
        total += part
    return total


def ranking(x: npt.NDArray[Any]) -> Order:
    """Permutation that sorts ``x`` (..., n) along its last axis, as `rank_forces` wants it to begin with."""
    return np.ascontiguousarray(np.argsort(x, axis=-1, kind="stable").astype(np.int64))
