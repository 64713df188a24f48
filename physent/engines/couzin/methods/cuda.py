"""Shared by the methods of schools on a CUDA device: tables, the march through steps, and a fish's own step."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from typing import Any, NamedTuple

import numpy as np
from numba import cuda

from physent.core.cuda.launch import device_function, empty, kernel, pinned, upload
from physent.core.cuda.packed import nought, two_at
from physent.core.cuda.reciprocal import reciprocal_root
from physent.core.stepping import StepClock
from physent.engines import EngineConfig
from physent.engines.couzin.order_cuda import Look, look, look_bytes
from physent.engines.couzin.state import State
from physent.engines.couzin.zones import COS_TURN, NOISE, SIN_TURN, STRIDE, TURN, respond, wrap, zone_of
from physent.engines.twins import Measures, Resident
from physent.errors import RunError
from physent.typing import Array

_WORK_PER_FISH = 0.1
"""Units of work (about 10 ns) per fish and step, on a card of the class of an H100."""


class School(NamedTuple):
    """Constants of a config and scratch on the device."""

    kinds: Any  # (kinds, 9)
    kind: Any  # (n,) by fish
    keys: Any  # (replica,)
    made: Any  # (replica,) steps made when an advance begins
    lost: Any  # (1,) the first replica with a position that is not finite; their number if there is none
    old: Any  # (replica * n * 6,) the swarms before a step, the numbers of a fish side by side; free between steps
    kept: Any  # (replica, n) fish by slot before a step
    rule: int
    weight: float
    length: float
    look: Look | None
    shown: dict[int, Array]  # (replica, n, 3) on the host, by first row of the swarm


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
        empty(replicas * n * 6),
        empty((replicas, n), np.int32),
        model.rule,
        model.weight,
        model.length,
        look(config, state),
        {},
    )


def school_bytes(config: EngineConfig) -> int:
    """Bytes of state and of `school` on the device."""
    n, replicas = int(config.parameters.n), int(config.replicas)
    return replicas * n * 2 * (6 * 8 + 4) + 4 * n + look_bytes(config)


def scalars(state: State) -> dict[str, Array]:
    """`Method.scalars` of a school on the device."""
    order: Any = state.order
    return {name: np.array(one) for name, one in order().items()}


@kernel("void(float64[:, :, ::1], int32[:, ::1], int64, float64[::1])")
def put_in_order(swarm, who, first, out):  # type: ignore[no-untyped-def]
    """Three rows of the swarms from ``first``, to ``out`` as (replica, n, 3) in the order of the fish."""
    slot = cuda.grid(1)
    n = who.shape[1]
    for row in range(cuda.blockIdx.y, who.shape[0], cuda.gridDim.y):
        if slot < n:
            at = 3 * (row * n + who[row, slot])
            for axis in range(3):
                out[at + axis] = swarm[row, first + axis, slot]


def _by_fish(first: int) -> Callable[[Resident], Array]:
    def show(resident: Resident) -> Array:
        tables = resident.tables
        own: School = tables if isinstance(tables, School) else tables.school
        replicas, n = resident.who.shape
        put_in_order(n, resident.swarm, resident.who, first, own.old, rows=replicas)
        if first not in own.shown:
            own.shown[first] = pinned(np.empty((replicas, n, 3)))
        own.old[: own.shown[first].size].copy_to_host(own.shown[first].reshape(-1))
        return own.shown[first]

    return show


SHOWN: Measures = {"position": _by_fish(0), "heading": _by_fish(3)}
"""Fields of the record, as `physent.engines.couzin.state.by_fish`."""


def march(
    resident: Resident, target: float, work: int, step: Callable[[Resident, School, int], None]
) -> Generator[None, None, float]:
    """`Method.advance` on the device; ``step`` launches one step of all replicas. RunError if a position overflows."""
    state, tables = resident.state, resident.tables
    own: School = tables if isinstance(tables, School) else tables.school
    replicas, _, n = resident.swarm.shape
    clock = StepClock(state.leg_start, state.setup.step, state.leg_steps)
    count, begin = clock.count(target), int(state.steps.min())
    end = min(count, begin + max(1, int(work / (_WORK_PER_FISH * replicas * n))))
    own.made.copy_to_device(state.steps)
    for number in range(begin, end):
        step(resident, own, number)
    yield
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


ONE, TWO, THREE, FOUR, FIVE, SIX = map(np.uint64, range(1, 7))


@device_function
def fish_at(at, old):  # type: ignore[no-untyped-def]
    """Position and heading of the fish whose numbers begin at ``at``."""
    return old[at], old[at + ONE], old[at + TWO], old[at + THREE], old[at + FOUR], old[at + FIVE]


NOTHING = np.int32(0), 0.0, 0.0, 0.0
"""Sums before any fish: whether one repels; then of the directions to those that do, else of the response."""


@device_function
def add_one(dx, dy, dz, r2, mine, at, old, zones, weight, rear_repels, sums):  # type: ignore[no-untyped-def]
    """Add one fish, at (dx, dy, dz), to the sums of another with heading ``mine``; its numbers begin at ``at``.

    Repulsion has priority, so the first fish that repels ends the sum of response. A heading is read only where it
    counts: reading takes most of the time.
    """
    repelling, x, y, z = sums
    ux, uy, uz = mine
    scale = reciprocal_root(r2)  # not for the fish itself, which is in none of the zones
    close, aligns, attracts = zone_of(dx, dy, dz, r2, scale, ux, uy, uz, zones, rear_repels)
    if close and repelling == 0:
        repelling, x, y, z = np.int32(1), nought(), nought(), nought()
    responds = repelling == 0
    share = scale if close or (attracts and responds) else 0.0
    if aligns and responds:
        share, dx = weight, old[at + THREE]
        dy, dz = two_at(old, at + FOUR)
    return repelling, x + share * dx, y + share * dy, z + share * dz


@device_function
def swim(row, slot, fish, me, kinds, kind, rule, length, sums, key, step, swarm, lost):  # type: ignore[no-untyped-def]
    """Move the fish of one slot by its sums (`NOTHING`); ``me`` is its position and heading."""
    x, y, z, ux, uy, uz = me
    repelling, sx, sy, sz = sums
    all_sums = repelling, -sx, -sy, -sz, sx, sy, sz
    largest = kinds[kind, TURN], kinds[kind, COS_TURN], kinds[kind, SIN_TURN]
    hx, hy, hz = respond(rule, ux, uy, uz, all_sums, largest, kinds[kind, NOISE], key, step, fish)
    stride = kinds[kind, STRIDE]
    x, y, z = wrap(x + stride * hx, length), wrap(y + stride * hy, length), wrap(z + stride * hz, length)
    swarm[row, 0, slot], swarm[row, 1, slot], swarm[row, 2, slot] = x, y, z
    swarm[row, 3, slot], swarm[row, 4, slot], swarm[row, 5, slot] = hx, hy, hz
    if not math.isfinite(x + y + z + hx + hy + hz):
        cuda.atomic.min(lost, 0, row)
