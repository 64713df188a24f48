"""Orders of convergence in the time step and spectral convergence in the number of points."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from physent.evidence import Case, Claim, relative_l2
from physent.theory import solitons

STRANG = "Strang 1968, doi 10.1137/0705041"
BLANES_MOAN = "Blanes and Moan 2002, doi 10.1016/S0377-0427(01)00492-7"
METHODS = {
    "strang": (2.0, 0.05, STRANG, (400, 800, 1600)),
    "rkn4": (4.0, 0.15, BLANES_MOAN, (160, 240, 320)),
    "rkn6": (6.0, 0.4, BLANES_MOAN, (80, 100, 125)),
}


def check(case: Case) -> Iterator[Claim]:
    """Slope of the error over the step for each fixed-step method, and its fall when the points are doubled."""
    errors = {}
    for method, (order, window, source, counts) in METHODS.items():
        steps = np.array([2.0 / count for count in counts])
        changes: dict[str, str | float] = {"parameters.method": method, "parameters.tolerance": 1e-10}
        errors[method] = [_error(case, changes | {"parameters.step": float(step)}) for step in steps]
        slope = np.polyfit(np.log(steps), np.log(errors[method]), 1)[0]
        yield Claim(
            claim=f"order of convergence of {method}",
            source=source,
            expected=order,
            measured=float(slope),
            tolerance=window,
            reason="steps between the pre-asymptotic range and the round-off of 1e-11: higher orders leave less room",
            basis="exact",
        )
    yield from _spectral(case)
    with case.figure("orders") as figure:
        axes = figure.subplots()
        for method, (_, _, _, counts) in METHODS.items():
            axes.loglog([2.0 / count for count in counts], errors[method], "o-", label=method)
        axes.set(xlabel="step", ylabel="relative L2 error", title="Single soliton to t = 2")
        axes.legend()


def _spectral(case: Case) -> Iterator[Claim]:
    coarse, fine = (_error(case, {"parameters.points": points}) for points in (256, 512))
    yield Claim(
        claim="error with 512 points over error with 256 points",
        source="Trefethen 2000, doi 10.1137/1.9780898719598",
        expected=0.0,
        measured=fine / coarse,
        tolerance=1e-4,
        reason="sech has its nearest pole at i pi/4: the error falls as exp(-pi k/4), e^-12 from k = 16 to 32",
        basis="exact",
    )


def _error(case: Case, changes: dict[str, str | float]) -> float:
    run = case.run(set=changes)
    x, end = run["x"].values, float(run["time"][-1])
    return relative_l2(run["psi"].values[-1, 0], solitons.soliton(x, end, 2.0, -1.0, 1.0))
