"""Tracks of others: boxes that start anywhere, headings from positions, gaps, Zarr stores, tables in parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import physent
from physent import diagnostics as D
from physent.config.own_data import OwnData
from physent.errors import ConfigError, RunError, UsageError
from physent.io import table
from physent.runs import analysis, fixes
from physent.runs.own_data import reading_data
from physent.typing import Floats

SIDE = 12.0


def walk(seed: int, *, gaps: float = 0.0, axes: int = 3, steps: int = 40) -> Floats:
    """Positions (time, particle, axis) of a free walk, some of them missing."""
    random = np.random.default_rng(seed)
    place = np.cumsum(random.normal(size=(steps, 15, axes)), axis=0)
    place[random.random((steps, 15)) < gaps] = np.nan
    return place


def analyzed(place: Any, diagnostics: list[dict[str, Any]], **more: Any) -> xr.Dataset:
    data = xr.Dataset({"r": (("t", "who", "axis"), place)})
    source = {"position": {"variables": "r", "dims": {"time": "t", "particle": "who"}}}
    return physent.analyze(data, {"data": source, "diagnostics": diagnostics, **more})


SCHOOL: list[dict[str, Any]] = [{"kind": "school_entropies"}, {"kind": "order_parameters", "radius": 2.0}]


def same(found: xr.Dataset, place: Any, **more: Any) -> None:
    """The plan gives the bits of the functions."""
    made = dict(D.school_entropies(place, **more)) | dict(D.order_parameters(place, radius=2.0, **more))
    for name, values in made.items():
        np.testing.assert_array_equal(found[name].values[:, 0], values, err_msg=name)


@pytest.mark.filterwarnings("ignore::physent.errors.PhysentWarning")
@settings(max_examples=10, deadline=None)
@given(st.integers(0, 99), st.sampled_from([1, 2000, 1 << 24]), st.booleans(), st.sampled_from([0.0, 0.05]))
def test_headings_of_any_blocks(seed: int, block: int, boxed: bool, gaps: float) -> None:
    """Sample by sample or at once, in open space or through the sides of a box, headings are those of the functions."""
    place = walk(seed, gaps=gaps)
    more: dict[str, Any] = {"missing": ["omit particles"]} if gaps else {}
    box: dict[str, Any] = {}
    there: dict[str, Any] = {}
    if boxed:
        place = np.mod(place, SIDE) - SIDE / 2
        box = {"box": {"lower": [-SIDE / 2] * 3, "upper": [SIDE / 2] * 3, "periodic": True}}
        there = {"box": D.Box((SIDE,) * 3, (True,) * 3, lower=(-SIDE / 2,) * 3)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(analysis, "BLOCK_BYTES", block)
        found = analyzed(place, SCHOOL, **box, **more)
    same(found, place, **there, **more)
    assert ("the shortest way through the periodic box" in found.attrs["assumed"]) is boxed


def test_a_direction_needs_one_neighbour() -> None:
    """A lone fix between gaps and an animal at rest have no heading; one neighbour in time is enough."""
    place = walk(3, steps=9)
    place[3, 0] = place[5, 0] = np.nan
    place[:, 1] = 1.0
    place[6, 2] = np.nan
    found = analyzed(place, [{"kind": "order_parameters", "radius": 2.0}], missing="omit particles")
    heading = np.full(place.shape, np.nan)
    for t in range(9):
        for who in range(15):
            ends = [place[s, who] for s in (t - 1, t, t + 1) if 0 <= s < 9 and not np.isnan(place[s, who]).any()]
            step = ends[-1] - ends[0] if len(ends) > 1 and not np.isnan(place[t, who]).any() else np.zeros(3)
            if step.any():
                heading[t, who] = step / np.linalg.norm(step)
    assert np.isnan(heading[4, 0]).all()
    assert np.isfinite(heading[[5, 7], 2]).all()
    assert np.isnan(heading[:, 1]).all()
    known = np.isfinite(heading).all(-1)
    expected = [np.linalg.norm(heading[t, known[t]].mean(0)) for t in range(9)]
    np.testing.assert_allclose(found["order_parameters_polarization"][:, 0], expected, rtol=1e-12)
    assert "heading: of positions" in found.attrs["assumed"]
    assert "missing for what does not move" in found.attrs["assumed"]
    given_heading = D.order_parameters(place[7], heading[7], radius=2.0, missing="omit particles")
    assert float(found["order_parameters_polarization"][7, 0]) == pytest.approx(
        float(given_heading.order_parameters_polarization), rel=1e-12
    )


@pytest.mark.filterwarnings("ignore::physent.errors.PhysentWarning")
def test_a_box_that_starts_anywhere() -> None:
    """Cells, pairs and schools are those of the same positions in a box from 0; edges are those of the data."""
    random = np.random.default_rng(4)
    unit, velocity = random.random((6, 40, 2)), random.normal(size=(6, 40, 2))
    start = np.array([-10.0, 250.0])
    here = D.Box((4.0, 4.0), (False, False), lower=tuple(start))
    there = D.Box((4.0, 4.0), (False, False))
    calls: dict[str, Any] = {
        "boltzmann_entropy": lambda x, box: D.boltzmann_entropy(x, velocity, x_cells=3, velocity_cell=1.0, box=box),
        "composition": lambda x, box: D.composition(x, x_cells=4, y_cells=2, box=box),
        "pair_correlation": lambda x, box: D.pair_correlation(
            x, max_separation=1.0, cells=5, box=D.Box(box.lengths, (True, True), lower=box.lower)
        ),
    }
    for name, call in calls.items():
        found, expected = call(start + 4 * unit, here), call(4 * unit, there)
        for key in expected:
            if key in ("composition_x", "composition_y"):
                np.testing.assert_allclose(found[key], expected[key] + start["xy".index(key[-1])])
            else:
                np.testing.assert_allclose(found[key], expected[key], rtol=1e-9, err_msg=f"{name} {key}")
    plan = [{"kind": "composition", "x_cells": 4, "y_cells": 2}]
    box = {"lower": start.tolist(), "upper": (start + 4).tolist()}
    found = analyzed(start + 4 * unit, plan, box=box)
    np.testing.assert_array_equal(found["composition"][:, 0], calls["composition"](start + 4 * unit, here).composition)
    np.testing.assert_allclose(found["composition_x"], start[0] + np.array([0.5, 1.5, 2.5, 3.5]))
    counted = {
        "kind": "histogram_entropy",
        "of": "position",
        "low": box["lower"],
        "high": box["upper"],
        "cells": [2, 2],
    }
    as_it_is = analyzed(start + 4 * unit, [counted], box=box)["histogram_entropy"]  # in units of the data
    np.testing.assert_array_equal(
        as_it_is, analyzed(4 * unit, [{**counted, "low": [0, 0], "high": [4, 4]}])["histogram_entropy"]
    )


BOXES: list[tuple[dict[str, Any], type[Exception], str]] = [
    (
        {"upper": [9.0] * 3},
        RunError,
        "data.position: found a position 20 along axis 0, which is behind the walls of the box, expected 0 to 9",
    ),
    (
        {"lower": [-1.0] * 3, "lengths": [2.0, None, 2.0]},
        RunError,
        "along axis 0, which is behind the walls of the box, expected -1 to 1",
    ),
    ({"lower": [0.0] * 3}, ConfigError, "box.lengths: found neither of lengths and upper, expected one of them"),
    ({"lengths": [1.0] * 3, "upper": [1.0] * 3}, ConfigError, "box.lengths: found both of lengths and upper"),
    (
        {"lower": [0.0, 1.0], "lengths": [1.0] * 3},
        ConfigError,
        "box.lower: found 2 entries, expected one for each of the 3 axes",
    ),
    (
        {"lower": [0.0, 1.0, 2.0], "upper": [1.0] * 3},
        ConfigError,
        "box.upper: found [1.0, 1.0, 1.0] with lower [0.0, 1.0, 2.0], expected lower < upper",
    ),
    (
        {"upper": [1.0, None, 1.0], "periodic": True},
        ConfigError,
        "box.periodic: found true for an axis without a length",
    ),
    (
        {"lengths": [1.0, 1.0], "periodic": True},
        UsageError,
        "box.lengths: found 2 lengths, the vectors have 3 components",
    ),
]


COUNTED = {"kind": "histogram_entropy", "of": "position", "low": [-9] * 3, "high": [9] * 3, "cells": [2] * 3}


@pytest.mark.parametrize(("box", "error", "message"), BOXES)
def test_a_box_that_does_not_fit_is_one_line(box: dict[str, Any], error: type[Exception], message: str) -> None:
    place = walk(5)
    place[0] = 20.0
    with pytest.raises(error) as caught:
        analyzed(place, [COUNTED], box=box)
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_positions_beyond_a_periodic_box_are_put_into_it() -> None:
    """Tracks that were unwrapped, in a box of which only one axis is periodic."""
    place = walk(6, axes=2)
    place[..., 1] = np.abs(np.sin(place[..., 1]))
    box = {"lower": [-3.0, 0.0], "lengths": [6.0, 1.0], "periodic": [True, False]}
    counted = {"kind": "histogram_entropy", "of": "position", "low": [-3, 0], "high": [3, 1], "cells": [3, 2]}
    found = analyzed(place, [counted], box=box)
    inside = np.stack([np.mod(place[..., 0] + 3, 6) - 3, place[..., 1]], axis=-1)
    np.testing.assert_array_equal(found["histogram_entropy"], analyzed(inside, [counted])["histogram_entropy"])
    assert "positions are put into the box along its periodic axes" in found.attrs["assumed"]


@pytest.mark.parametrize("stacked", [False, True])
def test_interpolation_goes_the_shortest_way(stacked: bool) -> None:
    """A particle at constant speed that leaves a periodic box through its side, sampled at irregular times."""
    t = np.array([0.0, 1.0, 1.5, 3.0, 4.0, 4.25, 6.0])
    line = 4.0 + 1.3 * t
    place = np.stack([np.mod(line + 5, 10) - 5, 0 * t], axis=-1)[:, None]
    names: dict[str, Any]
    if stacked:
        names = {name: (("time", "particle"), place[..., axis]) for axis, name in enumerate("xy")}
        variables: Any = ["x", "y"]
    else:
        names, variables = {"r": (("time", "particle", "axis"), place)}, "r"
    data = xr.Dataset(names, coords={"time": t})
    box = {"lower": [-5.0, -5.0], "upper": [5.0, 5.0], "periodic": [True, False]}
    spread = [{"kind": "conservation", "of": "position", "scale": 1.0}]
    plan = {"data": {"position": variables}, "box": box, "resample": {"every": 0.5}, "diagnostics": spread}
    found = physent.analyze(data, plan)
    steps = np.mod(4.0 + 1.3 * np.arange(13) / 2 + 5, 10) - 5
    assert float(found["conservation_position_drift"][0, 0, 0]) == pytest.approx(np.abs(steps - 4.0).max(), rel=1e-12)
    assert float(found["conservation_position_drift"][0, 0, 1]) == 0


def test_a_zarr_store(tmp_path: Path) -> None:
    """Of both formats, with and without metadata in one place, in chunks along any dimension."""
    pytest.importorskip("zarr")
    place = walk(7, gaps=0.02)
    data = xr.Dataset({"r": (("who", "t", "c"), place.swapaxes(0, 1))})
    source = {"position": {"variables": "r", "dims": {"time": "t", "particle": "who", "axis": "c"}}}
    plan = {"data": source, "missing": "omit particles", "diagnostics": SCHOOL[:1]}
    expected = physent.analyze(data, plan)
    for version, together in ((2, True), (2, False), (3, False)):
        path = tmp_path / f"{version}{together}.zarr"
        data.chunk({"t": 7, "who": 4}).to_zarr(path, zarr_format=version, consolidated=together)
        xr.testing.assert_identical(physent.analyze(path, plan).drop_attrs(), expected.drop_attrs())


def test_no_zarr(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data.zarr").mkdir()
    (tmp_path / "data.zarr" / ".zgroup").write_text('{"zarr_format": 2}')
    monkeypatch.setitem(__import__("sys").modules, "zarr", None)
    with pytest.raises(UsageError) as caught:
        physent.analyze(
            tmp_path / "data.zarr", {"data": {"s": "s"}, "diagnostics": [{"kind": "conservation", "of": "s"}]}
        )
    assert len(str(caught.value).splitlines()) == 1
    assert "data.zarr" in str(caught.value)


@pytest.mark.filterwarnings("ignore::physent.errors.PhysentWarning")
@pytest.mark.parametrize("rows", [3, 100])
def test_keys_of_a_table_appear_in_any_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    """Text, dates, numbers and whole numbers that look like text come together over parts; unused columns do not."""
    monkeypatch.setattr(table, "ROWS", rows)
    random = np.random.default_rng(8)
    names, days = ["10", "9", "b"], pd.date_range("2026-03-01", periods=7)
    frame = pd.DataFrame(
        [(d.date(), n, random.normal(), "?") for d in days for n in names], columns=["d", "n", "s", "note"]
    )
    frame.sample(frac=1.0, random_state=2).drop(index=[4]).to_csv(tmp_path / "s.csv", index=False)
    source = {"s": {"variables": "s", "dims": {"time": "d", "particle": "n"}}}
    plan = {
        "data": source,
        "missing": "omit windows",
        "diagnostics": [{"kind": "ordinal_pattern", "of": "s", "order": 2}],
    }
    found = physent.analyze(tmp_path / "s.csv", plan)
    assert found["particle_name"].values.tolist() == sorted(names)
    for place, name in enumerate(sorted(names)):
        series = frame[frame.n == name].s.to_numpy().copy()
        if name == "9":
            series[1] = np.nan
        assert float(found["ordinal_pattern_entropy"][0, place]) == D.permutation_entropy(
            series, 2, missing="omit windows"
        )
    assert found["ordinal_pattern_windows_omitted"].values.tolist() == [[0, 2, 0]]
    text = (tmp_path / "s.csv").read_text().splitlines()
    (tmp_path / "twice.csv").write_text("\n".join([*text, text[1]]))
    with pytest.raises(UsageError, match=r"has two rows with d = .*, n = .*, expected one"):
        physent.analyze(tmp_path / "twice.csv", plan)


def own_clocks(offset: float) -> pd.DataFrame:
    """Animals that move on straight lines, each with fixes at its own times, some of them missing."""
    random = np.random.default_rng(11)
    rows = []
    for who in range(6):
        t = 10.0 * np.arange(60) + offset * who + random.integers(0, 3, 60)
        t = t[(t < 200 + who) | (t > 260)]  # more than three fixes are lost
        rows += [(one, f"a{who}", (who + 1) * one, -one, 1.0) for one in t]
    return pd.DataFrame(rows, columns=["t", "who", "x", "y", "z"])


OWN: dict[str, Any] = {
    "data": {"position": {"variables": ["x", "y", "z"], "dims": {"time": "t", "particle": "who"}}},
    "missing": "omit particles",
    "diagnostics": [
        {"kind": "order_parameters", "radius": 2.0},
        {"kind": "histogram_entropy", "of": "position", "low": [0] * 3, "high": [9] * 3, "cells": [1] * 3},
    ],
}


@pytest.mark.filterwarnings("ignore::physent.errors.PhysentWarning")
@pytest.mark.parametrize("block", [1, 1 << 24])
def test_each_animal_has_its_own_clock(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Resampled positions lie on the lines, to one step of each animal before and after its gap, whatever the block."""
    monkeypatch.setattr(analysis, "BLOCK_BYTES", block)
    monkeypatch.setattr(fixes, "BLOCK_BYTES", block)
    frame, source = own_clocks(1.3), OwnData.model_validate({**OWN, "resample": {"every": 7.0}})
    with reading_data(frame, source) as (read, _):
        place, new = read.dataset["position"].values[:, 0], read.dataset["time"].values
    line = np.stack(
        [np.outer(new, np.arange(1, 7)), *np.broadcast_to([-new[:, None], 1 + 0 * new[:, None]], (2, len(new), 6))], -1
    )
    there = np.isfinite(place).all(-1)
    np.testing.assert_allclose(place[there], line[there], rtol=1e-12)
    for who, track in enumerate(frame.groupby("who")["t"]):
        known = track[1].to_numpy()
        after = np.searchsorted(known, new).clip(1, len(known) - 1)
        short = known[after] - known[after - 1] < 35
        np.testing.assert_array_equal(there[:, who], short & (new >= known[0]) & (new <= known[-1]), err_msg=str(who))
    assert any("position: each series interpolated over its own values, up to 30" in text for text in read.assumed)
    found = physent.analyze(frame, {**OWN, "resample": {"every": 7.0}})
    measured = np.isfinite(found["order_parameters_polarization"].values[:, 0])
    np.testing.assert_array_equal(measured, there.any(axis=1))


def test_clocks_that_differ_are_one_line() -> None:
    with pytest.raises(UsageError) as caught:
        physent.analyze(own_clocks(1.3), OWN)
    assert "more than 1 of 6 particles: their clocks differ; add `resample: {every: ...}` to the plan" in str(
        caught.value
    )
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.filterwarnings("ignore::physent.errors.PhysentWarning")
def test_animals_one_after_another_or_with_few_fixes_are_no_clocks_that_differ() -> None:
    """One tag on two animals in turn, and one animal with a tenth of the fixes of the other."""
    series = {
        **OWN,
        "missing": "omit windows",
        "diagnostics": [{"kind": "ordinal_pattern", "of": "position", "order": 2}],
    }
    t = np.arange(40.0)
    for held in (t < 20, t % 10 == 0):
        a, b = (
            pd.DataFrame({"t": t[i], "who": w, "x": t[i], "y": 1.0, "z": 2.0})
            for w, i in (("a", ~held if held[1] else t >= 0), ("b", held))
        )
        found = physent.analyze(pd.concat([a, b]), series)
        assert float(found["ordinal_pattern_windows_omitted"][0, 0, 0]) == (20 if held[1] else 0)


def told(frame: pd.DataFrame, **more: Any) -> xr.Dataset:
    entry = {"variables": ["x", "y", "z"], "dims": {"time": "t", "particle": "who"}, **more}
    return physent.analyze(frame, {"data": {"position": entry}, "missing": "omit particles", "diagnostics": SCHOOL[:1]})


def school_table() -> pd.DataFrame:
    place = walk(12, steps=4)
    t, who = np.meshgrid(range(4), [f"a{k:02}" for k in range(15)], indexing="ij")
    return pd.DataFrame({"t": t.ravel(), "who": who.ravel(), **dict(zip("xyz", place.reshape(-1, 3).T, strict=True))})


@pytest.mark.filterwarnings("ignore::physent.errors.PhysentWarning")
def test_what_is_doubtful_about_tracks() -> None:
    """Degrees, a plane, names that are misspelt, and numbers that stand for missing values."""
    frame = school_table()
    expected = told(frame)
    assert expected.attrs["warnings"] == ""
    assert "15 particles (who)" in expected.attrs["assumed"]
    degrees = told(frame.rename(columns={"x": "location-long", "y": "Lat"}), variables=["location-long", "Lat", "z"])
    assert (
        "data.position: location-long and Lat are taken as lengths, but look like degrees" in degrees.attrs["warnings"]
    )
    metres = frame.rename(columns={"x": "lon"})
    assert told(metres, variables=["lon", "y", "z"], units="m").attrs["warnings"] == ""
    assert "all fish have the same z: the entropies compare" in told(frame.assign(z=0.0)).attrs["warnings"]
    blank = frame.assign(who=frame.who.where(frame.t > 1, frame.who + " "))
    xr.testing.assert_identical(told(blank).drop_attrs(), expected.drop_attrs())
    other = told(frame.assign(who=frame.who.where((frame.t > 0) | (frame.who != "a03"), "A03")))
    assert "particle: 'A03' and 'a03' differ only in case or blanks, and count as two" in other.attrs["warnings"]
    holed, filled = frame.copy(), frame.copy()
    holed.loc[[3, 20], ["x", "y", "z"]], filled.loc[[3, 20], ["x", "y", "z"]] = np.nan, -999
    filled.loc[20, "y"] = -1.0
    xr.testing.assert_identical(told(filled, fill=[-999, -1]).drop_attrs(), told(holed).drop_attrs())


def test_units_of_components_and_places_of_waves() -> None:
    place = walk(13, steps=3)
    data = xr.Dataset(
        {n: (("time", "particle"), place[..., i], {"units": "km" if i == 2 else "m"}) for i, n in enumerate("abc")}
    )
    plan = {"data": {"position": ["a", "b", "c"]}, "diagnostics": SCHOOL[:1]}
    assert "data.position: a in m, b in m, c in km: expected one unit" in physent.analyze(data, plan).attrs["warnings"]
    wave = xr.DataArray(np.exp(-(np.linspace(-9, 9, 64) ** 2)) + 0j, dims="x")
    waves: dict[str, Any] = {"data": {"psi": "psi"}, "diagnostics": [{"kind": "wave_entropies"}]}
    with pytest.raises(UsageError, match=r"psi has no coordinate of places x: add `box: \{lengths"):
        physent.analyze(wave, waves)
    boxed = physent.analyze(wave, {**waves, "box": {"lengths": [18.0], "periodic": True}})
    assert float(boxed["wave_entropies_shannon_x"][0, 0]) == float(
        D.wave_entropies(wave, box=18.0)["wave_entropies_shannon_x"]
    )


@pytest.mark.filterwarnings("ignore::physent.errors.PhysentWarning")
def test_a_particle_with_few_samples_is_named() -> None:
    """One that has another letter in one row of 150."""
    place = walk(14, steps=150)[:, :11]
    t, who = np.meshgrid(range(150), [f"a{k:02}" for k in range(11)], indexing="ij")
    frame = pd.DataFrame({"t": t.ravel(), "who": who.ravel(), **dict(zip("xyz", place.reshape(-1, 3).T, strict=True))})
    counted = {"kind": "order_parameters", "radius": 2.0}
    plan = {**OWN, "diagnostics": [counted]}
    assert "misspelt" not in physent.analyze(frame, plan).attrs["warnings"]
    frame.loc[11 * 70 + 4, "who"] = "aO4"
    told = physent.analyze(frame, plan).attrs["warnings"]
    assert "position: particle aO4 has a value at 1 of 150 samples: a misspelt name is a particle of its own" in told
