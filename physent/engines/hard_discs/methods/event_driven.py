"""Colliding discs, event by event (`discs`)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from physent.core import jit
from physent.core.events import ring_of
from physent.engines import Array, Arrays, EngineConfig, Method
from physent.engines.hard_discs import arrays, discs, observables
from physent.engines.hard_discs.arrays import Rectangle, rectangle_of
from physent.engines.hard_discs.initial import phase_space_point
from physent.engines.hard_discs.parameters import Parameters, contact_tolerance, mixture_of, temperature_of
from physent.engines.hard_discs.species import MOST_SPECIES
from physent.engines.hard_discs.state import State, anew, begin, clocks, in_lines, phase_points
from physent.errors import RunError

_WORK_PER_EVENT = 40
"""Units of work (about 10 ns) per event."""


def box_of(parameters: Parameters) -> Rectangle:
    """The whole box with its cells."""
    walls = parameters.boundary == "walls"
    mixture = mixture_of(parameters)
    bins = observables.BINS_PER_THERMAL_SPEED / math.sqrt(temperature_of(parameters))
    largest = float(mixture.diameter.max())
    return rectangle_of(parameters.n, (parameters.box_length,) * 2, (walls, walls), largest, bins)


def _start(config: EngineConfig, given: Arrays | None) -> State:
    parameters = config.parameters
    return begin(parameters, box_of(parameters), *phase_space_point(config, given), config.schedule.start)


def stored(config: EngineConfig, fields: Mapping[str, Any]) -> State:
    """State with the fields of a checkpoint of either device."""
    rows = {name: in_lines(fields[name]) for name in ("discs", "times")}
    return State(**{**fields, **rows}, box=box_of(config.parameters), parameters=config.parameters)


def _restore(config: EngineConfig, fields: Mapping[str, Any]) -> State:
    state = stored(config, fields)
    return anew(state) if (state.counts[:, arrays.BUCKET] == arrays.NO_CALENDAR).any() else state


def _advance(state: State, target: float, work: int) -> float:
    aim(state, target)
    box, replicas = state.box, len(state.discs)
    budget = max(1, work // (_WORK_PER_EVENT * replicas))
    jit.spread(discs.run, replicas, state.gas, box, target, budget)
    return arrive(state)


def aim(state: State, target: float) -> None:
    """Note the sums at the first call towards a target: differences are taken from here."""
    if target != state.target:
        state.target = target
        state.last_time = state.time
        state.last_virial = state.sums[:, arrays.VIRIAL].copy()
        state.last_wall = state.sums[:, arrays.WALL].copy()


def arrive(state: State) -> float:
    """Set the time that all replicas have reached; RunError if a contact was farther off than by round-off."""
    tolerance = contact_tolerance(float(mixture_of(state.parameters).diameter.min()), state.box.lx)
    reached, bad = discs.standing(state.counts, state.sums, tolerance)
    if bad >= 0:
        raise RunError(
            f"replica {bad}: the distance of two discs in contact has a relative error of "
            f"{state.sums[bad, arrays.DEVIATION]:.1e}, expected below {tolerance:.0e}"
        )
    state.time = state.target if reached else _late(state)
    return state.time


def _late(state: State) -> float:
    """Time that all replicas have reached, below the target, because an event before it is still due."""
    late = float(clocks(state)[state.counts[:, arrays.REACHED] == 0].min())
    return max(state.time, min(late, math.nextafter(state.target, -math.inf)))


def _fields(state: State) -> dict[str, Array]:
    position, velocity, image = phase_points(state)
    return _scalars(state) | {"position": position, "velocity": velocity, "image": image}


def _scalars(state: State) -> dict[str, Array]:
    """Sums in memory order: several times faster than sorting discs by name."""
    counts = observables.Counts(
        collisions=state.counts[:, arrays.COLLISIONS],
        speeds=state.speeds,
        pairs=state.pairs,
        virial=state.sums[:, arrays.VIRIAL],
        last_virial=state.last_virial,
        wall=state.sums[:, arrays.WALL],
        last_wall=state.last_wall,
        elapsed=state.time - state.last_time,
    )
    rows = state.discs.reshape(len(state.discs), -1, 8)
    velocity = rows[:, :, arrays.VX : arrays.SINCE]
    species = None if state.parameters.species is None else state.species
    return observables.scalars(state.parameters, velocity, species, counts)


def _act(state: State, action: str) -> State:
    """Reverse all velocities and predict all events again; cumulative sums continue."""
    return anew(state, -1.0)


def _doubts(state: State, record: Arrays) -> Iterator[tuple[str, str]]:
    if state.time == state.last_time:
        yield from observables.doubts(state.parameters, record)


def memory(config: EngineConfig) -> int:
    """At most 130 bytes per disc; the start takes as much again."""
    box, n = box_of(config.parameters), int(config.parameters.n)
    calendar = 32 * n + 4 * (ring_of(n, 1.0)[0] + 1) + 4 * box.mx * box.my
    tallies = len(mixture_of(config.parameters).mass) * arrays.SPEED_BINS + MOST_SPECIES**2
    return int(config.replicas) * (72 * n + calendar + 8 * (tallies + 18))


METHOD = Method(
    start=_start,
    restore=_restore,
    advance=_advance,
    fields=_fields,
    scalars=_scalars,
    act=_act,
    doubts=_doubts,
    memory=memory,
)
