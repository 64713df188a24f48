"""Linear systems out of equilibrium: a force that turns, and two baths; entropy production, covariance, swept area."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from physent.evidence import Case, Claim, of_mean
from physent.theory import linear

SETTLED = 6.0
STEP = 0.02
SYSTEMS: tuple[tuple[str, str, Any, Any, Any], ...] = (
    # Name, config, drift A, diffusion D, covariance of the start.
    ("rotational force", "rotational.yaml", linear.rotational_trap(1.0, 1.5), [1.0, 1.0], np.eye(2)),
    (
        "gyrator",
        "langevin/brownian_gyrator",
        linear.gyrator(1.0, 0.6),
        [1.0, 3.0],
        2.0 * np.linalg.inv([[1.0, 0.6], [0.6, 1.0]]),
    ),
)
EXACT = "derived: physent.theory.linear, from the covariance by Lyapunov's equation"
CURL = "derived: physent.theory.linear.trapezoid_entropy_production, of paths sampled at the step"
# Heun has weak order 2; at this step the relative error of a rate is below (h Omega)^2.
SECOND_ORDER = 1e-3


def check(case: Case) -> Iterator[Claim]:
    """Steady rates in drift and trapezoid form, area, covariance, and the entropy of the system; two seeds if full."""
    for seed in (1, 2) if case.full else (1,):
        for name, config, drift, diffusion, start in SYSTEMS:
            size = {"replicas": 4000 if case.full else 400, "parameters.n": 10, "output.fields": "all"}
            run = case.run(config, {"seed": seed, "schedule": {"until": 20.0, "every": 1.0}, **size})
            yield from _steady(run.sel(time=slice(SETTLED, None)), name, drift, diffusion, start, seed)


def _steady(run: Any, name: str, drift: Any, diffusion: Any, start: Any, seed: int) -> Iterator[Claim]:
    n = run.sizes["particle"]
    rates = {
        "epr_drift": (linear.entropy_production(drift, diffusion), EXACT),
        "epr_trapezoid": (linear.trapezoid_entropy_production(drift, diffusion, STEP), CURL),
    }
    for rate, (expected, source) in rates.items():
        values = run[rate].mean("time").values / n
        bias = SECOND_ORDER * expected
        yield of_mean(f"{name}: {rate} per particle, seed {seed}", values, expected, source, "derived", bias)
    area = run.area_rate.mean("time").values[:, 0]
    expected = linear.area_rates(drift, diffusion)[0, 1]
    yield of_mean(f"{name}: area rate, seed {seed}", area, expected, EXACT, "derived", SECOND_ORDER * abs(expected))
    covariance = linear.stationary_covariance(drift, diffusion)
    for i, j in ((0, 0), (0, 1), (1, 1)):
        x, y = run.position.isel(axis=i), run.position.isel(axis=j)
        product = (x * y).mean(("time", "particle")).values
        bias = SECOND_ORDER * abs(covariance[i, j])
        yield of_mean(f"{name}: <x_{i} x_{j}>, seed {seed}", product, covariance[i, j], EXACT, "derived", bias)
    entropy = run.entropy_system.mean("time").values / n
    expected = linear.system_entropy(covariance) - linear.system_entropy(start)
    yield of_mean(
        f"{name}: entropy of the system since the start, seed {seed}", entropy, expected, EXACT, "derived", 2e-3
    )
