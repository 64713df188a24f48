"""Large-N cumulants of a linear statistic L = sum_i f(|x_i|) of a Coulomb gas: from order 3 on the edge decides them.

Convention and droplet: `physent.theory.droplet`. With K(t) = log <exp(t L)>, tilting by t L changes the trap to
V_mu = V - mu f, mu = t/(beta N), whose droplet has the edge R_mu: g(R_mu) = 1 + mu R_mu^(d-1) f'(R_mu). Hence
K'(t) = N int rho_mu f and K''(t) = (1/beta) int_0^{R_mu} r^(d-1) f'^2 dr (differentiate under the integral and use
Gauss's law), so that

    kappa_1 = N int_0^R f g' dr,   kappa_2 = (1/beta) int_0^R r^(d-1) f'(r)^2 dr,
    kappa_q = beta^(1-q) N^(2-q) (1/g' d/dr)^(q-3) [r^((d-1)(q-1)) f'(r)^q / g'(r)] at r = R,   q >= 3,

the last by Lagrange's inversion of the equation of the edge (derived here; that cumulants of order >= 3 depend only
on the edge is the result of De Bruyne, Le Doussal, Majumdar and Schehr (2023), arXiv 2310.16420).

Validity (derived here). The tilted density must stay positive: if V ~ r^p and f - f(0) ~ r^a at the centre with
a < p, one sign of mu opens a hole of radius ~ |mu|^(1/(p-a)). It displaces a share |mu|^((d+p-2)/(p-a)) of the gas at
a cost of r^p per particle, so K has a one-sided term |mu|^e, e = (d+2p-2)/(p-a), and cumulants of order >= e depend
on the centre too. In d = 2, e = 4 both for the cone f = r in V = r^2/2 and for f = r^2 in V = r^4/4.
"""

from __future__ import annotations

import math
import warnings

import numpy as np

from physent.errors import PhysentWarning
from physent.theory.droplet import QUADRATIC, Array, Radial, droplet_radius, enclosed_series, integral, series
from physent.theory.jets import Jet, variable


def edge_cumulants(
    n: int,
    f: Radial,
    potential: Radial = QUADRATIC,
    *,
    dimension: int = 2,
    beta: float = 2.0,
    orders: int = 6,
) -> Array:
    """Leading large-N cumulants 1..``orders`` of sum f(r_i) of ``n`` particles, shape (orders,).

    Each line of `edge_doubts` becomes a PhysentWarning. ValueError for an f that jumps (its cumulants all grow with
    N: see `physent.theory.disc_counting`), and for a trap whose droplet is not a ball.
    """
    if getattr(f, "jumps", False):
        raise ValueError("f jumps: the edge law holds for smooth functions, use disc_counting")
    if n < 1 or orders < 1 or not beta > 0:
        raise ValueError(f"n {n}, orders {orders}, beta {beta}: expected positive numbers")
    for doubt in edge_doubts(n, f, potential, dimension=dimension, beta=beta, orders=orders):
        warnings.warn(doubt, PhysentWarning, stacklevel=2)
    radius, breaks = droplet_radius(potential, dimension), getattr(f, "breaks", ())

    def mean(r: Array) -> Array:
        return np.asarray(f(r) * enclosed_series(r, potential, dimension, 1)[1])

    def square(r: Array) -> Array:
        return np.asarray(r ** (dimension - 1) * series(f, r, 1)[1] ** 2)

    out = [n * integral(mean, radius, breaks), integral(square, radius, breaks) / beta]
    if orders >= 3:
        out += [
            beta ** (1 - q) * float(n) ** (2 - q) * value
            for q, value in enumerate(_edge_terms(f, potential, dimension, radius, orders), start=3)
        ]
    return np.array(out[:orders])


def _edge_terms(f: Radial, potential: Radial, dimension: int, radius: float, orders: int) -> list[float]:
    """(D^(q-3) of the bracket at R) for q = 3..orders, D = (1/g') d/dr."""
    depth = orders - 3
    slope = Jet(series(f, radius, depth + 1)).derivative()
    growth = Jet(enclosed_series(radius, potential, dimension, depth + 1)).derivative()
    r = variable(radius, depth)
    out = []
    for q in range(3, orders + 1):
        term = r ** ((dimension - 1) * (q - 1)) * slope**q / growth
        for _ in range(q - 3):
            term = term.derivative()
            size = len(term.coefficients)
            term = term / Jet(growth.coefficients[:size])
        out.append(float(term.coefficients[0]))
    return out


def edge_doubts(
    n: int,
    f: Radial,
    potential: Radial = QUADRATIC,
    *,
    dimension: int = 2,
    beta: float = 2.0,
    orders: int = 6,
) -> list[str]:
    """Reasons why the edge law may fail for this f, trap and N, one line each; empty if there are none."""
    radius = droplet_radius(potential, dimension)
    r = radius * (np.arange(400) + 0.5) / 400
    first, second = np.abs(series(f, r, 2)[1:] * np.array([[1.0], [2.0]]))
    doubts = []
    order = first_central_order(f, potential, dimension=dimension)
    if order <= orders:
        doubts.append(
            f"cumulants of order >= {math.ceil(order - 1e-6)} also depend on the centre, where f - f(0) vanishes more "
            "slowly than V: the edge law does not hold for them"
        )
    density = float(enclosed_series(radius, potential, dimension, 1)[1]) / radius ** (dimension - 1)
    screening = 1 / math.sqrt(beta * n * density)
    length = min(radius, float(first.max() / second.max()) if second.max() > 0 else radius)
    if length < 3 * screening:
        doubts.append(
            f"f varies over a length {length:.2g} near the screening length {screening:.2g}: N is too small for the "
            "edge law"
        )
    spacing = (4 * math.pi / (n * density)) ** (1 / 3)
    if dimension == 3 and length < spacing:  # strong coupling: screened within the distance between particles
        doubts.append(
            f"f varies over a length {length:.2g} below the spacing {spacing:.2g} of the particles: it resolves "
            "their order, which the edge law ignores"
        )
    return doubts


def first_central_order(f: Radial, potential: Radial = QUADRATIC, *, dimension: int = 2) -> float:
    """Order e = (d+2p-2)/(p-a) from which cumulants depend on the centre (module docstring); inf if none does."""
    radius = droplet_radius(potential, dimension)
    inner = radius * np.array([1e-3, 2e-3])
    force, slope = np.abs(series(potential, inner, 1)[1]), np.abs(series(f, inner, 1)[1])
    largest = np.abs(series(f, radius * (np.arange(400) + 0.5) / 400, 1)[1]).max()
    if slope[1] <= 1e-7 * largest or slope[0] == 0:
        # with so small a slope of f, the hole is too small to affect a cumulant up to order 6
        return math.inf
    p, a = (1 + math.log(each[1] / each[0]) / math.log(2) for each in (force, slope))
    return math.inf if a > p - 0.05 else (dimension + 2 * p - 2) / (p - a)
