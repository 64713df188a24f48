"""The ideal gas that expands, in closed form, by finite cells and by streaming, and with collisions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import xlogy

from physent.theory import free_expansion as expansion
from physent.theory.kinetic import rate_by_speed, speed_density

LN2 = np.log(2)


def test_values_of_the_closed_form() -> None:
    tau = [0, 0.5, 0.6, 0.75, 0.9, 1, 1.25, 1.5, 1.75, 2, 2.5, 3.5]
    known = [0, 0.5, 0.582322, 0.655465, 0.687787, LN2, 0.679733, 0.674416, 0.686323, LN2, 0.686454, 0.689739]
    np.testing.assert_allclose(expansion.free_rise(tau), known, atol=6e-7)
    np.testing.assert_allclose(expansion.free_rise(np.arange(1.0, 9.0)), LN2, rtol=1e-14)
    assert LN2 - expansion.free_rise(1.5) == pytest.approx(0.01873, abs=6e-6)


@pytest.mark.parametrize("q", [0.5, 0.25, 0.7, 1.0])
def test_the_closed_form_is_the_mean_over_phases(q: float) -> None:
    """Naive: the density of eq. h(u) on a fine grid of phases."""

    def filled(x: Any) -> Any:
        return q * np.floor(x) + np.minimum(x - np.floor(x), q)

    u = (np.arange(200_000) + 0.5) / 200_000
    for tau in (0.03, 0.2, q, 0.77, 1.0, 1.31, 4.9):
        h = (filled(u + tau) - filled(u)) / tau
        assert expansion.free_rise(tau, q) == pytest.approx(-xlogy(h, h).mean() / q, abs=2e-5)


def test_the_rise_is_linear_at_first() -> None:
    tau = np.linspace(0, 0.3, 7)
    np.testing.assert_allclose(expansion.free_rise(tau, 0.3), tau / 0.6, atol=1e-15)
    assert expansion.growth_rate(0.2, 2.0, "periodic", 0.3) == pytest.approx(0.2 / (0.6 * 2.0))
    assert expansion.growth_rate(0.2, 1.0, "walls") == pytest.approx(0.1)
    assert expansion.free_rise(1e-12) == pytest.approx(1e-12)
    assert expansion.free_rise(1e9 + 0.3, 0.3) == pytest.approx(-np.log(0.3), rel=1e-6)


def test_refusals() -> None:
    with pytest.raises(ValueError, match="negative"):
        expansion.free_rise([-0.1])
    with pytest.raises(ValueError, match="fraction is 0"):
        expansion.free_rise(0.1, 0.0)
    with pytest.raises(ValueError, match="expected to cross"):
        expansion.half_time([0, 1], [0, 0.3])


def test_half_times_of_free_motion() -> None:
    t = np.linspace(0, 8, 801)
    found = [expansion.half_time(t, expansion.free_rise(dv * t)) for dv in (0.1, 0.2, 0.4, 0.8)]
    np.testing.assert_allclose(found, [3.466, 1.733, 0.866, 0.433], atol=6e-4)


@pytest.mark.parametrize(
    ("boundary", "cells", "dv", "time", "known"),
    [
        ("periodic", 16, 0.4, [0.25, 0.5, 1, 2, 3, 5], [0.12064, 0.21170, 0.40503, 0.66756, 0.68259, 0.69274]),
        ("periodic", 16, 0.1, [0.5, 1, 2, 5], [0.08239, 0.12118, 0.21289, 0.50549]),
        ("periodic", 64, 0.2, [0.25, 0.5, 1, 2, 3, 5], [0.05316, 0.10175, 0.20077, 0.39995, 0.58153, 0.69273]),
        ("walls", 64, 0.2, [1, 2, 5], [0.10038, 0.19998, 0.49930]),
        ("periodic", 8, 0.4, [0.5], [0.24128]),
    ],
)
def test_finite_cells(boundary: Any, cells: int, dv: float, time: list[float], known: list[float]) -> None:
    found = expansion.exact_rise(time, cells, dv, boundary=boundary)
    np.testing.assert_allclose(found, known, atol=1.2e-5)


def test_slopes_and_collapse_of_finite_cells() -> None:
    """The share of the rise that cells of finite dv see, and the common curve in tau = dv t."""
    tau = np.linspace(0.15, 0.45, 7)
    slopes = [np.polyfit(tau, expansion.exact_rise(tau / dv, 64, dv), 1)[0] for dv in (0.1, 0.2, 0.4)]
    np.testing.assert_allclose(slopes, [0.9970, 0.9958, 0.9908], atol=3e-4)
    tau = np.array([0.2, 0.3, 0.45, 0.6, 0.8, 1, 1.25, 1.5, 2, 2.5])
    known = {
        0.2: [0.2008, 0.3003, 0.4498, 0.5815, 0.6693, 0.6927, 0.6797, 0.6744, 0.6930, 0.6865],
        0.4: [0.1998, 0.2988, 0.4476, 0.5789, 0.6672, 0.6915, 0.6794, 0.6744, 0.6927, 0.6865],
        0.8: [0.1959, 0.2931, 0.4390, 0.5685, 0.6587, 0.6866, 0.6784, 0.6742, 0.6915, 0.6864],
    }
    for dv, values in known.items():
        np.testing.assert_allclose(expansion.exact_rise(tau / dv, 64, dv), values, atol=6e-5)


def test_cells_against_streamed_particles() -> None:
    """Walls, a third of the box, T = 2: chi-square of 2e6 particles moved exactly, in 8 x ~40 cells."""
    n, dv, t, q, temperature, length = 2_000_000, 0.6, 0.9, 1 / 3, 2.0, 1.5
    rng = np.random.default_rng(3)
    v = rng.normal(scale=np.sqrt(temperature), size=n)
    x0 = q * length * rng.random(n)
    unfolded = (x0 + v * t) % (2 * length)
    back = unfolded > length
    x, v = np.where(back, 2 * length - unfolded, unfolded), np.where(back, -v, v)
    edges = expansion.velocity_edges(dv, temperature)
    counts = np.histogram2d(x, v, [np.linspace(0, length, 9), edges])[0]
    p = expansion.cell_probabilities(t, 8, dv, length=length, boundary="walls", temperature=temperature, fraction=q)
    assert p.sum() == pytest.approx(1, abs=1e-12)
    seen = n * p > 10
    chi = ((counts[seen] - n * p[seen]) ** 2 / (n * p[seen])).sum()
    assert abs(chi - seen.sum()) < 4 * np.sqrt(2 * seen.sum())
    assert counts[~seen].sum() == pytest.approx(n * p[~seen].sum(), abs=4 * np.sqrt(n * p[~seen].sum()) + 1)


def test_equilibrium_is_the_limit() -> None:
    late, end = (expansion.cell_probabilities(t, 4, 0.5) for t in (4e3, np.inf))
    np.testing.assert_allclose(late, end, atol=1e-4)
    assert end.sum() == pytest.approx(1, abs=1e-13)


def test_expected_rise_of_finite_numbers() -> None:
    """Plug-in bias at the end for N = 1e5 and 16 cells in x, against drawn samples; large N loses it."""
    n, dv, rng = 100_000, 0.2, np.random.default_rng(4)

    def plugin(codes: Any) -> float:
        counts = np.unique(codes, return_counts=True)[1]
        return float(np.log(n) - (counts * np.log(counts)).sum() / n)

    draws = []
    for _ in range(20):
        x, (vx, vy) = rng.integers(16, size=n), np.floor(rng.normal(size=(2, n)) / dv).astype(int) + 50
        draws.append(plugin(x * 10_000 + vx * 100 + vy) - plugin(x // 2 * 10_000 + vx * 100 + vy))
    rise = np.array(draws)
    error = rise.std(ddof=1) / np.sqrt(len(rise))
    expected = expansion.expected_rise(np.inf, n, (16, 1), dv)
    assert abs(rise.mean() - expected) < 4 * error
    assert error < 3e-4
    large = expansion.expected_rise(1.0, 1e13, (16, 1), 0.4)
    assert large == pytest.approx(expansion.exact_rise(1.0, 16, 0.4), abs=1e-7)
    corner = expansion.expected_rise(1.0, 1e13, (8, 8), 0.8, fraction=(0.5, 0.5))
    assert corner == pytest.approx(2 * expansion.exact_rise(1.0, 8, 0.8), abs=1e-6)


def test_scaling_form_table() -> None:
    """Ratio of the rates of production 0, 0.5, 1, 2; without delay, four digits."""
    known = {
        0.0: {0.05: 0.1138, 0.1: 0.1896, 0.25: 0.3435, 0.5: 0.4887, 1: 0.6158, 2: 0.6801},
        0.5: {0.1: 0.2247, 0.25: 0.4034, 0.5: 0.5579, 1: 0.6677},
        1.0: {0.1: 0.2599, 0.25: 0.4634, 0.5: 0.6272, 1: 0.6931},
        2.0: {0.1: 0.3301, 0.25: 0.5834, 0.5: 0.6931},
    }
    for ratio, values in known.items():
        found = expansion.rise_with_collisions(list(values), ratio, 1.0, delay=0.0)
        np.testing.assert_allclose(found, list(values.values()), atol=1e-4)
    found = expansion.rise_with_collisions([1, 2, 3, 4], 0.2, 0.125, delay=0.398)
    np.testing.assert_allclose(found, [0.3057, 0.5172, 0.6366, 0.6836], atol=2e-4)
    found = expansion.rise_with_collisions([1, 2, 3, 4], 0.2, 0.125, delay=0)
    np.testing.assert_allclose(found, [0.3527, 0.5356, 0.6419, 0.6845], atol=2e-4)


def test_scaling_form_limits() -> None:
    t = np.array([0.3, 1.0, 2.6])
    np.testing.assert_allclose(expansion.rise_with_collisions(t, 0.4, 0.0), expansion.free_rise(0.4 * t), rtol=1e-12)
    walls = expansion.rise_with_collisions(t, 0.4, 0.3, length=2.0, boundary="walls", temperature=4.0, delay=0.0)
    np.testing.assert_allclose(walls, expansion.rise_with_collisions(t / 4, 0.4, 1.2, delay=0.0), rtol=1e-12)
    assert expansion.rise_with_collisions(60.0, 0.0, 1.0, fraction=0.25) == pytest.approx(np.log(4), rel=1e-9)

    def mixed(v: float) -> float:
        h = (1 + np.array([1, -1]) * np.exp(-0.7 * rate_by_speed(v))) / 2
        return float(-xlogy(h, h).sum() * speed_density(v))

    assert expansion.rise_with_collisions(0.7, 0.0, 1.0, delay=0.0) == pytest.approx(quad(mixed, 0, 12)[0], rel=1e-8)


@pytest.mark.parametrize("boundary", ["periodic", "walls"])
def test_hydrodynamic_entropy_of_streaming_points(boundary: expansion.Boundary) -> None:
    """Naive: a fine grid of starts and velocities that fly, their means in each cell."""
    t, cells, heat, side = 0.37, 8, 1.7, 2.0
    v = np.sqrt(heat) * (np.arange(-9, 9, 0.002) + 0.001)
    weight = np.exp(-(v**2) / (2 * heat))
    weight /= weight.sum()
    starts = (np.arange(400) + 0.5) / 400 * 0.25 * side
    sums = np.zeros((3, cells))
    for x in starts:
        end, speed = x + v * t, v
        if boundary == "walls":
            turn = end % (2 * side)
            end, speed = np.where(turn > side, 2 * side - turn, turn), np.where(turn > side, -v, v)
        cell = np.minimum((end % side / side * cells).astype(int), cells - 1)
        for power in range(3):
            sums[power] += np.bincount(cell, weight * speed**power, cells) / len(starts)
    p, mean, square = sums[0], sums[1] / sums[0], sums[2] / sums[0]
    after = (p * np.log((square - mean**2 + heat) / 2 / p)).sum()
    before = np.log(heat * 2)  # all in two of the eight cells
    found = expansion.hydrodynamic_rise(
        [0.0, t, 50.0], cells, length=side, boundary=boundary, temperature=heat, fraction=0.25
    )
    np.testing.assert_allclose(found, [0.0, after - before, np.log(4)], atol=2e-4)
    assert found[2] == pytest.approx(np.log(4), rel=1e-12)
