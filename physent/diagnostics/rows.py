"""A batch is judged row by row: one bad row does not hide among good ones, nor does it take them along."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from physent.diagnostics.warn import warn
from physent.errors import PhysentError
from physent.typing import Floats


def each_row(function: Callable[[Any], float], rows: Iterable[Any]) -> Floats:
    """``function`` of every row. A row that it refuses becomes NaN, with one warning that counts them.

    If it refuses all rows, as when there is only one, its error is raised.
    """
    values, refused = [], []
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
    return np.array(values)
