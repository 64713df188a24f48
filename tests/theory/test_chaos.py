"""Exponents and entropies of maps and flows: printed numbers, and every closed form the naive way."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise, product

import numpy as np
import pytest
from scipy import integrate

from physent.theory import chaos

Array = chaos.Array


def along_orbit(step: Callable[[Array], Array], x: Array, steps: int, skip: int = 200) -> tuple[Array, Array]:
    """Exponents by QR of Jacobians, which are differences of the map, and the visited points."""
    size, q, logs, points = x.size, np.eye(x.size), np.zeros(x.size), []
    for t in range(skip + steps):
        shift = 1e-7 * np.eye(size)
        jacobian = np.stack([(step(x + one) - step(x - one)) / 2e-7 for one in shift], axis=1)
        q, r = np.linalg.qr(jacobian @ q)
        if t >= skip:
            logs += np.log(np.abs(np.diag(r)))
            points.append(x)
        x = step(x)
    return logs / steps, np.array(points)


def test_printed_numbers() -> None:
    assert chaos.logistic_exponent(4) == pytest.approx(0.693147, abs=5e-7)
    assert chaos.logistic_exponent(3.2) == pytest.approx(-0.91629073, abs=5e-9)
    assert chaos.henon_sum(0.3) == pytest.approx(-1.203973, abs=5e-7)
    assert chaos.torus_exponents([[2, 1], [1, 1]]) == pytest.approx([0.9624237, -0.9624237], abs=5e-8)
    assert chaos.ks_entropy(chaos.coupled_exponents(8, 0.3)) == pytest.approx(2.568445, abs=5e-7)
    assert chaos.lorenz_sum(10, 8 / 3) == pytest.approx(-13.666667, abs=5e-7)
    assert chaos.kaplan_yorke_dimension([0.41922, -1.62319]) == pytest.approx(1.25827, abs=5e-6)
    assert chaos.kaplan_yorke_dimension([0.90566, 0.0, -14.57233]) == pytest.approx(2.06215, abs=5e-6)
    assert chaos.sample_entropy_of_uniform(0.2) == pytest.approx(1.021651, abs=5e-7)
    assert chaos.sample_entropy_of_normal(0.2) == pytest.approx(2.18513, abs=5e-6)


@pytest.mark.parametrize("r", [0.6, 1.0, 1.7, 2.6, 3.1, 3.2, 3.4])
def test_logistic_map(r: float) -> None:
    x, logs = 0.4, []
    for t in range(40_000):
        if t >= 30_000:
            logs.append(math.log(abs(r * (1 - 2 * x))))
        x = r * x * (1 - x)
    assert np.mean(logs) == pytest.approx(chaos.logistic_exponent(r), abs=1e-4 if r == 1 else 1e-9)
    assert chaos.logistic_exponent(2) == -math.inf


def test_tent_maps() -> None:
    """Averages over a grid of the invariant density; that of the symmetric tent by its transfer operator."""
    for top in (0.1847, 0.5, 0.7):
        grid = (np.arange(100_000) + 0.5) / 100_000
        slope = np.where(grid < top, 1 / top, 1 / (1 - top))
        assert np.log(slope).mean() == pytest.approx(chaos.skew_tent_exponent(top), abs=1e-4)
    golden = (1 + math.sqrt(5)) / 2  # whose Markov partition writes all words without two zeros in a row
    words = [1.0, 2.0]
    for _ in range(40):
        words.append(words[-1] + words[-2])
    assert math.log(words[-1] / words[-2]) == pytest.approx(chaos.tent_exponent(golden), abs=1e-12)
    assert chaos.tent_exponent(2) == chaos.skew_tent_exponent(0.5)


def test_linear_maps_by_qr() -> None:
    m = np.array([[2.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 3.0]])
    found, _ = along_orbit(lambda x: m @ x, np.zeros(3), 300)
    np.testing.assert_allclose(found, chaos.torus_exponents(m), atol=1e-6)
    n, e = 6, 0.3

    def ring(x: Array) -> Array:
        return 2 * ((1 - e) * x + e / 2 * (np.roll(x, 1) + np.roll(x, -1)))

    found, _ = along_orbit(ring, np.zeros(n), 300)
    np.testing.assert_allclose(found, chaos.coupled_exponents(n, e), atol=1e-6)
    assert chaos.coupled_exponents(4, 0.5)[-1] < -30  # the mode of wave number pi


def test_sums_are_mean_determinants() -> None:
    """Of Henon, Chialvo and Rulkov, each with its own Jacobian by differences."""
    found, _ = along_orbit(lambda x: np.array([1 - 1.4 * x[0] ** 2 + x[1], 0.3 * x[0]]), np.array([0.1, 0.1]), 500)
    assert found.sum() == pytest.approx(chaos.henon_sum(0.3), abs=1e-6)
    a, b, c, k = 0.89, 0.18, 0.28, 0.03

    def chialvo(x: Array) -> Array:
        return np.array([x[0] ** 2 * math.exp(x[1] - x[0]) + k, a * x[1] - b * x[0] + c])

    found, at = along_orbit(chialvo, np.array([0.5, 2.0]), 500)
    assert found.sum() == pytest.approx(
        np.log(np.abs(chaos.chialvo_determinant(at[:, 0], at[:, 1], a, b))).mean(), abs=1e-6
    )
    alpha, mu, sigma = 4.1, 0.001, -1.2

    def rulkov(x: Array) -> Array:
        return np.array([alpha / (1 + x[0] ** 2) + x[1], x[1] - mu * (x[0] - sigma)])

    found, at = along_orbit(rulkov, np.array([-1.0, -2.9]), 500)
    assert found.sum() == pytest.approx(np.log(np.abs(chaos.rulkov_determinant(at[:, 0], alpha, mu))).mean(), abs=1e-5)


def test_sums_are_divergences() -> None:
    """Trace of the Jacobian of a flow, by differences; that of Roessler along an orbit."""

    def trace(f: Callable[[Array], Array], x: Array) -> float:
        shift = 1e-6 * np.eye(x.size)
        return float(sum((f(x + e) - f(x - e))[i] / 2e-6 for i, e in enumerate(shift)))

    def lorenz(x: Array) -> Array:
        return np.array([10 * (x[1] - x[0]), x[0] * (28 - x[2]) - x[1], x[0] * x[1] - 8 / 3 * x[2]])

    def lorenz96(x: Array) -> Array:
        return (np.roll(x, -1) - np.roll(x, 2)) * np.roll(x, 1) - x + 8.0

    def rossler(x: Array) -> Array:
        return np.array([-x[1] - x[2], x[0] + 0.2 * x[1], 0.2 + x[2] * (x[0] - 5.7)])

    rng = np.random.default_rng(1)
    assert trace(lorenz, rng.normal(size=3)) == pytest.approx(chaos.lorenz_sum(10, 8 / 3), abs=1e-7)
    assert trace(lorenz96, rng.normal(size=7)) == pytest.approx(chaos.lorenz96_sum(7), abs=1e-7)
    path = integrate.solve_ivp(lambda _, x: rossler(x), (0, 40), [1.0, 1.0, 0.0], t_eval=np.linspace(0, 40, 200)).y
    mean = np.mean([trace(rossler, x) for x in path.T])
    assert mean == pytest.approx(chaos.rossler_sum(0.2, 5.7, path[0].mean()), abs=1e-7)


def test_kaplan_yorke_interpolates_the_sum_of_exponents() -> None:
    """The D at which the sum of the first D exponents, linear in between, is 0."""
    rng = np.random.default_rng(2)
    for _ in range(50):
        exponents = np.sort(rng.normal(size=6) - 0.3)[::-1]
        sums = np.concatenate([[0.0], exponents.cumsum()])
        d = chaos.kaplan_yorke_dimension(exponents)
        if exponents[0] < 0:
            assert d == 0
        elif (sums[1:] >= 0).all():
            assert d == 6
        else:
            assert np.interp(d, np.arange(7), sums) == pytest.approx(0, abs=1e-12)
    assert chaos.kaplan_yorke_dimension([0.5, -0.5]) == 2
    assert chaos.ks_entropy([0.5, 0.1, -0.5]) == pytest.approx(0.6)


def test_sample_entropy_of_independent_numbers() -> None:
    """The chance that two numbers agree, by quadrature of the densities of their difference."""
    for r in (0.1, 0.2, 1.0):
        uniform, _ = integrate.quad(lambda d: 2 * (1 - d), 0, r)
        normal, _ = integrate.quad(lambda d: math.exp(-d * d / 4) / math.sqrt(math.pi), 0, r)
        assert math.exp(-chaos.sample_entropy_of_uniform(r)) == pytest.approx(uniform, abs=1e-12)
        assert math.exp(-chaos.sample_entropy_of_normal(r)) == pytest.approx(normal, abs=1e-12)


def test_sample_entropy_of_a_chain() -> None:
    """Every word; independent symbols; and words so long that only the largest eigenvalue is left."""
    t = np.array([[0.2, 0.5, 0.3], [0.6, 0.1, 0.3], [0.25, 0.25, 0.5]])
    law = np.linalg.matrix_power(t, 200)[0]

    def agree(length: int) -> float:
        words = list(product(range(3), repeat=length))
        return float(sum((law[w[0]] * math.prod(t[a, b] for a, b in pairwise(w))) ** 2 for w in words))

    for m in (1, 2, 4):
        assert chaos.sample_entropy_of_chain(t, m) == pytest.approx(-math.log(agree(m + 1) / agree(m)), abs=1e-12)
    fair = np.tile([0.3, 0.7], (2, 1))
    assert chaos.sample_entropy_of_chain(fair, 3) == pytest.approx(-math.log(0.3**2 + 0.7**2), abs=1e-12)
    largest = np.abs(np.linalg.eigvals(t * t)).max()
    assert chaos.sample_entropy_of_chain(t, 60) == pytest.approx(-math.log(largest), abs=1e-12)


def test_what_has_no_closed_form() -> None:
    for call, text in (
        (lambda: chaos.logistic_exponent(3.7), "r is 3.7"),
        (lambda: chaos.tent_exponent(2.5), "slope is 2.5"),
        (lambda: chaos.skew_tent_exponent(1.0), "top is 1.0"),
        (lambda: chaos.torus_exponents(0.5 * np.eye(2)), "whole numbers"),
        (lambda: chaos.coupled_exponents(0, 0.1), "n = 0"),
        (lambda: chaos.sample_entropy_of_uniform(2.0), "tolerance is 2.0"),
        (lambda: chaos.sample_entropy_of_normal(0.0), "r is 0.0"),
        (lambda: chaos.sample_entropy_of_chain([[0.5, 0.4], [0.5, 0.5]], 1), "rows of sum 1"),
        (lambda: chaos.sample_entropy_of_chain(np.eye(2), 0), "m is 0"),
    ):
        with pytest.raises(ValueError, match=text):
            call()
