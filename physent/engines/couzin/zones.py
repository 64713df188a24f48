"""Steps of zonal models of swarms in three dimensions: Couzin et al. (2002), and its form in dewi-kadita.

A fish reacts to the others by their distance: it swims away from those in its zone of repulsion; where there are none,
it aligns with those in its zone of orientation and swims towards those in its zone of attraction. All fish move at
once. Each sums over its own neighbours (a gather), in an order that follows from the state alone: bits depend neither
on threads nor on how the work is cut.

Columns of a swarm: three of position, three of heading (a unit vector).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from physent.core.cells import Grid, Lists, gather, locate, sort
from physent.core.jit import njit, njit_fast, njit_inline
from physent.core.random import normal_pair
from physent.core.rotate import deflect, turn
from physent.core.stepping import by_blocks

Reals = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

COUZIN2002, DEWI_KADITA = 0, 1
"""Rules."""

REPULSION2, ORIENTATION2, ATTRACTION2, BLIND, TURN, COS_TURN, SIN_TURN, STRIDE, NOISE = range(9)
"""Columns of a table of kinds: squared radii, cosine of the largest angle to a visible fish, turn a step (radians, its
cosine and sine), way a step, noise a step (radians)."""

LANES = 16
"""Candidates are padded to a multiple of this, two vectors of eight, so that the loop over them has no remainder."""

FAR = 1e150
"""Coordinate of the padding: beyond every radius, and its square is finite."""

CROWDED = 24.0
"""Mean points in a point's cell above which cells of half the side are worth their number."""

_VANISHING = 1e-10
"""Length of a sum of unit vectors below which it is round-off: the fish keeps its heading."""


class Model(NamedTuple):
    """What a config fixes."""

    rule: int
    weight: float  # of the zone of orientation; 1 in the rule of 2002
    length: float  # of the periodic cube; 0: unbounded
    kinds: Reals  # (kinds, 9)
    kind: npt.NDArray[np.int32]  # (n,) by fish


class Work(NamedTuple):
    """Scratch of one replica in the making."""

    old: Reals  # (6, padded n), the swarm before the step
    who: npt.NDArray[np.int32]  # (n,)
    lists: Lists


@njit_fast
def zone_sums(
    near: Reals,
    count: int,
    me: tuple[float, float, float, float, float, float],
    zones: tuple[float, float, float, float],
    weight: float,
    rear_repels: bool,
) -> tuple[float, float, float, float, float, float, float]:
    """Sums of one fish over ``count`` candidates, a multiple of `LANES`: (repelling, repulsion xyz, response xyz).

    ``near`` (6, >= count) holds positions and headings; ``me`` is position and heading, ``zones`` three squared
    radii and the cosine of the widest visible angle. Each sum is of unit vectors; response is attraction plus weight
    times orientation. A candidate at the very same place, as the fish itself, is passed over.
    """
    x, y, z, ux, uy, uz = me
    repulsion2, orientation2, attraction2, blind = zones
    repelling = ax = ay = az = bx = by = bz = 0.0
    for j in range(count // LANES * LANES):
        dx, dy, dz = near[0, j] - x, near[1, j] - y, near[2, j] - z
        r2 = dx * dx + dy * dy + dz * dz
        scale = 1.0 / np.sqrt(r2)
        seen = (dx * ux + dy * uy + dz * uz) * scale > blind
        other = r2 > 0.0
        close = other & (r2 < repulsion2) & (seen | rear_repels)
        aligns = other & seen & (r2 >= repulsion2) & (r2 < orientation2)
        attracts = other & seen & (r2 >= repulsion2) & (r2 >= orientation2) & (r2 < attraction2)
        repel = scale if close else 0.0
        attract = scale if attracts else 0.0
        align = weight if aligns else 0.0
        repelling += 1.0 if close else 0.0
        ax -= repel * dx
        ay -= repel * dy
        az -= repel * dz
        bx += attract * dx + align * near[3, j]
        by += attract * dy + align * near[4, j]
        bz += attract * dz + align * near[5, j]
    return repelling, ax, ay, az, bx, by, bz


@njit_inline
def respond(
    rule: int,
    ux: float,
    uy: float,
    uz: float,
    sums: tuple[float, float, float, float, float, float, float],
    kinds: Reals,
    kind: int,
    key: np.uint64,
    step: int,
    fish: int,
) -> tuple[float, float, float]:
    """New heading of a fish with heading (ux, uy, uz) from its sums (`zone_sums`) and its row of the table of kinds."""
    repelling, x, y, z, bx, by, bz = sums
    if repelling == 0.0:
        x, y, z = bx, by, bz
    length = np.sqrt(x * x + y * y + z * z)
    if length < _VANISHING:
        x, y, z = ux, uy, uz
    else:
        scale = 1.0 / length
        x, y, z = x * scale, y * scale, z * scale
    noise = kinds[kind, NOISE]
    if rule == DEWI_KADITA:
        x, y, z = _interpolate(ux, uy, uz, x, y, z, kinds[kind, TURN])
        return _shake(x, y, z, noise, key, step, fish) if noise > 0.0 else (x, y, z)
    if noise > 0.0:
        x, y, z = deflect(x, y, z, noise, key, step, fish)
    return turn(ux, uy, uz, x, y, z, kinds[kind, COS_TURN], kinds[kind, SIN_TURN])


@njit
def _interpolate(
    ux: float, uy: float, uz: float, x: float, y: float, z: float, largest: float
) -> tuple[float, float, float]:
    """Unit vector u turned towards (x, y, z) by normalised linear interpolation, as in dewi-kadita 0.0.4."""
    angle = np.arccos(min(1.0, max(-1.0, ux * x + uy * y + uz * z)))
    if angle < 1e-10:
        return ux, uy, uz
    if angle <= largest:
        return x, y, z
    t = largest / angle
    x, y, z = ux * (1.0 - t) + x * t, uy * (1.0 - t) + y * t, uz * (1.0 - t) + z * t
    length = np.sqrt(x * x + y * y + z * z)
    return (x / length, y / length, z / length) if length > 1e-10 else (ux, uy, uz)


@njit
def _shake(
    x: float, y: float, z: float, noise: float, key: np.uint64, step: int, fish: int
) -> tuple[float, float, float]:
    """Unit vector with a Gaussian number added to each component, normalised, as in dewi-kadita 0.0.4."""
    first, second = normal_pair(key, step, fish, 0)
    third, _ = normal_pair(key, step, fish, 1)
    x, y, z = x + noise * first, y + noise * second, z + noise * third
    length = np.sqrt(x * x + y * y + z * z)
    return (x / length, y / length, z / length) if length > 1e-10 else (x, y, z)


@njit_inline
def _update(
    rule: int,
    weight: float,
    length: float,
    kinds: Reals,
    kind: int,
    fish: int,
    old: Reals,
    slot: int,
    near: Reals,
    count: int,
    out: Reals,
    key: np.uint64,
    step: int,
) -> None:
    """New position and heading of the fish in one slot, from its candidates (padded) to ``out`` (6, n)."""
    x, y, z, ux, uy, uz = old[0, slot], old[1, slot], old[2, slot], old[3, slot], old[4, slot], old[5, slot]
    zones = kinds[kind, REPULSION2], kinds[kind, ORIENTATION2], kinds[kind, ATTRACTION2], kinds[kind, BLIND]
    sums = zone_sums(near, count, (x, y, z, ux, uy, uz), zones, weight, rule == COUZIN2002)
    hx, hy, hz = respond(rule, ux, uy, uz, sums, kinds, kind, key, step, fish)
    stride = kinds[kind, STRIDE]
    out[0, slot] = wrap(x + stride * hx, length)
    out[1, slot] = wrap(y + stride * hy, length)
    out[2, slot] = wrap(z + stride * hz, length)
    out[3, slot], out[4, slot], out[5, slot] = hx, hy, hz


@njit_inline
def wrap(x: float, length: float) -> float:
    """Coordinate in [0, length); unchanged where length is 0."""
    if length == 0.0:
        return x
    inside = x - length * np.floor(x / length)
    return inside if 0.0 <= inside < length else 0.0


@njit
def padded(count: int) -> int:
    """Least multiple of `LANES` that is not below ``count``."""
    return (count + LANES - 1) // LANES * LANES


@njit
def _pad(near: Reals, count: int) -> int:
    """Pad candidates to a multiple of `LANES` with some beyond all radii; the new count."""
    full = padded(count)
    for row in range(6):
        for j in range(count, full):
            near[row, j] = FAR if row < 3 else 0.0
    return full


@njit
def _trim(near: Reals, count: int, old: Reals, begin: int, end: int, reach2: float) -> int:
    """Keep those candidates, in their order, that are in reach of the box around slots ``begin`` to ``end``; how many.

    About half of them where cells have half the side, three quarters else.
    """
    lx, ly, lz = old[0, begin], old[1, begin], old[2, begin]
    hx, hy, hz = lx, ly, lz
    for slot in range(begin + 1, end):
        lx, ly, lz = min(lx, old[0, slot]), min(ly, old[1, slot]), min(lz, old[2, slot])
        hx, hy, hz = max(hx, old[0, slot]), max(hy, old[1, slot]), max(hz, old[2, slot])
    least = reach2 * (1.0 + 1e-9)  # rounding of the distance never hides a neighbour
    kept = 0
    for j in range(count):
        x, y, z = near[0, j], near[1, j], near[2, j]
        dx, dy, dz = max(lx - x, x - hx, 0.0), max(ly - y, y - hy, 0.0), max(lz - z, z - hz, 0.0)
        for row in range(6):
            near[row, kept] = near[row, j]
        kept += 1 if dx * dx + dy * dy + dz * dz <= least else 0
    return kept


@njit
def update_all_pairs(first: int, last: int, model: Model, work: Work, out: Reals, key: np.uint64, step: int) -> None:
    """One step of the fish in slots ``first`` to ``last``, every other fish a candidate, to ``out`` (6, n)."""
    rule, weight, length, kinds, kind = model
    old, who, _ = work
    n = out.shape[1]
    near, count = old, old.shape[1]
    if length > 0.0:
        near = np.empty(old.shape)
        for row in range(6):
            for j in range(count):
                near[row, j] = old[row, j]
    rate = 1.0 / length
    for slot in range(first, last):
        if length > 0.0:
            for axis in range(3):
                x = old[axis, slot]
                for j in range(n):
                    near[axis, j] = old[axis, j] - length * np.rint((old[axis, j] - x) * rate)
        fish = who[slot]
        _update(rule, weight, length, kinds, kind[fish], fish, old, slot, near, count, out, key, step)


@njit
def update_cells(
    first: int, last: int, model: Model, grid: Grid, work: Work, out: Reals, key: np.uint64, step: int
) -> None:
    """One step of the fish in slots ``first`` to ``last`` of a swarm sorted by cell, to ``out`` (6, n)."""
    rule, weight, length, kinds, kind = model
    old, who, (cell, order, start) = work
    n = out.shape[1]
    near = np.empty((6, padded(n)))
    reach2 = 0.0
    for k in range(kinds.shape[0]):
        reach2 = max(reach2, kinds[k, REPULSION2], kinds[k, ORIENTATION2], kinds[k, ATTRACTION2])
    slot = first
    while slot < last:
        c = cell[order[slot]]
        count = gather(grid, start, c, 3, old, near)
        count = _pad(near, _trim(near, count, old, start[c], start[c + 1], reach2))
        end = min(last, start[c + 1])
        while slot < end:
            fish = who[slot]
            _update(rule, weight, length, kinds, kind[fish], fish, old, slot, near, count, out, key, step)
            slot += 1


@njit
def scratch(n: int, grids: tuple[Grid, Grid]) -> Work:
    """Scratch for a swarm of ``n`` in the cells of either grid."""
    cells = 0
    for grid in grids:
        cells = max(cells, grid.shape[0] * grid.shape[1] * grid.shape[2])
    lists = Lists(np.empty(n, np.int32), np.empty(n, np.int32), np.empty(cells + 1, np.int32))
    return Work(np.empty((6, n)), np.empty(n, np.int32), lists)


@njit
def sort_swarm(grids: tuple[Grid, Grid], swarm: Reals, lists: Lists) -> int:
    """Sort fish by the cells of one of two grids, the second for a crowded swarm; which."""
    choice = 0
    if locate(grids[0], 3, swarm, lists) > CROWDED:
        choice = 1
        locate(grids[1], 3, swarm, lists)
    sort(grids[choice], lists)
    return choice


@njit
def carry(first: int, last: int, swarm: Reals, who: npt.NDArray[np.int32], work: Work) -> None:
    """Copy slots ``first`` to ``last`` of the sorted swarm to scratch."""
    old, kept, (_, order, _) = work
    for row in range(6):
        for slot in range(first, last):
            old[row, slot] = swarm[row, order[slot]]
    for slot in range(first, last):
        kept[slot] = who[order[slot]]


@njit_inline
def _all_pairs(
    replica: int,
    begin: int,
    count: int,
    swarm: Reals,
    who: npt.NDArray[np.int32],
    model: Model,
    keys: npt.NDArray[np.uint64],
) -> None:
    n = swarm.shape[2]
    nothing = who[replica][:0]
    work = Work(np.empty((6, padded(n))), who[replica], Lists(nothing, nothing, nothing))
    _pad(work.old, n)
    for step in range(begin, begin + count):
        for row in range(6):
            for j in range(n):
                work.old[row, j] = swarm[replica, row, j]
        update_all_pairs(0, n, model, work, swarm[replica], keys[replica], step)


@njit_inline
def _in_cells(
    replica: int,
    begin: int,
    count: int,
    swarm: Reals,
    who: npt.NDArray[np.int32],
    model: Model,
    keys: npt.NDArray[np.uint64],
    grids: tuple[Grid, Grid],
) -> None:
    n = swarm.shape[2]
    work = scratch(n, grids)
    for step in range(begin, begin + count):
        choice = sort_swarm(grids, swarm[replica], work.lists)
        carry(0, n, swarm[replica], who[replica], work)
        for slot in range(n):
            who[replica, slot] = work.who[slot]
        update_cells(0, n, model, grids[choice], work, swarm[replica], keys[replica], step)


all_pairs_steps = by_blocks(_all_pairs)
"""``all_pairs_steps(first, last, target, budget, steps, swarm, who, model, keys)``, see `by_blocks`: ``swarm``
(replica, 6, n) in place; ``keys`` (replica,) are the streams of noise."""

cell_steps = by_blocks(_in_cells)
"""As `all_pairs_steps`, with cells of one of two ``grids``, the last argument; sorts the slots of ``swarm``, and the
fish ``who`` (replica, n) in them."""
