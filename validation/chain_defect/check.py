"""Entanglement across a defect: the exact relation of the spectra, at all times, and the effective central charge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from physent.core import gaussian
from physent.evidence import Case, Claim
from physent.theory import entanglement as theory

Floats = NDArray[np.float64]

RELATION = "Peschel and Eisler 2012, doi 10.1088/1751-8113/45/15/155301: z'(1 - z') = s^2 z(1 - z)"
MOVING = "Eisler and Peschel 2012, doi 10.1209/0295-5075/99/20001: the same relation at all times"
COEFFICIENT = "Eisler and Peschel 2010, doi 10.1002/andp.201000055"
KNOWN = {0.3: 0.174900, 0.6: 0.533694, 0.9: 0.996561}


def defect(half: int, s: float) -> dict[str, Any]:
    """A chain of twice ``half`` sites with a conformal defect; s = 1: none."""
    reflected = float(np.sqrt(1 - s * s))
    places = [
        {"bond": half - 1, "value": s},
        {"site": half - 1, "value": -reflected / 2},
        {"site": half, "value": reflected / 2},
    ]
    return {"parameters.n": 2 * half, "parameters.defects": places, "diagnostics.0.blocks": [[0, half - 1]]}


def joined(half: int, s: float) -> dict[str, Any]:
    """Two ground states of plain chains, until at time 10 the defect joins them."""
    apart = {"parameters.cut": [half - 1], "parameters.defects": []}
    change = {"at": 10.0, "set": {"cut": [], "defects": defect(half, s)["parameters.defects"]}}
    return defect(half, s) | apart | {"protocol": [change]}


def spectrum(covariance: Floats, half: int) -> Floats:
    """Products z (1 - z) of the half, ascending."""
    z = gaussian.occupations(gaussian.block(covariance, np.arange(half)))
    return np.sort(z * (1 - z))


def check(case: Case) -> Iterator[Claim]:
    """Static and moving relations, the entropies, and their growth with the size."""
    half = 100
    plain, moving = case.run(set=defect(half, 1.0)), case.run(set=joined(half, 1.0))
    for s, known in KNOWN.items():
        run, quench = case.run(set=defect(half, s)), case.run(set=joined(half, s))
        before, after = (spectrum(one["covariance"].values[0, 0], half) for one in (plain, run))
        yield Claim(
            claim=f"defect s = {s}: largest deviation of a level of the half from the relation",
            source=RELATION,
            expected=0.0,
            measured=float(np.abs(after - s * s * before).max()),
            tolerance=1e-12,
            reason="rounding of eigenvalues",
            basis="exact",
        )
        yield Claim(
            claim=f"defect s = {s}: entropy of one half of 200 sites",
            source=f"computed before by another program; {RELATION}",
            expected=known,
            measured=float(run["s_von_neumann"].values[0, 0, 0]),
            tolerance=1e-6,
            reason="six digits are known",
            basis="simulated",
        )
        worst = max(
            float(np.abs(spectrum(one, half) - s * s * spectrum(other, half)).max())
            for one, other in zip(quench["covariance"].values[2:, 0], moving["covariance"].values[2:, 0], strict=True)
        )
        yield Claim(
            claim=f"defect s = {s}, two ground states joined: the same 10 to 30 later",
            source=MOVING,
            expected=0.0,
            measured=worst,
            tolerance=1e-11,
            reason="rounding of eigenvalues",
            basis="exact",
        )
    sizes = (100, 200, 400) if case.full else (50, 100, 200)
    for s in KNOWN:
        yield from _growth(case, s, defect, sizes, f"defect s = {s}", theory.defect_coefficient(s))
    ratio = 0.5
    yield from _growth(case, ratio, bond, sizes, f"bond of hopping {ratio}",
                       theory.defect_coefficient(theory.bond_transmission(ratio)))  # fmt: skip


def bond(half: int, ratio: float) -> dict[str, Any]:
    """One bond of another hopping."""
    places = [{"bond": half - 1, "value": ratio}]
    return {"parameters.n": 2 * half, "parameters.defects": places, "diagnostics.0.blocks": [[0, half - 1]]}


def _growth(case: Case, s: float, make: Any, sizes: tuple[int, ...], what: str, exact: float) -> Iterator[Claim]:
    """6 dS/d ln L between doublings; their differences halve, and one step of Richardson removes them."""
    start = {"schedule.until": 1.0, "schedule.every": 1.0, "output.fields": "none"}
    entropies = [case.run(set=make(half, s) | start)["s_von_neumann"].values[0, 0, 0] for half in sizes]
    slopes = 6 * np.diff(entropies) / np.log(2)
    found = float(2 * slopes[1] - slopes[0])
    yield Claim(
        claim=f"{what}: effective central charge, extrapolated from half chains of {', '.join(map(str, sizes))} sites",
        source=COEFFICIENT,
        expected=exact,
        measured=found,
        tolerance=2e-3,
        reason="the next term of the expansion in 1/L, 4e-4 at 200 sites",
        basis="exact",
    )
