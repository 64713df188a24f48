"""Configs of every kind of wrongness: accepted, or refused in one line a problem; never anything else."""

from __future__ import annotations

import math
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from physent.config.load import load_config
from physent.errors import ConfigError
from physent.runs import api
from physent.sweeps.points import checked as checked_points
from tests.hardening.bases import NAMES, NLSE, Data, any_of_them, served
from tests.hardening.profile import TOTAL, bounded, fuzzed, survives
from tests.hardening.schema import as_yaml, at, changed, configs, places


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def checked(source: Path | Data, out: Path) -> None:
    """What `physent check` does, and `physent run` before it runs."""
    job = api.prepare(source)
    config = job.config
    api.check_start(job)
    if config.sweep and math.prod(len(values) for values in config.axes().values()) < 50:
        checked_points(config)
    api.check_output(job, out)
    assert load_config(config) == config


@given(data=configs(any_of_them()) | configs())
@fuzzed(gate=100, share=0.4)
def test_any_config_is_accepted_or_refused(folder: Path, data: Any) -> None:
    path = folder / "config.yaml"
    path.write_text(as_yaml(data), encoding="utf-8")
    survives("config", lambda: checked(path, path.with_suffix(".nc")))


GREEDY: tuple[int | float, ...] = (0, 10**12, (1 << 63) - 1, 10**300, 1e-300, 1.7976931348623157e308)
if TOTAL:
    GREEDY += (10**6, 10**8, (1 << 53) + 1, 1 << 64, 1e16, 1e300)


@cache
def numbers() -> dict[tuple[str, tuple[Any, ...]], str]:
    """Every place of a number in the configs of an engine, and a base that has it: each once per engine."""
    return {
        (name.partition("/")[0], path): name
        for name in NAMES
        for path in places(served(name))[1:]
        if isinstance(at(served(name), path), int | float) and not isinstance(at(served(name), path), bool)
    }


@pytest.mark.parametrize("engine", dict.fromkeys(name.partition("/")[0] for name in NAMES))
def test_no_number_makes_a_config_greedy(tmp_path: Path, engine: str) -> None:
    config = tmp_path / "config.yaml"
    there = [(name, path) for (one, path), name in numbers().items() if one == engine]
    assert there
    for number, (name, path) in enumerate(there):
        for value in GREEDY:
            data = changed(served(name), path, "replace", value)
            config.write_text(as_yaml(data))  # what a failure is of
            source = data if number else config  # reading the text takes as long as all the rest
            survives("greedy", partial(checked, source, tmp_path / "config.nc"))


def test_a_sweep_of_too_many_points_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    for sweep in (
        {"seed": {"range": [0, 10**12]}},
        {"seed": {"range": [-(10**300), 10**300]}},
        {"seed": {"range": [0, 10**6]}, "parameters.tolerance": [1e-8, 1e-6]},
        {"seed": {"range": [0, 10**6]}, "replicas": {"range": [1, 500]}},
    ):
        config.write_text(as_yaml(NLSE | {"sweep": sweep}))
        with bounded(), pytest.raises(ConfigError, match=r"at most 1000000|magnitude"):
            checked_points(load_config(config))
