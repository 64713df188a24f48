"""Exact results at any beta in the trap V = r^2/2: the law of sum r_i^2, virials, partition functions.

Convention: `physent.theory.droplet`, with n labelled particles. Derived here by the scaling x -> c x of the
partition function unless a source is named. If the pair energy is -log r (the Coulomb gas in d = 2, the log-gas
on a line), the interaction contributes only a power of the scale, so S = sum r_i^2 has the density
S^(shape - 1) exp(-beta n S/2), shape = d n/2 + beta n(n-1)/4.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import special

from physent.theory.droplet import Array


def sum_of_squares_law(n: int, beta: float, *, dimension: int = 2) -> tuple[float, float]:
    """Shape and scale of the Gamma law of S = sum r_i^2: the Coulomb gas for dimension 2, the log-gas for 1.

    ValueError for other dimensions: no law is known there.
    """
    if dimension not in (1, 2) or n < 1 or not beta > 0:
        raise ValueError(f"n {n}, beta {beta}, dimension {dimension}: expected n, beta > 0 and dimension 1 or 2")
    return dimension * n / 2 + beta * n * (n - 1) / 4, 2 / (beta * n)


def sum_of_squares_cumulants(n: int, beta: float, *, dimension: int = 2) -> Array:
    """Cumulants 1..6 of S: shape scale^q (q - 1)!, an array of shape (6,). As `sum_of_squares_law`."""
    shape, scale = sum_of_squares_law(n, beta, dimension=dimension)
    return np.array([shape * scale**q * math.factorial(q - 1) for q in range(1, 7)])


def sum_of_squares_cdf(s: npt.ArrayLike, n: int, beta: float, *, dimension: int = 2) -> Array:
    """Probability that S <= ``s``, of any shape. As `sum_of_squares_law`."""
    shape, scale = sum_of_squares_law(n, beta, dimension=dimension)
    return np.asarray(special.gammainc(shape, np.asarray(s, float) / scale))


def virial_mean(n: int, beta: float, *, dimension: int = 2) -> float:
    """Mean of n sum_i r_i V'(r_i) + sum_{i<j} r_ij U'(r_ij) in any trap and for any pair energy U: d n/beta.

    For V = r^2/2 the virial is n S - sum |x_ij| in d = 1, n S - n(n-1)/2 in d = 2 and n S - sum 1/r_ij in d = 3.
    """
    return dimension * n / beta


def ideal_log_partition(n: int, beta: float, *, dimension: int = 2) -> float:
    """Logarithm of the integral of exp(-beta n S/2) over all positions, (dn/2) log(2 pi/(beta n)): no interaction."""
    return dimension * n / 2 * math.log(2 * math.pi / (beta * n))


def integrated_log_partition(
    n: int, beta: float, interaction_energy: Callable[[float], float], *, dimension: int = 2, points: int = 24
) -> float:
    """Log Z at ``beta`` by thermodynamic integration of ``interaction_energy(b)``, the mean of sum_{i<j} U.

    The mean is taken with the weight exp(-beta n S/2 - b sum U), b <= beta: the trap keeps its strength. Positions of
    that weight are those of weight exp(-b E) times sqrt(b/beta). At b = 0, log Z is `ideal_log_partition`, and
    d log Z/db = -<sum U>. The mean of a log-gas has its first pole at b = -2/n, where two charges collapse: log(1 + n
    b/2) runs over ``points`` Gauss-Legendre nodes. Of log Z the exact mean then leaves 1e-12, for n up to 1000 and beta up to 4.
    """
    nodes, weights = np.polynomial.legendre.leggauss(points)
    end = math.log1p(n * beta / 2)
    b = 2 / n * np.expm1(end * (nodes + 1) / 2)
    values = [interaction_energy(float(one)) for one in b]
    total = end / 2 * math.fsum(weights * (b + 2 / n) * values)
    return ideal_log_partition(n, beta, dimension=dimension) - total


def log_gas_log_partition(n: int, beta: float) -> float:
    """Logarithm of the integral of exp(-beta E) over the line, E = n S/2 - sum_{i<j} log |x_i - x_j|.

    Mehta's integral (2 pi)^(n/2) prod_{j<=n} Gamma(1 + j beta/2)/Gamma(1 + beta/2) (Forrester and Warnaar (2008),
    Bull. Amer. Math. Soc. 45, 489, doi 10.1090/S0273-0979-08-01221-4) with x scaled by sqrt(beta n).
    """
    gammas = special.gammaln(1 + np.arange(1, n + 1) * beta / 2) - math.lgamma(1 + beta / 2)
    shape, _ = sum_of_squares_law(n, beta, dimension=1)
    return n / 2 * math.log(2 * math.pi) + math.fsum(gammas) - shape * math.log(beta * n)


def log_gas_mean_energy(n: int, beta: float) -> float:
    """Mean of E of the log-gas, -d log Z/d beta of `log_gas_log_partition`."""
    j = np.arange(1, n + 1)
    slope = j / 2 * special.digamma(1 + j * beta / 2) - special.digamma(1 + beta / 2) / 2
    shape, _ = sum_of_squares_law(n, beta, dimension=1)
    return shape / beta + n * (n - 1) / 4 * math.log(beta * n) - math.fsum(slope)


def semicircle_density(x: npt.ArrayLike) -> Array:
    """Large-n density of the log-gas at ``x`` of any shape: sqrt(2 - x^2)/pi, norm 1, edge sqrt(2).

    Wigner (1955), Ann. Math. 62, 548, doi 10.2307/1970079: the force balance x = P int rho(y)/(x - y) dy.
    """
    return np.asarray(np.sqrt(np.maximum(2 - np.square(np.asarray(x, float)), 0)) / math.pi)


def coupling(n: int, beta: float, *, dimension: int = 3) -> float:
    """Coupling parameter Gamma = beta a^(2-d) of a droplet of radius 1, a = n^(-1/d) the Wigner-Seitz radius.

    beta/n in d = 1, beta in d = 2 and beta n^(1/3) in d = 3, where the bulk freezes near Gamma = 175 (Potekhin and
    Chabrier (2000), Phys. Rev. E 62, 8554).
    """
    return float(beta * n ** ((dimension - 2) / dimension))
