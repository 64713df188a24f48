"""Cumulants 1..6 of weighted points by the textbook formulas, independent of the closed forms under test."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def cumulants(value: npt.ArrayLike, weight: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Cumulants of ``value`` with probabilities proportional to ``weight``, by the recursion for raw moments about
    the mean: kappa_n = m_n - sum_k C(n-1, k-1) kappa_k m_{n-k}.
    """
    x, w = np.ravel(value), np.ravel(weight)
    w = w / w.sum()
    mean = (w * x).sum()
    m = [1.0, *((w * (x - mean) ** q).sum() for q in range(1, 7))]
    kappa = [0.0] * 7
    choose = np.array(
        [[np.prod(np.arange(n - k + 1, n + 1)) / np.prod(np.arange(1, k + 1)) for k in range(7)] for n in range(7)]
    )
    for n in range(1, 7):
        kappa[n] = m[n] - sum(choose[n - 1][k - 1] * kappa[k] * m[n - k] for k in range(1, n))
    kappa[1] += mean
    return np.array(kappa[1:])


def gauss(first: float, last: float, count: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Gauss-Legendre nodes and weights on (first, last)."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return first + (last - first) * (nodes + 1) / 2, (last - first) * weights / 2
