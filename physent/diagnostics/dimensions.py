"""Which dimension is which: the one rule by which functions act on named dimensions, never on positions.

- The clock is what ``dim=`` names; else the dimension ``time``, ``draw`` or ``step``; else the one with a coordinate of
  dates; else the only one.
- Samples and points are counted along ``particle`` or ``individual``, else along the clock; axes of space are the
  dimension ``axis`` (the columns of a DataFrame), or what ``axes=`` names.
- A field has the dimensions ``y`` and ``x`` or, on a line, ``x``; cells have the dimension ``cell``.

If that does not decide, a `UsageError` lists the dimensions. Objects that belong together are joined on the coordinates
that they share, and a `PhysentWarning` counts what is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from physent.diagnostics.checks import dims_of
from physent.diagnostics.warn import warn
from physent.errors import UsageError
from physent.typing import Array, Floats, Integers

if TYPE_CHECKING:
    import xarray as xr

Names: TypeAlias = tuple[Hashable, ...] | None
Core: TypeAlias = Callable[["xr.DataArray", Names, Names, str], list[Hashable]]
CLOCKS = ("time", "draw", "step")
BODIES = ("particle", "individual")
AXES = ("axis", "column")

# In units of the median step: a longer one is a gap, of a whole number of steps if no farther from it.
_GAP, _PHASE = 1.5, 0.1


def clock(array: xr.DataArray, named: Names, axes: Names, where: str) -> list[Hashable]:
    """The dimension of time."""
    if named is not None:
        return _named(array, named, 1, where)
    return [_one(array, [*_among(array, CLOCKS)] or dated(array), "a clock (time, draw, step, or dates)", where)]


def chain(array: xr.DataArray, named: Names, axes: Names, where: str) -> list[Hashable]:
    """The clock, and the replicas that are pooled."""
    (draws,) = clock(array, named, axes, where)
    return [draws, *(name for name in array.dims if name == "replica" != draws)]


def samples(array: xr.DataArray, named: Names, axes: Names, where: str) -> list[Hashable]:
    """The dimension of independent samples."""
    if named is not None:
        return _named(array, named, 1, where)
    candidates = [*_among(array, BODIES)] or [*_among(array, CLOCKS)] or dated(array)
    return [_one(array, candidates, "samples (particle, individual, or a clock)", where)]


def points(array: xr.DataArray, named: Names, axes: Names, where: str) -> list[Hashable]:
    """The dimension of points and, unless they lie on a line, that of their axes."""
    if named is not None and len(named) > 1:
        return _named(array, named, 2, where)
    space = [*_among(array, AXES)] if axes is None else _named(array, axes, 1, where)
    if named is not None:
        space = [] if axes is None and array.ndim == 1 else space
        return [*_named(array, named, 1, where), *(name for name in space if name not in named)]
    rest = array.isel(dict.fromkeys(space, 0), drop=True)
    if not rest.ndim and axes is not None:
        raise UsageError(f"{where}: found dimensions {dims_of(array)}, none of points beside axes = {axes[0]!r}")
    return [*samples(rest, None, None, where), *space] if rest.ndim else samples(array, None, None, where)


def path(array: xr.DataArray, named: Names, axes: Names, where: str) -> list[Hashable]:
    """The clock and, unless the series is of numbers, the dimension of the axes of a point that moves."""
    space = [*_among(array, AXES)] if axes is None else _named(array, axes, 1, where)
    space = [name for name in space if array.ndim > 1 and name not in (named or ())]
    return [*clock(array.isel(dict.fromkeys(space, 0), drop=True), named, None, where), *space]


def bodies(array: xr.DataArray, named: Names, axes: Names, where: str) -> list[Hashable]:
    """The dimension of particles and, for positions, that of their axes."""
    names = [*_among(array, BODIES)] if named is None else _named(array, named, 1, where)
    space = [*_among(array, AXES)] if axes is None else _named(array, axes, 1, where)
    return [_one(array, names, "particles (particle or individual)", where, alone=False), *space]


def field(array: xr.DataArray, named: Names, axes: Names, where: str) -> list[Hashable]:
    """Rows and columns, or a line."""
    if named is not None:
        return _named(array, named, 2, where)
    found = [name for name in ("y", "x") if name in array.dims]
    if found:
        return [*found]
    return [_one(array, [], "a field (y and x, or x)", where)]


def plane(array: xr.DataArray, named: Names, axes: Names, where: str) -> list[Hashable]:
    """Rows and columns."""
    found = field(array, named, axes, where)
    if len(found) != 2:
        raise UsageError(f"{where}: found dimensions {dims_of(array)}, expected rows and columns (y and x, or dims=)")
    return found


def cells(array: xr.DataArray, named: Names, axes: Names, where: str) -> list[Hashable]:
    """The dimension of cells, over which probabilities sum to one."""
    if named is not None:
        return _named(array, named, 1, where)
    return [_one(array, [*_among(array, ("cell",))], "cells (cell)", where)]


def elements(array: xr.DataArray, named: Names, axes: Names, where: str) -> list[Hashable]:
    """None: each number by itself."""
    return []


def _among(array: xr.DataArray, names: Sequence[str]) -> list[Hashable]:
    return [name for name in names if name in array.dims]


def dated(array: xr.DataArray) -> list[Hashable]:
    """Dimensions whose coordinate holds dates."""
    found: list[Hashable] = []
    for name in array.dims:
        if name in array.indexes:
            values = array.coords[name].values
            if values.dtype.kind == "M" or (values.dtype.kind == "O" and len(values) and hasattr(values[0], "year")):
                found.append(name)
    return found


def _one(array: xr.DataArray, candidates: list[Hashable], what: str, where: str, *, alone: bool = True) -> Hashable:
    if not candidates and array.ndim == 1 and alone:
        return array.dims[0]
    if len(candidates) == 1:
        return candidates[0]
    why = "none of them is" if not candidates else f"each of {' and '.join(map(str, candidates))} may be"
    raise UsageError(f"{where}: found dimensions {dims_of(array)}, {why} that of {what}: name it (dim= or dims=)")


def _named(array: xr.DataArray, named: Sequence[Hashable], most: int, where: str) -> list[Hashable]:
    if missing := [str(name) for name in named if name not in array.dims]:
        raise UsageError(f"{where}: no dimension {', '.join(missing)} in the data, which have {dims_of(array)}")
    if len(named) > most:
        raise UsageError(f"{where}: found {len(named)} names of dimensions, expected at most {most}")
    return [*named]


def together(arrays: Sequence[xr.DataArray], where: str, exclude: Collection[Hashable] = ()) -> list[xr.DataArray]:
    """The arrays on the coordinates that they all have, with a warning that counts what others lack.

    Dimensions to ``exclude``, such as axes of space, are each array's own.
    """
    import xarray as xr

    if len(arrays) < 2:
        return list(arrays)
    try:
        joined = xr.align(*arrays, join="inner", copy=False, exclude=frozenset(exclude))
    except (ValueError, TypeError) as error:
        have = " and ".join(map(dims_of, arrays))
        raise UsageError(f"{where}: found {have}, which cannot be paired: {' '.join(str(error).split())}") from None
    for name in dict.fromkeys(name for array in arrays for name in array.dims if name not in exclude):
        before = [array.sizes[name] for array in arrays if name in array.sizes]
        after = next(array.sizes[name] for array in joined if name in array.sizes)
        if not after:
            raise UsageError(f"{where}: the coordinates of {name} have no value in common")
        if max(before) > after:
            sizes = " and ".join(map(str, before))
            warn(f"{where}: paired by {name}: {after} values in common of {sizes}, the others are left out")
    return list(joined)


def judge_times(times: Array, name: str) -> None:
    """Warn of times that do not increase, or of a gap: a step over 1.5 times the median one."""
    steps = _steps(times)
    if steps is None:
        return
    if not _increase(steps, name):
        return
    if len(gaps := np.flatnonzero(steps > _GAP)):
        warn(
            f"{name} has {len(gaps)} gap{'s' if len(gaps) > 1 else ''}, the first after {times[gaps[0]]}: "
            "samples count as neighbours across it; analyse the stretches one by one, fill the gaps first, or take "
            "missing='omit windows' in a function that has it"
        )


def gaps_of(times: Array, name: str, reach: int) -> tuple[Integers, Integers]:
    """The samples before each gap, and how many are missing there, at most ``reach``: no window reaches further."""
    steps = _steps(times)
    if steps is None or not _increase(steps, name):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    at = np.flatnonzero(steps > _GAP)
    whole = np.rint(steps[at])
    number = np.where(np.abs(steps[at] - whole) <= _PHASE, np.minimum(whole - 1, reach), reach)
    return at, number.astype(np.int64)


def _steps(times: Array) -> Floats | None:
    """Steps in units of the median one; None if there are too few, or no times."""
    if len(times) < 3 or times.dtype.kind not in "iufmMO":
        return None
    try:
        steps = np.diff(times)
    except TypeError:  # of labels that are no times
        return None
    if steps.dtype.kind == "O" and isinstance(steps[0], timedelta):  # of a model's calendar
        steps = steps.astype("m8[us]")
    if steps.dtype.kind not in "iufm":
        return None
    steps = steps.astype(np.float64)
    return np.asarray(steps / (abs(np.median(steps)) or 1.0))


def _increase(steps: Floats, name: str) -> bool:
    if np.all(steps > 0):
        return True
    warn(f"{name} does not increase from sample to sample: a series is taken in the order of its samples; sort it")
    return False


def only(array: xr.DataArray, named: Names, axes: Names, where: str) -> list[Hashable]:
    """The one dimension that there is."""
    return [_one(array, [], "the values", where)]
