"""Cumulants: exactly unbiased, right for known laws, with errors that cover."""

from __future__ import annotations

from itertools import combinations_with_replacement
from math import comb, factorial, prod
from typing import Any

import numpy as np
import pytest

from physent import diagnostics as D
from physent.diagnostics.kstatistics import k_statistics
from physent.errors import PhysentWarning, UsageError
from tests.diagnostics.test_chains import autoregressive


def cumulants_of(moments: list[float]) -> Any:
    """Cumulants 1 ... from moments 0 ... by their recursion."""
    k = [0.0] * len(moments)
    for n in range(1, len(moments)):
        k[n] = moments[n] - sum(comb(n - 1, m - 1) * k[m] * moments[n - m] for m in range(1, n))
    return np.array(k[1:])


@pytest.mark.parametrize("n", [6, 7, 9])
def test_k_statistics_are_unbiased_exactly(n: int) -> None:
    """Mean over every sample of n values of a three-point law, weighted by its probability."""
    points, p = np.array([0.0, 1.0, 3.0]), np.array([0.5, 0.3, 0.2])
    mean = np.zeros(6)
    for drawn in combinations_with_replacement(range(3), n):
        times = [drawn.count(i) for i in range(3)]
        weight = factorial(n) / prod(factorial(t) for t in times) * np.prod(p**times)
        mean += weight * k_statistics(points[list(drawn)])
    np.testing.assert_allclose(mean, cumulants_of([float((p * points**r).sum()) for r in range(7)]), rtol=2e-12)


def test_shift_scale_and_lack_of_values() -> None:
    x = np.random.default_rng(2).gamma(2.0, size=50)
    k = k_statistics(x)
    np.testing.assert_allclose(k_statistics(3 * x), k * 3.0 ** np.arange(1, 7), rtol=1e-12)
    # a mean of 1e6 standard deviations costs the digits that the data lose, 1e-10, and not six powers of it
    np.testing.assert_allclose(k_statistics(x + 1e6)[1:], k[1:], rtol=1e-7)
    assert np.isfinite(k_statistics(x[:4])).tolist() == [True] * 4 + [False] * 2
    np.testing.assert_allclose(k_statistics(x, 2), [x.mean(), x.var(ddof=1)], rtol=1e-13)


@pytest.mark.parametrize(
    ("draw", "exact"),
    [
        (lambda rng, n: rng.gamma(5.0, 0.2, n), [5 * 0.2**q * factorial(q - 1) for q in range(1, 7)]),
        (lambda rng, n: rng.poisson(3.0, n), [3.0] * 6),
        (lambda rng, n: rng.normal(1.0, 2.0, n), [1.0, 4.0, 0, 0, 0, 0]),
    ],
)
def test_known_laws(draw: Any, exact: list[float]) -> None:
    found = D.cumulants(draw(np.random.default_rng(11), (50000, 4)))
    z = (found.value - exact) / found.standard_error
    assert np.abs(z).max() < 4.5
    assert found.resolved[:2].all()
    assert found.blocks == 256


def test_what_is_not_resolved_says_how_many_draws_it_needs() -> None:
    """The error falls as 1/sqrt(draws), so the draws that are needed do not depend on those that were made."""
    rng = np.random.default_rng(5)
    draws = rng.gamma(400.0, size=(200000, 1))
    found = D.cumulants(draws)
    assert found.resolved.tolist()[:2] == [True, True]
    assert not found.resolved[5]
    needs = found.draws * (found.standard_error / found.value) ** 2
    np.testing.assert_allclose(found.draws_needed, needs)
    part = D.cumulants(draws[:50000])
    assert part.draws_needed[2] == pytest.approx(found.draws_needed[2], rel=1.5)
    # k3 of n nearly normal values has the variance 6 k2^3/n: 6 * 400^3/(2 * 400)^2 draws
    assert found.draws_needed[2] == pytest.approx(600, rel=0.9)


@pytest.mark.parametrize("rho", [0.0, 0.8])
def test_errors_cover(rho: float) -> None:
    """Over 150 seeds: spread of the values over the mean reported error, cumulants 1 to 4 of a normal chain."""
    found = [D.cumulants(autoregressive(rho, 4000, 2, seed)) for seed in range(150)]
    values = np.array([one.value for one in found])
    errors = np.array([one.standard_error for one in found])
    ratio = values.std(0, ddof=1) / np.sqrt((errors**2).mean(0))
    assert ((ratio > 0.8) & (ratio < 1.25))[:4].all(), ratio
    covered = (np.abs(values - [0, 1, 0, 0, 0, 0]) < 2 * errors).mean(0)
    assert (covered[:4] > 0.87).all(), covered


def test_a_short_or_constant_series() -> None:
    with pytest.warns(PhysentWarning, match="hold 2 blocks"):
        D.cumulants(autoregressive(0.99, 100, 2, 3))
    found = D.cumulants(np.full((100, 2), 0.1))
    assert found.value == pytest.approx([0.1, 0, 0, 0, 0, 0], abs=1e-15)
    with pytest.raises(UsageError, match="expected 1 to 6"):
        D.cumulants(np.arange(50.0), 7)


@pytest.mark.parametrize("scale", [1e155, 1e-158])
def test_cumulants_beyond_float64_are_told(scale: float) -> None:
    """The mean and what scales with it are right at any scale; a variance of 1e310 is no number."""
    x = np.random.default_rng(8).normal(size=400)
    np.testing.assert_allclose(k_statistics(x * scale, 1), k_statistics(x, 1) * scale, rtol=1e-12)
    for function in (k_statistics, D.cumulants):
        with pytest.warns(PhysentWarning, match="range: cumulants of order 2 of values with a standard deviation of"):
            function(x * scale, 2)
    np.testing.assert_allclose(k_statistics(x * 1e50, 6), k_statistics(x, 6) * 1e50 ** np.arange(1, 7.0), rtol=1e-12)
