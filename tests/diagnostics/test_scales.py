"""Units do not matter: powers of two to the bit, other factors to rounding, and squares that would leave float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physent import diagnostics as D
from physent.diagnostics.scales import exponent, standardised
from physent.errors import RunError, UsageError

every_run_alike = settings(deadline=None, derandomize=True, max_examples=25)
POWERS = st.integers(-400, 400)
FACTORS = st.floats(1e-9, 1e9)
# Laws of a coordinate: of one scale, heavy tails, several scales, an offset of many widths.
LAWS: dict[str, Callable[[np.random.Generator, int], Any]] = {
    "normal": lambda rng, n: rng.normal(size=n),
    "Cauchy": lambda rng, n: rng.standard_cauchy(size=n),
    "two scales": lambda rng, n: rng.normal(size=n) * rng.choice([1.0, 1e4], size=n),
    "log-normal": lambda rng, n: np.exp(3 * rng.normal(size=n)),
    "offset": lambda rng, n: 1e4 + rng.normal(size=n),
}


def pairs(seed: int = 0, n: int = 2000) -> tuple[Any, Any]:
    """Normals x and x + noise, I = ln(2)/2."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return x, x + rng.normal(size=n)


def test_mutual_information_does_not_know_units() -> None:
    x, y = pairs()
    plain = D.ksg_mutual_information(x, y)
    # its standard deviation is below 1.2/sqrt(N), and its bias far smaller (validation case ksg_coverage)
    assert plain == pytest.approx(np.log(2) / 2, abs=4 * 1.2 / np.sqrt(2000))
    assert D.ksg_mutual_information(x, y * 1000) == pytest.approx(plain, abs=1e-12)
    assert D.ksg_mutual_information((x * 1e6).astype(int), y) == pytest.approx(plain, abs=1e-3)
    assert D.ksg_mutual_information(x * 1e155, y * 1e-158) == pytest.approx(plain, abs=1e-12)
    # in one norm the large coordinate is all that counts
    assert D.ksg_mutual_information(x, y * 1000, metric="shared") < 0.1


@every_run_alike
@given(st.sampled_from(sorted(LAWS)), st.integers(0, 2**32 - 1), POWERS, POWERS, FACTORS, FACTORS)
def test_mutual_information_under_every_scale(law: str, seed: int, i: int, j: int, a: float, b: float) -> None:
    rng = np.random.default_rng(seed)
    x = LAWS[law](rng, 200)
    y = x + LAWS[law](rng, 200)
    plain = D.ksg_mutual_information(x, y)
    assert D.ksg_mutual_information(x * 2.0**i, -y * 2.0**j) == plain
    assert D.ksg_mutual_information(x * a, y * b) == pytest.approx(plain, abs=1e-12)
    both = np.stack([x, y], axis=-1)
    assert D.ksg_mutual_information(both * [2.0**i, a], y * b) == pytest.approx(
        D.ksg_mutual_information(both, y), abs=1e-12
    )


def test_entropy_of_coordinates_in_different_units() -> None:
    p = np.random.default_rng(0).normal(size=(20_000, 4))
    exact = 2 * np.log(2 * np.pi * np.e)
    plain = D.knn_entropy(p)
    # four standard errors, sqrt((2 + psi'(4))/N), and a bias of the order of the curvature over a ball, 0.02
    assert plain == pytest.approx(exact, abs=4 * np.sqrt(2.28 / 20_000) + 0.02)
    for factors in ([1, 1, 1e3, 1e3], [1e155, 1, 1e-158, 3], [1e-200] * 4):
        moved = D.knn_entropy(p * factors) - np.log(factors).sum()
        assert moved == pytest.approx(plain, abs=1e-10)
    for factor in (1e155, 1e-158):
        moved = D.knn_entropy(p * factor, metric="shared") - 4 * np.log(factor)
        assert moved == pytest.approx(D.knn_entropy(p, metric="shared"), abs=1e-10)


@every_run_alike
@given(st.sampled_from(sorted(LAWS)), st.integers(0, 2**32 - 1), POWERS, FACTORS)
def test_differential_entropies_shift_by_the_logarithm(law: str, seed: int, i: int, a: float) -> None:
    rng = np.random.default_rng(seed)
    points = np.stack([LAWS[law](rng, 150), LAWS["normal"](rng, 150)], axis=-1)
    h = D.knn_entropy(points)
    assert D.knn_entropy(points * [2.0**i, a]) - i * np.log(2) - np.log(a) == pytest.approx(h, abs=1e-10)
    cube = rng.random((150, 2))
    moved = D.knn_entropy(cube * [2.0**i, a], box=np.array([2.0**i, a]), metric="own")
    assert moved - i * np.log(2) - np.log(a) == pytest.approx(D.knn_entropy(cube, box=1.0, metric="own"), abs=1e-9)
    line = points[:, 0]
    for function in (D.knn_entropy, D.spacing_entropy):
        assert function(line * 2.0**i) - i * np.log(2) == pytest.approx(function(line), abs=1e-10)


def test_the_norm_of_a_box_and_of_a_space_is_one() -> None:
    p = np.random.default_rng(1).random((500, 2)) * [1.0, 30.0]
    assert D.knn_entropy(p, box=[1.0, 30.0]) == D.knn_entropy(p, box=[1.0, 30.0], metric="shared")
    assert D.knn_entropy(p) == D.knn_entropy(p, metric="own") != D.knn_entropy(p, metric="shared")
    with pytest.raises(UsageError, match="metric: found text 'mine', expected own or shared"):
        D.knn_entropy(p, metric="mine")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="metric: found text 'mine', expected own or shared"):
        D.ksg_mutual_information(p, p, metric="mine")  # type: ignore[arg-type]


def test_a_constant_coordinate_has_no_density_and_no_information() -> None:
    x = np.random.default_rng(2).normal(size=300)
    with pytest.raises(RunError, match="coordinate 2 of 2 is constant"):
        D.knn_entropy(np.stack([x, np.full(300, 1.1)], axis=-1))
    with pytest.warns(D.PhysentWarning, match=r"ties: 100\.0 % of the values of y"):
        assert D.ksg_mutual_information(x, np.full(300, 1.1)) == pytest.approx(0, abs=1e-12)


@every_run_alike
@given(st.sampled_from(sorted(LAWS)), st.integers(0, 2**32 - 1), st.integers(-1000, 900))
def test_widths_scale_to_the_bit(law: str, seed: int, power: int) -> None:
    x = LAWS[law](np.random.default_rng(seed), 100)[:, None]
    z, width, log_width = standardised(x)
    scaled, scaled_width, scaled_log = standardised(np.ldexp(x, power))
    np.testing.assert_array_equal(z, scaled)
    assert np.ldexp(width, power) == scaled_width
    assert scaled_log - power * np.log(2) == pytest.approx(log_width, abs=1e-10)
    assert log_width == pytest.approx(float(np.log(width)[0]), abs=1e-12)


def test_plain_values_are_left_as_they_are() -> None:
    assert exponent(np.array([0.0, 1e-80, -1e90])) == 0
    assert exponent(np.zeros(3)) == 0
    assert exponent(np.array([1e155])) == np.frexp(1e155)[1]
    np.testing.assert_array_equal(exponent(np.array([[1.0, 2.0], [0.0, 2.0**-400]]), -1), [[0], [-399]])


@pytest.mark.parametrize("factor", [1e155, 1e-158, 2.0**900, 2.0**-900])
def test_statistics_of_huge_and_tiny_values(factor: float) -> None:
    x = np.random.default_rng(3).normal(size=(400, 3)) + 0.5

    def back(y: Any) -> float:
        return factor if y is not x else 1.0

    for function in (
        D.effective_sample_size,
        D.integrated_autocorrelation_time,
        D.r_hat,
        lambda y: D.autocorrelation_time(y, 0),
        lambda y: D.sample_entropy(y.T),
        lambda y: np.array(D.mean_and_error(y)) / back(y),
        lambda y: D.block_jackknife(lambda part: part.mean(0), y)[1] / back(y),
    ):
        np.testing.assert_allclose(function(x * factor), function(x), rtol=1e-12)


@pytest.mark.parametrize("factor", [2.0**1020, 2.0**-1000])
def test_weights_directions_and_integrals_of_huge_and_tiny_values(factor: float) -> None:
    rng = np.random.default_rng(4)
    density, vectors = rng.random(12), rng.normal(size=(200, 3))
    np.testing.assert_array_equal(D.weigh(density * factor).p, D.weigh(density).p)
    np.testing.assert_array_equal(D.weigh(density, density * factor).p, D.weigh(density, density).p)
    sphere = D.Sphere(3, 4)
    np.testing.assert_array_equal(sphere.encode(vectors * factor), sphere.encode(vectors))
    beta = np.linspace(0.5, 2.0, 8)
    plain, scaled = (D.thermodynamic_integration(beta, s / beta, np.full(8, 0.01) * s) for s in (1.0, factor))
    for name in ("log_z", "log_z_se", "entropy", "entropy_se"):
        np.testing.assert_allclose(getattr(scaled, name) / factor, getattr(plain, name), rtol=1e-12)


def test_cells_too_small_to_divide_by_are_refused() -> None:
    with pytest.raises(UsageError, match="cells are narrower than float64 resolves"):
        D.Grid(0.0, 5e-310, 4)
