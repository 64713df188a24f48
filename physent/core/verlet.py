"""Verlet lists: the pairs of points that can come within a cutoff before either has moved by half of a skin.

Points occupy slots. At each rebuild slots are sorted by the cells of `physent.core.cells`, so that partners are close
in memory, and the positions of that moment become the reference. The list is a function of the reference and of the
order of the slots: who stores these two makes the same list again, hence sums in the same order and the same bits.

A pair stays in the list as long as 2 max |x - reference| <= skin (Verlet 1967, doi 10.1103/PhysRev.159.98). Coordinates
are unwrapped; each pair is taken at its nearest image, so a periodic axis has to be at least twice the cutoff long.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from physent.core.cells import Grid, Lists, grid_of, locate, sort
from physent.core.jit import njit, njit_inline
from physent.core.pointers import pointer
from physent.typing import Floats, Integers

Slots = npt.NDArray[np.uint32]
Indices = npt.NDArray[np.int32]

MOST_PARTNERS = 1000
"""Pairs per point above which a list is refused: points have collapsed, or the cutoff is not short."""


class Space(NamedTuple):
    """Which axes are periodic."""

    period: Floats  # (axes,) length of a periodic axis, 0 of an open one
    turns: Floats  # (axes,) inverse lengths, 0 of an open one


class Reach(NamedTuple):
    """How far pairs are sought, and where."""

    space: Space
    grid: Grid  # of one cell if a periodic axis is shorter than three cells: then all pairs are candidates
    reach: float  # cutoff + skin
    skin: float


class Pairs(NamedTuple):
    """Each pair once, ordered by its first slot. Only the first ``size[0]`` are set; -1: too many."""

    first: Slots
    second: Slots
    size: npt.NDArray[np.int64]  # (1,)


def reach_of(n: int, cutoff: float, skin: float, periods: Sequence[float]) -> Reach:
    """For ``n`` points on axes (one to three) of these lengths, 0 for open ones; ValueError if a period is too short.

    ``cutoff`` and ``skin`` are positive lengths; a periodic axis has a length of at least 2 cutoff.
    """
    if any(period and period < 2.0 * cutoff for period in periods):
        raise ValueError(f"expected periods of at least twice the cutoff {cutoff}, found {tuple(periods)}")
    grid = grid_of(n, cutoff + skin, periods)
    if grid is None:
        grid = Grid(np.ones(3), np.ones(3), np.ones(3, np.int64), np.zeros(3, np.int64))
    return Reach(space_of(periods), grid, cutoff + skin, skin)


def space_of(periods: Sequence[float]) -> Space:
    """Axes of these lengths, 0 for open ones."""
    period = np.array(periods, dtype=float)
    return Space(period, np.divide(1.0, period, out=np.zeros_like(period), where=period > 0))


class Work(NamedTuple):
    """Work arrays of `arrange` and `list_pairs`."""

    lists: Lists
    wrapped: Floats  # (axes, n)
    ranges: Integers  # (ranges of slots, 2)


@njit
def scratch(n: int, axes: int, grid: Grid) -> Work:
    """Work arrays for ``n`` points."""
    cells = grid.shape[0] * grid.shape[1] * grid.shape[2]
    lists = Lists(np.empty(n, np.int32), np.empty(n, np.int32), np.empty(cells + 1, np.int32))
    return Work(lists, np.empty((axes, n)), np.empty((16, 2), np.int64))


@njit
def _wrap(space: Space, points: Floats, wrapped: Floats) -> None:
    for axis in range(points.shape[0]):
        length, turn = space.period[axis], space.turns[axis]
        for i in range(wrapped.shape[1]):
            inside = points[axis, i] - length * np.floor(points[axis, i] * turn)
            wrapped[axis, i] = inside if length == 0.0 else min(max(inside, 0.0), length)  # rounding may end outside


@njit
def arrange(reach: Reach, points: Floats, who: Indices, work: Work) -> None:
    """Sort slots by the cell of their ``points`` (axes, >= n): ``who`` (n,) moves, the old slots are `Lists.order`."""
    order, kept = work.lists.order, work.lists.cell
    _wrap(reach.space, points, work.wrapped)
    locate(reach.grid, points.shape[0], work.wrapped, work.lists)
    sort(reach.grid, work.lists)
    for slot in range(who.shape[0]):
        kept[slot] = who[order[slot]]
    for slot in range(who.shape[0]):
        who[slot] = kept[slot]


@njit
def list_pairs(reach: Reach, reference: Floats, pairs: Pairs, work: Work) -> Pairs:
    """Pairs of slots closer than the reach at ``reference`` (axes, >= n), whose slots `arrange` has sorted.

    Returns ``pairs``, or larger arrays if they did not suffice.
    """
    period, turns = reach.space
    (cell, _, start), wrapped, ranges = work
    axes, n = wrapped.shape
    first, second, size = pairs
    _wrap(reach.space, reference, wrapped)
    locate(reach.grid, axes, wrapped, work.lists)
    sort(reach.grid, work.lists)
    total, slot, limit = 0, 0, reach.reach * reach.reach
    while slot < n:
        c = cell[slot]
        parts, candidates = _half_stencil(reach.grid, axes, start, c, ranges)
        while slot < start[c + 1]:
            if total + candidates > first.shape[0]:
                if total + candidates > MOST_PARTNERS * n:
                    size[0] = -1
                    return Pairs(first, second, size)
                more = min(2 * total + candidates + n, MOST_PARTNERS * n)
                first, second = _longer(first, more, total), _longer(second, more, total)
            ranges[0, 0] = slot + 1
            for part in range(parts):
                begin, end = ranges[part, 0], ranges[part, 1]
                total = _near(axes, period, turns, wrapped, slot, begin, end, limit, first, second, total)
            slot += 1
    size[0] = total
    return Pairs(first, second, size)


@njit_inline
def _near(
    axes: int,
    period: Floats,
    turns: Floats,
    wrapped: Floats,
    slot: int,
    begin: int,
    end: int,
    limit: float,
    first: Slots,
    second: Slots,
    total: int,
) -> int:
    """List the pairs of a slot with those from ``begin`` to ``end``; returns the new number of pairs."""
    n, x, ours, theirs = wrapped.shape[1], pointer(wrapped), pointer(first), pointer(second)
    for other in range(begin, end):
        apart = x[other] - x[slot]
        apart -= period[0] * np.rint(apart * turns[0])
        square = apart * apart
        if axes > 1:
            apart = x[n + other] - x[n + slot]
            apart -= period[1] * np.rint(apart * turns[1])
            square += apart * apart
        if axes > 2:
            apart = x[2 * n + other] - x[2 * n + slot]
            apart -= period[2] * np.rint(apart * turns[2])
            square += apart * apart
        # Every candidate is written, and only the counter depends on the test: no branch.
        ours[total], theirs[total] = np.uint32(slot), np.uint32(other)
        total += 1 if square < limit else 0
    return total


@njit_inline
def _fold(index: int, count: int) -> int:
    """``index`` modulo ``count``, for -count <= index < 2 count, without a division."""
    return index + (count if index < 0 else (-count if index >= count else 0))


@njit
def _half_stencil(grid: Grid, axes: int, start: Indices, c: int, ranges: Integers) -> tuple[int, int]:
    """Ranges of slots in the cell ``c`` and in that half of the cells around it that comes later.

    Of two neighbouring cells one is in the half stencil of the other: each axis has three cells or more, or only one.
    Returns the number of ranges and of slots. Cells along the last axis are contiguous, so each row is one range, or
    two if it wraps around.
    """
    wide = 1 if axes < 3 else grid.shape[1]  # rows of cells form a table of (deep, wide)
    deep = 1 if axes == 1 else grid.shape[0]
    run, reach = grid.shape[axes - 1], grid.span[axes - 1]
    row, here = c // run, c % run
    parts = slots = 0
    for deeper in range(grid.span[0] + 1 if axes > 1 else 1):
        for wider in range(-grid.span[1] if axes > 2 and deeper else 0, (grid.span[1] if axes > 2 else 0) + 1):
            ahead = deeper > 0 or wider > 0
            at = (_fold(row // wide + deeper, deep) * wide + _fold(row % wide + wider, wide)) * run
            low, high = here - reach if ahead else here, here + reach
            for turn in range(-1, 2):
                begin, end = max(low + turn * run, 0), min(high + turn * run, run - 1) + 1
                if begin < end:
                    ranges[parts, 0], ranges[parts, 1] = start[at + begin], start[at + end]
                    if not ahead and turn == 0 and parts > 0:
                        # The range that starts with the cell itself comes first.
                        for side in range(2):
                            ranges[0, side], ranges[parts, side] = ranges[parts, side], ranges[0, side]
                    slots += start[at + end] - start[at + begin]
                    parts += 1
    return parts, slots


@njit
def _longer(array: Slots, size: int, kept: int) -> Slots:
    longer = np.empty(size, np.uint32)
    longer[:kept] = array[:kept]
    return longer
