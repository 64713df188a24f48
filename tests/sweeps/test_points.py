"""The points of a sweep: all of the grid is checked before any work, and each point is made when it is run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import netCDF4
import pytest

from physent.config import problems
from physent.config.load import load_config
from physent.declare import Problem
from physent.errors import ConfigError, Interrupted, UsageError
from physent.runs.signals import Stop
from physent.sweeps import points, sweep
from physent.sweeps.pool import Task
from physent.sweeps.sweep import open_sweep, run_sweep
from physent.sweeps.worker import Answer, run_point
from tests.random_walk import ENGINE, registered, walk_config

MEAN = {"kind": "mean", "of": ["spread"]}
SHORT = {"draws": 4}


@pytest.fixture(autouse=True)
def _toys() -> Iterator[None]:
    with registered():
        yield


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Run points in this process; their paths, as they come."""
    ran: list[str] = []

    def run_here(tasks: Iterator[Task], workers: int, stop: Stop) -> Iterator[tuple[Task, Answer]]:
        for task in tasks:
            ran.append(task.path)
            yield task, run_point(task.config, task.path)

    monkeypatch.setattr(sweep, "run_locally", run_here)
    return ran


def counted(monkeypatch: pytest.MonkeyPatch, counts: Counter[str], label: str, where: str) -> None:
    """Count the calls of a function."""
    real = resolve_name(where)

    def count(*arguments: Any, **options: Any) -> Any:
        counts[label] += 1
        return real(*arguments, **options)

    monkeypatch.setattr(where, count)


def walk_sweep(axes: dict[str, Any], **changes: Any) -> Any:
    return load_config(walk_config(schedule=SHORT, sweep=axes) | changes)


def too_long(config: Any) -> Iterator[Problem]:
    """A check that takes two sections, so that no single value of a sweep fails it."""
    if config.parameters.length * config.replicas > 10.0:
        yield Problem(("parameters", "length"), f"found {config.parameters.length}, expected less")


@pytest.fixture
def picky(monkeypatch: pytest.MonkeyPatch) -> None:
    """Walkers with that check."""
    monkeypatch.setattr("tests.random_walk.ENGINE", replace(ENGINE, checks=(too_long,)))


def test_points_are_the_configs_of_single_runs() -> None:
    config = walk_sweep({"parameters.length": [0.5, 1.0], "seed": {"range": [3, 5]}}, output={"path": "away.nc"})
    found = list(points.points_of(config))
    assert [point.index for point in found] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    for point in found:
        changed = load_config(config, {**point.values, "sweep": {}, "output.path": None})
        assert (point.config, point.sha256) == (changed, changed.sha256)
        assert point.path(Path("home")) == Path(f"home/points/{changed.sha256[:16]}.nc")
    assert str(found[1]) == "length = 0.5, seed = 4"


@pytest.mark.usefixtures("picky")
@pytest.mark.parametrize("most", [1000, 10])
def test_every_impossible_combination_is_counted(most: int, monkeypatch: pytest.MonkeyPatch, here: list[str]) -> None:
    monkeypatch.setattr(points, "MOST_IN_FULL", most)
    lengths = [float(one) for one in range(1, 11)]
    config = walk_sweep({"parameters.length": lengths, "replicas": {"range": [1, 11]}, "seed": [1, 2]}, replicas=1)
    expected = [
        f"sweep, length = {length}, replicas = {replicas}: set parameters.length: found {length}, expected less"
        for length in lengths
        for replicas in range(1, 11)
        if length * replicas > 10.0
    ]
    assert len(expected) == 73
    with pytest.raises(ConfigError) as caught:
        run_sweep(config, "nowhere")
    assert list(caught.value.lines) == [*expected[:20], "sweep: 53 more problems"]
    assert not here
    assert not Path("nowhere").exists()


def test_a_point_that_exceeds_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    config = walk_sweep({"parameters.n": [3, 300, 30]})
    monkeypatch.setattr("physent.host.memory", lambda: 3000)
    with pytest.raises(UsageError, match=r"the state takes 4\.82e-06 GB, this machine has 3e-06 GB"):
        points.checked(config)


def test_ten_thousand_points_start_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the first of them runs, each has been checked cheaply, and only one or two have been made."""
    counts: Counter[str] = Counter()
    counted(monkeypatch, counts, "dump", "physent.config.yaml.dump")
    counted(monkeypatch, counts, "diagnostics", "physent.config.problems.contradictions")
    before: Counter[str] = Counter()

    def first_only(tasks: Iterator[Task], workers: int, stop: Stop) -> Iterator[tuple[Task, Answer]]:
        task = next(tasks)
        before.update(counts)
        yield task, run_point(task.config, task.path)
        stop.signalled = True

    monkeypatch.setattr(sweep, "run_locally", first_only)
    grid = {"parameters.n": {"range": [1, 101]}, "parameters.length": [0.01 * one for one in range(1, 101)]}
    config = walk_sweep(grid, diagnostics=[MEAN])
    counts.clear()
    reported: list[tuple[str, int, int]] = []
    with pytest.raises(Interrupted, match="interrupted with 1 of 10000 points done"):
        run_sweep(config, tmp_path, workers=1, report=lambda *step: reported.append(step))
    assert before["dump"] <= 2  # sweep.yaml, and the hash of the first point
    assert before["diagnostics"] <= 2  # the largest point, and the kernels of the first
    assert reported == [("n = 1, length = 0.01", 0, 10_000)]


def test_what_a_cheap_check_leaves_out_fails_at_its_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, here: list[str]
) -> None:
    clash = {"parameters.n": [3, 4], "seed": [1, 2], "diagnostics.0.of": [["spread"], ["nothing"]]}
    with pytest.raises(ConfigError, match="nothing"):
        walk_sweep(clash, diagnostics=[MEAN])
    monkeypatch.setattr(problems, "MOST_IN_FULL", 1)
    monkeypatch.setattr(points, "MOST_IN_FULL", 1)
    done = run_sweep(walk_sweep(clash, diagnostics=[MEAN]), tmp_path, workers=1)
    assert (done.points, done.made) == (8, 4)
    assert len(done.failures) == 4
    assert all("nothing" in line for line in done.failures)
    assert len(here) == 8


def test_finished_points_count_and_are_not_run_again(tmp_path: Path, here: list[str]) -> None:
    run_sweep(walk_sweep({"seed": [1, 3]}), tmp_path, workers=1)
    here.clear()
    reported: list[tuple[str, int, int]] = []
    done = run_sweep(
        walk_sweep({"seed": [0, 1, 2, 3, 4]}), tmp_path, workers=1, report=lambda *step: reported.append(step)
    )
    assert (done.points, done.made, len(here)) == (5, 3, 3)
    assert reported == [("seed = 0", 0, 5), ("seed = 2", 2, 5), ("seed = 4", 4, 5)]


@pytest.mark.usefixtures("here")
def test_a_variable_of_other_dimensions_at_one_point_stays_apart(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = walk_sweep({"seed": [1, 2, 3]})
    run_sweep(config, tmp_path)
    last = list(points.points_of(config))[-1]
    with netCDF4.Dataset(last.path(tmp_path), "a") as file:
        file.renameVariable("visits", "old")
        file.createVariable("visits", "i8", ("draw",))
    caplog.clear()
    run_sweep(config, tmp_path)
    assert "visits is not gathered: its dimensions are not the same at every point" in caplog.text
    with open_sweep(tmp_path) as gathered:
        assert gathered.attrs["not_gathered"] == "visits: its dimensions are not the same at every point"
        assert {"spread", "old", "mean"} < set(gathered.data_vars)
        assert "visits" not in gathered
        assert gathered["old"].dims == ("seed", "draw", "replica")


@pytest.mark.usefixtures("here")
def test_each_file_is_opened_once_to_gather(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts: Counter[str] = Counter()
    counted(monkeypatch, counts, "opened", "physent.sweeps.gather.opened")
    run_sweep(walk_sweep({"seed": [1, 2, 3]}), tmp_path)
    assert counts["opened"] == 3


@pytest.mark.parametrize("values", [[1, 2, 1.0], [[1], [2], [1.0]], ["a", {"b": [1]}, {"b": [1]}]])
def test_a_value_that_stands_twice(values: list[Any]) -> None:
    with pytest.raises(ConfigError, match="occurs twice"):
        walk_sweep({"seed": values})


def test_ten_thousand_values_are_compared_once() -> None:
    """Not each with each."""

    class Compared(int):
        comparisons = 0

        def __eq__(self, other: object) -> bool:
            Compared.comparisons += 1
            return int(self) == other

        __hash__ = int.__hash__

    data = walk_config(sweep={"seed": [Compared(one) for one in range(2000)]})
    assert not list(problems._sweep_problems(data))
    assert Compared.comparisons < 10_000
