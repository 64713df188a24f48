"""Coupled rotors, dtheta_i = omega_i dt + (K/N) sum_j sin(theta_j - theta_i) dt + sqrt(2 D) dW, for endless N.

K is the coupling, D the noise (the temperature times k_B of identical rotors, whose energy is -(K/2N) sum cos), omega
natural frequencies, all per unit of time; r = |<e^(i theta)>| is the order parameter. With r known each rotor is alone
on a ring: `physent.theory.tilted_ring` with force omega, potential -K r cos theta and temperature D. Frequencies are
``lorentzian`` of half width g, or given, symmetric about 0. Entropies are in nats or units of k_B. ValueError for a
coupling, noise or width that is negative, or zero where it divides.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import integrate, optimize, special

from physent.theory import tilted_ring
from physent.theory.network import Array


def bessel_ratio(order: npt.ArrayLike, x: float) -> npt.NDArray[np.complex128]:
    """I_(order + 1)(x)/I_order(x) of modified Bessel functions, complex ``order`` (...) of real part >= 0, x >= 0.

    Continued fraction 1/(2 (order + 1)/x + 1/(2 (order + 2)/x + ...)), from the recurrence (NIST Digital Library of
    Mathematical Functions, 10.33.1); an error at term n falls by about e^(-n^2/x), so that 8 sqrt(x) + 40 terms serve.
    """
    nu = np.asarray(order, complex)
    ratio = np.zeros_like(nu)
    for n in range(int(8 * math.sqrt(x)) + 40, 0, -1):
        ratio = x / (2 * (nu + n) + x * ratio)
    return ratio


def critical_coupling(noise: float, width: float = 0.0) -> float:
    """K_c = 2 (g + D) of a Lorentzian; 2 D of identical rotors.

    H. Sakaguchi, Prog. Theor. Phys. 79, 39 (1988), 10.1143/PTP.79.39. Below it r decays as e^((K/2 - g - D) t).
    """
    return 2 * (width + noise)


def xy_order(coupling: float, temperature: float) -> float:
    """Order parameter of identical rotors in equilibrium, the largest r = I_1(K r/T)/I_0(K r/T): 0 up to K = 2 T."""
    return lorentzian_order(coupling, 0.0, temperature)


def rotor_entropy(coupling: float, temperature: float) -> float:
    """Entropy of one angle of identical rotors, ln 2 pi I_0(K r/T) - K r^2/T, nats: that of its von Mises law."""
    r = xy_order(coupling, temperature)
    return _log_partition(coupling * r / temperature) - coupling * r**2 / temperature


def free_energy(coupling: float, temperature: float, order: float) -> float:
    """Free energy per identical rotor at the order parameter ``order``, K r^2/2 - T ln 2 pi I_0(K r/T).

    Its minimum is at `xy_order` (S. Sasa, New J. Phys. 17, 045024 (2015), 10.1088/1367-2630/17/4/045024).
    """
    return coupling * order**2 / 2 - temperature * _log_partition(coupling * order / temperature)


def lorentzian_order(coupling: float, width: float, noise: float) -> float:
    """Stationary r of Lorentzian frequencies with noise: the root of r = I_(nu+1)(x)/I_nu(x), nu = g/D, x = K r/D.

    Derived here: with f_omega = sum c_n e^(i n theta) stationary, c_n is analytic in omega in a half plane, where the
    Lorentzian has one pole; there Z_n = <e^(i n theta)> obeys (nu + n) Z_n = (x/2)(Z_(n-1) - Z_(n+1)), the
    recurrence of I_(nu+n). Without noise sqrt(1 - 2 g/K). 0 up to `critical_coupling`.
    """
    _checked(coupling=coupling, width=width, noise=noise)
    if coupling <= critical_coupling(noise, width):
        return 0.0
    if noise == 0:
        return math.sqrt(1 - 2 * width / coupling)
    low = 1e-9

    def excess(r: float) -> float:
        return float(bessel_ratio(width / noise, coupling * r / noise).real) / r - 1

    return 0.0 if excess(low) <= 0 else float(optimize.brentq(excess, low, 1.0, xtol=1e-15, rtol=1e-14))


def near_onset_order(coupling: float, width: float, noise: float) -> float:
    """`lorentzian_order` to leading order above onset: r^2 = 4 (1 + nu)(2 + nu)(D/K)^2 (1 - K_c/K), nu = g/D, D > 0.

    From I_(nu+1)(x)/I_nu(x) = x/2(1 + nu) [1 - x^2/4(1 + nu)(2 + nu) + ...].
    """
    _checked(coupling=coupling, width=width, noise=noise)
    distance = max(0.0, 1 - critical_coupling(noise, width) / coupling)
    return 2 * math.sqrt((noise + width) * (2 * noise + width) * distance) / coupling


def lorentzian_order_in_time(
    t: npt.ArrayLike, coupling: float, width: float, noise: float, start: float, modes: int = 0
) -> Array:
    """Order parameter at the times ``t`` (n,), ascending from 0, from a wrapped Cauchy law r = ``start``.

    The start does not depend on the frequency. dZ_n/dt = -(n g + n^2 D) Z_n + (n K/2) Z_1 (Z_(n-1) - Z_(n+1)),
    Z_n(0) = start^n, Z_0 = 1 (derivation of `lorentzian_order`), cut at ``modes`` (0: where
    r^n is below 1e-12), to 1e-10. Without noise it is `ott_antonsen`.
    """
    _checked(coupling=coupling, width=width, noise=noise)
    times = np.atleast_1d(np.asarray(t, float))
    if not 0 <= start < 1 or np.any(np.diff(times) < 0) or times[0] < 0:
        raise ValueError(
            f"start {start} or times that do not ascend from 0, expected 0 <= start < 1 and ascending times"
        )
    if noise == 0:
        return ott_antonsen(times, coupling, width, start)
    largest = max(start, lorentzian_order(coupling, width, noise), 0.1)
    cut = modes or max(16, math.ceil(math.log(1e-12) / math.log(largest)))
    n = np.arange(1, cut + 1)
    decay, push = n * width + n**2 * noise, n * coupling / 2

    def motion(_: float, z: Array) -> Array:
        return np.asarray(-decay * z + push * z[0] * (np.append(1.0, z[:-1]) - np.append(z[1:], 0.0)))

    found = integrate.solve_ivp(
        motion, (0, max(float(times[-1]), 1e-300)), start ** n.astype(float), "LSODA", times, rtol=1e-10, atol=1e-14
    )
    return np.asarray(found.y[0])


def ott_antonsen(t: npt.ArrayLike, coupling: float, width: float, start: float) -> Array:
    """Order parameter at ``t`` without noise, from a wrapped Cauchy law: dr/dt = (K/2 - g) r - (K/2) r^3, solved.

    E. Ott and T. M. Antonsen, Chaos 18, 037113 (2008), 10.1063/1.2930766.
    """
    _checked(coupling=coupling, width=width)
    rate, time = coupling - 2 * width, np.asarray(t, float)
    grown = np.expm1(rate * time) / rate if rate else time
    return np.asarray(start * np.exp(rate * time / 2) / np.sqrt(1 + coupling * start**2 * grown))


def entropy_production_saved(coupling: float, width: float, noise: float) -> float:
    """By how much coupling lowers the entropy production per rotor, <omega^2>/D - <omega v>/D = g K r^2/D, Lorentzian.

    K r <omega sin theta>/D, by the contour of `lorentzian_order`: omega = i g at the pole. Each of the two terms is
    infinite by itself. ValueError without noise.
    """
    _checked(coupling=coupling, width=width, positive_noise=noise)
    return width * coupling * lorentzian_order(coupling, width, noise) ** 2 / noise


def order_of_frequencies(coupling: float, frequencies: npt.ArrayLike, noise: float) -> float:
    """Largest stationary r = mean over ``frequencies`` (n,) of Re I_(1+ia)(x)/I_(ia)(x), a = omega/D, x = K r/D; D > 0.

    <cos theta> of each rotor on its ring (H. Sakaguchi, as `critical_coupling`); frequencies symmetric about 0, so that
    <sin theta> cancels. Other states may exist beside it (travelling clusters of bimodal frequencies).
    """
    omega = _symmetric(frequencies)
    _checked(coupling=coupling, positive_noise=noise)

    def excess(r: float) -> float:
        return float(bessel_ratio(1j * omega / noise, coupling * r / noise).real.mean()) - r

    grid = np.linspace(1, 0, 129)[:-1]
    values = [excess(float(r)) for r in grid]
    for high, low, below, above in zip(grid[:-1], grid[1:], values[:-1], values[1:], strict=True):
        if below <= 0 < above:
            return float(optimize.brentq(excess, low, high, xtol=1e-14))
    return 0.0


def entropy_production(coupling: float, frequencies: npt.ArrayLike, noise: float) -> float:
    """Entropy production per rotor, <omega v>/D, v the mean velocity of each at the r of `order_of_frequencies`."""
    omega = _symmetric(frequencies)
    r = order_of_frequencies(coupling, omega, noise)
    velocities = [tilted_ring.velocity_in_cosine(coupling * r, float(one), noise) for one in omega]
    return float(omega @ np.array(velocities) / len(omega) / noise)


def ring_correlation(n: int, coupling: float, distance: int = 1) -> float:
    """<cos(theta_i - theta_(i + distance))> of n rotors in a ring with the energy -sum cos(theta_i - theta_(i+1)) K.

    ``coupling`` is K/T. sum_k I_k^(n - m) I_(k+1)^m/sum_k I_k^n at K/T: Fourier modes make the transfer matrix diagonal
    (G. S. Joyce, Phys. Rev. 155, 478 (1967), 10.1103/PhysRev.155.478).
    """
    if n < 2 or not 0 <= distance <= n or coupling < 0:
        raise ValueError(
            f"n {n}, distance {distance}, coupling {coupling}: expected n >= 2, 0 <= distance <= n, K >= 0"
        )
    k = np.arange(-int(8 * math.sqrt(coupling + 20)) - 40, int(8 * math.sqrt(coupling + 20)) + 41)
    weight = special.ive(np.abs(np.append(k, k[-1] + 1)), coupling)
    here, there = weight[:-1] / weight.max(), weight[1:] / weight.max()
    return float(np.sum(here ** (n - distance) * there**distance) / np.sum(here**n))


def _log_partition(x: float) -> float:
    """The logarithm of 2 pi I_0(x)."""
    return math.log(2 * math.pi * special.ive(0, x)) + x


def _symmetric(frequencies: npt.ArrayLike) -> Array:
    omega = np.sort(np.atleast_1d(np.asarray(frequencies, float)))
    if omega.ndim != 1 or not np.allclose(omega, -omega[::-1], rtol=1e-9, atol=1e-12):
        raise ValueError("expected frequencies (n,) that are symmetric about 0")
    return omega


def _checked(**given: float) -> None:
    for name, value in given.items():
        if not (math.isfinite(value) and value >= 0) or (name.startswith("positive") and value == 0):
            name = name.removeprefix("positive_")
            raise ValueError(f"{name} is {value}, expected a positive number")
