"""The state of a chain: its covariance at the start of a leg, and the time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from physent.core.blas import one_thread
from physent.engines import Arrays, Doubts, EngineConfig, Method
from physent.engines.gaussian_chain import dynamics, ensembles, initial, observables, sectors
from physent.engines.gaussian_chain.hamiltonian import Modes, chain_of, modes_of, offset_of, overlaps
from physent.engines.gaussian_chain.parameters import statistics
from physent.typing import Array, Floats


class Leg(NamedTuple):
    """What follows from the Hamiltonian of a leg and the covariance at its start, of one replica."""

    bonds: Floats
    matrix: Floats
    modes: Modes
    inside: Floats  # covariance in modes
    constants: Mapping[str, Any]  # of the motion


@dataclass
class State:
    """Covariances (replica, 2 site, 2 site) at the start of the leg, the modes of the Hamiltonian before (replica, 2,
    site, site), the start of the leg, and the time.
    """

    covariance: Floats
    before: Floats
    origin: float
    time: float
    legs: tuple[Leg, ...] = field(metadata={"derived": True})
    halves: tuple[int, ...] = field(metadata={"derived": True})  # half filled levels of a ground state, per replica
    parameters: Any = field(metadata={"derived": True})


def start(config: EngineConfig, given: Arrays | None) -> State:
    made = []
    with one_thread():
        for replica in range(config.replicas):
            if given is None:
                made.append(initial.covariance(config, replica))
            else:
                checked = observables.checked(given["covariance"][replica], config.parameters)
                matrix = sectors.matrix_for(checked, chain_of(config, replica), config.parameters)
                made.append((checked, modes_of(matrix, statistics(config.parameters))))
    stored = {
        "covariance": np.array([one for one, _ in made]),
        "before": np.array([_stacked(modes) for _, modes in made]),
        "origin": 0.0,
        "time": 0.0,
    }
    return restore(config, stored)


def _stacked(modes: Modes) -> Floats:
    return np.array([modes.left, modes.right])


def restore(config: EngineConfig, stored: Mapping[str, Any]) -> State:
    kind = statistics(config.parameters)
    legs = []
    with one_thread():
        halves = tuple(initial.half_filled(covariance, config) for covariance in stored["covariance"])
        for replica, covariance in enumerate(stored["covariance"]):
            chain = chain_of(config, replica)
            matrix = sectors.matrix_for(covariance, chain, config.parameters)
            modes = modes_of(matrix, kind)
            inside = dynamics.to_modes(covariance, modes)
            level = dynamics.levels(inside, modes, kind)
            mean = dynamics.dephased(inside, modes, kind)
            temperature, entropy = ensembles.gibbs(level, modes, kind)
            left, right = stored["before"][replica]
            old = Modes(left, left if np.array_equal(left, right) else right, modes.energy)
            constants = {
                "energy": dynamics.energy(inside, modes, offset_of(matrix, config.parameters), kind),
                "gge_entropy": ensembles.generalised(mean, level, dynamics.clusters(modes), kind),
                "gibbs_entropy": entropy,
                "gibbs_temperature": temperature,
                "level": level,
                "participation": overlaps(old, modes),
                "averaged": dynamics.averaged(mean, modes, kind),
            }
            legs.append(Leg(chain.bonds, matrix, modes, inside, constants))
    return State(**stored, legs=tuple(legs), halves=halves, parameters=config.parameters)


def now(state: State, replica: int) -> Floats:
    """The covariance of a replica at the time of the state."""
    leg = state.legs[replica]
    if state.time == state.origin:
        return np.array(state.covariance[replica])
    return dynamics.at(leg.inside, leg.modes, state.time - state.origin, statistics(state.parameters))


def advance(state: State, target: float, work: int) -> float:
    state.time = target
    return target


def change(config: EngineConfig, state: State) -> State:
    with one_thread():
        covariance = np.array([now(state, replica) for replica in range(len(state.legs))])
    before = np.array([_stacked(leg.modes) for leg in state.legs])
    return restore(config, {"covariance": covariance, "before": before, "origin": state.time, "time": state.time})


def fields(state: State) -> dict[str, Array]:
    with one_thread():
        records = [
            observables.of_replica(now(state, replica), leg.bonds, leg.matrix, leg.constants, state.parameters)
            for replica, leg in enumerate(state.legs)
        ]
    return {name: np.array([record[name] for record in records]) for name in records[0]}


def scalars(state: State) -> dict[str, Array]:
    return {name: np.array([leg.constants[name] for leg in state.legs]) for name in observables.CONSTANT}


def doubts(state: State, record: Arrays) -> Doubts:
    """A ground state that is mixed, because some of its levels have the energy 0."""
    if any(state.halves):
        replica = next(index for index, count in enumerate(state.halves) if count)
        count = state.halves[replica]
        message = (
            f"replica {replica}: levels of energy 0 of the ground state are half filled (found {count}), so "
            f"that the state is mixed, of entropy {count} ln 2 = {count * math.log(2.0):.4f}, and entropies of blocks "
            "are not entanglement; choose another n or boundary, or a small parameters.model.potential"
        )
        yield "degenerate", message


def memory(config: EngineConfig) -> int:
    return 8 * config.replicas * 16 * int(config.parameters.n) ** 2 + 8 * 24 * int(config.parameters.n) ** 2


METHOD = Method(
    start=start,
    restore=restore,
    advance=advance,
    fields=fields,
    scalars=scalars,
    change=change,
    doubts=doubts,
    memory=memory,
)
