"""The direct method on rows of channels (`jumps`), and the law of the ensemble beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from physent.core import jit
from physent.core.random import Purpose, stream_key
from physent.core.stepping import StepClock
from physent.engines import Array, Arrays, EngineConfig, Method, stored_fields
from physent.engines.jump import initial, jumps, observables
from physent.engines.jump.jumps import Stairs, Table, Walk
from physent.engines.jump.network import Network, energies_at, network_of
from physent.engines.jump.parameters import Parameters
from physent.errors import RunError
from physent.theory import network as theory
from physent.typing import Floats, Integers

WORK_PER_JUMP = 6  # units of about 10 ns
MOST_NUMBERS = 1 << 18  # in the stairs of one call


@dataclass
class State:
    """Everything that evolves; for the first twelve fields see `jumps.Walk`."""

    state: Integers
    events: Integers
    half: Integers
    since: Floats
    left: Floats
    now: Floats
    entered: Floats
    times: Floats
    net: Integers
    sums: Floats
    stays: Integers
    stay_sums: Floats
    start: Floats  # (replica,) -ln p of the first state; NaN if its law is not known
    law: Floats  # (n,) of the ensemble at ``law_time``; empty if it is not followed
    law_time: float
    law_half: int  # the half-step of the driving at that time
    parameters: Parameters = field(metadata={"derived": True})
    network: Network = field(metadata={"derived": True})
    table: Table = field(metadata={"derived": True})

    @cached_property
    def walk(self) -> Walk:
        """The kernels' view of the arrays, which are only changed in place."""
        return Walk(*(getattr(self, name) for name in Walk._fields))

    @property
    def driven(self) -> bool:
        """Whether energies are."""
        return bool(self.parameters.driving)

    def stairs(self, begin: int, count: int) -> Stairs:
        """Energies and rates of ``count`` stairs."""
        energy = energies_at(self.network, self.parameters, 2 * begin, 2 * count + 1)
        rates = np.empty((count, len(self.table.target)))
        jumps.accumulate(self.table, energy, rates)
        return Stairs(begin, energy, rates)

    @cached_property
    def constant(self) -> Stairs:
        """The one stair of a process that is not driven."""
        return self.stairs(0, 1)

    @cached_property
    def generator(self) -> Floats:
        """Generator (n, n) of a process that is not driven."""
        return self.network.generator(self.constant.energy[0], self.parameters.temperature)


def table_of(config: EngineConfig, one: Network) -> Table:
    """The constants of a leg for the kernels."""
    parameters, m = config.parameters, len(one.ends)
    forward, channel = np.repeat([True, False], m), np.tile(np.arange(m), 2)
    source, target = np.concatenate([one.ends, one.ends[:, ::-1]]).T
    prefactor = one.prefactor.T.reshape(-1)
    kept = np.flatnonzero(prefactor > 0)
    kept = kept[np.argsort(source[kept], kind="stable")]
    sign = np.where(forward, 1, -1)
    drive = sign * np.tile(one.drive, 2)
    if one.energies is None and one.reversible:
        logs = np.log(one.prefactor, where=one.prefactor > 0, out=np.zeros((m, 2)))
        drive = (logs - logs[:, ::-1]).T.reshape(-1)
    barrier = np.zeros(2 * m) if one.energies is None else np.tile(one.barrier, 2)
    beta = 1.0 if one.energies is None else 1.0 / parameters.temperature
    return Table(
        first=np.searchsorted(source[kept], np.arange(one.states + 1)),
        source=source[kept],
        target=target[kept],
        channel=channel[kept],
        sign=sign[kept],
        prefactor=prefactor[kept],
        barrier=barrier[kept],
        drive=drive[kept],
        beta=beta,
        steepness=0.0 if one.energies is None else beta,
        step=parameters.step if parameters.driving else math.inf,
        group=observables.groups_of(parameters),
        width=1.0 if parameters.dwell is None else parameters.dwell.width,
        keys=np.array([stream_key(config.seed, Purpose.NOISE, r) for r in range(config.replicas)]),
    )


def _start(config: EngineConfig, given: Arrays | None) -> State:
    parameters, replicas = config.parameters, int(config.replicas)
    one = network_of(parameters.model)
    energies = energies_at(one, parameters, 0, 1)[0]
    law = initial.law(config, one, energies) if given is None else None
    state = initial.states(config, law) if given is None else initial.given_states(given["state"], one.states)
    groups, bins = observables.dwell_shape(parameters)
    made = _restore(
        config,
        {
            "state": state,
            "events": np.zeros(replicas, np.int64),
            "half": np.zeros(replicas, np.int64),
            "since": np.zeros(replicas),
            "left": np.zeros(replicas),
            "now": np.zeros(replicas),
            "entered": np.full(replicas, -1.0),
            "times": np.zeros((replicas, one.states)),
            "net": np.zeros((replicas, len(one.ends)), np.int64),
            "sums": np.zeros((replicas, jumps.COUNT_OF_SUMS)),
            "stays": np.zeros((replicas, groups, bins), np.int64),
            "stay_sums": np.zeros((replicas, groups, 2)),
            "start": np.full(replicas, np.nan) if law is None else -np.log(law[state]),
            "law": law if law is not None and one.states <= theory.LARGEST else np.zeros(0),
            "law_time": 0.0,
            "law_half": 0,
        },
    )
    jumps.begin(made.walk, made.table)
    return made


def _restore(config: EngineConfig, stored: Mapping[str, Any]) -> State:
    one = network_of(config.parameters.model)
    return State(**stored, parameters=config.parameters, network=one, table=table_of(config, one))


def _advance(state: State, target: float, work: int) -> float:
    replicas = len(state.state)
    budget = max(1, work // (WORK_PER_JUMP * replicas))
    if not state.driven:
        jit.spread(
            jumps.advance, replicas, (target, np.iinfo(np.int64).max), budget, state.walk, state.table, state.constant
        )
        return float(state.now.min())
    last = StepClock(0.0, state.table.step).count(target)
    begin = int(state.half.min()) // 2
    numbers = len(state.table.target) + 2 * state.network.states
    count = max(1, min(last - begin, budget, MOST_NUMBERS // numbers))
    stop = (math.inf, 2 * (begin + count))
    jit.spread(jumps.advance, replicas, stop, budget, state.walk, state.table, state.stairs(begin, count))
    if (state.half < 2 * last).any():
        return float(min(state.now.min(), math.nextafter(target, -math.inf)))
    _follow(state, last)
    return target


def _follow(state: State, last: int) -> None:
    """Carry the law of the ensemble to the end of stair ``last``, stair by stair."""
    begin = state.law_half // 2
    if not len(state.law) or last <= begin:
        return
    step, temperature = state.table.step, state.parameters.temperature
    for energy in energies_at(state.network, state.parameters, 2 * begin, 2 * (last - begin))[1::2]:
        state.law = theory.propagate(state.network.generator(energy, temperature), state.law, step)
    state.law_half, state.law_time = 2 * last, last * step


def _law(state: State, time: float) -> Floats:
    """Law of the ensemble at the time; a stationary one stays as it is."""
    if state.driven or time <= state.law_time:
        return state.law
    flow = state.generator @ state.law
    if np.abs(flow).max() <= 1e-14 * np.abs(state.generator).max():
        return state.law
    return theory.propagate(state.generator, state.law, time - state.law_time)


def _energy(state: State) -> Floats:
    """Energy of each replica at its half-step."""
    rows, inverse = np.unique(state.half, return_inverse=True)
    table = np.concatenate([energies_at(state.network, state.parameters, int(row), 1) for row in rows])
    return np.asarray(table[inverse.reshape(-1), state.state])


def _change(config: EngineConfig, before: State) -> State:
    """The same states; the energies that a protocol sets make work, and waiting times go on at the new rates."""
    if not before.driven:
        jumps.hold(before.walk, before.table, before.constant.cumulative[0])
    stored = stored_fields(before)
    if len(before.law):
        time = float(before.now.min())
        stored |= {"law": _law(before, time), "law_time": time}
    after = _restore(config, stored)
    if (after.network.states, len(after.network.ends)) != (before.network.states, len(before.network.ends)):
        raise RunError(
            f"a protocol sets a model of {after.network.states} states after one of {before.network.states}; expected "
            "the same network with other numbers"
        )
    after.sums[:, jumps.WORK] += _energy(after) - _energy(before)
    return after


def _scalars(state: State) -> dict[str, Array]:
    law = _law(state, float(state.now.min())) if len(state.law) else None
    return observables.of_network(state, _energy(state), law)


def _fields(state: State) -> dict[str, Array]:
    return _scalars(state) | observables.fields_of_network(state)


def _memory(config: EngineConfig) -> int:
    one = network_of(config.parameters.model)
    groups, bins = observables.dwell_shape(config.parameters)
    law = 3 * 8 * one.states**2 if one.states <= theory.LARGEST else 0
    return 3 * 8 * int(config.replicas) * (one.states + len(one.ends) + groups * bins + 12) + 200 * len(one.ends) + law


METHOD = Method(
    start=_start,
    restore=_restore,
    advance=_advance,
    fields=_fields,
    scalars=_scalars,
    change=_change,
    memory=_memory,
)
