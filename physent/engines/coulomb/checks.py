"""Contradictions and doubts between the sections of a config of a Coulomb gas."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from physent.declare import FileInitial, Problem
from physent.engines.coulomb.gas import PLANE, SPACE, coupling, gas_of
from physent.engines.coulomb.parameters import Hmc
from physent.engines.coulomb.state import resolved_sampler

FREEZING = {PLANE: 140.0, SPACE: 175.0}
"""Coupling near which the uniform plasma freezes.

Plane: Caillol, Levesque, Weis and Hansen (1982), J. Stat. Phys. 28, 325; space: Potekhin and Chabrier (2000), Phys.
Rev. E 62, 8554.
"""
SHORTEST_BURN_IN = 100
"""Trajectories below which a burn-in is doubted."""


def problems(config: Any) -> Iterator[Problem]:
    """Every contradiction (error) and doubt (warning); a section that is itself invalid is absent."""
    parameters = config.parameters
    faults = [*_gas(parameters), *_sampler(parameters)]
    yield from faults
    if faults:
        return
    sampler = resolved_sampler(parameters)
    initial, schedule = getattr(config, "initial", None), getattr(config, "schedule", None)
    if sampler != "hmc":
        if isinstance(initial, FileInitial):
            message = (
                f"sampler {sampler} makes each draw afresh and starts from nothing; sampler hmc starts from a file"
            )
            yield Problem(("initial", "kind"), message)
        if parameters.hmc != Hmc():
            yield Problem(("parameters", "hmc"), f"has no effect with sampler {sampler}", is_warning=True)
        return
    if parameters.potential.exponent < 1:
        message = (
            f"found {parameters.potential.exponent}, expected >= 1: the force at the centre has no bound, "
            "which sampler hmc cannot follow; for distances alone sampler radii serves at dimension 2, beta 2"
        )
        yield Problem(("parameters", "potential", "exponent"), message)
    gas = gas_of(parameters)
    strength, limit = coupling(gas), FREEZING.get(gas.kind, math.inf)
    if strength is not None and strength > limit:
        message = (
            f"coupling Gamma = {strength:.4g} is beyond the freezing of the one-component plasma, near {limit:g}: "
            "chains of sampler hmc may stay in the order that they first fall into; compare replicas (R-hat)"
        )
        yield Problem(("parameters", "beta"), message, is_warning=True)
    if schedule is not None:
        yield from _burn_in(parameters, schedule.burn_in)


def _gas(parameters: Any) -> Iterator[Problem]:
    d, p, s = parameters.dimension, parameters.potential.exponent, parameters.potential.strength
    if parameters.interaction == "log" and d == 3:
        message = "found log in dimension 3, expected coulomb: log is the repulsion of dimensions 1 and 2"
        yield Problem(("parameters", "interaction"), message)
    if d == 1 and parameters.interaction == "coulomb" and p <= 1:
        message = (
            f"found {p}, expected > 1: the repulsion -r on a line drives charges out of a trap that grows no faster"
        )
        yield Problem(("parameters", "potential", "exponent"), message)
    if not 1e-6 <= s ** (-1.0 / max(d + p - 2, 1e-3)) <= 1e6:
        message = f"found {s}, which puts the edge of the gas beyond 1e-6 to 1e6"
        yield Problem(("parameters", "potential", "strength"), message)


def _sampler(parameters: Any) -> Iterator[Problem]:
    d, beta, p = parameters.dimension, parameters.beta, parameters.potential.exponent
    path = ("parameters", "sampler")
    plane = d == 2 and beta == 2.0
    line = d == 1 and parameters.interaction == "log"
    match parameters.sampler:
        case "radii" if not plane:
            yield Problem(
                path, f"radii needs dimension 2 and beta 2, {_here(parameters)}; {_instead(parameters)} serves"
            )
        case "matrix" if not (plane and p == 2.0):
            needs = "matrix needs dimension 2, beta 2 and exponent 2"
            yield Problem(path, f"{needs}, {_here(parameters)}; {_instead(parameters)} serves")
        case "tridiagonal" if not (line and p == 2.0):
            needs = "tridiagonal needs dimension 1, interaction log and exponent 2"
            yield Problem(path, f"{needs}, {_here(parameters)}; {_instead(parameters)} serves")


def _here(parameters: Any) -> str:
    p = parameters
    return f"found dimension {p.dimension}, interaction {p.interaction}, beta {p.beta}, exponent {p.potential.exponent}"


def _instead(parameters: Any) -> str:
    best = resolved_sampler(parameters.model_copy(update={"sampler": "auto"}))
    radii = parameters.dimension == 2 and parameters.beta == 2.0 and parameters.sampler != "radii"
    return f"{best} (for distances alone also radii)" if radii else best


def _burn_in(parameters: Any, burn_in: int) -> Iterator[Problem]:
    path = ("schedule", "burn_in")
    adapts = parameters.hmc.adapt
    if burn_in >= SHORTEST_BURN_IN:
        return
    what = "to adapt the steps and to forget the start" if adapts else "to forget the start"
    message = f"found {burn_in}, expected >= {SHORTEST_BURN_IN} trajectories for sampler hmc {what}"
    yield Problem(path, message, is_warning=True)
