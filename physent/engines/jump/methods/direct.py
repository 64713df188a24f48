"""The direct method on rows of channels (`jumps`), and the law of the ensemble beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from physent.core import jit
from physent.core.random import Purpose, stream_keys
from physent.core.stepping import StepClock
from physent.engines import Array, Arrays, EngineConfig, Method
from physent.engines.jump import initial, jumps, observables
from physent.engines.jump.jumps import Stairs, Table, Walk
from physent.engines.jump.law import evolve
from physent.engines.jump.network import Network, energies_at, network_of
from physent.engines.jump.parameters import Parameters
from physent.errors import RunError
from physent.theory import network as theory
from physent.typing import Floats

WORK_PER_JUMP = 6  # units of about 10 ns
MOST_NUMBERS = 1 << 18  # in the stairs of one call


@dataclass
class State:
    """Everything that evolves."""

    walk: Walk
    start: Floats  # (replica,) -ln p of the first state; NaN if its law is not known
    law: Floats  # (n,) of the ensemble at ``law_time``; empty if it is not followed
    law_time: float
    parameters: Parameters
    network: Network
    table: Table

    @property
    def driven(self) -> bool:
        """Whether energies are."""
        return bool(self.parameters.driving)

    def stairs(self, begin: int, count: int) -> Stairs:
        """Energies and rates of ``count`` stairs."""
        energy = energies_at(self.network, self.parameters, 2 * begin, 2 * count + 1)
        rates, pause = np.empty((count, len(self.table.target))), np.empty((count, self.network.states))
        jumps.accumulate(self.table, energy, rates, pause)
        return Stairs(begin, energy, rates, pause)

    @cached_property
    def constant(self) -> Stairs:
        """The one stair of a process that is not driven."""
        return self.stairs(0, 1)

    def rates(self, energy: Floats) -> Floats:
        """Rates (m, 2) at energies (n,)."""
        return self.network.rates(energy, self.parameters.temperature)


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
        keys=stream_keys(config.seed, Purpose.NOISE, config.replicas),
    )


def _start(config: EngineConfig, given: Arrays | None) -> State:
    parameters, replicas = config.parameters, int(config.replicas)
    one = network_of(parameters.model)
    if given is None:
        law = initial.law(config, one, energies_at(one, parameters, 0, 1)[0])
        state = initial.states(config, law)
    else:
        law, state = np.zeros(0), initial.given_states(given["state"], one.states)
    groups, bins = observables.dwell_shape(parameters)
    walk = Walk(
        state=state,
        events=np.zeros(replicas, np.int64),
        half=np.zeros(replicas, np.int64),
        since=np.zeros(replicas),
        left=np.zeros(replicas),
        now=np.zeros(replicas),
        entered=np.full(replicas, -1.0),
        times=np.zeros((replicas, one.states)),
        net=np.zeros((replicas, len(one.ends)), np.int64),
        sums=np.zeros((replicas, jumps.COUNT_OF_SUMS)),
        stays=np.zeros((replicas, groups, bins), np.int64),
        stay_sums=np.zeros((replicas, groups, 2)),
    )
    start = -np.log(law[state]) if len(law) else np.full(replicas, np.nan)
    followed = law if one.states <= theory.LARGEST else np.zeros(0)
    made = _restore(config, walk._asdict() | {"start": start, "law": followed, "law_time": 0.0})
    jumps.begin(made.walk, made.table)
    return made


def _store(state: State) -> dict[str, Any]:
    return state.walk._asdict() | {"start": state.start, "law": state.law, "law_time": state.law_time}


def _restore(config: EngineConfig, stored: Mapping[str, Any]) -> State:
    one = network_of(config.parameters.model)
    walk = Walk(**{name: stored[name] for name in Walk._fields})
    rest = {name: stored[name] for name in ("start", "law", "law_time")}
    return State(walk=walk, **rest, parameters=config.parameters, network=one, table=table_of(config, one))


def _advance(state: State, target: float, work: int) -> float:
    walk, table, replicas = state.walk, state.table, len(state.walk.state)
    budget = max(1, work // (WORK_PER_JUMP * replicas))
    if not state.driven:
        stop = (target, np.iinfo(np.int64).max)
        jit.spread(jumps.advance, replicas, stop, budget, walk, table, state.constant)
        return float(walk.now.min())
    last = _stairs_until(state, target)
    begin = int(walk.half.min()) // 2
    numbers = len(table.target) + 2 * state.network.states
    count = max(1, min(last - begin, budget, MOST_NUMBERS // numbers))
    stop = (math.inf, 2 * (begin + count))
    jit.spread(jumps.advance, replicas, stop, budget, walk, table, state.stairs(begin, count))
    if (walk.half < 2 * last).any():
        return float(min(walk.now.min(), math.nextafter(target, -math.inf)))
    state.law, state.law_time = _law(state), target
    return target


def _stairs_until(state: State, time: float) -> int:
    return StepClock(0.0, state.table.step).count(time)


def _law(state: State) -> Floats:
    """Law of the ensemble at the time that all replicas have reached, or the last at which all had ended a stair."""
    ends, time = state.network.ends, float(state.walk.now.min())
    if not state.driven:
        return evolve(ends, state.rates(state.constant.energy[0]), state.law, time - state.law_time)
    law, begin, count = state.law, _stairs_until(state, state.law_time), int(state.walk.half.min()) // 2
    for energy in energies_at(state.network, state.parameters, 2 * begin, 2 * (count - begin))[1::2]:
        law = evolve(ends, state.rates(energy), law, state.table.step)
    return law


def _energy(state: State) -> Floats:
    """Energy of each replica at its half-step."""
    rows, inverse = np.unique(state.walk.half, return_inverse=True)
    table = np.concatenate([energies_at(state.network, state.parameters, int(row), 1) for row in rows])
    return np.asarray(table[inverse.reshape(-1), state.walk.state])


def _change(config: EngineConfig, before: State) -> State:
    """The same states; the energies that a protocol sets make work, and waiting times go on at the new rates."""
    if not before.driven:
        jumps.hold(before.walk, before.constant.pause[0])
    law = _law(before) if len(before.law) else before.law
    after = _restore(config, _store(before) | {"law": law, "law_time": float(before.walk.now.min())})
    if (after.network.states, len(after.network.ends)) != (before.network.states, len(before.network.ends)):
        raise RunError(
            f"a protocol sets a model of {after.network.states} states after one of {before.network.states}; expected "
            "the same network with other numbers"
        )
    after.walk.sums[:, jumps.WORK] += _energy(after) - _energy(before)
    return after


def _scalars(state: State) -> dict[str, Array]:
    return observables.of_network(state, _energy(state), _law(state) if len(state.law) else None)


def _fields(state: State) -> dict[str, Array]:
    return _scalars(state) | observables.fields_of_network(state)


METHOD = Method(
    start=_start,
    store=_store,
    restore=_restore,
    advance=_advance,
    fields=_fields,
    scalars=_scalars,
    change=_change,
)
