"""run, resume and open_run as a user calls them."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import physent
from physent.config.load import load_config
from physent.errors import ConfigError, PhysentError, RunError, UsageError
from physent.runs import api
from tests.crashes import Child, assert_same, contents, half_run, held_up
from tests.random_walk import drift_config, registered, walk_config


@pytest.fixture(autouse=True)
def _toys() -> Iterator[None]:
    with registered():
        yield


def one_line(error: BaseException) -> str:
    """Text of an error, which is one line."""
    assert isinstance(error, PhysentError)
    assert "\n" not in str(error)
    return str(error)


def test_in_memory_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    handler = signal.getsignal(signal.SIGINT)
    dataset = physent.run(walk_config(), set={"replicas": 3})
    assert dataset.sizes == {"draw": 40, "replica": 3, "walker": 3}
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(signal.SIGINT) is handler
    assert np.isfinite(dataset["position"].values).all()


def test_output_and_memory_agree_and_repeat_from_the_stored_config(tmp_path: Path) -> None:
    memory = physent.run(drift_config())
    with physent.run(drift_config(), output=tmp_path / "run.nc") as dataset:
        xr.testing.assert_equal(dataset.load(), memory)
    (tmp_path / "again.yaml").write_text(dataset.attrs["config"])
    again = physent.run(tmp_path / "again.yaml")
    xr.testing.assert_equal(again, memory)


def test_plain_readers_open_the_file(tmp_path: Path) -> None:
    physent.run(drift_config(), output=tmp_path / "run.nc").close()
    with xr.open_dataset(tmp_path / "run.nc", engine="netcdf4") as dataset:
        attrs = dataset.attrs
        assert dataset["time"].attrs == {"units": "1", "long_name": "time, in the engine's own units"}
        assert dataset["position"].attrs == {"units": "1", "long_name": "positions", "hint": "exact"}
        assert dataset["replica"].values.tolist() == [0, 1]
        assert dataset["visits"].dtype == np.int64
        encoding = dataset["spread"].encoding
        assert encoding["zlib"]
        assert encoding["shuffle"]
        assert encoding["fletcher32"]
        assert encoding["chunksizes"] == (21, 2)
    for name in (
        "Conventions", "title", "history", "source", "references", "format_version", "config",
        "config_sha256", "seed", "finished", "wall_seconds", "python_version", "numpy_version",
        "numba_version", "scipy_version", "netcdf4_version", "hdf5_version", "physent_version",
        "physent_commit", "host", "cpu", "threads", "generator", "warnings", "engine",
    ):  # fmt: skip
        assert name in attrs
    assert attrs["Conventions"] == "CF-1.11"
    assert attrs["finished"] == 1
    assert attrs["config_sha256"] == load_config(drift_config()).sha256
    assert attrs["references"].count("\n") == 1


def test_largest_seed(tmp_path: Path) -> None:
    with physent.run(walk_config(seed=2**64 - 1), output=tmp_path / "run.nc") as dataset:
        assert int(dataset.attrs["seed"]) == 2**64 - 1


@pytest.mark.parametrize("name", ["ünïcode #1.nc", "a:b?.nc", "no_suffix"])
def test_names(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    half_run(path, walk_config())
    physent.resume(path).close()
    physent.resume(path, until=50).close()
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "run.nc").symlink_to(tmp_path / "far" / "real.nc")
    api.start(load_config(walk_config()), tmp_path / "run.nc")
    assert (tmp_path / "run.nc").is_symlink()
    assert (tmp_path / "far" / "real.nc").is_file()


def test_existing_output_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.nc"
    half_run(path, walk_config())
    with pytest.raises(UsageError, match="holds an unfinished run") as caught:
        physent.run(walk_config(), output=path)
    one_line(caught.value)
    physent.resume(path).close()
    with pytest.raises(UsageError, match="exists: give --overwrite"):
        physent.run(walk_config(), output=path)
    before = contents(path)
    physent.run(walk_config(), output=path, overwrite=True).close()
    assert_same(path, before)


def test_outputs_that_cannot_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for output, message in [
        (tmp_path / "missing" / "run.nc", "does not exist"),
        (tmp_path, "is a folder"),
        (Path(__file__) / "run.nc", "is not a folder"),
    ]:
        with pytest.raises(UsageError, match=message) as caught:
            physent.run(walk_config(), output=output)
        one_line(caught.value)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(UsageError, match="not writable"):
        physent.run(walk_config(), output=tmp_path / "run.nc")
    monkeypatch.undo()

    def refuse(*args: Any) -> int:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(UsageError, match="Read-only file system"):
        api.start(load_config(walk_config()), tmp_path / "run.nc")
    monkeypatch.undo()
    with pytest.raises(UsageError, match="threads is 0"):
        physent.run(walk_config(), output=tmp_path / "run.nc", threads=0)
    with pytest.raises(ConfigError):
        physent.run(walk_config(replicas=0), output=tmp_path / "run.nc")
    assert list(tmp_path.iterdir()) == []


def test_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = api.prepare(walk_config()).file_bytes
    monkeypatch.setattr(shutil, "disk_usage", lambda path: type("", (), {"free": 2 * size - 1}))
    with pytest.raises(UsageError, match="needs twice that"):
        physent.run(walk_config(), output=tmp_path / "run.nc")


def test_output_can_be_replaced_by_its_owner_only(tmp_path: Path) -> None:
    physent.run(walk_config(), output=tmp_path / "run.nc").close()
    assert stat.S_IMODE((tmp_path / "run.nc").stat().st_mode) & 0o600 == 0o600


@pytest.mark.skipif(sys.platform != "linux", reason="needs fork")
def test_two_processes_cannot_write_one_output_but_one_can_read(tmp_path: Path) -> None:
    path = tmp_path / "run.nc"
    config = load_config(walk_config(checkpoint={"wall_seconds": 0}))

    def body(reached: Any) -> None:
        with held_up("step", 60, reached):
            api.start(config, path)

    child = Child(body)
    assert child.wait()
    calls: list[Any] = [lambda: api.carry_on(path), lambda: api.start(config, path, overwrite=True)]
    for call in calls:
        with pytest.raises(UsageError, match="another process is writing") as caught:
            call()
        one_line(caught.value)
    whole = physent.run(walk_config())
    with physent.open_run(path) as dataset:
        assert dataset.attrs["finished"] == 0
        samples = dataset.sizes["draw"]
        assert samples == 18
        xr.testing.assert_equal(dataset, whole.isel(draw=slice(samples)))
    with xr.open_dataset(path, engine="netcdf4") as plain:
        np.testing.assert_array_equal(plain["spread"], whole["spread"][:samples])
    child.end(signal.SIGKILL)
    physent.resume(path).close()
    with physent.open_run(path) as dataset:
        xr.testing.assert_equal(dataset, whole)


def test_resume(tmp_path: Path) -> None:
    path = tmp_path / "run.nc"
    for call in (physent.resume, physent.open_run):
        with pytest.raises(UsageError, match="no such file") as caught:
            call(path)
        one_line(caught.value)
    half_run(path, drift_config())
    with pytest.raises(UsageError, match=r"has already reached time = 1\.4"):
        physent.resume(path, until=1.0)
    with physent.resume(path) as dataset:
        xr.testing.assert_equal(dataset, physent.run(drift_config()))
        assert dataset.attrs["history"].count("\n") == 1
    before = path.read_bytes()
    physent.resume(path).close()
    physent.resume(path, until=2.0).close()
    assert path.read_bytes() == before
    with pytest.raises(UsageError, match="has already reached time = 2"):
        physent.resume(path, until=1.5)
    with pytest.raises(ConfigError, match="multiple"):
        physent.resume(path, until=2.55)
    assert path.read_bytes() == before


def test_extension(tmp_path: Path) -> None:
    path = tmp_path / "run.nc"
    physent.run(drift_config(output={"every": 3}), output=path).close()
    with physent.resume(path, until=3.0) as dataset:
        long = drift_config(output={"every": 3}, schedule={"until": 3.0, "every": 0.1})
        xr.testing.assert_equal(dataset, physent.run(long))
        assert dataset.attrs["config_sha256"] == load_config(long).sha256
    physent.run(walk_config(), output=tmp_path / "walk.nc").close()
    with physent.resume(tmp_path / "walk.nc", until=50) as dataset:
        xr.testing.assert_equal(dataset, physent.run(walk_config(schedule={"draws": 50, "thin": 3, "burn_in": 7})))


def test_fields_every_and_dtype(tmp_path: Path) -> None:
    whole = physent.run(drift_config())
    some = physent.run(drift_config(output={"fields": ["position", "wave_real"], "every": 4, "dtype": "float32"}))
    assert "wave_imag" not in some
    assert some["position"].dims == ("field_time", "replica", "walker")
    np.testing.assert_array_equal(some["position"], whole["position"][::4].astype(np.float32))
    np.testing.assert_array_equal(some["field_time"], whole["time"][::4])
    assert some["spread"].dtype == np.float64
    xr.testing.assert_equal(some["spread"], whole["spread"])
    none = physent.run(drift_config(output={"fields": "none", "every": 4}))
    assert "position" not in none
    assert "field_time" not in none


def test_complex_pair(tmp_path: Path) -> None:
    with physent.run(drift_config(), output=tmp_path / "run.nc") as dataset:
        expected = dataset["wave_real"].values + 1j * dataset["wave_imag"].values
        assert dataset["wave"].dtype == np.complex128
        np.testing.assert_array_equal(dataset["wave"][3:9:2, 1, [0, 2]], expected[3:9:2, 1, [0, 2]])
        np.testing.assert_array_equal(np.signbit(dataset["wave"].values.imag), True)
        np.testing.assert_array_equal(dataset["wave"].sel(time=0.5).values, expected[5])
        np.testing.assert_array_equal(dataset["wave"], expected)


def test_initial_arrays(tmp_path: Path) -> None:
    start = np.arange(6.0).reshape(2, 3)
    dataset = physent.run(drift_config(), initial={"position": start})
    np.testing.assert_array_equal(dataset["position"][0], start)
    assert len(dataset.attrs["initial_sha256"]) == 64
    same = physent.run(drift_config(), initial={"position": start[0]})
    np.testing.assert_array_equal(same["position"][0], start[[0, 0]])
    cases: list[tuple[dict[str, Any], str]] = [
        ({"position": np.zeros((3, 2))}, "position has shape (3, 2), expected (walker 3), or one per replica"),
        (
            {"position": np.zeros(4)},
            "position has shape (4,), expected (walker 3), or one per replica; this config has parameters.n = 3",
        ),
        (
            {"position": np.zeros((3, 3))},
            "position has shape (3, 3), expected (walker 3), or one per replica; this config has replicas = 2",
        ),
        ({"position": np.zeros(())}, "position has shape (), expected (walker 3), or one per replica"),
        ({"velocity": start}, "found velocity, expected position"),
        ({}, "found nothing, expected position"),
        (
            {"position": np.where(start == 4, np.inf, start)},
            "position holds NaN or infinity, first at index (replica 1, walker 1), expected finite numbers",
        ),
        (
            {"position": start[0] * np.nan},
            "position holds NaN or infinity, first at index (walker 0), expected finite numbers",
        ),
        ({"position": start.astype(str)}, "position holds <U32, expected real numbers"),
        ({"position": [[1.0], [2.0, 3.0]]}, "position is not an array of numbers: "),
    ]
    for arrays, message in cases:
        with pytest.raises(UsageError) as caught:
            physent.run(drift_config(), initial=arrays)
        assert str(caught.value).startswith(f"initial: {message}")
        one_line(caught.value)


def test_initial_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "run.nc"
    with physent.run(drift_config(output={"every": 4}), output=path) as source:
        positions = source["position"].values
    for sample, frame in [(-1, 5), (2, 2)]:
        kind = {"kind": "file", "path": str(path), "sample": sample}
        dataset = physent.run(drift_config(initial=kind))
        np.testing.assert_array_equal(dataset["position"][0], positions[frame])
        assert "initial_sha256" in dataset.attrs
    plain = tmp_path / "plain.nc"
    xr.Dataset({"position": (("walker", "replica"), positions[3].T)}).to_netcdf(plain, engine="netcdf4")
    dataset = physent.run(drift_config(initial={"kind": "file", "path": str(plain)}))
    np.testing.assert_array_equal(dataset["position"][0], positions[3])
    (tmp_path / "text.nc").write_text("no numbers here")
    xr.Dataset({"position": ("fish", positions[3, 0])}).to_netcdf(tmp_path / "fish.nc", engine="netcdf4")
    xr.Dataset({"position": ("walker", np.zeros(5))}).to_netcdf(tmp_path / "five.nc", engine="netcdf4")
    xr.Dataset({"other": 1.0}).to_netcdf(tmp_path / "other.nc", engine="netcdf4")
    cases: list[tuple[dict[str, Any], str]] = [
        ({"path": str(tmp_path / "missing.nc")}, "no such file to start from"),
        ({"path": str(tmp_path / "text.nc")}, r"damaged, .* expected one with variables position\(walker\)"),
        ({"path": str(tmp_path / "other.nc")}, r"has no variable position\(walker\)"),
        ({"path": str(tmp_path / "fish.nc")}, r"position has dimensions \(fish\), expected \(walker\), with or"),
        ({"path": str(tmp_path / "five.nc")}, r"has shape \(5,\), .* this config has parameters.n = 3"),
        ({"path": str(path), "sample": 6}, "found 6 frames of position, expected more"),
    ]
    for where, message in cases:
        with pytest.raises(UsageError, match=message) as caught:
            physent.run(drift_config(initial={"kind": "file", **where}))
        assert str(caught.value).startswith(f"initial.path: {where['path']}: ")
        one_line(caught.value)
    xr.Dataset(attrs={"format_version": 99}).to_netcdf(path, engine="netcdf4")
    with pytest.raises(RunError) as newer:
        physent.run(drift_config(initial={"kind": "file", "path": str(path)}))
    assert str(newer.value).startswith(f"initial.path: {path}: has format_version 99, ")


def test_import_is_light() -> None:
    code = "import sys, physent; sys.exit(any(m in sys.modules for m in ('numpy', 'numba', 'netCDF4')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
