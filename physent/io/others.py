"""Files that others wrote, as xarray datasets: netCDF, Zarr, tables of text (CSV)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from physent.errors import PhysentError, UsageError, described, one_line
from physent.io.library import share_lock

if TYPE_CHECKING:
    import xarray as xr

TABLES = (".csv", ".tsv", ".txt", ".dat")


def is_table(source: Any) -> bool:
    """Whether data are a pandas table, or a file whose name is that of a table of text."""
    if isinstance(source, str | os.PathLike):
        return os.path.isfile(source) and _suffix(Path(source)) in TABLES  # noqa: PTH113 - False also if it cannot be seen
    return hasattr(source, "columns") and hasattr(source, "iloc")


def _suffix(path: Path) -> str:
    from physent.io.table import PACKED

    return next((one.lower() for one in reversed(path.suffixes) if one.lower() not in PACKED), "")


@contextmanager
def opened_data(
    source: Any, columns: Sequence[str], keys: Sequence[str], usual: Sequence[Sequence[str]]
) -> Iterator[tuple[xr.Dataset, str]]:
    """Data of someone else's and what to call them: a path, a pandas table, an xarray Dataset or DataArray.

    Nothing is read before it is needed. Of a table ``columns`` become variables, along the columns ``keys`` and
    those that have the ``usual`` names of dimensions, one of each group. Raises UsageError, in one line, if the data
    cannot be read.
    """
    import xarray

    if isinstance(source, xarray.Dataset):
        yield source, "the dataset"
    elif isinstance(source, xarray.DataArray):
        yield source.to_dataset(name=columns[0] if source.name is None else source.name), "the array"
    elif isinstance(source, str | os.PathLike):
        path = Path(source)
        with _file(path, columns, keys, usual) as dataset:
            yield dataset, os.fspath(source)
    elif is_table(source):
        from physent.io.table import gathered, of_pandas

        with gathered(of_pandas(_with_index(source)), columns, keys, usual, "the table") as dataset:
            yield dataset, "the table"
    else:
        kind = type(source).__name__
        raise UsageError(f"found a {kind}, expected a path, a pandas table, an xarray Dataset or DataArray")


def _with_index(table: Any) -> Any:
    """A pandas table whose index, if it has a name or is one of dates, is a column."""
    index = table.index
    if index.dtype.kind == "M" and index.name is None:
        return table.reset_index(names="time")
    return table.reset_index() if any(name is not None for name in index.names) else table


@contextmanager
def _file(
    path: Path, columns: Sequence[str], keys: Sequence[str], usual: Sequence[Sequence[str]]
) -> Iterator[xr.Dataset]:
    if not path.exists():
        raise UsageError(f"{path}: no such file")
    if _suffix(path) in TABLES:
        from physent.io.table import gathered, of_text

        with gathered(of_text(path), columns, keys, usual, str(path)) as dataset:
            yield dataset
        return
    share_lock()
    dataset = _opened(path)
    try:
        yield dataset
    finally:
        dataset.close()


def _opened(path: Path) -> xr.Dataset:
    import xarray

    engine = "zarr" if path.is_dir() else "netcdf4"
    if engine == "zarr" and not any((path / name).exists() for name in ("zarr.json", ".zgroup", ".zmetadata")):
        raise UsageError(f"{path} is a folder, expected a file of data or a Zarr store")
    more: dict[str, Any] = {"consolidated": _consolidated(path)} if engine == "zarr" else {}
    try:
        return xarray.open_dataset(path, engine=engine, decode_timedelta=False, **more)
    except PhysentError:
        raise
    except ValueError as error:
        if engine == "zarr" and "unrecognized engine" in str(error):
            raise UsageError(f"{path} is a Zarr store, and the package zarr is not installed") from None
        raise UsageError(f"{path}: xarray cannot read it ({one_line(described(error))})") from None
    except Exception as error:  # noqa: BLE001 - of any library under xarray
        raise UsageError(
            f"{path}: xarray cannot read it ({one_line(described(error))}), expected netCDF, Zarr or a table in a file "
            f"named *{', *'.join(TABLES)}"
        ) from None


def _consolidated(path: Path) -> bool:
    """Whether a Zarr store, of format 2 or 3, has its metadata in one place: xarray warns if it seeks them in vain."""
    third = path / "zarr.json"
    return (path / ".zmetadata").exists() or (third.exists() and '"consolidated_metadata": {' in third.read_text())
