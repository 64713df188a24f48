"""Candidates are the fish in the cells around one's own: a step costs in proportion to the number of fish."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from physent.core import cells, jit
from physent.engines import EngineConfig
from physent.engines.couzin import parameters as declared
from physent.engines.couzin import state as school
from physent.engines.couzin import zones
from physent.engines.couzin.methods.common import march, method, record_bytes

Grids = tuple[cells.Grid, cells.Grid]

FROM = 400
"""Number of fish from which cells are cut.

Measured: with 30 neighbours cells win from 300 fish on, and lose 15 % if all are within reach of all."""

_LIKELY_CANDIDATES = 300


def grids_of(parameters: declared.Parameters) -> Grids | None:
    """Cells of the side of the largest radius, and of half of it; None if there are few fish, or the box is short."""
    if parameters.n < FROM:
        return None
    radii = ("repulsion_radius", "orientation_radius", "attraction_radius")
    reach = max(radius for name in radii for radius in declared.of_groups(parameters, name))
    coarse, fine = (cells.plan(parameters.n, reach, [parameters.box_length or 0.0] * 3, k) for k in (1, 2))
    return None if coarse is None or fine is None else (coarse, fine)


@dataclass
class State(school.State):
    """A school whose fish the steps sort by cell."""

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
    jit.spread(zones.cell_steps, len(state.swarm), *common, state.grids)


def _shared_step(state: State) -> Callable[[int], None]:
    n = state.swarm.shape[2]
    lists = cells.allocate(n, max(grid.cells for grid in state.grids))
    work = zones.Work(np.empty((6, n)), np.empty(n, np.int32), lists)

    def step(r: int) -> None:
        swarm, who, model = state.swarm[r], state.who[r], state.setup.model
        grid = state.grids[zones.sort_swarm(state.grids, swarm, lists)]
        jit.spread(zones.carry, n, swarm, who, work)
        who[:] = work.who
        jit.spread(zones.update_cells, n, model, grid, work, swarm, state.setup.keys[r], int(state.steps[r]))

    return step


def _memory(config: EngineConfig) -> int:
    return record_bytes(config) + 4 * max(grid.cells for grid in _grids(config))


METHOD = method(_restore, _advance, _memory)
