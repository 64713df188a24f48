"""Jackknife intervals of entropies contain the true value as often as stated, or a warning says that they do not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, ndtr, xlogy

from physent.core.random import Purpose, normals, uniform_array
from physent.diagnostics import Coverage, Shannon, interval_coverage
from physent.diagnostics.estimators import SHANNON
from physent.evidence import Case, Claim

Floats = NDArray[np.float64]

NOMINAL = 0.95
# An interval fails if it covers less than this. With normal errors it covers Phi(1.96 - b) + Phi(1.96 + b) - 1 at a
# bias of b standard errors: 0.90 at b = 0.65. The warning's threshold is 0.5, where it covers 0.92, so that an error of
# 0.15 in the estimated bias lies between.
FAILS = 0.90
SEEDS = (2026, 4051)
ZAHL = "Zahl 1977, 10.2307/1936227 (jackknife of entropies)"
# Coverage of Miller-Madow +- 1.96 jackknife errors in an earlier study of 300 samples per cell, to two digits.
EARLIER = {
    ("uniform, K = 100", 100): 0.08,
    ("uniform, K = 100", 1000): 0.99,
    ("Zipf, K = 1000", 300): 0.0,
    ("Zipf, K = 1000", 10_000): 0.93,
    ("Gaussian, 8^4 cells", 1000): 0.0,
    ("Gaussian, 8^4 cells", 10_000): 0.06,
    ("Gaussian, 8^4 cells", 100_000): 0.83,
}


class Cell(NamedTuple):
    """One law at one N, the expected count of its rarest cell, and the coverage of each estimator."""

    law: str
    N: int
    rarest: float
    of: dict[str, Coverage]


def laws() -> dict[str, tuple[Floats, tuple[int, ...]]]:
    """The laws of the study, and the sizes of their samples."""
    zipf = 1 / np.arange(1, 1001)
    axis = np.diff(ndtr(np.linspace(-3.5, 3.5, 9)))
    gauss = np.einsum("i,j,k,l->ijkl", axis, axis, axis, axis).ravel()
    return {
        "uniform, K = 100": (np.full(100, 0.01), (100, 1000)),
        "Zipf, K = 1000": (zipf / zipf.sum(), (300, 10_000)),
        "Gaussian, 8^4 cells": (gauss / gauss.sum(), (1000, 10_000, 100_000)),
    }


def held_out(seed: int) -> dict[str, tuple[Floats, tuple[int, ...]]]:
    """Laws of families that neither the rule of the warning nor its threshold was chosen with; sizes set beforehand."""
    log_normal = np.exp(2 * normals(seed, Purpose.SURROGATE, 0, -1, 600))
    stretched = np.exp(-np.sqrt(np.arange(2000) / 5.0))
    poisson = np.exp(xlogy(np.arange(120), 40.0) - gammaln(np.arange(120) + 1.0))
    halves = np.concatenate([np.full(20, 0.5 / 20), np.full(800, 0.5 / 800)])
    weights = {
        "log-normal weights, K = 600": (log_normal, (200, 1000, 5000, 50_000)),
        "stretched exponential": (stretched, (100, 500, 3000, 20_000)),
        "Poisson, mean 40": (poisson, (50, 300, 2000, 20_000)),
        "half on 20, half on 800 cells": (halves, (300, 2000, 10_000, 40_000)),
    }
    return {name: (p / p.sum(), sizes) for name, (p, sizes) in weights.items()}


def check(case: Case) -> Iterator[Claim]:
    """Coverage and warnings of every estimator; the full tier repeats all with a second seed and more samples."""
    for turn, number in enumerate(SEEDS if case.full else SEEDS[:1]):
        which, seed = f", seed {number}" if turn else "", case.seed(number)
        known = study(laws(), seed, 500 if case.full else 160)
        unknown = study(held_out(seed), seed + 1, 500 if case.full else 200)
        with case.figure(f"coverage{turn + 1 if turn else ''}", size=(10.4, 5.0)) as figure:
            draw(figure, known, unknown)
        yield from _as_measured(known, which)
        for group, cells in (("laws of the table", known), ("other laws", unknown)):
            for estimator in SHANNON:
                yield from _warned(estimator, cells, f"{group}{which}")
        yield from _quiet([*known, *unknown], which)


def study(cases: dict[str, tuple[Floats, tuple[int, ...]]], seed: int, samples: int) -> list[Cell]:
    """Coverage of every estimator for every law and N; half as many samples at N = 1e5."""
    cells = []
    for number, (law, (p, sizes)) in enumerate(cases.items()):
        truth = float(Shannon()(p))
        for N in sizes:
            counts = draws(p, N, samples if N < 100_000 else samples // 2, seed + 1000 * number)
            of = {name: interval_coverage(counts, truth, estimator=name, nominal=NOMINAL) for name in SHANNON}
            cells.append(Cell(law, N, N * float(p.min()), of))
    return cells


def draws(p: Floats, N: int, samples: int, seed: int) -> NDArray[np.int64]:
    """Counts (samples, K) of N independent values of the law p, by inversion of its distribution function."""
    edges = np.cumsum(p)[:-1]
    counts = np.empty((samples, len(p)), np.int64)
    for row in range(samples):
        u = uniform_array(seed, Purpose.SURROGATE, row, N, N)
        counts[row] = np.bincount(np.searchsorted(edges, u, side="right"), minlength=len(p))
    return counts


def fails(one: Coverage) -> bool:
    """Whether the coverage is below `FAILS`, by four standard errors of the share of samples at `FAILS`."""
    return one.covered < FAILS - 4 * float(np.sqrt(FAILS * (1 - FAILS) / one.samples))


def _as_measured(cells: list[Cell], which: str) -> Iterator[Claim]:
    for cell in cells:
        one, expected = cell.of["miller_madow"], EARLIER[cell.law, cell.N]
        spread = max(expected * (1 - expected), one.covered * (1 - one.covered), 0.01)
        yield Claim(
            claim=f"coverage at nominal {NOMINAL}, Miller-Madow, {cell.law}, N = {cell.N}{which}",
            source="an earlier simulation of our own, unpublished, 300 samples per cell",
            expected=expected,
            measured=one.covered,
            tolerance=float(5 * np.sqrt(spread / one.samples + spread / 300) + 0.005),
            reason="five binomial standard errors of both shares (at least those of 0.01), and rounding",
            basis="simulated",
            standard_error=one.covered_error,
        )


def _warned(estimator: str, cells: list[Cell], group: str) -> Iterator[Claim]:
    failing = [cell.of[estimator] for cell in cells if fails(cell.of[estimator])]
    share = min((one.warned for one in failing), default=1.0)
    yield Claim(
        claim=f"{estimator}, {group}: least fraction of samples with a warning if intervals cover less than {FAILS}",
        source=f"{ZAHL}; derived: physent.diagnostics.estimators.bias_left",
        expected=1.0,
        measured=share,
        tolerance=0.25,
        reason="fails: Phi(1.96 - b) + Phi(1.96 + b) - 1 < 0.90, a bias b > 0.65 standard errors; warned of from 0.5,"
        " by a sample whose estimate of b scatters by 0.2 with probability Phi(0.15/0.2) = 0.77 or more",
        basis="derived",
    )


def _quiet(cells: list[Cell], which: str) -> Iterator[Claim]:
    """What remains without a warning may be relied on, and is not empty."""
    for estimator in ("miller_madow", "grassberger", "jackknife"):
        ones = [cell.of[estimator] for cell in cells]
        quiet = np.array([(1 - one.warned) * one.samples for one in ones])
        covered = np.array([one.covered_unwarned if one.warned < 1 else 0.0 for one in ones])
        share = float((quiet * covered).sum() / quiet.sum())
        yield Claim(
            claim=f"{estimator}: coverage of all intervals without a warning{which}",
            source=ZAHL,
            expected=NOMINAL,
            measured=share,
            tolerance=0.03 + 5 * float(np.sqrt(NOMINAL * (1 - NOMINAL) / quiet.sum())),
            reason="a bias of 0.5 standard errors, which is not warned of, costs 0.03; five binomial standard errors",
            basis="derived",
            standard_error=float(np.sqrt(share * (1 - share) / quiet.sum())),
        )
    largest = {cell.law: cell for cell in cells}
    for law, cell in largest.items():
        if cell.rarest < 1:
            continue
        yield Claim(
            claim=f"grassberger: fraction of samples with an unnecessary warning, {law}, N = {cell.N}{which}",
            source="derived: even the rarest cell is expected to be seen, so that the bias falls as 1/N",
            expected=0.0,
            measured=cell.of["grassberger"].warned,
            tolerance=0.05,
            reason="a rule that always warns would be worth nothing",
            basis="derived",
        )


def draw(figure: Any, known: list[Cell], unknown: list[Cell]) -> None:
    """Coverage against N for the laws of the table, and against the bias for all, with the curve of normal errors."""
    left, right = figure.subplots(1, 2)
    for colour, law in enumerate(dict.fromkeys(cell.law for cell in known)):
        row = [cell for cell in known if cell.law == law]
        for name, style in (("miller_madow", "s--"), ("grassberger", "o-")):
            ones = [cell.of[name] for cell in row]
            numbers = np.array([cell.N for cell in row])
            covered = np.array([one.covered for one in ones])
            warned = np.array([one.warned > 0.5 for one in ones])
            error = [one.covered_error for one in ones]
            left.errorbar(numbers, covered, error, fmt=style, color=f"C{colour}", mfc="white", capsize=2)
            left.plot(numbers[warned], covered[warned], style[0], zorder=3, color=f"C{colour}")
        left.plot([], [], "-", color=f"C{colour}", label=law)
    left.axhline(NOMINAL, color="0.5", lw=0.8)
    left.set(xscale="log", xlim=(60, 2e7), ylim=(-0.03, 1.03), xlabel="N", ylabel=f"coverage at nominal {NOMINAL}")
    left.set_title("circles Grassberger, squares Miller-Madow", loc="left")
    left.legend(loc="lower right")
    beta = np.linspace(-6, 10.5, 301)
    right.plot(beta, ndtr(1.96 - beta) - ndtr(-1.96 - beta), color="0.6", lw=1, label="normal errors")
    for colour, name in enumerate(SHANNON):
        ones = [cell.of[name] for cell in [*known, *unknown]]
        biases = np.array([one.bias / (one.bias_error * np.sqrt(one.samples)) for one in ones])
        covered = np.array([one.covered for one in ones])
        warned = np.array([one.warned > 0.5 for one in ones])
        right.plot(biases[warned], covered[warned], "o", color=f"C{colour}", ms=4, label=name)
        right.plot(biases[~warned], covered[~warned], "o", color=f"C{colour}", ms=4, mfc="white")
    right.axhline(NOMINAL, color="0.5", lw=0.8)
    right.set(xlabel="bias / standard deviation", xlim=(-6, 10.5), ylim=(-0.03, 1.03))
    right.set_title("all laws and estimators; filled: warned of", loc="left")
    right.legend(loc="upper right")
