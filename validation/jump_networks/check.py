"""Jump processes on small networks: currents, entropy production, dwell times and fluctuation theorems, all exact."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from physent.diagnostics.fluctuations import detailed_slope, uncertainty_ratio
from physent.evidence import Case, Claim
from physent.evidence.claims import chance
from physent.theory import network, small_networks
from physent.typing import Floats

REASON = "chance: five standard errors of the number of replicas"
SCHNAKENBERG = "Schnakenberg 1976, doi 10.1103/RevModPhys.48.571: stationary law of the master equation"
TILTED = "Lebowitz and Spohn 1999, doi 10.1023/A:1004589714161: tilted generator, second order"
SEIFERT = "Seifert 2005, doi 10.1103/PhysRevLett.95.040602"
RING = ([1.0, 2.0, 0.7], [0.0, 0.5, -0.3], 2.4)
FORCES = (0.0, 0.8, 1.6, 2.4, 4.0)


def check(case: Case) -> Iterator[Claim]:
    """Ring, ratchet, motor and ion channel from their bundled configs, from the stationary start."""
    for seed in (1, 2) if case.full else (1,):
        yield from _ring(case, seed)
        yield from _theorems(case, seed)
        yield from _ratchet(case, seed)
        yield from _motor(case, seed)
        yield from _channel(case, seed)
    with case.figure("current_against_force") as figure:
        axes = figure.subplots()
        force = np.linspace(0.0, max(FORCES), 100)
        graphs = [small_networks.ring(*RING[:2], one) for one in force]
        exact = [network.current_moments(*graph, [1 / 3] * 3)[0] for graph in graphs]
        axes.plot(force, exact, "k", lw=1.0, label="master equation")
        for one in FORCES:
            values = _turns(case, 1, one)
            axes.errorbar(one, values.mean(), 2 * values.std() / np.sqrt(len(values)), fmt="o", color="C0", ms=4)
        axes.set(xlabel="force (work per turn)", ylabel="turns per unit time")
        axes.legend(frameon=False)


def _mean(claim: str, seed: int, source: str, expected: float, values: Floats) -> Claim:
    error = float(values.std(ddof=1) / np.sqrt(len(values)))
    return Claim(
        claim=f"{claim}, seed {seed}",
        source=source,
        expected=expected,
        measured=float(values.mean()),
        tolerance=chance((error, len(values))),
        reason=REASON,
        basis="exact",
        standard_error=error,
    )


def _number(claim: str, seed: int, source: str, expected: float, measured: float, error: float) -> Claim:
    return Claim(f"{claim}, seed {seed}", source, expected, measured, 5 * error, REASON, "exact", error)


def _run(case: Case, name: str, seed: int, time: float, replicas: int, **changes: Any) -> Any:
    """The end of a bundled config."""
    more = {"parameters." + key: value for key, value in changes.items()}
    bare = {"diagnostics": [], "output.fields": "none", "output.every": 1}
    every = {"schedule.until": time, "schedule.every": time}
    return case.run(f"jump/{name}", {"seed": seed, "replicas": replicas, **every, **bare, **more}).isel(time=-1)


def _turns(case: Case, seed: int, force: float) -> Floats:
    end = _run(case, "three_state_ring", seed, 100.0, 400, **{"model.force": force})
    return np.asarray(end.current_turns / 100.0)


def _ring(case: Case, seed: int) -> Iterator[Claim]:
    end = _run(case, "three_state_ring", seed, 100.0, 60_000 if case.full else 3000)
    graph = small_networks.ring(*RING)
    flow, variance = network.current_moments(*graph, [1 / 3] * 3)
    yield _mean("ring: turns per unit time", seed, SCHNAKENBERG, flow, end.current_turns.values / 100.0)
    entropy = end.entropy_total.values / 100.0
    yield _mean("ring: entropy production per unit time, current times force", seed, SCHNAKENBERG, flow * 2.4, entropy)
    turns = end.current_turns.values
    square = (turns - turns.mean()) ** 2 / 100.0
    yield _mean("ring: variance of the turns per unit time", seed, TILTED, variance, square)
    ratio, error = uncertainty_ratio(turns, end.entropy_total.values)
    bound = variance * flow * 2.4 / (2 * flow**2)
    source = f"{TILTED}; at least 1: Barato and Seifert 2015, doi 10.1103/PhysRevLett.114.158101"
    yield _number(
        "ring: squared uncertainty of the turns times their cost, over the bound", seed, source, bound, ratio, error
    )


def _theorems(case: Case, seed: int) -> Iterator[Claim]:
    s = _run(case, "three_state_ring", seed, 1.0, 200_000 if case.full else 10_000).entropy_total.values
    yield _mean("ring: mean of exp(-s) at time 1", seed, f"{SEIFERT}: integral theorem", 1.0, np.exp(-s))
    slope, error = detailed_slope(s)
    yield _number("ring: slope of ln P(s)/P(-s) at time 1", seed, f"{SEIFERT}: detailed theorem", 1.0, slope, error)


def _ratchet(case: Case, seed: int) -> Iterator[Claim]:
    end = _run(case, "flashing_ratchet", seed, 200.0, 40_000 if case.full else 1000)
    graph = small_networks.flashing_ratchet([0.0, 3.0, 6.0], 1.0)
    p = network.stationary(network.generator(*graph))
    flow = network.current_moments(*graph, [1 / 3] * 6 + [0.0] * 3)[0]
    yield _mean(
        "ratchet: turns per unit time, down the gentle slope", seed, SCHNAKENBERG, flow, end.current_turns.values / 200
    )
    cost = network.entropy_production(*graph, p)
    yield _mean("ratchet: entropy production per unit time", seed, SCHNAKENBERG, cost, end.entropy_total.values / 200)


def _motor(case: Case, seed: int) -> Iterator[Claim]:
    end = _run(case, "molecular_motor", seed, 100.0, 40_000 if case.full else 2000)
    source = "Fisher and Kolomeisky 1999, doi 10.1073/pnas.96.12.6597"
    v, d, cost = small_networks.two_state_motor((3.0, 1.5), (0.4, 0.2))
    steps = end.current_steps.values
    yield _mean("motor: velocity in steps", seed, source, v, steps / 100.0)
    yield _mean("motor: diffusion coefficient", seed, source, d, (steps - steps.mean()) ** 2 / 200.0)
    yield _mean("motor: entropy production per unit time", seed, source, cost, end.entropy_total.values / 100.0)


def _channel(case: Case, seed: int) -> Iterator[Claim]:
    """Means over all stays of all replicas, with errors from the replicas."""
    # A stay that is cut by the end is left out, which makes the mean too small by about 6/time: below the errors.
    time = 20_000.0 if case.full else 5000.0
    changes = {"seed": seed, "replicas": 200 if case.full else 50, "schedule.until": time, "schedule.every": time}
    end = case.run("jump/ion_channel", {**changes, "output.every": 1}).isel(time=-1)
    full = network.generator([[0, 1], [1, 2]], [[0.5, 1.0], [2.0, 0.8]])
    source = "Neuts 1981, Matrix-Geometric Solutions: phase-type law of the master equation"
    count = end.dwell_count.values
    for group, inside, entry, name in ((0, [0, 1], [0.0, 1.0], "closed"), (1, [2], [1.0], "open")):
        mean, square, tail = network.dwell_times(full, inside, entry, 2.0)
        longer = end.dwell_histogram.values[:, group, 20:].sum(axis=1)
        parts = [
            ("mean", mean, end.dwell_time.values[:, group]),
            ("second moment", square, end.dwell_square.values[:, group]),
        ]
        for what, expected, total in [*parts, ("share of stays longer than 2", tail, longer)]:
            stays = count[:, group]
            value = total.sum() / stays.sum()
            residual = (total - value * stays) / stays.mean()
            error = float(residual.std(ddof=1) / np.sqrt(len(residual)))
            yield _number(f"ion channel: {what} of the {name} times", seed, source, expected, float(value), error)
    yield Claim(
        claim=f"ion channel: entropy production per unit time, seed {seed}",
        source="derived: detailed balance of a chain of states: ln(k_ij/k_ji) is a difference of ln p",
        expected=0.0,
        measured=float(np.abs(end.entropy_total.values).max() / time),
        tolerance=1e-12,
        reason="round-off of sums of logarithms",
        basis="exact",
    )
