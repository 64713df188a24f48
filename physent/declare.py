"""Types for the declarations of engines and diagnostics: sections of a config, schedules, variables, boxes.

Nothing here depends on physics, files or the command line: ``config``, ``io`` and ``figures`` use these declarations.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeVar

import numpy as np
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    field_validator,
    model_serializer,
    model_validator,
)
from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

T = TypeVar("T")


LATER = "not written while it has its default, so that older configs keep their text and hash"


class Section(BaseModel):
    """A mapping of a config file: frozen, typed without coercion; unknown keys and non-finite numbers are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @model_serializer(mode="wrap")
    def _written(self, dump: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        """Plain data without keys marked `LATER` that have their default."""
        known = type(self).model_fields
        unset = {name for name, one in known.items() if LATER in one.metadata and getattr(self, name) == one.default}
        return {name: value for name, value in dump(self).items() if name not in unset}


def _whole(value: object) -> object:
    """Accept ``1e4`` as an integer: YAML reads it as a float."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Integer = Annotated[int, BeforeValidator(_whole)]
MOST = 1 << 53  # integers up to here are exact as float64
Count = Annotated[Integer, Field(ge=1, le=MOST)]
Index = Annotated[Integer, Field(ge=0, le=MOST)]
MOST_CELLS = 1 << 24  # of a table in memory
Cells = Annotated[Integer, Field(ge=1, le=MOST_CELLS)]
Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]
Items = Annotated[tuple[T, ...], Strict(False)]


def multiple(value: float, unit: float) -> int | None:
    """``value / unit`` if that is an integer to 1e-9, else None."""
    ratio = value / unit
    if not math.isfinite(ratio):
        return None
    nearest = round(ratio)
    return nearest if abs(ratio - nearest) <= 1e-9 * max(1.0, abs(ratio)) else None


@dataclass(frozen=True)
class Unit:
    """The unit of a number in a config, as metadata of its type: `length`, `time` ... are those of the engine.

    A number without one is pure: a count, a share, an exponent.
    """

    name: str


Length = Unit("length")
Time = Unit("time")
Speed = Unit("length/time")

DIVIDES = "divides the times of samples and of the protocol"
Step = Annotated[float, Field(gt=0), Time, DIVIDES]
"""A time step that divides `schedule.every` and every protocol time; checked for each parameter marked `DIVIDES`."""


def contradiction(key: str, message: str) -> PydanticCustomError:
    """The error for a Section's own validators: one line about ``key``, reported at that key's line."""
    return PydanticCustomError("contradiction", "{message}", {"key": key, "message": message})


@dataclass(frozen=True)
class Clock:
    """The clock of a run: the unlimited dimension of its file."""

    name: str
    units: str
    long_name: str
    dtype: Literal["float64", "int64"]


class TimeSchedule(Section):
    """Samples at 0, every, 2 every, ... until."""

    clock: ClassVar[Clock] = Clock("time", "1", "time, in the engine's own units", "float64")

    until: Annotated[Positive, Time] = Field(description="time at which the run ends; a multiple of `every`")
    every: Annotated[Positive, Time] = Field(description="time between two samples")

    @model_validator(mode="after")
    def _until_is_a_multiple(self) -> TimeSchedule:
        count = multiple(self.until, self.every)
        if not count:
            raise contradiction("until", f"found {self.until!r}, expected a multiple of every = {self.every!r}")
        if count >= MOST:
            raise contradiction("until", f"found {count:.1g} samples, expected at most {MOST:.1g}")
        return self

    @property
    def start(self) -> float:
        """Clock value of the initial state."""
        return 0.0

    @property
    def samples(self) -> int:
        """Number of samples, including that at the start."""
        count = multiple(self.until, self.every)
        assert count is not None
        return count + 1

    @property
    def end(self) -> tuple[str, float]:
        """The key that ends a run, and its value."""
        return "until", self.until

    def at(self, sample: int) -> float:
        """Clock value of one sample: exactly ``sample * every``, never a running sum."""
        return sample * self.every


class DrawSchedule(Section):
    """Draws of a sampler: ``burn_in`` unrecorded ones with negative index, then every ``thin``-th is recorded."""

    clock: ClassVar[Clock] = Clock("draw", "1", "index of the draw", "int64")

    draws: Count = Field(description="number of recorded draws")
    thin: Count = Field(default=1, description="sampler steps between recorded draws")
    burn_in: Annotated[Integer, Field(ge=0, le=MOST)] = Field(
        default=0, description="sampler steps before the first draw"
    )

    @model_validator(mode="after")
    def _can_be_counted(self) -> DrawSchedule:
        if self.draws * self.thin > MOST:
            raise contradiction(
                "draws", f"found {self.draws * self.thin:.3g} sampler steps, expected at most {MOST:.3g}"
            )
        return self

    @property
    def start(self) -> int:
        """Clock value of the initial state."""
        return -self.burn_in

    @property
    def samples(self) -> int:
        """Number of recorded draws."""
        return self.draws

    @property
    def end(self) -> tuple[str, int]:
        """The key that ends a run, and its value."""
        return "draws", self.draws

    def at(self, sample: int) -> int:
        """Clock value of one recorded draw."""
        return sample * self.thin


class FileInitial(Section):
    """Start from a frame of another run, or from fields in a netCDF file."""

    kind: Literal["file"]
    path: str = Field(
        min_length=1,
        description="netCDF file with the engine's state fields, relative to the working directory, also in a sweep: "
        "not to the config, nor to the sweep's folder",
    )
    sample: Integer = Field(default=-1, description="index of the frame, from 0; negative counts from the end")

    @field_validator("path")
    @classmethod
    def _no_null(cls, value: str) -> str:
        if "\0" in value:
            raise PydanticCustomError("path", "a path cannot hold a null character")
        return value


class StepSchedule(Section):
    """Samples after 0, every, 2 every, ... until steps of a map or an automaton."""

    clock: ClassVar[Clock] = Clock("step", "1", "number of steps", "int64")

    until: Count = Field(description="number of steps at which the run ends; a multiple of `every`")
    every: Count = Field(default=1, description="steps between two samples")

    @model_validator(mode="after")
    def _until_is_a_multiple(self) -> StepSchedule:
        if self.until % self.every:
            raise contradiction("until", f"found {self.until}, expected a multiple of every = {self.every}")
        return self

    @property
    def start(self) -> int:
        """Clock value of the initial state."""
        return 0

    @property
    def samples(self) -> int:
        """Number of samples, including that at the start."""
        return self.until // self.every + 1

    @property
    def end(self) -> tuple[str, int]:
        """The key that ends a run, and its value."""
        return "until", self.until

    def at(self, sample: int) -> int:
        """Clock value of one sample."""
        return sample * self.every


Schedule = TimeSchedule | DrawSchedule | StepSchedule


@dataclass(frozen=True)
class Variable:
    """One named array of a record, as it is written to the file.

    ``dims`` follow the clock: ``("replica",)`` for a scalar, ``("replica", "x")`` for a field,
    ``()`` for a number pooled over replicas. Fields are large: ``output.fields`` selects them, and they are rounded to
    ``output.dtype``. All other variables are always written, exactly.
    """

    name: str
    long_name: str
    units: str = "1"
    dims: tuple[str, ...] = ("replica",)
    dtype: Literal["float64", "float32", "int64", "int32", "int8"] = "float64"
    is_field: bool = False
    attrs: Mapping[str, str | float | int] = field(default_factory=dict)
    may_be_nan: bool = False  # or infinite; otherwise such a value ends the run


START_LACKS = "start_lacks_states"
"""Attribute of an entropy production, 1 if some states have the probability 0 at the start of the run."""


@dataclass(frozen=True)
class Coordinate:
    """A dimension of fixed length and its values, or more values along the dimension that ``of`` names."""

    name: str
    values: np.ndarray[Any, Any]
    long_name: str
    units: str = "1"
    of: str = ""

    @property
    def dim(self) -> str:
        """The dimension that it runs along."""
        return self.of or self.name


@dataclass(frozen=True)
class Box:
    """The space that contains positions: each axis runs from `lower`, or 0, over its length; and the size of bodies.

    An axis without a length is unbounded, with the origin in the middle.
    """

    lengths: tuple[float | None, ...]  # None: unbounded along this axis
    periodic: tuple[bool, ...]
    diameter: float = 0.0  # of hard bodies; 0 for points
    lower: tuple[float, ...] = ()  # where each axis starts; empty: at 0

    @classmethod
    def cube(cls, length: float | None, axes: int, *, periodic: bool = True, diameter: float = 0.0) -> Box:
        """Equal edges; unbounded space for a length of None."""
        return cls((length,) * axes, (periodic and length is not None,) * axes, diameter)

    @property
    def axes(self) -> int:
        """Dimension of space."""
        return len(self.lengths)

    @property
    def starts(self) -> tuple[float, ...]:
        """Where each axis starts."""
        return self.lower or (0.0,) * self.axes

    @property
    def side(self) -> float | None:
        """The edge of a square or cube; None in unbounded space, or if edges differ."""
        return self.lengths[0] if len(set(self.lengths)) == 1 else None

    @property
    def is_periodic(self) -> bool:
        """Whether every axis is periodic."""
        return all(self.periodic)

    @property
    def has_walls(self) -> bool:
        """Whether an axis ends at walls."""
        return any(length is not None and not loop for length, loop in zip(self.lengths, self.periodic, strict=True))


@dataclass(frozen=True)
class Movie:
    """An engine's animation of a run: a figure, the number of frames, and the function that draws one frame."""

    figure: Figure
    frames: int
    draw: Callable[[int], None]


@dataclass(frozen=True)
class Problem:
    """A contradiction (error) or a warning at a path of a config, ``("parameters", "step")``."""

    path: tuple[str | int, ...]
    message: str
    is_warning: bool = False


class Absent(AttributeError):
    """A check reads a section of the config that is itself invalid."""


def each(config: T, *checks: Callable[[T], Iterator[Problem]]) -> Iterator[Problem]:
    """Problems of independent checks; a check that reads an invalid section ends there, the others go on."""
    for check in checks:
        try:
            yield from check(config)
        except Absent:
            continue


def indivisible(config: Any) -> Iterator[Problem]:
    """Parameters marked `DIVIDES` that do not divide the times of samples or of the protocol; null is skipped."""
    for name, declared in type(config.parameters).model_fields.items():
        step, path = getattr(config.parameters, name), ("parameters", name)
        if step is None or DIVIDES not in declared.metadata:
            continue
        every = config.schedule.every
        count = multiple(every, step)
        if not count:
            yield Problem(path, f"found {step}, expected a divisor of schedule.every = {every}")
        elif abs(drift := count * step / every - 1.0) > 1e-13:
            message = f"{count} steps of {step} miss schedule.every by {drift:.1e} of it; write more digits"
            yield Problem(path, message, is_warning=True)
        for event in config.protocol:
            if event.at and not multiple(event.at, step):
                yield Problem(path, f"found {step}, expected a divisor of the protocol time {event.at}")
