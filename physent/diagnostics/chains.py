"""Monte Carlo series: effective sample size, R-hat, standard errors, and whether chains have mixed.

A series is (draws,) or (draws, replicas), as a sampler's variables lie in a file. Draws of a DataArray lie along its
clock, or along ``dim``, replicas along `replica`, and other dimensions stay. Independent draws are the case tau = 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft, special, stats

from physent.diagnostics.arrays import finite
from physent.diagnostics.gate import public
from physent.diagnostics.scales import exponent
from physent.errors import UsageError
from physent.typing import Floats

if TYPE_CHECKING:
    from physent.diagnostics.arrays import Dims

RHAT_BOUND = 1.01
LEAST_ESS = 100.0
TOO_FEW = "too few draws"
"""How the reason of `unmixed` begins if chains forget at once and merely have few draws."""
_FALSE_ALARM = 1e-6  # of one series whose chains do mix; 1e-4 for a run that judges a hundred of them
_CHANCE = 1e-3  # that means of replicas of one law scatter by more than their errors say
_MEMORY = 1.5  # autocorrelation time below which draws count as independent


@public
def effective_sample_size(x: Any, *, dim: Dims = None) -> Any:
    """Number of independent draws whose mean has the error of this series' mean; x (draws[, replicas, ...]) -> (...).

    N / tau over all replicas, each split in two halves, with tau = 1 + 2 sum rho_t over the initial positive, monotone
    sequence of pairs of autocorrelations (C. J. Geyer, Stat. Sci. 7, 473 (1992), 10.1214/ss/1177011137; for several
    chains A. Vehtari, A. Gelman, D. Simpson, B. Carpenter and P.-C. Buerkner, Bayesian Anal. 16, 667 (2021),
    10.1214/20-BA1221). Deviations are from the mean of all, so that chains that disagree count little: rho_t then is
    their eq. 10 but for a term of order tau / n from the mean of each half, which would make the size of many short
    chains too large, of white noise in 8 draws by 1.6. If correlations outlast half a chain, the chains are taken
    whole, and if the means of replicas scatter by more than all this explains (by chance once in 10^3 series), that
    scatter counts: replicas that differ for good are one draw each. At most N log10 N, for anticorrelated chains. NaN
    for a series that never varies. `UsageError` below 8 draws.
    """
    return _ess(_series(x))[0][()]


@public
def integrated_autocorrelation_time(x: Any, *, dim: Dims = None) -> Any:
    """Draws that count as one, N / `effective_sample_size`: 1 for independent draws; x (draws[, replicas, ...])."""
    series = _series(x)
    return (len(series) * series.shape[1] / _ess(series)[0])[()]


@public
def r_hat(x: Any, *, dim: Dims = None) -> float:
    """Split R-hat of ranks: the larger of that of the ranks and that of the distances from the median, folded.

    Every chain is cut in halves, all values are replaced by the normal quantiles of their ranks, (r - 3/8)/(N + 1/4),
    and sqrt(V / W) compares the variance of all with that within halves: 1 if all halves have one law, also for
    laws without moments (Vehtari et al. 2021, 10.1214/20-BA1221, section 4). NaN for a series that never varies.
    x is (draws,) or (draws, replicas).
    """
    series = _series(x)
    if series.ndim != 2:
        raise UsageError(f"r_hat: found shape {series.shape}, expected (draws,) or (draws, replicas)")
    found = [_split_rhat(part) for part in _ranked(_halves(series))]
    return float(np.nanmax(found)) if np.isfinite(found).any() else found[0]


@public
def mean_and_error(x: Any, *, dim: Dims = None) -> tuple[Any, Any]:
    """Mean over draws and replicas, and its standard error sqrt(variance / ESS); x (draws[, replicas, ...]) -> (...).

    ESS - 1 if replicas differ, each one draw: the variance about the mean of so few is low by that. Below 8 draws
    replicas are taken as the independent values; the error is NaN if there are fewer than two, or if the series never
    varies, which does not prove that the mean is exact.
    """
    series = _series(x, least=1)
    e = exponent(series, (0, 1))
    series, e = np.ldexp(series, -e), e[0, 0]
    mean = series.mean((0, 1))
    if len(series) >= 8:
        (count, few), spread = _ess(series), series.var((0, 1), ddof=1)
        count = np.where(few, np.maximum(count - 1, 0), count)
    else:
        of_replicas = series.mean(0)
        count = np.array(float(len(of_replicas)))
        spread = of_replicas.var(0, ddof=1) if len(of_replicas) > 1 else np.zeros(mean.shape)
    error = np.sqrt(np.where((spread > 0) & (count > 0), spread, np.nan) / np.where(count > 0, count, 1.0))
    return np.ldexp(mean, e)[()], np.ldexp(error, e)[()]


@public
def unmixed(x: Any, *, rhat_bound: float = RHAT_BOUND, least: float = LEAST_ESS, dim: Dims = None) -> str:
    """Why these chains cannot be trusted, in one line; empty if nothing speaks against them.

    A chain that never moves, or not for half of its draws, is stuck. R-hat over half chains, and that of all first
    against all second halves, must not pass ``rhat_bound`` (Vehtari et al. 2021 advise 1.01), or what chance allows if
    that is more: for M halves of n draws that share one law, R-hat^2 - 1 + 1/n = B/W scatters as (tau/n) F, where F has
    (M - 1, nu) degrees of freedom and nu is what the estimate of tau is worth. One in 10^6 such series passes the
    bound, so one in 10^4 runs that judge a hundred; halves of fewer than 20 draws must be nearly independent for that.
    tau, at least 1, is that within halves, so that it does not grow if chains disagree; halves shorter than it are
    refused. At least ``least`` effective draws are asked for: below, neither R-hat nor an error bar says much. Draws
    that are nearly independent (autocorrelation time below 1.5) are then said to be `TOO_FEW`.
    """
    found = doubt(_series(x, least=1), rhat_bound, least)
    return found.text if found else ""


class Doubt(NamedTuple):
    """Why a series cannot be trusted: the cause, and what is said of draws of a sampler."""

    cause: Literal["stuck", "short", "differs", "correlated", "few"]
    text: str


def doubt(series: Floats, rhat_bound: float = RHAT_BOUND, least: float = LEAST_ESS) -> Doubt | None:
    """The first that speaks against a series (draws, replicas); see `unmixed`."""
    still = np.flatnonzero(np.ptp(series, axis=0) == 0)
    if len(still):
        where = "every replica" if len(still) == series.shape[1] else f"replica {', '.join(map(str, still[:8]))}"
        return Doubt("stuck", f"the value never changes in {where}: the chain is stuck, or has too few draws")
    if len(series) < 8:
        text = f"{len(series)} draws are too few to judge whether the chain mixes, expected at least 8"
        return Doubt("short", text)
    halves = _halves(series)
    if len(still := _stuck(halves) % series.shape[1]):
        where = f"half of the draws of replica {', '.join(map(str, still[:8]))}"
        return Doubt("stuck", f"the value never changes in {where}: the chain is stuck")
    for scores in _ranked(halves):
        if found := _disagreement(scores, rhat_bound):
            return found
    count = float(_ess(series)[0])
    if not count >= least:
        if not series.size / count >= _MEMORY:
            text = f"{TOO_FEW}: {series.size} that are nearly independent, expected at least {least:.4g}"
            return Doubt("few", text)
        text = (
            f"{count:.3g} effective draws of {series.size}, expected at least {least:.4g}: the series is too short"
            f" for its autocorrelation time, {series.size / count:.3g} draws"
        )
        return Doubt("correlated", text)
    return None


def _series(x: Any, least: int = 8) -> Floats:
    values = finite(x, "draws")
    values = values[:, None] if values.ndim == 1 else values
    if len(values) < least:
        raise UsageError(f"a series of draws: found {len(values)} draws, expected at least {least}")
    return values


def _halves(series: Floats) -> Floats:
    half = len(series) // 2
    return np.concatenate([series[:half], series[len(series) - half :]], axis=1)


def _autocovariance(deviations: Floats) -> Floats:
    """C_m(t) with divisor n, along the first axis."""
    n = len(deviations)
    size = fft.next_fast_len(2 * n, real=True)
    spectrum = fft.rfft(deviations, size, axis=0)
    return np.asarray(fft.irfft(spectrum.real**2 + spectrum.imag**2, size, axis=0)[:n] / n)


def _ess(series: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Effective size of (draws, replicas, ...), and whether so few draws count that the variance is too small by them:
    if correlations outlast half a chain, or replicas differ for good.
    """
    series = np.ldexp(series, -exponent(series, (0, 1)))
    count, few = _from_correlations(*_correlations(_halves(series)))
    if few.any():
        whole, _ = _from_correlations(*_correlations(series))
        count = np.where(few, np.minimum(count, whole), count)
    if series.shape[1] > 1:
        scatter, variance = series.mean(0).var(0, ddof=1) / series.shape[1], series.var((0, 1), ddof=1)
        for at in map(tuple, np.argwhere(scatter * count > variance)):
            if _differ(series[(..., *at)]):
                count[at], few[at] = 1 + variance[at] / scatter[at], True
    return count, few


def _differ(chains: Floats) -> bool:
    """Whether the means of chains (n, M) scatter by more than their own fluctuations explain; see `_disagreement`."""
    n, m = chains.shape
    means = chains.mean(0)
    covariance = _autocovariance(chains - means).mean(1)
    variance, window = _variance_of_mean(covariance)
    ratio = stats.f.isf(_CHANCE, m - 1, n * m / (2 * window + 1))
    return bool(means.var(ddof=1) > ratio * max(variance, covariance[0] / (n - 1)))


def _correlations(chains: Floats) -> tuple[Floats, int]:
    covariance = _autocovariance(chains - chains.mean((0, 1))).mean(1)
    return covariance / _or_nan(covariance[0], chains), chains.shape[0] * chains.shape[1]


def _stuck(halves: Floats) -> NDArray[np.intp]:
    """Halves that keep one value, unless a law of few values, one of them as likely as not, can do so by itself."""
    still = np.flatnonzero(np.ptp(halves, axis=0) == 0)
    if not len(still) or len(halves) < 20 or len(still) == halves.shape[1]:
        return still[:0]
    others = np.delete(halves, still, axis=1)
    return still if np.unique(others, return_counts=True)[1].max() < others.size / 2 else still[:0]


def _disagreement(chains: Floats, least_bound: float) -> Doubt | None:
    """How chains (n, M), the first halves before the second, differ by more than chance allows; None if they do not.

    With v the variance of a chain's mean, tau/n = v/W and B/v is an F ratio: Sokal 1997, 10.1007/978-1-4899-0319-8_6,
    eq. 3.19, gives a tau from lags up to T the relative variance 2 (2 T + 1)/(M n), that of a chi-square of
    nu = M n/(2 T + 1) degrees of freedom over nu. Deviations are from what other chains do at the same time, for which
    nu pays two chains, so that a drift that all share is no noise. Such a drift spreads over M - 1 degrees among all
    halves, and is looked for among the two means of all first and all second ones, too.
    """
    n, m = chains.shape
    if np.ptp(chains) == 0:
        return None
    means, within = chains.mean(0), chains.var(0, ddof=1).mean()
    noise = (chains - means).reshape(n, 2, -1)
    if m > 2:
        noise = (noise - noise.mean(2, keepdims=True)) * np.sqrt(m / (m - 2))
    covariance = _autocovariance(noise.reshape(n, m)).mean(1)
    variance, window = _variance_of_mean(covariance)
    variance, worth = max(variance, covariance[0] / (n - 1)), n * max(1, m - 2) / (2 * window + 1)
    if n >= 8 and not variance < covariance[0]:
        text = f"R-hat is {_split_rhat(chains):.4g} over {m} half chains, no longer than their autocorrelation time"
        return Doubt("short", text)
    two = means.reshape(2, -1).mean(1)
    for of, said in ((means, f"{m} half chains"), (two, "the first and the second half of all chains")):
        ratio = stats.f.isf(_FALSE_ALARM / 4, len(of) - 1, worth)
        allowed = 1 - 1 / n + np.array([of.var(ddof=1), ratio * variance * len(of) / m]) / within
        found, bound = np.sqrt(np.maximum(allowed, np.square([0.0, least_bound])))
        if found > bound:
            text = f"R-hat is {found:.4g} over {said}, expected at most {bound:.4g}: the chains have not mixed"
            return Doubt("differs", text)
    return None


def _variance_of_mean(covariance: Floats) -> tuple[float, int]:
    """Variance v of the mean of a chain, from autocovariances about that mean, and the last lag that is summed.

    Deviations from a chain's own mean lack v at every lag: with the weights w = 1 - t/n of the divisor n, the
    covariances are w C(t) = c(t) + w v, and n v = sum w C over the initial monotone sequence, solved by iteration up
    to a third of the chain. What remains, of third order in v, mostly the tail behind that sequence, was fitted to
    autoregressions of 2 to 12 tau.
    """
    n = len(covariance)
    weight = 1 - np.arange(n) / n
    last = max(2, n // 3 // 2 * 2)
    variance, window = 0.0, 0
    for _ in range(2):
        pairs, window = _initial_sequence((covariance + variance * weight)[:last])
        missing = 2 * weight[: window + 1].sum() - 1
        total = 2 * pairs.sum() - covariance[0] - variance
        variance = max(0.0, total - variance * missing) / (n - missing)
    rest = 1 - 3 * (variance / covariance[0]) ** 2
    return variance / rest if rest > 0 else np.inf, window


def _initial_sequence(rho: Floats) -> tuple[Floats, int]:
    """Sums of pairs of neighbours as far as they are positive, made monotone (Geyer 1992), and the last lag in them."""
    pairs = rho[0 : len(rho) // 2 * 2 : 2] + rho[1 : len(rho) // 2 * 2 : 2]
    positive = np.logical_and.accumulate(pairs > 0, axis=0)
    monotone = np.minimum.accumulate(np.where(positive, pairs, 0.0), axis=0)
    return monotone, max(1, 2 * int(np.max(positive.sum(0))) - 1)


def _or_nan(variance: Floats, chains: Floats) -> Floats:
    """NaN for a variance that is nothing but rounding of the mean."""
    rounding = 4 * np.finfo(np.float64).eps * np.abs(chains).max((0, 1))
    return np.where(variance > rounding**2, variance, np.nan)


def _from_correlations(rho: Floats, draws: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Effective size, and whether correlations are positive to the last lag and tau is over half of the chain."""
    rho[0] = np.where(np.isnan(rho[0]), np.nan, 1.0)
    pairs = _initial_sequence(rho)[0]
    tau = 2 * pairs.sum(0) - 1
    ess = draws / np.maximum(tau, 1 / np.log10(max(draws, 11)))
    return np.asarray(np.where(np.isnan(rho[0]), np.nan, ess)), np.asarray((pairs[-1] > 0) & (tau > len(rho) / 2))


def _ranked(halves: Floats) -> tuple[Floats, Floats]:
    """Normal scores of the values, and of their distances from the median of all."""
    return _normal_scores(halves), _normal_scores(np.abs(halves - np.median(halves)))


def _normal_scores(values: Floats) -> Floats:
    ranks = stats.rankdata(values, axis=None).reshape(values.shape)
    return np.asarray(special.ndtri((ranks - 0.375) / (values.size + 0.25)))


def _split_rhat(chains: Floats) -> float:
    n = len(chains)
    within = chains.var(0, ddof=1).mean()
    between = chains.mean(0).var(ddof=1)
    return float(np.sqrt((n - 1) / n + between / within)) if within > 0 else (np.nan if between == 0 else np.inf)


def as_series(x: ArrayLike) -> Floats:
    """Draws as (draws, replicas), finite float64, from one draw on."""
    return _series(x, least=1)
