"""Contradictions and warnings about a config of maps and flows as a whole."""

from __future__ import annotations

import keyword
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from physent.core.expressions import FUNCTIONS, TextError, fault
from physent.declare import Absent, Problem, multiple
from physent.engines.chaos import from_dysts, initial
from physent.engines.chaos import parameters as declared
from physent.engines.chaos.systems import Dynamics, box_of, dynamics_of, slopes_of
from physent.errors import UsageError, choice
from physent.theory.chaos import coupled_exponents

SYSTEM = ("parameters", "system")
TAKEN = frozenset(
    {"state", "lyapunov", "local_lyapunov", "ks_entropy", "kaplan_yorke_dimension", "divergence"}
    | {"time", "replica", "component", "exponent", "site", "restart"}
)
"""Names in the file."""
STRUCTURE = frozenset({"kind", "neurons", "n", "variables", "evolution", "modulo", "name"})
"""Keys of a system that say what its variables and equations are: a protocol cannot change them."""


def _dynamics(config: Any) -> Dynamics:
    """The equations; Absent if they are invalid."""
    section = config.parameters.system
    if any(_equations(config)):
        raise Absent("system")
    return dynamics_of(section)


def _equations(config: Any) -> Iterator[Problem]:
    section = config.parameters.system
    if isinstance(section, declared.Dysts):
        yield from _of_dysts(section)
    if not isinstance(section, declared.Equations):
        return
    known = [*section.variables, *section.constants]
    for group in ("variables", "constants"):
        for name in getattr(section, group):
            path = (*SYSTEM, group, name)
            if name in FUNCTIONS or keyword.iskeyword(name):
                yield Problem(path, f"found {name}, expected a name that is neither a function nor a keyword")
            elif group == "variables" and name in TAKEN:
                yield Problem(path, f"found {name}, a name that the file itself uses, expected another")
            elif group == "constants" and name in section.variables:
                yield Problem(path, f"found {name}, which is a variable, expected another name")
    faults = {name: fault(text, known) for name, text in section.variables.items()}
    for name, message in faults.items():
        if message:
            yield Problem((*SYSTEM, "variables", name), message)
    for name in section.modulo:
        if name not in section.variables:
            yield Problem((*SYSTEM, "modulo", name), choice(name, sorted(section.variables)))
    if not any(faults.values()):
        try:
            dynamics_of(section)
        except TextError as error:  # all together are too long
            yield Problem((*SYSTEM, "variables"), str(error))


def _of_dysts(section: declared.Dysts) -> Iterator[Problem]:
    try:
        known = from_dysts.found(section.name).constants
        names = set(dynamics_of(section).names)
    except (UsageError, TextError) as error:
        yield Problem((*SYSTEM, "name"), str(error))
        return
    for name in section.constants:
        if name not in known:
            yield Problem((*SYSTEM, "constants", name), choice(name, sorted(known)))
    if taken := sorted(names & TAKEN):
        yield Problem((*SYSTEM, "name"), f"found the variable {taken[0]}, a name that the file itself uses")


def _clock(config: Any) -> Iterator[Problem]:
    p, schedule, path = config.parameters, config.schedule, ("parameters", "step")
    flow = _dynamics(config).flow
    if flow and p.step is None:
        yield Problem(path, "this key is missing: a flow needs a step h, such as 0.01")
        return
    if not flow and p.step is not None:
        yield Problem(path, f"found {p.step}, expected null: the step of a map is 1")
    step = p.step if flow else 1.0
    if p.transient and not multiple(p.transient, step):
        yield Problem(("parameters", "transient"), f"found {p.transient}, expected a multiple of the step {step:g}")
    if not flow:
        if not multiple(schedule.every, 1.0):
            yield Problem(("schedule", "every"), f"found {schedule.every}, expected a whole number of steps of the map")
        for index, event in enumerate(config.protocol):
            if not multiple(event.at, 1.0):
                yield Problem(("protocol", index, "at"), f"found {event.at}, expected a whole number of steps")


def _exponents(config: Any) -> Iterator[Problem]:
    p, size = config.parameters, _dynamics(config).size
    path = ("parameters", "exponents")
    if p.exponents is not None and p.exponents > size:
        yield Problem(path, f"found {p.exponents}, expected at most the number of variables, {size}")
    if p.exponents != 0 and p.transient >= config.schedule.until:
        message = f"a transient of {p.transient:g} does not end before the run: no exponent is counted; shorten it"
        yield Problem(("parameters", "transient"), message, is_warning=True)


def _protocol(config: Any) -> Iterator[Problem]:
    for index, event in enumerate(config.protocol):
        for path in event.set or ():
            keys = path.removeprefix("parameters.").split(".")
            constants = getattr(config.parameters.system, "constants", {})
            whole = keys[0] == "system" and (len(keys) == 1 or keys[1] in STRUCTURE or keys[1:] == ["constants"])
            if whole or (keys[:2] == ["system", "constants"] and keys[2] not in constants):
                message = "a protocol sets constants of the system, but neither its equations nor its variables"
                yield Problem(("protocol", index, "set", path), message)


def _start(config: Any) -> Iterator[Problem]:
    start, section = config.initial, config.parameters.system
    dynamics = _dynamics(config)
    needed = {"point": ("at",), "box": ("low", "high"), "ensemble": ("centre",)}.get(start.kind, ())
    wrong = False
    for name in needed:
        values = getattr(start, name)
        if values is None and box_of(section) is None:
            wrong = True
            yield Problem(("initial", name), f"this key is missing: {section.kind} has no default start")
        elif values is not None and len(values) not in (1, dynamics.size):
            wrong = True
            message = f"found {len(values)} values, expected one for each of {dynamics.size} variables, or one for all"
            yield Problem(("initial", name), message)
    if wrong or not needed:
        return
    low, high = initial.region(config)
    if (low > high).any():
        at = int(np.argmax(low > high))
        yield Problem(("initial", "low"), f"found {low[at]:g} above high = {high[at]:g} for {dynamics.names[at]}")
    far, bound = float(np.maximum(np.abs(low), np.abs(high)).max()), config.parameters.bound
    if far > bound:
        yield Problem(("initial", needed[0]), f"found {far:g}, expected at most parameters.bound = {bound:g}")
    if config.replicas > 1 and (low == high).all():
        yield Problem(("replicas",), f"{config.replicas} replicas of one point are all the same", is_warning=True)


def _collapse(config: Any) -> Iterator[Problem]:
    section = config.parameters.system
    one = section.map if isinstance(section, declared.CoupledMaps) else section
    sides = slopes_of(one) if isinstance(one, declared.Tent) else (2.0,)
    if isinstance(one, declared.Tent | declared.Doubling) and all(math.frexp(side)[0] == 0.5 for side in sides):
        if section is not one and section.coupling != 0.0:
            if (coupled_exponents(section.n, section.coupling, sides[0]) >= 0.0).sum() == 1:  # that of equal sites
                message = (
                    "sites come to be equal to rounding, as all but one exponent are negative; then in binary "
                    "arithmetic each step of this map drops a digit, and every orbit ends at 0 after about 53: "
                    "choose a slope that is no power of 2, or logistic at r = 4"
                )
                yield Problem((*SYSTEM, "coupling"), message, is_warning=True)
            return
        message = (
            "in binary arithmetic each step of this map drops a digit, and every orbit ends at 0 after about 53: the "
            "exponent is right, the orbit is not; choose a slope that is no power of 2, or the "
            "logistic map at r = 4, which is conjugate to the tent of slope 2"
        )
        yield Problem((*SYSTEM, "kind"), message, is_warning=True)


ALL = (_equations, _clock, _exponents, _protocol, _start, _collapse)
