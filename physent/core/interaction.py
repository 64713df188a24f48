"""Adaptive integration of i psi_t = -1/2 psi_xx - s |psi|^2 psi in the interaction picture (IF-DOP853).

With a(t) the spectrum of psi and A(tau) = exp(i k^2 tau / 2) a(t + tau) within a step, dA/dtau = exp(i k^2 tau / 2)
F[i s |psi|^2 psi] holds no stiff term: the step is bounded by the wave, not by the grid. A is advanced by DOP853, one
inverse and one forward transform a stage. The method goes back to Lawson (1967), SIAM J. Numer. Anal. 4, 372,
doi 10.1137/0704033.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt

from physent.core import dop853
from physent.core.fft import FORWARD, INVERSE, Plan, Reals, transform
from physent.core.jit import njit, njit_fast
from physent.core.mathfun import sincos_turn

Integers = npt.NDArray[np.int64]

STAGES = 12
# Rows below the stages; not plain integers, which numba would compile as types of their own.
_WEIGHTS, _ERROR_3, _ERROR_5 = (cast("int", np.int64(row)) for row in range(STAGES, STAGES + 3))
_MATRIX = np.vstack([dop853.STAGES, dop853.WEIGHTS, dop853.ERROR_3, dop853.ERROR_5])
_COUNT = np.count_nonzero(_MATRIX, axis=1)
# The columns that a row uses, then, with weight 0, its first one again.
_COLUMN = np.argsort(_MATRIX == 0, axis=1, kind="stable")
_COLUMN = np.where(np.arange(STAGES) < _COUNT[:, None], _COLUMN, _COLUMN[:, :1])
_WEIGHT = np.where(np.arange(STAGES) < _COUNT[:, None], np.take_along_axis(_MATRIX, _COLUMN, axis=1), 0.0)
_NODES = dop853.NODES

_EXPONENT = 1.0 / 7.0  # the estimate per unit time is of order h^7
_SAFETY, _SHRINK, _GROW = 0.9, 0.2, 6.0
_KEEP_ABOVE, _KEEP_BELOW = 0.95, 1.15  # a new step costs new tables
_ROUND_OFF = 5e-15  # of the nonlinear term: the estimate is up to 2e-15 of it however short the step


class Clocks(NamedTuple):
    """Where each replica stands in its interval, arrays (replica,): the memory of the step-size control."""

    time: Reals
    step: Reals  # the interval's, or the last one's
    proposal: Reals  # what the controller would take if it need not divide the interval
    left: Integers  # steps to the target; 0 when it is reached
    evaluations: Integers  # of the nonlinear term so far
    rejections: Integers


class Wave(NamedTuple):
    """The equation on its grid."""

    tables: Plan
    square: Reals  # (n,) m^2 in slot order, for wavenumbers k = 2 pi m / L
    kept: Reals  # (n,) 1, or 0 for the modes cut off, in slot order
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

    ``spectrum`` (replica, n) holds F[psi]/n by frequency index. One replica after the other goes to the target, until
    ``budget`` steps on average were tried for each. The estimated L2 error of a step per unit time is at most
    ``tolerance`` times the norm of the wave, round-off apart. Steps divide what is left of the interval, so that the
    last one ends at ``target``. A wave that is not finite is left there, its time NaN.
    """
    n = wave.tables.n
    phases, slopes = np.empty((STAGES, 2, n)), np.empty((STAGES, 2 * n))
    a, u, error = np.empty(2 * n), np.empty(2 * n), np.empty(2 * n)
    work = np.empty(wave.tables.work)
    trials = budget * (last - first)
    for r in range(first, last):
        if clocks.time[r] == target or trials == 0:
            continue
        for j in range(n):
            z = spectrum[r, wave.tables.order[j]]
            a[j], a[n + j] = z.real, z.imag
        if clocks.left[r] == 0:
            _divide(clocks, r, target - clocks.time[r])
        built, fresh = 0.0, True
        while clocks.left[r] > 0 and trials > 0:
            if built != clocks.step[r]:
                built = clocks.step[r]
                _phases(phases, wave, built)
            _slopes(wave, a, u, phases, slopes, built, fresh, work)
            trials -= 1
            rate = _error_rate(a, slopes, error)
            size, slope = np.sqrt(_sum_of_squares(a)), np.sqrt(_sum_of_squares(slopes[0]))
            limit = max(tolerance * size, _ROUND_OFF * slope)
            if built * slope <= 1e-16 * size:  # a step without effect must not be refused for ever
                limit = np.inf
            fresh = rate <= limit
            # A rejected step leaves the first slope to the next one, and is counted as if it did so even across calls.
            clocks.evaluations[r] += STAGES if fresh else STAGES - 1
            if not size + slope < np.inf:
                clocks.time[r] = np.nan
                break
            if fresh:
                _combine(u, 1.0, a, slopes, _WEIGHTS, built)
                _multiply(a, u, phases[STAGES - 1], 1.0)
            _control(clocks, r, target, rate, limit)
        for j in range(n):
            spectrum[r, wave.tables.order[j]] = complex(a[j], a[n + j])


@njit
def _divide(clocks: Clocks, r: int, interval: float) -> None:
    """The largest step that divides ``interval`` and is not above the proposal, give or take round-off."""
    count = np.ceil(interval / clocks.proposal[r] * (1.0 - 1e-9))
    clocks.left[r] = max(1, int(min(count, 1e15)))
    clocks.step[r] = interval / clocks.left[r]


@njit
def _control(clocks: Clocks, r: int, target: float, rate: float, limit: float) -> None:
    """Book an accepted or rejected step, and choose the next one."""
    step, left = clocks.step[r], clocks.left[r]
    factor = _GROW
    if rate > 0.0:
        factor = min(_GROW, max(_SHRINK, _SAFETY * (limit / rate) ** _EXPONENT))
    if rate > limit:
        clocks.rejections[r] += 1
        clocks.proposal[r] = step * min(factor, _SAFETY)
        _divide(clocks, r, left * step)
        if clocks.left[r] == left:
            clocks.left[r] = left + 1
            clocks.step[r] = left * step / (left + 1)
        return
    clocks.left[r] = left - 1
    clocks.time[r] = target - (left - 1) * step
    if _KEEP_ABOVE <= factor <= _KEEP_BELOW:
        factor = 1.0
    # A step cut short by the interval says little about a longer one, unless it was too long itself.
    if factor < 1.0 or step * factor > clocks.proposal[r]:
        clocks.proposal[r] = step * factor
    if left > 1:
        _divide(clocks, r, (left - 1) * step)
        if clocks.left[r] == left - 1:
            clocks.step[r] = step


@njit
def _phases(phases: Reals, wave: Wave, step: float) -> None:
    """exp(-i k^2/2 c_s h) of every stage, zero for the modes cut off.

    The phase in turns is m^2 (c_s h pi / L^2). With the bracket in parts of 18 bits, products with m^2 < 2^35 are
    exact, and so is their reduction to a fraction.
    """
    square, kept = wave.square, wave.kept
    for stage in range(STAGES):
        turns = _NODES[stage] * step * wave.turns
        scaled = turns * 34359738369.0  # 2^35 + 1 (Dekker's splitting)
        high = scaled - (scaled - turns)
        scaled = (turns - high) * 34359738369.0
        middle = scaled - (scaled - (turns - high))
        low = (turns - high) - middle
        re, im = phases[stage, 0], phases[stage, 1]
        for j in range(square.shape[0]):
            p, q = square[j] * high, square[j] * middle
            fraction = ((p - np.floor(p)) + (q - np.floor(q))) + square[j] * low
            s, c = sincos_turn(fraction - np.floor(fraction))
            re[j], im[j] = kept[j] * c, -kept[j] * s


@njit
def _slopes(
    wave: Wave, a: Reals, u: Reals, phases: Reals, slopes: Reals, step: float, fresh: bool, work: Reals
) -> None:
    """dA/dtau of all stages, from the spectrum ``a`` at the start; the first is kept unless ``fresh``."""
    n = wave.tables.n
    for stage in range(0 if fresh else 1, STAGES):
        _combine(slopes[stage], 1.0, a, slopes, stage, step)
        _multiply(u, slopes[stage], phases[stage], 1.0)
        transform(wave.tables, u[:n], u[n:], phases[stage], work, INVERSE)
        _cubic(u[:n], u[n:], wave.sign / n)
        transform(wave.tables, u[:n], u[n:], phases[stage], work, FORWARD)
        _multiply(slopes[stage], u, phases[stage], -1.0)


@njit
def _error_rate(a: Reals, slopes: Reals, error: Reals) -> float:
    """L2 norm of the error estimate over h: that of order 5, weighted by its ratio to that of order 3 (dop853.f)."""
    _combine(error, 0.0, a, slopes, _ERROR_5, 1.0)
    fifth = _sum_of_squares(error)
    _combine(error, 0.0, a, slopes, _ERROR_3, 1.0)
    third = _sum_of_squares(error)
    if fifth == 0.0:
        return 0.0
    rate = float(fifth / np.sqrt(fifth + 0.01 * third))
    if rate < np.inf:
        return rate
    return np.inf


@njit_fast
def _combine(out: Reals, keep: float, base: Reals, slopes: Reals, row: int, step: float) -> None:
    """Set out = keep base + h sum_j a_j k_j for a row of the tableau, four terms in a pass."""
    size = out.shape[0]
    for i in range(size):
        out[i] = keep * base[i]
    for start in range(0, _COUNT[row], 4):
        w0, w1 = step * _WEIGHT[row, start], step * _WEIGHT[row, start + 1]
        w2, w3 = step * _WEIGHT[row, start + 2], step * _WEIGHT[row, start + 3]
        k0, k1 = slopes[_COLUMN[row, start]], slopes[_COLUMN[row, start + 1]]
        k2, k3 = slopes[_COLUMN[row, start + 2]], slopes[_COLUMN[row, start + 3]]
        for i in range(size):
            out[i] += (w0 * k0[i] + w1 * k1[i]) + (w2 * k2[i] + w3 * k3[i])


@njit_fast
def _multiply(out: Reals, z: Reals, phase: Reals, orientation: float) -> None:
    """Set out = z phase for orientation 1, z conj(phase) for -1; ``out`` and ``z`` (2n,), ``phase`` (2, n)."""
    n = phase.shape[1]
    re, im, pr, pi = z[:n], z[n:], phase[0], phase[1]
    out_re, out_im = out[:n], out[n:]
    for j in range(n):
        s = orientation * pi[j]
        out_re[j] = re[j] * pr[j] - im[j] * s
        out_im[j] = re[j] * s + im[j] * pr[j]


@njit_fast
def _cubic(re: Reals, im: Reals, factor: float) -> None:
    """Replace psi by i factor |psi|^2 psi."""
    for j in range(re.shape[0]):
        w = factor * (re[j] * re[j] + im[j] * im[j])
        re[j], im[j] = -w * im[j], w * re[j]


@njit_fast
def _sum_of_squares(x: Reals) -> float:
    total = 0.0
    for i in range(x.shape[0]):
        total += x[i] * x[i]
    return total
