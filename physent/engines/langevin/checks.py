"""Contradictions and warnings about a config as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from physent.declare import Problem, multiple
from physent.engines import driving
from physent.engines.langevin import interactions, law
from physent.engines.langevin import parameters as declared
from physent.engines.langevin.model import CENTER, MATRIX, coefficients, drivable

Path = tuple[str | int, ...]


def _sizes(config: Any) -> Iterator[Problem]:
    """Lists with one entry per axis or particle."""
    p = config.parameters
    d = p.dimension
    lists: list[tuple[Path, Any, int, str]] = []
    if not isinstance(p.temperature, float | int):
        length, what = (d, "dimension") if p.temperature_of == "axis" else (p.n, "n")
        lists.append((("parameters", "temperature"), p.temperature, length, what))
    match p.potential:
        case declared.Harmonic(stiffness=stiffness, center=center):
            lists.append((("parameters", "potential", "stiffness"), stiffness, d, "dimension"))
            lists.append((("parameters", "potential", "center"), center, d, "dimension"))
        case declared.Quadratic(matrix=matrix):
            lists.append((("parameters", "potential", "matrix"), matrix, d, "dimension"))
    if isinstance(p.force, declared.Uniform):
        lists.append((("parameters", "force", "value"), p.force.value, d, "dimension"))
    if isinstance(config.initial, declared.Point):
        lists.append((("initial", "at"), config.initial.at, d, "dimension"))
    for path, value, length, what in lists:
        if not isinstance(value, float | int) and len(value) != length:
            yield Problem(path, f"found {len(value)} entries, expected {what} = {length}")


def _space(config: Any) -> Iterator[Problem]:
    p = config.parameters
    length, d = p.box_length, p.dimension
    match p.potential:
        case declared.Cosine(period=period) if length is not None and not multiple(length, period):
            message = f"found {period}, expected box_length = {length} over a whole number"
            yield Problem(("parameters", "potential", "period"), message)
        case declared.Harmonic() | declared.Quadratic() | declared.Quartic() if length is not None:
            message = f"found {length} with a potential that is not periodic, expected null"
            yield Problem(("parameters", "box_length"), message)
    match p.force:
        case declared.Rotational() if d == 1:
            yield Problem(("parameters", "force", "kind"), "found rotational in dimension 1, expected dimension 2 or 3")
        case declared.Rotational() if length is not None:
            message = f"found {length} with force rotational, which is not periodic, expected null"
            yield Problem(("parameters", "box_length"), message)
    if isinstance(p.propulsion, declared.ActiveBrownian):
        if d == 1:
            message = "found abp in dimension 1, expected dimension 2 or 3; aoup and rtp move in any"
            yield Problem(("parameters", "propulsion", "kind"), message)
        elif d == 3 and p.propulsion.angular_velocity:
            message = f"found {p.propulsion.angular_velocity} in dimension 3, expected 0: it is a turning in the plane"
            yield Problem(("parameters", "propulsion", "angular_velocity"), message)


def _integrator(config: Any) -> Iterator[Problem]:
    p = config.parameters
    if p.integrator != "exact":
        return
    here = ("parameters", "integrator")
    if not isinstance(p.potential, declared.Harmonic) or isinstance(p.force, declared.Rotational):
        message = "found exact, expected heun or euler, or a harmonic potential without a rotational force"
        yield Problem(here, message)
    elif np.min(p.potential.stiffness) <= 0:
        yield Problem(("parameters", "potential", "stiffness"), "found 0, expected > 0 with integrator exact")


def _stability(config: Any) -> Iterator[Problem]:
    """Heun and Euler multiply a distance from the centre by 1 - z + z^2/2 and 1 - z, z = h mu k: below 1 if z < 2."""
    p = config.parameters
    if p.integrator == "exact" or not isinstance(p.potential, declared.Harmonic | declared.Quadratic):
        return
    if any(_sizes(config)):
        return
    d = p.dimension
    stiffness = float(np.linalg.eigvalsh(coefficients(p)[MATRIX:CENTER].reshape(3, 3)[:d, :d])[-1])
    driven = [_range(drive)[1] for drive in p.driving if drive.parameter == "potential.stiffness"]
    if driven:
        stiffness = max(driven)
    if p.step * p.mobility * stiffness > 2:
        message = (
            f"found {p.step}: step * mobility * stiffness is {p.step * p.mobility * stiffness:.4g}, expected at most "
            "2, above which particles run away from the trap; choose a step well below "
            f"{2 / (p.mobility * stiffness):.3g}"
        )
        yield Problem(("parameters", "step"), message, is_warning=True)


def _range(drive: Any) -> tuple[float, float]:
    """Lowest and highest value of a driven parameter."""
    if isinstance(drive, driving.Ramp):
        return min(drive.values), max(drive.values)
    return drive.mean - abs(drive.amplitude), drive.mean + abs(drive.amplitude)


def _driving(config: Any) -> Iterator[Problem]:
    p = config.parameters
    yield from driving.problems(config, drivable(p))
    for index, drive in enumerate(p.driving):
        if drive.parameter == "potential.stiffness":
            ramp = isinstance(drive, driving.Ramp)
            lowest, _ = _range(drive)
            if lowest <= 0:
                path = ("parameters", "driving", index, "values" if ramp else "amplitude")
                yield Problem(path, f"drives the stiffness down to {lowest:g}, expected > 0")


def _protocol(config: Any) -> Iterator[Problem]:
    """What the record declares must stay: kinds, and whether a temperature is 0."""
    p = config.parameters
    for index, event in enumerate(config.protocol):
        for path, value in (event.set or {}).items():
            here: Path = ("protocol", index, "set", path)
            name = path.removeprefix("parameters.")
            if name in ("potential", "force", "interaction"):
                old, new = getattr(p, name), value.get("kind") if isinstance(value, dict) else value
                if (old.kind if old is not None else None) != new:
                    yield Problem(here, f"found {new}, expected {old.kind if old else 'null'}: a run keeps its kinds")
            elif name == "temperature" and (
                np.size(value) != np.size(p.temperature) or (np.min(value) > 0) != (np.min(p.temperature) > 0)
            ):
                message = f"found {value} after {p.temperature}, expected as many numbers, and none of them 0"
                yield Problem(here, message + " unless all were: entropies would begin or cease to be defined")


def _start(config: Any) -> Iterator[Problem]:
    p, initial = config.parameters, config.initial
    if isinstance(initial, declared.Even | declared.Lattice | declared.Slab) and p.box_length is None:
        message = f"found {initial.kind} in unbounded space, expected parameters.box_length"
        yield Problem(("initial", "kind"), message)
    if not isinstance(initial, declared.Equilibrium):
        return
    t = p.temperature if initial.temperature is None else initial.temperature
    where: Path = ("initial", "kind") if initial.temperature is None else ("initial", "temperature")
    if not isinstance(t, float | int) and p.temperature_of == "axis" and len(set(t)) > 1:
        message = "found equilibrium with a temperature per axis, expected initial.temperature, or kind point"
        yield Problem(where, message)
    elif np.min(t) <= 0:
        yield Problem(where, "found equilibrium at temperature 0, expected initial.temperature > 0, or kind point")
    match p.potential:
        case declared.Quartic(quartic=a, quadratic=b) if a < 0 or (a == 0 and b <= 0):
            message = f"found {a}, at which the potential does not confine; expected > 0, or initial.kind point"
            yield Problem(("parameters", "potential", "quartic"), message)
        case declared.Harmonic() | declared.Quadratic() if not law.confines(p.potential):
            yield Problem(where, "found equilibrium in a potential that does not confine, expected kind point")
        case declared.Cosine() if p.dimension > 1 and p.box_length is None:
            yield Problem(where, "found equilibrium in a cosine in unbounded space, expected parameters.box_length")
        case None if p.box_length is None:
            yield Problem(where, "found equilibrium of free particles, expected parameters.box_length, or kind point")
    if isinstance(p.potential, declared.Quartic) and np.size(t) > 1:
        yield Problem(where, "found equilibrium with a temperature per particle, expected initial.temperature")


ALL = (_sizes, _space, _integrator, _stability, _driving, _protocol, _start, interactions.problems)
