"""Particles on sites, by lists of movable bonds (`lattice`)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from physent.core import jit
from physent.core.random import Purpose, stream_keys
from physent.engines import Array, Arrays, EngineConfig, Method
from physent.engines.jump import initial, lattice, observables
from physent.engines.jump.lattice import Rates, Sites
from physent.engines.jump.parameters import Parameters

WORK_PER_JUMP = 10  # units of about 10 ns


@dataclass
class State:
    """Everything that evolves."""

    now: Sites
    parameters: Parameters
    rates: Rates


def _rates(config: EngineConfig) -> Rates:
    model = config.parameters.model

    def ratio(there: float, back: float) -> float:
        return math.log(there / back) if there > 0 and back > 0 else 0.0  # not recorded if one of them is 0

    return Rates(
        right=model.hop_right,
        left=model.hop_left,
        into_first=model.inject_left,
        out_of_first=model.eject_left,
        into_last=model.inject_right,
        out_of_last=model.eject_right,
        entropy_right=ratio(model.hop_right, model.hop_left),
        entropy_first=ratio(model.inject_left, model.eject_left),
        entropy_last=ratio(model.eject_right, model.inject_right),
        ring=model.periodic,
        keys=stream_keys(config.seed, Purpose.NOISE, config.replicas),
    )


def _start(config: EngineConfig, given: Arrays | None) -> State:
    sites = initial.occupations(config) if given is None else initial.given_occupations(given["state"])
    replicas, count = sites.shape
    bonds = observables.bonds_of(config.parameters.model)
    now = Sites(
        sites=np.ascontiguousarray(sites),
        bonds=np.zeros((replicas, 2, bonds), np.int32),
        lengths=np.zeros((replicas, 2), np.int64),
        place=np.zeros((replicas, bonds), np.int32),
        events=np.zeros(replicas, np.int64),
        since=np.zeros(replicas),
        left=np.zeros(replicas),
        now=np.zeros(replicas),
        net=np.zeros((replicas, bonds), np.int64),
        changed=np.zeros((replicas, count)),
        occupied=np.zeros((replicas, count)),
        entropy=np.zeros(replicas),
    )
    made = _restore(config, now._asdict())
    lattice.begin(made.rates, made.now)
    return made


def _restore(config: EngineConfig, stored: Mapping[str, Any]) -> State:
    return State(Sites(**stored), config.parameters, _rates(config))


def _advance(state: State, target: float, work: int) -> float:
    replicas = len(state.now.events)
    budget = max(1, work // (WORK_PER_JUMP * replicas))
    jit.spread(lattice.advance, replicas, target, budget, state.rates, state.now)
    return float(state.now.now.min())


def _change(config: EngineConfig, before: State) -> State:
    lattice.hold(before.rates, before.now)
    return _restore(config, before.now._asdict())


def _fields(state: State) -> dict[str, Array]:
    return observables.of_sites(state) | observables.fields_of_sites(state)


METHOD = Method(
    start=_start,
    store=lambda state: state.now._asdict(),
    restore=_restore,
    advance=_advance,
    fields=_fields,
    scalars=observables.of_sites,
    change=_change,
)
