"""What a diagnostic is given, made by hand: a context, and the plan's way of calling it on one record."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import xarray as xr

from physent.declare import Problem, Variable
from physent.diagnostics.run.checks import problems
from physent.diagnostics.run.declare import Context, Diagnostic
from physent.diagnostics.run.plan import Plan

Array = np.ndarray[Any, Any]


def context(fields: Mapping[str, tuple[tuple[str, ...], Any]], samples: int = 1, **changes: Any) -> Context:
    """Context of observables given as {name: (dims, array)}; those with more dims than replica are fields."""
    variables = {n: Variable(n, n, dims=dims, is_field=len(dims) > 1) for n, (dims, _) in fields.items()}
    sizes = {dim: size for dims, array in fields.values() for dim, size in zip(dims, np.shape(array), strict=True)}
    coordinates = {dim: np.arange(float(size)) for dim, size in ({"replica": 1} | sizes).items()}
    known: dict[str, Any] = {"variables": variables, "coordinates": coordinates, "clock": "time", "samples": samples}
    return Context(**(known | changes))


def observe(one: Diagnostic, fields: Mapping[str, tuple[tuple[str, ...], Any]], **changes: Any) -> dict[str, Array]:
    """Values for one record; ``changes["told"]`` collects warnings by key."""
    told = changes.pop("told", {})
    plan = Plan(SimpleNamespace(diagnostics=(one,)), context=context(fields, **changes))
    return plan.observe({n: np.asarray(array) for n, (_, array) in fields.items()}, 0.0, told.setdefault)


def finish(one: Diagnostic, series: Mapping[str, tuple[tuple[str, ...], Any]], **changes: Any) -> dict[str, Array]:
    """Values from series given as {name: (dims without time, array (time, ...))}."""
    told = changes.pop("told", {})
    samples = len(next(iter(series.values()))[1])
    shown = {name: (dims, np.asarray(array)[0]) for name, (dims, array) in series.items()}
    plan = Plan(SimpleNamespace(diagnostics=(one,)), context=context(shown, samples=samples, **changes))
    history = xr.Dataset({name: (("time", *dims), np.asarray(array)) for name, (dims, array) in series.items()})
    return plan.finish(history.assign_coords(time=0.5 * np.arange(samples)), told.setdefault)


def complaints(one: Diagnostic, fields: Mapping[str, tuple[tuple[str, ...], Any]], **changes: Any) -> list[Problem]:
    """Problems of a diagnostic with a run."""
    return list(problems((one,), context(fields, **changes)))
