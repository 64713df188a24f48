"""What is doubtful in a chain that has moved: that it hardly moves, stands still, or samples another law."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from physent.engines import Arrays, Doubts

if TYPE_CHECKING:
    from physent.engines.coulomb.methods.hmc import Chains

LEAST_ACCEPTANCE = 0.2
_FEWEST_TRAJECTORIES = 10
"""Before which acceptance is not judged."""

_CHANCE = 1e-6
"""Chance that independent rejections, as frequent as those of a sound chain, come in as long a row as is doubted."""
_SHORTEST_ROW = 100
_LENIENT = 3
"""By how much a row must be longer: rejections come in clusters."""

_SHORTEST_BATCH = 16
_FAR = 7.0
"""Standard errors of the mean virial that are doubted: 31 degrees of freedom, many looks at many chains."""


def doubts(state: Chains, record: Arrays) -> Doubts:
    """Every doubt about the chains of a state."""
    yield from _acceptance(state, record)
    yield from _standstill(state, record)
    yield from _virial(state)


def _acceptance(state: Chains, record: Arrays) -> Doubts:
    """A chain that hardly moves."""
    tried, draw = state.chain["tried"], state.chain["draw"]
    stuck = (tried >= _FEWEST_TRAJECTORIES) & (draw > 0) & (record["acceptance"] < LEAST_ACCEPTANCE)
    if stuck.any():
        replica = int(np.argmax(stuck))
        message = (
            f"chain stuck: mean acceptance {record['acceptance'][replica]:.2g} of {tried[replica]} "
            f"trajectories at draw {draw[replica]} (replica {replica}), expected above {LEAST_ACCEPTANCE}; "
            "its draws do not sample the gas: set hmc.adapt with a longer burn_in, or a smaller hmc.step_factor"
        )
        yield "acceptance", message


def _standstill(state: Chains, record: Arrays) -> Doubts:
    """A chain that stood still for long, however well it moved before and after: its mean acceptance hides that.

    A row of k rejections has the chance (1 - a)^k from each draw on, a the acceptance outside the row.
    """
    chain = state.chain
    longest, tried = chain["longest"], chain["tried"]
    if longest.max() <= _SHORTEST_ROW:
        return
    moving = np.clip(chain["accepted"] / np.maximum(tried - longest, 1), LEAST_ACCEPTANCE, 0.99)
    limit = np.log(_CHANCE / np.maximum(tried, 1)) / np.log1p(-moving)
    limit = np.maximum(_SHORTEST_ROW, np.ceil(_LENIENT * limit))
    excess = np.where(chain["draw"] > 0, longest - limit, 0.0)
    if excess.max() > 0:
        replica = int(np.argmax(excess))
        message = (
            f"chain stood still: {longest[replica]} trajectories in a row were rejected by draw "
            f"{chain['draw'][replica]} (replica {replica}), expected at most {limit[replica]:.0f} at its acceptance "
            f"of {moving[replica]:.2g}; its draws do not sample the gas: set a smaller hmc.step_factor with "
            "hmc.adapt: false, or another seed"
        )
        yield "standstill", message


def _virial(state: Chains) -> Doubts:
    """A chain whose mean virial is not d N / beta, by the means of batches too long to be correlated."""
    gas, chain = state.gas, state.chain
    if chain["batch"].min() < _SHORTEST_BATCH:
        return
    full = int((chain["noted"] // chain["batch"]).min())
    means = chain["virial"][:, :full] / chain["batch"][:, None]
    expected = gas.dimension * gas.n / gas.beta
    mean = means.sum(axis=1) / full
    off, deviation = np.abs(mean - expected), means - mean[:, None]
    error = np.sqrt(np.einsum("ij,ij->i", deviation, deviation) / (full * (full - 1)))
    if not (off > _FAR * error).any():  # asked for at every draw
        return
    far = np.divide(off, error, out=np.where(off > 0, np.inf, 0.0), where=error > 0)
    replica = int(np.argmax(far))
    message = (
        f"virial missed: the mean of sum x . grad E is {mean[replica]:.5g} +- {error[replica]:.1g} by draw "
        f"{chain['draw'][replica]} (replica {replica}), expected dimension n / beta = {expected:.5g}; "
        "the chain has not sampled the gas: set a longer schedule.burn_in, or a smaller hmc.step_factor"
    )
    yield "virial", message
