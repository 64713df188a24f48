"""State of overdamped particles, the tables of a config, and what all methods do with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from physent.core.jit import njit
from physent.core.random import Purpose, stream_key
from physent.engines import Arrays, EngineConfig
from physent.engines.langevin import initial, interactions, law
from physent.engines.langevin.forces import energies
from physent.engines.langevin.model import UNIFORM, Model, coefficients, model_of, table, temperatures
from physent.engines.langevin.parameters import Parameters
from physent.engines.langevin.rows import BOOKS, FORCED, LANES, PLACE, POSITION, PUSH, ROWS, TILT, TRAPEZOID, WORK
from physent.errors import RunError
from physent.typing import Floats


@dataclass(frozen=True)
class Setup:
    """Constants of a config."""

    model: Model
    row: Floats  # (COLUMNS,) coefficients of the potential and the force as given
    keys: npt.NDArray[np.uint64]  # (replica,) streams of noise
    temperature: Floats  # (axis, 1) or (axis, n)
    parameters: Parameters
    steady: bool  # whether the law to which driven parameters would settle is known

    @property
    def baths(self) -> Floats | None:
        """Temperature of each particle, (1,) or (n,), if it is the same along all axes."""
        t = self.temperature
        return t[0] if np.ptp(t, axis=0).max() == 0.0 else None


class Sums(NamedTuple):
    """What scalars follow from, beside the books: sums and means over the particles of each replica, (replica,)."""

    work: Floats
    heat: Floats
    energy: Floats
    moved: Floats  # (axis, replica): mean displacement
    square: Floats  # mean square displacement
    motor: Floats  # (axis, replica)
    entropy: Floats | None  # of the medium, if it is defined
    surprise: Floats | None  # changes of -ln p, if the law is known
    entropies: Floats | None = None  # (replica, particle), if they had to be made


@dataclass
class State:
    """Everything that evolves. Element [.., r, i] belongs to particle i of replica r."""

    position: Floats  # (axis, replica, particle), unwrapped
    motor: Floats  # (4, replica, particle): u at the middle of the next step, and its direction in turns
    books: Floats  # (BOOKS, replica, particle), `rows`: sums over the steps
    origin: Floats  # as position, at the start
    start_energy: Floats  # (replica, particle)
    start_surprise: Floats  # (replica, particle): -ln p at the start; NaN if positions were given
    settled: Floats  # (2, replica, particle): heat, and entropy of the medium, when this leg started
    law: Floats  # (axis, 1 + axis): mean and covariance of a particle, if its law is known, else empty
    leg_partition: float  # ln Z of the steady law when this leg started
    leg_surprise: Floats  # (replica,): changes of -ln p_ss until then; NaN if positions were given
    steps: int  # made by every replica since the start of the run
    target: float  # time that the last call of `advance` aimed at
    leg_books: Floats  # (BOOKS, replica): sums when this leg started, and the energy (replica,)
    leg_energy: Floats
    last_steps: int  # when that target was set, at the previous sample, or when the leg started if that was later
    last_books: Floats
    last_energy: Floats
    last_place: Floats  # (axis, replica): mean position
    setup: Setup = field(metadata={"derived": True})

    def totals(self) -> Floats:
        """Sums of the books over particles, (BOOKS, replica)."""
        return np.asarray(self.books.sum(axis=2))

    def energies(self) -> Floats:
        """Energy of each particle, (replica, particle)."""
        return energy(self.setup, current(self.setup, self.steps), self.position)

    def total_energy(self) -> Floats:
        """Sum of the energies of all particles, (replica,)."""
        return np.asarray(self.energies().sum(axis=1))

    def place(self) -> Floats:
        """Mean position, (axis, replica)."""
        return np.asarray(self.position.mean(axis=2))

    def sums(self) -> Sums:
        """Sums over particles."""
        energies = self.energies()
        heats, moved = heat(self, energies), self.position - self.origin
        entropies = entropy_medium(self, heats) if self.setup.temperature.min() > 0 else None
        surprises = law.surprise(self.law, self.position) - self.start_surprise if self.law.size else None
        return Sums(
            work=(heats + (energies - self.start_energy)).sum(axis=1),
            heat=heats.sum(axis=1),
            energy=energies.sum(axis=1),
            moved=moved.mean(axis=2),
            square=(moved * moved).sum(axis=0).mean(axis=1),
            motor=self.motor[:3].sum(axis=2),
            entropy=None if entropies is None else entropies.sum(axis=1),
            surprise=None if surprises is None else surprises.sum(axis=1),
            entropies=entropies,
        )


def set_up(config: EngineConfig) -> Setup:
    """Tables for the parameters of a config."""
    parameters: Parameters = config.parameters
    keys = np.array([stream_key(config.seed, Purpose.NOISE, r) for r in range(config.replicas)], np.uint64)
    row, steady = coefficients(parameters), law.has_steady_energy(parameters)
    return Setup(model_of(parameters), row, keys, temperatures(parameters), parameters, steady)


@njit
def _energies(model: Model, rows: Floats, position: Floats, out: Floats) -> None:
    s = np.zeros(ROWS * LANES)
    for first in range(0, len(out), LANES):
        inside = min(LANES, len(out) - first)
        for j in range(inside):
            for a in range(len(position)):
                s[(POSITION + a) * LANES + j] = position[a, first + j]
        energies(model, rows, 0, s, (inside + 7) // 8 * 8, POSITION, PLACE)
        for j in range(inside):
            out[first + j] = s[PLACE * LANES + j]


quiet = np.errstate(over="ignore", invalid="ignore")
"""Decorator of what squares or sums positions and books: those of a run that diverges overflow, and are refused when
they are stored, or in `end`."""


def current(setup: Setup, steps: int) -> Floats:
    """Coefficients (1, COLUMNS) after a number of steps."""
    return table(setup.parameters, setup.row, steps, 0)


def outer_energy(setup: Setup, rows: Floats, position: Floats) -> Floats:
    """U of each particle (replica, particle) without its pairs."""
    out = np.empty(position.shape[1:])
    _energies(setup.model, rows, position.reshape(len(position), -1), out.reshape(-1))
    return out


def energy(setup: Setup, rows: Floats, position: Floats) -> Floats:
    """U of each particle (replica, particle), with half of the energy of its pairs."""
    out = outer_energy(setup, rows, position)
    return out if setup.parameters.interaction is None else out + interactions.energies(setup.parameters, position)


def start(config: EngineConfig, given: Arrays | None) -> State:
    """State at the start, from the config or from given positions."""
    setup = set_up(config)
    d, replicas, n = config.parameters.dimension, config.replicas, config.parameters.n
    position = initial.positions(config) if given is None else np.moveaxis(given["position"], 2, 0).copy()
    rows, known = current(setup, 0), np.empty((0, 1))
    if law.is_known(config):
        mean, covariance = initial.gaussian(rows[0], d)
        known = np.column_stack([mean, initial.start_temperature(config)[0] * covariance])
    first, unknown = energy(setup, rows, position), 0.0 if given is None else np.nan
    return State(
        position=np.ascontiguousarray(position, np.float64),
        motor=initial.motors(config),
        books=np.zeros((BOOKS, replicas, n)),
        origin=position.copy(),
        start_energy=first,
        start_surprise=unknown + (law.surprise(known, position) if known.size else np.zeros((replicas, n))),
        settled=np.zeros((2, replicas, n)),
        law=known,
        leg_partition=law.partition(rows[0], d, setup.temperature[0, 0]) if setup.steady else 0.0,
        leg_surprise=np.full(replicas, unknown),
        steps=0,
        target=config.schedule.start,
        leg_books=np.zeros((BOOKS, replicas)),
        leg_energy=first.sum(axis=1),
        last_steps=0,
        last_books=np.zeros((BOOKS, replicas)),
        last_energy=first.sum(axis=1),
        last_place=position.mean(axis=2),
        setup=setup,
    )


def restore(config: EngineConfig, stored: Mapping[str, Any]) -> State:
    """State from what was stored."""
    return State(**stored, setup=set_up(config))


def heat(state: State, energies: Floats) -> Floats:
    """Heat of each particle since the start, by the first law: work is summed up, energy known at both ends."""
    work = state.books[WORK] + state.books[FORCED] + state.books[PUSH]
    return np.asarray(work - (energies - state.start_energy))


def entropy_medium(state: State, heats: Floats) -> Floats:
    """Entropy of the medium of each particle since the start; per axis by the trapezoid if temperatures differ."""
    t = state.setup.baths
    if t is None:
        return np.array(state.books[TRAPEZOID])
    entropy: Floats = state.settled[1] + (heats - state.settled[0]) / t
    return entropy


def hatano_sasa(state: State, rows: Floats) -> Floats:
    """Changes of -ln p_ss (replica,) since the start: by work in this leg, and what `change` added before."""
    (d, _, n), t = state.origin.shape, state.setup.temperature[0, 0]
    total = state.totals()[[WORK, TILT]]
    rise = law.partition(rows[0], d, t) - state.leg_partition
    return np.asarray((total - state.leg_books[[WORK, TILT]]).sum(axis=0) / t + n * rise + state.leg_surprise)


def _steady_surprise(setup: Setup, rows: Floats, position: Floats) -> Floats:
    """-ln p_ss of all particles (replica,), without (d/2) ln 2 pi."""
    (d, _, n), t = position.shape, setup.temperature[0, 0]
    push = np.einsum("a,arn->r", rows[0, UNIFORM : UNIFORM + d], position)
    log_z = law.partition(rows[0], d, t) + 0.5 * d * np.log(t)
    return np.asarray((energy(setup, rows, position).sum(axis=1) - push) / t + n * log_z)


def change(config: EngineConfig, state: State) -> State:
    """The same particles under other parameters: a change of their energy is work."""
    before, after = state.setup, set_up(config)
    old, new = current(before, state.steps), current(after, state.steps)
    energies = energy(before, old, state.position)
    heats = heat(state, energies)
    settled = heats, entropy_medium(state, heats) if before.temperature.min() > 0 else state.settled[1]
    books = state.books.copy()
    books[WORK] += energy(after, new, state.position) - energies
    push = (new - old)[0, UNIFORM : UNIFORM + len(state.position)]
    books[TILT] -= np.einsum("a,arn->rn", push, state.position)
    changed = replace(state, books=books, settled=np.stack(settled), setup=after)
    _note(changed)
    changed.leg_books, changed.leg_energy = changed.last_books, changed.last_energy
    if before.steady and after.steady:
        step = _steady_surprise(after, new, state.position) - _steady_surprise(before, old, state.position)
        changed.leg_surprise = hatano_sasa(state, old) + step
        changed.leg_partition = law.partition(new[0], len(state.position), after.temperature[0, 0])
    return changed


@quiet
def _note(state: State) -> None:
    """Note the sums, from which rates are counted."""
    state.last_steps, state.last_books = state.steps, state.totals()
    state.last_energy, state.last_place = state.total_energy(), state.place()


def begin(state: State, target: float) -> int:
    """Number of steps that are missing to ``target``; notes the sums if this target is new, that is, after a sample."""
    if target != state.target:
        state.target = target
        _note(state)
    return round(target / state.setup.model.step) - state.steps


def lost(replica: int, target: float, what: str = "a position") -> RunError:
    """The error of a position, or of ``what`` else, that is not finite."""
    return RunError(
        f"replica {replica}: {what} is not finite on the way to time {target:.6g}; choose a smaller parameters.step"
    )


@quiet
def end(state: State, count: int, rows: Floats, target: float) -> float:
    """`count_steps`; RunError if a position or a sum of the ledger is not finite: then neither are their totals."""
    reached = count_steps(state, count, rows, target)
    for what, total, name in (
        ("a position", state.place(), "position"),
        ("a sum of work, heat or entropy", state.totals(), "books"),
    ):
        if not np.isfinite(total).all():
            raise lost(int(np.argmin(np.isfinite(getattr(state, name)).all(axis=(0, 2)))), target, what)
    return reached


def count_steps(state: State, count: int, rows: Floats, target: float) -> float:
    """Count the steps that were made with the coefficients ``rows``; returns the time reached."""
    if count and state.law.size:
        law.propagate(state.setup.model, rows, count, state.setup.temperature, state.law)
    state.steps += count
    h = state.setup.model.step
    return target if state.steps == round(target / h) else min(state.steps * h, target)
