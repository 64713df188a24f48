"""Verlet lists on the device, as in `physent.core.verlet`: the same reach, slots in the order of the same cells.

Each of several independent sets of points has its own list, and its own time to renew it. A slot lists all of its
partners, so that a pair is listed twice and one thread sums up what acts on its point, in the order of the list: no
sum depends on the order in which the card runs threads. The order is that of cells, and in a cell that of slots.

`place` holds four numbers per slot, its coordinates first: those of a partner are one sector of memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import cuda

from physent.core.cells import Grid
from physent.core.cuda.cells import (
    WIDTH,
    Sorting,
    add_totals,
    count_by_cell,
    slot_of,
    sorting,
    sorting_bytes,
    sum_totals,
    sum_within,
)
from physent.core.cuda.launch import MOST_ROWS, device_function, empty, kernel, product, upload
from physent.core.verlet import MOST_PARTNERS, Reach
from physent.typing import Floats, Integers

NEVER = 1 << 62
"""Stage at which a list that is valid expires."""

_MOST_CANDIDATES = 100 * MOST_PARTNERS
"""Of a slot: with more the search would take longer than a list is worth."""

_SPARE = 1.25
"""Room for partners over those found, because a larger table is made anew."""


@dataclass
class Lists:
    """Slots and partners of ``rows`` sets of n points; arrays on the device."""

    axes: int
    limit: float  # squared reach
    period: Any  # (3,) of the axes of space, 0 of open ones
    turns: Any  # (3,) inverse
    span: tuple[int, int, int]  # of cells, as in `Grid`, the axes of space last
    shape: tuple[int, int, int]
    slot: Any  # (rows, n) by point
    first: Any  # (rows, n + 1): slot s has the partners first[s] to first[s + 1]
    partners: Any  # (rows, capacity)
    expires: Any  # (rows,): stage before which a list is valid, `NEVER` as long as it is not known
    total: Any  # (rows, blocks): scratch
    refused: Any  # (rows,): whether a slot has too many candidates
    points: Any  # (rows, 6, n) by point: coordinates inside the box, the axes of space last, and as they are
    work: Sorting | None  # None: partners are fixed


def _last(values: Any, axes: int) -> Any:
    """The entries of the axes of space, which come first, behind those of the others."""
    return np.roll(values, 3 - axes)


def lists_of(reach: Reach, who: npt.NDArray[np.int32], reference: Floats) -> Lists:
    """Lists for points ``who`` (rows, slot) that were at ``reference`` (axes, rows, slot) when slots were sorted."""
    (axes, rows, n), grid = reference.shape, reach.grid
    last = Grid(*(_last(values, axes) for values in grid))
    found = _without_partners(reach, who, last)
    points = np.zeros((rows, 6, n))
    for row in range(rows):
        points[row, 3 : 3 + axes, who[row]] = reference[:, row].T
    found.points, found.work = upload(points), sorting(last, n, rows)
    fold(n, found.points, found.period, found.turns, axes, rows=rows)
    count_by_cell(found.points, found.work)
    return found


def chains_of(reach: Reach, who: npt.NDArray[np.int32]) -> Lists:
    """Lists of neighbours along chains, whose slots are the points in their order."""
    rows, n = who.shape
    found = _without_partners(reach, who, reach.grid)
    ends = np.clip(2 * np.arange(n + 1) - 1, 0, 2 * (n - 1)).astype(np.int32)
    links = np.stack([np.arange(n) - 1, np.arange(n) + 1], axis=1).reshape(-1)[1:-1].astype(np.int32)
    found.first, found.partners = upload(np.tile(ends, (rows, 1))), upload(np.tile(links, (rows, 1)))
    return found


def _without_partners(reach: Reach, who: npt.NDArray[np.int32], grid: Grid) -> Lists:
    rows, n = who.shape
    space = np.zeros((2, 3))
    axes = len(reach.space.period)
    space[:, :axes] = reach.space
    slot = np.empty_like(who)
    np.put_along_axis(slot, who, np.broadcast_to(np.arange(n, dtype=np.int32), who.shape), axis=1)
    return Lists(
        axes=axes,
        limit=float(reach.reach * reach.reach),
        period=upload(space[0]),
        turns=upload(space[1]),
        span=tuple(map(int, grid.span)),  # type: ignore[arg-type]
        shape=tuple(map(int, grid.shape)),  # type: ignore[arg-type]
        slot=upload(slot),
        first=empty((rows, n + 1), np.int32),
        partners=empty((rows, 1), np.int32),
        expires=upload(np.full(rows, NEVER)),
        total=empty((rows, -(-(n + 1) // WIDTH)), np.int32),
        refused=upload(np.zeros(rows, np.int32)),
        points=None,
        work=None,
    )


def lists_bytes(grid: Grid, partners: float, n: int, rows: int) -> int:
    """Bytes of `Lists` with ``partners`` per point."""
    return rows * n * (4 + 4 + 48 + int(4 * _SPARE * partners)) + sorting_bytes(grid, n, rows)


def sort_slots(lists: Lists, place: Any, who: Any, reference: Any) -> None:
    """Sort the slots of those sets whose list has expired, with their ``place``: it becomes the ``reference``."""
    rows, n = lists.slot.shape
    assert lists.work is not None
    note(n, place, lists.slot, lists.axes, lists.expires, lists.points, rows=rows)
    fold(n, lists.points, lists.period, lists.turns, lists.axes, rows=rows)
    count_by_cell(lists.points, lists.work)
    work = lists.work
    found = (lists.points, work.cell, work.start, work.member, lists.axes, lists.expires)
    arrange(n, *found, who, lists.slot, reference, place, rows=rows)


def find_partners(lists: Lists, who: Any, reference: Any) -> int:
    """List the partners of every slot, sorted before; returns a set with too many of them, or -1."""
    rows, n = lists.slot.shape
    if lists.work is None:
        return -1
    search = (
        reference, who, lists.work.cell, lists.work.start, *lists.shape, *lists.span, lists.period, lists.turns,
        lists.limit, lists.first, lists.refused,
    )  # fmt: skip
    seek(n, *search, lists.partners, 0, rows=rows)
    blocks, together = lists.total.shape[1], min(rows, MOST_ROWS)
    sum_within.blocks((blocks, together), WIDTH, lists.first, lists.total)
    sum_totals.blocks((1, together), WIDTH, lists.total)
    add_totals.blocks((blocks, together), WIDTH, lists.first, lists.total)
    running: Integers = lists.total.copy_to_host().astype(np.int64)
    # A sum beyond 2^31 becomes negative, and that of a block is smaller.
    too_many = (running[:, -1] > 2 * MOST_PARTNERS * n) | (np.diff(running, prepend=0) < 0).any(axis=1)
    too_many |= lists.refused.copy_to_host() != 0
    if too_many.any():
        return int(np.argmax(too_many))
    most = int(running[:, -1].max())
    if most > lists.partners.shape[1]:
        lists.partners = None  # its memory is free for the next one
        lists.partners = empty((rows, int(_SPARE * most)), np.int32)
    seek(n, *search, lists.partners, 1, rows=rows)
    return -1


@kernel("void(float64[::1], int32[:, ::1], int64, int64[::1], float64[:, :, ::1])")
def note(place, slot, axes, expires, points):  # type: ignore[no-untyped-def]
    """Copy the places of sets whose list has expired to their points."""
    i, n = cuda.grid(1), slot.shape[1]
    for row in range(cuda.blockIdx.y, slot.shape[0], cuda.gridDim.y):
        if i < n and expires[row] != NEVER:
            at = 4 * (row * n + slot[row, i])
            for axis in range(axes):
                points[row, 3 + axis, i] = place[at + axis]


@kernel("void(float64[:, :, ::1], float64[::1], float64[::1], int64)")
def fold(points, period, turns, axes):  # type: ignore[no-untyped-def]
    """Move points into the box, with the bits of the CPU, so that both devices find the same cells."""
    i = cuda.grid(1)
    for row in range(cuda.blockIdx.y, points.shape[0], cuda.gridDim.y):
        if i < points.shape[2]:
            for axis in range(axes):
                x, length = points[row, 3 + axis, i], period[axis]
                inside = x - product(length, np.floor(x * turns[axis]))
                points[row, 3 - axes + axis, i] = inside if length == 0.0 else min(max(inside, 0.0), length)


@kernel(
    "void(float64[:, :, ::1], int32[:, ::1], int32[:, ::1], int32[:, ::1], int64, int64[::1], int32[:, ::1], "
    "int32[:, ::1], float64[:, :, ::1], float64[::1])"
)
def arrange(points, cell, start, member, axes, expires, who, slot, reference, place):  # type: ignore[no-untyped-def]
    """Give each point of a set whose list has expired its slot in the order of cells."""
    i = cuda.grid(1)
    n = who.shape[1]
    for row in range(cuda.blockIdx.y, who.shape[0], cuda.gridDim.y):
        if i < n and expires[row] != NEVER:
            s = slot_of(i, row, cell, start, member)
            slot[row, i] = s
            who[row, s] = i
            for axis in range(axes):
                x = points[row, 3 + axis, i]
                reference[axis, row, s] = x
                place[4 * (row * n + s) + axis] = x


@device_function
def turns_of(c, count):  # type: ignore[no-untyped-def]
    """How many times a cell number from -1 to ``count`` goes around an axis."""
    return -1 if c < 0 else (1 if c >= count else 0)


@device_function
def is_near(reference, row, slot, other, period, turns, limit):  # type: ignore[no-untyped-def]
    """Whether two slots are closer than the reach."""
    square = 0.0
    for axis in range(reference.shape[0]):
        apart = reference[axis, row, slot] - reference[axis, row, other]
        apart -= period[axis] * np.rint(apart * turns[axis])
        square += apart * apart
    return square < limit and slot != other


@kernel(
    "void(float64[:, :, ::1], int32[:, ::1], int32[:, ::1], int32[:, ::1], int64, int64, int64, int64, int64, int64, "
    "float64[::1], float64[::1], float64, int32[:, ::1], int32[::1], int32[:, ::1], int64)"
)
def seek(  # type: ignore[no-untyped-def]
    reference, who, cell, start, nx, ny, nz, kx, ky, kz, period, turns, limit, first, refused, partners, fills
):
    """List the partners of each slot from its place in ``first`` on, or, before it is known, count them there.

    Cells along the last axis are one run, or two across its ends.
    """
    slot = cuda.grid(1)
    for row in range(cuda.blockIdx.y, who.shape[0], cuda.gridDim.y):
        if slot < who.shape[1]:
            c = cell[row, who[row, slot]]
            cx, cy, cz = c // (ny * nz), c // nz % ny, c % nz
            at = first[row, slot] if fills else 0
            found = seen = 0
            for gx in range(cx - kx, cx + kx + 1):
                for gy in range(cy - ky, cy + ky + 1):
                    base = ((gx - turns_of(gx, nx) * nx) * ny + gy - turns_of(gy, ny) * ny) * nz
                    gz = cz - kz
                    while gz <= cz + kz:
                        tz = turns_of(gz, nz)
                        high = min(cz + kz, tz * nz + nz - 1)
                        begin, end = start[row, base + gz - tz * nz], start[row, base + high - tz * nz + 1]
                        gz = high + 1
                        seen += end - begin
                        if seen > _MOST_CANDIDATES:
                            refused[row] = 1
                            end = begin
                        for other in range(begin, end):
                            if is_near(reference, row, slot, other, period, turns, limit):
                                if fills:
                                    partners[row, at + found] = other
                                found += 1
            if not fills:
                first[row, slot + 1] = found
                if slot == 0:
                    first[row, 0] = 0
