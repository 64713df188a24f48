"""LZ78 phrases against a naive parse; coarse graining, levels and row majority against loops."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from physent.diagnostics.complexity import (
    Boundary,
    apparent_complexity,
    coarse_grain,
    level_of,
    lz78_phrases,
    row_majority,
)
from physent.errors import RunError, UsageError


def naive_phrases(symbols: list[int]) -> int:
    """Words in a set."""
    seen: set[tuple[int, ...]] = set()
    word: tuple[int, ...] = ()
    for symbol in symbols:
        word += (symbol,)
        if word not in seen:
            seen.add(word)
            word = ()
    return len(seen) + bool(word)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(seed=st.integers(0, 2**32), size=st.sampled_from([1, 2, 7, 5000]), n=st.integers(1, 400))
def test_phrases_are_those_of_the_naive_parse(seed: int, size: int, n: int) -> None:
    symbols = np.random.default_rng(seed).integers(0, size, (2, n))
    assert lz78_phrases(symbols).tolist() == [naive_phrases(row) for row in symbols.tolist()]


def test_phrases_of_extremes() -> None:
    """A constant sequence has phrases of 1, 2, 3, ... symbols; c ln c / n of fair bits falls to ln 2."""
    assert lz78_phrases(np.zeros(45 + 1, int)) == 10
    assert lz78_phrases(np.arange(100)) == 100
    bits = np.random.default_rng(1).integers(0, 2, 10**6)
    rates = [lz78_phrases(bits[:n]) * np.log(lz78_phrases(bits[:n])) / n for n in (10**3, 10**4, 10**5, 10**6)]
    assert (np.diff(rates) < 0).all()
    assert np.log(2) < rates[-1] < 1.15 * np.log(2)


def naive_grain(field: np.ndarray, grain: int, periodic: bool) -> np.ndarray:
    """Every window cut out of the field."""
    out = np.empty(field.shape)
    reach = np.arange(-((grain - 1) // 2), grain // 2 + 1)
    for i, j in np.ndindex(field.shape):
        rows, columns = i + reach, j + reach
        if periodic:
            rows, columns = rows % field.shape[0], columns % field.shape[1]
        else:
            rows = rows[(rows >= 0) & (rows < field.shape[0])]
            columns = columns[(columns >= 0) & (columns < field.shape[1])]
        out[i, j] = field[np.ix_(rows, columns)].mean()
    return out


@pytest.mark.parametrize("boundary", ["open", "periodic"])
@pytest.mark.parametrize("grain", [1, 2, 3, 6, 7])
def test_coarse_grain_is_the_naive_twin(grain: int, boundary: str) -> None:
    field = np.random.default_rng(2).random((2, 7, 9))
    smooth = coarse_grain(field, grain, boundary=boundary)  # type: ignore[arg-type]
    for one, expected in zip(smooth, field, strict=True):
        np.testing.assert_allclose(one, naive_grain(expected, grain, boundary == "periodic"), atol=1e-14)


def test_equal_windows_of_whole_numbers_are_equal_to_the_bit() -> None:
    """Five of fifteen rows filled: every window around the edge holds exactly 1/3, which is a threshold."""
    cup = np.zeros((30, 40))
    cup[:15] = 1
    smooth = coarse_grain(cup, 15)
    assert (smooth == smooth[:, :1]).all()
    assert (smooth[17] == 1 / 3).all()
    assert (level_of(smooth, 3)[17] == 1).all()


def test_levels() -> None:
    assert level_of([0.0, 0.3, 1 / 3, 0.5, 2 / 3, 1.0, 7.0], 3).tolist() == [0, 0, 1, 1, 2, 2, 2]
    assert level_of([-1.0, 0.0, 1.0], 2, limits=(-1.0, 1.0)).tolist() == [0, 1, 1]
    assert level_of([0.0, 0.2, 0.9], [0.1, 0.2, 0.95]).tolist() == [0, 2, 2]
    for number in range(2, 12):
        assert level_of(np.arange(number) / number, number).tolist() == list(range(number))


def test_row_majority() -> None:
    level = np.array([[0, 0, 1, 2, 0], [2, 1, 2, 1, 0], [3, 3, 2, 1, 4]])
    assert row_majority(level).tolist() == [[0, 0, 0, 2, 0], [1, 1, 1, 1, 1], [3, 3, 3, 1, 3]]


def test_structure_costs_more_than_uniform_and_more_than_smoothed_noise() -> None:
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:80, :80]
    uniform = apparent_complexity(np.full((80, 80), 0.5), 9)
    noise = apparent_complexity(rng.random((80, 80)), 9)
    islands = 0.5 + 0.5 * np.sin(x / 5.0 + 2 * np.sin(y / 7.0)) * np.cos(y / 6.0 + np.sin(x / 9.0))
    assert uniform == noise == lz78_phrases(np.zeros(6400, int))
    assert apparent_complexity(islands, 9) > 2 * uniform
    assert apparent_complexity(rng.integers(0, 2, (80, 80)), 1) > 4 * uniform


def test_row_majority_removes_border_cells_of_a_layered_field() -> None:
    rng = np.random.default_rng(4)
    layers = np.linspace(1, 0, 80)[:, None] * np.ones(80)
    noisy = layers + 0.02 * rng.normal(size=(80, 80))
    exact = apparent_complexity(layers, 1)
    assert apparent_complexity(noisy, 1) > exact + 10
    assert apparent_complexity(noisy, 1, adjust="row_majority") <= exact + 2


def test_dataarray() -> None:
    values = np.random.default_rng(5).random((3, 20, 30))
    field = xr.DataArray(values, dims=("time", "y", "x"))
    c = apparent_complexity(field, 3, [0.4, 0.6], adjust="row_majority", boundary="periodic")
    assert c.dims == ("time",)
    assert c.attrs["compressor"] == "LZ78 phrases"
    expected = apparent_complexity(values[1], 3, [0.4, 0.6], adjust="row_majority", boundary="periodic")
    assert c.values[1] == expected
    np.testing.assert_array_equal(
        apparent_complexity(field.transpose("x", "time", "y"), 3, 3, dims=("y", "x")), apparent_complexity(values, 3)
    )


def test_a_line_is_a_single_row() -> None:
    values = np.random.default_rng(6).random((3, 200))
    lines = xr.DataArray(values, dims=("replica", "x"))
    c = apparent_complexity(lines, 5, 4, dims="x")
    assert c.dims == ("replica",)
    assert c.values[1] == apparent_complexity(values[1], 5, 4)
    smooth = np.array([values[1, max(0, i - 2) : i + 3].mean() for i in range(200)])
    assert c.values[1] == lz78_phrases(level_of(smooth, 4))


def test_refusals() -> None:
    field = np.zeros((4, 6))
    with pytest.raises(UsageError, match="grain must be 1 to 4"):
        apparent_complexity(field, 5)
    with pytest.raises(UsageError, match="adjust"):
        apparent_complexity(field, 2, adjust="rows")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="boundary"):
        apparent_complexity(field, 2, boundary="closed")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="at least 2 levels"):
        apparent_complexity(field, 2, 1)
    with pytest.raises(UsageError, match="increases"):
        apparent_complexity(field, 2, [0.5, 0.4])
    with pytest.raises(UsageError, match="rows, columns"):
        coarse_grain(np.zeros(5), 1)
    with pytest.raises(RunError, match="NaN"):
        apparent_complexity(field + np.nan, 2)


def exact_grain(field: np.ndarray, grain: int, periodic: bool) -> np.ndarray:
    """Means of fractions, rounded once."""
    rows, columns = field.shape
    back, ahead = (grain - 1) // 2, grain // 2
    out = np.empty_like(field)
    for i, j in np.ndindex(rows, columns):
        window = [
            Fraction(field[a % rows, b % columns])
            for a in range(i - back, i + ahead + 1)
            for b in range(j - back, j + ahead + 1)
            if periodic or (0 <= a < rows and 0 <= b < columns)
        ]
        out[i, j] = float(sum(window) / len(window))
    return out


@pytest.mark.parametrize("boundary", ["open", "periodic"])
@pytest.mark.parametrize("grain", [1, 2, 3, 4, 7])
def test_means_are_rounded_once(grain: int, boundary: Boundary) -> None:
    """Values over sixteen decades: a running sum would have lost the small ones."""
    rng = np.random.default_rng(7)
    field = rng.normal(size=(9, 8)) * 10.0 ** rng.integers(-8, 9, (9, 8))
    for factor in (1.0, 2.0**900, 2.0**-900):
        smooth = coarse_grain(field * factor, grain, boundary=boundary)
        np.testing.assert_array_equal(smooth, exact_grain(field, grain, boundary == "periodic") * factor)


@settings(deadline=None, derandomize=True, max_examples=40)
@given(
    arrays(np.float64, (5, 6), elements=st.floats(-1e300, 1e300)),
    st.integers(1, 5),
    st.sampled_from(["open", "periodic"]),
)
def test_grain_one_and_constants_are_kept_to_the_bit(field: np.ndarray, grain: int, boundary: Boundary) -> None:
    np.testing.assert_array_equal(coarse_grain(field, 1, boundary=boundary), field)
    constant = np.full((7, 5), field[0, 0])
    np.testing.assert_array_equal(coarse_grain(constant, grain, boundary=boundary), constant)


def test_a_spike_leaves_no_trace_in_other_windows() -> None:
    np.testing.assert_array_equal(coarse_grain([[1e16, 0.3, 0.3, 0.3]], 2), [[5e15, 0.3, 0.3, 0.3]])


@pytest.mark.parametrize("grain", [1, 5, 9, 10])
@pytest.mark.parametrize("value", [1 / 3, 0.1, 0.7])
def test_a_uniform_field_is_the_floor(grain: int, value: float) -> None:
    """There are c phrases of 1, 2, ..., c equal symbols: the least c with c(c + 1)/2 >= 10^4 is 141."""
    assert apparent_complexity(np.full((100, 100), value), grain) == 141
