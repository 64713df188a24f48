"""Recorded variables of the gas."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from physent.core import jit
from physent.declare import Coordinate, Variable
from physent.engines import Arrays
from physent.engines.hard_discs.arrays import SPEED_BINS
from physent.engines.hard_discs.parameters import Mixture, Parameters, mixture_of, temperature_of
from physent.engines.hard_discs.sampling import add_up
from physent.engines.hard_discs.species import MOST_SPECIES
from physent.theory.mixtures import velocity_entropy
from physent.typing import Array, Floats, Integers

BINS_PER_THERMAL_SPEED = 10

_SUMS = (
    Variable("collisions", "collisions so far", dtype="int64"),
    Variable("kinetic_energy", "kinetic energy of all discs (unit mass)"),
    Variable("momentum", "total momentum", dims=("replica", "axis")),
    Variable("virial", "sum of |r.v| over the collisions so far, r and v relative"),
    Variable(
        "compressibility_factor",
        "P V / (N T), from the virial since the last sample",
        may_be_nan=True,
        attrs={
            "comment": "1 + (change of virial) / (2 kinetic_energy (time since the last sample, or since a later "
            "protocol event)); NaN at the first sample"
        },
    ),
)
_ONE_KIND = (
    Variable(
        "mean_speed_ratio",
        "<v^4> / <v^2>^2, 2 in equilibrium",
        may_be_nan=True,
        attrs={
            "comment": "in equilibrium at fixed energy 2N/(N+1), and 2(N-1)/N if momentum is fixed to zero too "
            "(periodic box); NaN for discs at rest"
        },
    ),
    Variable(
        "collisions_by_speed",
        "discs that collided so far, by their speed before the collision",
        dims=("replica", "speed"),
        dtype="int64",
        attrs={
            "comment": "two counts per collision; bins of sqrt(T)/10 in speed, the last one with all faster discs, "
            "T = parameters.temperature; in equilibrium at that T the collision rate of a disc with a speed in "
            "the bin [a, b] sqrt(T) is count / (N time (exp(-a^2/2) - exp(-b^2/2)))"
        },
    ),
)
_MIXTURE = (
    Variable(
        "species_temperature",
        "kinetic energy per disc of each species",
        dims=("replica", "species"),
        attrs={"comment": "with that of any drift of the gas; fluctuates by about T/sqrt(N) of the species"},
    ),
    Variable(
        "species_speed_ratio",
        "<v^4> / <v^2>^2 of each species, 2 N/(N + 1) in equilibrium",
        dims=("replica", "species"),
        may_be_nan=True,
        attrs={"comment": "NaN for discs at rest"},
    ),
    Variable(
        "species_velocity_entropy",
        "entropy per disc of a Maxwellian of the temperature of each species",
        dims=("replica", "species"),
        may_be_nan=True,
        attrs={"base": "nats", "comment": "ln(2 pi e T/m), cells of velocity; -infinity for discs at rest"},
    ),
    Variable(
        "collisions_by_pair",
        "collisions so far of discs of one species with discs of the other",
        dims=("replica", "species", "other"),
        dtype="int64",
        attrs={
            "comment": "symmetric; a collision of unlike discs counts in both its entries, so that a disc of a species "
            "collides with others at the rate (1 + [species = other]) count / (N of the species * time)"
        },
    ),
    Variable(
        "collisions_by_speed",
        "discs of each species that collided so far, by their speed before the collision",
        dims=("replica", "species", "speed"),
        dtype="int64",
        attrs={
            "comment": "two counts per collision; bins of sqrt(T/m)/10 in speed, the last one with all faster discs, "
            "m the mass of the species and T the mean kinetic energy per disc of the gas at the start"
        },
    ),
)
_OF_MASSES = {
    "kinetic_energy": "kinetic energy of all discs",
    "virial": "sum of 2 mu |r.v| over the collisions so far, r and v relative, mu the reduced mass",
}
NO_MEAN = {"mean_speed_ratio": "the species of a mixture have different speeds: take species_speed_ratio"}
ONE_KIND = {
    one.name: "the gas is of one kind: give `parameters.species`" for one in _MIXTURE if one.name.count("species")
} | {"collisions_by_pair": "the gas is of one kind: give `parameters.species`"}
_WALLS = (
    Variable("wall_momentum", "sum of |momentum| given to the walls so far"),
    Variable(
        "pressure",
        "mean force on the walls per length, since the last sample",
        may_be_nan=True,
        attrs={
            "comment": "force over the box length, averaged over four walls (centres reach only the box length less "
            "the diameter: of the density at contact times T it is that share); NaN at the first sample"
        },
    ),
)
_FIELDS = (
    Variable("position", "centres of the discs", dims=("replica", "particle", "axis"), is_field=True),
    Variable("velocity", "velocities of the discs", dims=("replica", "particle", "axis"), is_field=True),
    Variable(
        "image",
        "number of times that a disc has gone round the box",
        dims=("replica", "particle", "axis"),
        dtype="int64",
        is_field=True,
        attrs={"comment": "position + box_length * image is the unwrapped path; 0 with walls"},
    ),
)


def variables(parameters: Parameters) -> tuple[Variable, ...]:
    """Recorded variables; those of walls only if there are walls, those of species only if there are species."""
    own: tuple[Variable, ...] = (*_SUMS, *_ONE_KIND)
    if parameters.species is not None:
        sums = (replace(one, long_name=_OF_MASSES.get(one.name, one.long_name)) for one in _SUMS)
        own = (*sums, *_MIXTURE)
    return (*own, *(_WALLS if parameters.boundary == "walls" else ()), *_FIELDS)


def absent(parameters: Parameters) -> dict[str, str]:
    """Variables of other gases, and why this one has none."""
    return ONE_KIND if parameters.species is None else NO_MEAN


def coordinates(parameters: Parameters) -> tuple[Coordinate, ...]:
    """Disc, axis, and centre of the speed bins; species with their masses and diameters."""
    centres = (np.arange(SPEED_BINS) + 0.5) * math.sqrt(temperature_of(parameters)) / BINS_PER_THERMAL_SPEED
    mixed, mixture = parameters.species is not None, mixture_of(parameters)
    always = (
        Coordinate("particle", np.arange(parameters.n), "index of the disc"),
        Coordinate("axis", np.arange(2), "axis: 0 for x, 1 for y"),
        Coordinate("speed", centres, f"centre of the speed bin{', times the root of the mass' if mixed else ''}"),
    )
    if not mixed:
        return always
    number = np.arange(len(mixture.mass))
    return (
        *always,
        Coordinate("species", number, "index of the species"),
        Coordinate("other", number, "species of the other disc"),
        Coordinate("mass", mixture.mass, "mass of a disc", of="species"),
        Coordinate("diameter", mixture.diameter, "diameter of a disc", of="species"),
        Coordinate("particle_species", mixture.species, "species of the disc", of="particle"),
        Coordinate("particle_mass", mixture.mass[mixture.species], "mass of the disc", of="particle"),
        Coordinate("particle_diameter", mixture.diameter[mixture.species], "diameter of the disc", of="particle"),
    )


class Counts(NamedTuple):
    """Sums over events, now and at the previous sample; (replica,), except ``speeds`` (replica, speed)."""

    collisions: Integers
    speeds: Integers  # discs that collided (replica, species speed)
    pairs: Integers  # collisions by ordered pairs of species (replica, 64)
    virial: Floats
    last_virial: Floats
    wall: Floats  # |momentum| given
    last_wall: Floats
    elapsed: float  # since the previous sample


def scalars(parameters: Parameters, velocity: Floats, species: Integers | None, counts: Counts) -> dict[str, Array]:
    """All declared variables except the fields, as new arrays; ``velocity`` (replica, particle, axis) in any order.

    ``species`` (replica, particle) is that of each disc; None for a gas of one kind.
    """
    mixture = mixture_of(parameters)
    parts = [velocity] if species is None else _by_species(velocity, species, mixture)
    sums = np.empty((len(parts), len(velocity), 4))
    for part, own in zip(parts, sums, strict=True):
        jit.spread(add_up, len(velocity), part, own)
    weighted = sums if species is None else sums * mixture.mass[:, None, None]
    squares, momentum = weighted[:, :, 0].sum(axis=0), weighted[:, :, 2:].sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        record = {
            "collisions": counts.collisions.copy(),
            "kinetic_energy": 0.5 * squares,
            "momentum": momentum,
            "virial": counts.virial.copy(),
            "compressibility_factor": 1.0 + (counts.virial - counts.last_virial) / (squares * counts.elapsed),
        }
        ratio = mixture.number * sums[:, :, 1].T / np.square(sums[:, :, 0].T)
        if species is None:
            record |= {"mean_speed_ratio": ratio[:, 0], "collisions_by_speed": counts.speeds.copy()}
        else:
            record |= _of_mixture(mixture, weighted[:, :, 0].T, counts) | {"species_speed_ratio": ratio}
        if parameters.boundary == "walls":
            record["wall_momentum"] = counts.wall.copy()
            around = 4.0 * parameters.box_length
            record["pressure"] = (counts.wall - counts.last_wall) / (around * counts.elapsed)
    return record


def _by_species(velocity: Floats, species: Integers, mixture: Mixture) -> list[Floats]:
    """Velocities of each species, (replica, its discs, axis)."""
    return [velocity[species == a].reshape(len(velocity), n, 2) for a, n in enumerate(mixture.number)]


def _of_mixture(mixture: Mixture, squares: Floats, counts: Counts) -> dict[str, Array]:
    """What only a mixture records; ``squares``: sums of m v^2 (replica, species)."""
    number = len(mixture.mass)
    temperature = 0.5 * squares / mixture.number
    ordered = counts.pairs.reshape(-1, MOST_SPECIES, MOST_SPECIES)[:, :number, :number]
    both = ordered + ordered.swapaxes(1, 2)
    return {
        "species_temperature": temperature,
        "species_velocity_entropy": velocity_entropy(temperature, mixture.mass),
        "collisions_by_pair": np.where(np.eye(number, dtype=bool), ordered, both),
        "collisions_by_speed": counts.speeds.reshape(-1, number, SPEED_BINS).copy(),
    }


def doubts(parameters: Parameters, record: Arrays) -> Iterator[tuple[str, str]]:
    """(key, message) if a first record does not have the declared temperature: given velocities are not scaled."""
    found, expected = record["kinetic_energy"] / parameters.n, temperature_of(parameters)
    # The energy of N discs drawn from Maxwell's law has a relative standard deviation of 1/sqrt(N).
    if (np.abs(found - expected) > 4 / math.sqrt(parameters.n) * expected).any():
        message = (
            f"the kinetic energy per disc is {found[0]:.4g} (replica 0), but parameters.temperature is {expected:g}, "
            "which here only sets the bins of collisions_by_speed: set it to the kinetic energy per disc"
        )
        yield "temperature", message
