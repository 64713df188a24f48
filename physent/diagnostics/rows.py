"""A batch is judged row by row: one bad row does not hide among good ones, nor does it take them along."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from physent.diagnostics.arrays import finite
from physent.diagnostics.missing import OMIT, judge, lost_windows
from physent.diagnostics.warn import warn
from physent.errors import PhysentError, UsageError
from physent.typing import Floats


def each_row(function: Callable[[Any], float | Floats], rows: Iterable[Any]) -> Floats:
    """``function`` of every row, numbers or arrays. A row that it refuses becomes NaN, with one warning for all such.

    If it refuses all rows, as when there is only one, its error is raised.
    """
    values: list[Any] = []
    refused = []
    for row in rows:
        try:
            values.append(function(row))
        except PhysentError as error:
            values.append(np.nan)
            refused.append(error)
    if refused and len(refused) == len(values):
        raise refused[0]
    if refused:
        warn(f"{len(refused)} of {len(values)} rows have no value and are NaN; the first: {refused[0]}")
    shape = max((np.shape(value) for value in values), key=len, default=())
    return np.array([np.broadcast_to(value, shape) for value in values])


def of_windows(
    function: Callable[[Floats], float], series: Any, at: range, missing: str, *, least: int, what: str
) -> Floats:
    """``function`` of each of ``series`` (..., n), by `each_row`; its windows take the samples ``at`` from their first.

    UsageError if there are fewer than ``least`` samples; windows with a gap are judged if they are omitted.
    """
    values = finite(series, "series", gaps=missing == OMIT)
    *leading, n = values.shape
    if n < least:
        raise UsageError(f"{what} needs at least {least} samples, found {n}")
    if missing == OMIT:
        judge(lost_windows(np.isnan(values), at))
    return each_row(function, values.reshape(-1, n)).reshape(leading)
