"""Configs: every problem at once at its line, overrides, legs, sweeps, and the effective config."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from operator import neg
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physent import engines
from physent.config import bundled, load, model, yaml
from physent.declare import Count, Integer, Problem
from physent.diagnostics.run.declare import Diagnostic, Name
from physent.diagnostics.run.kinds import KINDS
from physent.errors import ConfigError
from tests.declared import DICE, TOY, Free, Gaussian, Origin, Parameters, Soliton, Trap, Walk, register


@pytest.fixture(autouse=True)
def _engines(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in reversed(list(engines.TABLE)):  # put back in order
        monkeypatch.delitem(engines.TABLE, name)
    register(monkeypatch, TOY)
    register(monkeypatch, DICE)


TABLE = yaml.read(Path(__file__).with_name("bad_configs.yaml")).data
GOOD: str = TABLE["base"]


def mapping(**changes: Any) -> dict[str, Any]:
    return yaml.parse(GOOD, "good").data | changes


def problems(text: str, tmp_path: Path, overrides: Any = ()) -> list[str]:
    """Lines of the ConfigError, with the file's folder left out."""
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load.load_config(path, overrides)
    assert caught.value.exit_code == 2
    return [line.replace(f"{tmp_path}/", "") for line in caught.value.lines]


def test_a_good_config_and_its_defaults(tmp_path: Path) -> None:
    path = tmp_path / "two_waves.yaml"
    path.write_text(GOOD)
    cfg = load.load_config(path)
    assert (cfg.engine, cfg.seed, cfg.replicas) == ("toy", 0, 1)
    assert cfg.parameters.length == 20.0
    assert isinstance(cfg.parameters.length, float)
    assert cfg.parameters.potential == Trap(kind="harmonic", frequency=1.0)
    assert cfg.initial.solitons == (Soliton(amplitude=1.0), Soliton(amplitude=2.0, phase=-1e-3))
    assert cfg.schedule.samples == 21
    assert (cfg.protocol, cfg.diagnostics, cfg.sweep) == ((), (), {})
    assert cfg.output == model.Output(path="two_waves.nc")
    assert (cfg.output.fields, cfg.output.every, cfg.output.dtype, cfg.output.compression) == (
        "all",
        1,
        "float64",
        1,
    )
    assert cfg.checkpoint.wall_seconds == 30.0
    assert load.load_config(mapping()).output.path is None
    assert list(load.load(cfg).warnings) == []


def test_a_sampler_with_defaults_for_everything_but_its_schedule() -> None:
    cfg = load.load_config({"engine": "dice", "schedule": {"draws": 1e3, "burn_in": 5}})
    assert (cfg.parameters, cfg.initial, cfg.schedule.draws) == (Walk(), Origin(), 1000)


@pytest.mark.parametrize("case", TABLE["additions"], ids=lambda case: case["add"][:60])
def test_bad_common_sections(tmp_path: Path, case: dict[str, Any]) -> None:
    *names, last = sorted(KINDS)
    told = [line.replace("KINDS", f"{', '.join(names)} or {last}") for line in case["told"]]
    assert problems(GOOD + case["add"], tmp_path) == told


@pytest.mark.parametrize("case", TABLE["swaps"], ids=lambda case: (case["old"] + " -> " + case["new"])[:60])
def test_bad_engine_sections(tmp_path: Path, case: dict[str, Any]) -> None:
    assert GOOD.count(case["old"]) == 1
    assert problems(GOOD.replace(case["old"], case["new"]), tmp_path) == case["told"]


def test_all_errors_at_once_in_order_of_lines(tmp_path: Path) -> None:
    text = """\
engine: toy
replicas: 0
parameters:
  length: 1
  step: 0.03
initial:
  kind: gaussian
  width: 2
  colour: red
schedule: {until: 1, every: 0.1}
seed: 1
output: {fields: [psy]}
seed: 2
"""
    assert problems(text, tmp_path) == [
        "c.yaml:2: replicas: found 0, expected >= 1",
        "c.yaml:5: parameters.step: found 0.03, which does not divide every = 0.1",
        "c.yaml:9: initial.colour: unknown key; expected kind or width",
        "c.yaml:12: output.fields.0: found text 'psy', expected psi or spectrum; did you mean psi?",
        "c.yaml:13: seed: duplicate key, first given at line 11",
    ]


@pytest.mark.parametrize("case", TABLE["overrides"], ids=lambda case: case["set"][0][:40])
def test_bad_overrides(tmp_path: Path, case: dict[str, Any]) -> None:
    assert problems(GOOD, tmp_path, case["set"]) == case["told"]


def test_bad_overrides_from_python(tmp_path: Path) -> None:
    assert problems(GOOD, tmp_path, {"parameters": {"length": -1}, "seed": object()}) == [
        "set parameters: parameters.length: found -1, expected > 0",
        "set seed: found a object, expected plain data",
    ]


def test_overrides_are_applied_before_validation(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(GOOD.replace("length: 20", "length: wrong"))
    texts = [
        "parameters.length=1e1",
        "initial.solitons.1.amplitude=3",
        "output.every=5",
        "output.path=x.nc",
        "seed=7",
    ]
    cfg = load.load_config(path, [*texts, "sweep.parameters.step=[0.1, 0.05]", "sweep.seed={range: [0, 3]}"])
    assert (cfg.parameters.length, cfg.initial.solitons[1].amplitude, cfg.seed) == (10.0, 3.0, 7)
    assert (cfg.output.path, cfg.output.every) == ("x.nc", 5)
    assert cfg.axes() == {
        "parameters.step": ({"parameters.step": 0.1}, {"parameters.step": 0.05}),
        "seed": ({"seed": 0}, {"seed": 1}, {"seed": 2}),
    }
    other = load.load_config(cfg, {"replicas": np.int64(4), "initial": {"kind": "gaussian", "width": np.float64(0.5)}})
    assert (other.replicas, other.initial, other.seed) == (4, Gaussian(kind="gaussian", width=0.5), 7)
    assert load.load_config(cfg) == cfg


def test_problems_of_a_mapping() -> None:
    with pytest.raises(ConfigError) as caught:
        load.load_config(mapping(replicas=0, parameters={"length": float("nan")}, seed=b"x", diagnostics="\ud800"))
    assert caught.value.lines == (
        "config: parameters.length: found nan, expected a finite number",
        "config: seed: found a bytes, expected plain data",
        "config: diagnostics: found \\ud800, expected Unicode text",
        "config: replicas: found 0, expected >= 1",
    )


def test_a_protocol_that_can_change_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="protocol: dice cannot change during a run, expected no protocol"):
        load.load_config({"engine": "dice", "schedule": {"draws": 5}, "protocol": [{"at": 1, "do": "kick"}]})


def test_legs_are_full_configs() -> None:
    protocol = [
        {"at": 0.5, "set": {"step": 0.1, "potential.frequency": 3}},
        {"at": 1.0, "do": "reverse"},
        {"at": 1.0, "set": {"parameters.potential": {"kind": "none"}}},
    ]
    cfg = load.load_config(mapping(protocol=protocol))
    assert cfg.leg(0) is cfg
    assert cfg.leg(1).parameters == cfg.leg(2).parameters
    assert (cfg.leg(2).parameters.step, cfg.leg(2).parameters.potential.frequency) == (0.1, 3.0)
    assert cfg.leg(3).parameters.potential == Free(kind="none")
    assert cfg.leg(3).schedule == cfg.schedule
    assert cfg.parameters.step == 0.05
    with pytest.raises(IndexError, match="leg 4 of a protocol of 3 entries"):
        cfg.leg(4)


def test_doubts_name_where_they_come_from() -> None:
    protocol = [{"at": 0.5, "set": {"potential.frequency": 60}}]
    cfg = load.load_config(
        mapping(protocol=protocol, output={"every": 50}, sweep={"parameters.potential.frequency": [70]})
    )
    assert list(load.load(cfg).warnings) == [
        "output.every: found 50 for 21 samples: fields are stored only at the first one",
        "protocol.0.set.potential.frequency: the trap is not resolved",
    ]


def test_a_fault_in_a_check_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(view: Any) -> Iterator[Problem]:
        yield from view.parameters.no_such_thing

    register(monkeypatch, replace(TOY, checks=(broken,)))
    with pytest.raises(AttributeError, match="no_such_thing"):
        load.load_config(mapping())


def test_diagnostics_slot_in_by_kind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Histogram(Diagnostic):
        kind: Literal["grid"]
        name: Name = "grid"
        cells: Count

    class Ordinal(Diagnostic):
        kind: Literal["ordinal"]
        name: Name = "ordinal"
        order: Integer = 3

    monkeypatch.setattr(model, "diagnostic_kinds", lambda: {"grid": Histogram, "ordinal": Ordinal})
    monkeypatch.setattr("physent.config.problems.diagnostic_kinds", model.diagnostic_kinds)
    cfg = load.load_config(mapping(diagnostics=[{"kind": "ordinal"}, {"kind": "grid", "cells": 4}]))
    assert cfg.diagnostics == (Ordinal(kind="ordinal"), Histogram(kind="grid", cells=4))
    assert problems(GOOD + "diagnostics:\n  - {kind: rdinal}\n  - {kind: grid, cell: 3}\n", tmp_path) == [
        "c.yaml:12: diagnostics.0.kind: found text 'rdinal', expected grid or ordinal; did you mean ordinal?",
        "c.yaml:13: diagnostics.1.cells: this key is missing",
        "c.yaml:13: diagnostics.1.cell: unknown key; did you mean cells?",
    ]


@pytest.mark.parametrize("what", ["missing", "folder", "binary", "empty"])
def test_what_is_no_config_file(tmp_path: Path, what: str) -> None:
    path = tmp_path / "c.yaml"
    if what == "folder":
        path.mkdir()
    elif what != "missing":
        path.write_bytes(b"\x89HDF\x00" if what == "binary" else b"")
    with pytest.raises(ConfigError) as caught:
        load.load_config(path)
    expected = {
        "missing": f"{path}: no such file, and no bundled config of this name; `physent list configs` names them",
        "folder": f"{path}: is a directory, expected a YAML file",
        "binary": f"{path}:1: a binary file, expected YAML text",
        "empty": f"{path}:1: the file is empty, expected a mapping that begins with `engine: NAME`",
    }
    assert caught.value.lines == (expected[what],)


def test_bundled_configs_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "two_waves.yaml").write_text(GOOD)
    monkeypatch.setattr(bundled, "folder", lambda name: tmp_path)
    assert bundled.bundled_configs() == {"toy/two_waves": tmp_path / "toy" / "two_waves.yaml"}
    assert load.load_config("toy/two_waves").output.path == "two_waves.nc"
    for wrong in ("toy/two_wave", "two_waves", "tow_waves.yaml"):
        with pytest.raises(ConfigError, match=r"no such file, and no bundled config.*did you mean toy/two_waves\?"):
            load.load_config(wrong)
    for wrong in ("a" * 5000, "a\0b"):
        with pytest.raises(ConfigError, match="no such file"):
            load.load_config(wrong)


FLOATS = st.floats(1e-50, 1e50)
TEXT = st.text(st.characters(codec="utf-8"), min_size=1)
TRAPS = st.fixed_dictionaries({"kind": st.just("harmonic"), "frequency": FLOATS})
SOLITONS = st.fixed_dictionaries({"amplitude": FLOATS}, optional={"phase": FLOATS | FLOATS.map(neg) | st.just(0.0)})


@st.composite
def mappings(draw: st.DrawFn) -> dict[str, Any]:
    every = draw(st.sampled_from([0.05, 0.1, 0.25, 1 / 3]))
    until = every * draw(st.integers(1, 10**6))
    points = draw(st.integers(1, 2**53))
    return mapping(
        seed=draw(st.integers(0, 2**64 - 1)),
        parameters={"length": draw(FLOATS), "points": points, "step": every, "potential": draw(TRAPS)},
        initial={"kind": "solitons", "solitons": draw(st.lists(SOLITONS, min_size=1, max_size=3))},
        schedule={"until": until, "every": every},
        protocol=[{"at": until, "set": {"potential.frequency": draw(FLOATS)}}, {"at": until, "do": "kick"}],
        output={"path": draw(TEXT), "fields": ["psi"]},
        sweep={
            "parameters.potential.frequency": draw(st.lists(FLOATS, min_size=1, max_size=3, unique=True)),
            "seed": {"range": [0, 5]},
        },
    )


@settings(max_examples=100, deadline=None, derandomize=True)
@given(mappings())
def test_effective_config_loads_to_the_same_config(data: dict[str, Any]) -> None:
    cfg = load.load_config(data)
    text = cfg.to_yaml()
    again = load.load_config(yaml.parse(text, "effective").data)
    assert again == cfg
    assert again.to_yaml() == text
    assert again.sha256 == cfg.sha256
    assert repr(again.plain()) == repr(cfg.plain())


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["file", "toy", "step"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["at", "set", "do", "kind", "range", "seed", "parameters.step", "solitons", "a.b.0", "", "."]
            ),
            inner,
        )
    ),
    max_leaves=8,
)
SECTIONS = st.sampled_from([*model.RunConfig.model_fields, "parameters.potential", "initial.solitons.1", "protocol.0"])


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.dictionaries(SECTIONS, ANYTHING, min_size=1, max_size=3))
def test_any_data_is_a_config_or_lines(changes: dict[str, Any]) -> None:
    lines: tuple[str, ...] = ("x",)
    try:
        load.load_config(mapping(protocol=[{"at": 1, "do": "kick"}]), changes)
    except ConfigError as error:
        lines = error.lines
    assert lines
    assert all("\n" not in line for line in lines)


def test_sha256_tells_configs_apart() -> None:
    assert load.load_config(mapping(seed=1)).sha256 != load.load_config(mapping(seed=2)).sha256
    assert len(load.load_config(mapping()).sha256) == 64


def test_the_table_of_engines_is_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    class Wider(Parameters):
        colour: str = "red"

    assert load.names() == ("toy", "dice")
    register(monkeypatch, replace(TOY, Parameters=Wider))
    assert load.load_config(mapping()).parameters.colour == "red"


def test_json_schema_describes_every_engine() -> None:
    schema = load.json_schema()
    assert schema["discriminator"]["propertyName"] == "engine"
    assert set(schema["discriminator"]["mapping"]) == {"toy", "dice"}
    toy = schema["$defs"]["toy_run"]
    assert toy["additionalProperties"] is False
    assert toy["required"] == ["engine", "parameters", "initial", "schedule"]
    seed = toy["properties"]["seed"]
    assert (seed["minimum"], seed["exclusiveMaximum"]) == (0, 2**64)
    undescribed = [name for name, entry in toy["properties"].items() if "description" not in entry]
    assert undescribed == []
    assert schema["$defs"]["Solitons"]["properties"]["kind"]["const"] == "solitons"


def test_importing_config_is_light() -> None:
    heavy = ("numba", "scipy", "xarray", "netCDF4", "matplotlib", "rich")
    code = f"import sys, physent.config; print([name for name in {heavy} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
