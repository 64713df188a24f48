"""Null values: exact expectations for finite data of a named law."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlogy

from physent.diagnostics.arrays import along
from physent.diagnostics.gate import public
from physent.diagnostics.spaces import Space
from physent.diagnostics.units import Base
from physent.errors import UsageError
from physent.typing import Floats

_WIDE = 1e8  # variance from which on an expansion is exact, and a window of counts too wide


@public
def null_entropy(N: ArrayLike, law: ArrayLike | Space, *, base: Base = None) -> Floats:
    """Expected plug-in Shannon entropy, in nats, of N independent values of a law, exact.

    E[H] = ln N - (1/N) sum_a E[n_a ln n_a] with n_a ~ Binomial(N, p_a), since expectations add whether or not the cells
    are independent (derived here). `law`: probabilities (K,), or a space, which stands for the law that is uniform in
    its cell measures (isotropic on a `Sphere`). N has any shape, whole numbers from 1 to 2^63 - 1. Equal p are computed
    once.
    """
    numbers = np.asarray(N)
    if np.any(numbers < 1) or np.any(numbers != np.floor(numbers)):
        raise UsageError(f"null_entropy: N = {numbers}, expected whole numbers >= 1")
    p = _law(law)
    values, cells = np.unique(p[p > 0], return_counts=True)
    distinct, place = np.unique(numbers, return_inverse=True)
    table = [
        np.log(n) - sum(m * _mean_n_log_n(int(n), q) for q, m in zip(values, cells, strict=True)) / n for n in distinct
    ]
    attrs = {"long_name": "expected plug-in Shannon entropy", "units": "1", "base": "nats"}
    return np.asarray(along(lambda: np.array(table)[place].reshape(numbers.shape), attrs=attrs))


def _law(law: ArrayLike | Space) -> Floats:
    if isinstance(law, np.ndarray | list | tuple):
        p = np.asarray(law, np.float64)
        if p.ndim != 1 or not np.all(p >= 0) or abs(p.sum() - 1) > 1e-9:
            raise UsageError(f"law: expected probabilities (K,) >= 0 that sum to 1, found sum {p.sum():.12g}")
        return p
    mu = law.measure()  # type: ignore[union-attr]
    if not np.all(np.isfinite(mu)):
        raise UsageError("law: a space with an unbounded cell has no uniform law, give probabilities")
    return np.asarray(mu / mu.sum())


def _mean_n_log_n(n: int, p: float) -> float:
    """E[k ln k] for k ~ Binomial(n, p).

    For a variance above 1e8, by central moments: np ln np + (1 - p)/2 + (1 - p)(1 + p)/12np (derived here from the
    derivatives of k ln k and mu_2 ... mu_4; the next term is of order (np)^-2). Else probabilities follow from the mode
    by their ratios (n-k)/(k+1) p/(1-p) and are normalised, over a window of 10 standard deviations and 50 beyond the
    mode: outside it less than e^-45 is left (Bernstein's inequality).
    """
    if p >= 1:
        return float(xlogy(n, n))
    if n * p * (1 - p) > _WIDE:
        mean, rest = n * p, 1 - p
        return float(xlogy(mean, mean) + rest / 2 + rest * (1 + p) / (12 * mean))
    mode = min(int((n + 1) * p), n)
    reach = int(10 * np.sqrt(n * p * (1 - p))) + 50
    low, high = max(mode - reach, 0), min(mode + reach, n)
    up = np.arange(mode, high, dtype=np.float64)
    down = np.arange(mode, low, -1, dtype=np.float64)
    rising = np.cumprod((n - up) / (up + 1) * (p / (1 - p)))
    falling = np.cumprod(down / (n - down + 1) * ((1 - p) / p))
    weights = np.concatenate([falling[::-1], [1.0], rising])
    k = np.arange(low, high + 1, dtype=np.float64)
    return float((weights * xlogy(k, k)).sum() / weights.sum())
