"""Write a Dataset of a run to a file, complex variables as their two parts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from physent.errors import UsageError
from physent.io.files import Paths, check_folder, cleared, failures, fsync, locked, rename
from physent.io.library import LOCK, share_lock
from physent.io.reader import refuse_existing

if TYPE_CHECKING:
    import xarray as xr


def save(dataset: xr.Dataset, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Write a Dataset, such as a selection from a run, to a NetCDF-4 file; a complex NAME becomes NAME_real, NAME_imag.

    The file appears when it is complete, and `open_run` opens it. It has no state from which a run could be extended.
    Raises UsageError if the file exists without ``overwrite`` or cannot be written, RunError if writing fails.
    """
    import xarray

    if not isinstance(dataset, xarray.Dataset):
        raise UsageError(f"save: found a {type(dataset).__name__}, expected an xarray.Dataset")
    share_lock()
    paths = Paths.of(path)
    check_folder(paths)
    refuse_existing(paths, overwrite)
    plain = _without_complex(dataset)
    with locked(paths), failures(paths, "cannot write the dataset", "nothing was written"), cleared(paths.fin):
        refuse_existing(paths, overwrite)
        with LOCK:
            plain.to_netcdf(paths.fin, engine="netcdf4", format="NETCDF4")
        fsync(paths.fin)
        rename(paths.fin, paths.out)


def _without_complex(dataset: xr.Dataset) -> xr.Dataset:
    """Real variables only; attributes that are not ASCII as bytes, which are written as characters."""
    made: Any = dataset.copy()
    for name, array in dataset.variables.items():
        if array.dtype.kind != "c":
            continue
        made = made.drop_vars(name)
        for part in ("real", "imag"):
            if f"{name}_{part}" not in dataset.variables:
                half = getattr(dataset[name], part)
                attrs = {**array.attrs, "long_name": f"{part} part of {name}"}
                made = made.assign({f"{name}_{part}": half.assign_attrs(attrs)})
    for holder in (made, *made.variables.values()):
        holder.attrs = {key: _characters(value) for key, value in holder.attrs.items()}
    return made  # type: ignore[no-any-return]


def _characters(value: Any) -> Any:
    return value.encode() if isinstance(value, str) and not value.isascii() else value
