"""`all_pairs` on a CUDA device: one thread per fish, which looks at every other fish of its replica."""

from __future__ import annotations

import numpy as np
from numba import cuda

from physent.core.cuda.launch import kernel
from physent.engines.couzin.methods import all_pairs
from physent.engines.couzin.methods.cuda import School, march, school, school_bytes, swim
from physent.engines.couzin.zones import ATTRACTION2, BLIND, COUZIN2002, ORIENTATION2, REPULSION2, weigh
from physent.engines.twins import Resident, twin


@kernel("void(float64[:, :, ::1], float64[:, :, ::1])")
def keep(swarm, old):  # type: ignore[no-untyped-def]
    """Copy the swarms: all fish move at once."""
    i = cuda.grid(1)
    for row in range(cuda.blockIdx.y, swarm.shape[0], cuda.gridDim.y):
        if i < swarm.shape[2]:
            for k in range(6):
                old[row, k, i] = swarm[row, k, i]


@kernel(
    "void(float64[:, :, ::1], int32[:, ::1], float64[:, ::1], int32[::1], uint64[::1], int64[::1], int32[::1],"
    "int64, float64, float64, int64, float64[:, :, ::1])"
)
def move(old, who, kinds, kind, keys, made, lost, rule, weight, length, step, swarm):  # type: ignore[no-untyped-def]
    """One step of the fish in each slot of the replicas that have not made it yet."""
    slot = cuda.grid(1)
    n = old.shape[2]
    rate = 1.0 / length if length > 0.0 else 0.0
    for row in range(cuda.blockIdx.y, old.shape[0], cuda.gridDim.y):
        if slot < n and made[row] <= step:
            fish = who[row, slot]
            k = kind[fish]
            zones = kinds[k, REPULSION2], kinds[k, ORIENTATION2], kinds[k, ATTRACTION2], kinds[k, BLIND]
            reach2 = max(zones[0], zones[1], zones[2])
            x, y, z = old[row, 0, slot], old[row, 1, slot], old[row, 2, slot]
            ux, uy, uz = old[row, 3, slot], old[row, 4, slot], old[row, 5, slot]
            repelling = ax = ay = az = bx = by = bz = 0.0
            for j in range(n):
                px, py, pz = old[row, 0, j], old[row, 1, j], old[row, 2, j]
                dx = px - length * np.rint((px - x) * rate) - x
                dy = py - length * np.rint((py - y) * rate) - y
                dz = pz - length * np.rint((pz - z) * rate) - z
                if dx * dx + dy * dy + dz * dz < reach2:
                    close, repel, attract, align = weigh(dx, dy, dz, ux, uy, uz, zones, weight, rule == COUZIN2002)
                    repelling += 1.0 if close else 0.0
                    ax, ay, az = ax - repel * dx, ay - repel * dy, az - repel * dz
                    bx += attract * dx + align * old[row, 3, j]
                    by += attract * dy + align * old[row, 4, j]
                    bz += attract * dz + align * old[row, 5, j]
            sums = repelling, ax, ay, az, bx, by, bz
            swim(row, slot, fish, old, kinds, k, rule, length, sums, keys[row], step, swarm, lost)


def _step(resident: Resident, own: School, number: int) -> None:
    replicas, _, n = resident.swarm.shape
    keep(n, resident.swarm, own.old, rows=replicas)
    constants = (own.kinds, own.kind, own.keys, own.made, own.lost, own.rule, own.weight, own.length)
    move(n, own.old, resident.who, *constants, number, resident.swarm, rows=replicas)


METHOD = twin(
    all_pairs.METHOD,
    ("swarm", "who"),
    lambda resident, target, work: march(resident, target, work, _step),
    tables=school,
    memory=school_bytes,
)
