"""Log-gas on a line at beta = 1, 2, 4: spacings, edge, counts, gaps and density, exact at finite N and in the limit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from threadpoolctl import threadpool_limits

from physent.diagnostics.chains import mean_and_error
from physent.evidence import Case, Claim
from physent.evidence.cases import load_script

Floats = NDArray[np.float64]

N = 20
BRUIJN = "de Bruijn 1955, J. Indian Math. Soc. 19, 133: Pfaffians of Hermite functions, in this case's exact.py"
WIGNER = "Wigner's surmise is the law of two charges: x_1 - x_2 has the weight s^beta exp(-beta s^2/2)"
BULK = "Mehta 2004, Random Matrices, 3rd ed.; Dietz and Haake 1990, Z. Phys. B 80, 153"
TRACY_WIDOM = "Tracy and Widom 1996, doi 10.1007/BF02099545; Bornemann 2010, doi 10.1090/S0025-5718-09-02280-7"
LOOP = "derived: integration by parts of x_i^3, (x^3 - y^3)/(x - y) = x^2 + x y + y^2, and sum x normal"
EDGE = {1: -1.2065, 2: -1.7711, 4: -2.0552}
"""Tracy-Widom means of (x_max - sqrt(2)) sqrt(2) N^(2/3), in the scaling of the stochastic Airy operator."""
VARIANCE = {1: 0.286, 2: 0.180, 4: 0.104}
"""Of a spacing in the bulk, in units of its mean; that of Wigner's surmise is 0.273, 0.178, 0.1045."""


def check(case: Case) -> Iterator[Claim]:
    """Two charges, then twenty, then fifty or a hundred."""
    with threadpool_limits(1, "blas"):  # threads only slow such small matrices down
        exact = load_script(case.folder / "exact.py")
        edges = {beta: exact.largest(N, beta) for beta in EDGE}
        yield from _limit(exact, edges, 50 if case.full else 10)
        n, draws = (100, 2000) if case.full else (50, 150)
        for seed in (1, 2) if case.full else (1,):
            for beta in EDGE:
                yield _surmise(case, beta, seed, draws)
                x = _draws(case, N, beta, seed, draws)
                yield from _edge(x, beta, edges[beta], seed)
                yield from _counts(exact, x, beta, seed)
                yield from _pairs(exact, x, beta, seed)
                yield _density(exact, x, beta, seed)
                large = _draws(case, n, beta, seed, draws)
                yield _bulk(large, beta, seed)
                yield _tracy_widom(large, beta, edges[beta][0], seed)
            for other in (0.5, 1.0, 7.0):
                yield _fourth(case, other, seed, draws)


def _draws(case: Case, n: int, beta: float, seed: int, draws: int) -> Floats:
    """Ordered charges, (draws, replicas, n)."""
    run = case.run(set={"seed": seed, "parameters.n": n, "parameters.beta": beta, "schedule.draws": draws})
    return np.sort(run["position"].values[..., 0], axis=2)


def _mean(values: Floats, expected: float, spread: float, allowed: float = 0.0, **words: str) -> Claim:
    """The mean of independent draws, whose standard deviation is ``spread``."""
    average, error = mean_and_error(values)
    also = f"; {words.pop('also')}" if "also" in words else ""
    return Claim(
        expected=expected,
        measured=float(average),
        standard_error=float(error),
        tolerance=5 * spread / math.sqrt(values.size) + allowed,
        reason=f"5 standard errors of independent draws{also}",
        basis="exact",
        **words,
    )


def _surmise(case: Case, beta: int, seed: int, draws: int) -> Claim:
    x = _draws(case, 2, beta, seed, draws)
    squares = np.square(x[..., 1] - x[..., 0]).ravel()
    found = stats.kstest(squares, stats.gamma((beta + 1) / 2, scale=2 / beta).cdf)
    return Claim(
        claim=f"N = 2, beta = {beta}: Kolmogorov's sqrt(n) D of the spacing against Wigner's surmise, seed {seed}",
        source=f"derived: {WIGNER}",
        expected=0.0,
        measured=float(found.statistic * math.sqrt(squares.size)),
        tolerance=2.7,
        reason="exceeded by chance in 1 of a million tests",
        basis="exact",
    )


def _edge(x: Floats, beta: int, law: tuple[float, float], seed: int) -> Iterator[Claim]:
    mean, variance = law
    last = np.concatenate([x[..., -1], -x[..., 0]], axis=1)
    yield _mean(
        last, mean, math.sqrt(2 * variance), source=BRUIJN,
        claim=f"N = 20, beta = {beta}: mean of the outermost charge on either side, seed {seed}",
    )  # fmt: skip
    yield _mean(
        (last - mean) ** 2, variance, 1.6 * math.sqrt(2) * variance, source=BRUIJN,
        claim=f"N = 20, beta = {beta}: variance of the outermost charge on either side, seed {seed}",
    )  # fmt: skip


def _counts(exact: Any, x: Floats, beta: int, seed: int) -> Iterator[Claim]:
    """Numbers in an interval: the variance is that of the pair correlation, their absence that of all orders."""
    cuts = np.array([-0.2, -0.06, 0.0, 0.06, 0.2])
    gas = exact.Gas(N, beta, cuts)
    for what, inside, low, high in (
        ("|x| < 0.06", np.abs(gas.middles) < 0.06, -0.06, 0.06),
        ("|x| < 0.2", np.abs(gas.middles) < 0.2, -0.2, 0.2),
        ("x > 0", gas.middles > 0, 0.0, np.inf),
    ):
        mean, variance, none = gas.counting(inside)
        counts = ((x > low) & (x < high)).sum(axis=2).astype(float)
        words = f"N = 20, beta = {beta}, charges with {what}:"
        if high < np.inf:
            yield _mean(
                counts, mean, math.sqrt(variance), source=BRUIJN,
                claim=f"{words} mean number, seed {seed}",
            )  # fmt: skip
        if high < 0.1:
            yield _mean(
                (counts == 0).astype(float), none, math.sqrt(none), source=BRUIJN,
                claim=f"{words} chance of none, seed {seed}",
            )  # fmt: skip
        yield _mean(
            (counts - mean) ** 2, variance, math.sqrt(2 * variance**2 + variance), source=BRUIJN,
            claim=f"{words} variance of the number, seed {seed}",
        )  # fmt: skip


def _pairs(exact: Any, x: Floats, beta: int, seed: int) -> Iterator[Claim]:
    """Pair correlation between cells of half a spacing: <n m> follows from the variances of n, m and n + m."""
    width, first = 0.06, -0.12
    cuts = first + width * np.arange(5)
    gas = exact.Gas(N, beta, cuts)
    cells = [(gas.middles > a) & (gas.middles < b) for a, b in pairwise(cuts)]
    counts = [((x > a) & (x < b)).sum(axis=2) for a, b in pairwise(cuts)]
    mean, variance, _ = gas.counting(cells[0])
    for steps in (1, 2, 3):
        one, other, _ = gas.counting(cells[steps])
        both = gas.counting(cells[0] | cells[steps])[1]
        product = (both - variance - other) / 2 + mean * one
        yield _mean(
            counts[0] * counts[steps] / (mean * one), product / (mean * one), math.sqrt(1.5 * product) / (mean * one),
            claim=f"N = 20, beta = {beta}: pair correlation of cells {width * steps:g} apart, seed {seed}",
            source=BRUIJN,
        )  # fmt: skip


def _density(exact: Any, x: Floats, beta: int, seed: int) -> Claim:
    """Mean numbers in cells that cover one half of the line, as they are symmetric."""
    edges = np.linspace(0, 1.8, 25)
    gas = exact.Gas(N, beta, edges)
    laws = np.array([gas.counting((gas.middles > a) & (gas.middles < b))[:2] for a, b in pairwise(edges)])
    counts = np.stack([((x > a) & (x < b)).sum(axis=2) for a, b in pairwise(edges)], axis=-1)
    z = (counts.mean((0, 1)) - laws[:, 0]) / np.sqrt(laws[:, 1] / (x.shape[0] * x.shape[1]))
    z = z[laws[:, 0] * x.shape[0] * x.shape[1] > 10]
    return Claim(
        claim=f"N = 20, beta = {beta}: density in cells, mean square of deviation over standard error, seed {seed}",
        source=BRUIJN,
        expected=1.0,
        measured=float(np.mean(z**2)),
        standard_error=math.sqrt(2 / len(z)),
        tolerance=2.0,
        reason="the mean of chi-squares of 20 independent cells exceeds 3 in 6 of a million cases",
        basis="exact",
    )


def _bulk(x: Floats, beta: int, seed: int) -> Claim:
    """The ten spacings in the middle, unfolded by the semicircle."""
    n = x.shape[-1]
    y = np.sqrt(n) * x[..., n // 2 - 5 : n // 2 + 6]
    at = n + 0.5 - 1 / beta  # the density is sqrt(2 N' - y^2)/pi to this order, and the rest of the charges at the edge
    angle = np.arcsin(y / math.sqrt(2 * at))
    spacing = np.diff((angle + np.sin(2 * angle) / 2) * at / np.pi, axis=2)
    return _mean(
        np.square(spacing - 1).mean(axis=2), VARIANCE[beta], 0.8 * VARIANCE[beta], 0.0005 + VARIANCE[beta] / n,
        claim=f"N = {n}, beta = {beta}: variance of spacings in the bulk, in units of their mean, seed {seed}",
        source=BULK, also="three digits of the source, 0.0005, and 1/N of the value",
    )  # fmt: skip


def _scaled(mean: float, n: int, beta: float) -> float:
    """In units of the edge, from sqrt(2 N') with N' = N + 1/2 - 1/beta: what is left is of order N^(-2/3).

    Forrester and Trinh 2019, Nucl. Phys. B 938, 621, at even beta.
    """
    at = n + 0.5 - 1 / beta
    return float((mean * math.sqrt(n) - math.sqrt(2 * at)) * math.sqrt(2) * at ** (1 / 6))


def _tracy_widom(x: Floats, beta: int, mean: float, seed: int) -> Claim:
    n = x.shape[-1]
    left = abs(_scaled(mean, N, beta) - EDGE[beta]) * (N / n) ** (2 / 3)
    last = np.concatenate([x[..., -1], -x[..., 0]], axis=1)
    unit = _scaled(1.0, n, beta) - _scaled(0.0, n, beta)
    return _mean(
        _scaled(0.0, n, beta) + unit * last, EDGE[beta], 1.3 / math.sqrt(beta) * math.sqrt(2), 1.5 * left,
        claim=f"N = {n}, beta = {beta}: mean of the outermost charge in units of the edge, seed {seed}",
        source=TRACY_WIDOM,
        also=f"{left:.4f}, the exact excess at N = 20 times (20/{n})^(2/3), and half of it for higher terms",
    )  # fmt: skip


def _limit(exact: Any, edges: dict[int, tuple[float, float]], other: int) -> Iterator[Claim]:
    """The exact means at finite N tend to Tracy and Widom's: what the rows of draws rest on."""
    for beta, limit in EDGE.items():
        mean = exact.largest(other, beta)[0]
        weights = N ** (2 / 3), other ** (2 / 3)
        values = _scaled(edges[beta][0], N, beta), _scaled(mean, other, beta)
        yield Claim(
            claim=f"beta = {beta}: exact mean of the outermost charge at N = 20 and {other}, extrapolated in N^(-2/3)",
            source=f"{TRACY_WIDOM}; {BRUIJN}",
            expected=limit,
            measured=(weights[0] * values[0] - weights[1] * values[1]) / (weights[0] - weights[1]),
            tolerance=0.2 / (N * other) ** (2 / 3) + 5e-5,
            reason="next power of N^(-2/3) with a factor of 0.2, and four digits of the limit",
            basis="published",
        )


def _fourth(case: Case, beta: float, seed: int, draws: int) -> Claim:
    x = _draws(case, N, beta, seed, draws)
    square = (N - 1) / 2 + 1 / beta
    fourth = (square * (N - 1.5 + 3 / beta) + 0.5 / beta) / N
    values = (x**4).sum(axis=2)
    return _mean(
        values, fourth, float(values.std()), source=LOOP,
        claim=f"N = 20, beta = {beta:g}: mean of sum x^4, seed {seed}",
    )  # fmt: skip
