"""Averages of products over the charges of the log-gas at beta = 1, 2, 4, exact at finite N: de Bruijn's Pfaffians."""

from __future__ import annotations

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ORDER = 12


class Gas:
    """N charges, N even, of the weight exp(-beta N sum x^2/2) prod |x_i - x_j|^beta.

    de Bruijn (1955), J. Indian Math. Soc. 19, 133: the mean of prod g(x_i) is a ratio of Pfaffians, at beta = 2 of
    determinants. With y = sqrt(N) x and Hermite functions f_j, entries are integrals of g times f_j f_k at beta = 2,
    times f_j f_k' - f_j' f_k at beta = 4, j, k < 2N, and of f_j(x) f_k(y) sgn(y - x) g(x) g(y) at beta = 1.
    """

    def __init__(self, n: int, beta: int, cuts: Floats) -> None:
        """Panels of Gauss-Legendre nodes that end at all ``cuts``, the places where g may jump."""
        self.n, self.beta = n, beta
        end = np.sqrt(2 * n) + 6
        edges = np.union1d(np.arange(-end, end, 0.4), np.sqrt(n) * cuts)
        node, weight = legendre.leggauss(ORDER)
        half = np.diff(edges)[:, None] / 2
        y = (edges[:-1, None] + half * (node + 1)).ravel()
        self.middles = (edges[1:] + edges[:-1]) / 2 / np.sqrt(n)
        self._weight, self._half = (half * weight).ravel(), half
        # Integral from the left end of a panel to each of its nodes, of the polynomial through all of them.
        series = legendre.legvander(node, ORDER - 1).T * weight * (np.arange(ORDER)[:, None] + 0.5)
        self._within = legendre.legval(node, legendre.legint(series, lbnd=-1)).T
        scale, count = (np.sqrt(2), 2 * n) if beta == 4 else (1.0, n)
        self._f, self._slope = _hermite(scale * y, count)
        self._all = self._logarithm(np.ones(len(self.middles)))

    def mean(self, g: Floats) -> float:
        """Mean of prod g(x_i), from the value of ``g`` >= 0 in each panel, at ``middles``."""
        return float(np.exp(self._logarithm(g) - self._all))

    def _logarithm(self, g: Floats) -> float:
        here = np.repeat(g, ORDER)
        weighted = self._f * (self._weight * here)
        if self.beta == 2:
            matrix = weighted @ self._f.T
        elif self.beta == 4:
            matrix = weighted @ self._slope.T
            matrix = matrix - matrix.T
        else:
            panels = (self._f * here).reshape(self.n, -1, ORDER)
            totals = weighted.reshape(panels.shape).sum(axis=2)
            before = np.cumsum(totals, axis=1) - totals
            below = before[..., None] + self._half * (panels @ self._within.T)
            total = totals.sum(axis=1)
            matrix = 2 * below.reshape(self.n, -1) @ weighted.T - np.outer(total, total)
        power = 1.0 if self.beta == 2 else 0.5
        return power * float(np.linalg.slogdet(matrix)[1])

    def counting(self, inside: NDArray[np.bool_]) -> tuple[float, float, float]:
        """Mean and variance of the number of charges in the panels ``inside``, and the chance of none.

        From log <exp(t n)> at t = 0, +-h, +-2h, to the order h^4.
        """
        h = 0.02
        k = [np.log(self.mean(np.where(inside, np.exp(t * h), 1.0))) for t in (-2, -1, 0, 1, 2)]
        mean = (k[0] - 8 * k[1] + 8 * k[3] - k[4]) / (12 * h)
        variance = (-k[0] + 16 * k[1] - 30 * k[2] + 16 * k[3] - k[4]) / (12 * h * h)
        return float(mean), float(variance), self.mean(np.where(inside, 0.0, 1.0))


def largest(n: int, beta: int) -> tuple[float, float]:
    """Mean and variance of the largest charge, from the chance that none is beyond each of many cuts."""
    spread = 1 / (np.sqrt(2) * n ** (2 / 3))
    cuts = np.sqrt(2) + spread * np.linspace(-9, 7, 33)
    gas = Gas(n, beta, cuts)
    below = np.array([gas.mean((gas.middles < cut).astype(float)) for cut in cuts])
    # <x> = end - int P and <x^2> = end^2 - 2 int x P by trapezoids of a smooth law whose ends are flat; x P has the
    # slope 1 at its end, for which Euler and Maclaurin take off step^2/12.
    step, end = cuts[1] - cuts[0], cuts[-1]
    weight = np.full(len(cuts), step)
    weight[-1] = step / 2
    mean = end - float(weight @ below)
    return mean, float(end**2 - 2 * (weight * cuts) @ below + step**2 / 6) - mean**2


def _hermite(y: Floats, count: int) -> tuple[Floats, Floats]:
    """Orthonormal Hermite functions of y (count, nodes), and their slopes."""
    f = np.zeros((count + 1, len(y)))
    f[0] = np.pi**-0.25 * np.exp(-(y**2) / 2)
    f[1] = np.sqrt(2) * y * f[0]
    for j in range(1, count):
        f[j + 1] = np.sqrt(2 / (j + 1)) * y * f[j] - np.sqrt(j / (j + 1)) * f[j - 1]
    rank = np.arange(count)[:, None]
    below = np.vstack([np.zeros_like(y), f[: count - 1]])
    return f[:count], np.sqrt(rank / 2) * below - np.sqrt((rank + 1) / 2) * f[1:]
