"""Kill -9, SIGTERM, power failure and damage: resumed, the bits are those of an undisturbed run."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from physent.config.load import load_config
from physent.errors import RunError, UsageError
from physent.io.checkpoint import candidates
from physent.io.files import Paths
from physent.io.reader import is_finished
from physent.runs import api
from tests.crashes import Child, PowerFailure, assert_same, contents, held_up, killed_at
from tests.random_walk import drift_config, registered, walk_config

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs fork and /proc")

# Every pass of the loop saves a checkpoint: two a sample, far more than twenty in all.
OFTEN = {"checkpoint": {"wall_seconds": 0}}
WALK = walk_config(schedule={"draws": 30, "thin": 3, "burn_in": 7}, **OFTEN)
DRIFT = drift_config(output={"every": 4}, **OFTEN)


@pytest.fixture(scope="module", autouse=True)
def _toys() -> Iterator[None]:
    with registered():
        yield


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder in memory where there is one: what is tested is the order of calls, not the disk."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="module", params=["random_walk", "drift"])
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Expected]:
    """How to start a run, and what it gives when nothing disturbs it."""
    config = load_config(WALK if request.param == "random_walk" else DRIFT)

    def start(path: Path) -> None:
        api.start(config, path)

    path = tmp_path_factory.mktemp("whole") / "run.nc"
    start(path)
    return start, contents(path)


Run = Callable[[Path], None]
Expected = dict[str, bytes]


def recover(start: Run, path: Path) -> None:
    """Do what a user does after a crash: look, resume, and where there is nothing to resume start again."""
    paths = Paths.of(path)
    if path.exists():
        saved = next(candidates(paths), None)
        with api.open_run(path) as dataset:
            samples = dataset.sizes[next(iter(dataset.dims))]
            assert dataset.attrs["finished"] == 1 or (saved is not None and samples >= saved.sample)
            assert all(np.isfinite(v).all() for v in dataset.data_vars.values())
    try:
        api.carry_on(path)
    except UsageError:
        assert not path.exists()
        start(path)


MOMENTS = [
    ("step", 0, False),
    ("step", 30, False),
    ("append", 0, False),
    ("append", 10, False),
    ("append", 11, True),
    ("checksum", 15, True),
    ("sync", 0, False),
    ("sync", 20, True),
    ("history fsync", 0, False),
    ("history fsync", 12, False),
    ("os fsync", 1, False),  # of the first checkpoint
    ("os fsync", 40, False),
    ("os fsync", 41, True),
    ("save", 0, True),
    ("save", 9, False),
    ("pack", 9, True),
    ("rename", 0, False),  # the first checkpoint takes its name
    ("rename", 1, False),  # the history takes its name
    ("rename", 1, True),
    ("rename", 8, True),  # the old checkpoint is .prev
    ("rename", 9, True),
    ("publish", 0, True),
    ("close", 0, True),
    ("convert", 0, False),
    ("convert", 2, True),
    ("remove", 0, False),
]


@pytest.mark.parametrize(("point", "call", "after"), MOMENTS)
def test_kill_at(whole: tuple[Run, Expected], tmp_path: Path, point: str, call: int, after: bool) -> None:
    start, expected = whole
    path = tmp_path / "run.nc"
    killed_at(point, call, lambda: start(path), after)
    recover(start, path)
    assert_same(path, expected)


def test_kill_at_the_last_renames(whole: tuple[Run, Expected], tmp_path: Path) -> None:
    start, expected = whole
    for after in (False, True):
        path = tmp_path / f"{after}.nc"
        renames = count_renames(lambda path=path: start(path))  # type: ignore[misc]
        path.unlink()
        killed_at("rename", renames - 1, lambda path=path: start(path), after)  # type: ignore[misc]
        recover(start, path)
        assert_same(path, expected)


def count_renames(function: Callable[[], None]) -> int:
    """How often a run renames a file."""
    calls = 0
    replace = Path.replace

    def counted(path: Path, target: Path) -> Path:
        nonlocal calls
        calls += 1
        return replace(path, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "replace", counted)
        function()
    return calls


def test_kill_again_and_again_at_any_time(whole: tuple[Run, Expected], tmp_path: Path) -> None:
    start, expected = whole
    path = tmp_path / "run.nc"
    began = time.monotonic()
    assert Child(lambda _: start(path)).end() == 0
    duration = time.monotonic() - began
    delays = random.Random(3)
    kills = attempts = 0
    while kills < 12:
        attempts += 1
        assert attempts <= 200, "a run that is faster than any delay is never killed"
        if path.exists() and is_finished(path):
            path.unlink()
        child = Child(lambda _: recover(start, path) if path.exists() else start(path))
        time.sleep(delays.uniform(0.0, duration))
        kills += child.end(signal.SIGKILL) == -signal.SIGKILL
    recover(start, path)
    assert_same(path, expected)


def test_sigterm_and_a_second_one(whole: tuple[Run, Expected], tmp_path: Path) -> None:
    start, expected = whole
    for point, call in (("step", 0), ("step", 17), ("convert", 1)):
        path = tmp_path / f"{point}{call}.nc"

        def gently(_: object, path: Path = path, point: str = point, call: int = call) -> None:
            with held_up(point, call, lambda: signal.raise_signal(signal.SIGTERM)):
                start(path)

        assert Child(gently).end() == 130
        recover(start, path)
        assert_same(path, expected)

    def stuck(reached: Callable[[], None]) -> None:
        with held_up("step", 5, reached):
            start(tmp_path / "stuck.nc")

    child = Child(stuck)
    assert child.wait()
    assert child.process.pid is not None
    os.kill(child.process.pid, signal.SIGTERM)
    time.sleep(0.2)
    assert child.process.is_alive()  # it waits for its state to be complete
    assert child.end(signal.SIGTERM) == -signal.SIGTERM


def test_power_failure(whole: tuple[Run, Expected], tmp_path: Path) -> None:
    start, expected = whole
    folder = tmp_path / "disk"
    folder.mkdir()
    power = PowerFailure(folder)
    with power.watched():
        start(folder / "run.nc")
    power.snapshot()
    assert len(power.images) > 60
    begin, middle, end = power.images[:25], power.images[25:-25:9], power.images[-25:]
    for number, image in enumerate(begin + middle + end):
        path = tmp_path / str(number) / "run.nc"
        path.parent.mkdir()
        for name, content in image.items():
            (path.parent / name).write_bytes(content)
        recover(start, path)
        assert_same(path, expected)
        shutil.rmtree(path.parent)


@pytest.fixture(scope="module")
def stopped(whole: tuple[Run, Expected], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a run that was stopped in the middle."""
    start, _ = whole
    path = tmp_path_factory.mktemp("stopped") / "run.nc"
    killed_at("append", 14, lambda: start(path), True)
    return path.parent


def damaged(stopped: Path, tmp_path: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """Copy of the stopped run with one file changed."""
    folder = tmp_path / str(len(list(tmp_path.iterdir())))
    shutil.copytree(stopped, folder)
    file = folder / name
    file.write_bytes(change(file.read_bytes()))
    return folder / "run.nc"


def flip(position: int) -> Callable[[bytes], bytes]:
    """Change one bit."""
    return lambda raw: raw[:position] + bytes([raw[position] ^ 1 << position % 8]) + raw[position + 1 :]


def test_damaged_checkpoint_the_older_one_serves(whole: tuple[Run, Expected], stopped: Path, tmp_path: Path) -> None:
    _, expected = whole
    size = (stopped / "run.nc.ckpt").stat().st_size
    for change in (flip(3), flip(20), flip(size // 2), flip(size - 1), lambda raw: raw[:-7], lambda raw: b""):
        path = damaged(stopped, tmp_path, "run.nc.ckpt", change)
        api.carry_on(path)
        assert_same(path, expected)
    path = damaged(stopped, tmp_path, "run.nc.ckpt", flip(size // 2))
    Paths.of(path).previous.write_bytes(b"PHYSENT\x01nothing")
    with pytest.raises(RunError, match="no complete checkpoint") as caught:
        api.carry_on(path)
    assert "\n" not in str(caught.value)


def test_damaged_history_is_recognised_or_harmless(whole: tuple[Run, Expected], stopped: Path, tmp_path: Path) -> None:
    _, expected = whole
    size = (stopped / "run.nc").stat().st_size
    places = random.Random(1)
    changes = [flip(places.randrange(size)) for _ in range(50)] + [flip(n) for n in range(12)]
    changes += [lambda raw, n=n: raw[:n] for n in (0, 3, 100, size // 2, size - 200, size - 8)]  # type: ignore[misc]
    refused = []
    with api.open_run(stopped / "run.nc") as dataset:
        good = {name: v.values for name, v in dataset.variables.items()}
    for change in changes:
        path = damaged(stopped, tmp_path, "run.nc", change)
        with contextlib.suppress(RunError), api.open_run(path) as dataset:
            for name, variable in dataset.variables.items():
                values = variable.values
                np.testing.assert_array_equal(values, good[name][tuple(slice(n) for n in values.shape)])
        try:
            api.carry_on(path)
        except RunError as error:
            refused.append(str(error))
        else:
            assert_same(path, expected)
        shutil.rmtree(path.parent)
    assert len(refused) > 10
    assert not any("\n" in message for message in refused)


@pytest.mark.parametrize(
    ("point", "call", "after"),
    [
        ("rebuild", 0, False),
        ("append", 5, False),
        ("save", 0, False),
        ("rename", 0, True),
        ("rename", 1, False),
        ("rename", 1, True),
        ("step", 4, False),
        ("save", 4, True),
        ("convert", 1, False),
    ],
)
@pytest.mark.parametrize("finished", [True, False])
def test_kill_during_extension(tmp_path: Path, point: str, call: int, after: bool, finished: bool) -> None:
    config = load_config(DRIFT)
    api.start(load_config(config, {"schedule.until": 3.0}), tmp_path / "long.nc")
    path = tmp_path / "run.nc"
    if finished:
        api.start(config, path)
    else:
        killed_at("append", 14, lambda: api.start(config, path), True)
    killed_at(point, call, lambda: api.carry_on(path, until=3.0), after)
    with api.open_run(path) as dataset:
        assert dataset.sizes["time"] >= 14
    api.carry_on(path, until=3.0)
    assert_same(path, contents(tmp_path / "long.nc"))
