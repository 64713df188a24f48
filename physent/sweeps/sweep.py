"""Sweeps: each point of the `sweep:` block of a config is a run with its own file; all are gathered into one.

The name of a point's file is the hash of its config, so a finished point is never run again, and a sweep can be
extended. All files are in one folder:

    DIR/sweep.yaml         the config of the sweep; DIR/sweep.lock while it runs
    DIR/points/HASH.nc     one finished run per point
    DIR/sweep.nc           scalars of all points, with the swept parameters as dimensions (`physent.sweeps.gather`)
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from physent import host
from physent.config import yaml
from physent.config.imports import load_files, packed
from physent.config.load import RunConfig, Source, load_config
from physent.config.paths import PathError, put, split
from physent.errors import Busy, ConfigError, Interrupted, RunError, UsageError, reason
from physent.io.files import Paths, locked, replacing
from physent.io.given import given, state_from
from physent.io.reader import attributes_of, open_run
from physent.runs.job import prepare
from physent.runs.progress import counting
from physent.runs.signals import Stop, stop_flag
from physent.sweeps.gather import gather
from physent.sweeps.points import FOLDER, Point, axes_of, checked
from physent.sweeps.pool import Task, run_locally, run_on_cluster
from physent.sweeps.worker import Answer, is_done

if TYPE_CHECKING:
    import xarray as xr

logger = logging.getLogger(__name__)

PathLike = str | os.PathLike[str]
Report = Callable[[str, int, int], None]

SWEEP_FILE = "sweep.nc"
CONFIG_FILE = "sweep.yaml"
HEAD = "# written by physent sweep\n"


@dataclass(frozen=True)
class Sweep:
    """Result of a sweep."""

    path: Path | None  # the gathered file; None of a part
    points: int
    made: int  # in this call; the others existed
    failures: tuple[str, ...]  # one line per failed point


def sweep(
    source: Source,
    folder: PathLike,
    *,
    set: Mapping[str, Any] | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    report: Report | None = None,
    progress: bool | None = None,
    wall_time: float | None = None,
    gather_only: bool = False,
    imports: Sequence[PathLike] = (),
) -> xr.Dataset:
    """Run every point of a config's `sweep:` and open the gathered file; as `physent sweep`.

    Uses ``workers`` processes of this machine (default: one per usable processor), or those of the Dask ``scheduler``.
    Finished points are kept; ``gather_only`` makes none. Raises ConfigError and UsageError before any work, RunError at
    the end if points failed or are missing (the others are gathered), Interrupted on Ctrl-C or after ``wall_time``
    seconds (states are saved: call it again to continue). ``report(name, done, total)`` is called after each point;
    ``progress`` prints a line that follows the sweep, by default in a notebook or at a prompt. ``imports`` as
    for `run`; workers execute the same text.
    """
    load_files(imports)
    config = load_config(source, set or {})
    if gather_only:
        done = gather_sweep(config, folder)
    else:
        with counting(report, progress) as shown:
            done = run_sweep(config, folder, workers=workers, scheduler=scheduler, report=shown, wall_time=wall_time)
    if done.failures:
        raise RunError(f"{len(done.failures)} of {done.points} points failed: {done.failures[0]}")
    return open_sweep(folder)


def open_sweep(folder: PathLike) -> xr.Dataset:
    """Dataset of a sweep, with the swept parameters as dimensions besides `replica` and those of the runs."""
    path = Path(folder) / SWEEP_FILE
    if not path.exists():
        raise UsageError(f"{path}: no such file, expected the folder of a sweep run by `physent sweep`")
    dataset = open_run(path)
    if "run_file" not in dataset.variables:
        return dataset
    swept = dataset["run_file"].dims
    ordered = dataset.transpose(*swept, ...)  # in the file the clock comes first
    ordered.set_close(dataset.close)
    return ordered


def run_sweep(
    config: RunConfig,
    folder: PathLike,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    report: Report | None = None,
    wall_time: float | None = None,
    part: Part | None = None,
) -> Sweep:
    """As `sweep`, but failures are returned, and the gathered file is not opened.

    ``part``: only these points, which are not gathered; the parts of a sweep may run at the same time, anywhere.
    """
    if workers is not None and workers < 1:
        raise UsageError(f"workers is {workers}, expected at least 1")
    axes, points = axes_of(config), checked(config)
    home = _folder(Path(folder), config)
    chosen = points if part is None else part.of(points)
    failed: dict[tuple[int, ...], str] = {}
    with _alone(home, part), stop_flag(wall_time) as stop:
        hand = _Hand(chosen, home, stop)
        for point, answer in _answers(hand, min(workers or host.processors(), len(chosen)), scheduler):
            if answer["interrupted"]:
                continue
            hand.ended += 1
            if answer["error"]:
                failed[point.index] = answer["error"]
                logger.warning("point %s failed: %s", point, answer["error"])
            if report:
                report(str(point), hand.done - 1, len(chosen))
        if stop.requested and hand.done < len(chosen):
            raise Interrupted(
                f"{stop.why} with {hand.done} of {len(chosen)} points done, states saved; run it again to continue"
            )
        if part is None:
            gather(config, axes, points, failed, home, home / SWEEP_FILE)
    target = Path(folder) / SWEEP_FILE if part is None else None
    return Sweep(target, len(chosen), hand.ended - len(failed), _lines(chosen, failed))


def gather_sweep(config: RunConfig, folder: PathLike) -> Sweep:
    """Gather the finished points of a sweep, wherever they were made; the others are its failures."""
    axes, points = axes_of(config), checked(config)
    if not (Path(folder) / FOLDER).is_dir():
        raise UsageError(f"{folder} has no folder {FOLDER}, expected the folder of a sweep")
    home = _folder(Path(folder), config)
    with _alone(home):
        told = ((point, _missing(point, home)) for point in points)
        missing = {point.index: why for point, why in told if why}
        if len(missing) == len(points):
            raise UsageError(f"{home}: none of its {len(points)} points is finished, nothing to gather")
        gather(config, axes, points, missing, home, home / SWEEP_FILE)
    return Sweep(Path(folder) / SWEEP_FILE, len(points), 0, _lines(points, missing))


def _missing(point: Point, home: Path) -> str | None:
    """Why a point cannot be gathered."""
    path = point.path(home)
    try:
        if is_done(point.config, Paths.of(path), point.sha256):
            return None
    except RunError as error:
        return str(error)
    return "it is not finished" if path.exists() else "it is not there"


def _lines(points: list[Point], failed: Mapping[tuple[int, ...], str]) -> tuple[str, ...]:
    return tuple(f"{point}: {failed[point.index]}" for point in points if point.index in failed)


@dataclass(frozen=True)
class Part:
    """One of several equal shares of the points: each ``count``-th one, the ``number``-th of each such group."""

    number: int
    count: int

    @classmethod
    def read(cls, text: str) -> Part:
        """From K/N, with K from 1; UsageError if it is not that."""
        number, _, count = text.partition("/")
        if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
            raise UsageError(f"part: found {text}, expected K/N with K from 1 to N")
        return cls(int(number), int(count))

    def of(self, points: list[Point]) -> list[Point]:
        """The points of this share, perhaps none."""
        return points[self.number - 1 :: self.count]


@dataclass
class _Hand:
    """Deals out the unfinished points, each made on demand."""

    points: list[Point]
    home: Path
    stop: Stop
    there: int = 0  # finished before this call
    ended: int = 0
    out: dict[str, Point] = field(default_factory=dict)  # being run, by path

    @property
    def done(self) -> int:
        """Number of points known to be done."""
        return self.there + self.ended

    def tasks(self) -> Iterator[Task]:
        """Tasks of the unfinished points."""
        for point in self.points:
            if self.stop.requested:
                return
            config, path = point.config, point.path(self.home)
            if _there(config, path, point.sha256):
                self.there += 1
                continue
            self.out[str(path)] = point
            yield Task(config.plain(), str(path), packed(config))


def _folder(home: Path, config: RunConfig) -> Path:
    """Create the folder of the sweep and write its config; UsageError if that fails or the folder holds other things.

    What is swept, and over which values, may change: a sweep grows.
    """
    stored = home / CONFIG_FILE
    try:
        if stored.exists():
            _refuse_foreign(stored, config)
        if (home / SWEEP_FILE).exists() and "points" not in attributes_of(Paths.of(home / SWEEP_FILE)):
            raise UsageError(f"{home / SWEEP_FILE} is not a gathered sweep, expected another folder")
        (home / FOLDER).mkdir(parents=True, exist_ok=True)
        text = HEAD + config.to_yaml()
        if not stored.exists() or stored.read_text(encoding="utf-8") != text:
            with replacing(stored) as partial:
                partial.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{home}: cannot be used as the folder of a sweep: {reason(error)}") from None
    except RunError as error:
        raise UsageError(f"{home}: cannot be used as the folder of a sweep: {error}") from None
    return home.resolve()


def _refuse_foreign(stored: Path, config: RunConfig) -> None:
    """Raise UsageError unless a sweep of the same config, but for what is swept, wrote the file."""
    text = stored.read_text(encoding="utf-8", errors="replace")
    if not text.startswith(HEAD) and not (stored.parent / FOLDER).is_dir():
        raise UsageError(f"{stored} was not written by a sweep and would be replaced: expected another folder")
    try:
        before = load_config(yaml.parse(text, str(stored)).data)
    except ConfigError:
        raise UsageError(f"{stored.parent} holds a sweep of another physent: expected another folder") from None
    if others := sorted(_differing(before, config)):
        raise UsageError(f"{stored.parent} holds a sweep with another {', '.join(others)}: expected another folder")


def _differing(one: RunConfig, other: RunConfig) -> Iterator[str]:
    """Sections of two configs that differ in what neither sweeps."""
    a, b = one.plain(), other.plain()
    for path in (path for config in (one, other) for steps in config.axes().values() for path in steps[0]):
        with suppress(PathError):
            a, b = put(a, split(path), None), put(b, split(path), None)
    for name in {*a, *b} - {"sweep", "output", "checkpoint"}:
        if a.get(name) != b.get(name):
            yield name


@contextmanager
def _alone(home: Path, part: Part | None = None) -> Iterator[None]:
    """Hold the right to run a sweep, or one part of it, in a folder."""
    try:
        with locked(Paths.of(home / (f"sweep.{part.number}-{part.count}" if part else "sweep"))):
            yield
    except Busy as busy:
        raise UsageError(f"{home}: another sweep runs in this folder") from busy


def _there(config: RunConfig, path: Path, sha256: str) -> bool:
    paths = Paths.of(path)
    with suppress(RunError):
        if is_done(config, paths, sha256):
            paths.remove_checkpoints()  # which a worker left that was killed at the very end
            return True
    return False


def _warm(task: Task) -> None:
    """Compile kernels in this process, so that the workers find them on disk."""
    with suppress(UsageError, RunError):  # the point itself will report it
        job = prepare(task.config)
        config, method = job.leg(0)
        state = state_from(config, method, given(config, job.engine, None), None)
        clock = method.advance(state, config.schedule.at(0 if config.schedule.start < 0 else 1), 1)
        job.plan.observe(method.fields(state), clock, lambda key, message: None)


def _answers(hand: _Hand, workers: int, scheduler: str | None) -> Iterator[tuple[Point, Answer]]:
    tasks = hand.tasks()
    first = next(tasks, None)
    if first is None:
        return
    _warm(first)
    tasks = chain([first], tasks)
    made = run_on_cluster(tasks, scheduler, hand.stop) if scheduler else run_locally(tasks, workers, hand.stop)
    with closing(made):
        for task, answer in made:
            yield hand.out.pop(task.path), answer
