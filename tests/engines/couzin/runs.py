"""Short runs of the engine without files."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from physent.config.load import load_config
from physent.engines.couzin import ENGINE
from physent.engines.couzin.state import State

BALL = {"kind": "ball"}


def config(
    initial: dict[str, Any] = BALL,
    *,
    until: float = 1.0,
    every: float | None = None,
    replicas: int = 1,
    seed: int = 3,
    protocol: list[dict[str, Any]] | None = None,
    **parameters: Any,
) -> Any:
    """A validated config; further keywords are parameters."""
    common = {"n": 50, "orientation_radius": 3.0, "attraction_radius": 14.0}
    data: dict[str, Any] = {
        "engine": "couzin",
        "seed": seed,
        "replicas": replicas,
        "parameters": common | parameters,
        "initial": initial,
        "schedule": {"until": until, "every": every or until},
    }
    return load_config(data | ({"protocol": protocol} if protocol else {}))


def advance(state: State, target: float, work: int = 10**12) -> int:
    """Go to ``target`` in as many calls as it takes; their number."""
    calls, reached = 0, np.nan
    while reached != target:
        reached = ENGINE.advance(state, target, work)
        calls += 1
    return calls


def run(cfg: Any, work: int = 10**12) -> State:
    """State at the end of the schedule."""
    state: State = ENGINE.initial(cfg)
    for sample in range(1, cfg.schedule.samples):
        advance(state, cfg.schedule.at(sample), work)
    return state


def stored(state: State) -> dict[str, Any]:
    """What a checkpoint keeps."""
    return {f.name: getattr(state, f.name) for f in dataclasses.fields(state) if not f.metadata.get("derived")}


def same(one: State, other: State) -> None:
    """Assert equal bits."""
    for name, value in stored(one).items():
        np.testing.assert_array_equal(value, stored(other)[name], err_msg=name)
