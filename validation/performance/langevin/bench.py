"""Overdamped particles without interaction: CPU time per step of a particle with its ledger, against sdeint.

The linear process of the Brownian gyrator in two coordinates. Only physent keeps work, heat and entropy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from physent.config.load import load_config
from physent.engines import get
from physent.evidence import Contestant

STEP, STEPS = 0.02, 2000
MATRIX = [[1.0, 0.6], [0.6, 1.0]]
TRAP: dict[str, Any] = {"dimension": 2, "potential": {"kind": "harmonic"}}
OTHERS: dict[str, dict[str, Any]] = {
    "active Brownian particles in a trap": TRAP
    | {"propulsion": {"kind": "abp", "speed": 1.0, "rotational_diffusion": 1.0}},
    "active Ornstein-Uhlenbeck particles in a trap": TRAP
    | {"propulsion": {"kind": "aoup", "speed": 1.0, "persistence_time": 1.0}},
    "a driven ring": {
        "dimension": 1,
        "potential": {"kind": "cosine", "period": 1.0},
        "force": {"kind": "uniform", "value": 0.7},
    },
}


def contestants() -> Iterator[Contestant]:
    """The gyrator by the methods of Euler and of Heun, with one path of sdeint; then physent only."""
    gyrator = {"dimension": 2, "temperature": [1.0, 3.0], "potential": {"kind": "quadratic", "matrix": MATRIX}}
    for integrator, peer in (("euler", "itoEuler"), ("heun", "stratHeun")):
        task = f"gyrator, {integrator}: 512 paths of {STEPS} steps"
        own = partial(_physent, 512, {**gyrator, "integrator": integrator})
        yield Contestant("physent", task, own, reference=True, units=partial(_steps, 512), rate_of="steps/s")
        yield Contestant(
            "sdeint", f"{task}, one of them", partial(_sdeint, peer), needs="sdeint", once=True, reference=True,
            units=partial(_steps, 1), rate_of="steps/s", note="one path of 512",
        )  # fmt: skip
    for name, parameters in OTHERS.items():
        own = partial(_physent, 512, parameters)
        task = f"{name}: 512 paths of {STEPS} steps"
        yield Contestant("physent", task, own, reference=True, units=partial(_steps, 512), rate_of="steps/s")


def _steps(paths: int, outcome: Any) -> float:
    return float(paths * STEPS)


def _config(replicas: int, parameters: Mapping[str, Any]) -> Any:
    return load_config(
        {
            "engine": "langevin",
            "seed": 1,
            "replicas": replicas,
            "parameters": {"n": 1, "step": STEP, **parameters},
            "initial": {"kind": "point"},
            "schedule": {"until": STEP * STEPS, "every": STEP * STEPS},
        }
    )


def _physent(replicas: int, parameters: Mapping[str, Any]) -> Callable[[], Any]:
    config, method = _config(replicas, parameters), get("langevin").methods["independent"]
    method.advance(method.start(config, None), STEP * STEPS, 1)  # compiles
    state = method.start(config, None)

    def work() -> Any:
        while method.advance(state, STEP * STEPS, 20_000_000) != STEP * STEPS:
            pass
        return state

    return work


def _sdeint(name: str) -> Callable[[], Any]:
    import sdeint

    drift, noise = -np.array(MATRIX), np.diag(np.sqrt(2.0 * np.array([1.0, 3.0])))
    times = np.arange(STEPS + 1) * STEP
    solve = getattr(sdeint, name)
    return lambda: solve(lambda x, t: drift @ x, lambda x, t: noise, np.zeros(2), times)
