"""open_run on what is not a run, or is damaged."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest

import physent
from physent.config.load import load_config
from physent.errors import PhysentError, RunError, UsageError
from physent.runs import api
from tests.random_walk import registered, walk_config


@pytest.fixture(autouse=True)
def _toys() -> Iterator[None]:
    with registered():
        yield


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A finished run."""
    api.start(load_config(walk_config(schedule={"draws": 5})), tmp_path / "run.nc")
    return tmp_path / "run.nc"


def foreign(path: Path, file_format: Any, **attributes: object) -> Path:
    """A netCDF file that is not a run."""
    with netCDF4.Dataset(os.fspath(path), "w", format=file_format) as dataset:
        dataset.createDimension("x", 3)
        dataset.createVariable("a", "f8", ("x",))[:] = 1.0
        dataset.setncatts(attributes)
    return path


def test_missing_foreign_and_future_files(tmp_path: Path) -> None:
    (tmp_path / "empty.nc").touch()
    (tmp_path / "text.nc").write_text("time,mass\n0,1\n")
    (tmp_path / "cdf.nc").write_bytes(b"CDF\x05" + b"\xff" * 100)
    (tmp_path / "hdf.nc").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    foreign(tmp_path / "plain4.nc", "NETCDF4")
    foreign(tmp_path / "plain5.nc", "NETCDF3_64BIT_DATA")
    foreign(tmp_path / "future.nc", "NETCDF4", format_version=99)
    foreign(tmp_path / "words.nc", "NETCDF4", format_version="one")
    foreign(tmp_path / "odd5.nc", "NETCDF3_64BIT_DATA", format_version=1)
    cases: list[tuple[str, type[PhysentError], str]] = [
        ("missing.nc", UsageError, "no such file"),
        ("", UsageError, "is a folder"),
        ("empty.nc", RunError, "not a netCDF file"),
        ("text.nc", RunError, "not a netCDF file"),
        ("cdf.nc", RunError, "damaged"),
        ("hdf.nc", RunError, "damaged"),
        ("plain4.nc", RunError, "no format_version"),
        ("plain5.nc", RunError, "no format_version"),
        ("future.nc", RunError, "format_version 99"),
        ("words.nc", RunError, "format_version one"),
        ("odd5.nc", RunError, "no unlimited dimension"),
    ]
    for name, kind, message in cases:
        with pytest.raises(kind, match=message) as caught:
            physent.open_run(tmp_path / name)
        assert "\n" not in str(caught.value)
        if name:
            before = sorted(tmp_path.iterdir())
            with pytest.raises(PhysentError) as caught:
                physent.resume(tmp_path / name)
            assert "\n" not in str(caught.value)
            assert sorted(tmp_path.iterdir()) == before
    gc.collect()  # a handle that leaks is a warning here, and warnings are errors


def test_a_complex_pair_of_text_is_refused(tmp_path: Path) -> None:
    path = foreign(tmp_path / "pair.nc", "NETCDF4", format_version=1)
    with netCDF4.Dataset(os.fspath(path), "a") as dataset:
        dataset.createVariable("a_real", str, ("x",))
        dataset.createVariable("a_imag", "f8", ("x",))
    with pytest.raises(RunError, match="a_real and a_imag are not both numbers"):
        physent.open_run(path)


def test_truncated_finished_file(run: Path) -> None:
    raw = run.read_bytes()
    for size in (9, 100, len(raw) // 2, len(raw) - 10):
        run.write_bytes(raw[:size])
        with pytest.raises(RunError) as caught:
            physent.open_run(run)
        assert "\n" not in str(caught.value)
        with pytest.raises(RunError) as caught:
            physent.resume(run, until=9)
        assert "\n" not in str(caught.value)


def test_handles_are_closed(run: Path) -> None:
    def handles() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = handles()
    for _ in range(3):
        with physent.open_run(run) as dataset:
            dataset.load()
            assert "restart" not in dataset.variables
            assert "restart_byte" not in dataset.dims
    assert handles() == before


def test_restart_is_hidden_but_there(run: Path) -> None:
    with netCDF4.Dataset(os.fspath(run)) as dataset:
        assert dataset["restart"].dtype == np.uint8
        assert dataset["restart"].dimensions == ("restart_byte",)
