"""Kinetic theory of mixtures of hard discs of different mass and diameter: contact values, rates, exchange of energy.

Species a has number density n_a, diameter sigma_a, mass m_a and temperature T_a, its kinetic energy per disc (k_B = 1).
Arrays of species have the shape (species,), results of pairs (species, species), in the order ab. Derived here unless
stated otherwise, for Maxwellian velocities: with sigma_ab = (sigma_a + sigma_b)/2, M = m_a + m_b, mu = m_a m_b/M, the
relative velocity g of a pair is normal with variance w^2 = T_a/m_a + T_b/m_b per component, so that <g> = sqrt(pi/2) w
and <g^3> = 3 sqrt(pi/2) w^3. A disc of a meets discs of b along the unit vector k at the rate
n_b sigma_ab chi_ab int dk (g.k)_+; int dk (g.k)_+ = 2 g and int dk (g.k)_+^3 = (4/3) g^3.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from physent.theory.kinetic import Array


def packing_fraction(density: ArrayLike, diameter: ArrayLike) -> float:
    """Share of the area that discs cover, (pi/4) sum n_a sigma_a^2."""
    n, sigma = _species(density, diameter)
    return float(math.pi / 4 * (n @ sigma**2))


def contact_values(density: ArrayLike, diameter: ArrayLike) -> Array:
    """Pair correlations at contact, chi_ab = 1/(1 - phi) + (9/16) phi/(1 - phi)^2 sigma_a sigma_b/sigma_ab <s>/<s^2>.

    J. T. Jenkins and F. Mancini, J. Appl. Mech. 54, 27 (1987). For equal discs Henderson's
    `kinetic.contact_value`. High by up to 4 % for a pair of large discs among small ones of a third of their diameter
    at phi = 0.47.
    """
    n, sigma = _species(density, diameter)
    phi = packing_fraction(n, sigma)
    mean, square = n @ sigma / n.sum(), n @ sigma**2 / n.sum()
    pair = sigma[:, None] * sigma / _halves(sigma)
    return np.asarray(1 / (1 - phi) + 9 / 16 * phi / (1 - phi) ** 2 * pair * mean / square)


def compressibility_factor(density: ArrayLike, diameter: ArrayLike) -> float:
    """Z = P/(n T) = 1 + (pi/2) n sum x_a x_b sigma_ab^2 chi_ab of species of one temperature, by the virial theorem."""
    n, sigma = _species(density, diameter)
    pairs = n[:, None] * n / n.sum()
    return float(1 + math.pi / 2 * np.sum(pairs * _halves(sigma) ** 2 * contact_values(n, sigma)))


def collision_rates(density: ArrayLike, diameter: ArrayLike, mass: ArrayLike, temperature: ArrayLike) -> Array:
    """Collisions per unit time of one disc of a with discs of b, nu_ab = sqrt(2 pi) n_b sigma_ab chi_ab w_ab (Enskog).

    n_b sigma_ab chi_ab times 2 <g>; for one species `kinetic.collision_rate`.
    """
    n, sigma, m, t = _species(density, diameter, mass, temperature)
    return np.asarray(math.sqrt(2 * math.pi) * n * _halves(sigma) * contact_values(n, sigma) * _spreads(m, t))


def temperature_rates(density: ArrayLike, diameter: ArrayLike, mass: ArrayLike, temperature: ArrayLike) -> Array:
    """dT_a/dt = -sum_b 4 sqrt(2 pi) n_b sigma_ab chi_ab (m_a m_b/M^2) w_ab (T_a - T_b).

    A collision changes the energy of the disc of a by -2 mu (V.k)(g.k), V the velocity of the centre of mass. With
    E[V | g] = g (T_a - T_b)/(M w^2) and the integrals above, its mean rate is that. L. Landau, Phys. Z. Sowjetunion 10,
    154 (1936) has the same for charges. Exact for Maxwellians, that is, at the start; the gas that is heated does not
    stay one, which changes the rate by a few per cent.
    """
    n, sigma, m, t = _species(density, diameter, mass, temperature)
    share = m[:, None] * m / (m[:, None] + m) ** 2
    return np.asarray(-4 * np.sum(share * collision_rates(n, sigma, m, t) * (t[:, None] - t), axis=1))


def relaxation(
    time: ArrayLike, density: ArrayLike, diameter: ArrayLike, mass: ArrayLike, temperature: ArrayLike
) -> Array:
    """Temperatures (2, times) of two species that start with ``temperature``: the solution of `temperature_rates`.

    With T = x_0 T_0 + x_1 T_1, y = T_0 - T_1, kappa = 4 sqrt(2 pi) n sigma_01 chi_01 m_0 m_1/M^2,
    A = T (1/m_0 + 1/m_1) and B = x_1/m_0 - x_0/m_1, the root u = sqrt(A + B y) obeys u' = -(kappa/2)(u^2 - A), so

        u = sqrt(A) (1 + c e)/(1 - c e),  e = exp(-kappa sqrt(A) t),  c = (u_0 - sqrt(A))/(u_0 + sqrt(A)).

    y = (u^2 - A)/B is written so that it has the limit y_0 e at B = 0. Raises ValueError unless there are two species.
    """
    n, sigma, m, start = _species(density, diameter, mass, temperature)
    if len(n) != 2:
        raise ValueError(f"found {len(n)} species, expected 2")
    x, y = n / n.sum(), start[0] - start[1]
    mean = x @ start
    a, b = mean * (1 / m).sum(), x[1] / m[0] - x[0] / m[1]
    chi = contact_values(n, sigma)[0, 1]
    kappa = 4 * math.sqrt(2 * math.pi) * n.sum() * _halves(sigma)[0, 1] * chi * m[0] * m[1] / m.sum() ** 2
    root, u = math.sqrt(a), math.sqrt(a + b * y)
    c = b * y / (u + root) ** 2
    e = np.exp(-kappa * root * np.asarray(time, float))
    # (u^2 - a)/b at t over its value at 0: 4 a c e/(1 - c e)^2 over 4 a c/(1 - c)^2.
    left = y * e * ((1 - c) / (1 - c * e)) ** 2
    return np.array([mean + x[1] * left, mean - x[0] * left])


def temperatures(
    time: ArrayLike, density: ArrayLike, diameter: ArrayLike, mass: ArrayLike, temperature: ArrayLike
) -> Array:
    """Temperatures (species, times) of any number of species that start with ``temperature``, by `temperature_rates`.

    `relaxation` of two; else the equations are integrated, with a relative error below 1e-8. ``time`` (times,) ascends
    from 0.
    """
    from scipy.integrate import solve_ivp

    n, sigma, m, start = _species(density, diameter, mass, temperature)
    if len(n) == 2:
        return relaxation(time, n, sigma, m, start)
    clock = np.asarray(time, float)
    if len(n) == 1 or not clock[-1] > 0.0:
        return np.repeat(start[:, None], len(clock), axis=1)

    def slopes(_: float, now: Array) -> Array:
        return temperature_rates(n, sigma, m, now)

    found = solve_ivp(slopes, (0.0, clock[-1]), start, method="LSODA", t_eval=clock, rtol=1e-10, atol=1e-12)
    return np.asarray(found.y)


def equilibrium_temperatures(number: ArrayLike, mass: ArrayLike, temperature: float = 1.0) -> Array:
    """Kinetic energy per disc (species,) of a periodic gas whose momentum is zero: T N/(N - 1) (1 - m_a/sum N_b m_b).

    Momenta of variance m T' conditioned on their sum 0 have variances m T' (1 - m/sum); T' follows from the energy N T.
    """
    n, m = _species(number, mass)
    return np.asarray(temperature * n.sum() / (n.sum() - 1) * (1 - m / (n @ m)))


def friction(density: ArrayLike, diameter: ArrayLike, mass: ArrayLike, temperature: ArrayLike) -> Array:
    """Rate at which a disc of a loses its velocity to discs of b, gamma_ab = 2 (m_b/M) nu_ab.

    It is the initial rate of decay of <v_a(t).v_a(0)>: a collision changes v_a by 2 (m_b/M) (g.k) k, g = v_b - v_a, and
    E[v_a | g] = -g T_a/(m_a w^2), so that <v_a.dv_a> per unit time is -(4 m_b/M) (T_a/m_a) nu_ab of 2 T_a/m_a.
    """
    n, sigma, m, t = _species(density, diameter, mass, temperature)
    return np.asarray(2 * m / (m[:, None] + m) * collision_rates(n, sigma, m, t))


def diffusion(density: ArrayLike, diameter: ArrayLike, mass: ArrayLike, temperature: float = 1.0) -> Array:
    """Tracer diffusion coefficients D_a = T/(m_a sum_b gamma_ab), first Sonine approximation, with `friction`."""
    n, sigma, m = _species(density, diameter, mass)
    rate = friction(n, sigma, m, np.full(len(n), float(temperature))).sum(axis=1)
    return np.asarray(temperature / (m * rate))


def velocity_entropy(temperature: ArrayLike, mass: ArrayLike) -> Array:
    """Entropy per disc of a Maxwellian in the plane of velocities, ln(2 pi e T/m), in nats; broadcasts."""
    return np.asarray(np.log(2 * np.pi * np.e * np.asarray(temperature, float) / np.asarray(mass, float)))


def entropy_rate(density: ArrayLike, diameter: ArrayLike, mass: ArrayLike, temperature: ArrayLike) -> float:
    """Entropy production per disc, sum x_a T_a'/T_a: of two species kappa x_0 x_1 w (T_0 - T_1)^2/(T_0 T_1) >= 0."""
    n, sigma, m, t = _species(density, diameter, mass, temperature)
    return float(n / n.sum() @ (temperature_rates(n, sigma, m, t) / t))


def mixing_entropy(share: ArrayLike) -> Array:
    """Rise -ln q_a of the entropy per disc of a species that spreads from a share q_a of the box to all of it.

    0 for all if the species are not told apart, start at one pressure and are equal in mass, size and temperature. J.
    W. Gibbs, On the equilibrium of heterogeneous substances, Trans. Conn. Acad. 3, 227 (1876). If only their masses or
    temperatures differ, what rises then is the divergence of Jensen and Shannon of their laws of velocity.
    """
    return np.asarray(-np.log(np.asarray(share, float)))


def _species(*columns: ArrayLike) -> tuple[Any, ...]:
    """Columns as float64 arrays of one length."""
    return tuple(np.broadcast_arrays(*(np.atleast_1d(np.asarray(column, float)) for column in columns)))


def _halves(sigma: Array) -> Array:
    return np.asarray((sigma[:, None] + sigma) / 2)


def _spreads(m: Array, t: Array) -> Array:
    """Standard deviation w_ab of a component of the relative velocity."""
    return np.sqrt(np.asarray((t / m)[:, None] + t / m))
