"""Forces of the pairs of two clouds on each other, and their energies: each pair once, by a block of threads.

A thread holds four particles, and goes through partners in shared memory. The lanes of a warp have different partners,
and hand the reactions on these from lane to lane, until each has met all. Sums have a fixed order.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import cuda, float64

from physent.core.cuda.launch import SIMULATED, device_function
from physent.core.cuda.pairs import LEAST, MOST, TINY
from physent.core.cuda.reciprocal import reciprocal, reciprocal_cube, reciprocal_root
from physent.core.mathfun import log_positive

THREADS = 4 if SIMULATED else 128
"""Threads of a block."""
SIZE = 4 * THREADS
"""Particles of a cloud."""
FAR = 1e140
"""A place so far that nothing feels what is there, with squares that stay in the range of doubles."""

_LANES = 2 if SIMULATED else 32
_WARPS = THREADS // _LANES
_GROUPS = SIZE // _LANES // _WARPS
"""Groups of `_LANES` partners through which a warp goes before it leaves them to the next warp."""
_EVERYONE = 0xFFFFFFFF
_LANE, _ROW = np.uint64(_LANES - 1), np.uint64(_LANES)
_PRODUCT = 8
_TOUCHING = 1e45
_SHIFT, _MANTISSA, _UNITY = np.uint64(52), np.uint64(0x000FFFFFFFFFFFFF), np.uint64(0x3FF0000000000000)
_BIAS = 1023
_LN2 = 6.93147180559945286227e-01

if SIMULATED:

    @device_function
    def _two_of_next(g: Any, t: int, step: int) -> Any:
        room = cuda.shared.array((2, 3, THREADS), float64)
        room[step % 2, : len(g), t] = g
        cuda.syncthreads()
        return tuple(room[step % 2, : len(g), t - t % _LANES + (t + 1) % _LANES].tolist())

    _three_of_next = _two_of_next
else:

    @device_function
    def _two_of_next(g: Any, t: int, step: int) -> Any:
        # Lanes are counted modulo their number.
        return cuda.shfl_sync(_EVERYONE, g[0], t + 1), cuda.shfl_sync(_EVERYONE, g[1], t + 1)

    @device_function
    def _three_of_next(g: Any, t: int, step: int) -> Any:
        return (*_two_of_next((g[0], g[1]), t, step), cuda.shfl_sync(_EVERYONE, g[2], t + 1))


@device_function
def _plane_pair(f: Any, g: Any, x: float, y: float, xj: float, yj: float) -> Any:
    dx, dy = x - xj, y - yj
    w = reciprocal(dx * dx + (dy * dy + TINY))
    return (f[0] + dx * w, f[1] + dy * w), (g[0] - dx * w, g[1] - dy * w)


@device_function
def _space_pair(f: Any, g: Any, x: float, y: float, z: float, xj: float, yj: float, zj: float) -> Any:
    dx, dy, dz = x - xj, y - yj, z - zj
    w = reciprocal_cube(dx * dx + (dy * dy + (dz * dz + TINY)))
    return (f[0] + dx * w, f[1] + dy * w, f[2] + dz * w), (g[0] - dx * w, g[1] - dy * w, g[2] - dz * w)


@device_function
def _plane_forces(f: Any, r: Any, near: Any, back: Any, t: int) -> Any:
    x, y = r
    a, b, c, d = (f[0][0], f[1][0]), (f[0][1], f[1][1]), (f[0][2], f[1][2]), (f[0][3], f[1][3])
    lane, first = np.uint64(t) & _LANE, np.uint64(t // _LANES * _GROUPS * _LANES)
    for _turn in range(_WARPS):
        for _ in range(_GROUPS):
            g, step = (0.0, 0.0), 0
            while step < _LANES:
                j = first + ((lane + np.uint64(step)) & _LANE)
                xj, yj = near[0, j], near[1, j]
                a, g = _plane_pair(a, g, x[0], y[0], xj, yj)
                b, g = _plane_pair(b, g, x[1], y[1], xj, yj)
                c, g = _plane_pair(c, g, x[2], y[2], xj, yj)
                d, g = _plane_pair(d, g, x[3], y[3], xj, yj)
                g = _two_of_next(g, t, step)
                step += 1
            back[0, first + lane] += g[0]
            back[1, first + lane] += g[1]
            first += _ROW
        if first == near.shape[1]:
            first = np.uint64(0)
        cuda.syncthreads()
    return (a[0], b[0], c[0], d[0]), (a[1], b[1], c[1], d[1])


@device_function
def _space_forces(f: Any, r: Any, near: Any, back: Any, t: int) -> Any:
    x, y, z = r
    a, b = (f[0][0], f[1][0], f[2][0]), (f[0][1], f[1][1], f[2][1])
    c, d = (f[0][2], f[1][2], f[2][2]), (f[0][3], f[1][3], f[2][3])
    lane, first = np.uint64(t) & _LANE, np.uint64(t // _LANES * _GROUPS * _LANES)
    for _turn in range(_WARPS):
        for _ in range(_GROUPS):
            g, step = (0.0, 0.0, 0.0), 0
            while step < _LANES:
                j = first + ((lane + np.uint64(step)) & _LANE)
                xj, yj, zj = near[0, j], near[1, j], near[2, j]
                a, g = _space_pair(a, g, x[0], y[0], z[0], xj, yj, zj)
                b, g = _space_pair(b, g, x[1], y[1], z[1], xj, yj, zj)
                c, g = _space_pair(c, g, x[2], y[2], z[2], xj, yj, zj)
                d, g = _space_pair(d, g, x[3], y[3], z[3], xj, yj, zj)
                g = _three_of_next(g, t, step)
                step += 1
            for axis in range(3):
                back[axis, first + lane] += g[axis]
            first += _ROW
        if first == near.shape[1]:
            first = np.uint64(0)
        cuda.syncthreads()
    return (a[0], b[0], c[0], d[0]), (a[1], b[1], c[1], d[1]), (a[2], b[2], c[2], d[2])


@device_function
def _plane_square(x: float, y: float, near: Any, j: int) -> Any:
    dx, dy = x - near[0, j], y - near[1, j]
    return dx * dx + dy * dy


@device_function
def _fold(kept: Any, product: float, x: float, y: float, near: Any, begin: int, end: int) -> Any:
    # The exponent of a product that is in range is counted; its mantissa is what the next product starts from.
    total, exponents, before = kept
    if LEAST <= product <= MOST:
        bits = np.float64(product).view(np.uint64)
        return (
            total,
            exponents + np.int64(bits >> _SHIFT) - _BIAS,
            np.uint64((bits & _MANTISSA) | _UNITY).view(np.float64),
        )
    for j in range(begin, end):
        total += np.log(_plane_square(x, y, near, j))
    return total, exponents, before


@device_function
def _logarithm(kept: Any) -> float:
    return float(kept[0] + kept[1] * _LN2 + log_positive(kept[2]))


@device_function
def _plane_energies(f: Any, r: Any, near: Any, count: int) -> Any:
    x, y = r
    a, b, c, d = (0.0, 0, 1.0), (0.0, 0, 1.0), (0.0, 0, 1.0), (0.0, 0, 1.0)
    for begin in range(0, count, _PRODUCT):
        end = min(begin + _PRODUCT, count)
        p, q, s, u = a[2], b[2], c[2], d[2]
        for j in range(begin, end):
            p *= _plane_square(x[0], y[0], near, j)
            q *= _plane_square(x[1], y[1], near, j)
            s *= _plane_square(x[2], y[2], near, j)
            u *= _plane_square(x[3], y[3], near, j)
        a, b = _fold(a, p, x[0], y[0], near, begin, end), _fold(b, q, x[1], y[1], near, begin, end)
        c, d = _fold(c, s, x[2], y[2], near, begin, end), _fold(d, u, x[3], y[3], near, begin, end)
    return (
        f[0] - 0.5 * _logarithm(a),
        f[1] - 0.5 * _logarithm(b),
        f[2] - 0.5 * _logarithm(c),
        f[3] - 0.5 * _logarithm(d),
    )


@device_function
def _inverse(x: float, y: float, z: float, xj: float, yj: float, zj: float) -> Any:
    dx, dy, dz = x - xj, y - yj, z - zj
    return reciprocal_root(dx * dx + (dy * dy + (dz * dz + TINY)))


@device_function
def _space_energies(f: Any, r: Any, near: Any, count: int) -> Any:
    x, y, z = r
    a, b, c, d = f
    for j in range(count):
        xj, yj, zj = near[0, j], near[1, j], near[2, j]
        a += _inverse(x[0], y[0], z[0], xj, yj, zj)
        b += _inverse(x[1], y[1], z[1], xj, yj, zj)
        c += _inverse(x[2], y[2], z[2], xj, yj, zj)
        d += _inverse(x[3], y[3], z[3], xj, yj, zj)
    return _bounded(a), _bounded(b), _bounded(c), _bounded(d)


@device_function
def _bounded(energy: float) -> float:
    # Infinite for two particles at one place, for which `TINY` gives 1e50.
    return energy if energy < _TOUCHING else np.inf


@device_function
def _take(x: Any, at: int, beyond: float) -> Any:
    n = x.shape[0]
    return (
        x[at] if at < n else beyond,
        x[at + THREADS] if at + THREADS < n else beyond,
        x[at + 2 * THREADS] if at + 2 * THREADS < n else beyond,
        x[at + 3 * THREADS] if at + 3 * THREADS < n else beyond,
    )


@device_function
def put(x: Any, at: int, values: Any, further: bool) -> None:
    """Put four values into ``x`` (.) from ``at`` on, as far as it reaches; add them if ``further``."""
    a, b, c, d = values
    _put_one(x, at, a, further)
    _put_one(x, at + THREADS, b, further)
    _put_one(x, at + 2 * THREADS, c, further)
    _put_one(x, at + 3 * THREADS, d, further)


@device_function
def _put_one(x: Any, i: int, value: float, further: bool) -> None:
    if i < x.shape[0]:
        x[i] = value + x[i] if further else value


@device_function
def _put_plane(x: Any, at: int, values: Any, further: bool) -> None:
    put(x[0], at, values[0], further)
    put(x[1], at, values[1], further)


@device_function
def _put_space(x: Any, at: int, values: Any, further: bool) -> None:
    put(x[0], at, values[0], further)
    put(x[1], at, values[1], further)
    put(x[2], at, values[2], further)


@device_function
def _take_plane(x: Any, at: int, beyond: float) -> Any:
    return _take(x[0], at, beyond), _take(x[1], at, beyond)


@device_function
def _take_space(x: Any, at: int, beyond: float) -> Any:
    return _take(x[0], at, beyond), _take(x[1], at, beyond), _take(x[2], at, beyond)


class Clouds(NamedTuple):
    """Functions of kernels of `THREADS`, for one number of axes."""

    take: Any  # (x, at, beyond) -> elements at, at + THREADS ... of ``x`` (axis, .), or ``beyond``
    put: Any  # (x, at, values, further): its inverse, added to what is there if ``further``
    forces: Any  # (f, r, near, back, t) -> f with forces of all ``near`` added; those on these added to ``back``
    energies: Any  # (e, r, near, count) -> e with the energies of four particles with ``count`` partners added
    nothing: Any  # zero forces


FOUR = (0.0, 0.0, 0.0, 0.0)
PLANE = Clouds(_take_plane, _put_plane, _plane_forces, _plane_energies, (FOUR,) * 2)
"""U = -log r."""
SPACE = Clouds(_take_space, _put_space, _space_forces, _space_energies, (FOUR,) * 3)
"""U = 1/r."""
