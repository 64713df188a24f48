"""Arrays from which a run starts: handed over by the caller, or a frame of a file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from physent.engines import Arrays, Engine
from physent.engines.declare import Coordinate, FileInitial
from physent.errors import PhysentError, UsageError
from physent.io.chain import DAMAGE
from physent.io.reader import open_run, opened
from physent.paths import one_line


def given(config: Any, engine: Engine, arrays: Mapping[str, Any] | None) -> Arrays | None:
    """What `Engine.initial` is given: full float64 arrays by name, shaped as declared; None where the
    config says it all.

    An array without the replica axis serves every replica; a complex NAME stands for NAME_real and NAME_imag.
    """
    dims = {variable.name: variable.dims for variable in engine.variables(config)}
    names = engine.initial_fields
    if arrays is not None:
        found, where = _split_complex(arrays, names), "initial"
        if set(found) != set(names):
            raise UsageError(f"initial holds {', '.join(sorted(found)) or 'nothing'}, expected {', '.join(names)}")
    elif isinstance(config.initial, FileInitial):
        where = config.initial.path
        wanted = {name: dims.get(name, ()) for name in names}
        found = _frame(where, config.initial.sample, wanted, {c.name: c for c in engine.coordinates(config)})
    else:
        return None
    absent = [name for name in names if name not in dims]
    if absent:
        raise UsageError(f"{where}: this run has no {', '.join(absent)}, and cannot start from it")
    sizes = {"replica": config.replicas, **{c.name: len(c.values) for c in engine.coordinates(config)}}
    return {name: _checked(found[name], name, where, [sizes[dim] for dim in dims[name]]) for name in names}


def digest(arrays: Arrays) -> str:
    """SHA-256 of arrays, their names, types and shapes."""
    total = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        total.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()


def _split_complex(arrays: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    split: dict[str, Any] = {}
    for name, value in arrays.items():
        if name not in names and f"{name}_real" in names:
            split |= {f"{name}_real": np.real(value), f"{name}_imag": np.imag(value)}
        else:
            split[name] = value
    return split


def _checked(value: Any, name: str, where: str, shape: list[int]) -> np.ndarray[Any, Any]:
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "fiu":
            raise UsageError(f"{where}: {name} holds {array.dtype}, expected real numbers")
        full = np.broadcast_to(array, shape) if array.shape in (tuple(shape), tuple(shape[1:])) else None
    except ValueError as error:
        raise UsageError(f"{where}: {name} is not an array of numbers: {error}") from None
    if full is None:
        raise UsageError(f"{where}: {name} has shape {array.shape}, expected {tuple(shape)}")
    if not np.isfinite(full).all():
        raise UsageError(f"{where}: {name} holds NaN or infinity, expected finite numbers")
    return full.astype(np.float64)


def _frame(
    path: str, sample: int, dims: Mapping[str, tuple[str, ...]], coordinates: Mapping[str, Coordinate]
) -> dict[str, Any]:
    """Fields at one frame of a run, or of a plain netCDF file (which may have no frames at all)."""
    import xarray as xr

    file = Path(path)
    if not file.is_file():
        raise UsageError(f"{path}: no such file to start from")
    try:
        with opened(file) as dataset:
            is_run = "format_version" in dataset.ncattrs()
        with open_run(os.fspath(file)) if is_run else xr.open_dataset(file, engine="netcdf4") as dataset:
            for dim in {dim for wanted in dims.values() for dim in wanted if dim in coordinates}:
                _same_axis(dataset, path, coordinates[dim])
            return {name: _one(dataset, path, name, wanted, sample) for name, wanted in dims.items()}
    except PhysentError:
        raise
    except DAMAGE as error:
        raise UsageError(f"{path}: damaged, or not a netCDF file: {one_line(str(error))}") from None


def _same_axis(dataset: Any, path: str, coordinate: Coordinate) -> None:
    """Refuse a file whose axis is another one: the same numbers on a box of another length are another state."""
    name, values = coordinate.name, coordinate.values
    if name not in dataset.variables or dataset[name].shape != values.shape:
        return  # a plain file may have no coordinates; another size is refused with the shape of the field
    there = dataset[name].values
    if not np.allclose(there, values, rtol=0.0, atol=1e-9 * np.ptp(values)):
        raise UsageError(
            f"{path}: {name} goes from {there[0]:.10g} to {there[-1]:.10g}, "
            f"expected {values[0]:.10g} to {values[-1]:.10g} as in this config"
        )


def _one(dataset: Any, path: str, name: str, dims: tuple[str, ...], sample: int) -> Any:
    if name not in dataset:
        raise UsageError(f"{path}: has no variable {name}, which the initial state needs")
    array = dataset[name]
    along = [dim for dim in array.dims if dim not in dims]
    if len(along) > 1:
        raise UsageError(f"{path}: {name} has dimensions {array.dims}, expected {dims} and one for the frames")
    if along:
        frames = array.sizes[along[0]]
        if not -frames <= sample < frames:
            raise UsageError(f"{path}: found {frames} frames of {name}, expected more than sample = {sample} needs")
        array = array.isel({along[0]: sample})
    return array.transpose(*(dim for dim in dims if dim in array.dims)).values
