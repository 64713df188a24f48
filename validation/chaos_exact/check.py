"""Lyapunov exponents that are known exactly; identities of sums, unions and cycles; the entropy of a cloud."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from physent.evidence import Case, Claim, of_mean

BARE: dict[str, Any] = {"diagnostics": [], "output.fields": "none", "protocol": [], "sweep": {}}
CHIALVO = {"kind": "chialvo", "a": 0.89, "b": 0.18, "c": 0.28, "k": 0.03}
CHAIN = {"kind": "neuron_chain", "neurons": ["chialvo", "rulkov", "chialvo"], "coupling": 0.0}
OSELEDETS = "Oseledets 1968: the sum of all exponents is the mean divergence, here known"
PROTOTYPE = "an independent program, 1e6 steps"


def check(case: Case) -> Iterator[Claim]:
    """Maps, then flows; statistical ones with two seeds if full."""
    yield from _maps(case)
    yield from _flows(case)
    for seed in (1, 2) if case.full else (1,):
        yield from _statistics(case, seed)
        yield from _cloud(case, seed)


def _end(case: Case, config: str, system: dict[str, Any], until: float, **more: Any) -> Any:
    """The last record of a run."""
    parameters = {"system": system, "transient": more.pop("transient", 1000)} | more.pop("parameters", {})
    run = {
        "parameters": parameters,
        "schedule": {"until": until, "every": until},
        "replicas": 1,
        "initial": {"kind": "box"},
    }
    return case.run(config, {**BARE, **run, **more}).isel(time=-1)


def _exact(claim: str, source: str, expected: float, measured: Any, tolerance: float, reason: str) -> Claim:
    return Claim(claim, source, float(expected), float(measured), tolerance, reason, "exact")


def _maps(case: Case) -> Iterator[Claim]:
    r = 3.2
    cycle = _end(case, "chaos/logistic", {"kind": "logistic", "r": r}, 20_000)
    yield _exact(
        "logistic map, r = 3.2, a cycle of two: exponent",
        "derived: half of ln|f'(x_1) f'(x_2)| = ln|4 + 2 r - r^2|",
        0.5 * np.log(abs(4 + 2 * r - r * r)), cycle.lyapunov[0, 0], 1e-10, "rounding, after a transient of 1000 steps",
    )  # fmt: skip
    henon = _end(case, "chaos/henon", {"kind": "henon"}, 100_000)
    total = henon.lyapunov.sum()
    yield _exact("map of Henon: sum of the exponents", OSELEDETS, np.log(0.3), total, 1e-11, "rounding")
    cat = _end(case, "chaos/coarse_cloud", {"kind": "cat"}, 10_000, parameters={"exponents": None})
    exact = np.log((3 + np.sqrt(5)) / 2)
    for index, sign in enumerate((1, -1)):
        yield _exact(
            f"cat map: exponent {index + 1}", "derived: eigenvalues of the symmetric matrix", sign * exact,
            cat.lyapunov[0, index], 1e-10, "rounding; without alignment of tangents 0.16/steps",
        )  # fmt: skip
    n, e = 8, 0.3
    doubling = {"kind": "coupled_maps", "map": {"kind": "doubling"}, "n": n, "coupling": e}
    ring = _end(case, "chaos/coupled_maps", doubling, 5000)
    spectrum = np.sort(np.log(2) + np.log(np.abs(1 - e + e * np.cos(2 * np.pi * np.arange(n) / n))))[::-1]
    source = "derived: ln 2 + ln|1 - e + e cos(2 pi k/n)|, of a circulant matrix"
    off = float(abs(ring.lyapunov[0].values - spectrum).max())
    yield _exact("8 coupled doubling maps: largest error of an exponent", source, 0.0, off, 1e-10, "rounding")
    entropy = spectrum[spectrum > 0].sum()
    yield _exact("8 coupled doubling maps: entropy per step", source, entropy, ring.ks_entropy[0], 1e-10, "rounding")
    neuron = _end(case, "chaos/henon", CHIALVO, 100_000)
    total, divergence = float(neuron.lyapunov.sum()), float(neuron.divergence[0])
    yield _exact("neuron of Chialvo: sum less <ln|det J|>", OSELEDETS, 0.0, total - divergence, 1e-11, "rounding")
    quasi = _end(case, "chaos/henon", CHIALVO | {"b": 0.6}, 200_000)
    yield _exact(
        "neuron of Chialvo, b = 0.6, quasi-periodic: largest exponent", "a torus neither stretches nor shrinks", 0.0,
        quasi.lyapunov[0, 0], 5e-5, "falls as 1/t; 5.5e-6 after 1e6 steps",
    )  # fmt: skip


def _flows(case: Case) -> Iterator[Claim]:
    exact = -(10 + 1 + 8 / 3)
    for integrator, step, tolerance in (("rk4", 0.01, 2e-4), ("dop853", 0.005, 1e-9)):
        parameters = {"step": step, "integrator": integrator}
        lorenz = _end(case, "chaos/lorenz", {"kind": "lorenz"}, 200.0, transient=20.0, parameters=parameters)
        yield _exact(
            f"Lorenz: sum of the exponents by {integrator}, step {step}", OSELEDETS, exact, lorenz.lyapunov.sum(),
            tolerance, "error of the step",
        )  # fmt: skip
    start = {"kind": "point", "at": [0.0, -0.15, 0.45, 0.0]}
    pair = _end(
        case, "chaos/henon_heiles", {"kind": "henon_heiles"}, 2000.0, transient=100.0, parameters={"step": 0.1},
        initial=start,
    ).lyapunov[0].values  # fmt: skip
    yield _exact(
        "Henon and Heiles: sum of the exponents", "a Hamiltonian flow keeps volumes", 0.0, pair.sum(), 1e-9,
        "error of the step, of order 8",
    )  # fmt: skip


def _statistics(case: Case, seed: int) -> Iterator[Claim]:
    many = {"replicas": 32, "seed": seed}
    steps = 100_000 if case.full else 20_000
    logistic = _end(case, "chaos/logistic", {"kind": "logistic"}, 100_000, **many).lyapunov[:, 0].values
    source = "conjugate to a tent of slope 2"
    yield of_mean(f"logistic map, r = 4: exponent, seed {seed}", logistic, np.log(2), source)
    a = 0.3
    exact = -a * np.log(a) - (1 - a) * np.log(1 - a)
    tent = _end(case, "chaos/logistic", {"kind": "tent", "a": a}, steps, **many).lyapunov[:, 0].values
    yield of_mean(f"skewed tent, a = 0.3: exponent, seed {seed}", tent, exact, "derived: -a ln a - (1-a) ln(1-a)")
    few = {"replicas": 4, "seed": seed}
    chain = _end(case, "chaos/neuron_chain", CHAIN, 500_000, **few).lyapunov.mean("replica").values
    # Equal exponents are compared by their mean: rounding mixes their vectors, and the one ahead leads for a while.
    for expected, of in ((0.255, (0,)), (0.0502, (1, 2)), (-0.1462, (3, 4)), (-0.167, (5,))):
        which = " and ".join(str(index + 1) for index in of)
        yield Claim(
            claim=f"three neurons without coupling: exponent {which} is that of a single one, seed {seed}",
            source=PROTOTYPE,
            expected=expected,
            measured=float(chain[list(of)].mean()),
            tolerance=0.003,
            reason="statistics of that program and of these steps",
            basis="simulated",
        )


def _cloud(case: Case, seed: int) -> Iterator[Claim]:
    """Slope of the coarse-grained entropy between the steps at which the cloud is long and at which it meets itself."""
    run = case.run("chaos/coarse_cloud", {"seed": seed, "replicas": 100_000 if case.full else 20_000})
    slope = float(run.cloud[6] - run.cloud[3]) / 3
    yield Claim(
        f"a cloud under the cat map: its entropy in cells grows per step by, seed {seed}",
        "Latora and Baranger 1999, doi 10.1103/PhysRevLett.82.520: the rate of Kolmogorov and Sinai",
        float(np.log((3 + np.sqrt(5)) / 2)), slope, 0.03, "a cloud of finite length and width in cells", "derived",
    )  # fmt: skip
