from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special

from physent.theory import coulomb_exact as exact
from physent.theory import ginibre
from tests.theory.moments import cumulants, gauss


@pytest.mark.parametrize(
    ("beta", "expected"),
    [
        (1, [51.5, 1.03, 0.0412, 0.002472]),
        (2, [50.5, 0.505, 0.0101, 0.000303]),
        (4, [50, 0.25, 0.0025, 0.0000375]),
    ],
)
def test_squares_of_a_hundred_particles(beta: float, expected: list[float]) -> None:
    np.testing.assert_allclose(exact.sum_of_squares_cumulants(100, beta)[:4], expected, rtol=1e-12)


def test_two_particles_in_the_plane() -> None:
    """r^2 + s^2 from the weight |z - w|^beta exp(-beta (r^2 + s^2)), the angle between them by quadrature."""
    beta = 3.0
    r, w = gauss(0, 4.5, 70)
    angle = 2 * np.pi * np.arange(400) / 400
    a, b = r[:, None, None], r[None, :, None]
    pair = (a * a + b * b - 2 * a * b * np.cos(angle)) ** (beta / 2)
    joint = (w * r * np.exp(-beta * r**2))[:, None] * (w * r * np.exp(-beta * r**2)) * pair.mean(axis=2)
    squares = r[:, None] ** 2 + r**2
    np.testing.assert_allclose(exact.sum_of_squares_cumulants(2, beta), cumulants(squares, joint), rtol=1e-6)
    below = joint[squares <= 1.0].sum() / joint.sum()
    assert exact.sum_of_squares_cdf(1.0, 2, beta) == pytest.approx(below, abs=0.01)


@pytest.mark.parametrize("beta", [1.0, 2.0, 4.0])
def test_three_particles_of_the_log_gas(beta: float) -> None:
    """Ordered x_1 < x_2 < x_3 by quadrature over the middle one and the two gaps, as cubes."""
    n = 3
    x2, w2 = gauss(-6 / math.sqrt(beta), 6 / math.sqrt(beta), 80)
    root, w = gauss(0, (9.5 / math.sqrt(beta)) ** (1 / 3), 80)
    gap, w = root**3, 3 * root**2 * w  # tames gap^beta log(gap)
    middle, a, b = x2[:, None, None], gap[None, :, None], gap[None, None, :]
    squares = middle**2 + (middle - a) ** 2 + (middle + b) ** 2
    pairs = np.log(a) + np.log(b) + np.log(a + b)
    weight = w2[:, None, None] * w[:, None] * w * np.exp(-beta * n * squares / 2 + beta * pairs)
    assert exact.log_gas_log_partition(n, beta) == pytest.approx(math.log(6 * weight.sum()), abs=1e-9)
    energy = ((n * squares / 2 - pairs) * weight).sum() / weight.sum()
    assert exact.log_gas_mean_energy(n, beta) == pytest.approx(energy, abs=1e-9)
    np.testing.assert_allclose(
        exact.sum_of_squares_cumulants(n, beta, dimension=1), cumulants(squares, weight), rtol=1e-7
    )


def test_virial_of_two_charges_in_space() -> None:
    """Centre and distance separate: S = 2 c^2 + r^2/2, and r has the weight r^2 exp(-beta (r^2/2 + 1/r))."""
    beta = 1.7
    r, w = gauss(0, 9, 150)
    weight = w * r**2 * np.exp(-beta * (r**2 / 2 + 1 / r))
    squares = 3 / (2 * beta) + (weight * r**2).sum() / weight.sum() / 2
    inverse = (weight / r).sum() / weight.sum()
    assert 2 * squares - inverse == pytest.approx(exact.virial_mean(2, beta, dimension=3), rel=1e-12)


def test_thermodynamic_integration_of_two_particles() -> None:
    """At the charge b the distance has the weight r^(1 + b) exp(-beta r^2/2): <log r> is a digamma function."""
    beta = 2.0
    found = exact.integrated_log_partition(
        2, beta, lambda b: -0.5 * (special.digamma(1 + b / 2) - math.log(beta / 2)), points=12
    )
    assert found == pytest.approx(ginibre.log_partition(2), abs=1e-12)


@pytest.mark.parametrize(("n", "beta"), [(3, 0.5), (50, 4.0), (200, 1.0)])
def test_thermodynamic_integration_of_the_log_gas(n: int, beta: float) -> None:
    """Against Mehta's integral; the mean has a pole at b = -2/n, close to the range."""
    j = np.arange(1, n + 1)

    def interaction(b: float) -> float:
        slope = np.sum(j / 2 * special.digamma(1 + j * b / 2) - special.digamma(1 + b / 2) / 2)
        return float(n * (n - 1) / 4 * math.log(beta * n) - slope)

    found = exact.integrated_log_partition(n, beta, interaction, dimension=1)
    assert found == pytest.approx(exact.log_gas_log_partition(n, beta), rel=1e-12)


def test_semicircle() -> None:
    x, w = gauss(-1, 1, 100)
    y, w = math.sqrt(2) * np.sin(np.pi * x / 2), math.sqrt(2) * np.cos(np.pi * x / 2) * np.pi / 2 * w
    density = exact.semicircle_density(y)
    assert (w * density).sum() == pytest.approx(1, rel=1e-13)
    large = exact.sum_of_squares_cumulants(10**6, 2.0, dimension=1)[0] / 10**6
    assert (w * density * y**2).sum() == pytest.approx(large, rel=1e-5)
    assert exact.semicircle_density(1.5) == 0


def test_coupling() -> None:
    assert exact.coupling(1000, 2.0) == pytest.approx(20)
    assert exact.coupling(1000, 2.0, dimension=2) == 2
    assert exact.coupling(1000, 2.0, dimension=1) == pytest.approx(2e-3)


def test_errors() -> None:
    with pytest.raises(ValueError, match="dimension 1 or 2"):
        exact.sum_of_squares_law(10, 2.0, dimension=3)
