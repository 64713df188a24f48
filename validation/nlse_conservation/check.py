"""Mass, momentum and energy through a two-soliton collision."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from physent.evidence import Case, Claim
from physent.theory import solitons

SOURCE = "Zakharov and Shabat 1972, Sov. Phys. JETP 34, 62"
SPLITTING = {"parameters.method": "rkn4", "parameters.step": 0.01, "parameters.tolerance": 1e-10}
DRIFTS = {
    "if_dop853": (
        {},
        {"mass": 1e-12, "momentum": 1e-11, "energy": 1e-12},
        "local tolerance 1e-12: an error of psi moves mass and energy by less than itself, momentum by k times that",
    ),
    "rkn4 with step 0.01": (
        SPLITTING,
        {"mass": 1e-12, "momentum": 1e-11, "energy": 1e-10},
        "a splitting keeps mass and momentum to round-off, and an energy that differs from the true one as step^4",
    ),
}


def check(case: Case) -> Iterator[Claim]:
    """The sums of the solitons' own invariants at the start, and the largest drift from it for two methods."""
    one, two = solitons.soliton_invariants(2.0, 2.0), solitons.soliton_invariants(1.5, -2.0)
    exact = {name: getattr(one, name) + getattr(two, name) for name in one._fields}
    run = case.run()
    for name, value in exact.items():
        yield Claim(
            claim=f"{name} at t = 0",
            source=SOURCE,
            expected=value,
            measured=float(run[name][0, 0]),
            tolerance=1e-11,
            reason="sums over a wave resolved to round-off, with spectral derivatives; tails of 1e-13 overlap",
            basis="exact",
        )
    drift = {}
    for what, (changes, tolerances, reason) in DRIFTS.items():
        run = case.run(set=changes)
        for name, tolerance in tolerances.items():
            series = run[name].values[:, 0]
            drift[what, name] = np.abs(series / series[0] - 1)
            yield Claim(
                claim=f"{what}: largest relative drift of {name} to t = 10",
                source=SOURCE,
                expected=0.0,
                measured=float(drift[what, name].max()),
                tolerance=tolerance,
                reason=reason,
                basis="exact",
            )
    with case.figure("drift") as figure:
        axes = figure.subplots()
        for (what, name), series in drift.items():
            axes.semilogy(run["time"][1:], np.maximum(series[1:], 1e-17), label=f"{name}, {what}")
        axes.set(xlabel="time", ylabel="relative drift", title="Invariants through a collision")
        axes.legend(fontsize="small")
