"""Exact and asymptotic entropies of chains of fermions, spins and oscillators, in nats."""

from __future__ import annotations

import numpy as np
import scipy.linalg
from scipy.integrate import quad
from scipy.special import ellipk, entr, spence

from physent.typing import Floats

JIN_KOREPIN = 0.4950179081
"""-int_0^inf dt [e^(-t)/(3t) + 1/(t sinh^2(t/2)) - cosh(t/2)/(2 sinh^3(t/2))], of the block entropy of free fermions.

Jin and Korepin (2004), J. Stat. Phys. 116, 79, doi 10.1023/B:JOSS.0000037230.37166.42.
"""


def block_of_fermions(length: int) -> float:
    """Entropy of ``length`` consecutive sites of the infinite half-filled chain, from its correlations.

    C_ij = sin(pi (i-j)/2) / (pi (i-j)), C_ii = 1/2.
    """
    gap = np.arange(1, length)
    row = np.concatenate([[0.5], np.sin(np.pi * gap / 2) / (np.pi * gap)])
    z = np.clip(scipy.linalg.eigvalsh(scipy.linalg.toeplitz(row)), 0.0, 1.0)
    return float((entr(z) + entr(1.0 - z)).sum())


def jin_korepin(length: float) -> float:
    """Asymptotic entropy (1/3) ln length + (1/3) ln 2 + `JIN_KOREPIN` of that block; error of order 1/length^2."""
    return float(np.log(2.0 * length) / 3.0 + JIN_KOREPIN)


def defect_coefficient(transmission: float) -> float:
    """c_eff of fermions with a defect of transmission amplitude s in [0, 1]: S = (c_eff/6) ln L; 1 at s = 1.

    Eisler and Peschel (2010), Ann. Phys. (Berlin) 522, 679, doi 10.1002/andp.201000055.
    """
    s = transmission
    if s == 0.0:
        return 0.0
    more, less = (1 + s) * np.log1p(s), (1 - s) * np.log1p(-s) if s < 1 else 0.0
    dilog_minus, dilog_plus = spence(1 + s), spence(1 - s)  # spence(z) = Li_2(1 - z)
    return float(-6 / np.pi**2 * ((more + less) * np.log(s) + (1 + s) * dilog_minus + (1 - s) * dilog_plus))


def bond_transmission(ratio: float) -> float:
    """Transmission amplitude 2/(t + 1/t) at half filling of a bond whose hopping is t times that of the others.

    Eisler and Peschel (2010).
    """
    return 2.0 / (ratio + 1.0 / ratio)


def half_ising(field: float) -> float:
    """Entropy of half of the infinite transverse Ising chain, field h > 0 over coupling, h != 1; h < 1: with ln 2.

    Peschel (2004), J. Stat. Mech. P12005, doi 10.1088/1742-5468/2004/12/P12005, for H = -sum sigma^x sigma^x - h sum
    sigma^z, of the symmetric ground state if h < 1.
    """
    k = field if field < 1 else 1.0 / field
    other = np.sqrt(1 - k * k)
    product = 4 * ellipk(k * k) * ellipk(1 - k * k) / np.pi
    if field < 1:
        return float((np.log(k * k / (16 * other)) + (1 - k * k / 2) * product) / 12 + np.log(2))
    return float((np.log(16 / (k * k * other * other)) + (k * k - other * other) * product) / 24)


def half_oscillators(k: float) -> float:
    """Entropy of half of the infinite chain with pinning 1 - k and stiffness k, 0 < k < 1, in its ground state.

    Levels (2 l - 1) pi K(k')/K(k), by corner transfer matrices: Peschel and Chung (1999), J. Phys. A 32, 8419, doi
    10.1088/0305-4470/32/48/305.
    """
    spacing = np.pi * ellipk(1 - k * k) / ellipk(k * k)
    level = spacing * (2 * np.arange(1, int(700 / spacing) + 2) - 1)
    weight = np.exp(-level)
    return float((level * weight / (1.0 - weight) - np.log1p(-weight)).sum())


def two_oscillators(pinning: float, stiffness: float) -> float:
    """Entropy of one of two coupled oscillators in their ground state.

    Symplectic eigenvalue nu = sqrt((1/w + 1/v)(w + v))/4, normal frequencies w = pinning, v^2 = w^2 + 2 stiffness:
    Srednicki (1993), Phys. Rev. Lett. 71, 666, doi 10.1103/PhysRevLett.71.666.
    """
    w, v = pinning, np.sqrt(pinning**2 + 2 * stiffness)
    nu = 0.25 * np.sqrt((1 / w + 1 / v) * (w + v))
    return float((nu + 0.5) * np.log(nu + 0.5) - (nu - 0.5) * np.log(nu - 0.5))


def heat_current(pinning: float, hot: float, cold: float, stiffness: float = 1.0) -> float:
    """Stationary energy per time between two half-infinite chains joined without reflection.

    int dw/(2 pi) w [n_hot(w) - n_cold(w)] over the band, from pinning to sqrt(pinning^2 + 4 stiffness): Landauer's
    formula at full transmission; Rieder, Lebowitz and Lieb (1967), J. Math. Phys. 8, 1073, doi 10.1063/1.1705319, for
    the classical chain.
    """

    def flow(w: float) -> float:
        return w * (1 / np.expm1(w / hot) - 1 / np.expm1(w / cold)) / (2 * np.pi) if w > 0 else (hot - cold) / 2 / np.pi

    return float(quad(flow, pinning, np.sqrt(pinning**2 + 4 * stiffness), epsabs=1e-14, epsrel=1e-13)[0])


def neel_block(time: Floats | float, length: float) -> Floats:
    """Entropy of a block in the infinite chain of hopping 1 after a start from every other site, at leading order.

    ln 2 int dk/(2 pi) min(2 |sin k| t, length): pairs of quasi-particles; Calabrese and Cardy (2005), J. Stat. Mech.
    P04010, doi 10.1088/1742-5468/2005/04/P04010. Corrections grow as ln t. Half of an infinite chain has one end: it
    gains (2/pi) ln 2 per time.
    """
    t = np.atleast_1d(np.asarray(time, dtype=np.float64))
    knee = np.arcsin(np.minimum(1.0, length / np.maximum(2 * t, 1e-300)))  # 2 t sin k = length
    found = np.log(2) / (2 * np.pi) * 4 * (2 * t * (1 - np.cos(knee)) + length * (np.pi / 2 - knee))
    return np.asarray(found if np.ndim(time) else found[0])
