"""Mutual information by nearest neighbours: bias and scatter, in any units, with rounded data and ties spread."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from physent.core.random import Purpose, normals
from physent.diagnostics import PhysentWarning, ksg_mutual_information
from physent.errors import RunError
from physent.evidence import Case, Claim

Floats = NDArray[np.float64]

RHOS = (0.0, 0.3, 0.6, 0.9, 0.95)
K = 4
CELL = 0.01
# Runs by N: 100 and 20 000 pairs per cell in the quick tier, 400 000 and more in the full one.
QUICK = {100: 100, 1000: 20, 3000: 6}
FULL = {100: 4000, 300: 1400, 1000: 400, 3000: 140, 10_000: 40, 30_000: 14, 100_000: 8}
# Standard deviation of one estimate times sqrt(N): below 1.2 for every rho in an earlier study.
SCATTER = 1.2
COVER = "Cover and Thomas 2006, Elements of Information Theory, example 8.5.1: -ln(1 - rho^2)/2"
KSG = "Kraskov, Stogbauer and Grassberger 2004, 10.1103/PhysRevE.69.066138"


class Cell(NamedTuple):
    """Estimates of one rho and N over runs: of the pairs, of rounded ones, of these jittered; NaN if refused."""

    rho: float
    N: int
    plain: Floats
    rounded: Floats
    jittered: Floats
    warned: float  # share of the rounded ones with a warning or a refusal
    units: float  # largest change under powers of two
    other_units: float  # and under other factors

    @property
    def exact(self) -> float:
        """The mutual information, nats."""
        return float(-0.5 * np.log1p(-(self.rho**2)))


def check(case: Case) -> Iterator[Claim]:
    """The same pairs as they are, in other units, rounded, and jittered."""
    seed = case.seed(10)
    cells = [cell(rho, N, runs, seed) for N, runs in (FULL if case.full else QUICK).items() for rho in RHOS]
    with case.figure("bias", size=(10.4, 4.4)) as figure:
        _draw(figure, cells)
    yield from map(_bias, cells)
    yield from (_jitter([one for one in cells if one.N == N]) for N in dict.fromkeys(one.N for one in cells))
    yield _scatter(cells, 0.05 if case.full else 0.2)
    for claim, changes, tolerance in (
        ("powers of two", [one.units for one in cells], 1e-16),
        ("1e3 pi and 1e-9", [one.other_units for one in cells], 1e-12),
    ):
        yield Claim(
            claim=f"units of x and y times {claim}: largest change of any estimate",
            source="Cover and Thomas 2006, section 8.6: mutual information does not know units",
            expected=0.0,
            measured=max(changes),
            tolerance=tolerance,
            reason="none for powers of two, which are exact; rounding for others",
            basis="exact",
        )
    yield Claim(
        claim=f"rounded to {CELL}: share of estimates with a warning of ties, or refused",
        source="derived: of N = 100 normals a fifth share a cell of 0.01, of more even more",
        expected=1.0,
        measured=float(np.mean([one.warned for one in cells])),
        tolerance=1e-3,
        reason="a value that ties have made too large must not pass in silence",
        basis="derived",
    )


def cell(rho: float, N: int, runs: int, seed: int) -> Cell:
    """All estimates of one rho and N; every rho and run has pairs of its own."""
    found = np.full((3, runs), np.nan)
    warned, changes = 0, np.zeros(2)
    for run in range(runs):
        a, b = normals(seed, Purpose.SURROGATE, RHOS.index(rho) + 8 * run, N, 2 * N).reshape(2, N)
        b = rho * a + np.sqrt(1 - rho**2) * b
        found[0, run] = ksg_mutual_information(a, b, K)
        x, y = (np.round(part / CELL) * CELL for part in (a, b))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", PhysentWarning)
            try:
                found[1, run] = ksg_mutual_information(x, y, K)
            except RunError:
                caught = caught or [True]  # type: ignore[list-item]
        warned += bool(caught)
        found[2, run] = ksg_mutual_information(x, y, K, ties="jitter", seed=run)
        if run < 4:
            others = (a * 2.0**40, b * 2.0**-70), (a * (1e3 * np.pi), b * 1e-9)
            moved = [abs(ksg_mutual_information(x, y, K) - found[0, run]) for x, y in others]
            changes = np.maximum(changes, moved)
    return Cell(rho, N, found[0], found[1], found[2], warned / runs, float(changes[0]), float(changes[1]))


def _bias(one: Cell) -> Claim:
    width = np.sqrt(1 - one.rho**2)
    curvature = K / (2 * one.N * width) * max(1.0, np.log(one.N / (2 * np.pi * K * width)))
    return Claim(
        claim=f"rho = {one.rho}, N = {one.N}: mean of {len(one.plain)} estimates",
        source=COVER,
        expected=one.exact,
        measured=float(one.plain.mean()),
        tolerance=float(curvature + 5 * SCATTER / np.sqrt(one.N * len(one.plain))),
        reason="k/(2 N s) ln(N/(2 pi k s)), s = sqrt(1 - rho^2): the density f falls within s, and is taken constant"
        " over the square of k neighbours, of area k/(N f); area/(4 pi s^2) averaged over the pairs where f > k/N, that"
        f" lie in an area 2 pi s ln(N/(2 pi k s)); and five standard errors of at most {SCATTER}/sqrt(N) per estimate",
        basis="exact",
        standard_error=_error(one.plain),
    )


def _jitter(cells: list[Cell]) -> Claim:
    apart = np.concatenate([one.jittered - one.plain for one in cells])
    return Claim(
        claim=f"N = {cells[0].N}, all rho: mean change by rounding to {CELL} and jitter",
        source="derived: noise of variance c^2/12 in x and in y takes about rho^2/(1 - rho^2) c^2/12 < 1e-4",
        expected=0.0,
        measured=float(apart.mean()),
        tolerance=1e-4 + 0.005,
        reason="1e-4, and five standard errors of 0.001 or less",
        basis="derived",
        standard_error=_error(apart),
    )


def _scatter(cells: list[Cell], tolerance: float) -> Claim:
    small, large = ([one for one in cells if one.N == N] for N in (100, 1000))
    logs = [np.mean([np.log(one.plain.std(ddof=1)) for one in group]) for group in (small, large)]
    variance = sum(1 / (2 * (len(group[0].plain) - 1) * len(group)) for group in (small, large))
    return Claim(
        claim="standard deviation of an estimate from N = 100 to 1000: its power of N, mean over rho",
        source=f"{KSG}: averages over samples, whose neighbourhoods shrink",
        expected=-0.5,
        measured=float((logs[1] - logs[0]) / np.log(10)),
        tolerance=tolerance,
        reason="five standard errors",
        basis="derived",
        standard_error=float(np.sqrt(variance) / np.log(10)),
    )


def _error(values: Floats) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values)))


def _draw(figure: Any, cells: list[Cell]) -> None:
    left, right = figure.subplots(1, 2)
    for colour, rho in enumerate(RHOS):
        row = [one for one in cells if one.rho == rho]
        numbers = np.array([one.N for one in row])
        for axes, name, style, label in (
            (left, "plain", "o-", f"$\\rho$ = {rho}"),
            (right, "rounded", "s--", None),
            (right, "jittered", "o-", f"$\\rho$ = {rho}"),
        ):
            part = [getattr(one, name) for one in row]
            keep = np.array([np.isfinite(values).all() for values in part])
            bias = np.array([values.mean() - one.exact for values, one in zip(part, row, strict=True)])
            error = np.array([_error(values) for values in part])
            shift = numbers * 1.06 ** (colour - 2)  # side by side
            axes.errorbar(
                shift[keep], bias[keep], error[keep], fmt=style, ms=4, capsize=2, color=f"C{colour}", label=label
            )
    for axes, title in ((left, "as drawn"), (right, f"rounded to {CELL}: squares as they are, circles jittered")):
        axes.axhline(0, color="0.5", lw=0.8)
        axes.set(xscale="log", xlabel="N")
        axes.set_title(title, loc="left")
    left.set(ylabel="mean estimate - exact value, nats (bars: standard error)")
    left.legend(loc="lower right")
