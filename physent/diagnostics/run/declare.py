"""What a kind of diagnostic declares, and what it can see of the run that it measures.

A diagnostic sees records and series of named observables, never the state of an engine, so that it gives the same bits
during a run and afterwards from the file. This module is imported with every config, and imports no compiled code.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, TypeVar

import numpy as np
from numpy.typing import ArrayLike
from pydantic import AfterValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from physent.declare import Box, Coordinate, Items, Problem, Section, Unit, Variable
from physent.typing import Array

if TYPE_CHECKING:
    import xarray as xr

T = TypeVar("T")
Record = Mapping[str, Array]
Omitted = Literal["windows", "particles"]
Scales = Mapping[str, Array]

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")]


def _not_empty(value: tuple[T, ...]) -> tuple[T, ...]:
    if not value:  # min_length would also complain when every item is itself invalid
        raise PydanticCustomError("empty", "found an empty list, expected at least one item")
    return value


Some = Annotated[Items[T], AfterValidator(_not_empty)]
OneOrMany = Annotated[
    Annotated[T, Tag("one")] | Annotated[Some[T], Tag("many")],
    Discriminator(lambda value: "many" if isinstance(value, list | tuple) else "one"),
]

_MEASURE = re.compile(r"shannon|renyi_(inf|\d+(\.\d+)?)|tsallis_\d+(\.\d+)?")


def is_measure(name: str) -> bool:
    """Whether a name is that of an entropy of probabilities for `measures.measure_named`."""
    return _MEASURE.fullmatch(name) is not None


def _known_measure(name: str) -> str:
    if not is_measure(name):
        raise PydanticCustomError(
            "measure", "expected shannon, renyi_Q or tsallis_Q with a number Q >= 0, such as renyi_2, or renyi_inf"
        )
    return name


MeasureName = Annotated[str, AfterValidator(_known_measure)]

BLOCK_BYTES = 16 << 20
DATA = "the `data:` block"  # the owner of variables of anyone's data


@dataclass(frozen=True)
class Context:
    """A run, as diagnostics see it."""

    variables: Mapping[str, Variable]  # observables: of the engine, and of the diagnostics before this one
    coordinates: Mapping[str, Array]  # values along every dimension but the clock
    clock: str
    samples: int
    box: Box | None = None  # that positions lie in
    scales: Scales = field(default_factory=dict)  # of the model, at the time of the record: temperature, reach ...
    legs: tuple[tuple[float, Scales], ...] = ()  # times at which a protocol changes them, and what they are from then
    dtype: str = "float64"  # of stored fields
    missing: Mapping[str, str] = field(default_factory=dict)  # what the file lacks at some sample, and why
    absent: Mapping[str, str] = field(default_factory=dict)  # what the run cannot record, and why
    reserved: frozenset[str] = frozenset()  # names that are taken in the file
    first: Record = field(default_factory=dict)  # what `origin` names, at the first sample
    owner: str = "the engine"  # of the variables, as messages name it
    since: str = ""  # date at which a clock in seconds is 0; empty if there is none
    omitted: tuple[Omitted, ...] | None = None  # what is left out if values are missing; None: none can be

    def moment(self, at: float) -> str:
        """A value of the clock as messages name it: a date if the data have dates."""
        if not self.since:
            return f"{self.clock} = {at:.6g}"
        date = np.datetime64(self.since, "ns") + np.timedelta64(round(at * 1e9), "ns")
        text = np.datetime_as_string(date, "ns").rstrip("0").rstrip(".").replace("T", " ")
        return f"{self.clock} = {text}"

    @property
    def missing_samples(self) -> Literal["refuse", "omit windows"]:
        """What functions of windows do with missing samples."""
        return "omit windows" if "windows" in (self.omitted or ()) else "refuse"

    @property
    def replicas(self) -> int:
        """Number of replicas."""
        return len(self.coordinates["replica"])

    def scales_at(self, at: float) -> Scales:
        """Scales of the leg of the protocol in which a sample at the clock value ``at`` lies.

        A sample within rounding of a change is taken before it.
        """
        now = self.scales
        for start, scales in self.legs:
            if start < at and not math.isclose(start, at):
                now = scales
        return now

    def shape(self, variable: Variable) -> tuple[int, ...]:
        """Shape of one record of a variable, or of one that has no clock."""
        return tuple(len(self.coordinates[dim]) for dim in variable.dims)

    def after(self, one: Diagnostic) -> Context:
        """The same with the dimensions and variables of a diagnostic."""
        new = replace(self, coordinates={**self.coordinates, **{c.name: c.values for c in one.coordinates(self)}})
        made = {v.name: v for v in one.variables(new)}
        missing = {name: why for name, why in self.missing.items() if name not in made}
        return replace(new, variables={**self.variables, **made}, missing=missing)


class Diagnostic(Section):
    """One entry of a `diagnostics:` list; its subclasses are the kinds.

    A kind has `kind` (a Literal, with its default) and `name`, the prefix of its variables; whatever else it declares
    are its options. `observe` gives one record per sample, and sees only that sample and the `origin`; `finish` gives
    what is known only at the end, from the stored series, and is called again whenever a run is resumed, extended or
    analysed. All numbers are float64; for one that does not exist a kind raises `RunError`, and NaN is stored with a
    warning. A result with the dimension `replica` depends on its own replica only.
    """

    rounds: ClassVar[bool] = False  # whether it counts in cells, and sees fields rounded as they are stored

    in_nats: ClassVar[bool] = False  # whether variables may have the attribute base: nats; their errors are NAME_se

    scaled: ClassVar[Mapping[str, str]] = {}  # scales of the model that it uses, and what they are

    kind: str
    name: Name

    def chosen(self, context: Context) -> Diagnostic:
        """The same diagnostic with its open choices made, such as which of two fields a run has; called first."""
        return self

    def sources(self) -> tuple[str, ...]:
        """Observables that `observe` reads."""
        return ()

    def series(self) -> tuple[str, ...]:
        """Observables of which `finish` reads every sample."""
        return ()

    def origin(self) -> tuple[str, ...]:
        """Sources and own variables whose values at the first sample `observe` finds in ``context.first``.

        At the first sample itself the sources are there, the own variables not yet.
        """
        return ()

    def problems(self, context: Context) -> Iterator[Problem]:
        """Contradictions and doubts, by path inside the entry; called if the run has all that it reads."""
        yield from ()

    def variables(self, context: Context) -> tuple[Variable, ...]:
        """What `observe` returns."""
        return ()

    def results(self, context: Context) -> tuple[Variable, ...]:
        """What `finish` returns; their dims are without the clock."""
        return ()

    def coordinates(self, context: Context) -> tuple[Coordinate, ...]:
        """Dimensions that the engine does not have."""
        return ()

    def observe(self, record: Record, context: Context) -> Mapping[str, ArrayLike]:
        """Values of `variables` at one sample; the arrays of ``record`` are contiguous and cannot be written to."""
        return {}

    def finish(self, history: xr.Dataset, context: Context) -> Mapping[str, ArrayLike]:
        """Values of `results`; ``history`` holds the observables and what `observe` gave, and is read lazily."""
        return {}

    def marks(self, results: Record) -> Mapping[str, str]:
        """Attributes of the whole file that follow from values of `results`, such as `unmixed`."""
        return {}


def named(of: str | tuple[str, ...]) -> tuple[str, ...]:
    """The names in an option that holds one or many."""
    return (of,) if isinstance(of, str) else of


def in_blocks(array: xr.DataArray, clock: str) -> Iterator[tuple[int, Array]]:
    """A series in blocks of samples, clock first: (index of the first sample, values)."""
    series = array.transpose(clock, ...)
    record = max(1, series[:1].nbytes)
    step = max(1, BLOCK_BYTES // record)
    for start in range(0, series.sizes[clock], step):
        yield start, series[start : start + step].values


After = Annotated[float, Unit("of the clock")] | None


def later(history: xr.Dataset, clock: str, after: float | None) -> xr.Dataset:
    """The samples that count: those later than ``after``, or all."""
    return history if after is None else history.isel({clock: np.asarray(history[clock].values) > after})


def each_series(array: xr.DataArray, clock: str) -> Iterator[tuple[tuple[int, ...], Array]]:
    """Every one-dimensional series along the clock by its index, from blocks along the largest other dimension."""
    others = [str(dim) for dim in array.dims if dim != clock]
    if not others:
        yield (), np.ascontiguousarray(array.values)
        return
    cut = max(others, key=lambda dim: array.sizes[dim])
    axis = others.index(cut)
    step = max(1, BLOCK_BYTES * array.sizes[cut] // max(1, array.nbytes))
    for start in range(0, array.sizes[cut], step):
        part = array.isel({cut: slice(start, start + step)}).transpose(*others, clock).values
        for index in np.ndindex(part.shape[:-1]):
            whole = (*index[:axis], index[axis] + start, *index[axis + 1 :])
            yield whole, np.ascontiguousarray(part[index])
