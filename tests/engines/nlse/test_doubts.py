"""Every doubt about a wave: provoked by a run, and absent from a run beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import physent
from physent.config.load import load, load_config
from physent.engines.nlse.equation import equation_of
from physent.engines.nlse.observables import observe
from tests.engines.nlse.runs import config, doubted, run

BAND = {"kind": "plane_wave", "amplitude": 1.0, "noise_rms": 1e-3, "noise_band": 16}
BOX: dict[str, Any] = {"length": 50.0, "points": 256, "sign": "defocusing"}
FIRST = 2 * np.pi / (np.pi * 256 / 50.0) ** 2  # 0.0243: no wave of that grid resonates with shorter steps


def warnings_of(initial: dict[str, Any], **changes: Any) -> list[str]:
    """Keys of what is doubted in a config."""
    return [line.split(":")[0] for line in load(config(initial, **changes)).warnings]


@pytest.mark.parametrize("method", ["strang", "rkn4", "rkn6"])
def test_resonant_steps_are_doubted_beforehand(method: str) -> None:
    long = {"strang": 0.04, "rkn4": 0.4, "rkn6": 0.5}[method]
    assert "parameters.step" in warnings_of(BAND, until=40.0, method=method, step=long, **BOX)
    assert warnings_of(BAND, until=40.0, method=method, step=0.02, **BOX) == []
    (message,) = load(config(BAND, until=40.0, method="strang", step=0.04, **BOX)).warnings
    assert "expected at most 0.0" in message
    assert "more points make it worse" in message


def test_energy() -> None:
    """Found by the run itself, whose remedy is the step."""
    long, short = (config(BAND, until=40.0, method="strang", step=step, **BOX) for step in (0.04, 0.02))
    assert "energy" not in doubted(short, run(short))
    found = doubted(long, run(long))
    assert "longer steps feed short waves, and more points make it worse" in found["energy"]
    assert found.get("spectral_tail", "lower parameters.step").count("lower parameters.step") == 1


def test_energy_of_the_adaptive_method() -> None:
    cfg = config(BAND | {"noise_rms": 0.1}, until=2.0, tolerance=1e-8, **BOX)
    state = run(cfg)
    assert "energy" not in doubted(cfg, state)
    state.wave[:, 20] += 1e-3
    assert "lower parameters.tolerance" in doubted(cfg, state)["energy"]


def test_seam_of_a_free_wave() -> None:
    moving = {"kind": "solitons", "solitons": [{"amplitude": 2.0, "position": 15.0, "velocity": 2.0}]}
    for until, expected in ((1.0, []), (5.0, ["seam"])):
        cfg = config(moving, until=until)
        assert list(doubted(cfg, run(cfg))) == expected
    cfg = config(BAND, until=1.0, **BOX)  # it fills the box from the start
    assert "seam" not in doubted(cfg, run(cfg))


@pytest.mark.parametrize("points", [2, 5, 7, 9, 16, 20, 33, 40, 64])
@pytest.mark.parametrize("dealias", ["none", "half"])
def test_the_spectral_tail_sees_the_last_modes_of_any_grid(points: int, dealias: str) -> None:
    """All the mass in the shortest wave kept is all in the tail."""
    cfg = config({"kind": "gaussian", "width": 1.0}, points=points, dealias=dealias)
    equation = equation_of(cfg)
    last = int(np.abs(equation.modes[equation.kept]).max())
    psi = np.exp(-2j * np.pi * last * np.arange(points) / points)
    record = observe(equation, psi[None])
    assert record["spectral_tail"][0] == pytest.approx(1.0, abs=1e-12)
    if last > 1:
        assert observe(equation, np.ones((1, points), dtype=complex))["spectral_tail"][0] < 1e-12


def test_doubts_between_samples() -> None:
    """3 sech x with one sample at its return, pi/2: the peak in between is not resolved, the energy does not tell."""
    for points, tail in ((512, True), (2048, False)):
        data = config({"kind": "satsuma_yajima", "order": 3}, until=np.pi / 2, length=60.0, points=points).plain()
        with physent.run(load_config(data)) as found:
            assert ("spectrum not resolved" in found.attrs["warnings"]) == tail
            assert abs(found.energy[-1, 0] / found.energy[0, 0] - 1) < 1e-9
