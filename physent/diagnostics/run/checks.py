"""Whether a run can serve its diagnostics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from physent.declare import Problem
from physent.diagnostics.run.declare import DATA, Context, Diagnostic
from physent.errors import choice


def problems(diagnostics: Sequence[Diagnostic], context: Context, *, from_file: bool = False) -> Iterator[Problem]:
    """Contradictions and doubts of a list of diagnostics, by path inside it.

    ``from_file``: observables come from a file; the caller checks whether it holds them.
    """
    taken = dict.fromkeys(context.reserved, "the run has one of this name")
    for index, given in enumerate(diagnostics):
        one = given.chosen(context)
        found = [*_unknown(one, context), *(() if from_file else _unserved_series(one, context))]
        found = found or list(_timeless(one, context))
        found = found or list(one.problems(context))
        if all(problem.is_warning for problem in found):
            found += _clashes(one, context, taken)
        yield from (replace(problem, path=(index, *problem.path)) for problem in found)
        if all(problem.is_warning for problem in found):
            taken |= dict.fromkeys(_names(one, context), f"diagnostics.{index} gives it too")
            context = context.after(one)


def _names(one: Diagnostic, context: Context) -> list[str]:
    return [variable.name for variable in (*one.variables(context), *one.results(context))]


def _clashes(one: Diagnostic, context: Context, taken: dict[str, str]) -> Iterator[Problem]:
    for name in _names(one, context):
        if name in taken:
            yield Problem(("name",), f"gives the variable {name}, but {taken[name]}; expected another name")
            return
    for new in one.coordinates(context):
        known = context.coordinates.get(new.name)
        if known is not None and not np.array_equal(known, new.values):
            yield Problem(("name",), f"gives the dimension {new.name}, but there is another one of this name")
            return


def _unknown(one: Diagnostic, context: Context) -> Iterator[Problem]:
    for name in dict.fromkeys((*one.sources(), *one.series())):
        if name in context.variables:
            continue
        path = _place(one, name)
        if name in context.absent:
            lack = "does not follow from the data" if context.owner == DATA else "is not recorded"
            yield Problem(path, f"{name} {lack}: {context.absent[name]}")
        elif path == ("kind",):
            yield Problem(path, f"{one.kind} needs the variable {name}, which {context.owner} does not have")
        else:
            yield Problem(path, choice(name, list(context.variables)))


def _timeless(one: Diagnostic, context: Context) -> Iterator[Problem]:
    """A series of one sample: a dimension of the data that is not known to be time."""
    if context.owner != DATA or context.samples > 1:
        return
    for name in one.series():
        if name in context.reserved:
            others = [dim for dim in context.variables[name].dims if dim not in ("replica", "particle", "axis")]
            such = f"data.{name}.dims: {{{context.clock}: {(*others, 'NAME')[0]}}}"
            yield Problem(
                _place(one, name), f"{name} has one sample, as no dimension is {context.clock}; expected {such}"
            )


def _unserved_series(one: Diagnostic, context: Context) -> Iterator[Problem]:
    for name in one.series():
        if name in context.variables and (reason := unserved(one, name, context)) is not None:
            yield Problem(_place(one, name), f"{name} {reason} (output), and {one.kind} needs it at every sample")


def unserved(one: Diagnostic, name: str, context: Context) -> str | None:
    """Why a diagnostic cannot read an observable from the file; None if it can."""
    if name in context.missing:
        return context.missing[name]
    if context.variables[name].is_field and context.dtype != "float64" and not one.rounds:
        return f"is stored as {context.dtype}, expected float64"
    return None


def _place(one: Diagnostic, name: str) -> tuple[str | int, ...]:
    of = getattr(one, "of", None)
    if of == name:
        return ("of",)
    return ("of", of.index(name)) if isinstance(of, tuple) and name in of else ("kind",)
