"""`all_pairs` on a CUDA device: one thread per fish, which looks at every other fish of its replica."""

from __future__ import annotations

import numpy as np
from numba import cuda

from physent.core.cuda.clusters import one_cell
from physent.core.cuda.launch import device_function, kernel
from physent.engines.couzin.methods import all_pairs
from physent.engines.couzin.methods.cuda import (
    NOTHING,
    ONE,
    SHOWN,
    SIX,
    TWO,
    School,
    add_one,
    fish_at,
    march,
    scalars,
    school,
    school_bytes,
    swim,
)
from physent.engines.couzin.order_cuda import order, order_by_cpu
from physent.engines.couzin.zones import ATTRACTION2, BLIND, COUZIN2002, ORIENTATION2, REPULSION2
from physent.engines.twins import Resident, twin
from physent.typing import Array


@kernel("void(float64[:, :, ::1], float64[::1])")
def keep(swarm, old):  # type: ignore[no-untyped-def]
    """Copy the swarms: all fish move at once."""
    i = cuda.grid(1)
    n = swarm.shape[2]
    for row in range(cuda.blockIdx.y, swarm.shape[0], cuda.gridDim.y):
        if i < n:
            for k in range(6):
                old[6 * (row * n + i) + k] = swarm[row, k, i]


@device_function
def nearest(x, to, length, rate):  # type: ignore[no-untyped-def]
    """The image of a coordinate that is nearest to another one, for a fish that looks at ``to``: it moves instead."""
    return x + length * np.rint((to - x) * rate)


@device_function
def sum_all(first, stop, old, me, length, zones, weight, rear_repels):  # type: ignore[no-untyped-def]
    """`zone_sums` over all fish of a replica, each at its image nearest to the fish at ``me``.

    ``first`` and ``stop`` are unsigned and count numbers: then a candidate takes one addition for its address, and no
    test for an index that counts from the end.
    """
    rate = 1.0 / length if length > 0.0 else 0.0
    x, y, z, ux, uy, uz = me
    sums = NOTHING
    at = first
    while at < stop:
        px, py, pz = old[at], old[at + ONE], old[at + TWO]
        dx = px - nearest(x, px, length, rate)
        dy = py - nearest(y, py, length, rate)
        dz = pz - nearest(z, pz, length, rate)
        r2 = dx * dx + dy * dy + dz * dz
        if r2 < zones[2]:  # the attraction radius is the largest
            sums = add_one(dx, dy, dz, r2, (ux, uy, uz), at, old, zones, weight, rear_repels, sums)
        at += SIX
    return sums


@kernel(
    "void(float64[::1], int32[:, ::1], float64[:, ::1], int32[::1], uint64[::1], int64[::1], int32[::1],"
    "int64, float64, float64, int64, float64[:, :, ::1])"
)
def move(old, who, kinds, kind, keys, made, lost, rule, weight, length, step, swarm):  # type: ignore[no-untyped-def]
    """One step of the fish in each slot of the replicas that have not made it yet."""
    slot = cuda.grid(1)
    n = who.shape[1]
    for row in range(cuda.blockIdx.y, who.shape[0], cuda.gridDim.y):
        if slot < n and made[row] <= step:
            fish = who[row, slot]
            k = kind[fish]
            zones = kinds[k, REPULSION2], kinds[k, ORIENTATION2], kinds[k, ATTRACTION2], kinds[k, BLIND]
            me = fish_at(np.uint64(6 * (row * n + slot)), old)
            first, stop = np.uint64(6 * row * n), np.uint64(6 * (row + 1) * n)
            sums = sum_all(first, stop, old, me, length, zones, weight, rule == COUZIN2002)
            swim(row, slot, fish, me, kinds, k, rule, length, sums, keys[row], step, swarm, lost)


def _step(resident: Resident, own: School, number: int) -> None:
    replicas, _, n = resident.swarm.shape
    keep(n, resident.swarm, own.old, rows=replicas)
    constants = (own.kinds, own.kind, own.keys, own.made, own.lost, own.rule, own.weight, own.length)
    move(n, own.old, resident.who, *constants, number, resident.swarm, rows=replicas)


def _order(resident: Resident) -> dict[str, Array]:
    own = resident.tables
    if own.look is None:
        return order_by_cpu(resident)
    replicas, _, n = resident.swarm.shape
    keep(n, resident.swarm, own.old, rows=replicas)
    return order(resident, own.look, own.old, resident.who, one_cell(replicas, n, own.length))


METHOD = twin(
    all_pairs.METHOD,
    ("swarm", "who"),
    lambda resident, target, work: march(resident, target, work, _step),
    tables=school,
    memory=school_bytes,
    measures={"order": _order},
    measures_there=lambda tables: tables.look is not None,
    scalars=scalars,
    shown=SHOWN,
)
