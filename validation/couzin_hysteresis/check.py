"""Collective memory: the radius of orientation climbs and comes down again, and the school remembers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from physent.evidence import Case, Claim

SOURCE = "earlier simulation by an independent all-pairs code, 5 chains; effect: Couzin et al. 2002"
LADDER = np.concatenate([np.arange(1.0, 5.01, 0.5), np.arange(4.5, 0.99, -0.5)])
HELD, AVERAGED = 200.0, 50.0
SWARMING = 150.0  # a swarm is soon one again, and its polarisation fluctuates
# Radius of orientation: polarisation going down less that going up, rotation going up less that going down.
LOOP = {3.5: (0.764, 0.736), 4.0: (0.745, 0.756)}


def check(case: Case) -> Iterator[Claim]:
    """Means over the last 500 of 2000 steps at each radius, of the largest cluster; 4 chains, 20 in the full tier.

    At 4 the mill lives for a while only, and a chain may leave it on the way up: the tolerance is what two samples of
    chains can differ by.
    """
    for seed in (1, 2) if case.full else (1,):
        run = case.run("couzin/hysteresis", {"replicas": 20 if case.full else 4, "seed": seed})
        polarization, rotation = (_rungs(run, name) for name in ("largest_cluster_polarization", "rotation"))
        for radius, (aligned, milling) in LOOP.items():
            up, down = _rung(radius)
            yield _gap(
                f"polarisation at radius {radius} on the way down less on the way up, seed {seed}",
                aligned,
                polarization[down] - polarization[up],
                radius,
            )
            yield _gap(
                f"rotation at radius {radius} on the way up less on the way down, seed {seed}",
                milling,
                rotation[up] - rotation[down],
                radius,
            )
        first, *_, last = _rungs(run, "largest_cluster_polarization", SWARMING)
        difference = last - first
        yield Claim(
            claim=f"the loop is closed at radius 1: difference of polarisation, seed {seed}",
            source=SOURCE,
            expected=0.0,
            measured=float(difference.mean()),
            tolerance=0.1 if case.full else 0.15,
            reason="a swarm has no memory; 0.1, and 0.15 for few chains, whose standard error is 0.03",
            basis="simulated",
            standard_error=_error(difference),
        )
        if seed == 1:
            _figure(case, polarization, rotation)


def _rungs(run: Any, name: str, averaged: float = AVERAGED) -> np.ndarray:
    """Mean of each chain at the end of each rung, (rung, replica)."""
    ends = HELD * (1 + np.arange(LADDER.size))
    return np.array([run[name].sel(time=slice(end - averaged + 1e-9, end)).mean("time").values for end in ends])


def _rung(radius: float) -> tuple[int, int]:
    up, down = np.flatnonzero(np.isclose(LADDER, radius))
    return int(up), int(down)


def _error(values: np.ndarray) -> float:
    return float(values.std(ddof=1) / math.sqrt(values.size))


def _gap(claim: str, expected: float, values: np.ndarray, radius: float) -> Claim:
    error = _error(values)
    lasting = radius < 4.0
    return Claim(
        claim=claim,
        source=SOURCE,
        expected=expected,
        measured=float(values.mean()),
        tolerance=0.16 if lasting else max(0.15, 4 * error * math.sqrt(1 + values.size / 5)),
        reason="a gap above 0.6 is the effect"
        if lasting
        else "four standard errors of the difference between these chains and the earlier 5",
        basis="simulated",
        standard_error=error,
    )


def _figure(case: Case, polarization: np.ndarray, rotation: np.ndarray) -> None:
    turn = int(np.argmax(LADDER)) + 1
    with case.figure("loop", size=(8.0, 3.4)) as figure:
        panels = figure.subplots(1, 2, sharey=True)
        for axes, values, name in zip(panels, (polarization, rotation), ("polarisation", "rotation"), strict=True):
            for part, color, label in ((slice(0, turn), "C0", "up"), (slice(turn - 1, None), "C1", "down")):
                axes.plot(LADDER[part], values[part], color=color, lw=0.5, alpha=0.3)
                axes.plot(LADDER[part], values[part].mean(axis=1), "o-", color=color, ms=3, label=label)
            axes.set(xlabel="orientation radius", ylabel=name, ylim=(0, 1.02))
        panels[0].legend(frameon=False)
