"""Forces and energies of the pairs of a cloud on the device, as in `physent.core.pairs`: both directions of each pair.

A thread sums over partners in shared memory for four particles at once, so that each partner that is loaded serves
four pairs. Sums have a fixed order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from physent.core.cuda.launch import device_function
from physent.core.cuda.reciprocal import reciprocal, reciprocal_root
from physent.core.mathfun import log_positive

_TINY = 1e-100
"""Added to squared distances, so that the force of a particle on itself is 0 times a finite number."""
_LEAST, _MOST = 1e-290, 1e290
"""Bounds of a product of squared distances that has not left the range of doubles on the way."""
_PRODUCT = 8


@device_function
def _plane_pair(f: Any, x: float, y: float, xj: float, yj: float) -> Any:
    dx, dy = x - xj, y - yj
    w = reciprocal(dx * dx + (dy * dy + _TINY))
    return f[0] + dx * w, f[1] + dy * w


@device_function
def _space_pair(f: Any, x: float, y: float, z: float, xj: float, yj: float, zj: float) -> Any:
    dx, dy, dz = x - xj, y - yj, z - zj
    u = reciprocal_root(dx * dx + (dy * dy + (dz * dz + _TINY)))
    w = u * u * u
    return f[0] + dx * w, f[1] + dy * w, f[2] + dz * w


@device_function
def plane_forces(f: Any, x: Any, y: Any, near: Any, count: int) -> Any:
    """Add to ``f``, four pairs (f_x, f_y), the forces for U = -log r of ``count`` partners ``near`` (2, .)."""
    a, b, c, d = f
    for j in range(count):
        xj, yj = near[0, j], near[1, j]
        a, b = _plane_pair(a, x[0], y[0], xj, yj), _plane_pair(b, x[1], y[1], xj, yj)
        c, d = _plane_pair(c, x[2], y[2], xj, yj), _plane_pair(d, x[3], y[3], xj, yj)
    return a, b, c, d


@device_function
def space_forces(f: Any, x: Any, y: Any, z: Any, near: Any, count: int) -> Any:
    """Add to ``f``, four triples, the forces for U = 1/r of ``count`` partners ``near`` (3, .)."""
    a, b, c, d = f
    for j in range(count):
        xj, yj, zj = near[0, j], near[1, j], near[2, j]
        a, b = _space_pair(a, x[0], y[0], z[0], xj, yj, zj), _space_pair(b, x[1], y[1], z[1], xj, yj, zj)
        c, d = _space_pair(c, x[2], y[2], z[2], xj, yj, zj), _space_pair(d, x[3], y[3], z[3], xj, yj, zj)
    return a, b, c, d


@device_function
def log_sum(x: float, y: float, near: Any, itself: int, count: int) -> float:
    """Sum of log r^2 to ``count`` partners ``near`` (2, .), without number ``itself``; -inf if one is here.

    One logarithm serves eight partners, unless their product leaves the range of doubles.
    """
    total = 0.0
    for begin in range(0, count, _PRODUCT):
        end = min(begin + _PRODUCT, count)
        product = 1.0
        for j in range(begin, end):
            dx, dy = x - near[0, j], y - near[1, j]
            product *= 1.0 if j == itself else dx * dx + dy * dy
        if _LEAST <= product <= _MOST:
            total += log_positive(product)
        else:
            for j in range(begin, end):
                dx, dy = x - near[0, j], y - near[1, j]
                total += 0.0 if j == itself else np.log(dx * dx + dy * dy)
    return total


@device_function
def inverse_sum(x: float, y: float, z: float, near: Any, itself: int, count: int) -> float:
    """Sum of 1/r to ``count`` partners ``near`` (3, .), without number ``itself``; infinite if one is here."""
    total = 0.0
    for j in range(count):
        dx, dy, dz = x - near[0, j], y - near[1, j], z - near[2, j]
        square = dx * dx + (dy * dy + dz * dz)
        if j != itself:
            total += reciprocal_root(square) if square > _TINY else np.inf
    return total
