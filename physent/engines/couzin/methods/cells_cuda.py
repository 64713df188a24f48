"""`cells` on a CUDA device: fish sorted by cells of the largest radius, one thread per slot.

Cells of half the side, the lever of the CPU in a crowd, lose here: short loops cost more than useless candidates.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import cuda

from physent.core.cuda.cells import Sorting, cell_of, count_by_cell, slot_of, sorting, sorting_bytes
from physent.core.cuda.clusters import cells_of
from physent.core.cuda.launch import MOST_ROWS, device_function, kernel
from physent.engines import EngineConfig
from physent.engines.couzin.methods import cells
from physent.engines.couzin.methods.cuda import School, fish_at, march, scalars, school, school_bytes, sum_run, swim
from physent.engines.couzin.order_cuda import order, order_by_cpu
from physent.engines.couzin.zones import ATTRACTION2, BLIND, COUZIN2002, ORIENTATION2, REPULSION2
from physent.engines.twins import Resident, twin
from physent.typing import Array


class Tables(NamedTuple):
    """A school, and its cells."""

    school: School
    work: Sorting


@kernel(
    "void(float64[:, :, ::1], int32[:, ::1], int32[:, ::1], int32[:, ::1], int32[:, ::1],float64[::1], int32[:, ::1])"
)
def carry(swarm, who, cell, start, member, old, kept):  # type: ignore[no-untyped-def]
    """Copy each fish to its slot in the order of the cells."""
    i = cuda.grid(1)
    n = swarm.shape[2]
    for row in range(cuda.blockIdx.y, swarm.shape[0], cuda.gridDim.y):
        if i < n:
            slot = slot_of(i, row, cell, start, member)
            for k in range(6):
                old[6 * (row * n + slot) + k] = swarm[row, k, i]
            kept[row, slot] = who[row, i]


@device_function
def turns(c, count):  # type: ignore[no-untyped-def]
    """How many times a cell number from -1 to ``count`` goes around an axis."""
    return -1 if c < 0 else (1 if c >= count else 0)


@device_function
def sum_zones(row, n, old, start, period, rate, shape, me, zones, weight, rear_repels):  # type: ignore[no-untyped-def]
    """`zone_sums` over the 27 cells around a fish; cells along the last axis are one run, or two across its ends."""
    nx, ny, nz = shape[0], shape[1], shape[2]
    cx = cell_of(me[0], 0, period, rate, shape)
    cy = cell_of(me[1], 1, period, rate, shape)
    cz = cell_of(me[2], 2, period, rate, shape)
    sums = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for gx in range(cx - 1, cx + 2):
        tx = turns(gx, nx)
        for gy in range(cy - 1, cy + 2):
            ty = turns(gy, ny)
            base = ((gx - tx * nx) * ny + gy - ty * ny) * nz
            gz = cz - 1
            while gz <= cz + 1:
                tz = turns(gz, nz)
                last = min(cz + 1, tz * nz + nz - 1)
                # Where the fish would be for those across a face of the box: one shift for all of them.
                x, y, z = me[0] - tx * period[0], me[1] - ty * period[1], me[2] - tz * period[2]
                here = x, y, z, me[3], me[4], me[5]
                begin, end = start[row, base + gz - tz * nz], start[row, base + last - tz * nz + 1]
                at, stop = np.uint64(6 * (row * n + begin)), np.uint64(6 * (row * n + end))
                sums = sum_run(at, stop, old, here, zones, weight, rear_repels, sums)
                gz = last + 1
    return sums


@kernel(
    "void(float64[::1], int32[:, ::1], int32[:, ::1], float64[::1], float64[::1], int64[::1], float64[:, ::1],"
    "int32[::1], uint64[::1], int64[::1], int32[::1], int64, float64, float64, int64, float64[:, :, ::1],"
    "int32[:, ::1], int64)",
    threads=64,
)
def move(  # type: ignore[no-untyped-def]
    old, kept, start, period, rate, shape, kinds, kind, keys, made, lost, rule, weight, length, step, swarm, who, first
):
    """One step of the fish in each slot of the replicas from ``first`` that have not made it yet.

    One replica per block along y, because a loop over them would cost registers.
    """
    slot, row = cuda.grid(1), first + cuda.blockIdx.y
    n = kept.shape[1]
    if slot < n and made[row] <= step:
        fish = kept[row, slot]
        k = kind[fish]
        zones = kinds[k, REPULSION2], kinds[k, ORIENTATION2], kinds[k, ATTRACTION2], kinds[k, BLIND]
        me = fish_at(np.uint64(6 * (row * n + slot)), old)
        sums = sum_zones(row, n, old, start, period, rate, shape, me, zones, weight, rule == COUZIN2002)
        swim(row, slot, fish, me, kinds, k, rule, length, sums, keys[row], step, swarm, lost)
        who[row, slot] = fish


def _tables(config: EngineConfig, state: cells.State) -> Tables:
    replicas, _, n = state.swarm.shape
    return Tables(school(config, state), sorting(state.grids[0], n, replicas))


def _sort(resident: Resident, own: School) -> None:
    swarm, work = resident.swarm, resident.tables.work
    count_by_cell(swarm, work)
    carry(
        swarm.shape[2], swarm, resident.who, work.cell, work.start, work.member, own.old, own.kept, rows=swarm.shape[0]
    )


def _step(resident: Resident, own: School, number: int) -> None:
    swarm, who, work = resident.swarm, resident.who, resident.tables.work
    replicas, _, n = swarm.shape
    _sort(resident, own)
    constants = (own.kinds, own.kind, own.keys, own.made, own.lost, own.rule, own.weight, own.length)
    sorted_by = (own.old, own.kept, work.start, work.period, work.rate, work.shape)
    for first in range(0, replicas, MOST_ROWS):
        move(n, *sorted_by, *constants, number, swarm, who, first, rows=min(MOST_ROWS, replicas - first))


def _order(resident: Resident) -> dict[str, Array]:
    own, work = resident.tables.school, resident.tables.work
    if own.look is None:
        return order_by_cpu(resident)
    _sort(resident, own)
    return order(resident, own.look, own.old, own.kept, cells_of(work.start, resident.state.grids[0]))


def _memory(config: EngineConfig) -> int:
    grids = cells.grids_of(config.parameters)
    assert grids is not None
    return school_bytes(config) + sorting_bytes(grids[0], int(config.parameters.n), int(config.replicas))


METHOD = twin(
    cells.METHOD,
    ("swarm", "who"),
    lambda resident, target, work: march(resident, target, work, _step),
    tables=_tables,
    memory=_memory,
    measures={"order": _order},
    measures_there=lambda tables: tables.school.look is not None,
    scalars=scalars,
)
