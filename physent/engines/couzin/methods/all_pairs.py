"""Every other fish is a candidate: the quickest for few fish, or if all are within reach of all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from physent.core import jit
from physent.core.cells import allocate
from physent.engines import EngineConfig
from physent.engines.couzin import zones
from physent.engines.couzin.methods.common import march, method, record_bytes
from physent.engines.couzin.state import State, set_up


def _restore(config: EngineConfig, stored: Mapping[str, Any]) -> State:
    return State(**stored, setup=set_up(config))


def _advance(state: State, target: float, work: int) -> float:
    return march(state, target, work, state.swarm.shape[2], _steps, _shared_step)


def _steps(state: State, count: int, budget: int) -> None:
    common = (count, budget, state.steps, state.swarm, state.who, state.setup.model, state.setup.keys)
    jit.spread(zones.all_pairs_steps, len(state.swarm), *common)


def _shared_step(state: State) -> Callable[[int], None]:
    n = state.swarm.shape[2]
    old, nothing = np.zeros((6, zones.padded(n))), allocate(1, 1)
    old[:3] = zones.FAR

    def step(r: int) -> None:
        old[:, :n] = state.swarm[r]
        work = zones.Work(old, state.who[r], nothing)
        keyed = (state.setup.keys[r], int(state.steps[r]))
        jit.spread(zones.update_all_pairs, n, state.setup.model, work, state.swarm[r], *keyed)

    return step


METHOD = method(_restore, _advance, record_bytes)
