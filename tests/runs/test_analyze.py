"""Diagnostics of stored runs: the bits of the run itself, or one line that says what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

import physent
from physent.cli import commands
from physent.config import yaml
from physent.config.load import load_config
from physent.diagnostics.run import declare
from physent.errors import ConfigError, PhysentError, RunError, UsageError
from physent.runs import analysis, api
from tests.crashes import half_run
from tests.diagnostics.run.test_plan import DIAGNOSTICS, KNOWN, measured
from tests.random_walk import drift_config, registered, walk_config


@pytest.fixture(autouse=True)
def _toys() -> Iterator[None]:
    with registered():
        yield


def assert_same_numbers(found: xr.Dataset, online: xr.Dataset) -> None:
    for name in found.variables:
        assert found[name].dims == online[name].dims
        assert found[name].attrs == online[name].attrs
        np.testing.assert_array_equal(found[name], online[name], err_msg=str(name))


SOLITON = {
    "engine": "nlse",
    "parameters": {"length": 50.0, "points": 1024, "tolerance": 1e-13},
    "initial": {"kind": "solitons", "solitons": [{"amplitude": 1.0, "position": 0.0, "velocity": 1.0}]},
    "schedule": {"until": 0.2, "every": 0.1},
}
WAVES = [{"kind": "wave_entropies", "measures": ["shannon", "renyi_2", "tsallis_0.5"]}]


def test_soliton_from_its_file(tmp_path: Path) -> None:
    """S_x = 2 - ln 2 and S_k = 2 - ln pi of sech(x), from the command line, as online to the last bit."""
    run, plan, out = tmp_path / "run.nc", tmp_path / "plan.yaml", tmp_path / "out.nc"
    with physent.run(SOLITON | {"diagnostics": WAVES}, output=run) as dataset:
        online = dataset.load()
    plan.write_text(yaml.dump({"diagnostics": WAVES}))
    done = CliRunner().invoke(commands.app, ["analyze", str(run), str(plan), "-o", str(out)])
    assert done.exit_code == 0
    with physent.open_run(out) as found:
        np.testing.assert_allclose(found["wave_entropies_shannon_x"], 1.306852819440055, rtol=0, atol=1e-9)
        np.testing.assert_allclose(found["wave_entropies_shannon_k"], 0.855270114150599, rtol=0, atol=1e-9)
        np.testing.assert_allclose(found["wave_entropies_renyi_2_x"], np.log(3), rtol=0, atol=1e-9)
        assert_same_numbers(found, online)
        assert len(found.data_vars) == 6


@pytest.mark.parametrize("block", [1, 3000, 1 << 24])
def test_offline_is_online(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, block: int) -> None:
    monkeypatch.setattr(analysis, "BLOCK_BYTES", block)
    monkeypatch.setattr(declare, "BLOCK_BYTES", block)
    online = physent.run(measured())
    physent.run(measured(diagnostics=[]), output=tmp_path / "bare.nc").close()
    with physent.analyze(tmp_path / "bare.nc", DIAGNOSTICS, tmp_path / "out.nc") as found:
        assert_same_numbers(found, online)
        assert set(found.data_vars) == set(online.data_vars) - set(physent.run(measured(diagnostics=[])).data_vars)
        warnings = online.attrs["warnings"].split("\n")
        assert [line for line in found.attrs["warnings"].split("\n") if line not in warnings] == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bare.nc", "out.nc"]


def test_from_memory_and_of_what_diagnostics_gave() -> None:
    online = physent.run(measured())
    assert_same_numbers(physent.analyze(online, {"diagnostics": DIAGNOSTICS}), online)
    again = physent.analyze(online, [{"kind": "conservation", "of": ["where", "spreads"]}])
    np.testing.assert_array_equal(again["conservation_where_drift"], online["conservation_where_drift"])
    assert again["conservation_spreads_drift"].dims == ()
    part = physent.analyze(online.isel(time=slice(3, 9), replica=[1]), DIAGNOSTICS[:2])
    np.testing.assert_array_equal(part["where"], online["where"][3:9, [1]])
    given = physent.run(measured(), diagnostics=[lambda record: {"centre": record["position"].mean(axis=1)}])
    found = physent.analyze(given, [{"kind": "ordinal_pattern", "of": "centre", "order": 3}])
    assert found["ordinal_pattern_entropy"].dims == ("replica",)


def test_float32_fields() -> None:
    config = measured(output={"dtype": "float32"})
    online = physent.run(config)
    counting = [entry for entry in DIAGNOSTICS if entry["kind"] not in ("knn_entropy",)]
    assert_same_numbers(physent.analyze(online, counting), online)
    with pytest.raises(UsageError, match=r"position is stored as float32, expected float64 \(near\)"):
        physent.analyze(online, DIAGNOSTICS)


def test_a_sampler(tmp_path: Path) -> None:
    online = physent.run(walk_config(diagnostics=DIAGNOSTICS[:2], parameters={"n": 30}))
    assert_same_numbers(physent.analyze(online, DIAGNOSTICS[:2]), online)


def test_attributes(tmp_path: Path) -> None:
    with physent.run(measured(), output=tmp_path / "run.nc") as dataset:
        run = dict(dataset.attrs)
    with physent.analyze(tmp_path / "run.nc", DIAGNOSTICS[:1], tmp_path / "out.nc") as found:
        attrs = found.attrs
    assert attrs["config"] == run["config"]
    assert attrs["config_sha256"] == run["config_sha256"] == load_config(measured()).sha256
    assert attrs["history"].startswith(run["history"] + "\n")
    assert attrs["Conventions"] == "CF-1.11"
    assert attrs["run"] == str(tmp_path / "run.nc")
    plan = yaml.parse(attrs["plan"], "plan").data
    assert_same_numbers(physent.analyze(tmp_path / "run.nc", plan), physent.run(measured()))
    with xr.open_dataset(tmp_path / "out.nc", engine="netcdf4") as plain:
        assert plain.encoding["unlimited_dims"] == {"time"}


REFUSALS: list[tuple[dict[str, Any], int, str]] = [
    ({"fields": "none"}, 0, "position is not stored (where)"),
    ({"fields": ["wave_real"]}, 6, "position is not stored (orders)"),
    ({"every": 2}, 0, "position is stored only once per 2 samples (where)"),
    ({"every": 3}, 6, "position is stored only once per 3 samples (orders)"),
    ({"dtype": "float32"}, 1, "position is stored as float32, expected float64 (near)"),
]


@pytest.mark.parametrize(("output", "which", "message"), REFUSALS)
def test_what_is_missing_is_named(output: dict[str, Any], which: int, message: str) -> None:
    dataset = physent.run(measured(output=output, diagnostics=[]))
    with pytest.raises(UsageError) as caught:
        physent.analyze(dataset, [DIAGNOSTICS[which]])
    assert str(caught.value) == f"the dataset lacks variables that the plan needs at every sample: {message}"
    assert physent.analyze(dataset, [DIAGNOSTICS[2]])["spreads"].dims == ("time",)


def test_a_dropped_variable_is_named() -> None:
    dataset = physent.run(measured()).drop_vars(["spread", "wave_real"])
    with pytest.raises(UsageError, match=r"spread is not stored \(spreads\); wave_real is not stored \(phrases\)"):
        physent.analyze(dataset, DIAGNOSTICS[2:4])


def test_bad_plans(tmp_path: Path) -> None:
    physent.run(drift_config(), output=tmp_path / "run.nc").close()
    plan = tmp_path / "plan.yaml"
    cases = {
        "": ["plan.yaml:1: the file is empty, expected a mapping that begins with `diagnostics:`"],
        "- {kind: knn_entropy}": ["plan.yaml:1: found a list, expected a mapping such as `diagnostics:`"],
        "diagnostics: []": ["plan.yaml:1: diagnostics: found an empty list, expected at least one item"],
        "seed: 3": [
            "plan.yaml:1: diagnostics: this key is missing (the measurements)",
            "plan.yaml:1: seed: unknown key; expected diagnostics",
        ],
        "diagnostics:\n  - kind: knn_entropy\n    of: positions\n  - {kind: knn_entropy, of: position, name: near}": [
            f"plan.yaml:3: diagnostics.0.of: found text 'positions', expected {KNOWN}; did you mean position?",
            "plan.yaml:4: diagnostics.1.of: position: found 3 values in each replica, expected >= 5",
        ],
        "diagnostics:\n  - {kind: knn_entropy, of: spread, of: mean, k: .nan}": [
            "plan.yaml:2: diagnostics.0.of: duplicate key, first given at line 2",
            "plan.yaml:2: diagnostics.0.k: found nan, expected a finite number",
        ],
    }
    for text, expected in cases.items():
        plan.write_text(text)
        with pytest.raises(ConfigError) as caught:
            physent.analyze(tmp_path / "run.nc", plan, tmp_path / "out.nc")
        assert [line.removeprefix(f"{tmp_path}/") for line in caught.value.lines] == expected
        assert caught.value.exit_code == 2
    with pytest.raises(ConfigError, match=r"no_such\.yaml: cannot be read"):
        physent.analyze(tmp_path / "run.nc", tmp_path / "no_such.yaml")
    with pytest.raises(ConfigError, match=r"plan: diagnostics\.0\.kind"):
        physent.analyze(tmp_path / "run.nc", [{"kind": "nothing"}])
    assert not (tmp_path / "out.nc").exists()


def test_runs_that_cannot_be_analysed(tmp_path: Path) -> None:
    half_run(tmp_path / "half.nc", measured(), samples=11)
    physent.analyze(physent.run(measured()), DIAGNOSTICS[:1], tmp_path / "out.nc").close()
    xr.Dataset({"a": 1.0}).to_netcdf(tmp_path / "other.nc", engine="netcdf4")
    (tmp_path / "text.nc").write_text("no numbers here")
    with physent.open_run(tmp_path / "out.nc") as derived:
        attributes = {name: value for name, value in derived.attrs.items() if name != "plan"} | {"points": 4}
    xr.Dataset({"a": 1.0}, attrs=attributes).to_netcdf(tmp_path / "sweep.nc", engine="netcdf4")
    cases: list[tuple[Any, type[PhysentError], str]] = [
        (tmp_path / "half.nc", UsageError, "is an unfinished run: finish it with `physent resume`"),
        (tmp_path / "out.nc", UsageError, "holds diagnostics of a run, expected the file of one run"),
        (
            tmp_path / "sweep.nc",
            UsageError,
            "a sweep, expected the file of one run, such as those that its run_file names",
        ),
        (tmp_path / "sweep.nc", UsageError, r"in Python physent\.open_sweep\(\.\.\.\)\['NAME'\]\.plot\(\) draws one"),
        (tmp_path / "other.nc", RunError, "has no format_version"),
        (tmp_path / "text.nc", RunError, "is not a netCDF file"),
        (tmp_path / "none.nc", UsageError, "no such file"),
        (xr.Dataset({"a": 1.0}), UsageError, "the dataset has no config"),
    ]
    for source, kind, message in cases:
        with pytest.raises(kind, match=message) as caught:
            physent.analyze(source, DIAGNOSTICS[:1])
        assert "\n" not in str(caught.value)
    with pytest.raises(UsageError, match="holds diagnostics of a run, expected the file of one run"):
        physent.resume(tmp_path / "out.nc")


def test_outputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, out = tmp_path / "run.nc", tmp_path / "out.nc"
    api.start(load_config(measured(diagnostics=[])), run)
    with pytest.raises(UsageError, match="is the run itself"):
        physent.analyze(run, DIAGNOSTICS, run, overwrite=True)
    physent.analyze(run, DIAGNOSTICS, out).close()
    before = out.read_bytes()
    with pytest.raises(UsageError, match="exists: give --overwrite"):
        physent.analyze(run, DIAGNOSTICS, out)
    with pytest.raises(UsageError, match="does not exist"):
        physent.analyze(run, DIAGNOSTICS, tmp_path / "none" / "out.nc")

    def full(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(analysis, "fsync", full)
        with pytest.raises(RunError, match="No space left on device; nothing was written") as caught:
            physent.analyze(run, DIAGNOSTICS, out, overwrite=True)
        assert "\n" not in str(caught.value)
    assert out.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.nc", "run.nc"]
    physent.analyze(run, DIAGNOSTICS[:1], out, overwrite=True).close()
    with physent.open_run(out) as dataset:
        assert set(dataset.data_vars) == {"where", "where_se", "where_coverage"}
