"""Shared by the methods of schools: everything except the search for neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import numpy as np

from physent.core.stepping import StepClock
from physent.engines import Array, Arrays, EngineConfig, Method, stored_fields
from physent.engines.couzin.observables import doubts
from physent.engines.couzin.state import SHARED_FROM, State, beginning, by_fish
from physent.errors import RunError

_WORK_PER_FISH = 30.0
"""Units of work (about 10 ns) per fish and step, without its candidates."""
_WORK_PER_CANDIDATE = 0.2

S = TypeVar("S", bound=State)


def march(
    state: S,
    target: float,
    work: int,
    candidates: int,
    steps: Callable[[S, int, int], None],
    shared_step: Callable[[S], Callable[[int], None]],
) -> float:
    """`Method.advance` for a method with about ``candidates`` candidates per fish; RunError if a position overflows.

    ``steps`` brings all replicas to a step number within a budget of steps per replica, one thread per replica;
    ``shared_step`` returns a function that makes one step of one replica with all threads.
    """
    clock = StepClock(state.leg_start, state.setup.step, state.leg_steps)
    count = clock.count(target)
    replicas, _, n = state.swarm.shape
    cost = n * (_WORK_PER_FISH + _WORK_PER_CANDIDATE * candidates)
    if n < SHARED_FROM:
        steps(state, count, max(1, int(work / (cost * replicas))))
    else:
        step = shared_step(state)
        for _ in range(max(1, int(work / cost))):
            # The replica that is furthest behind comes first: the time reached is that of the slowest one.
            r = int(state.steps.argmin())
            if state.steps[r] >= count:
                break
            step(r)
            state.steps[r] += 1
    state.time[:] = clock.time(state.steps, target)
    if not np.isfinite(state.swarm).all():
        replica = int(np.argmin(np.isfinite(state.swarm).all(axis=(1, 2))))
        raise RunError(
            f"replica {replica}: a position is not finite on the way to time {target:.6g}; "
            f"choose a smaller parameters.speed"
        )
    return float(state.time.min())


def method(
    restore: Callable[[EngineConfig, Mapping[str, Any]], Any],
    advance: Callable[[Any, float, int], float],
    memory: Callable[[EngineConfig], int],
) -> Method:
    """A method of schools, from its own functions."""
    return Method(
        start=lambda config, given: restore(config, beginning(config, given)),
        restore=restore,
        advance=advance,
        fields=_fields,
        change=lambda config, state: restore(config, _next_leg(state)),
        doubts=_doubts,
        memory=memory,
    )


def record_bytes(config: EngineConfig) -> int:
    """Bytes of state, scratch of one thread, and one record."""
    n, replicas = int(config.parameters.n), int(config.replicas)
    return replicas * n * (6 * 8 + 4) * 3 + n * 20 * 8


def _next_leg(state: State) -> dict[str, Any]:
    """The same fish; the next leg counts its time and steps from here."""
    return stored_fields(state) | {"leg_start": float(state.time.min()), "leg_steps": int(state.steps.min())}


def _fields(state: State) -> dict[str, Array]:
    position, heading = by_fish(state)
    record = state.order(position, heading)
    return {name: np.array(one) for name, one in record.items()} | {"position": position, "heading": heading}


def _doubts(state: State, record: Arrays) -> Iterator[tuple[str, str]]:
    return doubts(record, float(state.time.min()))
