"""State of a school of fish, and the tables of a config."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from physent.core.random import Purpose, stream_key
from physent.engines import Arrays, EngineConfig
from physent.engines.couzin import initial, observables, zones
from physent.engines.couzin.parameters import Parameters, expand
from physent.errors import UsageError
from physent.typing import Array, Floats, Integers

SHARED_FROM = 2000
"""Number of fish from which all threads work on one replica after another, instead of on different replicas."""

UNIFORM = 1e4
"""Standard deviation (radians) above which a wrapped normal angle is uniform on the circle to the last bit."""

RULES = {"couzin2002": zones.COUZIN2002, "dewi_kadita": zones.DEWI_KADITA}


@dataclass(frozen=True)
class Setup:
    """Constants of a config."""

    model: zones.Model
    keys: npt.NDArray[np.uint64]  # (replica,) streams of noise
    step: float
    box_length: float | None
    attraction: Floats  # (n,) attraction radii
    groups: tuple[int, ...]  # numbers of fish of the groups, if any


def set_up(config: EngineConfig) -> Setup:
    """Tables for the parameters of a config."""
    parameters: Parameters = config.parameters
    fish = expand(parameters)
    turn = np.minimum(fish.turn, math.pi)
    columns = np.stack(
        [
            fish.repulsion**2,
            fish.orientation**2,
            fish.attraction**2,
            fish.cos_blind,
            turn,
            np.cos(turn),
            np.sin(turn),
            fish.speed * parameters.step,
            fish.noise if parameters.rule == "dewi_kadita" else np.minimum(fish.noise, UNIFORM),
        ],
        axis=1,
    )
    # Sorting ten million equal rows would take most of a minute.
    alike = bool((columns == columns[0]).all())
    kinds, kind = np.unique(columns[:1] if alike else columns, axis=0, return_inverse=True)
    rule = RULES[parameters.rule]
    model = zones.Model(
        rule=rule,
        weight=float(parameters.orientation_weight) if rule == zones.DEWI_KADITA else 1.0,
        length=float(parameters.box_length or 0.0),
        kinds=kinds,
        kind=np.zeros(len(columns), np.int32) if alike else kind.astype(np.int32).reshape(-1),
    )
    keys = [stream_key(config.seed, Purpose.NOISE, replica) for replica in range(config.replicas)]
    return Setup(
        model,
        np.array(keys, dtype=np.uint64),
        float(parameters.step),
        parameters.box_length,
        fish.attraction,
        observables.of_groups(parameters),
    )


@dataclass
class State:
    """The evolving state. Fish occupy slots, which a method may sort: slot k of replica r holds fish ``who[r, k]``."""

    swarm: Floats  # (replica, 6, slot): position, in the box if there is one, and heading
    who: Integers  # (replica, slot), int32
    steps: Integers  # (replica,) since the start of the run: the counter of noise
    leg_start: float  # time at which this leg started
    leg_steps: int  # steps made before it
    time: Floats  # (replica,)
    setup: Setup = field(metadata={"derived": True})

    def order(self, position: Floats, heading: Floats) -> dict[str, Array]:
        """Recorded variables but the fields, from positions and headings (replica, n, 3) by fish."""
        setup = self.setup
        if setup.groups or position.shape[1] < SHARED_FROM:
            return observables.order(position, heading, setup.box_length, setup.attraction, setup.groups)
        # Measures of equal fish do not depend on their order, and are fastest if neighbours are close in memory.
        return observables.order(*by_slot(self), setup.box_length, setup.attraction)


def beginning(config: EngineConfig, given: Arrays | None) -> dict[str, Any]:
    """Stored fields of the initial state; raises UsageError if a given heading is the zero vector."""
    replicas, n, length = config.replicas, config.parameters.n, config.parameters.box_length
    if given is None:
        both = [initial.start(config, replica) for replica in range(replicas)]
        position, heading = (np.stack(arrays) for arrays in zip(*both, strict=True))
    else:
        position, heading = given["position"], given["heading"]
    swarm = np.concatenate([position, _units(heading)], axis=2).transpose(0, 2, 1)
    if length is not None:
        swarm[:, :3] = wrapped(swarm[:, :3], length)
    return {
        "swarm": np.ascontiguousarray(swarm),
        "who": np.tile(np.arange(n, dtype=np.int32), (replicas, 1)),
        "steps": np.zeros(replicas, dtype=np.int64),
        "leg_start": config.schedule.start,
        "leg_steps": 0,
        "time": np.full(replicas, config.schedule.start),
    }


def _units(heading: Floats) -> Floats:
    """Headings normalised to unit length; those of unit length to 1e-15 keep their bits."""
    length = np.sqrt((heading**2).sum(axis=-1, keepdims=True))
    if not (length > 0.0).all():
        raise UsageError("heading holds a zero vector, expected directions")
    return np.where(np.abs(length - 1.0) < 1e-15, heading, heading / length)


def wrapped(position: Floats, length: float) -> Floats:
    """Coordinates in [0, length)."""
    inside = position - length * np.floor(position / length)
    return np.where((inside >= 0.0) & (inside < length), inside, 0.0)


def by_fish(state: State) -> tuple[Floats, Floats]:
    """Positions and headings (replica, n, 3) in the order of the fish, new arrays."""
    ordered: Any = np.empty_like(state.swarm)
    for row, slots, who in zip(ordered, state.swarm, state.who, strict=True):
        row[:, who] = slots
    both = ordered.transpose(0, 2, 1)
    return np.ascontiguousarray(both[:, :, :3]), np.ascontiguousarray(both[:, :, 3:])


def by_slot(state: State) -> tuple[Floats, Floats]:
    """Positions and headings (replica, n, 3) in the order of the slots, new arrays."""
    both = state.swarm.transpose(0, 2, 1)
    return np.ascontiguousarray(both[:, :, :3]), np.ascontiguousarray(both[:, :, 3:])
