"""A gas of N equal hard discs of unit mass and diameter sigma in the square [0, L] x [0, L], periodic or walled.

Between collisions the discs fly straight; in a collision two discs exchange the components of their velocities along
the line of their centres. The dynamics is Hamiltonian, reversible, and carried out event by event without a time step
(``core.discs``): exact up to round-off, which a collision amplifies by about 2 ell/sigma, ell the mean free path.
With diameter 0 the gas is ideal, and positions are computed from the start at every sample.

Units: mass and Boltzmann's constant are 1, so the thermal speed is sqrt(T). Invariants: kinetic energy, and with a
periodic box the momentum. Initial states: ``initial``; from a file or arrays, positions and velocities as they are.

References: Garrido, Goldstein, Huse and Lebowitz (2024), doi 10.48550/arXiv.2403.07519, for the free expansion; those
of the algorithm are in the modules named.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from physent.core import jit
from physent.core.events import ring_of
from physent.declare import Coordinate, DrawSchedule, Problem, Section, TimeSchedule, Variable
from physent.engines import Arrays, EngineConfig
from physent.engines.hard_discs import arrays, checks, discs, given, initial, observables
from physent.engines.hard_discs.parameters import Initial, Parameters, diameter_of, packing_fraction_of
from physent.engines.hard_discs.state import SPEED_BINS, State, begin, in_lines, reversed_state, set_up, wall_momentum
from physent.errors import RunError, UsageError

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

    from physent.declare import Movie

_WORK_PER_EVENT = 40
"""Units of work (about 10 ns) that an event takes."""


class HardDiscsEngine:
    """Engine of the gas of hard discs; stateless."""

    name = "hard_discs"
    title = "Gas of hard discs"
    references: tuple[str, ...] = (
        "Garrido, Goldstein, Huse and Lebowitz (2024), doi 10.48550/arXiv.2403.07519",
        "Lubachevsky (1991), J. Comput. Phys. 94, 255, doi 10.1016/0021-9991(91)90222-7",
        "Bannerman, Strobl, Formella and Poeschel (2014), Comput. Part. Mech. 1, 191, doi 10.1007/s40571-014-0021-8",
    )
    Parameters: type[Section] = Parameters
    Initial: Any = Initial
    Schedule: type[TimeSchedule | DrawSchedule] = TimeSchedule
    headline = "collisions"
    fixed: frozenset[str] = frozenset(Parameters.model_fields)
    actions: frozenset[str] = frozenset({"reverse_velocities"})
    initial_fields: tuple[str, ...] = ("position", "velocity")

    def check(self, config: EngineConfig) -> Iterator[Problem]:
        """Contradictions and doubts between the config's sections."""
        return checks.problems(config)

    def variables(self, config: EngineConfig) -> tuple[Variable, ...]:
        """Everything that `fields` returns."""
        return observables.variables(config.parameters.boundary == "walls")

    def coordinates(self, config: EngineConfig) -> tuple[Coordinate, ...]:
        """Disc, axis and speed."""
        return observables.coordinates(config.parameters.n, config.parameters.temperature)

    def resolved(self, config: EngineConfig) -> Mapping[str, str | float]:
        """Diameter and packing fraction, whichever way they were given."""
        return {
            "diameter": diameter_of(config.parameters),
            "packing_fraction": packing_fraction_of(config.parameters),
        }

    def state_bytes(self, config: EngineConfig) -> int:
        """Estimate of the memory that the state takes: at most 130 bytes a disc, and as much again at the start."""
        box, n = set_up(config.parameters).box, int(config.parameters.n)
        calendar = 32 * n + 4 * (ring_of(n, 1.0)[0] + 1) + 4 * box.mx * box.my
        replicas = int(config.replicas)
        return replicas * (72 * n + calendar + 8 * (SPEED_BINS + 18))

    def initial(self, config: EngineConfig, given_arrays: Arrays | None = None) -> State:
        """State at the start; ``given_arrays`` holds position and velocity, each (particle, axis) or per replica."""
        setup = set_up(config.parameters)
        if given_arrays is None:
            position, velocity = initial.phase_space_point(config)
        else:
            position, velocity = given.checked(setup, given_arrays, config.replicas)
        return begin(setup, position, velocity, config.schedule.start)

    def restore(self, config: EngineConfig, stored: Mapping[str, Any]) -> State:
        """State from its stored fields."""
        rows = {name: in_lines(stored[name]) for name in ("discs", "times")}
        return State(**{**stored, **rows}, setup=set_up(config.parameters))

    def reconfigure(self, state: State, config: EngineConfig) -> State:
        """No parameter can change on the way: raises UsageError."""
        raise UsageError("found a change of parameters, expected none: those of hard_discs are fixed")

    def act(self, state: State, action: str) -> State:
        """State with all velocities turned round."""
        if action not in self.actions:
            raise UsageError(f"found action {action}, expected {', '.join(self.actions)}")
        return reversed_state(state)

    def advance(self, state: State, target: float, work: int) -> float:
        """Move towards time ``target``; raises RunError where discs in contact are not at their distance."""
        setup, replicas = state.setup, len(state.discs)
        if target != state.target:
            state.target = target
            state.last_time = state.time
            state.last_virial = state.sums[:, arrays.VIRIAL].copy()
            state.last_wall = wall_momentum(state)
        if not setup.diameter:
            state.time = target
            return target
        budget = max(1, work // (_WORK_PER_EVENT * replicas))
        jit.spread(discs.run, replicas, state.gas, setup.box, target, budget)
        reached, bad = discs.standing(state.gas, setup.tolerance)
        if bad >= 0:
            raise RunError(
                f"replica {bad}: the distance of two discs in contact is wrong by "
                f"{state.sums[bad, arrays.DEVIATION]:.1e} of it, expected below {setup.tolerance:.0e}"
            )
        state.time = target if reached else _late(state, target)
        return state.time

    def fields(self, state: State) -> dict[str, np.ndarray[Any, Any]]:
        """Every variable at this instant, as new arrays."""
        return observables.observe(state)

    def scalars(self, state: State) -> dict[str, np.ndarray[Any, Any]]:
        """Every variable but the fields."""
        return observables.observe_scalars(state)

    def figure(self, dataset: xr.Dataset) -> Figure:
        """Discs at the start and later, entropy if any, collisions, compressibility."""
        from physent.engines.hard_discs.figure import draw

        return draw(dataset)

    def movie(self, dataset: xr.Dataset) -> Movie | None:
        """Frames of the animation; None where fields are not stored."""
        from physent.engines.hard_discs.movie import movie

        return movie(dataset)

    def doubts(self, state: State, record: Arrays) -> Iterator[tuple[str, str]]:
        """At the first sample, a temperature that is not that of the gas: velocities given are taken as they are."""
        if state.time == state.last_time:
            found = record["kinetic_energy"] / state.setup.n
            expected = state.setup.temperature
            # The energy of N discs drawn by Maxwell's law varies by 1/sqrt(N) of it.
            if (np.abs(found - expected) > 4 / math.sqrt(state.setup.n) * expected).any():
                message = (
                    f"the kinetic energy per disc is {found[0]:.4g} (replica 0), parameters.temperature {expected:g}, "
                    "which sets the bins of collisions_by_speed alone: give the gas's own"
                )
                yield "temperature", message


def _late(state: State, target: float) -> float:
    """Time that all replicas have reached, below ``target``: some event before it has not happened."""
    years = (state.ring.shape[1] - 1) / state.sums[:, arrays.SCALE]
    now = state.sums[:, arrays.ORIGIN] + (state.counts[:, arrays.YEARS] * years + state.sums[:, arrays.NOW])
    late = float(np.min(now[state.counts[:, arrays.REACHED] == 0]))
    return max(state.time, min(late, math.nextafter(target, -math.inf)))
