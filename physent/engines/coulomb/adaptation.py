"""What chains learn during their burn-in: the leapfrog step, and the length of a trajectory.

Step: its logarithm moves by m^(-0.6) (acceptance probability - 0.85) after trajectory m (Robbins and Monro 1951, Ann.
Math. Stat. 22, 400, as in Andrieu and Thoms 2008, Stat. Comput. 18, 343, doi 10.1007/s11222-008-9110-y), begun afresh
half way through the burn-in, when the start is forgotten; kept is the average since then (Polyak and Juditsky 1992).

Length (derived here): in the second half of the burn-in the trajectories take five lengths in turn. For each, the
lag-one correlation rho of a statistic follows from its mean squared change, 2 (1 - rho) times its variance; a chain
with correlations rho^k is worth (1 - rho)/(1 + rho) independent draws a trajectory. The length with the most of them
per leapfrog step is kept, for the worse of two statistics, trap energy and energy; anticorrelation (rho < 0) earns
nothing. The middle length stays unless another is clearly better.
"""

from __future__ import annotations

import numpy as np

from physent.core.jit import njit
from physent.engines.coulomb.state import Clocks, Tuning

TARGET = 0.85
ARMS = 5
_SPREAD = 2.0**0.5  # ratio of neighbouring lengths
_CLEARLY = 1.25  # by how much another length must beat the middle one: the estimates are noisy
_FEWEST = 10  # trials of each length below which none is chosen
_LONGEST = 1024  # leapfrog steps of a trajectory


@njit
def arm_length(length: float, arm: int) -> float:
    """Length number ``arm`` of those around ``length``."""
    return length * _SPREAD ** (arm - ARMS // 2)


@njit
def steps_of(length: float, step: float) -> int:
    """Leapfrog steps of a trajectory."""
    return int(min(max(np.ceil(length / step - 1e-9), 1.0), float(_LONGEST)))


@njit
def learn_step(replica: int, tuning: Tuning, count: int, probability: float) -> None:
    """Move the step, the ``count``-th time (from 1), after a trajectory accepted with ``probability``."""
    if count == 1:
        tuning.log_step[replica] = tuning.log_mean[replica]
    tuning.log_step[replica] += count**-0.6 * (probability - TARGET)
    tuning.log_mean[replica] += (tuning.log_step[replica] - tuning.log_mean[replica]) / count


@njit
def learn_length(replica: int, tuning: Tuning, arm: int, steps: int, trap: float, energy: float) -> None:
    """Note how far a trajectory of length number ``arm`` moved; ``trap`` and ``energy`` are those of the new sample."""
    tried = tuning.arms[replica, arm]
    tried[0] += 1.0
    tried[1] += steps
    total = 0.0
    for other in range(ARMS):
        total += tuning.arms[replica, other, 0]
    for k in range(2):
        value = trap if k == 0 else energy
        change = value - tuning.last[replica, k]
        tried[2 + k] += change * change
        deviation = value - tuning.moments[replica, k, 0]
        tuning.moments[replica, k, 0] += deviation / total
        tuning.moments[replica, k, 1] += deviation * (value - tuning.moments[replica, k, 0])


@njit
def choose_length(replica: int, tuning: Tuning) -> None:
    """Keep the best of the lengths tried."""
    total = 0.0
    for arm in range(ARMS):
        if tuning.arms[replica, arm, 0] < _FEWEST:
            return
        total += tuning.arms[replica, arm, 0]
    best, choice, usual = 0.0, ARMS // 2, 0.0
    for arm in range(ARMS):
        trials, steps = tuning.arms[replica, arm, 0], tuning.arms[replica, arm, 1]
        worth = np.inf
        for k in range(2):
            variance = tuning.moments[replica, k, 1] / (total - 1.0)
            change = tuning.arms[replica, arm, 2 + k] / trials
            rho = max(1.0 - change / (2.0 * variance), 0.0) if variance > 0.0 else 0.0
            worth = min(worth, (1.0 - rho) / (1.0 + rho))
        worth *= trials / steps
        if arm == ARMS // 2:
            usual = worth
        if worth > best:
            best, choice = worth, arm
    if best < _CLEARLY * usual:
        return
    tuning.length[replica] = arm_length(tuning.length[replica], choice)


@njit
def freeze(replica: int, clocks: Clocks, tuning: Tuning, step: bool, length: bool) -> None:
    """End of the burn-in: take what was learnt, and count acceptance afresh."""
    if step:
        tuning.log_step[replica] = tuning.log_mean[replica]
    if length:
        choose_length(replica, tuning)
    clocks.before[replica] = clocks.accepted[replica] / clocks.tried[replica]
    clocks.accepted[replica] = 0.0
    clocks.tried[replica] = 0
