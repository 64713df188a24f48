"""The law of an ensemble of runs: the master equation by uniformization, a sum of positive terms.

exp(L t) p = sum_k Poisson(k; r t) (1 + L/r)^k p for r at least the largest rate of leaving a state (Jensen (1953),
Skand. Aktuarietidskr. 36, 87, doi 10.1080/03461238.1953.10419459). Without cancellation, the probability of a rare
state keeps its relative accuracy, and so does its logarithm.
"""

from __future__ import annotations

import numpy as np

from physent.core.jit import njit
from physent.typing import Floats, Integers

MOST_AT_ONCE = 16.0  # r t of one sum: exp(-r t) is far from underflow
ENOUGH = 1e-30  # weight at which a sum ends


@njit
def evolve(ends: Integers, rates: Floats, law: Floats, time: float) -> Floats:
    """Law (n,) after ``time``, from channels (m, 2) and their rates (m, 2), forward and backward; new array.

    It ends early when the law no longer changes to round-off.
    """
    leaving = np.zeros(len(law))
    for c in range(len(ends)):
        leaving[ends[c, 0]] += rates[c, 0]
        leaving[ends[c, 1]] += rates[c, 1]
    fastest = leaving.max()
    parts = int(np.ceil(fastest * time / MOST_AT_ONCE))
    p = law.copy()
    if parts == 0:
        return p
    mean = fastest * time / parts
    for _ in range(parts):
        weight = total = np.exp(-mean)
        power, after = p.copy(), weight * p
        k = 0
        while k < mean or weight > ENOUGH:
            k += 1
            weight *= mean / k
            total += weight
            then = power * (1.0 - leaving / fastest)
            for c in range(len(ends)):
                i, j = ends[c, 0], ends[c, 1]
                then[j] += power[i] * (rates[c, 0] / fastest)
                then[i] += power[j] * (rates[c, 1] / fastest)
            power = then
            after += weight * then
        after /= total
        change = np.abs(after - p).max()
        p = after
        if change <= 1e-15 * p.max():
            break
    return p
