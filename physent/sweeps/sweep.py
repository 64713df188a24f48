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
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from physent import host
from physent.config import yaml
from physent.config.load import RunConfig, Source, load_config
from physent.config.paths import PathError, put, split
from physent.errors import Busy, ConfigError, Interrupted, RunError, UsageError, reason
from physent.io.files import Paths, locked, replacing
from physent.io.given import given, state_from
from physent.io.reader import attributes_of, open_run
from physent.runs.job import prepare
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

    path: Path
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
) -> xr.Dataset:
    """Run every point of a config's `sweep:` and open the gathered file; as `physent sweep`.

    Uses ``workers`` processes of this machine (default: one per usable processor), or those of the Dask ``scheduler``.
    Finished points are kept. Raises ConfigError and UsageError before any work, RunError at the end if
    points failed (the others are gathered), Interrupted on Ctrl-C (states are saved: call it again to continue).
    """
    done = run_sweep(load_config(source, set or {}), folder, workers=workers, scheduler=scheduler, report=report)
    if done.failures:
        raise RunError(f"{len(done.failures)} of {done.points} points failed: {done.failures[0]}")
    return open_sweep(folder)


def open_sweep(folder: PathLike) -> xr.Dataset:
    """Dataset of a sweep, with the swept parameters as dimensions besides `replica` and those of the runs."""
    path = Path(folder) / SWEEP_FILE
    if not path.exists():
        raise UsageError(f"{path}: no such file, expected the folder of a sweep run by `physent sweep`")
    return open_run(path)


def run_sweep(
    config: RunConfig,
    folder: PathLike,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    report: Report | None = None,
) -> Sweep:
    """As `sweep`, but failures are returned, and the gathered file is not opened."""
    if workers is not None and workers < 1:
        raise UsageError(f"workers is {workers}, expected at least 1")
    axes, points = axes_of(config), checked(config)
    home = _folder(Path(folder), config)
    failed: dict[tuple[int, ...], str] = {}
    with _alone(home), stop_flag() as stop:
        hand = _Hand(points, home, stop)
        for point, answer in _answers(hand, min(workers or host.processors(), len(points)), scheduler):
            if answer["interrupted"]:
                continue
            hand.ended += 1
            if answer["error"]:
                failed[point.index] = answer["error"]
                logger.warning("point %s failed: %s", point, answer["error"])
            if report:
                report(str(point), hand.done - 1, len(points))
        if stop.requested and hand.done < len(points):
            raise Interrupted(
                f"interrupted with {hand.done} of {len(points)} points done, states saved; run it again to continue"
            )
        gather(config, axes, points, failed, home, home / SWEEP_FILE)
    lines = tuple(f"{point}: {failed[point.index]}" for point in points if point.index in failed)
    return Sweep(Path(folder) / SWEEP_FILE, len(points), hand.ended - len(failed), lines)


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
            yield Task(config.plain(), str(path))


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
        with replacing(stored) as partial:
            partial.write_text(HEAD + config.to_yaml(), encoding="utf-8")
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
    for path in (*one.sweep, *other.sweep):
        with suppress(PathError):
            a, b = put(a, split(path), None), put(b, split(path), None)
    for name in {*a, *b} - {"sweep", "output", "checkpoint"}:
        if a.get(name) != b.get(name):
            yield name


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Hold the right to run a sweep in a folder."""
    try:
        with locked(Paths.of(home / "sweep")):
            yield
    except Busy as busy:
        raise UsageError(f"{home}: another sweep runs in this folder") from busy


def _there(config: RunConfig, path: Path, sha256: str) -> bool:
    with suppress(RunError):
        return is_done(config, Paths.of(path), sha256)
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
