"""Forces and energies of the pairs of a cloud on the device, as in `physent.core.pairs`: both directions of each pair.

A thread sums over partners in shared memory for four particles at once, so that each partner that is loaded serves
four pairs. Coordinates, momenta and forces of the four are a tuple by axis, each of four numbers. Sums have a fixed
order.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from physent.core.cuda.launch import device_function
from physent.core.cuda.reciprocal import reciprocal, reciprocal_root
from physent.core.mathfun import log_positive

TINY = 1e-100
"""Added to squared distances, so that the force of a particle on itself is 0 times a finite number."""
LEAST, MOST = 1e-290, 1e290
"""Bounds of a product of squared distances that has not left the range of doubles on the way."""
_PRODUCT = 8


@device_function
def _plane_pair(f: Any, x: float, y: float, xj: float, yj: float) -> Any:
    dx, dy = x - xj, y - yj
    w = reciprocal(dx * dx + (dy * dy + TINY))
    return f[0] + dx * w, f[1] + dy * w


@device_function
def _space_pair(f: Any, x: float, y: float, z: float, xj: float, yj: float, zj: float) -> Any:
    dx, dy, dz = x - xj, y - yj, z - zj
    u = reciprocal_root(dx * dx + (dy * dy + (dz * dz + TINY)))
    w = u * u * u
    return f[0] + dx * w, f[1] + dy * w, f[2] + dz * w


@device_function
def _plane_forces(f: Any, r: Any, near: Any, count: int) -> Any:
    x, y = r
    a, b, c, d = (f[0][0], f[1][0]), (f[0][1], f[1][1]), (f[0][2], f[1][2]), (f[0][3], f[1][3])
    for j in range(count):
        xj, yj = near[0, j], near[1, j]
        a, b = _plane_pair(a, x[0], y[0], xj, yj), _plane_pair(b, x[1], y[1], xj, yj)
        c, d = _plane_pair(c, x[2], y[2], xj, yj), _plane_pair(d, x[3], y[3], xj, yj)
    return (a[0], b[0], c[0], d[0]), (a[1], b[1], c[1], d[1])


@device_function
def _space_forces(f: Any, r: Any, near: Any, count: int) -> Any:
    x, y, z = r
    a, b = (f[0][0], f[1][0], f[2][0]), (f[0][1], f[1][1], f[2][1])
    c, d = (f[0][2], f[1][2], f[2][2]), (f[0][3], f[1][3], f[2][3])
    for j in range(count):
        xj, yj, zj = near[0, j], near[1, j], near[2, j]
        a, b = _space_pair(a, x[0], y[0], z[0], xj, yj, zj), _space_pair(b, x[1], y[1], z[1], xj, yj, zj)
        c, d = _space_pair(c, x[2], y[2], z[2], xj, yj, zj), _space_pair(d, x[3], y[3], z[3], xj, yj, zj)
    return (a[0], b[0], c[0], d[0]), (a[1], b[1], c[1], d[1]), (a[2], b[2], c[2], d[2])


@device_function
def _plane_energy(r: Any, i: int, near: Any, itself: int, count: int) -> float:
    # One logarithm serves eight partners, unless their product leaves the range of doubles.
    x, y, total = r[0, i], r[1, i], 0.0
    for begin in range(0, count, _PRODUCT):
        end = min(begin + _PRODUCT, count)
        product = 1.0
        for j in range(begin, end):
            dx, dy = x - near[0, j], y - near[1, j]
            product *= 1.0 if j == itself else dx * dx + dy * dy
        if LEAST <= product <= MOST:
            total += log_positive(product)
        else:
            for j in range(begin, end):
                dx, dy = x - near[0, j], y - near[1, j]
                total += 0.0 if j == itself else np.log(dx * dx + dy * dy)
    return -0.25 * total


@device_function
def _space_energy(r: Any, i: int, near: Any, itself: int, count: int) -> float:
    x, y, z, total = r[0, i], r[1, i], r[2, i], 0.0
    for j in range(count):
        dx, dy, dz = x - near[0, j], y - near[1, j], z - near[2, j]
        square = dx * dx + (dy * dy + dz * dz)
        if j != itself:
            total += reciprocal_root(square) if square > TINY else np.inf
    return 0.5 * total


@device_function
def take_four(x: Any, i: Any) -> Any:
    """Four elements of ``x`` (.)."""
    return x[i[0]], x[i[1]], x[i[2]], x[i[3]]


@device_function
def _put(x: Any, i: Any, values: Any) -> None:
    x[i[0]], x[i[1]], x[i[2]], x[i[3]] = values


@device_function
def _sum(x: Any, factor: float, y: Any) -> Any:
    return x[0] + factor * y[0], x[1] + factor * y[1], x[2] + factor * y[2], x[3] + factor * y[3]


@device_function
def _bound(f: Any, w: Any, x: Any, beta: float) -> Any:
    return (
        beta * (f[0] - w[0] * x[0]),
        beta * (f[1] - w[1] * x[1]),
        beta * (f[2] - w[2] * x[2]),
        beta * (f[3] - w[3] * x[3]),
    )


@device_function
def _take_plane(x: Any, i: Any) -> Any:
    return take_four(x[0], i), take_four(x[1], i)


@device_function
def _take_space(x: Any, i: Any) -> Any:
    return take_four(x[0], i), take_four(x[1], i), take_four(x[2], i)


@device_function
def _put_plane(x: Any, i: Any, values: Any) -> None:
    _put(x[0], i, values[0])
    _put(x[1], i, values[1])


@device_function
def _put_space(x: Any, i: Any, values: Any) -> None:
    _put(x[0], i, values[0])
    _put(x[1], i, values[1])
    _put(x[2], i, values[2])


@device_function
def _add_plane(x: Any, factor: float, y: Any) -> Any:
    return _sum(x[0], factor, y[0]), _sum(x[1], factor, y[1])


@device_function
def _add_space(x: Any, factor: float, y: Any) -> Any:
    return _sum(x[0], factor, y[0]), _sum(x[1], factor, y[1]), _sum(x[2], factor, y[2])


@device_function
def _bound_plane(f: Any, w: Any, r: Any, beta: float) -> Any:
    return _bound(f[0], w, r[0], beta), _bound(f[1], w, r[1], beta)


@device_function
def _bound_space(f: Any, w: Any, r: Any, beta: float) -> Any:
    return _bound(f[0], w, r[0], beta), _bound(f[1], w, r[1], beta), _bound(f[2], w, r[2], beta)


class Axes(NamedTuple):
    """Functions of kernels, for one number of axes."""

    take: Any  # (x, i) -> elements i, four indices, of ``x`` (axis, .)
    put: Any  # (x, i, values): its inverse
    add: Any  # (x, factor, y) -> x + factor y
    bind: Any  # (f, w, r, beta) -> beta (f - w r), for four factors w
    forces: Any  # (f, r, near, count) -> f with the forces of ``count`` partners ``near`` (axis, .) added
    energy: Any  # (r, i, near, itself, count) -> half the energy of r[:, i] with ``count`` partners, without ``itself``
    nothing: Any  # zeros


_FOUR = (0.0, 0.0, 0.0, 0.0)
PLANE = Axes(_take_plane, _put_plane, _add_plane, _bound_plane, _plane_forces, _plane_energy, (_FOUR,) * 2)
"""U = -log r."""
SPACE = Axes(_take_space, _put_space, _add_space, _bound_space, _space_forces, _space_energy, (_FOUR,) * 3)
"""U = 1/r."""
