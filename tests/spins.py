"""A ring of spins by single flips (Metropolis): whole numbers of small types, counted in steps, annealed on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from physent.core.random import Purpose, stream_key, uniforms
from physent.declare import Coordinate, Count, Positive, Section, StepSchedule, Variable
from physent.engines import Engine, Method

Array = np.ndarray[Any, Any]
SPINS = ("replica", "particle")


class Parameters(Section):
    """The ring and its bath."""

    n: Count = 8
    temperature: Positive = 4.0


class Aligned(Section):
    """All spins up."""

    kind: Literal["aligned"] = "aligned"


@dataclass
class State:
    """Spins (replica, particle), and the sweeps made."""

    spin: Array
    step: int
    temperature: float = field(metadata={"derived": True})
    keys: Array = field(metadata={"derived": True})


def restore(config: Any, stored: Mapping[str, Any]) -> State:
    keys = np.array([stream_key(config.seed, Purpose.NOISE, r) for r in range(config.replicas)], dtype=np.uint64)
    return State(**stored, temperature=config.parameters.temperature, keys=keys)


def start(config: Any, given: Any) -> State:
    shape = (config.replicas, config.parameters.n)
    return restore(config, {"spin": np.ones(shape, np.int8) if given is None else given["spin"].copy(), "step": 0})


def sweep(spin: Array, key: np.uint64, step: int, temperature: float) -> None:
    """Offer every spin of one replica a flip."""
    for i in range(len(spin)):
        cost = 2 * int(spin[i]) * (int(spin[i - 1]) + int(spin[(i + 1) % len(spin)]))
        if uniforms(key, step, i, 0)[0] < np.exp(-cost / temperature):
            spin[i] = -spin[i]


def advance(state: State, target: int, work: int) -> int:
    for _ in range(min(target - state.step, max(1, work // 10_000))):
        for key, spin in zip(state.keys, state.spin, strict=True):
            sweep(spin, key, state.step, state.temperature)
        state.step += 1
    return state.step


def fields(state: State) -> dict[str, Array]:
    near = state.spin + np.roll(state.spin, 1, axis=1)
    return {
        "energy": -(state.spin.astype(np.int32) * np.roll(state.spin, 1, axis=1)).sum(axis=1, dtype=np.int32),
        "order": state.spin.mean(axis=1, dtype=np.float32),
        "spin": state.spin.copy(),
        "near": near.astype(np.int32),
        "local": (near / 3).astype(np.float32),
    }


ENGINE = Engine(
    name="spins",
    title="A ring of spins",
    Parameters=Parameters,
    Initial=Aligned,
    Schedule=StepSchedule,
    fixed=frozenset({"n"}),
    initial_fields=("spin",),
    variables=lambda config: (
        Variable("energy", "energy", dtype="int32"),
        Variable("order", "mean spin", dtype="float32"),
        Variable("spin", "spin", dims=SPINS, dtype="int8", is_field=True),
        Variable("near", "sum of a spin and the one before", dims=SPINS, dtype="int32", is_field=True),
        Variable("local", "a third of it", dims=SPINS, dtype="float32", is_field=True),
    ),
    coordinates=lambda config: (Coordinate("particle", np.arange(config.parameters.n), "index"),),
    methods={"metropolis": Method(start=start, restore=restore, advance=advance, fields=fields)},
)


def spins_config(**changes: Any) -> dict[str, Any]:
    """A short annealing."""
    protocol = [{"at": 4, "set": {"temperature": 2.0}}, {"at": 7, "set": {"temperature": 0.5}}]
    return {
        "engine": "spins", "seed": 3, "replicas": 2, "schedule": {"until": 12, "every": 2}, "protocol": protocol,
    } | changes  # fmt: skip
