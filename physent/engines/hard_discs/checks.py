"""Contradictions and warnings about a config of the gas of hard discs as a whole."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from physent.declare import FileInitial, Problem
from physent.engines.hard_discs import packing
from physent.engines.hard_discs import parameters as declared
from physent.engines.hard_discs.initial import LOOSE, region_walls
from physent.theory import kinetic

FREEZING = 0.70
"""Packing fraction above which liquid and hexatic coexist: Engel et al. (2013), doi 10.1103/PhysRevE.87.042134."""

FINEST = 1e-9
"""Diameter over side of the box below which round-off of positions is not small compared with a disc."""


def _size_key(parameters: declared.Parameters) -> str:
    return next(name for name in declared.SIZES if getattr(parameters, name) is not None)


def _size(config: Any) -> Iterator[Problem]:
    parameters = config.parameters
    name = _size_key(parameters)
    path = ("parameters", name)
    diameter, length = declared.diameter_of(parameters), parameters.box_length
    phi = declared.packing_fraction_of(parameters)
    if name == "mean_free_path" and phi > kinetic.CLOSE_PACKING * (1 - 1e-12):
        yield Problem(path, f"found {parameters.mean_free_path}, which {parameters.n} discs do not have at any density")
    elif phi > kinetic.CLOSE_PACKING:
        yield Problem(path, f"covers {phi:.4g} of the box, expected at most close packing, {kinetic.CLOSE_PACKING:.4f}")
    least, why = (1.0, "the box") if parameters.boundary == "walls" else (3.0, "a third of the periodic box")
    if diameter * least >= length:
        yield Problem(path, f"means discs of diameter {diameter:.4g}, expected less than {why}, {length / least:.4g}")
    if 0.0 < diameter < FINEST * length:
        yield Problem(path, f"means discs of diameter {diameter:.4g}, expected at least {FINEST:g} of the box, or 0")


def _reversal(config: Any) -> Iterator[Problem]:
    """Warn of a reversal so late that round-off has grown to the size of the box.

    An error grows by about 2 ell/sigma per collision, and faster as it spreads: measured at packing fraction 0.01, the
    typical disc of a reversed gas fails to return after half of the ln 1e16 / ln(2 ell/sigma) collisions that this
    growth allows (median distance 2e-6 L after 0.42 of them, 0.03 L after 0.56).
    """
    parameters, protocol = config.parameters, config.protocol
    diameter, density = declared.diameter_of(parameters), parameters.n / parameters.box_length**2
    if not diameter or any(_size(config)):
        return
    growth = 2 * float(kinetic.mean_free_path(density, diameter)) / diameter
    rate = float(kinetic.collision_rate(density, diameter)) * math.sqrt(parameters.temperature)
    for index, event in enumerate(protocol):
        collisions = rate * event.at
        if event.do == "reverse_velocities" and collisions > 0.5 * math.log(1e16) / math.log(max(growth, 2.0)):
            message = f"a disc has about {collisions:.3g} collisions by then, and round-off has grown too large for it"
            yield Problem(("protocol", index, "do"), f"{message} to return", is_warning=True)


def _region(config: Any) -> Iterator[Problem]:
    parameters, initial = config.parameters, config.initial
    diameter, sides = declared.diameter_of(parameters), declared.region_of(parameters, initial)
    if not diameter or isinstance(initial, FileInitial) or any(_size(config)):
        return
    in_box = isinstance(initial, declared.Uniform)
    path = ("parameters", _size_key(parameters)) if in_box else ("initial", "fraction")
    phi = parameters.n * math.pi * diameter**2 / (4.0 * sides[0] * sides[1])
    where = f"{parameters.n} discs of diameter {diameter:.4g} cover {phi:.4g} of the region in which they start"
    if phi > kinetic.CLOSE_PACKING:
        yield Problem(path, f"{where}, expected at most close packing, {kinetic.CLOSE_PACKING:.4f}")
    elif phi > LOOSE or min(sides) < 3 * diameter:
        room = packing.triangular_lattice(parameters.n, sides, region_walls(config), diameter)[1]
        if room < diameter:
            scale = 0.999 * room / diameter  # not the largest that fits: between walls smaller discs have more room
            such = f" such as {scale**2 * phi:.4g} (diameter {scale * diameter:.4g})" if room else ""
            yield Problem(path, f"{where}, expected a density{such} at which a triangular lattice of them fits")
        elif phi > FREEZING:
            message = f"{where}: above {FREEZING} the gas freezes, and 100 collisions per disc do not reach equilibrium"
            yield Problem(path, message, is_warning=True)


ALL = (_size, _reversal, _region)
