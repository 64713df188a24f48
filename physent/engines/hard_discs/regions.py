"""Where discs start in equilibrium: in one rectangle of the box, or each species in a slab of its own."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from physent.engines.hard_discs.parameters import Corner, Mixture, Parameters, Separated, Strip, mixture_of
from physent.theory import mixtures
from physent.theory.kinetic import contact_value


class Region(NamedTuple):
    """A rectangle of the box, and the discs in it. Masses do not affect their positions, so all are 1."""

    parameters: Parameters  # of these discs
    left: float  # x at which it begins; y begins at 0
    sides: tuple[float, float]
    walls: tuple[bool, bool]  # axes along which it ends at walls: all but those along which it fills a periodic box

    @property
    def mixture(self) -> Mixture:
        """Its discs by size."""
        return mixture_of(self.parameters)

    @property
    def is_of_equal_discs(self) -> bool:
        """Whether all discs have one diameter."""
        return self.parameters.species is None

    @property
    def covered(self) -> float:
        """Packing fraction."""
        number, diameter = self.mixture.number, self.mixture.diameter
        if self.is_of_equal_discs:
            return float(int(number[0]) * math.pi * float(diameter[0]) ** 2 / (4.0 * self.sides[0] * self.sides[1]))
        return mixtures.packing_fraction(number / (self.sides[0] * self.sides[1]), diameter)

    @property
    def collision_rate(self) -> float:
        """Collisions per disc and unit time, of the species that collides least."""
        (number, _, diameter, temperature), area = self.mixture, self.sides[0] * self.sides[1]
        if self.is_of_equal_discs:
            n, t, sigma = int(number[0]), float(temperature[0]), float(diameter[0])
            return 2 * math.sqrt(math.pi * t) * n / area * sigma * float(contact_value(self.covered))
        density = number / area
        return float(mixtures.collision_rates(density, diameter, np.ones(len(diameter)), temperature).sum(1).min())


def regions(config: Any) -> tuple[Region, ...]:
    """The regions of a built-in start; if there are several, one for each species."""
    parameters, initial, length = config.parameters, config.initial, config.parameters.box_length
    walled = parameters.boundary == "walls"
    mixture = mixture_of(parameters)
    if isinstance(initial, Separated):
        ends = np.cumsum([0.0, *initial.fractions]) * length
        return tuple(
            Region(_equal(parameters, one), float(left), (share * length, length), (walled or share < 1.0, walled))
            for one, left, share in zip(mixture.each, ends, initial.fractions, strict=False)
        )
    sides = (length, length)
    if isinstance(initial, Strip):
        sides = (initial.fraction * length, length)
    elif isinstance(initial, Corner):
        sides = (initial.fraction * length, initial.fraction * length)
    walls = (walled or sides[0] < length, walled or sides[1] < length)
    if parameters.species is not None and len(set(mixture.diameter)) == 1:
        parameters = _equal(parameters, mixture)
    elif parameters.species is not None:
        light = tuple(one.model_copy(update={"mass": 1.0, "temperature": None}) for one in parameters.species)
        parameters = parameters.model_copy(update={"species": light})
    return (Region(parameters, 0.0, sides, walls),)


def _equal(parameters: Parameters, mixture: Mixture) -> Parameters:
    """A gas of one kind with discs of the size and the number of a mixture, and the speeds of its mean mass."""
    own = {"n": int(mixture.number.sum()), "diameter": float(mixture.diameter[0])}
    own["temperature"] = float(mixture.number @ mixture.temperature / (mixture.number @ mixture.mass))
    return parameters.model_copy(update={**own, "species": None, "packing_fraction": None, "mean_free_path": None})
