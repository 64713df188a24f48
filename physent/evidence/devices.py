"""Contestants of a task on the CUDA device and on the CPU, in the same process.

A contestant advances a run from where the last round left it, in slices of work that adapt as those of a run do. The
device is timed by events, the CPU by wall time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from physent import engines, host
from physent.config.load import load_config
from physent.core import jit
from physent.core.cuda import device
from physent.evidence.contestants import Bound, Contestant
from physent.runs.loop import FIRST_WORK, next_work

CPU_SECONDS = 0.3
"""For which the CPU is timed, unless one slice takes longer."""
ONE_THREAD = "one CPU thread"


@dataclass(frozen=True)
class Task:
    """A run that the device advances by ``block`` of its clock."""

    name: str
    config: Mapping[str, Any]
    block: float
    units: float  # done in a block
    rate_of: str
    moved: float  # least number of bytes that a block reads and writes
    operations: float  # least number of them, in double precision
    on_cpu: float | None = None  # of its clock, the most for which the CPU is timed; None: not at all
    cpu_changes: Mapping[str, Any] = field(default_factory=dict)  # of the config, for a smaller piece of the same work
    cpu_share: float = 1.0  # of the units in a block
    family: str = ""  # of tasks that differ in their size
    size: int = 0


class Timed(NamedTuple):
    """A timed piece of a task."""

    seconds: float  # for a whole block
    units: float


class Rates(NamedTuple):
    """What a card allows, per second."""

    copy: float  # bytes read and written
    operations: float  # in double precision


class _Run:
    """A run on one device, at some point of its clock."""

    def __init__(self, config: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
        loaded = load_config(config, changes)
        self.method = engines.get(loaded.engine).method(loaded)
        self.state = self.method.start(loaded, None)
        self.clock = self.target = loaded.schedule.start
        self.work = FIRST_WORK

    def advance(self, by: float, seconds: float = float("inf")) -> float:
        """Move on by ``by`` of the clock, or as far as it gets in ``seconds``; return how far.

        An unfinished stretch is continued, so that what a method does once per sample is not timed again.
        """
        if self.clock == self.target:
            self.target = self.clock + by
        start, began = self.clock, time.perf_counter()
        while self.clock != self.target:
            before = time.perf_counter()
            self.clock = self.method.advance(self.state, self.target, self.work)
            now = time.perf_counter()
            self.work = next_work(self.work, now - before, self.clock == self.target)
            if now - began > seconds and self.clock != start:
                break
        return float(self.clock - start)


_runs: dict[tuple[str, str], _Run] = {}  # by task and device


def run_of(task: Task, on: str) -> _Run:
    """The run of a task; those of other tasks are dropped before it takes its memory, if it must be made."""
    if (task.name, on) not in _runs:
        for other in [key for key in _runs if key[0] != task.name]:
            del _runs[other]
        make(task, on)
    return _runs[task.name, on]


def make(task: Task, on: str) -> None:
    """Make the run of a task, compiled and past its first steps."""
    run = _Run(task.config, {"device": on, **(task.cpu_changes if on == "cpu" else {})})
    if on == "cpu":
        run.advance(task.on_cpu or task.block, seconds=0.0)
    else:
        run.advance(task.block)
    _runs[task.name, on] = run


def contestants(tasks: Iterator[Task], rates: Rates | None = None) -> Iterator[Contestant]:
    """The device, one CPU thread and all of them for each task; skipped, with the reason, if there is no device.

    ``rates`` of the card are measured if they are not given.
    """
    missing = device.trouble() or ""
    card = "device" if missing else device.name()
    for task in tasks:
        common = {"units": lambda timed: timed.units, "clock": lambda timed: timed.seconds}
        told: dict[str, Any] = {"task": task.name, "rate_of": task.rate_of, "missing": missing, **common}
        if task.on_cpu is not None:
            for threads in sorted({1, host.processors()}):
                name = ONE_THREAD if threads == 1 else f"{threads} CPU threads"
                prepare = partial(_on_cpu, task, threads, task.on_cpu)
                yield Contestant(name, prepare=prepare, reference=threads == 1, once=True, note="wall time", **told)
        bound = partial(_bound, task, rates)
        yield Contestant(
            card, prepare=partial(_on_device, task), reference=task.on_cpu is None, bound=bound, note="events", **told
        )


def _on_cpu(task: Task, threads: int, piece: float) -> Callable[[], Timed]:
    run = run_of(task, "cpu")

    def work() -> Timed:
        jit.set_threads(threads)
        begin = time.perf_counter()
        passed = run.advance(piece, CPU_SECONDS)
        spent = time.perf_counter() - begin
        jit.set_threads(1)
        return Timed(spent * task.block / (passed * task.cpu_share), task.units)

    return work


def _on_device(task: Task) -> Callable[[], Timed]:
    from physent.core.cuda import bounds

    run = run_of(task, "cuda")
    return lambda: Timed(bounds.seconds(lambda: run.advance(task.block)), task.units)


def _bound(task: Task, rates: Rates | None, timed: Timed) -> Bound:
    """The longer of two times: to move the bytes, and to carry out the operations."""
    copy, operations = rates or measured_rates()
    moving, computing = task.moved / copy, task.operations / operations
    longer = max(moving, computing)
    what = f"{task.moved:.3g} bytes" if moving > computing else f"{task.operations:.3g} operations"
    return Bound(f"{what}, the time is {timed.seconds / longer:.3g} times that", longer)


def measured_rates() -> Rates:
    """Of the card in use; measured once."""
    from physent.core.cuda import bounds

    return Rates(*bounds.rates())


def conditions() -> dict[str, Any]:
    """The device and its measured rates, for the JSON of a benchmark."""
    if device.trouble():
        return {}
    copy, operations = measured_rates()
    clock = "The device is timed by events, the CPU once by wall time"
    rates = {"device_copy_bytes_per_second": copy, "device_operations_per_second": operations}
    return {"clock": clock, **device.facts(), **rates}


def compilation() -> dict[str, float]:
    """Seconds that this process spent on each kernel of the device."""
    from physent.core.cuda.launch import KERNELS

    found: dict[str, float] = {}
    for kernel in KERNELS:
        if kernel.seconds:
            found[kernel.name] = round(found.get(kernel.name, 0.0) + kernel.seconds, 3)
    return found
