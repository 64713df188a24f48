"""The main loop: from sample to sample, through protocol events, with checkpoints and signals.

It is independent of the physics. The schedule defines the clock; samples are counted in integers, and
the clock value of sample k is ``schedule.at(k)``. Actions triggered by wall-clock time (checkpoints,
progress, the size of a slice of work) never change State. A method that works elsewhere (`Method.begin`) makes the
first slice after a sample while the diagnostics look at its record and it is written.
"""

from __future__ import annotations

import logging
import math
import sys
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Any

import numpy as np

from physent.engines import Arrays, Method
from physent.errors import Interrupted
from physent.io.checkpoint import Checkpoint
from physent.io.writer import Writer
from physent.runs.job import Job
from physent.runs.signals import Stop

logger = logging.getLogger(__name__)

SLICE_SECONDS = 0.1  # wall time of one call of `advance`, and so the delay of Ctrl-C
REPORT_SECONDS = 0.05
FIRST_WORK = 100_000
MOST_WORK = 1 << 40

# Work before the first look at the doubts between samples: a constant, and for each number in a record. Later looks are
# rarer, up to LOOK_RARER times: then they cost below 1 % of the work with every method (measured; the first ones up to
# 3 %, of some 50 ms each).
LOOK_WORK = 2_000_000
LOOK_WORK_PER_NUMBER = 1_000
LOOK_RARER = 16


Look = Callable[[], tuple[Arrays, list[tuple[str, str]]]]


@dataclass(frozen=True)
class Progress:
    """Progress of a run."""

    fraction: float  # of the way from start to end along the clock
    clock: float | int
    sample: int  # samples written
    samples: int
    rate: float  # clock units per second of wall time, since the run was started or resumed, or has last compiled
    headline: str  # name of the engine's live number
    value: float  # its mean over replicas at the last sample; NaN before the first


Report = Callable[[Progress], None]


@dataclass
class Position:
    """The current position of a run."""

    method: Method
    state: Any
    clock: float | int
    sample: int = 0  # samples taken
    leg: int = 0  # protocol events passed
    warnings: dict[str, str] = field(default_factory=dict)
    origin: dict[str, np.ndarray[Any, Any]] = field(default_factory=dict)  # of the first sample, for the diagnostics


@dataclass(frozen=True)
class Session:
    """The parts of a checkpoint other than the position: config, audit trail, wall time."""

    config: str
    history: tuple[str, ...] = ()
    wall_before: float = 0.0
    began: float = field(default_factory=monotonic)

    @property
    def wall_seconds(self) -> float:
        """Total wall time of the run so far."""
        return self.wall_before + monotonic() - self.began

    def checkpoint(self, position: Position) -> Checkpoint:
        """A checkpoint of the current position."""
        return Checkpoint(
            state=position.method.store(position.state),
            clock=position.clock,
            sample=position.sample,
            leg=position.leg,
            warnings=dict(position.warnings),
            origin=position.origin,
            config=self.config,
            wall_seconds=self.wall_seconds,
            history=self.history,
        )


def warn(position: Position, key: str, message: str) -> None:
    """Log a warning and keep it for the file, once per key."""
    if key not in position.warnings:
        position.warnings[key] = message
        logger.warning("%s", message)


def run_loop(
    job: Job,
    writer: Writer,
    position: Position,
    session: Session,
    stop: Stop | None = None,
    report: Report | None = None,
) -> None:
    """Advance a run from ``position`` to its last sample; the writer then has the complete history and a checkpoint.

    Raises Interrupted, after a checkpoint, if ``stop`` is requested; RunError if a record is not
    finite or the disk is full, with the last checkpoint intact.
    """
    config = job.config
    schedule, samples = config.schedule, config.schedule.samples
    watch = _Watch(job, position, report)
    read = _fields_read(job)
    slices = _Slices(job, position)
    saved_at = monotonic()
    while position.sample < samples:
        goal, event_first = _goal(job, position)
        if position.clock != goal:
            slices.make(goal)
        elif event_first:
            _pass_event(job, position)
        else:
            look = _look(position, read)
            position.sample += 1
            slices.looks.begin()
            handle = partial(_take_sample, job, writer, position, watch, look)
            ends = monotonic() - saved_at >= config.checkpoint.wall_seconds or (stop is not None and stop.requested)
            if position.sample == samples or ends:
                handle()
            else:
                slices.make_during(handle, _goal(job, position)[0])
        now = monotonic()
        watch.tell(now)
        if stop is not None and stop.requested:
            writer.save(session.checkpoint(position))
            raise Interrupted(
                f"{stop.why} at {schedule.clock.name} = {position.clock:.6g} "
                f"with {position.sample} of {samples} samples, state saved; "
                f"continue with `physent resume {writer.paths.out}`"
            )
        if now - saved_at >= config.checkpoint.wall_seconds:
            writer.save(session.checkpoint(position))
            saved_at = monotonic()
        else:
            writer.sync(now)
    writer.save(session.checkpoint(position))
    watch.tell(math.inf)


def _goal(job: Job, position: Position) -> tuple[float | int, bool]:
    """Clock value of what comes next, the next sample or a protocol event; whether it is an event.

    An event within rounding of a sample counts as simultaneous, and comes after it.
    """
    schedule, protocol = job.config.schedule, job.config.protocol
    target: float | int = schedule.at(position.sample)
    event = protocol[position.leg] if position.leg < len(protocol) else None
    if event is None or event.at >= target or math.isclose(event.at, target):
        return target, False
    return max(int(event.at) if schedule.clock.dtype == "int64" else event.at, position.clock), True


def next_work(work: int, seconds: float, reached: bool) -> int:
    """Budget of the next slice, adjusted towards SLICE_SECONDS; it grows only if the last slice used all its budget."""
    if seconds > SLICE_SECONDS:
        return max(1, int(work * max(0.1, SLICE_SECONDS / seconds)))
    if reached:
        return work
    return min(MOST_WORK, int(work * min(4.0, SLICE_SECONDS / max(seconds, 1e-9))) + 1)


class _Slices:
    """Makes slices of work, with budgets that follow from the time that they take."""

    def __init__(self, job: Job, position: Position) -> None:
        self.position = position
        self.looks = _Looks(job, position)
        self.work = FIRST_WORK
        self.longer = 1.0  # budget of a slice during which a sample is handled, in those of others
        self.handled = 0.0  # seconds of the last handling

    def make(self, goal: float) -> None:
        """Make a slice towards ``goal``."""
        position = self.position
        before, part = monotonic(), min(self.work, self.looks.due)
        position.clock = position.method.advance(position.state, goal, part)
        seconds = monotonic() - before
        if part == self.work or seconds > SLICE_SECONDS:
            self.work = next_work(part, seconds, position.clock == goal)
        self.looks.spent(part)

    def make_during(self, handle: Callable[[], None], goal: float) -> None:
        """Handle a sample, and make a slice meanwhile, if the method does that elsewhere and has not come to ``goal``.

        An error of the slice is raised afterwards, as if it had been made then.
        """
        position, before = self.position, monotonic()
        if position.method.begin is None or position.clock == goal:
            handle()
            return
        part = min(int(self.work * self.longer), self.looks.due)
        end = position.method.begin(position.state, goal, part)
        begun = monotonic()
        handle()
        handled = monotonic()
        position.clock = end()
        waited = begun - before + monotonic() - handled
        if self.longer == 1.0 and waited > SLICE_SECONDS:
            self.work = next_work(part, waited, position.clock == goal)
        # Handling may take less time than before: the shorter of two, so that no single long one delays Ctrl-C.
        self.longer = _next_longer(self.longer, waited, min(handled - begun, self.handled))
        self.handled = handled - begun
        if position.clock != goal:
            self.looks.spent(part)


def _next_longer(longer: float, waited: float, handled: float) -> float:
    """`_Slices.longer` after a slice for which the loop ``waited``: as long as handling, if it need not wait for it."""
    if waited > SLICE_SECONDS:
        return max(1.0, longer * SLICE_SECONDS / waited)
    return max(1.0, min(2.0 * longer, handled / SLICE_SECONDS))


def _pass_event(job: Job, position: Position) -> None:
    event = job.config.protocol[position.leg]
    position.leg += 1
    if event.do is not None:
        assert position.method.act is not None, "a method of an engine with actions carries them out"
        position.state = position.method.act(position.state, event.do)
    else:
        config, method = job.leg(position.leg)
        position.state = method.changed(config, position.state, position.method)
        position.method = method


class _Looks:
    """Asks for doubts between samples, too, whenever so much work has been done since the last sample or look.

    Counted in units of work rather than seconds, so that what is found hardly depends on the machine.
    """

    def __init__(self, job: Job, position: Position) -> None:
        self.position = position
        self.first = LOOK_WORK + LOOK_WORK_PER_NUMBER * job.engine.record_size(job.config)
        self.due = self.every = self.first

    def begin(self) -> None:
        """A sample was taken, and doubts with it."""
        self.due = self.every

    def spent(self, work: int) -> None:
        """Look if it is time to."""
        self.due -= work
        if self.due > 0:
            return
        self.every = min(self.every * 5 // 4, LOOK_RARER * self.first)
        self.due = self.every
        method, state = self.position.method, self.position.state
        if method.doubts is not Method.doubts:
            for key, message in method.doubts(state, (method.scalars or method.fields)(state)):
                warn(self.position, key, message)


def _fields_read(job: Job) -> AbstractSet[str]:
    """The fields that are stored, or read by a diagnostic."""
    fields = {name for name, variable in job.loaded.context.variables.items() if variable.is_field}
    return fields & {column.name for column in job.layout.columns} | job.plan.read_of(fields)


def _look(position: Position, read: AbstractSet[str]) -> Look:
    """What gives the record of the current position and what is doubtful in it, though the state may have moved on."""
    method, state = position.method, position.state
    quick = None if read else method.scalars

    def look() -> tuple[Arrays, list[tuple[str, str]]]:
        record = (quick or method.fields)(state)
        return record, list(method.doubts(state, record))

    if quick or method.still is None:
        found = look()
        return lambda: found
    state = method.still(state, read)
    return look


def _take_sample(job: Job, writer: Writer, position: Position, watch: _Watch, look: Look) -> None:
    """Let the diagnostics look at the record of the sample, and write it."""
    watch.record, doubts = look()
    record, plan = watch.record, job.plan
    origin = position.origin if position.sample > 1 else None
    measured = plan.observe(record, position.clock, lambda key, message: warn(position, key, message), origin)
    whole = {**record, **measured}
    if origin is None:
        position.origin = plan.origin(whole)
    writer.append(position.clock, whole)
    for key, message in doubts:
        warn(position, key, message)


class _Watch:
    """Reports progress to a callback, at limited frequency."""

    def __init__(self, job: Job, position: Position, report: Report | None) -> None:
        self.schedule = job.config.schedule
        self.headline = job.engine.live(job.config)
        self.position = position
        self.report = report
        self.record: Arrays = {}
        self.told = monotonic()
        self.compiled = -1
        self._begin()

    def _begin(self) -> None:
        """Start to measure the rate, anew after each compilation: it is that of the work."""
        jit = sys.modules.get("physent.core.jit")  # not there if no engine is compiled
        compiled = jit.compilations() if jit else 0
        if compiled != self.compiled:
            self.compiled, self.began, self.first = compiled, monotonic(), self.position.clock

    def tell(self, now: float) -> None:
        """Report if enough time has passed; always if ``now`` is infinite."""
        if self.report is None:
            return
        self._begin()
        if now - self.told < REPORT_SECONDS:
            return
        self.told = monotonic()
        clock, start = self.position.clock, self.schedule.start
        length = self.schedule.at(self.schedule.samples - 1) - start
        headline = self.record.get(self.headline)
        self.report(
            Progress(
                fraction=(clock - start) / length if length else 1.0,
                clock=clock,
                sample=self.position.sample,
                samples=self.schedule.samples,
                rate=(clock - self.first) / max(self.told - self.began, 1e-9),
                headline=self.headline,
                value=math.nan if headline is None else float(np.mean(headline)),
            )
        )
