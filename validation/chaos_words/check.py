"""Entropies of words of maps and chains: rates that are known, their bias, their errors, and a timely warning."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from physent.core.random import Purpose, uniform_array
from physent.diagnostics import word_entropies
from physent.errors import PhysentWarning
from physent.evidence import Case, Claim
from physent.evidence.claims import of_mean
from physent.theory import chaos

Floats = NDArray[np.float64]

TOP, GOLDEN, FLIP = 0.1847, (1 + math.sqrt(5)) / 2, 0.2
SERIES, LONGEST = 30, 5
SOURCES = {
    "logistic map, r = 4, split at 1/2": "derived: conjugate to the tent map, whose halves are fair and independent",
    "skewed tent, split at its top": "derived: uniform density, cells independent: -a ln a - (1 - a) ln(1 - a)",
    "tent of golden slope, split at 1/2": "Parry 1964, 10.1090/S0002-9947-1964-0161372-1: Markov partition, ln slope",
    "chain of two states": "Shannon 1948, 10.1002/j.1538-7305.1948.tb01338.x: entropy of one change",
}


def check(case: Case) -> Iterator[Claim]:
    """Four sources; the scatter of the orbits of each beside the stated errors; and words that do not repeat."""
    samples = 100_000 if case.full else 10_000
    growth = {}
    for seed in (1, 2) if case.full else (1,):
        sources = {
            "logistic map, r = 4, split at 1/2": (orbits(logistic, samples, case.seed(seed)) >= 0.5, math.log(2), 1),
            "skewed tent, split at its top": (
                orbits(skew_tent, samples, case.seed(seed)) >= TOP,
                chaos.skew_tent_exponent(TOP),
                1,
            ),
            "tent of golden slope, split at 1/2": (
                orbits(golden_tent, samples, case.seed(seed)) >= 0.5,
                chaos.tent_exponent(GOLDEN),
                3,
            ),
            "chain of two states": (
                np.cumsum(draws(100, samples, case.seed(seed)) < FLIP, axis=1) % 2,
                -FLIP * math.log(FLIP) - (1 - FLIP) * math.log(1 - FLIP),
                2,
            ),
        }
        for name, (symbols, exact, first) in sources.items():
            _, rate, error, bias = word_entropies(symbols.astype(np.int64), LONGEST)
            growth[name] = rate.mean(0), exact
            for k in range(first, LONGEST + 1):
                yield of_mean(
                    f"{name}: growth at {k} symbols less its bias, seed {seed}",
                    rate[:, k - 1] - bias[:, k - 1],
                    exact,
                    SOURCES[name],
                )
            if "skew" in name or "chain" in name:
                yield _errors(f"{name}, seed {seed}", rate[:, 2], error[:, 2])
    yield _told(case)
    with case.figure("growth") as figure:
        axes = figure.subplots()
        for colour, (name, (rate, exact)) in enumerate(growth.items()):
            axes.plot(range(1, LONGEST + 1), rate, "o-", color=f"C{colour}", label=name)
            axes.axhline(exact, color=f"C{colour}", lw=0.8, ls=":")
        axes.set(xlabel="symbols in a word, L", ylabel="$H_L - H_{L-1}$, nats (dotted: exact rate)")
        axes.legend()


def _errors(name: str, rate: Floats, error: Floats) -> Claim:
    """The root mean square of the stated errors, over the scatter."""
    ratio = float(np.sqrt((error**2).mean()) / rate.std(ddof=1))
    own = 1 / math.sqrt(2 * (rate.size - 1))
    return Claim(
        claim=f"{name}: standard errors over the scatter of {rate.size} orbits, words of 3",
        source="Efron 1982, 10.1137/1.9781611970319: the jackknife",
        expected=1.0,
        measured=ratio,
        tolerance=5 * own + 0.05,
        reason="five standard errors of a standard deviation, and a twentieth for blocks that are correlated",
        basis="derived",
        standard_error=own,
    )


def _told(case: Case) -> Claim:
    """Fair bits: whether there is a warning exactly if N < 10 K."""
    wrong, bits = 0, (draws(200, 600, case.seed(5)) < 0.5)[:4]
    for series in bits.astype(np.int64):
        for length in range(1, 9):
            seen = len({tuple(series[i : i + length]) for i in range(601 - length)})
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", PhysentWarning)
                word_entropies(series, length)
            wrong += bool(caught) != (601 - length < 10 * seen)
    return Claim(
        claim="fair bits, N = 600, words up to 8: series with a wrong warning of undersampling, or without a due one",
        source="derived: fewer than ten words per different one",
        expected=0.0,
        measured=float(wrong),
        tolerance=0.0,
        reason="there is a warning or there is none",
        basis="derived",
    )


def draws(first: int, samples: int, seed: int) -> Floats:
    """Independent uniform numbers (series, samples)."""
    return np.array([uniform_array(seed, Purpose.SURROGATE, first + row, 0, samples) for row in range(SERIES)])


def orbits(step: Callable[[Floats], Floats], samples: int, seed: int) -> Floats:
    """Orbits (series, samples) from starts of their own, after 100 steps."""
    x = 0.05 + 0.9 * draws(0, 1, seed)[:, 0]
    found = np.empty((samples, SERIES))
    for t in range(-100, samples):
        x = step(x)
        if t >= 0:
            found[t] = x
    return found.T


def logistic(x: Floats) -> Floats:
    """4 x (1 - x), below 1: an orbit that is rounded to 1 would stay at 0."""
    return np.minimum(4 * x * (1 - x), 1 - 2.0**-53)


def skew_tent(x: Floats) -> Floats:
    """Tent with its top at TOP."""
    return np.where(x < TOP, x / TOP, (1 - x) / (1 - TOP))


def golden_tent(x: Floats) -> Floats:
    """Tent of golden slope."""
    return GOLDEN * np.minimum(x, 1 - x)
