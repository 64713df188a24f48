"""Two gases mix: -ln q per disc of each, and nothing for an observer who cannot tell them apart (Gibbs)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from physent.evidence import Case, Claim
from physent.theory import mixtures

MIXING = "exact: ideal entropy of mixing at equal temperature and pressure; Gibbs 1876"
GIBBS = "Gibbs 1876, On the equilibrium of heterogeneous substances: no entropy of mixing of a gas with itself"


def check(case: Case) -> Iterator[Claim]:
    """Halves, unequal parts, and masses that differ."""
    for seed in (1, 2) if case.full else (1,):
        tag = f", seed {seed}" if seed > 1 else ""
        yield from _mixed(case, "halves", (0.5, 0.5), (1.0, 1.0), seed, tag)
        yield from _mixed(case, "a quarter and the rest, masses 4 and 1", (0.25, 0.75), (4.0, 1.0), seed, tag)


def _mixed(
    case: Case, title: str, share: tuple[float, float], mass: tuple[float, float], seed: int, tag: str
) -> Iterator[Claim]:
    listed = [{"n": round(1000 * q), "mass": m} for q, m in zip(share, mass, strict=True)]
    changes = {"parameters.species": listed, "initial.fractions": list(share)}
    run = case.run(set={"seed": seed, "replicas": 400 if case.full else 100, **changes})
    rows = {
        f"first, q = {share[0]:g}": ("each", (0,), mixtures.mixing_entropy(share[0]), MIXING),
        f"second, q = {share[1]:g}": ("each", (1,), mixtures.mixing_entropy(share[1]), MIXING),
        "both": ("total", (), np.dot(share, mixtures.mixing_entropy(share)), MIXING),
    }
    if mass[0] == mass[1]:
        rows["both, not told apart"] = ("ignored", (), 0.0, GIBBS)
    for what, (name, species, expected, source) in rows.items():
        error = float(run[f"{name}_se"].values[(-1, *species)])
        yield Claim(
            claim=f"{title}: rise of the entropy per disc, {what}{tag}",
            source=source,
            expected=float(expected),
            measured=float(run[name].values[(-1, *species)]),
            tolerance=0.005 + 5 * error,
            reason="pooled cells that hold few discs, 0.005; five standard errors",
            basis="exact",
            standard_error=error,
        )
