"""What is recorded of the gas."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from physent.declare import Coordinate, Variable
from physent.engines.hard_discs import arrays
from physent.engines.hard_discs.state import (
    BINS_PER_THERMAL_SPEED,
    SPEED_BINS,
    State,
    phase_points,
    totals,
    wall_momentum,
)

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
            "comment": "1 + (change of virial) / (2 kinetic_energy (time since the last sample, or since a protocol "
            "event after it)); NaN at the first sample"
        },
    ),
    Variable(
        "mean_speed_ratio",
        "<v^4> / <v^2>^2, 2 in equilibrium",
        may_be_nan=True,
        attrs={
            "comment": "in equilibrium at fixed energy 2N/(N+1), and 2(N-1)/N where momentum is fixed to zero too "
            "(periodic box); NaN for discs at rest"
        },
    ),
    Variable(
        "collisions_by_speed",
        "discs that collided so far, by their speed before the collision",
        dims=("replica", "speed"),
        dtype="int64",
        attrs={
            "comment": "two for each collision; bins of sqrt(T)/10 in speed, the last one also holds all faster ones, "
            "with T = parameters.temperature; in equilibrium at that T the collision rate of a disc with a speed in "
            "the bin [a, b] sqrt(T) is count / (N time (exp(-a^2/2) - exp(-b^2/2)))"
        },
    ),
)
_WALLS = (
    Variable("wall_momentum", "sum of |momentum| given to the walls so far"),
    Variable(
        "pressure",
        "force on the walls over their length, since the last sample",
        may_be_nan=True,
        attrs={"comment": "averaged over the four walls; NaN at the first sample"},
    ),
)
_FIELDS = (
    Variable("position", "centres of the discs", dims=("replica", "particle", "axis"), is_field=True),
    Variable("velocity", "velocities of the discs", dims=("replica", "particle", "axis"), is_field=True),
    Variable(
        "image",
        "how often a disc has gone round the box",
        dims=("replica", "particle", "axis"),
        dtype="int64",
        is_field=True,
        attrs={"comment": "position + box_length * image is the path unwrapped; 0 with walls"},
    ),
)


def variables(walls: bool) -> tuple[Variable, ...]:
    """Everything that `observe` returns."""
    return (*_ALWAYS, *(_WALLS if walls else ()), *_FIELDS)


def coordinates(n: int, temperature: float) -> tuple[Coordinate, ...]:
    """Disc, axis, and centre of the speed bins."""
    centres = (np.arange(SPEED_BINS) + 0.5) * math.sqrt(temperature) / BINS_PER_THERMAL_SPEED
    return (
        Coordinate("particle", np.arange(n), "index of the disc"),
        Coordinate("axis", np.arange(2), "axis: 0 for x, 1 for y"),
        Coordinate("speed", centres, "centre of the speed bin"),
    )


def observe(state: State) -> dict[str, npt.NDArray[Any]]:
    """Every declared variable at the time of the state, as new arrays."""
    position, velocity, image = phase_points(state)
    return observe_scalars(state) | {"position": position, "velocity": velocity, "image": image}


def observe_scalars(state: State) -> dict[str, npt.NDArray[Any]]:
    """Every declared variable but the fields, which take several times as long."""
    sums = totals(state)
    record = {
        "collisions": state.counts[:, arrays.COLLISIONS].copy(),
        "kinetic_energy": sums[:, 0],
        "mean_speed_ratio": sums[:, 1],
        "momentum": sums[:, 2:4],
        "virial": sums[:, 4],
        "compressibility_factor": sums[:, 5],
        "collisions_by_speed": state.speeds.copy(),
    }
    if all(state.setup.walls):
        given, elapsed = wall_momentum(state), state.time - state.last_time
        record["wall_momentum"] = given
        with np.errstate(divide="ignore", invalid="ignore"):
            record["pressure"] = (given - state.last_wall) / (2 * sum(state.setup.sides) * elapsed)
    return record
