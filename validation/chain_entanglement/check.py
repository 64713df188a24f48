"""Entanglement of ground states: fermions, Ising spins and oscillators against closed forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from physent.evidence import Case, Claim
from physent.theory import entanglement as theory

JIN_KOREPIN = "Jin and Korepin 2004, doi 10.1023/B:JOSS.0000037230.37166.42"
IGLOI = "Igloi and Juhasz 2008, doi 10.1209/0295-5075/81/57003: S_Ising(L) = S_XX(2 L)/2 at the critical point"
CTM = "corner transfer matrices, Peschel 2004, doi 10.1088/1742-5468/2004/12/P12005"
PESCHEL_CHUNG = "corner transfer matrices, Peschel and Chung 1999, doi 10.1088/0305-4470/32/48/305"
FINITE = "half of 200 sites, correlation length below 7"


def entropy(case: Case, blocks: list[list[int]], changes: Mapping[str, Any]) -> Any:
    """Von Neumann entropies of blocks at the first sample."""
    found = case.run(set={"diagnostics.0.blocks": blocks, **changes})
    return found["s_von_neumann"].values[0, 0]


def check(case: Case) -> Iterator[Claim]:
    """Infinite, critical, gapped, and a chain of two."""
    for length, tolerance in ((10, 2e-4), (100, 2e-6), (400, 1.3e-7)):
        yield Claim(
            claim=f"free fermions, infinite chain at half filling: entropy of {length} sites",
            source=JIN_KOREPIN,
            expected=theory.jin_korepin(length),
            measured=theory.block_of_fermions(length),
            tolerance=tolerance,
            reason="the next term of the asymptotic form is of order 1/L^2: -0.017/L^2",
            basis="published",
        )
    yield from _ring(case)
    for field in (0.5, 0.8, 1.25, 2.0):
        model = {"kind": "ising", "field": field}
        yield Claim(
            claim=f"Ising chain, field {field}: entropy of one half",
            source=CTM,
            expected=theory.half_ising(field),
            measured=float(entropy(case, [[0, 99]], {"parameters.model": model})[0]),
            tolerance=1e-9,
            reason=FINITE,
            basis="exact",
        )
    for k in (0.3, 0.5, 0.7):
        model = {"kind": "oscillators", "stiffness": k, "pinning": 1 - k}
        yield Claim(
            claim=f"oscillators, stiffness {k}, pinning {1 - k:g}: entropy of one half",
            source=PESCHEL_CHUNG,
            expected=theory.half_oscillators(k),
            measured=float(entropy(case, [[0, 99]], {"parameters.model": model})[0]),
            tolerance=1e-9,
            reason=FINITE,
            basis="exact",
        )
    two = {"parameters.n": 2, "parameters.model": {"kind": "oscillators", "stiffness": 2.0, "pinning": 1.0}}
    yield Claim(
        claim="two oscillators: entropy of one",
        source="Srednicki 1993, doi 10.1103/PhysRevLett.71.666",
        expected=theory.two_oscillators(1.0, 2.0),
        measured=float(entropy(case, [[0, 0]], two)[0]),
        tolerance=1e-12,
        reason="rounding",
        basis="exact",
    )


def _ring(case: Case) -> Iterator[Claim]:
    """A ring of N spins of H = -sum sx sx - sum sz has the fermions of the even sector, whose M is that of hopping."""
    ring = {"parameters.boundary": "periodic", "parameters.n": 400}
    critical = entropy(case, [[0, 49]], {**ring, "parameters.model": {"kind": "ising", "field": 1.0}})[0]
    # Correlations of a ring of N with antiperiodic fermions, from the sum over momenta.
    n, length = 400, 50
    k = np.pi / n * (2 * np.arange(n) + 1 - n)
    theta = np.exp(1j * np.angle(1.0 - np.exp(1j * k)))
    gap = np.arange(length)[:, None] - np.arange(length)
    kernel = np.real(np.exp(1j * k * gap[..., None]) @ theta) / n
    z = 0.5 + 0.5 * np.linalg.svd(kernel, compute_uv=False)
    rest = 1 - z
    exact = -float((z * np.log(z) + rest * np.log(np.maximum(rest, 1e-300))).sum())
    yield Claim(
        claim="critical Ising ring of 400 spins: entropy of 50 sites",
        source="Vidal, Latorre, Rico and Kitaev 2003, doi 10.1103/PhysRevLett.90.227902: momentum sums",
        expected=exact,
        measured=float(critical),
        tolerance=1e-11,
        reason="rounding",
        basis="exact",
    )
    yield Claim(
        claim="critical Ising chain: entropy of 50 sites against half of that of 100 sites of free fermions",
        source=IGLOI,
        expected=theory.block_of_fermions(100) / 2,
        measured=_infinite(length),
        tolerance=1e-11,
        reason="rounding",
        basis="exact",
    )


def _infinite(length: int) -> float:
    """Entropy of a block of the infinite critical Ising chain: G_ij = 2/(pi (2 (i - j) + 1)) up to signs."""
    gap = np.arange(length)[:, None] - np.arange(length)
    z = 0.5 + 0.5 * np.linalg.svd(2 / (np.pi * (2 * gap + 1)), compute_uv=False)
    rest = 1 - z
    return -float((z * np.log(z) + rest * np.log(np.maximum(rest, 1e-300))).sum())
