"""Large deviations of a linear statistic of a Coulomb gas: P(L = n l) ~ exp(-beta n^2 I(l)) for large n.

I is the Legendre transform of chi(mu), chi'(mu) = int rho_mu f, rho_mu the droplet of the tilted trap V - mu f
(`physent.theory.edge_law`). With chi''(mu) = int_0^{R_mu} r^(d-1) f'^2 dr and dI = mu dl,

    I(l) = int_0^{mu(l)} m chi''(m) dm,    chi'(mu) = f(R_mu) - int_0^{R_mu} f' g_mu dr,   g_mu = g - mu r^(d-1) f',

without cancellation near the mean (derived here; the Legendre form is that of De Bruyne, Le Doussal, Majumdar and
Schehr (2023), arXiv 2310.16420). It holds while the tilted droplet is a full ball of positive density.
"""

from __future__ import annotations

import math
import warnings

import numpy as np
import numpy.typing as npt
from scipy import optimize

from physent.errors import PhysentWarning
from physent.theory.droplet import QUADRATIC, Array, Radial, droplet_radius, enclosed_series, integral, series
from physent.theory.jets import Jet, variable


def rate_function(
    l: npt.ArrayLike,  # noqa: E741
    f: Radial,
    potential: Radial = QUADRATIC,
    *,
    dimension: int = 2,
) -> Array:
    """I(l) at the values ``l`` = L/n, of any shape.

    NaN with a PhysentWarning if the tilted droplet is not a full ball (or no tilt up to +-1e6 reaches l).
    ValueError for an f that jumps.
    """
    if getattr(f, "jumps", False):
        raise ValueError("f jumps: the tilted droplet has a gap for every tilt")
    values = np.asarray(l, float)
    gas = _Tilted(f, potential, dimension)
    out = np.array([gas.rate(float(each)) for each in values.ravel()]).reshape(values.shape)
    if np.any(np.isnan(out)):
        warnings.warn(
            f"rate function: NaN for {np.isnan(out).sum()} of {out.size} values: the tilted droplet is not a full ball",
            PhysentWarning,
            stacklevel=2,
        )
    return out


def quadratic_rate_function(l: npt.ArrayLike) -> Array:  # noqa: E741
    """I(l) = (l - 1/2)/2 - log(2l)/4 of f = r^2 in V = r^2/2, d = 2; infinite for l <= 0.

    The tilt makes V = (1 - 2 mu) r^2/2, with R^2 = 1/(1 - 2 mu) and chi' = R^2/2.
    """
    x = np.asarray(l, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(x > 0, (x - 0.5) / 2 - np.log(2 * x) / 4, np.inf)


class _Tilted:
    """The droplet of V - mu f as a function of mu."""

    def __init__(self, f: Radial, potential: Radial, dimension: int) -> None:
        self.f, self.potential, self.dimension = f, potential, dimension
        self.breaks = getattr(f, "breaks", ())
        self.radius = droplet_radius(potential, dimension)

    def enclosed(self, r: Array, mu: float, order: int) -> Array:
        """Taylor coefficients of g_mu at r."""
        slope = Jet(series(self.f, r, order + 1)).derivative()
        tilt = variable(r, order) ** (self.dimension - 1) * slope
        return np.asarray(enclosed_series(r, self.potential, self.dimension, order) - mu * tilt.coefficients)

    def edge(self, mu: float) -> float:
        """R_mu, or NaN if the droplet is not a full ball: g_mu must rise to 1 from the centre."""
        grid = self.radius * np.geomspace(1e-3, 1e3, 600)
        g = self.enclosed(grid, mu, 0)[0]
        beyond = np.flatnonzero(~(g < 1))
        if not beyond.size or beyond[0] == 0:
            return math.nan
        a, b = float(grid[beyond[0] - 1]), float(grid[beyond[0]])
        edge = (a + b) / 2
        for _ in range(60):  # Newton's method; bisection whenever it leaves the bracket
            value, slope = (float(each) for each in self.enclosed(np.asarray(edge), mu, 1))
            a, b = (edge, b) if value < 1 else (a, edge)
            last, edge = edge, edge - (value - 1) / slope if slope > 0 else math.nan
            if not a <= edge <= b:
                edge = (a + b) / 2
            if abs(edge - last) < 4e-16 * edge:
                break
        inside = np.concatenate([edge * (np.arange(400) + 0.5) / 400, edge * np.geomspace(1e-4, 1e-2, 9)])
        return edge if np.all(self.enclosed(inside, mu, 1)[1] >= 0) else math.nan

    def mean(self, mu: float) -> float:
        """chi'(mu), the mean of f over the tilted droplet; NaN if that is not a full ball."""
        edge = self.edge(mu)
        if math.isnan(edge):
            return math.nan

        def missing(r: Array) -> Array:
            return np.asarray(series(self.f, r, 1)[1] * self.enclosed(r, mu, 0)[0])

        return float(np.asarray(self.f(np.asarray(edge)), float)) - integral(missing, edge, self.breaks)

    def stiffness(self, mu: float) -> float:
        """chi''(mu)."""

        def square(r: Array) -> Array:
            return np.asarray(r ** (self.dimension - 1) * series(self.f, r, 1)[1] ** 2)

        return integral(square, self.edge(mu), self.breaks)

    def rate(self, value: float) -> float:
        """I at one value of L/n; chi' increases with mu, so mu can be bracketed from 0 outwards."""
        start = self.mean(0.0)
        if value == start:
            return 0.0
        inner, outer = 0.0, math.copysign(1e-3, value - start)
        limit = math.copysign(1e6, outer)
        while abs(outer) < abs(limit):
            mean = self.mean(outer)
            if math.isnan(mean):  # the droplet is no longer a ball: halve back towards the valid side
                limit, outer = outer, (inner + outer) / 2
                if abs(limit - inner) < 1e-9 * abs(limit):
                    return math.nan
                continue
            if (mean - value) * outer >= 0:
                break
            inner, outer = outer, outer * 2 if abs(outer * 2) < abs(limit) else (outer + limit) / 2
            if abs(outer - inner) < 1e-9 * abs(outer):
                return math.nan
        else:
            return math.nan
        mu = float(optimize.brentq(lambda m: self.mean(m) - value, inner, outer, xtol=1e-15, rtol=1e-14))
        nodes, weights = np.polynomial.legendre.leggauss(24)
        m = mu * (nodes + 1) / 2
        return mu / 2 * math.fsum(weights * m * np.array([self.stiffness(float(each)) for each in m]))
