"""Arrays from which a run starts: handed over by the caller, or a frame of a file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from physent.declare import Coordinate, FileInitial, Variable
from physent.engines import Array, Arrays, Engine, Method
from physent.errors import PhysentError, UsageError, one_line, reason
from physent.io import library
from physent.io.chain import DAMAGE
from physent.io.reader import open_run, opened

HOME: ContextVar[Path | None] = ContextVar("HOME", default=None)
"""Folder from which relative paths of configs lead; None: the current one."""


def located(path: str) -> Path:
    """Where the file at a path of a config is."""
    home = HOME.get()
    return home / path if home else Path(path)


def given(config: Any, engine: Engine, arrays: Any) -> Arrays | None:
    """The arrays for `Method.start`, by name, shaped as declared; None if the config defines the state by itself.

    ``arrays`` maps names to them; a bare array serves if the engine has one field. An array without the replica axis
    serves every replica; a complex NAME stands for NAME_real and NAME_imag. The dimensions of a DataArray are taken by
    name, in any order, and its coordinates must be those of the run.
    """
    if arrays is None and not isinstance(config.initial, FileInitial):
        return None
    with _naming_source(config, arrays):
        return _fields(config, engine, arrays)


def state_from(config: Any, method: Method, fields: Arrays | None, arrays: Any) -> Any:
    """State at the start from the ``fields`` that `given` made of ``arrays``; errors name where these came from."""
    if fields is None:
        return method.start(config, None)
    with _naming_source(config, arrays):
        return method.start(config, fields)


@contextmanager
def _naming_source(config: Any, arrays: Any) -> Iterator[None]:
    try:
        yield
    except PhysentError as error:
        if arrays is not None:
            raise type(error)(f"initial: {error}") from None
        path = config.initial.path
        raise type(error)(f"initial.path: {path}: {str(error).removeprefix(path).lstrip(': ')}") from None


def _fields(config: Any, engine: Engine, arrays: Any) -> Arrays:
    declared = {variable.name: variable for variable in engine.variables(config)}
    names = engine.initial_fields
    absent = [name for name in names if name not in declared]
    if absent:
        raise UsageError(f"this run has no {', '.join(absent)}, and cannot start from it")
    coordinates = {coordinate.name: coordinate for coordinate in engine.coordinates(config)}
    if arrays is None:
        wanted = {name: declared[name].dims for name in names}
        found = _frame(config.initial.path, config.initial.sample, wanted, coordinates)
    else:
        arrays = _by_field(arrays, names)
        found = _split_complex(arrays, names)
        if set(found) != set(names):
            raise UsageError(f"found {', '.join(map(str, found)) or 'nothing'}, expected {', '.join(names)}")
        found = {
            name: _by_name(value, replace(declared[name], name=_whole(name, arrays, names)), coordinates)
            for name, value in found.items()
        }
    sizes = {"replica": config.replicas, **{name: len(one.values) for name, one in coordinates.items()}}
    shown = {name: replace(declared[name], name=_whole(name, arrays or {}, names)) for name in names}
    return {name: _checked(found[name], shown[name], sizes, config) for name in names}


def digest(arrays: Arrays) -> str:
    """SHA-256 of arrays, their names, types and shapes."""
    total = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        total.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()


def _stem(name: str, names: tuple[str, ...]) -> str:
    """The complex field of which a field is a part; of any other, itself."""
    stem = name.removesuffix("_real").removesuffix("_imag")
    return stem if {f"{stem}_real", f"{stem}_imag"} <= set(names) else name


def _whole(name: str, arrays: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """The name under which a field was given."""
    return name if name in arrays else _stem(name, names)


def _by_field(arrays: Any, names: tuple[str, ...]) -> Mapping[str, Any]:
    """Arrays by name: as they are, or the bare one under the name of the engine's only field."""
    if isinstance(arrays, Mapping):
        return arrays
    fields = list(dict.fromkeys(_stem(name, names) for name in names))
    if len(fields) == 1:
        return {fields[0]: arrays}
    raise UsageError(f"found a {type(arrays).__name__}, expected a mapping of {' and '.join(fields)} to arrays")


def _split_complex(arrays: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    split: dict[str, Any] = {}
    for name, value in arrays.items():
        if name in names or f"{name}_real" not in names:
            split[name] = value
            continue
        _refuse_tables(value, name)
        numbers = value if hasattr(value, "dtype") else _array(value, name)
        if getattr(getattr(numbers, "dtype", None), "kind", "O") not in "fiuc":
            raise UsageError(
                f"{name} holds {getattr(numbers, 'dtype', 'no numbers')}, expected complex or real numbers"
            )
        split |= {f"{name}_real": numbers.real, f"{name}_imag": numbers.imag}
    return split


def _refuse_tables(value: Any, name: str) -> None:
    if type(value).__module__.partition(".")[0] == "pandas" or hasattr(value, "data_vars"):
        raise UsageError(f"{name} is a {type(value).__name__}, expected an array or a DataArray")


def _array(value: Any, name: str) -> Array:
    """An array of any type; UsageError for lists of unequal lengths."""
    try:
        return np.asarray(value)
    except ValueError as error:
        raise UsageError(f"{name} is not an array of numbers: {error}") from None


def _by_name(value: Any, variable: Variable, coordinates: Mapping[str, Coordinate]) -> Any:
    """An array with named dimensions, transposed to the order of the variable; any other as it is."""
    _refuse_tables(value, variable.name)
    if np.ma.is_masked(value):
        raise UsageError(f"{variable.name} has masked values, expected numbers everywhere")
    if not hasattr(value, "dims"):
        return value
    dims = variable.dims
    if not set(dims[1:]) <= set(value.dims) <= set(dims) or len(set(value.dims)) < value.ndim:
        raise UsageError(
            f"{variable.name} has dimensions ({', '.join(map(str, value.dims))}), expected ({', '.join(dims[1:])}), "
            f"with or without replica{'; .isel(time=-1) selects one sample' if 'time' in value.dims else ''}"
        )
    for dim in value.dims:
        if dim not in coordinates or dim not in getattr(value, "coords", ()):
            continue
        there, wanted = value.coords[dim].values, coordinates[dim].values
        if wanted.dtype.kind == "f":
            _same_axis({dim: value.coords[dim]}, coordinates[dim])
        elif there.dtype.kind in "iu" and np.array_equal(np.sort(there), wanted):
            value = value.isel({dim: np.argsort(there)})
    return value.transpose(*(dim for dim in dims if dim in value.dims)).values


def _checked(value: Any, variable: Variable, lengths: Mapping[str, int], config: Any) -> Array:
    """The value as an array of the declared type with all dimensions; it may lack the first, `replica`."""
    name, sizes = variable.name, {dim: lengths[dim] for dim in variable.dims}
    array = _array(value, name)
    if array.dtype.kind not in "fiu":
        raise UsageError(f"{name} holds {array.dtype}, expected real numbers")
    shape = tuple(sizes.values())
    if array.shape not in (shape, shape[1:]):
        one = ", ".join(f"{dim} {size}" for dim, size in list(sizes.items())[1:])
        said = _disagreeing(array.shape, sizes, config)
        raise UsageError(f"{name} has shape {array.shape}, expected ({one}), or one per replica{said}")
    dtype = np.dtype(variable.dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        cast = array.astype(dtype)
    _refuse_first(~np.isfinite(array), array, variable, "finite numbers")
    fits = np.isfinite(cast) if dtype.kind == "f" else cast == array
    _refuse_first(~fits, array, variable, f"{'numbers' if dtype.kind == 'f' else 'whole numbers'} of {dtype}")
    return np.broadcast_to(cast, shape).copy()


def _refuse_first(wrong: Array, array: Array, variable: Variable, expected: str) -> None:
    """Raise UsageError if any number is wrong, and name the first."""
    if not wrong.any():
        return
    index = tuple(np.argwhere(wrong)[0])
    at = ", ".join(f"{dim} {i}" for dim, i in zip(variable.dims[-array.ndim :], index, strict=True))
    found = array[index] if np.isfinite(array[index]) else "NaN or infinity"
    raise UsageError(f"{variable.name} holds {found}, first at index ({at}), expected {expected}")


def _disagreeing(shape: tuple[int, ...], sizes: Mapping[str, int], config: Any) -> str:
    """The keys of the config whose value is the expected size, if only one dimension has another."""
    if not shape or len(shape) not in (len(sizes), len(sizes) - 1):
        return ""
    named = list(sizes.items())[-len(shape) :]
    wrong = [(dim, size) for (dim, size), there in zip(named, shape, strict=True) if there != size]
    if len(wrong) != 1:
        return ""
    ((dim, size),) = wrong
    numbers = [key for key, value in config.parameters if type(value) is int and value == size]
    keys = ["replicas"] if dim == "replica" else [f"parameters.{key}" for key in numbers]
    return f"; this config has {' and '.join(f'{key} = {size}' for key in keys)}" if keys else ""


def _frame(
    path: str, sample: int, dims: Mapping[str, tuple[str, ...]], coordinates: Mapping[str, Coordinate]
) -> dict[str, Any]:
    """Fields at one frame of a run, or of a plain netCDF file (which may have no frames at all)."""
    file = located(path)
    if file.is_dir():
        raise UsageError("is a folder, expected a netCDF file to start from")
    if not file.is_file():
        where = "" if Path(path).is_absolute() else f" in the working directory {(HOME.get() or Path()).resolve()}"
        raise UsageError(f"no such file to start from{where}")
    try:
        with opened(file) as dataset:
            is_run = "format_version" in dataset.ncattrs()
        with open_run(file) if is_run else library.open_dataset(file) as dataset:
            for dim in {dim for wanted in dims.values() for dim in wanted if dim in coordinates}:
                _same_axis(dataset, coordinates[dim])
            return {name: _one(dataset, name, wanted, sample) for name, wanted in dims.items()}
    except PhysentError:
        raise
    except DAMAGE as error:
        fields = " and ".join(f"{name}({', '.join(wanted[1:])})" for name, wanted in dims.items())
        raise UsageError(
            f"damaged, or not a netCDF file ({one_line(reason(error))}), expected one with variables {fields}"
        ) from None


def _same_axis(dataset: Any, coordinate: Coordinate) -> None:
    """Refuse a file with a different axis: the same numbers in a box of another length are another state."""
    name, values = coordinate.name, coordinate.values
    if name not in dataset or dataset[name].shape != values.shape:
        return  # a plain file may have no coordinates; a wrong size is refused with the shape of the field
    there = dataset[name].values
    if there.dtype.kind not in "fiu":
        raise UsageError(f"{name} holds {there.dtype}, expected the numbers of this config")
    if not np.allclose(there, values, rtol=0.0, atol=1e-9 * np.ptp(values)):
        raise UsageError(
            f"{name} goes from {there[0]:.10g} to {there[-1]:.10g}, "
            f"expected {values[0]:.10g} to {values[-1]:.10g} as in this config"
        )


def _one(dataset: Any, name: str, dims: tuple[str, ...], sample: int) -> Any:
    if name not in dataset:
        raise UsageError(f"has no variable {name}({', '.join(dims[1:])}), which the initial state needs")
    array = dataset[name]
    along = [dim for dim in array.dims if dim not in dims]
    if len(along) > 1 or not set(dims[1:]) <= set(array.dims):
        raise UsageError(
            f"{name} has dimensions ({', '.join(array.dims)}), expected ({', '.join(dims[1:])}), "
            "with or without replica, and with at most one dimension of frames"
        )
    if along:
        frames = array.sizes[along[0]]
        if not -frames <= sample < frames:
            raise UsageError(f"found {frames} frames of {name}, expected more than sample = {sample} needs")
        array = array.isel({along[0]: sample})
    return array.transpose(*(dim for dim in dims if dim in array.dims)).values
