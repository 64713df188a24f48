"""Species of equal discs are the gas of one kind; units of mass do not matter; a mixture conserves and reverses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from physent.evidence import Case, Claim
from physent.theory import kinetic

SAME = "exact: the same equations of motion"
SCALED = "exact: masses m and temperatures m T give the same paths"
MIXED: dict[str, Any] = {
    "parameters": {
        "n": 500,
        "packing_fraction": 0.2,
        "species": [{"n": 100, "mass": 50.0, "size": 2.0, "temperature": 2.0}, {"n": 400, "temperature": 0.5}],
    },
}


def check(case: Case) -> Iterator[Claim]:
    """Paths of one species against those of a gas without species, rates by pair, conservation, return."""
    for seed in (1, 2) if case.full else (1,):
        tag = f", seed {seed}" if seed > 1 else ""
        yield from _same(case, seed, tag)
        yield from _rates(case, seed, tag)
        yield from _mechanics(case, seed, tag)


def _same(case: Case, seed: int, tag: str) -> Iterator[Claim]:
    plain = case.run(set={"seed": seed})
    one = case.run(set={"seed": seed, "parameters.species": [{"n": 500}]})
    heavy = {"parameters.species": [{"n": 500, "mass": 7.0}], "parameters.temperature": 7.0}
    seven = case.run(set={"seed": seed, **heavy})
    for what, source, other, tolerance, reason in (
        ("one species", SAME, one, 0.0, "the same operations on the same numbers"),
        (
            "one species of mass 7 at temperature 7",
            SCALED,
            seven,
            1e-9,
            "rounding times 2 ell/sigma per collision",
        ),
    ):
        yield Claim(
            claim=f"{what}: largest distance of a disc from its place in the gas without species{tag}",
            source=source,
            expected=0.0,
            measured=float(np.abs(other["position"].values - plain["position"].values).max()),
            tolerance=tolerance,
            reason=reason,
            basis="exact",
        )


def _rates(case: Case, seed: int, tag: str) -> Iterator[Claim]:
    n, phi, until = 1000, 0.05, 8.0
    species = [{"n": n // 2}, {"n": n // 2}]
    run = case.run(
        set={
            "seed": seed,
            "replicas": 32,
            "parameters": {"n": n, "packing_fraction": phi, "species": species},
            "schedule": {"until": until, "every": until},
            "output.fields": "none",
        }
    )
    rate = float(kinetic.collision_rate(n, kinetic.diameter_from_packing(phi, n)))
    pairs, all_of = run["collisions_by_pair"].values[-1], run["collisions"].values[-1]
    within = 0.25 * (n - 2) / (n - 1)  # pairs of one species among all
    values = {
        "rate of collisions of a disc over 2 sqrt(pi T) n sigma chi": (2 * all_of / (n * until * rate), 1.0),
        "share of collisions within the first": (pairs[:, 0, 0] / all_of, within),
        "share of collisions between the two": (pairs[:, 0, 1] / all_of, 1.0 - 2.0 * within),
        "share of collisions within the second": (pairs[:, 1, 1] / all_of, within),
    }
    for what, (value, expected) in values.items():
        yield Claim(
            claim=f"two species of equal discs, phi = {phi:g}: {what}{tag}",
            source="Enskog for discs: Gass 1971, doi 10.1063/1.1675116; N_a N_b pairs",
            expected=expected,
            measured=float(value.mean()),
            tolerance=0.005 * (expected if expected == 1.0 else 1.0),
            reason="chi is accurate to 0.2 % there, and terms of order 1/N; five standard errors",
            basis="derived",
            standard_error=float(value.std(ddof=1) / np.sqrt(value.size)),
        )


def _mechanics(case: Case, seed: int, tag: str) -> Iterator[Claim]:
    run = case.run(set={"seed": seed, **MIXED, "schedule": {"until": 2.0, "every": 0.5}, "output.fields": "none"})
    energy = run["kinetic_energy"].values
    for what, value in (
        ("energy, largest relative change", np.abs(energy / energy[0] - 1).max()),
        ("momentum over sqrt(N m T)", np.abs(run["momentum"].values).max() / np.sqrt(2 * energy[0].min() * 50.0)),
    ):
        yield Claim(
            claim=f"mixture of masses 50 and 1, diameters 2 and 1: {what}{tag}",
            source="exact: conserved",
            expected=0.0,
            measured=float(value),
            tolerance=1e-10,
            reason="rounding of some 1e5 collisions",
            basis="exact",
        )
    turned = [{"at": 0.1, "do": "reverse_velocities"}]
    back = case.run(set={"seed": seed, **MIXED, "schedule": {"until": 0.2, "every": 0.1}, "protocol": turned})
    position = back["position"].values
    apart = np.abs(position[-1] - position[0])
    yield Claim(
        claim=f"that mixture with all velocities reversed: median distance of the discs from their start, over L{tag}",
        source="exact: Hamiltonian dynamics is reversible",
        expected=0.0,
        measured=float(np.median(np.hypot(*np.moveaxis(np.minimum(apart, 1.0 - apart), -1, 0)))),
        tolerance=1e-9,
        reason="1e-16 times 2 ell/sigma per collision, 2 x 3 of a light disc",
        basis="exact",
    )
