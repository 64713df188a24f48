"""Symmetries of the equation, kept by the methods."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.engines.nlse.runs import COLLISION, config, relative_error, run, wave_of, x_of

METHODS = [{"tolerance": 1e-12}, {"method": "rkn4", "step": 0.005}, {"method": "rkn6", "step": 0.0125}]
BOX: dict[str, Any] = {"length": 60.0, "points": 1024}


def collision(until: float = 2.0, **parameters: Any) -> Any:
    return config(COLLISION, until=until, **{**BOX, **parameters})


def start(cfg: Any) -> Any:
    """Two solitons that collide soon."""
    x = x_of(cfg)
    return 2 / np.cosh(2 * (x + 2)) * np.exp(2j * x) + 1.5 / np.cosh(1.5 * (x - 2)) * np.exp(-2j * x)


@pytest.mark.parametrize("method", METHODS)
def test_time_reversal(method: dict[str, Any]) -> None:
    cfg = collision(**method)
    there = wave_of(run(cfg, start(cfg)))[0]
    back = wave_of(run(cfg, np.conj(there)))[0]
    assert relative_error(there, start(cfg)) > 0.1
    assert relative_error(np.conj(back), start(cfg)) <= 1e-10


@pytest.mark.parametrize("method", METHODS)
def test_galilean_boost(method: dict[str, Any]) -> None:
    # The boost moves the wave by a whole number of grid points.
    mode, points = 12, BOX["points"]
    velocity = 2 * np.pi * mode / BOX["length"]
    shift = 31
    until = shift * BOX["length"] / points / velocity
    cfg = collision(until=until, **(method if "tolerance" in method else {**method, "step": until / 400}))
    boost = np.exp(1j * velocity * x_of(cfg))
    still, moving = wave_of(run(cfg, start(cfg)))[0], wave_of(run(cfg, start(cfg) * boost))[0]
    expected = np.roll(still, shift) * boost * np.exp(-0.5j * velocity**2 * until)
    assert relative_error(moving, expected) <= 1e-10


@pytest.mark.parametrize("method", METHODS)
def test_scaling(method: dict[str, Any]) -> None:
    c = 2.5
    scaled = {
        name: value / c**2 if name == "step" else value * c**2 for name, value in method.items() if name != "method"
    }
    cfg = collision(**method)
    small = collision(until=2.0 / c**2, **{**method, **scaled}, length=60.0 / c)
    psi, of_small = wave_of(run(cfg, start(cfg)))[0], wave_of(run(small, c * start(cfg)))[0]
    assert relative_error(of_small, c * psi) <= 1e-10


@pytest.mark.parametrize("method", METHODS)
def test_phase_translation_and_reflection(method: dict[str, Any]) -> None:
    cfg = collision(**method)
    psi = start(cfg)
    expected = wave_of(run(cfg, psi))[0]
    assert relative_error(wave_of(run(cfg, psi * np.exp(0.7j)))[0], expected * np.exp(0.7j)) <= 1e-12
    assert relative_error(wave_of(run(cfg, np.roll(psi, 37)))[0], np.roll(expected, 37)) <= 1e-12

    def mirrored(wave: Any) -> Any:
        return np.roll(wave[::-1], 1)

    assert relative_error(wave_of(run(cfg, mirrored(psi)))[0], mirrored(expected)) <= 1e-12


@pytest.mark.parametrize("points", [1000, 1009])
def test_any_number_of_points(points: int) -> None:
    psi = {}
    for n in (1024, points):
        cfg = collision(points=n, tolerance=1e-10)
        psi[n] = np.fft.fft(wave_of(run(cfg, start(cfg)))[0]) / n
    # Mode m of a grid that starts at -L/2.
    for mode in range(-250, 251):
        assert psi[points][mode] == pytest.approx(psi[1024][mode], abs=1e-9)
