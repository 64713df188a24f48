"""Number of particles in a disc, empty discs and the outermost particle at d = 2, beta = 2, any power trap.

All follow from the independence of the moduli (`physent.theory.radii`): for V = s r^p/p the variables
2 N s r_k^p/p are Gamma(2k/p), so the k-th particle lies within a with probability P(2k/p, 2 N s a^p/p), the
regularised incomplete gamma function. Cumulants of the count are sums of those of Bernoulli variables.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import integrate, optimize, special

from physent.theory.droplet import QUADRATIC, Array, PowerPotential


def disc_counting(n: int, radius: float, potential: PowerPotential = QUADRATIC) -> Array:
    """Cumulants 1..6 of the number of particles within ``radius`` of the centre, shape (6,)."""
    p, q = _inside(n, np.asarray(radius, float), potential)
    v, skew = p * q, q - p
    terms = (p, v, v * skew, v * (1 - 6 * v), v * skew * (1 - 12 * v), v * (1 - 30 * v + 120 * v**2))
    return np.array([math.fsum(term) for term in terms])


def counting_variance(n: int, radius: float) -> float:
    """Leading large-n variance of the count in the bulk of V = r^2/2, radius sqrt(n/pi), radius < 1.

    2 radius sqrt(n) int p(1 - p) dx with p = P(eta < 2x), eta a unit Gaussian (derived here: the k-th radius
    is near sqrt(k/n) + eta/(2 sqrt n)); int Phi(y) Phi(-y) dy = 1/sqrt(pi).
    """
    if not 0 < radius < 1:
        raise ValueError(f"radius is {radius}, expected a radius inside the droplet, 0 < radius < 1")
    return radius * math.sqrt(n / math.pi)


def hole_log_probability(n: int, radius: float, potential: PowerPotential = QUADRATIC) -> float:
    """Log probability that no particle lies within ``radius``, sum_k log Q(2k/p, 2 N s a^p/p)."""
    shape, level = _gamma_law(n, np.asarray(radius, float), potential)
    return math.fsum(_log_upper(shape, float(level)))


def largest_radius_cdf(r: npt.ArrayLike, n: int, potential: PowerPotential = QUADRATIC) -> Array:
    """Probability that all ``n`` particles lie within ``r`` of any shape, prod_k P(2k/p, 2 N s r^p/p)."""
    p, q = _inside(n, np.asarray(r, float)[..., None], potential)
    with np.errstate(divide="ignore"):
        return np.asarray(np.exp(np.where(q < 0.5, np.log1p(-q), np.log(p)).sum(axis=-1)))


def largest_radius_quantile(probability: float, n: int, potential: PowerPotential = QUADRATIC) -> float:
    """The r within which all ``n`` particles lie with ``probability``, in (0, 1); ValueError otherwise."""
    if not 0 < probability < 1:
        raise ValueError(f"probability is {probability}, expected a number in (0, 1)")
    first, last = _support(n, potential)
    return float(
        optimize.brentq(
            lambda r: float(largest_radius_cdf(r, n, potential)) - probability, first, last, xtol=1e-14, rtol=1e-14
        )
    )


def largest_radius_moments(n: int, potential: PowerPotential = QUADRATIC) -> tuple[float, float]:
    """Mean and standard deviation of the largest distance from the centre, to about 1e-10."""
    first, last = _support(n, potential)

    def beyond(r: float) -> float:
        return 1 - float(largest_radius_cdf(r, n, potential))

    excess = integrate.quad(beyond, first, last, epsabs=1e-13, limit=200)[0]
    second = integrate.quad(lambda r: 2 * (r - first) * beyond(r), first, last, epsabs=1e-14, limit=200)[0]
    return first + excess, math.sqrt(second - excess**2)


def _gamma_law(n: int, r: Array, potential: PowerPotential) -> tuple[Array, Array]:
    p = potential.exponent
    return 2 * np.arange(1, n + 1) / p, 2 * n * potential.strength * r**p / p


def _inside(n: int, r: Array, potential: PowerPotential) -> tuple[Array, Array]:
    """P and Q = 1 - P of every rank, on the last axis."""
    shape, level = _gamma_law(n, r, potential)
    return np.asarray(special.gammainc(shape, level)), np.asarray(special.gammaincc(shape, level))


def _log_upper(shape: Array, level: float) -> Array:
    """Logarithm of Q(a, x); if Q underflows, by its continued fraction (DLMF 8.9.2, modified Lentz)."""
    lower, upper = np.asarray(special.gammainc(shape, level)), np.asarray(special.gammaincc(shape, level))
    with np.errstate(divide="ignore"):
        out: Array = np.where(lower < 0.5, np.log1p(-lower), np.log(upper))
    tiny = upper < 1e-290
    if np.any(tiny):
        a = shape[tiny]
        out[tiny] = a * math.log(level) - level - special.gammaln(a) - np.log(_lentz(a, level))
    return out


def _lentz(a: Array, x: float) -> Array:
    """The denominator F of Gamma(a, x) = e^-x x^a/F."""
    b = x + 1 - a
    f, c, d = b, b, np.zeros_like(b)
    for i in range(1, 500):
        step = i * (a - i)
        d = 1 / (x + 2 * i + 1 - a + step * d)
        c = x + 2 * i + 1 - a + step / c
        f = f * c * d
        if np.all(np.abs(c * d - 1) < 1e-15):
            break
    return np.asarray(f)


def _support(n: int, potential: PowerPotential) -> tuple[float, float]:
    """Radii below and beyond which the largest distance lies with a probability under 1e-18 (union bound)."""
    shape, _ = _gamma_law(n, np.asarray(1.0), potential)
    scale = 2 * n * potential.strength / potential.exponent
    first = special.gammaincinv(shape[-1], 1e-18) / scale
    last = special.gammainccinv(shape[-1], 1e-18 / n) / scale
    return float(first ** (1 / potential.exponent)), float(last ** (1 / potential.exponent))
