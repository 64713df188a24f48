"""What is written about a CUDA device, and that nothing is without one."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from physent import host
from physent.core.cuda import device
from physent.errors import RunError, UsageError
from physent.evidence import cases, cuda, devices, helpers, lanes, marked, payoff
from physent.evidence.bench import race
from physent.runs import loop

LOG = """[gw0] [ 25%] PASSED tests/a.py::one
[gw1] [ 50%] FAILED tests/a.py::two[x y]
[gw1] [ 75%] SKIPPED tests/a.py::three (off: no PASSED here)
tests/a.py::four PASSED                                   [100%]
tests/a.py::five SKIPPED (no CUDA device)                 [100%]
E   PASSED
"""
TASK = devices.Task("a task", {}, 1.0, 10.0, "steps/s", 1.0, 1.0, 0.5)
SCRIPT = """from physent.evidence.devices import Task

def tasks():
    for name, engine, size in (("a", "one", 1), ("b", "two", 9), ("c", "one", 2), ("d", "one", 3), ("e", "one", 4)):
        config = {"engine": engine, "parameters": {"n": size}}
        yield Task(name, config, 1.0, 1.0, "steps/s", 1.0, 1.0, 0.5, family="all", size=size)
"""


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
    monkeypatch.setattr(devices, "run_of", lambda task, on: Waiting())
    timed = devices._on_cpu(replace(TASK, cpu_share=0.25), 1, 0.5)()
    assert timed.seconds >= 0.02 / (0.5 * 0.25)
    assert timed.units == 10.0


class Waiting:
    """A run that takes 0.02 s."""

    def advance(self, by: float, seconds: float) -> float:
        """Take some time."""
        assert seconds == devices.CPU_SECONDS
        time.sleep(0.02)
        return by


def test_slices_adapt_as_in_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """They grow to a tenth of a second; a run that may take no time ends after the first slice that moves on."""
    asked: list[int] = []

    def advance(state: Any, target: float, work: int) -> float:
        asked.append(work)
        return min(target, len(asked) // 2)

    run = object.__new__(devices._Run)
    run.method, run.state, run.work = SimpleNamespace(advance=advance), None, loop.FIRST_WORK  # type: ignore[assignment]
    run.clock = run.target = 0
    assert run.advance(3) == 3
    assert asked == [loop.FIRST_WORK * 4**k + (4**k - 1) // 3 for k in range(6)]
    asked.clear()
    run.clock = run.target = 0
    assert run.advance(3, 0.0) == 1
    assert len(asked) == 2
    assert run.advance(100) == 2, "a way that was not finished is gone on with"


def test_results_are_on_disk_from_the_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What did not run is named, and what failed too, on the page and in the file."""
    found = results(monkeypatch, tmp_path)
    found.write()
    there = json.loads((tmp_path / "out" / "cuda.json").read_text())
    assert [row["note"] for row in there["benchmark"]["results"]] == ["not timed: the command was stopped before"] * 5
    assert [row["verdict"] for row in there["validation"]] == [cuda.STOPPED] * 2
    assert there["failures"] == []
    claims = [
        {"case": "x", "claim": "it holds", "verdict": "pass"},
        {"case": "x", "claim": "it ends", "verdict": "fail"},
    ]
    found.checked("x", claims)
    found.timed("a", [lanes.not_timed("a", "no card", failed=True)])
    found.tests = marked.counted(LOG)
    found.ended("all")
    assert found.tests == {"passed": 2, "skipped": 2, "failed": ["tests/a.py::two[x y]"]}
    assert found.failures() == ["a: not timed: no card", "tests/a.py::two[x y]", "x: it ends"]
    page = (tmp_path / "out" / "cuda.md").read_text()
    for text in (
        "2 passed, 2 skipped, 1 failed",
        "1 fail, 1 not run: the command was stopped before, 1 pass",
        "- y: not run",
    ):
        assert text in page
    assert "- failed: x: it ends" in page
    assert json.loads((tmp_path / "out" / "cuda.json").read_text()) == found.found()


def results(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> cuda.Results:
    """Of five tasks and two cases."""
    monkeypatch.setattr(device, "facts", lambda: {"device_name": "A card"})
    (tmp_path / "bench.py").write_text(SCRIPT)
    return cuda.Results(tmp_path / "out", tmp_path / "bench.py", ["x", "y"], time.monotonic())


def test_size_from_which_it_pays() -> None:
    """Interpolated on a law of powers, bounded where there is no crossing."""
    assert payoff.crossing((1e2, 1e3, 1e4), (0.1, 1.0, 10.0)) == pytest.approx(1e3)
    assert payoff.crossing((1e2, 1e4), (0.01, 1.0)) == pytest.approx(1e4)
    assert payoff.crossing((1e2, 1e4), (0.5, 2.0)) == pytest.approx(1e3)
    assert payoff.crossing((10, 100), (0.5, 0.9)) is None
    assert payoff.crossing((10, 100), (3.0, 2.0)) == 10.0
    assert payoff.crossing((1.0, 10.0, 100.0, 1000.0), (2.0, 0.5, 2.0, 4.0)) == pytest.approx(10**1.5)


def test_tables_of_gains() -> None:
    """Each contestant on the CPU beside the card, and what was not timed below."""
    tasks = [replace(TASK, name=name, family="school", size=size) for name, size in (("small", 10), ("large", 1000))]
    rows = [
        {"task": name, "contestant": contestant, "cpu_seconds": 10.0 / rate, "rate": rate, "rate_of": "steps/s",
         "bound_seconds": 0.1 if note == "events" else None, "note": note}
        for name, rates in (("small", (10.0, 40.0, 5.0)), ("large", (10.0, 40.0, 20.0)))
        for contestant, rate, note in zip(
            ("one CPU thread", "16 CPU threads", "A card"), rates, ("wall time", "wall time", "events"), strict=True
        )
    ]  # fmt: skip
    rows.append(lanes.not_timed("third", "no time was left"))
    one, every = payoff.smallest(tasks, rows)
    assert (one["sizes"], one["gains"], one["smallest"], one["text"]) == ([10, 1000], [0.5, 2.0], 100.0, "about 100")
    assert (every["smallest"], every["text"]) == (None, "more than 1000")
    page = list(payoff.page(tasks, rows))
    assert "| small | 5 steps/s | 0.5 | 0.125 | 20 |" in page
    assert "- third: not timed: no time was left" in page
    assert "| school | one CPU thread | about 100 | 0.5 at 10, 2 at 1000 |" in page


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


def test_tasks_share_processes_by_engine(tmp_path: Path) -> None:
    """At most three each, and the one that takes longest to make begins first."""
    (tmp_path / "bench.py").write_text(SCRIPT)
    assert lanes.Lanes(tmp_path / "bench.py").waiting == [("b",), ("e",), ("a", "c", "d")]


def test_cases_of_an_engine_share_a_process() -> None:
    """A process goes on with its engine, or takes the one with most cases left."""
    left = {"a": "one", "b": "two", "c": "two", "d": "three"}
    assert cuda._next(left, "three") == "d"
    assert cuda._next(left, None) == cuda._next(left, "none") == "b"


class Instant:
    """A helper that answers at once; a case b fails."""

    began: ClassVar[list[tuple[Instant, str]]] = []
    stopped: ClassVar[list[Instant]] = []

    def begin(self, function: Any, case: str) -> None:
        self.began.append((self, case))
        self.case = case

    def end(self) -> list[dict[str, Any]]:
        if self.case == "b":
            raise RunError("its process ended with -9")
        return [{"case": self.case, "claim": "c", "verdict": "pass"}]

    def stop(self) -> None:
        self.stopped.append(self)


def test_cases_in_several_processes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each goes on with its engine; one that dies is a failure and is replaced; more of them come when tests end."""
    monkeypatch.setattr(cuda, "Helper", Instant)
    monkeypatch.setattr(cuda, "answered", lambda working, deadline: working[:1])
    monkeypatch.setattr(host, "processors", lambda: 4)
    for running, processes in ((True, 2), (False, 4)):
        Instant.began.clear()
        Instant.stopped.clear()
        found = results(monkeypatch, tmp_path)
        found.claims.clear()
        kinds = {"a": "one", "b": "one", "c": "one", "d": "two", "e": "two"}
        cuda._validation(found, kinds, time.monotonic() + 60.0, SimpleNamespace(running=lambda on=running: on))  # type: ignore[arg-type]
        assert {case: rows[0]["verdict"] for case, rows in found.claims.items()} == {
            case: "fail" if case == "b" else "pass" for case in kinds
        }
        assert found.failures() == ["b: it runs to its end its process ended with -9"]
        first = [helper for helper, _ in Instant.began[:processes]]
        assert len(set(first)) == processes
        assert Instant.began[processes][0] in first[:1]
        assert set(first) <= set(Instant.stopped)


def test_a_helper_answers_fails_and_ends() -> None:
    """A result, an error in one line, no answer in time, and a process that dies."""
    helper = helpers.Helper()
    try:
        helper.begin(divmod, 7, 2)
        assert helpers.answered([helper], time.monotonic() + 60.0) == [helper]
        assert helper.end() == (3, 1)
        helper.begin(divmod, 7, 0)
        with pytest.raises(RunError, match="ZeroDivisionError"):
            helper.end()
        helper.begin(time.sleep, 60.0)
        with pytest.raises(RunError, match="no time was left"):
            helper.end(0.0)
        assert helpers.answered([helper], time.monotonic()) == []
    finally:
        helper.stop()
    helper = helpers.Helper()
    helper.begin(os._exit, 3)
    with pytest.raises(RunError, match="its process ended with 3"):
        helper.end()
    helper.stop()


def test_a_task_that_fails_leaves_the_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its error is told."""
    (tmp_path / "bench.py").write_text(SCRIPT)

    def make(task: devices.Task, on: str) -> None:
        if task.name == "c":
            raise RunError("no room")

    monkeypatch.setattr(devices, "make", make)
    monkeypatch.setattr(devices, "compilation", lambda: {"kernel": 1.0})
    assert lanes.prepare(tmp_path / "bench.py", ("a", "c", "d")) == ({"c": "no room"}, {"kernel": 1.0})


def test_one_command_does_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is left when the time is up is named."""
    (tmp_path / "bench.py").write_text(SCRIPT)
    monkeypatch.setattr(device, "require", lambda: None)
    monkeypatch.setattr(device, "facts", lambda: {"device_name": "A card"})
    monkeypatch.setattr(cuda, "Tests", lambda *given: marked.Tests(tmp_path, *given[1:]))
    monkeypatch.setattr(cuda, "runs_on", lambda path, name: path.parent.name == "couzin_exact")
    monkeypatch.setattr(host, "processors", lambda: 1)
    found = cuda.measure(tmp_path / "out", -1.0, tmp_path / "bench.py").found()
    assert found["validation"] == [{"case": "couzin_exact", "claim": "", "verdict": "not run: no time was left"}]
    assert {row["note"] for row in found["benchmark"]["results"]} == {"not timed: it was not compiled in time"}
    assert json.loads((tmp_path / "out" / "cuda.json").read_text()) == found
    page = (tmp_path / "out" / "cuda.md").read_text()
    assert "1 not run: no time was left" in page
    assert "only a clone of the repository has the tests" in page


def test_every_marked_test_is_in_its_list(request: pytest.FixtureRequest) -> None:
    """Of all tests that this session has collected; in a session of the whole suite that is all of them."""
    root = Path(__file__).parents[2]
    listed = [root / place for place in marked.places(root)]
    assert all(place.exists() for place in listed)
    marks = {item.path for item in request.session.items if item.get_closest_marker("cuda")}
    assert [path for path in marks if not any(path.is_relative_to(place) for place in listed)] == []


def test_a_pytest_of_its_own(tmp_path: Path) -> None:
    """It runs the marked tests only, whatever the user's options are, and is stopped when the time is up."""
    tests = tmp_path / "tests"
    tests.mkdir()
    (tmp_path / "pytest.toml").write_text('[pytest]\nmarkers = ["cuda", "validation"]\n')
    (tests / "test_a.py").write_text(
        "import pytest\n@pytest.mark.cuda\ndef test_a(): pass\ndef test_b(): assert False\n"
        "@pytest.mark.cuda\ndef test_c(): assert False\n"
    )
    (tests / "test_other.py").write_text("raise ValueError\n")
    assert marked.places(tmp_path) == ["tests/test_a.py"]
    running = marked.Tests(tmp_path, tmp_path / "tests.log", 1)
    found = running.outcome(time.monotonic() + 120.0)
    assert found == {"passed": 1, "skipped": 0, "failed": ["tests/test_a.py::test_c"]}
    stopped = marked.Tests(tmp_path, tmp_path / "tests.log", 1)
    assert "no time was left" in stopped.outcome(0.0)["note"]
    absent = marked.Tests(tmp_path, tmp_path / "tests.log", 1, ["tests/none.py"])
    failed = absent.outcome(time.monotonic() + 120.0)["failed"]
    assert [text.partition(" with ")[0] for text in failed] == ["pytest ended"]
