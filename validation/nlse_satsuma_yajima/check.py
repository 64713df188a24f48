"""N sech x breathes with the period pi/2 and returns."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from physent.evidence import Case, Claim, relative_l2
from physent.theory import solitons

SOURCE = "Satsuma and Yajima 1974, doi 10.1143/PTPS.55.284"
POINTS = {2: 2048, 3: 4096}


def check(case: Case) -> Iterator[Claim]:
    """Return of |psi| and error against the closed form for N = 2 and 3; peak and phase for N = 2."""
    for order, points in POINTS.items():
        run = case.run(set={"initial.order": order, "parameters.points": points})
        psi, x, t = run["psi"].values[:, 0], run["x"].values, run["time"].values
        reason = f"local tolerance 1e-12, amplified by the compression; N = {order} peaks at {np.abs(psi).max():.3g}"
        yield Claim(
            claim=f"N = {order}: |psi| at t = pi/2 differs from N sech x by (relative L2)",
            source=SOURCE,
            expected=0.0,
            measured=relative_l2(np.abs(psi[-1]), order * solitons.sech(x)),
            tolerance=1e-10,
            reason=reason,
            basis="exact",
        )
        yield Claim(
            claim=f"N = {order}: largest relative L2 error of psi over a period",
            source=SOURCE if order == 2 else f"{SOURCE}; Gordon 1983, doi 10.1364/OL.8.000596",
            expected=0.0,
            measured=max(
                relative_l2(own, solitons.satsuma_yajima(x, when, order)) for own, when in zip(psi, t, strict=True)
            ),
            tolerance=1e-10,
            reason=reason,
            basis="exact",
        )
        if order == 2:
            yield from _second(psi, x)
        with case.figure(f"order_{order}") as figure:
            axes = figure.subplots()
            for index in range(0, len(t), 2):
                axes.plot(x, np.abs(psi[index]), label=f"t = {index}/16 pi")
            axes.set(xlim=(-5, 5), xlabel="x", ylabel="|psi|", title=f"From {order} sech x")
            axes.legend()


def _second(psi: np.ndarray, x: np.ndarray) -> Iterator[Claim]:
    centre = int(np.argmin(np.abs(x)))
    yield Claim(
        claim="N = 2: |psi| at x = 0, t = pi/4",
        source=SOURCE,
        expected=4.0,
        measured=float(np.abs(psi[4, centre])),
        tolerance=1e-9,
        reason="error of psi at the peak",
        basis="exact",
    )
    yield Claim(
        claim="N = 2: phase of psi at x = 0, t = pi/2",
        source=SOURCE,
        expected=np.pi / 4,
        measured=float(np.angle(psi[-1, centre])),
        tolerance=1e-9,
        reason="error of psi, and nothing is gained or lost by a return",
        basis="exact",
    )
