"""One bright soliton crosses the box and keeps its shape, phase and invariants."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from physent.evidence import Case, Claim, relative_l2
from physent.theory import solitons

AMPLITUDE, POSITION, VELOCITY = 2.0, -10.0, 1.0
SOURCE = "Zakharov and Shabat 1972, Sov. Phys. JETP 34, 62"


def check(case: Case) -> Iterator[Claim]:
    """Error against A sech(A(x - x0 - vt)) exp(i(vx + (A^2 - v^2)t/2)), and the invariants of that wave."""
    run = case.run()
    psi, x, t = run["psi"].values[:, 0], run["x"].values, run["time"].values
    exact = solitons.soliton(x, t[:, None], AMPLITUDE, POSITION, VELOCITY)
    yield Claim(
        claim="largest error of psi over all samples to t = 20",
        source=SOURCE,
        expected=0.0,
        measured=float(np.abs(psi - exact).max()),
        tolerance=1e-9,
        reason="local tolerance 1e-12 a unit of time over 20 units, amplified linearly in t by the soliton's phase",
        basis="exact",
    )
    yield Claim(
        claim="relative L2 error of psi at t = 20",
        source=SOURCE,
        expected=0.0,
        measured=relative_l2(psi[-1], exact[-1]),
        tolerance=1e-9,
        reason="as for the largest error",
        basis="exact",
    )
    invariants = solitons.soliton_invariants(AMPLITUDE, VELOCITY)
    for name, value in invariants._asdict().items():
        yield Claim(
            claim=f"{name} at t = 0",
            source=f"{SOURCE}; integrals of powers of sech",
            expected=value,
            measured=float(run[name][0, 0]),
            tolerance=1e-12 * max(1.0, abs(value)),
            reason="trapezoidal sums of a wave resolved to round-off",
            basis="exact",
        )
    with case.figure("error") as figure:
        axes = figure.subplots()
        axes.semilogy(t[1:], np.abs(psi - exact).max(axis=1)[1:], "o-")
        axes.set(xlabel="time", ylabel="max |psi - exact|", title="Single soliton, A = 2, v = 1")
