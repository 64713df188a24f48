"""Short runs of the engine without files."""

from __future__ import annotations

from typing import Any

import numpy as np

from physent.config.load import load_config
from physent.engines.langevin import ENGINE
from physent.typing import Array

STEP = 0.05


def config(
    steps: int = 10,
    *,
    replicas: int = 2,
    seed: int = 3,
    initial: dict[str, Any] | None = None,
    protocol: list[dict[str, Any]] | None = None,
    **parameters: Any,
) -> Any:
    """A validated config of ``steps`` steps; further keywords are parameters."""
    parameters = {"dimension": 1, "step": STEP, **parameters}
    return load_config(
        {
            "engine": "langevin",
            "seed": seed,
            "replicas": replicas,
            "parameters": parameters,
            "initial": initial or {"kind": "point", "at": 0.4},
            "schedule": {"until": steps * parameters["step"], "every": parameters["step"]},
            "protocol": protocol or [],
        }
    )


def begun(cfg: Any, given: dict[str, Array] | None = None) -> Any:
    """State at the start."""
    return ENGINE.method(cfg).start(cfg, given)


def advance(cfg: Any, state: Any, steps: int, samples: bool = False) -> Any:
    """Make ``steps`` steps, with a sample after each if asked for."""
    for number in range(state.steps + 1, state.steps + steps + 1) if samples else [state.steps + steps]:
        target = number * cfg.parameters.step
        while ENGINE.method(cfg).advance(state, target, 10**9) != target:
            pass
    return state


def ran(cfg: Any, steps: int) -> dict[str, Array]:
    """Record after a number of steps from the start."""
    return ENGINE.method(cfg).fields(advance(cfg, begun(cfg), steps))


def potential(kind: str) -> dict[str, Any]:
    """One of each kind, in two dimensions."""
    kinds: dict[str, dict[str, Any]] = {
        "harmonic": {"kind": "harmonic", "stiffness": [1.3, 0.7], "center": [0.2, -0.1]},
        "quadratic": {"kind": "quadratic", "matrix": [[1.0, 0.6], [0.6, 1.5]]},
        "quartic": {"kind": "quartic", "quartic": 1.2, "quadratic": -0.8, "tilt": 0.3},
        "cosine": {"kind": "cosine", "amplitude": 0.9, "period": 2.5},
    }
    return kinds[kind]


def energy(kind: str | None, x: Array) -> Array:
    """U of `potential` at ``x`` (.., 2), as it is written in the docs."""
    if kind is None:
        return np.zeros(x.shape[:-1])
    given = potential(kind)
    if kind == "harmonic":
        found: Array = 0.5 * (np.array(given["stiffness"]) * (x - given["center"]) ** 2).sum(-1)
    elif kind == "quadratic":
        found = 0.5 * np.einsum("...i,ij,...j", x, np.array(given["matrix"]), x)
    elif kind == "quartic":
        wells = given["quartic"] * x**4 / 4 + given["quadratic"] * x**2 / 2
        found = wells.sum(-1) - given["tilt"] * x[..., 0]
    else:
        found = given["amplitude"] * np.cos(2 * np.pi * x[..., 0] / given["period"])
    return found
