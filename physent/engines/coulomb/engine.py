"""Charges that repel each other in a trap, at inverse temperature beta.

    weight exp(-beta E),    E = N sum_i V(|x_i|) + sum_{i<j} U(|x_i - x_j|),    V(r) = strength r^exponent / exponent,

U = -r, -log r, 1/r in d = 1, 2, 3 (``interaction: coulomb``), or -log r in d = 1 (``log``: the log-gas). In these units
the gas has an edge of order 1 at any N: R = 1 for the quadratic trap of strength 1.

Samplers (``resolved``), each in a module of its own; the clock counts their draws:

- radii: independent distances from the centre, d = 2, beta = 2, any exponent; no positions.
- matrix: eigenvalues of a complex Gaussian matrix, d = 2, beta = 2, exponent 2; O(N^3).
- tridiagonal: eigenvalues of a random tridiagonal matrix, the log-gas at exponent 2, any beta; O(N^2).
- hmc: Markov chains by Hamiltonian Monte Carlo, for the rest; O(N^2) a step, O(N log N) for d = 1 with U = -r. Its
  draws are correlated. Each replica is one chain, adapted by itself.
- auto: matrix or tridiagonal where it serves, else hmc.

References: De Bruyne, Le Doussal, Majumdar and Schehr (2023), arXiv 2310.16420; Forrester (2010), Log-Gases and Random
Matrices; those of the samplers are in their modules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from physent.core import jit
from physent.core.random import Purpose
from physent.declare import Coordinate, DrawSchedule, Problem, Section, TimeSchedule, Variable
from physent.engines import Arrays, EngineConfig
from physent.engines.coulomb import checks, hmc, matrix, observables, radii, tridiagonal
from physent.engines.coulomb import gas as gases
from physent.engines.coulomb.gas import gas_of
from physent.engines.coulomb.parameters import Droplet, Parameters
from physent.engines.coulomb.state import Chains, Independent, resolved_sampler, stream_keys
from physent.errors import RunError, UsageError

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

    from physent.declare import Movie

State = Independent | Chains

LEAST_ACCEPTANCE = 0.2
_FEWEST_TRAJECTORIES = 10  # before which acceptance is not judged

_FILLS: dict[str, Callable[..., None]] = {"radii": radii.fill, "matrix": matrix.fill, "tridiagonal": tridiagonal.fill}
_SHAPES = {"radii": radii.shapes, "tridiagonal": tridiagonal.shapes}


class CoulombEngine:
    """Engine of Coulomb gases; stateless."""

    name = "coulomb"
    title = "Coulomb gas in a trap"
    references: tuple[str, ...] = (
        "De Bruyne, Le Doussal, Majumdar and Schehr (2023), arXiv 2310.16420",
        "Duane, Kennedy, Pendleton and Roweth (1987), Phys. Lett. B 195, 216, doi 10.1016/0370-2693(87)91197-X",
        "Ginibre (1965), J. Math. Phys. 6, 440, doi 10.1063/1.1704292",
        "Kostlan (1992), Linear Algebra Appl. 162, 385",
        "Dumitriu and Edelman (2002), J. Math. Phys. 43, 5830, doi 10.1063/1.1507823",
    )
    Parameters: type[Section] = Parameters
    Initial: Any = Droplet
    Schedule: type[TimeSchedule | DrawSchedule] = DrawSchedule
    headline = "max_radius"
    fixed: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()
    initial_fields: tuple[str, ...] = ("position",)

    def check(self, config: EngineConfig) -> Iterator[Problem]:
        """Contradictions and doubts between the config's sections."""
        return checks.problems(config)

    def variables(self, config: EngineConfig) -> tuple[Variable, ...]:
        """Everything that `fields` returns."""
        return observables.variables(config.parameters)

    def coordinates(self, config: EngineConfig) -> tuple[Coordinate, ...]:
        """Particle, and axis where there are positions."""
        return observables.coordinates(config.parameters)

    def resolved(self, config: EngineConfig) -> Mapping[str, str]:
        """Sampler, convention, edge of the droplet, coupling."""
        return observables.resolved(config.parameters)

    def state_bytes(self, config: EngineConfig) -> int:
        """Estimate of the memory of state, work arrays of one thread, and a record in the making."""
        gas, sampler = gas_of(config.parameters), resolved_sampler(config.parameters)
        own = {"hmc": 5 * gas.rows + 4, "radii": 2}.get(sampler, 3 * gas.rows)
        solver = 40 * gas.n**2 if sampler == "matrix" else 64 * gas.n
        return int(8 * config.replicas * gas.n * own + solver)

    def initial(self, config: EngineConfig, given: Arrays | None = None) -> State:
        """State at the start; ``given`` holds position (replica, particle, axis), which only hmc takes."""
        gas, sampler = gas_of(config.parameters), resolved_sampler(config.parameters)
        if sampler != "hmc":
            if given is not None:
                raise UsageError(
                    f"sampler {sampler} makes each draw afresh, expected no initial arrays; hmc takes them"
                )
            rows = 1 if sampler == "radii" else gas.rows
            start, position = config.schedule.start, np.zeros((config.replicas, rows, gas.n))
            stored = {"draw": start, "pending": start, "done": 0, "position": position}
            state = _independent(config, sampler, gas, stored)
            if start == 0:  # the first sample is taken before anything advances
                _make(state, 0, config.replicas)
            return state
        if given is None:
            return hmc.begin(config, gas, hmc.droplet(config, gas))
        position = np.zeros((config.replicas, gas.rows, gas.n))
        position[:, : gas.dimension] = np.moveaxis(np.asarray(given["position"], dtype=np.float64), 2, 1)
        return hmc.begin(config, gas, position)

    def restore(self, config: EngineConfig, stored: Mapping[str, Any]) -> State:
        """State from its stored fields."""
        gas, sampler = gas_of(config.parameters), resolved_sampler(config.parameters)
        if sampler == "hmc":
            return hmc.restore(config, gas, stored)
        return _independent(config, sampler, gas, stored)

    def reconfigure(self, state: State, config: EngineConfig) -> State:
        """There are no protocols: raises UsageError."""
        raise UsageError("coulomb draws samples and has no times, expected no protocol")

    def act(self, state: State, action: str) -> State:
        """There are no actions: raises UsageError."""
        raise UsageError(f"found action {action}, expected none: coulomb has no actions")

    def advance(self, state: State, target: int, work: int) -> int:
        """Move towards draw ``target``; independent draws before it are not made."""
        gas = state.gas
        if isinstance(state, Chains):
            pair = {gases.LINE: 0.0, gases.SPACE: 0.05}.get(gas.kind, 0.025)
            cost = gas.n * (pair * gas.n + (10.0 if gas.kind == gases.LINE else 2.0))
            return hmc.advance(state, target, max(1, int(work / (cost * len(state.draw)))))
        if state.draw != target:
            if state.pending != target:
                state.pending, state.done = target, 0
            cost = {"radii": 3.0 * gas.n, "matrix": 0.1 * gas.n**3}.get(state.sampler, 1.3 * gas.n**2)
            last = min(len(state.keys), state.done + max(1, int(work / cost)))
            _make(state, state.done, last)
            state.done = last
            if last == len(state.keys):
                state.draw = target
        return target if state.draw == target else target - 1

    def fields(self, state: State) -> dict[str, np.ndarray[Any, Any]]:
        """Every variable at this draw, as new arrays."""
        return observables.of_chains(state) if isinstance(state, Chains) else observables.of_independent(state)

    def figure(self, dataset: xr.Dataset) -> Figure:
        """The gas, its radial density beside that of the droplet, and the course of the chains."""
        from physent.engines.coulomb.figure import draw

        return draw(dataset)

    def movie(self, dataset: xr.Dataset) -> Movie | None:
        """Frames of the animation; None where fields are not stored."""
        from physent.engines.coulomb.movie import movie

        return movie(dataset)

    def doubts(self, state: State, record: Arrays) -> Iterator[tuple[str, str]]:
        """A chain that hardly moves."""
        if not isinstance(state, Chains):
            return
        stuck = (state.tried >= _FEWEST_TRAJECTORIES) & (state.draw > 0) & (record["acceptance"] < LEAST_ACCEPTANCE)
        if stuck.any():
            replica = int(np.argmax(stuck))
            message = (
                f"chain stuck: mean acceptance {record['acceptance'][replica]:.2g} of {state.tried[replica]} "
                f"trajectories at draw {state.draw[replica]} (replica {replica}), expected above {LEAST_ACCEPTANCE}; "
                "its draws are no sample of the gas: set hmc.adapt with a longer burn_in, or a smaller hmc.step_factor"
            )
            yield "acceptance", message


def _independent(config: EngineConfig, sampler: str, gas: gases.Gas, stored: Mapping[str, Any]) -> Independent:
    shape = _SHAPES[sampler](gas) if sampler in _SHAPES else np.empty(0)
    work = gases.scratch(config.replicas, stored["position"], gas)
    keys = stream_keys(config, Purpose.SAMPLER)
    return Independent(**stored, sampler=sampler, gas=gas, keys=keys, shape=shape, work=work)


def _make(state: Independent, first: int, last: int) -> None:
    """Draw ``state.pending`` of replicas ``first`` to ``last``."""
    items = last - first

    def part(begin: int, end: int) -> None:
        _FILLS[state.sampler](
            first + begin, first + end, state.pending, state.keys, state.shape, state.gas, state.position
        )

    if state.sampler == "radii":
        jit.spread(part, items)
        return
    with _blas().limit(limits=1, user_api="blas"):  # the bits of a matrix product depend on its threads
        jit.spread(part, items)
    bad = ~np.isfinite(state.position[first:last]).all(axis=(1, 2))
    if bad.any():
        raise RunError(
            f"replica {first + int(np.argmax(bad))}: draw {state.pending} has eigenvalues that are not finite"
        )


@cache
def _blas() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
