"""Checksums of stored numbers are there unless they are switched off, and no hash of an older config depends on it."""

from __future__ import annotations

from pathlib import Path

import netCDF4
import pytest

import physent
from physent.config.load import load_config
from physent.sweeps.sweep import run_sweep
from tests.io.test_library import NLSE


@pytest.mark.parametrize("wanted", [True, False])
@pytest.mark.usefixtures("no_workers")
def test_in_every_file(tmp_path: Path, wanted: bool) -> None:
    config = load_config(NLSE, {"output.fletcher32": wanted})
    assert load_config(config).output.fletcher32 == wanted
    physent.run(config, output=tmp_path / "run.nc").close()
    physent.analyze(tmp_path / "run.nc", [{"kind": "conservation", "of": "mass"}], tmp_path / "more.nc").close()
    run_sweep(load_config(config, {"sweep": {"seed": [1]}}), tmp_path / "out", workers=1)
    for name in ("run.nc", "more.nc", "out/sweep.nc"):
        with netCDF4.Dataset(tmp_path / name) as file:
            of_numbers = {
                variable.filters()["fletcher32"]
                for variable in file.variables.values()
                if variable.dimensions and variable.name not in file.dimensions and variable.dtype.kind == "f"
            }
            assert of_numbers == {wanted}, name


def test_hashes_stay() -> None:
    plain = load_config(NLSE)
    assert "fletcher32" not in plain.to_yaml()
    assert load_config(NLSE, {"output.fletcher32": True}).sha256 == plain.sha256
    assert load_config(NLSE, {"output.fletcher32": False}).sha256 != plain.sha256
