"""A table of text or of pandas as arrays: columns along the values of other columns, missing rows as NaN.

The table is read once, in parts, into a temporary file for each column; from these the numbers go to their places in
others. So memory does not grow with the table, but for its coordinates.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from xarray.backends import BackendArray
from xarray.core import indexing

from physent.config.messages import DECIMAL_COMMA
from physent.errors import UsageError, choice, described, one_line
from physent.typing import Array

if TYPE_CHECKING:
    import xarray as xr

PACKED = (".gz", ".bz2", ".xz", ".zst", ".zip")  # ends of names of compressed tables
ROWS = 100_000  # per part
ROW = "row"  # dimension of a table in which no column is one


@dataclass(frozen=True)
class Table:
    """The names of all columns, and parts of some of them."""

    names: tuple[str, ...]
    parts: Callable[[Collection[str]], Iterator[Any]]


def of_text(path: Path) -> Table:
    """A file of text, `ROWS` rows at a time; numbers are those written, to the last bit."""

    def parts(wanted: Collection[str] | None) -> Iterator[Any]:
        import pandas as pd

        read: dict[str, Any] = {"sep": _separator(path), "comment": "#", "skipinitialspace": True}
        read |= {"low_memory": False, **_exact(pd.__version__)}
        try:
            if wanted is None:
                yield pd.read_csv(path, nrows=0, **read)
                return
            with pd.read_csv(path, chunksize=ROWS, usecols=lambda name: str(name).strip() in wanted, **read) as chunks:
                for part in chunks:
                    part.columns = [str(name).strip() for name in part.columns]
                    yield part
        except UnicodeDecodeError as error:
            byte = error.object[error.start]
            raise UsageError(
                f"{path}: found the byte 0x{byte:02x}, which is not UTF-8: save the table as UTF-8"
            ) from None
        except (ValueError, OSError) as error:  # the errors of pandas are ValueErrors
            raise UsageError(f"{path}: cannot be read as a table ({one_line(described(error))})") from None

    return Table(tuple(str(name).strip() for name in next(parts(None)).columns), parts)


def of_pandas(table: Any) -> Table:
    """A table in memory."""
    return Table(tuple(map(str, table.columns)), lambda wanted: iter([table]))


def _exact(version: str) -> dict[str, Any]:
    """Options with which pandas reads every digit; those of 3.1 need none, and warn about it."""
    newer = tuple(map(int, version.split(".")[:2])) >= (3, 1)
    return {} if newer else {"float_precision": "round_trip"}


def _separator(path: Path) -> str:
    """What separates columns: comma, semicolon or tab, if the line of names has one, else blanks."""
    if path.suffix.lower() in PACKED:
        return ","
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        names = next((line for line in file if line.strip() and not line.startswith("#")), "")
    return max((",", ";", "\t"), key=names.count) if any(mark in names for mark in ",;\t") else r"\s+"


@contextmanager
def gathered(
    table: Table, columns: Sequence[str], keys: Sequence[str], usual: Sequence[Sequence[str]], label: str
) -> Iterator[xr.Dataset]:
    """Dataset with the variables ``columns`` of float64 along the dimensions ``keys``, sorted; or along `ROW`.

    So are the columns that have a ``usual`` name of a dimension, of each group of names the first one.
    """
    import xarray

    free = [name for name in table.names if name not in (*columns, *keys)]
    named = [next((name for name in group if name in free), None) for group in usual]
    keys = [*(name for name in named[:1] if name), *keys, *(name for name in named[1:] if name)]
    for name in (*columns, *keys):
        if name not in table.names:
            raise UsageError(f"{label} has no such column: {choice(name, table.names)}")
    columns = [name for name in columns if name not in keys]  # a key is a coordinate already
    with TemporaryDirectory(prefix="physent-") as folder:
        here = Path(folder)
        along, rows = _read(table, columns, keys, label, here)
        shape: tuple[int, ...] = (rows,)
        what = "line"
        if keys:
            shape, what = tuple(len(one.values) for one in along), "grid"
            _sort(here, along, columns, rows, shape, label)
        files = [_File(here / f"{what} {i}", shape) for i in range(len(columns))]
        variables = {
            name: (tuple(keys) or (ROW,), indexing.LazilyIndexedArray(file))
            for name, file in zip(columns, files, strict=True)
        }
        yield xarray.Dataset(variables, coords={one.name: one.values for one in along})


class _File(BackendArray):
    """float64 in a file, which is mapped only while it is read, so that it takes no memory."""

    def __init__(self, path: Path, shape: tuple[int, ...]) -> None:
        self.path, self.shape, self.dtype = path, shape, np.dtype(np.float64)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.BASIC, self._read)

    def _read(self, key: tuple[Any, ...]) -> Any:
        return np.array(np.memmap(self.path, self.dtype, "r", shape=self.shape)[key])


def _sort(
    folder: Path, along: Sequence[_Along], columns: Sequence[str], rows: int, shape: tuple[int, ...], label: str
) -> None:
    """Put rows at the places of their keys, a part at a time."""
    size, ranks = int(np.prod(shape)), [one.rank for one in along]
    for i in range(len(columns)):
        with (folder / f"grid {i}").open("wb") as file:
            for start in range(0, size, ROWS):
                np.full(min(ROWS, size - start), np.nan).tofile(file)
    filled = np.zeros(-(-size // 8), np.uint8)
    for start in range(0, rows, ROWS):
        numbers = (np.fromfile(folder / f"place {i}", np.int64, ROWS, offset=8 * start) for i in range(len(along)))
        index = tuple(rank[number] for rank, number in zip(ranks, numbers, strict=True))
        flat = np.ravel_multi_index(index, shape)
        _refuse_twice(filled, flat, along, shape, label)
        for i in range(len(columns)):
            grid = np.memmap(folder / f"grid {i}", np.float64, "r+", shape=(size,))
            grid[flat] = np.fromfile(folder / f"line {i}", np.float64, ROWS, offset=8 * start)
            del grid


class _Along:
    """The values of one key: sorted, and for each in the order of its first appearance its place among them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.values: Array = np.empty(0, np.float64)
        self.numbers: Array = np.empty(0, np.int64)

    def numbered(self, values: Array, label: str) -> Array:
        """The numbers of ``values``, the new ones among them counted on."""
        here, of_row = np.unique(values, return_inverse=True)
        try:
            joined = np.concatenate([self.values, here]) if len(self.values) else here
        except TypeError:
            raise UsageError(
                f"{label}: {self.name} holds dates in some rows and none in others, expected one kind"
            ) from None
        known = len(self.values)
        merged, first, back = np.unique(joined, return_index=True, return_inverse=True)
        new = first >= known
        numbers = np.empty(len(merged), np.int64)
        numbers[new] = known + np.arange(int(new.sum()))
        numbers[~new] = self.numbers[first[~new]]
        self.values, self.numbers = merged, numbers
        return np.asarray(numbers[back[known:]][of_row])

    @property
    def rank(self) -> Array:
        """The place of each number."""
        found = np.empty(len(self.values), np.int64)
        found[self.numbers] = np.arange(len(found))
        return found


def _read(
    table: Table, columns: Sequence[str], keys: Sequence[str], label: str, folder: Path
) -> tuple[list[_Along], int]:
    """Write the columns, and the numbers of the keys, row by row; values along the keys, and the number of rows."""
    along = [_Along(key) for key in keys]
    rows = 0
    with ExitStack() as stack:
        lines, places = (
            [stack.enter_context((folder / f"{what} {i}").open("wb")) for i in range(len(names))]
            for what, names in (("line", columns), ("place", keys))
        )
        for part in table.parts({*columns, *keys}):
            for one, file in zip(along, places, strict=True):
                one.numbered(_values(part[one.name], one.name, label, rows), label).tofile(file)
            for name, file in zip(columns, lines, strict=True):
                _numbers(part[name], name, label, rows).tofile(file)
            rows += len(part)
    if not rows:
        raise UsageError(f"{label} has no rows, expected a table with a line of names and rows of numbers")
    return along, rows


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
        return np.asarray(column.astype(str).str.strip().to_numpy(dtype=str))
    return np.asarray(dates.dt.tz_localize(None).to_numpy())


def _refuse_twice(filled: Array, flat: Array, along: Sequence[_Along], shape: tuple[int, ...], label: str) -> None:
    """Refuse a place that has a row already, and note those of ``flat`` in the bits of ``filled``."""
    bit = np.left_shift(1, flat & 7).astype(np.uint8)
    ordered = np.sort(flat)
    again = [*ordered[1:][ordered[1:] == ordered[:-1]][:1], *flat[(filled[flat >> 3] & bit) != 0][:1]]
    if again:
        at = np.unravel_index(again[0], shape)
        where = ", ".join(f"{one.name} = {one.values[i]}" for one, i in zip(along, at, strict=True))
        raise UsageError(f"{label} has two rows with {where}, expected one: name the column that tells them apart")
    np.bitwise_or.at(filled, flat >> 3, bit)


def _numbers(column: Any, name: str, label: str, first: int) -> Array:
    import pandas as pd

    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = np.isnan(numbers) & ~column.isna().to_numpy()
    if wrong.any():
        row = int(wrong.argmax())
        text = one_line(str(column.iloc[row]))
        comma = DECIMAL_COMMA.fullmatch(text)
        remedy = " with a decimal point: pass the table of pandas.read_csv(..., decimal=',')" if comma else ""
        raise UsageError(f"{label}: {name} is {text!r} in row {first + row + 1}, expected a number{remedy}")
    return np.asarray(numbers)
