"""Kinds of one's own beside those of the package: decorators for a module that `--import` or ``imports=`` names."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, make_dataclass
from typing import Any, ClassVar, Literal, TypeVar, get_args

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field, create_model

from physent.declare import Variable
from physent.diagnostics import radial, spaces
from physent.diagnostics.run import particles
from physent.diagnostics.run.declare import Context, Diagnostic, Name, Record
from physent.diagnostics.run.kinds import KINDS
from physent.diagnostics.run.kinds.linear_statistic import RadialSum
from physent.errors import RunError, UsageError
from physent.typing import Array

BUILT_IN = frozenset(KINDS)

D = TypeVar("D", bound=Diagnostic)
F = TypeVar("F", bound=Callable[..., ArrayLike])
C = TypeVar("C", bound=Callable[..., ArrayLike])


def diagnostic(section: type[D]) -> type[D]:
    """Class decorator: add a kind of diagnostic, which then works in every config, sweep and plan of this process.

    The class derives from `Diagnostic` and declares ``kind: Literal["NAME"]``. UsageError if it does not, or if the
    package has a kind of this name.
    """
    made: Any = section
    if not (isinstance(made, type) and issubclass(made, Diagnostic)):
        raise UsageError(f"diagnostic: found {made!r:.60}, expected a class that derives from Diagnostic")
    names = get_args(section.model_fields["kind"].annotation)
    if len(names) != 1:
        raise UsageError(f'diagnostic: {section.__name__} has no name, expected kind: Literal["NAME"]')
    if names[0] in BUILT_IN:
        raise UsageError(f"diagnostic: {names[0]} is a kind of the package, expected another name")
    KINDS[names[0]] = section
    return section


def linear_statistic(f: F) -> F:
    """Function decorator: add the kind of diagnostic that has the function's name, the sum over particles of f(r).

    ``f`` takes an array of distances r from the centre and returns one of the same shape; its further parameters, all
    numbers, are the keys of the kind. The results are those of `linear_statistic`: NAME, NAME_cumulants, ...
    """
    name = f.__name__
    options = list(inspect.signature(f).parameters.values())[1:]
    declared: dict[str, Any] = {
        one.name: (float, ... if one.default is inspect.Parameter.empty else float(one.default)) for one in options
    }
    if taken := declared.keys() & {"kind", "name", "of"}:
        raise UsageError(f"linear_statistic: {name} has the parameter {taken.pop()}, expected another name for it")
    tag: Any = Literal[name]
    section = create_model(
        name,
        __base__=OwnStatistic,
        __module__=f.__module__,
        __doc__=inspect.getdoc(f) or f"Sum over particles of {name}(r).",
        kind=(tag, ...),
        name=(Name, Field(default=name, description="name of the variable, and prefix of the others")),
        **declared,
        of=(particles.Of | None, Field(default=None, description="field; null: position, or radius if there is none")),
    )
    section.f = staticmethod(f)
    section.options = tuple(one.name for one in options)
    diagnostic(section)
    return f


def space(*, size: int | Callable[..., int], components: int | None = None) -> Callable[[C], C]:
    """Function decorator: add an outcome space that has the function's name, for `outcome_entropy` and `from_spec`.

    The function takes an array of values or, for points of so many ``components``, one whose last axis has them, and
    returns a whole number from 0 to size - 1 for each (-1: left out). Its further parameters are those of the space;
    ``size`` may be a function of them. UsageError for the name of a space of the package, RunError for other codes.
    """

    def registered(f: C) -> C:
        name = f.__name__
        if name in spaces.BUILT_IN:
            raise UsageError(f"space: {name} is a space of the package, expected another name")
        keys = list(inspect.signature(f).parameters.values())[1:]
        fields = [(k.name, Any) if k.default is k.empty else (k.name, Any, k.default) for k in keys]
        made: Any = make_dataclass(name, fields, bases=(OwnSpace,), frozen=True)
        made.__module__, made.__doc__ = f.__module__, inspect.getdoc(f)
        made.f, made.counted, made.components = (
            staticmethod(f),
            staticmethod(size) if callable(size) else size,
            components,
        )
        spaces.SPACES[name] = made
        return f

    return registered


@dataclass(frozen=True)
class OwnSpace:
    """Outcome space of a function of the user's own."""

    f: ClassVar[Callable[..., ArrayLike]]
    counted: ClassVar[int | Callable[..., int]]
    components: ClassVar[int | None]
    reach: ClassVar[int] = 0

    def __post_init__(self) -> None:
        """Refuse a size that is none."""
        _ = self.size

    @property
    def size(self) -> int:
        """Number of outcomes; UsageError unless it is a whole number >= 1."""
        size: Any = type(self).counted
        size = size(**vars(self)) if callable(size) else size
        if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < 1:
            raise UsageError(f"{type(self).__name__}: size is {size!r}, expected a whole number >= 1")
        return int(size)

    def measure(self) -> Array:
        """Outcomes are symbols, each of measure 1."""
        return np.ones(self.size)

    def encode(self, x: Any, /) -> Array:
        """The function's codes."""
        values, name = np.asarray(x), type(self).__name__
        codes = np.asarray(type(self).f(values, **vars(self)))
        expected = values.shape if self.components is None else values.shape[:-1]
        if codes.shape != expected or codes.dtype.kind not in "biu":
            raise RunError(
                f"{name} gives {codes.dtype} of shape {codes.shape}, expected whole numbers of shape {expected}"
            )
        wrong = (codes < -1) | (codes >= self.size)
        if wrong.any():
            raise RunError(f"{name} gives {codes[wrong].flat[0]}, expected whole numbers -1 to {self.size - 1}")
        return codes.astype(np.int64)

    def spec(self) -> dict[str, Any]:
        """Name and parameters."""
        return {type(self).__name__: dict(vars(self))}


class OwnStatistic(RadialSum):
    """Linear statistic of a function of the user's own."""

    f: ClassVar[Callable[..., ArrayLike]]
    options: ClassVar[tuple[str, ...]]

    def variables(self, context: Context) -> tuple[Variable, ...]:
        """The sum, with its parameters."""
        parameters = ", ".join(f"{name} {getattr(self, name):g}" for name in self.options)
        words = f"linear statistic, sum of {self.kind}" + (f" ({parameters})" if parameters else "")
        return (Variable(self.name, words, attrs={"source": particles.field_of(self.of)}),)

    def observe(self, record: Record, context: Context) -> Mapping[str, ArrayLike]:
        """The sum at one draw; RunError if the function returns another shape."""
        options = {name: getattr(self, name) for name in self.options}

        def checked(r: Array) -> Array:
            values = np.asarray(type(self).f(r, **options), float)
            if values.shape != r.shape:
                raise RunError(f"{self.kind} gives shape {values.shape} for distances of shape {r.shape}")
            return values

        of = particles.field_of(self.of)
        return {self.name: radial.summed(record[of], checked, of)}
