"""Windows that hold a missing sample are left out, by each of the ways in which a sample can be missing."""

from __future__ import annotations

import inspect
import warnings
from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from physent import diagnostics
from physent.diagnostics.table import ROWS
from physent.errors import PhysentWarning, RunError, UsageError
from tests.diagnostics import faces

D: Any = diagnostics

OMIT = {"missing": "omit windows"}
WINDOWED = sorted(name for name, row in ROWS.items() if row.gaps)
SERIES = [name for name in WINDOWED if name != "count"]
alike = settings(deadline=None, derandomize=True, max_examples=40)


def holed(seed: int, n: int, share: float) -> Any:
    """Standard normals, a share of them NaN."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    x[rng.random(n) < share] = np.nan
    return x


def naive_patterns(x: Any, order: int, delay: int) -> list[int]:
    """Each window by itself: those of known samples only, by their ranks."""
    found: Counter[Any] = Counter()
    for t in range(len(x) - (order - 1) * delay):
        window = [x[t + j * delay] for j in range(order)]
        if not any(np.isnan(window)):
            found[tuple(np.argsort(np.argsort(window, kind="stable")).tolist())] += 1
    return [found[pattern] for pattern in permutations(range(order))]


def plugin(words: list[Any]) -> float:
    counts = np.array([*Counter(words).values()])
    return float(-(counts / counts.sum() * np.log(counts / counts.sum())).sum())


def known(words: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [word for word in words if not any(np.isnan(word))]


def quiet(call: Callable[[], Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PhysentWarning)
        return call()


@alike
@given(st.integers(0, 999), st.integers(2, 4), st.integers(1, 3), st.sampled_from([0.02, 0.1, 0.25]))
def test_patterns_of_a_naive_twin(seed: int, order: int, delay: int, share: float) -> None:
    """NaN, masks, rows dropped from a clock (of numbers or dates), and counts in a space: all the same."""
    x = holed(seed, 150, share)
    expected = naive_patterns(x, order, delay)
    clocks = 0.1 * np.arange(150), pd.date_range("2026-01-01", periods=150, freq="h")
    dropped = [xr.DataArray(x, dims="time", coords={"time": clock}).dropna("time") for clock in clocks]
    for series in (x, np.ma.masked_invalid(x), pd.Series(x), *dropped):
        np.testing.assert_array_equal(D.pattern_counts(series, order, delay, **OMIT), expected)
        counted = D.count(series, D.Ordinal(order, delay), **OMIT)
        np.testing.assert_array_equal(getattr(counted, "n", counted), expected)
    windows = 150 - (order - 1) * delay
    assert D.pattern_counts(dropped[0], order, delay, **OMIT).attrs["windows_omitted"] <= windows - sum(expected)


@alike
@given(st.integers(0, 999), st.integers(1, 4))
def test_words_of_a_naive_twin(seed: int, length: int) -> None:
    rng = np.random.default_rng(seed)
    s = rng.integers(0, 3, 200).astype(float)
    s[rng.random(200) < 0.1] = np.nan
    words = known([tuple(s[t : t + length]) for t in range(200 - length + 1)])
    forms: list[Any] = [s, np.ma.masked_invalid(s), pd.Series(s).astype("Int64"), xr.DataArray(s, dims="time")]
    masked = np.ma.MaskedArray(np.nan_to_num(s).astype(np.int8), np.isnan(s))
    for form in [*forms, masked]:
        found = quiet(partial(D.block_entropy, form, length, **OMIT))
        assert float(found) == pytest.approx(plugin(words), abs=1e-12)
        found = quiet(partial(D.entropy_rate, form, length, **OMIT))
        short = plugin([word[:-1] for word in words]) if length > 1 else 0.0
        assert float(found) == pytest.approx(max(0.0, plugin(words) - short), abs=1e-12)
    forward, backward = Counter(words), Counter(word[::-1] for word in words)
    both = {word: (forward[word] + 0.5, backward[word] + 0.5) for word in forward | backward}
    p, q = (np.array([pair[i] for pair in both.values()]) for i in (0, 1))
    expected = float((p / p.sum() * np.log(p / p.sum() / (q / q.sum()))).sum())
    found = quiet(lambda: D.time_irreversibility(s, length, pseudocount=0.5, **OMIT))
    assert found == pytest.approx(expected, abs=1e-12)


@alike
@given(st.integers(0, 999), st.integers(1, 3), st.integers(1, 3))
def test_transfer_of_a_naive_twin(seed: int, k: int, l: int) -> None:  # noqa: E741
    x, y = holed(seed, 150, 0.1), holed(seed + 1, 150, 0.1)
    a, b = (np.where(np.isnan(v), np.nan, v > 0) for v in (x, y))
    first = max(k, l)
    rows = [(tuple(b[t - k : t]), b[t], tuple(a[t - l : t])) for t in range(first, 150)]
    rows = [row for row in rows if not np.isnan([*row[0], row[1], *row[2]]).any()]
    expected = (
        plugin([(past, now) for past, now, _ in rows])
        - plugin([past for past, _, _ in rows])
        - plugin(rows)
        + plugin([(past, other) for past, _, other in rows])
    )
    for found in (
        quiet(lambda: D.transfer_entropy(x, y, D.Levels((0.0,)), k, l, **OMIT)),
        quiet(lambda: D.transfer_entropy(a, b, None, k, l, **OMIT)),
        quiet(lambda: D.transfer_entropy(np.ma.masked_invalid(a), b, k=k, l=l, **OMIT)),
    ):
        assert found == pytest.approx(max(0.0, expected), abs=1e-12)


@alike
@given(st.integers(0, 999), st.integers(1, 2), st.integers(1, 2), st.integers(1, 2), st.booleans())
def test_local_transfer_of_a_naive_twin(seed: int, k: int, l: int, delay: int, thinned: bool) -> None:  # noqa: E741
    """Terms stay where their samples are, whether those that are missing are NaN or left out of the clock."""
    x, y = holed(seed, 120, 0.1), holed(seed + 1, 120, 0.1)
    if thinned:
        x, y = (np.where(np.isnan(x + y), np.nan, one) for one in (x, y))
    start = max(k, l + delay - 1)
    rows: dict[int, tuple[Any, ...]] = {}
    for t in range(start, 120):
        past, history = [x[t - delay - i] for i in range(l)], [y[t - i] for i in range(1, k + 1)]
        if not np.isnan([*past, *history, y[t]]).any():
            rows[t] = (tuple(np.greater(history, 0)), bool(y[t] > 0), tuple(np.greater(past, 0)))
    joint = Counter(rows.values())
    own, before, other = (Counter(tuple(row[i] for i in at) for row in rows.values()) for at in ((0, 1), (0,), (0, 2)))
    expected = np.full(120, np.nan)
    for t, (history_, now, past_) in rows.items():
        shares = joint[(history_, now, past_)] / other[(history_, past_)], own[(history_, now)] / before[(history_,)]
        expected[t] = np.log(shares[0] / shares[1])
    forms: list[Any] = [(x, y)]
    known_ = ~np.isnan(x + y)
    if thinned:
        clocks = xr.DataArray([x, y], dims=("which", "time"), coords={"time": np.arange(120)})
        forms += [tuple(clocks.isel(time=known_))]
    for a, b in forms:
        found = quiet(partial(D.local_transfer_entropy, a, b, D.Levels((0.0,)), k, l, delay=delay, **OMIT))
        if hasattr(found, "dims"):
            np.testing.assert_allclose(found, expected[known_], atol=1e-12)
            assert found.attrs["windows_omitted"] >= 0
        else:
            np.testing.assert_allclose(found, expected, atol=1e-12)


@alike
@given(st.integers(0, 999), st.integers(1, 2), st.integers(1, 2), st.booleans(), st.booleans())
def test_neighbours_of_known_histories(seed: int, k: int, l: int, driven: bool, local: bool) -> None:  # noqa: E741
    """Transfer entropy by neighbours is conditional mutual information of the windows without a missing sample."""
    x, y, w = (holed(seed + i, 150, 0.05) for i in range(3))
    start = max(k, l)
    rows = [
        (
            y[t],
            *(x[t - i] for i in range(1, l + 1)),
            *(y[t - i] for i in range(1, k + 1)),
            *(w[t - i] for i in range(1, l + 1) if driven),
        )
        for t in range(start, 150)
    ]
    table = np.array(rows)
    whole = ~np.isnan(table).any(1)
    part = table[whole]
    expected = D.conditional_mutual_information(part[:, :1], part[:, 1 : 1 + l], part[:, 1 + l :], local=local)
    given_ = {"given": w} if driven else {}
    found = D.knn_transfer_entropy(x, y, k, l, local=local, **given_, **OMIT)
    if not local:
        assert found == expected
        return
    assert np.isnan(found[:start]).all()
    np.testing.assert_array_equal(np.isnan(found[start:]), ~whole)
    np.testing.assert_array_equal(found[start:][whole], expected)


@alike
@given(st.integers(0, 999), st.integers(1, 2))
def test_multiscale_entropy_of_a_naive_twin(seed: int, m: int) -> None:
    """A stretch with a missing sample is one, of which the windows of stretches lose theirs."""
    x = holed(seed, 90, 0.03)
    found = quiet(lambda: D.multiscale_entropy(xr.DataArray(x, dims="time"), 3, m, 0.3, **OMIT))
    lost, near = 0, 0.3 * np.nanstd(x)
    for scale in (1, 2, 3):
        means = [np.mean(x[i * scale : (i + 1) * scale]) for i in range(90 // scale)]
        windows = [tuple(means[i : i + m + 1]) for i in range(len(means) - m)]
        lost += len(windows) - len(known(windows))
        whole = known(windows)
        pairs = [np.abs(np.subtract(one, other)) <= near for i, one in enumerate(whole) for other in whole[i + 1 :]]
        shorter = sum(bool(pair[:m].all()) for pair in pairs)
        longer = sum(bool(pair.all()) for pair in pairs)
        expected = np.nan if not shorter else np.inf if not longer else np.log(shorter / longer)
        np.testing.assert_allclose(
            found.sel(scale=scale - 1) if "scale" in found.coords else found[scale - 1], expected
        )
    assert found.attrs["windows_omitted"] == lost


@alike
@given(st.integers(0, 999), st.integers(1, 3))
def test_sample_entropy_of_a_naive_twin(seed: int, m: int) -> None:
    x = holed(seed, 120, 0.1)
    near = 0.3 * np.nanstd(x)
    stretches = known([tuple(x[t : t + m + 1]) for t in range(120 - m)])
    shorter = longer = 0
    for i, one in enumerate(stretches):
        for other in stretches[i + 1 :]:
            apart = np.abs(np.subtract(one, other)) <= near
            shorter += bool(apart[:m].all())
            longer += bool(apart.all())
    found = D.sample_entropy(x, m, 0.3, **OMIT)
    assert found == (pytest.approx(np.log(shorter / longer), abs=1e-12) if longer else np.inf)


@alike
@given(st.integers(0, 999), st.integers(1, 3))
def test_fuzzy_dispersion_and_weighted_entropies_of_naive_twins(seed: int, m: int) -> None:
    """Moments are those of the samples that are known, and windows with others do not count."""
    x = holed(seed, 90, 0.05)
    z = (x - np.nanmean(x)) / np.nanstd(x)
    stretches = [np.array(one) for one in known([tuple(z[t : t + m + 1]) for t in range(90 - m)])]
    shorter = longer = 0.0
    for i, one in enumerate(stretches):
        for other in stretches[i + 1 :]:
            a, b = one[:m] - other[:m], one - other
            shorter += np.exp(-(np.abs(a - a.mean()).max() ** 2) / 0.2)
            longer += np.exp(-(np.abs(b - b.mean()).max() ** 2) / 0.2)
    assert D.fuzzy_entropy(x, m, **OMIT) == pytest.approx(np.log(shorter / longer), abs=1e-12)
    classes = np.where(np.isnan(z), np.nan, np.searchsorted([-0.6744897501960817, 0.0, 0.6744897501960817], z))
    words = known([tuple(classes[t : t + 2 * m : 2]) for t in range(90 - 2 * (m - 1))])
    found = quiet(lambda: D.dispersion_entropy(x, m, 4, 2, **OMIT))
    assert found == pytest.approx(plugin(words), abs=1e-12)
    sums: Counter[Any] = Counter()
    for window in known([tuple(x[t : t + m + 1]) for t in range(90 - m)]):
        sums[tuple(np.argsort(window).tolist())] += np.var(window)
    p = np.array([*sums.values()]) / sums.total()
    found = quiet(lambda: D.weighted_permutation_entropy(x, m + 1, **OMIT))
    assert found == pytest.approx(-(p * np.log(p)).sum(), abs=1e-12)


@alike
@given(st.integers(0, 999))
def test_spaces_of_a_naive_twin(seed: int) -> None:
    """Each factor has missing samples of its own; what lies outside stays apart from what is missing."""
    x, y = holed(seed, 100, 0.2), holed(seed + 1, 100, 0.2)
    grid, signs = D.Grid(-1.0, 1.0, 2, outside="drop"), D.Levels((0.0,))
    counted = D.count(x, grid, **OMIT)
    inside = x[np.abs(x) <= 1]
    assert counted.n.tolist() == [(inside < 0).sum(), (inside >= 0).sum()]
    assert counted.n_outside == (np.abs(x) > 1).sum()
    expected = np.zeros((2, 2), int)
    for t in range(2, 100):
        if not np.isnan(x[t] + y[t - 2]):
            expected[int(x[t] >= 0), int(y[t - 2] >= 0)] += 1
    pairs = D.Product(signs, D.Lag(signs, 2))
    np.testing.assert_array_equal(D.count((x, y), pairs, **OMIT).n, expected.ravel())
    weights = np.random.default_rng(seed).random(100)
    shares = [weights[x < 0].sum(), weights[x >= 0].sum()]
    np.testing.assert_allclose(D.count(x, signs, weights=weights, **OMIT).p, shares / np.sum(shares), rtol=1e-12)
    plane = np.stack([x, y], axis=-1)
    both = plane[~np.isnan(plane).any(-1)]
    quadrants = D.Grid((-9.0, -9.0), (9.0, 9.0), 2)
    np.testing.assert_array_equal(D.count(plane, quadrants, **OMIT).n, D.count(both, quadrants).n)


def test_no_window_across_a_gap_of_half_a_step() -> None:
    """Where the phase of the clock is lost, the windows are those of the stretches."""
    x = np.random.default_rng(1).normal(size=200)
    clock = np.where(np.arange(200) < 90, np.arange(200.0), np.arange(200) + 2.5)
    series = xr.DataArray(x, dims="time", coords={"time": clock})
    for order, delay in ((3, 1), (3, 4), (4, 2)):
        found = D.pattern_counts(series, order, delay, **OMIT)
        expected = D.pattern_counts(x[:90], order, delay) + D.pattern_counts(x[90:], order, delay)
        np.testing.assert_array_equal(found, expected)
    with pytest.warns(PhysentWarning, match="time has 1 gap, the first after 89"):
        D.permutation_entropy(series, 3)
    with pytest.warns(PhysentWarning, match=r"time has 1 gap.* missing='omit windows' in a function that has it"):
        D.count(series, D.Ordinal(3))


def given_of(name: str, **changed: Any) -> dict[str, Any]:
    return {key: value for key, value in (faces.FUNCTIONS[name] | changed).items() if key != "missing"}


def data_of(name: str) -> list[str]:
    return [*ROWS[name].gaps]


@pytest.mark.parametrize("name", WINDOWED)
def test_nothing_missing_changes_nothing(name: str) -> None:
    function = getattr(D, name)
    plain, omitting = (function(**given_of(name), **more) for more in ({}, OMIT))
    np.testing.assert_array_equal(
        getattr(plain, "n", getattr(plain, "p", plain)), getattr(omitting, "n", getattr(omitting, "p", omitting))
    )
    assert inspect.signature(function).parameters["missing"].default == "refuse"


@pytest.mark.parametrize("name", [name for name in SERIES if name != "hc_standard_errors"])
@pytest.mark.parametrize("where", [slice(0, 24), slice(-30, None)])  # whole stretches of each scale
def test_missing_ends_are_no_series(name: str, where: slice) -> None:
    """The value is that of the series without them."""
    cut = slice(24, None) if where.start == 0 else slice(None, -30)
    holes, short = {}, {}
    for key in data_of(name):
        whole = np.asarray(faces.FUNCTIONS[name][key], float)
        short[key] = np.asarray(faces.FUNCTIONS[name][key])[cut]
        holes[key] = whole.copy()
        holes[key][where] = np.nan
    changed = {"blocks": 1} if name == "pattern_counts" else {}
    expected = quiet(lambda: getattr(D, name)(**given_of(name, **short, **changed)))
    found = quiet(lambda: getattr(D, name)(**given_of(name, **holes, **changed), **OMIT))
    np.testing.assert_allclose(found[cut] if ROWS[name].same else found, expected, rtol=1e-13)


@pytest.mark.parametrize("name", WINDOWED)
def test_missing_is_refused_unless_asked_for(name: str) -> None:
    for key in data_of(name):
        values = np.asarray(faces.FUNCTIONS[name][key], float).copy()
        values.reshape(-1)[7] = np.nan
        with pytest.raises((RunError, UsageError)) as refused:
            getattr(D, name)(**given_of(name, **{key: values}))
        assert len(str(refused.value).splitlines()) == 1
        with pytest.raises(RunError, match=r"found 1 masked values.*missing='omit windows'"):
            getattr(D, name)(**given_of(name, **{key: np.ma.masked_invalid(values)}))
        with pytest.raises(UsageError, match=f"{name}: missing: found text 'drop', expected refuse or omit windows"):
            getattr(D, name)(**given_of(name), missing="drop")
        empty: dict[str, Any] = {one: np.full(240, np.nan) for one in data_of(name)}
        if name == "count":
            empty["weights"] = None
        with pytest.raises(RunError, match="missing"):
            getattr(D, name)(**given_of(name, **empty), **OMIT)


@pytest.mark.parametrize("name", [name for name in SERIES if ROWS[name].keeps is None])
def test_an_empty_series_of_a_batch_is_told(name: str) -> None:
    batch = {key: np.stack([np.asarray(faces.FUNCTIONS[name][key], float)] * 3) for key in data_of(name)}
    for values in batch.values():
        values[1] = np.nan
    with pytest.warns(PhysentWarning, match="missing: 1 of 3 series have no window") as caught:
        found = getattr(D, name)(**given_of(name, **batch), **OMIT)
    assert len(caught) == 1
    alone = getattr(D, name)(**given_of(name))
    if np.ndim(alone) and not isinstance(found, tuple):
        np.testing.assert_allclose(found[[0, 2]], np.stack([alone] * 2), rtol=1e-13)
    for one, expected in zip(found if isinstance(found, tuple) else [found], np.atleast_1d(alone), strict=False):
        if name != "pattern_counts" and one.ndim > 1:
            assert np.isnan(one[1]).all()
        elif name == "pattern_counts":
            assert one[1].sum() == 0
        else:
            assert np.isnan(one).tolist() == [False, True, False]
            np.testing.assert_allclose(one[[0, 2]], expected, rtol=1e-13)


def test_errors_with_missing_samples_are_those_of_runs() -> None:
    """Scatter over runs of a slow series with one sample in twenty missing, and blocks of it."""
    rng = np.random.default_rng(2)
    values, errors = [], []
    for _ in range(150):
        x = np.convolve(rng.normal(size=1230), np.exp(-0.3 * np.arange(31)), "valid")
        x[rng.random(1200) < 0.02] = np.nan
        x[300:360] = np.nan
        values.append(D.permutation_entropy(x, 3, **OMIT) / np.log(6))
        errors.append(D.hc_standard_errors(x, 3, **OMIT)[0])
    scatter = np.std(values, ddof=1)
    assert np.mean(errors) == pytest.approx(scatter, rel=4 / np.sqrt(2 * 150))


def test_symbols_are_still_symbols() -> None:
    with pytest.raises(UsageError, match="must be integers"):
        D.block_entropy([0.5, np.nan, 1.0], 1, **OMIT)
    with pytest.raises(RunError, match=r"must be 0, 1, 2, \.\.\., found -1"):
        D.block_entropy([0, -1, 1], 1, **OMIT)
    with pytest.raises(RunError, match=r"beyond 2\*\*53"):
        D.permutation_entropy(np.ma.MaskedArray([2**60, 1, 2, 3], [False, False, True, False]), 2, **OMIT)
    tied = np.array([1.0, 1.0, np.nan, 2.0, 3.0, 4.0])
    with pytest.raises(RunError, match="equal values in 1 of 5 windows"):
        D.count(tied, D.Ordinal(2, ties="error"), **OMIT)
    assert D.count(tied, D.Ordinal(2, ties="drop"), **OMIT).n.tolist() == [2, 0]
    assert D.count(tied, D.Ordinal(2, ties="drop"), **OMIT).n_outside == 1
