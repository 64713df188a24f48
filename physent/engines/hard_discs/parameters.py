"""Parameters and initial states of the gas of hard discs in a config."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import Field, model_validator

from physent.declare import FileInitial, Integer, Length, NonNegative, Section, Unit, contradiction
from physent.theory.kinetic import CLOSE_PACKING, diameter_from_mean_free_path, diameter_from_packing

SIZES = ("diameter", "packing_fraction", "mean_free_path")

Size = Annotated[float, Field(ge=1e-75, le=1e75)]


class Parameters(Section):
    """Discs of unit mass in the square [0, L] x [0, L]."""

    n: Annotated[Integer, Field(ge=2, le=2**28)] = Field(description="number N of discs")
    diameter: Annotated[NonNegative, Length] | None = Field(
        default=None,
        description="diameter sigma; 0: ideal gas. Exactly one of diameter, packing_fraction, mean_free_path",
    )
    packing_fraction: Annotated[float, Field(gt=0, le=CLOSE_PACKING)] | None = Field(
        default=None, description="phi = N pi sigma^2 / (4 L^2) in the whole box, that is, at the final density"
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
    temperature: Annotated[Size, Unit("mass length²/time²")] = Field(
        default=1.0, description="T of the initial velocities, the kinetic energy per disc; thermal speed sqrt(T)"
    )

    @model_validator(mode="after")
    def _one_size(self) -> Parameters:
        given = [name for name in SIZES if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            key = given[-1] if given else SIZES[0]
            raise contradiction(key, f"found {found}, expected exactly one of {', '.join(SIZES)}")
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


Initial = Annotated[Strip | Corner | Uniform | FileInitial, Field(discriminator="kind")]


def diameter_of(parameters: Parameters) -> float:
    """Diameter that follows from the parameters; that at close packing if no density has the mean free path."""
    n, length = parameters.n, parameters.box_length  # in units of the box the density is n
    if parameters.diameter is not None:
        return parameters.diameter
    if parameters.mean_free_path is not None:
        return length * _diameter_from_path(parameters.mean_free_path / length, n)
    assert parameters.packing_fraction is not None
    return length * float(diameter_from_packing(parameters.packing_fraction, n))


@lru_cache(maxsize=64)  # a check of one config needs it eight times
def _diameter_from_path(path: float, n: int) -> float:
    try:
        return diameter_from_mean_free_path(path, n)
    except ValueError:
        return float(diameter_from_packing(CLOSE_PACKING, n))


def packing_fraction_of(parameters: Parameters) -> float:
    """Share of the box that the discs cover."""
    return parameters.n * math.pi * (diameter_of(parameters) / parameters.box_length) ** 2 / 4.0


def contact_tolerance(diameter: float, side: float) -> float:
    """Relative error of a distance at contact that round-off can cause, in a box of this side.

    Coordinates, and distances travelled since the trajectory started, are at most of order L and are rounded to
    1.1e-16 of it, about ten times between prediction and contact; so are impact parameters, which are cross products of
    such distances with a unit vector. Together that is about 1e-15 L; ten times as much is allowed. Measured: the
    largest error of 1e4 to 3e6 contacts is 1.3 to 2 epsilon L/sigma, for L/sigma from 70 to 6e5.
    """
    return 1e-10 + 1e-14 * side / diameter


def region_of(parameters: Parameters, initial: BuiltIn) -> tuple[float, float]:
    """Width and height of the region, with a corner at the origin, in which the gas starts."""
    length = parameters.box_length
    match initial:
        case Strip():
            return initial.fraction * length, length
        case Corner():
            return initial.fraction * length, initial.fraction * length
    return length, length
