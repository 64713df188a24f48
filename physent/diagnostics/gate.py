"""The gate of the public functions: what goes in is checked, named dimensions become axes, what comes out has names.

`public` decorates every public function and class of `physent.diagnostics`; what their arguments are is written in one
place, `physent.diagnostics.table`. Behind the gate functions see native arrays of real numbers and Python options.
Nothing but `UsageError` and `RunError` leaves a public function (errors of functions that the caller hands over pass
through), and nothing but one `PhysentWarning` per call, which points at the line of the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import wraps
from inspect import Parameter, signature
from typing import Any, TypeVar

import numpy as np

from physent.diagnostics import dimensions
from physent.diagnostics.checks import dims_of, is_labelled
from physent.diagnostics.missing import CHECK, OMIT, opened
from physent.diagnostics.table import CLASSES, ROWS, Row
from physent.diagnostics.warn import CALL, Call, tell
from physent.errors import PhysentError, UsageError, one_line

T = TypeVar("T", bound=Callable[..., Any])


def public(thing: T) -> T:
    """A function, or the class with those methods, that the table has a row of, behind the gate."""
    if not isinstance(thing, type):
        gated: T = _gated(thing, ROWS[thing.__name__], thing.__name__)
        return gated
    for method, row in CLASSES[thing.__name__].items():
        name = thing.__name__ if method.startswith("__") else f"{thing.__name__}.{method}"
        setattr(thing, method, _gated(vars(thing)[method], row, name))
    return thing


def _gated(function: Any, row: Row, where: str) -> Any:
    parameters = [*signature(function).parameters.values()]
    names = tuple(one.name for one in parameters)
    at_most = sum(one.kind is not Parameter.KEYWORD_ONLY for one in parameters)
    by_position = [one.name for one in parameters if one.kind is Parameter.POSITIONAL_ONLY or one.name == "self"]
    defaults = {one.name: one.default for one in parameters}
    if unknown := {*row.data, *row.options} - set(names):
        raise TypeError(f"{where} has no {unknown}")
    checks = {name: (check, f"{where}: {name}") for name, check in {**row.data, **row.options}.items()}
    omitting = {name: (row.gaps.get(name, check), at) for name, (check, at) in checks.items()}
    data = tuple(row.data) if row.core is not None else ()
    naming = tuple(key for key in (row.dim, row.axes) if key) if data else ()

    @wraps(function)
    def gated(*args: Any, **kwargs: Any) -> Any:
        if (outer := CALL.get()) is not None and outer.inside:
            return function(*args, **kwargs)  # of one function here by another, of what is checked already
        if len(args) > at_most or (kwargs and not kwargs.keys().isdisjoint(names[: len(args)])):
            return function(*args, **kwargs)  # Python says what is wrong with it
        given = dict(zip(names, args))  # noqa: B905 (the check of lengths costs a tenth of the gate)
        if kwargs:
            given.update(kwargs)
        call = Call(inside=True)
        token = CALL.set(call)
        try:
            with np.errstate(all="ignore"):
                omits = "missing" in given and CHECK(given["missing"], f"{where}: missing") == OMIT
                judges = omitting if omits else checks
                for name, value in given.items():
                    if name in judges:
                        check, at = judges[name]
                        given[name] = check(value, at)
                result = _called(given, call)
        except PhysentError as error:
            if len(str(error).splitlines()) > 1:  # names of dimensions may be anything
                raise type(error)(one_line(str(error))) from None
            raise
        finally:
            CALL.reset(token)
        if call.doubts:
            tell(call)
        return result

    def _called(given: dict[str, Any], call: Call) -> Any:
        for name in data:
            if hasattr(given.get(name), "dims"):
                return _labelled(function, row, given, defaults, where, call)
        for key in naming:
            if given.get(key) is not None:
                raise UsageError(f"{where}: {key} names dimensions, but the data have none with a name")
        if row.axis in given:
            ndim = np.ndim(given["x"])
            if not -ndim <= given[row.axis] < ndim:
                raise UsageError(f"{where}: {row.axis} = {given[row.axis]}, but the data have {ndim} axes")
        if row.joint is not None:
            row.joint(given, where)
        if not by_position:
            return function(**given)
        first = [given.pop(name) for name in by_position if name in given]
        return function(*first, **given)

    return gated


def _labelled(function: Any, row: Row, given: dict[str, Any], defaults: dict[str, Any], where: str, call: Call) -> Any:
    """The function of the plain arrays whose axes are the dimensions that the rule finds, with named results."""
    data = {name: given[name] for name in row.data if given.get(name) is not None}
    named, axes = (given.pop(key, None) if key else None for key in (row.dim, row.axes))
    own = (*dimensions.AXES, *(axes or ())) if row.axes else ()
    arrays = dimensions.together(_with_names(data, where), where, own)
    if row.axis in given:
        raise UsageError(f"{where}: {row.axis} counts the axes of plain arrays, name the dimension with {row.dim}=")
    if row.core is None:
        raise TypeError(where)
    cores = [row.core(array, named, axes, where) for array in arrays]
    if len({core[0] for core in cores if core}) > 1:
        have = " and ".join(map(dims_of, arrays))
        raise UsageError(f"{where}: found {have}, expected one dimension along which they are paired")
    inner = set().union(*map(set, cores))
    kept = [*dict.fromkeys(name for array in arrays for name in array.dims if name not in inner)]
    if len(kept) > (row.keeps if row.keeps is not None else len(kept)):
        raise UsageError(
            f"{where}: found dimensions {dims_of(arrays[0])}, of which {', '.join(map(str, kept))} cannot be kept: "
            "select one entry, or name the dimension that is meant"
        )
    gaps = _gaps(row, arrays[0], cores[0], defaults | given)
    sizes = {name: size for array in arrays for name, size in array.sizes.items()}
    for name, array, core in zip(data, arrays, cores, strict=True):
        spread = array.expand_dims({one: sizes[one] for one in kept if one not in array.dims})
        order = [*core, *kept] if row.leads else [*kept, *core]
        plain = spread.transpose(*order).to_numpy()
        plain = plain if gaps is None else opened(plain, *gaps, axis=len(kept))
        given[name] = plain[:, None] if row.leads and row.pools and len(core) == 1 and kept else plain
    if row.says is not None:
        given |= row.says(cores[0])
    if row.joint is not None:
        row.joint(given, where)
    result = function(**given)
    if not row.named:
        return result
    core_of_result = cores[0] if row.same else cores[0][: row.local]
    coords = {
        name: coord
        for array in reversed(arrays)
        for name, coord in array.coords.items()
        if set(coord.dims) <= set(kept) | set(core_of_result)
    }
    tail: list[Hashable] = [*row.tail, *core_of_result]
    if isinstance(result, tuple):
        return tuple(_with_dims(one, kept, tail, coords, call.attrs | call.notes) for one in result)
    return _with_dims(result, kept, tail, coords, call.attrs | call.notes)


def _gaps(row: Row, array: Any, core: list[Hashable], given: dict[str, Any]) -> tuple[Any, Any] | None:
    """What the clock of a series leaves out, to be omitted; otherwise it is doubted."""
    if not row.judged or core[0] not in array.coords:
        return None
    times, name = array.coords[core[0]].values, str(core[0])
    if row.reach is not None and given["missing"] == OMIT:
        return dimensions.gaps_of(times, name, row.reach(given))
    dimensions.judge_times(times, name)
    return None


def _with_dims(
    values: Any, kept: list[Hashable], tail: list[Hashable], coords: Mapping[Hashable, Any], attrs: dict[str, Any]
) -> Any:
    import xarray as xr

    array = np.asarray(values)
    dims = [*kept, *tail[len(tail) - (array.ndim - len(kept)) :]]
    own = {name: coord for name, coord in coords.items() if set(coord.dims) <= set(dims)}
    return xr.DataArray(array, dims=dims, coords=own, attrs=attrs)


def _with_names(data: Mapping[str, Any], where: str) -> list[Any]:
    """All data with names: an array without them takes those of a partner, if both are one series of one length."""
    import xarray as xr

    first = next(value for value in data.values() if is_labelled(value))
    found = []
    for name, value in data.items():
        if is_labelled(value):
            found.append(value)
        elif first.ndim == 1 and np.shape(value) == first.shape:
            found.append(xr.DataArray(np.asarray(value), dims=first.dims, coords=first.coords))
        else:
            raise UsageError(
                f"{where}: {name} is an array {np.shape(value)} without names beside one with {dims_of(first)}: "
                "give both with names of dimensions, or both without"
            )
    return found
