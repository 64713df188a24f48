"""A particle driven round a corrugated ring: its velocity, what it dissipates, and how it spreads."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from physent.evidence import Case, Claim, chance, of_mean
from physent.theory import tilted_ring

HEIGHT, FORCE, T, SETTLED, LAST = 1.0, 0.7, 0.5, 10.0, 50.0
STRATONOVICH = "Stratonovich 1967, as in physent.theory.tilted_ring.velocity_in_cosine"
REIMANN = "Reimann et al. 2001, doi 10.1103/PhysRevLett.87.010602, as in physent.theory.tilted_ring.effective_diffusion"
BARATO = "Barato and Seifert 2015, doi 10.1103/PhysRevLett.114.158101, with the exact velocity and diffusion"


def check(case: Case) -> Iterator[Claim]:
    """Velocity, both forms of the entropy production, diffusion, and the uncertainty ratio; two seeds if full."""
    velocity = tilted_ring.velocity_in_cosine(HEIGHT, FORCE, T)
    diffusion = tilted_ring.effective_diffusion(tilted_ring.cosine(HEIGHT), FORCE, T)
    produced = tilted_ring.entropy_production(velocity, FORCE, T)
    for seed in (1, 2) if case.full else (1,):
        replicas = 4000 if case.full else 800
        more = {"seed": seed, "replicas": replicas, "parameters.n": 20, "schedule.every": 10.0}
        run = case.run("langevin/driven_ring", more)
        later = run.sel(time=slice(SETTLED + 1, None))
        n = run.sizes["particle"]
        moved = later.current.mean("time").values[:, 0]
        yield of_mean(f"velocity, seed {seed}", moved, velocity, STRATONOVICH)
        for name in ("epr_drift", "epr_trapezoid"):
            rate = later[name].mean("time").values / n
            yield of_mean(f"{name} per particle, seed {seed}", rate, produced, STRATONOVICH)
        one, other = (_spread(run, time, velocity) for time in (SETTLED, LAST))
        spread = (other - one) / (2 * (LAST - SETTLED))
        yield of_mean(f"effective diffusion, seed {seed}", spread, diffusion, REIMANN)
        ratio = float(spread.mean() * rate.mean() / moved.mean() ** 2)
        parts = [
            (v.std(ddof=1) / v.mean() / math.sqrt(replicas) * p) ** 2 for v, p in ((spread, 1), (rate, 1), (moved, 2))
        ]
        error = ratio * math.sqrt(sum(parts))
        yield Claim(
            claim=f"ratio of the uncertainty relation, D_eff sigma/v^2, at least 1, seed {seed}",
            source=BARATO,
            expected=tilted_ring.uncertainty_ratio(velocity, diffusion, produced),
            measured=ratio,
            tolerance=chance((error, replicas)),
            reason="5 standard errors, from those of diffusion, rate and velocity",
            basis="exact",
            standard_error=error,
        )


def _spread(run: object, time: float, velocity: float) -> np.ndarray:
    """Mean over the particles of (x(t) - x(0) - v t)^2, (replica,)."""
    now = run.sel(time=time, method="nearest")  # type: ignore[attr-defined]
    away = velocity * time
    return np.asarray(now.mean_square_displacement.values - 2 * away * now.displacement.values[:, 0] + away**2)
