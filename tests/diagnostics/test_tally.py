"""Tallies: counting over axes and dimensions, merging, weights, threads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from physent.core import jit
from physent.diagnostics import (
    Counts,
    Grid,
    Lag,
    Levels,
    LnW,
    Ordinal,
    Product,
    Sphere,
    Unique,
    Weights,
    count,
    entropy,
    weigh,
)
from physent.errors import RunError, UsageError

RNG = np.random.default_rng(11)


@pytest.fixture
def two_threads() -> Iterator[None]:
    jit.set_threads(2)
    yield
    jit.set_threads(1)


def test_axes_that_are_kept_lead() -> None:
    x = RNG.random((4, 5, 60, 2))
    grid = Grid((0.0, 0.0), (1.0, 1.0), (3, 2))
    everything = count(x, grid)
    assert everything.n.shape == (6,)
    by_row = count(x, grid, dim=-1)
    assert by_row.n.shape == (4, 5, 6)
    assert np.array_equal(by_row.n[2, 3], count(x[2, 3], grid).n)
    middle = count(x, grid, dim=(0, 2))
    assert np.array_equal(middle.n, by_row.n.sum(0))
    assert np.array_equal(by_row.pooled((0, 1)).n, everything.n)


def test_time_stays_last_for_windows() -> None:
    x = RNG.random((3, 4, 50))
    by_run = count(x, Ordinal(3), dim=(1, 2))
    expected = [np.bincount(Ordinal(3).encode(run).ravel(), minlength=6) for run in x]
    assert np.array_equal(by_run.n, expected)
    with pytest.raises(UsageError, match="last axis is the time"):
        count(x, Ordinal(3), dim=0)


def test_halves_add_up_to_the_whole() -> None:
    x = RNG.normal(size=1001)
    grid = Grid(-1.0, 1.0, 9, outside="drop")
    whole, halves = count(x, grid), count(x[:400], grid) + count(x[400:], grid)
    assert np.array_equal(whole.n, halves.n)
    assert whole.n_outside == halves.n_outside > 0
    assert np.array_equal(count(RNG.permutation(x), grid).n, whole.n)


def test_counts_of_different_spaces_do_not_add() -> None:
    with pytest.raises(UsageError, match="same space"):
        count([0.5], Grid(0.0, 1.0, 3)) + count([0.5], Grid(0.0, 2.0, 3))


def test_threads_change_nothing(two_threads: None) -> None:
    x = RNG.random((8, 40_000))
    grid = Grid(0.0, 1.0, 50)
    parallel = count(x, grid, dim=1).n
    jit.set_threads(1)
    assert np.array_equal(parallel, count(x, grid, dim=1).n)


def test_transposed_data_give_the_same_counts() -> None:
    x = RNG.random((300, 3))
    grid = Grid((0.0,) * 3, (1.0,) * 3, 4)
    assert np.array_equal(count(np.asfortranarray(x), grid).n, count(x, grid).n)
    assert np.array_equal(count(x[::2], grid).n, count(x[::2].copy(), grid).n)


def test_single_precision_is_counted_as_it_is_stored() -> None:
    x = RNG.random(50_000)
    stored = x.astype(np.float32)
    grid = Grid(0.0, 1.0 + 1e-6, 4096)
    assert np.array_equal(count(stored, grid).n, count(stored.astype(np.float64), grid).n)


def test_weights_share_out() -> None:
    x, mass = RNG.random((5, 200)), RNG.random((5, 200))
    shared = count(x, Grid(0.0, 1.0, 7), dim=1, weights=mass)
    expected = [np.histogram(a, bins=7, range=(0, 1), weights=w)[0] / w.sum() for a, w in zip(x, mass, strict=True)]
    assert isinstance(shared, Weights)
    assert np.allclose(shared.p, expected, rtol=1e-13)
    with pytest.raises(UsageError, match="found weights of shape"):
        count(x, Grid(0.0, 1.0, 7), weights=mass[:2])
    with pytest.raises(RunError, match="negative"):
        count(x, Grid(0.0, 1.0, 7), weights=-mass)


def test_weigh_normalises_with_the_cell_measure() -> None:
    density = np.array([1.0, 3.0])
    assert weigh(density, [0.5, 0.5]).p == pytest.approx([0.25, 0.75])
    assert weigh(density, [3.0, 1.0]).p == pytest.approx([0.5, 0.5])
    for wrong in ([-1.0, 2.0], [np.nan, 1.0], [0.0, 0.0]):
        with pytest.raises(RunError):
            weigh(wrong)


@pytest.mark.parametrize("wrong", [np.array([0.5]), np.array([-1, 2]), np.array(3)])
def test_what_are_no_counts(wrong: np.ndarray) -> None:
    with pytest.raises(UsageError):
        Counts(wrong)


def test_what_are_no_probabilities() -> None:
    for wrong in ([0.5, 0.4], [1.5, -0.5], [np.nan, 1.0]):
        with pytest.raises(UsageError, match="sum to 1"):
            Weights(np.array(wrong))


def test_huge_tallies_are_refused_before_memory_is() -> None:
    grid = Grid((0.0,) * 6, (1.0,) * 6, 40)
    with pytest.raises(UsageError, match="at most 2\\^28"):
        count(np.zeros((3, 6)), grid)


def test_text_is_no_data() -> None:
    with pytest.raises(UsageError, match="real numbers"):
        count(np.array(["a"]), Grid(0.0, 1.0, 2))


def test_empty_data_count_nothing() -> None:
    assert count(np.zeros((0,)), Grid(0.0, 1.0, 2)).n.tolist() == [0, 0]


@pytest.fixture
def swarm() -> xr.Dataset:
    dims = ("time", "replica", "particle", "axis")
    return xr.Dataset(
        {
            "position": (dims, RNG.random((6, 2, 30, 3))),
            "heading": (dims, RNG.normal(size=(6, 2, 30, 3))),
            "mass": (("particle",), RNG.random(30)),
            "polarization": (("time", "replica"), RNG.random((6, 2))),
        },
        coords={"time": np.arange(6) * 0.5, "replica": [0, 1]},
    )


def test_dimensions_that_are_kept(swarm: xr.Dataset) -> None:
    grid = Grid((0.0,) * 3, (1.0,) * 3, 2)
    counts = count(swarm.position, grid, dim="particle")
    assert counts.dims == ("time", "replica", "cell")
    assert np.array_equal(counts.values, count(swarm.position.values, grid, dim=-1).n)
    assert np.array_equal(counts.time, swarm.time)
    assert json.loads(counts.attrs["space"]) == grid.spec()
    pooled = count(swarm.position, grid, dim=["particle", "time"])
    assert pooled.dims == ("replica", "cell")
    assert np.array_equal(pooled.values, counts.sum("time").values)
    transposed = swarm.position.transpose("axis", "particle", "replica", "time")
    assert np.array_equal(count(transposed, grid, dim="particle").transpose(*counts.dims).values, counts.values)


def test_products_of_variables(swarm: xr.Dataset) -> None:
    space = Product(Grid((0.0,) * 3, (1.0,) * 3, 2), Sphere(2, 3))
    joint = count(swarm[["position", "heading"]], space, dim="particle")
    expected = count((swarm.position.values, swarm.heading.values), space, dim=-1).n
    assert np.array_equal(joint.values, expected)
    tuple_form = count((swarm.position, swarm.heading), space, dim="particle")
    assert tuple_form.equals(joint)


def test_variables_of_fewer_dimensions_are_broadcast(swarm: xr.Dataset) -> None:
    space = Product(Grid((0.0,) * 3, (1.0,) * 3, 2), Levels((0.5,)))
    joint = count((swarm.position, swarm.mass), space, dim="particle")
    mass = np.broadcast_to(swarm.mass.values, (6, 2, 30))
    assert np.array_equal(joint.values, count((swarm.position.values, mass), space, dim=-1).n)


def test_variables_as_components(swarm: xr.Dataset) -> None:
    flat = xr.Dataset({name: swarm.position.isel(axis=i) for i, name in enumerate("xyz")})
    grid = Grid((0.0,) * 3, (1.0,) * 3, 2)
    assert np.array_equal(count(flat, grid, dim="particle").values, count(swarm.position, grid, dim="particle").values)


def test_named_component_dimension(swarm: xr.Dataset) -> None:
    grid = Grid((0.0,) * 3, (1.0,) * 3, 2)
    renamed = swarm.position.rename(axis="xyz").transpose("xyz", ...)
    expected = count(swarm.position, grid, dim="particle").values
    assert np.array_equal(count(renamed, grid, dim="particle", component="xyz").values, expected)
    with pytest.raises(UsageError, match="component dimension of 3"):
        count(renamed, grid, dim="particle")


def test_weighted_variables(swarm: xr.Dataset) -> None:
    z = swarm.position.isel(axis=2)
    shared = count(z, Grid(0.0, 1.0, 4), dim="particle", weights=swarm.mass)
    mass = np.broadcast_to(swarm.mass.values, z.shape)
    assert np.allclose(shared.values, count(z.values, Grid(0.0, 1.0, 4), dim=-1, weights=mass).p, rtol=1e-14)


def test_patterns_in_time(swarm: xr.Dataset) -> None:
    counts = count(swarm.polarization, Ordinal(3), dim="time")
    assert counts.dims == ("replica", "cell")
    assert np.array_equal(counts.values, count(swarm.polarization.values.T, Ordinal(3), dim=-1).n)
    pairs = count(swarm.polarization, Product(Levels((0.5,)), Lag(Levels((0.5,)))))
    assert pairs.values.sum() == 2 * 5


def test_unknown_dimension(swarm: xr.Dataset) -> None:
    with pytest.raises(UsageError, match="no dimension 'fish'"):
        count(swarm.polarization, Grid(0.0, 1.0, 3), dim="fish")


def test_dropped_values_stay_on_record(swarm: xr.Dataset, tmp_path: Path) -> None:
    counts = count(swarm.polarization, Grid(0.0, 0.5, 3, outside="drop"), dim="time")
    assert np.array_equal(counts.n_outside.values, (swarm.polarization > 0.5).sum("time").values)
    counts.to_dataset(name="counts").to_netcdf(tmp_path / "counts.nc")
    with xr.open_dataset(tmp_path / "counts.nc") as again:
        assert entropy(again.counts, LnW()).value.dims == ("replica",)


def test_estimates_of_labelled_counts(swarm: xr.Dataset) -> None:
    grid = Grid(0.0, 1.0, 3)
    counts = count(swarm.position.isel(axis=0), grid, dim=["replica", "particle"])
    result = entropy(counts, differential=True)
    plain = entropy(Counts(counts.values, space=grid), differential=True)
    assert result.value.dims == ("time",)
    assert np.array_equal(result.value.values, plain.value)
    assert np.array_equal(result.standard_error.values, plain.standard_error)
    assert result.value.attrs["estimator"] == "grassberger"
    assert result.value.attrs["units"] == "1"
    assert json.loads(result.attrs["space"]) == grid.spec()
    over_time = entropy(counts, standard_error="replicas", over="time")
    assert over_time.value.dims == ()
    assert over_time.standard_error > 0
    with pytest.raises(UsageError, match="no dimension replica"):
        entropy(counts, standard_error="replicas")


def test_labelled_weights() -> None:
    p = xr.DataArray([[0.25, 0.75], [0.5, 0.5]], dims=("time", "cell"))
    result = entropy(p)
    assert result.value.values == pytest.approx([0.5623351446188083, np.log(2)])
    assert np.isnan(result.standard_error).all()


def test_ordinary_symbols() -> None:
    assert count(np.array([[0, 2], [2, 2]]), Unique(3)).n.tolist() == [1, 0, 3]


@pytest.mark.parametrize(("n", "cells"), [(20_001, 5), (20_001, 30), (300, 30)])
def test_counts_over_several_turns_and_in_either_width_are_those_of_numpy(n: int, cells: int) -> None:
    x = np.random.default_rng(12).normal(size=(2, n, 3))
    found = count(x, Grid((-2.0,) * 3, (2.0,) * 3, (cells,) * 3, outside="drop"), dim=1)
    for row in range(2):
        expected, _ = np.histogramdd(x[row], bins=cells, range=[(-2.0, 2.0)] * 3)
        assert np.array_equal(found.n[row], expected.ravel())
        assert found.n_outside[row] == n - expected.sum() > 0
