"""Processes of a sweep: where they start, when their parent dies, and who may use a folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import physent
from physent.config import yaml
from physent.config.load import load_config
from physent.errors import UsageError
from physent.io.files import Paths, locked
from physent.sweeps.points import points_of
from physent.sweeps.sweep import CONFIG_FILE, open_sweep, run_sweep
from tests.sweeps.test_sweep import BASE, GRID, SLOW, assert_points_are_runs, busy_worker, wait_for

ONE = BASE | {"sweep": {"seed": [0]}}
TREE = str(Path(physent.__file__).parents[1])


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP])
def test_the_parent_dies(tmp_path: Path, number: int) -> None:
    """Its workers save their states and end; the next call goes on at once, and no point is lost."""
    source, folder = tmp_path / "slow.yaml", tmp_path / "out"
    source.write_text(yaml.dump(SLOW))
    command = [sys.executable, "-m", "physent", "sweep", str(source), "-d", str(folder), "--workers", "2"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as sweep:
        worker = wait_for(lambda: busy_worker(sweep.pid, folder))
        sweep.send_signal(number)
        assert sweep.wait(60) == (-number if number == signal.SIGKILL else 130)
    done = run_sweep(load_config(SLOW), folder, workers=2)
    assert done.failures == ()
    wait_for(lambda: not worker.is_running())
    with open_sweep(folder) as gathered:
        assert_points_are_runs(gathered, SLOW)


def test_a_locked_point_is_waited_for(tmp_path: Path) -> None:
    config: Any = load_config(ONE)
    point = next(iter(points_of(config))).path(tmp_path)
    point.parent.mkdir()
    free = threading.Event()

    def hold() -> None:
        with locked(Paths.of(point)):
            free.wait(60.0)

    holder = threading.Thread(target=hold)
    holder.start()
    wait_for(lambda: Paths.of(point).lock.exists())
    threading.Timer(3.0, free.set).start()
    began = time.monotonic()
    assert run_sweep(config, tmp_path, workers=1).failures == ()
    assert time.monotonic() - began > 1.0
    holder.join()


def test_one_sweep_a_folder(tmp_path: Path) -> None:
    with locked(Paths.of(tmp_path / "sweep")), pytest.raises(UsageError, match="another sweep runs in this folder"):
        run_sweep(load_config(ONE), tmp_path, workers=1)


def test_names_in_the_current_folder_do_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("random", "json", "queue", "physent", "numpy"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('a module of the current folder')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", str(tmp_path), *sys.path])
    assert run_sweep(load_config(ONE), tmp_path / "out", workers=1).failures == ()


def test_no_standard_streams(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(yaml.dump(ONE))
    command = f"exec {sys.executable} -m physent sweep one.yaml -d out --workers 1 0<&- 1>&- 2>&-"
    environment = os.environ | {"PYTHONPATH": TREE}
    assert subprocess.run(["sh", "-c", command], cwd=tmp_path, env=environment, check=False).returncode == 0
    with open_sweep(tmp_path / "out") as gathered:
        assert gathered.attrs["failed_points"] == 0


def test_why_a_worker_died(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, (script, why) in enumerate(
        [
            ("echo no such luck >&2; exit 3", "with exit code 3: no such luck"),
            ("kill -KILL $$", r"killed by SIGKILL \(out of memory\?\)"),
        ]
    ):
        python = tmp_path / f"python{number}"
        python.write_text(f"#!/bin/sh\n{script}\n")
        python.chmod(0o755)
        with monkeypatch.context() as patch:
            patch.setattr(sys, "executable", str(python))
            (failure,) = run_sweep(load_config(ONE), tmp_path / f"out{number}", workers=1).failures
        assert failure == f"seed = 0: its process died 3 times, the last {why}".replace("\\", "")


@pytest.mark.usefixtures("no_workers")
def test_files_of_others_are_not_replaced(tmp_path: Path) -> None:
    mine = tmp_path / CONFIG_FILE
    mine.write_text(yaml.dump(GRID))
    before = mine.read_bytes()
    with pytest.raises(UsageError, match="was not written by a sweep and would be replaced"):
        run_sweep(load_config(mine), tmp_path, workers=1)
    assert (mine.read_bytes(), [file.name for file in tmp_path.iterdir()]) == (before, [CONFIG_FILE])
    folder = tmp_path / "out"
    folder.mkdir()
    physent.run(BASE, output=folder / "sweep.nc").close()
    with pytest.raises(UsageError, match=r"sweep\.nc is not a gathered sweep"):
        run_sweep(load_config(ONE), folder, workers=1)
    (folder / "sweep.nc").unlink()
    run_sweep(load_config(ONE), folder, workers=1)
    other = ONE | {"parameters": {"length": 25.0, "points": 64, "tolerance": 1e-6}}
    with pytest.raises(UsageError, match="holds a sweep with another parameters: expected another folder"):
        run_sweep(load_config(other), folder, workers=1)
    assert run_sweep(load_config(ONE), folder, workers=1).made == 0
