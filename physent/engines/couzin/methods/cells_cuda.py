"""`cells` on a CUDA device: fish sorted by cells of the largest radius, or of half of it, one thread per slot."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import cuda, uint32

from physent.core.cells import Grid, along
from physent.core.cuda.cells import Sorting, count_by_cell, slot_of, sorting, sorting_bytes
from physent.core.cuda.clusters import cells_of
from physent.core.cuda.launch import MOST_ROWS, SIMULATED, device_function, empty, kernel
from physent.core.cuda.packed import (
    STEPS,
    WORD,
    address,
    any_lane,
    limit_of,
    push,
    put_two,
    steps,
    two_at,
    word,
    word_at,
    word_of,
)
from physent.engines import EngineConfig
from physent.engines.couzin.methods import cells
from physent.engines.couzin.methods.cuda import (
    FOUR,
    NOTHING,
    ONE,
    SHOWN,
    SIX,
    THREE,
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

MOVERS, REGISTERS = 64, 80
"""Threads of a block of `move`, and the most registers of each, 0 for no limit."""
CAPACITY, CHUNK = 16 if SIMULATED else 32, 8
"""Slots, a power of two, in the list of a thread; candidates, a multiple of 4, between votes on whether one is full."""
CROWDED = 20.0
"""Mean number of fish per cell of a periodic box, in cells of the largest radius, above which half cells pay off.

That is 84 neighbours. Half cells have fewer useless candidates, but more runs of them, each with an incomplete last
chunk: both cost the same there, by the instructions of warps of fish spread evenly and times measured at 30 and 200
neighbours. The choice follows from the config alone, and so the bits do not depend on the run.
"""
LONG, LANES = np.uint64(CHUNK), 32
NEXT, RING = np.uint32(LANES * WORD), np.uint32(CAPACITY * LANES * WORD - 1)
FULL, BITE = np.uint32((CAPACITY - CHUNK) * NEXT), np.uint32(CHUNK * NEXT)
"""A list is a ring: a lane keeps what exceeds one bite until others are full, too."""


class Tables(NamedTuple):
    """A school, and its cells."""

    school: School
    work: Sorting
    starts: Any  # the same as ``work.start``, flat
    words: Any  # (replica * n + CHUNK,) positions by slot, packed
    flat: Any  # (replica * n * 2,) x and y by slot
    depth: Any  # (replica * n,) z by slot
    grid: Grid
    whole: Sorting  # by whole cells, for clusters; the same as ``work`` unless that has half cells


@kernel(
    "void(float64[:, :, ::1], int32[:, ::1], int32[:, ::1], int32[:, ::1], int32[:, ::1], float64, float64[::1],"
    "int32[:, ::1], uint32[::1], float64[::1], float64[::1])"
)
def carry(swarm, who, cell, start, member, fine, old, kept, words, flat, depth):  # type: ignore[no-untyped-def]
    """Copy each fish to its slot in the order of the cells."""
    i = cuda.grid(1)
    n = swarm.shape[2]
    for row in range(cuda.blockIdx.y, swarm.shape[0], cuda.gridDim.y):
        if i < n:
            slot = slot_of(i, row, cell, start, member)
            at = row * n + slot
            x, y, z = swarm[row, 0, i], swarm[row, 1, i], swarm[row, 2, i]
            first = np.uint64(6 * at)
            put_two(old, first, x, y)
            put_two(old, first + TWO, z, swarm[row, 3, i])
            put_two(old, first + FOUR, swarm[row, 4, i], swarm[row, 5, i])
            words[at] = word_of(x, y, z, fine)
            put_two(flat, np.uint64(2 * at), x, y)
            depth[at] = z
            kept[row, slot] = who[row, i]


@device_function
def turns(c, count):  # type: ignore[no-untyped-def]
    """How many times a cell number from -1 to ``count`` goes around an axis."""
    return -1 if c < 0 else (1 if c >= count else 0)


@device_function
def collect(at, left, words, mine, limit, hits, base, top):  # type: ignore[no-untyped-def]
    """Append to a list those of ``left`` slots from ``at``, at most `CHUNK` of them, that may be within reach."""
    slot = np.uint32(at)
    for k in range(0, CHUNK, 4):
        here = at + np.uint64(k)
        one, two, three, four = words[here], words[here + ONE], words[here + TWO], words[here + THREE]
        top = push(hits, base, top, slot, np.uint32(k), one, mine, limit, left, RING)
        top = push(hits, base, top, slot, np.uint32(k + 1), two, mine, limit, left, RING)
        top = push(hits, base, top, slot, np.uint32(k + 2), three, mine, limit, left, RING)
        top = push(hits, base, top, slot, np.uint32(k + 3), four, mine, limit, left, RING)
    return top


@device_function
def nearest(d, length):  # type: ignore[no-untyped-def]
    """A difference of coordinates to the nearest image of a fish in the box."""
    return d - math.copysign(length, d) if abs(d) > 0.5 * length else d


@device_function
def sum_hits(hits, base, at, top, fish, own, model, edge, sums):  # type: ignore[no-untyped-def]
    """Add to the sums of the fish in slot ``own`` those over the slots of a list.

    At an ``edge`` some are across a face of the box. Its numbers are read here, not held while lists are made.
    """
    old, flat, depth = fish
    kinds, kind, length, weight, rear_repels = model
    x, y, z, ux, uy, uz = fish_at(own * SIX, old)
    zones = kinds[kind, REPULSION2], kinds[kind, ORIENTATION2], kinds[kind, ATTRACTION2], kinds[kind, BLIND]
    while at < top:
        slot = np.uint64(word_at(hits, np.uint32(base + (at & RING))))
        px, py = two_at(flat, slot * TWO)
        dx, dy, dz = px - x, py - y, depth[slot] - z
        if edge:
            dx, dy, dz = nearest(dx, length), nearest(dy, length), nearest(dz, length)
        r2 = dx * dx + dy * dy + dz * dz
        sums = add_one(dx, dy, dz, r2, (ux, uy, uz), slot * SIX, old, zones, weight, rear_repels, sums)
        at = np.uint32(at + NEXT)
    return sums


@device_function
def sum_zones(row, n, slot, fish, words, start, rate, count, span, model):  # type: ignore[no-untyped-def]
    """`zone_sums` over the cells around a fish; cells along the last axis are one run, or two across its ends.

    Each lane lists the slots that may be within reach, and when a list may overflow all lanes go through theirs: so
    the expensive part never runs for only a few lanes. The sums are taken in the order of the slots.
    """
    (_, flat, depth), (kinds, kind, length, _, _) = fish, model
    hits = cuda.shared.array(0, uint32)
    t = cuda.threadIdx.x
    base = address(hits, np.uint64((t // LANES * CAPACITY) * LANES + t % LANES))
    head, top = np.uint32(0), np.uint32(0)
    own = np.uint64(row * n + slot)
    x, y = two_at(flat, own * TWO)
    z = depth[own]
    cx, cy, cz = cell(x, rate, count, length), cell(y, rate, count, length), cell(z, rate, count, length)
    edge = length > 0.0 and (min(cx, cy, cz) < span or max(cx, cy, cz) >= count - span)
    side = STEPS // span
    fine = rate * side
    qx, qy, qz = steps(x, fine, 0.0), steps(y, fine, 0.0), steps(z, fine, 0.0)
    # Steps once around the box; cells that an open axis folds are where they are.
    whole = np.int32(count * side) if length > 0.0 else np.int32(0)
    limit = limit_of(x, y, z, fine, math.sqrt(kinds[kind, ATTRACTION2]))
    sums = NOTHING
    gx, gy, gz = np.int32(cx - span), np.int32(cy - span), np.int32(cz - span)
    at, left, mine, going = np.uint64(0), np.int32(0), np.uint32(0), True
    while going:
        if not any_lane(left > 0):
            # The lanes of a warp go on together along x and y, and along z when all of them have their runs of it.
            if not any_lane(gz <= cz + span):
                gy, gz = np.int32(gy + 1), np.int32(cz - span)
                if gy > cy + span:
                    gx, gy = np.int32(gx + 1), np.int32(cy - span)
            going = gx <= cx + span
            tx, ty, tz = turns(gx, count), turns(gy, count), turns(gz, count)
            last = np.int32(min(cz + span, tz * count + count - 1))
            if going and gz <= last:
                cells_before = ((gx - tx * count) * count + gy - ty * count) * count - tz * count
                run = row * (count * count * count + 1) + cells_before
                begin = start[np.uint64(run + gz)]
                left = np.int32(start[np.uint64(run + last + 1)] - begin)
                at = np.uint64(row * n + begin)
                # Where the fish would be for those across a face of the box: one shift for all of them.
                mine = word(qx - int(tx * whole), qy - int(ty * whole), qz - int(tz * whole))
            gz = np.int32(last + 1)
        if any_lane(np.uint32(top - head) > FULL or not going):
            goal = min(top, np.uint32(head + BITE)) if going else top
            sums = sum_hits(hits, base, head, goal, fish, own, model, edge, sums)
            head = goal
        if left > 0:
            top = collect(at, left, words, mine, limit, hits, base, top)
        at += LONG
        left = np.int32(left - CHUNK)
    return sums


@device_function
def cell(x, rate, count, length):  # type: ignore[no-untyped-def]
    """Number of the cell of a coordinate; all axes of the space of a school are alike."""
    return np.int32(along(x, rate, float(count), 0.0 if length > 0.0 else 1.0 / float(count)))


@kernel(
    "void(float64[::1], uint32[::1], float64[::1], float64[::1], int32[:, ::1], int32[::1], float64, int64, int64,"
    "float64[:, ::1], int32[::1], uint64[::1], int64[::1], int32[::1], int64, float64, float64, int64,"
    "float64[:, :, ::1], int32[:, ::1], int64)",
    threads=MOVERS,
    registers=REGISTERS,
)
def move(  # type: ignore[no-untyped-def]
    old, words, flat, depth, kept, start, rate, count, span, kinds, kind, keys, made, lost, rule, weight,
    length, step, swarm, who, first,
):  # fmt: skip
    """One step of the fish in each slot of the replicas from ``first`` that have not made it yet.

    One replica per block along y, because a loop over them would cost registers. Dynamic shared memory: the lists,
    `CAPACITY` words per thread.
    """
    row, n = first + cuda.blockIdx.y, kept.shape[1]
    if made[row] <= step:
        slot = min(cuda.grid(1), n - 1)  # threads beyond the last fish repeat it, as all lanes must vote
        fish = kept[row, slot]
        k = kind[fish]
        model = kinds, k, length, weight, rule == COUZIN2002
        sums = sum_zones(row, n, slot, (old, flat, depth), words, start, rate, count, span, model)
        if cuda.grid(1) < n:
            me = fish_at(np.uint64(6 * (row * n + slot)), old)
            swim(row, slot, fish, me, kinds, k, rule, length, sums, keys[row], step, swarm, lost)
            who[row, slot] = fish


def chosen(grids: cells.Grids, n: int) -> Grid:
    """Whole cells, or half cells for a crowd."""
    whole, half = grids
    # The number of fish over that of cells is their density only if cells fill the space: in a periodic box.
    return half if whole.period[0] > 0.0 and n > CROWDED * whole.cells else whole


def _tables(config: EngineConfig, state: cells.State) -> Tables:
    replicas, _, n = state.swarm.shape
    grid, own = chosen(state.grids, n), school(config, state)
    work = sorting(grid, n, replicas)
    whole = work if grid is state.grids[0] or own.look is None else sorting(state.grids[0], n, replicas)
    # `collect` reads words beyond the end of a run.
    words = empty(replicas * n + CHUNK, np.uint32)
    return Tables(own, work, work.start.ravel(), words, empty(replicas * n * 2), empty(replicas * n), grid, whole)


def _sort(resident: Resident, by: Sorting) -> None:
    swarm, tables = resident.swarm, resident.tables
    own, grid = tables.school, tables.grid
    count_by_cell(swarm, by)
    fine = float(grid.rate[0]) * (STEPS // int(grid.span[0]))
    by_cell = (by.cell, by.start, by.member)
    to = (own.old, own.kept, tables.words, tables.flat, tables.depth)
    carry(swarm.shape[2], swarm, resident.who, *by_cell, fine, *to, rows=swarm.shape[0])


def _step(resident: Resident, own: School, number: int) -> None:
    swarm, who, tables = resident.swarm, resident.who, resident.tables
    replicas, _, n = swarm.shape
    _sort(resident, tables.work)
    grid = tables.grid
    constants = (own.kinds, own.kind, own.keys, own.made, own.lost, own.rule, own.weight, own.length)
    fish = (own.old, tables.words, tables.flat, tables.depth, own.kept)
    sorted_by = (tables.starts, float(grid.rate[0]), int(grid.shape[0]), int(grid.span[0]))
    blocks, room = -(-n // move.threads), 4 * CAPACITY * LANES * -(-move.threads // LANES)
    for first in range(0, replicas, MOST_ROWS):
        rows = min(MOST_ROWS, replicas - first)
        move.blocks((blocks, rows), move.threads, *fish, *sorted_by, *constants, number, swarm, who, first, shared=room)


def _order(resident: Resident) -> dict[str, Array]:
    own, whole = resident.tables.school, resident.tables.whole
    if own.look is None:
        return order_by_cpu(resident)
    _sort(resident, whole)
    return order(resident, own.look, own.old, own.kept, cells_of(whole.start, resident.state.grids[0]))


def _memory(config: EngineConfig) -> int:
    grids = cells.grids_of(config.parameters)
    assert grids is not None
    n, replicas = int(config.parameters.n), int(config.replicas)
    grid = chosen(grids, n)
    sorts = grids[:1] if grid is grids[0] else grids
    sorting_of = sum(sorting_bytes(one, n, replicas) for one in sorts)
    return school_bytes(config) + sorting_of + (4 + 24) * n * replicas


METHOD = twin(
    cells.METHOD,
    ("swarm", "who"),
    lambda resident, target, work: march(resident, target, work, _step),
    tables=_tables,
    memory=_memory,
    measures={"order": _order},
    measures_there=lambda tables: tables.school.look is not None,
    scalars=scalars,
    shown=SHOWN,
)
