"""Measures against closed values on given laws."""

from __future__ import annotations

import numpy as np
import pytest

from physent.diagnostics.measures import (
    KL,
    JensenShannon,
    LnW,
    Measure,
    Renyi,
    Shannon,
    StatisticalComplexity,
    Tsallis,
    jensen_shannon_maximum,
    measure_named,
)
from physent.errors import UsageError

TOLERANCE = 1e-12
ORDERS = [0.0, 0.5, 1 - 1e-9, 1.0, 1 + 1e-9, 1.05, 2.0, 7.0, np.inf]


@pytest.mark.parametrize("size", [2, 3, 100, 4096])
def test_uniform_law(size: int) -> None:
    uniform = np.full(size, 1 / size)
    assert Shannon()(uniform) == pytest.approx(np.log(size), abs=TOLERANCE)
    for q in ORDERS:
        assert Renyi(q)(uniform) == pytest.approx(np.log(size), abs=TOLERANCE)
    assert Tsallis(2.0)(uniform) == pytest.approx(1 - 1 / size, abs=TOLERANCE)
    assert Tsallis(0.0)(uniform) == pytest.approx(size - 1, rel=TOLERANCE)
    assert StatisticalComplexity()(uniform) == pytest.approx(0, abs=TOLERANCE)


def test_certain_outcome_has_no_entropy() -> None:
    delta = np.array([0.0, 1.0, 0.0])
    measures: list[Measure] = [Shannon(), StatisticalComplexity(), *map(Renyi, ORDERS), *map(Tsallis, ORDERS[:-1])]
    for measure in measures:
        assert measure(delta) == 0


def test_differential_form_is_that_of_the_step_density() -> None:
    p, mu = np.array([0.2, 0.5, 0.3]), np.array([0.1, 2.0, 0.4])
    density = p / mu
    assert Shannon()(p, mu) == pytest.approx(-np.sum(mu * density * np.log(density)), abs=TOLERANCE)
    for q in (0.5, 1.02, 2.0, 5.0):
        integral = np.sum(mu * density**q)
        assert Renyi(q)(p, mu) == pytest.approx(np.log(integral) / (1 - q), rel=1e-11)
        assert Tsallis(q)(p, mu) == pytest.approx((1 - integral) / (q - 1), rel=1e-11)
    assert Renyi(np.inf)(p, mu) == pytest.approx(-np.log(density.max()), abs=TOLERANCE)
    assert Renyi(0.0)(p, mu) == pytest.approx(np.log(mu.sum()), abs=TOLERANCE)


@pytest.mark.parametrize(("width", "excess"), [(0.5, 0.010310), (1.0, 0.040020), (2.0, 0.152882)])
def test_binned_gaussian_exceeds_the_density_by_the_cell_width(width: float, excess: float) -> None:
    from scipy.special import ndtr

    edges = width * np.arange(-20, 21)
    p = np.diff(ndtr(edges))
    entropy = Shannon()(p / p.sum(), np.full(p.size, width))
    assert entropy - 0.5 * np.log(2 * np.pi * np.e) == pytest.approx(excess, abs=1e-6)


def test_sech_soliton_on_a_grid() -> None:
    """S_x = 2 - ln 2 and S_k = 2 - ln pi; Rényi_2 = ln 3 and Tsallis_2 = 2/3 in x."""
    length, points = 40.0, 1024
    dx = length / points
    x = (np.arange(points) - points // 2) * dx
    psi = 1 / np.cosh(x)
    dk = 2 * np.pi / length
    for wave, cell, expected in ((psi, dx, 2 - np.log(2)), (np.fft.fft(psi), dk, 2 - np.log(np.pi))):
        p = np.abs(wave) ** 2 / np.sum(np.abs(wave) ** 2)
        assert Shannon()(p, np.full(points, cell)) == pytest.approx(expected, abs=1e-9)
    p = psi**2 / np.sum(psi**2)
    assert Renyi(2.0)(p, np.full(points, dx)) == pytest.approx(np.log(3), abs=1e-9)
    assert Tsallis(2.0)(p, np.full(points, dx)) == pytest.approx(2 / 3, abs=1e-9)


def test_ising_chain_from_its_domain_wall_law() -> None:
    """Entropy per spin of the chain with coupling K, ln 2 cosh K - K tanh K, is that of one bond."""
    coupling = 0.7
    wall = np.exp(-coupling) / (2 * np.cosh(coupling))
    exact = np.log(2 * np.cosh(coupling)) - coupling * np.tanh(coupling)
    assert exact == pytest.approx(0.497359966, abs=1e-9)
    assert Shannon()([wall, 1 - wall]) == pytest.approx(exact, abs=TOLERANCE)


def test_divergences() -> None:
    uniform = np.full(8, 1 / 8)
    half = np.array([0.25] * 4 + [0.0] * 4)
    assert KL(uniform)(half) == pytest.approx(np.log(2), abs=TOLERANCE)
    assert KL(half)(uniform) == np.inf
    assert JensenShannon(half)(half[::-1]) == pytest.approx(np.log(2), abs=TOLERANCE)
    delta = np.eye(8)[0]
    assert JensenShannon()(delta) == pytest.approx(jensen_shannon_maximum(8), abs=TOLERANCE)
    assert KL(uniform)(delta) == pytest.approx(KL(uniform).maximum(8), abs=TOLERANCE)
    assert JensenShannon(half).maximum(8) == pytest.approx(np.log(2), abs=TOLERANCE)


def test_statistical_complexity_of_the_logistic_law() -> None:
    law = np.array([1 / 3, 1 / 15, 4 / 15, 2 / 15, 1 / 5, 0])
    assert Shannon()(law) == pytest.approx(1.489750319, abs=1e-9)
    assert StatisticalComplexity()(law) == pytest.approx(0.165767166, abs=1e-9)


def test_multiplicity_counts_arrangements() -> None:
    assert LnW()([2, 1, 1]) == pytest.approx(np.log(12), abs=TOLERANCE)
    assert LnW()([2, 1, 1], [2.0, 3.0, 5.0]) == pytest.approx(np.log(12 * 4 * 3 * 5), abs=TOLERANCE)


def test_multiplicity_of_two_parts_adds_up() -> None:
    """W of the whole is the number of ways to split N times the W of the parts."""
    left, right = np.array([3, 1, 4]), np.array([1, 5])
    split = LnW()([left.sum(), right.sum()])
    assert LnW()(np.concatenate([left, right])) == pytest.approx(split + LnW()(left) + LnW()(right), abs=TOLERANCE)


def test_multiplicity_refuses_probabilities() -> None:
    with pytest.raises(UsageError, match="whole numbers"):
        LnW()([0.5, 0.5])


@pytest.mark.parametrize("measure", [Shannon(), Renyi(0.5), Renyi(1.05), Renyi(3.0), Tsallis(0.7), Tsallis(2.0)])
@pytest.mark.parametrize("mu", [None, np.array([0.5, 2.0, 1.0, 0.1])])
def test_gradient_along_the_simplex(measure: Measure, mu: np.ndarray | None) -> None:
    _check_gradient(measure, mu)


@pytest.mark.parametrize(
    "measure", [KL([0.4, 0.3, 0.2, 0.1]), JensenShannon([0.4, 0.3, 0.2, 0.1]), JensenShannon(), StatisticalComplexity()]
)
def test_gradient_of_divergences(measure: Measure) -> None:
    _check_gradient(measure, None)


def _check_gradient(measure: Measure, mu: np.ndarray | None) -> None:
    p = np.array([0.1, 0.2, 0.3, 0.4])
    step = 1e-6 * np.array([1.0, -2.0, 0.5, 0.5])
    slope = (measure(p + step, mu) - measure(p - step, mu)) / 2
    assert slope == pytest.approx(measure.gradient(p, mu) @ step, rel=1e-7)


def test_rows_equal_the_batch_in_every_bit() -> None:
    rng = np.random.default_rng(5)
    p = rng.dirichlet(np.full(300, 0.3), size=40)
    mu = rng.random(300)
    for measure in (Shannon(), Renyi(0.3), Renyi(2.0), Renyi(1.01), Tsallis(2.0), KL(), StatisticalComplexity()):
        assert np.array_equal(measure(p, mu), [measure(row, mu) for row in p])
        assert np.array_equal(measure(np.asfortranarray(p), mu), measure(p, mu))


def test_maxima() -> None:
    mu = np.array([0.5, 1.5, 2.0])
    for measure in (Shannon(), Renyi(0.5), Renyi(np.inf), Tsallis(0.5), Tsallis(2.0), Tsallis(1.0)):
        assert measure.maximum(3, mu) == pytest.approx(float(measure(mu / mu.sum(), mu)), abs=TOLERANCE)
    with pytest.raises(UsageError, match="hc_bounds"):
        StatisticalComplexity().maximum(6)


@pytest.mark.parametrize(
    ("name", "measure"),
    [("shannon", Shannon()), ("renyi_2", Renyi(2)), ("renyi_inf", Renyi(np.inf)), ("tsallis_0.5", Tsallis(0.5))],
)
def test_names(name: str, measure: Measure) -> None:
    assert measure_named(name) == measure
    assert measure.name == name


@pytest.mark.parametrize("name", ["renyi", "renyi_x", "entropy", "tsallis_-1", "renyi_nan"])
def test_unknown_names_are_refused(name: str) -> None:
    with pytest.raises(UsageError):
        measure_named(name)
