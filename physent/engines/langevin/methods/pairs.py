"""Interacting particles: replicas in parallel, the particles of each by the kernel of `crowd`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from physent.core import jit
from physent.core.verlet import MOST_PARTNERS, arrange, scratch
from physent.engines import Arrays, Doubts, EngineConfig
from physent.engines.langevin import crowding, record
from physent.engines.langevin import state as common
from physent.engines.langevin.crowd import move
from physent.engines.langevin.interactions import Forces, diameter_of, forces_of
from physent.engines.langevin.methods.common import method
from physent.engines.langevin.methods.independent import MOST_DRIVEN
from physent.engines.langevin.model import ABP, AOUP, HEUN, table
from physent.engines.langevin.pair_forces import SPRINGS
from physent.engines.langevin.rows import (
    BETA,
    CURVATURE,
    FORCE,
    FORCED,
    MOTOR,
    NOISE,
    OTHER,
    POSITION,
    PUSH,
    SIGMA,
    SPARE,
    TRAPEZOID,
    WORK,
)
from physent.errors import RunError
from physent.typing import Array, Floats

FARTHEST = 0.1
"""Longest move in a step, in diameters, that is not doubtful."""

_LARGE, _ENOUGH = 50_000, 8
"""A call for k times `_LARGE` particles makes at least k steps, or `_ENOUGH`: it makes a list and copies the particles
into blocks, which takes as long as a few steps, and one step of a million takes most of a slice of the loop."""
_WORK_PER_STEP = 6.0
"""Units of work (about 10 ns) per particle and evaluation of forces."""


@dataclass
class State(common.State):
    """Particles with a Verlet list: slots sorted by cell when it was made."""

    who: npt.NDArray[np.int32]  # (replica, slot) particles
    reference: Floats  # (axis, replica, slot): places when the list was made
    leap: Floats  # (replica,): longest move in a step
    virial: Floats  # (replica,): sum of h r.F over pairs
    last_virial: Floats  # at the previous sample
    last_local: Floats  # (row, replica, particle): rows of the books then
    pairs: Forces = field(metadata={"derived": True})

    def arrangement(self) -> dict[str, Array]:
        """Variables that follow from positions."""
        return crowding.arrangement(self.setup.parameters, self.position)

    def longest(self) -> Floats:
        """Longest move in a step, (replica,)."""
        return self.leap

    def keep_local(self) -> None:
        """Note the rows of the books of which fields are made."""
        self.last_local = self.books[crowding.rows_of(self.setup.parameters)]


def _arranged(config: EngineConfig, state: common.State) -> State:
    """The state with its slots sorted anew."""
    forces, (axes, replicas, n) = forces_of(config.parameters), state.position.shape
    who = np.tile(np.arange(n, dtype=np.int32), (replicas, 1))
    work = scratch(n, axes, forces[1].grid)
    reference = state.position.copy()
    for r in range(replicas):
        if forces[0].kind != SPRINGS:
            arrange(forces[1], np.ascontiguousarray(state.position[:, r]), who[r], work)
        reference[:, r] = state.position[:, r, who[r]]
    kept: dict[str, Any] = {f.name: getattr(state, f.name) for f in dataclasses.fields(common.State)}
    leap, virial = (np.array(getattr(state, name, np.zeros(replicas))) for name in ("leap", "virial"))
    return State(
        **kept,
        who=who,
        reference=reference,
        leap=leap,
        virial=virial,
        last_virial=virial.copy(),
        last_local=state.books[crowding.rows_of(config.parameters)],
        pairs=forces,
    )


def strength(setup: common.Setup) -> Floats:
    """Rows `SIGMA` and `BETA` (6, 1) or (6, n): sqrt(2 mu T h), and 1/(mu T) or 0, along three axes."""
    mu, t = setup.model.mobility, np.zeros((3, setup.temperature.shape[1]))
    t[: len(setup.temperature)] = setup.temperature
    inverse = np.divide(1.0, mu * t, out=np.zeros_like(t), where=t > 0.0)
    return np.vstack([np.sqrt(2.0 * mu * t * setup.model.step), inverse])


def own_rows(setup: common.Setup) -> npt.NDArray[np.int64]:
    """Rows that each particle keeps from step to step: the others are constant, made anew, or needed in total only."""
    p, model, d = setup.parameters, setup.model, setup.model.dimension
    active, warm, odd = p.propulsion is not None, setup.temperature.min() > 0.0, bool(d % 2)
    axes, turning = range(d), model.propulsion == ABP and d == 2
    rows = {WORK: model.driven, FORCED: p.force is not None, PUSH: active, TRAPEZOID: warm}
    rows |= dict.fromkeys(crowding.rows_of(p), True)
    rows |= {POSITION + a: True for a in axes} | {MOTOR + a: active for a in axes} | {MOTOR + 3: turning}
    rows |= {SPARE: odd and model.thermal, SPARE + 1: turning or (odd and model.propulsion == AOUP)}
    rows |= {FORCE + a: True for a in axes} | {FORCE + CURVATURE: True}
    rows |= {FORCE + OTHER + a: p.force is not None for a in axes}
    rows |= {NOISE + a: model.thermal and model.integrator == HEUN for a in axes}
    rows |= {row + a: setup.temperature.shape[1] > 1 for row in (SIGMA, BETA) for a in axes}
    return np.array([row for row, kept in rows.items() if kept])


def _start(config: EngineConfig, given: Arrays | None) -> State:
    return _arranged(config, common.start(config, given))


def _restore(config: EngineConfig, stored: Mapping[str, Any]) -> State:
    return State(**stored, setup=common.set_up(config), pairs=forces_of(config.parameters))


def _change(config: EngineConfig, state: common.State) -> State:
    return _arranged(config, common.change(config, state))


def begin(state: State, target: float, keep_local: Callable[[], None]) -> int:
    """As `physent.engines.langevin.state.begin`; ``keep_local`` notes the books of single particles."""
    if target != state.target:
        state.last_virial = state.virial.copy()
        keep_local()
    return common.begin(state, target)


def collapsed(replica: int, target: float) -> RunError:
    """The error of a list that was refused."""
    where = f"replica {replica}: more than {MOST_PARTNERS} neighbours per particle"
    advice = "the particles have collapsed; choose a smaller parameters.step or fewer particles"
    return RunError(f"{where} on the way to time {target:.6g}: {advice}")


def _advance(state: State, target: float, work: int) -> float:
    setup, (_, replicas, n) = state.setup, state.position.shape
    cost = _WORK_PER_STEP * max(8, n) * replicas * (2 if setup.model.integrator == HEUN else 1)
    budget = max(1, min(_ENOUGH, replicas * n // _LARGE), int(work / cost))
    count = min(begin(state, target, state.keep_local), budget, MOST_DRIVEN if setup.model.driven else budget)
    rows = table(setup.parameters, setup.row, state.steps, count)
    if count:
        constants = (setup.model, *state.pairs, rows, setup.keys, strength(setup), own_rows(setup))
        evolving = (state.position, state.motor, state.books, state.who, state.reference, state.leap, state.virial)
        jit.spread(move, replicas, state.steps, count, *constants, *evolving)
        if (state.leap < 0).any():
            raise collapsed(int(np.argmin(state.leap)), target)
    return common.end(state, count, rows, target)


def _scalars(state: State) -> dict[str, Array]:
    recent, virial = state.totals() - state.last_books, state.virial - state.last_virial
    pressure = crowding.pressure(state.setup.parameters, recent, virial, _elapsed(state))
    return record.scalars(state) | pressure | {name: values.copy() for name, values in state.arrangement().items()}


def _fields(state: State) -> dict[str, Array]:
    parameters = state.setup.parameters
    books = state.books[crowding.rows_of(parameters)]
    local = crowding.by_particle(parameters, books, state.last_local, _elapsed(state))
    return _scalars(state) | record.fields(state) | local


def _elapsed(state: State) -> float:
    return float((state.steps - state.last_steps) * state.setup.model.step)


def _doubts(state: State, found: Arrays) -> Doubts:
    yield from record.doubts(state, found)
    diameter, longest = diameter_of(state.setup.parameters), float(state.longest().max())
    if diameter and longest > FARTHEST * diameter:
        message = f"a particle moved by {longest / diameter:.3g} diameters in one step, expected at most {FARTHEST}: a "
        message += "smaller parameters.step keeps particles from passing through each other"
        yield "longest_move", message


METHOD = dataclasses.replace(
    method(_advance),
    start=_start,
    restore=_restore,
    change=_change,
    scalars=_scalars,
    fields=_fields,
    doubts=_doubts,
)
