"""Every bundled config runs: its first samples, and its plan."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest

import physent
from physent.resources import bundled_configs

SMALLER: dict[str, dict[str, Any]] = {
    # Marked long: the same density with fewer fish.
    "couzin/million": {"parameters.n": 4000, "parameters.box_length": 117.9, "schedule.every": 0.5},
}
# Observables that have no value there: a gas spans its box.
NAN = {"rotation", "angular_momentum", "spread", "front_position", "center_distance"}


@pytest.mark.parametrize("name", bundled_configs())
def test_first_samples(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Three samples, finite where they must be, with the invariants where they were."""
    caplog.set_level(logging.ERROR)
    changes = SMALLER.get(name, {})
    every = changes.get("schedule.every", physent.load_config(name).schedule.every)
    changes = {**changes, "schedule.until": 2 * every, "output.every": 1, "protocol": []}
    with physent.run(name, set=changes) as run:
        assert run.sizes["time"] == 3
        for variable in run.data_vars.values():
            assert variable.name in NAN or np.isfinite(variable).all(), variable.name
        if "mass" in run:
            np.testing.assert_allclose(run.mass[-1], run.mass[0], rtol=1e-8)
            np.testing.assert_allclose(run.energy[-1], run.energy[0], atol=1e-7 * float(abs(run.energy[0]).max() + 1))
