"""The gate that data pass once, and the bridge from functions of plain arrays to xarray objects."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from physent.diagnostics.warn import warn
from physent.errors import RunError, UsageError
from physent.typing import Array, Floats, Integers

if TYPE_CHECKING:
    import xarray as xr

    Data: TypeAlias = ArrayLike | xr.DataArray
    Dims: TypeAlias = str | Sequence[str] | None


def along(
    function: Callable[..., Any],
    *data: Data,
    dims: Dims = None,
    core: int = 1,
    in_time: bool = False,
    outputs: int = 1,
    attrs: Mapping[str, Any] | None = None,
) -> Any:
    """``function`` of the last ``core`` axes of each array, or of the named dimensions of xarray objects.

    ``function`` maps arrays (..., n) to arrays (...), or to ``outputs`` of them. Plain arrays are passed through. For
    `xarray.DataArray` s ``dims`` names the reduced dimensions, the others stay, and the results carry ``attrs``. The
    default is the last ``core`` dimensions or, for a function ``in_time``, ``time`` if there is one; of that, a
    coordinate with gaps or out of order is a `PhysentWarning`.
    """
    for x in data:
        refuse_masked(x, "data")
    if not any(hasattr(x, "dims") for x in data):
        plain = function(*(np.asarray(x) for x in data))
        return tuple(np.asarray(y)[()] for y in plain) if outputs > 1 else np.asarray(plain)[()]
    import xarray as xr

    if other := [type(x).__name__ for x in data if hasattr(x, "dims") and not isinstance(x, xr.DataArray)]:
        raise UsageError(f"found a {other[0]}, expected an array or a DataArray (of a Dataset, one variable)")
    data = tuple(x.compute() if isinstance(x, xr.DataArray) else x for x in data)  # of dask, into memory
    first = next(x for x in data if isinstance(x, xr.DataArray))
    if dims is None:
        reduced: list[Hashable] = ["time"] if in_time and "time" in first.dims else list(first.dims[-core:])
    else:
        reduced = [dims] if isinstance(dims, str) else list(dims)
    if len(reduced) != core:
        raise UsageError(f"expected {core} dimensions, found {reduced}")
    if missing := [str(name) for name in reduced if name not in first.dims]:
        have = ", ".join(str(name) for name in first.dims)
        raise UsageError(f"no dimension {', '.join(missing)} in the data, which have {have}")
    if in_time:
        for x in data:
            if isinstance(x, xr.DataArray) and reduced[0] in x.coords:
                _judge_times(x.coords[reduced[0]].values, str(reduced[0]))
    result = xr.apply_ufunc(function, *data, input_core_dims=[reduced] * len(data), output_core_dims=[[]] * outputs)
    for array in result if outputs > 1 else (result,):
        array.attrs = dict(attrs or {})
    return result


def _judge_times(times: Array, name: str) -> None:
    """Warn of times that do not increase, or of a gap: a step over 1.5 times the median one."""
    if len(times) < 3 or times.dtype.kind not in "iufmMO":
        return
    steps = np.diff(times)
    if steps.dtype.kind == "O" and isinstance(steps[0], timedelta):  # of a model's calendar
        steps = steps.astype("m8[us]")
    if steps.dtype.kind not in "iufm":
        return
    steps = steps.astype(np.float64)
    usual = float(np.median(steps))
    if not np.all(steps > 0):
        warn(f"{name} does not increase from sample to sample: a series is taken in the order of its samples; sort it")
    elif len(gaps := np.flatnonzero(steps > 1.5 * usual)):
        warn(
            f"{name} has {len(gaps)} gap{'s' if len(gaps) > 1 else ''}, the first after {times[gaps[0]]}: "
            "samples count as neighbours across it; analyse the stretches one by one, or fill the gaps first"
        )


def refuse_masked(x: Any, where: str) -> None:
    """Refuse masked values: they are no numbers, and the mask would be lost here."""
    if isinstance(x, np.ma.MaskedArray) and (masked := int(np.count_nonzero(np.ma.getmaskarray(x)))):
        raise RunError(f"{where}: found {masked} masked values, expected numbers; leave them out: x.compressed()")


def finite_or_infinite(x: ArrayLike, what: str) -> Floats:
    """``x`` as contiguous float64; NaN and integers that float64 cannot distinguish are refused."""
    refuse_masked(x, what)
    raw = np.asarray(x)
    if raw.dtype.kind not in "biuf":
        raise UsageError(f"{what} must be real numbers, found {raw.dtype}")
    values = np.ascontiguousarray(raw, dtype=np.float64).reshape(raw.shape)
    if values.size == 0:
        raise UsageError(f"{what} are empty")
    if raw.dtype.kind == "f":
        # min propagates NaN, at a tenth of the cost of isnan().any()
        if np.isnan(values.min()):
            raise RunError(
                f"{what} contain {int(np.isnan(values).sum())} NaN; leave them out (not inside a time series: "
                "samples would become neighbours that were none) or fill them first"
            )
    elif raw.dtype.kind in "iu" and max(abs(int(raw.min())), abs(int(raw.max()))) > 2**53:
        raise RunError(f"{what} contain integers beyond 2**53, whose order float64 does not keep")
    return values


def finite(x: ArrayLike, what: str) -> Floats:
    """``x`` as contiguous float64; NaN and infinities are refused."""
    values = finite_or_infinite(x, what)
    if not np.isfinite([values.min(), values.max()]).all():
        raise RunError(f"{what} contain infinite values")
    return values


def symbols_of(x: ArrayLike, what: str = "symbols") -> Integers:
    """``x`` as int64 symbols 0, 1, 2, ..."""
    raw = np.asarray(x)
    if raw.dtype.kind not in "biu":
        raise UsageError(f"{what} must be integers (encode the data with a space first), found {raw.dtype}")
    if raw.size == 0:
        raise UsageError(f"{what} are empty")
    if raw.dtype.kind != "b" and (raw.min() < 0 or raw.max() > np.iinfo(np.int64).max):
        raise RunError(f"{what} must be 0, 1, 2, ..., found {raw.min()} to {raw.max()}")
    return raw.astype(np.int64)
