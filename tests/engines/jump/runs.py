"""Configs and models for the tests of jump processes."""

from __future__ import annotations

from typing import Any

import numpy as np

from physent import engines
from physent.config.load import load_config
from physent.engines import Method
from physent.engines.jump.methods import METHODS, choose

RING = {"kind": "ring", "energies": [0.0, 0.5, -0.3], "prefactors": [1.0, 2.0, 0.7], "force": 2.4}
STAR = {
    "kind": "graph",
    "states": 80,
    "transitions": [
        {"between": [0, leaf], "rate": 0.01 * leaf * (leaf % 3), "reverse_rate": 2.0, "counts": {"odd": leaf % 2}}
        for leaf in range(1, 80)
    ],
}
BARRIERS = {
    "kind": "graph",
    "states": ["a", "b", "c"],
    "energies": [0.0, 1.0, 0.3],
    "transitions": [
        {"between": ["a", "b"], "barrier": 1.5, "drive": 0.7, "prefactor": 3.0},
        {"between": ["b", "a"], "barrier": 2.0, "counts": {"other": 2.0}},
        {"between": ["c", "b"], "drive": -0.4},
        {"between": ["a", "c"]},
    ],
}
ASEP = {
    "kind": "exclusion", "sites": 7, "hop_right": 1.0, "hop_left": 0.4, "inject_left": 0.8, "eject_left": 0.2,
    "inject_right": 0.3, "eject_right": 0.6,
}  # fmt: skip


def config(model: dict[str, Any], initial: dict[str, Any] | None = None, **more: Any) -> Any:
    """A config of a model; other keys are those of `parameters`, or schedule, replicas, seed and protocol."""
    keys = {"replicas", "seed", "protocol", "schedule"} & more.keys()
    outside: dict[str, Any] = {key: more.pop(key) for key in keys}
    data = {"engine": "jump", "parameters": {"model": model, **more}, "initial": initial or {"kind": "stationary"}}
    return load_config({"schedule": {"until": 10.0, "every": 1.0}, **data, **outside})


def method_of(one: Any) -> Method:
    """The method of a config."""
    return METHODS[choose(one)]


def after(one: Any, time: float, work: int = 1 << 40) -> Any:
    """State at a time."""
    method = method_of(one)
    state = method.start(one, None)
    while method.advance(state, time, work) != time:
        pass
    return state


def record(one: Any, time: float) -> dict[str, np.ndarray[Any, Any]]:
    """Record at a time."""
    return method_of(one).fields(after(one, time))


ENGINE = engines.get("jump")
