"""Contradictions and warnings about a config of a Coulomb gas as a whole; samplers have their own in their files."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from physent.declare import Problem, each
from physent.engines.coulomb.gas import edge, gas_of, log_edge
from physent.engines.coulomb.methods import METHODS, choose, sampler_of
from physent.engines.coulomb.methods.sampler import facts, own
from physent.errors import UsageError


def _gas(config: Any) -> Iterator[Problem]:
    parameters = config.parameters
    d = parameters.dimension
    if parameters.interaction == "log" and d == 3:
        message = "found log in dimension 3, expected coulomb: log is the repulsion of dimensions 1 and 2"
        yield Problem(("parameters", "interaction"), message)
    if own(parameters):
        yield from _own_trap(parameters)
        return
    p, s = parameters.potential.exponent, parameters.potential.strength
    if d == 1 and parameters.interaction == "coulomb" and p <= 1:
        message = f"found {p}, expected > 1: the repulsion -r on a line expels charges from a trap that grows no faster"
        yield Problem(("parameters", "potential", "exponent"), message)
    elif abs(log_edge(gas_of(parameters))) > math.log(1e6):
        message = f"found {s}, which puts the edge of the gas outside 1e-6 to 1e6"
        yield Problem(("parameters", "potential", "strength"), message)


def _own_trap(parameters: Any) -> Iterator[Problem]:
    try:
        gas = gas_of(parameters)
    except UsageError as error:
        yield Problem(("parameters", "potential"), str(error))
        return
    if abs(log_edge(gas)) > math.log(1e6):
        message = f"puts the edge of the gas at r = {edge(gas):.3g}, outside 1e-6 to 1e6"
        yield Problem(("parameters", "potential"), message)


def _sampler(config: Any) -> Iterator[Problem]:
    parameters, name = config.parameters, choose(config)
    sampler = METHODS[name]
    if not sampler.serves(parameters):
        needs = sampler.needs if sampler.any_trap or not own(parameters) else {**sampler.needs, "potential": "power"}
        *most, last = (f"{key} {value}" for key, value in needs.items())
        here = ", ".join(f"{key} {value}" for key, value in facts(parameters).items())
        message = f"{name} needs {', '.join(most)} and {last}, found {here}; {_instead(parameters)} serves"
        yield Problem(("parameters", "sampler"), message)


def _instead(parameters: Any) -> str:
    """The sampler that `auto` would choose, and samplers of distances only."""
    serving = [name for name, sampler in METHODS.items() if sampler.serves(parameters)]
    distances = [name for name in serving if not METHODS[name].has_positions]
    return f"{serving[0]} (for distances only, also {', '.join(distances)})" if distances else serving[0]


def _of_method(config: Any) -> Iterator[Problem]:
    """Checks of the sampler itself, if the gas is confined and the sampler applies to it."""
    if not [*_gas(config), *_sampler(config)]:
        yield from each(config, *sampler_of(config).checks)


def _device(config: Any) -> Iterator[Problem]:
    parameters = config.parameters
    if config.device == "cuda" and parameters.dimension == 1 and parameters.interaction == "coulomb":
        message = "found cuda with the repulsion -r of charges on a line, expected cpu, or interaction: log"
        yield Problem(("device",), message)


CHECKS = (_gas, _sampler, _of_method, _device)
