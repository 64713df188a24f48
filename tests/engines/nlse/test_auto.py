"""What `method: auto` stands for, the error that it leaves, and the doubt where that is missed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from physent.config.load import load_config
from physent.engines.nlse import ENGINE
from physent.engines.nlse.methods.if_dop853 import LOOSEST, least_error
from physent.theory import breathers, dark_solitons, modulation, solitons
from tests.engines.nlse.runs import SOLITON, begin, config, doubted, observed, relative_error, run, wave_of, x_of

CONFIGS = Path(__file__).parents[3] / "configs" / "nlse"
TWO = ([2.0, 1.5], [-4.0, 4.0], [2.0, -2.0], [0.0, 0.0])
NEAR: dict[str, Any] = {
    "kind": "solitons",
    "solitons": [
        {"amplitude": a, "position": x, "velocity": v} for a, x, v in zip(TWO[0], TWO[1], TWO[2], strict=True)
    ],
}
PAIR: dict[str, Any] = {"kind": "dark_pair", "background": 1.0, "angle": 0.6, "separation": 20.0}
MET = dark_solitons.dark_pair_start(1.0, 0.6, 20.0)
ROUND_OFF = 1e-12
"""What an exact wave with rounded tables leaves at the lengths of these runs."""

CASES: dict[str, tuple[dict[str, Any], Any]] = {
    "soliton": (
        {"initial": SOLITON, "until": 5.0},
        lambda x: solitons.soliton(x, 5.0, 2.0, -10.0, 1.0),
    ),
    "two solitons": (
        {"initial": NEAR, "until": 4.0, "length": 50.0, "points": 1024},
        lambda x: solitons.n_soliton(x, 4.0, *TWO),
    ),
    "two bound solitons": (
        {"initial": {"kind": "satsuma_yajima", "order": 2}, "until": np.pi / 2, "length": 60.0, "points": 1024},
        lambda x: solitons.satsuma_yajima(x, np.pi / 2, 2),
    ),
    "dark pair": (
        {"initial": PAIR, "until": 30.0, "length": 60.0, "sign": "defocusing"},
        lambda x: dark_solitons.dark_pair_in_box(x, MET + 30.0, 1.0, 0.6, 60.0),
    ),
    "breather": (
        # One unstable mode in the box, the breather's own: from 4 before its peak to 4 after it.
        {"initial": {"kind": "akhmediev", "a": 0.25, "start": -4.0}, "until": 8.0, "points": 128}
        | {"length": 2 * np.pi / 2**0.5},
        lambda x: breathers.akhmediev(x, 4.0, 0.25),
    ),
    "plane wave": (
        {"initial": {"kind": "plane_wave", "amplitude": 0.7, "mode": 3}, "until": 5.0, "length": 4.0, "points": 32},
        lambda x: modulation.plane_wave(x, 5.0, 0.7, 6 * np.pi / 4),
    ),
}


@pytest.mark.parametrize("tolerance", [1e-4, 1e-6, 1e-8, 1e-10])
@pytest.mark.parametrize("name", CASES)
def test_error_stays_within_ten_times_tolerance_times_time(name: str, tolerance: float) -> None:
    keywords, exact = CASES[name]
    cfg = config(**keywords, tolerance=tolerance)
    state = run(cfg)
    error = relative_error(wave_of(state)[0], exact(x_of(cfg)))
    assert error <= 10 * tolerance * keywords["until"] + ROUND_OFF
    assert not doubted(cfg, state)


def test_a_tolerance_that_saves_nothing_is_tightened() -> None:
    loose, tight = (run(config(NEAR, length=40.0, tolerance=tolerance)) for tolerance in (1e-2, LOOSEST))
    np.testing.assert_array_equal(loose.wave, tight.wave)
    assert ENGINE.resolved(config(tolerance=1e-2))["tolerance"] == LOOSEST
    assert ENGINE.resolved(config(tolerance=1e-8))["tolerance"] == 1e-8
    asked = config(NEAR, length=40.0, tolerance=1e-2, method="if_dop853")
    assert begin(asked).tolerance == 1e-2
    assert "tolerance" not in ENGINE.resolved(asked)


HIGH: dict[str, Any] = {"kind": "solitons", "solitons": [{"amplitude": 10.0, "position": 0.0}]}


@pytest.mark.parametrize(("tolerance", "missed"), [(1e-14, True), (2e-12, False)])
def test_a_tolerance_below_round_off_is_doubted_where_it_is_missed(tolerance: float, missed: bool) -> None:
    """A soliton of height 10 turns at 50 radians per unit time: round-off is above these tolerances."""
    until = 0.25
    cfg = config(HIGH, until=until, length=10.0, points=1024, tolerance=tolerance)
    state = run(cfg)
    error = relative_error(wave_of(state)[0], solitons.soliton(x_of(cfg), until, 10.0, 0.0, 0.0))
    assert (error > 10 * tolerance * until) == missed
    assert ("tolerance" in doubted(cfg, state)) == (state.missed[0] > tolerance) == missed
    if missed:
        assert "replica 0" in doubted(cfg, state)["tolerance"]


def test_a_mass_that_proves_an_error_above_the_tolerance_is_doubted() -> None:
    """Steps made for 1e-2, judged by what they would have to hold for 1e-7."""
    cfg = config(SOLITON, until=5.0, tolerance=1e-2, method="if_dop853")
    state = run(cfg)
    error = relative_error(wave_of(state)[0], solitons.soliton(x_of(cfg), 5.0, 2.0, -10.0, 1.0))
    proven = least_error(state, observed(state))[0]
    assert proven <= error
    assert "tolerance" not in doubted(cfg, state)
    state.tolerance = 1e-7
    assert proven > 1e-7 * 5.0
    assert f"at least {proven:.1e}" in doubted(cfg, state)["tolerance"]


def test_no_error_is_smaller_than_its_mass_proves() -> None:
    cfg = config(SOLITON, tolerance=1e-10)
    state = begin(cfg)
    exact = wave_of(state)[0]
    rng = np.random.default_rng(5)
    for size in (1e-8, 1e-3, 1.0, 10.0):
        off = exact + size * rng.standard_normal(exact.size) * np.exp(2j * np.pi * rng.random())
        proven = least_error(state, observed(begin(cfg, off)))[0]
        assert 0 < proven <= relative_error(off, exact) * (1 + 1e-9)
    # A wave that is too strong by a factor is off by exactly what the mass says.
    assert least_error(state, observed(begin(cfg, 1.25 * exact)))[0] == pytest.approx(0.25, rel=1e-12)


def test_no_wave_proves_nothing() -> None:
    cfg = config(tolerance=1e-10)
    assert "tolerance" not in doubted(cfg, run(cfg, np.zeros(512)))


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_bundled_configs_keep_their_tolerance(path: Path) -> None:
    whole = load_config(path)
    if whole.parameters.method != "auto":
        assert whole.parameters.step is not None
        return
    early = whole.schedule.every * round(0.1 * (whole.schedule.samples - 1))
    cfg = load_config(path, {"schedule.until": early, "schedule.every": early})
    assert "tolerance" not in doubted(cfg, run(cfg))
