"""Sweeps: every point of the `sweep:` block of a config is a run with a file of its own, gathered into one.

The name of a point's file is the hash of its config, so that a point which is finished is never run again, and a sweep
that grows keeps what it has. All files lie in one folder:

    DIR/sweep.yaml         the config of the sweep
    DIR/points/HASH.nc     one finished run a point
    DIR/sweep.nc           scalars of all points, with the swept parameters as dimensions (`physent.sweeps.gather`)
"""

from __future__ import annotations

import itertools
import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from physent import engines, host
from physent.config.load import RunConfig, Source, load_config
from physent.config.model import MOST_POINTS
from physent.errors import ConfigError, Interrupted, RunError, UsageError, reason
from physent.io.given import given, state_from
from physent.io.reader import open_run
from physent.runs.job import prepare
from physent.runs.signals import Stop, stop_flag
from physent.sweeps.gather import Axis, Point, axes_of, gather
from physent.sweeps.pool import Task, run_locally, run_on_cluster
from physent.sweeps.worker import is_done

if TYPE_CHECKING:
    import xarray as xr

logger = logging.getLogger(__name__)

PathLike = str | os.PathLike[str]
Report = Callable[[str, int, int], None]

SWEEP_FILE = "sweep.nc"
CONFIG_FILE = "sweep.yaml"
POINTS = "points"
MOST_LINES = 20  # of points that are invalid


@dataclass(frozen=True)
class Sweep:
    """What a sweep did."""

    path: Path
    points: int
    made: int  # in this call; the others were there
    failures: tuple[str, ...]  # one line a point that failed


def sweep(
    source: Source,
    folder: PathLike,
    *,
    set: Mapping[str, Any] | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    report: Report | None = None,
) -> xr.Dataset:
    """Run every point of a config's `sweep:` and open what was gathered; as `physent sweep`.

    ``workers`` processes of this machine (default: one a usable processor), or those of the Dask ``scheduler``.
    Finished points are left as they are. Raises ConfigError and UsageError before any work, RunError at the end where
    points failed (the others are gathered), Interrupted on Ctrl-C (states saved: call it again to go on).
    """
    done = run_sweep(load_config(source, set or {}), folder, workers=workers, scheduler=scheduler, report=report)
    if done.failures:
        raise RunError(f"{len(done.failures)} of {done.points} points failed: {done.failures[0]}")
    return open_sweep(folder)


def open_sweep(folder: PathLike) -> xr.Dataset:
    """Dataset of a sweep, with the swept parameters as dimensions beside `replica` and those of the runs."""
    path = Path(folder) / SWEEP_FILE
    if not path.exists():
        raise UsageError(f"{path}: no such file, expected the folder of a sweep that was run by `physent sweep`")
    return open_run(path)


def points_of(config: RunConfig) -> Iterator[Point]:
    """The points of a sweep, the last axis fastest; at the end ConfigError for all values that do not go together."""
    axes, lines = config.axes(), list[str]()
    plain = {**config.plain(), "sweep": {}}
    plain["output"] = {**plain["output"], "path": None}
    for index in itertools.product(*(range(len(values)) for values in axes.values())):
        values = {path: choices[at] for (path, choices), at in zip(axes.items(), index, strict=True)}
        try:
            one = load_config(plain, values)
        except ConfigError as error:
            lines += [f"sweep, {label(values)}: {line}" for line in error.lines]
        else:
            yield Point(index, values, one)
    if lines:
        more = [f"sweep: {len(lines) - MOST_LINES} more of the kind"] if len(lines) > MOST_LINES else []
        raise ConfigError([*lines[:MOST_LINES], *more])


def label(values: Mapping[str, Any]) -> str:
    """A point as a user names it."""
    return ", ".join(f"{path.rpartition('.')[2]} = {json.dumps(value)}" for path, value in values.items())


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
    axes = axes_of(config)
    points = list(checked(config))
    home = _folder(Path(folder), config)
    missing = [point for point in points if not _there(point, home)]
    by_path = {str(point.path(home)): point for point in missing}
    tasks = [Task(point.config.plain(), path) for path, point in by_path.items()]
    failed: dict[tuple[int, ...], str] = {}
    ended = 0
    with stop_flag() as stop:
        if tasks:
            _warm(missing[0].config)
        for task, answer in _answers(tasks, workers or host.processors(), scheduler, stop):
            point = by_path[task.path]
            if answer["interrupted"]:
                continue
            ended += 1
            if answer["error"]:
                failed[point.index] = answer["error"]
                logger.warning("point %s failed: %s", label(point.values), answer["error"])
            if report:
                report(label(point.values), len(points) - len(missing) + ended - 1, len(points))
    if stop.requested and ended < len(missing):
        done = len(points) - len(missing) + ended
        raise Interrupted(f"interrupted with {done} of {len(points)} points done, states saved; run it again to go on")
    gather(config, axes, points, failed, home, home / SWEEP_FILE)
    lines = tuple(f"{label(point.values)}: {failed[point.index]}" for point in points if point.index in failed)
    return Sweep(Path(folder) / SWEEP_FILE, len(points), ended - len(failed), lines)


def checked(config: RunConfig) -> Iterator[Point]:
    """The points, all of them valid and not too large."""
    axes: list[Axis] = axes_of(config)
    if not axes:
        raise ConfigError(["sweep: found nothing, expected values by dotted path, such as {seed: [1, 2]}"])
    count = 1
    for axis in axes:
        count *= len(axis.values)
    if count > MOST_POINTS:
        raise ConfigError([f"sweep: found {count} points, expected at most {MOST_POINTS}"])
    largest = 0
    for point in points_of(config):
        needed = engines.get(point.config.engine).state_bytes(point.config)
        if needed > largest:
            largest = needed
            prepare(point.config).refuse_too_large()
        yield point


def _folder(home: Path, config: RunConfig) -> Path:
    """The folder of the sweep with its config in it; UsageError where it cannot be used."""
    try:
        (home / POINTS).mkdir(parents=True, exist_ok=True)
        (home / CONFIG_FILE).write_text(config.to_yaml(), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{home}: cannot be used as the folder of a sweep: {reason(error)}") from None
    return home.resolve()


def _there(point: Point, home: Path) -> bool:
    with suppress(RunError):
        return is_done(point.config, point.path(home))
    return False


def _warm(config: RunConfig) -> None:
    """Compile in this process what the workers will then find on disk."""
    with suppress(UsageError, RunError):  # the point itself will say so
        job = prepare(config)
        _, method = job.leg(0)
        state = state_from(config, method, given(config, job.engine, None), None)
        clock = method.advance(state, config.schedule.at(0 if config.schedule.start < 0 else 1), 1)
        job.plan.observe(method.fields(state), clock, lambda key, message: None)


def _answers(tasks: list[Task], workers: int, scheduler: str | None, stop: Stop) -> Iterator[tuple[Task, Any]]:
    if not tasks:
        return iter(())
    if scheduler is not None:
        return run_on_cluster(tasks, scheduler, stop)
    return run_locally(tasks, workers, stop)
