"""Hard discs in equilibrium between the walls of a square [0, L]^2: corrections of first order in sigma/L.

Centres stay sigma/2 away from the walls. Discs are denser next to a wall than in the middle, because there their
neighbours push from one side only. With gamma the line tension of the wall and surfaces at 0 and
L, the grand potential of the rectangle is Omega = -p L_x L_y + 2 gamma (L_x + L_y), where p is the pressure of the
fluid in the middle. Hence (derived here), with n the density in the middle:

    N = -dOmega/dmu = n L^2 - 4 L dgamma/dmu,    force on a wall = -dOmega/dL_x = p L - 2 gamma.

Scaled-particle theory (E. Helfand, H. L. Frisch and J. L. Lebowitz, J. Chem. Phys. 34, 1037 (1961)) gives gamma: a
disc of radius R, inserted, costs p pi R^2 + 2 pi R gamma - T ln(1 - phi) with gamma = T n sigma / 2 (1 - phi), and
p = n T / (1 - phi)^2. Then dgamma/dmu = n (dgamma/dn) / (dp/dn) = n sigma (1 - phi) / 2 (1 + phi), so that to first
order in sigma/L

    N = n (L - sigma (1 - phi) / (1 + phi))^2.

For the ideal gas (phi = 0) all of this is exact. Neglected are terms of order sigma^2/L^2 (corners) and 1/N, and
the error of gamma. Its expansion T n sigma (1 + c phi) / 2 has c = 1 instead of the exact c = 2 - 8/(3 pi) = 1.151
(areas of two overlapping discs cut off by a wall), and the error grows with density: the correction of order sigma/L
is right within a few per cent up to phi = 0.3 and within 16 % at 0.5. Simulations: `validation/discs_equilibrium`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from physent.theory.kinetic import CLOSE_PACKING, Array, henderson, packing_fraction


def line_tension(density: ArrayLike, diameter: ArrayLike, temperature: ArrayLike = 1.0) -> Array:
    """Line tension T n sigma / 2 (1 - phi) of a hard wall, an energy per length (see the module)."""
    n, sigma, t = (np.asarray(x, float) for x in (density, diameter, temperature))
    return np.asarray(t * n * sigma / (2 * (1 - packing_fraction(n, sigma))))


def middle_density(n: float, length: float, diameter: float) -> float:
    """Number density in the middle of a square that holds ``n`` discs.

    Raises ValueError if it would exceed close packing.
    """
    if not diameter:
        return n / length**2

    def too_many(density: float) -> float:
        phi = float(packing_fraction(density, diameter))
        return density * (length - diameter * (1 - phi) / (1 + phi)) ** 2 - n

    densest = 4 * CLOSE_PACKING / (np.pi * diameter**2)
    if not (0 < n <= densest * (length - diameter) ** 2 and too_many(densest) > 0):
        raise ValueError(f"{n} discs of diameter {diameter} between walls at 0 and {length}: denser than close packing")
    return float(brentq(too_many, 0.0, densest, xtol=1e-300, rtol=4 * np.finfo(float).eps))


def wall_pressure(n: float, length: float, diameter: float, temperature: float = 1.0) -> float:
    """Force of ``n`` discs on a wall over its length L, n T Z - 2 gamma/L with Z of `henderson` in the middle.

    It lies below the pressure in the middle, because discs can hit at most L - sigma of the length.
    """
    density = middle_density(n, length, diameter)
    pressure = density * temperature * henderson(packing_fraction(density, diameter))
    return float(pressure - 2 * line_tension(density, diameter, temperature) / length)


def compressibility_factor(n: float, length: float, diameter: float) -> float:
    """F (L - sigma) / N T, F the force on a wall; between walls it equals 1 + W/2Kt, W the virial of the collisions.

    By the virial theorem for the centres, in (L - sigma)^2: 2 N T + dW/dt = 2 F (L - sigma).
    """
    return wall_pressure(n, length, diameter) * length * (length - diameter) / n
