"""Sample entropy against exact values and a naive twin."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import erf

from physent.diagnostics.agreement import agreeing_pairs
from physent.diagnostics.fuzzy import fuzzy_entropy
from physent.diagnostics.regularity import sample_entropy
from physent.diagnostics.scale_by_scale import multiscale_entropy
from physent.errors import PhysentWarning, RunError, UsageError


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


def said_if_none_agree(expected: list[float]) -> AbstractContextManager[Any]:
    """Expects the warning if a value is NaN, and none if not."""
    return pytest.warns(PhysentWarning, match="no two stretches") if np.isnan(expected).any() else nullcontext()


@settings(deadline=None, derandomize=True, max_examples=40)
@given(seed=st.integers(0, 2**32), m=st.integers(1, 4), tolerance=st.floats(0.01, 3), rounded=st.booleans())
def test_naive_twin(seed: int, m: int, tolerance: float, rounded: bool) -> None:
    x = np.random.default_rng(seed).normal(size=40)
    x = np.round(x) if rounded else x
    expected = naive(x, m, tolerance)
    with said_if_none_agree([expected]):
        found = sample_entropy(x, m, tolerance=tolerance)
    np.testing.assert_allclose(found, expected, atol=1e-12)


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


def test_cells_count_what_all_pairs_count() -> None:
    """Ties at exactly the tolerance, cells of one row, and a tolerance of any size."""
    rng = np.random.default_rng(3)
    for x in (rng.integers(0, 6, 90) * 0.1, rng.normal(size=90).cumsum(), 2.0 ** rng.integers(0, 60, 90)):
        for m in (1, 2, 3, 4):
            for tolerance in (1e-300, 0.1, 0.30000000000000004, 1.0, 1e300):
                stretches = np.lib.stride_tricks.sliding_window_view(x, m + 1)
                near = np.abs(stretches[:, None] - stretches[None]) <= tolerance
                pairs = np.triu(np.ones((len(stretches), len(stretches)), bool), 1)
                expected = (int((near[..., :m].all(-1) & pairs).sum()), int((near.all(-1) & pairs).sum()))
                assert agreeing_pairs(stretches, tolerance) == expected


@settings(deadline=None, derandomize=True, max_examples=20)
@given(seed=st.integers(0, 2**32), m=st.integers(1, 3), scales=st.integers(1, 6), r=st.floats(0.1, 1.0))
def test_multiscale_is_the_naive_twin(seed: int, m: int, scales: int, r: float) -> None:
    x = np.random.default_rng(seed).normal(size=60)
    means = [[x[i : i + s].mean() for i in range(0, len(x) - s + 1, s)] for s in range(1, scales + 1)]
    expected = [naive(np.array(one), m, r * x.std()) for one in means]
    with said_if_none_agree(expected):
        found = multiscale_entropy(x, scales, m, r)
        np.testing.assert_array_equal(multiscale_entropy(x, scales, m, tolerance=r * x.std()), found)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    with said_if_none_agree(expected[:1]):
        np.testing.assert_array_equal(found[0], sample_entropy(x, m, r))


def test_multiscale_of_white_noise() -> None:
    """-ln erf(r sqrt(s) / 2)."""
    values = multiscale_entropy(np.random.default_rng(4).normal(size=(20, 4000)), 8)
    exact = -np.log(erf(0.15 * np.sqrt(np.arange(1, 9)) / 2))
    errors = values.std(0, ddof=1) / np.sqrt(20)
    assert (errors < 0.03).all()
    assert (np.abs(values.mean(0) - exact) < 4 * errors + 0.003).all()


def test_multiscale_keeps_dimensions_and_refuses() -> None:
    x = xr.DataArray(np.random.default_rng(5).normal(size=(300, 2)), dims=("time", "replica"))
    found = multiscale_entropy(x, 3)
    assert found.dims == ("replica", "scale")
    np.testing.assert_array_equal(found[1], multiscale_entropy(x.values[:, 1], 3))
    with pytest.raises(UsageError, match="scales must be 1 to 75 for 300 samples and m = 2, found 76"):
        multiscale_entropy(x, 76)
    with pytest.raises(UsageError, match="is the series constant"):
        multiscale_entropy(np.ones(300), 2)
    batch = np.stack([x.values[:, 0], np.ones(300)])
    with pytest.warns(PhysentWarning, match="^1 of 2 rows have no value and are NaN"):
        found = multiscale_entropy(batch, 2)
    assert np.isnan(found).tolist() == [[False, False], [True, True]]


def naive_fuzzy(x: np.ndarray, m: int, r: float, power: float) -> float:
    """Every pair of stretches."""
    x = (x - x.mean()) / x.std()
    shorter = longer = 0.0
    for i in range(len(x) - m):
        for j in range(i + 1, len(x) - m):
            a, b = (np.array([x[k : k + size] - x[k : k + size].mean() for k in (i, j)]) for size in (m, m + 1))
            shorter += np.exp(-(np.abs(a[0] - a[1]).max() ** power) / r)
            longer += np.exp(-(np.abs(b[0] - b[1]).max() ** power) / r)
    return float(np.log(shorter / longer))


@settings(deadline=None, derandomize=True, max_examples=15)
@given(st.integers(0, 2**32), st.integers(1, 3), st.floats(0.1, 1.0), st.sampled_from([1.0, 2.0, 3.5]))
def test_fuzzy_is_the_naive_twin(seed: int, m: int, r: float, power: float) -> None:
    x = np.random.default_rng(seed).normal(size=25)
    assert fuzzy_entropy(x, m, r, power) == pytest.approx(naive_fuzzy(x, m, r, power), abs=1e-12)
    assert fuzzy_entropy(2.0**600 * x + 2.0**602, m, r, power) == pytest.approx(fuzzy_entropy(x, m, r, power), abs=1e-9)


@pytest.mark.parametrize("r", [0.1, 0.2, 1.0])
def test_fuzzy_entropy_of_white_noise(r: float) -> None:
    """Half the difference of two successive differences is a standard normal: E exp(-z^2 / r) = (1 + 2/r)^(-1/2)."""
    values = fuzzy_entropy(np.random.default_rng(6).normal(size=(20, 1000)), 1, r)
    error = values.std(ddof=1) / np.sqrt(20)
    assert error < 0.01
    assert abs(values.mean() - np.log1p(2 / r) / 2) < 4 * error + 0.005


def test_fuzzy_bias_and_refusals() -> None:
    """0.02 too much for 250 samples, against 2000."""
    rng = np.random.default_rng(7)
    short, long = (fuzzy_entropy(rng.normal(size=(20000 // n, n))) for n in (250, 2000))
    error = np.hypot(short.std(ddof=1) / np.sqrt(80), long.std(ddof=1) / np.sqrt(10))
    assert 0 < short.mean() - long.mean() < 0.02 + 4 * error
    with pytest.raises(UsageError, match="constant series"):
        fuzzy_entropy(np.full(30, 1.1))
    with pytest.raises(UsageError, match=r"r = 0\.0, expected a finite number > 0"):
        fuzzy_entropy(np.arange(30.0), r=0.0)
    with pytest.raises(UsageError, match="m = 5 needs at least 7 samples, found 6"):
        fuzzy_entropy(np.arange(6.0), 5)


def test_regular_series_and_extremes() -> None:
    assert sample_entropy(np.tile([0.0, 1.0], 100)) == pytest.approx(0, abs=0.02)
    none = "no two stretches of m samples agree: the value is NaN; take a larger tolerance"
    with pytest.warns(PhysentWarning, match=f"^{none}$"):
        assert np.isnan(sample_entropy(2.0 ** np.arange(20), tolerance=0.1))
    with pytest.warns(PhysentWarning, match=rf"^{none} \(2 times in this call\)$"):
        assert np.isnan(sample_entropy(np.arange(20.0).reshape(2, 10))).all()
    with pytest.warns(PhysentWarning, match=f"^{none}"):
        assert np.isnan(multiscale_entropy(np.arange(30.0), 3)).any()
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
