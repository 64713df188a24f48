"""Every bundled config runs: its first samples, and its plan."""

from __future__ import annotations

import numpy as np
import pytest

import physent
from physent.resources import bundled_configs


@pytest.mark.parametrize("name", bundled_configs())
def test_first_samples(name: str) -> None:
    """Three samples, finite, with the invariants where they were."""
    schedule = physent.load_config(name).schedule
    changes = {"schedule.until": 2 * schedule.every, "output.every": 1, "protocol": []}
    with physent.run(name, set=changes) as run:
        assert run.sizes["time"] == 3
        for variable in run.data_vars.values():
            assert np.isfinite(variable).all()
        np.testing.assert_allclose(run.mass[-1], run.mass[0], rtol=1e-8)
        np.testing.assert_allclose(run.energy[-1], run.energy[0], atol=1e-7 * float(abs(run.energy[0]).max() + 1))
