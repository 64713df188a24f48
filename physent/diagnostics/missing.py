"""Samples that are missing: windows that hold one are left out, and no window is put together across it.

Missing are NaN, masked values and, of a DataArray, what the clock leaves out: a gap is a step over 1.5 times the median
one. If it is a whole number m of such steps, to a tenth of one, m - 1 samples are missing; across any other gap there
is no window. Functions of windows refuse missing samples, or leave such windows out with ``missing="omit windows"``.
What is made of a series as a whole (phrases, surrogates, natural and autocorrelation times) always refuses them. Inside
functions a missing number is NaN, a missing symbol -1, and so is the code of an omitted window.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, TypeAlias

import numpy as np

from physent.diagnostics import checks as c
from physent.diagnostics.warn import CALL, warn
from physent.errors import RunError
from physent.typing import Array, Booleans, Integers

Missing: TypeAlias = Literal["refuse", "omit windows"]
OMIT = "omit windows"
CHECK = c.one_of("refuse", OMIT)
GAP = -2
"""The code of an outcome that depends on a missing sample; -1 is that of a value outside the space."""


def numbers(value: Any, where: str) -> Any:
    """Real numbers, float64, NaN if missing or masked."""
    return _floats(c.numbers(_unmasked(value, where), where))


def any_numbers(value: Any, where: str) -> Any:
    """`numbers`, of which there may be none."""
    return _floats(c.any_numbers(_unmasked(value, where), where))


def symbols(value: Any, where: str) -> Any:
    """Symbols 0, 1, 2, ..., of any type that can hold a missing one (float, masked, nullable), which becomes -1."""

    def judge(raw: Array, where: str) -> Array:
        known: Any = True
        if raw.dtype.kind == "f":
            known = ~np.isnan(raw)
            raw = np.where(known, raw, 0)
            raw = raw.astype(np.int64) if ((np.abs(raw) <= c.EXACT) & (raw == np.floor(raw))).all() else raw
        filled = c.integers(raw, where)
        if filled.min() < 0:
            raise RunError(f"{where} must be 0, 1, 2, ..., found {filled.min()}")
        return np.where(known, filled.astype(np.int64), -1)

    return c.each(_unmasked(value, where), where, judge)


def opened(array: Array, at: Integers, number: Integers, axis: int = -1, fill: float | None = None) -> Array:
    """``number`` missing samples after the samples ``at``, along one axis."""
    if not len(at):
        return array
    value = (np.nan if array.dtype.kind == "f" else -1) if fill is None else fill
    return np.insert(array, np.repeat(at + 1, number), value, axis)


def closed(array: Array, at: Integers, number: Integers) -> Array:
    """What `opened` made, without the missing samples, along the last axis."""
    after = np.repeat(at + 1, number) + np.arange(int(number.sum()))
    return np.delete(np.asarray(array), after, axis=-1)


def lost_windows(missing: Booleans, offsets: Iterable[int]) -> Booleans:
    """Which windows (..., windows), of the samples at t + offset for all ``offsets``, hold a missing one (..., n)."""
    steps = [*offsets]
    windows = missing.shape[-1] - steps[-1]
    return np.asarray(np.logical_or.reduce([missing[..., step : step + windows] for step in steps]))


def judge(lost: Booleans) -> None:
    """Note how many windows (..., windows) are lost; refuse if there is no other, warn if a series has no other."""
    empty = lost.all(-1)
    if empty.all():
        raise RunError(f"each of {lost.shape[-1]} windows holds a missing sample: there is none to count")
    if empty.any():
        warn(f"missing: {empty.sum()} of {empty.size} series have no window without a missing sample, and no value")
    note(int(lost.sum()))


def note(windows: int) -> None:
    """How many windows are left out, as an attribute of the result."""
    if (call := CALL.get()) is not None:
        call.notes["windows_omitted"] = windows


def encoded(space: Any, x: Any) -> Integers:
    """The codes of ``space.encode(x)``, `GAP` for outcomes that depend on a missing sample (of points: component)."""
    if hasattr(space, "spaces"):
        parts = x if isinstance(x, tuple) else (x,) * len(space.spaces)
        joint: Integers = space.join([encoded(one, part) for one, part in zip(space.spaces, parts, strict=True)])
        return joint
    if hasattr(space, "steps"):
        codes = encoded(space.space, x)
        return codes[..., : max(0, codes.shape[-1] - space.steps)]
    if hasattr(space, "codes"):
        own: Integers = space.codes(x, gaps=True)
        return own
    values = np.asarray(x, np.float64)
    missing = np.asarray(np.isnan(values) if space.components is None else np.isnan(values).any(-1))
    if not missing.any():
        return np.asarray(space.encode(values))
    lost = lost_windows(missing, range(space.reach + 1)) if space.reach else missing
    if missing.all():
        return np.full(lost.shape, GAP)
    values = values.copy()
    values[missing] = values[~missing][0]
    return np.where(lost, GAP, space.encode(values))


def _unmasked(value: Any, where: str) -> Any:
    if not isinstance(value, np.ma.MaskedArray) or value.dtype.kind not in "biuf":
        return value
    c.any_numbers(value.compressed(), where)
    return np.where(np.ma.getmaskarray(value), np.nan, value.data)


def _floats(found: Any) -> Any:
    return found.astype(np.float64, copy=False)
