"""Dispersion entropy against a naive twin, the normal law, and its own refusals."""

from __future__ import annotations

from collections import Counter
from math import ceil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from physent import diagnostics as D
from physent.errors import PhysentWarning, RunError, UsageError


def naive(x: np.ndarray, m: int, classes: int, delay: int) -> float:
    """As published: z = round(classes y + 1/2), y the normal distribution function of the standardised sample."""
    z = [ceil(classes * y) for y in ndtr((x - x.mean()) / x.std())]
    words = Counter(tuple(z[i : i + m * delay : delay]) for i in range(len(x) - (m - 1) * delay))
    p = np.array([*words.values()]) / words.total()
    return float(-(p * np.log(p)).sum())


@pytest.mark.filterwarnings("ignore:dispersion patterns")
@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.integers(0, 2**32), st.integers(1, 4), st.integers(2, 9), st.integers(1, 5), st.integers(-300, 300))
def test_naive_twin(seed: int, m: int, classes: int, delay: int, power: int) -> None:
    x = np.random.default_rng(seed).gamma(1.0, size=80)
    found = D.dispersion_entropy(x, m, classes, delay)
    assert found == pytest.approx(naive(x, m, classes, delay), abs=1e-12)
    assert D.dispersion_entropy(x, m, classes, delay, normalize=True) == pytest.approx(found / (m * np.log(classes)))
    assert D.dispersion_entropy(np.ldexp(x, power), m, classes, delay) == found


@pytest.mark.parametrize(("m", "classes"), [(1, 6), (2, 6), (3, 3)])
def test_white_noise_has_all_patterns_alike(m: int, classes: int) -> None:
    """The value m ln c, less (c^m - 1)/2n; moments of the sample itself make classes a little more even."""
    n = 4000
    values = D.dispersion_entropy(np.random.default_rng(1).normal(size=(40, n)), m, classes)
    bias = (classes**m - 1) / (2 * n)
    short = m * np.log(classes) - values
    assert (short > 0).all()
    assert short.mean() == pytest.approx(bias, abs=4 * values.std(ddof=1) / np.sqrt(40) + 0.3 * bias)


def test_it_is_the_word_entropy_of_levels() -> None:
    x = np.random.default_rng(2).normal(size=3000).cumsum()
    edges = x.mean() + x.std() * np.array([-0.43072729929545756, 0.43072729929545756])  # quantiles 1/3 and 2/3
    assert D.dispersion_entropy(x, 3, 3) == pytest.approx(
        D.block_entropy(D.Levels(tuple(edges)).encode(x), 3), abs=1e-12
    )


def test_refusals_and_doubts() -> None:
    x = np.random.default_rng(3).normal(size=100)
    with pytest.warns(
        PhysentWarning, match=r"dispersion patterns: 98 windows on \d+ patterns seen, .* in 1 of 1 series"
    ):
        D.dispersion_entropy(x, 3)
    with pytest.raises(UsageError, match="6 classes give 6\\^10 patterns"):
        D.dispersion_entropy(x, 10)
    with pytest.raises(UsageError, match="constant series"):
        D.dispersion_entropy(np.full(50, 1.1))
    with pytest.raises(UsageError, match="needs at least 100 samples, found 99"):
        D.dispersion_entropy(x[1:], 2, 3, 99)
    with pytest.raises(UsageError, match="classes >= 2, found 2, 1 and 1"):
        D.dispersion_entropy(x, 2, 1)
    with pytest.raises(RunError, match="infinite"):
        D.dispersion_entropy([1.0, np.inf, 2.0])
