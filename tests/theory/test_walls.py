"""Hard discs between walls: the ideal limit, thermodynamic identities, and two discs exactly."""

from __future__ import annotations

import numpy as np
import pytest

from physent.theory import kinetic, walls


@pytest.mark.parametrize("n", [1, 50, 1000])
def test_centres_without_collisions_fill_what_is_open(n: int) -> None:
    """Discs so thin that they hardly meet are an ideal gas in (L - sigma)^2."""
    length, diameter = 3.0, 1e-6
    assert walls.middle_density(n, length, 0.0) == pytest.approx(n / length**2, rel=1e-14)
    assert walls.wall_pressure(n, length, diameter, 2.0) == pytest.approx(
        2.0 * n / (length * (length - diameter)), rel=10 * n * diameter**2
    )
    assert walls.compressibility_factor(n, length, diameter) == pytest.approx(1.0, rel=10 * n * diameter**2)


@pytest.mark.parametrize("phi", [0.01, 0.1, 0.3, 0.5])
def test_line_tension_and_density_are_derivatives_of_one_potential(phi: float) -> None:
    """N L^-2 = n - (4/L) dgamma/dmu with dmu = dp/n, by differences, for the pressure of scaled-particle theory."""
    sigma, length = 1.0, 1e4
    n = 4 * phi / np.pi

    def pressure(density: float) -> float:
        return density / (1 - float(kinetic.packing_fraction(density, sigma))) ** 2

    step = 1e-5 * n
    tension = float(walls.line_tension(n + step, sigma) - walls.line_tension(n - step, sigma))
    slope = n * tension / (pressure(n + step) - pressure(n - step))
    number = n * length**2 - 4 * length * slope
    assert walls.middle_density(number, length, sigma) == pytest.approx(n, rel=5 / length**2)
    closer = walls.middle_density(n * length**2 - 4 * 0.99 * length * slope, length, sigma)
    assert abs(closer / n - 1) > 20 / length**2


@pytest.mark.parametrize("phi", [0.05, 0.2, 0.4])
def test_scaled_particle(phi: float) -> None:
    """The work to insert a disc has, at R = 0, the value and the slope of inserting a point, whatever phi."""
    sigma = 0.7
    n = 4 * phi / (np.pi * sigma**2)
    pressure, tension = n / (1 - phi) ** 2, float(walls.line_tension(n, sigma))

    def free(radius: float) -> float:
        return 1 - n * np.pi * (sigma / 2 + radius) ** 2  # a point-like disc meets one other at most

    step = 1e-6
    assert -np.log(1 - phi) == pytest.approx(-np.log(free(0.0)), rel=1e-12)
    slope = -(np.log(free(0.0)) - np.log(free(-step))) / step
    assert 2 * np.pi * tension == pytest.approx(slope, rel=1e-4)
    # A disc like the others costs their excess chemical potential, whose pressure is p by Gibbs and Duhem.
    densities = np.linspace(0.0, n, 20001)
    share = np.pi * sigma**2 / 4 * densities
    work = (
        -np.log(1 - share)
        + densities / (1 - share) ** 2 * np.pi * sigma**2 / 4
        + np.pi * sigma * walls.line_tension(densities, sigma)
    )
    assert n + np.trapezoid(densities, work) == pytest.approx(pressure, rel=1e-6)


def test_two_discs_in_a_dilute_box() -> None:
    """First order in phi: F a/NT = 1 + 2 phi_a - c phi_a sigma/a, where c is 8/pi exactly and 3 by this theory.

    Exactly, from the area integral of two overlapping discs in a x b, pi sigma^2 a b - (4/3) sigma^3 (a + b):
    ln Z = N ln(a b) - (N^2/2) [that] / (a b)^2, differentiated by a.
    """
    length, sigma = 1.0, 1e-3
    a = length - sigma
    n = 4e-5 / (np.pi * sigma**2) * a**2
    phi = n * np.pi * sigma**2 / (4 * a**2)
    found = (walls.compressibility_factor(n, length, sigma) - 1 - 2 * phi - 25 / 8 * phi**2) / (phi * sigma / a)
    assert found == pytest.approx(-3.0, abs=0.02)


def test_too_many_discs_are_refused() -> None:
    with pytest.raises(ValueError, match="denser than close packing"):
        walls.middle_density(10_000, 1.0, 0.02)
