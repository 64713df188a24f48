"""Configs of every kind of wrongness: accepted, or refused in one line a problem; never anything else."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from physent.config.load import load_config
from physent.errors import ConfigError
from physent.runs import api
from physent.sweeps.points import checked as checked_points
from tests.hardening.bases import BASES, NLSE
from tests.hardening.profile import TOTAL, bounded, fuzzed, survives
from tests.hardening.schema import as_yaml, at, changed, configs, places


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def checked(path: Path) -> None:
    """What `physent check` does, and `physent run` before it runs."""
    job = api.prepare(path)
    config = job.config
    api.check_start(job)
    if config.sweep and math.prod(len(values) for values in config.axes().values()) < 50:
        checked_points(config)
    api.check_output(job, path.with_suffix(".nc"))
    assert load_config(config) == config


@given(data=configs(st.sampled_from(tuple(BASES.values()))) | configs())
@fuzzed(gate=100, share=0.4)
def test_any_config_is_accepted_or_refused(folder: Path, data: Any) -> None:
    path = folder / "config.yaml"
    path.write_text(as_yaml(data), encoding="utf-8")
    survives("config", lambda: checked(path))


GREEDY: tuple[int | float, ...] = (0, 10**12, (1 << 63) - 1, 10**300, 1e-300, 1.7976931348623157e308)
if TOTAL:
    GREEDY += (10**6, 10**8, (1 << 53) + 1, 1 << 64, 1e16, 1e300)
NUMBERS = {  # each once per engine
    (base["engine"], path): (name, path)
    for name, base in BASES.items()
    for path in places(base)[1:]
    if isinstance(at(base, path), int | float) and not isinstance(at(base, path), bool)
}.values()


@pytest.mark.parametrize(
    ("name", "path"), NUMBERS, ids=[f"{name}.{'.'.join(map(str, path))}" for name, path in NUMBERS]
)
def test_no_number_makes_a_config_greedy(tmp_path: Path, name: str, path: tuple[Any, ...]) -> None:
    config = tmp_path / "config.yaml"
    for value in GREEDY:
        config.write_text(as_yaml(changed(BASES[name], path, "replace", value)))
        survives("greedy", lambda: checked(config))


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
