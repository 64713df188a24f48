"""Free expansion with collisions: from an entropy that depends on the velocity cells to one that does not.

The claim of Garrido, Goldstein, Huse and Lebowitz (2024) in numbers: the time in which the Boltzmann entropy rises half
the way to ln 2 varies with the width dv of the velocity cells as 1/dv if the mean free path is far larger than the
box, and not at all if it is far smaller. In between, both productions of entropy combine to a function of dv t / L
and nu t. Many realisations are pooled; standard errors are jackknifes over them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from physent.evidence import Case, Claim
from physent.theory import free_expansion as theory
from physent.theory import kinetic

CELLS = 16
PAPER = "Garrido, Goldstein, Huse and Lebowitz 2024, arXiv:2403.07519, abstract"
EARLIER = f"simulated before with another program, 200 to 300 pooled gases of 1000 to 2000 discs; {PAPER}"
DERIVED = "derived: both productions together, physent.theory.free_expansion.rise_with_collisions"
EARLIER_DELAY = 0.40
LN2 = float(np.log(2))
DVS = (0.1, 0.2, 0.4, 0.8)

Floats = npt.NDArray[np.float64]


class Gas(NamedTuple):
    """One mean free path: its runs and the half times that were simulated before, by dv."""

    path: float
    boundary: str
    n: int
    replicas: int
    every: float
    until: float
    before: dict[float, float]


GASES = (
    Gas(10.0, "periodic", 500, 200, 0.25, 4.0, {0.1: 1.678, 0.2: 1.142, 0.4: 0.711, 0.8: 0.413}),
    Gas(2.0, "periodic", 500, 200, 0.1, 0.9, {0.1: 0.687, 0.2: 0.611, 0.4: 0.495, 0.8: 0.366}),
    Gas(0.5, "periodic", 1000, 100, 0.05, 0.5, {0.1: 0.393, 0.2: 0.377, 0.4: 0.354, 0.8: 0.304}),
    Gas(0.1, "walls", 2000, 50, 0.05, 0.6, {0.1: 0.509, 0.2: 0.493, 0.4: 0.483, 0.8: 0.459}),
)


class Curve(NamedTuple):
    """Rise of the pooled gases (times,), and of all but one of them in turn (times, replicas)."""

    time: Floats
    rise: Floats
    without: Floats

    def half_time(self) -> tuple[float, float]:
        """Time at which half of ln 2 is reached, and its jackknife error."""
        own = [theory.half_time(self.time, one) for one in self.without.T]
        return theory.half_time(self.time, self.rise), float(jackknife(np.array(own)))


def jackknife(values: Floats) -> Floats:
    """Standard error from values without one replica each, along the last axis."""
    return np.asarray(np.sqrt((values.shape[-1] - 1) * values.var(axis=-1)))


def check(case: Case) -> Iterator[Claim]:
    """The table of half times, their ratios, and the scaling form at the longest mean free path."""
    for seed in (1, 2) if case.full else (1,):
        tag = f", seed {seed}" if seed > 1 else ""
        curves: dict[float, dict[float, Curve]] = {}
        for gas in GASES:
            curves[gas.path] = _curves(case, gas, seed)
            yield from _table(gas, curves[gas.path], tag)
        for gas in GASES[:2]:
            yield from _scaling(case, gas, curves[gas.path], tag)
        if seed == 1:
            _draw(case, curves)


def _curves(case: Case, gas: Gas, seed: int) -> dict[float, Curve]:
    """Entropies after Grassberger, whose bias is below 1 % of ln 2 for less than 0.1 occupied cells per particle."""
    plain = {"kind": "boltzmann_entropy", "x_cells": CELLS, "pool": "replicas", "estimator": "grassberger"}
    names = {f"s{i}": dv for i, dv in enumerate(DVS) if case.full or dv > 0.15}
    run = case.run(
        set={
            "seed": seed,
            "replicas": gas.replicas * (8 if case.full else 1),
            "parameters.n": gas.n,
            "parameters.mean_free_path": gas.path,
            "parameters.boundary": gas.boundary,
            "schedule.every": gas.every,
            "schedule.until": gas.until * (2 if case.full and gas.path < 5 else 1),
            "diagnostics": [{**plain, "name": name, "velocity_cell": dv} for name, dv in names.items()],
        }
    )
    made = {}
    for name, dv in names.items():
        rise = run[name].values
        # Plug-in values without one replica tell how much that replica matters; the level is that of the estimate.
        without = run[f"{name}_without"].values
        without = without - without[0]
        made[dv] = Curve(run["time"].values, rise, rise[:, None] + without - without.mean(axis=1, keepdims=True))
    return made


def _table(gas: Gas, curves: dict[float, Curve], tag: str) -> Iterator[Claim]:
    where = f"mean free path {gas.path:g} L, {gas.boundary}"
    half = {dv: curve.half_time() for dv, curve in curves.items()}
    for dv, (value, own) in half.items():
        yield Claim(
            claim=f"{where}, dv = {dv:g}: time of half the rise{tag}",
            source=EARLIER,
            expected=gas.before[dv],
            measured=value,
            tolerance=0.1 * gas.before[dv],
            reason="the earlier number is good to 2.5 % by its own account, four times that: it is late by up to 7 %, "
            "most for fine cells, whose bias of finite numbers delays it; ours is below 1.5 %",
            basis="simulated",
            standard_error=own,
        )
    fine = min(half)
    ratio = half[fine][0] / half[0.8][0]
    error = ratio * float(np.hypot(half[fine][1] / half[fine][0], half[0.8][1] / half[0.8][0]))
    before = gas.before[fine] / gas.before[0.8]
    yield Claim(
        claim=f"{where}: half time of dv = {fine:g} over that of dv = 0.8, {0.8 / fine:g} without collisions{tag}",
        source=EARLIER,
        expected=before,
        measured=ratio,
        tolerance=0.1 * before,
        reason="the earlier number is good to 2.5 % by its own account, four times that",
        basis="simulated",
        standard_error=error,
    )
    if gas.path < 0.2:
        yield Claim(
            claim=f"{where}: excess of that ratio over 1{tag}",
            source=f"{PAPER}: with a mean free path far below the box the cells do not matter",
            expected=0.0,
            measured=ratio - 1,
            tolerance=0.15,
            reason="the limit is that of a mean free path of 0; here it is 0.1 L, and what is left of that order",
            basis="published",
            standard_error=error,
        )


def _theory(gas: Gas, dv: float, time: Floats, delay: float = theory.BUILD_UP) -> Floats:
    sigma = kinetic.diameter_from_mean_free_path(gas.path, gas.n)
    rate = float(kinetic.collision_rate(gas.n, sigma))
    return theory.rise_with_collisions(time, dv, rate, delay=delay)


def _scaling(case: Case, gas: Gas, curves: dict[float, Curve], tag: str) -> Iterator[Claim]:
    for dv in (0.2, 0.4):
        time, rise, without = curves[dv]
        seen = (time >= 1.0) if gas.path > 5 else (time >= 0.6)
        form = _theory(gas, dv, time[seen], EARLIER_DELAY)
        if gas.path > 5:
            miss = np.sqrt(np.mean((rise[seen] - form) ** 2))
            yield Claim(
                claim=f"mean free path {gas.path:g} L, dv = {dv:g}: rms distance from the scaling form{tag}",
                source=f"{DERIVED}, with a delay of 0.40 L/v_th simulated before; t = 1 to 4",
                expected=0.0,
                measured=float(miss),
                tolerance=0.006 if case.full else 0.012,
                reason="corrections of order L/(v_th t) beyond the delay, 0.003; noise of the curve; 5 standard errors",
                basis="derived",
                standard_error=float(jackknife(np.sqrt(np.mean((without[seen] - form[:, None]) ** 2, axis=0)))),
            )
            value, error = curves[dv].half_time()
            fine = np.linspace(0.5, 3.0, 501)
            yield Claim(
                claim=f"mean free path {gas.path:g} L, dv = {dv:g}: half time over that of the scaling form{tag}",
                source=f"{DERIVED}, with its delay of {theory.BUILD_UP} L/v_th, fitted to such curves",
                expected=1.0,
                measured=value / theory.half_time(fine, _theory(gas, dv, fine)),
                tolerance=0.04 if case.full else 0.06,
                reason="corrections of order L/(v_th t) beyond the delay, 0.02; five standard errors",
                basis="derived",
                standard_error=error / value,
            )
        # Nearest delay, linear in the misfit: the form is nearly linear in the delay.
        slope = (_theory(gas, dv, time[seen], 0.42) - _theory(gas, dv, time[seen], 0.38)) / 0.04
        own = EARLIER_DELAY + slope @ (without[seen] - form[:, None]) / (slope @ slope)
        yield Claim(
            claim=f"mean free path {gas.path:g} L, dv = {dv:g}: delay of the effect of collisions, L/v_th{tag}",
            source="simulated before with another program: 0.40 +- 0.02 for mean free paths of 2 L and 10 L",
            expected=EARLIER_DELAY,
            measured=float(EARLIER_DELAY + slope @ (rise[seen] - form) / (slope @ slope)),
            tolerance=0.1 if case.full else 0.15,
            reason="0.02 four times over, and what the choice of times shifts; ours is that of theory.free_expansion",
            basis="simulated",
            standard_error=float(jackknife(own)),
        )


def _draw(case: Case, curves: dict[float, dict[float, Curve]]) -> None:
    with case.figure("curves", size=(9.0, 6.6)) as figure:
        for axes, gas in zip(figure.subplots(2, 2).flat, GASES, strict=True):
            for i, (dv, curve) in enumerate(curves[gas.path].items()):
                time, rise, _ = curve
                axes.plot(time, rise, f"C{i}o-", ms=3, lw=0.8, label=rf"$\Delta v = {dv:g}$")
                if gas.path > 1:
                    fine = np.linspace(max(0.6, time[1]), time[-1], 200)
                    axes.plot(fine, _theory(gas, dv, fine), f"C{i}--", lw=1.6, alpha=0.6)
            axes.axhline(LN2, color="0.6", lw=0.8, ls="--")
            box = ", hard walls" if gas.boundary == "walls" else ""
            axes.set(title=rf"mean free path $\ell = {gas.path:g}\, L${box}", ylim=(0, 0.72))
            axes.set(xlabel="time $t$ / $(L/v_{th})$", ylabel=r"$\Delta S/N$ (nats)")
        figure.axes[0].legend(frameon=False, loc="lower right", title="dashed: scaling form")
    with case.figure("half_times", size=(6.4, 4.2)) as figure:
        axes = figure.subplots()
        ideal = [LN2 / 2 / dv for dv in DVS]
        axes.loglog(DVS, ideal, "k:", label="ideal gas, $\\ln 2\\,L/2\\Delta v$")
        for i, gas in enumerate(GASES):
            half = np.array([curve.half_time() for curve in curves[gas.path].values()])
            box = ", walls" if gas.boundary == "walls" else ""
            axes.errorbar(
                list(curves[gas.path]),
                half[:, 0],
                2 * half[:, 1],
                fmt=f"C{i}o-",
                ms=4,
                label=rf"$\ell = {gas.path:g}\,L${box}",
            )
        axes.set(xlabel=r"velocity cell $\Delta v / v_{th}$", ylabel=r"$t_{1/2}$ / $(L/v_{th})$")
        axes.set_title("Time of half the rise: collisions wipe out the cells")
        axes.set_xticks(DVS, [f"{dv:g}" for dv in DVS], minor=False)
        axes.set_yticks([0.3, 0.5, 1, 2, 3], ["0.3", "0.5", "1", "2", "3"])
        axes.minorticks_off()
        axes.legend(frameon=False)
