"""From the files of a sweep's points to one file with the swept parameters as dimensions.

One variable of one point is in memory at a time. Fields stay in the files of the points; so does what has not the same
shape and coordinates at every point.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

from physent import engines, host
from physent.config.load import RunConfig
from physent.errors import RunError, reason
from physent.io.files import Paths, cleared, failures, fsync, locked, rename, written
from physent.io.layout import FORMAT_VERSION, RESTART
from physent.io.reader import reading
from physent.runs import provenance

logger = logging.getLogger(__name__)

MISSING_INTEGER = np.iinfo(np.int64).min
RUN_VARIABLES = {
    "run_file": "file of the point, relative to the folder of the sweep",
    "run_error": "why the point failed; empty where it did not",
    "run_warnings": "what was doubtful in the point's run",
}


@dataclass(frozen=True)
class Axis:
    """One swept parameter."""

    path: str
    name: str
    values: tuple[Any, ...]

    @property
    def coordinate(self) -> np.ndarray[Any, Any]:
        """The values as numbers, or as text where they are not all numbers."""
        if all(isinstance(value, int) and not isinstance(value, bool) for value in self.values):
            return np.array(self.values, np.int64 if max(map(abs, self.values)) < 1 << 63 else np.float64)
        if all(isinstance(value, int | float) and not isinstance(value, bool) for value in self.values):
            return np.array(self.values, np.float64)
        return np.array([v if isinstance(v, str) else json.dumps(v) for v in self.values], object)


@dataclass(frozen=True)
class Point:
    """One run of a sweep."""

    index: tuple[int, ...]
    values: Mapping[str, Any]
    config: RunConfig

    @property
    def name(self) -> str:
        """Name of its file: from the hash of its config alone, whatever the config says."""
        return f"{self.config.sha256[:16]}.nc"

    def path(self, home: Path) -> Path:
        """Its file."""
        return home / "points" / self.name


@dataclass(frozen=True)
class _Column:
    """A variable that can be gathered."""

    dims: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    attrs: Mapping[str, Any]


def axes_of(config: RunConfig) -> list[Axis]:
    """The swept parameters, named by the last part of their paths, by the whole path where two would collide."""
    engine = engines.get(config.engine)
    taken = {config.schedule.clock.name, "replica", *(v.name for v in engine.variables(config)), *RUN_VARIABLES}
    taken |= {c.name for c in engine.coordinates(config)}
    axes = config.axes()
    last = [path.rpartition(".")[2] for path in axes]
    names = [path if last.count(leaf) > 1 or leaf in taken else leaf for path, leaf in zip(axes, last, strict=True)]
    return [Axis(path, name, values) for name, (path, values) in zip(names, axes.items(), strict=True)]


def gather(
    config: RunConfig,
    axes: Sequence[Axis],
    points: Sequence[Point],
    failed: Mapping[tuple[int, ...], str],
    home: Path,
    target: Path,
) -> Path:
    """Write the gathered file; points in ``failed``, by index, are left missing. Raises RunError in one line."""
    paths = Paths.of(target)
    present = [point for point in points if point.index not in failed]
    with locked(paths), failures(paths, "cannot gather the sweep", "the files of the points are complete"):
        columns, coordinates, apart = _columns(config, present, home)
        for name, why in apart.items():
            logger.warning("%s is not gathered: %s", name, why)
        with cleared(paths.fin):
            with written(netCDF4.Dataset(os.fspath(paths.fin), "w", format="NETCDF4")) as dataset:
                dataset.setncatts(_attributes(config, len(points), failed, apart))
                _define(dataset, axes, columns, coordinates, complete=not failed)
                doubtful = [point for point in points if _fill(dataset, point, columns, failed.get(point.index), home)]
                dataset.warnings = "; ".join(_told(len(points), len(failed), len(doubtful)))
            fsync(paths.fin)
            rename(paths.fin, paths.out)
    return paths.out


def _columns(
    config: RunConfig, points: Sequence[Point], home: Path
) -> tuple[dict[str, _Column], dict[str, Any], dict[str, str]]:
    """Variables that fit together, the coordinates of their dimensions, and why the others are left out."""
    fields = {v.name for v in engines.get(config.engine).variables(config) if v.is_field}
    columns: dict[str, _Column] = {}
    coordinates: dict[str, Any] = {}
    apart: dict[str, str] = {}
    ragged: dict[str, str] = {}
    for point in points:
        with _opened(point.path(home)) as source, reading(point.path(home)):
            for name, variable in source.variables.items():
                if name in source.dimensions:
                    values = variable[:]
                    known = coordinates.setdefault(
                        name, (values, {k: variable.getncattr(k) for k in variable.ncattrs()})
                    )
                    if known[0].shape != values.shape or not np.array_equal(known[0], values):
                        ragged[name] = f"its dimension {name} is not the same at every point"
                elif name != RESTART and name not in fields:
                    attrs = {key: variable.getncattr(key) for key in variable.ncattrs() if key != "_FillValue"}
                    found = _Column(variable.dimensions, variable.shape, variable.dtype, attrs)
                    known_column = columns.setdefault(name, found)
                    if known_column.dims != found.dims:
                        apart[name] = "its dimensions are not the same at every point"
    for name, column in columns.items():
        uneven = [ragged[dim] for dim in column.dims if dim in ragged]
        if uneven:
            apart[name] = uneven[0]
    return {name: column for name, column in columns.items() if name not in apart}, coordinates, apart


def _define(
    dataset: Any, axes: Sequence[Axis], columns: Mapping[str, _Column], coordinates: Mapping[str, Any], complete: bool
) -> None:
    for axis in axes:
        values = axis.coordinate
        dataset.createDimension(axis.name, len(values))
        variable = dataset.createVariable(axis.name, str if values.dtype == object else values.dtype, (axis.name,))
        variable.setncatts({"long_name": f"swept parameter {axis.path}", "units": "1"})
        variable[:] = values
    for dim in sorted({dim for column in columns.values() for dim in column.dims}):
        values, attrs = coordinates[dim]
        dataset.createDimension(dim, len(values))
        variable = dataset.createVariable(dim, values.dtype, (dim,))
        variable.setncatts(attrs)
        variable[:] = values
    swept = tuple(axis.name for axis in axes)
    for name, column in columns.items():
        fill: Any = np.nan if column.dtype.kind == "f" else MISSING_INTEGER
        variable = dataset.createVariable(
            name,
            column.dtype,
            (*swept, *column.dims),
            compression="zlib",
            complevel=1,
            fletcher32=True,
            chunksizes=[*(1 for _ in swept), *column.shape] or None,
            fill_value=fill if column.dtype.kind == "f" or not complete else None,
        )
        variable.setncatts(column.attrs)
    for name, text in RUN_VARIABLES.items():
        dataset.createVariable(name, str, swept).long_name = text


def _told(points: int, failed: int, doubtful: int) -> Iterator[str]:
    """What a reader of the gathered file must know, also logged."""
    for count, text in ((failed, "failed, see run_error"), (doubtful, "have warnings, see run_warnings")):
        if count:
            told = f"{count} of {points} points {text}"
            logger.warning("%s", told)
            yield told


def _fill(dataset: Any, point: Point, columns: Mapping[str, _Column], error: str | None, home: Path) -> bool:
    """Write one point; returns whether its run has warnings."""
    dataset.variables["run_file"][point.index] = str(point.path(home).relative_to(home))
    dataset.variables["run_error"][point.index] = error or ""
    dataset.variables["run_warnings"][point.index] = ""
    if error is not None:
        return False
    with _opened(point.path(home)) as source, reading(point.path(home)):
        warnings = str(source.getncattr("warnings"))
        dataset.variables["run_warnings"][point.index] = warnings
        for name in columns:
            if name in source.variables:
                dataset.variables[name][point.index] = source.variables[name][...]
    return bool(warnings)


def _opened(path: Path) -> Any:
    try:
        source = netCDF4.Dataset(os.fspath(path))
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {reason(error)}") from None
    source.set_auto_maskandscale(False)
    return source


def _attributes(
    config: RunConfig, points: int, failed: Mapping[tuple[int, ...], str], apart: Mapping[str, str]
) -> dict[str, str | int | float]:
    return {
        "Conventions": "CF-1.11",
        "title": f"Sweep: {engines.get(config.engine).title}",
        "history": provenance.event(),
        "source": f"physent {host.VERSION}",
        "references": "\n".join(engines.get(config.engine).references),
        "format_version": FORMAT_VERSION,
        "engine": config.engine,
        **provenance.config_attributes(config),
        "finished": 1,
        "points": points,
        "failed_points": len(failed),
        "not_gathered": "\n".join(_grouped(apart)),
        "warnings": "",
        **provenance.machine(1),
    }


def _grouped(apart: Mapping[str, str]) -> Iterator[str]:
    for why, names in groupby(sorted(apart, key=lambda name: apart[name]), key=lambda name: apart[name]):
        yield f"{', '.join(names)}: {why}"
