"""Entropy production of series: naive twins, exact values, biases and errors over runs, channels, gaps, and doubts."""

from __future__ import annotations

import math
import warnings
from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import xarray as xr
from numpy.typing import NDArray
from scipy import linalg
from scipy.signal import lfilter

from physent import diagnostics as D
from physent.errors import PhysentWarning, RunError, UsageError
from physent.theory import linear, network, small_networks
from physent.typing import Floats, Integers

RING = small_networks.ring((1, 2, 0.7), (0, 0.5, -0.3), 2.4)
EXACT = 2.4 * network.current_moments(*RING, [1, 0, 0])[0]
SPIRAL = (linear.rotational_trap(1, 1.5), np.ones(2))


def jumps(n: int, seed: int, graph: small_networks.Graph = RING) -> tuple[Integers, Floats]:
    """States of a ring of three in order, and how long each lasts."""
    rng = np.random.default_rng(seed)
    rates = graph[1]
    out = -np.diagonal(network.generator(*graph))
    u, state, path = rng.random(n), 0, np.empty(n, np.int64)
    ahead = [rates[i, 0] / out[i] for i in range(3)]
    for i in range(n):
        path[i] = state
        state = (state + (1 if u[i] < ahead[state] else 2)) % 3
    return path, rng.exponential(1, n) / out[path]


def spiral(n: int, dt: float, seed: int, rotation: float = 1.5) -> Floats:
    """The rotational trap, sampled exactly: x + iy is a complex AR(1)."""
    rng = np.random.default_rng(seed)
    turn = np.exp((-1 + 1j * rotation) * dt)
    noise = (rng.normal(size=(n, 2)) * math.sqrt(1 - abs(turn) ** 2)) @ np.array([1, 1j])
    noise[0] /= math.sqrt(1 - abs(turn) ** 2)
    path = lfilter([1], [1, -turn], noise)
    return np.stack([path.real, path.imag], axis=1).astype(float)


def quiet(*args: Any, **options: Any) -> D.EntropyProduction:
    """The value, whatever is doubted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PhysentWarning)
        return D.entropy_production(*args, **options)


def naive_words(path: Any, length: int, dt: float) -> float:
    """[D_L - D_(L-1)] times jumps per time, word by word."""
    embedded = [path[0], *(b for a, b in pairwise(path) if a != b)]

    def divergence(size: int) -> float:
        counts = Counter(tuple(embedded[i : i + size]) for i in range(len(embedded) - size + 1))
        return sum(n * math.log(n / counts[word[::-1]]) for word, n in counts.items()) / sum(counts.values())

    rate = (len(embedded) - 1) / ((len(path) - 1) * dt)
    return (divergence(length) - divergence(length - 1)) * rate


@pytest.mark.parametrize("length", [2, 3, 4])
def test_naive_twin_of_counts(length: int) -> None:
    path, _ = jumps(3000, 1)
    sampled = np.repeat(path, np.random.default_rng(2).integers(1, 4, path.size))
    for series in (path, sampled):
        found = quiet(series, "plug_in", dt=0.3, length=length)
        assert found.value + found.bias == pytest.approx(naive_words(series.tolist(), length, 0.3), rel=1e-11)
    network_value = quiet(path, dt=0.3)
    pair = Counter(pairwise(path.tolist()))
    total = sum((pair[i, j] - pair[j, i]) * math.log(pair[i, j] / pair[j, i]) for i, j in pair) / 2
    assert network_value.value + network_value.bias == pytest.approx(total / (2999 * 0.3), rel=1e-11)
    assert network_value == pytest.approx(quiet(path, "plug_in", dt=0.3), nan_ok=True)


def test_ring_of_three() -> None:
    """60 runs: mean at four standard errors of the exact value, and errors that are the scatter."""
    found = []
    for seed in range(60):
        path, dwell = jumps(1500, seed)
        found.append(D.entropy_production(path, dt=float(dwell.mean())))
    value, error = (np.array([getattr(one, name) for one in found]) for name in ("value", "standard_error"))
    assert abs(value.mean() - EXACT) < 4 * value.std(ddof=1) / math.sqrt(60)
    assert error.mean() == pytest.approx(value.std(ddof=1), rel=4 / math.sqrt(2 * 59))
    assert np.isnan(found[0].interval_bias)


def test_bias_of_counts_at_equilibrium() -> None:
    """Raw values are too high by 2/T for the one cycle of a ring; what is left after correction is a tenth of it."""
    graph = small_networks.ring((1, 1, 1), (0, 0, 0), 0.0)
    found, duration = [], []
    for seed in range(150):
        path, dwell = jumps(600, 200 + seed, graph)
        duration.append(dwell.sum())
        found.append(D.entropy_production(path, dt=float(dwell.mean())))
    bias = np.array([one.bias for one in found]) * duration
    value = np.array([one.value for one in found]) * duration
    assert abs((value + bias).mean() - 2) < 4 * (value + bias).std() / math.sqrt(150)
    assert abs(value.mean()) < 4 * value.std() / math.sqrt(150)


def test_interval_of_sampled_jumps() -> None:
    """A chain sampled at dt is one of exp(L dt): its own value is what is found, with a warning."""
    full, dt = network.generator(*RING), 0.1
    chain = np.cumsum(linalg.expm(full * dt), axis=0)
    p = network.stationary(full)
    flow = linalg.expm(full * dt) * p
    exact = sum((flow[j, i] - flow[i, j]) * math.log(flow[j, i] / flow[i, j]) for i in range(3) for j in range(i)) / dt
    u, state, path = np.random.default_rng(3).random(60_000), 0, np.empty(60_000, np.int64)
    for i in range(len(u)):
        path[i] = state = int(np.searchsorted(chain[:, state], u[i]))
    with pytest.warns(PhysentWarning, match=r"interval: 0\.3\d* from all samples, 0\.1\d* from every second one"):
        found = D.entropy_production(path, dt=dt)
    assert abs(found.value - exact) < 4 * found.standard_error
    assert found.interval_bias < -0.1


def test_channels_hide_and_show_the_work() -> None:
    """A motor of two states produces nothing between its states, and all of it through its two channels."""
    rng, (u, w) = np.random.default_rng(4), ((3.0, 1.5), (0.4, 0.2))
    state, path, time = 0, [(0, 0)], 0.0
    for draw in rng.random(8000):
        out = u[state] + w[state]
        time += 1 / out
        forward = draw * out < u[state]
        channel = state if forward else 1 - state  # the edge 0 -> 1 is channel 0, the edge 1 -> 0 channel 1
        state = 1 - state
        path.append((state, channel))
    dt = time / 8000
    shown = D.entropy_production(np.array(path), dt=dt)
    exact = small_networks.two_state_motor(u, w)[2]
    assert abs(shown.value - exact) < 4 * shown.standard_error
    hidden = D.entropy_production(np.array(path)[:, 0], dt=dt)
    assert abs(hidden.value) < 2 / time


def test_words_see_more_than_pairs_of_hidden_states() -> None:
    """States 0 and 3 of a driven ring of four look alike: a bound that rises with the length and stays below."""
    graph = small_networks.ring([1] * 4, [0] * 4, 6.0)
    rates, exact = graph[1], 6.0 * network.current_moments(*graph, [1, 0, 0, 0])[0]
    u = np.random.default_rng(5).random(60_000)
    path = np.cumsum(np.where(u < rates[0, 0] / rates[0].sum(), 1, -1)) % 4
    seen = np.array([0, 1, 2, 0])[path]
    dt = 1 / rates[0].sum()
    listed = seen[np.concatenate([[True], np.diff(seen) != 0])]
    pairs, triples = (
        D.entropy_production(listed, "plug_in", dt=dt * len(seen) / len(listed), length=length) for length in (2, 3)
    )
    assert pairs.value == pytest.approx(quiet(seen, "plug_in", dt=dt).value, rel=0.01)
    assert exact - pairs.value > 10 * pairs.standard_error
    assert triples.value - pairs.value > 5 * triples.standard_error
    assert triples.value - exact < 4 * triples.standard_error
    whole = D.entropy_production(path, dt=dt)
    assert abs(whole.value - exact) < 4 * whole.standard_error


@pytest.mark.parametrize(("dt", "n", "printed", "error"), [(0.05, 8000, 3.84, 0.05), (0.2, 5000, 2.63, 0.01)])
def test_bound_of_a_spiral(dt: float, n: int, printed: float, error: float) -> None:
    """Mean of 20 runs at the exact bound of linear currents, errors that are the scatter, and the printed numbers."""
    exact = linear.short_time_bound(*SPIRAL, dt)
    assert abs(printed - exact) < 4 * error
    found = np.array([quiet(spiral(n, dt, seed), "short_time_tur", dt=dt) for seed in range(20)])
    value, errors = found[:, 0], found[:, 1]
    lost = 4 * 5 / (n * dt)  # by the choice among six currents
    assert abs(value.mean() + lost / 2 - exact) < 4 * value.std(ddof=1) / math.sqrt(20) + lost / 2
    assert errors.mean() == pytest.approx(value.std(ddof=1), rel=4 / math.sqrt(2 * 19))
    assert (value + found[:, 3]).mean() == pytest.approx(linear.short_time_bound(*SPIRAL, 2 * dt), rel=0.05)


def test_naive_twin_of_the_bound() -> None:
    """One half gives the weights by a linear solve, the other the bound, current by current."""
    x = spiral(4000, 0.05, 7)
    middle, step = (x[1:] + x[:-1]) / 2, np.diff(x, axis=0)
    j = np.array([step[:, b] * psi for psi in (1, middle[:, 0], middle[:, 1]) for b in (0, 1)]).T
    values = []
    for fit, use in ((j[:1999], j[1999:]), (j[1999:], j[:1999])):
        current = use @ np.linalg.solve(np.cov(fit.T), fit.mean(0))
        values.append(2 * current.mean() ** 2 / (current.var() * 0.05) - 2 / (len(use) * 0.05))
    found = quiet(x, "short_time_tur", dt=0.05)
    assert found.value == pytest.approx(np.mean(values), rel=1e-9)
    assert found.bias == pytest.approx(4 / (3999 * 0.05), rel=1e-3)
    stretched = x @ np.array([[2.0, 0.3], [-0.5, 4.0]]) + [10.0, -3.0]
    assert quiet(stretched, "short_time_tur", dt=0.05).value == pytest.approx(found.value, rel=1e-9)


def test_nothing_from_reversible_paths() -> None:
    """No rotation: the bound is zero within its noise of a few 4/T."""
    found = np.array([quiet(spiral(2000, 0.1, seed, 0.0), "short_time_tur", dt=0.1)[0] for seed in range(30)])
    assert abs(found.mean()) < 4 * found.std() / math.sqrt(30)
    assert np.abs(found).max() < 10 * 4 / 200


def test_basis_of_a_driven_ring() -> None:
    """A particle that drifts over a cosine: sin and cos of the place find more than the drift, up to f v/T."""
    from physent.theory import tilted_ring

    rng, h, force, temperature = np.random.default_rng(8), 0.01, 2.0, 0.5
    kicks = rng.normal(size=60_000) * math.sqrt(2 * temperature * h)
    x = np.empty(kicks.size)
    here = 0.0
    for i, kick in enumerate(kicks):
        x[i] = here
        slope = force + math.sin(here)
        there = here + h * slope + kick
        here += h / 2 * (slope + force + math.sin(there)) + kick
    exact = tilted_ring.entropy_production(tilted_ring.velocity_in_cosine(1, force, temperature), force, temperature)

    def turning(points: Any) -> NDArray[np.float64]:
        return np.hstack([np.ones_like(points), np.cos(points), np.sin(points)])

    best = quiet(x, "short_time_tur", dt=h, basis=turning)
    drift = quiet(x, "short_time_tur", dt=h, basis=np.ones_like)
    assert drift.value < best.value
    assert abs(best.value - exact) < 4 * best.standard_error + abs(best.interval_bias)


def test_labels_gaps_and_forms() -> None:
    x = spiral(600, 0.1, 9)
    plain = quiet(x, "short_time_tur", dt=0.1)
    named = xr.DataArray(x.T, dims=("axis", "time"), coords={"time": 0.1 * np.arange(600)})
    assert quiet(named, "short_time_tur", dt=0.1) == plain
    holes = x.copy()
    holes[300] = np.nan
    gappy = named.isel(time=np.delete(np.arange(600), 300))
    omitted = quiet(holes, "short_time_tur", dt=0.1, missing="omit windows")
    assert quiet(gappy, "short_time_tur", dt=0.1, missing="omit windows") == omitted
    assert omitted.value == pytest.approx(plain.value, rel=0.05)
    path, _ = jumps(1200, 3)
    cut = path.astype(float)
    cut[600] = np.nan
    found = quiet(cut, dt=0.5, missing="omit windows")
    pair = Counter(pairwise(path.tolist()))
    for i in (599, 600):
        pair[int(path[i]), int(path[i + 1])] -= 1
    total = sum((pair[i, j] - pair[j, i]) * math.log(pair[i, j] / pair[j, i]) for i, j in pair) / 2
    assert found.value + found.bias == pytest.approx(total / (1197 * 0.5), rel=1e-11)


def test_doubts_and_refusals() -> None:
    path, _ = jumps(100, 1)
    with pytest.warns(PhysentWarning, match=r"undersampled: \d of 6 steps of 2 symbols occur fewer than 10 times"):
        D.entropy_production(path)
    with pytest.warns(PhysentWarning, match="one-way: 3 of 3 steps never occur backwards: the value is infinite"):
        assert D.entropy_production(np.arange(300) % 3).value == np.inf
    with pytest.raises(UsageError, match="63 samples, expected 64 or more"):
        D.entropy_production(path[:63])
    with pytest.raises(UsageError, match="network: the states must be integers"):
        D.entropy_production(spiral(100, 0.1, 1)[:, 0])
    with pytest.raises(UsageError, match=r"plug_in: found series \(100, 2\), expected \(n,\)"):
        D.entropy_production(np.zeros((100, 2), int), "plug_in")
    with pytest.raises(RunError, match="found -1"):
        D.entropy_production(path - 1)
    with pytest.raises(UsageError, match="length must be at least 2"):
        D.entropy_production(path, "plug_in", length=1)
    with pytest.raises(UsageError, match="a coordinate is constant"):
        D.entropy_production(np.ones((200, 2)), "short_time_tur")
    with pytest.raises(UsageError, match="99 steps for 6 currents, expected 120 or more"):
        D.entropy_production(spiral(100, 0.1, 1), "short_time_tur")
    with pytest.raises(UsageError, match="dt"):
        D.entropy_production(path, dt=0.0)
