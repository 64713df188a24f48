"""Exact expectation of the plug-in entropy of a finite number of particles in many cells."""

from __future__ import annotations

import itertools
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = NDArray[np.float64]

SERIES_FROM = 64.0
# Asymptotic series of E[k ln k] - m ln m in 1/m, from the central moments of the Poisson law.
_SERIES = (1 / 2, 1 / 12, 1 / 12, 19 / 120, 9 / 20, 863 / 504, 1375 / 168, 33953 / 720)


def mean_n_log_n(mean: ArrayLike) -> Array:
    """E[k ln k] of Poisson counts k of the given means, within 1e-11; shape of ``mean``.

    Below 64, the sum over k; above, the series m ln m + 1/2 + 1/12m + 1/12m^2 + 19/120m^3 ..., derived here from
    k ln k = sum_j (-1)^j (k - m)^j / (j (j - 1) m^(j-1)) about m and the central moments
    mu_(j+1) = m (dmu_j/dm + j mu_(j-1)).
    """
    m = np.asarray(mean, np.float64)
    flat = m.ravel()
    value = np.zeros_like(flat)
    # In groups, since small means need few terms; below 1e-12 the value, m^2 ln 2, is taken as 0.
    bounds = (1e-12, 0.5, 4.0, 20.0, SERIES_FROM)
    for least, most in itertools.pairwise(bounds):
        here = (flat >= least) & (flat < most)
        if here.any():
            value[here] = _summed(flat[here], int(most + 12 * np.sqrt(most)) + 12)
    large = flat >= SERIES_FROM
    value[large] = flat[large] * np.log(flat[large]) + np.polynomial.polynomial.polyval(1 / flat[large], _SERIES)
    return value.reshape(m.shape)


def _summed(mean: Array, last: int) -> Array:
    weight, total = np.exp(-mean), np.zeros_like(mean)
    for k in range(1, last + 1):
        weight = weight * (mean / k)
        total += weight * (k * np.log(k))
    return total


def expected_plugin(p: ArrayLike, n: float) -> Array:
    """Expected plug-in entropy, in nats, of n particles in cells of probability p (..., K).

    It is ln n - sum_a E[k_a ln k_a]/n with Poisson counts k_a of mean n p_a. For a fixed number of particles the counts
    are binomial, and the leading bias is (K - 1)/2n instead of K/2n: that 1/2n is the only difference
    (exact, cell by cell: `physent.diagnostics.null_entropy`). The value tends to -sum p ln p less K/2n if every
    n p_a is large (G. A. Miller, "Note on the bias of information estimates", 1955).
    """
    cells = np.asarray(p, np.float64)
    return np.asarray(np.log(n) - mean_n_log_n(n * cells).sum(-1) / n)


def expected_occupied(p: ArrayLike, n: float) -> Array:
    """Expected number of occupied cells, sum_a [1 - exp(-n p_a)], of n particles in cells of p (..., K)."""
    return np.asarray(-np.expm1(-n * np.asarray(p, np.float64)).sum(-1))
