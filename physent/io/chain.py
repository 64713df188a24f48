"""The chain of checksums that makes every record of an unfinished history verifiable from the file itself.

Link k is the CRC-32 of record k continued from link k - 1; the chain begins at the CRC-32 of the header and
of the coordinates. So a damaged header, a lost page and a record that was only partly written all show as a
link that does not fit, and everything before that link is certainly what was written.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import netCDF4
import numpy as np

from physent.io.layout import CHECKSUM, INTERVAL

BLOCK_BYTES = 4 << 20

# What the netCDF library and its callers raise on a damaged file, whose header may contain anything.
DAMAGE = (
    OSError,
    RuntimeError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    MemoryError,
    struct.error,
)

Array = np.ndarray[Any, Any]


def link(crc: int, arrays: Iterable[Array]) -> int:
    """Continue a checksum over the values of some arrays, in order, as little-endian bytes."""
    for array in arrays:
        little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        crc = zlib.crc32(little.data, crc)
    return crc


def clock_of(dataset: netCDF4.Dataset) -> str:
    """Name of the unlimited dimension."""
    for name, dimension in dataset.dimensions.items():
        if dimension.isunlimited():
            return str(name)
    raise OSError("no unlimited dimension")


def first_link(dataset: netCDF4.Dataset) -> int:
    """Checksum of the header (names, sizes, attributes) and of the coordinates."""
    clock = clock_of(dataset)
    sizes = [(name, None if name == clock else len(d)) for name, d in dataset.dimensions.items()]
    variables = [(n, np.dtype(v.dtype).str, v.dimensions, _attributes(v)) for n, v in dataset.variables.items()]
    crc = zlib.crc32(repr((_attributes(dataset), sizes, variables)).encode())
    names = [name for name in dataset.dimensions if name != clock]
    return link(crc, (dataset.variables[name][:] for name in names))


def _attributes(holder: Any) -> list[tuple[str, Any]]:
    return [(name, np.asarray(holder.getncattr(name)).tolist()) for name in holder.ncattrs()]


def groups(dataset: netCDF4.Dataset) -> tuple[list[Any], list[Any], int]:
    """Record variables (the clock first), frame variables, and the number of samples per frame."""
    clock = clock_of(dataset)
    frame = f"field_{clock}"
    records = [v for n, v in dataset.variables.items() if v.dimensions[0] == clock and n != CHECKSUM]
    frames = [v for n, v in dataset.variables.items() if v.dimensions[0] == frame and n != frame]
    every = int(dataset.variables[frame].getncattr(INTERVAL)) if frames else 1
    return records, frames, every


def links(dataset: netCDF4.Dataset, count: int) -> Iterator[int]:
    """The chain recomputed from the first ``count`` records."""
    records, frames, every = groups(dataset)
    crc = first_link(dataset)
    width = sum(np.dtype(v.dtype).itemsize * int(np.prod(v.shape[1:], dtype=np.int64)) for v in records)
    step = max(1, BLOCK_BYTES // max(width, 1))
    for start in range(0, count, step):
        stop = min(start + step, count)
        blocks = [v[start:stop] for v in records]
        for sample in range(start, stop):
            if frames and sample % every == 0:
                crc = link(crc, (v[sample // every] for v in frames))
            crc = link(crc, (block[sample - start, ...] for block in blocks))
            yield crc


def verified(dataset: netCDF4.Dataset) -> int:
    """Number of records, from the first, that are certainly complete and as they were written."""
    count = len(dataset.dimensions[clock_of(dataset)])
    stored = dataset.variables[CHECKSUM]
    good = 0
    block: Array = np.empty(0, dtype=np.uint32)
    try:
        for sample, crc in enumerate(links(dataset, count)):
            if sample % 4096 == 0:
                block = stored[sample : sample + 4096]
            if crc != int(block[sample % 4096]):
                break
            good += 1
    except DAMAGE:
        return good  # the header is damaged, or describes more than the file holds
    return good
