from __future__ import annotations

import math

import numpy as np
import pytest

from physent.errors import PhysentWarning
from physent.theory import PowerPotential, edge_cumulants, exact_cumulants, ginibre, radial_function
from physent.theory.disc_counting import disc_counting
from physent.theory.droplet import Radial
from tests.theory.moments import cumulants, gauss

R4 = radial_function("power", exponent=4)
LOG, EXP = radial_function("log1p_r2"), radial_function("exp_minus_r2")


def quartic_rational(n: int) -> list[float]:
    """Cumulants 1..4 of sum r^4 from the rational moments of Gamma variables."""
    out = [0.0] * 4
    for k in range(1, n + 1):
        m = [math.prod(range(k, k + 2 * q)) for q in range(5)]
        k2 = m[2] - m[1] ** 2
        k3 = m[3] - 3 * m[2] * m[1] + 2 * m[1] ** 3
        k4 = m[4] - 4 * m[3] * m[1] - 3 * m[2] ** 2 + 12 * m[2] * m[1] ** 2 - 6 * m[1] ** 4
        out = [a + b for a, b in zip(out, (m[1], k2, k3, k4), strict=True)]
    return [a / n ** (2 * q) for q, a in enumerate(out, start=1)]  # integers until here: exact


@pytest.mark.parametrize("n", [1, 2, 10, 100, 3000])
def test_squares_have_the_cumulants_of_a_gamma_law(n: int) -> None:
    found = exact_cumulants(n, radial_function("power", exponent=2))
    expected = [(n + 1) / 2 * math.factorial(q - 1) / n ** (q - 1) for q in range(1, 7)]
    np.testing.assert_allclose(found.values[:4], expected[:4], rtol=1e-11)
    assert np.all(np.abs(found.values - expected) <= 3 * found.errors)


@pytest.mark.parametrize("n", [10, 100, 1000])
def test_fourth_powers_are_rational(n: int) -> None:
    np.testing.assert_allclose(exact_cumulants(n, R4).values[:4], quartic_rational(n), rtol=1e-12)


@pytest.mark.parametrize(
    ("f", "n", "expected"),
    [
        (LOG, 10, [4.107888225835, 0.1911608670547, 0.01119434304963, 4.526773680321e-4]),
        (LOG, 100, [38.87891683807, 0.192939973182, 0.001235768816822, 6.049382253796e-6]),
        (LOG, 10000, [3863.193605991, 0.1931450973412, 1.249856264526e-5, 6.247957958155e-10]),
        (EXP, 10, [6.144567105705, 0.138394123761, -0.003682859149386, -2.111929495501e-4]),
        (EXP, 1000, [631.9366957112, 0.1483905310111, -4.963670590963e-5, -1.835896713581e-8]),
    ],
)
def test_tabled_values(f: Radial, n: int, expected: list[float]) -> None:
    """Computed beforehand by a quadrature of its own for each radius."""
    np.testing.assert_allclose(exact_cumulants(n, f).values[:4], expected, rtol=1e-9)


@pytest.mark.parametrize("potential", [PowerPotential(4, 0.7), lambda r: r**2 / 4 + r**3 / 5], ids=["quartic", "mixed"])
def test_two_particles_by_brute_force(potential: Radial) -> None:
    """The angle between two particles integrates |z - w|^2 to r^2 + s^2."""
    r, w = gauss(0, 4.5, 150)
    weight = w * r * np.exp(-4 * potential(r))
    joint = weight[:, None] * weight * (r[:, None] ** 2 + r**2)
    expected = cumulants(np.sin(r)[:, None] + np.sin(r), joint)
    np.testing.assert_allclose(exact_cumulants(2, np.sin, potential).values, expected, rtol=1e-8)


def test_a_callable_trap_gives_what_a_power_gives() -> None:
    for n in (3, 300):
        power, called = (exact_cumulants(n, EXP, v).values for v in (PowerPotential(3, 2.0), lambda r: 2 * r**3 / 3))
        np.testing.assert_allclose(called, power, rtol=1e-6)
        np.testing.assert_allclose(called[:4], power[:4], rtol=1e-9)


def test_annulus() -> None:
    """V = r^2 - log r empties the centre: r^2 is then Gamma(k + N, 2N)."""
    n = 50
    shape = np.arange(1, n + 1) + n
    expected = [math.factorial(q - 1) * shape.sum() / (2 * n) ** q for q in range(1, 5)]
    found = exact_cumulants(n, radial_function("power", exponent=2), lambda r: r**2 - np.log(r))
    np.testing.assert_allclose(found.values[:4], expected, rtol=1e-9)


def test_approach_to_the_edge_law_is_one_over_n() -> None:
    gaps = [n * exact_cumulants(n, LOG).values[2] - 0.125 for n in (100, 1000)]
    assert gaps[0] == pytest.approx(-1.423e-3, rel=1e-3)
    assert gaps[1] == pytest.approx(-1.436e-4, rel=1e-3)


@pytest.mark.filterwarnings("ignore::physent.errors.PhysentWarning")
@pytest.mark.parametrize(
    ("exponent", "trap", "first"),
    [(1, 2, 4), (2, 4, 4), (1, 4, 3), (3, 2, 7), (4, 4, 7)],
)
def test_centre_spoils_the_edge_law_from_the_stated_order(exponent: int, trap: int, first: int) -> None:
    f, potential = radial_function("power", exponent=exponent), PowerPotential(trap)
    exact, edge = exact_cumulants(1000, f, potential).values, edge_cumulants(1000, f, potential)
    np.testing.assert_allclose(exact[: first - 1], edge[: first - 1], rtol=0.03)
    if first <= 6:
        assert abs(exact[first - 1] / edge[first - 1] - 1) > 0.5


def test_noise_is_announced() -> None:
    with pytest.warns(PhysentWarning, match="6 miss the tolerance"):
        found = exact_cumulants(3000, LOG, tolerance=1e-10)
    assert 1e-10 < found.errors[5] / abs(found.values[5]) < 1e-4


def test_an_undeclared_jump_is_announced() -> None:
    with pytest.warns(PhysentWarning, match="miss the tolerance"):
        rough = exact_cumulants(30, lambda r: np.where(r < 0.5, 1.0, 0.0))
    exact = exact_cumulants(30, lambda r: np.where(r < 0.5, 1.0, 0.0), breaks=(0.5,))
    np.testing.assert_allclose(exact.values, disc_counting(30, 0.5), rtol=1e-9, atol=1e-13)
    assert np.all(np.abs(rough.values - exact.values)[:2] < 10 * rough.errors[:2])


def test_a_ring_far_thinner_than_the_distances_is_seen() -> None:
    """Its mean is the density of particles times the area of the ring."""
    width = 1e-7
    found = exact_cumulants(20, radial_function("gaussian", center=0.5, width=width)).values
    expected = 20 * 2 * math.pi * 0.5 * math.sqrt(2 * math.pi) * width * ginibre.density(0.5, 20)
    assert found[0] == pytest.approx(float(expected), rel=1e-9)


def test_a_trap_that_does_not_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="does not hold the gas"):
        exact_cumulants(10, LOG, np.tanh)
    with pytest.raises(ValueError, match="n is 0"):
        exact_cumulants(0, LOG)
