"""What other programs need of a file (characters, 32-bit coordinates), and one line for what goes wrong."""

from __future__ import annotations

from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr

import physent
from physent.errors import RunError, UsageError
from physent.io.layout import narrow
from tests.io.test_library import NLSE


def test_text_and_coordinates(tmp_path: Path) -> None:
    config = NLSE | {"replicas": 2, "output": {"path": "ö.nc"}}
    with physent.run(config, output=tmp_path / "ö.nc") as made:
        assert "Schrödinger" in made.attrs["title"]
        assert "ö.nc" in made.attrs["config"]
    with netCDF4.Dataset(tmp_path / "ö.nc") as file:
        assert file["replica"].dtype == np.int32
        assert "standard_name" not in file["time"].ncattrs()
    raw = (tmp_path / "ö.nc").read_bytes()
    assert "Schrödinger".encode() in raw
    again = physent.resume(tmp_path / "ö.nc", until=0.1)
    np.testing.assert_array_equal(again["energy"], physent.run(config, set={"schedule.until": 0.1})["energy"])
    again.close()


def test_narrow() -> None:
    for values, kind in (([0, -5], "int32"), ([1 << 31], "int64"), ([0.5], "float64"), ([], "int32")):
        array = np.array(values, float if kind == "float64" else np.int64)
        assert narrow(array).dtype == kind
        np.testing.assert_array_equal(narrow(array), array)


def test_a_resumed_file_says_who_made_each_part(tmp_path: Path) -> None:
    physent.run(NLSE, output=tmp_path / "run.nc").close()
    with physent.resume(tmp_path / "run.nc", until=0.1) as made:
        first, second = made.attrs["history"].splitlines()
        for line in (first, second):
            assert f"# physent {physent.__version__}" in line
            assert f"numpy {np.__version__}" in line


def test_diagnoses(tmp_path: Path) -> None:
    xr.Dataset({"a": 1.0}).to_netcdf(tmp_path / "old.nc", format="NETCDF3_CLASSIC", engine="netcdf4")
    with pytest.raises(RunError, match="is a NetCDF-3 file"):
        physent.open_run(tmp_path / "old.nc")
    (tmp_path / "store.zarr").mkdir()
    (tmp_path / "store.zarr" / "zarr.json").write_text("{}")
    with pytest.raises(UsageError, match="is a Zarr store"):
        physent.open_run(tmp_path / "store.zarr")
    with pytest.raises(UsageError, match="the name is too long"):
        physent.run(NLSE, output=tmp_path / ("n" * 246 + ".nc"))
    (tmp_path / "run.nc.fin").mkdir()
    with pytest.raises(RunError, match=r"run\.nc\.fin: cannot be deleted"):
        physent.run(NLSE, output=tmp_path / "run.nc")


def test_permissions_stay(tmp_path: Path) -> None:
    physent.run(NLSE, output=tmp_path / "run.nc").close()
    (tmp_path / "run.nc").chmod(0o640)
    physent.resume(tmp_path / "run.nc", until=0.1).close()
    assert (tmp_path / "run.nc").stat().st_mode & 0o777 == 0o640
