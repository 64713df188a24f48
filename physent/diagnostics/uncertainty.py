"""Errors of statistics of correlated data: autocorrelation time and the block jackknife."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import fft

from physent.diagnostics.gate import public
from physent.diagnostics.scales import exponent
from physent.diagnostics.warn import warn
from physent.errors import RunError, UsageError
from physent.typing import Floats, Integers

if TYPE_CHECKING:
    from physent.diagnostics.arrays import Data, Dims

# Blocks are as long as this number of them allows: the error of a jackknife error is about 1/sqrt(2 blocks).
_BLOCKS = 32
_FEW = 8


@public
def autocorrelation_time(x: Data, axis: int = -1, *, dim: Dims = None) -> Any:
    """Integrated autocorrelation time tau = 1 + 2 sum_{t=1}^{M} rho(t), in samples; N/tau is the effective sample size.

    M is the smallest with M >= 5 tau(M) (Sokal 1997, 10.1007/978-1-4899-0319-8_6). x has shape (..., n) with time on
    `axis`, or is a DataArray with a clock, or `dim`; the result (...) is at least 1 unless the series is
    anticorrelated, and 1 for a constant series. A series shorter than about 50 tau gives a value that is too small.
    """
    series = np.moveaxis(np.asarray(x, np.float64), axis, -1)
    n = series.shape[-1]
    if n < 2:
        raise UsageError(f"autocorrelation_time: found {n} samples, expected at least 2")
    if not np.all(np.isfinite(series)):
        raise RunError("autocorrelation_time: found NaN or infinity, expected finite numbers")
    series = np.ldexp(series, -exponent(series, -1))
    deviation = series - series.mean(-1, keepdims=True)
    spectrum = fft.rfft(deviation, fft.next_fast_len(2 * n, real=True))
    covariance = fft.irfft(np.abs(spectrum) ** 2, fft.next_fast_len(2 * n, real=True))[..., :n]
    # The mean of a constant series may be off by rounding; what is left then is not a signal.
    level = (16 * np.finfo(np.float64).eps * np.abs(series).max(-1, initial=0)) ** 2 * n
    moving = covariance[..., 0] > level
    rho = covariance / np.where(moving, covariance[..., 0], 1.0)[..., None]
    tau = 2 * np.cumsum(rho, axis=-1) - 1
    wide = np.arange(n) >= 5 * tau
    window = np.where(wide.any(-1), wide.argmax(-1), n - 1)
    chosen = np.take_along_axis(tau, window[..., None], -1)[..., 0]
    return np.where(moving, chosen, 1.0)


def block_bounds(samples: int, tau: float) -> Integers:
    """Ends of consecutive blocks of nearly equal length >= 2 tau, at most 32 of them; fewer than 8 give a warning."""
    shortest = max(int(np.ceil(2 * tau)), 1)
    blocks = min(samples // shortest, _BLOCKS)
    if blocks < _FEW:
        warn(
            f"short series: {samples} samples hold {blocks} blocks of twice the autocorrelation time {tau:.3g}"
            f" (expected at least {_FEW}): the standard error is not resolved"
        )
    return np.linspace(0, samples, max(blocks, 1) + 1).astype(np.int64)


def jackknife_error(deleted: ArrayLike) -> Floats:
    """Standard error from the g delete-one-group values on the first axis: sqrt((g-1)/g sum (T_i - mean)^2).

    NaN for fewer than two groups (Efron 1982, 10.1137/1.9781611970319).
    """
    values = np.asarray(deleted, np.float64)
    groups = len(values)
    if groups < 2:
        return np.full(values.shape[1:], np.nan)
    e = exponent(values, 0)
    values = np.ldexp(values, -e)
    return np.asarray(np.ldexp(np.sqrt((groups - 1) / groups * ((values - values.mean(0)) ** 2).sum(0)), e[0]))


def block_share(length: float, tau: float) -> float:
    """Variance of the mean of a block of ``length`` samples, over that of a long block, variance tau / length.

    Consecutive blocks are not independent, so that a jackknife over them finds this share of the variance of the mean.
    Derived here for correlations phi^t, tau = (1 + phi)/(1 - phi) >= 1, by their sum over all pairs of the block:
    1 - 2 phi (1 - phi^b) / (b tau (1 - phi)^2); 1 for independent samples, 0.75 for a slow series and b = 2 tau.
    """
    phi = max(0.0, (tau - 1) / (tau + 1))
    return float(1 - 2 * phi * (1 - phi**length) / (length * tau * (1 - phi) ** 2)) if phi else 1.0


def block_error(deleted: ArrayLike, samples: int, tau: float) -> Floats:
    """`jackknife_error` of values that each lack one of the blocks of a series, over the root of `block_share`.

    tau is that of the slowest of several series; the errors of faster ones are then up to 1.15 times too large.
    """
    values = np.asarray(deleted, np.float64)
    return np.asarray(jackknife_error(values) / np.sqrt(block_share(samples / max(1, len(values)), tau)))


@public
def block_jackknife(
    statistic: Callable[[Floats], ArrayLike], x: Data, axis: int = 0, tau: float | None = None, *, dim: Dims = None
) -> tuple[Floats, Floats]:
    """Value of ``statistic(x)`` and its standard error, from values with one block of consecutive samples left out.

    Blocks are at least 2 tau long, tau by default the largest autocorrelation time of the series in x, and correlations
    between them are corrected for (`block_share`); `axis` is time, which is the first axis of the argument of
    `statistic` (Künsch 1989, 10.1214/aos/1176347265).
    """
    series = np.moveaxis(np.asarray(x, np.float64), axis, 0)
    if len(series) < 2:
        raise UsageError(f"block_jackknife: found {len(series)} samples, expected at least 2")
    longest = float(np.max(autocorrelation_time(series, 0))) if tau is None else tau
    bounds = block_bounds(len(series), longest)
    deleted = [statistic(np.delete(series, np.s_[a:b], 0)) for a, b in pairwise(bounds)] if len(bounds) > 2 else []
    value = np.asarray(statistic(series), np.float64)
    if any(np.shape(one) != value.shape for one in deleted):
        raise UsageError(
            "block_jackknife: the shape of the statistic depends on the number of samples, expected one shape"
        )
    return value, block_error(np.array(deleted).reshape(len(deleted), *value.shape), len(series), longest)
