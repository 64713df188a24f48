"""The only access to the netCDF and HDF5 libraries, under one lock.

Neither library may be called from two threads at once. `LOCK` is held around every call of ours; as soon as xarray is
loaded, its own locks take `LOCK` too (`share_lock`), and are held while it opens a file, whose attributes it reads
without them (seen with 2026.9). So a user's xarray and runs in threads can work side by side.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import netCDF4
import numpy as np

if TYPE_CHECKING:
    import xarray as xr

LOCK = threading.RLock()


class _Shared:
    """Stands in for a lock of xarray's: takes `LOCK` as well, and its owner can take it again.

    ``inner`` is the original lock, which a thread may still hold.
    """

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.depth = 0

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take both locks, with the arguments of `threading.Lock.acquire`; False if either is not free."""
        if not LOCK.acquire(blocking, timeout):
            return False
        if not self.depth and not self.inner.acquire(blocking, timeout):
            LOCK.release()
            return False
        self.depth += 1
        return True

    def release(self) -> None:
        """Free both locks, once the owner has released as often as it acquired."""
        if not self.depth:
            self.inner.release()  # taken before it was shared
            return
        self.depth -= 1
        if not self.depth:
            self.inner.release()
        LOCK.release()

    def locked(self) -> bool:
        """Whether some thread holds it."""
        return bool(self.inner.locked())

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


def share_lock() -> None:
    """Load xarray and make its locks take `LOCK` too; a second call changes nothing."""
    from xarray.backends import locks
    from xarray.backends.netCDF4_ import NETCDF4_PYTHON_LOCK, NetCDF4BackendEntrypoint

    with LOCK:
        known: Any = locks.SerializableLock._locks
        pair: Any = (locks.NETCDFC_LOCK, locks.HDF5_LOCK)
        for lock in pair:
            if not isinstance(lock.lock, _Shared):
                lock.lock = known[lock.token] = _Shared(lock.lock)
        opening: Any = NetCDF4BackendEntrypoint.open_dataset
        if not hasattr(opening, "__wrapped__"):

            @wraps(opening)
            def open_dataset(*args: Any, **options: Any) -> Any:
                with NETCDF4_PYTHON_LOCK:
                    return opening(*args, **options)

            NetCDF4BackendEntrypoint.open_dataset = open_dataset  # type: ignore[method-assign]


def dataset(path: str | os.PathLike[str], mode: Any = "r", **options: Any) -> netCDF4.Dataset:
    """A file opened by the netCDF library; hold `LOCK` around whatever you do with it.

    Mode "w" removes a link of that name first, so that its target keeps its content.
    """
    with LOCK:
        if mode == "w":
            Path(path).unlink(missing_ok=True)
        return netCDF4.Dataset(os.fspath(path), mode, **options)


def set_attributes(holder: Any, attributes: Mapping[str, Any]) -> None:
    """Set attributes of a dataset or variable; text as UTF-8 characters, since few programs read HDF5 strings."""
    for name, value in attributes.items():
        plain = not isinstance(value, str) or value.isascii()
        holder.setncattr(name, value if plain else value.encode())


def write_text(dataset: netCDF4.Dataset, name: str, values: np.ndarray[Any, Any], dims: Sequence[str]) -> Any:
    """New variable of text, as characters along a dimension of its own: few programs read HDF5's strings."""
    encoded = [value.encode() for value in values.ravel()]
    length = max(1, *map(len, encoded))
    characters = np.array(encoded, f"S{length}").view("S1").reshape(*values.shape, length)
    dataset.createDimension(f"{name}_length", length)
    variable: Any = dataset.createVariable(name, "S1", (*dims, f"{name}_length"), compression="zlib")
    variable.set_auto_chartostring(False)
    variable[:] = characters
    variable.setncattr("_Encoding", "utf-8")
    return variable


def open_dataset(path: Path, **options: Any) -> xr.Dataset:
    """A file opened by xarray, with options of `xarray.open_dataset`."""
    share_lock()
    import xarray

    return xarray.open_dataset(path, engine="netcdf4", **options)


if "xarray" in sys.modules:
    share_lock()
