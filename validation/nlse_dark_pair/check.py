"""Two grey solitons of the defocusing equation meet and part; the background is stable."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from physent.evidence import Case, Claim, relative_l2
from physent.theory import dark_solitons

BACKGROUND, ANGLE, SEPARATION, LENGTH = 1.0, np.pi / 4, 10.0, 100.0
LONG: dict[str, float | str] = {"schedule.until": 160.0, "schedule.every": 5.0}
SOURCE = "Akhmediev and Ankiewicz 1993, doi 10.1103/PhysRevA.47.3213"


def check(case: Case) -> Iterator[Claim]:
    """Error against the closed pair, depth at the collision, bounded density; through the seam in the full tier."""
    start = dark_solitons.dark_pair_start(BACKGROUND, ANGLE, SEPARATION)
    reason = "local tolerance 1e-12 per unit time, amplified linearly in t: the background is stable"
    yield from _pair(case, "one collision", {}, start, reason)
    if case.full:
        reason = "as for one collision, eight times as long"
        yield from _pair(case, "three collisions, the second at the seam", LONG, start, reason)


def _pair(case: Case, what: str, changes: dict[str, float | str], start: float, reason: str) -> Iterator[Claim]:
    run = case.run(set=changes)
    psi, x, t = run["psi"].values[:, 0], run["x"].values, run["time"].values + start
    exact = dark_solitons.dark_pair_in_box(x, t[:, None], BACKGROUND, ANGLE, LENGTH)
    yield Claim(
        claim=f"{what}: largest relative L2 error of psi over all samples",
        source=SOURCE,
        expected=0.0,
        measured=max(relative_l2(own, true) for own, true in zip(psi, exact, strict=True)),
        tolerance=1e-10,
        reason=reason,
        basis="exact",
    )
    yield Claim(
        claim=f"{what}: excess of |psi|^2 over the background",
        source="derived: |psi|^2 = b^2 - (log tau)_xx, tau = A ch X + ch T, whose logarithm is convex in x",
        expected=0.0,
        measured=max(0.0, float(run["max_intensity"].max()) - BACKGROUND**2),
        tolerance=1e-9,
        reason="error of psi; a modulational instability would show as growth",
        basis="derived",
    )
    if not changes:
        with case.figure("pair") as figure:
            axes = figure.subplots()
            image = axes.pcolormesh(x, t, np.abs(psi) ** 2, shading="nearest", rasterized=True)
            figure.colorbar(image, label="|psi|^2")
            axes.set(xlim=(-20, 20), xlabel="x", ylabel="time", title="Pair of grey solitons, theta = pi/4")
