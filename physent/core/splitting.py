"""Palindromic splitting of i psi_t = (T + V) psi: exact phase rotations of the spectrum (T) and of the wave (V).

The coefficients belong to Runge-Kutta-Nystrom methods (Blanes and Moan 2002, J. Comput. Appl. Math. 142, 313, doi
10.1016/S0377-0427(01)00492-7), which need [V, [V, [V, T]]] = 0. That holds because T is quadratic in the gradient of
the phase and V depends only on |psi|^2 and x. The published 15 digits leave residuals of up to 7e-17 in the order
conditions; the 32 digits used here are the nearest solution (Newton's method with the least change, derived here), with
residuals below 1e-30.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from physent.core.fft import (
    BOTH,
    Reals,
    Tables,
    down,
    fan,
    multiply_spectrum,
    plus,
    times,
    transform,
    twist,
    untwist,
    up,
)
from physent.core.jit import njit, njit_inline
from physent.core.mathfun import NEAR_ZERO, SINCOS_LIMIT, sincos, turn_near_zero
from physent.core.phases import PI, quadratic_phases
from physent.core.simd import (
    WIDTH,
    Four,
    aligned,
    aligned_rows,
    any_beyond,
    load_interleaved,
    load_quarters,
    store_interleaved,
    store_quarters,
)
from physent.core.stepping import by_blocks

# Not plain integers: numba would give each literal its own type and compile every caller once per value.
OPEN, BETWEEN, CLOSE = (cast("int", np.int64(place)) for place in range(3))


class Splitting(NamedTuple):
    """One step: kicks[0], drifts[0], kicks[1] ... drifts[-1], kicks[-1], both palindromes that sum to 1."""

    order: int
    kicks: tuple[Fraction, ...]
    drifts: tuple[Fraction, ...]


def palindrome(first_half: str, *, odd: bool) -> tuple[Fraction, ...]:
    """Add to the independent coefficients the one that makes the sum 1, and mirror them."""
    half = [Fraction(digits) for digits in first_half.split()]
    if odd:
        return (*half, 1 - 2 * sum(half, Fraction(0)), *half[::-1])
    half.append(Fraction(1, 2) - sum(half, Fraction(0)))
    return (*half, *half[::-1])


def drift_factors(tables: Tables, drifts: tuple[Fraction, ...], step: Fraction, length: float, kept: Any) -> Reals:
    """exp(-i k^2/2 a h) / n in slot order for the first half of a palindrome of drifts a, shape (half, 4, n).

    Rows: real and imaginary part as nearest doubles, then their rounding errors. Without these, a run would multiply
    by the same error of the modulus, up to 1e-16, in every step.
    ``length`` is the period of the box, ``kept`` (n,) the modes by frequency index; those not kept are set to zero.
    """
    modes = (tables.order + tables.n // 2) % tables.n - tables.n // 2
    half = drifts[: (len(drifts) + 1) // 2]
    factors = aligned((len(half), 4, tables.n))
    scale = np.asarray(kept)[tables.order] / tables.n
    for factor, drift in zip(factors, half, strict=True):
        # k = 2 pi m / L: the phase is -pi a h m^2 / L^2 turns
        phases = quadratic_phases(modes, -PI * drift * step / Fraction(length) ** 2)
        # The products are exact if n is a power of two.
        for row, part in zip(factor, (phases.cos, phases.sin, phases.cos_rest, phases.sin_rest), strict=True):
            row[:] = part * scale
    return factors


@njit
def rotate(re: Reals, im: Reals, angle: Reals) -> None:
    """Multiply psi by exp(i angle), in place; all (n,)."""
    n = re.shape[0]
    # One test for the whole array, so that the usual loop has no branch and vectorises.
    beyond = 0
    for j in range(n):
        beyond += abs(angle[j]) > SINCOS_LIMIT
    if beyond:
        for j in range(n):
            s, c = math.sin(angle[j]), math.cos(angle[j])
            re[j], im[j] = re[j] * c - im[j] * s, im[j] * c + re[j] * s
        return
    for j in range(n):
        s, c = sincos(angle[j])
        re[j], im[j] = re[j] * c - im[j] * s, im[j] * c + re[j] * s


@njit_inline
def _split(
    replica: int,
    begin: int,
    count: int,
    wave: npt.NDArray[np.complex128],
    tables: Tables,
    kicks: Reals,
    factors: Reals,
    shift: Reals,
) -> None:
    n, stages = wave.shape[1], kicks.shape[0] - 1
    # Separate real and imaginary parts, aligned: the layout of the transform, converted once per call.
    room = aligned_rows(2 + tables.work[0], max(n, tables.work[1]))
    psi, work = room[:2, :n], room[2:, : tables.work[1]]
    for j in range(n):
        psi[0, j], psi[1, j] = wave[replica, j].real, wave[replica, j].imag
    # After its first step the wave still lacks the last kick of the step before.
    first_kick = kicks[0] + kicks[stages] if begin > 0 else kicks[0]
    if tables.direct:
        _fused(tables, psi, work, kicks, first_kick, factors, shift, count)
    else:
        _apart(tables, psi, work, kicks, first_kick, factors, shift, count)
    for j in range(n):
        wave[replica, j] = complex(psi[0, j], psi[1, j])


@njit
def _apart(
    tables: Tables, psi: Reals, work: Reals, kicks: Reals, first_kick: float, factors: Reals, shift: Reals, count: int
) -> None:
    """Do ``count`` steps without the last kick, for any length: a wave from a file may have any number of points."""
    # Drifts are a palindrome: only the first half of their factors is stored.
    stages = kicks.shape[0] - 1
    kick = first_kick
    re, im = psi[0], psi[1]
    angle = np.empty(tables.n)
    for _ in range(count):
        for stage in range(stages):
            for j in range(tables.n):
                intensity = re[j] * re[j] + im[j] * im[j]
                angle[j] = kick * (intensity + shift[j]) if shift.shape[0] else kick * intensity
            rotate(re, im, angle)
            transform(tables, re, im, factors[min(stage, stages - 1 - stage)], work, BOTH)
            kick = kicks[stage + 1]
        kick = kicks[0] + kicks[stages]


@njit
def _fused(
    tables: Tables, psi: Reals, work: Reals, kicks: Reals, first_kick: float, factors: Reals, shift: Reals, count: int
) -> None:
    """As `_apart`, with each kick between the last pass of one transform and the first pass of the next."""
    # Each pass goes from one of x and y to the other, so they change places at each stage and nothing is copied.
    # Pass 0 of either transform is in `_bounce`: one sweep over memory instead of three.
    stages = kicks.shape[0] - 1
    w = tables.twiddles
    spare = np.empty((3, 4 * WIDTH))
    _bounce(psi, work, w[0], first_kick, shift, spare, OPEN)
    x, y = work, psi
    for step in range(count):
        for stage in range(stages):
            xr, xi, yr, yi = down(w, 1, x[0], x[1], y[0], y[1])
            multiply_spectrum(xr, xi, factors[min(stage, stages - 1 - stage)])
            up(w, 1, xr, xi, yr, yi)
            if stage < stages - 1:
                _bounce(x, y, w[0], kicks[stage + 1], shift, spare, BETWEEN)
            elif step < count - 1:
                _bounce(x, y, w[0], kicks[0] + kicks[stages], shift, spare, BETWEEN)
            else:
                _bounce(x, y, w[0], 0.0, shift, spare, CLOSE)
            x, y = y, x
    if count * stages % 2:  # the result is already in psi
        return
    for part in range(2):
        for j in range(tables.n):
            psi[part, j] = x[part, j]


@njit
def _bounce(x: Reals, y: Reals, w: Reals, kick: float, shift: Reals, spare: Reals, place: int) -> None:
    """From x to y: the last pass of an inverse transform, a kick, and the first pass of a forward one.

    `OPEN`, at the start of a run, skips the first of these; `CLOSE`, at its end, skips the others.
    """
    m = w.shape[0] // 4
    xr, xi, yr, yi = x[0], x[1], y[0], y[1]
    sr, si, large = spare[0], spare[1], spare[2]
    for j in range(0, m, WIDTH):
        z = load_quarters(w, j, m)
        if place == OPEN:
            r, i = load_quarters(xr, j, m), load_quarters(xi, j, m)
        else:
            r, i = untwist(load_interleaved(xr, 4 * j), load_interleaved(xi, 4 * j), z)
            i, r = fan(i, r)
        if place == CLOSE:
            store_quarters(yr, j, m, r)
            store_quarters(yi, j, m, i)
        else:
            angle = _angles(r, i, kick)
            if shift.shape[0]:
                more = load_quarters(shift, j, m)
                angle = plus(angle, (kick * more[0], kick * more[1], kick * more[2], kick * more[3]))
            # Short steps rotate by small angles, for which a polynomial is enough; one large angle among 4 WIDTH sends
            # all of them through `rotate`.
            few = any_beyond(angle[0], NEAR_ZERO) or any_beyond(angle[1], NEAR_ZERO)
            if few or any_beyond(angle[2], NEAR_ZERO) or any_beyond(angle[3], NEAR_ZERO):
                store_quarters(sr, 0, WIDTH, r)
                store_quarters(si, 0, WIDTH, i)
                store_quarters(large, 0, WIDTH, angle)
                rotate(sr, si, large)
                r, i = load_quarters(sr, 0, WIDTH), load_quarters(si, 0, WIDTH)
            else:
                r, i = _kick(r, i, angle)
            r, i = fan(r, i)
            r, i = twist(r, i, z)
            store_interleaved(yr, 4 * j, r)
            store_interleaved(yi, 4 * j, i)


@njit_inline
def _angles(r: Four, i: Four, kick: float) -> Four:
    return (
        kick * (r[0] * r[0] + i[0] * i[0]),
        kick * (r[1] * r[1] + i[1] * i[1]),
        kick * (r[2] * r[2] + i[2] * i[2]),
        kick * (r[3] * r[3] + i[3] * i[3]),
    )


@njit_inline
def _kick(r: Four, i: Four, angle: Four) -> tuple[Four, Four]:
    """As `rotate`, for angles up to `NEAR_ZERO`: it adds a small change, whose error is small too."""
    s0, d0 = turn_near_zero(angle[0])
    s1, d1 = turn_near_zero(angle[1])
    s2, d2 = turn_near_zero(angle[2])
    s3, d3 = turn_near_zero(angle[3])
    ar, ai = times(r, i, (d0, d1, d2, d3), (s0, s1, s2, s3))
    return plus(r, ar), plus(i, ai)


split_steps = by_blocks(_split)
"""``split_steps(first, last, target, budget, steps, wave, tables, kicks, factors, shift)``, see `by_blocks`.

``wave`` (replica, n) is kept without the last kick of its last step, which is merged into the first kick of the next:
the two commute. ``kicks`` (stages + 1,) are the coefficients of |psi|^2 + ``shift`` in the angle, ``shift`` is (n,), or
(0,) for none, and ``factors`` come from `drift_factors`."""
