"""Mixtures of discs in equilibrium: pressure and collision rates of each pair of species."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from physent.evidence import Case, Claim
from physent.theory import mixtures

JENKINS = "Jenkins and Mancini 1987, J. Appl. Mech. 54, 27: contact values"


class Mix(NamedTuple):
    """Two species in the unit box."""

    title: str
    number: tuple[int, int]
    mass: tuple[float, float]
    diameter: tuple[float, float]
    allowed: tuple[float, float, float]  # error of the contact value of large, unlike and small pairs


MIXES = (
    Mix("masses 100 and 1, diameters 2 and 1, phi = 0.393", (1000, 1000), (100.0, 1.0), (0.02, 0.01), (0.02,) * 3),
    Mix("masses 10 and 1, diameters 3 and 1, phi = 0.471", (500, 1500), (10.0, 1.0), (0.03, 0.01), (0.05, 0.03, 0.02)),
)


def check(case: Case) -> Iterator[Claim]:
    """Two mixtures, dense and unlike."""
    for seed in (1, 2) if case.full else (1,):
        tag = f", seed {seed}" if seed > 1 else ""
        for index, mix in enumerate(MIXES if case.full else MIXES[:1]):
            yield from _mixture(case, mix, seed, tag, index)


def _mixture(case: Case, mix: Mix, seed: int, tag: str, index: int) -> Iterator[Claim]:
    number, mass, diameter = (np.array(column, float) for column in mix[1:4])
    temperature = np.ones(2)
    rates = mixtures.collision_rates(number, diameter, mass, temperature)
    until = (100.0 if case.full else 25.0) / float(rates[1].sum())
    listed = [{"n": int(n), "mass": m, "size": d / diameter[1]} for n, m, d in zip(number, mass, diameter, strict=True)]
    run = case.run(
        set={
            "seed": seed,
            "parameters": {"n": int(number.sum()), "diameter": float(diameter[1]), "species": listed},
            "schedule": {"until": until, "every": until},
        }
    )
    z = run["compressibility_factor"].values[-1]
    expected = mixtures.compressibility_factor(number, diameter)
    yield Claim(
        claim=f"{mix.title}: P V / N T from the virial{tag}",
        source=JENKINS,
        expected=expected,
        measured=float(z.mean()),
        tolerance=0.01 * expected,
        reason="the formula is accurate to 0.5 %; five standard errors",
        basis="published",
        standard_error=float(z.std(ddof=1) / np.sqrt(z.size)),
    )
    found = run["collisions_by_pair"].values[-1] * (1 + np.eye(2)) / (number[:, None] * until)
    for (a, b), what, allowed in zip(((0, 0), (0, 1), (1, 1)), ("large", "unlike", "small"), mix.allowed, strict=True):
        ratio = found[:, a, b] / rates[a, b]
        yield Claim(
            claim=f"{mix.title}: collision rate of {what} discs over sqrt(2 pi) n_b sigma_ab chi_ab w_ab{tag}",
            source=f"derived: theory.mixtures.collision_rates; {JENKINS}",
            expected=1.0,
            measured=float(ratio.mean()),
            tolerance=allowed,
            reason="error of the contact value; five standard errors",
            basis="derived",
            standard_error=float(ratio.std(ddof=1) / np.sqrt(ratio.size)),
        )
