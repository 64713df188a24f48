"""Breathers on the unit background of the focusing equation i psi_t + 1/2 psi_xx + |psi|^2 psi = 0.

One family with the parameter a: periodic in x for 0 < a < 1/2 (Akhmediev), rational at a = 1/2 (Peregrine),
periodic in t for a > 1/2 (Kuznetsov-Ma). Each peaks at x = t = 0 with |psi| = 1 + 2 sqrt(2a). ``x`` and
``t`` are real arrays that broadcast against each other; waves are complex128 of the broadcast shape.
Akhmediev and Ankiewicz, Solitons (1997), ch. 3.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from physent.theory.solitons import Wave


def akhmediev(x: npt.ArrayLike, t: npt.ArrayLike, a: float) -> Wave:
    """Akhmediev breather, 0 < a < 1/2: one growth and decay of a modulation of the plane wave exp(i t).

    Akhmediev and Korneev (1986), Theor. Math. Phys. 69, 1089, doi 10.1007/BF01037866. Raises ValueError for
    other a.
    """
    if not 0 < a < 0.5:
        raise ValueError(f"a is {a}, expected 0 < a < 1/2")
    x, t = np.asarray(x, float), np.asarray(t, float)
    rate = akhmediev_growth_rate(a)
    fade = np.exp(-rate * np.abs(t))
    cosh, sinh = (1 + fade**2) / 2, np.sign(t) * (1 - fade**2) / 2
    ripple = np.sqrt(2 * a) * np.cos(akhmediev_wavenumber(a) * x) * fade
    return np.asarray(np.exp(1j * t) * ((1 - 4 * a) * cosh + ripple + 1j * rate * sinh) / (ripple - cosh))


def akhmediev_wavenumber(a: float) -> float:
    """Wavenumber of the modulation, 2 sqrt(1 - 2a)."""
    return float(2 * np.sqrt(1 - 2 * a))


def akhmediev_growth_rate(a: float) -> float:
    """Rate at which the modulation first grows and last decays, sqrt(8a (1 - 2a))."""
    return float(np.sqrt(8 * a * (1 - 2 * a)))


def peregrine(x: npt.ArrayLike, t: npt.ArrayLike) -> Wave:
    """Peregrine soliton, [1 - 4 (1 + 2it)/(1 + 4x^2 + 4t^2)] exp(it), the limit a = 1/2.

    Peregrine (1983), J. Austral. Math. Soc. B 25, 16, doi 10.1017/S0334270000003891.
    """
    x, t = np.asarray(x, float), np.asarray(t, float)
    return np.asarray((1 - 4 * (1 + 2j * t) / (1 + 4 * x**2 + 4 * t**2)) * np.exp(1j * t))


def kuznetsov_ma(x: npt.ArrayLike, t: npt.ArrayLike, a: float) -> Wave:
    """Kuznetsov-Ma breather, a > 1/2: a localised pulsation of the background exp(i t), of period
    `kuznetsov_ma_period`.

    `akhmediev` with imaginary wavenumber and growth rate. Kuznetsov (1977), Sov. Phys. Dokl. 22, 507; Ma
    (1979), Stud. Appl. Math. 60, 43, doi 10.1002/sapm197960143. Raises ValueError for other a.
    """
    if not a > 0.5:
        raise ValueError(f"a is {a}, expected a > 1/2")
    x, t = np.asarray(x, float), np.asarray(t, float)
    fade = np.exp(-kuznetsov_ma_decay(a) * np.abs(x))
    hump = np.sqrt(2 * a) * (1 + fade**2) / 2
    beat = 2 * np.pi / kuznetsov_ma_period(a)
    cos, sin = np.cos(beat * t) * fade, np.sin(beat * t) * fade
    return np.asarray(np.exp(1j * t) * (hump + (1 - 4 * a) * cos - 1j * beat * sin) / (hump - cos))


def kuznetsov_ma_decay(a: float) -> float:
    """Rate of decay of the breather into the background, 2 sqrt(2a - 1) per unit of x."""
    return float(2 * np.sqrt(2 * a - 1))


def kuznetsov_ma_period(a: float) -> float:
    """Period of |psi| in time, 2 pi / sqrt(8a (2a - 1))."""
    return float(2 * np.pi / np.sqrt(8 * a * (2 * a - 1)))


def breather_peak(a: float) -> float:
    """Largest |psi| of the family, 1 + 2 sqrt(2a), on the unit background."""
    return float(1 + 2 * np.sqrt(2 * a))
