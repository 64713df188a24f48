"""The history of an unfinished run: a CDF-5 record file to which records are appended in place.

CDF-5 has no metadata that a crash could break and takes no locks, so the file can be read while it grows,
and a full disk leaves what was written readable. Small records are written in blocks, at the latest when the file is
synced: writing one number costs as much as writing a hundred.
"""

from __future__ import annotations

import contextlib
import math
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from time import monotonic
from typing import Any

import netCDF4
import numpy as np

from physent.errors import RunError
from physent.io import checkpoint as checkpoints
from physent.io import library
from physent.io.chain import first_link, link
from physent.io.checkpoint import Checkpoint
from physent.io.files import Paths, abandon, cleared, failures, fsync, rename, writable
from physent.io.layout import CHECKSUM, Attributes, Column, Layout
from physent.io.library import LOCK

SYNC_SECONDS = 1.0
BLOCK_BYTES = 1 << 18
BLOCK_RECORDS = 256
FEW = 16  # up to so many numbers it is faster to check them one by one
Array = np.ndarray[Any, Any]
Record = Mapping[str, Array]


class Writer:
    """Appends records to a history, and saves the checkpoints that belong to it."""

    def __init__(self, paths: Paths, layout: Layout, dataset: netCDF4.Dataset, count: int, chain: int) -> None:
        self.paths = paths
        self.layout = layout
        self.count = count
        self.link = chain
        self._path = paths.out
        self._dataset = dataset
        self._broken = False
        self._synced_at = monotonic()
        self._is_synced = True
        with LOCK:
            dataset.set_auto_maskandscale(False)
            if dataset.data_model == "NETCDF3_64BIT_DATA":
                dataset.set_fill_off()
            self._variables = dataset.variables
            kind = np.dtype(dataset.variables[layout.clock.name].dtype)
        self._of_frames = [c for c in layout.columns if c.dims[0] == layout.frame_dim]
        self._of_records = [c for c in layout.columns if c.dims[0] != layout.frame_dim]
        room = max(1, min(BLOCK_RECORDS, BLOCK_BYTES // max(1, sum(column.bytes for column in layout.columns))))
        clock = layout.clock.name, kind, ()
        self._bytes, self._block = _block(room, [clock, *((c.name, c.dtype, c.shape) for c in self._of_records)])
        self._links = np.empty(room, np.uint32)
        self._frames: list[tuple[str, int, Any]] = []
        self._waiting = 0  # records in the block
        self._expected = frozenset(column.name for column in layout.columns)

    @classmethod
    def create(cls, paths: Paths, layout: Layout, attributes: Attributes) -> Writer:
        """New empty history at OUT.nc.new; `publish` makes it the output."""
        with failures(paths, "cannot create the output", "nothing was written"), cleared(paths.new):
            dataset = layout.create(os.fspath(paths.new), "CDF-5", attributes)
        writer = cls(paths, layout, dataset, 0, 0)
        writer._path = paths.new
        with writer._guard("cannot create the output", "nothing was written"), LOCK:
            writer._prefill()
            dataset.sync()
            writer.link = first_link(dataset)
        return writer

    @classmethod
    def reopen(cls, paths: Paths, layout: Layout, checkpoint: Checkpoint) -> Writer:
        """History of an interrupted run, to be continued after the checkpoint's record."""
        with failures(paths, "cannot open the output for writing", "nothing was changed"), writable(paths.out):
            _set_count(paths.out, checkpoint.sample)
            dataset = library.dataset(paths.out, "a")
        return cls(paths, layout, dataset, checkpoint.sample, checkpoint.link)

    def _prefill(self) -> None:
        """Fill the fields' own dimension, so that a frame that was never written holds no wrong number."""
        for column in self.layout.columns:
            if column.dims[0] == self.layout.frame_dim:
                is_float = column.dtype.kind == "f"
                filler = np.full(column.shape, np.nan if is_float else np.iinfo(column.dtype).min, column.dtype)
                for frame in range(self.layout.frames):
                    self._variables[column.name][frame] = filler

    @contextlib.contextmanager
    def _guard(self, doing: str, advice: str = "") -> Iterator[None]:
        retry = f"nothing before the last checkpoint is lost: make room, then `physent resume {self.paths.out}`"
        with failures(self.paths, doing, advice or retry), cleared(self.paths.new):
            try:
                yield
            except (OSError, RuntimeError):
                self._broken = True
                abandon(self._dataset)
                raise

    def append(self, clock: float, record: Record) -> None:
        """Add one record; RunError if a number is not finite or the record cannot be written."""
        if not self._expected <= record.keys():
            lacks, undeclared = sorted(self._expected - record.keys()), sorted(record.keys() - self._expected)
            raise ValueError(f"record lacks {lacks}, declared as variables (it has {undeclared}, which are not)")
        frame, in_frame = divmod(self.count, self.layout.every)
        frames = [] if in_frame else [(c.name, frame, self._value(c, clock, record)) for c in self._of_frames]
        row = self._waiting
        self._block[self.layout.clock.name][row] = clock
        for column in self._of_records:
            self._block[column.name][row] = self._value(column, clock, record)
        self.link = self._links[row] = zlib.crc32(self._bytes[row], link(self.link, [value for *_, value in frames]))
        self._frames += frames
        self._waiting += 1
        self.count += 1
        self._is_synced = False
        if self._waiting == len(self._links):
            self._flush()

    def _value(self, column: Column, clock: float, record: Record) -> Array:
        """The value of a column in a record, as it is stored."""
        value = np.asarray(record[column.name])
        if value.dtype != column.dtype:
            with np.errstate(over="ignore"):
                value = value.astype(column.dtype)
        if value.shape != column.shape:
            raise ValueError(f"{column.name} has shape {value.shape}, expected {column.shape}")
        if column.is_always_finite and not _is_finite(value):
            self._flush()
            raise RunError(
                f"{self.paths.out}: {column.name} is not finite as {column.dtype} at "
                f"{self.layout.clock.name} = {clock}; the samples before it are kept"
            )
        return value

    def _flush(self) -> None:
        """Write the waiting records."""
        if not self._waiting:
            return
        first = self.count - self._waiting
        with self._guard(f"cannot write sample {first}"), LOCK:
            for name, frame, value in self._frames:
                self._variables[name][frame] = value
            for name, block in self._block.items():
                self._variables[name][first : self.count] = block[: self._waiting]
            self._variables[CHECKSUM][first : self.count] = self._links[: self._waiting]
        self._frames.clear()
        self._waiting = 0

    def sync(self, now: float) -> None:
        """Make the records so far visible to other processes, at most about once per second."""
        if not self._is_synced and now - self._synced_at >= SYNC_SECONDS:
            self._sync(now)

    def _sync(self, now: float) -> None:
        self._flush()
        with self._guard("cannot write"), LOCK:
            self._dataset.sync()
        self._synced_at = now
        self._is_synced = True

    def save(self, checkpoint: Checkpoint) -> None:
        """Put a checkpoint of this moment in place, after the history is on the disk."""
        self._sync(monotonic())
        with self._guard("cannot save a checkpoint"):
            fsync(self._path)
            checkpoints.save(self.paths, replace(checkpoint, link=self.link))

    def publish(self) -> None:
        """Make the new history the output; a checkpoint must have been saved."""
        with self._guard("cannot put the output in place", "nothing was written"):
            rename(self.paths.new, self.paths.out)
        self._path = self.paths.out

    def close(self) -> None:
        """Close the history, unless a write to it failed."""
        if not self._broken and self._dataset.isopen():
            self._flush()
            with self._guard("cannot close the history"), LOCK:
                self._dataset.close()


def _block(room: int, kinds: Sequence[tuple[str, np.dtype[Any], tuple[int, ...]]]) -> tuple[Array, dict[str, Array]]:
    """Memory for records (room, bytes), packed in the order of the checksums, and a view of each column."""
    ends = list(accumulate(dtype.itemsize * math.prod(shape) for _, dtype, shape in kinds))
    rows = np.empty((room, ends[-1]), np.uint8)
    views = {
        name: rows[:, start:end].view(dtype.newbyteorder("<")).reshape(room, *shape)
        for (name, dtype, shape), start, end in zip(kinds, [0, *ends], ends, strict=False)
    }
    return rows, views


def _is_finite(value: Array) -> bool:
    if value.size <= FEW:
        return all(map(math.isfinite, value.ravel().tolist()))
    return bool(np.isfinite(value).all())


def _set_count(path: Path, count: int) -> None:
    """Set the number of records (bytes 4 to 11 of CDF-5, big-endian), which hides the unverified ones."""
    with path.open("r+b") as file:
        file.seek(4)
        file.write(count.to_bytes(8, "big"))
        file.flush()
        os.fsync(file.fileno())
