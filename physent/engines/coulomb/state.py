"""States: of a sampler of independent draws, and of the chains of Hamiltonian Monte Carlo."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from physent.core.random import Purpose, stream_key
from physent.engines.coulomb.gas import Gas, Scratch

Reals = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]


@dataclass
class Independent:
    """A draw is a function of its index: the last one made, and how much of the next one is there."""

    draw: int
    pending: int  # index of the draw in the making
    done: int  # replicas of it
    position: Reals  # (replica, rows, n); (replica, 1, n) radii, ascending
    sampler: str = field(metadata={"derived": True})
    gas: Gas = field(metadata={"derived": True})
    keys: Keys = field(metadata={"derived": True})  # (replica,)
    shape: Reals = field(metadata={"derived": True})  # of the gamma variates that the sampler needs
    work: Scratch = field(metadata={"derived": True})


ARMS = 5
"""Lengths of trajectory that a burn-in tries."""

CHAIN = np.dtype(
    [
        ("draw", np.int64),  # trajectories completed, counted from minus the burn-in
        ("left", np.int64),  # leapfrog steps to go in this trajectory; 0 between two
        ("step", np.float64),  # leapfrog step of this trajectory, jitter included
        ("total", np.float64),  # beta E plus kinetic energy at its begin
        ("energy", np.float64),  # E of the current sample
        ("accepted", np.float64),  # sum of acceptance probabilities since draw 0 (before it: since the chain began)
        ("tried", np.int64),  # number of them
        ("before", np.float64),  # mean acceptance probability of the burn-in; NaN during it
        # Adaptation, frozen from draw 0 on.
        ("log_step", np.float64),
        ("log_mean", np.float64),  # average of the former, which is what is frozen
        ("length", np.float64),  # of a trajectory, in time
        ("last", np.float64, (2,)),  # trap energy and energy of the sample
        ("moments", np.float64, (2, 2)),  # running mean of `last`, and sum of squared deviations from it
        ("arms", np.float64, (ARMS, 4)),  # trials, leapfrog steps, squared changes of `last` in them
    ]
)
"""Clock and adaptation of one chain: one argument of a kernel instead of fourteen, which would all be unpacked."""

POSITION, FORCE, TRIAL, TRIAL_FORCE, MOMENTUM = range(5)


@dataclass
class Chains:
    """Positions, trajectories under way, clocks and adaptation of all chains; leading axis: replica."""

    path: Reals  # (replica, 5, rows, n): sample and its force, end of the trajectory and its force, momenta
    draw: Integers  # these, as described at `CHAIN`, are views of `chain`
    left: Integers
    step: Reals
    total: Reals
    energy: Reals
    accepted: Reals
    tried: Integers
    before: Reals
    log_step: Reals
    log_mean: Reals
    length: Reals
    last: Reals
    moments: Reals
    arms: Reals
    chain: npt.NDArray[Any] = field(metadata={"derived": True})  # of `CHAIN`, (replica,)
    gas: Gas = field(metadata={"derived": True})
    keys: Keys = field(metadata={"derived": True})
    plan: Any = field(metadata={"derived": True})  # hmc.Plan
    work: Scratch = field(metadata={"derived": True})

    @property
    def position(self) -> Reals:
        """The current samples, (replica, rows, n)."""
        return self.path[:, POSITION]


def stream_keys(config: Any, purpose: Purpose) -> Keys:
    """Key of every replica's stream, (replica,)."""
    return np.array([stream_key(config.seed, purpose, replica) for replica in range(config.replicas)], dtype=np.uint64)


def resolved_sampler(parameters: Any) -> str:
    """The sampler that ``auto`` stands for, from the parameters alone, else the one asked for."""
    if parameters.sampler != "auto":
        return str(parameters.sampler)
    exact = parameters.potential.exponent == 2.0
    if exact and parameters.dimension == 2 and parameters.beta == 2.0:
        return "matrix"
    if exact and parameters.dimension == 1 and parameters.interaction == "log":
        return "tridiagonal"
    return "hmc"
