"""Potentials of the user's own: functions that an imported module adds to `parameters.potential` of engines.

An engine joins with one line, ``potential=Potentials("x", points)``: the letter of the argument, and where in space a
function is tried before a run.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal, TypeVar, Union, get_args, overload

import numpy as np
from pydantic import BeforeValidator, Field, create_model

from physent.declare import Problem, Section
from physent.errors import UsageError, described
from physent.typing import Floats

F = TypeVar("F", bound=Callable[..., Any])
_NOTHING = inspect.Parameter("missing", inspect.Parameter.POSITIONAL_ONLY)

LETTERS = {"r": "V(r), a function of the distance from the centre", "x": "U(x), a function of the position on a line"}

REGISTERED: dict[str, dict[str, type[OwnPotential]]] = {letter: {} for letter in LETTERS}
"""Kinds by letter of the argument."""


class OwnPotential(Section):
    """A potential of the user's own; the parameters of its function are its keys."""

    f: ClassVar[Callable[..., Any]]
    df: ClassVar[Callable[..., Any] | None]
    letter: ClassVar[str]

    def __call__(self, at: Floats) -> Floats:
        """Values at points of any shape; UsageError if the function fails or gives another shape or type."""
        return self._of(type(self).f, self.label, at)

    @property
    def label(self) -> str:
        """Name and argument, for messages: ``mine(r)``."""
        return f"{self.kind}({self.letter})"  # type: ignore[attr-defined]

    def slope(self, at: Floats) -> Floats:
        """Derivative at points of any shape: the function's own if it has one, else by differences of fourth order."""
        if (own := type(self).df) is not None:
            return self._of(own, f"the derivative of {self.label}", at)
        return self.difference(at, 1e-3 * np.maximum(np.abs(at), np.finfo(float).tiny))

    def difference(self, at: Floats, step: Floats | float) -> Floats:
        """Derivative by central differences of fourth order."""
        near, far = self(at + step) - self(at - step), self(at + 2 * step) - self(at - 2 * step)
        return np.asarray((8 * near - far) / (12 * step))

    def _of(self, function: Callable[..., Any], label: str, at: Floats) -> Floats:
        options = {name: getattr(self, name) for name in type(self).model_fields if name != "kind"}
        try:
            with np.errstate(all="ignore"):
                values = np.asarray(function(at, **options))
        except Exception as error:
            raise UsageError(f"{label} fails: {described(error)}") from error
        if values.shape != at.shape or values.dtype.kind not in "fiu":
            raise UsageError(
                f"{label} gives {values.dtype} of shape {values.shape} for {self.letter} of shape {at.shape}, "
                "expected real numbers of the same shape"
            )
        return values.astype(float)


@dataclass(frozen=True)
class Potentials:
    """How an engine takes potentials of the user's own: the letter of their argument, and points to try them at."""

    letter: str
    points: Callable[[Any], Floats]  # from a config, ascending

    def problems(self, config: Any) -> Iterator[Problem]:
        """A potential that fails, is not finite, or has another derivative than the user says."""
        own = config.parameters.potential
        if not isinstance(own, OwnPotential):
            return
        try:
            message = _fault(own, self.points(config))
        except UsageError as error:
            message = str(error)
        if message:
            yield Problem(("parameters", "potential"), message)


def _fault(own: OwnPotential, at: Floats) -> str | None:
    values = own(at)
    if not np.isfinite(values).all():
        index = int(np.argmin(np.isfinite(values)))
        return f"{own.label} is {values[index]} at {own.letter} = {at[index]:.6g}, expected finite numbers"
    if type(own).df is None:
        return None
    step = 1e-3 * float(np.diff(at).min())
    slope, coarse, fine = own.slope(at), own.difference(at, 2 * step), own.difference(at, step)
    rounding = 1e-15 * np.abs(values).max() / step
    allowed = 1e-6 * np.abs(fine).max() + 20 * np.abs(fine - coarse) + 20 * rounding
    excess = np.abs(slope - fine) - allowed
    if (excess <= 0).all():
        return None
    index = int(np.argmax(np.where(np.isnan(excess), np.inf, excess)))
    return (
        f"the derivative of {own.label} is {slope[index]:.6g} at {own.letter} = {at[index]:.6g}, expected "
        f"{fine[index]:.6g}, that of the function itself; mend it or leave it out"
    )


@overload
def potential(f: F, /) -> F: ...
@overload
def potential(f: None = None, /, *, derivative: Callable[..., Any] | None = None) -> Callable[[F], F]: ...
def potential(f: Any = None, /, *, derivative: Callable[..., Any] | None = None) -> Any:
    """Function decorator: add a kind of potential that has the function's name.

    The first parameter says which potential it is: ``r``, V(r) of an engine with a centre (coulomb), or ``x``, U(x) of
    one on a line (nlse). The function takes an array and returns one of the same shape; its further parameters, all
    numbers, are the keys of the kind: ``potential: {kind: NAME, ...}``. ``derivative`` is a function of the same
    parameters; it is checked against the function, and without it differences are taken. UsageError for another first
    parameter, or for the name of a potential of the package.
    """
    if f is None:
        return lambda function: _register(function, derivative)
    return _register(f, derivative)


def _register(f: Any, derivative: Callable[..., Any] | None) -> Any:
    name = getattr(f, "__name__", str(f))
    first, *options = list(inspect.signature(f).parameters.values()) or [_NOTHING]
    if first.name not in LETTERS:
        expected = " or ".join(f"{letter} for {meaning}" for letter, meaning in LETTERS.items())
        raise UsageError(f"potential: the first parameter of {name} is {first.name}, expected {expected}")
    if "kind" in {one.name for one in options}:
        raise UsageError(f"potential: {name} has the parameter kind, expected another name for it")
    tag: Any = Literal[name]
    keys: dict[str, Any] = {
        one.name: (float, ... if one.default is inspect.Parameter.empty else float(one.default)) for one in options
    }
    section = create_model(
        name,
        __base__=OwnPotential,
        __module__=f.__module__,
        __doc__=inspect.getdoc(f) or f"Potential {name}({first.name}).",
        kind=(tag, Field(description=f"{name}: a potential of your own")),
        **keys,
    )
    section.f, section.letter = staticmethod(f), first.name
    section.df = None if derivative is None else staticmethod(derivative)
    REGISTERED[first.name][name] = section
    return f


def extended(parameters: type[Section], potentials: Potentials | None) -> type[Section]:
    """The parameters of an engine, whose `potential` may also be of the kinds that are registered."""
    own = tuple(REGISTERED[potentials.letter].values()) if potentials else ()
    return _extended(parameters, own) if own else parameters


@lru_cache(maxsize=32)
def _extended(parameters: type[Section], own: tuple[type[OwnPotential], ...]) -> type[Section]:
    field = parameters.model_fields["potential"]
    options = [one for one in (*get_args(field.annotation), field.annotation) if isinstance(one, type)]
    built_in = [one for one in options if issubclass(one, Section)]
    usual = built_in[0].model_fields["kind"].default  # the kind of a mapping that names none

    def with_kind(value: Any) -> Any:
        if isinstance(value, dict) and "kind" not in value and isinstance(usual, str):
            return {"kind": usual, **value}
        return value

    tagged: Any = Annotated[Union[(*built_in, *own)], Field(discriminator="kind")]
    taken = {name for one in built_in for name in get_args(one.model_fields["kind"].annotation)}
    if twice := taken & {one.__name__ for one in own}:
        raise UsageError(f"potential: {twice.pop()} is a potential of the package, expected another name")
    declared: Any = (
        Annotated[tagged, BeforeValidator(with_kind)],
        Field(default=field.default, description=field.description),
    )
    return create_model(parameters.__name__, __base__=parameters, __doc__=parameters.__doc__, potential=declared)
