"""How finely to sample a series for ordinal patterns: its natural time, and the delay that goes with it.

A pattern of ``order`` samples at ``delay`` spans t_pat = (order - 1) delay dt. With t_nat the natural time of the
motion, chaos, periodicity and noise separate best for 0.3 <= t_pat / t_nat <= 0.5 and a series of at least 1.5 t_nat:
at a smaller ratio everything smooth looks periodic, at a larger one chaos looks like noise.

Reference: S. O. Hyman, K. J. Daniel and D. A. Schaffner, PECCARY, arXiv:2407.11970, section 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from physent.diagnostics.arrays import finite
from physent.diagnostics.checks import EXACT
from physent.diagnostics.gate import public
from physent.diagnostics.ordinal import check_window
from physent.errors import RunError, UsageError

if TYPE_CHECKING:
    from physent.diagnostics.arrays import Data, Dims

RATIO = (0.3, 0.5)
LEAST_DURATION = 1.5


@public
def natural_time(
    x: Data, t: Data, *, method: Literal["crossings", "maxima", "minima"] = "crossings", dim: Dims = None
) -> float:
    """The typical period of a series ``x`` (n,) at increasing times ``t`` (n,), in the units of ``t`` (dates: seconds).

    ``crossings``: twice the duration t[-1] - t[0] over the number of crossings of the mean. (The peer package divides
    by t[-1], which is right only for a series that starts at zero.) ``maxima``, ``minima``: the mean time between
    neighbouring local extrema, for series that do not swing about their mean. `RunError` if there are too few.
    """
    values, times = finite(x, "series"), finite(t, "times")
    if values.ndim != 1 or values.shape != times.shape:
        raise UsageError(f"x and t must have one shape (n,), found {values.shape} and {times.shape}")
    if (np.diff(times) <= 0).any():
        raise UsageError("times must increase")
    if method == "crossings":
        above = values >= values.mean()
        crossings = np.count_nonzero(above[1:] != above[:-1])
        if crossings == 0:
            raise RunError("the series never crosses its mean: it has no natural time")
        return float(2.0 * (times[-1] - times[0]) / crossings)
    if method not in ("maxima", "minima"):
        raise UsageError(f"method must be crossings, maxima or minima, found {method}")
    rising = np.diff(values if method == "maxima" else -values)
    extrema = times[1:-1][(rising[:-1] > 0) & (rising[1:] <= 0)]
    if len(extrema) < 2:
        raise RunError(f"the series has {len(extrema)} {method}: the natural time needs at least 2")
    return float((extrema[-1] - extrema[0]) / (len(extrema) - 1))


@public
def pattern_time(order: int, delay: int, dt: float) -> float:
    """The time t_pat = (order - 1) delay dt that one pattern spans, in the units of ``dt``."""
    return (order - 1) * delay * dt


@public
def suggest_delay(natural_time: float, order: int, dt: float, *, ratio: float = 0.4) -> int:
    """The whole delay whose pattern time is nearest to ``ratio`` natural times; at least 1.

    If even delay 1 exceeds the window 0.3..0.5, the series is sampled too coarsely for this order; `advise` says so.
    """
    check_window(order)
    if not (natural_time > 0 and dt > 0 and ratio > 0):
        raise UsageError(f"times and ratio must be positive, found {natural_time}, {dt}, {ratio}")
    delay = ratio * natural_time / ((order - 1) * dt)
    if not delay < EXACT:
        raise UsageError(
            f"a natural time of {natural_time:g} spans {delay:.3g} steps of {dt:g}, expected fewer than 2^53"
        )
    return max(1, round(delay))


@dataclass(frozen=True)
class SamplingAdvice:
    """What `advise` found: times in the units of ``t``, and in ``doubts`` one line for each rule that is broken."""

    natural_time: float
    delay: int
    pattern_ratio: float
    duration_ratio: float
    doubts: tuple[str, ...]


@public
def advise(
    x: Data,
    t: Data,
    order: int = 5,
    delay: int | None = None,
    *,
    method: Literal["crossings", "maxima", "minima"] = "crossings",
    dim: Dims = None,
) -> SamplingAdvice:
    """The natural time, the delay (suggested, or the one given) and what is doubtful about them.

    ``x`` and ``t`` as `natural_time`, ``t`` equally spaced; times of dates are in seconds.
    """
    times = np.asarray(t, dtype=np.float64)
    period = natural_time(x, times, method=method)
    steps = np.diff(times)
    dt = float(steps.mean())
    if np.abs(steps - dt).max() > 1e-3 * dt:
        raise UsageError(f"times must be equally spaced, found steps {steps.min():g} to {steps.max():g}")
    chosen = suggest_delay(period, order, dt) if delay is None else delay
    ratio = pattern_time(order, chosen, dt) / period
    duration = float(times[-1] - times[0]) / period
    doubts = []
    if not RATIO[0] <= ratio <= RATIO[1]:
        doubts.append(
            f"a pattern of order {order} and delay {chosen} spans {ratio:.3g} natural times, "
            f"outside {RATIO[0]} to {RATIO[1]}"
        )
    if duration < LEAST_DURATION:
        doubts.append(f"the series lasts {duration:.3g} natural times, fewer than {LEAST_DURATION}")
    return SamplingAdvice(period, chosen, ratio, duration, tuple(doubts))
