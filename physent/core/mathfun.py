"""Branch-free elementary functions that LLVM vectorises inside a loop, with the same bits on every machine.

Polynomials of fdlibm (Sun Microsystems 1993: e_log.c, k_sin.c, k_cos.c), each within 1 ulp where it is used.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from physent.core.jit import njit_inline
from physent.core.simd import Lanes

T = TypeVar("T", float, Lanes)

_EXPONENT_SHIFT = np.uint64(52)
_MANTISSA = np.uint64(0x000FFFFFFFFFFFFF)
_SQRT_HALF_BITS = np.uint64(0x3FE6A09E667F3BCD)
_TO_SQRT_HALF = np.uint64(0x3FF0000000000000 - 0x3FE6A09E667F3BCD)
_TWO_52_BITS = np.uint64(0x4330000000000000)
_EXPONENT_BIAS = 2.0**52 + 1023.0

_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10


@njit_inline
def log_positive(x: float) -> float:
    """Natural logarithm of a positive, finite, normal double, within 1 ulp; undefined elsewhere.

    x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)), and with s = f / (2 + f)
    log(1 + f) = f - f^2/2 + s (f^2/2 + R(s^2)).
    """
    shifted = np.uint64(np.float64(x).view(np.uint64) + _TO_SQRT_HALF)
    # As the mantissa of 2^52, an integer becomes a double without a conversion instruction (AVX2 has none).
    k = np.uint64((shifted >> _EXPONENT_SHIFT) | _TWO_52_BITS).view(np.float64) - _EXPONENT_BIAS
    f = np.uint64((shifted & _MANTISSA) + _SQRT_HALF_BITS).view(np.float64) - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01))
    odd = z * (
        6.666666666666735130e-01
        + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01))
    )
    # The order of fdlibm: small terms first, k ln 2 in two parts, so that the error stays below 1 ulp.
    half_f2 = 0.5 * f * f
    return k * _LN2_HIGH - ((half_f2 - (s * (half_f2 + even + odd) + k * _LN2_LOW)) - f)


NEAR_ZERO = 0.25 * np.pi


@njit_inline
def turn_near_zero(x: T) -> tuple[T, T]:
    """Sine, and cosine less 1, of |x| <= `NEAR_ZERO` (float or `Lanes`), each within 1 ulp of its own size."""
    z = x * x
    sine = x + x * z * (
        -1.66666666666666324348e-01
        + z
        * (
            8.33333333332248946124e-03
            + z
            * (
                -1.98412698298579493134e-04
                + z * (2.75573137070700676789e-06 + z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10))
            )
        )
    )
    return sine, z * (z * _cosine_rest(z) - 0.5)


@njit_inline
def _cosine_rest(z: T) -> T:
    """(cos x - 1 + z/2) / z^2, for z = x^2."""
    return 4.16666666666666019037e-02 + z * (
        -1.38888888888741095749e-03
        + z
        * (
            2.48015872894767294178e-05
            + z * (-2.75573143513906633035e-07 + z * (2.08757232129817482790e-09 - z * 1.13596475577881948265e-11))
        )
    )


@njit_inline
def _near_zero(x: float) -> tuple[float, float]:
    """Sine and cosine of |x| <= pi/4, each within 1 ulp: fdlibm's polynomials (Ng 1993)."""
    # 1 - half is rounded; adding back its error keeps the cosine within 1 ulp.
    sine, _ = turn_near_zero(x)
    z = x * x
    half = 0.5 * z
    leading = 1.0 - half
    return sine, leading + (((1.0 - leading) - half) + z * (z * _cosine_rest(z)))


@njit_inline
def sincos_turn(u: float) -> tuple[float, float]:
    """Sine and cosine of 2 pi u for u in [0, 1], within 2 ulp; the argument reduction is exact."""
    # Multiplication by 4 is exact, and so is the difference from the nearest integer.
    turns = 4.0 * u
    quadrant = np.floor(turns + 0.5)
    x = (turns - quadrant) * (0.5 * np.pi)
    sine, cosine = _near_zero(x)
    swap = quadrant == 1.0 or quadrant == 3.0
    first = cosine if swap else sine
    second = sine if swap else cosine
    return (
        -first if 2.0 <= quadrant <= 3.0 else first,
        -second if 1.0 <= quadrant <= 2.0 else second,
    )


SINCOS_LIMIT = 2.0**20
"""Largest |x| for which `sincos` keeps its error bound."""

# pi/2 in three parts of 33 bits (fdlibm, e_rem_pio2.c): their products with an integer below 2^20 are exact.
_PIO2_HIGH = 1.57079632673412561417e00
_PIO2_MIDDLE = 6.07710050630396597660e-11
_PIO2_LOW = 2.02226624879595063154e-21


@njit_inline
def _quadrant(x: float) -> tuple[float, float]:
    """Nearest integer to x / (pi/2), and the remainder; the order of the subtractions matters."""
    quadrant = np.rint(x * (2.0 / np.pi))
    return quadrant, ((x - quadrant * _PIO2_HIGH) - quadrant * _PIO2_MIDDLE) - quadrant * _PIO2_LOW


@njit_inline
def sincos(x: float) -> tuple[float, float]:
    """Sine and cosine of x, error <= 4e-16 for |x| <= `SINCOS_LIMIT`; NaN if x is not finite.

    Reduction by pi/2 in three parts (Cody and Waite 1980, Software Manual for the Elementary Functions), then the
    fdlibm polynomials on [-pi/4, pi/4].
    """
    quadrant, r = _quadrant(x)
    sine, cosine = _near_zero(r)
    # Odd quadrants exchange sine and cosine; quadrants 2 and 3 modulo 4 change both signs.
    half = np.floor(0.5 * quadrant)
    odd = quadrant - 2.0 * half > 0.5
    sign = 1.0 - 2.0 * (half - 2.0 * np.floor(0.5 * half))
    return sign * (cosine if odd else sine), sign * (-sine if odd else cosine)
