"""Work on driven levels: recursion of the master equation, Jarzynski, Crooks, and what knowledge is worth."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from physent.diagnostics.fluctuations import crooks, exponential_mean
from physent.evidence import Case, Claim
from physent.evidence.claims import chance
from physent.theory import small_networks
from physent.typing import Floats

REASON = "chance: five standard errors of the number of replicas"
JARZYNSKI = "Jarzynski 1997, doi 10.1103/PhysRevLett.78.2690, with the free energy of two levels"
STAIRS = 40
FREE = -math.log((1 + math.exp(-3.0)) / 2)


def check(case: Case) -> Iterator[Claim]:
    """A level raised in stairs, forward and backward; a known state that gives work, at two speeds; a protocol."""
    for seed in (1, 2) if case.full else (1,):
        forward = _raised(case, seed, 0.0, 3.0)
        yield from _stairs(seed, forward.work.values)
        reverse = _raised(case, seed + 10, 3.0, 0.0)
        yield from _crooks(seed, forward.work.values, reverse.work.values)
        for name, run in (("raised", forward), ("lowered", reverse)):
            yield _first_law(f"level {name} in stairs", seed, run)
        yield from _extraction(case, seed)
        yield from _quench(case, seed)
    with case.figure("crooks") as figure:
        axes = figure.subplots()
        bins: Any = (np.arange(STAIRS + 2) - 0.5) * 3.0 / STAIRS
        axes.hist(forward.work.values.ravel(), bins, density=True, histtype="step", color="C0", label="$P_F(w)$")
        axes.hist(-reverse.work.values.ravel(), bins, density=True, histtype="step", color="C1", label="$P_R(-w)$")
        axes.axvline(FREE, color="k", lw=1.0, ls="--", label=r"$\Delta F$: they cross")
        axes.set(xlabel="work $w$", ylabel="probability density", yscale="log")
        axes.legend(frameon=False)


def _mean(claim: str, seed: int, source: str, expected: float, values: Floats) -> Claim:
    error = float(values.std(ddof=1) / np.sqrt(len(values)))
    measured, tolerance = float(values.mean()), chance((error, len(values)))
    return Claim(f"{claim}, seed {seed}", source, expected, measured, tolerance, REASON, "exact", error)


def _first_law(what: str, seed: int, run: Any) -> Claim:
    law = run.energy - run.energy[0] - (run.work - run.heat)
    return Claim(
        claim=f"{what}: largest violation of the first law, seed {seed}",
        source="Sekimoto 1998, doi 10.1143/PTPS.130.17: dU = dw - dq along every trajectory",
        expected=0.0,
        measured=float(np.abs(law).max()),
        tolerance=1e-12,
        reason="round-off of sums of energies",
        basis="exact",
    )


def _raised(case: Case, seed: int, low: float, high: float) -> Any:
    """The level takes STAIRS stairs of equal height from ``low`` to ``high`` in time 2, each at its start."""
    step = 2.0 / STAIRS
    levels = np.linspace(low, high, STAIRS + 1)
    times = np.repeat(np.arange(STAIRS) * step, 2)
    values = np.stack([levels[:-1], levels[1:]], axis=1).reshape(-1)
    ramp = {"parameter": "model.energy", "times": times.tolist(), "values": values.tolist()}
    changes = {"parameters.step": step, "parameters.driving": [ramp], "parameters.model.energy": low, "diagnostics": []}
    replicas = 40_000 if case.full else 5000
    every = {"schedule.until": 2.0, "schedule.every": 2.0}
    return case.run("jump/two_level", {"seed": seed, "replicas": replicas, **every, **changes})


def _stairs(seed: int, at_the_end: Floats) -> Iterator[Claim]:
    work, levels = at_the_end[-1], np.linspace(0.0, 3.0, STAIRS + 1)
    source = "derived: recursion of the occupation, stair by stair (theory.small_networks.two_level_work)"
    expected = small_networks.two_level_work(levels, 0.5, 2.0 / STAIRS)
    yield _mean("level raised by 3 in 40 stairs: mean work", seed, source, expected, work)
    yield _mean("level raised by 3 in 40 stairs: mean of exp(-w + dF)", seed, JARZYNSKI, 1.0, np.exp(FREE - work))


def _crooks(seed: int, forward: Floats, reverse: Floats) -> Iterator[Claim]:
    found = crooks(forward[-1], reverse[-1])
    source = "Crooks 1999, doi 10.1103/PhysRevE.60.2721"
    for what, expected, measured, error in (
        ("slope of ln P_F(w)/P_R(-w)", 1.0, found.slope, found.slope_se),
        ("free energy by the acceptance ratio of both ways", FREE, found.free_energy, found.free_energy_se),
    ):
        yield Claim(f"{what}, seed {seed}", source, expected, measured, 5 * error, REASON, "exact", error)


def _extraction(case: Case, seed: int) -> Iterator[Claim]:
    most = small_networks.extractable_work([0.1, 0.9], [0.0, 0.0])
    source = (
        "derived: recursion of the occupation, below T D(p0|p_eq): Esposito and Van den Broeck 2011, "
        "doi 10.1209/0295-5075/95/40004"
    )
    for time in (5.0, 40.0):
        low = -math.log(9.0)
        ramp = {"parameter": "model.energy", "times": [0.0, 0.0, time], "values": [0.0, low, 0.0]}
        changes = {"parameters.driving": [ramp], "schedule.until": time, "schedule.every": time}
        replicas = 15_000 if case.full else 3000
        run = case.run("jump/work_extraction", {"seed": seed, "replicas": replicas, "diagnostics": [], **changes})
        stairs = round(time / 0.1)
        levels = [0.0, *(low * (1 - (np.arange(stairs) + 0.5) / stairs)), 0.0]
        expected = -small_networks.two_level_work(levels[:-1], 0.9, 0.1)
        # The last half step up to 0 is made when the last stair has ended.
        final = _occupation(levels[:-1], 0.9, 0.1)
        expected -= final * (0.0 - levels[-2])
        yield _mean(f"work out of a known state, in time {time:g}", seed, source, expected, -run.work.values[-1])
        if time < 10:  # later the distance from the bound is within the errors
            yield Claim(
                claim=f"work out of a known state, time {time:g}: excess over T D(p0|p_eq) = {most:.4f}, seed {seed}",
                source=source,
                expected=0.0,
                measured=max(0.0, -float(run.work.values[-1].mean()) - most),
                tolerance=1e-3,
                reason="a bound from below, at a distance of five standard errors or more",
                basis="exact",
            )
        s = run.entropy_total.values[-1]
        yield _mean(f"work out of a known state, in time {time:g}: mean of exp(-s)", seed,
                    "Seifert 2005, doi 10.1103/PhysRevLett.95.040602", 1.0, np.exp(-s))  # fmt: skip


def _occupation(levels: Any, p: float, stair: float) -> float:
    """Occupation of the upper level after the stairs ``levels[1:]``."""
    for energy in levels[1:]:
        rest = 1 / (1 + math.exp(energy))
        p = rest + (p - rest) * math.exp(-2 * math.cosh(energy / 2) * stair)
    return p


def _quench(case: Case, seed: int) -> Iterator[Claim]:
    """A protocol that sets an energy of a ring without force at once makes work, and obeys Jarzynski."""
    changes: dict[str, Any] = {
        "parameters.model.force": 0.0,
        "protocol": [{"at": 0.5, "set": {"model.energies.1": 1.5}}, {"at": 0.8, "set": {"model.energies.0": -0.7}}],
        "replicas": 40_000 if case.full else 5000,
    }
    run = case.run("jump/three_state_ring", {"seed": seed, "diagnostics": [], **changes})
    before, after = ([0.0, 0.5, -0.3], [-0.7, 1.5, -0.3])
    free = math.log(sum(math.exp(-e) for e in before)) - math.log(sum(math.exp(-e) for e in after))
    found = exponential_mean(run.work.values[-1])
    yield Claim(
        claim=f"ring quenched twice by a protocol: free energy from the work, seed {seed}",
        source="Jarzynski 1997, doi 10.1103/PhysRevLett.78.2690, with the partition function of three states",
        expected=free,
        measured=-found.log,
        tolerance=5 * found.se,
        reason=REASON,
        basis="exact",
        standard_error=found.se,
    )
    yield _first_law("ring quenched twice by a protocol", seed, run)
