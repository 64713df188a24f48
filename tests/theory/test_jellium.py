from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from physent.errors import PhysentWarning
from physent.theory import PowerPotential, edge_cumulants, jellium_cumulants, radial_function
from physent.theory.jellium import jellium_density, jellium_log_partition, screened_edge
from tests.theory.moments import cumulants, gauss

R2 = radial_function("power", exponent=2)


@pytest.mark.parametrize(
    ("f", "n", "beta", "expected", "tolerance"),
    [
        (R2, 2, 2.0, [1.05631781066, 0.760907756867, 0.994458610913, 1.850154734], 1e-9),
        (R2, 10, 2.0, [4.04130511646, 0.72995062513, 0.211069063, 0.08289289587], 3e-9),
        (R2, 10, 1.0, [4.81595996001, 1.62068687461, 0.907720161157, 0.70028987], 1e-8),
        (
            radial_function("power", exponent=4),
            10,
            2.0,
            [3.41319277124, 2.38217717068, 4.21955197896, 13.08738888],
            1e-9,
        ),
        (R2, 100, 2.0, [34.2371202574, 0.675482198, 0.02017157], 1e-6),
        (R2, 100, 1.0, [math.nan, 1.36963437, 0.081429, 0.00648], 1e-3),
    ],
)
def test_tabled_values(f: Any, n: int, beta: float, expected: list[float], tolerance: float) -> None:
    """Computed beforehand by a recursion on a global Chebyshev grid; given as far as its digits had converged."""
    found = jellium_cumulants(n, f, beta=beta).values[: len(expected)]
    known = ~np.isnan(expected)
    np.testing.assert_allclose(found[known], np.array(expected)[known], rtol=tolerance)


@pytest.mark.parametrize(
    ("potential", "beta", "reach"), [(PowerPotential(), 0.7, 6.0), (PowerPotential(4, 0.8), 3.0, 2.4)]
)
def test_three_particles_by_brute_force(potential: PowerPotential, beta: float, reach: float) -> None:
    """x_1 and x_3 lie left and right of x_2, integrated over separately; f = cos is even about 0."""
    x2, w2 = gauss(-reach, reach, 80)
    s, w = gauss(0, 1, 80)
    left, right = -reach + (x2[:, None] + reach) * s, x2[:, None] + (reach - x2[:, None]) * s

    def weight(x: np.ndarray, i: int) -> np.ndarray:
        return np.asarray(np.exp(-beta * (3 * potential(np.abs(x)) - (2 * i - 4) * x)))

    w1 = weight(left, 1) * w * (x2[:, None] + reach)
    w3 = weight(right, 3) * w * (reach - x2[:, None])
    joint = (w2 * weight(x2, 2))[:, None, None] * w1[:, :, None] * w3[:, None, :]
    value = np.cos(x2)[:, None, None] + np.cos(left)[:, :, None] + np.cos(right)[:, None, :]
    np.testing.assert_allclose(
        jellium_cumulants(3, np.cos, potential, beta=beta).values, cumulants(value, joint), rtol=2e-9, atol=1e-12
    )
    assert jellium_log_partition(3, beta, potential) == pytest.approx(math.log(6 * joint.sum()), abs=1e-11)


def test_one_particle() -> None:
    np.testing.assert_allclose(jellium_cumulants(1, R2).values, [0.5, 0.5, 1, 3, 12, 60], rtol=1e-11)
    assert jellium_log_partition(1, 3.0) == pytest.approx(0.5 * math.log(2 * math.pi / 3), abs=1e-13)


@pytest.mark.parametrize("n", [5, 60])
def test_virial(n: int) -> None:
    """N S - sum |x_ij| = N/beta in the mean; sum |x_ij| = N S/2 - E and E = -d log Z/d beta."""
    beta, h = 2.0, 1e-2
    values = [jellium_log_partition(n, beta + step * h) for step in (-2, -1, 1, 2)]
    energy = -(values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * h)
    assert n * jellium_cumulants(n, R2, beta=beta).values[0] / 2 + energy == pytest.approx(n / beta, abs=2e-6 * n)


def test_many_particles_reach_the_edge_law() -> None:
    """All six orders at N = 200: corrections fall like 1/N, so that those at 100 are twice as large."""
    gaps = [jellium_cumulants(n, R2).values / edge_cumulants(n, R2, dimension=1) - 1 for n in (100, 200)]
    assert np.all(np.abs(gaps[1][1:]) < 8e-3)
    np.testing.assert_allclose(gaps[0][1:] / gaps[1][1:], 2, atol=0.2)


@pytest.mark.filterwarnings("ignore::physent.errors.PhysentWarning")
def test_cone_spoils_the_third_cumulant() -> None:
    """In d = 1 f = |x| puts a point charge at the centre: kappa_3 is 2/3 of the edge law's."""
    cone = radial_function("power", exponent=1)
    ratio = jellium_cumulants(200, cone).values[:3] / edge_cumulants(200, cone, dimension=1, orders=3)
    assert ratio[0] == pytest.approx(1, abs=0.01)
    assert ratio[1] == pytest.approx(1, abs=0.06)
    assert ratio[2] == pytest.approx(2 / 3, abs=0.01)


def test_counting_a_segment() -> None:
    """An indicator has whole-number values: two particles, by the error function of the pair."""
    f = radial_function("indicator", radius=0.5)
    x, w = gauss(-0.5, 0.5, 60)
    total = math.exp(jellium_log_partition(2, 2.0))

    def weight(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.asarray(np.exp(-2 * (a**2 + b**2) + 2 * np.abs(a - b)))

    # both inside: split at the diagonal, where |a - b| has its kink
    s, v = gauss(0, 1, 60)
    below = -0.5 + (x[:, None] + 0.5) * s
    both = 2 * (w[:, None] * v * (x[:, None] + 0.5) * weight(x[:, None], below)).sum() / total
    k = jellium_cumulants(2, f).values
    assert k[1] + k[0] ** 2 - k[0] == pytest.approx(2 * both, abs=1e-10)


def test_density_of_two_particles() -> None:
    """The law of x is exp(-2 x^2) times the integral of exp(-2 y^2 + 2 |x - y|) over y, at beta = 2."""
    x, density, weights = jellium_density(2)
    erfc = np.array([math.erfc(each) for each in (-x - 0.5) * math.sqrt(2)])
    mirror = np.array([math.erfc(each) for each in (x - 0.5) * math.sqrt(2)])
    law = np.exp(-2 * x**2) * (np.exp(2 * x) * erfc + np.exp(-2 * x) * mirror)
    law /= (weights * law).sum()
    np.testing.assert_allclose(density, law, atol=1e-13)


def test_density_gives_the_mean_and_reaches_the_screened_edge() -> None:
    gaps = []
    for n in (60, 240):
        x, density, weights = jellium_density(n)
        assert (weights * density).sum() == pytest.approx(1, rel=1e-13)
        assert n * (weights * density * np.cos(x)).sum() == pytest.approx(
            jellium_cumulants(n, np.cos).values[0], rel=1e-12
        )
        s = (x - 1) * math.sqrt(2 * n)
        near = np.abs(s) < 4
        gaps.append(np.abs(2 * density[near] - screened_edge(s[near])).max() * math.sqrt(n))
    # the next term is smaller by 1/sqrt N
    assert gaps[0] < 0.15
    assert gaps[1] == pytest.approx(gaps[0], rel=0.1)


def test_screened_edge_is_neutral() -> None:
    s, w = gauss(-20, 8, 300)
    u = screened_edge(s)
    assert (w * u).sum() == pytest.approx(20, abs=1e-7)
    assert np.all((u > 0) & (u < 1))
    h = 0.02
    logs = np.log(screened_edge(0.4 + h * np.arange(-2, 3)))
    second = (-logs[0] + 16 * logs[1] - 30 * logs[2] + 16 * logs[3] - logs[4]) / (12 * h * h)
    assert second == pytest.approx(math.exp(logs[2]) - 1, abs=1e-6)


def test_noise_is_not_returned() -> None:
    with pytest.warns(PhysentWarning, match="6 miss the tolerance"):
        found = jellium_cumulants(40, lambda r: r**2 + 0.1 * np.sign(np.sin(1e4 * r)))
    assert np.all(np.isnan(found.values[[0, 5]]))
    with pytest.raises(ValueError, match="does not hold"):
        jellium_cumulants(5, R2, lambda r: 0.1 * r)
    with pytest.raises(ValueError, match="beta 0"):
        jellium_cumulants(5, R2, beta=0)
