"""The points of a sweep: axes, combinations of values, and the name of each point's file."""

from __future__ import annotations

import itertools
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from physent import engines
from physent.config.axes import MOST_POINTS, Setting, Zip
from physent.config.load import RunConfig, load
from physent.config.model import model_of
from physent.config.paths import put, split
from physent.config.problems import MOST_IN_FULL
from physent.errors import ConfigError
from physent.runs.job import prepare

RUN_VARIABLES = {
    "run_file": "file of the point, relative to the folder of the sweep",
    "run_error": "why the point failed; empty if it did not",
    "run_warnings": "warnings of the point's run",
}
FOLDER = "points"
MOST_LINES = 20  # about invalid points

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """One swept parameter: its values along an axis."""

    path: str
    name: str
    values: tuple[Any, ...]

    @property
    def coordinate(self) -> np.ndarray[Any, Any]:
        """The values as numbers, or as text if they are not all numbers."""
        if all(isinstance(value, int) and not isinstance(value, bool) for value in self.values):
            return np.array(self.values, np.int64 if max(map(abs, self.values)) < 1 << 63 else np.float64)
        if all(isinstance(value, int | float) and not isinstance(value, bool) for value in self.values):
            return np.array(self.values, np.float64)
        return np.array([v if isinstance(v, str) else json.dumps(v) for v in self.values], object)


@dataclass(frozen=True)
class Axis:
    """A dimension of the sweep: one swept parameter of the same name, or several that change together."""

    name: str
    columns: tuple[Column, ...]

    @property
    def size(self) -> int:
        """Number of steps."""
        return len(self.columns[0].values)


@dataclass(frozen=True)
class Point:
    """One run of a sweep; its config is made on demand, because a sweep may have very many."""

    index: tuple[int, ...]
    values: Values
    base: Values = field(repr=False)  # config of the sweep as plain data, shared by all points

    @property
    def config(self) -> RunConfig:
        """Its config, known to be valid after `checked`."""
        return _valid(self.base, self.values)

    @cached_property
    def sha256(self) -> str:
        """Hash of its config."""
        return self.config.sha256

    def path(self, home: Path) -> Path:
        """Its file, named only by the hash of its config."""
        return home / FOLDER / f"{self.sha256[:16]}.nc"

    def __str__(self) -> str:
        return label(self.values)


def label(values: Values) -> str:
    """Swept values as text for messages."""
    return ", ".join(f"{path.rpartition('.')[2]} = {json.dumps(value)}" for path, value in values.items())


def axes_of(config: RunConfig) -> list[Axis]:
    """The axes of a sweep. A swept parameter is named by the last part of its path, or by the whole path if two names
    would collide; ConfigError if the name of several that change together collides.
    """
    engine = engines.get(config.engine)
    taken = {config.schedule.clock.name, "replica", *(v.name for v in engine.variables(config)), *RUN_VARIABLES}
    taken |= {c.name for c in engine.coordinates(config)}
    axes = config.axes()
    zipped = {key for key, axis in config.sweep.items() if isinstance(axis, Zip)}
    if bad := sorted(zipped & taken):
        raise ConfigError([f"sweep.{name}: a variable of the run has this name, expected another" for name in bad])
    leaves = Counter(path.rpartition(".")[2] for steps in axes.values() for path in steps[0])

    def named(path: str) -> str:
        leaf = path.rpartition(".")[2]
        return path if leaves[leaf] > 1 or leaf in taken | zipped else leaf

    return [
        Axis(
            key if key in zipped else named(key),
            tuple(Column(path, named(path), tuple(step[path] for step in steps)) for path in steps[0]),
        )
        for key, steps in axes.items()
    ]


def points_of(config: RunConfig) -> Iterator[Point]:
    """The points of a sweep, the last axis fastest; `checked` decides whether they are valid."""
    base = _base(config).plain()
    for choices in itertools.product(*map(enumerate, config.axes().values())):
        yield Point(tuple(at for at, _ in choices), _together(step for _, step in choices), base)


def _together(steps: Iterable[Setting]) -> Values:
    """The values of one step of each axis."""
    return {path: value for step in steps for path, value in step.items()}


def checked(config: RunConfig) -> list[Point]:
    """The points, checked before any work: ConfigError if there are none, too many, or invalid ones, with the errors of
    the whole grid counted; UsageError if the largest exceeds the memory of this machine.

    Up to `MOST_IN_FULL` combinations are checked in full. With more, diagnostics and later legs of the protocol are
    checked only when a point runs, which then fails by itself.
    """
    axes = config.axes()
    if not axes:
        raise ConfigError(["sweep: found nothing, expected values by dotted path, such as {seed: [1, 2]}"])
    count = math.prod(len(values) for values in axes.values())
    if count > MOST_POINTS:
        raise ConfigError([f"sweep: found {count} points, expected at most {MOST_POINTS}"])
    axes.pop("seed", None)  # one valid seed is as good as another
    examined = len(axes) == 1 and all(isinstance(config.sweep[key], tuple) for key in axes)
    _refuse_impossible(_base(config), axes, examined=examined)
    return list(points_of(config))


def _refuse_impossible(base: RunConfig, axes: Mapping[str, tuple[Setting, ...]], *, examined: bool) -> None:
    """``examined``: each combination was already checked when the sweep was loaded."""
    in_full = math.prod(len(values) for values in axes.values()) <= MOST_IN_FULL
    engine, plain = engines.get(base.engine), base.plain()
    lines: list[str] = []
    most, largest = -1, None
    untold = 0
    for choice in itertools.product(*axes.values()):
        values = _together(choice)
        try:
            config = _valid(plain, values) if examined else load(base, values, in_full=in_full).config
        except ConfigError as error:
            room = MOST_LINES - len(lines)
            lines += [f"sweep, {label(values)}: {line}" for line in error.lines[:room]]
            untold += len(error.lines[room:])
            continue
        needed = engine.state_bytes(config)
        if needed > most:
            most, largest = needed, values
    if lines:
        raise ConfigError([*lines, f"sweep: {untold} more problems"] if untold else lines)
    prepare(base, largest or {}).refuse_too_large()


def _valid(base: Values, values: Values) -> RunConfig:
    """Config of a point known to be valid."""
    data = dict(base)
    for path, value in values.items():
        data = put(data, split(path), value)
    return model_of(data["engine"]).model_validate(data)


def _base(config: RunConfig) -> RunConfig:
    """The config common to all points."""
    return config.model_copy(update={"sweep": {}, "output": config.output.model_copy(update={"path": None})})
