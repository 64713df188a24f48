"""Entropy production per unit of time of a stationary series, from counts of steps or from fluctuating currents."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np

from physent.diagnostics.current_bounds import bound
from physent.diagnostics.dynamics import windows, words
from physent.diagnostics.gate import public
from physent.diagnostics.missing import OMIT, Missing, judge
from physent.diagnostics.warn import ENOUGH, warn
from physent.errors import RunError, UsageError
from physent.typing import Floats, Integers

if TYPE_CHECKING:
    from physent.diagnostics.arrays import Data, Dims

Method: TypeAlias = Literal["network", "plug_in", "short_time_tur"]
BLOCKS = 32


class EntropyProduction(NamedTuple):
    """Entropy production per unit of time, units of k_B.

    `value` is less its own estimated `bias` from finite data; `standard_error` is that of one series, from 32 stretches
    of it. `interval_bias` is by how much the value changes if every second sample is taken, about the bias of the
    interval itself, which is not subtracted: NaN if each sample is a jump, and cannot be left out.
    """

    value: float
    standard_error: float
    bias: float
    interval_bias: float


@public
def entropy_production(
    x: Data,
    method: Method = "network",
    *,
    dt: float = 1.0,
    length: int = 2,
    basis: Callable[[Floats], Any] | None = None,
    dim: Dims = None,
    axes: Dims = None,
    missing: Missing = "refuse",
) -> EntropyProduction:
    """Entropy production per unit of time of one stationary series (n,) or (n, d), samples ``dt`` apart.

    - ``network``: x are the states 0, 1, 2, ... of a Markov process, or (n, 2), states and the channel by which each
      was entered. Schnakenberg's sum over pairs of states and channels, (n_ij - n_ji) ln(n_ij/n_ji) per time; channels
      that are not told apart hide entropy production. A list of jumps, no two states alike in a row, has ``dt`` = the
      mean dwell; any other series counts as sampled.
    - ``plug_in``: x are symbols that may hide part of the state. [D_L - D_(L-1)] times jumps per time, D_L the
      irreversibility of words of L = ``length`` successive different symbols (`time_irreversibility`): a lower bound
      that grows with L. Length 2 is ``network``.
    - ``short_time_tur``: x are coordinates of an overdamped motion, all even under time reversal. The largest
      2 <j>^2/(dt var j) over currents j = sum_k c_k psi_k(x at mid-step) dx: a lower bound as dt -> 0, then tight for
      all currents; at any dt it is at most (e^(sigma dt) - 1)/dt of the true sigma (Y. Hasegawa and T. Van Vu, Phys.
      Rev. Lett. 123, 110602 (2019), 10.1103/PhysRevLett.123.110602). ``basis`` gives psi (n, m) from points (n, d), by
      default 1 and the coordinates, which serves linear forces; unwrap periodic coordinates and take a periodic
      basis. c is fitted to one half and applied to the other.

    Bias of finite data, subtracted: of counts upwards, about 2/T per independent cycle, by the jackknife; of the
    bound 4/T by the noise of <j>. The choice among M currents lowers the bound by about 4 (M - 1)/T, which stays. Bias
    of the interval, told as `interval_bias`, with a warning over 2 standard errors, 5 % and 4/T: missed jumps and
    curved paths lower the value; half of the interval halves it. Undersampled steps, fewer than 10 in either direction,
    are warned of; infinite if a step occurs that never does backwards. Limit of use: one stationary series much longer
    than its slowest relaxation, that visits every state; of replicas, average. ``missing``: steps to or from a missing
    sample are left out. `UsageError` for fewer than 64 samples, or a method that does not fit the data.

    References: J. Schnakenberg, Rev. Mod. Phys. 48, 571 (1976), 10.1103/RevModPhys.48.571; E. Roldan and
    J. M. R. Parrondo, Phys. Rev. E 85, 031129 (2012), 10.1103/PhysRevE.85.031129; S. K. Manikandan, D. Gupta and
    S. Krishnamurthy, Phys. Rev. Lett. 124, 120603 (2020), 10.1103/PhysRevLett.124.120603; S. Otsubo, S. Ito, A. Dechant
    and T. Sagawa, Phys. Rev. E 101, 062106 (2020), 10.1103/PhysRevE.101.062106.
    """
    raw = np.asarray(x)
    if len(raw) < 2 * BLOCKS:
        raise UsageError(f"{len(raw)} samples, expected {2 * BLOCKS} or more")
    if not dt > 0:
        raise UsageError(f"dt must be positive, found {dt}")
    if method == "short_time_tur":
        points = raw.reshape(len(raw), -1).astype(np.float64)
        _whole(np.isnan(points).any(1), missing)
        coarse = _strided(lambda part: bound(part, basis, 2 * dt)[0], points)
        return _told(*bound(points, basis, dt), coarse, len(raw) * dt)
    if length < 2:
        raise UsageError(f"length must be at least 2, found {length}")
    symbols = _symbols(raw, method, missing)
    _whole((symbols < 0).any(1), missing)
    words_of = 2 if method == "network" else length
    found = _by_counts(symbols, words_of, dt)
    stays = np.all(symbols[1:] == symbols[:-1], axis=1)
    if symbols.shape[1] > 1 or not stays.any():
        return _told(*found, np.nan, len(raw) * dt)
    coarse = _strided(lambda part: _by_counts(part, words_of, 2 * dt, quiet=True)[0], symbols)
    return _told(*found, coarse, len(raw) * dt)


def _told(value: float, error: float, bias: float, coarse: float, duration: float) -> EntropyProduction:
    change = coarse - value
    if np.isfinite(change) and abs(change) > max(2 * error, 0.05 * abs(value), 4 / duration):
        warn(
            f"interval: {value:.4g} from all samples, {coarse:.4g} from every second one: the sampling interval itself"
            " matters; sample faster, or extrapolate to dt = 0"
        )
    return EntropyProduction(float(value), float(error), float(bias), float(change))


def _strided(value: Callable[[Any], float], series: Any) -> float:
    """Mean of the values of the two halves that every second sample makes."""
    return float(np.mean([value(series[first::2]) for first in (0, 1)])) if len(series) >= 4 * BLOCKS else np.nan


def _whole(lost: Any, missing: Missing) -> None:
    """Refuse a series without a whole step; count the lost ones."""
    if missing == OMIT:
        judge(lost[1:] | lost[:-1])


def _symbols(raw: Any, method: str, missing: Missing) -> Integers:
    """States, and channels if there are any, as columns of whole numbers (n, 1 or 2); -1 if missing."""
    if raw.ndim > 1 and (method != "network" or raw.shape[1] > 2):
        allowed = "(n,), or (n, 2) with channels" if method == "network" else "(n,)"
        raise UsageError(f"{method}: found series {raw.shape}, expected {allowed}")
    columns = raw.reshape(len(raw), -1)
    known = ~np.isnan(columns) if columns.dtype.kind == "f" else np.ones(columns.shape, bool)
    filled = np.where(known, columns, 0)
    if columns.dtype.kind == "f" and (missing != OMIT or not (filled == np.floor(filled)).all()):
        raise UsageError(f"{method}: the states must be integers (encode them first), found {raw.dtype}")
    if filled.min() < 0:
        raise RunError(f"{method}: states must be 0, 1, 2, ..., found {filled.min()}")
    return np.where(np.logical_and.reduce(known, axis=1, keepdims=True), filled, -1).astype(np.int64)


def _by_counts(symbols: Integers, length: int, dt: float, *, quiet: bool = False) -> tuple[float, float, float]:
    """Value less bias, standard error and bias, by the jackknife over stretches of the series."""
    known = symbols[:, 0] >= 0
    whole_steps = known[1:] & known[:-1]
    order = np.cumsum(whole_steps)  # stretches are equal in steps that are known
    stretch = np.maximum(order - 1, 0) * BLOCKS // max(1, int(order[-1]))
    steps = np.bincount(stretch[whole_steps], minlength=BLOCKS) * dt
    moved = np.any(symbols[1:] != symbols[:-1], axis=1)  # also by another channel into the same state
    places = np.concatenate([[0], np.flatnonzero(moved) + 1])
    stretch = stretch[places[1:] - 1]
    tables = [_table(symbols[places], stretch, size) for size in range(2, length + 1)[-2:]]
    jumps = _table(symbols[places], stretch, 2)[0].sum(1)

    def rate(left_out: int | None) -> float:
        keep = np.arange(BLOCKS) != left_out
        values = [_divergence(counts[keep].sum(0), back) for counts, back in tables]
        gain = values[-1] - (values[0] if len(values) > 1 else 0.0)
        return float(gain * jumps[keep].sum() / steps[keep].sum())

    whole = rate(None)
    counts, back = tables[-1][0].sum(0), tables[-1][1]
    if np.isinf(whole) or np.isnan(whole):
        if not quiet:
            never = int(np.count_nonzero((counts > 0) & (counts[back] == 0)))
            warn(f"one-way: {never} of {np.count_nonzero(counts)} steps never occur backwards: the value is infinite")
        return np.inf, np.nan, np.nan
    rare = int(np.count_nonzero(np.minimum(counts, counts[back]) < ENOUGH))
    if rare and not quiet:
        warn(
            f"undersampled: {rare} of {len(counts)} steps of {length} symbols occur fewer than {ENOUGH} times, forwards"
            " or backwards: the value is too high; take a longer series"
        )
    deleted = np.array([rate(one) for one in range(BLOCKS)])
    mean = deleted.mean()
    error = np.sqrt((BLOCKS - 1) * np.mean((deleted - mean) ** 2))
    bias = (BLOCKS - 1) * (mean - whole)
    return whole - bias, float(error), float(bias)


def _table(symbols: Integers, stretch: Integers, length: int) -> tuple[Integers, Integers]:
    """Counts of each word of successive different states by stretch (BLOCKS, words), and its number backwards.

    A word is s_0, c_1, s_1, c_2, ... with c_k the channel of the step to s_k.
    """
    if len(symbols) < length:
        return np.zeros((BLOCKS, 1), np.int64), np.zeros(1, np.int64)
    states = windows(symbols[:, 0], length)
    whole = np.logical_and.reduce([column >= 0 for column in states])
    states = [column[whole] for column in states]
    channels = [column[whole] for column in windows(symbols[:, -1], length)[1:]] if symbols.shape[1] > 1 else []
    stretch = stretch[: len(whole)][whole]
    if not len(stretch):
        return np.zeros((BLOCKS, 1), np.int64), np.zeros(1, np.int64)
    forward, backward = [*states, *channels], [*states[::-1], *channels[::-1]]
    numbered: list[Integers] = [
        np.unique(np.concatenate(both), return_inverse=True)[1] for both in zip(forward, backward, strict=True)
    ]
    number = np.unique(words(numbered), return_inverse=True)[1]
    ahead, behind = np.split(number, 2)
    size = int(number.max()) + 1
    back = np.zeros(size, np.int64)
    back[ahead], back[behind] = behind, ahead
    return np.bincount(stretch * size + ahead, minlength=BLOCKS * size).reshape(BLOCKS, size), back


def _divergence(counts: Integers, back: Integers) -> float:
    """Sum p ln(p/p backwards) of words."""
    seen = counts > 0
    with np.errstate(divide="ignore"):
        ratio = np.log(counts[seen] / counts[back][seen])
    return float(counts[seen] @ ratio / counts.sum()) if seen.any() else 0.0
