"""Axes in steps and in pairs, and shares of a sweep that are made apart and gathered together."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

import physent
from physent.cli import commands
from physent.config import yaml
from physent.config.load import load_config
from physent.errors import ConfigError, UsageError
from physent.sweeps.points import axes_of, points_of
from physent.sweeps.sweep import Part, gather_sweep, open_sweep, run_sweep
from tests.sweeps.test_sweep import BASE

ZIPPED = BASE | {
    "sweep": {
        "size": {"zip": {"parameters.length": {"linspace": [20.0, 40.0, 2]}, "parameters.points": [64, 128]}},
        "seed": {"range": [1, 6, 2]},
    }
}


def values(axis: dict[str, Any], path: str = "parameters.length") -> list[Any]:
    (column,) = axes_of(load_config(BASE | {"sweep": {path: axis}}))[0].columns
    return list(column.values)


def test_steps() -> None:
    assert values({"range": [0, 10, 3]}, "seed") == [0, 3, 6, 9]
    assert values({"linspace": [20, 21, 11]}) == [20.0, 20.1, 20.2, 20.3, 20.4, 20.5, 20.6, 20.7, 20.8, 20.9, 21.0]
    assert values({"logspace": [20.0, 2000.0, 3]}) == [20.0, 200.0, 2000.0]
    for count in (2, 7, 100):
        first, last = 17.3, 0.1234567890123456
        np.testing.assert_allclose(
            values({"linspace": [first, last, count]}), np.linspace(first, last, count), rtol=1e-14
        )
        found = values({"logspace": [first, last, count]})
        assert (found[0], found[-1]) == (first, last)
        np.testing.assert_allclose(np.diff(np.log(found)), np.log(last / first) / (count - 1), rtol=1e-12)


def test_an_equal_list_gives_the_same_points() -> None:
    listed = BASE | {"sweep": {"parameters.length": [20.0, 20.1, 20.2]}}
    stepped = BASE | {"sweep": {"parameters.length": {"linspace": [20.0, 20.2, 3]}}}
    one, two = ([point.sha256 for point in points_of(load_config(config))] for config in (listed, stepped))
    assert one == two


@pytest.mark.usefixtures("no_workers")
def test_keys_that_change_together(tmp_path: Path) -> None:
    config = load_config(ZIPPED)
    assert [point.index for point in points_of(config)] == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]
    assert run_sweep(config, tmp_path, workers=1).made == 6
    with open_sweep(tmp_path) as gathered:
        assert gathered["mass"].dims == ("size", "seed", "time", "replica")
        assert (gathered["length"].dims, gathered["length"].values.tolist()) == (("size",), [20.0, 40.0])
        assert gathered["points"].values.tolist() == [64, 128]
        assert {"length", "points", "seed"} <= set(gathered.coords)
        for point in points_of(config):
            alone = physent.run(point.config)
            here = gathered.isel(dict(zip(("size", "seed"), point.index, strict=True)))
            np.testing.assert_array_equal(here["energy"], alone["energy"])
    with pytest.raises(ConfigError, match=r"sweep\.mass: a variable of the run has this name"):
        run_sweep(load_config(BASE | {"sweep": {"mass": {"zip": {"seed": [1]}}}}), tmp_path / "no")


@pytest.mark.usefixtures("no_workers")
def test_records_come_first_and_text_is_characters(tmp_path: Path) -> None:
    config = BASE | {"sweep": {"parameters.sign": ["focusing", "defocusing"], "seed": [1]}}
    run_sweep(load_config(config), tmp_path, workers=1)
    with netCDF4.Dataset(tmp_path / "sweep.nc") as file:
        assert file["mass"].dimensions == ("time", "sign", "seed", "replica")
        assert file.dimensions["time"].isunlimited()
        assert {file[name].dtype for name in ("sign", "run_file", "run_error", "run_warnings")} == {np.dtype("S1")}
    with xr.open_dataset(tmp_path / "sweep.nc", engine="netcdf4") as plain:
        assert plain["sign"].values.tolist() == ["focusing", "defocusing"]
        assert all((tmp_path / name).exists() for name in plain["run_file"].values.ravel().tolist())
        assert set(plain["run_error"].values.ravel().tolist()) == {""}


@pytest.mark.parametrize("count", [1, 4, 9])
def test_shares_are_the_whole(count: int) -> None:
    points: Any = list(range(7))
    shares: Any = [Part(number, count).of(points) for number in range(1, count + 1)]
    assert sorted(itertools.chain(*shares)) == points
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


@pytest.mark.usefixtures("no_workers")
def test_parts_made_apart(tmp_path: Path) -> None:
    """In two folders, as on two machines, then together in a third."""
    (tmp_path / "c.yaml").write_text(yaml.dump(ZIPPED))
    config = load_config(tmp_path / "c.yaml")
    for number in (1, 2):
        where = ["-d", str(tmp_path / f"out{number}"), "--workers", "1"]
        done = CliRunner().invoke(commands.app, ["sweep", str(tmp_path / "c.yaml"), *where, "--part", f"{number}/2"])
        assert done.exit_code == 0
        assert "not gathered (--gather-only does it): 3 points made" in done.output
        assert not (tmp_path / f"out{number}" / "sweep.nc").exists()
    whole = tmp_path / "whole"
    (whole / "points").mkdir(parents=True)
    with pytest.raises(UsageError, match="none of its 6 points is finished"):
        gather_sweep(config, whole)
    for number, missing in ((1, 3), (2, 0)):
        for file in (tmp_path / f"out{number}" / "points").iterdir():
            (whole / "points" / file.name).write_bytes(file.read_bytes())
        done = CliRunner().invoke(commands.app, ["sweep", str(tmp_path / "c.yaml"), "-d", str(whole), "--gather-only"])
        assert done.exit_code == (1 if missing else 0)
        assert done.output.count("it is not there") == missing
    with open_sweep(whole) as gathered:
        assert gathered.attrs["failed_points"] == 0
        first = gathered.load().drop_attrs()
    with physent.sweep(config, tmp_path / "direct", workers=1) as direct:
        xr.testing.assert_identical(direct.load().drop_attrs(), first)


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "a/b", "1/0", "-1/2", ""])
def test_no_part(text: str) -> None:
    with pytest.raises(UsageError, match="expected K/N with K from 1 to N"):
        Part.read(text)


def test_what_does_not_go_together(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(yaml.dump(ZIPPED))
    command = ["sweep", str(tmp_path / "c.yaml"), "-d", str(tmp_path / "out"), "--gather-only"]
    for more, message in ((["--part", "1/2"], "--gather-only makes no point"), ([], "has no folder points")):
        done = CliRunner().invoke(commands.app, [*command, *more])
        assert isinstance(done.exception, UsageError)
        assert message in str(done.exception)
    assert not (tmp_path / "out").exists()
