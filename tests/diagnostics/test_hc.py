"""Points of the entropy-complexity plane: exact laws, reference systems, bounds, standard errors."""

from __future__ import annotations

from math import factorial

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from physent.diagnostics.hc import entropy_complexity, hc_bounds, hc_plane, hc_standard_errors
from physent.errors import PhysentWarning, UsageError
from tests.diagnostics import series


@pytest.mark.parametrize(
    ("p", "h", "c"),
    [
        ([1 / 3, 1 / 15, 4 / 15, 2 / 15, 1 / 5, 0], 0.831445484, 0.165767166),
        ([1 / 4, 1 / 8, 1 / 8, 1 / 8, 1 / 8, 1 / 4], 0.967132018, 0.030601751),
        ([0, 0, 1, 0, 0, 0], 0.0, 0.0),
        ([1 / 6] * 6, 1.0, 0.0),
    ],
)
def test_exact_points(p: list[float], h: float, c: float) -> None:
    measured = entropy_complexity(np.array(p))
    np.testing.assert_allclose(measured, (h, c), atol=1e-9)


@pytest.mark.parametrize(
    ("x", "order", "delay", "h", "c"),
    [
        (series.logistic(10**5), 5, 1, 0.6796, 0.3991),
        (series.logistic(10**5), 6, 1, 0.6293, 0.4841),
        (series.henon(10**5), 5, 1, 0.6159, 0.4045),
        (series.skew_tent(10**5), 5, 1, 0.5269, 0.3669),
    ],
    ids=["logistic 5", "logistic 6", "henon", "skew tent"],
)
def test_chaotic_maps(x: np.ndarray, order: int, delay: int, h: float, c: float) -> None:
    np.testing.assert_allclose(hc_plane(x, order, delay), (h, c), atol=3e-3)


def test_lorenz_moves_with_the_delay_from_periodic_to_chaotic() -> None:
    x = series.lorenz(10**5)
    for delay, h, c in [(1, 0.218, 0.194), (10, 0.565, 0.388), (15, 0.676, 0.394), (20, 0.785, 0.329)]:
        # one orbit of 1000 time units fixes H to about 0.003, as its jackknife says
        bound = np.maximum(4 * np.array(hc_standard_errors(x, 5, delay)), 3e-3)
        assert (np.abs(np.array(hc_plane(x, 5, delay)) - (h, c)) < bound).all(), delay


@pytest.mark.parametrize("order", [3, 4, 5, 6, 7])
def test_periodic_series_lie_in_their_band(order: int) -> None:
    """2 to 2(2(n - 2) + 1) patterns: Hyman, Daniel and Schaffner, arXiv:2407.11970."""
    x = np.sin(2 * np.pi * np.arange(50000) / 62.83)
    h, _ = hc_plane(x, order, 1)
    largest = np.log(factorial(order))
    assert np.log(2) / largest <= h <= np.log(2 * (2 * (order - 2) + 1)) / largest
    if order == 5:
        np.testing.assert_allclose(hc_plane(x, 5, 1), (0.246, 0.215), atol=1e-3)


def test_noise() -> None:
    rng = np.random.default_rng(1)
    np.testing.assert_allclose(hc_plane(rng.normal(size=10**5)), (0.9999, 0.0002), atol=3e-4)
    np.testing.assert_allclose(hc_plane(rng.normal(size=10**5).cumsum()), (0.917, 0.118), atol=6e-3)


@pytest.mark.parametrize(
    ("order", "h", "c"),
    [(3, 0.613, 0.291452), (4, 0.564, 0.354090), (5, 0.615, 0.424820), (6, 0.654, 0.496700), (7, 0.689, 0.560511)],
)
def test_largest_complexity(order: int, h: float, c: float) -> None:
    _, _, entropy, upper = hc_bounds(order, points=4001)
    assert upper.max() == pytest.approx(c, abs=2e-6)
    assert entropy[upper.argmax()] == pytest.approx(h, abs=1e-3)


@pytest.mark.parametrize("order", [2, 3, 4, 5])
def test_bounds_are_those_of_their_construction(order: int) -> None:
    """The curves from the laws themselves, one probability vector at a time."""
    size = factorial(order)
    rng = np.random.default_rng(order)
    for _ in range(20):
        equal = int(rng.integers(1, size))
        small = rng.uniform(0, 1 / (equal + 1))
        p = np.zeros(size)
        p[:equal], p[equal] = (1 - small) / equal, small
        h, c = entropy_complexity(p)
        assert hc_bounds(order, [h])[3][0] == pytest.approx(c, abs=1e-12)
        q = np.full(size, 0.0)
        q[0] = rng.uniform(1 / size, 1)
        q[1:] = (1 - q[0]) / (size - 1)
        h, c = entropy_complexity(q)
        assert hc_bounds(order, [h])[1][0] == pytest.approx(c, abs=1e-12)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(
    seed=st.integers(0, 2**32), order=st.sampled_from([2, 3, 4, 5]), log_alpha=st.floats(-6, 4), zeros=st.floats(0, 1)
)
def test_bounds_contain_random_laws(seed: int, order: int, log_alpha: float, zeros: float) -> None:
    size = factorial(order)
    rng = np.random.default_rng(seed)
    weights = rng.gamma(np.exp(log_alpha), size=(50, size)) * (rng.random((50, size)) >= zeros)
    weights[:, 0] += 1e-3 * (weights.sum(axis=1) == 0)
    h, c = entropy_complexity(weights / weights.sum(axis=1, keepdims=True))
    _, lower, _, upper = hc_bounds(order, np.clip(h, 0, 1))
    assert (c >= lower - 1e-9).all()
    assert (c <= upper + 1e-9).all()


@pytest.mark.parametrize("order", [2, 8])
def test_bounds_meet_at_both_ends(order: int) -> None:
    _, lower, h, upper = hc_bounds(order)
    assert (h[0], h[-1]) == (0, 1)
    np.testing.assert_allclose([lower[0], upper[0], lower[-1], upper[-1]], 0, atol=1e-12)
    assert (upper >= lower - 1e-12).all()


def test_standard_errors_are_the_spread_of_independent_series() -> None:
    x = series.logistic(60 * 5000).reshape(60, 5000)
    points = np.array(hc_plane(x, 4))
    errors = np.array(hc_standard_errors(x, 4))
    # 60 series give the spread to 9 %, the jackknife of 32 blocks is known to 12 % / sqrt(60)
    np.testing.assert_allclose(np.sqrt((errors**2).mean(axis=1)), points.std(axis=1, ddof=1), rtol=0.4)


def test_standard_errors_of_correlated_series_are_their_spread() -> None:
    """A smooth series whose patterns last for many samples: blocks follow the measured autocorrelation time."""
    rng = np.random.default_rng(5)
    x = series.lorenz(40 * 4000).reshape(40, 4000) + 1e-9 * rng.normal(size=(40, 4000))
    points = np.array(hc_plane(x, 4, 10))
    errors = np.array(hc_standard_errors(x, 4, 10))
    np.testing.assert_allclose(np.sqrt((errors**2).mean(axis=1)), points.std(axis=1, ddof=1), rtol=0.5)


def test_dataarray() -> None:
    x = xr.DataArray(np.random.default_rng(3).normal(size=(2, 4000)), dims=("replica", "time"))
    h, c = hc_plane(x, 3)
    assert hc_plane(x.transpose("time", "replica"), 3)[0].dims == ("replica",)
    assert h.dims == c.dims == ("replica",)
    assert c.attrs["estimator"] == "plug-in"
    np.testing.assert_array_equal([h.values, c.values], hc_plane(x.values, 3))
    se, _ = hc_standard_errors(x, 3)
    assert se.dims == ("replica",)


def test_refusals() -> None:
    with pytest.warns(PhysentWarning, match="short series"):
        hc_standard_errors(np.random.default_rng(4).normal(size=60), 5, 3)
    with pytest.raises(UsageError, match="\\[0, 1\\]"):
        hc_bounds(4, [1.1])
    with pytest.raises(UsageError, match="order"):
        hc_bounds(11)
