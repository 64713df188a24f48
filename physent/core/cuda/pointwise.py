"""Kick and drift of a splitting, for the sixteen points that a thread holds as in `physent.core.cuda.fft`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import cuda

from physent.core.cuda.fft import multiply
from physent.core.cuda.launch import device_function
from physent.core.mathfun import NEAR_ZERO, SINCOS_LIMIT, sincos, turn_near_zero

_TURN = 2.0 * math.pi


@device_function
def _angle(r: float, i: float, kick: float, shift: float) -> float:
    return kick * (r * r + i * i + shift)


@device_function
def _by_small(r: float, i: float, angle: float) -> Any:
    sine, rest = turn_near_zero(angle)
    return r + (r * rest - i * sine), i + (r * sine + i * rest)


@device_function
def _by_any(r: float, i: float, angle: float) -> Any:
    # Beyond the limit the angle itself is known no better than this remainder.
    whole = np.rint(angle * (1.0 / _TURN)) if abs(angle) > SINCOS_LIMIT else 0.0
    sine, cosine = sincos(angle - whole * _TURN)
    return r * cosine - i * sine, r * sine + i * cosine


@device_function
def _kick_four(r: Any, i: Any, kick: float, shift: Any) -> Any:
    a, b = _angle(r[0], i[0], kick, shift[0]), _angle(r[1], i[1], kick, shift[1])
    c, d = _angle(r[2], i[2], kick, shift[2]), _angle(r[3], i[3], kick, shift[3])
    # A comparison with NaN is false.
    if max(abs(a), abs(b)) <= NEAR_ZERO and max(abs(c), abs(d)) <= NEAR_ZERO:
        (p, q), (u, v) = _by_small(r[0], i[0], a), _by_small(r[1], i[1], b)
        (w, x), (y, z) = _by_small(r[2], i[2], c), _by_small(r[3], i[3], d)
    else:
        (p, q), (u, v) = _by_any(r[0], i[0], a), _by_any(r[1], i[1], b)
        (w, x), (y, z) = _by_any(r[2], i[2], c), _by_any(r[3], i[3], d)
    return (p, u, w, y), (q, v, x, z)


@device_function
def kick_all(r: Any, i: Any, kick: float, shift: Any) -> Any:
    """Sixteen points times exp(i kick (|psi|^2 + shift))."""
    r0, i0 = _kick_four(r[0], i[0], kick, shift[0])
    r1, i1 = _kick_four(r[1], i[1], kick, shift[1])
    r2, i2 = _kick_four(r[2], i[2], kick, shift[2])
    r3, i3 = _kick_four(r[3], i[3], kick, shift[3])
    return (r0, r1, r2, r3), (i0, i1, i2, i3)


@device_function
def _sum(x: Any, y: Any) -> Any:
    return x[0] + y[0], x[1] + y[1], x[2] + y[2], x[3] + y[3]


@device_function
def _plus(x: Any, y: Any) -> Any:
    return _sum(x[0], y[0]), _sum(x[1], y[1]), _sum(x[2], y[2]), _sum(x[3], y[3])


@device_function
def drift_all(r: Any, i: Any, factor: Any, start: Any, places: Any) -> Any:
    """Sixteen modes times their factors (4, n), remainders included."""
    main_r, main_i = multiply(r, i, factor[0], factor[1], start, places)
    rest_r, rest_i = multiply(r, i, factor[2], factor[3], start, places)
    return _plus(main_r, rest_r), _plus(main_i, rest_i)


@device_function
def _strength(r: Any, i: Any) -> Any:
    total = abs(r[0]) + abs(i[0]) + abs(r[1]) + abs(i[1])
    return total + abs(r[2]) + abs(i[2]) + abs(r[3]) + abs(i[3])


@device_function
def note_lost(r: Any, i: Any, row: int, lost: Any) -> None:
    """Lower ``lost[0]`` to ``row`` if a point is not finite."""
    total = _strength(r[0], i[0]) + _strength(r[1], i[1]) + _strength(r[2], i[2]) + _strength(r[3], i[3])
    # NaN is not equal to itself, and infinity less infinity is NaN.
    if total - total != 0.0:
        cuda.atomic.min(lost, 0, row)


@device_function
def _cubic_four(r: Any, i: Any, factor: float, shift: Any) -> Any:
    a, b = _angle(r[0], i[0], factor, shift[0]), _angle(r[1], i[1], factor, shift[1])
    c, d = _angle(r[2], i[2], factor, shift[2]), _angle(r[3], i[3], factor, shift[3])
    return (-a * i[0], -b * i[1], -c * i[2], -d * i[3]), (a * r[0], b * r[1], c * r[2], d * r[3])


@device_function
def cubic_all(r: Any, i: Any, factor: float, shift: Any) -> Any:
    """Sixteen points times i factor (|psi|^2 + shift)."""
    r0, i0 = _cubic_four(r[0], i[0], factor, shift[0])
    r1, i1 = _cubic_four(r[1], i[1], factor, shift[1])
    r2, i2 = _cubic_four(r[2], i[2], factor, shift[2])
    r3, i3 = _cubic_four(r[3], i[3], factor, shift[3])
    return (r0, r1, r2, r3), (i0, i1, i2, i3)
