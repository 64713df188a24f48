"""Work, heat and entropy in a harmonic trap that is dragged, stiffened, left alone, or streamed past by its medium."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy import stats

from physent.evidence import Case, Claim, of_mean
from physent.theory import traps

REPLICAS = 10_000
PASSED = "derived: Seifert (2005), doi 10.1103/PhysRevLett.95.040602: the mean of exp(-entropy_total) is 1"


def check(case: Case) -> Iterator[Claim]:
    """Moments of the work; the equalities of Jarzynski, Crooks, Seifert, and Hatano and Sasa; two seeds if full."""
    for seed in (1, 2) if case.full else (1,):
        more = {"seed": seed, "replicas": REPLICAS * (4 if case.full else 1)}
        yield from _dragged(case, more)
        yield from _breathing(case, more)
        yield from _relaxation(case, more)
        yield from _streaming(case, more)


def _mean(what: str, values: np.ndarray, expected: float, source: str, seed: int) -> Claim:
    return of_mean(f"{what}, seed {seed}", values, expected, source)


def _dragged(case: Case, more: dict[str, int]) -> Iterator[Claim]:
    run, seed = case.run("langevin/dragged_trap", more), more["seed"]
    work, t = run.work[-1].values, 1.5
    source = "derived: physent.theory.traps.dragged_work; Mazonka and Jarzynski 1999, cond-mat/9912121"
    average, variance = traps.dragged_work(3.0, 2.0, 0.8, t)
    yield _mean("dragged trap: mean work", work, average, source, seed)
    square = (work - average) ** 2
    yield _mean("dragged trap: variance of the work", square, variance, source, seed)
    cube = ((work - average) / math.sqrt(variance)) ** 3
    yield _mean("dragged trap: third moment of the standardised work", cube, 0.0, source, seed)
    jarzynski = "Jarzynski 1997, doi 10.1103/PhysRevLett.78.2690: the trap keeps its free energy"
    yield _mean("dragged trap: mean of exp(-work/T)", np.exp(-work / t), 1.0, jarzynski, seed)
    # <g(w)> = <g(w) tanh(w/2T)> for every odd g, if P(w) = e^{w/T} P(-w).
    half = np.tanh(work / (2 * t))
    crooks = "derived from Crooks 1999, doi 10.1103/PhysRevE.60.2721, and the symmetry x -> -x: P(w) = e^{w/T} P(-w)"
    yield _mean("dragged trap: <tanh(w/2T)> - <tanh(w/2T)^2>", half - half**2, 0.0, crooks, seed)
    yield _mean("dragged trap: mean of exp(-entropy_total)", np.exp(-run.entropy_total[-1].values), 1.0, PASSED, seed)
    lag, rest = traps.dragged_law(3.0, 2.0, 0.8, t)
    energy = run.energy[-1].values
    law = "derived: physent.theory.traps.dragged_law, k (variance + lag^2)/2"
    yield _mean("dragged trap: mean energy", energy, rest + lag**2, law, seed)
    if seed == 1:
        with case.figure("dragged_work") as figure:
            axes = figure.subplots()
            bins: Any = np.linspace(work.min(), work.max(), 60)
            axes.hist(work, bins, density=True, color="C0", alpha=0.6, label="forward")
            axes.hist(-work, bins - (bins[0] + bins[-1]), density=True, color="C1", alpha=0.6, label="-w, reversed")
            x = np.linspace(bins[0], bins[-1], 300)
            axes.plot(x, stats.norm.pdf(x, average, math.sqrt(variance)), color="0.2", label="Gaussian")
            axes.axvline(0.0, color="0.2", lw=0.8, ls=":")
            axes.set(xlabel="work $w$", ylabel="probability density")
            axes.legend(frameon=False)


def _breathing(case: Case, more: dict[str, int]) -> Iterator[Claim]:
    run, seed = case.run("langevin/breathing_trap", more), more["seed"]
    work = run.work[-1].values
    source = "derived: physent.theory.traps.breathing_cumulants; Speck 2011, doi 10.1088/1751-8113/44/30/305001"
    first, second, third = traps.breathing_cumulants([0.0, 1.0], [1.0, 4.0])[:3]
    yield _mean("breathing trap: mean work", work, first, source, seed)
    yield _mean("breathing trap: variance of the work", (work - first) ** 2, second, source, seed)
    yield _mean("breathing trap: third cumulant of the work", (work - first) ** 3, third, source, seed)
    difference = traps.free_energy_difference(1.0, 4.0)
    jarzynski = "Jarzynski 1997, doi 10.1103/PhysRevLett.78.2690, with the free energy of a harmonic trap"
    yield _mean("breathing trap: mean of exp(-(work - dF)/T)", np.exp(difference - work), 1.0, jarzynski, seed)
    total = np.exp(-run.entropy_total[-1].values)
    yield _mean("breathing trap: mean of exp(-entropy_total)", total, 1.0, PASSED, seed)


def _relaxation(case: Case, more: dict[str, int]) -> Iterator[Claim]:
    run, seed = case.run("langevin/score_relaxation", more), more["seed"]
    for time in (0.7, 3.5):
        now = run.sel(time=time, method="nearest")
        source = "derived: physent.theory.traps.relaxation_entropies; Seifert 2005, doi 10.1103/PhysRevLett.95.040602"
        medium, system, total = traps.relaxation_entropies(time, 4.0)
        yield _mean(f"relaxation to t = {time}: entropy of the medium", now.entropy_medium.values, medium, source, seed)
        yield _mean(f"relaxation to t = {time}: entropy of the system", now.entropy_system.values, system, source, seed)
        yield _mean(f"relaxation to t = {time}: total entropy", now.entropy_total.values, total, source, seed)
        passed = np.exp(-now.entropy_total.values)
        yield _mean(f"relaxation to t = {time}: mean of exp(-entropy_total)", passed, 1.0, PASSED, seed)


def _streaming(case: Case, more: dict[str, int]) -> Iterator[Claim]:
    run, seed = case.run("langevin/hatano_sasa", more), more["seed"]
    excess = run.hatano_sasa[-1].values
    source = "derived: physent.theory.traps.hatano_sasa; Hatano and Sasa 2001, doi 10.1103/PhysRevLett.86.3463"
    average, variance = traps.hatano_sasa(1.0, (0.3, 2.0))
    yield _mean("streaming medium: mean of Y", excess, average, source, seed)
    yield _mean("streaming medium: variance of Y", (excess - average) ** 2, variance, source, seed)
    yield _mean("streaming medium: mean of exp(-Y)", np.exp(-excess), 1.0, source, seed)
    yield _mean(
        "streaming medium: mean of exp(-entropy_total)", np.exp(-run.entropy_total[-1].values), 1.0, PASSED, seed
    )
