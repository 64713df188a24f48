"""What is written about a CUDA device, and that nothing is without one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from physent.core.cuda import device
from physent.errors import UsageError
from physent.evidence import cuda, devices
from physent.evidence.bench import race, table_rows

TESTS = """<testsuites><testsuite>
<testcase classname="a" name="one"/>
<testcase classname="a" name="two"><failure message="no"/></testcase>
<testcase classname="a" name="three"><skipped message="off"/></testcase>
</testsuite></testsuites>"""
TASK = devices.Task("a task", {}, 1.0, 10.0, "steps/s", 1.0, 1.0, 0.5)


class Ended:
    """A process that has ended."""

    def wait(self, timeout: float) -> int:
        """Return at once."""
        return 1


def test_nothing_is_measured_without_a_device(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In one line; no folder is made, and the benchmark says why it is skipped."""
    monkeypatch.setattr(device, "trouble", lambda: "there is no card: buy one")
    with pytest.raises(UsageError, match="device: found cuda, but there is no card: buy one"):
        cuda.measure(tmp_path / "out")
    assert not (tmp_path / "out").exists()
    rows = race(list(devices.contestants(iter([TASK]))), 1)
    assert {row["note"] for row in rows} == {"there is no card: buy one"}
    assert devices.conditions() == {}


def test_a_piece_on_the_cpu_counts_as_a_whole_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds and rates are those of the same work."""
    monkeypatch.setattr(devices, "_run", lambda task, on, piece: Waiting())
    timed = devices._on_cpu(TASK, 1, 0.5)()
    assert timed.seconds >= 0.02 / 0.5
    assert timed.units == 10.0


class Waiting:
    """A run that takes 0.02 s."""

    def advance(self, by: float) -> None:
        """Take some time."""
        import time

        time.sleep(0.02)


def test_failures_are_named(tmp_path: Path) -> None:
    """Of tests and of claims, on the page too."""
    (tmp_path / "tests.xml").write_text(TESTS)
    rows = [{"case": "c", "claim": "x", "verdict": "pass"}, {"case": "c", "claim": "y", "verdict": "fail"}]
    facts: dict[str, Any] = {
        "device_name": "A card",
        "device_copy_bytes_per_second": 4e12,
        "device_operations_per_second": 3e13,
        "date": "2026-11-27T00:00:00",
        "cpu": "a processor",
        "cpu_count": 2,
        "clock": "clock",
        "peers": {},
        **{f"{name}_version": "1" for name in ("physent", "python", "numba", "numpy")},
    }
    found: dict[str, Any] = {
        "benchmark": {"conditions": facts, "results": []},
        "validation": rows,
        "tests": cuda._end_tests(Ended(), tmp_path, 0.0),  # type: ignore[arg-type]
        "seconds": 12.0,
    }
    assert found["tests"] == {"passed": 1, "skipped": 1, "failed": ["a.two"]}
    assert cuda.failures(found) == ["a.two", "c: y"]
    page = cuda.markdown(found)
    assert "1 passed, 1 failed, 1 skipped" in page
    assert "1 cases, claims: 1 fail, 1 pass" in page
    assert "4 TB/s in a copy and 30 TFLOP/s" in page
    assert "- failed: c: y" in page
    assert table_rows(found["benchmark"])[1] == []
