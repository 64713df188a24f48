"""What `method: auto` stands for, the error that it leaves, and the doubt where that is missed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from physent.config import load_config
from physent.engines.nlse import ENGINE, doubts
from physent.engines.nlse.state import LOOSEST, State
from physent.theory import breathers, dark_solitons, modulation, solitons
from tests.engines.nlse.runs import COLLISION, SOLITON, advance, config, relative_error, run, wave_of, x_of

CONFIGS = Path(__file__).parents[3] / "configs" / "nlse"
TWO = ([2.0, 1.5], [-10.0, 10.0], [2.0, -2.0], [0.0, 0.0])
PAIR: dict[str, Any] = {"kind": "dark_pair", "background": 1.0, "angle": 0.6, "separation": 20.0}
MET = dark_solitons.dark_pair_start(1.0, 0.6, 20.0)
ROUND_OFF = 1e-12
"""What an exact wave with rounded tables leaves at the lengths of these runs."""

CASES: dict[str, tuple[dict[str, Any], Any]] = {
    "soliton": (
        {"initial": SOLITON, "until": 20.0},
        lambda x: solitons.soliton(x, 20.0, 2.0, -10.0, 1.0),
    ),
    "two solitons": (
        {"initial": COLLISION, "until": 10.0, "length": 60.0, "points": 1024},
        lambda x: solitons.n_soliton(x, 10.0, *TWO),
    ),
    "two bound solitons": (
        {"initial": {"kind": "satsuma_yajima", "order": 2}, "until": np.pi, "length": 60.0, "points": 1024},
        lambda x: solitons.satsuma_yajima(x, np.pi, 2),
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
        {"initial": {"kind": "plane_wave", "amplitude": 0.7, "mode": 3}, "until": 20.0, "length": 4.0, "points": 32},
        lambda x: modulation.plane_wave(x, 20.0, 0.7, 6 * np.pi / 4),
    ),
}


@pytest.mark.parametrize("tolerance", [1e-2, 1e-4, 1e-6, 1e-8, 1e-10])
@pytest.mark.parametrize("name", CASES)
def test_error_stays_within_ten_times_tolerance_times_time(name: str, tolerance: float) -> None:
    keywords, exact = CASES[name]
    cfg = config(**keywords, tolerance=tolerance)
    state = run(cfg)
    error = relative_error(wave_of(state)[0], exact(x_of(cfg)))
    print(name, tolerance, error, error / tolerance / keywords["until"])
    assert error <= 10 * tolerance * keywords["until"] + ROUND_OFF
    assert not list(ENGINE.doubts(state, ENGINE.fields(state)))
