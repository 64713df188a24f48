"""Ordinal codes against a naive twin, exact laws of order 3, invariances and refusals."""

from __future__ import annotations

from itertools import permutations
from math import factorial

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from physent.diagnostics.ordinal import (
    encode,
    forbidden_patterns,
    pattern_counts,
    permutation_entropy,
    rank_patterns,
)
from physent.errors import PhysentWarning, RunError, UsageError
from tests.diagnostics import series

orders = st.integers(2, 10)
delays = st.integers(1, 5)


def naive_code(window: np.ndarray) -> int:
    """Lexicographic number of the ranks, ties ranked by order of appearance."""
    ranks = list(np.argsort(np.argsort(window, kind="stable"), kind="stable"))
    code = 0
    while ranks:
        first = ranks.pop(0)
        code += sum(r < first for r in ranks) * factorial(len(ranks))
    return code


def naive_codes(x: np.ndarray, order: int, delay: int) -> list[int]:
    """One window at a time."""
    span = (order - 1) * delay + 1
    return [naive_code(x[t : t + span : delay]) for t in range(len(x) - span + 1)]


@settings(deadline=None, derandomize=True, max_examples=60)
@given(seed=st.integers(0, 2**32), order=orders, delay=delays, ties=st.booleans())
def test_encode_is_the_naive_twin(seed: int, order: int, delay: int, ties: bool) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers((order - 1) * delay + 1, 80))
    x = rng.integers(0, 3, n).astype(float) if ties else rng.normal(size=n)
    assert encode(x, order, delay).tolist() == naive_codes(x, order, delay)


@pytest.mark.parametrize("delay", [1, 3, 700])
def test_encode_across_stretches_of_the_kernel(delay: int) -> None:
    """Longer than the kernel's stretch of 1024, in several rows, with the delay below, near and above it."""
    x = np.random.default_rng(2).normal(size=(2, 7000))
    for order in (2, 5, 8, 10):
        windows = x.shape[1] - (order - 1) * delay
        samples = x[:, np.arange(windows)[:, None] + delay * np.arange(order)]
        ranks = samples.argsort(axis=-1).argsort(axis=-1)
        codes = encode(x, order, delay)
        assert codes.dtype == np.int32
        np.testing.assert_array_equal(rank_patterns(order)[codes], ranks)


def test_codes_number_the_rank_patterns() -> None:
    patterns = rank_patterns(4)
    assert encode(patterns.astype(float), 4, 1)[:, 0].tolist() == list(range(24))
    assert patterns[0].tolist() == [0, 1, 2, 3]
    assert patterns[-1].tolist() == [3, 2, 1, 0]


def test_patterns_are_in_lexicographic_order() -> None:
    for order in range(1, 8):
        expected = [list(one) for one in permutations(range(order))]
        assert order == 1 or rank_patterns(order).tolist() == expected


def test_order_ten() -> None:
    """Of 10^6 windows of noise n of 10! are seen twice by chance, n(n - 1)/2 / 10! pairs; too many rows are refused."""
    x = np.random.default_rng(10).normal(size=10**6 + 9)
    with pytest.warns(PhysentWarning, match="1000000 windows on"):
        h = permutation_entropy(x, 10)
    counts = pattern_counts(x, 10)
    pairs = (counts * (counts - 1) // 2).sum()
    expected = 10**6 * (10**6 - 1) / 2 / factorial(10)
    assert pairs == pytest.approx(expected, abs=4 * np.sqrt(expected) * 1.5)  # windows that overlap agree more often
    p = counts[counts > 0] / 10**6
    assert h == pytest.approx(-(p * np.log(p)).sum(), rel=1e-12)
    with pytest.raises(UsageError, match=r"order 10: 100 series in 1 blocks need .* counts, expected at most"):
        pattern_counts(np.zeros((100, 20)), 10)


@settings(deadline=None, derandomize=True, max_examples=30)
@given(seed=st.integers(0, 2**32), order=orders, delay=delays)
def test_symmetries(seed: int, order: int, delay: int) -> None:
    """Increasing maps change no code; minus x, and time reversed, mirror the patterns; delay is a subsampling."""
    x = np.random.default_rng(seed).normal(size=200)
    codes = encode(x, order, delay)
    np.testing.assert_array_equal(encode(np.exp(3 * x), order, delay), codes)
    patterns = rank_patterns(order)
    np.testing.assert_array_equal(patterns[encode(-x, order, delay)], order - 1 - patterns[codes])
    np.testing.assert_array_equal(patterns[encode(x[::-1], order, delay)], patterns[codes[::-1]][:, ::-1])
    np.testing.assert_array_equal(encode(x[::delay], order, 1), codes[::delay][: len(encode(x[::delay], order, 1))])


def test_infinities_have_a_rank_and_integers_and_float32_do_not_change_codes() -> None:
    x = np.array([0.0, np.inf, -np.inf, 2.0, np.inf])
    np.testing.assert_array_equal(encode(x, 3, 1), encode([1, 3, 0, 2, 3], 3, 1))
    y = np.random.default_rng(4).normal(size=500).astype(np.float32)
    np.testing.assert_array_equal(encode(y, 5, 2), encode(y.astype(np.float64), 5, 2))


def test_counts_of_blocks_add_up() -> None:
    x = np.random.default_rng(5).normal(size=(3, 1000))
    whole = pattern_counts(x, 4, 2)
    blocks = pattern_counts(x, 4, 2, blocks=7)
    assert whole.shape == (3, 24)
    assert blocks.shape == (3, 7, 24)
    np.testing.assert_array_equal(blocks.sum(axis=1), whole)
    np.testing.assert_array_equal(whole[1], np.bincount(encode(x[1], 4, 2), minlength=24))


def tent_law() -> np.ndarray:
    """Order-3 law of the tent map by the lengths of its intervals: a grid finer than all of them."""
    y = (np.arange(3 * 10**5) + 0.5) / (3 * 10**5)
    orbit = [y]
    for _ in range(2):
        orbit.append(1 - np.abs(1 - 2 * orbit[-1]))
    return np.bincount(encode(np.stack(orbit, axis=-1), 3, 1)[:, 0], minlength=6) / len(y)


def test_logistic_map_has_the_law_of_the_tent_map() -> None:
    law = tent_law()
    exact = np.array([1 / 3, 1 / 15, 4 / 15, 2 / 15, 1 / 5, 0.0])
    np.testing.assert_allclose(np.sort(law), np.sort(exact), atol=2e-5)
    assert law[0] == pytest.approx(1 / 3, abs=2e-5)
    assert law[5] == 0

    x = series.logistic(2 * 10**6)
    blocks = pattern_counts(x, 3, 1, blocks=40)
    p = blocks / blocks.sum(axis=-1, keepdims=True)
    error = p.std(axis=0, ddof=1) / np.sqrt(40)
    assert (np.abs(p.mean(axis=0) - law) <= 4 * error + 2e-5).all()
    assert permutation_entropy(x, 3) == pytest.approx(1.489750319, abs=4e-4)
    assert permutation_entropy(x, 3, normalize=True) == pytest.approx(0.831445484, abs=3e-4)


def test_random_walk_law() -> None:
    """Exact: 1/4 for both monotone patterns and 1/8 for each of the others."""
    x = np.random.default_rng(6).normal(size=10**6).cumsum()
    p = pattern_counts(x, 3, 1) / (len(x) - 2)
    np.testing.assert_allclose(p, [1 / 4, 1 / 8, 1 / 8, 1 / 8, 1 / 8, 1 / 4], atol=4 * 0.0006)
    assert permutation_entropy(x, 3) == pytest.approx(1.732867951, abs=2e-3)


@pytest.mark.parametrize(("hurst", "exact"), [(0.3, 0.211075), (0.7, 0.301759)])
def test_fractional_brownian_motion_increases_with_its_exact_probability(hurst: float, exact: float) -> None:
    """Bandt and Shiha 2007, 10.1111/j.1467-9892.2007.00528.x: p(123) = asin(2^(H - 1)) / pi."""
    assert np.arcsin(2 ** (hurst - 1)) / np.pi == pytest.approx(exact, abs=1e-6)
    x = series.fractional_brownian(2**18, hurst, np.random.default_rng(7))
    blocks = pattern_counts(x, 3, 1, blocks=30)
    p = blocks[:, 0] / blocks.sum(axis=1)
    assert abs(p.mean() - exact) < 4 * p.std(ddof=1) / np.sqrt(30)


def test_forbidden_patterns_of_chaos_and_noise() -> None:
    """Order 3 of the logistic map forbids the decreasing pattern alone; noise forbids none."""
    assert forbidden_patterns(series.logistic(10**5), 3).tolist() == [[2, 1, 0]]
    assert len(forbidden_patterns(series.logistic(10**5), 4)) == 12
    assert len(forbidden_patterns(np.random.default_rng(8).normal(size=10**5), 5)) == 0


def test_dataarray_keeps_other_dimensions_and_says_what_was_done() -> None:
    values = np.random.default_rng(9).normal(size=(300, 2, 3))
    x = xr.DataArray(values, dims=("time", "replica", "particle"), coords={"replica": [5, 6]})
    h = permutation_entropy(x, 4, 2, dim="time")
    assert h.dims == ("replica", "particle")
    assert h["replica"].values.tolist() == [5, 6]
    assert h.attrs["base"] == "nats"
    assert h.attrs["space"] == "ordinal, order 4, delay 2"
    np.testing.assert_array_equal(h.values, permutation_entropy(np.moveaxis(values, 0, -1), 4, 2))


@pytest.mark.parametrize(
    ("x", "order", "delay", "error", "message"),
    [
        ([1.0, np.nan, 2.0], 2, 1, RunError, "1 NaN"),
        ([1.0, 2.0, 3.0], 11, 1, UsageError, "order must be 2 to 10, found 11"),
        ([1.0, 2.0, 3.0], 3, 0, UsageError, "delay"),
        ([1.0, 2.0, 3.0], 3, 2, UsageError, "spans 5 samples, the series has 3"),
        ([1j, 2.0, 3.0], 2, 1, UsageError, "real"),
        ([], 2, 1, UsageError, "empty"),
        (3.0, 2, 1, UsageError, "time axis"),
        ([2**60, 2**60 + 1], 2, 1, RunError, "2\\*\\*53"),
    ],
)
def test_refusals(x: object, order: int, delay: int, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        encode(np.asarray(x), order, delay)


def test_a_dataset_is_refused_in_one_line() -> None:
    x = xr.DataArray(np.random.default_rng(2).normal(size=500), dims="time", name="level")
    with pytest.raises(UsageError, match=r"found a Dataset, expected an array or a DataArray"):
        permutation_entropy(x.to_dataset(), order=3)
    assert permutation_entropy(x.chunk(time=100), order=3) == permutation_entropy(x, order=3)
