"""Adaptation of chains during their burn-in: the leapfrog step, and the length of a trajectory.

Step: its logarithm changes by m^(-0.6) (acceptance probability - 0.85) after trajectory m (Robbins and Monro 1951, Ann.
Math. Stat. 22, 400, as in Andrieu and Thoms 2008, Stat. Comput. 18, 343, doi 10.1007/s11222-008-9110-y). This restarts
half way through the burn-in, when the start is forgotten; the average since then is used (Polyak and Juditsky 1992).

Length (derived here): in the second half of the burn-in the trajectories take five lengths in turn. For each, the
lag-one correlation rho of a statistic follows from its mean squared change, 2 (1 - rho) times its variance; a chain
with correlations rho^k is worth (1 - rho)/(1 + rho) independent draws per trajectory. The length with most of these
per leapfrog step is used, judged by the worse of two statistics, trap energy and energy; negative rho counts as 0. The
middle length stays unless another is clearly better.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from physent.core.jit import njit
from physent.engines.coulomb.chain import ARMS

TARGET = 0.85
_SPREAD = 2.0**0.5  # ratio of neighbouring lengths
_CLEARLY = 1.25  # by how much another length must beat the middle one: the estimates are noisy
_FEWEST = 10  # trials of each length; with fewer, the middle length stays
_LONGEST = 1024  # leapfrog steps per trajectory


@njit
def arm_length(length: float, arm: int) -> float:
    """Length number ``arm`` of the five around ``length``."""
    return length * _SPREAD ** (arm - ARMS // 2)


@njit
def steps_of(length: float, step: float) -> int:
    """Number of leapfrog steps of a trajectory."""
    return int(min(max(np.ceil(length / step - 1e-9), 1.0), float(_LONGEST)))


@njit
def learn_step(chain: Any, count: int, probability: float) -> None:
    """Adapt the step of ``chain`` (of `CHAIN`), the ``count``-th time (from 1), to an acceptance ``probability``."""
    if count == 1:
        chain.log_step = chain.log_mean
    chain.log_step += count**-0.6 * (probability - TARGET)
    chain.log_mean += (chain.log_step - chain.log_mean) / count


@njit
def learn_length(chain: Any, arm: int, steps: int, trap: float, energy: float) -> None:
    """Record the change in a trajectory of length number ``arm``; ``trap`` and ``energy`` are of the new sample."""
    tried, moments = chain.arms[arm], chain.moments
    tried[0] += 1.0
    tried[1] += steps
    # Welford's update of mean and squared deviations over all lengths: the variance does not depend on the length.
    total = 0.0
    for other in range(ARMS):
        total += chain.arms[other, 0]
    for k in range(2):
        value = trap if k == 0 else energy
        change = value - chain.last[k]
        tried[2 + k] += change * change
        deviation = value - moments[k, 0]
        moments[k, 0] += deviation / total
        moments[k, 1] += deviation * (value - moments[k, 0])


def chosen_length(chain: Any) -> float:
    """The best of the lengths tried by ``chain``."""
    trials, steps = chain["arms"][:, 0], chain["arms"][:, 1]
    length, usual = float(chain["length"]), ARMS // 2
    if trials.min() < _FEWEST:
        return length
    variance = chain["moments"][:, 1] / (trials.sum() - 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        rho = 1.0 - chain["arms"][:, 2:] / trials[:, None] / (2.0 * variance)
    rho = np.where(variance > 0.0, np.maximum(rho, 0.0), 0.0)
    worth = ((1.0 - rho) / (1.0 + rho)).min(axis=1) * trials / steps
    best = int(np.argmax(worth))
    return length if worth[best] < _CLEARLY * worth[usual] else float(arm_length(length, best))


def freeze(chain: Any, step: bool, length: bool) -> None:
    """End the burn-in of ``chain``, an element of `CHAIN`: freeze step and length, and restart counting acceptance."""
    if step:
        chain["log_step"] = chain["log_mean"]
    if length:
        chain["length"] = chosen_length(chain)
    chain["before"] = chain["accepted"] / chain["tried"]
    chain["accepted"] = 0.0
    chain["tried"], chain["longest"] = 0, 0
