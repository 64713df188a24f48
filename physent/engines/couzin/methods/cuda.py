"""Shared by the methods of schools on a CUDA device: tables, the march through steps, and a fish's own step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numba import cuda

from physent.core.cuda.launch import device_function, empty, upload, wait
from physent.core.stepping import StepClock
from physent.engines import EngineConfig
from physent.engines.couzin.state import State
from physent.engines.couzin.zones import COS_TURN, NOISE, SIN_TURN, STRIDE, TURN, respond, wrap
from physent.engines.twins import Resident
from physent.errors import RunError

_WORK_PER_FISH = 0.1
"""Units of work (about 10 ns) per fish and step, on a card of the class of an H100."""


class School(NamedTuple):
    """Constants of a config and scratch on the device."""

    kinds: Any  # (kinds, 9)
    kind: Any  # (n,) by fish
    keys: Any  # (replica,)
    made: Any  # (replica,) steps made when an advance begins
    lost: Any  # (1,) the first replica with a position that is not finite; their number if there is none
    old: Any  # (replica, 6, n) the swarms before a step
    kept: Any  # (replica, n) fish by slot before a step
    rule: int
    weight: float
    length: float


def school(config: EngineConfig, state: State) -> School:
    """Tables of a school of fish."""
    model = state.setup.model
    replicas, _, n = state.swarm.shape
    return School(
        upload(model.kinds),
        upload(model.kind),
        upload(state.setup.keys),
        upload(state.steps),
        upload(np.array([replicas], dtype=np.int32)),
        empty((replicas, 6, n)),
        empty((replicas, n), np.int32),
        model.rule,
        model.weight,
        model.length,
    )


def school_bytes(config: EngineConfig) -> int:
    """Bytes of state and of `school` on the device."""
    n, replicas = int(config.parameters.n), int(config.replicas)
    return replicas * n * 2 * (6 * 8 + 4) + 4 * n


def march(resident: Resident, target: float, work: int, step: Callable[[Resident, School, int], None]) -> float:
    """`Method.advance` on the device; ``step`` launches one step of all replicas. RunError if a position overflows."""
    state, tables = resident.state, resident.tables
    own: School = tables if isinstance(tables, School) else tables.school
    replicas, _, n = state.swarm.shape
    clock = StepClock(state.leg_start, state.setup.step, state.leg_steps)
    count, begin = clock.count(target), int(state.steps.min())
    end = min(count, begin + max(1, int(work / (_WORK_PER_FISH * replicas * n))))
    own.made.copy_to_device(state.steps)
    for number in range(begin, end):
        step(resident, own, number)
    wait()
    # Replicas of a state that the CPU has made may be at different steps: those ahead have waited.
    np.maximum(state.steps, end, out=state.steps)
    state.time[:] = clock.time(state.steps, target)
    replica = int(own.lost.copy_to_host()[0])
    if replica < replicas:
        raise RunError(
            f"replica {replica}: a position is not finite on the way to time {target:.6g}; "
            f"choose a smaller parameters.speed"
        )
    return float(state.time.min())


@device_function
def swim(row, slot, fish, old, kinds, kind, rule, length, sums, key, step, swarm, lost):  # type: ignore[no-untyped-def]
    """Move the fish of one slot by its `zone_sums`."""
    ux, uy, uz = old[row, 3, slot], old[row, 4, slot], old[row, 5, slot]
    largest = kinds[kind, TURN], kinds[kind, COS_TURN], kinds[kind, SIN_TURN]
    hx, hy, hz = respond(rule, ux, uy, uz, sums, largest, kinds[kind, NOISE], key, step, fish)
    stride = kinds[kind, STRIDE]
    x = wrap(old[row, 0, slot] + stride * hx, length)
    y = wrap(old[row, 1, slot] + stride * hy, length)
    z = wrap(old[row, 2, slot] + stride * hz, length)
    swarm[row, 0, slot], swarm[row, 1, slot], swarm[row, 2, slot] = x, y, z
    swarm[row, 3, slot], swarm[row, 4, slot], swarm[row, 5, slot] = hx, hy, hz
    # NaN is not equal to itself, and infinity less infinity is NaN.
    if x + y + z + hx + hy + hz - (x + y + z + hx + hy + hz) != 0.0:
        cuda.atomic.min(lost, 0, row)
