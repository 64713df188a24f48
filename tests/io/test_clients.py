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
from physent.runs.job import prepare
from tests.crashes import half_run
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


@pytest.mark.parametrize("mode", [0o444, 0o640, 0o600, 0o664])
def test_permissions_stay(tmp_path: Path, mode: int) -> None:
    """Of a run that is extended, resumed in the middle, or replaced."""
    path = tmp_path / "run.nc"
    physent.run(NLSE, output=path).close()
    path.chmod(mode)
    physent.resume(path, until=0.1).close()
    assert path.stat().st_mode & 0o777 == mode
    path.unlink()
    half_run(path, NLSE, samples=3)
    path.chmod(mode)
    physent.resume(path).close()
    assert path.stat().st_mode & 0o777 == mode
    physent.run(NLSE, output=path, overwrite=True).close()
    assert path.stat().st_mode & 0o777 == mode


def test_clocks_that_count_are_narrow(tmp_path: Path) -> None:
    config = {
        "engine": "coulomb",
        "parameters": {"dimension": 2, "n": 4, "beta": 2.0, "sampler": "radii"},
        "schedule": {"draws": 3, "thin": 1000},
    }
    for draws, kind in ((3, "i4"), (5, "i4")):
        with physent.run(config, set={"schedule.draws": draws}, output=tmp_path / f"{draws}.nc") as made:
            assert made["draw"].dtype == kind
            assert made["draw"].values.tolist() == [1000 * one for one in range(draws)]
    with physent.resume(tmp_path / "3.nc", until=5) as longer, physent.open_run(tmp_path / "5.nc") as whole:
        np.testing.assert_array_equal(longer["max_radius"], whole["max_radius"])
    many = prepare(config, {"schedule.draws": 3_000_000}).layout
    assert (many.clock_dtype.name, prepare(config).layout.clock_dtype.name) == ("int64", "int32")


def test_starts_that_are_no_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    x = np.linspace(-10.0, 10.0, 32, endpoint=False)
    wave = ("x", np.exp(-(x**2)))
    data = xr.Dataset({"psi_real": wave, "psi_imag": wave}, coords={"x": ("x", [f"site {i}" for i in range(32)])})
    data.to_netcdf("start.nc", engine="netcdf4")
    config = NLSE | {"initial": {"kind": "file", "path": "start.nc"}}
    config["parameters"] = NLSE["parameters"] | {"length": 20.0, "points": 32}
    with pytest.raises(UsageError, match=r"initial\.path: start\.nc: x holds <U7, expected the numbers of this config"):
        physent.run(config)
    beside = data.assign_coords(x=x, site=("x", [f"site {i}" for i in range(32)]))
    for form in ("NETCDF4", "NETCDF3_CLASSIC"):
        beside.to_netcdf("start.nc", engine="netcdf4", format=form)
        np.testing.assert_array_equal(physent.run(config)["psi_real"][0, 0], np.exp(-(x**2)))
    (tmp_path / "store.zarr").mkdir()
    with pytest.raises(UsageError, match="is a folder, expected a netCDF file to start from"):
        physent.run(config, set={"initial.path": "store.zarr"})
