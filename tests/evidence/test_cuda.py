"""What is written about a CUDA device, and that nothing is without one."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from physent.core.cuda import device
from physent.errors import UsageError
from physent.evidence import cases, cuda, devices
from physent.evidence.bench import race, table_rows

TESTS = """<testsuites><testsuite>
<testcase classname="a" name="one"/>
<testcase classname="a" name="two"><failure message="no"/></testcase>
<testcase classname="a" name="three"><skipped message="off"/></testcase>
</testsuite></testsuites>"""
TASK = devices.Task("a task", {}, 1.0, 10.0, "steps/s", 1.0, 1.0, 0.5)


FACTS: dict[str, Any] = {
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
    found: dict[str, Any] = {
        "benchmark": {"conditions": FACTS, "results": []},
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


def test_cases_run_on_the_device_where_they_can(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A run whose method has no twin stays on the CPU."""
    made: list[Any] = []

    def simulate(source: Any, output: Path, changes: dict[str, Any]) -> Any:
        made.append(changes.get("device", "cpu"))
        return SimpleNamespace(attrs={})

    monkeypatch.setattr(cases, "simulate", simulate)
    case = cases.Case("name", tmp_path, False, tmp_path, device="cuda")
    case.run("couzin/torus")
    case.run("jump/two_level")
    cases.Case("name", tmp_path, False, tmp_path).run("couzin/torus")
    assert made == ["cuda", "cpu", "cpu"]


def test_one_command_writes_both_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is left when the time is up is named."""
    monkeypatch.setattr(device, "require", lambda: None)
    monkeypatch.setattr(cuda, "bench", lambda names, repeats: {"conditions": FACTS, "results": []})
    monkeypatch.setattr(cuda, "_begin_tests", lambda folder: None)
    monkeypatch.setattr(cuda, "runs_on", lambda path, name: path.parent.name == "couzin_exact")
    found = cuda.measure(tmp_path / "out", limit=-1.0)
    assert found["validation"] == [{"case": "couzin_exact", "claim": "", "verdict": "not run: the time was up"}]
    assert json.loads((tmp_path / "out" / "cuda.json").read_text()) == found
    page = (tmp_path / "out" / "cuda.md").read_text()
    assert "1 not run: the time was up" in page
    assert "only a clone of the repository has the tests" in page
