"""Diagnostics that other cases do not use: irreversibility, natural time, relative and histogram entropy of runs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.special import ndtr, xlogy

from physent.core.random import Purpose, normals, uniform_array
from physent.diagnostics import natural_time, time_irreversibility
from physent.evidence import Case, Claim
from physent.evidence.claims import chance

Floats = NDArray[np.float64]

ROLDAN = "Roldan and Parrondo 2010, doi 10.1103/PhysRevLett.105.150607"
RICE = "Rice 1945, doi 10.1002/j.1538-7305.1945.tb00453.x; derived: orthant probabilities of normal pairs"
SERIES = 20


def check(case: Case) -> Iterator[Claim]:
    """Rings of three states, linear noise, and an ideal gas of one speed and of Maxwell's."""
    n = 100_000 if case.full else 20_000
    for seed in (1, 2) if case.full else (1,):
        yield from _rings(case, n, seed)
        yield from _noise(case, n, seed)
        yield from _gases(case, seed)


def _claim(values: Any, expected: float, allowed: float, **words: str) -> Claim:
    """A mean over independent series or gases, with its error."""
    own = np.asarray(values, np.float64)
    error = float(own.std(ddof=1) / math.sqrt(own.size))
    reason = words.pop("reason")
    return Claim(
        expected=expected,
        measured=float(own.mean()),
        tolerance=allowed + chance((error, own.size)),
        reason=f"{reason}; five standard errors",
        basis="exact",
        standard_error=error,
        **words,
    )


def _rings(case: Case, n: int, seed: int) -> Iterator[Claim]:
    """Steps of +1, -1 and 0 modulo 3: the entropy production is (p - q) ln(p/q) per step."""
    for p, q in ((0.6, 0.2), (0.45, 0.35), (0.3, 0.3)):
        exact = (p - q) * math.log(p / q)
        u = np.array([uniform_array(case.seed(seed), Purpose.SURROGATE, row, 0, n) for row in range(SERIES)])
        state = np.cumsum((u < p).astype(np.int64) - (u > 1 - q), axis=1) % 3
        for what, values, degrees in (
            ("divergence of pairs of symbols", time_irreversibility(state, 2), 6),
            ("its growth from pairs to triples", time_irreversibility(state, 3) - time_irreversibility(state, 2), 18),
        ):
            yield _claim(
                values, exact, degrees / n,
                claim=f"ring of three states, p = {p}, q = {q}: {what}, seed {seed}",
                source=f"{ROLDAN}; derived: (p - q) ln(p/q)", reason=f"bias of at most {degrees}/n",
            )  # fmt: skip


def _noise(case: Case, n: int, seed: int) -> Iterator[Claim]:
    """White noise and AR(1): chances of a crossing and of a maximum per step."""
    t = 0.5 * np.arange(n)
    for r in (0.0, 0.9):
        z = np.array([normals(case.seed(seed), Purpose.SURROGATE, 100 + row, 0, n) for row in range(SERIES)])
        z[:, 1:] *= math.sqrt(1 - r * r)
        x = lfilter([1.0], [1.0, -r], z, axis=1)
        # correlations of neighbours, and of neighbouring differences
        between = (2 * r - 1 - r * r) / (2 * (1 - r))
        for method, share, parts in (
            ("crossings", math.acos(r) / math.pi, 2.0),
            ("maxima", math.acos(between) / (2 * math.pi), 1.0),
        ):
            period = 0.5 * parts / share
            memory = (1 + r * r) / (1 - r * r)
            yield _claim(
                [natural_time(row, t, method=method) for row in x], period,  # type: ignore[arg-type]
                3 * period * memory / n,
                claim=f"normal series of correlation {r}: natural time by {method}, seed {seed}",
                source=RICE, reason="the mean that is crossed is that of the series, known to its memory over n",
            )  # fmt: skip


def _gases(case: Case, seed: int) -> Iterator[Claim]:
    temperature, dv = 1.5, 0.6
    ring = case.run("discs.yaml", {"seed": seed})
    still = case.run("discs.yaml", {"seed": seed, "initial.velocities": "maxwell"})
    # Shares of velocity cells: of a ring of radius sqrt(2T), by many angles, and of Maxwell's law.
    angle = 2 * math.pi * (np.arange(2_000_000) + 0.5) / 2_000_000
    cells = [np.floor(math.sqrt(2 * temperature) / dv * f(angle)).astype(int) + 20 for f in (np.cos, np.sin)]
    share = np.bincount(cells[0] * 40 + cells[1], minlength=1600) / angle.size
    one = np.diff(ndtr(dv * np.arange(-20, 21) / math.sqrt(temperature)))
    maxwell = np.outer(one, one).ravel()
    exact = float((xlogy(share, share) - xlogy(share, maxwell)).sum())
    source = "derived: sum of F ln(F/M) over velocity cells, M of Maxwell's law"
    yield _claim(
        ring["s_relative_entropy"].values[-1], exact, 0.001, source=source,
        claim=f"gas of one speed: relative entropy to the local Maxwellian, cells of dv = 0.6, seed {seed}",
        reason="a quarter of K/2N, K = 120 cells on the ring",
    )  # fmt: skip
    yield _claim(
        still["s_relative_entropy"].values[-1], 0.0, 0.003, source=source,
        claim=f"Maxwell's gas: relative entropy to the local Maxwellian, seed {seed}",
        reason="what Grassberger's estimator leaves of K/2N = 0.011, in cells of about one disc, a quarter",
    )  # fmt: skip
    coarse = -2 * float(xlogy(one, one).sum()) + 2 * math.log(dv)
    yield _claim(
        still["place"].values[-1], math.log(4), 1e-4, source="derived: logarithm of the area",
        claim=f"uniform positions: differential entropy of a histogram, seed {seed}", reason="bias below 1e-4",
    )  # fmt: skip
    yield _claim(
        still["speeds"].values[-1], coarse, 0.0015,
        claim=f"Maxwell's velocities: differential entropy of a histogram in cells of 0.6, seed {seed}",
        source="derived: ln(2 pi e T) and what cells add, (0.6)^2/12T and more",
        reason="what Grassberger's estimator leaves of K/2N = 0.006, a quarter",
    )  # fmt: skip
