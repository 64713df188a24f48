"""Orders of convergence in the time step and spectral convergence in the number of points."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from physent.evidence import Case, Claim, relative_l2
from physent.theory import solitons

STRANG = "Strang 1968, doi 10.1137/0705041"
BLANES_MOAN = "Blanes and Moan 2002, doi 10.1016/S0377-0427(01)00492-7"
# Order, window, source, and the numbers of steps: below the resonances of step and short waves (where errors fall
# faster than their order, on a soliton down to 1e-10), above the round-off of 1e-13.
METHODS = {
    "strang": (2.0, 0.05, STRANG, (50, 100, 200)),
    "rkn4": (4.0, 0.05, BLANES_MOAN, (80, 100, 125, 160)),
    "rkn6": (6.0, 0.2, BLANES_MOAN, (50, 64, 80)),
}


def check(case: Case) -> Iterator[Claim]:
    """Slope of the error over the step for each fixed-step method, and its fall when the points are doubled."""
    truth = case.run("gaussian.yaml")["psi"].values[-1, 0]
    errors: dict[str, list[float]] = {}
    for method, (order, window, source, counts) in METHODS.items():
        steps = [1 / count for count in counts]
        errors[method] = []
        for step in steps:
            changes = {"parameters.method": method, "parameters.step": step}
            errors[method].append(relative_l2(case.run("gaussian.yaml", changes)["psi"].values[-1, 0], truth))
        slope = np.polyfit(np.log(steps), np.log(errors[method]), 1)[0]
        yield Claim(
            claim=f"order of convergence of {method}",
            source=source,
            expected=order,
            measured=float(slope),
            tolerance=window,
            reason=f"errors from {errors[method][0]:.0e} to {errors[method][-1]:.0e}; the round-off is 1e-13",
            basis="exact",
        )
    yield from _spectral(case)
    with case.figure("orders") as figure:
        axes = figure.subplots()
        for method, (_, _, _, counts) in METHODS.items():
            axes.loglog([1 / count for count in counts], errors[method], "o-", label=method)
        axes.set(xlabel="step", ylabel="relative L2 error", title="Spreading pulse, t = 1")
        axes.legend()


def _spectral(case: Case) -> Iterator[Claim]:
    errors = []
    for points in (256, 512):
        run = case.run("soliton.yaml", {"parameters.points": points})
        exact = solitons.soliton(run["x"].values, float(run["time"][-1]), 2.0, -1.0, 1.0)
        errors.append(relative_l2(run["psi"].values[-1, 0], exact))
    yield Claim(
        claim="single soliton: error with 512 points over error with 256 points",
        source="Trefethen 2000, doi 10.1137/1.9780898719598",
        expected=0.0,
        measured=errors[1] / errors[0],
        tolerance=1e-4,
        reason="sech has its nearest pole at i pi/4: the error falls as exp(-pi k/4), e^-12 from k = 16 to 32",
        basis="exact",
    )
