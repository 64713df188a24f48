"""Parameters and initial states of the gas of hard discs in a config."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field, model_validator

from physent.declare import LATER, FileInitial, Integer, Items, Length, NonNegative, Section, Unit, contradiction
from physent.engines.hard_discs.species import MOST_SPECIES
from physent.theory.kinetic import CLOSE_PACKING, diameter_from_mean_free_path, diameter_from_packing
from physent.typing import Floats, Integers

SIZES = ("diameter", "packing_fraction", "mean_free_path")

Size = Annotated[float, Field(ge=1e-75, le=1e75)]


Number = Annotated[Integer, Field(ge=2, le=2**28)]
Ratio = Annotated[float, Field(ge=1e-12, le=1e12)]
Warmth = Annotated[Size, Unit("mass length²/time²")]


class Species(Section):
    """Discs that differ from others in mass or diameter."""

    n: Number = Field(description="number of discs of this species")
    mass: Annotated[Ratio, Unit("mass")] = Field(default=1.0, description="mass of a disc")
    size: Ratio = Field(
        default=1.0, description="diameter as a multiple of `diameter`, or of the one that the density gives"
    )
    temperature: Warmth | None = Field(
        default=None, description="kinetic energy per disc at the start; null: `parameters.temperature`"
    )
    name: str | None = Field(
        default=None, pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$", description="name in figures; null: its index"
    )


class Parameters(Section):
    """Discs, of unit mass unless there are species, in the square [0, L] x [0, L]."""

    n: Number = Field(description="number N of discs")
    diameter: Annotated[NonNegative, Length] | None = Field(
        default=None,
        description="diameter sigma; 0: ideal gas. Exactly one of diameter, packing_fraction, mean_free_path",
    )
    packing_fraction: Annotated[float, Field(gt=0, le=CLOSE_PACKING)] | None = Field(
        default=None,
        description="phi = N pi sigma^2 / (4 L^2) in the whole box, that is, at the final density; summed over species",
    )
    mean_free_path: Annotated[Size, Length] | None = Field(
        default=None,
        description="ell = L^2 / (2 sqrt(2) N sigma chi), at the final density, with the contact value "
        "chi = (1 - 7 phi/16) / (1 - phi)^2",
    )
    box_length: Annotated[Size, Length] = Field(default=1.0, description="side L of the box")
    boundary: Literal["periodic", "walls"] = Field(
        default="periodic", description="walls: hard walls, which keep the centres within [sigma/2, L - sigma/2]"
    )
    temperature: Warmth = Field(
        default=1.0, description="T of the initial velocities, the kinetic energy per disc; thermal speed sqrt(T)"
    )
    species: Annotated[Annotated[Items[Species], Field(min_length=1, max_length=MOST_SPECIES)] | None, LATER] = Field(
        default=None,
        description="kinds of discs, in order of index; their n add up to `n`; null: equal discs of unit mass",
    )

    @model_validator(mode="after")
    def _one_size(self) -> Parameters:
        given = [name for name in SIZES if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            key = given[-1] if given else SIZES[0]
            raise contradiction(key, f"found {found}, expected exactly one of {', '.join(SIZES)}")
        if self.species is not None:
            if (total := sum(one.n for one in self.species)) != self.n:
                raise contradiction("species", f"have {total} discs, expected n = {self.n} of all species together")
            if self.mean_free_path is not None and len({(one.mass, one.size) for one in self.species}) > 1:
                raise contradiction(
                    "mean_free_path",
                    "each species has its own, expected diameter or packing_fraction for discs of different mass or "
                    "size",
                )
        return self


class BuiltIn(Section):
    """Shared by the built-in initial states."""

    velocities: Literal["maxwell", "equal_speed"] = Field(
        default="maxwell",
        description="maxwell: independent normal components; equal_speed: random directions. Then the total momentum "
        "is subtracted and the velocities are scaled to exactly the temperature",
    )


Fraction = Annotated[float, Field(gt=0, le=1)]


class Strip(BuiltIn):
    """Equilibrium in the strip x < fraction L."""

    kind: Literal["strip"]
    fraction: Fraction = Field(default=0.5, description="width of the strip divided by the side of the box")


class Corner(BuiltIn):
    """Equilibrium in the square x, y < fraction L."""

    kind: Literal["corner"]
    fraction: Fraction = Field(default=0.5, description="side of the corner divided by the side of the box")


class Uniform(BuiltIn):
    """Equilibrium in the whole box."""

    kind: Literal["uniform"]


class Separated(BuiltIn):
    """Each species in equilibrium in a slab of its own, along x in order of index."""

    kind: Literal["separated"]
    fractions: Annotated[Items[Fraction], Field(min_length=1)] = Field(
        default=(0.5, 0.5), description="width of each slab divided by the side of the box; they add up to 1"
    )

    @model_validator(mode="after")
    def _fill_the_box(self) -> Separated:
        if abs(math.fsum(self.fractions) - 1.0) > 1e-9:
            raise contradiction("fractions", f"add up to {math.fsum(self.fractions):.10g}, expected 1")
        return self


Initial = Annotated[Strip | Corner | Uniform | Separated | FileInitial, Field(discriminator="kind")]


class Mixture(NamedTuple):
    """The species of a gas, each array (species,); a gas of one kind has one."""

    number: Integers
    mass: Floats
    diameter: Floats
    temperature: Floats

    @property
    def species(self) -> Integers:
        """Species of every disc."""
        return np.repeat(np.arange(len(self.number)), self.number)

    @property
    def each(self) -> Iterator[Mixture]:
        """Gases of one species each."""
        for a in (slice(b, b + 1) for b in range(len(self.number))):
            yield Mixture(self.number[a], self.mass[a], self.diameter[a], self.temperature[a])

    @property
    def mean_temperature(self) -> float:
        """Kinetic energy of all discs over their number."""
        return float(self.number @ self.temperature / self.number.sum())


def mixture_of(parameters: Parameters) -> Mixture:
    """Number, mass, diameter and temperature of each species, from the gas if it has none of its own."""
    listed = parameters.species or (Species(n=parameters.n),)
    return Mixture(
        np.array([one.n for one in listed]),
        np.array([one.mass for one in listed]),
        np.array([one.size for one in listed]) * diameter_of(parameters),
        np.array([parameters.temperature if one.temperature is None else one.temperature for one in listed]),
    )


def temperature_of(parameters: Parameters) -> float:
    """Kinetic energy per disc at the start, averaged over all species."""
    return parameters.temperature if parameters.species is None else mixture_of(parameters).mean_temperature


def diameter_of(parameters: Parameters) -> float:
    """Diameter of discs of `size` 1; that at close packing if no density has the mean free path."""
    n, length = parameters.n, parameters.box_length  # in units of the box the density is n
    if parameters.diameter is not None:
        return parameters.diameter
    if parameters.mean_free_path is not None:
        sizes = {one.size for one in parameters.species or ()} or {1.0}
        return length * _diameter_from_path(parameters.mean_free_path / length, n) / min(sizes)
    assert parameters.packing_fraction is not None
    return length * float(diameter_from_packing(parameters.packing_fraction, _discs_of_size_one(parameters)))


@lru_cache(maxsize=64)  # a check of one config needs it eight times
def _diameter_from_path(path: float, n: int) -> float:
    try:
        return diameter_from_mean_free_path(path, n)
    except ValueError:
        return float(diameter_from_packing(CLOSE_PACKING, n))


def packing_fraction_of(parameters: Parameters) -> float:
    """Share of the box that the discs cover."""
    return _discs_of_size_one(parameters) * math.pi * (diameter_of(parameters) / parameters.box_length) ** 2 / 4.0


def _discs_of_size_one(parameters: Parameters) -> float:
    """Number of discs of `size` 1 that cover as much as all discs."""
    return math.fsum(one.n * one.size**2 for one in parameters.species) if parameters.species else parameters.n


def contact_tolerance(diameter: float, side: float) -> float:
    """Relative error of a distance at contact that round-off can cause, in a box of this side.

    Coordinates, and distances travelled since the trajectory started, are at most of order L and are rounded to
    1.1e-16 of it, about ten times between prediction and contact; so are impact parameters, which are cross products of
    such distances with a unit vector. Together that is about 1e-15 L; ten times as much is allowed. Measured: the
    largest error of 1e4 to 3e6 contacts is 1.3 to 2 epsilon L/sigma, for L/sigma from 70 to 6e5.
    """
    return 1e-10 + 1e-14 * side / diameter
