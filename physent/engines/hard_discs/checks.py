"""Contradictions and warnings about a config of the gas of hard discs as a whole."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from physent.declare import FileInitial, Problem
from physent.engines.hard_discs import packing
from physent.engines.hard_discs import parameters as declared
from physent.engines.hard_discs.initial import LOOSE
from physent.engines.hard_discs.regions import Region, regions
from physent.theory import kinetic, mixtures

FREEZING = 0.70
"""Packing fraction above which liquid and hexatic coexist: Engel et al. (2013), doi 10.1103/PhysRevE.87.042134."""

FINEST = 1e-9
"""Diameter over side of the box below which round-off of positions is not small compared with a disc."""


MOST_ON_DEVICE = 512
"""Discs of the largest gas on a device, which compares each disc with all others at its events."""

FEW = 10
MOST_UNLIKE = 10.0

MOST_INSERTED = 0.48
"""Largest packing fraction at which discs of unequal size find room, inserted one by one."""


def _size_key(parameters: declared.Parameters) -> str:
    return next(name for name in declared.SIZES if getattr(parameters, name) is not None)


def _size(config: Any) -> Iterator[Problem]:
    parameters = config.parameters
    name = _size_key(parameters)
    path = ("parameters", name)
    sizes, length = declared.mixture_of(parameters).diameter, parameters.box_length
    diameter, smallest = float(sizes.max()), float(sizes.min())
    phi = declared.packing_fraction_of(parameters)
    if name == "mean_free_path" and phi > kinetic.CLOSE_PACKING * (1 - 1e-12):
        yield Problem(path, f"found {parameters.mean_free_path}, which {parameters.n} discs do not have at any density")
    elif phi > kinetic.CLOSE_PACKING:
        yield Problem(path, f"covers {phi:.4g} of the box, expected at most close packing, {kinetic.CLOSE_PACKING:.4f}")
    least, why = (1.0, "the box") if parameters.boundary == "walls" else (3.0, "a third of the periodic box")
    if diameter * least >= length:
        yield Problem(path, f"means discs of diameter {diameter:.4g}, expected less than {why}, {length / least:.4g}")
    if 0.0 < smallest < FINEST * length:
        yield Problem(path, f"means discs of diameter {smallest:.4g}, expected at least {FINEST:g} of the box, or 0")


def _reversal(config: Any) -> Iterator[Problem]:
    """Warn of a reversal so late that round-off has grown to the size of the box.

    An error grows by about 2 ell/sigma per collision, and faster as it spreads: measured at packing fraction 0.01, the
    typical disc of a reversed gas fails to return after half of the ln 1e16 / ln(2 ell/sigma) collisions that this
    growth allows (median distance 2e-6 L after 0.42 of them, 0.03 L after 0.56).
    """
    parameters, protocol = config.parameters, config.protocol
    number, mass, diameter, temperature = declared.mixture_of(parameters)
    if not diameter.all() or any(_size(config)):
        return
    rates = mixtures.collision_rates(number / parameters.box_length**2, diameter, mass, temperature).sum(axis=1)
    rate = float(rates.max())
    # The mean free path of each species is its mean speed over its rate; the error is in units of the smallest disc.
    growth = 2 * float((np.sqrt(math.pi / 2 * temperature / mass) / rates).min() / diameter.min())
    for index, event in enumerate(protocol):
        collisions = rate * event.at
        if event.do == "reverse_velocities" and collisions > 0.5 * math.log(1e16) / math.log(max(growth, 2.0)):
            message = f"a disc has about {collisions:.3g} collisions by then, and round-off has grown too large for it"
            yield Problem(("protocol", index, "do"), f"{message} to return", is_warning=True)


def _start(config: Any) -> Iterator[Problem]:
    """Whether all discs find room where they start."""
    if isinstance(config.initial, FileInitial) or any(_size(config)) or any(_slabs(config)):
        return
    path: tuple[str | int, ...] = ("initial", "fraction")
    if isinstance(config.initial, declared.Uniform):
        path = ("parameters", _size_key(config.parameters))
    for index, region in enumerate(regions(config)):
        slab = isinstance(config.initial, declared.Separated)
        yield from _room(region, ("initial", "fractions", index) if slab else path)


def _room(region: Region, path: tuple[str | int, ...]) -> Iterator[Problem]:
    n, sides, phi, diameter = region.parameters.n, region.sides, region.covered, float(region.mixture.diameter.max())
    if not diameter:
        return
    size = f"diameter {diameter:.4g}" if region.is_of_equal_discs else f"diameters up to {diameter:.4g}"
    where = f"{n} discs of {size} cover {phi:.4g} of the region in which they start"
    if phi > kinetic.CLOSE_PACKING:
        yield Problem(path, f"{where}, expected at most close packing, {kinetic.CLOSE_PACKING:.4f}")
    elif not region.is_of_equal_discs:
        if phi > MOST_INSERTED:
            yield Problem(path, f"{where}, expected at most {MOST_INSERTED} for unequal discs")
        if min(sides) < 3 * diameter:
            yield Problem(path, f"{where}, expected a region of at least three diameters along each axis")
    elif phi > LOOSE or min(sides) < 3 * diameter:
        room = packing.triangular_lattice(n, sides, region.walls, diameter)[1]
        if room < diameter:
            scale = 0.999 * room / diameter  # not the largest that fits: between walls smaller discs have more room
            such = f" such as {scale**2 * phi:.4g} (diameter {scale * diameter:.4g})" if room else ""
            yield Problem(path, f"{where}, expected a density{such} at which a triangular lattice of them fits")
        elif phi > FREEZING:
            message = f"{where}: above {FREEZING} the gas freezes, and 100 collisions per disc do not reach equilibrium"
            yield Problem(path, message, is_warning=True)


def _slabs(config: Any) -> Iterator[Problem]:
    """One slab for each species."""
    if not isinstance(config.initial, declared.Separated):
        return
    species = config.parameters.species
    if species is None:
        yield Problem(("initial", "kind"), "separated needs parameters.species")
    elif len(species) != len(config.initial.fractions):
        found = f"found {len(config.initial.fractions)} slabs"
        yield Problem(("initial", "fractions"), f"{found}, expected one for each of {len(species)} species")


def _species(config: Any) -> Iterator[Problem]:
    """Doubts about species of too few discs to have a temperature, or too unlike for one grid of cells."""
    listed = config.parameters.species or ()
    for index, one in enumerate(listed):
        path = ("parameters", "species", index)
        others = math.fsum(other.n * other.mass for other in listed if other is not one)
        if one.n < FEW and 0.0 < others < one.mass:
            message = f"one of so few discs is heavier than all others together, {others:.4g}: they are no bath for it"
            yield Problem((*path, "mass"), message, is_warning=True)
        elif one.n < FEW:
            message = f"the temperature of {one.n} discs fluctuates by {1 / math.sqrt(one.n):.0%}; take more of them"
            yield Problem((*path, "n"), message, is_warning=True)
    sizes = [one.size for one in listed]
    if listed and max(sizes) > MOST_UNLIKE * min(sizes):
        message = (
            f"found sizes from {min(sizes):g} to {max(sizes):g}: cells are as large as the largest disc, so that a "
            "small one has many neighbours, and the run is slow"
        )
        yield Problem(("parameters", "species"), message, is_warning=True)


def _device(config: Any) -> Iterator[Problem]:
    """A gas fits on one multiprocessor of a device."""
    n, is_ideal = config.parameters.n, config.parameters.diameter == 0.0
    if config.device == "cuda" and n > MOST_ON_DEVICE and not is_ideal:
        message = f"found {n} with device: cuda, which is for small gases; expected at most {MOST_ON_DEVICE}, or cpu"
        yield Problem(("parameters", "n"), message)


ALL = (_size, _reversal, _start, _slabs, _species, _device)
