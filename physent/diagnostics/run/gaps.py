"""Samples in which values are missing: refused, or measured without the particles that lack one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from physent.declare import Variable
from physent.diagnostics.run.declare import DATA, Context, Diagnostic, Omitted, Record
from physent.errors import RunError
from physent.typing import Array

PARTICLE = "particle"
WORDS: Mapping[str, Omitted | None] = {"refuse": None, "omit windows": "windows", "omit particles": "particles"}


def omitted(words: Sequence[str]) -> tuple[Omitted, ...]:
    """What is left out if values are missing, by the words of a plan."""
    return tuple(left for word in words if (left := WORDS[word]) is not None)


def refuse_gaps(record: Record, context: Context) -> None:
    """Raise RunError if values are missing in a record of data in which they can be."""
    if context.omitted is None:
        return
    lacking = [name for name, values in record.items() if not np.isfinite(values).all()]
    if lacking:
        fits = "particles" not in context.omitted and any(_has_particles(name, context) for name in lacking)
        raise RunError(f"{', '.join(lacking)}: missing values{remedy('omit particles', context) if fits else ''}")


def refuse_gaps_in_series(series: Array, name: str, context: Context, *, has_windows: bool) -> None:
    """Raise RunError if values are missing in a series of data, unless windows that hold one are left out."""
    if context.omitted is None or (has_windows and "windows" in context.omitted):
        return
    if lost := int(np.isnan(series).sum()):
        fill = "interpolate with `resample: {every: STEP}` in the plan" if context.owner == DATA else "fill them first"
        whole = f"; this kind needs every sample and cannot omit windows: {fill}, or set `after`"
        text = f"{name}: {lost} missing value{'s' if lost > 1 else ''}"
        raise RunError(f"{text}{remedy('omit windows', context) if has_windows else whole}")


def remedy(words: str, context: Context) -> str:
    """How to ask for what is left out, to end a message."""
    return f"; add `missing: {words}` to the plan" if context.owner == DATA else f"; take missing='{words}'"


def of_present(
    one: Diagnostic, record: Record, context: Context, variables: Sequence[Variable]
) -> Mapping[str, ArrayLike]:
    """What a diagnostic gives for the particles of one replica that lack no value, NaN for each of the others."""
    axes = {name: context.variables[name].dims.index(PARTICLE) for name in record if _has_particles(name, context)}
    if not axes or one.origin():
        refuse_gaps(record, context)
        return one.observe(record, context)
    there = np.ones(len(context.coordinates[PARTICLE]), bool)
    for name, axis in axes.items():
        values = np.isfinite(record[name])
        there &= values.all(axis=tuple(other for other in range(values.ndim) if other != axis))
    if not there.any():
        raise RunError("every particle lacks a value")
    kept = {name: np.compress(there, x, axes[name]) if name in axes else x for name, x in record.items()}
    refuse_gaps(kept, context)
    coordinates = {**context.coordinates, PARTICLE: context.coordinates[PARTICLE][there]}
    found = one.observe(kept, replace(context, coordinates=coordinates))
    return {v.name: _spread(np.asarray(found[v.name]), v, there) for v in variables}


def _has_particles(name: str, context: Context) -> bool:
    return PARTICLE in context.variables[name].dims


def _spread(values: Array, variable: Variable, there: Array) -> Array:
    if PARTICLE not in variable.dims:
        return values
    axis = variable.dims.index(PARTICLE)
    whole = np.full((*values.shape[:axis], len(there), *values.shape[axis + 1 :]), np.nan)
    whole[(slice(None),) * axis + (there,)] = values
    return whole
