"""What a draw of a Coulomb gas is recorded as."""

from __future__ import annotations

from typing import Any

import numpy as np

from physent.core import jit
from physent.declare import Coordinate, Variable
from physent.engines.coulomb import gas as gases
from physent.engines.coulomb.gas import gas_of
from physent.engines.coulomb.state import Chains, Independent, resolved_sampler

Arrays = dict[str, np.ndarray[Any, Any]]

MAX_RADIUS = Variable("max_radius", "largest distance from the centre")
ENERGY = Variable("energy", "energy E = N sum V + sum U")
POSITION = Variable(
    "position", "positions; labels carry no meaning", dims=("replica", "particle", "axis"), is_field=True
)
RADIUS = Variable(
    "radius", "distances from the centre, in ascending order", dims=("replica", "particle"), is_field=True
)
CHAIN = (
    Variable(
        "acceptance",
        "mean acceptance probability of all trajectories since draw 0; at draw 0 itself, of the burn-in",
        may_be_nan=True,
    ),
    Variable("step_size", "leapfrog step, frozen at draw 0"),
    Variable("trajectory_length", "length of a trajectory in time, frozen at draw 0"),
)


def variables(parameters: Any) -> tuple[Variable, ...]:
    """Variables of the sampler that the parameters choose."""
    sampler = resolved_sampler(parameters)
    if sampler == "radii":
        return (MAX_RADIUS, RADIUS)
    return (ENERGY, MAX_RADIUS, *(CHAIN if sampler == "hmc" else ()), POSITION)


def coordinates(parameters: Any) -> tuple[Coordinate, ...]:
    """Particle, and axis where there are positions."""
    sampler, n = resolved_sampler(parameters), parameters.n
    if sampler == "radii":
        return (Coordinate("particle", np.arange(n, dtype=np.int64), "rank by distance from the centre"),)
    particle = Coordinate("particle", np.arange(n, dtype=np.int64), "index of the charge, without a meaning")
    return (particle, Coordinate("axis", np.arange(parameters.dimension, dtype=np.int64), "axis of space"))


def resolved(parameters: Any) -> dict[str, str]:
    """Sampler, convention, edge of the droplet and coupling, for who reads the file without this text."""
    gas = gas_of(parameters)
    found = {
        "sampler": resolved_sampler(parameters),
        "convention": gases.CONVENTION + gases.REPULSION[gas.kind],
        "droplet_edge": f"{gases.edge(gas):.10g}",
    }
    strength = gases.coupling(gas)
    if strength is not None:
        formula = "beta N^(1/3) / R" if gas.kind == gases.SPACE else "beta"
        found["coupling"] = f"Gamma = {formula} = {strength:.6g}"
    return found


def of_independent(state: Independent) -> Arrays:
    """Record of an independent draw."""
    gas, position = state.gas, state.position
    if state.sampler == "radii":
        return {"max_radius": position[:, 0, -1].copy(), "radius": position[:, 0].copy()}
    energy = np.empty(len(position))
    jit.spread(gases.energies, len(position), gas, position, state.work, energy)
    return {"energy": energy, **_of_position(position, gas.dimension)}


def of_chains(state: Chains) -> Arrays:
    """Record of the current sample of every chain."""
    return {
        "energy": state.energy.copy(),
        "acceptance": np.where(state.tried > 0, state.accepted / np.maximum(state.tried, 1), state.before),
        "step_size": np.exp(state.log_step),
        "trajectory_length": state.length.copy(),
        **_of_position(state.position, state.gas.dimension),
    }


def _of_position(position: np.ndarray[Any, Any], dimension: int) -> Arrays:
    axes = position[:, :dimension]
    radius = np.sqrt(np.sum(np.square(axes), axis=1))
    return {"max_radius": radius.max(axis=-1), "position": np.array(np.moveaxis(axes, 1, 2), order="C")}
