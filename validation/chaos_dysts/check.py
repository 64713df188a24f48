"""Annotations of dysts 0.96 against the divergence of its own equations: they contradict it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from physent.evidence import Case, Claim

DYSTS = "dysts 0.96, chaotic_attractors.json: {} of {} (Gilpin 2021, arXiv:2110.05266)"
OSELEDETS = "Oseledets 1968: the sum of all exponents is the mean divergence, -(sigma + 1 + beta)"
LORENZ = {
    "kind": "equations",
    "evolution": "flow",
    "variables": {"x": "sigma*y - sigma*x", "y": "rho*x - x*z - y", "z": "x*y - beta*z"},
    "constants": {"beta": 2.667, "rho": 28.0, "sigma": 10.0},
}
SPECTRUM, LARGEST = (1.0910931847726466, 0.02994120961308413, -14.915552395875103), 0.8917098035724058
DIMENSION, ENTROPY = 2.075158758095728, 1.121034394385731
SHORT = (
    "an estimate from too short a time or too few vectors: its spectrum sums to -13.795, but the divergence of its "
    "equations is -13.667"
)


def check(case: Case) -> Iterator[Claim]:
    """The Lorenz equations of dysts as text: their exponents beside the annotation."""
    changes = {
        "replicas": 32,
        "parameters": {"system": LORENZ, "step": 0.02, "transient": 20.0},
        "initial": {"kind": "box", "low": [-10.0, -10.0, 15.0], "high": [10.0, 10.0, 35.0]},
        "schedule": {"until": 420.0, "every": 420.0},
        "diagnostics": [],
        "output.fields": "none",
    }
    end = case.run("chaos/lorenz", changes).isel(time=-1)
    total = float(end.lyapunov.sum("exponent").mean())
    yield Claim(
        "the equations of dysts: sum of our exponents", OSELEDETS, -13.667, total, 1e-5, "error of the step", "exact"
    )
    yield _annotated("sum of lyapunov_spectrum_estimated", sum(SPECTRUM), end.lyapunov.sum("exponent"), 0.01)
    for index, stated in enumerate(SPECTRUM):
        yield _annotated(f"exponent {index + 1} of lyapunov_spectrum_estimated", stated, end.lyapunov[:, index], 0.01)
    yield _annotated("maximum_lyapunov_estimated", LARGEST, end.lyapunov[:, 0], 0.01)
    yield _annotated("kaplan_yorke_dimension", DIMENSION, end.kaplan_yorke_dimension, 0.002)
    yield _annotated("pesin_entropy", ENTROPY, end.ks_entropy, 0.01)


def _annotated(what: str, stated: float, values: Any, tolerance: float) -> Claim:
    found = np.asarray(values)
    return Claim(
        claim=f"Lorenz: {what}",
        source=DYSTS.format(what, "Lorenz"),
        expected=stated,
        measured=float(found.mean()),
        tolerance=tolerance,
        reason="1 % of the largest exponent, and 0.1 % of the dimension",
        basis="published",
        standard_error=float(found.std(ddof=1) / np.sqrt(found.size)),
        difference=SHORT,
    )
