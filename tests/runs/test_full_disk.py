"""A disk that fills up at any stage: one line, exit code 1, nothing lost, and resume completes the run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from physent.config.load import load_config
from physent.errors import RunError, UsageError
from physent.runs import api
from tests.crashes import assert_same, contents
from tests.random_walk import drift_config, registered, walk_config

# 400 samples of 13 kB: 5 MB of history, 4 MB finished (random bits compress little).
WALK = walk_config(
    schedule={"draws": 400},
    parameters={"n": 800},
    output={"compression": 0},
    checkpoint={"wall_seconds": 0.02},
)
# Its fields stand on a dimension of their own, which is filled at the start.
DRIFT = drift_config(parameters={"n": 800}, output={"every": 2})


@pytest.fixture(scope="module", autouse=True)
def _toys() -> Iterator[None]:
    with registered():
        yield


def driven(**order: Any) -> subprocess.CompletedProcess[str]:
    """A run in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "tests.driver", json.dumps(order)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def told(done: subprocess.CompletedProcess[str]) -> str:
    """The one line with which a run failed."""
    lines = [line for line in done.stderr.splitlines() if "strayed" not in line]
    assert done.returncode == 1, done
    assert len(lines) == 1, done.stderr
    return lines[0]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the walk gives on a large disk."""
    path = tmp_path_factory.mktemp("whole") / "run.nc"
    api.start(load_config(WALK), path)
    return contents(path)


def test_file_size_limit(tmp_path: Path, expected: dict[str, bytes]) -> None:
    path = tmp_path / "run.nc"
    line = told(driven(do="start", path=str(path), config=WALK, file_limit=2_500_000))
    assert str(path) in line
    assert "physent resume" in line
    with api.open_run(path) as dataset:
        samples = dataset.sizes["draw"]
        assert samples > 100
        spread = dataset["spread"].values.tobytes()
    assert spread == expected["spread"][: len(spread)]
    api.carry_on(path)
    assert_same(path, expected)


def test_nothing_is_left_where_the_run_cannot_even_begin(tmp_path: Path) -> None:
    for config in (WALK, DRIFT):
        told(driven(do="start", path=str(tmp_path / "run.nc"), config=config, file_limit=100))
        assert [p.name for p in tmp_path.iterdir()] == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A mounted tmpfs of 1 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=False)
    if made.returncode:
        pytest.skip("mounting a file system needs root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def resize(folder: Path, size: str) -> None:
    """Change the size of a mounted tmpfs."""
    subprocess.run(["mount", "-o", f"remount,size={size}", folder], check=True)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting a file system needs root")
def test_tmpfs_that_fills_up_at_every_stage(small_disk: Path, expected: dict[str, bytes]) -> None:
    path = small_disk / "run.nc"
    with pytest.raises(UsageError, match="needs twice that"):
        api.start(load_config(WALK), path)
    assert list(small_disk.iterdir()) == []
    wide = DRIFT | {"parameters": {"n": 4000}}
    assert "No space left on device" in told(driven(do="start", path=str(path), config=wide, ignore_room=True))
    assert list(small_disk.iterdir()) == []
    told(driven(do="start", path=str(path), config=WALK, ignore_room=True))
    reached = 0
    for size in ("2m", "5200k", "5500k", "7m", "9m"):
        resize(small_disk, size)
        line = told(driven(do="resume", path=str(path), ignore_room=True))
        assert "No space left on device" in line
        with api.open_run(path) as dataset:
            assert dataset.sizes["draw"] >= reached
            reached = dataset.sizes["draw"]
    assert reached == 400
    resize(small_disk, "16m")
    api.carry_on(path)
    assert_same(path, expected)


def test_after_a_full_disk_the_same_process_can_go_on(
    tmp_path: Path, expected: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    resource = pytest.importorskip("resource")
    path = tmp_path / "run.nc"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_500_000, before[1]))
    try:
        with pytest.raises(RunError, match="physent resume"):
            api.start(load_config(WALK), path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    api.carry_on(path)
    assert_same(path, expected)


def test_memory_does_not_grow_with_the_number_of_samples(tmp_path: Path) -> None:
    peaks = []
    for draws in (200, 2000):  # 1.3 and 13 MB: more than the blocks in which files are converted
        config = WALK | {"schedule": {"draws": draws}, "parameters": {"n": 400}}
        done = driven(do="start", path=str(tmp_path / f"{draws}.nc"), config=config)
        assert done.returncode == 0, done.stderr
        peaks.append(int(done.stdout))
    assert peaks[1] < 1.05 * peaks[0]
