"""Two records of one fact agree, or the file is neither continued nor analysed, and is left as it was."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
import xarray as xr

import physent
from physent.errors import NewerFormat, PhysentError, RunError, UsageError
from physent.figures.animate import save_animation
from physent.figures.save import save_figure
from physent.runs import api
from physent.sweeps.sweep import run_sweep
from tests.crashes import half_run
from tests.io.test_library import NLSE
from tests.random_walk import drift_config, registered

PLAN = [{"kind": "conservation", "of": "spread"}]


@pytest.fixture(autouse=True)
def _toys() -> Iterator[None]:
    with registered():
        yield


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A finished run of 21 samples."""
    physent.run(drift_config(), output=tmp_path / "run.nc").close()
    return tmp_path / "run.nc"


def select(source: Path, target: Path, chosen: dict[str, Any]) -> None:
    """Copy part of a file, with all its attributes, as `ncks -d` does."""
    with netCDF4.Dataset(source) as old, netCDF4.Dataset(target, "w") as new:
        old.set_auto_maskandscale(False)
        new.setncatts({name: old.getncattr(name) for name in old.ncattrs()})
        for name, dim in old.dimensions.items():
            size = len(np.arange(len(dim))[chosen.get(name, slice(None))])
            new.createDimension(name, None if dim.isunlimited() else size)
        for name, old_one in old.variables.items():
            made = new.createVariable(name, old_one.dtype, old_one.dimensions)
            made.setncatts({key: old_one.getncattr(key) for key in old_one.ncattrs()})
            made[...] = old_one[tuple(chosen.get(dim, slice(None)) for dim in old_one.dimensions)]


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"time": slice(5, 16)}, "holds 11 samples, expected 21 by its config"),
        ({"time": slice(0, 20)}, "holds 20 samples, expected 21 by its config"),
        ({"time": [0, 2, 1, *range(3, 21)]}, "time of sample 1 is 0.2, expected 0.1 by its config"),
        ({"time": [0, 0, *range(2, 21)]}, "time of sample 1 is 0.0, expected 0.1 by its config"),
        ({"walker": slice(0, 2)}, "walker has length 2, expected 3 by its config"),
        ({"replica": [0]}, "replica has length 1, expected 2 by its config"),
    ],
)
def test_part_of_a_run(path: Path, tmp_path: Path, chosen: dict[str, Any], message: str) -> None:
    part = tmp_path / "part.nc"
    select(path, part, chosen)
    before = part.read_bytes()
    calls: list[Any] = [
        lambda: physent.resume(part),
        lambda: physent.resume(part, until=3.0),
        lambda: physent.analyze(part, PLAN),
    ]
    for call in calls:
        with pytest.raises(RunError, match=message):
            call()
    assert part.read_bytes() == before
    whole = tmp_path / "whole.nc"
    select(path, whole, {})
    with physent.resume(whole, until=3.0) as longer, physent.resume(path, until=3.0) as expected:
        xr.testing.assert_equal(longer, expected)


def doors(file: Path, plan: Any) -> dict[str, Callable[[], Any]]:
    """Everything that takes a run."""
    start = {"kind": "file", "path": str(file)}
    return {
        "open": lambda: physent.open_run(file),
        "resume": lambda: physent.resume(file, until=1.0),
        "analyze": lambda: physent.analyze(file, plan),
        "analyze a dataset": lambda: physent.analyze(xr.open_dataset(file, engine="netcdf4"), plan),
        "plot": lambda: save_figure(file, file.with_suffix(".png")),
        "animate": lambda: save_animation(file, file.with_suffix(".gif")),
        "start file": lambda: physent.run({**NLSE, "initial": start}),
    }


@pytest.mark.parametrize("unfinished", [False, True])
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda text: text.replace("length: 20", "length: 21"), "its config is not the one that it was made with"),
        (None, "has format_version 2, this physent reads up to 1"),
    ],
)
def test_every_door(tmp_path: Path, change: Any, expected: str, unfinished: bool) -> None:
    file = tmp_path / "run.nc"
    if unfinished:
        half_run(file, NLSE, samples=3)
    else:
        physent.run(NLSE, output=file).close()
    with netCDF4.Dataset(file, "a") as dataset:
        if change:
            dataset.config = change(dataset.config)
        else:
            dataset.format_version = np.int64(2)
    before = file.read_bytes(), sorted(tmp_path.iterdir())
    for name, call in doors(file, [{"kind": "conservation", "of": "energy"}]).items():
        if not (unfinished and name == "analyze a dataset"):
            with pytest.raises(PhysentError, match=expected):
                call()
    assert (file.read_bytes(), sorted(tmp_path.iterdir())) == before


@pytest.mark.usefixtures("no_workers")
def test_a_point_of_a_later_version_is_not_replaced(tmp_path: Path) -> None:
    config: Any = api.load_config({**NLSE, "sweep": {"seed": [1, 2]}})
    run_sweep(config, tmp_path, workers=1)
    point = next((tmp_path / "points").glob("*.nc"))
    with netCDF4.Dataset(point, "a") as dataset:
        dataset.format_version = np.int64(2)
    before = hashlib.sha256(point.read_bytes())
    done = run_sweep(config, tmp_path, workers=1)
    assert len(done.failures) == 1
    assert "has format_version 2" in done.failures[0]
    assert hashlib.sha256(point.read_bytes()).digest() == before.digest()
    assert issubclass(NewerFormat, RunError)


def test_room_that_is_there_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run.nc"
    half_run(path, drift_config())
    size, there = api.prepare(drift_config()).file_bytes, path.stat().st_size
    assert 0 < there < size
    needed = 2 * size - there
    for free, fits in ((needed - 1, False), (needed, True)):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: type("", (), {"free": free}))
        if fits:
            physent.resume(path).close()
        else:
            with pytest.raises(UsageError, match=r"needs twice that to finish .* of it are there"):
                physent.resume(path)
