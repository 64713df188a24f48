"""A particle driven around a periodic potential: velocity, diffusion and entropy production without approximation.

dx = mu (f - V'(x)) dt + sqrt(2 mu T) dW with V of period L: mu the mobility, f a constant force, T the temperature
times k_B, D = mu T. Lengths, energies and times are in the user's units. ``potential`` is a callable of x that takes
arrays, smooth and of the period given; integrals are sums over ``points`` equal steps, exact to
rounding if e^(V/T) is resolved. ValueError if T, mu or L is not positive.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from physent.theory.network import Array

Potential = Callable[[Any], Any]


def cosine(height: float, wavenumber: float = 1.0) -> Potential:
    """The potential V0 cos(q x), of period 2 pi/q."""
    return lambda x: height * np.cos(wavenumber * np.asarray(x, float))


def velocity_in_cosine(
    height: float, force: float, temperature: float = 1.0, mobility: float = 1.0, wavenumber: float = 1.0
) -> float:
    """Mean velocity in V0 cos(q x): q D sinh(pi a)/(pi |I_ia(V0/T)|^2), a = f/qT, I the modified Bessel function.

    R. L. Stratonovich (Topics in the Theory of Random Noise II, 1967, ch. 9). Taken from the same integral before it is
    done, q D (1 - e^(-2 pi a))/int_0^(2 pi) I_0(2 V0/T sin(y/2)) e^(-a y) dy, whose terms are positive.
    """
    _positive(temperature=temperature, mobility=mobility, wavenumber=wavenumber)
    a, z = abs(force) / (wavenumber * temperature), abs(height / temperature)
    nodes, weights = special.roots_legendre(400)
    y = math.pi * (nodes + 1)
    w = 2 * z * np.sin(y / 2)
    log = special.logsumexp(np.log(special.ive(0, w)) + w - a * y, b=math.pi * weights)
    speed = wavenumber * mobility * temperature * -math.expm1(-2 * math.pi * a) * math.exp(-log)
    return math.copysign(speed, force) if force else 0.0


def velocity(
    potential: Potential,
    force: float,
    temperature: float = 1.0,
    mobility: float = 1.0,
    period: float = 2 * math.pi,
    points: int = 512,
) -> float:
    """Mean velocity D L (1 - e^(-f L/T))/int_0^L I+(x) dx, I+(x) = int_0^L e^((U(x) - U(x - y))/T) dy, U = V - f x.

    Reference of `velocity_in_cosine`.
    """
    _positive(temperature=temperature, mobility=mobility, period=period)
    if force < 0:
        return -velocity(lambda x: potential(-x), -force, temperature, mobility, period, points)
    plus, _ = _passages(potential, force, temperature, period, points)
    return float(mobility * temperature * -math.expm1(-force * period / temperature) / plus.mean())


def effective_diffusion(
    potential: Potential,
    force: float,
    temperature: float = 1.0,
    mobility: float = 1.0,
    period: float = 2 * math.pi,
    points: int = 512,
) -> float:
    """Long-time diffusion coefficient, lim var x/2t: D <I+^2 I->/<I+>^3, I-(x) = int_0^L e^((U(x + y) - U(x))/T) dy.

    P. Reimann et al., Phys. Rev. Lett. 87, 010602 (2001), 10.1103/PhysRevLett.87.010602; averages over x. With f = 0 it
    is D/(<e^(V/T)> <e^(-V/T)>) (S. Lifson and J. L. Jackson, J. Chem. Phys. 36, 2410 (1962), 10.1063/1.1732899).
    """
    _positive(temperature=temperature, mobility=mobility, period=period)
    if force < 0:
        return effective_diffusion(lambda x: potential(-x), -force, temperature, mobility, period, points)
    plus, minus = _passages(potential, force, temperature, period, points)
    return float(mobility * temperature * np.mean(plus**2 * minus) / plus.mean() ** 3)


def stationary_density(
    potential: Potential, force: float, temperature: float = 1.0, period: float = 2 * math.pi, points: int = 512
) -> tuple[Array, Array]:
    """Places x, (points,), from 0, and the stationary density there, norm 1 over a period: I-(x) up to a factor.

    The solution of J = mu (f - V') p - D p' with constant J (reference of `velocity_in_cosine`).
    """
    _positive(temperature=temperature, period=period)
    _, minus = _passages(potential, force, temperature, period, points)
    return np.arange(points) * period / points, minus / minus.mean() / period


def entropy_production(velocity: float, force: float, temperature: float = 1.0) -> float:
    """Entropy production per unit of time, f v/T: the work of the force goes into the medium."""
    _positive(temperature=temperature)
    return force * velocity / temperature


def uncertainty_ratio(velocity: float, diffusion: float, entropy_production: float) -> float:
    """D_eff sigma/v^2, at least 1: the thermodynamic uncertainty relation var j sigma >= 2 <j>^2/t.

    A. C. Barato and U. Seifert, Phys. Rev. Lett. 114, 158101 (2015), 10.1103/PhysRevLett.114.158101. ``diffusion`` is
    half the variance of the current per unit of time, ``velocity`` its mean. Infinite without a current.
    """
    return diffusion * entropy_production / velocity**2 if velocity else math.inf


def _passages(
    potential: Potential, force: float, temperature: float, period: float, points: int
) -> tuple[Array, Array]:
    """I+ and I- at the points: positive terms, each step of y by Gauss-Legendre. NaN if e^(fL/T) overflows."""
    step = period / points
    nodes, weights = np.polynomial.legendre.leggauss(8)
    x = np.arange(points) * step
    y = (nodes + 1) / 2 * step
    v = np.asarray(potential(x), float) / temperature
    inner = np.asarray(potential(x[:, None] + y), float) / temperature  # between x and x + step
    tilt = force / temperature
    ahead = np.exp(inner - v[:, None] - tilt * y) @ weights * step / 2
    behind = np.exp(np.roll(v, -1)[:, None] - inner - tilt * (step - y)) @ weights * step / 2
    steps, index = np.arange(points), np.arange(points)[:, None]
    before, after = (index - steps) % points, (index + steps) % points
    fall = np.exp(-tilt * x)
    plus = (np.exp(v[:, None] - v[before]) * fall * np.roll(behind, 1)[before]).sum(1)
    minus = (np.exp(v[after] - v[:, None]) * fall * ahead[after]).sum(1)
    return plus, minus


def _positive(**given: float) -> None:
    for name, value in given.items():
        if not (value > 0 and math.isfinite(value)):
            raise ValueError(f"{name} is {value}, expected a positive number")
