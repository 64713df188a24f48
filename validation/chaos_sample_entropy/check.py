"""Sample entropy of independent numbers and of Markov chains, whose values are known, beside another package."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from physent.core.random import Purpose, normals, uniform_array
from physent.diagnostics import sample_entropy
from physent.evidence import Case, Claim
from physent.evidence.claims import of_mean
from physent.theory import chaos

Floats = NDArray[np.float64]

RICHMAN = "Richman and Moorman 2000, 10.1152/ajpheart.2000.278.6.H2039, their probability of a match in closed form"
CHAIN = np.array([[0.8, 0.2, 0.0], [0.1, 0.6, 0.3], [0.5, 0.0, 0.5]])
SERIES, SAMPLES = 30, 3000
PEER = "nolds"


def check(case: Case) -> Iterator[Claim]:
    """Uniform and normal numbers at several tolerances, a chain of three states, and nolds if it is installed."""
    samples = 2 * SAMPLES if case.full else SAMPLES
    for seed in (1, 2) if case.full else (1,):
        rows = range(SERIES)
        uniform = np.array([uniform_array(case.seed(seed), Purpose.SURROGATE, row, 0, samples) for row in rows])
        normal = np.array([normals(case.seed(seed), Purpose.SURROGATE, 1000 + row, 0, samples) for row in rows])
        found = {}
        for r in (0.1, 0.2, 0.4):
            for m in (1, 2):
                values = sample_entropy(uniform, m, tolerance=r)
                exact = chaos.sample_entropy_of_uniform(r)
                found[f"uniform, m = {m}", r] = values, exact
                yield of_mean(f"uniform, m = {m}, tolerance {r}: -ln(2r - r^2), seed {seed}", values, exact, RICHMAN)
                values = sample_entropy(normal, m, r)
                exact = chaos.sample_entropy_of_normal(r)
                found[f"normal, m = {m}", r] = values, exact
                yield of_mean(f"normal, m = {m}, r = {r}: -ln erf(r/2), seed {seed}", values, exact, RICHMAN)
        states = chains(2000 + np.arange(SERIES), samples, case.seed(seed))
        for m in (1, 2, 4):
            yield of_mean(
                f"chain of three states, m = {m}, tolerance 1/2, seed {seed}",
                sample_entropy(states, m, tolerance=0.5),
                chaos.sample_entropy_of_chain(CHAIN, m),
                "derived: two words agree with probability sum p(w)^2, by squared transitions",
            )
        if seed == 1:
            with case.figure("tolerances") as figure:
                axes = figure.subplots()
                shown = np.geomspace(0.05, 0.8, 60)
                axes.plot(
                    shown, [chaos.sample_entropy_of_uniform(one) for one in shown], "C0", label="-ln(2r - r²), uniform"
                )
                axes.plot(
                    shown, [chaos.sample_entropy_of_normal(one) for one in shown], "C1", label="-ln erf(r/2), normal"
                )
                for (name, one), (values, _) in found.items():
                    error = values.std(ddof=1) / np.sqrt(SERIES)
                    marker, colour = "os"["m = 2" in name], "C0" if "uniform" in name else "C1"
                    axes.errorbar(one, values.mean(), error, fmt=marker, color=colour, mfc="none", capsize=2)
                axes.set(xscale="log", xlabel="tolerance r", ylabel="sample entropy, nats")
                axes.legend()
    if find_spec(PEER) is not None:
        yield _beside(case)


def chains(rows: NDArray[np.int64], samples: int, seed: int) -> Floats:
    """Stationary chains (rows, samples)."""
    u = np.array([uniform_array(seed, Purpose.SURROGATE, int(row), 0, samples) for row in rows])
    law = np.linalg.matrix_power(CHAIN, 400)[0]
    states = np.empty(u.shape, np.int64)
    states[:, 0] = (u[:, :1] >= np.cumsum(law)[:-1]).sum(1)
    edges = np.cumsum(CHAIN, axis=1)[:, :-1]
    for t in range(1, samples):
        states[:, t] = (u[:, t, None] >= edges[states[:, t - 1]]).sum(1)
    return states.astype(np.float64)


def _beside(case: Case) -> Claim:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own, on import
        sampen = import_module(PEER).sampen
    series = [normals(case.seed(3), Purpose.SURROGATE, row, 0, 1000) for row in range(3)]
    apart = [
        sampen(x, emb_dim=m, tolerance=r) - sample_entropy(x, m, tolerance=r)
        for x in series
        for m in (1, 2, 3)
        for r in (0.2, 0.5)
    ]
    return Claim(
        claim=f"largest difference from {PEER}, normals, N = 1000, m = 1 to 3",
        source=RICHMAN,
        expected=0.0,
        measured=float(np.abs(apart).max()),
        tolerance=1e-12,
        reason="rounding of two logarithms: both count the same pairs",
        basis="exact",
    )
