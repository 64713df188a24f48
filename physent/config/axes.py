"""The axes of a sweep: a list of values, a sequence of numbers, or several keys that change together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Discriminator, Field, Tag, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from physent.declare import Integer, Items, Section, contradiction
from physent.errors import choice, found

MOST_POINTS = 1_000_000  # of a sweep
DIGITS = 15  # of the values between two ends, so that 0.3 is 0.3

THREE: Any = {"minItems": 3, "maxItems": 3}

Setting = dict[str, Any]  # values by dotted path, of one step of an axis


class Range(Section):
    """Integers at equal steps."""

    range: Items[Integer] = Field(
        description="start (included), stop (excluded) and step (1 if it is not given)",
        json_schema_extra={"minItems": 2, "maxItems": 3},
    )

    @model_validator(mode="after")
    def _not_empty(self) -> Range:
        if not 2 <= len(self.range) <= 3 or self.range[1] <= self.range[0]:
            raise contradiction("range", f"found {list(self.range)}, expected [start, stop] with start < stop")
        start, stop, step = (*self.range, 1)[:3]
        if step < 1:
            raise contradiction("range", f"found {list(self.range)}, expected [start, stop, step] with step >= 1")
        _refuse_too_many("range", (stop - start - 1) // step + 1)
        return self

    def steps(self) -> tuple[int, ...]:
        """Its values."""
        return tuple(range(*self.range))


class Linspace(Section):
    """Numbers at equal distances."""

    linspace: Items[float] = Field(
        description="first value, last value and number of values",
        json_schema_extra=THREE,
    )

    @model_validator(mode="after")
    def _distinct(self) -> Linspace:
        _check_ends("linspace", self.linspace)
        return self

    def steps(self) -> tuple[float, ...]:
        """Its values."""
        first, last, count = self.linspace
        return _plain(first, last, np.linspace(first, last, int(count)))


class Logspace(Section):
    """Numbers at equal ratios."""

    logspace: Items[float] = Field(
        description="first value, last value (no exponents) and number of values",
        json_schema_extra=THREE,
    )

    @model_validator(mode="after")
    def _distinct(self) -> Logspace:
        _check_ends("logspace", self.logspace)
        first, last, _ = self.logspace
        if min(first, last) <= 0.0:
            raise contradiction(
                "logspace", f"found {list(self.logspace)}, expected first and last value > 0 (they are no exponents)"
            )
        return self

    def steps(self) -> tuple[float, ...]:
        """Its values."""
        first, last, count = self.logspace
        return _plain(first, last, np.geomspace(first, last, int(count)))


def _plain(first: float, last: float, values: Any) -> tuple[float, ...]:
    """The values as floats that are written in few digits; the ends exactly."""
    return (first, *(float(f"{value:.{DIGITS}g}") for value in values[1:-1]), last)


def _check_ends(key: str, given: tuple[float, ...]) -> None:
    if len(given) != 3:
        raise contradiction(key, f"found {list(given)}, expected [first, last, count]")
    first, last, count = given
    if not float(count).is_integer() or count < 2:
        raise contradiction(key, f"found {list(given)}, expected [first, last, count] with a whole count >= 2")
    if first == last:
        raise contradiction(key, f"found {list(given)}, expected two different ends")
    _refuse_too_many(key, int(count))
    if abs(last - first) < 10.0 ** (1 - DIGITS) * count * max(abs(first), abs(last)):
        raise contradiction(key, f"found {list(given)}, expected fewer values: they differ in no digit")


def _refuse_too_many(key: str, count: int) -> None:
    if count > MOST_POINTS:
        raise contradiction(key, f"found {count} values, expected at most {MOST_POINTS}")


SEQUENCES: dict[str, Any] = {"range": Range, "linspace": Linspace, "logspace": Logspace}


def _tag(value: Any) -> str:
    if isinstance(value, dict):
        return next((key for key in value if key in SEQUENCES or key == "zip"), "list")
    return next((name for name in value.__class__.model_fields), "list") if isinstance(value, Section) else "list"


def _one_of(*kinds: str) -> BeforeValidator:
    """Refuses what is no axis in one line, before each kind of axis refuses it in its own."""

    def check(value: Any) -> Any:
        if isinstance(value, dict) and value and not set(kinds) & set(value):
            (key, *_) = value
            raise PydanticCustomError("axis", "{why}", {"why": choice(key, kinds)})
        if isinstance(value, list | tuple) or (isinstance(value, dict | Section) and value):
            return value
        raise PydanticCustomError(
            "axis", "{why}", {"why": f"found {found(value)}, expected a list of values or {{range: [start, stop]}}"}
        )

    return BeforeValidator(check)


_List = Annotated[Annotated[Items[Any], Field(min_length=1)], Tag("list")]

Values = Annotated[
    Annotated[Range, Tag("range")]
    | Annotated[Linspace, Tag("linspace")]
    | Annotated[Logspace, Tag("logspace")]
    | _List,
    Discriminator(_tag),
    _one_of(*SEQUENCES),
]


def values_of(axis: Any) -> tuple[Any, ...]:
    """The values of a list or a sequence."""
    return axis.steps() if isinstance(axis, Section) else axis  # type: ignore[attr-defined, no-any-return]


class Zip(Section):
    """Several keys that change together: the first values of all, then the second ones, and so on."""

    zip: dict[str, Values] = Field(min_length=1, description="values by dotted path, equally many for each")

    @model_validator(mode="after")
    def _equally_many(self) -> Zip:
        counts = [len(values_of(values)) for values in self.zip.values()]
        if len(set(counts)) > 1:
            listed = ", ".join(f"{count} of {path}" for path, count in zip(self.zip, counts, strict=True))
            raise contradiction("zip", f"found {listed}, expected equally many values")
        return self

    def settings(self) -> Iterator[Setting]:
        """Its steps."""
        for row in zip(*map(values_of, self.zip.values()), strict=True):
            yield dict(zip(self.zip, row, strict=True))


AxisValues = Annotated[
    Annotated[Range, Tag("range")]
    | Annotated[Linspace, Tag("linspace")]
    | Annotated[Logspace, Tag("logspace")]
    | Annotated[Zip, Tag("zip")]
    | _List,
    Discriminator(_tag),
    _one_of(*SEQUENCES, "zip"),
]


def settings_of(key: str, axis: Any) -> tuple[Setting, ...]:
    """The steps of an axis, whose key is a path unless it is a Zip."""
    if isinstance(axis, Zip):
        return tuple(axis.settings())
    return tuple({key: value} for value in values_of(axis))


Columns = dict[str, tuple[tuple[str | int, ...], list[Any] | tuple[Any, ...]]]


def is_zip(axis: Any) -> bool:
    """Whether plain data, which may be invalid, describe a Zip."""
    return isinstance(axis, dict) and isinstance(axis.get("zip"), dict)


def columns_of(key: str, axis: Any) -> Columns:
    """Of plain data, which may be invalid: by dotted path, the place in the config and the values, a list or, of a
    sequence, a tuple; nothing where there are none.
    """
    if is_zip(axis):
        columns: Columns = {
            path: (("sweep", key, "zip", str(path)), _raw(values)) for path, values in axis["zip"].items()
        }
        return columns if columns and all(values for _, values in columns.values()) else {}
    values = _raw(axis)
    return {key: (("sweep", key), values)} if values else {}


def _raw(values: Any) -> list[Any] | tuple[Any, ...]:
    if isinstance(values, list):
        return values
    if isinstance(values, dict):
        for key, sequence in SEQUENCES.items():
            if key in values:
                with suppress(ValidationError):
                    return sequence.model_validate(values).steps()  # type: ignore[no-any-return]
    return ()
