"""Recorded variables of the gas."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from physent.core import jit
from physent.declare import Coordinate, Variable
from physent.engines import Arrays
from physent.engines.hard_discs.parameters import Parameters
from physent.engines.hard_discs.sampling import add_up
from physent.typing import Array, Floats, Integers

SPEED_BINS = 60
BINS_PER_THERMAL_SPEED = 10

_ALWAYS = (
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
_WALLS = (
    Variable("wall_momentum", "sum of |momentum| given to the walls so far"),
    Variable(
        "pressure",
        "mean force on the walls per length, since the last sample",
        may_be_nan=True,
        attrs={
            "comment": "force over the box length, averaged over the four walls (centres reach only the box length less "
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
    """Recorded variables; those of walls only if there are walls."""
    return (*_ALWAYS, *(_WALLS if parameters.boundary == "walls" else ()), *_FIELDS)


def coordinates(parameters: Parameters) -> tuple[Coordinate, ...]:
    """Disc, axis, and centre of the speed bins."""
    centres = (np.arange(SPEED_BINS) + 0.5) * math.sqrt(parameters.temperature) / BINS_PER_THERMAL_SPEED
    return (
        Coordinate("particle", np.arange(parameters.n), "index of the disc"),
        Coordinate("axis", np.arange(2), "axis: 0 for x, 1 for y"),
        Coordinate("speed", centres, "centre of the speed bin"),
    )


class Counts(NamedTuple):
    """Sums over events, now and at the previous sample; (replica,), except ``speeds`` (replica, speed)."""

    collisions: Integers
    speeds: Integers  # discs that collided
    virial: Floats
    last_virial: Floats
    wall: Floats  # |momentum| given
    last_wall: Floats
    elapsed: float  # since the previous sample


def scalars(parameters: Parameters, velocity: Floats, counts: Counts) -> dict[str, Array]:
    """All declared variables except the fields, as new arrays; ``velocity`` (replica, particle, axis) in any order."""
    sums = np.empty((len(velocity), 4))
    jit.spread(add_up, len(velocity), velocity, sums)
    squares, fourths = sums[:, 0], sums[:, 1]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        record = {
            "collisions": counts.collisions.copy(),
            "kinetic_energy": 0.5 * squares,
            "mean_speed_ratio": parameters.n * fourths / (squares * squares),
            "momentum": sums[:, 2:],
            "virial": counts.virial.copy(),
            "compressibility_factor": 1.0 + (counts.virial - counts.last_virial) / (squares * counts.elapsed),
            "collisions_by_speed": counts.speeds.copy(),
        }
        if parameters.boundary == "walls":
            record["wall_momentum"] = counts.wall.copy()
            around = 4.0 * parameters.box_length
            record["pressure"] = (counts.wall - counts.last_wall) / (around * counts.elapsed)
    return record


def doubts(parameters: Parameters, record: Arrays) -> Iterator[tuple[str, str]]:
    """(key, message) if a first record does not have the declared temperature: given velocities are not scaled."""
    found, expected = record["kinetic_energy"] / parameters.n, parameters.temperature
    # The energy of N discs drawn from Maxwell's law has a relative standard deviation of 1/sqrt(N).
    if (np.abs(found - expected) > 4 / math.sqrt(parameters.n) * expected).any():
        message = (
            f"the kinetic energy per disc is {found[0]:.4g} (replica 0), but parameters.temperature is {expected:g}, "
            "which here only sets the bins of collisions_by_speed: set it to the kinetic energy per disc"
        )
        yield "temperature", message
