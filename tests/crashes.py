"""Means to break runs: kill them at a chosen point, or see what a power failure would leave of them."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import stat
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest

from physent.config.load import load_config
from physent.errors import Interrupted, PhysentError
from physent.io import archive, checkpoint, files, writer
from physent.io.writer import Writer
from physent.runs import api, loop
from tests import random_walk

# Where a run can be held up: the name, and the function that is wrapped.
POINTS: dict[str, tuple[Any, str]] = {
    "step": (random_walk, "step"),
    "append": (Writer, "append"),
    "checksum": (writer, "link"),  # in a record: before any of its variables is written
    "sync": (Writer, "_sync"),
    "history fsync": (writer, "fsync"),
    "os fsync": (os, "fsync"),
    "save": (checkpoint, "save"),
    "pack": (checkpoint, "pack"),
    "rename": (Path, "replace"),
    "publish": (Writer, "publish"),
    "prefill": (Writer, "_prefill"),
    "rebuild": (archive, "_block_of"),
    "close": (Writer, "close"),
    "convert": (archive, "_copy"),
    "remove": (files, "remove"),
}


@contextlib.contextmanager
def held_up(point: str, call: int, reached: Callable[[], None], after: bool = False) -> Iterator[None]:
    """Call ``reached`` before (or after) the given call, counted from 0, of the function at ``point``."""
    owner, name = POINTS[point]
    original = getattr(owner, name)
    calls = 0

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call + 1 and not after:
            reached()
        result = original(*args, **kwargs)
        if calls == call + 1 and after:
            reached()
        return result

    setattr(owner, name, wrapped)
    try:
        yield
    finally:
        setattr(owner, name, original)


class Child:
    """A function in a forked process, which is faster to have than a new interpreter."""

    def __init__(self, function: Callable[[Callable[[], None]], None]) -> None:
        context = multiprocessing.get_context("fork")
        self._here, there = context.Pipe()
        self.process = context.Process(target=self._body, args=(function, there))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # 3.12: other tests may have left threads
            self.process.start()
        there.close()

    @staticmethod
    def _body(function: Callable[[Callable[[], None]], None], pipe: Any) -> None:
        def reached() -> None:
            pipe.send_bytes(b"here")
            time.sleep(60)

        try:
            function(reached)
        except PhysentError as error:
            os._exit(error.exit_code)
        os._exit(0)

    def wait(self, seconds: float = 60) -> bool:
        """Whether the child says that it reached its point, before it ends."""
        try:
            return self._here.poll(seconds) and self._here.recv_bytes() == b"here"
        except EOFError:
            return False

    def end(self, number: int | None = None) -> int | None:
        """Send a signal and return the exit code (negative: died of a signal)."""
        if number is not None and self.process.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, number)
        self.process.join(60)
        code = self.process.exitcode
        if code is None:
            self.process.kill()
            self.process.join()
        self.process.close()
        self._here.close()
        return code


def killed_at(point: str, call: int, function: Callable[[], object], after: bool = False) -> None:
    """Run a function in a child and kill -9 it at a point; fails if the point is never reached."""

    def body(reached: Callable[[], None]) -> None:
        with held_up(point, call, reached, after):
            function()

    child = Child(body)
    hit = child.wait()
    child.end(signal.SIGKILL)
    assert hit, f"call {call} of {point} is never made"


def half_run(path: Path, config: dict[str, Any], samples: int = 15, **options: Any) -> None:
    """Leave a run that was interrupted after some samples."""

    def stop(progress: api.Progress) -> None:
        if progress.sample >= samples:
            signal.raise_signal(signal.SIGINT)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "REPORT_SECONDS", 0.0)
        with pytest.raises(Interrupted):
            api.start(load_config(config), path, report=stop, **options)


def contents(path: Path) -> dict[str, bytes]:
    """Bytes of every variable of a finished file, and its attributes that do not depend on the day."""
    with netCDF4.Dataset(os.fspath(path)) as dataset:
        dataset.set_auto_maskandscale(False)
        values = {name: np.asarray(v[...]).tobytes() for name, v in dataset.variables.items()}
        names = set(dataset.ncattrs()) - {"history", "wall_seconds"}
        return values | {f"@{name}": str(dataset.getncattr(name)).encode() for name in names}


def assert_same(path: Path, expected: Mapping[str, bytes]) -> None:
    """A finished file holds the expected bits, and no checkpoint or half-made file lies beside it."""
    found = contents(path)
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []
    assert sorted(p.name for p in path.parent.glob(f"{path.name}*")) == [path.name]


class PowerFailure:
    """What would be on the disk if power failed now: only what was fsynced, read strictly.

    A file's content is that of its last fsync; names in the folder are those of its last fsync, or, as a file
    system may also have written them early, those of now.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.content: dict[int, bytes] = {}
        self.names: dict[str, int] = {}
        self.images: list[dict[str, bytes]] = []

    def _now(self) -> dict[str, int]:
        return {path.name: path.stat().st_ino for path in self.folder.iterdir()}

    def snapshot(self) -> None:
        """Keep both images of this moment."""
        for names in (self.names, self._now()):
            image = {name: self.content.get(inode, b"") for name, inode in names.items()}
            if image not in self.images:
                self.images.append(image)

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Keep track of every fsync and rename in the block."""
        fsync, replace = os.fsync, Path.replace

        def seen_fsync(handle: int) -> None:
            self.snapshot()
            fsync(handle)
            status = os.fstat(handle)
            if stat.S_ISDIR(status.st_mode):
                self.names = self._now()
            else:
                self.content[status.st_ino] = Path(f"/proc/self/fd/{handle}").read_bytes()
            self.snapshot()

        def seen_replace(path: Path, target: Path) -> Path:
            self.snapshot()
            result = replace(path, target)
            self.snapshot()
            return result

        os.fsync, Path.replace = seen_fsync, seen_replace  # type: ignore[assignment,method-assign]
        try:
            yield
        finally:
            os.fsync, Path.replace = fsync, replace  # type: ignore[method-assign]
