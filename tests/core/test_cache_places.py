"""Where kernels are kept: the order of places, whom they belong to, what is removed, and the locks."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numba
import pytest

from physent.core import cache

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX owners, modes and locks")


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing asked for, and an empty home and temporary directory."""
    monkeypatch.delenv("PHYSENT_CACHE_DIR", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    for variable, name in (("HOME", "home"), ("TMPDIR", "tmp")):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(variable, str(tmp_path / name))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


def base() -> Path | None:
    """Where a process started now would keep its kernels."""
    store = cache._store.__wrapped__()
    return store.directory.parent if store else None


def test_order_of_places(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert base() == places / "home" / ".cache" / "physent"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert base() == places / "home" / ".cache" / "physent"
    monkeypatch.setenv("XDG_CACHE_HOME", str(places / "xdg"))
    assert base() == places / "xdg" / "physent"
    monkeypatch.setenv("PHYSENT_CACHE_DIR", str(places / "given" / "deep"))
    assert base() == places / "given" / "deep"


@pytest.mark.parametrize("value", ["off", ""])
def test_switched_off(places: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PHYSENT_CACHE_DIR", value)
    assert base() is None
    assert not (places / "home" / ".cache").exists()


def test_home_that_cannot_be_written(places: Path) -> None:
    (places / "home" / ".cache").write_text("in the way")
    temporary = places / "tmp" / f"physent-cache-{os.geteuid()}"
    assert base() == temporary
    shutil.rmtree(temporary)
    temporary.write_text("in the way, too")
    assert base() is None


def test_settings_that_shape_machine_code_are_part_of_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = cache._digest([])
    monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", 77)
    assert cache._digest([]) == plain
    monkeypatch.setattr(numba.config, "BOUNDSCHECK", 1)
    assert cache._digest([]) != plain


def test_unusable_given_directory_is_said(
    places: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    given = places / "given"
    given.mkdir()
    given.chmod(0o777)
    monkeypatch.setenv("PHYSENT_CACHE_DIR", str(given))
    assert base() == places / "home" / ".cache" / "physent"
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        f"no kernels are cached in {given}: writable by other users"
    ]


@pytest.mark.parametrize("mode", [0o720, 0o702])
@pytest.mark.parametrize("inner", [False, True])
def test_directory_that_others_can_write_is_refused(tmp_path: Path, mode: int, inner: bool) -> None:
    directory = cache._prepare(tmp_path / "base", "0" * 32)
    (directory if inner else directory.parent).chmod(mode)
    with pytest.raises(PermissionError, match="writable by other users"):
        cache._prepare(tmp_path / "base", "0" * 32)


def test_foreign_directory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = cache._prepare(tmp_path / "base", "0" * 32)
    owner = directory.stat().st_uid
    monkeypatch.setattr("os.geteuid", lambda: owner + 1)
    with pytest.raises(PermissionError, match="another user"):
        cache._prepare(tmp_path / "base", "0" * 32)


def test_symbolic_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir(mode=0o700)
    (tmp_path / "base").symlink_to(tmp_path / "target")
    with pytest.raises(NotADirectoryError, match="symbolic link"):
        cache._prepare(tmp_path / "base", "0" * 32)


def test_directories_are_private(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        directory = cache._prepare(tmp_path / "base", "0" * 32)
    finally:
        os.umask(old)
    assert [path.stat().st_mode & 0o777 for path in (directory, directory.parent)] == [0o700, 0o700]


def _aged(base: Path, name: str, days: float) -> Path:
    path = base / name
    path.mkdir()
    (path / "kernel.bin").touch()
    when = time.time() - days * 86400
    os.utime(path, (when, when))
    return path


def test_what_is_long_unused_is_removed(tmp_path: Path) -> None:
    base = cache._prepare(tmp_path / "base", "0" * 32).parent
    old, recent = _aged(base, "a" * 32, 31), _aged(base, "b" * 32, 29)
    foreign = _aged(base, "photographs", 1000)
    cache._prepare(base, "0" * 32)
    assert old.exists()
    cache._prepare(base, "1" * 32)
    assert [path.exists() for path in (old, recent, foreign)] == [False, True, True]


def test_only_the_last_used_are_kept(tmp_path: Path) -> None:
    base = cache._prepare(tmp_path / "base", "f" * 32).parent
    many = [_aged(base, f"{n:032x}", 1 + n / 100) for n in range(cache.KEPT + 3)]
    cache._prepare(base, "e" * 32)
    # The directory made first is the most recent of the others.
    assert [path.exists() for path in many] == [n < cache.KEPT - 1 for n in range(len(many))]


def test_use_renews(tmp_path: Path) -> None:
    directory = cache._prepare(tmp_path / "base", "0" * 32)
    os.utime(directory, (1e9, 1e9))
    cache._prepare(tmp_path / "base", "0" * 32)
    assert time.time() - directory.stat().st_mtime < 3600


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Path]:
    descriptor = cache._lock(tmp_path / "kernel.lock", 0)
    assert descriptor is not None
    yield tmp_path / "kernel.lock"
    os.close(descriptor)


def test_waiting_for_a_lock_is_bounded(held: Path) -> None:
    start = time.monotonic()
    assert cache._lock(held, 0.1) is None
    assert time.monotonic() - start < 5


def test_no_lock_where_no_file_can_be_made(tmp_path: Path) -> None:
    assert cache._lock(tmp_path / "missing" / "kernel.lock", 10) is None
