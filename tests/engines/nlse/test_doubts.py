"""Every doubt about a wave: provoked by a run, and absent from a run beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import physent
from physent.config.load import load, load_config
from physent.engines.nlse import ENGINE, resonance
from physent.engines.nlse.equation import equation_of
from physent.engines.nlse.methods import METHODS
from physent.engines.nlse.observables import observe
from tests.engines.nlse.runs import begin, config, doubted, run

BAND = {"kind": "plane_wave", "amplitude": 1.0, "noise_rms": 1e-3, "noise_band": 16}
BOX: dict[str, Any] = {"length": 50.0, "points": 256, "sign": "defocusing"}
FIRST = 2 * np.pi / (np.pi * 256 / 50.0) ** 2  # 0.0243: no wave of that grid resonates with shorter steps


def warnings_of(initial: dict[str, Any], **changes: Any) -> list[str]:
    """Keys of what is doubted in a config."""
    return [line.split(":")[0] for line in load(config(initial, **changes)).warnings]


def test_strang_resonates_where_whole_turns_lie_between_kicks() -> None:
    """Rate 0.876 at k = 25 on 512 points of L = 50 with steps of 0.01; none below 2 pi / k_max^2 = 0.00607."""
    k = 2 * np.pi / 50 * np.arange(1, 257)
    strang = METHODS["strang"].splitting
    assert strang is not None
    rates = resonance.excess_rates(strang, 0.01, -1.0, 1.0, k)
    assert rates.max() == pytest.approx(0.876, abs=1e-3)
    assert k[rates.argmax()] == pytest.approx(np.sqrt(2 * np.pi / 0.01), rel=0.01)
    first = resonance.first_resonance(k.max())
    assert first == pytest.approx(0.00607, abs=1e-5)
    assert resonance.excess_rates(strang, 0.995 * first, -1.0, 1.0, k).max() == 0.0


@pytest.mark.parametrize("name", ["strang", "rkn4", "rkn6"])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_short_steps_grow_as_the_equation_does(name: str, sign: float) -> None:
    splitting = METHODS[name].splitting
    assert splitting is not None
    k = np.linspace(0.05, 10.0, 400)
    assert np.abs(resonance.excess_rates(splitting, 1e-3, sign, 1.0, k)).max() < 1e-5


def test_a_trap_is_followed_up_to_two_radians_a_step() -> None:
    strang = METHODS["strang"].splitting
    assert strang is not None
    assert resonance.trap_rate(strang, 1.99, 1.0) == 0.0
    assert resonance.trap_rate(strang, 2.01, 1.0) > 0.0


def test_a_growing_wave_grows_at_the_rate_of_the_theory() -> None:
    """The strongest mode of a run with steps of 1.5 times the first resonance, between t = 10 and 20."""
    cfg = config(
        BAND | {"noise_rms": 1e-8, "noise_band": None}, until=20.0, every=10.0, method="strang", step=0.04, **BOX
    )
    k = 2 * np.pi / 50 * np.arange(1, 129)
    strang = METHODS["strang"].splitting
    assert strang is not None
    rates = resonance.excess_rates(strang, 0.04, -1.0, 1.0, k)
    best = int(rates.argmax())
    state, method = begin(cfg), ENGINE.method(cfg)
    heights = []
    for target in (10.0, 20.0):
        while method.advance(state, target, 10**9) != target:
            pass
        heights.append(method.fields(state)["spectrum"][0, 128 + best + 1])
    assert np.log(heights[1] / heights[0]) / 20.0 == pytest.approx(rates[best], rel=0.05)


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
