"""Patterns of patches of fields, and weighted patterns of series: naive twins, exact laws, symmetries, refusals."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from physent import diagnostics as D
from physent.errors import PhysentWarning, RunError, UsageError
from tests.diagnostics.test_ordinal import naive_code


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    st.integers(0, 2**32),
    st.sampled_from([(1, 2), (2, 1), (2, 2), (2, 3), (3, 3), (5, 2), (1, 10)]),
    st.integers(1, 3),
    st.integers(1, 3),
    st.booleans(),
)
def test_codes_are_those_of_the_naive_twin(
    seed: int, shape: tuple[int, int], row: int, column: int, tied: bool
) -> None:
    rng = np.random.default_rng(seed)
    field = rng.integers(0, 3, (14, 29)).astype(float) if tied else rng.normal(size=(14, 29))
    codes = D.OrdinalPatch(*shape, row, column).encode(field)
    assert codes.shape == (14 - (shape[0] - 1) * row, 29 - (shape[1] - 1) * column)
    for y, x in rng.integers(0, codes.shape, (12, 2)):
        patch = field[y : y + shape[0] * row : row, x : x + shape[1] * column : column]
        assert codes[y, x] == naive_code(patch.ravel())
    if shape[0] == 1:
        np.testing.assert_array_equal(codes, D.Ordinal(shape[1], column).encode(field))


def test_noise_and_ramps() -> None:
    """All 24 patterns alike for noise, with the bias (K - 1)/2N; one pattern, and C = 0, for a ramp."""
    fields = np.random.default_rng(1).normal(size=(40, 81, 81))
    h, c = D.hc_plane_2d(fields)
    assert h.shape == (40,)
    short = (1 - h) * np.log(24)
    assert short.mean() == pytest.approx(23 / (2 * 80**2), abs=4 * short.std(ddof=1) / np.sqrt(40))
    assert (c < 0.01).all()
    ramp = np.add.outer(100 * np.arange(20), np.arange(20))
    assert D.hc_plane_2d(ramp) == (0, 0)


def test_sums_of_rows_and_columns_have_eight_patterns() -> None:
    """For a[y] + b[x] of one law the signs of the steps, and which is larger, are fair coins: H = ln 8 / ln 24."""
    rng = np.random.default_rng(2)
    fields = np.stack([np.add.outer(*rng.normal(size=(2, 400))) for _ in range(12)])
    counts = D.count(fields, D.OrdinalPatch(2, 2))
    assert np.count_nonzero(counts.n) == 8
    h, c = D.hc_plane_2d(fields)
    assert h.max() <= np.log(8) / np.log(24) + 1e-12
    assert h.mean() == pytest.approx(np.log(8) / np.log(24), abs=4 * h.std(ddof=1) / np.sqrt(12) + 0.002)
    assert c.mean() > 0.2


def test_turned_fields_have_the_same_probabilities() -> None:
    field = np.random.default_rng(3).normal(size=(160, 90)).cumsum(0)
    plane = D.hc_plane_2d(field, 3, 2, row_step=2)
    np.testing.assert_allclose(D.hc_plane_2d(field.T, 2, 3, column_step=2), plane, rtol=1e-12)
    np.testing.assert_allclose(D.hc_plane_2d(-field[::-1], 3, 2, row_step=2), plane, rtol=1e-12)
    np.testing.assert_allclose(D.hc_plane_2d(np.exp(field), 3, 2, row_step=2), plane, rtol=1e-12)


@pytest.mark.filterwarnings("ignore:undersampled")
def test_counts_measures_and_estimators_are_those_of_any_space() -> None:
    field = xr.DataArray(np.random.default_rng(4).random((3, 40, 30)), dims=("time", "y", "x"))
    space = D.OrdinalPatch(2, 2, column_step=2)
    assert D.from_spec(space.spec()) == space
    counts = D.count(field.transpose("x", "time", "y"), space, dim=("y", "x"))
    assert counts.dims == ("time", "cell")
    plain = D.count(field.values, space, dim=(1, 2))
    np.testing.assert_array_equal(counts, plain.n)
    np.testing.assert_array_equal(D.count(field, space).values, plain.n.sum(0))
    h, c = D.hc_plane_2d(field, column_step=2)
    assert h.dims == ("time",)
    np.testing.assert_allclose(
        h, D.normalized(D.entropy(counts, estimator="plugin", standard_error=None)).value, rtol=1e-13
    )
    np.testing.assert_allclose(c, D.entropy(counts, "statistical_complexity").value, rtol=1e-12)
    weighted = D.count(field.values[0], space, weights=np.ones(plain.n[0].sum()).reshape(39, 28))
    np.testing.assert_allclose(weighted.p, plain.n[0] / plain.n[0].sum(), rtol=1e-13)


def test_patches_with_gaps_are_left_out() -> None:
    field = np.random.default_rng(9).random((40, 50))
    holes = np.where(np.random.default_rng(10).random((40, 50)) < 0.02, np.nan, field)
    space = D.OrdinalPatch(2, 2)
    whole = ~np.isnan(holes[1:, 1:] + holes[:-1, 1:] + holes[1:, :-1] + holes[:-1, :-1])
    found = D.count(holes, space, missing="omit windows")
    np.testing.assert_array_equal(found.n, np.bincount(space.encode(field)[whole], minlength=24))


def test_refusals_of_patches() -> None:
    with pytest.raises(UsageError, match="3 x 4 values, expected 2 to 10"):
        D.OrdinalPatch(3, 4)
    with pytest.raises(UsageError, match=r"field of shape \(2, 5\), too small for OrdinalPatch"):
        D.OrdinalPatch(3, 2).encode(np.zeros((2, 5)))
    with pytest.raises(UsageError, match="the last two axes are those of a patch"):
        D.count(np.zeros((4, 5, 6)), D.OrdinalPatch(2, 2), dim=(0, 2))
    with pytest.raises(UsageError, match="found dim = x, expected to count over y and x"):
        D.count(xr.DataArray(np.zeros((4, 5, 6)), dims=("time", "y", "x")), D.OrdinalPatch(2, 2), dim="x")
    with pytest.raises(RunError, match="NaN"):
        D.OrdinalPatch().encode([[0.0, np.nan], [1.0, 2.0]])
    with pytest.warns(
        PhysentWarning, match=r"ordinal patches: 361 patches on up to \d+ patterns seen, .* 1 of 1 fields"
    ):
        D.hc_plane_2d(np.random.default_rng(5).random((21, 21)), 3, 3)


def naive_weighted(x: np.ndarray, order: int, delay: int) -> float:
    """One window at a time."""
    sums: dict[int, float] = {}
    for t in range(len(x) - (order - 1) * delay):
        window = x[t : t + (order - 1) * delay + 1 : delay]
        code = naive_code(window)
        sums[code] = sums.get(code, 0.0) + float(window.var())
    p = np.array([one for one in sums.values() if one]) / sum(sums.values())
    return float(-(p * np.log(p)).sum())


@pytest.mark.filterwarnings("ignore:ordinal patterns")
@settings(deadline=None, derandomize=True, max_examples=40)
@given(st.integers(0, 2**32), st.integers(2, 6), st.integers(1, 4), st.integers(-300, 300))
def test_weighted_entropy_is_the_naive_twin(seed: int, order: int, delay: int, power: int) -> None:
    x = np.random.default_rng(seed).standard_exponential(70)
    found = D.weighted_permutation_entropy(x, order, delay)
    assert found == pytest.approx(naive_weighted(x, order, delay), abs=1e-12)
    assert D.weighted_permutation_entropy(np.ldexp(x, power), order, delay) == found


@pytest.mark.parametrize("law", ["normal", "standard_exponential"])
def test_weighted_entropy_of_noise(law: str) -> None:
    """The value ln 24, less 23 (1 + v)/2n by the bias, of which overlapping windows make up to a quarter less."""
    rng = np.random.default_rng(6)
    values = D.weighted_permutation_entropy(getattr(rng, law)(size=(60, 2000)), 4)
    variance = getattr(rng, law)(size=(10**5, 4)).var(1)
    bias = 23 * (1 + variance.var() / variance.mean() ** 2) / 4000
    short = np.log(24) - values
    assert short.mean() == pytest.approx(0.87 * bias, abs=4 * short.std(ddof=1) / np.sqrt(60) + 0.15 * bias)


def test_weights_see_bursts() -> None:
    """Noise of amplitude 0.01 beside one rising ramp: the ramp's pattern takes nearly all the weight."""
    x = 0.01 * np.random.default_rng(7).normal(size=3000)
    x[1000:1100] += np.arange(100)
    x[1100:] += 99
    assert D.permutation_entropy(x, 3) > 1.7
    assert D.weighted_permutation_entropy(x, 3, normalize=True) < 0.2


def test_weighted_refusals() -> None:
    with pytest.raises(RunError, match="every window is constant"):
        D.weighted_permutation_entropy(np.full(100, 1.1), 3)
    batch = np.stack([np.random.default_rng(8).normal(size=100), np.full(100, 1.1)])
    with pytest.warns(PhysentWarning, match="1 of 2 rows have no value"):
        assert np.isnan(D.weighted_permutation_entropy(batch, 3)).tolist() == [False, True]
    with pytest.raises(UsageError, match="order must be 2 to 10, found 11"):
        D.weighted_permutation_entropy(batch, 11)
    with pytest.raises(UsageError, match="needs at least 7 samples"):
        D.weighted_permutation_entropy(np.arange(6.0), 4, 2)
