"""Candidates are the fish in the surrounding cells: the cost of a step is proportional to the number of fish."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from physent.core import jit
from physent.core.cells import Grid, Lists, gather, grid_of, locate, sort
from physent.core.jit import njit, njit_inline
from physent.core.stepping import by_blocks
from physent.engines import EngineConfig
from physent.engines.couzin import parameters as declared
from physent.engines.couzin import state as school
from physent.engines.couzin.methods.common import march, method, record_bytes
from physent.engines.couzin.zones import ATTRACTION2, ORIENTATION2, REPULSION2, Model, pad, padded, update
from physent.typing import Floats, Integers

Grids = tuple[Grid, Grid]

FROM = 400
"""Number of fish from which cells are used.

Measured: with 30 neighbours cells are faster above 300 fish; if all fish are within reach, they are 15 % slower."""

CROWDED = 24.0
"""Mean number of points in a point's cell above which cells of half the side pay off."""

_LIKELY_CANDIDATES = 300


def grids_of(parameters: declared.Parameters) -> Grids | None:
    """Cells whose side is the largest radius, and half of it; None if there are few fish or the box is too short."""
    if parameters.n < FROM:
        return None
    radii = ("repulsion_radius", "orientation_radius", "attraction_radius")
    reach = max(radius for name in radii for radius in declared.of_groups(parameters, name))
    coarse, fine = (grid_of(parameters.n, reach, [parameters.box_length or 0.0] * 3, k) for k in (1, 2))
    return None if coarse is None or fine is None else (coarse, fine)


class Work(NamedTuple):
    """Scratch of one replica during a step."""

    old: Floats  # (6, padded n), the swarm before the step
    who: Integers  # (n,)
    lists: Lists


@njit
def _trim(near: Floats, count: int, old: Floats, begin: int, end: int, reach2: float) -> int:
    """Keep, in order, the candidates within reach of the box around slots ``begin`` to ``end``; returns their number.

    That is about half of them for cells of half the side, else three quarters.
    """
    lx, ly, lz = old[0, begin], old[1, begin], old[2, begin]
    hx, hy, hz = lx, ly, lz
    for slot in range(begin + 1, end):
        lx, ly, lz = min(lx, old[0, slot]), min(ly, old[1, slot]), min(lz, old[2, slot])
        hx, hy, hz = max(hx, old[0, slot]), max(hy, old[1, slot]), max(hz, old[2, slot])
    least = reach2 * (1.0 + 1e-9)  # rounding of the distance must not hide a neighbour
    # Every candidate is copied, and only the counter depends on the test: no branch.
    kept = 0
    for j in range(count):
        x, y, z = near[0, j], near[1, j], near[2, j]
        dx, dy, dz = max(lx - x, x - hx, 0.0), max(ly - y, y - hy, 0.0), max(lz - z, z - hz, 0.0)
        for row in range(6):
            near[row, kept] = near[row, j]
        kept += 1 if dx * dx + dy * dy + dz * dz <= least else 0
    return kept


@njit
def update_cells(
    first: int, last: int, model: Model, grid: Grid, work: Work, out: Floats, key: np.uint64, step: int
) -> None:
    """One step of the fish in slots ``first`` to ``last`` of a swarm sorted by cell, to ``out`` (6, n)."""
    rule, weight, length, kinds, kind = model
    old, who, (cell, order, start) = work
    n = out.shape[1]
    near = np.empty((6, padded(n)))
    # The fish of a cell share candidates, so the reach is the largest of all kinds.
    reach2 = 0.0
    for k in range(kinds.shape[0]):
        reach2 = max(reach2, kinds[k, REPULSION2], kinds[k, ORIENTATION2], kinds[k, ATTRACTION2])
    slot = first
    while slot < last:
        # Fish of one cell are neighbours in memory and share their candidates: gathered once for all of them.
        c = cell[order[slot]]
        count = gather(grid, start, c, 3, old, near)
        count = pad(near, _trim(near, count, old, start[c], start[c + 1], reach2))
        end = min(last, start[c + 1])
        while slot < end:
            fish = who[slot]
            update(rule, weight, length, kinds, kind[fish], fish, old, slot, near, count, out, key, step)
            slot += 1


@njit
def scratch(n: int, grids: Grids) -> Work:
    """Scratch for a swarm of ``n`` in the cells of either grid."""
    cells = 0
    for grid in grids:
        cells = max(cells, grid.shape[0] * grid.shape[1] * grid.shape[2])
    lists = Lists(np.empty(n, np.int32), np.empty(n, np.int32), np.empty(cells + 1, np.int32))
    return Work(np.empty((6, n)), np.empty(n, np.int32), lists)


@njit
def sort_swarm(grids: Grids, swarm: Floats, lists: Lists) -> int:
    """Sort fish by the cells of one of two grids, the second for a crowded swarm; returns its index."""
    # Only the state of the replica decides, not timings or threads, so results are reproducible.
    choice = 0
    if locate(grids[0], 3, swarm, lists) > CROWDED:
        choice = 1
        locate(grids[1], 3, swarm, lists)
    sort(grids[choice], lists)
    return choice


@njit
def carry(first: int, last: int, swarm: Floats, who: Integers, work: Work) -> None:
    """Copy slots ``first`` to ``last`` of the sorted swarm to scratch."""
    old, kept, (_, order, _) = work
    for row in range(6):
        for slot in range(first, last):
            old[row, slot] = swarm[row, order[slot]]
    for slot in range(first, last):
        kept[slot] = who[order[slot]]


@njit_inline
def _in_cells(
    replica: int,
    begin: int,
    count: int,
    swarm: Floats,
    who: Integers,
    model: Model,
    keys: npt.NDArray[np.uint64],
    grids: Grids,
) -> None:
    n = swarm.shape[2]
    work = scratch(n, grids)
    # Sorted anew at every step, in memory too, so that candidates are contiguous; `who` keeps track of the fish.
    for step in range(begin, begin + count):
        choice = sort_swarm(grids, swarm[replica], work.lists)
        carry(0, n, swarm[replica], who[replica], work)
        for slot in range(n):
            who[replica, slot] = work.who[slot]
        update_cells(0, n, model, grids[choice], work, swarm[replica], keys[replica], step)


cell_steps = by_blocks(_in_cells)
"""As `all_pairs_steps`, with the last argument ``grids``, of which each step uses one; sorts the slots of ``swarm`` and
``who`` (replica, n)."""


@dataclass
class State(school.State):
    """A school whose slots are sorted by cell at every step."""

    grids: Grids = field(metadata={"derived": True})


def _grids(config: EngineConfig) -> Grids:
    grids = grids_of(config.parameters)
    assert grids is not None
    return grids


def _restore(config: EngineConfig, stored: Mapping[str, Any]) -> State:
    return State(**stored, setup=school.set_up(config), grids=_grids(config))


def _advance(state: State, target: float, work: int) -> float:
    candidates = min(state.swarm.shape[2], _LIKELY_CANDIDATES)
    return march(state, target, work, candidates, _steps, _shared_step)


def _steps(state: State, count: int, budget: int) -> None:
    common = (count, budget, state.steps, state.swarm, state.who, state.setup.model, state.setup.keys)
    jit.spread(cell_steps, len(state.swarm), *common, state.grids)


def _shared_step(state: State) -> Callable[[int], None]:
    n = state.swarm.shape[2]
    work = scratch(n, state.grids)

    def step(r: int) -> None:
        swarm, who, model = state.swarm[r], state.who[r], state.setup.model
        grid = state.grids[sort_swarm(state.grids, swarm, work.lists)]
        jit.spread(carry, n, swarm, who, work)
        who[:] = work.who
        jit.spread(update_cells, n, model, grid, work, swarm, state.setup.keys[r], int(state.steps[r]))

    return step


def _memory(config: EngineConfig) -> int:
    return record_bytes(config) + 4 * max(grid.cells for grid in _grids(config))


METHOD = method(_restore, _advance, _memory)
