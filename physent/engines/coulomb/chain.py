"""Data of chains for kernels: clock and adaptation of each, rows of its positions and momenta, common settings."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

ARMS = 5
"""Number of trajectory lengths that a burn-in tries."""

BATCHES = 32
"""Batches of draws whose virials are summed: neighbours are merged when all are full."""

CHAIN = np.dtype(
    [
        ("draw", np.int64),  # completed trajectories, counted from minus the burn-in
        ("left", np.int64),  # remaining leapfrog steps of this trajectory; 0 between two
        ("step", np.float64),  # leapfrog step of this trajectory, jitter included
        ("total", np.float64),  # beta E plus kinetic energy at its start
        ("energy", np.float64),  # E of the current sample
        ("accepted", np.float64),  # sum of acceptance probabilities since draw 0 (during the burn-in: since its start)
        ("tried", np.int64),  # number of them
        ("before", np.float64),  # mean acceptance probability of the burn-in; NaN during it
        ("stayed", np.int64),  # trajectories rejected since one was accepted
        ("longest", np.int64),  # most of them in a row, since the same draw as `tried`
        ("noted", np.int64),  # draws since draw 0 whose virial has been noted
        ("batch", np.int64),  # draws of a batch
        ("virial", np.float64, (BATCHES,)),  # sum of the virial over each batch
        # Adaptation, frozen from draw 0 on.
        ("log_step", np.float64),
        ("log_mean", np.float64),  # its average, which is frozen
        ("length", np.float64),  # of a trajectory, in time
        ("last", np.float64, (2,)),  # trap energy and energy of the sample
        ("moments", np.float64, (2, 2)),  # running mean of `last`, and sum of squared deviations from it
        ("arms", np.float64, (ARMS, 4)),  # trials, leapfrog steps, and sums of squared changes of `last`
    ]
)
"""Clock and adaptation of one chain: one kernel argument instead of fourteen, which would all be unpacked per call."""

POSITION, FORCE, TRIAL, TRIAL_FORCE, MOMENTUM = range(5)


class Settings(NamedTuple):
    """Settings of all chains of a config."""

    start: int  # clock at the start: minus the burn-in
    log_start: float  # logarithm of the initial step
    adapt_step: bool
    adapt_length: bool
