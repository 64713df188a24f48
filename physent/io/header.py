"""Walks over a CDF-5 header and over HDF5 global heaps that trust no length in them.

The netCDF library does not check the lengths in a header: after one flipped bit it allocates gigabytes.
Grammar: "NetCDF Classic Format Specifications" (Unidata), with the 64-bit counts of CDF-5.
"""

from __future__ import annotations

import math
import struct
from pathlib import Path

TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8, 7: 1, 8: 2, 9: 4, 10: 8, 11: 8}
DIMENSIONS, VARIABLES, ATTRIBUTES = 10, 11, 12
MOST_HEADER = 64 << 20
HEAP = b"GCOL\x01\0\0\0"
HEAP_WINDOW = 1 << 20


class _Walk:
    """Position in a header; each method moves it past what it reads."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.at = 4

    def count(self) -> int:
        """Next 64-bit count."""
        (value,) = struct.unpack_from(">Q", self.raw, self.at)
        self.at += 8
        return int(value)

    def kind(self) -> int:
        """Next 32-bit tag or type."""
        (value,) = struct.unpack_from(">I", self.raw, self.at)
        self.at += 4
        return int(value)

    def skip(self, size: int) -> None:
        """Pass over so many bytes, padded to four."""
        self.at += -(-size // 4) * 4
        if self.at > len(self.raw):
            raise OSError("its header does not end")

    def items(self, tag: int) -> int:
        """Length of the list that starts here."""
        found, length = self.kind(), self.count()
        if found != (tag if length else 0) and not (found == tag and not length):
            raise OSError("its header is damaged")
        if length > len(self.raw):
            raise OSError("its header does not end")
        return length

    def attributes(self) -> None:
        """Pass over a list of attributes."""
        for _ in range(self.items(ATTRIBUTES)):
            self.skip(self.count())
            width = TYPE_BYTES[self.kind()]
            self.skip(self.count() * width)


def check(path: Path) -> None:
    """Raise OSError, KeyError or struct.error if a CDF-5 header, or the data it describes, does not fit in the file.

    A history that was cut short is still worth reading, so its records need not all be there.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        walk = _Walk(file.read(MOST_HEADER))
    samples = walk.count()
    lengths = []
    for _ in range(walk.items(DIMENSIONS)):
        walk.skip(walk.count())
        lengths.append(walk.count())
    walk.attributes()
    needed = samples
    for _ in range(walk.items(VARIABLES)):
        walk.skip(walk.count())
        count = walk.count()
        if count > len(lengths):
            raise OSError("its header is damaged")
        shape = [lengths[walk.count()] for _ in range(count)]
        walk.attributes()
        width = TYPE_BYTES[walk.kind()]
        walk.skip(8)
        start = walk.count()
        has_records = 0 in shape[:1]
        bytes_each = math.prod(shape[has_records:]) * width
        needed += bytes_each if samples or not has_records else 0
        if start > size and (samples or not has_records):
            raise OSError("its header describes data beyond its end")
    if needed > size:
        raise OSError(f"its header describes more than the {size} bytes that it has")


def check_heaps(path: Path) -> None:
    """Raise OSError if an object of an HDF5 global heap does not fit in its heap.

    The HDF5 library never returns from most such files (1.14 and 2.2: one flipped bit in a length). The heaps of the
    small metadata that physent writes lie near the beginning and the end of a file, and only those parts are read.
    (HDF5 File Format Specification 3.0, III.E)
    """
    with path.open("rb") as file:
        blocks = [file.read(HEAP_WINDOW)]
        file.seek(max(path.stat().st_size - HEAP_WINDOW, HEAP_WINDOW))
        blocks.append(file.read())
    for block in blocks:
        start = block.find(HEAP)
        while start >= 0:
            _check_heap(block, start)
            start = block.find(HEAP, start + len(HEAP))


def _check_heap(block: bytes, start: int) -> None:
    (size,) = struct.unpack_from("<Q", block.ljust(start + 16, b"\0"), start + 8)
    at, end = start + 16, start + size
    while at + 16 <= min(end, len(block)):
        index, length = struct.unpack_from("<H6xQ", block, at)
        total = 16 + -(-length // 8) * 8 if index else length  # free space counts its own head
        if not 16 <= total <= end - at:
            raise OSError(f"an object of the global heap has {length} bytes, which do not fit its heap")
        at += total
