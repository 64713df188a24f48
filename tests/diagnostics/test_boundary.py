"""What happens at the public boundary: labels, masks, kinds of numbers, whole numbers, one warning per call."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from physent import diagnostics
from physent.errors import PhysentWarning, RunError, UsageError

D: Any = diagnostics  # arguments of wrong types are among what is tested


r = np.random.default_rng(0)
X = r.normal(size=2000)
Y = X + r.normal(size=2000)
LONG = np.random.default_rng(1).normal(size=(600, 3))
RUN = xr.DataArray(LONG, dims=("draw", "replica"))
CLOCKED = xr.DataArray(LONG, dims=("time", "replica"))


def test_patterns_are_counted_in_time() -> None:
    """The package's own layout, (time, replica)."""
    counts = D.pattern_counts(CLOCKED, 3)
    assert counts.dims == ("replica", "pattern")
    np.testing.assert_array_equal(counts, [D.pattern_counts(LONG[:, i], 3) for i in range(3)])
    assert D.pattern_counts(CLOCKED, 3, blocks=2).dims == ("replica", "block", "pattern")


@pytest.mark.parametrize(
    "function",
    [
        lambda x: D.permutation_entropy(x, 3),
        lambda x: D.hc_plane(x, 3)[1],
        lambda x: D.transfer_entropy(x, x, D.Levels((0.0,))),
        D.autocorrelation_time,
        lambda x: D.lz78_phrases(x > 0),
        D.sample_entropy,
    ],
    ids=map(str, range(6)),
)
def test_series_of_draws_run_along_draws(function: Callable[[Any], Any]) -> None:
    found = function(RUN)
    assert found.dims == ("replica",)
    np.testing.assert_allclose(found, [function(LONG[:, i]) for i in range(3)], rtol=1e-13)


def test_particles_are_points() -> None:
    radius = xr.DataArray(r.random((4, 50)), dims=("replica", "particle"))
    found = D.knn_entropy(radius)
    assert found.dims == ("replica",)
    np.testing.assert_array_equal(found, [D.knn_entropy(row) for row in radius.values])
    individuals = xr.DataArray(r.normal(size=(60, 24)), dims=("time", "individual"))
    assert D.knn_entropy(individuals).dims == ("time",)
    assert D.spacing_entropy(individuals).dims == ("time",)
    assert D.spacing_entropy(individuals, dim="time").dims == ("individual",)
    swapped = xr.DataArray(r.normal(size=(2, 90)), dims=("space", "particle"))
    assert float(D.knn_entropy(swapped, axes="space")) == D.knn_entropy(swapped.values.T)


def test_chains_of_three_dimensions() -> None:
    """6875 in place of 23.3: replicas are pooled, other dimensions stay, in whichever order they come."""
    slow = np.zeros((800, 4, 2))
    for t in range(1, 800):
        slow[t] = 0.98 * slow[t - 1] + r.normal(size=(4, 2))
    x = xr.DataArray(slow, dims=("draw", "replica", "mode"))
    for order in (("draw", "replica", "mode"), ("mode", "replica", "draw"), ("replica", "draw", "mode")):
        turned = x.transpose(*order)
        for function in (D.effective_sample_size, D.integrated_autocorrelation_time, lambda a: D.mean_and_error(a)[1]):
            found = function(turned)
            assert found.dims == ("mode",)
            np.testing.assert_allclose(found, function(slow), rtol=1e-12)
    assert (D.effective_sample_size(x) < 100).all()
    with pytest.raises(UsageError, match=r"r_hat: found dimensions \(draw: 800, replica: 4, mode: 2\), of which mode"):
        D.r_hat(x)


def test_pairs_are_joined_on_their_coordinates() -> None:
    x = xr.DataArray(X, dims="time", coords={"time": np.arange(2000)})
    y = xr.DataArray(Y, dims="time", coords={"time": np.arange(2000)})
    exact = D.ksg_mutual_information(X[500:], Y[500:])
    with pytest.warns(PhysentWarning, match="paired by time: 1500 values in common of 2000 and 1500"):
        assert float(D.ksg_mutual_information(x, y[500:])) == exact
    signs = D.Levels((0.0,))
    with pytest.warns(PhysentWarning, match="paired by time: 1500 values in common of 1500 and 2000"):
        assert float(D.transfer_entropy(x[500:], y, signs)) == D.transfer_entropy(X[500:], Y[500:], signs)
    with pytest.raises(UsageError, match="no value in common"):
        D.ksg_mutual_information(x[:100], y[500:])
    assert float(D.ksg_mutual_information(x, Y)) == D.ksg_mutual_information(X, Y)
    with pytest.raises(UsageError, match=r"y is an array .* without names beside one with"):
        D.ksg_mutual_information(x, Y[1:])
    with pytest.raises(UsageError, match=r"y is an array .* without names beside one with"):
        D.transfer_entropy(CLOCKED, LONG.T, signs)


def test_an_undecided_clock_lists_the_dimensions() -> None:
    grid = xr.DataArray(np.zeros((40, 30)), dims=("site", "angle"))
    with pytest.raises(
        UsageError, match=r"permutation_entropy: found dimensions \(site: 40, angle: 30\), none of them"
    ):
        D.permutation_entropy(grid, 3)
    assert D.permutation_entropy(grid + np.arange(30), 3, dim="angle").dims == ("site",)
    with pytest.raises(UsageError, match="each of time and draw may be"):
        D.permutation_entropy(CLOCKED.expand_dims(draw=2), 3)
    dated = xr.DataArray(LONG, dims=("when", "station"), coords={"when": pd.date_range("2026-01-01", periods=600)})
    assert D.permutation_entropy(dated, 3).dims == ("station",)
    with pytest.raises(UsageError, match="dim names dimensions, but the data have none"):
        D.permutation_entropy(X, 3, dim="time")


MASKED = np.ma.masked_less(X, 0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: D.entropy(np.ma.masked_equal([50, 30, 9999, 20], 9999)),
        lambda: D.weigh(np.ma.masked_equal([1.0, 2.0, 9.0], 9.0)),
        lambda: D.transfer_entropy(np.ma.masked_equal([0, 1] * 90, 1), [0, 1] * 90),
        lambda: D.ksg_mutual_information(MASKED, Y),
        lambda: D.effective_sample_size(MASKED),
        lambda: D.r_hat(MASKED),
        lambda: D.mean_and_error(MASKED),
        lambda: D.autocorrelation_time(MASKED),
        lambda: D.block_jackknife(np.mean, MASKED),
        lambda: D.k_statistics(MASKED),
        lambda: D.cumulants(MASKED),
        lambda: D.lz78_phrases(np.ma.masked_equal([0, 1, 2], 2)),
        lambda: D.linear_statistic(MASKED, np.square, of="radius"),
        lambda: D.natural_time(MASKED, np.arange(2000)),
        lambda: D.Shannon()(np.ma.masked_equal([0.5, 0.25, 0.25], 0.5)),
        lambda: D.Counts(np.ma.masked_equal([5, 3, 9], 9)),
        lambda: D.Unique(3).encode(np.ma.masked_equal([0, 1, 2], 2)),
    ],
    ids=map(str, range(17)),
)
def test_masks_are_not_dropped(call: Callable[[], Any]) -> None:
    with pytest.raises(RunError, match=r"found \d+ masked values.*stretch by stretch"):
        call()
    left = D.entropy(np.ma.masked_equal([50, 30, 9999, 20], 9999).compressed(), estimator="plugin")
    assert left.value == pytest.approx(1.0297, abs=1e-4)


def test_only_real_numbers_that_float64_holds() -> None:
    with pytest.raises(UsageError, match="weigh: density must be real numbers, found complex128; take the real"):
        D.weigh([0.6 + 0.8j, 1, 2j])
    large = 2**60 + r.integers(0, 100, 500)
    calls: list[Any] = [lambda: D.permutation_entropy(large, 3), lambda: D.Ordinal(3).encode(large)]
    for call in calls:
        with pytest.raises(RunError, match=r"integers beyond 2\*\*53"):
            call()
    with pytest.raises(RunError, match=r"beyond 2\*\*63"):
        D.permutation_entropy([2**70, 1, 2], 2)
    with pytest.raises(UsageError, match="Python objects"):
        D.permutation_entropy(np.array([1.0, "a", None], object), 2)
    if np.finfo(np.longdouble).eps < np.finfo(float).eps:
        with pytest.raises(RunError, match="digits that float64 does not keep"):
            D.permutation_entropy(1 + np.finfo(np.longdouble).eps * np.arange(50, dtype=np.longdouble), 3)
    assert D.entropy(np.array([2**60, 2**60])).N == 2**61


@pytest.mark.parametrize(
    "whole", [3, np.int64(3), 3.0, np.float32(3), np.array(3), np.uint8(3)], ids=map(str, range(6))
)
def test_whole_numbers_of_any_type(whole: Any) -> None:
    assert D.permutation_entropy(X, order=whole, delay=whole) == D.permutation_entropy(X, 3, 3)
    assert D.knn_entropy(X, k=whole) == D.knn_entropy(X, k=3)
    assert D.Unique(whole) == D.Unique(3)


@pytest.mark.parametrize("fraction", [2.5, np.float64(3.5), "3", True, None, 3j, [3], np.array([3, 3]), float("nan")])
@pytest.mark.parametrize(
    "call",
    [
        lambda k: D.knn_entropy(X, k=k),
        lambda k: D.ksg_mutual_information(X, Y, k=k),
        lambda k: D.permutation_entropy(X, k),
        lambda k: D.hc_plane(X, 3, k),
        lambda k: D.block_entropy([0, 1, 0, 1], k),
        lambda k: D.sample_entropy(X, m=k),
        lambda k: D.transfer_entropy([0, 1], [0, 1], k=k),
        lambda k: D.cumulants(X, orders=k),
        lambda k: D.coarse_grain(np.eye(5), k),
        lambda k: D.hc_bounds(k),
        lambda k: D.pattern_counts(X, 3, blocks=k),
        lambda k: D.Ordinal(k),
        lambda k: D.Unique(k),
        lambda k: D.Lag(D.Unique(2), k),
        lambda k: D.Sphere(k, 2),
    ],
    ids=map(str, range(15)),
)
def test_integers_are_integers(call: Callable[[Any], Any], fraction: Any) -> None:
    with pytest.raises(UsageError, match="expected a whole number"):
        call(fraction)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: D.permutation_entropy(X, 3, dim=np.int64(0)), "dim = 0, expected names of dimensions"),
        (lambda: D.Renyi("2"), "q = text '2', expected a number"),
        (lambda: D.count(X, None), "expected a space"),
        (lambda: D.count(X, D.Unique), "expected a space"),
        (lambda: D.transfer_entropy([0, 1, 0], [0, 1]), r"shapes \(3,\) and \(2,\), expected one shape"),
        (lambda: D.knn_entropy(np.random.default_rng(0).random((50, 2)), box=[1.0, 1.0, 1.0]), "box: found shape"),
        (lambda: D.block_entropy(np.zeros((0, 5), int), 2), "symbols are empty"),
        (lambda: D.spacing_entropy(X, method="xx"), "found text 'xx', expected vasicek"),
        (lambda: D.normalized(D.entropy(np.array([50]))), "the largest value on one cell is zero"),
        (lambda: D.normalized(xr.Dataset()), "expected an Estimate"),
        (lambda: D.permutation_entropy([[1, 2], [3]], 2), "x are not an array of numbers"),
        (lambda: D.count(xr.Dataset(), D.Unique(2)), "Dataset without variables"),
        (lambda: D.Counts([1, 2]) + 5, "only counts of the same space and shape"),
        (lambda: D.entropy("abc"), "must be real numbers"),
        (lambda: D.entropy([1, 2], over="time"), "over = 'time' names a dimension"),
        (lambda: D.from_spec({"a": np.zeros(100)}), "expected one of"),
    ],
    ids=map(str, range(16)),
)
def test_what_ended_in_a_traceback_is_told_in_one_line(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        call()
    assert len(str(caught.value).splitlines()) == 1


def test_null_entropy_of_named_arguments() -> None:
    N = xr.DataArray([10, 20], dims="run")
    law = xr.DataArray([0.25, 0.75], dims="cell")
    found = D.null_entropy(N, law)
    assert found.dims == ("run",)
    np.testing.assert_array_equal(found, D.null_entropy([10, 20], [0.25, 0.75]))


def test_one_warning_per_call() -> None:
    few = r.integers(0, 3, size=(50, 40))
    calls: dict[str, Callable[[], Any]] = {
        r"words: .* \(\d+ times in this call\)": lambda: D.transfer_entropy(few, few[::-1], k=2),
        "undersampled: .* in 50 of 50": lambda: D.entropy(r.multinomial(50, np.full(100, 0.01), size=50)),
        "words: 495 words of 6 symbols": lambda: D.time_irreversibility(r.integers(0, 2, 500), 6),
        "has 1 gap, .*; also: ordinal patterns": lambda: D.permutation_entropy(
            xr.DataArray(X[:60], dims="time", coords={"time": [*range(50), *range(60, 70)]}), 5
        ),
    }
    for message, call in calls.items():
        with pytest.warns(PhysentWarning, match=message) as caught:
            call()
        assert [one.filename for one in caught] == [__file__]


def test_weights_of_the_shape_of_the_outcomes() -> None:
    x = r.random(50)
    weights = r.random(50)
    space = D.Ordinal(3)
    of_outcomes = D.count(x, space, weights=weights[2:])
    np.testing.assert_array_equal(of_outcomes.p, D.count(x, space, weights=weights).p)
    with pytest.raises(UsageError, match=r"weights of shape \(47,\)"):
        D.count(x, space, weights=weights[3:])


def test_dates_are_times() -> None:
    seconds = 0.5 * np.arange(400)
    wave = np.sin(seconds)
    dates = np.datetime64("2026-01-01", "ns") + (1e9 * seconds).astype("m8[ns]")
    assert D.natural_time(wave, dates) == D.natural_time(wave, seconds)
    assert D.advise(wave, dates, 3) == D.advise(wave, seconds, 3)
    series = xr.DataArray(wave, dims="time", coords={"time": dates})
    assert D.natural_time(series, series.time) == D.natural_time(wave, seconds)
    assert D.natural_time(wave, [datetime.datetime(2026, 1, 1) + datetime.timedelta(seconds=s) for s in seconds]) > 0
    with pytest.raises(RunError, match="NaT"):
        D.natural_time(wave[:2], np.array(["2026-01-01", "NaT"], "M8[s]"))


def test_weights_and_normalised_values_keep_their_names() -> None:
    density = xr.DataArray(r.random((5, 3)), dims=("x", "time"), coords={"time": [0, 1, 2]})
    weights = D.weigh(density, 0.2, dim="x")
    assert weights.dims == ("time", "cell")
    found = D.entropy(weights, differential=True).value
    expected = [D.entropy(D.weigh(density.values[:, t], 0.2), differential=True).value for t in range(3)]
    np.testing.assert_array_equal(found, expected)
    ratio = D.normalized(D.entropy(weights))
    np.testing.assert_allclose(ratio.value, D.entropy(weights).value / np.log(5), rtol=1e-15)
    assert ratio.attrs["base"] == "1"


def test_tuples_are_joined_and_axes_are_named() -> None:
    x = xr.DataArray(X[:100], dims="time", coords={"time": np.arange(100)})
    space = D.Product(D.Levels((0.0,)), D.Levels((0.0,)))
    with pytest.warns(PhysentWarning, match="paired by time: 60 values"):
        joint = D.count((x, x[40:]), space)
    np.testing.assert_array_equal(joint, D.count((X[40:100], X[40:100]), space).n)
    plane = xr.DataArray(r.random((30, 2)), dims=("particle", "component"))
    with pytest.raises(UsageError, match="expected a component dimension of 2"):
        D.count(plane, D.Grid((0.0, 0.0), (1.0, 1.0), 3))
    with pytest.raises(UsageError, match="none of them is that of a clock"):
        D.count(xr.DataArray(r.random((30, 2)), dims=("a", "b")), D.Ordinal(2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: D.weigh([1.0, 2.0, 3.0], [1.0, 2.0]),
            r"cell measures of shape \(2,\), expected one for each of 3 cells",
        ),
        (lambda: D.weigh(xr.DataArray([1.0, 2.0], dims="cell"), np.ones((2, 2))), "expected one for each of 2 cells"),
        (
            lambda: D.normalized(
                D.entropy(xr.DataArray([[30, 40], [50, 60]], dims=("time", "cell"))), xr.DataArray(X, dims="time")
            ),
            "normalized: found .* cannot be paired",
        ),
        (lambda: D.count(X, D.Unique(2), weights=np.ones((2, 1000))), r"(weights of shape|expected whole)"),
        (
            lambda: D.ksg_mutual_information(CLOCKED[:, 0], CLOCKED[:, 1], axes="time"),
            "none of points beside axes = 'time'",
        ),
        (lambda: D.mean_and_error(CLOCKED, dim="a\nb"), r"no dimension a\\nb in the data"),
        (lambda: D.permutation_entropy(xr.DataArray(LONG, dims=("a\nb", "c")), 3), r"found dimensions \(a\\nb: 600"),
    ],
    ids=map(str, range(7)),
)
def test_what_the_fuzz_of_every_argument_found(call: Callable[[], Any], message: str) -> None:
    with pytest.raises((UsageError, RunError), match=message) as caught:
        call()
    assert len(str(caught.value).splitlines()) == 1


def test_functions_of_the_caller_are_checked_and_heard() -> None:
    """Diagnostics in a statistic of the caller's own are behind the gate, and the warning is one."""
    with pytest.raises(RunError, match="masked"):
        D.block_jackknife(lambda x: D.permutation_entropy(np.ma.masked_less(x, 0), 3), X)
    with pytest.warns(PhysentWarning, match=r"ordinal patterns: .* \(\d+ times in this call\)") as caught:
        D.block_jackknife(lambda x: D.permutation_entropy(x, 6), X)
    assert [one.filename for one in caught] == [__file__]
