"""Oscillators in mean field on a CUDA device, or in numba's simulator, against the CPU."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from physent.core.cuda import device
from tests.engines.devices import off_by, on_both

pytestmark = [pytest.mark.cuda, pytest.mark.simulated]

SLOW = device.simulated()
DRIVING = [{"parameter": "coupling", "times": [0.0, 0.05], "values": [1.0, 2.0]}]


def _phases(**more: Any) -> dict[str, Any]:
    return {
        "engine": "oscillators",
        "seed": 3,
        "replicas": 2,
        "parameters": {
            "n": 11 if SLOW else 5001,
            "coupling": 1.5,
            "frequencies": {"kind": "gaussian", "width": 1.0},
            "step": 0.01,
            **more,
        },
        "initial": {"kind": "uniform"},
        "schedule": {"until": 0.03, "every": 0.03},
    }


@pytest.mark.parametrize("more", [{"temperature": 0.3, "phase_lag": 0.2}, {"driving": DRIVING}])
@pytest.mark.filterwarnings("ignore")
def test_oscillators_are_those_of_the_cpu(more: dict[str, Any]) -> None:
    """Angles and ledger, with noise and lag, and with a driven coupling; work that ends between."""
    cpu, cuda = on_both(_phases(**more), 0.03, works=(1, 1 << 40))
    assert np.array_equal(cpu["turns"], cuda["turns"])
    for name in set(cpu) - {"turns"}:
        scale = 1.0 + np.nanmax(np.abs(cpu[name]))
        assert np.nanmax(np.abs(cpu[name] - cuda[name])) <= 1e-12 * scale, name


@pytest.mark.filterwarnings("ignore")
def test_order_is_measured_there() -> None:
    """Order, energy and the histogram of angles: nothing of the state is copied."""
    found = off_by(_phases(temperature=0.3, phase_lag=0.2), 0.03)
    assert max(found.values()) <= 1e-12, found
    assert found["rotor_entropy"] == 0.0
