"""The 0-1 test: a naive twin, mean square displacements in closed form, and what it can tell and what it cannot."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from physent.diagnostics import zero_one_test
from physent.errors import PhysentWarning, RunError, UsageError
from tests.diagnostics.series import Floats, henon, logistic, lorenz

GOLDEN = (math.sqrt(5) - 1) / 2


def frequency(j: int) -> float:
    return math.pi * (0.2 + 0.6 * (((j + 0.5) * GOLDEN) % 1))


def naive(x: Floats, c: float) -> float:
    """Every displacement over up to a tenth of the series."""
    n, cut = len(x), len(x) // 10
    z, place = np.zeros(n, complex), 0j
    for j in range(n):
        place += (x[j] - x.mean()) * np.exp(1j * c * j)
        z[j] = place
    moved = [np.mean([abs(z[j + lag] - z[j]) ** 2 for j in range(n - cut)]) for lag in range(1, cut + 1)]
    return float(np.corrcoef(range(1, cut + 1), moved)[0, 1])


@settings(deadline=None, derandomize=True, max_examples=10)
@given(seed=st.integers(0, 2**32), n=st.integers(100, 150), power=st.integers(-900, 900), shift=st.floats(-2, 2))
@pytest.mark.filterwarnings("ignore::physent.errors.PhysentWarning")
def test_naive_twin(seed: int, n: int, power: int, shift: float) -> None:
    """One frequency has no spread; three have those of a quantile. Units and a constant do not matter."""
    x = np.random.default_rng(seed).normal(size=n) + shift
    k, spread = zero_one_test(x, 1)
    assert k == pytest.approx(naive(x, frequency(0)), abs=1e-9)
    assert spread == 0
    three = [naive(x, frequency(j)) for j in range(3)]
    k, spread = zero_one_test(x, 3)
    assert k == pytest.approx(np.median(three), abs=1e-9)
    low, high = np.quantile(three, [0.16, 0.84])
    assert spread == pytest.approx((high - low) / 2, abs=1e-9)
    far, _ = zero_one_test(2.0**power * x, 3)
    assert far == pytest.approx(k, abs=1e-9)


@pytest.mark.parametrize("omega", [0.7, 1.0, 2.2])
def test_a_wave_by_its_displacement(omega: float) -> None:
    """Of cos(omega j): M_c(n) = sum over both signs of (1 - cos n(c + omega)) / 4 (1 - cos(c + omega)), to 1/N."""
    n = 20_000
    lag = np.arange(1, n // 10 + 1)
    c = frequency(0)
    moved = sum((1 - np.cos(lag * s)) / (4 * (1 - np.cos(s))) for s in (c + omega, c - omega))
    k, _ = zero_one_test(np.cos(omega * np.arange(n)), 1)
    assert k == pytest.approx(np.corrcoef(lag, moved)[0, 1], abs=2e-3)


def test_regular_and_chaotic_series() -> None:
    n, t = 2000, np.arange(2000)
    regular = [np.tile([0.51, 0.8], n // 2), np.cos(math.sqrt(2) * t), np.cos(t) + np.cos(math.sqrt(3) * t)]
    chaotic = [logistic(n), henon(n)]
    k, spread = zero_one_test(np.array(regular))
    assert np.abs(k).max() < 0.05
    assert spread.max() < 0.1
    assert zero_one_test(np.array(chaotic))[0].min() > 0.98


def test_noise_is_no_chaos_and_looks_like_it() -> None:
    """White noise walks at every frequency: K tends to 1 as n grows."""
    rng = np.random.default_rng(5)
    assert zero_one_test(rng.normal(size=(10, 3000)))[0].min() > 0.98


def test_a_flow_that_is_sampled_too_finely() -> None:
    """The same Lorenz orbit: chaotic at every 0.2, said to be regular at every 0.01, with a warning."""
    x = lorenz(40_000)
    with pytest.warns(PhysentWarning, match=r"^oversampled: the range is .* times the mean step"):
        k, _ = zero_one_test(x[:4000])
    assert k < 0.5
    k, _ = zero_one_test(x[::20])
    assert k > 0.9


def test_between_order_and_chaos_is_undecided() -> None:
    """A period of two in noise of a fifth of its size."""
    x = np.tile([0.5, -0.5], 300) + 0.1 * np.random.default_rng(6).normal(size=600)
    with pytest.warns(PhysentWarning, match=r"^undecided: K = 0\.\d+ is near neither 0 nor 1"):
        k, spread = zero_one_test(x)
    assert 0.2 < k < 0.8
    assert spread > 0.1


def test_a_pulse_is_no_chaos() -> None:
    x = np.zeros(1000)
    x[500] = 1.0
    with pytest.warns(PhysentWarning, match="a pulse or a transient has K near 1 without chaos"):
        k, _ = zero_one_test(x)
    assert k > 0.9


def test_rows_and_names() -> None:
    rng = np.random.default_rng(7)
    x = xr.DataArray(rng.normal(size=(200, 2)), dims=("time", "replica"))
    k, spread = zero_one_test(x)
    assert k.dims == spread.dims == ("replica",)
    assert (float(k[1]), float(spread[1])) == zero_one_test(x.values[:, 1])
    with pytest.warns(PhysentWarning, match="^1 of 2 rows have no value and are NaN; the first: a constant series"):
        k, _ = zero_one_test(np.stack([x.values[:, 0], np.full(200, 1.1)]))
    assert np.isnan(k).tolist() == [False, True]


def test_refusals() -> None:
    with pytest.raises(UsageError, match="needs at least 100 samples, found 99"):
        zero_one_test(np.arange(99.0))
    with pytest.raises(UsageError, match="a constant series drives nothing"):
        zero_one_test(np.full(200, 0.3))
    with pytest.raises(UsageError, match="frequencies = 0"):
        zero_one_test(np.arange(200.0), 0)
    with pytest.raises(RunError, match="NaN"):
        zero_one_test(np.full(200, np.nan))
