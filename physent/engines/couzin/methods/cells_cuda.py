"""`cells` on a CUDA device: fish sorted by cells of the largest radius, one thread per slot.

Cells of half the side, the lever of the CPU in a crowd, lose here: short loops cost more than useless candidates.
"""

from __future__ import annotations

from typing import NamedTuple

from numba import cuda

from physent.core.cells import along
from physent.core.cuda.cells import Sorting, count_by_cell, slot_of, sorting, sorting_bytes
from physent.core.cuda.launch import device_function, kernel
from physent.engines import EngineConfig
from physent.engines.couzin.methods import cells
from physent.engines.couzin.methods.cuda import School, march, school, school_bytes, swim
from physent.engines.couzin.zones import ATTRACTION2, BLIND, COUZIN2002, ORIENTATION2, REPULSION2, weigh
from physent.engines.twins import Resident, twin


class Tables(NamedTuple):
    """A school, and its cells."""

    school: School
    work: Sorting


@kernel(
    "void(float64[:, :, ::1], int32[:, ::1], int32[:, ::1], int32[:, ::1], int32[:, ::1],"
    "float64[:, :, ::1], int32[:, ::1])"
)
def carry(swarm, who, cell, start, member, old, kept):  # type: ignore[no-untyped-def]
    """Copy each fish to its slot in the order of the cells."""
    i = cuda.grid(1)
    for row in range(cuda.blockIdx.y, swarm.shape[0], cuda.gridDim.y):
        if i < swarm.shape[2]:
            slot = slot_of(i, row, cell, start, member)
            for k in range(6):
                old[row, k, slot] = swarm[row, k, i]
            kept[row, slot] = who[row, i]


@device_function
def sum_run(row, begin, end, shift, old, me, zones, reach2, weight, rear_repels, sums):  # type: ignore[no-untyped-def]
    """Add to the sums of a fish those over slots ``begin`` to ``end``, whose images are ``shift`` away."""
    x, y, z, ux, uy, uz = me
    repelling, ax, ay, az, bx, by, bz = sums
    for j in range(begin, end):
        dx, dy, dz = old[row, 0, j] + shift[0] - x, old[row, 1, j] + shift[1] - y, old[row, 2, j] + shift[2] - z
        if dx * dx + dy * dy + dz * dz < reach2:
            close, repel, attract, align = weigh(dx, dy, dz, ux, uy, uz, zones, weight, rear_repels)
            repelling += 1.0 if close else 0.0
            ax, ay, az = ax - repel * dx, ay - repel * dy, az - repel * dz
            bx += attract * dx + align * old[row, 3, j]
            by += attract * dy + align * old[row, 4, j]
            bz += attract * dz + align * old[row, 5, j]
    return repelling, ax, ay, az, bx, by, bz


@device_function
def turns(c, count):  # type: ignore[no-untyped-def]
    """How many times a cell number from -1 to ``count`` goes around an axis."""
    return -1 if c < 0 else (1 if c >= count else 0)


@device_function
def cell_along(x, axis, period, rate, shape):  # type: ignore[no-untyped-def]
    """Number of the cell of a coordinate, as `physent.core.cuda.cells.locate` finds it."""
    count = float(shape[axis])
    return int(along(x, rate[axis], count, 0.0 if period[axis] > 0.0 else 1.0 / count))


@device_function
def sum_zones(row, old, start, period, rate, shape, me, zones, weight, rear_repels):  # type: ignore[no-untyped-def]
    """`zone_sums` over the 27 cells around a fish; cells along the last axis are one run, or two across its ends."""
    nx, ny, nz = shape[0], shape[1], shape[2]
    cx = cell_along(me[0], 0, period, rate, shape)
    cy = cell_along(me[1], 1, period, rate, shape)
    cz = cell_along(me[2], 2, period, rate, shape)
    sums = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    reach2 = max(zones[0], zones[1], zones[2])
    for gx in range(cx - 1, cx + 2):
        tx = turns(gx, nx)
        for gy in range(cy - 1, cy + 2):
            ty = turns(gy, ny)
            base = ((gx - tx * nx) * ny + gy - ty * ny) * nz
            # The runs from cell cz - 1 to cz + 1: inside, and beyond the lower or the upper end.
            for part in range(-1, 2):
                first, last = max(cz - 1, part * nz), min(cz + 1, part * nz + nz - 1)
                if first <= last:
                    shift = tx * period[0], ty * period[1], part * period[2]
                    begin, end = start[row, base + first - part * nz], start[row, base + last - part * nz + 1]
                    sums = sum_run(row, begin, end, shift, old, me, zones, reach2, weight, rear_repels, sums)
    return sums


@kernel(
    "void(float64[:, :, ::1], int32[:, ::1], int32[:, ::1], float64[::1], float64[::1], int64[::1], float64[:, ::1],"
    "int32[::1], uint64[::1], int64[::1], int32[::1], int64, float64, float64, int64, float64[:, :, ::1],"
    "int32[:, ::1])",
    threads=64,
)
def move(old, kept, start, period, rate, shape, kinds, kind, keys, made, lost, rule, weight, length, step, swarm, who):  # type: ignore[no-untyped-def]
    """One step of the fish in each slot of the replicas that have not made it yet."""
    slot = cuda.grid(1)
    for row in range(cuda.blockIdx.y, old.shape[0], cuda.gridDim.y):
        if slot < old.shape[2] and made[row] <= step:
            fish = kept[row, slot]
            k = kind[fish]
            zones = kinds[k, REPULSION2], kinds[k, ORIENTATION2], kinds[k, ATTRACTION2], kinds[k, BLIND]
            me = (
                old[row, 0, slot], old[row, 1, slot], old[row, 2, slot],
                old[row, 3, slot], old[row, 4, slot], old[row, 5, slot],
            )  # fmt: skip
            sums = sum_zones(row, old, start, period, rate, shape, me, zones, weight, rule == COUZIN2002)
            swim(row, slot, fish, old, kinds, k, rule, length, sums, keys[row], step, swarm, lost)
            who[row, slot] = fish


def _tables(config: EngineConfig, state: cells.State) -> Tables:
    replicas, _, n = state.swarm.shape
    return Tables(school(config, state), sorting(state.grids[0], n, replicas))


def _step(resident: Resident, own: School, number: int) -> None:
    swarm, who, work = resident.swarm, resident.who, resident.tables.work
    replicas, _, n = swarm.shape
    count_by_cell(swarm, work)
    carry(n, swarm, who, work.cell, work.start, work.member, own.old, own.kept, rows=replicas)
    constants = (own.kinds, own.kind, own.keys, own.made, own.lost, own.rule, own.weight, own.length)
    sorted_by = (own.old, own.kept, work.start, work.period, work.rate, work.shape)
    move(n, *sorted_by, *constants, number, swarm, who, rows=replicas)


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
)
