"""Contradictions of a config of a jump process as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from physent.declare import Problem
from physent.engines import driving
from physent.engines.jump.network import drivable, index_of, network_of
from physent.engines.jump.parameters import Distribution, State, Stationary, is_exclusion
from physent.errors import found
from physent.theory import network

STRUCTURE = frozenset({"kind", "states", "between", "counts", "sites", "periodic"})
"""Keys of a model that say what the states are: a protocol cannot change them."""
DRIVEN_SITES = 12  # 2^12 arrangements: the most for which a stationary law is solved


def _driving(config: Any) -> Iterator[Problem]:
    parameters = config.parameters
    if parameters.driving and parameters.step is None:
        yield Problem(
            ("parameters", "step"), "this key is missing: driven energies are constant for a `step` at a time"
        )
        return
    yield from driving.problems(config, drivable(parameters.model))


def _temperature(config: Any) -> Iterator[Problem]:
    """A temperature that nothing would read."""
    parameters = config.parameters
    if parameters.temperature != 1.0 and (is_exclusion(parameters) or network_of(parameters.model).energies is None):
        message = f"found {parameters.temperature}, but this model has rates and no energies; expected no temperature"
        yield Problem(("parameters", "temperature"), message)


def _dwell(config: Any) -> Iterator[Problem]:
    dwell, model = config.parameters.dwell, config.parameters.model
    if dwell is None:
        return
    if is_exclusion(config.parameters):
        yield Problem(
            ("parameters", "dwell"), "dwell times are those of states of a network, not of particles on sites"
        )
        return
    taken: dict[int, str] = {}
    for name, places in dwell.groups.items():
        for place in places:
            index, here = index_of(model, place), ("parameters", "dwell", "groups", name)
            if not 0 <= index < network_of(model).states:
                yield Problem(here, f"found {found(place)}, expected a state of the model")
            elif index in taken:
                yield Problem(here, f"{place} is in the group {taken[index]} already, expected groups without overlap")
            taken[index] = name


def _protocol(config: Any) -> Iterator[Problem]:
    for index, event in enumerate(config.protocol):
        for path in event.set or ():
            keys = path.removeprefix("parameters.").split(".")
            if keys[0] == "model" and (len(keys) == 1 or STRUCTURE & set(keys) or keys[1:] == ["transitions"]):
                message = (
                    "a protocol sets rates, energies, barriers and drives, and not the states or channels of a model"
                )
                yield Problem(("protocol", index, "set", path), message)


def _initial(config: Any) -> Iterator[Problem]:
    initial, model, path = config.initial, config.parameters.model, ("initial", "kind")
    if is_exclusion(config.parameters):
        yield from _on_sites(initial, model)
        return
    n = network_of(model).states
    match initial:
        case State():
            if isinstance(initial.state, tuple) or not 0 <= index_of(model, initial.state) < n:
                message = f"found {found(initial.state)}, expected one of the {n} states of the model"
                yield Problem(("initial", "state"), message)
        case Stationary():
            if n > network.LARGEST:
                message = f"found stationary with {n} states, expected at most {network.LARGEST}, or another start"
                yield Problem(path, message)
            if initial.particles is not None:
                yield Problem(("initial", "particles"), "only a periodic exclusion process has a number of particles")
        case Distribution():
            p = initial.probabilities
            if len(p) != n:
                yield Problem(
                    ("initial", "probabilities"), f"found {len(p)} numbers, expected one for each of {n} states"
                )
            elif abs(sum(p) - 1) > 1e-6:
                yield Problem(("initial", "probabilities"), f"found a sum of {sum(p):.6g}, expected 1")


def _on_sites(initial: Any, model: Any) -> Iterator[Problem]:
    match initial:
        case State():
            if not isinstance(initial.state, tuple) or len(initial.state) != model.sites:
                message = f"found {found(initial.state)}, expected a list of 0 or 1 for each of {model.sites} sites"
                yield Problem(("initial", "state"), message)
        case Distribution():
            if len(initial.probabilities) not in (1, model.sites):
                message = (
                    f"found {len(initial.probabilities)} numbers, expected 1 or one for each of {model.sites} sites"
                )
                yield Problem(("initial", "probabilities"), message)
        case Stationary():
            if model.periodic and (initial.particles is None or initial.particles > model.sites):
                message = f"found {found(initial.particles)}, expected the number of particles, 0 to {model.sites}"
                yield Problem(("initial", "particles"), message)
            elif not model.periodic and initial.particles is not None:
                yield Problem(("initial", "particles"), "only a periodic exclusion process has a number of particles")
            elif not model.periodic and model.sites > DRIVEN_SITES:
                message = (
                    f"found stationary for {model.sites} sites with ends, expected at most {DRIVEN_SITES}; start from "
                    "`distribution`, and let the process relax"
                )
                yield Problem(("initial", "kind"), message)


ALL = (_driving, _temperature, _dwell, _protocol, _initial)
