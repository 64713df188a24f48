"""What happens around a run: another run, a clock that jumps, a disk that may only be read, names that lead away."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from physent.config import yaml
from physent.config.load import load_config
from physent.errors import ConfigError, PhysentError, UsageError
from physent.figures.save import save_figure
from physent.runs import api
from physent.runs.analysis import write_analysis
from physent.sweeps.sweep import run_sweep
from tests.crashes import Child, assert_same, contents, half_run, held_up
from tests.hardening.bases import NLSE
from tests.hardening.profile import TOTAL
from tests.random_walk import registered, walk_config

MORE_KB = 20_000 if TOTAL else 5_000
PLAN = [{"kind": "ordinal_pattern", "of": "mass", "order": 2}]


@pytest.fixture(scope="module", autouse=True)
def _toys() -> Iterator[None]:
    with registered():
        yield


def test_the_second_of_two_runs_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.nc"
    config = load_config(walk_config())
    api.start(config, path)
    expected = contents(path)
    path.unlink()

    def announced(reached: Any) -> None:
        with held_up("step", 5, reached):
            api.start(config, path)

    child = Child(announced)
    assert child.wait()
    for again in (
        lambda: api.start(config, path, overwrite=True),
        lambda: api.carry_on(path),
        lambda: api.start(config, path),
    ):
        with pytest.raises(UsageError, match=r"another process is writing|unfinished run"):
            again()
    child.end(9)
    api.carry_on(path)
    assert_same(path, expected)


def test_a_clock_that_jumps_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = load_config(walk_config(checkpoint={"wall_seconds": 0.0}))
    api.start(config, tmp_path / "steady.nc")
    now, year = time.time, 3.15e7
    jumps = iter(range(10**6))
    monkeypatch.setattr(time, "time", lambda: now() + 30 * year * (-1) ** next(jumps))
    api.start(config, tmp_path / "jumping.nc")
    assert_same(tmp_path / "jumping.nc", contents(tmp_path / "steady.nc"))


@pytest.mark.parametrize("evil", ["../../evil.nc", "/tmp/evil.nc"])
@pytest.mark.usefixtures("no_workers")
def test_a_sweep_stays_in_its_folder(tmp_path: Path, evil: str) -> None:
    folder = tmp_path / "a" / "b" / "sweep"
    folder.parent.mkdir(parents=True)
    config = load_config(NLSE | {"output": {"path": evil}, "diagnostics": [], "sweep": {"seed": [1, 2]}})
    run_sweep(config, folder, workers=1)
    outside = {one for one in tmp_path.rglob("*") if one.is_file() and folder not in one.parents}
    assert not outside
    assert not Path("/tmp/evil.nc").exists()
    assert {one.name for one in folder.iterdir()} == {"sweep.yaml", "sweep.nc", "points"}


def test_a_sweep_cannot_set_names_of_files() -> None:
    for path in ("output.path", "output", "engine"):
        with pytest.raises(ConfigError, match="a sweep cannot set"):
            load_config(NLSE | {"sweep": {path: ["../evil.nc"]}})


def test_memory_does_not_grow_with_samples(tmp_path: Path) -> None:
    peaks = []
    for samples in (100_000, 1_000_000) if TOTAL else (5_000, 40_000):
        path = tmp_path / f"{samples}.nc"
        config = walk_config(replicas=1, parameters={"n": 1, "length": 0.0}, schedule={"draws": samples})
        order = json.dumps({"do": "start", "path": str(path), "config": config})
        done = subprocess.run(
            [sys.executable, "-m", "tests.driver", order], capture_output=True, text=True, timeout=3600, check=True
        )
        peaks.append(int(done.stdout))
        with api.open_run(path) as dataset:
            assert dataset.sizes["draw"] == samples
    assert peaks[1] <= peaks[0] + MORE_KB, peaks


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A tmpfs with a finished and an unfinished run on it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], check=False).returncode
    ):
        pytest.skip("mounting a file system needs root")
    try:
        api.start(load_config(NLSE), folder / "run.nc")
        half_run(folder / "half.nc", walk_config())
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def stages(folder: Path) -> dict[str, Any]:
    """Everything that writes."""
    config = load_config(NLSE)
    plan = folder.parent / "plan.yaml"
    plan.write_text(yaml.dump({"diagnostics": PLAN}))
    return {
        "start": lambda: api.start(config, folder / "new.nc"),
        "again": lambda: api.start(config, folder / "run.nc", overwrite=True),
        "resume": lambda: api.carry_on(folder / "half.nc"),
        "extend": lambda: api.carry_on(folder / "run.nc", until=2.0),
        "analyze": lambda: write_analysis(folder / "run.nc", plan, folder / "analysis.nc"),
        "plot": lambda: save_figure(folder / "run.nc", folder / "run.png"),
        "sweep": lambda: run_sweep(load_config(NLSE | {"sweep": {"seed": [1]}}), folder / "sweep", workers=1),
    }


def refused(stage: Any, folder: Path, before: dict[str, bytes]) -> None:
    with pytest.raises(PhysentError) as caught:
        stage()
    assert len(str(caught.value).splitlines()) == 1
    assert {
        one.name: one.read_bytes() for one in folder.iterdir() if one.is_file() and "lock" not in one.name
    } == before


def test_a_disk_that_may_only_be_read(disk: Path) -> None:
    before = {one.name: one.read_bytes() for one in disk.iterdir()}
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    for stage in stages(disk).values():
        refused(stage, disk, before)
    with api.open_run(disk / "run.nc") as dataset, api.open_run(disk / "half.nc") as half:
        assert dataset.attrs["finished"] == 1
        assert half.attrs["finished"] == 0


def test_a_full_disk_leaves_nothing_half_made(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "check_room", lambda paths, size: None)
    monkeypatch.setattr("physent.runs.analysis.check_room", lambda paths, size: None)
    before = {one.name: one.read_bytes() for one in disk.iterdir()}
    with (disk / "ballast").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    ballast = {"ballast": (disk / "ballast").read_bytes()}
    for name in ("start", "analyze", "plot", "sweep"):
        refused(stages(disk)[name], disk, before | ballast)
    (disk / "ballast").unlink()
    api.carry_on(disk / "half.nc")
