"""Steps of a palindromic splitting on the device (`physent.core.splitting`): the field stays on the chip.

A block holds one wave, or several short ones, in registers and shared memory for all steps of a launch. Drifts are
multiplied by the same compensated factors as on the CPU, in frequency order.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numba import cuda, float64

from physent.core.cuda import fft
from physent.core.cuda.fft import multiply, put, take
from physent.core.cuda.launch import SIMULATED, Kernel, device_function, kernel
from physent.core.fft import Tables
from physent.core.mathfun import NEAR_ZERO, SINCOS_LIMIT, sincos, turn_near_zero
from physent.typing import Floats

_LEAST = 8 if SIMULATED else 64
"""Threads that a block has at least."""

_TURN = 2.0 * math.pi


def in_frequency_order(factors: Floats, tables: Tables) -> Floats:
    """Factors (half, 4, n) of `core.splitting.drift_factors`, from slot order to that of the frequencies."""
    found = np.empty(factors.shape)
    found[:, :, tables.order] = factors
    return found


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
def drift_all(r: Any, i: Any, factor: Any, start: np.uint64, places: Any) -> Any:
    """Sixteen modes times their factors (4, n), remainders included."""
    main_r, main_i = multiply(r, i, factor[0], factor[1], start, places)
    rest_r, rest_i = multiply(r, i, factor[2], factor[3], start, places)
    return _plus(main_r, rest_r), _plus(main_i, rest_i)


@lru_cache(maxsize=16)
def steps_of(n: int, shifted: bool) -> tuple[Kernel, int, int]:
    """Kernel of steps for waves of ``n`` points, with or without a shift; waves per block; threads per block.

    ``steps(wave, rows, count, first_kick, kicks, factors, shift, twiddles)`` makes ``count`` steps of the waves
    ``rows`` of ``wave``, real and imaginary parts of (replica, n) in turn. Arguments are those of
    `core.splitting.split_steps`, with factors in frequency order.
    """
    transform = fft.transform_of(n)
    threads, room, run, places = transform.threads, transform.room, transform.run, transform.places
    lines = max(1, _LEAST // threads)
    size, doubled = lines * room, tuple(np.uint64(2) * place for place in places)
    nothing = ((0.0,) * 4,) * 4
    unit, pair, length = np.uint64(1), np.uint64(2), np.uint64(2 * n)

    @kernel(
        "void(float64[::1], int64[::1], int64, float64, float64[::1], float64[:, :, ::1], float64[::1], "
        "float64[:, ::1])"
    )
    def steps(
        wave: Any, rows: Any, count: int, first_kick: float, kicks: Any, factors: Any, shift: Any, twiddles: Any
    ) -> None:
        shared = cuda.shared.array(size, float64)
        line, t = cuda.threadIdx.x // threads, np.uint64(cuda.threadIdx.x % threads)
        place = cuda.blockIdx.x * lines + line
        # Lines beyond the last wave repeat it, for the barriers, and store nothing.
        at = np.uint64(rows[min(place, rows.shape[0] - 1)]) * length + pair * t
        base, stages, kick = np.uint64(line * room), kicks.shape[0] - 1, first_kick
        r, i = take(wave, at, doubled), take(wave, at + unit, doubled)
        for _ in range(count):
            for stage in range(stages):
                r, i = kick_all(r, i, kick, take(shift, t, places) if shifted else nothing)
                r, i = run(r, i, t, shared, base, twiddles)
                r, i = drift_all(r, i, factors[min(stage, stages - 1 - stage)], t, places)
                i, r = run(i, r, t, shared, base, twiddles)
                kick = kicks[stage + 1]
            kick = kicks[0] + kicks[stages]
        if place < rows.shape[0]:
            put(wave, at, doubled, r)
            put(wave, at + unit, doubled, i)

    return steps, lines, lines * threads
