"""The Gram system of N solitons in decimal arithmetic, of as many digits as it loses.

With gamma_j = exp(lambda_j x + i lambda_j^2 t/2 + b_j) as in `physent.theory.solitons.n_soliton`, row j times gamma_j,
the matrix H_jk = (1 + gamma_j gamma_k*) / (lambda_j + lambda_k*) is Hermitian and positive, and psi is the sum of H^-1
gamma. Its part C_jk = 1 / (lambda_j + lambda_k*) is a Cauchy matrix, whose determinant is the product of the diagonal
and of all |c_jk|^2, j < k (Cauchy 1841): the digits that elimination may lose.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import MAX_EMAX, MIN_EMIN, Decimal, localcontext
from functools import cache
from itertools import combinations, combinations_with_replacement
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Decimals = np.ndarray[Any, np.dtype[np.object_]]

_MARGIN = 25
"""Digits beyond those that are lost."""
_BLOCK = 64
"""Points at a time."""
_FAR = 45.0
"""Of A |x - x0| where a soliton unlike all others is no longer seen: exp(-45) = 3e-20."""
_HALVINGS = 8


class Complex(NamedTuple):
    """Real and imaginary parts, Decimals or arrays of them."""

    re: Any
    im: Any

    def times(self, other: Complex) -> Complex:
        """Product."""
        return Complex(self.re * other.re - self.im * other.im, self.re * other.im + self.im * other.re)

    def over(self, other: Complex) -> Complex:
        """Quotient."""
        size = other.re * other.re + other.im * other.im
        top = self.times(other.conj())
        return Complex(top.re / size, top.im / size)

    def minus(self, other: Complex) -> Complex:
        """Difference."""
        return Complex(self.re - other.re, self.im - other.im)

    def conj(self) -> Complex:
        """Complex conjugate."""
        return Complex(self.re, -self.im)


def lost_digits(amplitudes: Sequence[float], velocities: Sequence[float]) -> float:
    """Decimal digits that elimination may lose: -log10 of the product of all |c_jk|^2."""
    spectrum = [complex(a, v) for a, v in zip(amplitudes, velocities, strict=True)]
    return -2.0 * sum(
        float(np.log10(abs(one - two) / abs(one + two.conjugate()))) for one, two in combinations(spectrum, 2)
    )


def n_soliton(
    x: npt.NDArray[np.float64],
    t: npt.NDArray[np.float64],
    amplitudes: Sequence[float],
    positions: Sequence[float],
    velocities: Sequence[float],
    phases: Sequence[float],
) -> npt.NDArray[np.complex128]:
    """As `physent.theory.solitons.n_soliton`, right to double precision; x and t of one shape."""
    psi = np.empty(x.size, dtype=np.complex128)
    places, times = x.ravel(), t.ravel()
    listed = list(zip(amplitudes, positions, velocities, phases, strict=True))
    reach = [_FAR + _blur(j, amplitudes, velocities) for j in range(len(listed))]
    for first in range(0, x.size, _BLOCK):
        part = slice(first, first + _BLOCK)
        low, high = places[part].min(), places[part].max()
        # -1, 1: far to the left or right of the block, where gamma is infinite or 0; where solitons are is known at 0.
        side = [
            0 if times.any() else int(a * (x0 - high) > r) - int(a * (low - x0) > r)
            for (a, x0, _, _), r in zip(listed, reach, strict=True)
        ]
        psi[part] = _block(places[part], times[part], listed, side)
    return psi.reshape(x.shape)


def _block(
    x: npt.NDArray[np.float64], t: npt.NDArray[np.float64], listed: Sequence[tuple[float, ...]], side: Sequence[int]
) -> npt.NDArray[np.complex128]:
    """The wave at some points, of those solitons whose ``side`` is 0: the others only turn and move them by c_jk."""
    near = [one for one, far in zip(listed, side, strict=True) if not far]
    if not near:
        return np.zeros(x.size, dtype=np.complex128)
    with localcontext() as context:
        context.Emax, context.Emin = MAX_EMAX, MIN_EMIN  # far away gamma leaves every other range
        context.prec = _MARGIN + len(near) + int(lost_digits([one[0] for one in near], [one[2] for one in near]))
        all_spectrum = [Complex(Decimal(float(a)), Decimal(float(v))) for a, _, v, _ in listed]
        spectrum = [one for one, far in zip(all_spectrum, side, strict=True) if not far]
        places, times = _decimals(x), _decimals(t)
        gamma = []
        for (_, x0, _, phase), one in zip(near, spectrum, strict=True):
            powers = [int(np.sign(other[1] - x0)) - far for other, far in zip(listed, side, strict=True)]
            factor = _neighbours(one, all_spectrum, powers)
            offset = places - Decimal(float(x0))
            gamma.append(_exponential(one, offset, places, times, float(phase)).times(factor))
        total = _solution(spectrum, gamma)
        return np.asarray(total.re.astype(float) + 1j * total.im.astype(float))


def _blur(j: int, amplitudes: Sequence[float], velocities: Sequence[float]) -> float:
    """By how much the tail of soliton j, in units of its width, is longer for those that are like it.

    What gamma_j adds is of the order of its modulus times the root of the element of the inverse of C, 2 A_j over the
    product of |c_jk|^2.
    """
    one = complex(amplitudes[j], velocities[j])
    others = [complex(a, v) for k, (a, v) in enumerate(zip(amplitudes, velocities, strict=True)) if k != j]
    return sum(float(np.log(abs(one + other.conjugate()) / abs(one - other))) for other in others)


def _decimals(values: npt.NDArray[np.float64]) -> Decimals:
    return np.array([Decimal(float(value)) for value in values], dtype=object)


def _neighbours(one: Complex, spectrum: Sequence[Complex], powers: Sequence[int]) -> Complex:
    """Product over k of c_k to the power of -2 to 2, c_k = (l - l_k) / (l + l_k*), l = ``one``."""
    product = Complex(Decimal(1), Decimal(0))
    for other, power in zip(spectrum, powers, strict=True):
        above, below = one.minus(other), one.minus(Complex(-other.re, other.im))
        for _ in range(abs(power)):
            product = product.times(above.over(below) if power > 0 else below.over(above))
    return product


def _exponential(one: Complex, offset: Decimals, x: Decimals, t: Decimals, phase: float) -> Complex:
    """exp(A (x - x0 - v t) + i (v x + (A^2 - v^2) t/2 + phase)); A, v the parts of ``one``."""
    size = np.array([value.exp() for value in one.re * (offset - one.im * t)], dtype=object)
    turn = _turned(one.im * x + (one.re * one.re - one.im * one.im) / 2 * t + Decimal(phase))
    return Complex(size * turn.re, size * turn.im)


def _turned(angle: Decimals) -> Complex:
    """Cosine and sine: the Taylor series of a small fraction of the angle, doubled again and again."""
    with localcontext() as context:
        context.prec += 5 + max(0, max((value.adjusted() for value in angle), default=0))
        turn = 2 * _pi(context.prec)
        part = np.array([value.remainder_near(turn) for value in angle], dtype=object) / 2**_HALVINGS
        square, one = -part * part, Decimal(1)
        cos, sin = np.full(part.shape, one, dtype=object), part.copy()
        even, odd, n = cos, sin, 0
        while max((abs(value) for value in even), default=0) > Decimal(10) ** -context.prec:
            even = even * square / ((2 * n + 1) * (2 * n + 2))
            odd = odd * square / ((2 * n + 2) * (2 * n + 3))
            cos, sin, n = cos + even, sin + odd, n + 1
        for _ in range(_HALVINGS):
            cos, sin = cos * cos - sin * sin, 2 * cos * sin
    return Complex(cos, sin)


@cache
def _pi(digits: int) -> Decimal:
    """Machin's formula, 16 arctan(1/5) - 4 arctan(1/239)."""
    with localcontext() as context:
        context.prec = digits + 5

        def arctan_of_inverse(k: int) -> Decimal:
            power = total = Decimal(1) / k
            n = 1
            while abs(power) > Decimal(10) ** -context.prec:
                power /= -k * k
                n += 2
                total += power / n
            return total

        return 16 * arctan_of_inverse(5) - 4 * arctan_of_inverse(239)


def _solution(spectrum: Sequence[Complex], gamma: Sequence[Complex]) -> Complex:
    """Sum of H^-1 gamma at all points: Gaussian elimination of H bordered by gamma and a row of ones, no pivoting."""
    count = len(spectrum)
    nothing = Decimal(0)
    matrix: dict[tuple[int, int], Complex] = {}
    for j, k in combinations_with_replacement(range(count), 2):
        product = gamma[j].times(gamma[k].conj())
        below = spectrum[j].minus(Complex(-spectrum[k].re, spectrum[k].im))
        matrix[j, k] = Complex(product.re + 1, product.im).over(below)
    column = list(gamma)
    row = [Complex(Decimal(1), nothing) for _ in range(count)]
    total = Complex(nothing, nothing)
    for p in range(count):
        pivot = matrix[p, p].re  # of a Hermitian matrix: real
        over = Complex(column[p].re / pivot, column[p].im / pivot)
        more = row[p].times(over)
        total = Complex(total.re + more.re, total.im + more.im)
        for j in range(p + 1, count):
            above = matrix[p, j]
            row[j] = row[j].minus(Complex(above.re / pivot, above.im / pivot).times(row[p]))
            column[j] = column[j].minus(above.conj().times(over))
            scaled = Complex(above.re / pivot, -above.im / pivot)
            for k in range(j, count):
                matrix[j, k] = matrix[j, k].minus(scaled.times(matrix[p, k]))
    return total
