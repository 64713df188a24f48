"""Short runs of the engine without files."""

from __future__ import annotations

from typing import Any

import numpy as np

from physent.config.load import load_config
from physent.engines import Array, Method
from physent.engines.couzin import ENGINE
from physent.engines.couzin.methods import METHODS, cells
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


def start(cfg: Any, given: dict[str, Array] | None = None) -> State:
    """State at the start."""
    state: State = ENGINE.method(cfg).start(cfg, given)
    return state


def method_of(state: State) -> Method:
    """The method that made a state."""
    return METHODS["cells" if isinstance(state, cells.State) else "all_pairs"]


def fields(state: State) -> dict[str, Array]:
    """Its record."""
    return method_of(state).fields(state)


def change(state: State, cfg: Any) -> State:
    """The state at the start of a leg of another config."""
    changed: State = ENGINE.method(cfg).changed(cfg, state, method_of(state))
    return changed


def advance(state: State, target: float, work: int = 10**12) -> int:
    """Go to ``target`` in as many calls as it takes; their number."""
    calls, reached = 0, np.nan
    while reached != target:
        reached = method_of(state).advance(state, target, work)
        calls += 1
    return calls


def run(cfg: Any, work: int = 10**12) -> State:
    """State at the end of the schedule."""
    state = start(cfg)
    for sample in range(1, cfg.schedule.samples):
        advance(state, cfg.schedule.at(sample), work)
    return state


def same(one: State, other: State) -> None:
    """Assert equal bits."""
    expected = method_of(other).store(other)
    for name, value in method_of(one).store(one).items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)
