"""A benchmark and a case on a CUDA device, or in numba's simulator."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from physent.config import yaml
from physent.core.cuda import device
from physent.evidence import devices
from physent.evidence.bench import race
from physent.evidence.validate import validate
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
    assert devices._runs[task.name, "cuda"].clock == pytest.approx(0.3)
    assert np.isfinite(devices.conditions()["device_copy_bytes_per_second"])


CHECK = '''"""A school of six fish.

Its headings are unit vectors.
"""

import numpy as np

from physent.evidence import Claim


def check(case):
    """One claim, of a run."""
    run = case.run("case.yaml", {"replicas": 1})
    yield Claim(
        claim=f"length of headings on {run.attrs['device']}",
        source="derived",
        measured=float(np.sqrt((run["heading"] ** 2).sum("axis")).mean()),
        expected=1.0,
        tolerance=1e-12,
        reason="round-off",
        basis="exact",
    )
'''


def test_a_case_is_checked_on_the_device(tmp_path: Path) -> None:
    """Its runs are computed there."""
    (tmp_path / "few_fish").mkdir()
    (tmp_path / "few_fish" / "check.py").write_text(CHECK)
    (tmp_path / "few_fish" / "case.yaml").write_text(yaml.dump({**SCHOOL, "protocol": []}))
    rows = validate(["few_fish"], root=tmp_path, device="cuda")
    assert [(row["claim"], row["verdict"]) for row in rows] == [("length of headings on cuda", "pass")]
