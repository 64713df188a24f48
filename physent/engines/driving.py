"""Parameters that change continuously in time: the key `driving:` of engines whose energy does work.

A driven parameter has a value at every half-step n, at the time n step / 2 from the start of the run, and is a function
of n only: neither where a run was cut nor how its work was divided changes a bit. The value that the config itself
gives is not used. A jump (a repeated time) is made just after its time, as an entry of a protocol is: a sample at that
time still sees the value before it, and a jump at time 0 makes work on the initial state. `step` must be the same
in the whole run, so an engine with this key counts it among its `fixed` parameters, and `driving` as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any

import numpy as np
from pydantic import Discriminator, Field, Tag, model_validator

from physent.core.jit import njit
from physent.core.mathfun import sincos_turn
from physent.declare import Items, NonNegative, Problem, Section, contradiction, multiple
from physent.errors import choice
from physent.typing import Floats

MOST_OF_PERIOD = 0.1  # of the period of a sine in one step: a warning is given above this

Value = Annotated[float, Field(ge=-1e75, le=1e75)]


class Ramp(Section):
    """Linear between points, constant before the first and after the last; a repeated time is a jump."""

    parameter: str = Field(min_length=1, description="dotted path of the driven number inside `parameters`")
    times: Items[NonNegative] = Field(min_length=1, description="times of the points, ascending; repeated: a jump")
    values: Items[Value] = Field(min_length=1, description="value at each of `times`")

    @model_validator(mode="after")
    def _points(self) -> Ramp:
        if len(self.values) != len(self.times):
            raise contradiction(
                "values", f"found {len(self.values)} values, expected one for each of {len(self.times)} times"
            )
        for before, after in pairwise(self.times):
            if after < before:
                raise contradiction("times", f"found {after!r} after {before!r}, expected times that ascend")
        return self

    def rows(self, step: float, halves: Floats) -> Floats:
        """Values at whole half-steps (count,)."""
        # In units of half-steps, where points on the grid are whole numbers whatever the round-off of their times.
        exact = [multiple(time, step / 2) for time in self.times]
        ends = np.array(
            [t / (step / 2) if n is None else n for n, t in zip(exact, self.times, strict=True)], np.float64
        )
        heights = np.array(self.values, np.float64)
        right = np.searchsorted(ends, halves, side="left")  # the first point that is not before
        last = np.minimum(right, len(ends) - 1)
        left = np.maximum(right - 1, 0)
        width = ends[last] - ends[left]
        share = np.divide(halves - ends[left], width, out=np.ones_like(halves), where=width > 0)
        between = heights[left] + share * (heights[last] - heights[left])
        return np.where((right == len(ends)) | (halves >= ends[last]), heights[last], between)


class Sine(Section):
    """mean + amplitude sin(2 pi frequency time)."""

    parameter: str = Field(min_length=1, description="dotted path of the driven number inside `parameters`")
    mean: Value = Field(description="value at time 0")
    amplitude: Value = Field(description="largest deviation from `mean`")
    frequency: NonNegative = Field(description="periods per unit time")

    def rows(self, step: float, halves: Floats) -> Floats:
        """Values at whole half-steps (count,)."""
        sines = np.empty_like(halves)
        _sines(halves * (self.frequency * step / 2), sines)
        return self.mean + self.amplitude * sines


@njit
def _sines(turns: Floats, out: Floats) -> None:
    # Not numpy's sine: the bits of an element may depend there on its place in the array.
    for i in range(len(turns)):
        out[i] = sincos_turn(turns[i] - np.floor(turns[i]))[0]


def _tag(value: Any) -> str:
    held = type(value).model_fields if isinstance(value, Section) else value if isinstance(value, Mapping) else {}
    of_sine, of_ramp = ({"mean", "amplitude", "frequency"}, {"times", "values"})
    return "sine" if of_sine & set(held) and not of_ramp & set(held) else "ramp"


Drive = Annotated[Annotated[Ramp, Tag("ramp")] | Annotated[Sine, Tag("sine")], Discriminator(_tag)]

Driving = Annotated[
    Items[Drive],
    Field(
        description="parameters that change continuously: {parameter, times, values} is linear between points, "
        "{parameter, mean, amplitude, frequency} a sine"
    ),
]
"""The type of the key: ``driving: Driving = ()``."""


def values(driving: Sequence[Ramp | Sine], step: float, first: int, count: int) -> Floats:
    """The driven parameters at half-steps first, first + 1, ..., (count, len(driving)); each depends on its n only."""
    halves = np.arange(first, first + count, dtype=np.float64)
    rows = np.empty((count, len(driving)))
    for column, drive in enumerate(driving):
        rows[:, column] = drive.rows(step, halves)
    return rows


def problems(config: Any, drivable: Iterable[str]) -> Iterator[Problem]:
    """Contradictions of `parameters.driving`: each entry names one of ``drivable``, which nothing else changes."""
    names, driven = tuple(drivable), [drive.parameter for drive in config.parameters.driving]
    for index, drive in enumerate(config.parameters.driving):
        here = ("parameters", "driving", index)
        if not names:
            yield Problem((*here, "parameter"), f"found {drive.parameter}, but this model has no energy to drive")
        elif drive.parameter not in names:
            known = drive.parameter.partition(".")[0] in type(config.parameters).model_fields
            reason = "only parameters of the energy can be driven: " if known else ""
            yield Problem((*here, "parameter"), reason + choice(drive.parameter, names))
        elif drive.parameter in driven[:index]:
            yield Problem((*here, "parameter"), f"{drive.parameter} is driven twice, expected one entry for it")
        if isinstance(drive, Sine) and (share := drive.frequency * config.parameters.step) > MOST_OF_PERIOD:
            message = (
                f"found {drive.frequency}, which leaves {1 / share:.2g} steps per period, expected at least 10: a "
                "smaller parameters.step resolves the sine"
            )
            yield Problem((*here, "frequency"), message, is_warning=True)
    for index, event in enumerate(config.protocol):
        for path in event.set or ():
            name = path.removeprefix("parameters.")
            if name in driven:
                yield Problem(
                    ("protocol", index, "set", path),
                    f"{name} is driven by parameters.driving, expected only one of both",
                )
