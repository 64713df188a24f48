"""What data must be inside the functions: finite numbers, or symbols."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from physent.diagnostics.checks import EXACT, refuse_masked
from physent.diagnostics.warn import CALL
from physent.errors import RunError, UsageError
from physent.typing import Floats, Integers

if TYPE_CHECKING:
    import xarray as xr

    Data: TypeAlias = ArrayLike | xr.DataArray
    Dims: TypeAlias = str | Sequence[str] | None


def along(function: Callable[..., Any], *data: Data, outputs: int = 1, attrs: Mapping[str, Any] | None = None) -> Any:
    """``function`` of arrays (..., n), which gives arrays (...) or ``outputs`` of them; plain numbers for a single row.

    ``attrs`` say what was done, on the result of a call with named dimensions.
    """
    plain = function(*(np.asarray(x) for x in data))
    if (call := CALL.get()) is not None:
        call.attrs = dict(attrs or {}) | call.notes
    return tuple(np.asarray(y)[()] for y in plain) if outputs > 1 else np.asarray(plain)[()]


def finite_or_infinite(x: ArrayLike, what: str, *, gaps: bool = False) -> Floats:
    """``x`` as contiguous float64; NaN, unless it stands for ``gaps``, and integers beyond float64 are refused."""
    refuse_masked(x, what)
    raw = np.asarray(x)
    if raw.dtype.kind not in "biuf":
        raise UsageError(f"{what} must be real numbers, found {raw.dtype}")
    values = np.ascontiguousarray(raw, dtype=np.float64).reshape(raw.shape)
    if values.size == 0:
        raise UsageError(f"{what} are empty")
    if raw.dtype.kind == "f" and not gaps:
        # min propagates NaN, at a tenth of the cost of isnan().any()
        if np.isnan(values.min()):
            raise RunError(
                f"{what}: found {int(np.isnan(values).sum())} NaN; leave them out (not inside a time series: "
                "samples would become neighbours that were none), fill them first, or take missing='omit windows' "
                "in a function that has it"
            )
    elif raw.dtype.kind in "iu" and max(abs(int(raw.min())), abs(int(raw.max()))) > EXACT:
        raise RunError(f"{what}: found integers beyond 2**53, whose order float64 does not keep")
    return values


def finite(x: ArrayLike, what: str, *, gaps: bool = False) -> Floats:
    """``x`` as contiguous float64; infinities are refused, and NaN unless it stands for ``gaps``."""
    values = finite_or_infinite(x, what, gaps=gaps)
    if np.isinf(values).any() if gaps else not np.isfinite([values.min(), values.max()]).all():
        raise RunError(f"{what}: found infinite values")
    return values


def symbols_of(x: ArrayLike, what: str = "symbols") -> Integers:
    """``x`` as int64 symbols 0, 1, 2, ..."""
    raw = np.asarray(x)
    if raw.dtype.kind not in "biu":
        raise UsageError(f"{what} must be integers (encode the data with a space first), found {raw.dtype}")
    if raw.size == 0:
        raise UsageError(f"{what} are empty")
    if raw.dtype.kind != "b" and (raw.min() < 0 or raw.max() > np.iinfo(np.int64).max):
        raise RunError(f"{what} must be 0, 1, 2, ..., found {raw.min()} to {raw.max()} (-1: outside a space)")
    return raw.astype(np.int64)
