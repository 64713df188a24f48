"""Entropy production from data: counts of jumps, of channels and of sampled states, and the bound by currents."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy.signal import lfilter

from physent.core.random import Purpose, normals, uniform_array
from physent.diagnostics import EntropyProduction, PhysentWarning, entropy_production
from physent.evidence import Case, Claim
from physent.evidence.claims import chance
from physent.theory import linear, network, small_networks

Floats = NDArray[np.float64]

RING = small_networks.ring((1, 2, 0.7), (0, 0.5, -0.3), 2.4)
REST = small_networks.ring((1, 1, 1), (0, 0, 0), 0.0)
MOTOR = ((3.0, 1.5), (0.4, 0.2))
SPIRAL = (linear.rotational_trap(1, 1.5), np.ones(2))
SCHNAKENBERG = "Schnakenberg 1976, doi 10.1103/RevModPhys.48.571"
BOUND = "Manikandan et al. 2020, doi 10.1103/PhysRevLett.124.120603; derived: moments of Gaussian pairs"
SERIES = 40


def check(case: Case) -> Iterator[Claim]:
    """Rings of three, a motor of two states and a rotational trap, sampled exactly."""
    n = 10_000 if case.full else 2000
    for seed in (1, 2) if case.full else (1,):
        yield from _jumps(case, n, seed)
        yield from _sampled(case, 2 * n, seed)
        yield from _bounds(case, 0.2 * n, seed)


def _jumps(case: Case, n: int, seed: int) -> Iterator[Claim]:
    exact = 2.4 * network.current_moments(*RING, [1, 0, 0])[0]
    found, _ = _ring(case.seed(seed), RING, n)
    yield _claim(
        found[:, 0], exact, claim=f"ring of three states at F = 2.4: network, seed {seed}", source=SCHNAKENBERG
    )
    yield Claim(
        claim=f"ring of three states: mean standard error over the scatter of {SERIES} series, seed {seed}",
        source="derived: delete-one jackknife of 32 stretches",
        expected=1.0,
        measured=float(found[:, 1].mean() / found[:, 0].std(ddof=1)),
        tolerance=5 / math.sqrt(2 * (SERIES - 1)) + 0.05,
        reason="five standard errors of a standard deviation, and 5 % of the jackknife",
        basis="derived",
        standard_error=1 / math.sqrt(2 * (SERIES - 1)),
    )
    found, duration = _ring(case.seed(seed + 10), REST, n)
    yield _claim(
        found[:, 0] * duration,
        0.0,
        claim=f"ring in equilibrium: value times duration, seed {seed}",
        source=SCHNAKENBERG,
    )
    yield _claim(
        (found[:, 0] + found[:, 2]) * duration,
        2.0,
        claim=f"ring in equilibrium: value and bias, times duration, seed {seed}",
        source="derived: a current of variance 2/3 per unit of time through three edges, 2/T per cycle",
    )
    exact = small_networks.two_state_motor(*MOTOR)[2]
    shown, hidden, duration = _motor(case.seed(seed + 20), n)
    yield _claim(shown, exact, claim=f"motor of two states, by channels: network, seed {seed}", source=SCHNAKENBERG)
    yield Claim(
        claim=f"motor of two states without channels: largest value times duration, seed {seed}",
        source="derived: of two states, jumps there and back differ by one at most",
        expected=0.0,
        measured=float(np.abs(hidden * duration).max()),
        tolerance=0.5,
        reason="the bias of one jump that is left, about 1/n of ln 2",
        basis="derived",
    )


def _sampled(case: Case, n: int, seed: int) -> Iterator[Claim]:
    full = network.generator(*RING)
    p = network.stationary(full)
    for dt in (0.05, 0.2):
        flow = linalg.expm(full * dt) * p
        exact = float(np.sum(np.triu((flow - flow.T) * np.log(flow / flow.T)))) / dt
        chain = np.cumsum(linalg.expm(full * dt), axis=0)
        path = np.empty((SERIES, n), np.int64)
        u = _uniforms(case.seed(seed + 30), n)
        state = np.searchsorted(np.cumsum(p), u[:, 0])
        for i in range(n):
            path[:, i] = state
            state = (u[:, i, None] > chain[:, state].T).sum(1)
        found = np.array([_quiet(row, dt=dt) for row in path])
        yield _claim(
            found[:, 0],
            exact,
            claim=f"ring sampled every {dt}: network, seed {seed}",
            source=f"{SCHNAKENBERG}; derived: chain of exp(L dt), {exact:.4f} of 0.6264 at all times",
        )


def _bounds(case: Case, duration: float, seed: int) -> Iterator[Claim]:
    for dt in (0.01, 0.05, 0.2):
        n = round(duration / dt)
        turn = np.exp((-1 + 1.5j) * dt)
        values = []
        for row in range(SERIES):
            kicks = normals(case.seed(seed + 40), Purpose.SURROGATE, row, 0, 2 * n).reshape(n, 2) @ np.array([1, 1j])
            kicks[1:] *= math.sqrt(1 - abs(turn) ** 2)
            path = lfilter([1], [1, -turn], kicks)
            values.append(_quiet(np.c_[path.real, path.imag], "short_time_tur", dt=dt))
        found = np.array(values)
        lost = 20 / duration
        yield _claim(
            found[:, 0],
            linear.short_time_bound(*SPIRAL, dt),
            lost,
            claim=f"rotational trap sampled every {dt}: bound by currents, seed {seed}",
            source=BOUND,
        )
        if dt == 0.01:
            yield _claim(
                found[:, 0] - found[:, 3],
                4.5,
                lost + 0.05,
                claim=f"rotational trap: bounds at 0.01 and 0.02, extrapolated to 0, seed {seed}",
                source="derived: 2 Omega^2/k",
            )


def _ring(seed: int, graph: small_networks.Graph, n: int) -> tuple[Floats, Floats]:
    """Estimates (series, 4) from lists of jumps, and how long each series lasts."""
    rates = graph[1]
    out = -np.diagonal(network.generator(*graph))
    u = _uniforms(seed, 2 * n)
    path = np.empty((SERIES, n), np.int64)
    state = np.zeros(SERIES, np.int64)
    for i in range(n):
        path[:, i] = state
        state = (state + np.where(u[:, i] * out[state] < rates[state, 0], 1, 2)) % 3
    dwell = -np.log(u[:, n:]) / out[path]
    return np.array([_quiet(a, dt=float(b.mean())) for a, b in zip(path, dwell, strict=True)]), dwell.sum(1)


def _motor(seed: int, n: int) -> tuple[Floats, Floats, Floats]:
    """Values with and without channels, and durations."""
    u, w = (np.array(rates) for rates in MOTOR)
    out = u + w
    draws = _uniforms(seed, 2 * n)
    path = np.zeros((SERIES, n, 2), np.int64)
    for i in range(n - 1):
        state = path[:, i, 0]
        ahead = draws[:, i] * out[state] < u[state]
        path[:, i + 1] = np.c_[1 - state, np.where(ahead, state, 1 - state)]
    dwell = -np.log(draws[:, n:]) / out[path[:, :, 0]]
    pairs = list(zip(path, dwell.mean(1), strict=True))
    shown = [_quiet(row, dt=float(mean)).value for row, mean in pairs]
    return np.array(shown), np.array([_quiet(row[:, 0], dt=float(mean)).value for row, mean in pairs]), dwell.sum(1)


def _uniforms(seed: int, n: int) -> Floats:
    return np.array([uniform_array(seed, Purpose.SURROGATE, row, 0, n) for row in range(SERIES)])


def _quiet(*data: Any, **options: Any) -> EntropyProduction:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PhysentWarning)  # of the sampling interval, which is what is measured
        return entropy_production(*data, **options)


def _claim(values: Floats, expected: float, allowed: float = 0.0, **words: str) -> Claim:
    """A mean over independent series, with its error."""
    error = float(values.std(ddof=1) / math.sqrt(values.size))
    return Claim(
        expected=expected,
        measured=float(values.mean()),
        tolerance=allowed + chance((error, values.size)),
        reason="what the choice of weights and a straight line leave, and five standard errors"
        if allowed
        else "five standard errors",
        basis="exact",
        standard_error=error,
        **words,
    )
