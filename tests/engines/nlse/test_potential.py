"""The harmonic trap: coherent states, breathing, what is conserved, what is doubted."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.engines.nlse.runs import (
    Complex,
    advance,
    begin,
    config,
    doubted,
    observed,
    relative_error,
    run,
    wave_of,
    x_of,
)
from tests.engines.nlse.test_parameters import found, only

OMEGA = 1.3
TRAP: dict[str, Any] = {"potential": {"kind": "harmonic", "frequency": OMEGA}, "length": 24.0, "points": 256}
METHODS: list[dict[str, Any]] = [
    {"method": "if_dop853", "tolerance": 1e-11},
    {"method": "rkn6", "step": 0.02},
    {"method": "rkn4", "step": 0.005},
]


def gaussian(amplitude: float, width: float, position: float = 0.0) -> dict[str, Any]:
    return {"kind": "gaussian", "amplitude": amplitude, "width": width, "position": position}


def coherent(x: npt.NDArray[np.float64], time: float, start: float) -> Complex:
    """Displaced ground state of the linear oscillator (Schrödinger 1926), height 1."""
    q, p = start * np.cos(OMEGA * time), -OMEGA * start * np.sin(OMEGA * time)
    return np.asarray(np.exp(-OMEGA * (x - q) ** 2 / 2 + 1j * (p * (x - q / 2) - OMEGA * time / 2)))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("sign", ["focusing", "defocusing"])
def test_a_weak_wave_is_a_coherent_state(method: dict[str, Any], sign: str) -> None:
    # The cubic term turns the phase by amplitude^2 t = 5e-12.
    cfg = config(gaussian(1e-6, OMEGA**-0.5, 2.0), until=5.0, every=1.0, sign=sign, **TRAP, **method)
    assert relative_error(wave_of(run(cfg))[0], 1e-6 * coherent(x_of(cfg), 5.0, 2.0)) <= 1e-9


@pytest.mark.parametrize("points", [256, 250])
def test_a_weak_wave_breathes_at_twice_the_frequency(points: int) -> None:
    # <x^2>'' = 2 <p^2> - 2 w^2 <x^2>, with p^2 + w^2 x^2 conserved: <x^2> = mean + swing cos(2 w t).
    cfg = config(gaussian(1e-6, 1.0), until=4.0, every=0.25, **{**TRAP, "points": points})
    state, x = begin(cfg), x_of(cfg)
    mean, swing = (0.5 + 0.5 / OMEGA**2) / 2, (0.5 - 0.5 / OMEGA**2) / 2
    for sample in range(1, cfg.schedule.samples):
        time = cfg.schedule.at(sample)
        advance(cfg, state, time)
        weight = np.abs(wave_of(state)[0]) ** 2
        expected = mean + swing * np.cos(2 * OMEGA * time)
        assert weight @ x**2 / weight.sum() == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_strong_wave_obeys_the_virial_theorem(sign: int) -> None:
    # For I = int x^2 |psi|^2: I'' = 4 K + 2 V - 4 P = 4 E - 2 V - 4 w^2 I, with V = -s/2 int |psi|^4 (d/dt twice, by
    # parts; under x -> c x the kinetic energy K goes as c^-2, V as c^-1, P = w^2 I/2 as c^2).
    name = "focusing" if sign > 0 else "defocusing"
    step = 1 / 64
    cfg = config(gaussian(1.5, 0.9), until=1.0, every=step, sign=name, tolerance=1e-12, **TRAP)
    state, x, dx = begin(cfg), x_of(cfg), 24.0 / 256
    moments, sources, energies = [], [], []
    for sample in range(cfg.schedule.samples):
        advance(cfg, state, cfg.schedule.at(sample))
        weight, energy = np.abs(wave_of(state)[0]) ** 2, observed(state)["energy"][0]
        moments.append(dx * weight @ x**2)
        sources.append(4 * energy + sign * dx * np.sum(weight**2) - 4 * OMEGA**2 * moments[-1])
        energies.append(energy)
    m = np.array(moments)
    second = (-m[:-4] + 16 * m[1:-3] - 30 * m[2:-2] + 16 * m[3:-1] - m[4:]) / (12 * step**2)
    np.testing.assert_allclose(second, sources[2:-2], rtol=0, atol=1e-4 * np.abs(sources).max())
    np.testing.assert_allclose(energies, energies[0], rtol=1e-11)


@pytest.mark.parametrize("method", METHODS)
def test_trapped_waves_agree_and_conserve(method: dict[str, Any]) -> None:
    initial = gaussian(1.2, 0.8, 1.0)
    cfg = config(initial, until=3.0, **TRAP, **method)
    start, end = observed(begin(cfg)), run(cfg)
    expected = wave_of(run(config(initial, until=3.0, tolerance=1e-13, **TRAP)))
    assert relative_error(wave_of(end), expected) <= 1e-7
    record = observed(end)
    assert record["mass"][0] == pytest.approx(start["mass"][0], rel=1e-11)
    assert record["energy"][0] == pytest.approx(start["energy"][0], rel=1e-7)
    assert not doubted(cfg, end)


@pytest.mark.parametrize(("method", "least"), [("rkn4", 3.7), ("rkn6", 5.5)])
def test_orders_hold_in_a_trap(method: str, least: float) -> None:
    # [V, [V, [V, T]]] = 0 for any V of |psi|^2 and x.
    initial = gaussian(1.2, 0.8, 1.0)
    exact = wave_of(run(config(initial, until=2.0, tolerance=1e-14, **TRAP)))
    errors = [
        relative_error(wave_of(run(config(initial, until=2.0, method=method, step=h, **TRAP))), exact)
        for h in (1 / 16, 1 / 32)
    ]
    assert np.log2(errors[0] / errors[1]) >= least, errors


def test_a_wave_at_the_seam_is_doubted() -> None:
    cfg = config(gaussian(1.0, 1.0, 2.0), **{**TRAP, "length": 9.0}, tolerance=1e-8)
    assert "raise parameters.length" in doubted(cfg, begin(cfg))["seam"]


def test_a_background_in_a_trap_is_doubted() -> None:
    trap = {"kind": "harmonic", "frequency": 1.0}
    assert only(found({"kind": "plane_wave", "noise_rms": 1e-3}, potential=trap)).is_warning
    assert not found(gaussian(1.0, 1.0), potential=trap)
