"""One coordinate in a harmonic trap that moves, stiffens or rests: work and entropies of an overdamped particle.

dx = -mu k (x - c) dt + sqrt(2 mu T) dW, energy k (x - c)^2/2, T the temperature times k_B, mu the mobility; w is the
work done on the particle, q the heat into the medium. Times, lengths and energies are in the user's units. Several
independent coordinates add. ValueError for a temperature, mobility or stiffness that is not positive.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import integrate

from physent.theory.network import Array


def dragged_work(
    t: float, stiffness: float, velocity: float, temperature: float = 1.0, mobility: float = 1.0
) -> tuple[float, float]:
    """Mean and variance of the work to drag the trap for the time ``t`` from equilibrium: Gaussian, var w = 2 T <w>.

    <w> = v^2/mu [t - (1 - e^(-mu k t))/(mu k)], all of it dissipated (O. Mazonka and C. Jarzynski, cond-mat/9912121,
    1999).
    """
    _positive(stiffness=stiffness, temperature=temperature, mobility=mobility)
    rate = mobility * stiffness
    mean = velocity**2 / mobility * _delayed(t, rate)
    return mean, 2 * temperature * mean


def dragged_law(
    t: float, stiffness: float, velocity: float, temperature: float = 1.0, mobility: float = 1.0
) -> tuple[float, float]:
    """Mean lag <x - c> behind the centre, which starts at rest in equilibrium and moves for ``t``, and variance T/k.

    -v (1 - e^(-mu k t))/(mu k): the linear equation of the mean.
    """
    _positive(stiffness=stiffness, temperature=temperature, mobility=mobility)
    rate = mobility * stiffness
    return velocity * math.expm1(-rate * t) / rate, temperature / stiffness


def breathing_cumulants(
    times: npt.ArrayLike, stiffness: npt.ArrayLike, temperature: float = 1.0, mobility: float = 1.0, order: int = 4
) -> Array:
    """Cumulants 1 ... ``order`` of the work when k goes linearly through ``stiffness`` (n,) at ``times`` (n,).

    From equilibrium at the first stiffness; a repeated time is a jump of k. With <e^(-s w)> = e^K(s) the law of x
    weighted by e^(-s w) stays Gaussian of a variance S(s): dS/dt = -2 mu k S + 2 mu T - s k' S^2, dK/dt = -s k' S/2
    (T. Speck, J. Phys. A 44, 305001 (2011), 10.1088/1751-8113/44/30/305001). Its power series in s to ``order`` is
    integrated to a relative 1e-11; a jump of k by d changes S to S/(1 + s d S) and K by -ln(1 + s d S)/2. K(1/T) is
    -dF/T of `free_energy_difference`.
    """
    t, k = _path(times, stiffness, temperature, mobility)
    s = np.zeros(order)
    s[0] = temperature / k[0]
    series = np.zeros(order + 1)
    for begin, end, before, after in zip(t[:-1], t[1:], k[:-1], k[1:], strict=True):
        if begin == end:
            s, change = _jumped(s, after - before)
            series[1:] += change
            continue
        slope = (after - before) / (end - begin)

        def growth(now: float, y: Array, slope: float = slope, begin: float = begin, before: float = before) -> Array:
            variance = y[:order]
            square = np.convolve(variance, variance)[: order - 1]
            rate = -2 * mobility * (before + slope * (now - begin)) * variance
            rate[0] += 2 * mobility * temperature
            rate[1:] -= slope * square
            return np.concatenate([rate, -slope * variance / 2])

        found = integrate.solve_ivp(
            growth, (begin, end), np.concatenate([s, np.zeros(order)]), "DOP853", rtol=1e-11, atol=1e-14 * s[0]
        )
        s = found.y[:order, -1]
        series[1:] += found.y[order:, -1]
    n = np.arange(1, order + 1)
    return np.asarray((-1.0) ** n * [math.factorial(i) for i in n] * series[1:])


def free_energy_difference(before: float, after: float, temperature: float = 1.0) -> float:
    """F(k = after) - F(k = before) = (T/2) ln(after/before): the Gaussian integral."""
    _positive(before=before, after=after, temperature=temperature)
    return temperature / 2 * math.log(after / before)


def relaxation_entropies(
    t: float, variance: float, stiffness: float = 1.0, temperature: float = 1.0, mobility: float = 1.0
) -> tuple[float, float, float]:
    """Entropy given to the medium, to the system, and in total, in ``t`` in a trap at rest; x starts Gaussian, mean 0.

    -k (S_t - S_0)/2T, ln(S_t/S_0)/2 and their sum, S_t = T/k + (S_0 - T/k) e^(-2 mu k t) (U. Seifert, Phys. Rev. Lett.
    95, 040602 (2005), 10.1103/PhysRevLett.95.040602). The total is the loss of D(p | p_eq).
    """
    _positive(variance=variance, stiffness=stiffness, temperature=temperature, mobility=mobility)
    rest = temperature / stiffness
    later = rest + (variance - rest) * math.exp(-2 * mobility * stiffness * t)
    medium, system = -stiffness * (later - variance) / (2 * temperature), math.log(later / variance) / 2
    return medium, system, medium + system


def hatano_sasa(
    t: float,
    velocity: tuple[float, float],
    stiffness: float = 1.0,
    temperature: float = 1.0,
    mobility: float = 1.0,
) -> tuple[float, float]:
    """Mean and variance of Y of a trap whose velocity rises linearly from the first to the last value in ``t``.

    Starts in the steady state of the first velocity; Y = int dv/dt d phi/dv dt, phi = -ln p_ss in the moving frame
    (T. Hatano and S. Sasa, Phys. Rev. Lett. 86, 3463 (2001), 10.1103/PhysRevLett.86.3463). p_ss is a Gaussian about
    -v/(mu k): Y is the work/T of `dragged_work` at the velocity v'/(mu k) of that centre, Gaussian, var Y = 2 <Y>.
    """
    _positive(t=t, stiffness=stiffness)
    centre = (velocity[1] - velocity[0]) / t / (mobility * stiffness)
    mean = dragged_work(t, stiffness, centre, temperature, mobility)[0] / temperature
    return mean, 2 * mean


def comoving_heat_rate(velocity: float, temperature: float = 1.0, mobility: float = 1.0) -> float:
    """Entropy produced per unit of time by a trap that is dragged steadily, v^2/(mu T): the mean of `dragged_work`."""
    _positive(temperature=temperature, mobility=mobility)
    return velocity**2 / (mobility * temperature)


def _delayed(t: float, rate: float) -> float:
    """(rate t - 1 + e^(-rate t))/rate, without cancellation for small rate t."""
    x = rate * t
    if x > 0.05:
        return t + math.expm1(-x) / rate
    return t * math.fsum((-x) ** (n - 1) / math.factorial(n) * -1 for n in range(2, 12))


def _jumped(s: Array, rise: float) -> tuple[Array, Array]:
    """Series of S/(1 + s d S) and of -ln(1 + s d S)/2 (from order 1) of the series S in s."""
    order = len(s)
    power = np.zeros(order)
    power[0] = 1.0
    new, logs = s.copy(), np.zeros(order + 1)
    shifted = np.concatenate([[0.0], rise * s])[: order + 1]  # s d S
    factor = np.zeros(order + 1)
    factor[0] = 1.0
    for n in range(1, order + 1):
        factor = np.convolve(factor, shifted)[: order + 1]
        logs += (-1) ** (n + 1) * factor / n
        new = new + (-1) ** n * np.convolve(factor, s)[:order]
    return new, -logs[1:] / 2


def _path(times: npt.ArrayLike, stiffness: npt.ArrayLike, temperature: float, mobility: float) -> tuple[Array, Array]:
    t, k = np.asarray(times, float), np.asarray(stiffness, float)
    _positive(temperature=temperature, mobility=mobility)
    if t.ndim != 1 or t.shape != k.shape or len(t) < 2 or np.any(np.diff(t) < 0):
        raise ValueError(f"times {t.shape} and stiffness {k.shape}, expected two or more of each, in ascending order")
    _positive(stiffness=float(k.min()))
    return t, k


def _positive(**given: float) -> None:
    for name, value in given.items():
        if not (value > 0 and math.isfinite(value)):
            raise ValueError(f"{name} is {value}, expected a positive number")
