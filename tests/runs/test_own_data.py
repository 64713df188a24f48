"""Anyone's data: files as others write them, the bits of a run if the numbers are those, one line for a refusal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask.array
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import physent
from physent.cli import commands
from physent.diagnostics.entropies import Shannon
from physent.diagnostics.ordinal import permutation_entropy
from physent.diagnostics.school import school_entropies
from physent.errors import ConfigError, UsageError
from physent.figures.save import save_figure
from physent.io import table
from physent.runs import analysis
from tests.diagnostics.run.test_plan import DIAGNOSTICS, measured
from tests.random_walk import registered

ANIMALS, FIXES = 24, 60


def tracks() -> xr.Dataset:
    """Tracks as a tag gives them: (animal, fix), dates at irregular steps, fixes that are missing."""
    random = np.random.default_rng(18)
    minutes = np.cumsum(random.integers(1, 20, FIXES))
    place = np.cumsum(random.normal(size=(3, ANIMALS, FIXES)), axis=-1)
    place[:, random.random((ANIMALS, FIXES)) < 0.01] = np.nan
    names = ("x", "y", "depth", "u", "v", "w")
    values = [*place, *np.where(np.isnan(place), np.nan, random.normal(size=place.shape))]
    return xr.Dataset(
        {name: (("individual", "t"), one) for name, one in zip(names, values, strict=True)},
        coords={
            "individual": [f"seal_{k:02}" for k in range(ANIMALS)],
            "t": pd.Timestamp("2026-03-01T06:00") + pd.to_timedelta(minutes, unit="min"),
        },
    )


TRACKS = """
data:
  position: {variables: [x, y, depth], dims: {time: t, particle: individual}}
  heading: {variables: [u, v, w], dims: {time: t, particle: individual}}
missing: [omit windows, omit particles]
diagnostics:
  - {kind: school_entropies}
  - {kind: ordinal_pattern, of: position, order: 2}
"""


def test_tracks_of_animals(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A CSV, a netCDF file and a Dataset of them give the same bits: those of the functions on arrays."""
    data = tracks()
    data.to_dataframe().dropna().reset_index().to_csv(tmp_path / "seals.csv", index=False)
    data.to_netcdf(tmp_path / "seals.nc", engine="netcdf4")
    (tmp_path / "plan.yaml").write_text(TRACKS)
    done = CliRunner().invoke(
        commands.app,
        ["analyze", *(str(tmp_path / name) for name in ("seals.csv", "plan.yaml")), "-o", str(tmp_path / "o.nc")],
    )
    assert done.exit_code == 0, done.output
    found = [
        physent.open_run(tmp_path / "o.nc").load(),
        physent.analyze(tmp_path / "seals.nc", tmp_path / "plan.yaml"),
        physent.analyze(data, tmp_path / "plan.yaml"),
    ]
    for other in found[1:]:
        xr.testing.assert_identical(found[0].drop_attrs(), other.drop_attrs())
    position, heading = (
        np.stack([data[name] for name in names], axis=-1) for names in (("x", "y", "depth"), ("u", "v", "w"))
    )
    for k in range(FIXES):
        there = np.isfinite(position[:, k]).all(-1)
        expected = school_entropies(position[there, k], heading[there, k])
        assert all(found[0][name][k, 0] == value for name, value in expected.items())
    windows = data["x"][3].drop_vars("individual").rename(t="time")
    expected_entropy = permutation_entropy(windows.assign_coords(time=found[0].time), 2, missing="omit windows")
    assert found[0]["ordinal_pattern_entropy"][0, 3, 0] == float(expected_entropy)
    assert found[0].indexes["time"].equals(data.indexes["t"].rename("time"))
    assert found[0].coords["particle_name"].values.tolist() == data["individual"].values.tolist()
    assert "steps from 60 to 1140" in found[0].attrs["assumed"]
    assert "open space" in found[0].attrs["assumed"]
    with pytest.raises(ConfigError, match="boxes: unknown key"):  # before that the output exists
        physent.analyze(data, {**physent_plan(TRACKS), "boxes": 1}, tmp_path / "o.nc")
    with pytest.raises(UsageError, match=r"diagnostics of data, .* physent\.open_run\(\.\.\.\)\['NAME'\]\.plot\(\)"):
        save_figure(tmp_path / "o.nc", tmp_path / "o.png")
    lost = int(data["x"].isnull().any("individual").sum())
    assert f"{lost} of {FIXES} samples hold a missing value" in found[0].attrs["warnings"]


def test_missing_values_are_refused_unless_asked(caplog: pytest.LogCaptureFixture) -> None:
    plan = TRACKS.replace("missing: [omit windows, omit particles]\n", "")
    found = physent.analyze(tracks(), physent_plan(plan))
    gaps = tracks()["x"].isnull().any("individual").values
    np.testing.assert_array_equal(np.isnan(found["schooling_index"].values[:, 0]), gaps)
    assert np.isnan(found["ordinal_pattern_entropy"]).any()
    refused = re.search(
        r"school_entropies at time = (2026-03-01 \d\d:\d\d:00): .* \(and (\d+) more\)", found.attrs["warnings"]
    )
    assert refused is not None
    assert pd.Timestamp(refused[1]) == tracks().t.values[gaps][0]
    assert int(refused[2]) == gaps.sum() - 1
    assert "missing values; add `missing: omit particles` to the plan; NaN" in found.attrs["warnings"]
    assert "missing values; add `missing: omit windows` to the plan; NaN" in found.attrs["warnings"]


def physent_plan(text: str) -> Any:
    from physent.config import yaml

    return yaml.parse(text, "plan").data


def test_a_complex_array() -> None:
    """A soliton sech(x) along z: S_x = 2 - ln 2, S_k = 2 - ln pi to rounding."""
    z, x = np.linspace(0, 1, 5), np.arange(-25, 25, 50 / 1024)
    field = xr.DataArray(np.exp(1j * z) / np.cosh(x)[:, None], {"x": x, "z": z}, ("x", "z"), name="A")
    plan = {"data": {"psi": {"variables": "A", "dims": {"time": "z"}}}, "diagnostics": [{"kind": "wave_entropies"}]}
    found = physent.analyze(field, plan)
    np.testing.assert_allclose(found["wave_entropies_shannon_x"], 2 - np.log(2), rtol=0, atol=1e-13)
    np.testing.assert_allclose(found["wave_entropies_shannon_k"], 2 - np.log(np.pi), rtol=0, atol=1e-13)
    np.testing.assert_array_equal(found["time"], z)


def test_a_macrostate_of_ones_own(tmp_path: Path) -> None:
    """Levels of independent systems: the entropy of their occupation at each time, plug-in, is that of the counts."""
    levels = np.random.default_rng(3).integers(0, 4, (10, 200))
    rows = [(run, t, levels[t, run]) for run in range(200) for t in range(10)]
    pd.DataFrame(rows, columns=["run", "t", "level"]).to_csv(tmp_path / "levels.csv", index=False)
    counted = {"kind": "histogram_entropy", "of": "level", "low": -0.5, "high": 3.5, "cells": 4, "estimator": "plugin"}
    plan = {"data": {"level": {"variables": "level", "dims": {"time": "t", "replica": "run"}}}}
    found = physent.analyze(tmp_path / "levels.csv", {**plan, "diagnostics": [counted]})
    expected = [Shannon()(np.bincount(row, minlength=4) / 200) for row in levels]
    np.testing.assert_allclose(found["histogram_entropy"], expected, rtol=1e-14)


@pytest.fixture(scope="module")
def run() -> Iterator[xr.Dataset]:
    with registered():
        yield physent.run(measured())


THEIRS = {"time": "t", "replica": "copy", "walker": "who"}
READ = ("position", "spread", "mean", "wave_real")


def foreign(run: xr.Dataset, order: list[str]) -> tuple[xr.Dataset, dict[str, Any]]:
    """The fields of a run as someone else's Dataset, and the plan for it."""
    here = (
        run[list(READ)]
        .drop_attrs()
        .drop_encoding()
        .rename({**THEIRS, **{name: f"my_{name}" for name in READ}})
        .transpose(*order)
    )
    data = {
        name: {"variables": f"my_{name}", "dims": {k: v for k, v in THEIRS.items() if v in here[f"my_{name}"].dims}}
        for name in READ
    }
    return here, {"data": data, "diagnostics": DIAGNOSTICS}


def assert_bits(found: xr.Dataset, run: xr.Dataset, names: set[str]) -> None:
    assert names <= set(found.data_vars)
    for name in names:
        assert found[name].dims == run[name].dims, name
        np.testing.assert_array_equal(found[name], run[name], err_msg=name)


def given_by(run: xr.Dataset, diagnostics: list[dict[str, Any]] = DIAGNOSTICS) -> set[str]:
    prefixes = tuple(str(one["name"]) for one in diagnostics)
    return {str(name) for name in run.data_vars if str(name).startswith(prefixes)}


@settings(max_examples=8, deadline=None)
@given(
    order=st.permutations(["t", "copy", "who"]),
    block=st.sampled_from([1, 3000, 1 << 24]),
    kind=st.sampled_from(["memory", "dask", "file"]),
)
def test_others_files_give_the_bits_of_the_run(
    run: xr.Dataset, tmp_path_factory: pytest.TempPathFactory, order: list[str], block: int, kind: str
) -> None:
    data, plan = foreign(run, order)
    source: Any = data
    if kind == "dask":
        source = data.chunk({"t": 7})
    elif kind == "file":
        source = tmp_path_factory.mktemp("foreign") / "data.nc"
        data.to_netcdf(source, engine="netcdf4")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(analysis, "BLOCK_BYTES", block)
        assert_bits(physent.analyze(source, plan), run, given_by(run))


@pytest.mark.parametrize("rows", [17, 100_000])
def test_a_table_gives_the_bits_of_the_run(
    run: xr.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    """Digits are read to the last bit, rows in any order, in parts of any size."""
    monkeypatch.setattr(table, "ROWS", rows)
    data, plan = foreign(run, ["who", "t", "copy"])
    frame = data[["my_position", "my_wave_real"]].to_dataframe().reset_index().sample(frac=1.0, random_state=1)
    frame.to_csv(tmp_path / "data.csv", index=False, sep=";")
    plan["data"] = {name: plan["data"][name] for name in ("position", "wave_real")}
    plan["diagnostics"] = [one for one in DIAGNOSTICS if one["name"] in ("where", "near", "phrases", "order", "orders")]
    for source in (tmp_path / "data.csv", frame):
        assert_bits(physent.analyze(source, plan), run, given_by(run, plan["diagnostics"]))


def test_columns_with_our_names_are_dimensions(tmp_path: Path) -> None:
    """Columns `time` and `particle` need not be mapped; without any the rows are samples."""
    t, who = np.meshgrid([0.5, 1.0, 1.5, 2.0], [7, 9], indexing="ij")
    frame = pd.DataFrame({"particle": who.ravel(), "time": t.ravel(), "r": np.arange(8.0), "x": 1.0})
    plan = {"data": {"r": "r"}, "diagnostics": [{"kind": "ordinal_pattern", "of": "r", "order": 2}]}
    found = physent.analyze(frame, plan)
    assert found["ordinal_pattern_entropy"].dims == ("replica", "particle")
    assert found["ordinal_pattern_entropy"].shape == (1, 2)
    rows = physent.analyze(frame[["r", "x"]], plan)
    assert rows["ordinal_pattern_entropy"].dims == ("replica",)
    assert "row is time\ntime: index of the sample" in rows.attrs["assumed"]


def test_a_pandas_index_of_dates_is_time() -> None:
    days = pd.date_range("2026-01-01", periods=40, freq="D")
    frame = pd.DataFrame({"r": np.sin(np.arange(40.0))}, index=days)
    plan = {"data": {"r": "r"}, "diagnostics": [{"kind": "ordinal_pattern", "of": "r", "order": 2}]}
    found = physent.analyze(frame, plan)
    assert found["ordinal_pattern_entropy"].values == permutation_entropy(frame["r"].to_numpy(), 2)
    assert found.sizes["time"] == 40
    assert found.attrs["assumed"] == "one replica\nopen space"


def test_a_series_as_one_sample() -> None:
    """A dimension called `particle` instead of `time` is counted over."""
    states = xr.Dataset({"level": ("t", np.repeat([0.0, 1.0, 2.0], [10, 20, 70]))})
    counted = {"kind": "histogram_entropy", "of": "level", "low": -0.5, "high": 2.5, "cells": 3, "estimator": "plugin"}
    plan = {"data": {"level": {"variables": "level", "dims": {"particle": "t"}}}, "diagnostics": [counted]}
    found = physent.analyze(states, plan)
    np.testing.assert_allclose(found["histogram_entropy"], [[Shannon()(np.array([0.1, 0.2, 0.7]))]], rtol=1e-14)
    assert "time: one sample" in found.attrs["assumed"]


def test_the_schema_of_plans_knows_every_key() -> None:
    done = CliRunner().invoke(commands.app, ["schema", "--plan"])
    schema = json.loads(done.stdout)
    assert schema["properties"].keys() == {"data", "box", "scales", "resample", "missing", "diagnostics"}
    assert {"school_entropies", "ordinal_pattern"} <= schema["properties"]["diagnostics"]["items"]["discriminator"][
        "mapping"
    ].keys()


SERIES = {"data": {"s": {"variables": "s", "dims": {"time": "t"}}}}


def test_packed_and_short_numbers(tmp_path: Path) -> None:
    """int16 with scale_factor, float32, NetCDF-3: the numbers that xarray decodes, exactly."""
    values = np.random.default_rng(5).normal(size=(40, 6))
    data = xr.Dataset({"p": (("t", "particle"), values), "q": (("particle", "t"), values.T.astype(np.float32))})
    packed = {"p": {"dtype": "int16", "scale_factor": 0.001, "_FillValue": -32767}}
    data.to_netcdf(tmp_path / "packed.nc", format="NETCDF3_64BIT", engine="netcdf4", encoding=packed)
    dims = {"time": "t"}
    plan = {
        "data": {name: {"variables": name, "dims": dims} for name in "pq"},
        "diagnostics": [{"kind": "conservation", "of": ["p", "q"]}, {"kind": "ordinal_pattern", "of": "p", "order": 2}],
    }
    found = physent.analyze(tmp_path / "packed.nc", plan)
    with xr.open_dataset(tmp_path / "packed.nc", engine="netcdf4") as there:
        decoded = there.load()
    expected = permutation_entropy(decoded["p"].values[:, 2].astype(np.float64), 2)
    assert float(found["ordinal_pattern_entropy"][0, 2]) == expected
    assert_bits(physent.analyze(decoded, plan), found, {str(name) for name in found.data_vars})
    largest = np.abs(decoded["q"].values.astype(np.float64) - decoded["q"].values[:, :1]).max()
    assert found["conservation_q_drift"].max() >= largest
    assert "time: index of the sample" in found.attrs["assumed"]


def test_resampled_only_when_asked() -> None:
    """A straight line at irregular times is the line at equal steps; a gap stays one."""
    t = np.array([0.0, 1.0, 2.0, 4.5, 5.0, 8.0, 9.0, 10.0])
    data = xr.Dataset({"s": ("t", 2.0 * t + 1.0)}, coords={"t": t})
    mean = [{"kind": "mean", "of": "s"}, {"kind": "ordinal_pattern", "of": "s", "order": 2}]
    found = physent.analyze(data, {**SERIES, "resample": {"every": 0.5}, "diagnostics": mean})
    np.testing.assert_allclose(found["mean_s"], 11.0, rtol=1e-14)
    np.testing.assert_array_equal(found["time"], np.arange(21) / 2)
    assert "interpolated linearly to steps of 0.5, from 8 samples" in found.attrs["assumed"]
    assert "equally spaced" not in found.attrs["warnings"]
    as_it_is = physent.analyze(data, {**SERIES, "diagnostics": mean})
    np.testing.assert_array_equal(as_it_is["time"], t)
    assert "steps from 0.5 to 3, median 1: samples are taken as equally spaced" in as_it_is.attrs["warnings"]


def test_memory_does_not_grow_with_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more than a block of samples is asked of the source at a time."""
    monkeypatch.setattr(analysis, "BLOCK_BYTES", 1 << 16)
    asked: list[int] = []

    def made(block: Any) -> Any:
        asked.append(block.nbytes)
        return block

    lazy = dask.array.zeros((4000, 50, 2), chunks=(100, 50, 2)).map_blocks(made, meta=np.empty((0, 0, 0)))
    with_clock = xr.Dataset({"r": (("time", "particle", "axis"), lazy)})
    asked.clear()
    counted = {"kind": "histogram_entropy", "of": "position", "low": [-1, -1], "high": [1, 1], "cells": [2, 2]}
    physent.analyze(with_clock, {"data": {"position": "r"}, "diagnostics": [counted]})
    assert max(asked) == 100 * 50 * 2 * 8
    assert len(asked) <= 2 * 4000 * 800 / (1 << 16) + 40


NAMED = {"kind": "ordinal_pattern", "of": "s", "order": 2}
CASES: list[tuple[dict[str, Any], str]] = [
    (
        {"data": {"s": {"variables": "x", "dims": {"time": "t"}}}},
        "the dataset: data.s.variables: found text 'x', expected s, v, w, z or c",
    ),
    (
        {"data": {"s": {"variables": "s", "dims": {"time": "tt"}}}},
        "the dataset: data.s.dims.time: found text 'tt', expected t",
    ),
    (
        {"data": {"s": {"variables": ["s", "v"], "dims": {"time": "t"}}}},
        "v has (time, k), expected the same dimensions",
    ),
    ({"data": {"s": {"variables": "w", "dims": {"time": "t"}}}}, "w holds <U1, expected numbers (data.s)"),
    ({**SERIES, "resample": {"every": 100.0}}, "resample.every: found 100, expected at most the 8 that the data last"),
    (
        {**SERIES, "diagnostics": [{"kind": "school_entropies"}]},
        "needs the variable position, which the `data:` block does not have",
    ),
    (
        {"data": {"s": {"variables": "s", "dims": {"time": "t", "draw": "k"}}}},
        "data.s.dims: found time and draw, expected one clock",
    ),
    (
        {**SERIES, "box": {"lengths": [1.0, None], "periodic": True}},
        "box.periodic: found true for an axis without a length",
    ),
    ({**SERIES, "boxes": 1}, "boxes: unknown key"),
    ({**SERIES, "missing": ["refuse", "omit windows"]}, "missing: found refuse beside others"),
    ({"data": {"s": {"variable": "s"}}}, "data.s.variable: unknown key; did you mean variables?"),
    ({"dat": {"s": "s"}}, "plan: dat: unknown key; did you mean data?"),
    (
        {"data": {"psi": {"variables": "s", "dims": {"time": "t"}}}, "diagnostics": [{"kind": "wave_entropies"}]},
        "the dataset: data.psi: s is real, expected a complex variable: name its parts psi_real and psi_imag",
    ),
    (
        {"data": {"psi": {"variables": ["s", "z"]}}, "diagnostics": [{"kind": "wave_entropies"}]},
        "data.psi: s and z are real, expected a complex variable",
    ),
    (
        {"data": {"psi": {"variables": "c", "dims": {"x": "t"}}}, "diagnostics": [{"kind": "wave_entropies"}]},
        "spectrum does not follow from the data: x has steps from 1 to 4, expected equal ones",
    ),
    (
        {"data": {"psi": {"variables": "c"}}, "diagnostics": [{"kind": "wave_entropies"}]},
        "spectrum does not follow from the data: psi has the dimensions replica, t, expected replica, x",
    ),
    (
        {"data": {"s": "s"}},
        "diagnostics.0.of: s has one sample, as no dimension is time; expected data.s.dims: {time: t}",
    ),
    ({**SERIES, "base": 2}, "base: unknown key: files hold nats; physent.diagnostics.in_base(found, 2)"),
    ({**SERIES, "diagnostics": [{"kind": "wdth"}]}, "or one of your own with --import FILE.py"),
    (
        {
            "data": {"position": {"variables": ["s", "z"], "dims": {"time": "t"}}},
            "diagnostics": [{"kind": "school_entropies"}],
        },
        "position has dims (replica, axis), expected (replica, particle, axis); data.position.dims: expected particle",
    ),
]


@pytest.mark.parametrize(("plan", "message"), CASES)
def test_one_line_says_what_cannot_be(plan: dict[str, Any], message: str) -> None:
    data = xr.Dataset(
        {"s": ("t", np.arange(6.0)), "v": (("t", "k"), np.ones((6, 2))), "w": ("t", list("abcdef"))}
        | {"z": ("t", np.ones(6)), "c": ("t", np.ones(6, complex))},
        coords={"t": [0.0, 1.0, 2.0, 3.0, 4.0, 8.0]},
    )
    with pytest.raises(UsageError) as caught:
        physent.analyze(data, {"diagnostics": [NAMED], **plan})
    assert message in str(caught.value)
    lines = caught.value.lines if isinstance(caught.value, ConfigError) else str(caught.value).split("\n")
    assert len(lines) <= 2
    assert "damaged" not in str(caught.value)


TABLES = {
    "s,t\n1,2\n3,2\n": "has two rows with t = 2, expected one",
    "s,t\n1,2\nx,3\n": "s is 'x' in row 2, expected a number",
    "s,t\n1,\n": "t is empty in row 1, expected a value",
    "s,u\n1,2\n": "has no such column: found text 't', expected s or u",
    "s,t\n": "has no rows",
    's,t\n1,2\n"0,5",3\n': "s is '0,5' in row 2, expected a number with a decimal point",
    "s,t\n1,03/01/2026\n2,2026-01-04\n": "time is '03/01/2026', expected numbers, or ISO dates such as",
    "": "cannot be read as a table",
}


@pytest.mark.parametrize(("text", "message"), TABLES.items())
def test_tables_that_cannot_be_read(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "data.csv").write_text(text)
    with pytest.raises(UsageError) as caught:
        physent.analyze(tmp_path / "data.csv", {**SERIES, "diagnostics": [NAMED]})
    assert str(caught.value).startswith(f"{tmp_path / 'data.csv'}")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "text.nc").write_text("no numbers")
    (tmp_path / "folder").mkdir()
    cases = {"text.nc": "xarray cannot read it", "folder": "is a folder", "none.csv": "no such file"}
    for name, message in cases.items():
        with pytest.raises(UsageError) as caught:
            physent.analyze(tmp_path / name, {**SERIES, "diagnostics": [NAMED]})
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)
        assert "damaged" not in str(caught.value)
    (tmp_path / "latin.csv").write_bytes("s;t\n1;caf\u00e9\n".encode("latin-1"))
    with pytest.raises(
        UsageError, match=r"latin\.csv: found the byte 0xe9, which is not UTF-8: save the table as UTF-8"
    ):
        physent.analyze(tmp_path / "latin.csv", {**SERIES, "diagnostics": [NAMED]})
    with pytest.raises(UsageError, match=r"^plan: data: this key is missing; .*latin\.csv is a table"):
        physent.analyze(tmp_path / "latin.csv", [NAMED])
    with pytest.raises(UsageError, match="expected a run of physent, or a plan with a `data:` block"):
        physent.analyze(tracks(), [NAMED])
    disordered = xr.Dataset({"s": ("t", np.arange(3.0))}, coords={"t": [0.0, 2.0, 1.0]})
    with pytest.raises(UsageError, match=r"time is 1\.0 after 2\.0, expected increasing times: sort the data"):
        physent.analyze(disordered, {**SERIES, "diagnostics": [NAMED]})
