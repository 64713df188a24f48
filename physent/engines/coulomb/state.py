"""States: of a sampler of independent draws, and of the chains of Hamiltonian Monte Carlo."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

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
    position: Reals  # (replica, rows, n); (replica, 1, n) radii
    sampler: str = field(metadata={"derived": True})
    gas: Gas = field(metadata={"derived": True})
    keys: Keys = field(metadata={"derived": True})  # (replica,)
    shape: Reals = field(metadata={"derived": True})  # of the gamma variates that the sampler needs
    work: Scratch = field(metadata={"derived": True})


class Clocks(NamedTuple):
    """Progress of every chain, each (replica,)."""

    draw: Integers  # trajectories completed, counted from minus the burn-in
    left: Integers  # leapfrog steps to go in this trajectory; 0 between two
    step: Reals  # leapfrog step of this trajectory, jitter included
    total: Reals  # beta E plus kinetic energy at its begin
    energy: Reals  # E of the current sample
    accepted: Reals  # sum of acceptance probabilities since draw 0 (before it: since the chain began)
    tried: Integers  # number of them
    before: Reals  # mean acceptance probability of the burn-in


class Tuning(NamedTuple):
    """Adaptation of every chain; frozen from draw 0 on. Leading axis: replica."""

    log_step: Reals
    log_mean: Reals  # average of the former, which is what is frozen
    length: Reals  # of a trajectory, in time
    last: Reals  # (replica, 2): trap energy and energy of the sample
    moments: Reals  # (replica, 2, 2): running mean of `last`, and sum of squared deviations from it
    arms: Reals  # (replica, ARMS, 4): trials, leapfrog steps, squared changes of `last` in them


@dataclass
class Chains:
    """Positions, trajectories under way, clocks and adaptation of all chains."""

    position: Reals  # (replica, rows, n), as the next three
    force: Reals  # at `position`
    trial: Reals
    trial_force: Reals
    momentum: Reals
    draw: Integers
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
    gas: Gas = field(metadata={"derived": True})
    keys: Keys = field(metadata={"derived": True})
    plan: Any = field(metadata={"derived": True})  # hmc.Plan
    work: Scratch = field(metadata={"derived": True})

    @property
    def clocks(self) -> Clocks:
        """The kernel's view of the progress."""
        return Clocks(*(getattr(self, name) for name in Clocks._fields))

    @property
    def tuning(self) -> Tuning:
        """The kernel's view of the adaptation."""
        return Tuning(*(getattr(self, name) for name in Tuning._fields))


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
