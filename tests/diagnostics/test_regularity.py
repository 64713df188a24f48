"""Sample entropy against exact values and a naive twin."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import erf

from physent.diagnostics.regularity import sample_entropy
from physent.errors import RunError, UsageError


def naive(x: np.ndarray, m: int, tolerance: float) -> float:
    """Every pair of stretches."""
    shorter = longer = 0
    for i in range(len(x) - m):
        for j in range(i + 1, len(x) - m):
            distance = np.abs(x[i : i + m + 1] - x[j : j + m + 1])
            shorter += bool(distance[:m].max() <= tolerance)
            longer += bool(distance.max() <= tolerance)
    if not shorter:
        return np.nan
    return float(np.log(shorter / longer)) if longer else np.inf


@settings(deadline=None, derandomize=True, max_examples=40)
@given(seed=st.integers(0, 2**32), m=st.integers(1, 4), tolerance=st.floats(0.01, 3), rounded=st.booleans())
def test_naive_twin(seed: int, m: int, tolerance: float, rounded: bool) -> None:
    x = np.random.default_rng(seed).normal(size=40)
    x = np.round(x) if rounded else x
    np.testing.assert_allclose(sample_entropy(x, m, tolerance=tolerance), naive(x, m, tolerance), atol=1e-12)


@pytest.mark.parametrize(("law", "exact"), [("normal", 2.185132), ("random", 2.188036)], ids=["Gaussian", "uniform"])
@pytest.mark.parametrize("m", [1, 2])
def test_independent_samples(law: str, exact: float, m: int) -> None:
    """-ln P(|x - y| <= 0.2 sigma) for every m: -ln erf(0.1) for the Gaussian, 2r - r^2 for the uniform law."""
    assert -np.log(erf(0.1)) == pytest.approx(2.185132, abs=1e-6)
    rng = np.random.default_rng(1)
    values = sample_entropy(getattr(rng, law)(size=(24, 3000)), m)
    assert values.shape == (24,)
    error = values.std(ddof=1) / np.sqrt(24)
    assert error < 0.0125
    assert abs(values.mean() - exact) < 4 * error


def test_regular_series_and_extremes() -> None:
    assert sample_entropy(np.tile([0.0, 1.0], 100)) == pytest.approx(0, abs=0.02)
    assert np.isnan(sample_entropy(2.0 ** np.arange(20), tolerance=0.1))
    # two stretches agree for two samples, and none for three
    assert sample_entropy([0.0, 0.0, 5.0, 20.0, 0.0, 0.0, 9.0, 40.0], tolerance=0.1) == np.inf


def test_dataarray() -> None:
    x = xr.DataArray(np.random.default_rng(2).normal(size=(300, 2)), dims=("time", "replica"))
    s = sample_entropy(x, dim="time")
    assert s.dims == ("replica",)
    assert s.values[1] == sample_entropy(x.values[:, 1])


@pytest.mark.parametrize("value", [0.5, 1.1, 1e155, 1 / 3])
def test_a_constant_series_is_refused_whatever_its_value(value: float) -> None:
    with pytest.raises(UsageError, match="constant"):
        sample_entropy(np.full(50, value))
    assert sample_entropy(np.full(50, value), tolerance=0.1 * value) == 0


def test_refusals() -> None:
    with pytest.raises(UsageError, match=r"tolerance = -1\.0, expected a finite number >= 0"):
        sample_entropy(np.arange(9.0), tolerance=-1.0)
    with pytest.raises(UsageError, match="at least 4 samples"):
        sample_entropy([1.0, 2.0, 3.0])
    with pytest.raises(UsageError, match="m must"):
        sample_entropy(np.arange(9.0), 0)
    with pytest.raises(RunError, match="infinite"):
        sample_entropy([1.0, np.inf, 2.0, 3.0, 4.0])
