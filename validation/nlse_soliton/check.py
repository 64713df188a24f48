"""One bright soliton crosses the box and keeps its shape, phase and invariants; another swings in a trap."""

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
        reason="local tolerance 1e-12 per unit time over 20 units, amplified linearly in t by the soliton's phase",
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
    yield from _any_length(case)
    yield from _trap(case)
    with case.figure("error") as figure:
        axes = figure.subplots()
        axes.semilogy(t[1:], np.abs(psi - exact).max(axis=1)[1:], "o-")
        axes.set(xlabel="time", ylabel="max |psi - exact|", title="Single soliton, A = 2, v = 1")


def _any_length(case: Case) -> Iterator[Claim]:
    """The same soliton on a grid whose number of points is no power of two, by both kinds of method."""
    for changes in ({}, {"parameters.method": "rkn6", "parameters.tolerance": 1e-10, "parameters.step": 0.005}):
        run = case.run(set={"parameters.points": 500, "schedule.until": 5.0, **changes})
        exact = solitons.soliton(run["x"].values, 5.0, AMPLITUDE, POSITION, VELOCITY)
        yield Claim(
            claim=f"500 points, {run.attrs['method']}: largest error of psi at t = 5",
            source=SOURCE,
            expected=0.0,
            measured=float(np.abs(run["psi"].values[-1, 0] - exact).max()),
            tolerance=1e-9,
            reason="as for the largest error; the splitting of order 6 is below it at this step",
            basis="exact",
        )


def _trap(case: Case) -> Iterator[Claim]:
    """A soliton that starts at rest at 3, in U = x^2/2."""
    run = case.run("trap.yaml")
    x, t = run["x"].values, run["time"].values
    intensity = np.abs(run["psi"].values[:, 0]) ** 2
    centre = (intensity * x).sum(axis=1) / intensity.sum(axis=1)
    yield Claim(
        claim="trap of frequency 1: largest distance of the centre of mass from 3 cos t",
        source="Dobson 1994, doi 10.1103/PhysRevLett.73.2244; derived: |psi|^2 exerts no force on its own centre",
        expected=0.0,
        measured=float(np.abs(centre - 3.0 * np.cos(t)).max()),
        tolerance=1e-9,
        reason="as for the largest error of psi",
        basis="exact",
    )
    split = case.run("trap.yaml", {"parameters.method": "rkn6", "parameters.step": 0.005})
    yield Claim(
        claim="trap of frequency 1: relative L2 distance of the waves of rkn6 and if_dop853 at t = 6",
        source="derived: two methods of one equation",
        expected=0.0,
        measured=relative_l2(split["psi"].values[-1, 0], run["psi"].values[-1, 0]),
        tolerance=1e-9,
        reason="as for the largest error of psi; the splitting of order 6 is below it at this step",
        basis="exact",
    )
    free = solitons.soliton_invariants(AMPLITUDE, 0.0)
    energy = run["energy"].values[:, 0]
    # The intensity A^2 sech^2(A (x - 3)) has the variance pi^2 / (12 A^2).
    exact = free.energy + 0.5 * free.mass * (3.0**2 + np.pi**2 / (12 * AMPLITUDE**2))
    yield Claim(
        claim="trap of frequency 1: energy at t = 0",
        source=f"{SOURCE}; derived: U weighted by the intensity, mass (x0^2 + pi^2 / 12 A^2) / 2",
        expected=float(exact),
        measured=float(energy[0]),
        tolerance=1e-12 * float(exact),
        reason="trapezoidal sums of a wave resolved to round-off",
        basis="exact",
    )
    yield Claim(
        claim="trap of frequency 1: largest relative drift of the energy to t = 6",
        source="derived: U does not depend on time",
        expected=0.0,
        measured=float(np.abs(energy / energy[0] - 1).max()),
        tolerance=1e-11,
        reason="local tolerance 1e-12 per unit time over 6 units",
        basis="exact",
    )
