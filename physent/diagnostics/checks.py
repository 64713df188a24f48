"""What an argument may be: one function per kind of argument, ``(value, where) -> value`` in its plain form.

Data come out as native arrays of real numbers or as DataArrays of them, options as Python numbers. What is neither is a
`UsageError` or `RunError` of one line that begins with ``where``.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable
from math import inf, isinf, isnan, nan
from typing import Any, TypeAlias

import numpy as np

from physent.errors import RunError, UsageError, choice, found, reason
from physent.typing import Array

Check: TypeAlias = Callable[[Any, str], Any]
EXACT = 2**53
"""Beyond this number float64 does not hold every integer."""


def is_labelled(value: Any) -> bool:
    """Whether a value has named dimensions, or is a pandas object."""
    if type(value) is np.ndarray:
        return False
    return hasattr(value, "dims") or type(value).__module__.partition(".")[0] == "pandas"


def numbers(value: Any, where: str) -> Any:
    """Real numbers that float64 holds; masks, complex numbers, objects and huge integers are refused."""
    if type(value) is np.ndarray and value.dtype == np.float64 and value.dtype.isnative and value.size:
        return value  # the usual case costs nothing
    return _each(value, where, _exact)


def any_numbers(value: Any, where: str) -> Any:
    """`numbers`, of which there may be none."""
    return _each(value, where, _exact, empty=True)


def no_nan(value: Any, where: str) -> Any:
    """`numbers` without NaN, for functions that do not look themselves."""

    def whole(raw: Array, where: str) -> Array:
        raw = _exact(raw, where)
        if raw.dtype.kind == "f" and np.isnan(raw.min()):
            raise RunError(f"{where}: found {int(np.isnan(raw).sum())} NaN, expected numbers")
        return raw

    return _each(value, where, whole)


def integers(value: Any, where: str) -> Any:
    """Whole numbers (symbols), exact up to 2^63 - 1."""
    if type(value) is np.ndarray and value.dtype == np.int64 and value.dtype.isnative and value.size:
        return value

    def whole(raw: Array, where: str) -> Array:
        if raw.dtype.kind not in "biu":
            raise UsageError(f"{where} must be integers (encode the data with a space first), found {raw.dtype}")
        if raw.dtype.kind == "u" and int(raw.max()) > np.iinfo(np.int64).max:
            raise RunError(f"{where}: found {raw.max()}, expected at most 2^63 - 1")
        return raw

    return _each(value, where, whole)


def whole_numbers(low: int, high: int) -> Check:
    """A check of arrays of whole numbers of any type from ``low`` to ``high``."""

    def check(value: Any, where: str) -> Any:
        def judge(raw: Array, where: str) -> Array:
            raw = raw if raw.dtype.kind in "iu" else _exact(raw, where)
            wrong = ~((raw >= low) & (raw <= high) & (raw == np.floor(raw)))
            if wrong.any():
                raise UsageError(f"{where} holds {raw[wrong].flat[0]}, expected whole numbers from {low} to {high}")
            return raw

        return _each(value, where, judge)

    return check


def counts(value: Any, where: str) -> Any:
    """Whole counts, exact, or real numbers (probabilities)."""

    def either(raw: Array, where: str) -> Array:
        return raw if raw.dtype.kind in "iu" else _exact(raw, where)

    return _each(value, where, either)


def times(value: Any, where: str) -> Any:
    """Numbers, or seconds since the first of dates and of durations."""

    def seconds(raw: Array, where: str) -> Array:
        if raw.dtype.kind == "O":
            raw = _array(raw.astype("M8[ns]") if raw.size and hasattr(raw.flat[0], "year") else raw, where)
        if raw.dtype.kind not in "mM":
            return _exact(raw, where)
        if np.isnat(raw).any():
            raise RunError(f"{where}: found {int(np.isnat(raw).sum())} times that are not known (NaT)")
        return np.asarray((raw - raw.flat[0]) / np.timedelta64(1, "s"))

    try:
        return _each(value, where, seconds)
    except (TypeError, ValueError, OverflowError) as error:
        raise UsageError(f"{where} are not times: {reason(error)}") from None


def _each(value: Any, where: str, judge: Check, *, empty: bool = False) -> Any:
    """``judge`` the plain array of a value, labelled or not."""
    if not is_labelled(value):
        raw = _array(value, where)
        if not raw.size and not empty:
            raise UsageError(f"{where} are empty")
        return judge(raw, where)
    array = labelled(value, where)
    if not array.size and not empty:
        raise UsageError(f"{where} are empty, of sizes {dict(array.sizes)}")
    raw = array.to_numpy()
    plain = judge(_array(raw, where), where)
    return array if plain is raw and not array.chunks else array.copy(data=plain)


def labelled(value: Any, where: str) -> Any:
    """A DataArray of a DataArray, a Variable or a pandas object.

    The rows of a pandas object are samples: their dimension has the name of the index, or is ``time``; that of the
    columns has the name of `columns`, or is ``column``.
    """
    import xarray as xr

    if isinstance(value, xr.DataArray):
        array = value
    elif isinstance(value, xr.Variable):
        array = xr.DataArray(value)
    elif hasattr(value, "dims"):
        kind = type(value).__name__
        raise UsageError(f"{where}: found a {kind}, expected an array or a DataArray (of a Dataset, one variable)")
    else:
        array = _of_pandas(value, where)
    if len(set(array.dims)) < array.ndim:
        raise UsageError(f"{where}: found dimensions {dims_of(array)}, expected different names")
    return array


def dims_of(array: Any) -> str:
    """The dimensions of an array for a message, with their sizes."""
    return "(" + ", ".join(f"{name}: {size}" for name, size in zip(array.dims, array.shape, strict=True)) + ")"


def _of_pandas(value: Any, where: str) -> Any:
    import pandas as pd
    import xarray as xr

    if isinstance(value, pd.DataFrame | pd.Series):
        axes = [value.index] if isinstance(value, pd.Series) else [value.index, value.columns]
        if any(isinstance(axis, pd.MultiIndex) for axis in axes):
            raise UsageError(f"{where}: found a pandas object with a MultiIndex, expected plain rows and columns")
        names = [axis.name if axis.name is not None else usual for axis, usual in zip(axes, _PANDAS, strict=False)]
        raw = value.to_numpy()
        kinds = {getattr(kind, "kind", "O") for kind in np.atleast_1d(np.asarray(value.dtypes, object))}
        if raw.dtype.kind == "O" and kinds <= set("biuf"):  # nullable columns: what is missing is NaN
            raw = value.to_numpy(np.float64, na_value=np.nan)
        return xr.DataArray(raw, dims=names, coords=dict(zip(names, axes, strict=True)))
    if isinstance(value, pd.Index | pd.api.extensions.ExtensionArray):
        return xr.DataArray(np.asarray(value), dims=[_PANDAS[0]])
    raise UsageError(f"{where}: found {found(value)}, expected an array of numbers")


_PANDAS = ("time", "column")


def _array(value: Any, where: str) -> Array:
    """Any array as a native one."""
    if type(value) is np.ndarray and value.dtype.isnative and value.dtype.kind != "O":
        plain: Array = value
        return plain
    if isinstance(value, np.ma.MaskedArray):
        refuse_masked(value, where)
    if callable(getattr(value, "compute", None)):  # of dask, into memory
        value = value.compute()
    try:
        raw = np.asarray(value)
    except (ValueError, TypeError) as error:
        raise UsageError(f"{where} are not an array of numbers: {reason(error)}") from None
    if raw.dtype.kind == "O" and raw.size and all(type(one) in (int, np.int64) for one in raw.flat):
        raise RunError(f"{where} contain integers beyond 2**63 - 1, which no array holds exactly")
    return raw if raw.dtype.isnative else raw.astype(raw.dtype.newbyteorder("="))


def _exact(raw: Array, where: str) -> Array:
    """Refuse numbers that float64 does not hold."""
    kind = raw.dtype.kind
    if kind not in "biuf":
        of = "Python objects" if kind == "O" else str(raw.dtype)
        hint = "; take the real and the imaginary part, or the modulus" if kind == "c" else ""
        raise UsageError(f"{where} must be real numbers, found {of}{hint}")
    if kind in "iu" and raw.dtype.itemsize == 8 and raw.size and max(abs(int(raw.min())), abs(int(raw.max()))) > EXACT:
        raise RunError(f"{where} contain integers beyond 2**53, whose order float64 does not keep")
    if kind == "f" and raw.dtype.itemsize > 8:
        with np.errstate(over="ignore"):
            plain = raw.astype(np.float64)
        if not np.array_equal(plain, raw, equal_nan=True):
            raise RunError(f"{where} hold {raw.dtype} with digits that float64 does not keep: round them first")
        return plain
    return raw


def refuse_masked(x: Any, where: str) -> None:
    """Refuse masked values: they are not numbers, and the mask would be lost here."""
    if isinstance(x, np.ma.MaskedArray) and (masked := int(np.count_nonzero(np.ma.getmaskarray(x)))):
        raise RunError(
            f"{where}: found {masked} masked values, expected numbers; leave out independent samples or cells"
            " (x.compressed()), but analyse a series between its gaps, stretch by stretch, or fill them:"
            " leaving samples out makes neighbours of those that were none"
        )


def whole(low: int | None = None, high: int = EXACT, *, none: bool = False) -> Check:
    """A check of whole numbers from ``low`` to ``high``, of any type; no truth values. ``none`` allows None."""

    def check(value: Any, where: str) -> int | None:
        if type(value) is int:
            number = value
        elif value is None and none:
            return None
        else:
            number = _whole(value, where)
        if (low is not None and number < low) or abs(number) > high:
            least = "" if low is None else f" >= {low}"
            most = "" if number <= high else f", at most {high}"
            raise UsageError(f"{where} = {found(number)}, expected a whole number{least}{most}")
        return number

    return check


def _whole(value: Any, where: str) -> int:
    value = value[()] if isinstance(value, np.ndarray) and value.ndim == 0 else value
    if isinstance(value, float | np.floating) and np.isfinite(value) and value == np.floor(value):
        return int(value)
    if not isinstance(value, bool | np.bool_):
        try:
            return operator.index(value)
        except TypeError:
            pass
    raise UsageError(f"{where} = {found(_plain(value))}, expected a whole number")


def real(
    low: float = -inf, high: float = inf, *, above: bool = False, finite: bool = True, none: bool = False
) -> Check:
    """A check of real numbers from ``low`` (or > low, if ``above``) to ``high``; ``finite`` or not."""

    def check(value: Any, where: str) -> float | None:
        if value is None and none:
            return None
        number = value if type(value) is float else _plain(value)
        as_float = nan if isinstance(number, bool) or not isinstance(number, int | float) else float_of(number)
        if isnan(as_float):
            raise UsageError(f"{where} = {found(number)}, expected a number")
        if (finite and isinf(as_float)) or as_float > high or (as_float <= low if above else as_float < low):
            least = "" if low == -inf else f" {'>' if above else '>='} {low:g}"
            most = "" if high == inf else f", at most {high:g}"
            raise UsageError(f"{where} = {found(number)}, expected a {'finite ' if finite else ''}number{least}{most}")
        return as_float

    return check


def float_of(number: float) -> float:
    """A Python number as float, beyond its range infinity."""
    try:
        return float(number)
    except OverflowError:
        return inf if number > 0 else -inf


def _plain(value: Any) -> Any:
    """The Python number of a NumPy one, or of an array of no dimensions."""
    if isinstance(value, np.generic) or (hasattr(value, "dtype") and getattr(value, "ndim", 1) == 0):
        try:
            value = np.asarray(value).item()
        except (TypeError, ValueError):
            return value
    return value


def one_of(*names: str, none: bool = False) -> Check:
    """A check of one of a few names."""

    def check(value: Any, where: str) -> Any:
        if (value is None and none) or (isinstance(value, str) and value in names):
            return value
        raise UsageError(f"{where}: {choice(_plain(value), names)}{' or None' if none else ''}")

    return check


def flag(value: Any, where: str) -> bool:
    """True or False."""
    if isinstance(value, bool | np.bool_):
        return bool(value)
    raise UsageError(f"{where} = {found(_plain(value))}, expected True or False")


def function(value: Any, where: str) -> Any:
    """Something to call; what it returns must be numbers."""
    if callable(value):
        return lambda *args: numbers(value(*args), f"{where}: the values")
    raise UsageError(f"{where}: found {found(value)}, expected a function")


def having(what: str, *methods: str, none: bool = False) -> Check:
    """A check of objects by their methods."""

    def check(value: Any, where: str) -> Any:
        if (value is None and none) or (
            not isinstance(value, type | str) and all(hasattr(value, name) for name in methods)
        ):
            return value
        raise UsageError(f"{where}: found {found(value)}, expected {what}{' or None' if none else ''}")

    return check


def names(value: Any, where: str) -> tuple[Hashable, ...] | None:
    """Names of dimensions as a tuple: of one, of several, or None."""
    if value is None:
        return None
    given = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list | tuple) else ()
    if not given or not all(isinstance(name, str) for name in given) or len(set(given)) < len(given):
        raise UsageError(f"{where} = {found(_plain(value))}, expected names of dimensions, each once")
    return given


def optional(check: Check) -> Check:
    """The check, or None."""
    return lambda value, where: None if value is None else check(value, where)


def one_name(value: Any, where: str) -> str:
    """Text; which one is judged where it is used."""
    if isinstance(value, str):
        return value
    raise UsageError(f"{where} = {found(_plain(value))}, expected a name")


def share(value: Any, where: str) -> float:
    """A number above 0 and below 1."""
    number = float(real()(value, where))
    if not 0 < number < 1:
        raise UsageError(f"{where} = {number:g}, expected a number above 0 and below 1")
    return number


def counts_or_none(value: Any, where: str) -> Any:
    """`counts`, of which there may be none."""
    return _each(value, where, lambda raw, at: raw if raw.dtype.kind in "iu" else _exact(raw, at), empty=True)


def axes(check: Check, least: int, most: int | None = None, what: str = "axes") -> Check:
    """The check, of an array of ``least`` to ``most`` axes."""

    def shaped(value: Any, where: str) -> Any:
        array = check(value, where)
        if not hasattr(array, "dims") and not least <= array.ndim <= (array.ndim if most is None else most):
            number = f"{least}" if most == least else f"at least {least}" if most is None else f"{least} to {most}"
            raise UsageError(f"{where}: found shape {array.shape}, expected {number} {what}")
        return array

    return shaped
