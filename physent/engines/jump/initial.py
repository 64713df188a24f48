"""Initial states: one for all, drawn from a law, or given."""

from __future__ import annotations

import numpy as np

from physent.core.random import Purpose, fill_uniforms, stream_keys
from physent.engines import EngineConfig
from physent.engines.jump.network import Network, index_of
from physent.engines.jump.parameters import Distribution, Exclusion, State, Stationary
from physent.errors import UsageError
from physent.theory import exclusion, network
from physent.typing import Array, Floats, Integers


def law(config: EngineConfig, one: Network, energies: Floats) -> Floats:
    """Law (n,) of the initial state of a network, at energies (n,)."""
    initial = config.initial
    match initial:
        case State():
            p = np.zeros(one.states)
            p[index_of(config.parameters.model, initial.state)] = 1.0
            return p
        case Stationary():
            return _stationary(one.generator(energies, config.parameters.temperature))
        case Distribution():
            p = np.array(initial.probabilities)
            return p / float(p.sum())
        case _:
            raise TypeError(f"no start of type {type(initial).__name__}")


def lattice_generator(model: Exclusion) -> Floats:
    """Generator of the 2^sites <= 4096 arrangements of an open line; bit i of a state is the occupation of site i."""
    rates = ("hop_right", "hop_left", "inject_left", "eject_left", "inject_right", "eject_right")
    (ends, both), _ = exclusion.lattice(model.sites, **{name: getattr(model, name) for name in rates})
    return network.generator(ends, both, 1 << model.sites)


def _stationary(generator: Floats) -> Floats:
    try:
        return network.stationary(generator)
    except ValueError as error:
        raise UsageError(f"initial.kind: found stationary, but {error}") from None


def states(config: EngineConfig, p: Floats) -> Integers:
    """States (replica,) drawn from the law ``p`` (n,)."""
    sums = np.cumsum(p)
    drawn = np.searchsorted(sums, _uniforms(config, 1)[:, 0] * sums[-1], side="right")
    return np.asarray(drawn, np.int64)


def given_states(state: Array, count: int) -> Integers:
    """States (replica,) as they are given; UsageError if one is outside 0 ... count - 1."""
    if state.min() < 0 or state.max() >= count:
        raise UsageError(f"state holds {state.min()} to {state.max()}, expected 0 to {count - 1}")
    return np.array(state, np.int64)


def occupations(config: EngineConfig) -> Integers:
    """Sites (replica, site) of an exclusion process, 1 if full."""
    model, initial, replicas = config.parameters.model, config.initial, int(config.replicas)
    match initial:
        case State():
            return np.tile(np.array(initial.state, np.int8), (replicas, 1))
        case Distribution():
            return (_uniforms(config, model.sites) < np.array(initial.probabilities)).astype(np.int8)
        case Stationary() if model.periodic:
            # Every arrangement is equally likely (each is entered at the rate at which it is left).
            order = np.argsort(_uniforms(config, model.sites), axis=1, kind="stable")
            return (np.argsort(order, axis=1) < (initial.particles or 0)).astype(np.int8)
        case Stationary():
            drawn = states(config, _stationary(lattice_generator(model)))
            return ((drawn[:, None] >> np.arange(model.sites)) & 1).astype(np.int8)
        case _:
            raise TypeError(f"no start of type {type(initial).__name__}")


def given_occupations(state: Array) -> Integers:
    """Sites (replica, site) as they are given; UsageError if one is neither 0 nor 1."""
    if ((state != 0) & (state != 1)).any():
        raise UsageError(f"state holds {state.min()} to {state.max()}, expected 0 and 1")
    return np.array(state, np.int8)


def _uniforms(config: EngineConfig, count: int) -> Floats:
    rows = np.empty((config.replicas, count))
    for key, row in zip(stream_keys(config.seed, Purpose.INITIAL, config.replicas), rows, strict=True):
        fill_uniforms(key, 0, 0, row)
    return rows
