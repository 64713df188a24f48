"""Palindromic splitting of i psi_t = (T + V) psi: exact phase rotations of the spectrum (T) and of the wave (V).

Symmetric Runge-Kutta-Nystrom methods SRKN_6^b (order 4) and SRKN_11^b (order 6) of Blanes and Moan (2002), J. Comput.
Appl. Math. 142, 313, doi 10.1016/S0377-0427(01)00492-7, and Strang's (1968), SIAM J. Numer. Anal. 5, 506, doi
10.1137/0705041. They need [V, [V, [V, T]]] = 0, which holds because T is quadratic in the gradient of the phase and V
depends on |psi|^2 and x alone. The published 15 digits leave a residual up to 7e-17 in the order conditions; these
32 digits are the nearest solution (Newton's method with the least change, derived here), with residual below 1e-30.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from physent.core.fft import BOTH, Plan, Reals, transform
from physent.core.jit import njit
from physent.core.mathfun import SINCOS_LIMIT, sincos
from physent.core.phases import PI, quadratic_phases


class Splitting(NamedTuple):
    """One step: kicks[0], drifts[0], kicks[1] ... drifts[-1], kicks[-1], both palindromes that sum to 1."""

    order: int
    kicks: tuple[Fraction, ...]
    drifts: tuple[Fraction, ...]


def _palindrome(first_half: str, *, odd: bool) -> tuple[Fraction, ...]:
    """Complete the independent coefficients by the one that makes the sum 1, and mirror them."""
    half = [Fraction(digits) for digits in first_half.split()]
    if odd:
        return (*half, 1 - 2 * sum(half, Fraction(0)), *half[::-1])
    half.append(Fraction(1, 2) - sum(half, Fraction(0)))
    return (*half, *half[::-1])


STRANG = Splitting(2, _palindrome("", odd=False), _palindrome("", odd=True))
RKN4 = Splitting(
    4,
    _palindrome(
        "0.08298440641740501883834747894226 0.39630980149836807709491152826367 -0.03905630492234843517086529076537",
        odd=True,
    ),
    _palindrome("0.24529895718427116260393242600141 0.60487266571107997496089269764308", odd=False),
)
RKN6 = Splitting(
    6,
    _palindrome(
        "0.04146499851826284329877813392017 0.19812867191806654113672647318394 -0.04000619210415268688882836353374 "
        "0.07525398430158034112787887852437 -0.01151138742068777006244320150120",
        odd=False,
    ),
    _palindrome(
        "0.12322977594627115156108638034313 0.29055379779955827036641416932073 -0.12704921262541691566250505383200 "
        "-0.24633176106207540419497348909678 0.35720887279592775261986034961866",
        odd=True,
    ),
)


def drift_factors(tables: Plan, drifts: tuple[Fraction, ...], step: Fraction, length: float, kept: Any) -> Reals:
    """exp(-i k^2/2 a h) / n in slot order for the first half of a palindrome of drifts a, shape (half, 2, n).

    ``length`` is the period of the box, ``kept`` (n,) the modes by frequency index; those not kept are set to zero.
    """
    modes = (tables.order + tables.n // 2) % tables.n - tables.n // 2
    half = drifts[: (len(drifts) + 1) // 2]
    factors = np.empty((len(half), 2, tables.n))
    scale = np.asarray(kept)[tables.order] / tables.n
    for factor, drift in zip(factors, half, strict=True):
        # k = 2 pi m / L: the phase is -pi a h m^2 / L^2 turns
        phases = quadratic_phases(modes, -PI * drift * step / Fraction(length) ** 2)
        factor[0], factor[1] = phases.cos * scale, phases.sin * scale
    return factors


@njit
def rotate(re: Reals, im: Reals, coefficient: float) -> None:
    """Multiply psi by exp(i coefficient |psi|^2), in place."""
    n = re.shape[0]
    beyond = 0
    for j in range(n):
        beyond += abs(coefficient * (re[j] * re[j] + im[j] * im[j])) > SINCOS_LIMIT
    if beyond:
        for j in range(n):
            angle = coefficient * (re[j] * re[j] + im[j] * im[j])
            s, c = math.sin(angle), math.cos(angle)
            re[j], im[j] = re[j] * c - im[j] * s, im[j] * c + re[j] * s
        return
    for j in range(n):
        s, c = sincos(coefficient * (re[j] * re[j] + im[j] * im[j]))
        re[j], im[j] = re[j] * c - im[j] * s, im[j] * c + re[j] * s


@njit
def split_steps(
    first: int,
    last: int,
    wave: npt.NDArray[np.complex128],
    steps: npt.NDArray[np.int64],
    target: int,
    budget: int,
    tables: Plan,
    kicks: Reals,
    factors: Reals,
) -> None:
    """Advance replicas ``first`` to ``last`` of ``wave`` (replica, n) to step number ``target``, one after the other.

    At most ``budget`` steps are made for each of them on average. The wave is stored before the last kick of its
    last step, which is merged into the first kick of the next: both commute. ``steps`` (replica,) counts those made,
    ``kicks`` (stages + 1,) are the coefficients of |psi|^2 in the angle, ``factors`` those of `drift_factors`.
    """
    n, stages = wave.shape[1], kicks.shape[0] - 1
    re, im, work = np.empty(n), np.empty(n), np.empty(tables.work)
    left = budget * (last - first)
    for r in range(first, last):
        if steps[r] == target or left == 0:
            continue
        for j in range(n):
            re[j], im[j] = wave[r, j].real, wave[r, j].imag
        while steps[r] < target and left > 0:
            for stage in range(stages):
                kick = kicks[stage]
                if stage == 0 and steps[r] > 0:
                    kick += kicks[stages]
                rotate(re, im, kick)
                transform(tables, re, im, factors[min(stage, stages - 1 - stage)], work, BOTH)
            steps[r] += 1
            left -= 1
        for j in range(n):
            wave[r, j] = complex(re[j], im[j])
