"""Every other fish is a candidate: fastest for few fish, or if all are within reach of each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from physent.core import jit
from physent.core.jit import njit, njit_inline
from physent.core.stepping import by_blocks
from physent.engines import EngineConfig
from physent.engines.couzin.methods.common import march, method, record_bytes
from physent.engines.couzin.state import State, set_up
from physent.engines.couzin.zones import Model, pad, padded, update
from physent.typing import Floats, Integers


@njit
def update_all_pairs(
    first: int, last: int, model: Model, old: Floats, who: Integers, out: Floats, key: np.uint64, step: int
) -> None:
    """One step of the fish in slots ``first`` to ``last`` of the padded swarm ``old`` to ``out`` (6, n)."""
    rule, weight, length, kinds, kind = model
    n = out.shape[1]
    near, count = old, old.shape[1]  # in open space the padded swarm itself is the list of candidates
    if length > 0.0:
        near = np.empty(old.shape)
        for row in range(6):
            for j in range(count):
                near[row, j] = old[row, j]
    rate = 1.0 / length
    for slot in range(first, last):
        if length > 0.0:
            for axis in range(3):
                x = old[axis, slot]
                for j in range(n):  # the image nearest to this fish
                    near[axis, j] = old[axis, j] - length * np.rint((old[axis, j] - x) * rate)
        fish = who[slot]
        update(rule, weight, length, kinds, kind[fish], fish, old, slot, near, count, out, key, step)


@njit_inline
def _all_pairs(
    replica: int,
    begin: int,
    count: int,
    swarm: Floats,
    who: Integers,
    model: Model,
    keys: npt.NDArray[np.uint64],
) -> None:
    n = swarm.shape[2]
    # All fish move at once, so each step reads a copy of the old swarm; its padding never changes.
    old = np.empty((6, padded(n)))
    pad(old, n)
    for step in range(begin, begin + count):
        for row in range(6):
            for j in range(n):
                old[row, j] = swarm[replica, row, j]
        update_all_pairs(0, n, model, old, who[replica], swarm[replica], keys[replica], step)


all_pairs_steps = by_blocks(_all_pairs)
"""``all_pairs_steps(first, last, target, budget, steps, swarm, who, model, keys)``, see `by_blocks`: ``swarm``
(replica, 6, n) is changed in place; ``keys`` (replica,) are the streams of noise."""


def _restore(config: EngineConfig, stored: Mapping[str, Any]) -> State:
    return State(**stored, setup=set_up(config))


def _advance(state: State, target: float, work: int) -> float:
    return march(state, target, work, state.swarm.shape[2], _steps, _shared_step)


def _steps(state: State, count: int, budget: int) -> None:
    common = (count, budget, state.steps, state.swarm, state.who, state.setup.model, state.setup.keys)
    jit.spread(all_pairs_steps, len(state.swarm), *common)


def _shared_step(state: State) -> Callable[[int], None]:
    n = state.swarm.shape[2]
    old = np.empty((6, padded(n)))
    pad(old, n)

    def step(r: int) -> None:
        old[:, :n] = state.swarm[r]
        keyed = (state.setup.keys[r], int(state.steps[r]))
        jit.spread(update_all_pairs, n, state.setup.model, old, state.who[r], state.swarm[r], *keyed)

    return step


METHOD = method(_restore, _advance, record_bytes)
