"""State of phase oscillators, and the constants of a leg."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from physent.core import jit
from physent.core.random import Purpose, stream_key
from physent.core.stepping import StepClock
from physent.engines import Array, Arrays, EngineConfig, stored_fields
from physent.engines.driving import values
from physent.engines.oscillators import initial, network, steps
from physent.engines.oscillators.parameters import MeanField, Parameters
from physent.errors import UsageError
from physent.typing import Floats, Integers

BINS = 64
"""Of the histogram of angles."""


@dataclass
class State:
    """Everything that evolves, and the constants."""

    angle: Floats  # (replica, n), radians in [-pi, pi]
    turns: Integers  # (replica, n) int64: whole turns beside the angle
    first: Floats  # (replica, n) angle at the start
    totals: Floats  # (replica, 6), see `steps`
    made: Integers  # (replica,) steps since the start
    time: float  # reached by all replicas
    target: float  # of the last call of `advance`
    last_time: float  # time and totals when that target was set, that is, at the previous sample
    last_totals: Floats
    edges: str  # hash of the network
    model: steps.Model = field(metadata={"derived": True})
    parameters: Parameters = field(metadata={"derived": True})

    @property
    def clock(self) -> StepClock:
        """Time of a number of steps."""
        return StepClock(0.0, self.parameters.step)

    @property
    def kernels(self) -> tuple[Any, Any]:
        """Steps and sums of the network."""
        return steps.mean_field if isinstance(self.parameters.network, MeanField) else steps.graph

    def sums(self) -> Floats:
        """Mean sine, mean cosine and energy per coupling of each replica, (replica, 3)."""
        out: Floats = np.empty((len(self.angle), 3))
        jit.spread(self.kernels[1], len(out), self.angle, out, self.model)
        return out

    def counts(self) -> Integers:
        """Oscillators by angle, (replica, `BINS`)."""
        return histogram(self.angle)


def model_of(config: EngineConfig) -> tuple[steps.Model, str]:
    """Constants of the parameters of a config, and the hash of its network."""
    parameters: Parameters = config.parameters
    graph = network.graph(parameters)
    other = graph.other
    model = steps.Model(
        omega=initial.frequencies(config),
        keys=np.array([stream_key(config.seed, Purpose.NOISE, r) for r in range(config.replicas)], np.uint64),
        start=graph.start.astype(np.uint64),
        place=(other // steps.BLOCK * steps.SPAN + other % steps.BLOCK).astype(np.uint32),
        weight=graph.weight,
        friction=graph.friction,
        scale=graph.scale,
        alike=bool((graph.friction == 1.0).all()),
        itself=float(isinstance(parameters.network, MeanField)),
        lag_cosine=float(np.cos(parameters.phase_lag)),
        lag_sine=float(np.sin(parameters.phase_lag)),
        temperature=parameters.temperature,
        step=parameters.step,
    )
    return model, graph.digest if len(other) else ""


def start(config: EngineConfig, given: Arrays | None) -> State:
    """State at time 0; angles beyond a half turn are wrapped, and their turns counted."""
    replicas = config.replicas
    angle = (
        np.stack([initial.angles(config, replica) for replica in range(replicas)]) if given is None else given["angle"]
    )
    turns = np.rint(angle / (2 * np.pi))
    if not (np.abs(turns) < 2.0**51).all():
        raise UsageError("angle holds more than 2^51 turns, expected angles in radians")
    inside = angle - 2 * np.pi * turns
    stored = {
        "angle": inside,
        "turns": turns.astype(np.int64),
        "first": np.array(angle, np.float64),
        "totals": np.zeros((replicas, 6)),
        "made": np.zeros(replicas, np.int64),
        "time": 0.0,
        "target": 0.0,
        "last_time": 0.0,
        "last_totals": np.zeros((replicas, 6)),
        "edges": model_of(config)[1],
    }
    return restore(config, stored)


def restore(config: EngineConfig, stored: Mapping[str, Any]) -> State:
    """State from what was stored; UsageError if the file of edges is no longer the same."""
    model, edges = model_of(config)
    if edges != stored["edges"]:
        raise UsageError("parameters.network.path: the edges are not those with which the run was started")
    return State(**stored, model=model, parameters=config.parameters)


def change(config: EngineConfig, state: State) -> State:
    """State at the start of a leg of the protocol: a change of the energy at fixed angles is work."""
    new = restore(config, stored_fields(state))
    new.totals[:, steps.WORK] += energy(new) - energy(state)
    return new


def advance(state: State, target: float, work: int) -> float:
    """Move towards ``target``; see `Method.advance`."""
    aim(state, target)
    model, (replicas, n) = state.model, state.angle.shape
    # Measured on one thread: 6 ns per oscillator and step, 7 more with noise; 0.6 ns per neighbour in each of two sums.
    cost = n * (1.4 if model.temperature else 0.7) + 0.12 * len(model.place) + 5.0
    budget = max(1, int(work / (cost * replicas)))
    count = state.clock.count(target)
    origin = int(state.made.min())
    latest = min(count, int(state.made.max()) + budget * replicas)
    rows = (
        state.angle,
        state.turns,
        state.totals,
        coupling_at(state, 2 * origin, 2 * (latest - origin) + 1),
        2 * origin,
    )
    jit.spread(state.kernels[0], replicas, count, budget, state.made, *rows, model)
    state.time = float(state.clock.time(state.made, target).min())
    return state.time


def aim(state: State, target: float) -> None:
    """At the first call towards a target: rates are differences from here."""
    if target != state.target:
        state.target, state.last_time, state.last_totals = target, state.time, state.totals.copy()


def coupling_at(state: State, first: int, count: int) -> Floats:
    """K at half-steps ``first``, ``first + 1``, ...; one value if it is not driven."""
    driving = state.parameters.driving
    if not driving:
        return np.array([state.parameters.coupling])
    return np.ascontiguousarray(values(driving, state.parameters.step, first, count)[:, 0])


def histogram(angle: Floats) -> Integers:
    """Counts (replica, `BINS`) of angles (replica, n) in [-pi, pi]."""
    index = np.minimum(((angle / (2 * np.pi) + 0.5) * BINS).astype(np.int64), BINS - 1)
    return np.stack([np.bincount(row, minlength=BINS) for row in index])


def couplings(state: State) -> Floats:
    """K at the time of each replica, before a jump at that time, (replica,)."""
    made, which = np.unique(state.made, return_inverse=True)
    return np.array([coupling_at(state, 2 * int(number), 1)[0] for number in made])[which]


def energy(state: State) -> Floats:
    """Energy of each replica, (replica,)."""
    return np.asarray(couplings(state) * state.sums()[:, 2])


def unwrapped(state: State) -> Array:
    """Angles with their turns, (replica, n)."""
    return np.asarray(state.angle + 2 * np.pi * state.turns)
