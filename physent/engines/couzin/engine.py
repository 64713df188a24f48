"""Schools of fish in three dimensions: the zonal model of Couzin et al. (2002).

Fish i has position c_i, unit heading v_i and speed s. At every step tau it looks at the others by distance r:

- closer than the repulsion radius: d = -sum r_ij/|r_ij|, whatever the others do;
- if there are none: d = sum v_j over those up to the orientation radius, plus sum r_ij/|r_ij| over those from there to
  the attraction radius (both are raw sums; the published halving where both are there does not change the direction);
- d = v_i where there is nobody, or where the sum vanishes.

d is turned by a normal angle of standard deviation sigma about a random axis, then v_i turns towards d on the great
circle by at most theta tau, and c_i += s tau v_i. All fish move at once. Those behind, in the cone of full angle
360 degrees - alpha, are seen neither for orientation nor for attraction; repulsion has no blind cone. Radii are
half open: a neighbour at exactly the repulsion radius belongs to orientation. Fish at the same place ignore each other.
A fish that is to turn exactly round turns about a fixed axis (`core.rotate.turn`).

Rule dewi_kadita, the update of that package (0.0.4): the blind cone applies to repulsion as well; the heading is
interpolated linearly and normalised, by the fraction (theta tau) / angle; then a Gaussian number of standard deviation
sigma is added to each of its components. Its parameters are per step: max_turn is ``turn_rate_deg`` x ``step`` in
radians, noise is ``noise_rad``, and its blind_angle B is ``field_of_view_deg`` = 360 - 2 B; orientation is weighted by
``orientation_weight`` against attraction.

Time and length have no units of their own; headings stay unit vectors to round-off, and speed is constant.

References: Couzin, Krause, James, Ruxton and Franks (2002), "Collective memory and spatial sorting in animal groups",
J. Theor. Biol. 218, 1, doi 10.1006/jtbi.2002.3065.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from physent.core import jit
from physent.core.cells import allocate
from physent.core.stepping import StepClock
from physent.declare import Coordinate, DrawSchedule, Problem, Section, TimeSchedule, Variable
from physent.engines import Arrays, EngineConfig
from physent.engines.couzin import checks, initial, observables, zones
from physent.engines.couzin.parameters import Initial, Parameters
from physent.engines.couzin.state import State, begin, by_fish, by_slot, finds_neighbours, set_up
from physent.errors import RunError, UsageError

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

    from physent.declare import Movie

SHARED_FROM = 2000
"""Number of fish from which the threads share one school, replica after replica, instead of sharing out replicas."""

_WORK_PER_FISH = 30.0
"""Units of work (about 10 ns) of one step of one fish, without its candidates."""
_WORK_PER_CANDIDATE = 0.2
_LIKELY_CANDIDATES = 300.0  # with cells


class CouzinEngine:
    """Engine of fish schools; stateless."""

    name = "couzin"
    title = "Fish schools by zones of repulsion, orientation and attraction"
    references: tuple[str, ...] = (
        "Couzin, Krause, James, Ruxton and Franks (2002), J. Theor. Biol. 218, 1, doi 10.1006/jtbi.2002.3065",
    )
    Parameters: type[Section] = Parameters
    Initial: Any = Initial
    Schedule: type[TimeSchedule | DrawSchedule] = TimeSchedule
    headline = "polarization"
    fixed: frozenset[str] = frozenset({"n", "box_length"})
    actions: frozenset[str] = frozenset()
    initial_fields: tuple[str, ...] = ("position", "heading")

    def check(self, config: EngineConfig) -> Iterator[Problem]:
        """Contradictions and doubts between the config's sections."""
        return checks.problems(config)

    def variables(self, config: EngineConfig) -> tuple[Variable, ...]:
        """Everything that `fields` returns."""
        return observables.variables(config.parameters)

    def coordinates(self, config: EngineConfig) -> tuple[Coordinate, ...]:
        """Fish, axes, and groups if there are any."""
        return observables.coordinates(config.parameters)

    def resolved(self, config: EngineConfig) -> Mapping[str, str]:
        """How neighbours are found; results differ in round-off."""
        return {"neighbour_search": "all pairs" if finds_neighbours(config.parameters) is None else "cells"}

    def state_bytes(self, config: EngineConfig) -> int:
        """Estimate of the memory of state, scratch of one thread, and a record in the making."""
        n, replicas = int(config.parameters.n), int(config.replicas)
        grids = finds_neighbours(config.parameters)
        cells = 0 if grids is None else 4 * max(grid.cells for grid in grids)
        return replicas * n * (6 * 8 + 4) * 3 + n * 20 * 8 + cells

    def initial(self, config: EngineConfig, given: Arrays | None = None) -> State:
        """State at the start; ``given``: position and heading, each (particle, axis) or (replica, particle, axis)."""
        replicas, n = config.replicas, config.parameters.n
        if given is None:
            both = [initial.start(config, replica) for replica in range(replicas)]
            position, heading = (np.stack(arrays) for arrays in zip(*both, strict=True))
        else:
            position, heading = (_given(given, name, replicas, n) for name in self.initial_fields)
        return begin(set_up(config), position, _units(heading), config.schedule.start)

    def restore(self, config: EngineConfig, stored: Mapping[str, Any]) -> State:
        """State from its stored fields."""
        return State(**stored, setup=set_up(config))

    def reconfigure(self, state: State, config: EngineConfig) -> State:
        """The same fish with other radii, angles, speeds, noise or step."""
        return State(
            swarm=state.swarm,
            who=state.who,
            steps=state.steps,
            leg_start=float(state.time.min()),
            leg_steps=int(state.steps.min()),
            time=state.time,
            setup=set_up(config),
        )

    def act(self, state: State, action: str) -> State:
        """There are no actions: raises UsageError."""
        raise UsageError(f"found action {action}, expected none: couzin has no actions")

    def advance(self, state: State, target: float, work: int) -> float:
        """Move towards time ``target``; raises RunError where a position is not finite."""
        setup = state.setup
        clock = StepClock(state.leg_start, setup.step, state.leg_steps)
        count = clock.count(target)
        replicas, _, n = state.swarm.shape
        candidates = n if setup.grids is None else min(n, _LIKELY_CANDIDATES)
        cost = n * (_WORK_PER_FISH + _WORK_PER_CANDIDATE * candidates)
        if n >= SHARED_FROM:
            _share_schools(state, count, max(1, int(work / cost)))
        else:
            _share_replicas(state, count, max(1, int(work / (cost * replicas))))
        state.time[:] = clock.time(state.steps, target)
        if not np.isfinite(state.swarm).all():
            replica = int(np.argmin(np.isfinite(state.swarm).all(axis=(1, 2))))
            raise RunError(
                f"replica {replica}: a position is not finite on the way to time {target:.6g}; "
                f"a smaller parameters.speed would help"
            )
        return float(state.time.min())

    def fields(self, state: State) -> dict[str, np.ndarray[Any, Any]]:
        """Every variable at this instant, as new arrays."""
        setup, fish = state.setup, by_fish(state)
        if setup.groups or state.swarm.shape[2] < SHARED_FROM:
            return observables.observe(*fish, setup.box_length, setup.attraction, setup.groups)
        # Equal fish in any order have the same measures, and neighbours in slots next to each other the quickest.
        record = observables.observe(*by_slot(state), setup.box_length, setup.attraction)
        return record | dict(zip(self.initial_fields, fish, strict=True))

    def figure(self, dataset: xr.Dataset) -> Figure:
        """Order parameters and size of the school in time, and the school itself where it is stored."""
        from physent.engines.couzin.figure import draw

        return draw(dataset)

    def movie(self, dataset: xr.Dataset) -> Movie | None:
        """Frames of the animation; None where fields are not stored."""
        from physent.engines.couzin.movie import movie

        return movie(dataset)

    def doubts(self, state: State, record: Arrays) -> Iterator[tuple[str, str]]:
        """A cluster that spans the box."""
        return observables.doubts(record, float(state.time.min()))


def _share_replicas(state: State, count: int, budget: int) -> None:
    setup, replicas = state.setup, state.swarm.shape[0]
    common = (count, budget, state.steps, state.swarm, state.who, setup.model, setup.keys)
    if setup.grids is None:
        jit.spread(zones.all_pairs_steps, replicas, *common)
    else:
        jit.spread(zones.cell_steps, replicas, *common, setup.grids)


def _share_schools(state: State, count: int, budget: int) -> None:
    setup = state.setup
    n = state.swarm.shape[2]
    if setup.grids is None:
        work = zones.Work(np.zeros((6, zones.padded(n))), state.who[0], allocate(1, 1))
        work.old[:3] = zones.FAR
    else:
        work = zones.Work(np.empty((6, n)), np.empty(n, np.int32), allocate(n, max(g.cells for g in setup.grids)))
    while budget and (state.steps < count).any():
        # All replicas are kept at one step, so that what is reached is the time of every one of them.
        r = int(state.steps.argmin())
        swarm, who, step = state.swarm[r], state.who[r], int(state.steps[r])
        if setup.grids is None:
            work.old[:, :n] = swarm
            jit.spread(zones.update_all_pairs, n, setup.model, work, swarm, setup.keys[r], step)
        else:
            choice = zones.sort_swarm(setup.grids, swarm, work.lists)
            jit.spread(zones.carry, n, swarm, who, work)
            who[:] = work.who
            grid = setup.grids[choice]
            jit.spread(zones.update_cells, n, setup.model, grid, work, swarm, setup.keys[r], step)
        state.steps[r] += 1
        budget -= 1


def _given(given: Arrays, name: str, replicas: int, n: int) -> np.ndarray[Any, Any]:
    values = np.asarray(given[name], dtype=np.float64)
    if values.shape not in ((n, 3), (replicas, n, 3)):
        raise UsageError(
            f"{name} has shape {values.shape}, "
            f"expected (particle, axis) = {(n, 3)} or (replica, particle, axis) = {(replicas, n, 3)}"
        )
    if not np.isfinite(values).all():
        raise UsageError(f"{name} holds a value that is not finite")
    return np.broadcast_to(values, (replicas, n, 3))


def _units(heading: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Headings of unit length; those that already are, to 1e-15, keep their bits."""
    length = np.sqrt((heading**2).sum(axis=-1, keepdims=True))
    if not (length > 0.0).all():
        raise UsageError("heading holds a zero vector, expected directions")
    return np.where(np.abs(length - 1.0) < 1e-15, heading, heading / length)
