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
from physent.engines.hard_discs.state import State, begin, in_lines, phase_points
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


def _restore(config: EngineConfig, stored: Mapping[str, Any]) -> State:
    rows = {name: in_lines(stored[name]) for name in ("discs", "times")}
    return State(**{**stored, **rows}, box=box_of(config.parameters), parameters=config.parameters)


def _advance(state: State, target: float, work: int) -> float:
    box, replicas = state.box, len(state.discs)
    if target != state.target:  # the first call towards this target: differences are taken from here
        state.target = target
        state.last_time = state.time
        state.last_virial = state.sums[:, arrays.VIRIAL].copy()
        state.last_wall = state.sums[:, arrays.WALL].copy()
    budget = max(1, work // (_WORK_PER_EVENT * replicas))
    jit.spread(discs.run, replicas, state.gas, box, target, budget)
    tolerance = contact_tolerance(float(mixture_of(state.parameters).diameter.min()), box.lx)
    reached, bad = discs.standing(state.gas, tolerance)
    if bad >= 0:
        raise RunError(
            f"replica {bad}: the distance of two discs in contact has a relative error of "
            f"{state.sums[bad, arrays.DEVIATION]:.1e}, expected below {tolerance:.0e}"
        )
    state.time = target if reached else _late(state, target)
    return state.time


def _late(state: State, target: float) -> float:
    """Time that all replicas have reached, below ``target``, because an event before it is still due."""
    years = (state.ring.shape[1] - 1) / state.sums[:, arrays.SCALE]
    now = state.sums[:, arrays.ORIGIN] + (state.counts[:, arrays.YEARS] * years + state.sums[:, arrays.NOW])
    late = float(now[state.counts[:, arrays.REACHED] == 0].min())
    return max(state.time, min(late, math.nextafter(target, -math.inf)))


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
    position, velocity, image = phase_points(state)
    turned = begin(state.parameters, state.box, position, -velocity, state.time)
    for replica, name in enumerate(turned.names):  # `begin` sorts discs by cell, with images at 0
        turned.images[replica] = image[replica, name].ravel()
    turned.counts[:, : arrays.YEARS] = state.counts[:, : arrays.YEARS]
    for column in (arrays.VIRIAL, arrays.WALL, arrays.DEVIATION):
        turned.sums[:, column] = state.sums[:, column]
    turned.speeds[:] = state.speeds
    turned.pairs[:] = state.pairs
    turned.last_time, turned.last_virial, turned.last_wall = state.last_time, state.last_virial, state.last_wall
    return turned


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
