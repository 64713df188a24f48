"""Adaptive integration of i psi_t = -1/2 psi_xx - s |psi|^2 psi in the interaction picture (IF-DOP853).

With a(t) the spectrum of psi and A(tau) = exp(i k^2 tau / 2) a(t + tau) within a step, dA/dtau = exp(i k^2 tau / 2)
F[i s |psi|^2 psi] has no stiff term: the wave limits the step, not the grid. DOP853 advances A, with one
inverse and one forward transform per stage. The method goes back to Lawson (1967), SIAM J. Numer. Anal. 4, 372,
doi 10.1137/0704033.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt

from physent.core import dop853
from physent.core.fft import (
    FORWARD,
    INVERSE,
    Tables,
    closing,
    down,
    fan,
    is_odd_power,
    times,
    transform,
    twist,
    untwist,
    up,
)
from physent.core.jit import njit, njit_fast, njit_inline
from physent.core.mathfun import sincos_turn
from physent.core.simd import (
    WIDTH,
    Four,
    Lanes,
    aligned_rows,
    full,
    load,
    load_interleaved,
    load_quarters,
    store,
    store_interleaved,
    store_quarters,
    total,
)
from physent.typing import Floats, Integers

STAGES = 12
# Rows below the stages; not plain integers, because numba would give each literal its own type.
WEIGHTS, ERROR_3, ERROR_5 = (cast("int", np.int64(row)) for row in range(STAGES, STAGES + 3))
_MATRIX = np.vstack([dop853.STAGES, dop853.WEIGHTS, dop853.ERROR_3, dop853.ERROR_5])
COUNT = np.count_nonzero(_MATRIX, axis=1)
# The columns that a row uses, padded with its first column and weight 0: sums skip the zeros of the tableau.
COLUMN = np.argsort(_MATRIX == 0, axis=1, kind="stable")
COLUMN = np.where(np.arange(STAGES) < COUNT[:, None], COLUMN, COLUMN[:, :1])
WEIGHT = np.where(np.arange(STAGES) < COUNT[:, None], np.take_along_axis(_MATRIX, COLUMN, axis=1), 0.0)
NODES = dop853.NODES

# First or last pass of a transform on the slots: none, or the pass without twiddle factors for n = 4^s or 2 4^s.
PLAIN, EVEN, ODD = (cast("int", np.int64(kind)) for kind in range(3))

_EXPONENT = 1.0 / 7.0  # the estimate per unit time is of order h^7
_SAFETY, _SHRINK, _GROW = 0.9, 0.2, 6.0
_KEEP_ABOVE, _KEEP_BELOW = 0.95, 1.15  # a new step needs new tables of phases
ROUND_OFF = 5e-15  # of the nonlinear term: the estimate is up to 2e-15 of it however short the step


NOISE, MOST_NOISE = 1e-3, 1e-13  # of the tolerance, and of the norm
FAST = 0.25  # turns of the phase exp(-i k^2 h / 2) above which a step does not resolve a mode


class Clocks(NamedTuple):
    """Progress of each replica in its interval, arrays (replica,): the memory of the step-size control."""

    time: Floats
    step: Floats  # of this interval, or the last one
    proposal: Floats  # step that the controller would choose if it did not have to divide the interval
    left: Integers  # steps to the target; 0 when it is reached
    evaluations: Integers  # of the nonlinear term so far
    rejections: Integers
    missed: Floats  # largest estimate above the tolerance of an accepted step, due to round-off; 0 for none


class Wave(NamedTuple):
    """The equation on its grid."""

    tables: Tables
    square: Floats  # (n,) m^2 in slot order, for wavenumbers k = 2 pi m / L
    kept: Floats  # (n,) 1, or 0 for the modes cut off, in slot order
    shift: Floats  # (n,) -s U(x), or (0,) without a potential
    turns: float  # pi / L^2: phase in turns of mode 1 per unit time
    sign: float


@njit
def adaptive_steps(
    first: int,
    last: int,
    spectrum: npt.NDArray[np.complex128],
    clocks: Clocks,
    target: float,
    tolerance: float,
    budget: int,
    wave: Wave,
) -> None:
    """Advance replicas ``first`` to ``last`` of ``spectrum`` to time ``target``.

    ``spectrum`` (replica, n) is F[psi]/n by frequency index. Replicas advance to the target one after the other, until
    an average of ``budget`` steps each has been tried. The estimated L2 error of a step per unit time is at most
    ``tolerance`` times the norm of the wave, apart from round-off. Steps divide the rest of the interval, so that the
    last one ends at ``target``. A wave that is not finite stops, and its time becomes NaN.
    """
    tables = wave.tables
    n = tables.n
    size = -(-n // (4 * WIDTH)) * 4 * WIDTH
    phases, slopes = aligned_rows(2 * STAGES, size), aligned_rows(2 * STAGES, size)
    a, b, u, work = (aligned_rows(2, size), aligned_rows(2, size), aligned_rows(2, size), aligned_rows(*tables.work))
    phases[:], a[:], u[:] = 0.0, 0.0, 0.0
    trials = budget * (last - first)  # a refused step costs as much as an accepted one
    for r in range(first, last):
        if clocks.time[r] == target or trials == 0:
            continue
        for j in range(n):
            z = spectrum[r, tables.order[j]]
            a[0, j], a[1, j] = z.real, z.imag
        if clocks.left[r] == 0:
            divide(clocks, r, target - clocks.time[r])
        built, fresh = 0.0, True  # phases are for the step `built`; a call starts without any
        while clocks.left[r] > 0 and trials > 0:
            if built != clocks.step[r]:
                built = clocks.step[r]
                _phases(phases, wave, built)
            _slopes(wave, a, u, phases, slopes, built, fresh, work)
            trials -= 1
            rate, norm, slope = _close(a, b, slopes.ravel(), phases[2 * STAGES - 2 :], built)
            limit = max(tolerance * norm, ROUND_OFF * slope)
            if built * slope <= 1e-16 * norm:  # a step without effect must not be rejected for ever
                limit = np.inf
            fresh = rate <= limit
            # The step after a rejected one reuses its first slope; a new call cannot, but is counted as if it did.
            clocks.evaluations[r] += STAGES if fresh else STAGES - 1
            if not norm + slope < np.inf:
                clocks.time[r] = np.nan
                break
            if fresh:
                if rate > tolerance * norm:
                    clocks.missed[r] = max(clocks.missed[r], rate / norm)
                a, b = b, a
                # At most 1e-3 of the tolerance, unless that is below round-off.
                noise = min(max(NOISE * tolerance, ROUND_OFF), MOST_NOISE)
                _clear(a, wave, built, noise * norm / np.sqrt(n))
            control(clocks, r, target, rate, limit)
        for j in range(n):
            spectrum[r, tables.order[j]] = complex(a[0, j], a[1, j])


@njit
def _clear(a: Floats, wave: Wave, step: float, floor: float) -> None:
    """Set fast modes that contain only noise, |a_k| < ``floor``, to zero.

    On a background psi_0 the mode k is coupled to the conjugate of -k by psi_0^2 exp(i k^2 tau), which a step with
    k^2 h >> 1 does not resolve: such a pair grows from round-off at a rate of the order of |psi_0|^2, until the
    error estimate detects it. Cleared at every step, it stays small; the norm removed is at most ``floor`` sqrt(n).
    """
    for j in range(wave.tables.n):
        if wave.square[j] * wave.turns * step > FAST and a[0, j] ** 2 + a[1, j] ** 2 < floor**2:
            a[0, j], a[1, j] = 0.0, 0.0


@njit
def divide(clocks: Clocks, r: int, interval: float) -> None:
    """The largest step that divides ``interval`` and does not exceed the proposal, round-off apart."""
    count = np.ceil(interval / clocks.proposal[r] * (1.0 - 1e-9))
    clocks.left[r] = max(1, int(min(count, 1e15)))
    clocks.step[r] = interval / clocks.left[r]


@njit
def control(clocks: Clocks, r: int, target: float, rate: float, limit: float) -> None:
    """Record an accepted or rejected step, and choose the next one."""
    step, left = clocks.step[r], clocks.left[r]
    factor = _GROW
    if rate > 0.0:
        factor = min(_GROW, max(_SHRINK, _SAFETY * (limit / rate) ** _EXPONENT))
    if rate > limit:
        # At least a tenth shorter, and again an integer number of steps to the target.
        clocks.rejections[r] += 1
        clocks.proposal[r] = step * min(factor, _SAFETY)
        divide(clocks, r, left * step)
        if clocks.left[r] == left:
            clocks.left[r] = left + 1
            clocks.step[r] = left * step / (left + 1)
        return
    clocks.left[r] = left - 1
    clocks.time[r] = target - (left - 1) * step
    if _KEEP_ABOVE <= factor <= _KEEP_BELOW:
        factor = 1.0
    # A step shortened to fit the interval says little about longer ones, unless it was itself too long.
    if factor < 1.0 or step * factor > clocks.proposal[r]:
        clocks.proposal[r] = step * factor
    if left > 1:
        divide(clocks, r, (left - 1) * step)
        if clocks.left[r] == left - 1:
            clocks.step[r] = step


@njit
def _phases(phases: Floats, wave: Wave, step: float) -> None:
    """exp(-i k^2/2 c_s h) of every stage, zero for the modes cut off.

    The phase in turns is m^2 (c_s h pi / L^2). The bracket is split into parts of 18 bits, whose products with
    m^2 < 2^35 are exact, and so is their reduction to a fraction of a turn.
    """
    square, kept = wave.square, wave.kept
    for stage in range(STAGES):
        high, middle, low = parts(NODES[stage] * step * wave.turns)
        re, im = phases[2 * stage], phases[2 * stage + 1]
        for j in range(square.shape[0]):
            s, c = turned(square[j], high, middle, low)
            re[j], im[j] = kept[j] * c, -kept[j] * s


@njit_inline
def parts(turns: float) -> tuple[float, float, float]:
    """A number as the sum of two of 18 bits and a remainder."""
    scaled = turns * 34359738369.0  # 2^35 + 1 (Dekker's splitting)
    high = scaled - (scaled - turns)
    scaled = (turns - high) * 34359738369.0
    middle = scaled - (scaled - (turns - high))
    return high, middle, (turns - high) - middle


@njit_inline
def turned(square: float, high: float, middle: float, low: float) -> tuple[float, float]:
    """Sine and cosine of so many turns of `parts` times ``square`` < 2^35."""
    p, q = square * high, square * middle
    fraction = ((p - np.floor(p)) + (q - np.floor(q))) + square * low
    return sincos_turn(fraction - np.floor(fraction))


@njit
def _slopes(
    wave: Wave, a: Floats, u: Floats, phases: Floats, slopes: Floats, step: float, fresh: bool, work: Floats
) -> None:
    """dA/dtau of all stages, from the spectrum ``a`` at the start; unless ``fresh``, the first is reused."""
    tables = wave.tables
    n = tables.n
    closing_kind = PLAIN
    if tables.direct:
        closing_kind = ODD if is_odd_power(n) else EVEN
    # Passes 0 of both transforms are in `_bounce`, those without twiddle factors in `_begin` and `_end`: pointwise work
    # costs no sweep over memory of its own.
    w, flat = tables.twiddles, slopes.ravel()
    for stage in range(0 if fresh else 1, STAGES):
        phase = phases[2 * stage : 2 * stage + 2]
        slope = slopes[2 * stage : 2 * stage + 2]
        _begin(u, a, flat, phase, stage, step, closing_kind)
        if tables.direct:
            xr, xi, yr, yi = up(w, 1, u[0], u[1], work[0], work[1])
            _bounce(xr, xi, yr, yi, w[0], wave.sign / n, wave.shift)
            xr, xi, yr, yi = down(w, 1, yr, yi, xr, xi)
            _end(xr, xi, slope, phase, closing_kind)
        else:
            re, im = u[0, :n], u[1, :n]
            transform(tables, re, im, phase, work, INVERSE)
            _cubic(re, im, wave.sign / n, wave.shift)
            transform(tables, re, im, phase, work, FORWARD)
            _end(u[0], u[1], slope, phase, closing_kind)


@njit
def _begin(u: Floats, a: Floats, slopes: Floats, phase: Floats, stage: int, step: float, closing_kind: int) -> None:
    """Set u = phase (a + h sum_j a_j k_j), and start its inverse transform."""
    size = a.shape[1]
    m = size // 4
    ar, ai, ur, ui, cos, sin = a[0], a[1], u[0], u[1], phase[0], phase[1]
    for j in range(0, m, WIDTH):
        r, i = load_quarters(ar, j, m), load_quarters(ai, j, m)
        for term in range(COUNT[stage]):
            weight = full(step * WEIGHT[stage, term])
            place = 2 * size * COLUMN[stage, term] + j
            r = _plus(r, weight, load_quarters(slopes, place, m))
            i = _plus(i, weight, load_quarters(slopes, place + size, m))
        r, i = times(r, i, load_quarters(cos, j, m), load_quarters(sin, j, m))
        if closing_kind != PLAIN:
            i, r = closing(i, r, closing_kind == ODD)
        store_quarters(ur, j, m, r)
        store_quarters(ui, j, m, i)


@njit_inline
def _plus(z: Four, weight: Lanes, k: Four) -> Four:
    return z[0] + weight * k[0], z[1] + weight * k[1], z[2] + weight * k[2], z[3] + weight * k[3]


@njit
def _end(xr: Floats, xi: Floats, slope: Floats, phase: Floats, closing_kind: int) -> None:
    """End a forward transform, and multiply by the conjugate phase."""
    m = slope.shape[1] // 4
    kr, ki, cos, sin = slope[0], slope[1], phase[0], phase[1]
    for j in range(0, m, WIDTH):
        r, i = load_quarters(xr, j, m), load_quarters(xi, j, m)
        if closing_kind != PLAIN:
            r, i = closing(r, i, closing_kind == ODD)
        # With real and imaginary parts exchanged, the product is with the conjugate.
        i, r = times(i, r, load_quarters(cos, j, m), load_quarters(sin, j, m))
        store_quarters(kr, j, m, r)
        store_quarters(ki, j, m, i)


@njit
def _bounce(xr: Floats, xi: Floats, yr: Floats, yi: Floats, w: Floats, factor: float, shift: Floats) -> None:
    """From x to y: the last pass of an inverse transform, `_cubic`, and the first pass of a forward one."""
    m = xr.shape[0] // 4
    for j in range(0, m, WIDTH):
        z = load_quarters(w, j, m)
        r, i = untwist(load_interleaved(xr, 4 * j), load_interleaved(xi, 4 * j), z)
        i, r = fan(i, r)
        s0, s1 = factor * (r[0] * r[0] + i[0] * i[0]), factor * (r[1] * r[1] + i[1] * i[1])
        s2, s3 = factor * (r[2] * r[2] + i[2] * i[2]), factor * (r[3] * r[3] + i[3] * i[3])
        if shift.shape[0]:
            f = load_quarters(shift, j, m)
            s0, s1, s2, s3 = s0 + factor * f[0], s1 + factor * f[1], s2 + factor * f[2], s3 + factor * f[3]
        # i s (r + i i) = -s i + i s r; the sign follows in the next line
        r, i = (s0 * i[0], s1 * i[1], s2 * i[2], s3 * i[3]), (s0 * r[0], s1 * r[1], s2 * r[2], s3 * r[3])
        r = (-1.0 * r[0], -1.0 * r[1], -1.0 * r[2], -1.0 * r[3])
        r, i = fan(r, i)
        r, i = twist(r, i, z)
        store_interleaved(yr, 4 * j, r)
        store_interleaved(yi, 4 * j, i)


@njit_fast
def _cubic(re: Floats, im: Floats, factor: float, shift: Floats) -> None:
    """Replace psi by i factor (|psi|^2 + shift) psi."""
    for j in range(re.shape[0]):
        w = factor * (re[j] * re[j] + im[j] * im[j])
        if shift.shape[0]:
            w += factor * shift[j]
        re[j], im[j] = -w * im[j], w * re[j]


@njit
def _close(a: Floats, b: Floats, slopes: Floats, phase: Floats, step: float) -> tuple[float, float, float]:
    """Set b to the spectrum at the end of the step; returns (error estimate over h, norm of a, norm of its slope).

    L2 norms; the estimate of order 5 is weighted by its ratio to that of order 3 (dop853.f).
    """
    size = a.shape[1]
    ar, ai, br, bi, cos, sin = a[0], a[1], b[0], b[1], phase[0], phase[1]
    fifth, third, norm, slope = full(0.0), full(0.0), full(0.0), full(0.0)
    # One pass over memory for the new spectrum, both error estimates and both norms.
    for j in range(0, size, WIDTH):
        r, i = load(ar, j), load(ai, j)
        norm = norm + (r * r + i * i)
        kr, ki = load(slopes, j), load(slopes, size + j)
        slope = slope + (kr * kr + ki * ki)
        r5, i5, r3, i3 = full(0.0), full(0.0), full(0.0), full(0.0)
        for term in range(COUNT[WEIGHTS]):
            place = 2 * size * COLUMN[WEIGHTS, term] + j
            kr, ki = load(slopes, place), load(slopes, place + size)
            weight = step * WEIGHT[WEIGHTS, term]
            r, i = r + weight * kr, i + weight * ki
            r5, i5 = r5 + WEIGHT[ERROR_5, term] * kr, i5 + WEIGHT[ERROR_5, term] * ki
            r3, i3 = r3 + WEIGHT[ERROR_3, term] * kr, i3 + WEIGHT[ERROR_3, term] * ki
        fifth = fifth + (r5 * r5 + i5 * i5)
        third = third + (r3 * r3 + i3 * i3)
        c, s = load(cos, j), load(sin, j)
        store(br, j, r * c - i * s)
        store(bi, j, r * s + i * c)
    rate, of_third = total(fifth), total(third)
    if rate > 0.0:
        rate = rate / np.sqrt(rate + 0.01 * of_third)
    if not rate < np.inf:
        rate = np.inf
    return rate, np.sqrt(total(norm)), np.sqrt(total(slope))
