"""A table of text or of pandas as arrays: columns along the values of other columns, missing rows as NaN.

The table is read twice, in parts: for the values along each dimension, then for the numbers, which go to a file of
their own. So memory does not grow with the table, but for its coordinates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from physent.errors import UsageError, choice, described, one_line
from physent.typing import Array

if TYPE_CHECKING:
    import xarray as xr

ROWS = 100_000  # per part
ROW = "row"  # dimension of a table in which no column is one


def in_parts(path: Path) -> Iterator[Any]:
    """A file of text, `ROWS` rows at a time; numbers are those written, to the last bit."""
    import pandas as pd

    try:
        with pd.read_csv(
            path,
            sep=_separator(path),
            chunksize=ROWS,
            comment="#",
            skipinitialspace=True,
            **_exact(pd.__version__),
            low_memory=False,
        ) as parts:
            for part in parts:
                part.columns = [str(name).strip() for name in part.columns]
                yield part
    except (ValueError, OSError) as error:  # the errors of pandas are ValueErrors
        raise UsageError(f"{path}: cannot be read as a table ({one_line(described(error))})") from None


def _exact(version: str) -> dict[str, Any]:
    """Options with which pandas reads every digit; those of 3.1 need none, and warn about it."""
    newer = tuple(map(int, version.split(".")[:2])) >= (3, 1)
    return {} if newer else {"float_precision": "round_trip"}


def _separator(path: Path) -> str:
    """What separates columns: comma, semicolon or tab, if the line of names has one, else blanks."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            names = next((line for line in file if line.strip() and not line.startswith("#")), "")
    except UnicodeDecodeError:  # compressed
        return ","
    return max((",", ";", "\t"), key=names.count) if any(mark in names for mark in ",;\t") else r"\s+"


@contextmanager
def gathered(
    parts: Callable[[], Iterator[Any]],
    columns: Sequence[str],
    keys: Sequence[str],
    usual: Sequence[Sequence[str]],
    label: str,
) -> Iterator[xr.Dataset]:
    """Dataset with the variables ``columns`` of float64 along the dimensions ``keys``, sorted; or along `ROW`.

    So are the columns that have a ``usual`` name of a dimension, of each group of names the first one.
    """
    import xarray

    there = [str(name) for part in islice(parts(), 1) for name in part.columns]
    named = [next((name for name in group if name in there and name not in (*columns, *keys)), None) for group in usual]
    keys = [*(name for name in named[:1] if name), *keys, *(name for name in named[1:] if name)]

    along, rows = _along(parts, columns, keys, label)
    shape = tuple(map(len, along.values())) if keys else (rows,)
    with TemporaryDirectory(prefix="physent-") as folder:
        arrays = {
            name: np.memmap(Path(folder) / str(index), np.float64, "w+", shape=shape)
            for index, name in enumerate(columns)
        }
        for array in arrays.values():
            array[...] = np.nan
        filled = np.memmap(Path(folder) / "filled", np.bool_, "w+", shape=shape) if keys else None
        first = 0
        for part in parts():
            index: Any = slice(first, first + len(part))
            if filled is not None:
                index = tuple(_places(part, key, along[key], label) for key in keys)
                _refuse_twice(filled, index, along, label)
            for name, array in arrays.items():
                array[index] = _numbers(part[name], name, label, first)
            first += len(part)
        dims = tuple(keys) or (ROW,)
        yield xarray.Dataset({name: (dims, array) for name, array in arrays.items()}, coords=along)


def _along(
    parts: Callable[[], Iterator[Any]], columns: Sequence[str], keys: Sequence[str], label: str
) -> tuple[dict[str, Array], int]:
    found: dict[str, Array] = {}
    rows = 0
    for part in parts():
        lacking = [name for name in (*columns, *keys) if name not in part.columns]
        if lacking:
            raise UsageError(f"{label} has no such column: {choice(lacking[0], [str(one) for one in part.columns])}")
        for key in keys:
            new = np.unique(_values(part[key], key, label, rows))
            found[key] = new if key not in found else np.union1d(found[key], new)
        rows += len(part)
    if not rows:
        raise UsageError(f"{label} has no rows, expected a table with a line of names and rows of numbers")
    return found, rows


def _values(column: Any, name: str, label: str, first: int) -> Array:
    """Numbers, dates or labels of a column."""
    import pandas as pd

    empty = column.isna().to_numpy()
    if empty.any():
        raise UsageError(f"{label}: {name} is empty in row {first + int(empty.argmax()) + 1}, expected a value")
    if getattr(column.dtype, "tz", None) is not None:
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    if column.dtype.kind in "biufmM":
        return np.asarray(column.to_numpy())
    try:
        dates = pd.to_datetime(column, format="ISO8601", utc=True)
    except (ValueError, TypeError):
        return np.asarray(column.astype(str).to_numpy(dtype=str))
    return np.asarray(dates.dt.tz_localize(None).to_numpy())


def _places(part: Any, key: str, along: Array, label: str) -> Array:
    return np.searchsorted(along, _values(part[key], key, label, 0))


def _refuse_twice(filled: Array, index: tuple[Array, ...], along: dict[str, Array], label: str) -> None:
    flat = np.ravel_multi_index(index, filled.shape)
    once, count = np.unique(flat, return_counts=True)
    again = once[(count > 1) | filled.reshape(-1)[once]]
    if len(again):
        at = np.unravel_index(again[0], filled.shape)
        where = ", ".join(f"{key} = {values[i]}" for (key, values), i in zip(along.items(), at, strict=True))
        raise UsageError(f"{label} has two rows with {where}, expected one: name the column that tells them apart")
    filled[index] = True


def _numbers(column: Any, name: str, label: str, first: int) -> Array:
    import pandas as pd

    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = np.isnan(numbers) & ~column.isna().to_numpy()
    if wrong.any():
        row = int(wrong.argmax())
        text = one_line(str(column.iloc[row]))
        raise UsageError(f"{label}: {name} is {text!r} in row {first + row + 1}, expected a number")
    return np.asarray(numbers)
