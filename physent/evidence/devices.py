"""Contestants of a task on the CUDA device and on the CPU, in the same process.

A contestant advances a run from where the last round left it. The device is timed by events, the CPU by wall time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from physent import engines, host
from physent.config.load import load_config
from physent.core import jit
from physent.core.cuda import device
from physent.evidence.contestants import Bound, Contestant

WORK = 20_000_000  # per call of advance, about as in a run


@dataclass(frozen=True)
class Task:
    """A run that both devices advance by ``block`` of its clock."""

    name: str
    config: Mapping[str, Any]
    block: float
    units: float  # done in a block
    rate_of: str
    moved: float  # least number of bytes that a block reads and writes
    operations: float  # least number of them, in double precision
    on_cpu: float | None = None  # part of a block that one CPU thread is timed for; None: it is not timed


class Timed(NamedTuple):
    """A timed piece of a task."""

    seconds: float  # for a whole block
    units: float


class _Run:
    """A run on one device, at some point of its clock."""

    def __init__(self, task: Task, on: str) -> None:
        config = load_config(task.config, {"device": on})
        self.method = engines.get(config.engine).method(config)
        self.state = self.method.start(config, None)
        self.clock = config.schedule.start

    def advance(self, by: float) -> None:
        """Move on by ``by`` of the clock."""
        target = self.clock + by
        while self.method.advance(self.state, target, WORK) != target:
            pass
        self.clock = target


_runs: dict[str, tuple[str, _Run]] = {}  # the run of one task at a time, by device


def _run(task: Task, on: str, piece: float) -> _Run:
    """The run of a task, compiled and past its first steps."""
    if on not in _runs or _runs[on][0] != task.name:
        _runs.pop(on, None)  # before the next one takes its memory
        _runs[on] = task.name, _Run(task, on)
        _runs[on][1].advance(piece)
    return _runs[on][1]


def contestants(tasks: Iterator[Task]) -> Iterator[Contestant]:
    """The device, one CPU thread and all of them for each task; skipped, with the reason, if there is no device."""
    missing = device.trouble() or ""
    card = "device" if missing else device.name()
    for task in tasks:
        common = {"units": lambda timed: timed.units, "clock": lambda timed: timed.seconds}
        told: dict[str, Any] = {"task": task.name, "rate_of": task.rate_of, "missing": missing, **common}
        if task.on_cpu is not None:
            for threads in sorted({1, host.processors()}):
                name = "one CPU thread" if threads == 1 else f"{threads} CPU threads"
                prepare = partial(_on_cpu, task, threads, task.on_cpu)
                yield Contestant(name, prepare=prepare, reference=threads == 1, once=True, note="wall time", **told)
        bound = partial(_bound, task)
        yield Contestant(
            card, prepare=partial(_on_device, task), reference=task.on_cpu is None, bound=bound, note="events", **told
        )


def _on_cpu(task: Task, threads: int, piece: float) -> Callable[[], Timed]:
    jit.set_threads(threads)
    run = _run(task, "cpu", piece)

    def work() -> Timed:
        begin = time.perf_counter()
        run.advance(piece)
        spent = time.perf_counter() - begin
        jit.set_threads(1)
        return Timed(spent * task.block / piece, task.units)

    return work


def _on_device(task: Task) -> Callable[[], Timed]:
    from physent.core.cuda import bounds

    run = _run(task, "cuda", task.block)
    return lambda: Timed(bounds.seconds(lambda: run.advance(task.block)), task.units)


def _bound(task: Task, timed: Timed) -> Bound:
    """The longer of two times: to move the bytes, and to carry out the operations."""
    from physent.core.cuda import bounds

    copy, operations = bounds.rates()
    moving, computing = task.moved / copy, task.operations / operations
    longer = max(moving, computing)
    what = f"{task.moved:.3g} bytes" if moving > computing else f"{task.operations:.3g} operations"
    return Bound(f"{what}, the time is {timed.seconds / longer:.3g} times that", longer)


def conditions() -> dict[str, Any]:
    """The device and its measured rates, for the JSON of a benchmark."""
    if device.trouble():
        return {}
    from physent.core.cuda import bounds

    copy, operations = bounds.rates()
    return {**device.facts(), "device_copy_bytes_per_second": copy, "device_operations_per_second": operations}
