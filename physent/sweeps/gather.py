"""Gather the files of a sweep's points into one file with the swept parameters as dimensions.

Only one variable of one point is in memory at a time. Fields stay in the files of the points, as do variables whose
dimensions or coordinates are not the same at every point.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from physent import engines
from physent.config.load import RunConfig
from physent.io import library
from physent.io.files import Paths, cleared, failures, fsync, locked, rename, written
from physent.io.layout import FORMAT_VERSION, RESTART, narrow
from physent.io.library import LOCK, set_attributes, write_text
from physent.io.reader import opened, reading
from physent.runs import provenance
from physent.sweeps.points import RUN_VARIABLES, Axis, Point
from physent.version import VERSION

logger = logging.getLogger(__name__)

MISSING_INTEGER = np.iinfo(np.int64).min


def gather(
    config: RunConfig,
    axes: Sequence[Axis],
    points: Sequence[Point],
    failed: Mapping[tuple[int, ...], str],
    home: Path,
    target: Path,
) -> Path:
    """Write the gathered file; points in ``failed``, by index, are missing values. Raises RunError in one line."""
    paths = Paths.of(target)
    trouble = failures(paths, "cannot gather the sweep", "the files of the points are complete")
    with locked(paths), trouble, cleared(paths.fin):
        apart = _write(paths.fin, config, axes, points, failed, home, {})
        for name, why in apart.items():
            logger.warning("%s is not gathered: %s", name, why)
        if apart:
            _write(paths.fin, config, axes, points, failed, home, apart)
        fsync(paths.fin)
        rename(paths.fin, paths.out)
    return paths.out


def _write(
    path: Path,
    config: RunConfig,
    axes: Sequence[Axis],
    points: Sequence[Point],
    failed: Mapping[tuple[int, ...], str],
    home: Path,
    apart: Mapping[str, str],
) -> dict[str, str]:
    """Write all variables except ``apart``; returns those that do not fit together, which are incomplete, and why."""
    fields = {v.name for v in engines.get(config.engine).variables(config) if v.is_field}
    runs = {name: np.full([axis.size for axis in axes], "", object) for name in RUN_VARIABLES}
    with written(library.dataset(path, "w", format="NETCDF4")) as dataset:
        with LOCK:
            set_attributes(dataset, _attributes(config, len(points), failed, apart))
            gathered = _Gathered(config, dataset, axes, frozenset((*fields, RESTART, *apart)), complete=not failed)
        for point in points:
            file, error = point.path(home), failed.get(point.index)
            runs["run_file"][point.index] = str(file.relative_to(home))
            runs["run_error"][point.index] = error or ""
            if error is None:
                with reading(file), opened(file) as source:
                    source.set_auto_maskandscale(False)
                    runs["run_warnings"][point.index] = str(source.getncattr("warnings"))
                    gathered.add(source, point.index)
        told = list(_told(len(points), len(failed), int(np.count_nonzero(runs["run_warnings"]))))
        with LOCK:
            for name, text in RUN_VARIABLES.items():
                variable = write_text(dataset, name, runs[name], gathered.swept)
                variable.long_name = text
                gathered.mark(variable)
            dataset.warnings = "; ".join(told)
    uneven = gathered.uneven()
    for text in () if uneven else told:
        logger.warning("%s", text)
    return uneven


class _Gathered:
    """Variables of the gathered file, defined when a point first has them."""

    def __init__(
        self, config: RunConfig, dataset: Any, axes: Sequence[Axis], skipped: frozenset[str], *, complete: bool
    ) -> None:
        self.dataset, self.skipped, self.complete = dataset, skipped, complete
        self.clock, self.fletcher32 = config.schedule.clock.name, config.output.fletcher32
        self.swept = tuple(axis.name for axis in axes)
        self._dims: dict[str, tuple[str, ...]] = {}
        self._values: dict[str, Any] = {}  # along each dimension
        self._apart: dict[str, str] = {}
        self._ragged: dict[str, str] = {}
        self._beside = " ".join(c.name for axis in axes for c in axis.columns if c.name != axis.name)
        for axis in axes:
            dataset.createDimension(axis.name, axis.size)
            for column in axis.columns:
                values = narrow(column.coordinate)
                if values.dtype == object:
                    variable = write_text(dataset, column.name, values, (axis.name,))
                else:
                    variable = self._coordinate(column.name, values, axis.name)
                variable.setncatts({"long_name": f"swept parameter {column.path}", "units": "1"})

    def mark(self, variable: Any) -> None:
        """Name the coordinates of a variable that are no dimensions."""
        if self._beside:
            variable.coordinates = self._beside

    def add(self, source: Any, index: tuple[int, ...]) -> None:
        """Write the variables of one point."""
        variables = {
            name: variable
            for name, variable in source.variables.items()
            if name not in source.dimensions and name not in self.skipped
        }
        for dim in sorted({dim for variable in variables.values() for dim in variable.dimensions}):
            self._meet(dim, source.variables[dim])
        for name, variable in variables.items():
            if self._dims.setdefault(name, variable.dimensions) != variable.dimensions:
                self._apart[name] = "its dimensions are not the same at every point"
            if name in self._apart or not self._ragged.keys().isdisjoint(variable.dimensions):
                continue
            if name not in self.dataset.variables:
                self._define(name, variable)
            has_clock = variable.dimensions[:1] == (self.clock,)
            self.dataset.variables[name][(slice(None), *index) if has_clock else index] = variable[...]

    def uneven(self) -> dict[str, str]:
        """Variables that do not fit together, and why."""
        for name, dims in self._dims.items():
            if ragged := [self._ragged[dim] for dim in dims if dim in self._ragged]:
                self._apart[name] = ragged[0]
        return self._apart

    def _meet(self, dim: str, variable: Any) -> None:
        values = variable[:]
        if dim not in self._values:
            self._values[dim] = values
            self.dataset.createDimension(dim, None if dim == self.clock else len(values))
            made = self._coordinate(dim, values, dim)
            made.setncatts({key: variable.getncattr(key) for key in variable.ncattrs()})
        elif not np.array_equal(self._values[dim], values):
            self._ragged[dim] = f"its dimension {dim} is not the same at every point"

    def _coordinate(self, name: str, values: Any, dim: str) -> Any:
        variable = self.dataset.createVariable(name, values.dtype, (dim,))
        variable[:] = values
        return variable

    def _define(self, name: str, source: Any) -> None:
        """A variable of all points: the clock is its first dimension, as programs for records want it."""
        is_float = source.dtype.kind == "f"
        first = int(source.dimensions[:1] == (self.clock,))
        variable = self.dataset.createVariable(
            name,
            source.dtype,
            (*source.dimensions[:first], *self.swept, *source.dimensions[first:]),
            compression="zlib",
            complevel=1,
            fletcher32=self.fletcher32,
            chunksizes=[*source.shape[:first], *(1 for _ in self.swept), *source.shape[first:]] or None,
            fill_value=(np.nan if is_float else MISSING_INTEGER) if is_float or not self.complete else None,
        )
        variable.setncatts({key: source.getncattr(key) for key in source.ncattrs() if key != "_FillValue"})
        self.mark(variable)


def _told(points: int, failed: int, doubtful: int) -> Iterator[str]:
    """Warnings for readers of the gathered file."""
    for count, text in ((failed, "failed, see run_error"), (doubtful, "have warnings, see run_warnings")):
        if count:
            yield f"{count} of {points} points {text}"


def _attributes(
    config: RunConfig, points: int, failed: Mapping[tuple[int, ...], str], apart: Mapping[str, str]
) -> dict[str, str | int | float]:
    return {
        "Conventions": "CF-1.11",
        "title": f"Sweep: {engines.get(config.engine).title}",
        "history": provenance.event(),
        "source": f"physent {VERSION}",
        "references": "\n".join(engines.get(config.engine).references),
        "format_version": FORMAT_VERSION,
        "engine": config.engine,
        **provenance.config_attributes(config, config.to_yaml()),
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
