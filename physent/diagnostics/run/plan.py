"""The diagnostics of a run as one object, for records during the run and for stored ones afterwards."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from physent.declare import Box, Coordinate, Variable
from physent.diagnostics.run.declare import Context, Diagnostic, Record
from physent.diagnostics.run.functions import Function, Seen, UserFunction
from physent.diagnostics.run.gaps import of_present, refuse_gaps
from physent.errors import PhysentError, PhysentWarning
from physent.typing import Array

if TYPE_CHECKING:
    import xarray as xr

logger = logging.getLogger(__name__)

STORED = "; NaN is stored"  # ends the warnings that say why there is no number
Warn = Callable[[str, str], None]  # a key, under which a warning is given once, and its text


@dataclass
class Warnings:
    """Warnings of a run, one per key."""

    messages: dict[str, str] = field(default_factory=dict)
    more: dict[str, int] = field(default_factory=dict)  # how often each was given again

    def add(self, key: str, message: str) -> None:
        """Log a warning if its key is new, and keep it."""
        self.more[key] = self.more.get(key, -1) + 1
        if key not in self.messages:
            self.messages[key] = message
            logger.warning("%s", message)

    def counted(self) -> list[str]:
        """All warnings, each with how many samples gave it beyond the first."""
        return [
            text + (f" (and {self.more[key]} more)" if self.more[key] else "") for key, text in self.messages.items()
        ]


class Misdeclared(ValueError):
    """A kind gives other variables than it declares."""


class Plan:
    """The diagnostics of a config, and functions of the caller after them.

    `variables` are those of every sample, `results` those of the whole run, `coordinates` the dimensions that the
    engine does not have. A diagnostic sees the observables of the engine and of the diagnostics before it.
    """

    def __init__(
        self,
        config: Any,
        functions: Sequence[UserFunction] = (),
        first: tuple[float, Record] | None = None,
        *,
        context: Context,
    ) -> None:
        """Plan for the run or file of ``context``; ``functions`` are called once on ``first``, (clock, record)."""
        self._parts: list[tuple[Diagnostic, Context, tuple[Variable, ...]]] = []
        coordinates: dict[str, Coordinate] = {}
        for given in config.diagnostics:
            one = given.chosen(context)
            coordinates |= {new.name: new for new in one.coordinates(context)}
            context = context.after(one)
            self._parts.append((one, context, tuple(map(_free, one.variables(context)))))
        variables = [variable for _, _, made in self._parts for variable in made]
        results = [_free(variable) for one, context, _ in self._parts for variable in one.results(context)]
        taken = {*context.reserved, *(v.name for v in (*variables, *results))}
        self._functions: list[Function] = []
        tried: dict[str, Array] = {}
        if first is not None:
            at, record = first
            tried = _read_only({**record, **self.observe(record, at, lambda key, message: None)})
        for function in functions:
            self._functions.append(Function.tried(function, tried, context.replicas, taken))
            taken |= {v.name for v in self._functions[-1].variables}
        self.user_variables = tuple(v for function in self._functions for v in function.variables)
        self.variables = (*variables, *self.user_variables)
        self.results = tuple(results)
        self.coordinates = tuple(coordinates.values())

    def sources(self) -> Iterator[tuple[Diagnostic, str, Context]]:
        """Every diagnostic with each observable that it reads, from records or as a series, and its context."""
        for one, context, _ in self._parts:
            for name in dict.fromkeys((*one.sources(), *one.series())):
                yield one, name, context

    def reads(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Name and dims of every observable that `observe` reads."""
        return tuple({name: c.variables[name].dims for one, c, _ in self._parts for name in one.sources()}.items())

    def origin(self, record: Record) -> dict[str, Array]:
        """What diagnostics will need of the first sample: copies from its whole ``record``."""
        names = {name for one, _, _ in self._parts for name in one.origin()}
        return {name: np.array(record[name]) for name in sorted(names)}

    def read_of(self, names: AbstractSet[str]) -> AbstractSet[str]:
        """Those of ``names`` that a diagnostic reads at each sample; a function of the caller may read all."""
        read = {name for one, _, _ in self._parts for name in (*one.sources(), *one.origin())}
        return names if self._functions else names & read

    def observe(
        self, record: Record, at: float, warn: Warn, origin: Mapping[str, Array] | None = None
    ) -> dict[str, Array]:
        """Values of `variables` for one record of the engine at the clock value ``at``.

        ``origin`` is that of the first sample; without it this record is the first.
        """
        made: dict[str, Array] = {}
        if not (self._parts or self._functions):
            return made
        seen = _read_only(record)
        for one, context, variables in self._parts:
            if not variables:
                continue
            known = seen if origin is None else {**seen, **origin}
            first = {n: _as_seen(known[n], context.variables[n], one, context) for n in one.origin() if n in known}
            context = replace(context, first=first, scales=context.scales_at(at))
            where = f"{one.name} at {context.moment(at)}"
            with _collected(f"diagnostics.{one.name}", where, warn):
                values, refusal = _observed(one, seen, context, variables)
            if refusal:
                warn(f"diagnostics.{one.name}.nan", f"{where}: {refusal}{STORED}")
            made |= values
            seen |= _read_only(values)
        if self._functions:
            whole = Seen(seen)
            for function in self._functions:
                made |= function(whole)
        return made

    def finish(self, history: xr.Dataset, warn: Warn) -> dict[str, Array]:
        """Values of `results`; ``history`` has every observable and `variables`, at every sample."""
        made: dict[str, Array] = {}
        for one, context, _ in self._parts:
            results = one.results(context)
            if not results:
                continue
            values: Mapping[str, ArrayLike] = {}
            with _collected(f"diagnostics.{one.name}.finish", one.name, warn):
                try:
                    values = one.finish(history, context)
                except PhysentError as error:
                    warnings.warn(f"{error}{STORED}", PhysentWarning, stacklevel=1)
            for variable in results:
                value = values.get(variable.name, np.full(context.shape(variable), np.nan))
                made[variable.name] = _shaped(value, variable, context)
        return made

    def marks(self, results: Record) -> dict[str, str]:
        """Attributes of the file that follow from `results`; texts of several diagnostics are joined by commas."""
        found: dict[str, str] = {}
        for one, context, _ in self._parts:
            mine = {variable.name: results[variable.name] for variable in one.results(context)}
            for key, text in one.marks(mine).items():
                found[key] = ", ".join(filter(None, [found.get(key, ""), text]))
        return found


def _free(variable: Variable) -> Variable:
    return replace(variable, dtype="float64", is_field=False, may_be_nan=True)


def _read_only(record: Record) -> dict[str, Array]:
    views = {name: np.asarray(values).view() for name, values in record.items()}
    for view in views.values():
        view.flags.writeable = False
    return views


def _as_seen(values: Array, variable: Variable, one: Diagnostic, context: Context) -> Array:
    """A source as a diagnostic sees it: rounded or not, and in one memory order, which fixes the bits of sums."""
    if one.rounds and variable.is_field and variable.dtype == "float64":
        with np.errstate(over="ignore"):
            values = values.astype(context.dtype, copy=False)
    if variable.name == "position" and context.box is not None and context.box.lower and not hasattr(one, "of"):
        values = _from_zero(values, context.box)
    # No copy if `astype` or the engine has just made the array: records are never written to.
    seen = np.asarray(values, dtype=variable.dtype, order="C").view()  # ascontiguousarray would make scalars vectors
    seen.flags.writeable = False
    return seen


def _from_zero(position: Array, box: Box) -> Array:
    """Positions as kinds that measure in the box see them: each axis from 0 to its length."""
    tops = [np.inf if length is None else length for length in box.lengths]
    starts = [0.0 if length is None else start for start, length in zip(box.starts, box.lengths, strict=True)]
    return np.minimum(position - starts, tops)  # rounding may lead beyond the end


def _observed(
    one: Diagnostic, record: Record, context: Context, variables: tuple[Variable, ...]
) -> tuple[dict[str, Array], str]:
    """What a diagnostic gives, and why not all of it: NaN only in the replicas that it refuses."""
    seen = {name: _as_seen(record[name], context.variables[name], one, context) for name in one.sources()}
    try:
        refuse_gaps(seen, context)
        values = one.observe(seen, context)
        lacks = [v.name for v in variables if v.name not in values]
        if lacks:
            raise Misdeclared(f"{one.name}: observe lacks {lacks}, declared in variables (it has {sorted(values)})")
        return {v.name: _shaped(values[v.name], v, context) for v in variables}, ""
    except PhysentError as error:
        refusal = str(error)
    made = {v.name: np.full(context.shape(v), np.nan) for v in variables}
    mine = tuple(v for v in variables if v.dims[:1] == ("replica",))
    thinned = "particles" in (context.omitted or ())
    failed = [] if mine == variables else [refusal]
    for replica in range(context.replicas if mine and (thinned or context.replicas > 1) else 0):
        part = slice(replica, replica + 1)
        own, first = (
            {n: x[part] if context.variables[n].dims[:1] == ("replica",) else x for n, x in of.items()}
            for of in (seen, context.first)
        )
        here = replace(
            context,
            coordinates={**context.coordinates, "replica": context.coordinates["replica"][part]},
            first=first,
        )
        try:
            values = of_present(one, own, here, mine) if thinned else _of_whole(one, own, here)
            for variable in mine:
                made[variable.name][replica] = _shaped(values[variable.name], variable, here)[0]
        except PhysentError as error:
            failed.append(str(error))
    return made, refusal if not thinned else next(iter(failed), "")


def _of_whole(one: Diagnostic, record: Record, context: Context) -> Mapping[str, ArrayLike]:
    refuse_gaps(record, context)
    return one.observe(record, context)


def _shaped(values: ArrayLike, variable: Variable, context: Context) -> Array:
    array = np.asarray(values, np.float64)
    if array.shape != context.shape(variable):
        raise Misdeclared(f"{variable.name} has shape {array.shape}, expected {context.shape(variable)}")
    return array


@contextmanager
def _collected(key: str, where: str, warn: Warn) -> Iterator[None]:
    """Pass the package's warnings to ``warn``, and issue all others again."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", PhysentWarning)
        yield
    for item in caught:
        if issubclass(item.category, PhysentWarning):
            text = f"{where}: {item.message}"
            warn(f"{key}.nan" if text.endswith(STORED) else key, text)  # another doubt does not hide it
        else:
            warnings.warn_explicit(item.message, item.category, item.filename, item.lineno)
