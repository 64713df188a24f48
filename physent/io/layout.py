"""What stands in a file: dimensions, coordinates and variables as the engine declared them, for both formats.

The data model is flat, because CDF-5 has one unlimited dimension (the clock), no groups and no strings.
If ``output.every`` > 1, fields are kept only at every ``every``-th sample, on a dimension of their own,
``field_CLOCK``, of known length.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Protocol

import netCDF4
import numpy as np

from physent.declare import Clock, Coordinate, Variable
from physent.io import library
from physent.io.files import abandon
from physent.io.library import LOCK, set_attributes

FORMAT_VERSION = 1
CHECKSUM = "record_checksum"  # in the unfinished file only
RESTART = "restart"  # in the finished file only
RESTART_DIM = "restart_byte"
INTERVAL = "sample_interval"
MARKS = ("unmixed",)  # attributes that follow from the results, and are dropped with them
ROOM = "room"
CHUNK_BYTES = 1 << 20
CHUNK_RECORDS = 1024
CACHE_BYTES = 2 * CHUNK_BYTES  # chunks are written once and in order; the default keeps tens of MB per variable

Result = tuple[Variable, np.ndarray[Any, Any]]  # of the whole run
Attributes = Mapping[str, str | int | float]


@dataclass(frozen=True)
class Column:
    """A declared variable as it is stored."""

    variable: Variable
    dims: tuple[str, ...]
    shape: tuple[int, ...]  # of one record
    dtype: np.dtype[Any]

    @property
    def name(self) -> str:
        """Name in the file."""
        return self.variable.name

    @property
    def is_always_finite(self) -> bool:
        """Whether NaN and infinity are refused."""
        return self.dtype.kind == "f" and not self.variable.may_be_nan

    @property
    def bytes(self) -> int:
        """Size of one record."""
        return self.dtype.itemsize * int(np.prod(self.shape, dtype=np.int64))


class Filters(Protocol):
    """How numbers are compressed and checked: by a layout, or an `output:` section."""

    @property
    def compression(self) -> int:
        """Zlib level, 0 for none."""

    @property
    def fletcher32(self) -> bool:
        """Whether there are checksums."""


@dataclass(frozen=True)
class Layout:
    """Everything that defines a file but its attributes and numbers."""

    clock: Clock
    schedule: Any
    every: int
    coordinates: tuple[Coordinate, ...]
    columns: tuple[Column, ...]
    compression: int
    fletcher32: bool = True

    @classmethod
    def of(cls, config: Any, variables: Iterable[Variable], coordinates: Sequence[Coordinate]) -> Layout:
        """Layout of a run: scalars always, fields as ``output`` chooses."""
        clock: Clock = config.schedule.clock
        output = config.output
        sizes = {coordinate.name: len(coordinate.values) for coordinate in coordinates}
        frames = f"field_{clock.name}" if output.every > 1 else clock.name
        columns = []
        for variable in variables:
            if variable.is_field and not _chosen(variable.name, output.fields):
                continue
            kind = output.dtype if variable.is_field and variable.dtype == "float64" else variable.dtype
            first = frames if variable.is_field else clock.name
            shape = tuple(sizes[dim] for dim in variable.dims)
            columns.append(Column(variable, (first, *variable.dims), shape, np.dtype(kind)))
        filters = output.compression, output.fletcher32
        return cls(clock, config.schedule, output.every, tuple(coordinates), tuple(columns), *filters)

    @classmethod
    def of_records(
        cls,
        clock: Clock,
        schedule: Any,
        coordinates: Sequence[Coordinate],
        variables: Sequence[Variable],
        like: Filters,
    ) -> Layout:
        """Layout of variables that are all kept, exactly, at every sample, with the filters of another."""
        sizes = {coordinate.name: len(coordinate.values) for coordinate in coordinates}
        columns = tuple(
            Column(v, (clock.name, *v.dims), tuple(sizes[dim] for dim in v.dims), np.dtype(v.dtype)) for v in variables
        )
        return cls(clock, schedule, 1, tuple(coordinates), columns, like.compression, like.fletcher32)

    @cached_property
    def frame_dim(self) -> str | None:
        """Dimension of the fields if it is not the clock."""
        return next((c.dims[0] for c in self.columns if c.dims[0] != self.clock.name), None)

    @cached_property
    def clock_dtype(self) -> np.dtype[Any]:
        """Type of the clock in the file."""
        last: np.ndarray[Any, Any] = np.array([self.schedule.at(self.samples - 1)], self.clock.dtype)
        narrowed: np.dtype[Any] = narrow(last).dtype
        return narrowed

    @property
    def samples(self) -> int:
        """Number of samples of the whole run."""
        return int(self.schedule.samples)

    @property
    def frames(self) -> int:
        """Number of samples at which fields are kept on their own dimension."""
        return -(-self.samples // self.every) if self.frame_dim else 0

    @property
    def file_bytes(self) -> int:
        """Size of the whole history, uncompressed."""
        record = 12 + sum(c.bytes for c in self.columns if c.dims[0] == self.clock.name)
        frame = 8 + sum(c.bytes for c in self.columns if c.dims[0] == self.frame_dim)
        fixed = sum(c.values.nbytes for c in self.coordinates)
        return 65536 + fixed + record * self.samples + frame * self.frames

    def create(self, path: str, file_format: Literal["CDF-5", "NetCDF-4"], attributes: Attributes) -> netCDF4.Dataset:
        """New dataset with its complete header and coordinates, and no record yet."""
        with LOCK:
            return self._create(path, file_format == "CDF-5", attributes)

    def _create(self, path: str, classic: bool, attributes: Attributes) -> netCDF4.Dataset:
        dataset = library.dataset(path, "w", format="NETCDF3_64BIT_DATA" if classic else "NETCDF4")
        try:
            dataset.set_fill_off()
            set_attributes(dataset, attributes)
            if beside := [one.name for one in self.coordinates if one.of]:
                dataset.coordinates = " ".join(beside)  # for all variables that have their dimension
            if classic:
                # A header that outgrows its place moves all data of fixed size, anew at every attribute (38 s
                # for two fields of 1.6 GB). An attribute that is deleted again leaves room.
                dataset.setncattr(ROOM, "." * (4096 * (len(self.columns) + len(self.coordinates) + 4)))
            self._define_coordinates(dataset, classic)
            self._define_records(dataset, classic)
            dataset.set_auto_maskandscale(False)
            for coordinate in self.coordinates:
                dataset.variables[coordinate.name][:] = coordinate.values
            if self.frame_dim:
                at = [self.schedule.at(frame * self.every) for frame in range(self.frames)]
                dataset.variables[self.frame_dim][:] = np.array(at, dtype=self.clock_dtype)
        except BaseException:
            abandon(dataset)
            raise
        return dataset

    def _define_coordinates(self, dataset: netCDF4.Dataset, classic: bool) -> None:
        for coordinate in self.coordinates:
            if not coordinate.of:
                dataset.createDimension(coordinate.name, len(coordinate.values))
        if self.frame_dim:
            dataset.createDimension(self.frame_dim, self.frames)
        dataset.createDimension(self.clock.name, None)
        for coordinate in self.coordinates:
            kind = narrow(coordinate.values).dtype
            variable = self._variable(dataset, coordinate.name, kind, (coordinate.dim,), classic)
            if ROOM in dataset.ncattrs():
                dataset.delncattr(ROOM)  # the first variable keeps its place
            set_attributes(variable, {"units": coordinate.units, "long_name": coordinate.long_name})
            if coordinate.name in ("x", "y", "z"):
                variable.axis = coordinate.name.upper()
        for name in filter(None, (self.clock.name, self.frame_dim)):
            variable = self._variable(dataset, name, self.clock_dtype, (name,), classic)
            set_attributes(variable, {"units": self.clock.units, "long_name": self.clock.long_name})
        if self.frame_dim:
            dataset.variables[self.frame_dim].setncattr(INTERVAL, self.every)

    def _define_records(self, dataset: netCDF4.Dataset, classic: bool) -> None:
        for column in self.columns:
            fill = np.nan if column.dtype.kind == "f" and column.variable.may_be_nan else None
            variable = self._variable(dataset, column.name, column.dtype, column.dims, classic, fill)
            declared = column.variable
            set_attributes(variable, {"units": declared.units, "long_name": declared.long_name, **declared.attrs})
        if classic:
            check = self._variable(dataset, CHECKSUM, "u4", (self.clock.name,), classic)
            check.long_name = "running CRC-32 of the header and of all records up to this one"

    def add_results(self, dataset: netCDF4.Dataset, results: Sequence[Result]) -> None:
        """Write variables of the whole run, which have no clock, into a NetCDF-4 dataset."""
        with LOCK:
            new: Any = dataset.createVariable
            for declared, value in results:
                filters = (
                    {"compression": "zlib", "complevel": self.compression} if self.compression and value.ndim else {}
                )
                variable = new(
                    declared.name, value.dtype, declared.dims, fletcher32=self.fletcher32 and value.ndim > 0, **filters
                )
                set_attributes(variable, {"units": declared.units, "long_name": declared.long_name, **declared.attrs})
                variable[...] = value

    def _variable(
        self,
        dataset: netCDF4.Dataset,
        name: str,
        dtype: Any,
        dims: tuple[str, ...],
        classic: bool,
        fill: float | None = None,
    ) -> Any:
        new: Any = dataset.createVariable  # its overloads do not take a dtype known only at run time
        if classic:
            return new(name, dtype, dims, fill_value=fill)
        sizes = [self.samples if d == self.clock.name else len(dataset.dimensions[d]) for d in dims]
        record = np.dtype(dtype).itemsize * int(np.prod(sizes[1:], dtype=np.int64))
        records = max(1, min(CHUNK_RECORDS, CHUNK_BYTES // record, sizes[0]))
        return new(
            name,
            dtype,
            dims,
            compression="zlib" if self.compression else None,
            complevel=self.compression,
            shuffle=self.compression > 0,
            fletcher32=self.fletcher32,
            chunksizes=[records, *sizes[1:]],
            chunk_cache=CACHE_BYTES,
            fill_value=fill,
        )


def narrow(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Whole numbers as int32 if they fit, since some programs read no int64 coordinates; others as they are."""
    if values.dtype != np.int64 or (values.size and np.abs(values).max() >= 1 << 31):
        return values
    return values.astype(np.int32)


def _chosen(name: str, fields: Any) -> bool:
    return fields == "all" or (fields != "none" and name in fields)
