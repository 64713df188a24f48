"""Phases of a school against the widths of its zones: swarm, mill, parallel, fragments."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from physent.evidence import Case, Claim
from physent.theory import schools

SOURCE = "earlier simulation by an independent all-pairs code, 6 to 10 runs; model: Couzin et al. 2002"
MANY = 40
SETTLED = 400.0  # the last 1000 of 5000 steps


class Row(NamedTuple):
    """Widths of the zones of orientation and attraction; (expected, tolerance) of what is claimed there."""

    orientation: float
    attraction: float
    phase: str
    polarization: tuple[float, float] | None = None
    rotation: tuple[float, float] | None = None
    spread: tuple[float, float] | None = None
    changes: tuple[tuple[str, Any], ...] = ()
    config: str = ""  # of the same widths


SWARM = Row(0.0, 14.0, "swarm", (0.167, 0.13), (0.20, 0.20), (6.13, 0.43), config="swarm")
TORUS = Row(2.0, 12.0, "torus", (0.203, 0.097), (0.71, 0.06), config="torus")
MOBILE = Row(4.0, 14.0, "dynamic parallel", (0.998, 0.008), (0.012, 0.038), config="dynamic_parallel")
PARALLEL = Row(10.0, 10.0, "highly parallel", (0.9991, 0.0003), config="highly_parallel")
QUICK = (SWARM, TORUS, MOBILE, PARALLEL)
FULL = (
    *QUICK,
    Row(0.5, 14.0, "swarm", (0.176, 0.12), (0.28, 0.17)),
    Row(1.0, 12.0, "swarm to torus", None, (0.41, 0.19)),
    Row(1.5, 12.5, "torus onset", None, (0.564, 0.125)),
    Row(2.5, 10.5, "torus", (0.216, 0.084), (0.755, 0.05)),
    Row(3.5, 9.5, "parallel", (0.998, 0.008), (0.011, 0.039)),
    Row(6.0, 10.0, "parallel", (0.999, 0.009)),
    Row(2.0, 12.0, "torus, field of view 360", None, (0.543, 0.06), None, (("parameters.field_of_view_deg", 360.0),)),
    Row(2.0, 12.0, "torus, no noise", None, (0.702, 0.06), None, (("parameters.noise_rad", 0.0),)),
    Row(2.0, 12.0, "torus, noise 0.1", None, (0.712, 0.06), None, (("parameters.noise_rad", 0.1),)),
    Row(2.0, 12.0, "torus, 50 fish", None, (0.765, 0.06), None, (("parameters.n", 50),)),
    Row(2.0, 12.0, "torus, step 0.05", None, (0.724, 0.06), None, (("parameters.step", 0.05),)),
)
FRAGMENTS = ((2.0, 4.0), (0.5, 3.0))
REASONS = {
    "polarization": "the phase, and the scatter of the earlier runs",
    "rotation": "the phase, and the scatter of the earlier runs",
    "spread": "the scatter of the earlier runs, and of starts in balls of unequal radius",
}


def check(case: Case) -> Iterator[Claim]:
    """Means over the last 1000 steps of 10 replicas at each point; a second seed in the full tier.

    Tolerances are bounds of the phases, set before any of these runs. At widths (3, 10) a school may mill or swim
    parallel, so that a mean over replicas says nothing there: what is claimed is the chance of milling.
    """
    for seed in (1, 2) if case.full else (1,):
        for row in FULL if case.full else QUICK:
            yield from _point(case, row, seed)
        for widths in FRAGMENTS if case.full else FRAGMENTS[:1]:
            yield _fragments(case, *widths, seed)
        if case.full:
            yield _milling(case, seed)
    limit = math.radians(4.0)
    measured, error = _settled(_run(case, PARALLEL, 1), "polarization")
    yield Claim(
        claim="polarization in the highly parallel phase, against fish that all aim at one direction",
        source="derived: Markov chain of the angle to the direction (physent.theory.schools.parallel_polarization)",
        expected=schools.parallel_polarization(0.05, limit),
        measured=measured,
        tolerance=1e-4,
        reason="the common direction is a mean over neighbours, whose own scatter is sigma/sqrt(neighbours)",
        basis="derived",
        standard_error=error,
    )
    _figures(case)


def _run(case: Case, row: Row, seed: int, replicas: int = 10) -> Any:
    """A run of a bundled config, which other cases may share, or of any widths."""
    if row.config:
        common = {"replicas": replicas, "seed": seed, "schedule.every": 2.0, "output.every": 5, "diagnostics": []}
        return case.run(f"couzin/{row.config}", common)
    return case.run(
        set={
            "seed": seed,
            "replicas": replicas,
            "parameters.orientation_radius": 1.0 + row.orientation,
            "parameters.attraction_radius": 1.0 + row.orientation + row.attraction,
            **dict(row.changes),
        }
    )


def _settled(run: Any, name: str) -> tuple[float, float]:
    """Mean over time and replicas, and standard error from the scatter of replicas."""
    means = run[name].sel(time=slice(SETTLED, None)).mean("time").values
    return float(means.mean()), float(means.std(ddof=1) / math.sqrt(means.size))


def _point(case: Case, row: Row, seed: int) -> Iterator[Claim]:
    run = _run(case, row, seed)
    for name in ("polarization", "rotation", "spread"):
        target: tuple[float, float] | None = getattr(row, name)
        if target is None:
            continue
        measured, error = _settled(run, name)
        yield Claim(
            claim=f"{name} at widths {row.orientation:g}, {row.attraction:g} ({row.phase}), seed {seed}",
            source=SOURCE,
            expected=target[0],
            measured=measured,
            tolerance=target[1],
            reason=REASONS[name],
            basis="simulated",
            standard_error=error,
        )


def _fragments(case: Case, orientation: float, attraction: float, seed: int) -> Claim:
    run = _run(case, Row(orientation, attraction, "fragments"), seed)
    return Claim(
        claim=f"fraction of replicas in fragments at widths {orientation:g}, {attraction:g}, seed {seed}",
        source=SOURCE,
        expected=1.0,
        measured=float((run["cluster_count"][-1] >= 2).mean()),
        tolerance=0.5,
        reason="region E of Couzin et al. (2002) is where more than half of the runs fragment",
        basis="simulated",
    )


def _milling(case: Case, seed: int) -> Claim:
    run = _run(case, Row(3.0, 10.0, "torus or parallel"), seed, MANY)
    mills = run["rotation"].sel(time=slice(SETTLED, None)).mean("time").values > 0.5
    chance = float(mills.mean())
    return Claim(
        claim=f"fraction of {MANY} replicas that mill, rotation above 0.5, at widths 3, 10, seed {seed}",
        source=SOURCE,
        expected=1.0,
        measured=chance,
        tolerance=1.0 - 0.025 ** (1 / 6),
        reason="6 of 6 earlier runs milled: with a chance below 0.54 that happens in less than 2.5 % of cases",
        basis="simulated",
        standard_error=math.sqrt(chance * (1.0 - chance) / MANY),
    )


def _figures(case: Case) -> None:
    rows = {row.phase: row for row in QUICK}
    with case.figure("portraits", size=(12.0, 3.4)) as figure:
        for index, (phase, row) in enumerate(rows.items()):
            run = _run(case, row, 1)
            x, v = (run[name].values[-1, 0] for name in ("position", "heading"))
            x = x - x.mean(axis=0)
            axes: Any = figure.add_subplot(1, len(rows), index + 1, projection="3d")
            axes.quiver(*x.T, *v.T, length=1.6, lw=0.9, color="C0")
            reach = float(np.abs(x).max())
            axes.set(title=phase, xlim=(-reach, reach), ylim=(-reach, reach), zlim=(-reach, reach))
            axes.set_box_aspect((1, 1, 1))
    with case.figure("order", size=(12.0, 3.0)) as figure:
        panels = figure.subplots(1, len(rows), sharex=True, sharey=True)
        for axes, (phase, row) in zip(panels, rows.items(), strict=True):
            run = _run(case, row, 1)
            for color, name in (("C0", "polarization"), ("C1", "rotation")):
                axes.plot(run["time"], run[name], color=color, lw=0.6, alpha=0.3)
                axes.plot(run["time"], run[name].mean("replica"), color=color, label=name)
            axes.set(title=phase, xlabel="time", ylim=(0, 1.02))
        panels[0].legend(frameon=False)
        panels[0].set_ylabel("order parameter")
