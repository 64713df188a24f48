"""A Dataset of a run, whole or a part of it, is saved and opens as it was."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import physent
from physent.errors import RunError, UsageError
from tests.io.test_library import NLSE


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("save") / "run.nc"
    physent.run(NLSE, output=path).close()
    return path


def test_whole(run: Path, tmp_path: Path) -> None:
    with physent.open_run(run) as made:
        physent.save(made, tmp_path / "all.nc")
        with pytest.raises(UsageError, match="exists: give --overwrite"):
            physent.save(made, tmp_path / "all.nc")
        physent.save(made, tmp_path / "all.nc", overwrite=True)
        with physent.open_run(tmp_path / "all.nc") as again:
            xr.testing.assert_identical(made.load().drop_attrs(), again.load().drop_attrs())
            assert again.attrs == made.attrs
    assert [path.name for path in tmp_path.iterdir()] == ["all.nc"]
    plan = [{"kind": "conservation", "of": "mass"}]
    xr.testing.assert_equal(physent.analyze(run, plan), physent.analyze(tmp_path / "all.nc", plan))
    with pytest.raises(RunError, match="it cannot be extended"):
        physent.resume(tmp_path / "all.nc", until=1.0)


def test_a_selection_and_what_was_computed(run: Path, tmp_path: Path) -> None:
    with physent.open_run(run) as made:
        part = made[["psi"]].isel(time=slice(0, 2)).assign(phase=lambda ds: ds.psi**2)
        physent.save(part, tmp_path / "part.nc")
        with physent.open_run(tmp_path / "part.nc") as again:
            for name in ("psi", "phase"):
                np.testing.assert_array_equal(again[name], part[name])
    with pytest.raises(RunError, match="it is part of a run"):
        physent.analyze(tmp_path / "part.nc", [{"kind": "conservation", "of": "energy"}])


def test_what_cannot_be_saved(run: Path, tmp_path: Path) -> None:
    with physent.open_run(run) as made:
        with pytest.raises(UsageError, match=r"found a DataArray, expected an xarray\.Dataset"):
            physent.save(made.psi, tmp_path / "no.nc")
        with pytest.raises(UsageError, match=r"is no regular file|cannot be written|not writable|expected a run"):
            physent.save(made, "/dev/null", overwrite=True)
        with pytest.raises(UsageError, match="does not exist"):
            physent.save(made, tmp_path / "none" / "no.nc")


@pytest.mark.skipif(shutil.which("ncdump") is None, reason="needs ncdump")
def test_no_text_is_an_hdf5_string(run: Path, tmp_path: Path) -> None:
    with physent.open_run(run) as made:
        physent.save(made, tmp_path / "all.nc")
    for path in (run, tmp_path / "all.nc"):
        header = subprocess.run(["ncdump", "-h", path], capture_output=True, text=True, check=True).stdout
        assert "string " not in header
        assert "Schrödinger" in header
