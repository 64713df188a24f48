"""A benchmark and a case on a CUDA device, or in numba's simulator."""

from __future__ import annotations

import numpy as np
import pytest

from physent.core.cuda import device
from physent.evidence import devices
from physent.evidence.bench import race
from tests.runs.test_device import SCHOOL

pytestmark = [pytest.mark.cuda, pytest.mark.simulated]


def test_both_devices_are_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The device by events, with the bound of the card, and the CPU; each goes on from where it was."""
    from physent.core.cuda import bounds

    found = bounds.Rates(1e12, 1e13) if device.simulated() else bounds.rates()
    monkeypatch.setattr(bounds, "rates", lambda: found)
    task = devices.Task("a school", {**SCHOOL, "protocol": []}, 0.1, 12.0, "fish steps/s", 1e6, 1e6, 0.1)
    rows = race(list(devices.contestants(iter([task]))), 2)
    assert rows[0]["contestant"] == "one CPU thread"
    last = rows[-1]
    assert last["contestant"] == device.name()
    assert last["rate"] == 12.0 / last["cpu_seconds"] > 0.0
    assert last["bound_seconds"] == pytest.approx(1e6 / found.copy)
    assert last["ratio"] > 0.0
    assert devices._runs["cuda"][1].clock == pytest.approx(0.3)
    assert np.isfinite(devices.conditions()["device_copy_bytes_per_second"])
