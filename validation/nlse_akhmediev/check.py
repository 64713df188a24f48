"""Akhmediev breather: a modulation of the plane wave grows, peaks and vanishes again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from physent.evidence import Case, Claim, relative_l2
from physent.theory import breathers

A, START = 0.25, -4.0
SOURCE = "Akhmediev and Korneev 1986, doi 10.1007/BF01037866"


def check(case: Case) -> Iterator[Claim]:
    """Peak 1 + 2 sqrt(2a) at t = 0 and error against the closed form over growth and decay."""
    run = case.run()
    psi, x, t = run["psi"].values[:, 0], run["x"].values, run["time"].values + START
    peak = int(np.argmin(np.abs(t)))
    exact = breathers.akhmediev(x, t[:, None], A)
    yield Claim(
        claim="peak of |psi|",
        source=SOURCE,
        expected=1 + np.sqrt(2.0),
        measured=float(np.sqrt(run["max_intensity"][peak, 0])),
        tolerance=1e-8,
        reason="error of psi, amplified by the instability of the background by less than e^4 up to the peak",
        basis="exact",
    )
    yield Claim(
        claim="relative L2 error of psi at the end, t = 4",
        source=SOURCE,
        expected=0.0,
        measured=relative_l2(psi[-1], exact[-1]),
        tolerance=1e-10,
        reason="local tolerance 1e-12, amplified by the instability of the background by up to e^8 = 3e3",
        basis="exact",
    )
    yield Claim(
        claim="largest relative L2 error of psi over all samples",
        source=SOURCE,
        expected=0.0,
        measured=max(relative_l2(own, true) for own, true in zip(psi, exact, strict=True)),
        tolerance=1e-10,
        reason="as at the end",
        basis="exact",
    )
    with case.figure("breather") as figure:
        axes = figure.subplots()
        image = axes.pcolormesh(x, t, np.abs(psi), shading="nearest", rasterized=True)
        figure.colorbar(image, label="|psi|")
        axes.set(xlabel="x", ylabel="time", title="Akhmediev breather, a = 1/4")
