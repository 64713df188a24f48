"""The loop: samples, protocol events, slices of work, warnings, signals; bits depend on none of it."""

from __future__ import annotations

import logging
import math
import re
import signal
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import physent
from physent.config.load import load_config
from physent.engines import Method
from physent.errors import Interrupted, RunError
from physent.io import archive
from physent.runs import api, loop
from physent.runs.job import prepare
from physent.runs.loop import Position, Progress, next_work
from tests.crashes import assert_same, contents
from tests.random_walk import DRIFT, DRIFT_ENGINE, WALK, drift_config, registered, turn, walk_config


@pytest.fixture(autouse=True)
def _toys() -> Iterator[None]:
    with registered():
        yield


def naive_drift(config: dict[str, Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Positions and times of samples of the drift, by an explicit loop over everything that happens."""
    built = load_config(config)
    state: Any = DRIFT.start(built, None)
    positions, times = [], []
    moments = [(round(k * 0.1, 9), 0, k) for k in range(built.schedule.samples)]
    moments += [(event.at, 1, leg) for leg, event in enumerate(built.protocol)]
    for at, is_event, number in sorted(moments):
        target = at if is_event else number * 0.1
        while state.t < target:
            DRIFT.advance(state, target, 1)
        if not is_event:
            positions.append(state.position.copy())
            times.append(state.t)
        elif (event := built.protocol[number]).do:
            turn(state, event.do)
        else:
            state = DRIFT.changed(built.leg(number + 1), state, DRIFT)
    return np.array(positions), np.array(times)


def test_samples_and_events_are_exact() -> None:
    # 0.3 is not 3 * 0.1 in floating point: still one moment, and the sample comes first.
    dataset = physent.run(drift_config())
    positions, times = naive_drift(drift_config())
    np.testing.assert_array_equal(dataset["now"], dataset["time"])
    np.testing.assert_array_equal(dataset["time"], [k * 0.1 for k in range(21)])
    np.testing.assert_array_equal(times, dataset["time"])
    np.testing.assert_array_equal(dataset["position"], positions)


def test_burn_in_is_not_recorded() -> None:
    dataset = physent.run(walk_config())
    np.testing.assert_array_equal(dataset["draw"], np.arange(0, 120, 3))
    np.testing.assert_array_equal(dataset["visits"][:, 0], np.arange(0, 120, 3))
    state = WALK.start(load_config(walk_config()), None)
    WALK.advance(state, 9, 1_000_000)
    np.testing.assert_array_equal(dataset["position"][3], state.position)


def test_an_event_at_the_end_happens_when_the_run_is_extended(tmp_path: Path) -> None:
    protocol = [{"at": 2.0, "do": "turn"}]
    api.start(load_config(drift_config(protocol=protocol)), tmp_path / "short.nc")
    api.carry_on(tmp_path / "short.nc", until=3.0)
    long = drift_config(protocol=protocol, schedule={"until": 3.0, "every": 0.1})
    api.start(load_config(long), tmp_path / "long.nc")
    assert_same(tmp_path / "short.nc", contents(tmp_path / "long.nc"))


@pytest.mark.parametrize("first", [1, 3_000, 10**9])
def test_slices_and_cadence_change_no_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: int) -> None:
    path = tmp_path / "run.nc"
    api.start(load_config(drift_config()), path)
    expected = {name: value for name, value in contents(path).items() if not name.startswith("@config")}
    monkeypatch.setattr(loop, "FIRST_WORK", first)
    monkeypatch.setattr(loop, "SLICE_SECONDS", 1e-6)
    api.start(load_config(drift_config(checkpoint={"wall_seconds": 0})), path, overwrite=True)
    found = contents(path)
    assert {name: found[name] for name in expected} == expected


def test_looks_between_samples_are_bounded() -> None:
    """One per so much work, never less than the first, in the end LOOK_RARER times as much; a sample is a look, too."""
    asked: list[int] = []
    work = 0

    def doubts(state: Any, record: Any) -> Iterator[tuple[str, str]]:
        asked.append(work)
        yield "late", f"after {work}"

    method = Method(
        start=lambda *_: None, restore=lambda *_: None, advance=lambda *_: 0, fields=lambda _: {}, doubts=doubts
    )
    position = Position(method, None, 0)
    looks = loop._Looks(prepare(drift_config()), position)
    first = loop.LOOK_WORK + loop.LOOK_WORK_PER_NUMBER * DRIFT_ENGINE.record_size(load_config(drift_config()))
    assert looks.due == looks.first == first
    while len(asked) < 40:
        part = min(looks.due, 10 * first)
        work += part
        looks.spent(part)
    apart = np.diff([0, *asked])
    assert apart[0] == first
    assert (np.diff(apart) >= 0).all()
    assert apart[-1] == loop.LOOK_RARER * first
    assert np.count_nonzero(apart < loop.LOOK_RARER * first) < loop.LOOK_RARER
    assert position.warnings == {"late": f"after {asked[0]}"}
    looks.spent(5)
    looks.begin()
    assert looks.due == looks.every


def test_work_adapts() -> None:
    assert next_work(1000, 0.2, False) == 500
    assert next_work(1000, 0.2, True) == 500
    assert next_work(1000, 50.0, False) == 100
    assert next_work(1000, 0.05, False) == 2001
    assert next_work(1000, 0.0, False) == 4001
    assert next_work(1000, 0.05, True) == 1000
    assert next_work(1, 100.0, False) == 1
    assert next_work(loop.MOST_WORK, 0.0, False) == loop.MOST_WORK


def test_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "REPORT_SECONDS", 0.0)
    told: list[Progress] = []
    dataset = physent.run(walk_config(), report=told.append)
    assert told[-1].fraction == 1.0
    assert told[-1].sample == told[-1].samples == 40
    assert (told[-1].clock, told[-1].headline) == (117, "spread")
    assert told[-1].value == float(dataset["spread"][-1].mean())
    assert told[-1].rate > 0
    assert math.isnan(told[0].value)
    assert all(a.fraction <= b.fraction for a, b in pairwise(told))


def test_a_doubt_is_told_once_and_kept(
    caplog: pytest.LogCaptureFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = walk_config(parameters={"length": 200.0})
    path = tmp_path / "run.nc"

    def stop(progress: Progress) -> None:
        if progress.sample >= 20:
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(loop, "REPORT_SECONDS", 0.0)
    caplog.set_level(logging.WARNING)
    with pytest.raises(Interrupted) as caught:
        api.start(load_config(config), path, report=stop)
    assert caught.value.exit_code == 130
    assert f"physent resume {path}" in str(caught.value)
    texts = [record.message for record in caplog.records]
    assert len(texts) == 2
    assert "the steps are long" in texts[0]
    assert "strayed far" in texts[1]
    with physent.open_run(path) as half:
        assert half.attrs["warnings"] == "\n".join(texts)
    with physent.resume(path) as whole:
        assert whole.attrs["warnings"] == "\n".join(texts)
    assert len(caplog.records) == 2


def test_a_number_that_is_not_finite_ends_the_run(tmp_path: Path) -> None:
    path = tmp_path / "run.nc"
    config = drift_config(parameters={"breaks_at": 1.25})
    with pytest.raises(RunError, match=r"spread is not finite .* time = 1.3"):
        api.start(load_config(config), path)
    with physent.open_run(path) as dataset:
        assert dataset.sizes["time"] == 13
        assert np.isfinite(dataset["position"]).all()
    with pytest.raises(RunError, match="not finite"):
        api.carry_on(path)


def test_a_failure_in_memory_names_no_file() -> None:
    with pytest.raises(RunError) as caught:
        physent.run(drift_config(parameters={"breaks_at": 1.25}))
    assert re.fullmatch(
        r"spread is not finite as float64 at time = 1\.3\d*; nothing is kept without output=", str(caught.value)
    )


def test_the_rate_is_that_of_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """A compilation, in however many parts, starts the measurement anew."""
    from physent.core import jit

    now, compiled = [0.0], [0]
    monkeypatch.setattr(loop, "monotonic", lambda: now[0])
    monkeypatch.setattr(jit, "compilations", lambda: compiled[0])
    told: list[Progress] = []
    job = prepare(walk_config())
    _, method = job.leg(0)
    position = Position(method, None, 0)
    watch = loop._Watch(job, position, told.append)
    for clock, seconds, count in ((0, 30.0, 1), (1, 20.0, 2), (11, 1.0, 2), (21, 1.0, 2)):
        position.clock, compiled[0] = clock, count
        now[0] += seconds
        watch.tell(now[0])
    assert [one.rate for one in told] == [0.0, 0.0, 10.0, 10.0]


def test_estimate_is_near_the_size_of_the_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = load_config(walk_config(parameters={"n": 1000}))
    estimate = api.prepare(config)
    assert estimate.samples == 40
    assert estimate.memory_bytes >= 2 * 1000 * 8
    monkeypatch.setattr(archive, "finish", lambda *args: None)
    api.start(config, tmp_path / "run.nc")
    size = (tmp_path / "run.nc").stat().st_size
    assert size <= estimate.file_bytes < 1.2 * size
