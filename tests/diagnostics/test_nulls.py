"""Expected plug-in entropies against published numbers, enumeration and sampling."""

from __future__ import annotations

from itertools import product
from math import factorial

import numpy as np
import pytest

from physent.diagnostics import Grid, Levels, Shannon, Sphere, null_entropy
from physent.errors import UsageError


def test_isotropic_headings_in_288_cells() -> None:
    values = null_entropy([50, 150, 250, 1000], Sphere(12, 24)) / np.log(288)
    assert values == pytest.approx([0.670682, 0.827613, 0.885321, 0.972667], abs=5e-7)


def test_depth_of_150_fish_in_15_bins() -> None:
    assert null_entropy(150, Grid(0.0, 10.0, 15)) / np.log(15) == pytest.approx(0.982424, abs=5e-7)


@pytest.mark.parametrize("p", [[0.5, 0.5], [0.7, 0.2, 0.1], [0.25, 0.25, 0.5], [1.0, 0.0], [1e-9, 1 - 1e-9]])
@pytest.mark.parametrize("number", [1, 2, 5])
def test_by_enumeration(p: list[float], number: int) -> None:
    expected = 0.0
    for n in product(range(number + 1), repeat=len(p)):
        if sum(n) == number:
            ways = factorial(number) / np.prod([float(factorial(k)) for k in n])
            expected += ways * np.prod(np.array(p) ** np.array(n)) * float(Shannon()(np.array(n) / number))
    assert null_entropy(number, p) == pytest.approx(expected, abs=1e-12)


def test_against_binomial_sums() -> None:
    from scipy.special import xlogy
    from scipy.stats import binom

    p = np.random.default_rng(0).dirichlet(np.ones(7))
    k = np.arange(3001)
    mean = sum(np.sum(binom.pmf(k, 3000, q) * xlogy(k, k)) for q in p) / 3000
    assert null_entropy(3000, p) == pytest.approx(np.log(3000) - mean, abs=1e-12)


def test_against_sampling() -> None:
    p = 1 / np.arange(1, 201)
    p /= p.sum()
    counts = np.random.default_rng(1).multinomial(400, p, size=2000)
    sampled = Shannon()(counts / 400)
    assert null_entropy(400, p) == pytest.approx(sampled.mean(), abs=4 * sampled.std() / np.sqrt(2000))


def test_large_numbers_tend_to_the_entropy() -> None:
    """Bias (K - 1)/2N to leading order."""
    p = np.array([0.2, 0.3, 0.5])
    n = 10**7
    assert Shannon()(p) - null_entropy(n, p) == pytest.approx(2 / (2 * n), rel=1e-2)


def test_unequal_cells_of_the_sphere_bias_the_isotropic_law() -> None:
    """Plain counts on the equal-angle grid tend to 0.97612 of ln 288, not to 1."""
    value = null_entropy(10**7, Sphere(12, 24, equal_area=False)) / np.log(288)
    assert value == pytest.approx(0.97612, abs=1e-4)


def test_bad_laws() -> None:
    with pytest.raises(UsageError, match="sum to 1"):
        null_entropy(10, [0.5, 0.4])
    with pytest.raises(UsageError, match="unbounded"):
        null_entropy(10, Levels((0.5,)))
    with pytest.raises(UsageError, match="whole numbers"):
        null_entropy(0, [0.5, 0.5])
