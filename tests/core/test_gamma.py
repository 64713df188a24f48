from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from physent.core.gamma import fill_gammas
from physent.core.random import Purpose, stream_key

KEY = stream_key(3, Purpose.SAMPLER, 0)


@pytest.mark.parametrize("shape", [0.02, 0.3, 0.99, 1.0, 1.5, 4.0, 50.0, 1e5])
def test_law(shape: float) -> None:
    """Kolmogorov-Smirnov distance of 20000 variates; at a probability of 1e-5 the bound is 2.5/sqrt(n)."""
    n = 20_000
    out = np.empty(n)
    fill_gammas(KEY, 5, 0, np.full(n, shape), out)
    assert stats.kstest(out, stats.gamma(shape).cdf).statistic < 2.5 / np.sqrt(n)
    assert out.mean() == pytest.approx(shape, abs=4.5 * np.sqrt(shape / n))


def test_neighbours_are_independent() -> None:
    """Elements 2i and 2i + 1 share their numbers; retries and small shapes take more."""
    n = 40_000
    out = np.empty(n)
    fill_gammas(KEY, 1, 0, np.where(np.arange(n) % 3 == 0, 0.5, 1.0), out)
    centred = np.where(np.arange(n) % 3 == 0, stats.gamma(0.5).cdf(out), stats.gamma(1.0).cdf(out)) - 0.5
    for lag in (1, 2, 3, n // 2):
        assert abs(np.mean(centred[:-lag] * centred[lag:])) * 12 < 4.5 / np.sqrt(n - lag)


def test_an_element_is_fixed_by_its_index_and_shape() -> None:
    shape = np.geomspace(0.1, 100.0, 101)
    long, short, other = np.empty(101), np.empty(50), np.empty(101)
    fill_gammas(KEY, 9, 7, shape, long)
    fill_gammas(KEY, 9, 7, shape[:50].copy(), short)
    np.testing.assert_array_equal(long[:50], short)
    fill_gammas(KEY, 10, 7, shape, other)
    assert not np.any(long == other)
