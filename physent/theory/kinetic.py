"""Equilibrium and kinetic theory of the hard-disc gas: collision rates, equations of state, diffusion, speeds.

Discs of unit mass and diameter sigma at number density n and temperature T (k_B = 1); phi = pi n sigma^2 / 4 is the
packing fraction. Unless stated otherwise, functions take numbers or arrays that broadcast and return float64 of the
broadcast shape.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import ive

Array: TypeAlias = NDArray[np.float64]

CLOSE_PACKING = math.pi / math.sqrt(12)
"""Largest packing fraction of equal discs, 0.9069, on the triangular lattice."""

VIRIAL = (1.0, 2.0, 3.128018, 4.257854, 5.336897, 6.362960, 7.351859, 8.319104, 9.272141, 10.216294)
"""Coefficients of Z in powers of phi, from N. Clisby and B. M. McCoy, J. Stat. Phys. 122, 15 (2006),
10.1007/s10955-005-8080-0; the first four are exact (16/3 - 4 sqrt(3)/pi and 16 - 36 sqrt(3)/pi + 80/pi^2), the others
have errors from 6e-7 (the fifth) and 1.3e-4 (the sixth) to 4e-3 (the tenth).
"""


def packing_fraction(density: ArrayLike, diameter: ArrayLike) -> Array:
    """Share of the area that discs cover, phi = pi n sigma^2 / 4."""
    return np.asarray(np.pi / 4 * np.asarray(density, float) * np.asarray(diameter, float) ** 2)


def diameter_from_packing(phi: ArrayLike, density: ArrayLike) -> Array:
    """Diameter sigma = sqrt(4 phi / (pi n)) of discs of packing fraction phi."""
    return np.asarray(np.sqrt(4 * np.asarray(phi, float) / (np.pi * np.asarray(density, float))))


def contact_value(phi: ArrayLike) -> Array:
    """Pair correlation at contact, chi = (1 - 7 phi/16) / (1 - phi)^2.

    L. Verlet and D. Levesque, Mol. Phys. 46, 969 (1982); it is the contact value that goes with `henderson`.
    """
    phi = np.asarray(phi, float)
    return np.asarray((1 - 7 * phi / 16) / (1 - phi) ** 2)


def henderson(phi: ArrayLike) -> Array:
    """Compressibility factor Z = P/(n T) = (1 + phi^2/8) / (1 - phi)^2, equal to 1 + 2 phi `contact_value`.

    D. Henderson, Mol. Phys. 30, 971 (1975), 10.1080/00268977500102511. Within 0.15 % of simulations up to
    phi = 0.4, 0.4 % high at 0.5. The phi of that formula is the packing fraction pi n sigma^2 / 4, which some
    compilations misprint by a factor of two.
    """
    phi = np.asarray(phi, float)
    return np.asarray((1 + phi**2 / 8) / (1 - phi) ** 2)


def virial(phi: ArrayLike) -> Array:
    """Compressibility factor from the ten known virial coefficients and a geometric tail.

    Coefficients beyond the tenth are assumed to continue with the ratio r of the last two, which adds
    b_10 phi^9 r phi / (1 - r phi); r = 1.10, so the tail is below 1e-4 up to phi = 0.3. Valid for the fluid,
    phi < 0.7: closer to simulations than `henderson` above phi = 0.4, and 0.2 % high at 0.6. For the
    coefficients see `VIRIAL`.
    """
    phi = np.asarray(phi, float)
    ratio = VIRIAL[-1] / VIRIAL[-2]
    tail = VIRIAL[-1] * phi ** len(VIRIAL) * ratio / (1 - ratio * phi)
    return np.asarray(np.polynomial.polynomial.polyval(phi, VIRIAL) + tail)


def excess_entropy(phi: ArrayLike) -> Array:
    """Entropy per disc less that of the ideal gas at equal n and T, -int_0^phi (Z - 1)/phi' dphi' with `henderson`.

    In closed form, derived here: (Z - 1)/phi = (2 - 7 phi/8) / (1 - phi)^2 = (9/8)/(1 - phi)^2 + (7/8)/(1 - phi),
    so the integral is (9/8) phi/(1 - phi) - (7/8) ln(1 - phi). The energy of discs does not
    depend on the volume, so dS = (P/T) dV and dS_ex = (P/T - n) dV. About -2 phi in the dilute gas: an expansion that
    halves the packing fraction from 2 phi to phi gains ln 2 + 2 phi.
    """
    phi = np.asarray(phi, float)
    return np.asarray(-(9 / 8 * phi / (1 - phi) - 7 / 8 * np.log1p(-phi)))


def collision_rate(density: ArrayLike, diameter: ArrayLike, temperature: ArrayLike = 1.0) -> Array:
    """Collisions per disc and unit time, nu = 2 sqrt(pi) n sigma chi sqrt(T) (Enskog); N nu / 2 in the whole gas.

    Cross section 2 sigma times n times the mean relative speed sqrt(pi T) of two discs (their relative velocity has
    variance 2T per component) times the contact value chi. S. Chapman and T. G. Cowling, The Mathematical Theory of
    Non-uniform Gases (1970), ch. 16, for spheres; for discs D. M. Gass, J. Chem. Phys. 54, 1898 (1971).
    """
    n, sigma = np.asarray(density, float), np.asarray(diameter, float)
    chi = contact_value(packing_fraction(n, sigma))
    return np.asarray(2 * np.sqrt(np.pi * np.asarray(temperature, float)) * n * sigma * chi)


def mean_free_path(density: ArrayLike, diameter: ArrayLike) -> Array:
    """Mean free path ell = <v>/nu = 1 / (2 sqrt(2) n sigma chi), whatever the temperature."""
    n, sigma = np.asarray(density, float), np.asarray(diameter, float)
    with np.errstate(divide="ignore"):
        return np.asarray(1 / (2 * np.sqrt(2) * n * sigma * contact_value(packing_fraction(n, sigma))))


def diameter_from_mean_free_path(path: float, density: float) -> float:
    """The diameter at which `mean_free_path` is ``path``; in the dilute limit 1 / (2 sqrt(2) n ell).

    sigma chi increases with sigma, so there is at most one solution below close packing. Raises ValueError if there is
    none, or if ``path`` or ``density`` is not positive.
    """
    if not (path > 0 and density > 0):
        raise ValueError(f"mean free path {path} and density {density}, expected numbers > 0")
    wanted, widest = 1 / path, math.sqrt(CLOSE_PACKING)

    def excess(root: float) -> float:
        """1/ell at phi = root^2, less the wanted value: a smooth function, linear in the dilute limit."""
        phi = root * root
        sigma = float(diameter_from_packing(phi, density))
        return 2 * math.sqrt(2) * density * sigma * float(contact_value(phi)) - wanted

    if excess(widest) <= 0:
        shortest = float(mean_free_path(density, diameter_from_packing(CLOSE_PACKING, density)))
        raise ValueError(f"mean free path is {path}, expected above {shortest:.6g}, its value at close packing")
    root = float(brentq(excess, 0.0, widest, xtol=1e-300, rtol=1e-15))
    return float(diameter_from_packing(root**2, density))


def rate_by_speed(speed: ArrayLike, temperature: ArrayLike = 1.0) -> Array:
    """Collision rate of a disc of given speed over the mean rate nu.

    nu(v)/nu = [(1 + 2x) I0(x) + 2x I1(x)] e^-x / sqrt(2) with x = v^2/4T. Derived here: nu(v) is
    2 sigma n chi times the mean |v - w| over Maxwellian w, and the distance of a point at v from a Gaussian point with
    variance T per component has the mean sqrt(pi T/2) e^-x [(1 + 2x) I0(x) + 2x I1(x)] (S. O. Rice, Bell Syst.
    Tech. J. 24, 46 (1945), 10.1002/j.1538-7305.1945.tb00453.x). It is 1/sqrt(2) at rest, v/sqrt(pi T) for fast
    discs, and 1 on average.
    """
    x = np.asarray(speed, float) ** 2 / (4 * np.asarray(temperature, float))
    return np.asarray(((1 + 2 * x) * ive(0, x) + 2 * x * ive(1, x)) / np.sqrt(2))


def diffusion(density: ArrayLike, diameter: ArrayLike, temperature: ArrayLike = 1.0) -> Array:
    """Self-diffusion coefficient D = T/nu = sqrt(T/pi) / (2 n sigma chi), first Sonine approximation of Enskog theory.

    D. M. Gass, J. Chem. Phys. 54, 1898 (1971). The mean square displacement is 4 D t, and D is the integral of the
    velocity autocorrelation T exp(-nu t) of one component. In Enskog theory nu is exactly its initial rate of decay,
    derived here: a collision along the unit vector k changes v by -(g.k) k with g the relative
    velocity. The velocity of the pair's centre is independent of g and has mean zero, so <v.dv> = -<(g.k)^2>/2;
    g.k of colliding pairs has the density c exp(-c^2/4T), so <(g.k)^2> = 4T: each collision removes 2T = <v.v>.

    In two dimensions correlations eventually decay as 1/t (B. J. Alder and T. E. Wainwright, Phys. Rev. A 1, 18
    (1970), 10.1103/PhysRevA.1.18), so this D is observed only at times below a few 1/nu.
    """
    return np.asarray(np.asarray(temperature, float) / collision_rate(density, diameter, temperature))


def speed_density(speed: ArrayLike, temperature: ArrayLike = 1.0) -> Array:
    """Maxwell's law of speeds in the plane, f(v) = (v/T) exp(-v^2/2T): <v> = sqrt(pi T/2), <v^2> = 2T, <v^4> = 8T^2.

    J. C. Maxwell, Phil. Mag. 19, 19 (1860), with two components. v^2/2T has the density exp(-e).
    """
    v, t = np.asarray(speed, float), np.asarray(temperature, float)
    return np.asarray(v / t * np.exp(-(v**2) / (2 * t)))


def speed_ratio(n: ArrayLike, momentum_is_fixed: bool = False) -> Array:
    """Equilibrium <v^4>/<v^2>^2 of n discs of fixed energy: 2n/(n + 1), and 2(n - 1)/n if momentum is fixed to zero.

    Derived here: the velocities are uniform on a sphere in D dimensions, D = 2n or 2(n - 1), on which
    <x^4> = 3 <x^2 y^2> = 3 R^4/(D (D + 2)); so <v^4> = 8 R^4/(D (D + 2)) and <v^2> = 2 R^2/D, both times powers of
    (n - 1)/n that cancel if the momentum is fixed. Tends to 2 for many discs.
    """
    free = np.asarray(n, float) - momentum_is_fixed
    return np.asarray(2 * free / (free + 1))
