"""What a diagnostic knows of the first sample: online, resumed, extended, afterwards, and where it refuses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from numpy.typing import ArrayLike

import physent
from physent.config import yaml
from physent.config.load import load_config
from physent.declare import Variable
from physent.diagnostics.run import kinds
from physent.diagnostics.run.declare import Context, Diagnostic, Name, Record
from physent.errors import RunError
from physent.runs import api
from tests.crashes import assert_same, contents, half_run
from tests.random_walk import drift_config, registered


class SinceStart(Diagnostic):
    """Mean square displacement since the first sample, and the growth of its own largest coordinate."""

    kind: Literal["since_start"]
    name: Name = "since"
    refuse_above: float = 1e9

    def sources(self) -> tuple[str, ...]:
        return ("position",)

    def origin(self) -> tuple[str, ...]:
        return ("position", f"{self.name}_largest")

    def variables(self, context: Context) -> tuple[Variable, ...]:
        return (Variable(self.name, "displacement"), Variable(f"{self.name}_largest", "x"), Variable("growth", "y"))

    def observe(self, record: Record, context: Context) -> Mapping[str, ArrayLike]:
        away = record["position"] - context.first["position"]
        if away.max() > self.refuse_above:
            raise RunError("too far")
        largest = record["position"].max(axis=1)
        growth = largest - context.first.get("since_largest", largest)
        return {self.name: (away**2).mean(axis=1), f"{self.name}_largest": largest, "growth": growth}


@pytest.fixture(autouse=True)
def _toys(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(kinds.KINDS, "since_start", SinceStart)
    with registered():
        yield


ENTRY = {"kind": "since_start"}
CONFIG = drift_config(replicas=3, diagnostics=[ENTRY])


def test_online_is_the_naive_difference() -> None:
    run = physent.run(CONFIG)
    away = run["position"].values - run["position"].values[0]
    np.testing.assert_array_equal(run["since"], (away**2).mean(axis=2))
    largest = run["position"].values.max(axis=2)
    np.testing.assert_array_equal(run["growth"], largest - largest[0])
    assert run["since"].values[-1].min() > 0


def test_resumed_extended_and_afterwards(tmp_path: Path) -> None:
    config = CONFIG | {"output": {"fields": "none"}}
    until = config["schedule"]["until"]
    api.start(load_config(config), tmp_path / "whole.nc")
    half_run(tmp_path / "half.nc", config, samples=7)
    api.carry_on(tmp_path / "half.nc")
    assert_same(tmp_path / "half.nc", contents(tmp_path / "whole.nc"))
    longer = CONFIG | {"schedule": CONFIG["schedule"] | {"until": 2 * until}}
    api.carry_on(tmp_path / "half.nc", until=2 * until)
    online = physent.run(longer)
    with physent.open_run(tmp_path / "half.nc") as extended:
        for name in ("since", "since_largest", "growth"):
            np.testing.assert_array_equal(extended[name], online[name])
    (tmp_path / "plan.yaml").write_text(yaml.dump({"diagnostics": [ENTRY]}))
    offline = physent.analyze(physent.run(longer | {"diagnostics": []}), tmp_path / "plan.yaml")
    for name in ("since", "since_largest", "growth"):
        np.testing.assert_array_equal(offline[name], online[name])


def test_where_it_refuses_the_other_replicas_are_measured() -> None:
    free = physent.run(CONFIG)
    away = free["position"].values - free["position"].values[0]
    limit = float(np.sort(away.max(axis=(0, 2)))[1]) * (1 + 1e-12)
    run = physent.run(CONFIG | {"diagnostics": [ENTRY | {"refuse_above": limit}]})
    assert "too far; NaN is stored" in run.attrs["warnings"]
    refused = np.isnan(run["since"].values)
    np.testing.assert_array_equal(refused, away.max(axis=2) > limit)
    assert refused.any()
    np.testing.assert_array_equal(run["since"].values[~refused], free["since"].values[~refused])
