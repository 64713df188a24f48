"""Exact solutions, orders of convergence and conservation."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from physent.theory import breathers, dark_solitons, modulation, solitons
from tests.engines.nlse.runs import COLLISION, advance, begin, config, observed, relative_error, run, wave_of, x_of

TWO = ([2.0, 1.5], [-10.0, 10.0], [2.0, -2.0], [0.0, 0.0])
BOX: dict[str, Any] = {"length": 60.0, "points": 1024}


@pytest.mark.parametrize(
    "method", [{"tolerance": 1e-10}, {"method": "rkn6", "step": 0.01}, {"method": "rkn4", "step": 0.004}]
)
def test_one_soliton_travels(method: dict[str, Any]) -> None:
    cfg = config(until=20.0, every=2.0, points=1024, **method)
    state = run(cfg)
    assert np.abs(wave_of(state)[0] - solitons.soliton(x_of(cfg), 20.0, 2.0, -10.0, 1.0)).max() <= 1e-9
    record = observed(state)
    for name, expected in zip(("mass", "momentum", "energy"), (4.0, 4.0, -2 / 3), strict=True):
        assert record[name][0] == pytest.approx(expected, abs=1e-11)
    assert record["max_intensity"][0] == pytest.approx(4.0, rel=1e-2)
    assert record["spectral_tail"][0] < 1e-25


def test_two_solitons_collide() -> None:
    cfg = config(COLLISION, until=10.0, every=0.5, **BOX, tolerance=1e-10)
    psi = wave_of(run(cfg))[0]
    assert relative_error(psi, solitons.n_soliton(x_of(cfg), 10.0, *TWO)) <= 1e-10
    theirs = solitons.collision_shifts(2.0, 2.0, 1.5, -2.0)
    published = ((0.27650027, 1.18895001), (-0.36866703, 1.68636999))
    for which, (displacement, phase) in enumerate(published):
        amplitude, start, velocity = (column[which] for column in TWO[:3])
        place = start + 10 * velocity
        centre, value = peak(psi, BOX["length"], place)
        carrier = velocity * centre + (amplitude**2 - velocity**2) * 10 / 2
        turned = np.angle(value * np.exp(-1j * (carrier + phase)))
        assert centre - place == pytest.approx(displacement, abs=1e-8)
        assert turned == pytest.approx(0.0, abs=1e-8)
        assert theirs.position[which] == pytest.approx(displacement, abs=1e-8)


def peak(psi: npt.NDArray[np.complex128], length: float, near: float) -> tuple[float, complex]:
    """Where |psi|^2 of the trigonometric polynomial has its maximum, and psi there."""
    k = 2 * np.pi * np.fft.fftfreq(psi.size, length / psi.size)
    grid = length * (np.arange(psi.size) / psi.size - 0.5)
    spectrum = np.fft.fft(psi) / psi.size
    x = grid[np.argmax(np.abs(psi) * (np.abs(grid - near) < 3))]
    for _ in range(10):
        modes = spectrum * np.exp(1j * k * (x + length / 2))
        value, slope, bend = modes.sum(), (1j * k * modes).sum(), (-(k**2) * modes).sum()
        x -= (np.conj(value) * slope).real / ((np.conj(value) * bend).real + abs(slope) ** 2)
    return x, complex(np.sum(spectrum * np.exp(1j * k * (x + length / 2))))


def test_akhmediev_breather_grows_and_decays() -> None:
    initial = {"kind": "akhmediev", "a": 0.25, "start": -4.0}
    cfg = config(initial, until=8.0, every=4.0, length=10 * np.pi * np.sqrt(2), points=1024, tolerance=1e-12)
    state = begin(cfg)
    for time in (4.0, 8.0):
        advance(cfg, state, time)
        psi = wave_of(state)[0]
        assert relative_error(psi, breathers.akhmediev(x_of(cfg), time - 4, 0.25)) <= 1e-10
        if time == 4.0:
            assert np.abs(psi).max() == pytest.approx(2.41421356, abs=1e-8)


def test_kuznetsov_ma_breather_returns() -> None:
    period = breathers.kuznetsov_ma_period(1.0)
    cfg = config({"kind": "kuznetsov_ma", "a": 1.0}, until=period, length=40.0, points=1024, tolerance=1e-11)
    start, psi = wave_of(begin(cfg))[0], wave_of(run(cfg))[0]
    assert relative_error(np.abs(psi), np.abs(start)) <= 1e-9
    assert np.abs(psi).max() == pytest.approx(1 + 2 * np.sqrt(2), abs=1e-9)


@pytest.mark.parametrize("order", [2, 3])
def test_bound_solitons_return(order: int) -> None:
    initial = {"kind": "satsuma_yajima", "order": order}
    cfg = config(initial, until=np.pi / 2, every=np.pi / 4, length=60.0, points=2048, tolerance=1e-11)
    state = begin(cfg)
    start = wave_of(state)[0]
    advance(cfg, state, np.pi / 4)
    if order == 2:
        assert np.abs(wave_of(state)).max() == pytest.approx(4.0, abs=1e-9)
    advance(cfg, state, cfg.schedule.at(2))
    psi = wave_of(state)[0]
    assert relative_error(np.abs(psi), np.abs(start)) <= 1e-8
    if order == 2:
        assert psi[1024] == pytest.approx(2 * np.exp(0.25j * np.pi), abs=1e-10)
    assert relative_error(psi, solitons.satsuma_yajima(x_of(cfg), np.pi / 2, order)) <= 1e-10


@pytest.mark.parametrize("mode", [8, 11, 14])
def test_modulations_grow_at_their_rate(mode: int) -> None:
    times, heights = modulated(mode, growing=True)
    rate = np.polyfit(times, np.log(heights), 1)[0]
    k = mode / 8
    assert rate == pytest.approx(k * np.sqrt(1 - k**2 / 4), rel=1e-4)
    assert rate == pytest.approx(float(modulation.growth_rate(k)), rel=1e-4)


def test_short_modulations_oscillate() -> None:
    times, heights = modulated(20, growing=False)
    k = 20 / 8
    omega = k * np.sqrt(k**2 / 4 - 1)
    # u = cos(omega t) cos(k x) has |u_k + u_-k*| proportional to |cos(omega t)|
    np.testing.assert_allclose(heights / heights[0], np.abs(np.cos(omega * times)), rtol=0, atol=1e-5)


def modulated(mode: int, *, growing: bool) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Times, and the real part of a weak modulation of the plane wave 1 at wavenumber mode/8."""
    cfg = config({"kind": "plane_wave"}, until=2.5, every=0.125, length=16 * np.pi, points=128, tolerance=1e-13)
    k = mode / 8
    # The growing eigenvector of d/dt (u, v) = (k^2/2 v, (2 - k^2/2) u), or u alone.
    shape = 1 + 1j * np.sqrt(4 / k**2 - 1) if growing else 1.0
    psi = 1 + 1e-7 * shape * np.cos(k * x_of(cfg))
    state = begin(cfg, psi)
    times, heights = [], []
    for sample in range(cfg.schedule.samples):
        time = cfg.schedule.at(sample)
        advance(cfg, state, time)
        turned = wave_of(state)[0] * np.exp(-1j * time)
        times.append(time)
        heights.append(abs(np.mean(turned.real * np.cos(k * x_of(cfg)))))
    return np.array(times), np.array(heights)


@pytest.mark.parametrize(
    ("method", "bound"),
    [
        ({"tolerance": 1e-8}, 5e-8),
        ({"method": "strang", "step": 0.05}, 1e-12),
        ({"method": "rkn6", "step": 0.1}, 1e-12),
    ],
)
def test_plane_wave_turns(method: dict[str, Any], bound: float) -> None:
    # Stable, since 2 pi / L > 2 amplitude.
    initial = {"kind": "plane_wave", "amplitude": 0.7, "mode": 3}
    cfg = config(initial, until=5.0, length=4.0, points=32, **method)
    expected = modulation.plane_wave(x_of(cfg), 5.0, 0.7, 6 * np.pi / 4)
    assert relative_error(wave_of(run(cfg))[0], expected) <= bound


def test_a_background_does_not_amplify_round_off() -> None:
    # 17 and 3 times tolerance times time where the modes that no step resolves are left to grow.
    cfg = config({"kind": "plane_wave", "amplitude": 0.7, "mode": 3}, until=5.0, length=4.0, points=32, tolerance=1e-12)
    exact = modulation.plane_wave(x_of(cfg), 5.0, 0.7, 6 * np.pi / 4)
    assert relative_error(wave_of(run(cfg))[0], exact) <= 5e-12
    initial = {"kind": "dark_pair", "background": 1.0, "angle": 0.6, "separation": 20.0}
    cfg = config(initial, until=30.0, length=60.0, points=512, sign="defocusing", tolerance=1e-12)
    time = dark_solitons.dark_pair_start(1.0, 0.6, 20.0) + 30.0
    exact = dark_solitons.dark_pair_in_box(x_of(cfg), time, 1.0, 0.6, 60.0)
    assert relative_error(wave_of(run(cfg))[0], exact) <= 5e-12


def test_dark_pair_meets_and_stays_bounded() -> None:
    initial = {"kind": "dark_pair", "background": 1.0, "angle": 0.6, "separation": 20.0}
    cfg = config(initial, until=30.0, every=5.0, length=60.0, points=512, sign="defocusing", tolerance=1e-11)
    began = dark_solitons.dark_pair_start(1.0, 0.6, 20.0)
    state = begin(cfg)
    for sample in range(1, cfg.schedule.samples):
        time = cfg.schedule.at(sample)
        advance(cfg, state, time)
        psi = wave_of(state)[0]
        exact = dark_solitons.dark_pair_in_box(x_of(cfg), began + time, 1.0, 0.6, 60.0)
        assert relative_error(psi, exact) <= 1e-8
        assert np.abs(psi).max() < 1 + 1e-8


def test_order_two_of_strang() -> None:
    orders = soliton_orders("strang", (1 / 64, 1 / 128, 1 / 256), until=2.0)
    assert np.all(np.abs(orders - 2) <= 0.05), orders


def test_order_four_of_rkn4() -> None:
    # A wave of few modes: on a soliton, resonances with k^2 h = 4 pi, small as its spectrum there, outweigh h^4.
    cfg = partial(config, {"kind": "plane_wave"}, until=16.0, length=12.0, points=64, sign="defocusing")
    turns = 2 * np.pi * x_of(cfg()) / 12.0
    psi = 0.6 + 0.2 * np.cos(turns) + 0.15j * np.sin(turns)
    exact = wave_of(run(cfg(tolerance=1e-14), psi))[0]
    errors = [relative_error(wave_of(run(cfg(method="rkn4", step=h), psi))[0], exact) for h in (1 / 8, 1 / 16, 1 / 32)]
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    assert np.all(np.abs(orders - 4) <= 0.15), orders


def test_order_six_of_rkn6() -> None:
    orders = soliton_orders("rkn6", (1 / 16, 1 / 32, 1 / 64), until=8.0)
    assert np.all((orders >= 5.6) & (orders <= 7.6)), orders


def soliton_orders(method: str, steps: tuple[float, ...], until: float) -> npt.NDArray[np.float64]:
    errors = []
    for step in steps:
        cfg = config(until=until, method=method, step=step)
        errors.append(relative_error(wave_of(run(cfg))[0], solitons.soliton(x_of(cfg), until, 2.0, -10.0, 1.0)))
    assert 1e-10 < errors[-1] < errors[0] < 1e-2
    return np.asarray(np.log2(np.divide(errors[:-1], errors[1:])))


def test_error_falls_faster_than_any_power_of_the_grid() -> None:
    errors = []
    for points in (256, 512):
        cfg = config(until=2.0, points=points, tolerance=1e-12)
        errors.append(relative_error(wave_of(run(cfg))[0], solitons.soliton(x_of(cfg), 2.0, 2.0, -10.0, 1.0)))
    assert errors[1] < 1e-4 * errors[0]


@pytest.mark.parametrize("tolerance", [1e-6, 1e-8, 1e-10])
def test_error_is_below_tolerance_times_time(tolerance: float) -> None:
    cfg = config(COLLISION, until=4.0, **BOX, tolerance=tolerance)
    error = relative_error(wave_of(run(cfg))[0], solitons.n_soliton(x_of(cfg), 4.0, *TWO))
    assert error <= 4.0 * tolerance


@pytest.mark.parametrize(
    ("method", "mass", "energy"),
    [
        ({"method": "rkn4", "step": 0.01}, 1e-12, 3e-11),
        ({"method": "rkn6", "step": 0.01}, 1e-12, 3e-11),
        ({"tolerance": 1e-12}, 3e-13, 3e-13),
    ],
)
def test_invariants_are_conserved_through_a_collision(method: dict[str, Any], mass: float, energy: float) -> None:
    cfg = config(COLLISION, until=10.0, every=2.5, **BOX, **method)
    start, end = observed(begin(cfg)), observed(run(cfg))
    assert start["energy"][0] == pytest.approx(10.208333333333, abs=1e-10)
    for name, bound in (("mass", mass), ("momentum", energy), ("energy", energy)):
        assert abs(end[name][0] / start[name][0] - 1) <= bound, name
