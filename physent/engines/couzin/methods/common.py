"""What the methods of schools share: all but how one step finds the fish to react to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import numpy as np

from physent.core.stepping import StepClock
from physent.engines import Array, Arrays, EngineConfig, Method, stored_fields
from physent.engines.couzin.observables import doubts, observe
from physent.engines.couzin.state import State, beginning, by_fish, by_slot
from physent.errors import RunError

SHARED_FROM = 2000
"""Number of fish from which the threads share one school, replica after replica, instead of sharing out replicas."""

_WORK_PER_FISH = 30.0
"""Units of work (about 10 ns) of one step of one fish, without its candidates."""
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
    """`Method.advance` for a method that looks at so many ``candidates`` of a fish; raises RunError if one flies off.

    ``steps`` brings all replicas to a step number within a budget of steps per replica, each replica by one thread;
    ``shared_step`` gives what makes one step of one replica by all threads.
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
            # All replicas are kept at one step, so that what is reached is the time of every one of them.
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
            f"a smaller parameters.speed would help"
        )
    return float(state.time.min())


def method(
    restore: Callable[[EngineConfig, Mapping[str, Any]], Any],
    advance: Callable[[Any, float, int], float],
    memory: Callable[[EngineConfig], int],
) -> Method:
    """A method of schools, from what is its own."""
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
    """Bytes of state, scratch of one thread, and a record in the making."""
    n, replicas = int(config.parameters.n), int(config.replicas)
    return replicas * n * (6 * 8 + 4) * 3 + n * 20 * 8


def _next_leg(state: State) -> dict[str, Any]:
    """The same fish, from whose time and step number the steps of a leg with other parameters count."""
    return stored_fields(state) | {"leg_start": float(state.time.min()), "leg_steps": int(state.steps.min())}


def _fields(state: State) -> dict[str, Array]:
    setup, (position, heading) = state.setup, by_fish(state)
    if setup.groups or state.swarm.shape[2] < SHARED_FROM:
        return observe(position, heading, setup.box_length, setup.attraction, setup.groups)
    # Equal fish in any order have the same measures, and neighbours in slots next to each other the quickest.
    record = observe(*by_slot(state), setup.box_length, setup.attraction)
    return record | {"position": position, "heading": heading}


def _doubts(state: State, record: Arrays) -> Iterator[tuple[str, str]]:
    return doubts(record, float(state.time.min()))
