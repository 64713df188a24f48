"""Mass, momentum and energy through a two-soliton collision."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from physent.evidence import Case, Claim
from physent.theory import solitons

SOURCE = "Zakharov and Shabat 1972, Sov. Phys. JETP 34, 62"
SPLITTING: dict[str, str | float] = {"parameters.method": "rkn4", "parameters.step": 0.01}
ADAPTIVE = "local tolerance 1e-12: an error of psi moves mass and energy by less than itself, momentum by k times that"
KEPT = "a splitting keeps mass and momentum to round-off"
MODIFIED = "a splitting keeps an energy that differs from the true one by about step^4 = 1e-8, in the collision most"
# Method, changes of the config, invariant, its largest drift over the run and at the end, reason.
DRIFTS: tuple[tuple[str, dict[str, str | float], str, float, float, str], ...] = (
    ("if_dop853", {}, "mass", 1e-12, 1e-12, ADAPTIVE),
    ("if_dop853", {}, "momentum", 1e-12, 1e-12, ADAPTIVE),
    ("if_dop853", {}, "energy", 1e-12, 1e-12, ADAPTIVE),
    ("rkn4, step 0.01", SPLITTING, "mass", 1e-12, 1e-12, KEPT),
    ("rkn4, step 0.01", SPLITTING, "momentum", 1e-12, 1e-12, KEPT),
    ("rkn4, step 0.01", SPLITTING, "energy", 1e-8, 1e-10, MODIFIED),
)


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
    for what, changes, name, largest, last, reason in DRIFTS:
        series = case.run(set=changes)[name].values[:, 0]
        drift[f"{name}, {what}"] = np.abs(series / series[0] - 1)
        for when, tolerance, measured in (
            ("largest relative drift to t = 10", largest, drift[f"{name}, {what}"].max()),
            ("relative drift at t = 10, after the collision", last, drift[f"{name}, {what}"][-1]),
        ):
            yield Claim(
                claim=f"{what}: {when}, {name}",
                source=SOURCE,
                expected=0.0,
                measured=float(measured),
                tolerance=tolerance,
                reason=reason,
                basis="exact",
            )
    yield from _truncated(case)
    with case.figure("drift") as figure:
        axes = figure.subplots()
        for label, series in drift.items():
            axes.semilogy(run["time"][1:], np.maximum(series[1:], 1e-17), label=label)
        axes.set(xlabel="time", ylabel="relative drift", title="Invariants through a collision")
        axes.legend(fontsize="small")


def _truncated(case: Case) -> Iterator[Claim]:
    """Drifts of a wave that the grid cuts off, from runs of four seeds of noise."""
    run = case.run("truncated.yaml")
    for name in ("mass", "momentum", "energy"):
        series = run[name].values
        yield Claim(
            claim=f"unresolved wave, dealias half: largest relative drift to t = 5, {name}",
            source="derived: the equation projected on some modes is Hamilton's, with the same symmetries",
            expected=0.0,
            measured=float(np.abs(series / series[0] - 1).max()),
            tolerance=1e-11,
            reason="local tolerance 1e-12 per unit time over 5 units; aliases would change the momentum by half",
            basis="exact",
        )
