"""The plan for data of one's own: which of their variables and dimensions is what, the geometry, and the diagnostics.

data:
  position: {variables: [x, y, z], dims: {time: t, particle: individual}, units: m}
box: {lengths: [10, 10, null], periodic: [true, true, false]}
diagnostics:
  - {kind: school_entropies}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, Literal, Union

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError, create_model, model_validator

from physent.config.load import PlanSource, Written, written_plan
from physent.config.messages import problems_of
from physent.config.model import diagnostic_kinds, standard
from physent.config.paths import dotted
from physent.config.problems import unfit
from physent.declare import Box, Items, NonNegative, Positive, Problem, Section, contradiction
from physent.diagnostics.run.checks import problems as contradictions
from physent.diagnostics.run.declare import Context, Name, Omitted, Some
from physent.diagnostics.run.gaps import omitted
from physent.errors import nearest

Missing = Literal["refuse", "omit windows", "omit particles"]
CLOCKS = ("time", "draw", "step")


def _one_or_many(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _numbers(value: object) -> object:
    return (value,) if isinstance(value, int | float) else value


def _in_full(value: object) -> object:
    """`psi: field` and `position: [x, y]` are short for mappings with `variables`."""
    return {"variables": value} if isinstance(value, str | list | tuple) else value


class Source(Section):
    """Where an observable is in the data."""

    variables: Annotated[Some[str], BeforeValidator(_one_or_many)] = Field(
        description="variable or column of the data, or a list of them: the components along `axis`"
    )
    dims: dict[Name, str] = Field(
        default={}, description="dimension (or column) of the data for each of ours: {time: t, particle: individual}"
    )
    units: str | None = Field(default=None, description="units; null: those that the data state")
    fill: Annotated[Items[float], BeforeValidator(_numbers)] = Field(
        default=(), description="number or numbers that stand for missing values, such as -999"
    )

    @model_validator(mode="after")
    def _one_clock(self) -> Source:
        clocks = [name for name in self.dims if name in CLOCKS]
        if len(clocks) > 1:
            raise contradiction("dims", f"found {' and '.join(clocks)}, expected one clock")
        twice = [name for name in self.dims.values() if list(self.dims.values()).count(name) > 1]
        if twice:
            raise contradiction("dims", f"found {twice[0]} twice, expected another dimension for each")
        return self


class Geometry(Section):
    """The space that positions lie in: each axis runs from `lower` to `upper`, or over its length."""

    lengths: Some[Positive | None] | None = Field(default=None, description="edge along each axis; null: unbounded")
    lower: Some[float] | None = Field(default=None, description="where each axis starts; null: at 0")
    upper: Some[float | None] | None = Field(
        default=None, description="where each axis ends, in place of `lengths`; null: unbounded"
    )
    periodic: Items[bool] | bool = Field(default=False, description="whether an axis is periodic: one for all, or each")
    diameter: NonNegative = Field(default=0.0, description="of hard bodies; 0 for points")

    @model_validator(mode="after")
    def _as_many(self) -> Geometry:
        if (self.lengths is None) == (self.upper is None):
            found = "neither" if self.lengths is None else "both"
            raise contradiction("lengths", f"found {found} of lengths and upper, expected one of them")
        ends = self.lengths or self.upper or ()
        for key, value in (("periodic", self.periodic), ("lower", self.lower)):
            if isinstance(value, tuple) and len(value) != len(ends):
                raise contradiction(key, f"found {len(value)} entries, expected one for each of the {len(ends)} axes")
        if any(length is not None and length <= 0 for length in self.edges):
            raise contradiction("upper", f"found {list(ends)} with lower {list(self.starts)}, expected lower < upper")
        if any(loop and length is None for length, loop in zip(self.edges, self.loops, strict=True)):
            raise contradiction("periodic", "found true for an axis without a length, expected false")
        return self

    @property
    def edges(self) -> tuple[float | None, ...]:
        """Length of each axis; None: unbounded."""
        if self.lengths is not None:
            return tuple(self.lengths)
        return tuple(
            None if end is None else end - start for start, end in zip(self.starts, self.upper or (), strict=True)
        )

    @property
    def starts(self) -> tuple[float, ...]:
        """Where each axis starts."""
        return self.lower or (0.0,) * len(self.lengths or self.upper or ())

    @property
    def loops(self) -> tuple[bool, ...]:
        """Whether each axis is periodic."""
        return self.periodic if isinstance(self.periodic, tuple) else (self.periodic,) * len(self.edges)

    @property
    def box(self) -> Box:
        """The same for diagnostics."""
        return Box(self.edges, self.loops, self.diameter, self.starts if any(self.starts) else ())


class Resampling(Section):
    """Values at equal steps of time, by linear interpolation of each series over its own values."""

    every: Positive = Field(description="time between two samples; seconds if the data have dates")
    gap: Positive | None = Field(
        default=None,
        description="longest time between two values of a series that is interpolated, longer ones stay missing; null: "
        "three times the median of an observable, or `every` if that is longer",
    )


class OwnData(Section):
    """A plan with a `data:` block."""

    data: dict[Name, Annotated[Source, BeforeValidator(_in_full)]] = Field(
        description="where each observable is in the data, by its name here"
    )
    box: Geometry | None = Field(default=None, description="the space; null: unbounded")
    scales: dict[Name, Positive] = Field(
        default={}, description="scales of the system that diagnostics may use: temperature, reach"
    )
    resample: Resampling | None = Field(default=None, description="equal steps of time; null: samples as they are")
    missing: Annotated[Some[Missing], BeforeValidator(_one_or_many)] = Field(
        default=("refuse",),
        description="missing values: refuse (NaN is stored); omit windows of a series that hold one; omit particles "
        "without a value from a sample; or a list of both",
    )
    diagnostics: Any = Field(description="the measurements")

    @model_validator(mode="after")
    def _refuse_or_omit(self) -> OwnData:
        if "refuse" in self.missing and len(self.missing) > 1:
            raise contradiction("missing", "found refuse beside others, expected refuse, or what to omit")
        return self

    @property
    def omitted(self) -> tuple[Omitted, ...]:
        """What is left out if values are missing."""
        return omitted(self.missing)

    def mapped_elsewhere(self, name: str, here: Sequence[str]) -> dict[str, tuple[str, str]]:
        """The dimensions ``here`` of an entry that it does not map and another does: ours: (theirs, the other)."""
        found: dict[str, tuple[str, str]] = {}
        own = self.data[name].dims
        for other, entry in self.data.items():
            for ours, theirs in entry.dims.items():
                same = CLOCKS if ours in CLOCKS else (ours,)
                mapped = {*own.values(), *(one for one, _ in found.values())}
                if theirs in here and theirs not in mapped and not {*same} & {*own, *found, *here}:
                    found[ours] = (theirs, other)
        return found


@lru_cache(maxsize=8)
def _model(kinds: tuple[tuple[str, type[Section]], ...]) -> type[OwnData]:
    entry: Any = Annotated[Union[tuple(section for _, section in kinds)], Field(discriminator="kind")]  # noqa: UP007
    return create_model("own_data", __base__=OwnData, diagnostics=(Some[entry], Field(description="the measurements")))


def model() -> type[OwnData]:
    """The model of a plan with a `data:` block, with the kinds of diagnostics that there are."""
    return _model(tuple(sorted(diagnostic_kinds().items())))


def own_data(source: PlanSource) -> tuple[Written, OwnData] | None:
    """A plan as it is written and as it is read; None if it has no `data:`, so that it is for a run.

    Raises ConfigError with all problems at once, one line each.
    """
    here = written_plan(source)
    if "data" not in here.data:
        misspelt = [key for key in here.data if nearest(key, OwnData.model_fields) == "data"]
        if misspelt:
            here.report((misspelt[0],), "unknown key; did you mean data?")
            here.refuse()
        return None
    problems = list(unfit(here.data, ()))
    reported = {problem.path for problem in problems}
    try:
        found = model().model_validate(here.data)
    except ValidationError as error:
        problems += [one for one in problems_of(error, model()) if one.path not in reported]
    for problem in problems:
        here.report(problem.path, problem.message)
    here.refuse()
    return here, found


def checked(here: Written, plan: OwnData, context: Context) -> tuple[str, ...]:
    """Warnings about the diagnostics of a plan for the data that ``context`` describes; raises ConfigError."""
    doubtful = []
    for problem in _of_diagnostics(plan, context):
        if problem.is_warning:
            doubtful.append(f"{dotted(problem.path)}: {problem.message}")
        else:
            here.report(problem.path, problem.message)
    here.refuse()
    return tuple(doubtful)


def _of_diagnostics(plan: OwnData, context: Context) -> Iterator[Problem]:
    for one in contradictions(plan.diagnostics, context, from_file=True):
        yield Problem(("diagnostics", *one.path), one.message, one.is_warning)


def short(plan: OwnData) -> Mapping[str, Any]:
    """The plan as plain data, without what is as usual."""
    whole = plan.model_dump(mode="json", exclude_defaults=True)
    return {**whole, "diagnostics": plan.model_dump(mode="json")["diagnostics"]}


def plan_schema() -> dict[str, Any]:
    """JSON schema (2020-12) of a plan with a `data:` block."""
    schema = standard(TypeAdapter(model()).json_schema())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "physent plan"}
