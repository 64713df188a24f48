"""The ideal gas: discs of diameter 0 never collide, so positions at any time follow exactly from the start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from physent.core import jit
from physent.core.jit import njit, njit_inline
from physent.engines import Arrays, EngineConfig, Method
from physent.engines.hard_discs import observables
from physent.engines.hard_discs.arrays import SPEED_BINS
from physent.engines.hard_discs.initial import phase_space_point
from physent.engines.hard_discs.parameters import Parameters, mixture_of
from physent.engines.hard_discs.sampling import wrapped
from physent.engines.hard_discs.species import MOST_SPECIES
from physent.typing import Array, Floats, Integers


@dataclass
class State:
    """Discs at the time `origin`, the start or the last reversal, and the time that has been reached."""

    position: Floats  # (replica, particle, axis), at the time `origin`, as are the next three
    velocity: Floats
    image: Integers
    wall: Floats  # (replica,) sum of |momentum| given to the walls
    origin: float
    time: float
    last_time: float  # of the previous sample, and its sum for the walls
    last_wall: Floats
    parameters: Parameters = field(metadata={"derived": True})


def _start(config: EngineConfig, given: Arrays | None) -> State:
    position, velocity = (np.array(a, order="C") for a in phase_space_point(config, given))
    time, nothing = config.schedule.start, np.zeros(config.replicas)
    image = np.zeros(position.shape, dtype=np.int64)
    return State(position, velocity, image, nothing, time, time, time, nothing.copy(), config.parameters)


def _restore(config: EngineConfig, stored: Mapping[str, Any]) -> State:
    return State(**stored, parameters=config.parameters)


def _advance(state: State, target: float, work: int) -> float:
    if target != state.time:
        state.last_time, state.last_wall = state.time, _wall_momentum(state)
        state.time = target
    return target


def _phase_points(state: State) -> tuple[Floats, Floats, Integers]:
    """Positions in the box, velocities and images now, new arrays (replica, particle, axis)."""
    position, velocity = np.empty_like(state.position), np.empty_like(state.velocity)
    images = np.empty_like(state.image)
    side, walls = float(state.parameters.box_length), state.parameters.boundary == "walls"
    path = (state.position, state.velocity, state.time - state.origin, side, walls)
    jit.spread(_fly, len(position), *path, position, velocity, images)
    return position, velocity, state.image + images


def _wall_momentum(state: State) -> Floats:
    """Sum of |momentum| given to the walls so far, (replica,)."""
    total = state.wall.copy()
    if state.parameters.boundary == "walls":
        # A path unfolded passes an image of a wall for each reflection (`_hits`).
        mass = np.repeat(mixture_of(state.parameters).mass[mixture_of(state.parameters).species], 2)
        for replica, (x, v) in enumerate(zip(state.position, state.velocity, strict=True)):
            rounds = (x + v * (state.time - state.origin)) / state.parameters.box_length
            hits = np.maximum(np.ceil(np.where(v < 0, -rounds, rounds - 1.0)), 0.0)
            total[replica] += 2.0 * np.sum(mass * np.abs(v).ravel() * hits.ravel())
    return total


def _fields(state: State) -> dict[str, Array]:
    position, velocity, image = _phase_points(state)
    never: Floats = np.zeros(len(position))
    mixture = mixture_of(state.parameters)
    counts = observables.Counts(
        collisions=np.zeros(len(position), dtype=np.int64),
        speeds=np.zeros((len(position), len(mixture.mass) * SPEED_BINS), dtype=np.int64),
        pairs=np.zeros((len(position), MOST_SPECIES**2), dtype=np.int64),
        virial=never,
        last_virial=never,
        wall=_wall_momentum(state),
        last_wall=state.last_wall,
        elapsed=state.time - state.last_time,
    )
    species = None if state.parameters.species is None else np.tile(mixture.species, (len(position), 1))
    scalars = observables.scalars(state.parameters, velocity, species, counts)
    return scalars | {"position": position, "velocity": velocity, "image": image}


def _act(state: State, action: str) -> State:
    position, velocity, image = _phase_points(state)
    wall = _wall_momentum(state)
    return replace(state, position=position, velocity=-velocity, image=image, wall=wall, origin=state.time)


def _doubts(state: State, record: Arrays) -> Iterator[tuple[str, str]]:
    if state.time == state.last_time:
        yield from observables.doubts(state.parameters, record)


def _memory(config: EngineConfig) -> int:
    return int(config.replicas) * (48 * int(config.parameters.n) + 40)


@njit
def _fly(
    first: int,
    last: int,
    position: Array,
    velocity: Array,
    elapsed: float,
    side: float,
    walls: bool,
    place: Array,
    speed: Array,
    images: Array,
) -> None:
    """Free flight of replicas ``first`` to ``last`` in a square; sets ``place``, ``speed`` and ``images`` crossed."""
    for replica in range(first, last):
        for i in range(position.shape[1]):
            for axis in range(2):
                v = velocity[replica, i, axis]
                x = position[replica, i, axis] + v * elapsed
                rounds = 0
                if walls:
                    x, hits = _folded(x, v, side)
                    v = -v if hits % 2 else v
                else:
                    x, rounds = wrapped(x, side)
                place[replica, i, axis], speed[replica, i, axis], images[replica, i, axis] = x, v, rounds


@njit_inline
def _folded(x: float, v: float, side: float) -> tuple[float, int]:
    """Coordinate in [0, side] after reflection from both ends, and how many reflections there were."""
    hits = _hits(x / side, v)
    inside = min(max(x + hits * side if v < 0.0 else x - hits * side, 0.0), side)
    return (side - inside if hits % 2 else inside), hits


@njit_inline
def _hits(rounds: float, v: float) -> int:
    """Walls that a path passed on its way to ``rounds`` sides of the box: one that it only touches, at either end, not.

    At the moment when it touches a wall a disc still has the velocity with which it came.
    """
    return int(max(np.ceil(-rounds if v < 0.0 else rounds - 1.0), 0.0))


METHOD = Method(
    start=_start, restore=_restore, advance=_advance, fields=_fields, act=_act, doubts=_doubts, memory=_memory
)
