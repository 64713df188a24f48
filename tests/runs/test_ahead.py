"""A method that works elsewhere makes the steps after a sample while the sample is handled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import physent
from physent.config.load import load_config
from physent.errors import RunError
from physent.io.writer import Writer
from physent.runs import api, loop
from physent.runs.job import prepare
from physent.runs.loop import Position, _next_longer, _Slices
from tests.crashes import assert_same, contents, half_run, killed_at
from tests.random_walk import DRIFT, DRIFT_ENGINE, drift_config, registered

Log = list[tuple[str, float]]


@pytest.fixture(autouse=True)
def _toys() -> Iterator[None]:
    with registered():
        yield


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    """What happens, in order; the drift, which begins its work before samples are handled, at once."""
    happened: Log = []

    def begin(state: Any, target: float, work: int) -> Callable[[], float]:
        happened.append(("begin", target))
        reached = DRIFT.advance(state, target, work)

        def end() -> float:
            happened.append(("end", reached))
            return float(reached)

        return end

    append = Writer.append

    def noted(writer: Writer, clock: float, record: Any) -> None:
        happened.append(("append", clock))
        append(writer, clock, record)

    monkeypatch.setitem(DRIFT_ENGINE.methods, "euler", replace(DRIFT, begin=begin))
    monkeypatch.setattr(Writer, "append", noted)
    return happened


def as_before(path: Path, config: dict[str, Any]) -> dict[str, Any]:
    """Contents of the file of a run by a method that begins nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(DRIFT_ENGINE.methods, "euler", DRIFT)
        api.start(load_config(config), path, overwrite=True)
    return contents(path)


def test_what_is_begun(log: Log, tmp_path: Path) -> None:
    """The way to the next sample or event: none from a sample at an event, nor from the last one."""
    api.start(load_config(drift_config()), tmp_path / "run.nc")
    expected: Log = []
    for k in range(21):
        now, then = k * 0.1, (k + 1) * 0.1 if k != 10 else 1.03
        begins = k not in (3, 20)  # an event at 0.3, after that sample
        expected += [("begin", then), ("append", now), ("end", then)] if begins else [("append", now)]
    assert log == expected


@pytest.mark.parametrize("first", [1, 3_000, 10**9])
def test_the_file_is_the_same(log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: int) -> None:
    """However much of the way is made meanwhile."""
    monkeypatch.setattr(loop, "FIRST_WORK", first)
    if first == 3_000:  # the record is taken while the state moves
        method = replace(DRIFT_ENGINE.methods["euler"], still=lambda state, read: deepcopy(state))
        monkeypatch.setitem(DRIFT_ENGINE.methods, "euler", method)
    api.start(load_config(drift_config()), tmp_path / "run.nc")
    assert ("end", 0.1) in log or first == 1
    assert_same(tmp_path / "run.nc", as_before(tmp_path / "other.nc", drift_config()))


def test_nothing_is_begun_when_the_state_is_to_be_saved(log: Log, tmp_path: Path) -> None:
    api.start(load_config(drift_config(checkpoint={"wall_seconds": 0})), tmp_path / "run.nc")
    assert {what for what, _ in log} == {"append"}


def test_stopped_or_killed_a_run_goes_on(log: Log, tmp_path: Path) -> None:
    """The state that is saved may be ahead of the last sample."""
    whole = as_before(tmp_path / "whole.nc", drift_config())
    half_run(tmp_path / "stopped.nc", drift_config(), 7)
    assert log[-1] == ("end", 0.7000000000000001)
    api.carry_on(tmp_path / "stopped.nc")
    assert_same(tmp_path / "stopped.nc", whole)
    config = drift_config(checkpoint={"wall_seconds": 1e-9})
    killed_at("append", 5, lambda: api.start(load_config(config), tmp_path / "killed.nc"))
    api.carry_on(tmp_path / "killed.nc")
    assert_same(tmp_path / "killed.nc", as_before(tmp_path / "whole.nc", config))


def test_an_error_comes_after_the_sample(log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the steps had been made then."""

    def lost(state: Any, target: float, work: int) -> float:
        if target > 0.75:
            raise RunError(f"the walkers are lost on the way to {target:g}")
        return float(DRIFT.advance(state, target, work))

    def begin(state: Any, target: float, work: int) -> Callable[[], float]:
        return lambda: lost(state, target, work)

    stored = []
    for method in (replace(DRIFT, advance=lost), replace(DRIFT, advance=lost, begin=begin)):
        monkeypatch.setitem(DRIFT_ENGINE.methods, "euler", method)
        with pytest.raises(RunError, match=r"the walkers are lost on the way to 0\.8$"):
            api.start(load_config(drift_config()), tmp_path / "run.nc", overwrite=True)
        with physent.open_run(tmp_path / "run.nc") as run:
            stored.append(run["position"].values)
    assert len(stored[0]) == 8
    np.testing.assert_array_equal(stored[1], stored[0])


def test_a_sample_that_is_refused_ends_the_run(log: Log, tmp_path: Path) -> None:
    """What has been begun then is dropped."""
    with pytest.raises(RunError, match=r"spread is not finite .* time = 1.3"):
        api.start(load_config(drift_config(parameters={"breaks_at": 1.25})), tmp_path / "run.nc")
    assert [what for what, _ in log[-2:]] == ["begin", "append"]
    with physent.open_run(tmp_path / "run.nc") as run:
        assert run.sizes["time"] == 13


def test_as_much_is_begun_as_handling_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Approached from below; once it takes less, one wait is long."""
    now, parts, rate, busy = [0.0], [], 1e7, [0.0]
    monkeypatch.setattr(loop, "monotonic", lambda: now[0])

    def begin(state: Any, target: float, work: int) -> Callable[[], float]:
        parts.append(work)
        busy[0] = now[0] + work / rate

        def end() -> float:
            now[0] = max(now[0], busy[0])
            return 0.5

        return end

    def handle(seconds: float) -> None:
        now[0] += seconds

    slices = _Slices(prepare(drift_config()), Position(replace(DRIFT, begin=begin), None, 0))
    slices.looks.due = 1 << 50
    slices.work = round(rate * loop.SLICE_SECONDS)
    waits = []
    for seconds in (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.3, 0.3, 0.3):
        before = now[0]
        slices.make_during(lambda seconds=seconds: handle(seconds), 1.0)  # type: ignore[misc]
        waits.append(now[0] - before - seconds)
    np.testing.assert_allclose(np.array(parts) / rate, [0.1, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1 / 7, 2 / 7], rtol=1e-6)
    np.testing.assert_allclose(waits, [0, 0, 0, 0, 0, 0, 0.7, 0, 0], atol=1e-9)


def test_longer_slices() -> None:
    assert _next_longer(1.0, 0.0, 0.0) == 1.0
    assert _next_longer(4.0, 0.05, 10.0) == 8.0
    assert _next_longer(4.0, 0.05, 0.5) == 5.0
    assert _next_longer(4.0, 0.2, 10.0) == 2.0
    assert _next_longer(4.0, 0.8, 10.0) == 1.0
