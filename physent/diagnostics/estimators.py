"""Estimators of Shannon entropy from counts n (..., K), and their delete-one values. All in nats.

The plug-in value is biased low by about (K - 1)/2N; the others correct it in different ways. Each function takes
non-negative whole counts and returns an array (...); the sum N must be positive.

Nothing here is a difference of numbers that grow with N: with D(n) = n ln n - (n - 1) ln(n - 1) = ln n + 1 + q(n)/n,
leaving out a count of cell a changes (N - 1) times the plug-in value by D(N) - D(n_a) - H, and q is known to full
accuracy at every n (`_second`). Values are therefore good to rounding up to the largest N of `Counts`, 2^63 - 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import comb

import numpy as np
from scipy.special import psi, xlogy

from physent.diagnostics.entropies import Shannon
from physent.typing import Floats


def plugin(n: Floats) -> Floats:
    """Entropy of the relative frequencies: maximum likelihood."""
    return Shannon()(n / n.sum(-1, keepdims=True))


def miller_madow(n: Floats) -> Floats:
    """Plug-in plus (occupied cells - 1)/2N (Miller 1955, "Note on the bias of information estimates")."""
    return np.asarray(plugin(n) + (np.count_nonzero(n, axis=-1) - 1) / (2 * n.sum(-1)))


def grassberger(n: Floats) -> Floats:
    """Entropy ln N - sum n G(n) / N (Grassberger 2003, arXiv:physics/0307138).

    Its bias is small, its values are not bounded: n ln n - n G(n) is negative for even n, at least -0.0365 n, at n = 2.
    So it can lie below plug-in by up to 0.0365, and below zero by as much (two counts in one cell; 1/6N^2 for large
    even N). Odd counts put it above plug-in, and above the logarithm of the number of cells if most are 1.
    """
    total = n.sum(-1)
    return np.asarray(np.log(total) - (n * digamma_like(n)).sum(-1) / total)


def digamma_like(n: Floats) -> Floats:
    """Grassberger's G(n) = psi(n) + (-1)^n [psi((n+1)/2) - psi(n/2)]/2, and 0 at n = 0.

    Equal to psi(floor(n/2) + 1/2) + ln 2: for even n by the duplication formula
    psi(n) = [psi(n/2) + psi(n/2 + 1/2)]/2 + ln 2, and G(2m + 1) = G(2m).
    """
    values = np.zeros(np.shape(n))
    seen = n > 0
    values[seen] = psi(np.floor(n[seen] / 2) + 0.5) + np.log(2)
    return values


def jackknife(n: Floats) -> Floats:
    """Entropy N H - (N - 1) mean of the plug-in values with one count left out (Zahl 1977, 10.2307/1936227).

    That is D(N) - sum n D(n) / N = H + [q(N) - sum q(n)] / N.
    """
    total = n.sum(-1)
    return np.asarray(plugin(n) + (_second(total) - _second(n).sum(-1)) / total)


def chao_shen(n: Floats) -> Floats:
    """Coverage-adjusted Horvitz-Thompson estimate (Chao and Shen 2003, 10.1023/A:1026096204727).

    p = C n/N with C = 1 - f1/N, f1 the cells seen once (N - 1 of them if all are); sum -p ln p / (1 - (1 - p)^N).
    """
    total = n.sum(-1, keepdims=True)
    singles = np.count_nonzero(n == 1, axis=-1, keepdims=True)
    singles = np.where(singles == total, total - 1, singles)
    p = (1 - singles / total) * n / total
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = -xlogy(p, p) / -np.expm1(total * np.log1p(-p))
    return np.asarray(np.where(p > 0, terms, 0.0).sum(-1))


def james_stein(n: Floats) -> Floats:
    """Entropy of frequencies shrunk towards uniform on all K cells (Hausser and Strimmer 2009, JMLR 10, 1469)."""
    total = n.sum(-1, keepdims=True)
    p = n / total
    target = 1 / n.shape[-1]
    spread = (total - 1) * ((target - p) ** 2).sum(-1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(spread > 0, (1 - (p**2).sum(-1, keepdims=True)) / spread, 1.0)
    share = np.clip(share, 0, 1)
    shrunk = share * target + (1 - share) * p
    return np.asarray(-xlogy(shrunk, shrunk).sum(-1))


def bias_left(n: Floats) -> Floats:
    """What is still missing from `jackknife` if the bias of the plug-in value falls as a power of N; (...), in nats.

    With a bias -b N^-alpha the jackknife adds N (H_N - H_(N-1)) = alpha b N^-alpha, so that (1/alpha - 1) times what it
    added is left; alpha itself follows from leaving out a second count. With q(n) = n [(n - 1) ln(n/(n - 1)) - 1],
    which is 0, -1, -0.61, ... -> -1/2, expected values over the count left out give to relative order 1/N

        c = N (jackknife - plug-in) = -1/2 - sum q(n),    alpha = 1 + s/c,    s = sum n [q(n) - q(n - 1)]

    (derived here). Well sampled cells have s = 0: alpha = 1 and nothing left. Cells seen once make s negative; if
    there are so many that alpha <= 0, nothing bounds what is missing, and the result is infinite.
    """
    total = n.sum(-1)
    c = -0.5 - _second(n).sum(-1)
    s = _step(n).sum(-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        left = -c * s / ((c + s) * total)
    return np.where(c <= 0, 0.0, np.where(c + s > 0, left, np.inf))


_FAR = 32  # up to here by the closed form, beyond by a series in 1/n, where that cancels
_NEAR = np.array([0.0, -1.0, *(m * ((1 - m) * np.log1p(-1 / m) - 1) for m in range(2, _FAR + 1))])
# q(n) = -sum_k n^(1 - k)/(k (k + 1)), since -(n - 1) ln(1 - 1/n) = 1 - sum_k n^-k/(k (k + 1)); the highest power first
_SERIES = [-1 / (k * (k + 1)) for k in range(11, 0, -1)]
_STEPS = np.arange(_FAR + 1.0) * np.diff(_NEAR, prepend=0.0)
# n [q(n) - q(n - 1)] = sum_m a_m n^-m with a_m = sum_(j = 1)^m C(m, j)/((m - j + 2)(m - j + 3)), of which m <= 12
_STEP_SERIES = [
    *(sum(comb(m, j) / ((m - j + 2) * (m - j + 3)) for j in range(1, m + 1)) for m in range(12, 0, -1)),
    0.0,
]


def _second(n: Floats) -> Floats:
    """q(n) of `bias_left`."""
    return _tabulated(n, _NEAR, _SERIES)


def _step(n: Floats) -> Floats:
    """The product n [q(n) - q(n - 1)], which tends to 1/(6 n)."""
    return _tabulated(n, _STEPS, _STEP_SERIES)


def _tabulated(n: Floats, near: Floats, series: Sequence[float]) -> Floats:
    values = np.asarray(near[np.minimum(n, _FAR).astype(np.int64)])
    far = np.asarray(n > _FAR)
    if far.any():
        values[far] = np.polyval(series, 1 / np.asarray(n)[far])
    return values


def delete_one_error(n: Floats, log_mu: Floats | None = None) -> Floats:
    """Jackknife standard error over counts, var = (N-1)/N sum n_a (T_a - mean)^2, in closed form; NaN for N < 2.

    T_a is the plug-in value with a count of cell a left out, whichever estimator gives the value: G(n) alternates with
    the parity of n, which a jackknife of Grassberger's sum would take for scatter. With log_mu, the error of the
    differential form. It holds for independent counts and excludes bias (Zahl 1977, 10.2307/1936227).
    """
    total = n.sum(-1)
    seen = n > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        # N - 1 times T_a but for what all cells share; relative to p = n/N, so that it is small where p is large
        left = np.where(seen, np.log(n / total[..., None]) + _second(n) / n, 0.0)
        if log_mu is not None:
            left = left - np.where(seen, log_mu, 0.0)
        p = n / total[..., None]
        variance = (p * (left - (p * left).sum(-1, keepdims=True)) ** 2).sum(-1) / (total - 1)
    return np.where(total > 1, np.sqrt(variance), np.nan)


SHANNON: dict[str, Callable[[Floats], Floats]] = {
    "plugin": plugin,
    "miller_madow": miller_madow,
    "grassberger": grassberger,
    "jackknife": jackknife,
    "chao_shen": chao_shen,
    "james_stein": james_stein,
}
