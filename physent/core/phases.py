"""Points of the unit circle, exp(2 pi i t), to twice double precision.

For tables by which a long run multiplies millions of times, so that the error of an entry accumulates instead of
averaging out. Double-double arithmetic after Dekker (1971), Numer. Math. 18, 224, doi 10.1007/BF01397083.
"""

from __future__ import annotations

from fractions import Fraction
from math import factorial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Reals = npt.NDArray[np.float64]
Pair = tuple[Reals, Reals]

PI = Fraction("3.14159265358979323846264338327950288419716939937510582097494459")
_TERMS = 14  # (pi/4)^28 / 28! < 1e-32


class Phases(NamedTuple):
    """cos + i sin, each part as the nearest double (``cos``, ``sin``) plus its remainder."""

    cos: Reals
    sin: Reals
    cos_rest: Reals
    sin_rest: Reals


def pair(value: Fraction) -> tuple[float, float]:
    """The nearest double, and the double nearest to the remainder."""
    high = float(value)
    return high, float(value - Fraction(high))


def unit_roots(index: npt.ArrayLike, n: int) -> Phases:
    """Points exp(2 pi i index / n) for integers ``index``, any shape; exactly reduced, |index| < 2^53 and n < 2^26."""
    numerator = np.mod(np.asarray(index, dtype=np.int64), n).astype(np.float64)
    high = numerator / n
    product, error = _two_product(high, np.float64(n))
    return unit_phases(high, ((numerator - product) - error) / n)


def quadratic_phases(modes: npt.ArrayLike, turns: Fraction) -> Phases:
    """Points exp(2 pi i turns m^2) for mode numbers ``modes``, integers |m| < 2^26, exactly reduced."""
    square = np.square(np.asarray(modes, dtype=np.float64))
    high, low = pair(turns)
    product, error = _two_product(square, np.float64(high))
    whole = np.rint(product)
    return unit_phases(*_two_sum(product - whole, error + square * low))


def unit_phases(turns: Reals, rest: Reals) -> Phases:
    """Points exp(2 pi i (turns + rest)), |rest| at most about an ulp of 1: octant reduction, then Taylor series."""
    # |angle| <= pi/4 bounds the terms of the series: see _TERMS.
    quarters = np.rint(4 * turns)
    angle = _multiply(_two_sum(turns - quarters / 4, rest), pair(2 * PI))
    square = _multiply(angle, angle)
    cos = _series(square, 0)
    sin = _multiply(_series(square, 1), angle)
    quarter = np.mod(quarters, 4.0)
    odd = (quarter == 1) | (quarter == 3)
    real_sign = np.where((quarter == 1) | (quarter == 2), -1.0, 1.0)
    imag_sign = np.where(quarter >= 2, -1.0, 1.0)
    real = tuple(real_sign * np.where(odd, s, c) for s, c in zip(sin, cos, strict=True))
    imag = tuple(imag_sign * np.where(odd, c, s) for s, c in zip(sin, cos, strict=True))
    return Phases(real[0], imag[0], real[1], imag[1])


def _series(square: Pair, parity: int) -> Pair:
    """Sum over j of (-square)^j / (2j + parity)! by Horner's rule: cos for parity 0, sin(x)/x for 1."""
    zero = np.zeros_like(square[0])
    value: Pair = (zero, zero)
    for j in reversed(range(_TERMS)):
        high, low = pair(Fraction((-1) ** j, factorial(2 * j + parity)))
        product, error = _multiply(value, square)
        total, lost = _two_sum(product, zero + high)
        value = _fast_two_sum(total, lost + error + low)
    return value


def _multiply(a: tuple[Any, Any], b: tuple[Any, Any]) -> Pair:
    product, error = _two_product(a[0], b[0])
    return _fast_two_sum(product, error + (a[0] * b[1] + a[1] * b[0]))


def _fast_two_sum(a: Reals, b: Reals) -> Pair:
    # Exact if |a| >= |b| (Dekker 1971).
    total = a + b
    return total, b - (total - a)


def _two_sum(a: Any, b: Any) -> Pair:
    # Exact for any a and b, without comparing them (Knuth).
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def _two_product(a: Any, b: Any) -> Pair:
    # Halves of 26 bits have exact products, so the error of a * b is found exactly (Dekker 1971).
    product = a * b
    a_high, a_low = _split(a)
    b_high, b_low = _split(b)
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def _split(a: Any) -> tuple[Any, Any]:
    scaled = 134217729.0 * a  # 2^27 + 1
    high = scaled - (scaled - a)
    return high, a - high


def unitary(phases: Phases) -> Pair:
    """Cosines and sines within an ulp of the exact ones, rounded so that cos^2 + sin^2 is as near to 1 as that allows.

    If a transform is undone, errors of the phase cancel, but those of the modulus add up: only they matter to a run.
    """
    best = np.full(phases.cos.shape, np.inf)
    cos, sin = phases.cos.copy(), phases.sin.copy()
    for toward_c in (-np.inf, None, np.inf):
        c = phases.cos if toward_c is None else np.nextafter(phases.cos, toward_c)
        for toward_s in (-np.inf, None, np.inf):
            s = phases.sin if toward_s is None else np.nextafter(phases.sin, toward_s)
            (cc, c_rest), (ss, s_rest) = _two_product(c, c), _two_product(s, s)
            error = np.abs(((np.maximum(cc, ss) - 1.0) + np.minimum(cc, ss)) + (c_rest + s_rest))
            better = error < best
            best, cos, sin = np.where(better, error, best), np.where(better, c, cos), np.where(better, s, sin)
    return cos, sin
