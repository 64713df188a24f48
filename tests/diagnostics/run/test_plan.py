"""The diagnostics of a config: online, at the end, through crashes and extensions; functions of the caller."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import physent
from physent.cli import catalogue
from physent.config.load import load_config
from physent.diagnostics.run.kinds import KINDS
from physent.errors import ConfigError, PhysentError, UsageError
from physent.runs import api
from physent.runs.job import prepare
from tests.crashes import assert_same, contents, half_run, killed_at
from tests.random_walk import drift_config, registered, walk_config

DIAGNOSTICS: list[dict[str, Any]] = [
    {
        "kind": "histogram_entropy",
        "name": "where",
        "of": "position",
        "low": -9,
        "high": 9,
        "cells": 6,
        "outside": "clip",
    },
    {"kind": "knn_entropy", "name": "near", "of": "position", "k": 2},
    {
        "kind": "histogram_entropy",
        "name": "spreads",
        "of": "spread",
        "low": 0,
        "high": 9,
        "cells": 3,
        "outside": "clip",
    },
    {"kind": "apparent_complexity", "name": "phrases", "of": "wave_real", "grain": 2, "limits": [-1, 1]},
    {"kind": "conservation", "name": "conservation", "of": ["spread", "mean", "where"]},
    {"kind": "ordinal_pattern", "name": "order", "of": "where", "order": 3},
    {"kind": "ordinal_pattern", "name": "orders", "of": "position", "order": 2},
]
BIG = {"parameters": {"n": 40}, "initial": {"kind": "origin", "at": 0.5}}


@pytest.fixture(autouse=True)
def _toys() -> Iterator[None]:
    with registered():
        yield


def measured(**changes: Any) -> dict[str, Any]:
    return drift_config(diagnostics=DIAGNOSTICS, **BIG) | changes


def names(dataset: xr.Dataset) -> set[str]:
    return {str(name) for name in dataset.data_vars}


def test_variables_and_their_attributes() -> None:
    dataset = physent.run(measured())
    assert dataset["where"].dims == ("time", "replica")
    assert dataset["spreads"].dims == ("time",)
    assert dataset["conservation_mean_drift"].dims == ()
    assert dataset["order_entropy"].dims == ("replica",)
    assert dataset["orders_complexity_se"].dims == ("replica", "walker")
    assert dataset["where"].attrs["base"] == "nats"
    assert dataset["where"].attrs["estimator"] == "grassberger"
    assert json.loads(dataset["where"].attrs["space"])["grid"]["cells"] == 6
    for name in names(dataset) - names(physent.run(drift_config(**BIG))):
        assert {"units", "long_name"} <= dataset[name].attrs.keys()


def test_diagnostics_change_no_other_bit() -> None:
    with_all, without = physent.run(measured()), physent.run(measured(diagnostics=[]))
    few = physent.run(measured(diagnostics=DIAGNOSTICS[1:4]))
    for other in (without, few):
        for name in other.variables:
            np.testing.assert_array_equal(other[name], with_all[name], err_msg=str(name))
    assert names(with_all) > names(few) > names(without)


def test_further_replicas_change_no_bit() -> None:
    scalars = [entry for entry in DIAGNOSTICS if entry["name"] != "spreads"]
    few, many = (physent.run(measured(replicas=n, diagnostics=scalars)) for n in (1, 5))
    for name in names(few) - {"mean", "conservation_mean_drift", "conservation_mean_drift_at"}:
        if "replica" in few[name].dims:
            np.testing.assert_array_equal(few[name], many[name].isel(replica=[0]), err_msg=name)


def test_parts_of_a_run_end_as_the_whole(tmp_path: Path) -> None:
    api.start(load_config(measured()), tmp_path / "whole.nc")
    expected = contents(tmp_path / "whole.nc")
    half_run(tmp_path / "run.nc", measured(), samples=11)
    with physent.open_run(tmp_path / "run.nc") as dataset:
        assert "where" in dataset
        assert "order_entropy" not in dataset
    api.carry_on(tmp_path / "run.nc")
    assert_same(tmp_path / "run.nc", expected)


def test_an_extension_does_the_end_again(tmp_path: Path) -> None:
    longer = measured(schedule={"until": 8.0, "every": 0.1})
    api.start(load_config(longer), tmp_path / "long.nc")
    api.start(load_config(measured()), tmp_path / "run.nc")
    with physent.open_run(tmp_path / "run.nc") as dataset:
        before = dataset["orders_entropy"].values
        assert "short series" in dataset.attrs["warnings"]
    api.carry_on(tmp_path / "run.nc", until=8.0)
    expected = contents(tmp_path / "long.nc")
    found = contents(tmp_path / "run.nc")
    # what was doubtful about the shorter config was told when that one began
    differing = {name for name in expected if found[name] != expected[name]}
    assert differing <= {"@warnings", "restart"}
    with physent.open_run(tmp_path / "run.nc") as dataset:
        assert not np.array_equal(dataset["orders_entropy"].values, before)


@pytest.mark.parametrize(("point", "call"), [("append", 5), ("convert", 3), ("close", 0)])
def test_kill_and_resume(tmp_path: Path, point: str, call: int) -> None:
    config = load_config(measured(checkpoint={"wall_seconds": 0}))
    api.start(config, tmp_path / "whole.nc")
    expected = contents(tmp_path / "whole.nc")
    killed_at(point, call, lambda: api.start(config, tmp_path / "run.nc"))
    api.carry_on(tmp_path / "run.nc")
    assert_same(tmp_path / "run.nc", expected)


def test_warnings_are_told_once_and_reach_the_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    narrow = [{"kind": "histogram_entropy", "name": "s", "of": "position", "low": -0.7, "high": 0.7, "cells": 6}]
    with physent.run(measured(diagnostics=narrow), output=tmp_path / "run.nc") as dataset:
        lines = dataset.attrs["warnings"].split("\n")
        values = dataset["s"].values
    assert np.isfinite(values[0]).all()
    assert np.isnan(values[-1]).all()
    assert [record.message for record in caplog.records] == lines
    assert sum(line.startswith("s at time = ") and "lie outside" in line for line in lines) == 1
    half_run(tmp_path / "half.nc", measured(diagnostics=narrow), samples=11)
    caplog.clear()
    api.carry_on(tmp_path / "half.nc")
    assert caplog.records == []
    with physent.open_run(tmp_path / "half.nc") as dataset:
        assert dataset.attrs["warnings"].split("\n") == lines
        np.testing.assert_array_equal(dataset["s"], values)


def test_float32_fields_are_counted_as_stored() -> None:
    exact, rounded = physent.run(measured()), physent.run(measured(output={"dtype": "float32"}))
    np.testing.assert_array_equal(exact["near"], rounded["near"])
    np.testing.assert_array_equal(exact["conservation_spread_drift"], rounded["conservation_spread_drift"])
    none = physent.run(measured(output={"dtype": "float32", "fields": "none"}, diagnostics=DIAGNOSTICS[:4]))
    for name in ("where", "where_se", "phrases", "spreads"):
        np.testing.assert_array_equal(none[name], rounded[name])


HEAD = "engine: drift\nschedule: {until: 2.0, every: 0.1}\noutput: {every: 2}\ndiagnostics:\n"
KNOWN = "spread, visits, mean, position, now, wave_real or wave_imag"
BAD_SECTIONS = {
    "{kind: histogram, of: position}": "kind: found text 'histogram', expected apparent_complexity, ",
    "{kind: knn_entropy, of: position, k: 0}": "k: found 0, expected >= 1",
    "{kind: wave_entropies, measures: [shannon, renyi]}": "measures.1: found text 'renyi', expected shannon, renyi_Q",
    "{kind: knn_entropy, of: position, name: 1a}": "name: found text '1a', expected a name: a letter, then",
    "{kind: conservation, of: []}": "of: found an empty list, expected at least one item",
    "{kind: conservation, off: mean}": "of: this key is missing",
    "{kind: histogram_entropy, of: position, low: 1, high: [a], cells: 1}": "high.0: found text 'a', expected a number",
}
BAD_TOGETHER = {
    "{kind: wave_entropies, space: wavenumber}": "kind: wave_entropies needs the variable spectrum",
    "{kind: knn_entropy, name: a, of: positon}": f"of: found text 'positon', expected {KNOWN}; did you mean position?",
    "{kind: histogram_entropy, of: position, low: 1, high: 0, cells: 4}": "cells: found low 1 and high 0, expected",
    "{kind: knn_entropy, name: visits, of: position, k: 1}": "name: gives the variable visits, but the run",
    "{kind: ordinal_pattern, of: position}": "of: position is stored only once per 2 samples (output), and",
    "{kind: conservation, of: [mean, mean]}": "of.1: found mean twice",
    "{kind: knn_entropy, name: b, of: mean}": "of: mean: found 1 value over all replicas, expected >= 5",
}


@pytest.mark.parametrize("bad", [BAD_SECTIONS, BAD_TOGETHER])
def test_bad_plans_are_told_by_line(tmp_path: Path, bad: dict[str, str]) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(HEAD + "".join(f"  - {entry}\n" for entry in bad))
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    lines = [line.removeprefix(f"{tmp_path}/") for line in caught.value.lines]
    for index, message in enumerate(bad.values()):
        expected = f"c.yaml:{5 + index}: diagnostics.{index}.{message}"
        assert [line for line in lines if line.startswith(expected)], (expected, lines)
    assert len(lines) == len(bad) + (bad is BAD_SECTIONS)  # `off` is told too


@pytest.mark.parametrize("name", ["1a", "a b", "", "a/b", "a.b", "ä"])
def test_names_that_cannot_be(name: str) -> None:
    with pytest.raises(ConfigError, match=r"diagnostics\.0\.name"):
        load_config(measured(diagnostics=[DIAGNOSTICS[0] | {"name": name}]))


def test_two_of_one_name() -> None:
    twice = [DIAGNOSTICS[1], DIAGNOSTICS[1]]
    with pytest.raises(
        ConfigError, match=r"diagnostics\.1\.name: gives the variable near, but diagnostics\.0 gives it"
    ):
        load_config(measured(diagnostics=twice))


def test_an_observable_of_a_later_diagnostic_is_unknown() -> None:
    with pytest.raises(ConfigError, match="found text 'where'"):
        load_config(measured(diagnostics=[DIAGNOSTICS[5], DIAGNOSTICS[0]]))


def test_legs() -> None:
    context = prepare(measured()).loaded.context
    assert [float(context.scales_at(at)["length"]) for at in (0.0, 3 * 0.1, 0.31, 1.1)] == [1.0, 1.0, 0.5, 0.5]


def means(record: Mapping[str, Any]) -> dict[str, Any]:
    return {"centre": record["position"].mean(axis=1), "largest": record["position"].max(), "twice": 2 * record["near"]}


def test_a_function_of_the_record(tmp_path: Path) -> None:
    dataset = physent.run(measured(), diagnostics=[means, lambda record: {"zero": 0}])
    np.testing.assert_array_equal(dataset["centre"], dataset["position"].mean("walker"))
    np.testing.assert_array_equal(dataset["largest"], dataset["position"].max(("replica", "walker")))
    np.testing.assert_array_equal(dataset["twice"], 2 * dataset["near"])
    assert dataset["largest"].dims == ("time",)
    assert dataset.attrs["user_diagnostics"] == "centre largest twice zero"
    assert dataset["centre"].attrs["source"] == "user function means"
    without = physent.run(measured())
    for name in without.variables:
        np.testing.assert_array_equal(without[name], dataset[name])


def test_a_function_must_be_given_again(tmp_path: Path) -> None:
    path = tmp_path / "run.nc"
    with physent.run(measured(), output=tmp_path / "whole.nc", diagnostics=[means]):
        expected = contents(tmp_path / "whole.nc")
    half_run(path, measured(), diagnostics=[means], samples=11)
    with pytest.raises(UsageError, match="centre, largest, twice were computed by functions") as caught:
        api.carry_on(path)
    assert "\n" not in str(caught.value)
    with pytest.raises(UsageError, match="found functions that return zero, expected centre, largest, twice"):
        physent.resume(path, diagnostics=[lambda record: {"zero": 0}])
    physent.resume(path, diagnostics=[means]).close()
    assert_same(path, expected)
    physent.resume(path, until=3.0, diagnostics=[means]).close()
    physent.run(measured(), output=tmp_path / "none.nc").close()
    with pytest.raises(UsageError, match="found functions that return zero, expected none"):
        physent.resume(tmp_path / "none.nc", until=3.0, diagnostics=[lambda record: {"zero": 0}])


def test_bad_functions() -> None:
    def writes(record: Any) -> dict[str, Any]:
        record["position"][:] = 0
        return {}

    cases: list[tuple[Any, str]] = [
        ("sum", "found 'sum', expected functions of a record"),
        (lambda record: 1 / 0, r"<lambda> fails on the first record: ZeroDivisionError: division by zero"),
        (lambda record: 1.0, "returns float, expected a mapping"),
        (lambda record: {"a b": 1.0}, "gives the name 'a b'"),
        (lambda record: {"mean": 1.0}, "gives the name 'mean', which is taken"),
        (lambda record: {"order_entropy": 1.0}, "which is taken"),
        (lambda record: {"a": [1.0, 2.0, 3.0]}, r"gives a of shape \(3,\), expected \(\) or \(2,\)"),
        (lambda record: {"a": "text"}, "ValueError"),
        (writes, "read-only"),
    ]
    for function, message in cases:
        with pytest.raises(UsageError, match=message) as caught:
            physent.run(measured(), diagnostics=[function])
        assert "\n" not in str(caught.value)


def test_a_function_that_breaks_later_ends_the_run(tmp_path: Path) -> None:
    def late(record: Any) -> dict[str, Any]:
        return {"a": 1.0} if record["now"] < 0.5 else {"b": 1.0}

    with pytest.raises(PhysentError, match=r"late gives b .*, gave a before"):
        physent.run(measured(), output=tmp_path / "run.nc", diagnostics=[late])
    with physent.open_run(tmp_path / "run.nc") as dataset:
        assert dataset.sizes["time"] == 5


def test_list_and_schema() -> None:
    listed = dict(catalogue.SECTIONS["diagnostics"]())
    assert [name for name in listed if not name.startswith(" ")] == list(KINDS)
    assert all(listed.values())
    for kind, section in KINDS.items():
        assert section.model_fields["kind"].annotation.__args__ == (kind,)  # type: ignore[union-attr]
        assert section.model_fields["name"].default == kind
        assert all(field.description for name, field in section.model_fields.items() if name != "kind")
        assert listed[kind].endswith(".")


def test_declarations_are_light() -> None:
    code = (
        "import sys, physent.diagnostics.run.kinds, physent.diagnostics.run.checks\n"
        "sys.exit(any(m in sys.modules for m in ('numba', 'scipy', 'xarray')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_public_names_have_a_home() -> None:
    from physent import diagnostics

    assert sorted(diagnostics._HOME) == sorted(diagnostics.__all__)
    assert all(callable(getattr(diagnostics, name)) for name in diagnostics.__all__)


def test_a_sampler_counts_draws() -> None:
    dataset = physent.run(walk_config(diagnostics=DIAGNOSTICS[:1], parameters={"n": 30}))
    assert dataset["where"].dims == ("draw", "replica")
