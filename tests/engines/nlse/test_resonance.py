"""Resonances of splittings: against closed rates, runs, and the eigenvalues of a linearised step."""

from __future__ import annotations

import numpy as np
import pytest

from physent.core.splitting import Splitting
from physent.engines.nlse import ENGINE, resonance
from physent.engines.nlse.methods import METHODS
from physent.typing import Floats
from tests.engines.nlse.runs import begin, config

SPLITTINGS = ["strang", "rkn4", "rkn6"]


def splitting_of(name: str) -> Splitting:
    found = METHODS[name].splitting
    assert found is not None
    return found


def test_strang_resonates_where_whole_turns_lie_between_kicks() -> None:
    """Rate 0.876 at k = 25 on 512 points of L = 50 with steps of 0.01; none below 2 pi / k_max^2 = 0.00607."""
    k = np.asarray(2 * np.pi / 50 * np.arange(1, 257))
    strang = splitting_of("strang")
    rates = resonance.excess_rates(strang, 0.01, -1.0, 1.0, k)
    assert rates.max() == pytest.approx(0.876, abs=1e-3)
    assert k[rates.argmax()] == pytest.approx(np.sqrt(2 * np.pi / 0.01), rel=0.01)
    first = resonance.first_resonance(k.max())
    assert first == pytest.approx(0.00607, abs=1e-5)
    assert resonance.excess_rates(strang, 0.995 * first, -1.0, 1.0, k).max() == 0.0


@pytest.mark.parametrize("name", SPLITTINGS)
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_short_steps_grow_as_the_equation_does(name: str, sign: float) -> None:
    splitting = splitting_of(name)
    k = np.asarray(np.linspace(0.05, 10.0, 400), float)
    assert np.abs(resonance.excess_rates(splitting, 1e-3, sign, 1.0, k)).max() < 1e-5


def test_a_trap_is_followed_up_to_two_radians_a_step() -> None:
    strang = splitting_of("strang")
    assert resonance.trap_rate(strang, 1.99, 1.0) == 0.0
    assert resonance.trap_rate(strang, 2.01, 1.0) > 0.0


def test_a_growing_wave_grows_at_the_rate_of_the_theory() -> None:
    """The strongest mode of a run with steps of 1.5 times the first resonance, between t = 10 and 20."""
    cfg = config(
        {"kind": "plane_wave", "noise_rms": 1e-8},
        until=20.0,
        every=10.0,
        method="strang",
        step=0.04,
        length=50.0,
        points=256,
        sign="defocusing",
    )
    k = np.asarray(2 * np.pi / 50 * np.arange(1, 129))
    strang = splitting_of("strang")
    rates = resonance.excess_rates(strang, 0.04, -1.0, 1.0, k)
    best = int(rates.argmax())
    state, method = begin(cfg), ENGINE.method(cfg)
    heights = []
    for target in (10.0, 20.0):
        while method.advance(state, target, 10**9) != target:
            pass
        heights.append(method.fields(state)["spectrum"][0, 128 + best + 1])
    assert np.log(heights[1] / heights[0]) / 20.0 == pytest.approx(rates[best], rel=0.05)


def rate_of_a_step(
    splitting: Splitting, step: float, sign: float, psi: Floats, well: Floats, length: float, turn: float
) -> float:
    """Growth rate of the fastest perturbation of psi exp(i turn t), by the eigenvalues of a step on the whole grid."""
    n = len(psi)
    k = 2 * np.pi * np.fft.fftfreq(n, length / n)
    wave, change = psi.astype(complex), np.concatenate([np.eye(n), 1j * np.eye(n)], axis=1)
    for stage, kick in enumerate(splitting.kicks):
        angle = float(kick) * step
        change = change + 2j * angle * sign * wave[:, None] * (wave.conj()[:, None] * change).real
        phase = np.exp(1j * angle * (sign * np.abs(wave) ** 2 - well))
        wave, change = phase * wave, phase[:, None] * change
        if stage < len(splitting.drifts):
            drift = np.exp(-0.5j * k**2 * float(splitting.drifts[stage]) * step)
            wave = np.fft.ifft(drift * np.fft.fft(wave))
            change = np.fft.ifft(drift[:, None] * np.fft.fft(change, axis=0), axis=0)
    change = change * np.exp(-1j * turn * step)
    values = np.linalg.eigvals(np.concatenate([change.real, change.imag]))
    return float(np.log(np.abs(values).max()) / step)


def condensate(sign: float, mass: float, well: Floats, length: float) -> tuple[Floats, float]:
    """Ground state by imaginary time, and the rate at which its phase turns."""
    n, dt = len(well), 0.005
    k, dx = 2 * np.pi * np.fft.fftfreq(n, length / n), length / n
    psi = np.exp(-0.125 * (dx * np.arange(n) - length / 2) ** 2)
    for _ in range(2000):
        psi = psi * np.exp(-0.5 * dt * (well - sign * psi**2))
        psi = np.fft.ifft(np.exp(-0.5 * dt * k**2) * np.fft.fft(psi)).real
        psi = psi * np.exp(-0.5 * dt * (well - sign * psi**2))
        psi = psi * np.sqrt(mass / (dx * (psi**2).sum()))
    turned = np.fft.ifft(0.5 * k**2 * np.fft.fft(psi)).real + (well - sign * psi**2) * psi
    return np.asarray(psi), -float(psi @ turned) * dx / mass


@pytest.mark.parametrize("name", SPLITTINGS)
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_rates_of_a_plane_wave(name: str, sign: float) -> None:
    """Those of the whole linearised step, as long as the equation itself has none (L = 4: no mode is unstable)."""
    n, length, intensity = 32, 4.0, 0.49
    k = np.asarray(2 * np.pi / length * np.arange(1, n // 2 + 1))
    psi, seen = np.full(n, np.sqrt(intensity)), 0
    for factor in np.arange(1.05, 14, 0.74):
        step = factor * resonance.first_resonance(k.max())
        given = (splitting_of(name), step, sign)
        found = rate_of_a_step(*given, psi, np.zeros(n), length, sign * intensity)
        expected = resonance.excess_rates(*given, intensity, k).max()
        assert found == pytest.approx(expected, abs=1e-6)
        seen += expected > 0.01
    assert seen >= 1


@pytest.mark.parametrize("name", SPLITTINGS)
@pytest.mark.parametrize("case", ["soliton", "repulsive condensate", "attractive condensate"])
def test_rates_of_a_localised_wave(name: str, case: str) -> None:
    """Within a factor of three, several resonances may meet; over all steps a quarter to twice the estimate."""
    n, length = 48, 20.0 if case == "soliton" else 16.0
    x = length * (np.arange(n) / n - 0.5)
    sign, frequency = (-1.0, 0.7) if case.startswith("rep") else (1.0, 0.0 if case == "soliton" else 0.7)
    mass = {"soliton": 2.0, "repulsive condensate": 6.0, "attractive condensate": 1.5}[case]
    well = 0.5 * frequency**2 * x**2
    psi, turn = condensate(sign, mass, well, length) if frequency else (1 / np.cosh(x), 0.5)
    largest, intensity, both = np.pi * n / length, mass / length, []
    for factor in np.arange(2.0, 14, 1.7):
        step = factor * resonance.first_resonance(largest)
        given = (splitting_of(name), step, sign)
        k = resonance.resonant_wavenumbers(splitting_of(name), step, intensity, largest)
        around = intensity * np.maximum(1.0, 0.5 * length * frequency / k)
        expected = resonance.excess_rates(*given, around, k).max()
        both.append((rate_of_a_step(*given, psi, well, length, turn), expected))
        assert both[-1][0] < 3 * expected + 0.2 * intensity
    found, estimated = np.sum(both, axis=0)
    assert 0.25 < found / estimated < 2.0
