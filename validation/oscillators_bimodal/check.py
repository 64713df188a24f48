"""Two groups of oscillators that pull each other along: order, velocities, and the entropy that they produce."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from physent.evidence import Case, Claim
from physent.theory import kuramoto

COUPLING, NOISE, FREQUENCY, N = 2.0, 0.5, 0.45, 2000
RING = "Sakaguchi 1988, doi 10.1143/PTP.79.39, and Stratonovich's velocity on a tilted ring (physent.theory.kuramoto)"


def check(case: Case) -> Iterator[Claim]:
    """Order parameter; entropy production by the drift, by the trapezoid and by the turns that were counted."""
    both = (-FREQUENCY, FREQUENCY)
    order = kuramoto.order_of_frequencies(COUPLING, both, NOISE)
    produced = kuramoto.entropy_production(COUPLING, both, NOISE)
    for seed in (1, 2) if case.full else (1,):
        tag = "" if seed == 1 else f", seed {seed}"
        longer = {"schedule.until": 800.0, "replicas": 64} if case.full else {}
        run = case.run(set={"seed": seed, **longer})
        later = run.sel(time=slice(10.0, None))
        yield _claim(
            f"order parameter{tag}", order, later["order_parameter"].mean("time"), 0.003 if case.full else 0.006
        )
        for name in ("epr_drift", "epr_trapezoid"):
            rate = later[name].mean("time") / N
            yield _claim(f"{name} per oscillator{tag}", produced, rate, 0.02 if case.full else 0.12)
        angle = run["angle"] + 2 * np.pi * run["turns"]
        turned = (run["natural_frequency"] * (angle - angle[0])).sum("oscillator") / NOISE
        yield Claim(
            claim=f"dissipation against the angles with their turns, relative{tag}",
            source="exact: sum of omega_i times the angle turned, over D",
            expected=0.0,
            measured=float(abs(run["dissipation"] - turned).max() / abs(turned).max()),
            tolerance=1e-11,
            reason="round-off of the sums over steps",
            basis="exact",
        )


def _claim(what: str, expected: float, values: Any, tolerance: float) -> Claim:
    return Claim(
        claim=f"{what}, frequencies +-{FREQUENCY} at D = {NOISE}, K = {COUPLING:g}",
        source=RING,
        expected=expected,
        measured=float(values.mean()),
        tolerance=tolerance * expected,
        reason="terms of order 1/n, 13/n in the entropy production by runs of 250 and 500 oscillators, and the square "
        "of the step; four standard errors of the replicas",
        basis="derived",
        standard_error=float(values.std(ddof=1) / np.sqrt(values.size)),
    )
