"""State of a school of fish, and the tables that go with a config."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from physent.core import cells
from physent.core.random import Purpose, stream_key
from physent.engines import EngineConfig
from physent.engines.couzin import parameters as declared
from physent.engines.couzin import zones
from physent.engines.couzin.observables import of_groups
from physent.engines.couzin.parameters import Parameters, expand

Reals = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

ALL_PAIRS_BELOW = 400
"""Number of fish below which every other fish is a candidate.

Measured: with 30 neighbours cells win from 300 fish on, and lose 15 % where all are within reach of all."""

UNIFORM = 1e4
"""Standard deviation of an angle (radians) above which it is uniform on the circle to the last bit."""

RULES = {"couzin2002": zones.COUZIN2002, "dewi_kadita": zones.DEWI_KADITA}


@dataclass(frozen=True)
class Setup:
    """What a config fixes."""

    model: zones.Model
    grids: tuple[cells.Grid, cells.Grid] | None  # None: all pairs
    keys: npt.NDArray[np.uint64]  # (replica,) streams of noise
    step: float
    box_length: float | None
    attraction: Reals  # (n,) attraction radii
    groups: tuple[int, ...]  # numbers of fish, where groups are given


def finds_neighbours(parameters: Parameters) -> tuple[cells.Grid, cells.Grid] | None:
    """The grids in which neighbours are sought, the second of half the side; None: all pairs are looked at.

    Decided by number of fish, radii and box alone, never by the state.
    """
    if parameters.n < ALL_PAIRS_BELOW:
        return None
    radii = ("repulsion_radius", "orientation_radius", "attraction_radius")
    reach = max(radius for name in radii for radius in declared.of_groups(parameters, name))
    coarse, fine = (cells.plan(parameters.n, reach, [parameters.box_length or 0.0] * 3, k) for k in (1, 2))
    return None if coarse is None or fine is None else (coarse, fine)


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
    kinds, kind = np.unique(columns, axis=0, return_inverse=True)
    rule = RULES[parameters.rule]
    model = zones.Model(
        rule=rule,
        weight=float(parameters.orientation_weight) if rule == zones.DEWI_KADITA else 1.0,
        length=float(parameters.box_length or 0.0),
        kinds=kinds,
        kind=kind.astype(np.int32).reshape(-1),
    )
    keys = [stream_key(config.seed, Purpose.NOISE, replica) for replica in range(config.replicas)]
    return Setup(
        model,
        finds_neighbours(parameters),
        np.array(keys, dtype=np.uint64),
        float(parameters.step),
        parameters.box_length,
        fish.attraction,
        of_groups(parameters),
    )


@dataclass
class State:
    """Everything that evolves. Fish sit in slots, which cells sort: slot k of replica r holds fish ``who[r, k]``."""

    swarm: Reals  # (replica, 6, slot): position, in the box if there is one, and heading
    who: npt.NDArray[np.int32]  # (replica, slot)
    steps: Integers  # (replica,) since the start of the run: the counter of noise
    leg_start: float  # time at which this leg began
    leg_steps: int  # and the steps until then
    time: Reals  # (replica,)
    setup: Setup = field(metadata={"derived": True})


def begin(setup: Setup, position: Reals, heading: Reals, time: float) -> State:
    """State at ``time``, of positions and unit headings (replica, n, 3)."""
    replicas, n, _ = position.shape
    swarm = np.concatenate([position, heading], axis=2).transpose(0, 2, 1)
    if setup.box_length is not None:
        swarm[:, :3] = wrapped(swarm[:, :3], setup.box_length)
    return State(
        swarm=np.ascontiguousarray(swarm),
        who=np.tile(np.arange(n, dtype=np.int32), (replicas, 1)),
        steps=np.zeros(replicas, dtype=np.int64),
        leg_start=time,
        leg_steps=0,
        time=np.full(replicas, time),
        setup=setup,
    )


def wrapped(position: Reals, length: float) -> Reals:
    """Coordinates in [0, length)."""
    inside = position - length * np.floor(position / length)
    return np.where((inside >= 0.0) & (inside < length), inside, 0.0)


def by_fish(state: State) -> tuple[Reals, Reals]:
    """Positions and headings (replica, n, 3) in the order of the fish, new arrays."""
    ordered: Any = np.empty_like(state.swarm)
    for row, slots, who in zip(ordered, state.swarm, state.who, strict=True):
        row[:, who] = slots
    both = ordered.transpose(0, 2, 1)
    return np.ascontiguousarray(both[:, :, :3]), np.ascontiguousarray(both[:, :, 3:])


def by_slot(state: State) -> tuple[Reals, Reals]:
    """Positions and headings (replica, n, 3) in the order of the slots, new arrays."""
    both = state.swarm.transpose(0, 2, 1)
    return np.ascontiguousarray(both[:, :, :3]), np.ascontiguousarray(both[:, :, 3:])
