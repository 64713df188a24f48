"""The kernel cache: hits across processes, never a stale or unsafe file, never an error."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from physent.core import cache

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX owners, modes and locks")

CALLEE = """
from physent.core.jit import njit

FACTOR = 2

@njit
def scale(x):
    return FACTOR * x
"""

CALLER = """
from physent.callee import scale
from physent.core.jit import njit

@njit
def total(count):
    sum = 0
    for i in range(count):
        sum += scale(i)
    return sum

@njit
def apply(function, x):
    return function(x)

def multiplier(n):
    @njit
    def inner(x):
        return n * x
    return inner
"""

DRIVER = """
import json
from physent.caller import apply, multiplier, scale, total
from physent.core import jit
{before}
result = {expression}
print(json.dumps([result, jit.compilations()]))
"""


@dataclass
class Package:
    """A small package around copies of jit.py and cache.py, run in processes of its own."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    def start(self, expression: str = "total(4)", before: str = "", **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", DRIVER.format(before=before, expression=expression)],
            cwd=self.root,
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self, process: subprocess.Popen[str]) -> tuple[int, int]:
        out, error = process.communicate(timeout=120)
        assert error == ""
        assert process.returncode == 0
        result, compilations = json.loads(out)
        return result, compilations

    def run(self, expression: str = "total(4)", before: str = "", **environment: str) -> tuple[int, int]:
        return self.finish(self.start(expression, before, **environment))

    @property
    def home_cache(self) -> Path:
        return self.root / "home" / ".cache" / "physent"

    def files(self, base: Path | None = None) -> list[Path]:
        return sorted(path for path in (base or self.home_cache).rglob("*") if path.is_file())


@pytest.fixture
def package(tmp_path: Path) -> Package:
    core = tmp_path / "site" / "physent" / "core"
    core.mkdir(parents=True)
    for name in ("jit.py", "cache.py"):
        shutil.copy(cache.PACKAGE / "core" / name, core / name)
    (core / "__init__.py").touch()
    (core.parent / "__init__.py").touch()
    (core.parent / "callee.py").write_text(CALLEE)
    (core.parent / "caller.py").write_text(CALLER)
    for name in ("home", "tmp"):
        (tmp_path / name).mkdir()
    kept: Mapping[str, str] = {key: value for key, value in os.environ.items() if key in ("PATH", "LANG")}
    paths = {"HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "tmp"), "PYTHONPATH": str(tmp_path / "site")}
    # A .pyc is known by its second and its size, which the edits below do not change.
    return Package(tmp_path, {**kept, **paths, "PYTHONDONTWRITEBYTECODE": "1"})


def test_second_process_compiles_nothing(package: Package) -> None:
    assert package.run() == (12, 2)
    assert [path.suffix for path in package.files()] == [".bin", ".bin"]
    assert package.run() == (12, 0)
    # Another type is another kernel.
    assert package.run("total(4), scale(1.5)")[1] == 1


def test_edit_of_a_callee_in_another_module_is_seen(package: Package) -> None:
    assert package.run() == (12, 2)
    callee = package.root / "site" / "physent" / "callee.py"
    callee.write_text(CALLEE.replace("FACTOR = 2", "FACTOR = 3"))
    assert package.run() == (18, 2)
    callee.write_text(CALLEE)
    assert package.run() == (12, 0)


def test_edit_between_import_and_compilation_is_not_mixed_up(package: Package) -> None:
    """Code of before the edit must not be kept as if it were code of after it."""
    edit = """
import pathlib, physent.callee
path = pathlib.Path(physent.callee.__file__)
path.write_text(path.read_text().replace("FACTOR = 2", "FACTOR = 3"))
"""
    assert package.run(before=edit) == (12, 2)
    assert package.run() == (18, 2)


def test_damaged_file_is_replaced(package: Package) -> None:
    package.run("scale(3)")
    (path,) = package.files()
    good = path.read_bytes()
    for damaged in (good[:-100], good[:20], b"", good[:-1] + bytes([good[-1] ^ 1])):
        path.write_bytes(damaged)
        assert package.run("scale(3)") == (6, 1)
        assert len(path.read_bytes()) > 1000
    assert package.run("scale(3)") == (6, 0)


def test_sound_checksum_around_nonsense_is_a_miss(package: Package) -> None:
    package.run("scale(3)")
    (path,) = package.files()
    packed = b"cos\nnothing\n."
    path.write_bytes(hashlib.sha256(packed).digest() + packed)
    assert package.run("scale(3)") == (6, 1)


def test_functions_without_a_lasting_name_are_never_kept(package: Package) -> None:
    for n in (2, 3):
        assert package.run(f"multiplier({n})(5)") == (5 * n, 1)
    assert package.files() == []
    for _ in range(2):
        result, compilations = package.run("apply(scale, 3)")
        assert (result, compilations > 0) == (6, True)
    assert all("apply" not in path.name for path in package.files())


def test_cold_processes_at_once_share_the_work(package: Package) -> None:
    processes = [package.start() for _ in range(3)]
    answers = [package.finish(process) for process in processes]
    assert [result for result, _ in answers] == [12, 12, 12]
    assert sum(compilations for _, compilations in answers) == 2
    assert [path.suffix for path in package.files()] == [".bin", ".bin"]


def test_full_disk_is_no_error(package: Package) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))"
    assert package.run(before=limit) == (12, 2)
    assert package.files() == []


def test_home_that_cannot_be_used(package: Package) -> None:
    (package.root / "home" / ".cache").write_text("in the way")
    temporary = package.root / "tmp" / f"physent-cache-{os.geteuid()}"
    assert package.run() == (12, 2)
    assert len(package.files(temporary)) == 2
    assert package.run(HOME="/nonexistent/home") == (12, 0)
    temporary.chmod(0o777)
    assert package.run() == (12, 2)
    assert not Path("/nonexistent").exists()


@pytest.mark.parametrize("value", ["off", ""])
def test_switched_off(package: Package, value: str) -> None:
    assert package.run("scale(3)", PHYSENT_CACHE_DIR=value) == (6, 1)
    assert not package.home_cache.exists()


def test_given_directory_comes_first_then_xdg(package: Package) -> None:
    given, xdg = package.root / "given", package.root / "xdg"
    package.run("scale(3)", PHYSENT_CACHE_DIR=str(given), XDG_CACHE_HOME=str(xdg))
    assert (len(package.files(given)), xdg.exists()) == (1, False)
    package.run("scale(3)", XDG_CACHE_HOME=str(xdg))
    assert len(package.files(xdg / "physent")) == 1
    assert not package.home_cache.exists()


def test_settings_that_shape_machine_code_are_part_of_the_key(package: Package) -> None:
    package.run("scale(3)")
    assert package.run("scale(3)", NUMBA_BOUNDSCHECK="1") == (6, 1)
    assert package.run("scale(3)", NUMBA_NUM_THREADS="1") == (6, 0)


def test_without_compiler(package: Package) -> None:
    assert package.run(NUMBA_DISABLE_JIT="1") == (12, 0)
    assert not package.home_cache.exists()


def test_unusable_given_directory_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    given = tmp_path / "given"
    given.mkdir(mode=0o700)
    given.chmod(0o777)
    monkeypatch.setenv("PHYSENT_CACHE_DIR", str(given))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    store = cache._store.__wrapped__()
    assert store is not None
    assert store.directory.parent == tmp_path / "xdg" / "physent"
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
    many = [_aged(base, f"{n:032x}", 1 + n / 100) for n in range(cache.DIRECTORIES_KEPT + 3)]
    cache._prepare(base, "e" * 32)
    # The directory made first is the most recent of the others.
    assert [path.exists() for path in many] == [n < cache.DIRECTORIES_KEPT - 1 for n in range(len(many))]


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
