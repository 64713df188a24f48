from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, special

from physent.theory import PowerPotential, exact_cumulants, ginibre, radial_function
from physent.theory import disc_counting as counting
from physent.theory.microscopic import microscopic_cumulants
from tests.theory.moments import gauss


@pytest.fixture(scope="module")
def eigenvalues() -> np.ndarray:
    """Spectra of 20 000 independent 3 x 3 matrices of complex Gaussians of variance 1/3."""
    random = np.random.default_rng(20231016)
    parts = random.standard_normal((2, 20000, 3, 3)) / math.sqrt(6)
    return np.asarray(np.linalg.eigvals(parts[0] + 1j * parts[1]))


def within(sample: np.ndarray, expected: float) -> bool:
    """Whether the mean of the sample lies within 4 standard errors."""
    return bool(abs(sample.mean() - expected) < 4 * sample.std(ddof=1) / math.sqrt(len(sample)))


def test_random_matrices_agree(eigenvalues: np.ndarray) -> None:
    z, n = eigenvalues, 3
    pairs = sum(np.log(np.abs(z[:, a] - z[:, b])) for a, b in ((0, 1), (0, 2), (1, 2)))
    assert within(n * (np.abs(z) ** 2).sum(1) / 2 - pairs, ginibre.mean_energy(n))
    largest = np.abs(z).max(1)
    mean, sd = counting.largest_radius_moments(n)
    assert within(largest, mean)
    assert within((largest - mean) ** 2, sd**2)
    assert within(largest < 1, float(counting.largest_radius_cdf(1.0, n)))
    inside = (np.abs(z) < 0.8).sum(1)
    k = counting.disc_counting(n, 0.8)
    assert within(inside, k[0])
    assert within((inside - k[0]) ** 2, k[1])
    assert within((inside - k[0]) ** 3, k[2])
    assert within(inside == 0, math.exp(counting.hole_log_probability(n, 0.8)))
    ring = (np.abs(z) > 0.5) & (np.abs(z) < 0.6)
    r, w = gauss(0.5, 0.6, 20)
    assert within(ring.sum(1), float(n * 2 * math.pi * (w * r * ginibre.density(r, n)).sum()))


def test_two_particles_in_closed_form() -> None:
    """|z_1 - z_2|^2 is Gamma(2, 1) at N = 2; Z is a product of two Gaussian integrals."""
    assert ginibre.mean_energy(2) == pytest.approx(1.5 - special.digamma(2) / 2, rel=1e-13)
    assert ginibre.log_partition(2) == pytest.approx(math.log(math.pi**2 / 4), rel=1e-13)


@pytest.mark.parametrize(
    ("n", "energy", "log_z"),
    [
        (2, 1.288607832451, 0.903165410579),
        (10, 31.38303918972, -51.1291735043),
        (100, 3624.096519418, -7160.70147758),
        (400, 59350.54987087, -118372.989554),
    ],
)
def test_tabled_energies(n: int, energy: float, log_z: float) -> None:
    assert ginibre.mean_energy(n) == pytest.approx(energy, rel=1e-12)
    assert ginibre.log_partition(n) == pytest.approx(log_z, rel=1e-11)


def test_entropy_approaches_the_bulk_value() -> None:
    assert ginibre.configurational_entropy(10) == pytest.approx(11.6369048752, abs=1e-9)
    excess = [(ginibre.configurational_entropy(n) / n - math.log(math.pi)) for n in (100, 400, 1600)]
    gaps = [each - ginibre.BULK_EXCESS_ENTROPY for each in excess]
    # the edge adds a term in 1/sqrt N
    assert gaps[0] / gaps[1] == pytest.approx(2, abs=0.3)
    assert gaps[1] / gaps[2] == pytest.approx(2, abs=0.2)
    assert 0 < gaps[2] < 0.03


def test_two_body_entropy_by_quadrature() -> None:
    def term(x: float) -> float:
        g = -math.expm1(-x)
        return g * math.log(g) + math.exp(-x) if x else 1.0

    assert -0.5 * integrate.quad(term, 0, 50)[0] == pytest.approx(ginibre.BULK_TWO_BODY_ENTROPY, rel=1e-9)
    assert pytest.approx(-0.1775329666, abs=1e-10) == ginibre.BULK_TWO_BODY_ENTROPY
    assert pytest.approx(-0.3696692992, abs=1e-10) == ginibre.BULK_EXCESS_ENTROPY


def test_structure_factor_is_the_transform_of_the_pair_correlation() -> None:
    n, k = 50, 9.0
    r, w = gauss(0, 1.5, 200)
    hole = (w * r * special.j0(k * r) * (ginibre.bulk_pair_correlation(r, n) - 1)).sum()
    assert ginibre.bulk_structure_factor(k, n) == pytest.approx(1 + 2 * n * hole, rel=1e-12)


def test_density_table() -> None:
    found = math.pi * ginibre.density([0.9, 1.0, 1.05], 100)
    np.testing.assert_allclose(found, [0.9773484786, 0.4867012017, 0.1526815443], rtol=1e-9)


@pytest.mark.parametrize(
    ("n", "radius", "expected"),
    [
        (100, 0.5, [25, 2.81386876351, 0.0924400868944, -0.150983647682]),
        (100, 1.0, [96.0139003191, 2.79263963205, -1.2746528886, -0.188549786271]),
        (10000, 0.5, [2500, 28.208773914, 0.0918935951868, -1.49183347621]),
    ],
)
def test_tabled_counts(n: int, radius: float, expected: list[float]) -> None:
    np.testing.assert_allclose(counting.disc_counting(n, radius)[:4], expected, rtol=3e-10)


def test_counts_are_the_cumulants_of_an_indicator() -> None:
    for potential in (PowerPotential(), PowerPotential(4, 0.5)):
        f = radial_function("indicator", radius=0.7)
        np.testing.assert_allclose(
            counting.disc_counting(40, 0.7, potential), exact_cumulants(40, f, potential).values, rtol=1e-9, atol=1e-13
        )


def test_counting_variance() -> None:
    assert counting.disc_counting(10000, 0.5)[1] == pytest.approx(counting.counting_variance(10000, 0.5), rel=3e-5)
    with pytest.raises(ValueError, match="inside the droplet"):
        counting.counting_variance(100, 1.0)


def test_hole_probability() -> None:
    assert counting.hole_log_probability(100, 0.5) == pytest.approx(-203.8869972408, rel=1e-11)
    assert counting.hole_log_probability(1000, 0.5) == pytest.approx(-16328.45968461, rel=1e-11)
    # beyond the droplet Q(k, x) underflows: for whole k it is e^-x sum_{j<k} x^j/j!
    n, a = 1000, 1.2
    x = n * a * a
    j = np.arange(n)
    logs = np.logaddexp.accumulate(j * math.log(x) - special.gammaln(j + 1)) - x
    assert counting.hole_log_probability(n, a) == pytest.approx(logs.sum(), rel=1e-12)


@pytest.mark.parametrize(
    ("n", "mean", "sd", "median"),
    [(100, 1.05965687, 0.0295759, 1.057093498), (1000, 1.02679066, 0.00789985, 1.026004169)],
)
def test_largest_radius(n: int, mean: float, sd: float, median: float) -> None:
    found = counting.largest_radius_moments(n)
    assert found[0] == pytest.approx(mean, abs=1e-8)
    assert found[1] == pytest.approx(sd, abs=1e-5)
    assert counting.largest_radius_quantile(0.5, n) == pytest.approx(median, abs=1e-9)
    r = np.linspace(mean - 8 * sd, mean + 14 * sd, 801)
    cdf = counting.largest_radius_cdf(r, n)
    middle, weight = (r[1:] + r[:-1]) / 2, np.diff(cdf)
    assert math.sqrt((weight * middle**2).sum() - (weight * middle).sum() ** 2) == pytest.approx(found[1], rel=1e-4)
    with pytest.raises(ValueError, match="in \\(0, 1\\)"):
        counting.largest_radius_quantile(1.0, n)


def test_microscopic_ring_and_disc() -> None:
    n = 10**4
    ring = microscopic_cumulants(n, lambda y: np.exp(-y * y / 2), 0.5, reach=9.0)
    exact = exact_cumulants(n, radial_function("gaussian", center=0.5, width=1 / math.sqrt(n))).values
    np.testing.assert_allclose(ring, exact, rtol=5e-4)
    disc = microscopic_cumulants(n, lambda y: np.where(y < 0, 1.0, 0.0), 0.5, breaks=(0.0,))
    assert disc[1] == pytest.approx(counting.counting_variance(n, 0.5), rel=1e-12)
    np.testing.assert_allclose(disc[3::2], counting.disc_counting(n, 0.5)[3::2], rtol=3e-4)
    np.testing.assert_allclose(disc[2::2], 0, atol=1e-12)
    with pytest.raises(ValueError, match="inside the droplet"):
        microscopic_cumulants(n, np.exp, 1.2)
