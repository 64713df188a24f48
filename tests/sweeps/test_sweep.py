"""Sweeps: every point once, bit for bit a single run, whatever dies on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import xarray as xr
from typer.testing import CliRunner

import physent
from physent.cli import commands
from physent.config import yaml
from physent.config.load import load_config
from physent.errors import ConfigError, UsageError
from physent.sweeps import pool
from physent.sweeps.points import axes_of, points_of
from physent.sweeps.sweep import open_sweep, run_sweep

BASE: dict[str, Any] = {
    "engine": "nlse",
    "replicas": 2,
    "parameters": {"length": 20.0, "points": 64, "tolerance": 1e-6},
    "initial": {"kind": "plane_wave", "amplitude": 1.0, "mode": 1, "noise_rms": 1e-3},
    "schedule": {"until": 1.0, "every": 0.5},
    "diagnostics": [{"kind": "wave_entropies"}, {"kind": "conservation", "of": ["mass"]}],
}
GRID = BASE | {"sweep": {"parameters.length": [15.0, 20.0], "seed": {"range": [0, 2]}}}
SLOW = BASE | {
    "parameters": {"length": 20.0, "points": 256, "method": "strang", "step": 1e-4},
    "schedule": {"until": 4.0, "every": 2.0},
    "sweep": {"seed": {"range": [0, 4]}},
}


def assert_points_are_runs(gathered: xr.Dataset, config: dict[str, Any]) -> None:
    """Every gathered number is that of a run of its own."""
    for point in points_of(load_config(config)):
        alone = physent.run(point.config)
        names = {column.path: column.name for axis in axes_of(load_config(config)) for column in axis.columns}
        here = gathered.sel({names[path]: value for path, value in point.values.items()})
        for name in gathered.data_vars:
            if not str(name).startswith("run_"):
                np.testing.assert_array_equal(here[name], alone[name], err_msg=str(name))


def test_a_grid(tmp_path: Path) -> None:
    source = tmp_path / "grid.yaml"
    source.write_text(yaml.dump(GRID))
    command = ["sweep", str(source), "-d", str(tmp_path / "out"), "--workers", "2"]
    done = CliRunner().invoke(commands.app, command)
    assert done.exit_code == 0, done.output
    assert "4 points made, 0 there before, 0 failed" in done.output
    files = sorted((tmp_path / "out" / "points").iterdir())
    assert len(files) == 4
    with open_sweep(tmp_path / "out") as gathered:
        assert gathered["mass"].dims == ("length", "seed", "time", "replica")
        assert gathered["conservation_mass_drift"].dims == ("length", "seed", "replica")
        assert "psi_real" not in gathered
        assert_points_are_runs(gathered, GRID)
        first = gathered.load()
    ages = [file.stat().st_mtime_ns for file in files]
    again = CliRunner().invoke(commands.app, command)
    assert "0 points made, 4 there before, 0 failed" in again.output
    assert [file.stat().st_mtime_ns for file in files] == ages
    with open_sweep(tmp_path / "out") as gathered:
        xr.testing.assert_identical(gathered.load().drop_attrs(), first.drop_attrs())


@pytest.mark.usefixtures("no_workers")
def test_it_grows(tmp_path: Path) -> None:
    run_sweep(load_config(GRID, {"sweep": {"seed": [0, 1]}}), tmp_path, workers=1)
    done = run_sweep(load_config(GRID, {"sweep": {"seed": [1, 2]}}), tmp_path, workers=1)
    assert (done.points, done.made) == (2, 1)
    with open_sweep(tmp_path) as gathered:
        assert gathered["seed"].values.tolist() == [1, 2]


@pytest.mark.usefixtures("no_workers")
def test_a_start_that_changed_is_run_anew(tmp_path: Path) -> None:
    start = tmp_path / "start.nc"
    config = {**BASE, "initial": {"kind": "file", "path": str(start), "sample": -1}, "sweep": {"seed": [1]}}
    for seed, made in ((1, 1), (1, 0), (2, 1)):
        physent.run(BASE | {"seed": seed, "schedule": {"until": 0.5, "every": 0.5}}, output=start, overwrite=True)
        assert run_sweep(load_config(config), tmp_path / "out", workers=1).made == made
    start.unlink()
    assert run_sweep(load_config(config), tmp_path / "out", workers=1).made == 0


def test_a_point_that_fails_stops_no_other(tmp_path: Path) -> None:
    config = BASE | {
        "initial": {"kind": "file", "path": str(tmp_path / "start.nc")},
        "sweep": {
            "initial.path": [str(tmp_path / "start.nc"), str(tmp_path / "none.nc")],
            "parameters.sign": ["focusing"],
        },
    }
    physent.run(BASE, output=tmp_path / "start.nc").close()
    source = tmp_path / "config.yaml"
    source.write_text(yaml.dump(config))
    done = CliRunner().invoke(commands.app, ["sweep", str(source), "-d", str(tmp_path / "out"), "--workers", "2"])
    assert done.exit_code == 1
    assert "1 points made, 0 there before, 1 failed" in done.output
    assert "none.nc" in done.stderr
    with open_sweep(tmp_path / "out") as gathered:
        assert gathered["mass"].dims[:2] == ("path", "sign")
        assert np.isfinite(gathered["mass"][0]).all()
        assert np.isnan(gathered["mass"][1]).all()
        assert "none.nc" in str(gathered["run_error"].values[1, 0])
        assert "1 of 2 points failed" in gathered.attrs["warnings"]
    (tmp_path / "start.nc").rename(tmp_path / "none.nc")
    assert run_sweep(load_config(source), tmp_path / "out", workers=1).made == 1


@pytest.mark.usefixtures("no_workers")
def test_what_does_not_fit_together_stays_apart(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    config = BASE | {"sweep": {"replicas": [1, 2], "schedule.until": [0.5]}}
    run_sweep(load_config(config), tmp_path, workers=1)
    assert "mass is not gathered: its dimension replica is not the same at every point" in caplog.text
    with open_sweep(tmp_path) as gathered:
        assert set(gathered.data_vars) == {"run_file", "run_error", "run_warnings"}
        assert "mass" in gathered.attrs["not_gathered"]


def test_names_of_the_axes() -> None:
    sweep = {"parameters.length": [20.0], "initial.amplitude": [1.0, 2.0], "initial.mode": [1], "seed": [0, 1]}
    assert [axis.name for axis in axes_of(load_config(BASE | {"sweep": sweep}))] == [
        "length",
        "amplitude",
        "mode",
        "seed",
    ]
    solitons = {
        "kind": "solitons",
        "exact": False,
        "solitons": [{"amplitude": 2.0, "position": x} for x in (-3.0, 3.0)],
    }
    two = {"initial.solitons.0.amplitude": [1.0, 2.0], "initial.solitons.1.amplitude": [1.0]}
    names = [axis.name for axis in axes_of(load_config(BASE | {"initial": solitons, "sweep": two}))]
    assert names == list(two)


def test_what_cannot_be_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="sweep: found nothing"):
        run_sweep(load_config(BASE), tmp_path)
    with pytest.raises(UsageError, match=r"sweep\.nc: no such file"):
        open_sweep(tmp_path)
    with pytest.raises(UsageError, match="workers is 0"):
        run_sweep(load_config(GRID), tmp_path, workers=0)
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be used as the folder of a sweep"):
        run_sweep(load_config(GRID), tmp_path / "file")
    together = BASE | {
        "parameters": {"length": 20.0, "points": 64, "method": "strang", "step": 0.1},
        "sweep": {"parameters.step": [0.1, 0.5], "schedule.every": [0.5, 0.1]},
    }
    with pytest.raises(ConfigError, match=r"sweep, step = 0\.5, every = 0\.1: "):
        run_sweep(load_config(together), tmp_path)
    distributed = pytest.importorskip("distributed")
    client = distributed.Client
    monkeypatch.setattr(distributed, "Client", lambda *named, **options: client(*named, **options | {"timeout": 1}))
    with pytest.raises(UsageError, match="no Dask scheduler answers"):
        run_sweep(load_config(GRID), tmp_path / "out", scheduler="tcp://127.0.0.1:9")


@pytest.mark.usefixtures("no_workers")
def test_no_name_of_a_config_leaves_the_folder(tmp_path: Path) -> None:
    config = BASE | {"output": {"path": str(tmp_path / "away.nc")}, "sweep": {"seed": [0]}}
    run_sweep(load_config(config), tmp_path / "out", workers=1)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@contextmanager
def started(*command: str, cwd: Path | None = None) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(Path(physent.__file__).parents[1])},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(condition: Callable[[], Any], seconds: float = 120.0) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it never came to pass")


def busy_worker(parent: int, folder: Path) -> psutil.Process | None:
    """A worker process in the middle of a point."""
    if not list((folder / "points").glob("*.ckpt")):
        return None
    for child in psutil.Process(parent).children():
        with suppress(psutil.Error):  # one that has just died
            if any("physent.sweeps.worker" in part for part in child.cmdline()):
                return child
    return None


def test_killed_workers_and_an_interrupted_sweep(tmp_path: Path) -> None:
    source, folder = tmp_path / "slow.yaml", tmp_path / "out"
    source.write_text(yaml.dump(SLOW))
    command = ("physent", "sweep", str(source), "-d", str(folder), "--workers", "2")
    with started(*command) as sweep:
        wait_for(lambda: busy_worker(sweep.pid, folder)).kill()
        wait_for(lambda: list((folder / "points").glob("*.nc")))
        wait_for(lambda: busy_worker(sweep.pid, folder))
        os.kill(sweep.pid, signal.SIGTERM)
        text, _ = sweep.communicate(timeout=60)
        assert sweep.returncode == 130, text
        assert "states saved; run it again to continue" in text
    with started(*command) as sweep:
        text, _ = sweep.communicate(timeout=120)
        assert sweep.returncode == 0, text
    assert len(list((folder / "points").iterdir())) == 4
    with open_sweep(folder) as gathered:
        assert_points_are_runs(gathered, SLOW)


def test_a_worker_that_always_dies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    done = run_sweep(load_config(GRID, {"sweep": {"seed": [0]}}), tmp_path, workers=1)
    assert done.failures == ("seed = 0: its process died 3 times, the last with exit code 1",)


@pytest.fixture
def scheduler_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_on_a_cluster(tmp_path: Path, scheduler_port: int) -> None:
    """A scheduler and two workers of its own on this machine: a worker is killed, then the scheduler is restarted."""
    pytest.importorskip("distributed")
    source, folder = tmp_path / "slow.yaml", tmp_path / "out"
    source.write_text(yaml.dump(SLOW))
    address = f"tcp://127.0.0.1:{scheduler_port}"
    here = ("--host", "127.0.0.1", "--no-dashboard")
    hub = ("distributed.cli.dask_scheduler", *here, "--port", str(scheduler_port))
    hand = ("distributed.cli.dask_worker", address, "--nthreads", "4", "--no-nanny", *here)
    command = ("physent", "sweep", str(source), "-d", str(folder), "--scheduler", address)
    with started(*hub), started(*hand) as one, started(*hand), started(*command) as sweep:
        wait_for(lambda: len(list((folder / "points").glob("*.ckpt"))) >= 2)
        one.kill()
        wait_for(lambda: [f for f in (folder / "points").glob("*.nc") if not f.with_suffix(".nc.ckpt").exists()])
    assert not (folder / "sweep.nc").exists()
    assert sweep.returncode != 0
    with started(*hub), started(*hand), started(*hand), started(*command) as sweep:
        text, _ = sweep.communicate(timeout=120)
        assert sweep.returncode == 0, text
    assert len(list((folder / "points").iterdir())) == 4
    with open_sweep(folder) as gathered:
        assert_points_are_runs(gathered, SLOW)


def test_a_cluster_reads_relative_paths_and_can_be_stopped(tmp_path: Path, scheduler_port: int) -> None:
    """A worker that starts in another folder; and a sweep that no worker takes ends on Ctrl-C and at its time limit."""
    pytest.importorskip("distributed")
    start = BASE | {"schedule": {"until": 0.5, "every": 0.5}}
    physent.run(start, output=tmp_path / "start.nc").close()
    config = BASE | {"initial": {"kind": "file", "path": "start.nc"}, "sweep": {"seed": [1]}}
    (tmp_path / "c.yaml").write_text(yaml.dump(config))
    address = f"tcp://127.0.0.1:{scheduler_port}"
    here = ("--host", "127.0.0.1", "--no-dashboard")
    command = ("physent", "sweep", "c.yaml", "-d", "out", "--scheduler", address)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with started("distributed.cli.dask_scheduler", *here, "--port", str(scheduler_port)):
        with started(*command, cwd=tmp_path) as sweep:
            wait_for(lambda: (tmp_path / "out" / "sweep.lock").exists())
            time.sleep(5.0)
            sweep.send_signal(signal.SIGINT)
            text, _ = sweep.communicate(timeout=30)
            assert sweep.returncode == 130, text
        with started(*command, "--wall-time", "0:05", cwd=tmp_path) as sweep:
            text, _ = sweep.communicate(timeout=60)
            assert sweep.returncode == 130, text
            assert "stopped after the allowed 5 s of wall time with 0 of 1 points done" in text
        hand = ("distributed.cli.dask_worker", address, "--nthreads", "2", "--no-nanny", *here)
        with started(*hand, cwd=elsewhere), started(*command, cwd=tmp_path) as sweep:
            text, _ = sweep.communicate(timeout=120)
            assert sweep.returncode == 0, text


def test_workers_of_another_build_are_told(caplog: pytest.LogCaptureFixture) -> None:
    class Client:
        def run(self, function: Callable[[], str]) -> dict[str, str]:
            return {"tcp://a": function(), "tcp://b": "0.0.1 abc"}

    pool._tell_other_builds(Client())
    (line,) = caplog.messages
    assert line.startswith("1 workers have another physent, tcp://b has 0.0.1 abc, here is ")
