"""The 0-1 test: a wave in closed form, maps and flows of known kind, and where it is known to fail, with a warning."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from physent.core.random import Purpose, normals, uniform_array
from physent.diagnostics import zero_one_test
from physent.errors import PhysentWarning
from physent.evidence import Case, Claim

Floats = NDArray[np.float64]

GOTTWALD = "Gottwald and Melbourne 2009, 10.1137/080718851"
GOLDEN = (math.sqrt(5) - 1) / 2
SERIES = 12


def check(case: Case) -> Iterator[Claim]:
    """A wave, series of known kind, the logistic map from order to chaos, and a flow sampled well and too finely."""
    samples = 4000 if case.full else 2000
    for seed in (1, 2) if case.full else (1,):
        yield from _wave(seed, samples, case)
        yield from _kinds(seed, samples, case)
        yield from _flow(seed, case)
    yield from _maps(case, samples)


def _wave(seed: int, samples: int, case: Case) -> Iterator[Claim]:
    """Of cos(omega j + phase): M_c(n) = sum over both signs of (1 - cos n(c + omega))/4(1 - cos(c + omega))."""
    c = math.pi * (0.2 + 0.6 * ((0.5 * GOLDEN) % 1))
    lag = np.arange(1, samples // 10 + 1)
    phases = 2 * math.pi * uniform_array(case.seed(seed), Purpose.SURROGATE, 0, 0, SERIES)
    for omega in (0.7, 1.7, 2.5):
        moved = sum((1 - np.cos(lag * s)) / (4 * (1 - np.cos(s))) for s in (c + omega, c - omega))
        exact = float(np.corrcoef(lag, moved)[0, 1])
        k, _ = zero_one_test(np.cos(omega * np.arange(samples) + phases[:, None]), 1)
        yield Claim(
            claim=f"wave of frequency {omega}, one c: largest deviation from K of its displacement, seed {seed}",
            source="derived: geometric sums, the mean over the start of the displacement",
            expected=0.0,
            measured=float(np.abs(k - exact).max()),
            tolerance=0.5 / samples,
            reason="the mean over a finite series, of order 1/N",
            basis="exact",
        )


def _kinds(seed: int, samples: int, case: Case) -> Iterator[Claim]:
    t = np.arange(samples)
    starts = 0.05 + 0.9 * uniform_array(case.seed(seed), Purpose.SURROGATE, 1, 0, SERIES)
    phases = 2 * math.pi * uniform_array(case.seed(seed), Purpose.SURROGATE, 2, 0, 2 * SERIES).reshape(2, -1, 1)
    noise = np.array([normals(case.seed(seed), Purpose.SURROGATE, 10 + row, 0, samples) for row in range(SERIES)])
    two_waves = np.cos(t + phases[0]) + np.cos(math.sqrt(3) * t + phases[1])
    for name, x, expected, tolerance in (
        ("logistic map, r = 3.2, a cycle of two", logistic(3.2, starts, samples), 0.0, 0.02),
        ("two waves of incommensurate frequencies", two_waves, 0.0, 0.05),
        ("logistic map, r = 4", logistic(4.0, starts, samples), 1.0, 0.02),
        ("Henon map", henon(starts, samples), 1.0, 0.02),
        ("white noise, which the test cannot tell from chaos", noise, 1.0, 0.02),
    ):
        k, _ = zero_one_test(x)
        yield Claim(
            claim=f"{name}: K, the worst of {SERIES} series, seed {seed}",
            source=GOTTWALD,
            expected=expected,
            measured=float(k[np.abs(k - expected).argmax()]),
            tolerance=tolerance,
            reason="0 or 1 for endless series; what a thousand samples leave is of order 0.01",
            basis="published",
        )


def _maps(case: Case, samples: int) -> Iterator[Claim]:
    """Where the exponent says clearly what the orbit is, K does too."""
    r = np.linspace(3.5, 4.0, 251 if case.full else 51)
    x = logistic(r, np.full(r.size, 0.4) + 1e-3 * case.seeds, samples)
    exponent = np.log(np.maximum(np.abs(r[:, None] * (1 - 2 * x)), 1e-300)).mean(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PhysentWarning)  # some are undecided
        k, spread = zero_one_test(x)
    clear = np.abs(exponent) > 0.15  # chaos in narrow bands, as near r = 3.852, needs far longer series
    yield Claim(
        claim="logistic map, r = 3.5 to 4: orbits with |exponent| > 0.15 on the wrong side of K = 1/2",
        source=f"{GOTTWALD}, where K replaces the sign of the exponent",
        expected=0.0,
        measured=float(((k > 0.5) != (exponent > 0))[clear].sum()),
        tolerance=0.0,
        reason="a side is a side",
        basis="published",
    )
    with case.figure("logistic", size=(7.4, 4.2)) as figure:
        above, below = figure.subplots(2, 1, sharex=True)
        above.errorbar(r, k, spread, fmt=".", lw=0.8, ms=4)
        above.set(ylabel="K (bars: spread over c)")
        below.plot(r, exponent, ".", ms=4)
        below.axhline(0, color="0.5", lw=0.8)
        below.set(xlabel="r", ylabel="exponent per step", ylim=(-1, 0.8))


def _flow(seed: int, case: Case) -> Iterator[Claim]:
    """The Lorenz flow at every 0.2, a quarter of a turn, and the same orbits at every 0.02."""
    x = lorenz(uniform_array(case.seed(seed), Purpose.SURROGATE, 3, 0, SERIES), 15_000)
    k, _ = zero_one_test(x[:, ::10])
    yield Claim(
        claim=f"Lorenz flow at every 0.2: K, the least of {SERIES} orbits, seed {seed}",
        source=GOTTWALD,
        expected=1.0,
        measured=float(k.min()),
        tolerance=0.1,
        reason="0.1 for 1500 samples that are still correlated",
        basis="published",
    )
    told, low = 0, []
    for row in x[:, :1500]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", PhysentWarning)
            low.append(float(zero_one_test(row)[0]))
        told += any("oversampled" in str(one.message) for one in caught)
    yield Claim(
        claim=f"Lorenz flow at every 0.02: K, which is low although the flow is chaotic, the largest, seed {seed}",
        source=f"{GOTTWALD}, section 6",
        expected=0.0,
        measured=max(low),
        tolerance=0.5,
        reason="said to be regular: the known failure",
        basis="published",
    )
    yield Claim(
        claim=f"Lorenz flow at every 0.02: orbits with a warning, seed {seed}",
        source="derived: the range is over ten mean steps",
        expected=float(SERIES),
        measured=float(told),
        tolerance=0.0,
        reason="the failure must not pass in silence",
        basis="derived",
    )


def logistic(r: float | Floats, x: Floats, samples: int) -> Floats:
    """Orbits (series, samples) of r x (1 - x) after 1000 steps; below 1, as an orbit rounded to 1 stays at 0."""
    found = np.empty((samples, x.size))
    for t in range(-1000, samples):
        x = np.minimum(r * x * (1 - x), 1 - 2.0**-53)
        if t >= 0:
            found[t] = x
    return found.T


def henon(starts: Floats, samples: int) -> Floats:
    """Orbits of the map with a = 1.4, b = 0.3."""
    x, y = 0.2 * starts, np.zeros_like(starts)
    found = np.empty((samples, x.size))
    for t in range(-1000, samples):
        x, y = 1 - 1.4 * x * x + y, 0.3 * x
        if t >= 0:
            found[t] = x
    return found.T


def lorenz(starts: Floats, samples: int) -> Floats:
    """The coordinate x at every 0.02 after 20, sigma 10, rho 28, beta 8/3; Runge-Kutta of order 4."""

    def motion(state: Floats) -> Floats:
        x, y, z = state
        return np.array([10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z])

    h, state = 0.02, np.array([1 + starts, 1 - starts, 20 + starts])
    found = np.empty((samples, starts.size))
    for t in range(-1000, samples):
        one = motion(state)
        two = motion(state + h / 2 * one)
        three = motion(state + h / 2 * two)
        state = state + h / 6 * (one + 2 * two + 2 * three + motion(state + h * three))
        if t >= 0:
            found[t] = state[0]
    return found.T
