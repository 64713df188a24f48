"""Expected plug-in entropy of counts in cells, against sums, binomial counts and drawn samples."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import xlogy
from scipy.stats import poisson

from physent.diagnostics import null_entropy
from physent.theory.poisson_cells import SERIES_FROM, expected_occupied, expected_plugin, mean_n_log_n


@pytest.mark.parametrize("mean", [1e-7, 1e-3, 0.49, 0.5, 3.99, 4.0, 19.99, 20.1, 63.99, 64.0, 500.0, 1e4])
def test_mean_of_n_log_n(mean: float) -> None:
    k = np.arange(int(mean + 14 * np.sqrt(mean)) + 40)
    weight = poisson.pmf(k, mean)  # good to 1e-11 only for large means, as a whole
    exact = (weight * xlogy(k, k)).sum() / weight.sum()
    assert mean_n_log_n(mean) == pytest.approx(exact, rel=2e-12 if mean < SERIES_FROM else 1e-11)


def test_shapes_and_the_empty_cell() -> None:
    means = np.array([[0.0, 1.0], [70.0, 3.0]])
    assert mean_n_log_n(means).shape == (2, 2)
    assert mean_n_log_n(means)[0, 0] == 0


def test_poisson_cells_and_fixed_numbers() -> None:
    """Binomial counts differ by 1/2n, the exact difference of both biases to leading order."""
    p = np.random.default_rng(1).dirichlet(np.ones(40))
    for n in (200, 5000):
        assert expected_plugin(p, n) - null_entropy(n, p) == pytest.approx(-1 / (2 * n), rel=0.05)
    leading = -xlogy(p, p).sum() - 40 / 2e6
    assert expected_plugin(p, 1e6) == pytest.approx(leading, abs=2e-7)


def test_occupied_cells() -> None:
    p = np.array([0.5, 0.25, 0.25, 0.0])
    assert expected_occupied(p, 4) == pytest.approx(3 - np.exp(-2) - 2 * np.exp(-1))
