"""The header walk passes what netCDF writes and is quick about lengths that lie."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from physent.errors import RunError
from physent.io import header
from physent.io.reader import open_run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A CDF-5 file with every kind of attribute, fixed and record variables."""
    path = tmp_path / "a.nc"
    with netCDF4.Dataset(os.fspath(path), "w", format="NETCDF3_64BIT_DATA") as dataset:
        dataset.createDimension("x", 3)
        dataset.createDimension("t", None)
        for code in ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"):
            dataset.setncattr(f"a_{code}", np.ones(3, code))
            variable = dataset.createVariable(code, code, ("t", "x"))
            variable.units = "1"
            variable[:4] = 1
        dataset.createVariable("x", "f8", ("x",))[:] = 1.0
        dataset.title = ""
        dataset.comment = "words of odd length."
    return path


def test_what_is_written_passes(file: Path) -> None:
    header.check(file)


def test_every_count_that_is_made_huge_is_noticed(file: Path) -> None:
    raw = file.read_bytes()
    names = [b"a_i1", b"a_f8", b"title", b"comment", b"units", b"words of"]
    places = [raw.index(name) - 8 for name in names]  # a name or a text follows its length
    places.append(4)  # number of records
    places.append(raw.index(b"\x01x\x00\x00\x00") + 5)  # length of the dimension x
    for at in places:
        (value,) = struct.unpack_from(">Q", raw, at)
        assert 0 < value < 40
        for shift in (13, 20, 36, 62):
            file.write_bytes(raw[:at] + struct.pack(">Q", value + (1 << shift)) + raw[at + 8 :])
            with pytest.raises((OSError, KeyError, IndexError, struct.error)):
                header.check(file)


def test_a_cut_is_noticed_only_before_the_records(file: Path) -> None:
    raw = file.read_bytes()
    file.write_bytes(raw[:-40])
    header.check(file)
    file.write_bytes(raw[:300])
    with pytest.raises((OSError, struct.error)):
        header.check(file)


def test_a_heap_object_larger_than_its_heap_is_refused(tmp_path: Path) -> None:
    """The HDF5 library never returns from most of these files: 2.2 from those with one of the bits 0 to 11 flipped."""
    path = tmp_path / "a.nc"
    with netCDF4.Dataset(os.fspath(path), "w") as dataset:
        dataset.createDimension("x", 3)
        dataset.createVariable("x", "f8", ("x",))[:] = 1.0
        dataset.createVariable("a", "f8", ("x",))[:] = 1.0
    header.check_heaps(path)
    raw = path.read_bytes()
    at = raw.index(header.HEAP) + 16 + 8  # the length of the first object
    for bit in range(64):
        (length,) = struct.unpack_from("<Q", raw, at)
        path.write_bytes(raw[:at] + struct.pack("<Q", length ^ 1 << bit) + raw[at + 8 :])
        with pytest.raises(OSError, match="global heap"):
            header.check_heaps(path)
        with pytest.raises(RunError, match="global heap"):
            open_run(path)
