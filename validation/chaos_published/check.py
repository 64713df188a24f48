"""Published Lyapunov exponents and dimensions of the Henon and Lorenz attractors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from physent.evidence import Case, Claim, of_mean

BARE: dict[str, Any] = {"diagnostics": [], "output.fields": "none", "replicas": 32}
SPROTT = "Sprott 2003, Chaos and Time-Series Analysis, appendix A"
VISWANATH = "Viswanath 1998 (thesis, Cornell) and Sprott 2003"
ROUNDED = 5e-6


def check(case: Case) -> Iterator[Claim]:
    """Means over 32 replicas; two seeds if full."""
    for seed in (1, 2) if case.full else (1,):
        steps = 200_000 if case.full else 40_000
        henon = case.run("chaos/henon", {**BARE, "seed": seed, "schedule": {"until": steps, "every": steps}})
        yield from _of("Henon", henon.isel(time=-1), seed, SPROTT, (0.41922, -1.62319), 1.25827)
        length = 2000.0 if case.full else 400.0
        changes = {"schedule": {"until": length, "every": length}, "parameters.step": 0.02}
        lorenz = case.run("chaos/lorenz", {**BARE, "seed": seed, **changes})
        yield from _of("Lorenz", lorenz.isel(time=-1), seed, VISWANATH, (0.90566, 0.0, -14.57233), 2.06215)


def _of(name: str, end: Any, seed: int, source: str, exponents: tuple[float, ...], dimension: float) -> Iterator[Claim]:
    for index, expected in enumerate(exponents):
        values = end.lyapunov.values[:, index]
        yield of_mean(f"{name}: exponent {index + 1}, seed {seed}", values, expected, source, "published", ROUNDED)
    values = end.kaplan_yorke_dimension.values
    yield of_mean(f"{name}: Kaplan-Yorke dimension, seed {seed}", values, dimension, source, "published", ROUNDED)
