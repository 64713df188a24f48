"""Active particles in a harmonic trap or free: moments, entropy productions, mean square displacement.

dr = (-mu k r + u) dt + sqrt(2 mu T) dW in d dimensions: mu the mobility, k the stiffness, T the temperature times k_B,
u the propulsion velocity of mean square ``speed``^2, <u(t).u(0)> = speed^2 e^(-rate t). The ``rate`` is (d - 1) Dr for
active Brownian particles (``abp``) of rotational diffusion Dr, 1/tau for Ornstein-Uhlenbeck ones (``aoup``), the
tumble rate for run-and-tumble with new directions drawn evenly (``rtp``), and 2 alpha in one dimension for flips at
the rate alpha. An ABP in the plane may also turn at ``angular_velocity``. Lengths, energies and times are in the
user's units; entropies are in units of k_B. Everything follows from linear equations of moments, derived here.
ValueError for a speed or temperature that is negative, or another constant that is not positive.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import special

from physent.theory.network import Array


def mean_square_radius(
    dimension: int,
    speed: float,
    rate: float,
    stiffness: float,
    temperature: float = 0.0,
    mobility: float = 1.0,
    angular_velocity: float = 0.0,
) -> float:
    """Stationary <r^2> of any propulsion: d T/k + speed^2 Re[1/(K (K + z))], K = mu k, z = rate + i turning."""
    _checked(speed, temperature, rate=rate, stiffness=stiffness, mobility=mobility)
    k = mobility * stiffness
    return dimension * temperature / stiffness + speed**2 * (1 / (k + complex(rate, angular_velocity))).real / k


def effective_temperature(mean_square_radius: float, dimension: int, stiffness: float) -> float:
    """Temperature k <r^2>/d of a passive particle of the same `mean_square_radius`: T + u^2/d mu (K + rate)."""
    return stiffness * mean_square_radius / dimension


def radial_moment(
    order: int,
    dimension: int,
    speed: float,
    stiffness: float,
    temperature: float = 0.0,
    mobility: float = 1.0,
    *,
    rotational_diffusion: float = 0.0,
    tumble_rate: float = 0.0,
) -> float:
    """Stationary <r^(2 order)> of particles of constant speed that turn by diffusion, by tumbles, or by both.

    With m(a, b) = <r^(2a) (r.n)^b>, n the direction, 0 = d m/dt is a closed hierarchy, degree by degree of 2a + b:
    0 = -K (2a + b) m(a, b) + v [2a m(a-1, b+1) + b m(a, b-1)] + mu T [2a (2a + 2b + d - 2) m(a-1, b)
    + b (b-1) m(a, b-2)] + Dr [b (b-1) (m(a+1, b-2) - m(a, b)) - (d-1) b m(a, b)] + tumbles [c_b m(a + b/2, 0)
    - m(a, b)], c_b = <n_1^b>, 0 for odd b. In one dimension the tumble rate is 2 alpha for flips at alpha.
    """
    _checked(speed, temperature, stiffness=stiffness, mobility=mobility)
    _turning(rotational_diffusion + tumble_rate)
    k, diffusion, d = mobility * stiffness, mobility * temperature, dimension

    @cache
    def m(a: int, b: int) -> float:
        if a == b == 0:
            return 1.0
        total = 0.0
        if a:
            total += 2 * a * (speed * m(a - 1, b + 1) + diffusion * (2 * a + 2 * b + d - 2) * m(a - 1, b))
        if b:
            total += b * speed * m(a, b - 1)
        if b > 1:
            total += b * (b - 1) * (diffusion * m(a, b - 2) + rotational_diffusion * m(a + 1, b - 2))
        if b and b % 2 == 0:
            total += tumble_rate * _direction_moment(b, d) * m(a + b // 2, 0)
        turns = rotational_diffusion * b * (b + d - 2) + tumble_rate * (b > 0)
        return total / (k * (2 * a + b) + turns)

    return m(order, 0)


def aoup_radial_moment(
    order: int,
    dimension: int,
    speed: float,
    rate: float,
    stiffness: float,
    temperature: float = 0.0,
    mobility: float = 1.0,
) -> float:
    """Stationary <r^(2 order)> of ``aoup``: (2 s)^q Gamma(q + d/2)/Gamma(d/2), Gaussian of variance s = <r^2>/d."""
    s = mean_square_radius(dimension, speed, rate, stiffness, temperature, mobility) / dimension
    half = dimension / 2
    return float((2 * s) ** order * math.exp(math.lgamma(order + half) - math.lgamma(half)))


def rtp_density(x: npt.ArrayLike, speed: float, flip_rate: float, stiffness: float, mobility: float = 1.0) -> Array:
    """Stationary density at ``x`` of ``rtp`` in one dimension, T = 0: ~ (1 - (K x/v)^2)^(alpha/K - 1), |x| < v/K.

    J. Tailleur and M. E. Cates, Phys. Rev. Lett. 100, 218103 (2008), 10.1103/PhysRevLett.100.218103. Norm 1; it is
    infinite at the ends if alpha < K.
    """
    _checked(speed, 0.0, flip_rate=flip_rate, stiffness=stiffness, mobility=mobility)
    k = mobility * stiffness
    shape, edge = flip_rate / k, speed / k
    y = np.asarray(x, float) / edge
    inside = np.where(np.abs(y) < 1, 1 - y * y, 0.0)
    with np.errstate(divide="ignore"):
        values = inside ** (shape - 1) / (special.beta(shape, 0.5) * edge)
    return np.asarray(np.where(np.abs(y) < 1, values, 0.0))


def rtp_moment(order: int, speed: float, flip_rate: float, stiffness: float, mobility: float = 1.0) -> float:
    """<x^(2 order)> of `rtp_density`: (v/K)^(2q) B(alpha/K, q + 1/2)/B(alpha/K, 1/2)."""
    _checked(speed, 0.0, flip_rate=flip_rate, stiffness=stiffness, mobility=mobility)
    k = mobility * stiffness
    ratio = math.exp(special.betaln(flip_rate / k, order + 0.5) - special.betaln(flip_rate / k, 0.5))
    return float((speed / k) ** (2 * order) * ratio)


def even_entropy_production(
    speed: float,
    rate: float,
    stiffness: float = 0.0,
    temperature: float = 1.0,
    mobility: float = 1.0,
    angular_velocity: float = 0.0,
) -> float:
    """Entropy production of the path (r, u) if u keeps its sign under time reversal, u^2/(mu T) Re[z/(K + z)].

    <(F + u/mu) o dr>/T = (u^2 + mu <F.u>)/(mu T) with <r.u> = u^2 Re[1/(K + z)]; with ``stiffness`` 0 a free particle,
    u^2/(mu T). G. Szamel, Phys. Rev. E 100, 050603 (2019), 10.1103/PhysRevE.100.050603. ValueError at T = 0, where it
    diverges: take `noise_free_entropy_production`.
    """
    weight = _trapped(speed, rate, stiffness, temperature, mobility, angular_velocity)
    return speed**2 / (mobility * temperature) * (1 - weight)


def odd_entropy_production(
    speed: float,
    rate: float,
    stiffness: float = 0.0,
    temperature: float = 1.0,
    mobility: float = 1.0,
    angular_velocity: float = 0.0,
) -> float:
    """Entropy production of the path (r, u) if u changes sign, -<F.u>/T = u^2/(mu T) Re[K/(K + z)].

    0 for a free particle; with `even_entropy_production` it adds up to u^2/(mu T). S. Shankar and M. C. Marchetti,
    Phys. Rev. E 98, 020604 (2018), 10.1103/PhysRevE.98.020604. ValueError at T = 0.
    """
    weight = _trapped(speed, rate, stiffness, temperature, mobility, angular_velocity)
    return speed**2 / (mobility * temperature) * weight


def noise_free_entropy_production(dimension: int, stiffness: float, mobility: float = 1.0) -> float:
    """Entropy production at T = 0 of the flow of r with u given, -<div_r dr/dt> = mu <Laplacian U>: d mu k in a trap.

    What N. M. Boffi and E. Vanden-Eijnden, Proc. Natl. Acad. Sci. USA 121, e2318106121 (2024),
    10.1073/pnas.2318106121, train a network for; that it equals their form with the score follows from <div v> = 0.
    """
    return dimension * mobility * stiffness


def velocity_entropy_production(mean_cube: float, speed: float, persistence_time: float, axes: int = 1) -> float:
    """Entropy production at T = 0, mu = 1, of ``aoup`` as paths of (r, v), v = dr/dt odd: tau^2 <(v.grad)^3 U>/(2 Da).

    ``mean_cube`` is <(v.grad)^3 U>, 0 in a harmonic trap; Da = tau speed^2/axes. E. Fodor et al., Phys. Rev. Lett. 117,
    038103 (2016), 10.1103/PhysRevLett.117.038103. With G = 1 + tau grad grad U, tau dv = -G v dt - grad U dt
    + sqrt(2 Da) dW, so that the rate is <(G v)^2>/Da - <tr G>/tau; <v.G.v> does not change, which leaves the cube.
    """
    _checked(speed, 0.0, persistence_time=persistence_time)
    return persistence_time * axes / (2 * speed**2) * mean_cube


def mean_square_displacement(
    t: npt.ArrayLike,
    dimension: int,
    speed: float,
    rate: float,
    temperature: float = 0.0,
    mobility: float = 1.0,
    angular_velocity: float = 0.0,
) -> Array:
    """<|r(t) - r(0)|^2> of a free particle at ``t``: 2 d mu T t + 2 u^2 Re[(z t - 1 + e^(-z t))/z^2].

    Twice the integral of <u.u> over ordered times; for ``abp`` J. R. Howse et al., Phys. Rev. Lett. 99, 048102 (2007),
    10.1103/PhysRevLett.99.048102.
    """
    _checked(speed, temperature, rate=rate, mobility=mobility)
    time = np.asarray(t, float)
    x = time * complex(rate, angular_velocity)
    small = np.abs(x) < 0.05
    series = sum((-x) ** n / math.factorial(n + 2) for n in range(10))
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(small, series, (x + np.expm1(-x)) / x**2)
    return np.asarray(2 * time * (dimension * mobility * temperature + speed**2 * time * factor.real))


def _trapped(
    speed: float, rate: float, stiffness: float, temperature: float, mobility: float, angular_velocity: float
) -> float:
    """Re[K/(K + z)], the part of the swim power that goes into the trap."""
    _checked(speed, 0.0, rate=rate, mobility=mobility)
    if not temperature > 0:
        raise ValueError(f"temperature is {temperature}: this entropy production is infinite at T = 0; take noise_free")
    k = mobility * stiffness
    return (k / (k + complex(rate, angular_velocity))).real


def _direction_moment(b: int, dimension: int) -> float:
    """<n_1^b> of a unit vector, b even."""
    return math.exp(
        math.lgamma(dimension / 2) + math.lgamma((b + 1) / 2) - math.lgamma(0.5) - math.lgamma((b + dimension) / 2)
    )


def _turning(rate: float) -> None:
    if not rate > 0:
        raise ValueError("neither rotational_diffusion nor tumble_rate is positive: the direction never changes")


def _checked(speed: float, temperature: float, **positive: float) -> None:
    if not (speed >= 0 and temperature >= 0):
        raise ValueError(f"speed {speed}, temperature {temperature}: expected none that is negative")
    for name, value in positive.items():
        if not (value > 0 and math.isfinite(value)):
            raise ValueError(f"{name} is {value}, expected a positive number")
