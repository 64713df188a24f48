from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from physent.core import dop853
from physent.core.fft import tables_of
from physent.engines.nlse.interaction import Clocks, Wave, adaptive_steps
from physent.theory.solitons import soliton

LENGTH = 24.0
Complex = npt.NDArray[np.complex128]


NONE = np.empty(0)


def equation(n: int, sign: float = 1.0, cut: int | None = None, shift: npt.NDArray[np.float64] = NONE) -> Wave:
    tables = tables_of(n)
    mode = np.rint(np.fft.fftfreq(n) * n)[tables.order]
    kept = np.ones(n) if cut is None else (np.abs(mode) < cut).astype(float)
    return Wave(tables, mode**2, kept, shift, math.pi / LENGTH**2, sign)


def clocks(replicas: int, proposal: float) -> Clocks:
    left, evaluations, rejections = (np.zeros(replicas, dtype=np.int64) for _ in range(3))
    time, step, missed = (np.zeros(replicas) for _ in range(3))
    return Clocks(time, step, np.full(replicas, proposal), left, evaluations, rejections, missed)


def waves(replicas: int, n: int) -> Complex:
    x = LENGTH * (np.arange(n) / n - 0.5)
    return np.array([soliton(x, 0.0, 1.5 + 0.3 * r, -2.0, 1.0) for r in range(replicas)])


def twin(
    psi: Complex, step: float, sign: float, cut: int | None, shift: float | npt.NDArray[np.float64] = 0.0
) -> tuple[Complex, float]:
    """One step of DOP853 in the interaction picture as the formulas say it: (psi, error estimate per unit time)."""
    n = psi.size
    k = 2 * np.pi * np.fft.fftfreq(n, LENGTH / n)
    kept = np.abs(np.fft.fftfreq(n) * n) < (cut or n)
    a, slopes = np.fft.fft(psi) / n, np.zeros((12, n), dtype=complex)
    for stage, node in enumerate(dop853.NODES):
        turn = np.exp(-0.5j * k**2 * node * step)
        u = np.fft.ifft(turn * (a + step * dop853.STAGES[stage] @ slopes)) * n
        slopes[stage] = kept * np.conj(turn) * np.fft.fft(1j * sign * (np.abs(u) ** 2 + shift) * u) / n
    a = np.exp(-0.5j * k**2 * step) * (a + step * dop853.WEIGHTS @ slopes)
    fifth, third = (np.linalg.norm(row @ slopes) for row in (dop853.ERROR_5, dop853.ERROR_3))
    return np.fft.ifft(a) * n, float(fifth**2 / np.hypot(fifth, 0.1 * third))


@pytest.mark.parametrize(("n", "sign", "cut"), [(128, 1.0, None), (100, -1.0, None), (128, 1.0, 32)])
def test_one_step_equals_its_naive_twin(n: int, sign: float, cut: int | None) -> None:
    psi, step = waves(1, n)[0], 0.05
    spectrum = (np.fft.fft(psi) / n)[None]
    if cut:
        spectrum[0, np.abs(np.fft.fftfreq(n) * n) >= cut] = 0
        psi = np.fft.ifft(spectrum[0]) * n
    clock = clocks(1, 1.0)
    adaptive_steps(0, 1, spectrum, clock, step, 1.0, 1, equation(n, sign, cut))
    expected, _ = twin(psi, step, sign, cut)
    np.testing.assert_allclose(np.fft.ifft(spectrum[0]) * n, expected, rtol=0, atol=1e-14)
    assert (clock.time[0], clock.left[0], clock.evaluations[0], clock.rejections[0]) == (step, 0, 12, 0)


@pytest.mark.parametrize("n", [128, 100])
def test_one_step_in_a_potential_equals_its_naive_twin(n: int) -> None:
    psi, step = waves(1, n)[0], 0.02
    shift = np.random.default_rng(n).normal(size=n)
    spectrum, clock = (np.fft.fft(psi) / n)[None], clocks(1, 1.0)
    adaptive_steps(0, 1, spectrum, clock, step, 1.0, 1, equation(n, -1.0, None, shift))
    expected, _ = twin(psi, step, -1.0, None, shift)
    np.testing.assert_allclose(np.fft.ifft(spectrum[0]) * n, expected, rtol=0, atol=1e-14)


def test_first_step_is_accepted_exactly_when_the_estimate_allows_it() -> None:
    n, step = 128, 0.1
    psi = waves(1, n)[0]
    _, rate = twin(psi, step, 1.0, None)
    relative = rate / float(np.linalg.norm(np.fft.fft(psi) / n))
    for tolerance, rejections in ((relative * 1.001, 0), (relative * 0.999, 1)):
        clock = clocks(1, 1.0)
        adaptive_steps(0, 1, (np.fft.fft(psi) / n)[None], clock, step, tolerance, 1, equation(n))
        assert clock.rejections[0] == rejections


@pytest.mark.parametrize("budget", [1, 3, 7])
def test_bits_do_not_depend_on_how_the_work_is_cut(budget: int) -> None:
    n, targets = 128, (0.3, 0.35, 1.0)
    whole, cut = (np.fft.fft(waves(3, n), axis=1) / n for _ in range(2))
    clock, cut_clock = clocks(3, 0.7), clocks(3, 0.7)
    wave = equation(n)
    for target in targets:
        adaptive_steps(0, 3, whole, clock, target, 1e-9, 10**6, wave)
        while not np.all(cut_clock.time == target):
            adaptive_steps(0, 2, cut, cut_clock, target, 1e-9, budget, wave)
            adaptive_steps(2, 3, cut, cut_clock, target, 1e-9, budget, wave)
    np.testing.assert_array_equal(whole, cut)
    for one, other in zip(clock, cut_clock, strict=True):
        np.testing.assert_array_equal(one, other)
    assert clock.rejections.sum() > 0


def test_replicas_choose_their_own_steps() -> None:
    n = 128
    spectrum = np.fft.fft(waves(3, n), axis=1) / n
    alone, clock, alone_clock = spectrum[1:2].copy(), clocks(3, 0.1), clocks(1, 0.1)
    wave = equation(n)
    adaptive_steps(0, 3, spectrum, clock, 2.0, 1e-8, 10**6, wave)
    adaptive_steps(0, 1, alone, alone_clock, 2.0, 1e-8, 10**6, wave)
    np.testing.assert_array_equal(alone[0], spectrum[1])
    assert len(set(clock.evaluations)) == 3


def test_short_intervals_do_not_shorten_later_steps() -> None:
    n = 128
    spectrum, clock = np.fft.fft(waves(1, n), axis=1) / n, clocks(1, 0.02)
    wave = equation(n)
    adaptive_steps(0, 1, spectrum, clock, 1.0, 1e-8, 10**6, wave)
    before = clock.step[0]
    adaptive_steps(0, 1, spectrum, clock, np.nextafter(1.0, 2), 1e-8, 10**6, wave)
    adaptive_steps(0, 1, spectrum, clock, 2.0, 1e-8, 10**6, wave)
    assert clock.step[0] > 0.7 * before


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e200])
def test_a_wave_that_is_not_finite_ends_the_loop(value: float) -> None:
    n = 32
    spectrum, clock = np.fft.fft(waves(2, n), axis=1) / n, clocks(2, 0.1)
    spectrum[0, 3] = value
    with np.errstate(all="ignore"):
        adaptive_steps(0, 2, spectrum, clock, 0.2, 1e-8, 10**6, equation(n))
    assert np.isnan(clock.time[0])
    assert clock.time[1] == 0.2


@pytest.mark.parametrize("n", [64, 97])
def test_a_tolerance_below_round_off_does_not_stop_the_clock(n: int) -> None:
    rng = np.random.default_rng(n)
    noise = rng.normal(size=(1, n)) + 1j * rng.normal(size=(1, n))
    spectrum = np.asarray(3 * noise / n, dtype=np.complex128)
    clock = clocks(1, 0.1)
    adaptive_steps(0, 1, spectrum, clock, 0.02, 1e-20, 10**5, equation(n))
    assert clock.time[0] == 0.02


def test_a_still_wave_takes_the_whole_interval_at_once() -> None:
    n = 32
    spectrum, clock = np.zeros((1, n), dtype=complex), clocks(1, np.inf)
    adaptive_steps(0, 1, spectrum, clock, 5.0, 1e-10, 10**6, equation(n))
    assert (clock.time[0], clock.evaluations[0]) == (5.0, 12)
    assert not spectrum.any()
