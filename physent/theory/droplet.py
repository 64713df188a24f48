"""The equilibrium droplet of a Coulomb gas in a radial trap: the large-N limit of its density.

Everywhere in the Coulomb theory N particles have the weight exp(-beta E) with
E = N sum_i V(|x_i|) + sum_{i<j} U_d(|x_i - x_j|), where U_1 = -r, U_2 = -log r, U_d = r^(2-d)/(d-2) for d >= 3, so
that the force between two particles is r^(1-d) and Laplacian U_d = -Omega_d delta, Omega_d the area of the unit
sphere. Gauss's law then gives the fraction of the particles within r as g(r) = r^(d-1) V'(r), the density
g'(r)/(Omega_d r^(d-1)) = Laplacian V/Omega_d (norm 1), and the edge R as g(R) = 1 (electrostatics of a droplet that
is a ball, i.e. g rises on (0, R)). A trap V and a function f are callables of the distance r that take arrays;
V = r^2/2 has R = 1 in every dimension.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.polynomial import chebyshev
from scipy import optimize

from physent.errors import PhysentWarning
from physent.theory.jets import Jet, taylor, variable

Array = npt.NDArray[np.float64]
Radial = Callable[[Any], Any]


@dataclass(frozen=True)
class PowerPotential:
    """V(r) = strength r^exponent / exponent, exponent > 0, strength > 0 (ValueError otherwise)."""

    exponent: float = 2.0
    strength: float = 1.0

    def __post_init__(self) -> None:
        if not (self.exponent > 0 and self.strength > 0):
            raise ValueError(f"exponent {self.exponent} and strength {self.strength}, expected positive numbers")

    def __call__(self, r: Any) -> Any:
        """V at distances r of any shape."""
        return self.strength * r**self.exponent / self.exponent


QUADRATIC = PowerPotential()


def sphere_area(dimension: int) -> float:
    """Omega_d = 2 pi^(d/2)/Gamma(d/2): 2, 2 pi, 4 pi for d = 1, 2, 3."""
    return float(2 * math.pi ** (dimension / 2) / math.gamma(dimension / 2))


def enclosed_fraction(r: npt.ArrayLike, potential: Radial = QUADRATIC, dimension: int = 2) -> npt.NDArray[np.float64]:
    """Fraction g(r) of the particles within ``r`` > 0 of any shape, 1 beyond the edge."""
    radius = droplet_radius(potential, dimension)
    inside = np.minimum(np.asarray(r, float), radius)
    return np.asarray(np.minimum(enclosed_series(inside, potential, dimension, 0)[0], 1.0))


def droplet_density(r: npt.ArrayLike, potential: Radial = QUADRATIC, dimension: int = 2) -> npt.NDArray[np.float64]:
    """Density Laplacian V/Omega_d at ``r`` > 0 of any shape, normalised to 1 in space, 0 beyond the edge."""
    distance = np.asarray(r, float)
    slope = enclosed_series(distance, potential, dimension, 1)[1]
    density = slope / (sphere_area(dimension) * distance ** (dimension - 1))
    return np.where(distance <= droplet_radius(potential, dimension), density, 0.0)


def droplet_radius(potential: Radial = QUADRATIC, dimension: int = 2) -> float:
    """Edge R of the droplet, r^(d-1) V'(r) = 1 there.

    ValueError for a trap that does not hold the gas or whose droplet is not a full ball (g falls inside R).
    """
    if isinstance(potential, PowerPotential):
        power = potential.exponent + dimension - 2
        if power <= 0:
            raise ValueError(f"exponent {potential.exponent} has no droplet in d = {dimension}: g(r) does not rise")
        return float(potential.strength ** (-1 / power))

    def excess(log_r: float) -> float:
        return float(enclosed_series(math.exp(log_r), potential, dimension, 0)[0]) - 1

    grid = np.linspace(-8, 8, 65)
    beyond = [k for k, x in enumerate(grid) if excess(float(x)) >= 0]
    if not beyond or beyond[0] == 0:
        raise ValueError("no edge between r = 3e-4 and 3e3: the trap does not hold the gas on a scale near 1")
    first = beyond[0]
    log_r = optimize.brentq(excess, grid[first - 1], grid[first], xtol=1e-15, rtol=4 * np.finfo(float).eps)
    radius = math.exp(log_r)
    slope = enclosed_series(radius * (np.arange(400) + 0.5) / 400, potential, dimension, 1)[1]
    if np.any(slope < 0):
        raise ValueError("the droplet is not a full ball: Laplacian V is negative inside its edge")
    return radius


def enclosed_series(r: npt.ArrayLike, potential: Radial, dimension: int, order: int) -> Array:
    """Taylor coefficients of g(r) = r^(d-1) V'(r) at ``r`` > 0, shape (order + 1, *r.shape)."""
    force = Jet(series(potential, r, order + 1)).derivative()
    return np.asarray((variable(r, order) ** (dimension - 1) * force).coefficients)


def series(function: Radial, r: npt.ArrayLike, order: int) -> Array:
    """Taylor coefficients of a function at ``r`` > 0, shape (order + 1, *r.shape).

    By arithmetic on series if the function is made of NumPy arithmetic (rounding errors only); otherwise from
    Chebyshev interpolants around r, with a PhysentWarning if two of them differ by more than 1e-6.
    """
    try:
        return taylor(function, r, order)
    except (TypeError, AttributeError):
        return _interpolated(function, np.asarray(r, float), order)


def _interpolated(function: Radial, r: Array, order: int) -> Array:
    """Take the two neighbouring half-widths whose coefficients agree best, separately for each r and order."""
    candidates = np.array([_chebyshev(function, r, order, width) for width in (0.05, 0.1, 0.2, 0.3, 0.45, 0.65, 0.9)])
    difference = np.abs(np.diff(candidates, axis=0))
    best = np.argmin(difference, axis=0)[None]
    value = np.take_along_axis(candidates, best, 0)[0]
    error = np.take_along_axis(difference, best, 0)[0]
    # an odd coefficient may vanish by symmetry: its size is judged on the scale of all of them
    scale = np.abs(value * r ** np.arange(order + 1).reshape(-1, *(1,) * r.ndim)).max(axis=0)
    worst = float(np.max(error * r ** np.arange(order + 1).reshape(-1, *(1,) * r.ndim) / np.maximum(scale, 1e-300)))
    if worst > 1e-6:
        warnings.warn(
            f"derivatives to order {order} of a function that is not NumPy arithmetic are known only to {worst:.0e}",
            PhysentWarning,
            stacklevel=4,
        )
    return np.asarray(value)


def _chebyshev(function: Radial, r: Array, order: int, width: float, degree: int = 30) -> Array:
    nodes = chebyshev.chebpts1(degree + 1)
    values = np.asarray(function(r[..., None] * (1 + width * nodes)), float)
    fit = chebyshev.chebfit(nodes, values.reshape(-1, degree + 1).T, degree)
    out = [
        chebyshev.chebval(0.0, chebyshev.chebder(fit, n)).reshape(r.shape) / (math.factorial(n) * (width * r) ** n)
        for n in range(order + 1)
    ]
    return np.array(out)


def integral(integrand: Callable[[Array], Array], last: float, breaks: tuple[float, ...] = ()) -> float:
    """Integral of a function of r over (0, last), split at ``breaks``; to 1e-12 for functions analytic in between.

    PhysentWarning if two quadratures differ by more than 1e-8 of the integral of the absolute value.
    """
    edges = np.array([0.0, *sorted(b for b in breaks if 0 < b < last), last])
    coarse, fine = (_panels(integrand, edges, count) for count in (96, 160))
    if abs(coarse[0] - fine[0]) > 1e-8 * fine[1]:
        error = abs(coarse[0] - fine[0]) / fine[1]
        warnings.warn(f"an integral over the droplet is known only to {error:.0e}", PhysentWarning, stacklevel=3)
    return fine[0]


@cache
def unit_rule(count: int) -> tuple[Array, Array]:
    """Gauss-Legendre nodes and weights on (0, 1)."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return (nodes + 1) / 2, weights / 2


def _panels(integrand: Callable[[Array], Array], edges: Array, count: int) -> tuple[float, float]:
    """The integral, and that of the absolute value; r ~ s^3 on the central panel smooths fractional powers of r."""
    s, w = unit_rule(count)
    r = [edges[1] * s**3, *(a + (b - a) * s for a, b in pairwise(edges[1:]))]
    dr = [edges[1] * 3 * s**2 * w, *((b - a) * w for a, b in pairwise(edges[1:]))]
    terms = np.concatenate(dr) * integrand(np.concatenate(r))
    return float(math.fsum(terms)), float(math.fsum(np.abs(terms)))
