"""Long chains of the log-gas on a line: the size has an exact law in every trap of powers, and no chain freezes."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from scipy import stats

from physent.diagnostics.chains import effective_sample_size, mean_and_error
from physent.evidence import Case, Claim

N, STRENGTH = 24, 1.0
SCALING = "derived: -log r adds a power of the scale, so that sum |x|^k is Gamma of shape (N + beta N(N-1)/2)/k"
DIAGNOSTIC = {"kind": "linear_statistic", "name": "s", "function": "power"}
GASES = ((1.0, 2.0), (1.0, 4.0), (2.0, 6.0), (4.0, 3.0))
"""Inverse temperatures and exponents."""


def check(case: Case) -> Iterator[Claim]:
    """Mean by the virial law, variance, and the whole law of sum |x|^k in the trap |x|^k/k, for two or four k."""
    for seed in (1, 2) if case.full else (1,):
        for beta, k in GASES if case.full else GASES[1:3]:
            trap = {"parameters.potential.exponent": k, "diagnostics": [{**DIAGNOSTIC, "exponent": k}]}
            draws = 8000 if case.full else 500
            run = case.run(set={"seed": seed, "parameters.beta": beta, "schedule.draws": draws, **trap})
            yield from _size(run["s"].values, beta, k, seed)
            yield _alive(run["s"].values, beta, k, seed)


def _size(s: np.ndarray, beta: float, k: float, seed: int) -> Iterator[Claim]:
    law = stats.gamma((N + beta * N * (N - 1) / 2) / k, scale=k / (beta * N * STRENGTH))
    what, count = f"beta = {beta:g}, V = |x|^{k:g}/{k:g}, {len(s)} draws", s.size / 2.5
    mean, error = mean_and_error(s)
    yield Claim(
        claim=f"{what}: mean of sum |x|^{k:g}, seed {seed}",
        source="derived: virial law, (N - 1)/2 + 1/beta for every exponent",
        expected=(N - 1) / 2 + 1 / beta,
        measured=float(mean),
        tolerance=5 * law.std() / math.sqrt(count),
        reason="5 standard errors of a mean, at 2.5 draws for an independent one",
        basis="exact",
        standard_error=float(error),
    )
    mean, error = mean_and_error((s - law.mean()) ** 2)
    yield Claim(
        claim=f"{what}: variance of sum |x|^{k:g}, seed {seed}",
        source=SCALING,
        expected=float(law.var()),
        measured=float(mean),
        tolerance=5 * math.sqrt((2 + 6 / law.args[0]) / count) * law.var(),
        reason="5 standard errors of a mean, at 2.5 draws for an independent one",
        basis="exact",
        standard_error=float(error),
    )
    thin = max(2, math.ceil(3 * s.size / float(effective_sample_size(s))))
    kept = s[::thin].ravel()
    yield Claim(
        claim=f"{what}: Kolmogorov's sqrt(n) D of sum |x|^{k:g} against its law, seed {seed}",
        source=SCALING,
        expected=0.0,
        measured=float(stats.kstest(kept, law.cdf).statistic * math.sqrt(kept.size)),
        tolerance=2.7,
        reason="exceeded by chance in 1 of a million tests, on draws three autocorrelation times apart",
        basis="exact",
    )


def _alive(s: np.ndarray, beta: float, k: float, seed: int) -> Claim:
    """The longest stretch of equal values: at an acceptance of 0.85, 30 rejections in a row are 1e-20."""
    moves = np.diff(s, axis=0, prepend=np.nan) != 0
    draw = np.arange(len(s))[:, None]
    since = draw - np.maximum.accumulate(np.where(moves, draw, 0), axis=0)
    return Claim(
        claim=f"beta = {beta:g}, V = |x|^{k:g}/{k:g}, {len(s)} draws: longest stay of a chain, in draws, seed {seed}",
        source="derived: rejections of an adapted chain are independent enough to end",
        expected=0.0,
        measured=float(since.max()),
        tolerance=200.0,
        reason="far tails of tight traps are left slowly, at a tenth of the usual acceptance: 0.915^200 = 2e-8",
        basis="derived",
    )
