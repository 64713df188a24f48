"""The chain of Euler has an exact path weight, so its integral fluctuation theorems hold at steps of any length."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from physent.evidence import Case, Claim, of_mean

STEPS = (0.3, 0.1, 0.03)
SOURCE = "derived: log-ratio of the Gaussian weights of a step, forward over backward, with any normalised p(end)"
STIFFNESS, T, SPEED, RATE = 1.3, 1.0, 1.0, 0.9


def check(case: Case) -> Iterator[Claim]:
    """<exp(-s) p(end)/p(start)> = 1 for active particles in a trap, u even and odd, and for a dragged trap."""
    for seed in (1, 2) if case.full else (1,):
        replicas = 60_000 if case.full else 12_000
        for step in STEPS:
            more = {
                "seed": seed,
                "replicas": replicas,
                "schedule": {"until": 0.9, "every": 0.9},
                "parameters.step": step,
            }
            active = {"parameters.n": 1, "parameters.integrator": "euler", "parameters.temperature": T}
            active |= {"parameters.propulsion.speed": SPEED, "output.fields": "all"}
            run = case.run("langevin/abp_trap", {**more, **active})
            # Propulsion stays in its steady state, which is that of the reversed path too. A Gaussian for the end.
            wide = T / STIFFNESS + SPEED**2 / (2 * STIFFNESS * (STIFFNESS + RATE))
            ends = _gaussian(run.position[1].values, wide, 0.0) - _gaussian(run.position[0].values, T / STIFFNESS, 0.0)
            for parity in ("even", "odd"):
                values = np.exp(ends - run[f"log_ratio_{parity}"][1].values)
                yield of_mean(f"abp in a trap, u {parity}, step {step}, seed {seed}", values, 1.0, SOURCE, "derived")
            run = case.run("dragged.yaml", more)
            ends = _gaussian(run.position[1].values, 1.0, 0.7) - _gaussian(run.position[0].values, 1.0, 0.0)
            values = np.exp(ends - run.log_ratio_even[1].values)
            yield of_mean(f"dragged trap, step {step}, seed {seed}", values, 1.0, SOURCE, "derived")


def _gaussian(position: Any, variance: float, center: float) -> np.ndarray:
    """Logarithm of a Gaussian density at ``position`` (replica, 1, axis), the centre along each axis; (replica,)."""
    x = position[:, 0] - center
    return np.asarray(-0.5 * ((x**2).sum(axis=1) / variance + x.shape[1] * math.log(2 * math.pi * variance)))
