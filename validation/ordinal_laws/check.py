"""Ordinal patterns, words and transfer entropy of maps, walks and chains whose laws are known exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr
from scipy.stats import norm

from physent.core.random import Purpose, uniform_array
from physent.diagnostics import (
    block_entropy,
    entropy_rate,
    forbidden_patterns,
    hc_bounds,
    hc_plane,
    hc_standard_errors,
    pattern_counts,
    transfer_entropy,
)
from physent.evidence import Case, Claim
from physent.evidence.cases import load_script
from physent.evidence.claims import SIGMAS

Floats = NDArray[np.float64]

BANDT = "Bandt and Pompe 2002, 10.1103/PhysRevLett.88.174102"
FBM = "Bandt and Shiha 2007, 10.1111/j.1467-9892.2007.00528.x: normal increments, arcsines of their correlations"
HYMAN = "an earlier run of 1e5 samples, with which the program of Hyman et al. (arXiv:2407.11970) agrees"
CRUTCHFIELD = "Crutchfield and Feldman 2003, 10.1063/1.1530990"
# H and C of order 5 and delay 1 unless named otherwise, from one series of 1e5 samples.
CHAOS = {
    "logistic map": (5, 0.6796, 0.3991, 0.003),
    "logistic map, order 6": (6, 0.6293, 0.4841, 0.003),
    "Henon map": (5, 0.6159, 0.4045, 0.003),
    "skew tent map": (5, 0.5269, 0.3669, 0.008),
}
LORENZ = {1: (0.218, 0.194), 10: (0.565, 0.388), 15: (0.676, 0.394), 20: (0.785, 0.329), 30: (0.864, 0.228)}
LENGTH, NOISES = 10**5, 32
NOISE = {"white": (0.9999, 0.0002, 0.001), "Brownian": (0.917, 0.118, 0.008), "pink": (0.9767, 0.0393, 0.0045)}


def check(case: Case) -> Iterator[Claim]:
    """Laws of order 3, the entropy-complexity plane with its figure, and entropies of symbols."""
    series: Any = load_script(case.folder / "series.py")
    n = 10**7 if case.full else 10**6
    orbit = filled(series.logistic, n, case)
    yield from _order_three(case, series, orbit)
    yield from _plane(case, series)
    yield from _words(orbit)
    yield from _chains(case, series, 10**6 if case.full else 10**5)
    yield from _transfer(case, n)


def filled(orbit: Callable[[Floats, float], None], n: int, case: Case) -> Floats:
    """A series of n samples, from a start of its own in each set of seeds."""
    out = np.empty(n)
    orbit(out, 1e-3 * case.seeds)
    return out


def _order_three(case: Case, series: Any, orbit: Floats) -> Iterator[Claim]:
    n = len(orbit)
    steps = uniform_array(case.seed(1), Purpose.SURROGATE, 0, 0, n) - 0.5
    exact = {
        "logistic map": (orbit, np.array([1 / 3, 1 / 15, 2 / 15, 4 / 15, 1 / 5, 0]), 1.489750319, 0.165767166),
        "random walk": (
            np.cumsum(steps),
            np.array([1 / 4, 1 / 8, 1 / 8, 1 / 8, 1 / 8, 1 / 4]),
            1.732867951,
            0.030601751,
        ),
    }
    why = "five standard errors of a million correlated windows"
    for name, (x, law, h, c) in exact.items():
        source = "derived: lengths of intervals under the tent map, conjugate to it" if "map" in name else BANDT
        point, error = hc_plane(x, 3), hc_standard_errors(x, 3)
        for what, expected, k, scale in (("entropy", h, 0, np.log(6)), ("complexity", c, 1, 1.0)):
            yield Claim(
                claim=f"{name}, order 3: {what}",
                source=source,
                expected=expected,
                measured=float(point[k]) * scale,
                tolerance=0.003,
                reason=why,
                basis="exact",
                standard_error=float(error[k]) * scale,
            )
        blocks = pattern_counts(x, 3, blocks=32)
        p = blocks / blocks.sum(-1, keepdims=True)
        yield Claim(
            claim=f"{name}, order 3: largest distance of the six probabilities from the exact ones",
            source=source,
            expected=0.0,
            measured=float(np.abs(p.mean(0) - law).max()),
            tolerance=0.003,
            reason=why,
            basis="exact",
            standard_error=float((p.std(0, ddof=1) / np.sqrt(32)).max()),
        )
    yield Claim(
        claim="logistic map: forbidden patterns of order 3 (three falling values)",
        source="Amigo, Zambrano and Sanjuan 2007, 10.1209/0295-5075/79/50001",
        expected=1.0,
        measured=float(len(forbidden_patterns(orbit, 3))),
        tolerance=0.0,
        reason="a pattern occurs or does not",
        basis="exact",
    )
    flips = (uniform_array(case.seed(2), Purpose.SURROGATE, 0, 0, n) < 0.5).astype(np.float64)
    blocks = pattern_counts(flips, 3, blocks=32)
    p = blocks / blocks.sum(-1, keepdims=True)
    yield Claim(
        claim="coin flips, order 3: largest distance of the six probabilities from the exact ones",
        source="derived: of eight equal windows four never fall, and none falls twice; equals rank as they appear",
        expected=0.0,
        measured=float(np.abs(p.mean(0) - np.array([1 / 2, 1 / 8, 1 / 8, 1 / 8, 1 / 8, 0])).max()),
        tolerance=0.003,
        reason=why,
        basis="exact",
        standard_error=float((p.std(0, ddof=1) / np.sqrt(32)).max()),
    )
    for hurst in (0.3, 0.7):
        counts = pattern_counts(series.fractional_brownian(4096, hurst, 100, case.seed(2)), 3)
        rising = (counts[:, 0] + counts[:, -1]) / (2 * counts.sum(-1))  # as likely as three falling values
        yield Claim(
            claim=f"fractional Brownian motion, Hurst exponent {hurst}: probability of three monotone values, half",
            source=FBM,
            expected=float(np.arcsin(2 ** (hurst - 1)) / np.pi),
            measured=float(rising.mean()),
            tolerance=0.005,
            reason="five standard errors over 100 motions of 4096 steps",
            basis="exact",
            standard_error=float(rising.std(ddof=1) / 10),
        )


def _plane(case: Case, series: Any) -> Iterator[Claim]:
    n = 8 * 10**5
    orbits = {
        "logistic map": filled(series.logistic, n, case),
        "Henon map": filled(series.henon, n, case),
        "skew tent map": filled(series.skew_tent, n, case),
    }
    points: dict[str, tuple[float, float]] = {}
    for name, (order, h, c, tolerance) in CHAOS.items():
        x = orbits[name.partition(",")[0]]
        points[name] = yield from _point(name, x, order, 1, h, c, tolerance)
    flow = filled(series.lorenz, n // 4, case)
    for delay, (h, c) in LORENZ.items():
        name = f"Lorenz flow, delay {delay}"
        points[name] = yield from _point(name, flow, 5, delay, h, c, 0.012)
    noises = {
        "white": series.white(LENGTH, NOISES, case.seed(3)),
        "Brownian": np.cumsum(series.white(LENGTH, NOISES, case.seed(4)), axis=1),
        "pink": series.pink(LENGTH, NOISES, case.seed(5)),
    }
    for name, x in noises.items():
        h, c = hc_plane(x)
        points[f"{name} noise"] = float(h.mean()), float(c.mean())
        expected_h, expected_c, tolerance = NOISE[name]
        for what, value, expected in (("H", h, expected_h), ("C", c, expected_c)):
            yield Claim(
                claim=f"{name} noise, order 5: {what}",
                source=HYMAN,
                expected=expected,
                measured=float(value.mean()),
                tolerance=tolerance,
                reason="five standard deviations of a series of 1e5, for the reference is one, rounded",
                basis="simulated",
                standard_error=float(value.std(ddof=1) / np.sqrt(NOISES)),
            )
    sine = np.sin(2 * np.pi * np.arange(n) / 62.83)
    largest = np.log(factorial(5))
    for delay in (1, 2, 4):
        h, c = hc_plane(sine, 5, delay)
        points[f"sine, delay {delay}"] = float(h), float(c)
    yield from _band(float(points["sine, delay 1"][0]), np.log(2) / largest, np.log(14) / largest)
    yield from _inside(points)
    with case.figure("plane", size=(7.4, 5.4)) as figure:
        _draw(figure, points)


def _point(name: str, x: Floats, order: int, delay: int, h: float, c: float, tolerance: float) -> Any:
    point, error = hc_plane(x, order, delay), hc_standard_errors(x, order, delay)
    for what, k, expected in (("H", 0, h), ("C", 1, c)):
        yield Claim(
            claim=f"{name}{'' if 'order' in name else ', order 5'}: {what}",
            source=HYMAN,
            expected=expected,
            measured=float(point[k]),
            tolerance=tolerance,
            reason="five standard errors of the reference, one orbit of 1e5 samples",
            basis="simulated",
            standard_error=float(error[k]),
        )
    return float(point[0]), float(point[1])


def _band(h: float, low: float, high: float) -> Iterator[Claim]:
    yield Claim(
        claim="sine of period 62.83, order 5: distance of H outside the band of periodic series",
        source="Hyman, Daniel and Schaffner, arXiv:2407.11970: 2 to 2(2(n - 2) + 1) patterns",
        expected=0.0,
        measured=max(low - h, h - high, 0.0),
        tolerance=0.0,
        reason="a bound",
        basis="published",
    )


def _inside(points: dict[str, tuple[float, float]]) -> Iterator[Claim]:
    five = {name: point for name, point in points.items() if "order 6" not in name}
    h, c = np.array(list(five.values())).T
    _, lower, _, upper = hc_bounds(5, h)
    yield Claim(
        claim="order 5: largest distance of a point outside the bounds of C at its H",
        source="Martin, Plastino and Rosso 2006, 10.1016/j.physa.2005.11.053",
        expected=0.0,
        measured=float(np.maximum(np.maximum(lower - c, c - upper), 0).max()),
        tolerance=1e-12,
        reason="rounding",
        basis="exact",
    )


def _draw(figure: Any, points: dict[str, tuple[float, float]]) -> None:
    axes = figure.subplots()
    h_lower, lower, h_upper, upper = hc_bounds(5)
    axes.fill_between(h_lower, lower, np.interp(h_lower, h_upper, upper), color="0.95")
    axes.plot(h_lower, lower, "0.5", lw=1)
    axes.plot(h_upper, upper, "0.5", lw=1)
    shift = {"logistic": (8, 4), "Henon": (-2, 9), "skew tent": (8, -12), "white": (-10, 10)}
    groups = {" map": ("o", "maps"), "Lorenz": ("s-", "Lorenz flow, delays"), "sine": ("^-", "sine, delays")}
    for colour, (kind, (style, label)) in enumerate({**groups, " noise": ("D", "noises")}.items()):
        chosen = {name: point for name, point in points.items() if kind in name and "order 6" not in name}
        axes.plot(
            *np.array(list(chosen.values())).T, style, color=f"C{colour}", ms=5, lw=0.8, label=label, clip_on=False
        )
        for name, point in chosen.items():
            text = name.rpartition("delay ")[2].removesuffix(kind)
            offset = shift.get(text, (-8, 6) if kind in (" noise", "sine") else (-4, -13))
            side = "right" if offset[0] < -4 else "left"
            axes.annotate(text, point, offset, textcoords="offset points", ha=side, fontsize=8)
    axes.legend(loc="lower left", bbox_to_anchor=(0.28, 0.02))
    axes.set(xlabel="normalised permutation entropy H, order 5", ylabel="complexity C", xlim=(0, 1.02), ylim=(0, 0.5))


def _words(orbit: Floats) -> Iterator[Claim]:
    symbols = (orbit >= 0.5).astype(np.int64)
    n = len(orbit)
    for length in (1, 4, 8):
        yield Claim(
            claim=f"logistic map, cells below and above 1/2: entropy of words of {length}",
            source="derived: conjugate to the tent map, under which the cells are fair and independent bits",
            expected=length * np.log(2),
            measured=float(block_entropy(symbols, length)),
            tolerance=_deficit(length) / (2 * n),
            reason="2 N times the deficit is a weighted sum of chi-squares; passed by fewer than 3 in 1e7 orbits",
            basis="exact",
        )


def _deficit(length: int) -> float:
    """What 2 N times the deficit of the entropy of words passes with at most the chance of `SIGMAS` standard errors.

    Products of bits that span r of them are means over all N places, equal in each of the L - r + 1 ways in which they
    fit into a word: the sum over r of L - r + 1 times a chi-square of 2^(r-2), or 1, degrees (Good 1953, Proc. Camb.
    Phil. Soc. 49, 276), of mean 2^L - 1. Bound by Chernoff.
    """
    weight, free = np.arange(length, 0, -1), np.maximum(1, 2 ** np.arange(length) // 2)
    s = np.linspace(0, 1 / (2 * length), 1001)[1:-1, None]
    exponent = -0.5 * (free * np.log1p(-2 * s * weight)).sum(1)
    return float(((exponent - norm.logsf(SIGMAS)) / s[:, 0]).min())


def _chains(case: Case, series: Any, n: int) -> Iterator[Claim]:
    a, b = 0.3, 0.1
    golden = (1 + np.sqrt(5)) / 2
    hidden = series.chain([[0.5, 0.5], [1.0, 0.0]], n, 20, case.seed(8))
    even = (hidden == 1) | (np.roll(hidden, 1, axis=1) == 1)
    k = 0.7
    flip = float(np.exp(-k) / (2 * np.cosh(k)))
    cases = (
        ("two-state chain, 0.3 and 0.1", series.chain([[1 - a, a], [b, 1 - b]], n, 20, case.seed(6)), 2,
         (a * _bit(b) + b * _bit(a)) / (a + b), CRUTCHFIELD),
        ("golden mean process", series.chain([[1 / golden, 1 / golden**2], [1.0, 0.0]], n, 20, case.seed(7)), 2,
         np.log(golden),
         "Parry 1964, 10.1090/S0002-9947-1964-0161372-1: the measure of largest entropy"),
        ("even process", even.astype(np.int64), 8, _even_rate(8), "derived: forward algorithm over all words"),
        ("even process", even.astype(np.int64), 14, 2 / 3 * np.log(2), CRUTCHFIELD),
        ("Ising chain, K = 0.7", series.chain([[1 - flip, flip], [flip, 1 - flip]], n, 20, case.seed(9)), 2,
         np.log(2 * np.cosh(k)) - k * np.tanh(k), "Ising 1925, 10.1007/BF02980577"),
    )  # fmt: skip
    excess = _even_rate(14) - 2 / 3 * np.log(2)
    for name, paths, length, expected, source in cases:
        rates = entropy_rate(paths, length)
        yield Claim(
            claim=f"{name}: entropy rate from words of {length}",
            source=source,
            expected=float(expected),
            measured=float(rates.mean()),
            tolerance=0.004,
            reason=f"five standard errors over twenty paths; a run of 13 ones hides its parity: {excess:.4f} too much",
            basis="exact",
            standard_error=float(rates.std(ddof=1) / np.sqrt(20)),
        )


def _even_rate(length: int) -> float:
    """Entropy of the last symbol of a word of the even process given those before it."""
    zero, one = np.array([[0.5, 0.0], [0.0, 0.0]]), np.array([[0.0, 0.5], [1.0, 0.0]])
    states, entropies = np.array([[2 / 3, 1 / 3]]), []
    for _ in range(length):
        states = np.concatenate([states @ zero, states @ one])
        entropies.append(float(entr(states.sum(1)).sum()))
    return entropies[-1] - entropies[-2]


def _bit(p: float) -> float:
    return float(-p * np.log(p) - (1 - p) * np.log(1 - p))


def _transfer(case: Case, n: int) -> Iterator[Claim]:
    paths = 10
    bits = uniform_array(case.seed(10), Purpose.SURROGATE, 0, 0, n).reshape(paths, -1) < 0.5
    wrong = uniform_array(case.seed(10), Purpose.SURROGATE, 1, 0, n).reshape(paths, -1) < 0.1
    x, y = bits.astype(np.int64), (np.roll(bits, 1, axis=1) ^ wrong).astype(np.int64)
    for what, source, target, expected in (
        ("to the copy", x, y, np.log(2) - _bit(0.1)),
        ("back", y, x, 0.0),
    ):
        values = transfer_entropy(source, target)
        yield Claim(
            claim=f"bits copied one step later, one in ten wrong: transfer entropy {what}",
            source="Schreiber 2000, 10.1103/PhysRevLett.85.461; derived: ln 2 minus the entropy of a wrong bit",
            expected=float(expected),
            measured=float(values.mean()),
            tolerance=0.004 if expected else 5e-5,
            reason="five standard errors; the flow back is only the bias of 2/2N",
            basis="exact",
            standard_error=float(values.std(ddof=1) / np.sqrt(paths)),
        )
