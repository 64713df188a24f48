"""The sample from which an entropy is estimated, of one or several observables."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import numpy as np

from physent.declare import Problem
from physent.diagnostics.run.declare import Context, Record, named
from physent.typing import Array

COMPONENTS = "axis"


def is_pooled(of: str | tuple[str, ...], context: Context) -> bool:
    """Whether an observable is one number per replica, so that its sample is the replicas."""
    return context.variables[named(of)[0]].dims in ((), ("replica",))


def result_dims(of: str | tuple[str, ...], context: Context) -> tuple[str, ...]:
    """Dims of an entropy: one per replica, or one over all replicas."""
    return () if is_pooled(of, context) or "replica" not in context.variables[named(of)[0]].dims else ("replica",)


def components(of: str | tuple[str, ...], context: Context) -> int | None:
    """Coordinates of a point: a list of observables, or the last dimension if that is `axis`; None for numbers."""
    if not isinstance(of, str):
        return len(of)
    dims = context.variables[of].dims
    return len(context.coordinates[COMPONENTS]) if dims[-1:] == (COMPONENTS,) else None


def size(of: str | tuple[str, ...], context: Context) -> int:
    """Number of points in a sample."""
    variable = context.variables[named(of)[0]]
    inner = None if not isinstance(of, str) else components(of, context)
    rows = context.replicas if result_dims(of, context) else 1
    return prod(context.shape(variable)) // (rows * (inner or 1))


def points(of: str | tuple[str, ...], record: Record, context: Context) -> Array:
    """The sample of every replica, or the one of all: (rows, n), or (rows, n, components)."""
    arrays = [record[name] for name in named(of)]
    inner = components(of, context)
    values = arrays[0] if isinstance(of, str) else np.stack(arrays, axis=-1)
    rows = context.replicas if result_dims(of, context) else 1
    return values.reshape(rows, -1) if inner is None else values.reshape(rows, -1, inner)


def unlike(of: str | tuple[str, ...], context: Context, least: int) -> Iterator[Problem]:
    """Observables that make no points together, or too few of them."""
    names = named(of)
    dims = context.variables[names[0]].dims
    for index, name in enumerate(names[1:], start=1):
        if context.variables[name].dims != dims:
            found = f"{name} has dims ({', '.join(context.variables[name].dims)})"
            yield Problem(("of", index), f"{found}, expected those of {names[0]}: ({', '.join(dims)})")
            return
    count = size(of, context)
    if count < least:
        where = "over all replicas" if is_pooled(of, context) else "in each replica"
        yield Problem(
            ("of",), f"{', '.join(names)}: found {count} value{'s' * (count != 1)} {where}, expected >= {least}"
        )
