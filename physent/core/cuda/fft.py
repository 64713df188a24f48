"""Discrete Fourier transform in registers and shared memory: powers of two from 32 to 4096, in natural order.

Stockham's self-sorting form with radix 16 (Van Loan 1992, Computational Frameworks for the Fast Fourier Transform,
sec. 1.7), and a last pass of radix 2, 4, 8 or 16. One thread holds sixteen points, x[t + e n/16] for its number t and
e = 0 ... 15, before and after, so that a transform exchanges data through shared memory once (n <= 256) or twice, and
pointwise work between transforms needs no exchange. Points are tuples ``x[b][a]`` for e = b + 4a: four `Four`, as for
the butterflies of `physent.core.fft`, which serve both devices. The inverse transform, times n, is the transform of
the points with real and imaginary parts exchanged, exchanged again.

Twiddle factors are rounded as on the CPU, so that the modulus is nearest to 1 (`phases.unitary`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numba import cuda

from physent.core.cuda.launch import device_function
from physent.core.fft import closing, fan, times
from physent.core.phases import unit_roots, unitary
from physent.typing import Floats

LARGEST = 4096
POINTS = 16
"""Points per thread."""

_COS = tuple(math.cos(math.pi * k / 8) for k in range(10))
_SIN = tuple(-math.sin(math.pi * k / 8) for k in range(10))


class Transform(NamedTuple):
    """A transform of ``n`` points by ``threads`` threads; see `transform_of`."""

    n: int
    threads: int
    room: int  # doubles of shared memory
    run: Callable[..., Any]
    places: tuple[np.uint64, ...]  # of the sixteen points of thread 0 in the wave, those of thread t are t further
    twiddles: Floats  # (2, factors)


@device_function
def _four(a: Any, start: Any, places: Any, b: int) -> Any:
    return a[start + places[b]], a[start + places[b + 4]], a[start + places[b + 8]], a[start + places[b + 12]]


@device_function
def take(a: Any, start: Any, places: Any) -> Any:
    """Sixteen elements of ``a`` at ``start`` plus each of ``places``."""
    return (
        _four(a, start, places, 0),
        _four(a, start, places, 1),
        _four(a, start, places, 2),
        _four(a, start, places, 3),
    )


@device_function
def put(a: Any, start: Any, places: Any, x: Any) -> None:
    """Store sixteen elements; the inverse of `take`."""
    a[start + places[0]], a[start + places[4]], a[start + places[8]], a[start + places[12]] = x[0]
    a[start + places[1]], a[start + places[5]], a[start + places[9]], a[start + places[13]] = x[1]
    a[start + places[2]], a[start + places[6]], a[start + places[10]], a[start + places[14]] = x[2]
    a[start + places[3]], a[start + places[7]], a[start + places[11]], a[start + places[15]] = x[3]


@device_function
def _parts(x: Any, start: Any, places: Any, b: int) -> Any:
    p, q = x[start + places[b]], x[start + places[b + 4]]
    u, v = x[start + places[b + 8]], x[start + places[b + 12]]
    return (p.real, q.real, u.real, v.real), (p.imag, q.imag, u.imag, v.imag)


@device_function
def take_complex(x: Any, start: Any, places: Any) -> Any:
    """Real and imaginary parts of sixteen elements of a complex array, as `take`."""
    (r0, i0), (r1, i1) = _parts(x, start, places, 0), _parts(x, start, places, 1)
    (r2, i2), (r3, i3) = _parts(x, start, places, 2), _parts(x, start, places, 3)
    return (r0, r1, r2, r3), (i0, i1, i2, i3)


@device_function
def _put_parts(x: Any, start: Any, places: Any, b: int, r: Any, i: Any) -> None:
    x[start + places[b]], x[start + places[b + 4]] = complex(r[0], i[0]), complex(r[1], i[1])
    x[start + places[b + 8]], x[start + places[b + 12]] = complex(r[2], i[2]), complex(r[3], i[3])


@device_function
def put_complex(x: Any, start: Any, places: Any, r: Any, i: Any) -> None:
    """The inverse of `take_complex`."""
    _put_parts(x, start, places, 0, r[0], i[0])
    _put_parts(x, start, places, 1, r[1], i[1])
    _put_parts(x, start, places, 2, r[2], i[2])
    _put_parts(x, start, places, 3, r[3], i[3])


@device_function
def multiply(r: Any, i: Any, cosines: Any, sines: Any, start: Any, places: Any) -> Any:
    """The product of sixteen points with the factors at ``start`` plus each of ``places``."""
    r0, i0 = times(r[0], i[0], _four(cosines, start, places, 0), _four(sines, start, places, 0))
    r1, i1 = times(r[1], i[1], _four(cosines, start, places, 1), _four(sines, start, places, 1))
    r2, i2 = times(r[2], i[2], _four(cosines, start, places, 2), _four(sines, start, places, 2))
    r3, i3 = times(r[3], i[3], _four(cosines, start, places, 3), _four(sines, start, places, 3))
    return (r0, r1, r2, r3), (i0, i1, i2, i3)


@device_function
def _by_root(r: float, i: float, k: int) -> Any:
    """The product with exp(-2 pi i k / 16)."""
    c, s = _COS[k], _SIN[k]
    return r * c - i * s, r * s + i * c


@device_function
def sixteen(r: Any, i: Any) -> Any:
    """Transform of length 16, as two of length 4."""
    p0, q0 = fan(r[0], i[0])
    p1, q1 = fan(r[1], i[1])
    p2, q2 = fan(r[2], i[2])
    p3, q3 = fan(r[3], i[3])
    a11, b11 = _by_root(p1[1], q1[1], 1)
    a12, b12 = _by_root(p1[2], q1[2], 2)
    a13, b13 = _by_root(p1[3], q1[3], 3)
    a21, b21 = _by_root(p2[1], q2[1], 2)
    a23, b23 = _by_root(p2[3], q2[3], 6)
    a31, b31 = _by_root(p3[1], q3[1], 3)
    a32, b32 = _by_root(p3[2], q3[2], 6)
    a33, b33 = _by_root(p3[3], q3[3], 9)
    x0, y0 = fan((p0[0], p1[0], p2[0], p3[0]), (q0[0], q1[0], q2[0], q3[0]))
    x1, y1 = fan((p0[1], a11, a21, a31), (q0[1], b11, b21, b31))
    x2, y2 = fan((p0[2], a12, q2[2], a32), (q0[2], b12, -p2[2], b32))  # type: ignore[operator]
    x3, y3 = fan((p0[3], a13, a23, a33), (q0[3], b13, b23, b33))
    return (x0, x1, x2, x3), (y0, y1, y2, y3)


@device_function
def _eights(r: Any, i: Any) -> Any:
    """Two transforms of length 8, of the points of even and of odd e."""
    p0, q0 = fan(r[0], i[0])
    p1, q1 = fan(r[1], i[1])
    p2, q2 = _by_eighths(*fan(r[2], i[2]))
    p3, q3 = _by_eighths(*fan(r[3], i[3]))
    return (
        (p0[0] + p2[0], p0[2] + p2[2], p0[0] - p2[0], p0[2] - p2[2]),
        (p1[0] + p3[0], p1[2] + p3[2], p1[0] - p3[0], p1[2] - p3[2]),
        (p0[1] + p2[1], p0[3] + p2[3], p0[1] - p2[1], p0[3] - p2[3]),
        (p1[1] + p3[1], p1[3] + p3[3], p1[1] - p3[1], p1[3] - p3[3]),
    ), (
        (q0[0] + q2[0], q0[2] + q2[2], q0[0] - q2[0], q0[2] - q2[2]),
        (q1[0] + q3[0], q1[2] + q3[2], q1[0] - q3[0], q1[2] - q3[2]),
        (q0[1] + q2[1], q0[3] + q2[3], q0[1] - q2[1], q0[3] - q2[3]),
        (q1[1] + q3[1], q1[3] + q3[3], q1[1] - q3[1], q1[3] - q3[3]),
    )


@device_function
def _by_eighths(r: Any, i: Any) -> Any:
    """The product with exp(-2 pi i c / 8) for c = 0 ... 3."""
    a1, b1 = _by_root(r[1], i[1], 2)
    a3, b3 = _by_root(r[3], i[3], 6)
    return (r[0], a1, i[2], a3), (i[0], b1, -r[2], b3)


@device_function
def _closings(r: Any, i: Any, odd: bool) -> Any:
    """Four transforms of length 4, or eight of length 2."""
    r0, i0 = closing(r[0], i[0], odd)
    r1, i1 = closing(r[1], i[1], odd)
    r2, i2 = closing(r[2], i[2], odd)
    r3, i3 = closing(r[3], i[3], odd)
    return (r0, r1, r2, r3), (i0, i1, i2, i3)


def _unsigned(values: Iterable[int]) -> tuple[np.uint64, ...]:
    # A signed index may count from the end, which costs as many instructions as the transform itself.
    return tuple(np.uint64(value) for value in values)


@lru_cache(maxsize=16)
def transform_of(n: int) -> Transform:
    """The transform of ``n`` points: ``run(r, i, t, room, base, twiddles)`` -> (r, i), called by all its threads.

    ``t`` is the number of the thread within the transform, ``room`` shared memory from ``base`` on.
    """
    threads, wide = n // POINTS, n >= 512
    last = n // (256 if wide else 16)
    places = _unsigned(threads * e for e in range(POINTS))
    inside = _unsigned(threads * e + threads * e // 16 for e in range(POINTS))
    columns = _unsigned(threads // 16 * e for e in range(POINTS))
    adjacent, rows = _unsigned(range(POINTS)), _unsigned(17 * e for e in range(POINTS))
    sixteen_, pitch, square, second = _unsigned((16, 17, 272, POINTS * threads))

    @device_function
    def exchange(r: Any, i: Any, start: Any, to: Any, back: Any, room: Any) -> Any:
        # One part after the other, so that the room is half as large.
        put(room, start, to, r)
        cuda.syncthreads()
        r = take(room, back, inside)
        cuda.syncthreads()
        put(room, start, to, i)
        cuda.syncthreads()
        i = take(room, back, inside)
        cuda.syncthreads()
        return r, i

    @device_function
    def run(r: Any, i: Any, t: Any, room: Any, base: Any, twiddles: Any) -> Any:
        p, q = t // sixteen_, t % sixteen_
        back = base + t + p
        r, i = sixteen(r, i)
        r, i = multiply(r, i, twiddles[0], twiddles[1], t, places)
        r, i = exchange(r, i, base + pitch * t, adjacent, back, room)
        if wide:
            r, i = sixteen(r, i)
            r, i = multiply(r, i, twiddles[0], twiddles[1], second + p, columns)
            r, i = exchange(r, i, base + q + square * p, rows, back, room)
        if last == 16:
            return sixteen(r, i)
        if last == 8:
            return _eights(r, i)
        return _closings(r, i, last == 2)

    return Transform(n, threads, n + n // 16, run, places, _twiddles(n, threads, wide))


def _twiddles(n: int, threads: int, wide: bool) -> Floats:
    """exp(-2 pi i k p / n) for k < 16 and p < threads; for two passes, the same for n / 16 points after them."""
    tables = []
    for length in (n, n // 16)[: 2 if wide else 1]:
        index = np.multiply.outer(np.arange(POINTS), np.arange(length // POINTS))
        tables.append(np.stack(unitary(unit_roots(-index, length))).reshape(2, -1))
    return np.ascontiguousarray(np.concatenate(tables, axis=1))
