"""Fluctuation relations of stochastic thermodynamics, from one number per independent trajectory; k_B = 1.

Exponential means are governed by rare trajectories: each comes with its effective number (sum e)^2/sum e^2 of them,
which must be large for the mean and its error to mean anything (about exp(w/T) trajectories are needed, w the mean
dissipated work of the reverse process; Jarzynski (2006), Phys. Rev. E 73, 046105, doi 10.1103/PhysRevE.73.046105).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, special

from physent.diagnostics.arrays import finite
from physent.diagnostics.gate import public
from physent.diagnostics.warn import warn
from physent.errors import RunError, UsageError
from physent.typing import Floats

LEAST_EFFECTIVE = 100.0
"""Effective trajectories below which an exponential mean is warned of."""


@dataclass(frozen=True)
class ExponentialMean:
    """ln of the mean of exp(-x), its standard error (which is relative to the mean), and the effective number."""

    log: float
    se: float
    effective: float


def exponential_mean(x: Floats) -> ExponentialMean:
    """Mean of exp(-x) of independent values (n,); no error of a single one."""
    lowest = x.min()
    e = np.exp(lowest - x)  # at most 1: no overflow
    mean, effective = float(e.mean()), float(e.sum() ** 2 / np.square(e).sum())
    error = float(e.std(ddof=1) / np.sqrt(len(x)) / mean) if len(x) > 1 else np.nan
    return ExponentialMean(float(np.log(mean) - lowest), error, effective)


def reliable_mean(x: Floats, what: str) -> ExponentialMean:
    """The same, with a warning that names ``what`` if fewer than 100 effective values make up the mean."""
    found = exponential_mean(x)
    if found.effective < LEAST_EFFECTIVE:
        warn(
            f"{what}: {found.effective:.3g} effective trajectories of {len(x)}, expected at least {LEAST_EFFECTIVE:g}: "
            "the mean of the exponential and its error rest on few rare ones; take more replicas, or go slower"
        )
    return found


@dataclass(frozen=True)
class Crooks:
    """Free energy difference by the acceptance ratio, and the slope of ln P_F(w)/P_R(-w), with standard errors."""

    free_energy: float
    free_energy_se: float
    slope: float
    slope_se: float


@public
def crooks(forward: Any, reverse: Any, temperature: float = 1.0) -> Crooks:
    """Compare the work of a process with that of its reverse: ln P_F(w)/P_R(-w) = (w - dF)/T.

    ``forward`` (n,) and ``reverse`` (m,) are the work done on the system in independent trajectories, each from
    equilibrium, the reverse ones with the protocol run backwards. dF is the estimate of least variance (Bennett (1976),
    J. Comput. Phys. 22, 245, doi 10.1016/0021-9991(76)90078-4; its error by Shirts et al. (2003), Phys. Rev. Lett. 91,
    140601, doi 10.1103/PhysRevLett.91.140601). The slope, 1/T by the theorem (Crooks (1999), Phys. Rev. E 60, 2721,
    doi 10.1103/PhysRevE.60.2721), is that of the logistic regression of forward against reverse on the work, which
    needs no histogram and is exact for the log-ratio that it tests. Raises UsageError for fewer than two values or a
    temperature that is not positive, RunError if the values do not overlap, so that no slope exists.
    """
    ahead, back = (
        finite(np.asarray(one, np.float64), name) for one, name in ((forward, "forward"), (reverse, "reverse"))
    )
    if ahead.ndim != 1 or back.ndim != 1 or min(len(ahead), len(back)) < 2 or not temperature > 0:
        raise UsageError(
            f"crooks: found shapes {ahead.shape} and {back.shape} and temperature = {temperature}, expected (n,) and "
            "(m,), n, m > 1, and a positive number"
        )
    w, is_forward = np.concatenate([ahead, -back]) / temperature, np.repeat([True, False], [len(ahead), len(back)])
    odds = np.log(len(ahead) / len(back))
    free = _acceptance_ratio(w, is_forward, odds)
    chance = special.expit(odds + w - free)
    variance = 1 / (chance * (1 - chance)).sum() - 1 / len(ahead) - 1 / len(back)
    slope, slope_se = _slope(w, is_forward, free)
    return Crooks(
        temperature * free,
        temperature * float(np.sqrt(max(variance, 0.0))),
        slope / temperature,
        slope_se / temperature,
    )


def _acceptance_ratio(w: Floats, is_forward: Any, odds: float) -> float:
    """The dF at which the chance of being forward, summed over all values, is their number: it grows with dF."""

    def excess(free: float) -> float:
        return float(special.expit(odds + w - free).sum() - is_forward.sum())

    return float(optimize.brentq(excess, w.min() - 40.0, w.max() + 40.0, xtol=1e-14))


def _slope(w: Floats, is_forward: Any, centre: float) -> tuple[float, float]:
    """Slope and its error of the logistic regression of ``is_forward`` on w."""
    x = np.stack([np.ones_like(w), w - centre])
    answer = is_forward.astype(np.float64)
    found = np.array([np.log(answer.mean() / (1 - answer.mean())), 1.0])
    for _ in range(100):
        chance = special.expit(found @ x)
        information = (x * (chance * (1 - chance))) @ x.T
        if not np.linalg.cond(information) < 1e14:
            break
        step = np.linalg.solve(information, x @ (answer - chance))
        found = found + step * min(1.0, 2.0 / np.abs(step).max())
        if np.abs(step).max() < 1e-10:
            return float(found[1]), float(np.sqrt(np.linalg.inv(information)[1, 1]))
    raise RunError(
        "crooks: the work of the forward and the reverse trajectories does not overlap; take a slower process"
    )


def detailed_slope(s: Floats) -> tuple[float, float]:
    """Slope a of ln P(s)/P(-s) = a s and its standard error, from independent values (n,).

    The most likely slope of the chance 1/(1 + exp(-a |s|)) that a value of modulus |s| is positive: no histogram, and
    a value 0 says nothing. NaN if all values have one sign.
    """
    if not ((s > 0).any() and (s < 0).any()):
        return np.nan, np.nan
    # The likelihood is concave; its derivative falls from above 0 at a = -inf to below 0 at inf.
    low, high = -1.0, 1.0

    def rising(a: float) -> float:
        return float((s * special.expit(-a * s)).sum())

    while rising(low) < 0:
        low *= 2
    while rising(high) > 0:
        high *= 2
    a = optimize.brentq(rising, low, high, xtol=1e-14)
    chance = special.expit(a * s)
    return float(a), float(1 / np.sqrt((s * s * chance * (1 - chance)).sum()))


@dataclass(frozen=True)
class UncertaintyRatio:
    """Squared uncertainty of a current times its entropy production, over the bound, and the standard error."""

    ratio: float
    se: float


@public
def thermodynamic_uncertainty(current: Any, entropy: Any) -> UncertaintyRatio:
    """var(J) <S>/(2 <J>^2) of independent trajectories, at least 1 in a steady state, with the error of the jackknife.

    ``current`` (n,) and ``entropy`` (n,) are totals over one time, n > 2 (Barato and Seifert (2015), Phys. Rev. Lett.
    114, 158101, doi 10.1103/PhysRevLett.114.158101; at finite times Horowitz and Gingrich (2017), Phys. Rev. E 96,
    020103, doi 10.1103/PhysRevE.96.020103). NaN if the current vanishes. Raises UsageError for other shapes.
    """
    j, s = (finite(np.asarray(one, np.float64), name) for one, name in ((current, "current"), (entropy, "entropy")))
    if j.ndim != 1 or j.shape != s.shape or len(j) < 3:
        raise UsageError(
            f"thermodynamic_uncertainty: found shapes {j.shape} and {s.shape}, expected (n,) of both, n > 2"
        )
    return UncertaintyRatio(*uncertainty_ratio(j, s))


def uncertainty_ratio(current: Floats, entropy: Floats) -> tuple[float, float]:
    """var(J) <S>/(2 <J>^2) of totals (n,) over one time, at least 1 in a steady state; its error by the jackknife.

    NaN if the current vanishes, or for fewer than three values.
    """
    n = len(current)
    if n < 3:
        return np.nan, np.nan
    whole = _ratio(current.mean(), current.var(ddof=1), entropy.mean())
    rest = (current.sum() - current) / (n - 1)
    squares = (np.square(current - current.mean()).sum() - np.square(current - current.mean()) * n / (n - 1)) / (n - 2)
    each = _ratio(rest, squares, (entropy.sum() - entropy) / (n - 1))
    return float(whole), float(np.sqrt((n - 1) / n * np.square(each - each.mean()).sum()))


def _ratio(current: Any, variance: Any, entropy: Any) -> Any:
    with np.errstate(all="ignore"):
        return np.where(current == 0, np.nan, variance * entropy / (2 * np.square(current)))
