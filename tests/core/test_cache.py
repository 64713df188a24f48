"""The kernel cache: hits across processes, never a stale or unsafe file, never an error."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import pickle
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numba
import pytest

from physent.core import cache
from tests.forked import Run, server

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX owners, modes and locks")

CALLEE = """
from physent.core.jit import njit

FACTOR = 2

@njit
def scale(x):
    return FACTOR * x
"""

CALLER = """
from typing import NamedTuple

from physent.callee import scale
from physent.core.jit import njit

class Pair(NamedTuple):
    a: int
    b: int

@njit
def total(count):
    sum = 0
    for i in range(count):
        sum += scale(i)
    return sum

@njit
def minus(pair):
    return pair.a - pair.b

@njit
def apply(function, x):
    return function(x)

def multiplier(n):
    @njit
    def inner(x):
        return n * x
    return inner

def twice(kernel):
    @njit
    def outer(x):
        return kernel(kernel(x))
    return outer

def both(first, second):
    @njit
    def outer(x):
        return 1000 * first(x) + second(x)
    return outer

def times_field(record):
    @njit
    def inner(x):
        return record.a * x
    return inner
"""

DRIVER = """
import json
from physent.caller import Pair, apply, both, minus, multiplier, scale, times_field, total, twice
from physent.core import jit
{before}
result = {expression}
print(json.dumps([result, jit.compilations()]))
"""


@dataclass
class Package:
    """A small package around copies of the cache, run in processes of its own."""

    root: Path
    environment: dict[str, str]
    forked: Run  # code in a process that has numba already

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
        return self.result(process.returncode, out, error)

    def result(self, code: int, out: str, error: str) -> tuple[int, int]:
        assert error == ""
        assert code == 0
        result, compilations = json.loads(out)
        return result, compilations

    def run(self, expression: str = "total(4)", before: str = "", **environment: str) -> tuple[int, int]:
        code = DRIVER.format(before=before, expression=expression)
        done = self.forked(self.root, code, environment=self.environment | environment)
        return self.result(done.returncode, done.stdout, done.stderr)

    @property
    def home_cache(self) -> Path:
        return self.root / "home" / ".cache" / "physent"

    def files(self) -> list[Path]:
        return sorted(path for path in self.home_cache.rglob("*") if path.is_file())


def _write_package(root: Path, forked: Run) -> Package:
    core = root / "site" / "physent" / "core"
    core.mkdir(parents=True)
    for name in ("jit.py", "cache.py", "identity.py"):
        shutil.copy(cache.CORE / name, core / name)
    for name in ("host.py", "version.py"):
        shutil.copy(cache.CORE.parent / name, core.parent / name)
    (core / "__init__.py").touch()
    (core.parent / "__init__.py").touch()
    (core.parent / "callee.py").write_text(CALLEE)
    (core.parent / "caller.py").write_text(CALLER)
    for name in ("home", "tmp"):
        (root / name).mkdir()
    return _package(root, forked)


def _package(root: Path, forked: Run) -> Package:
    environment = {key: value for key, value in os.environ.items() if key in ("PATH", "LANG")}
    environment |= {"HOME": str(root / "home"), "TMPDIR": str(root / "tmp"), "PYTHONPATH": str(root / "site")}
    # A .pyc is known by its second and its size, which the edits below do not change.
    return Package(root, environment | {"PYTHONDONTWRITEBYTECODE": "1"}, forked)


@pytest.fixture(scope="module")
def forked() -> Iterator[Run]:
    """Runs code; modules come from the first entry of PYTHONPATH, and nothing of the package is loaded before."""
    before = "import sys, numba; from numba.np import arraymath; numba.njit(lambda x: 2 * x)(1)"
    code = "import os, sys; sys.path.insert(0, os.environ['PYTHONPATH']); exec(sys.argv[1])"
    with server(f"{before}; sys.dont_write_bytecode = True", code) as run:
        yield run


@pytest.fixture
def cold(tmp_path: Path, forked: Run) -> Package:
    return _write_package(tmp_path / "package", forked)


@pytest.fixture(scope="module")
def once_run(tmp_path_factory: pytest.TempPathFactory, forked: Run) -> Package:
    package = _write_package(tmp_path_factory.mktemp("once") / "package", forked)
    assert package.finish(package.start()) == (12, 2)
    return package


@pytest.fixture
def warm(once_run: Package, tmp_path: Path, forked: Run) -> Package:
    """A copy of a package that has run once, with its cache."""
    return _package(shutil.copytree(once_run.root, tmp_path / "package"), forked)


def test_second_process_compiles_nothing(warm: Package) -> None:
    assert [path.suffix for path in warm.files()] == [".bin", ".bin"]
    assert warm.run() == (12, 0)
    assert warm.finish(warm.start()) == (12, 0)


def _edit(package: Package, name: str, old: str, new: str) -> None:
    path = package.root / "site" / "physent" / name
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def test_edit_of_a_callee_in_another_module_is_seen(warm: Package) -> None:
    _edit(warm, "callee.py", "FACTOR = 2", "FACTOR = 3")
    assert warm.run() == (18, 2)
    _edit(warm, "callee.py", "FACTOR = 3", "FACTOR = 2")
    assert warm.run() == (12, 0)


def test_only_what_an_edit_changes_is_compiled_again(warm: Package) -> None:
    _edit(warm, "caller.py", "sum = 0", "sum = 0 * count")
    assert warm.run() == (12, 1)
    for name in ("callee.py", "caller.py"):
        _edit(warm, name, "from physent.core.jit", "# a comment\n\nfrom physent.core.jit")
    assert warm.run() == (12, 0)
    _edit(warm, "core/jit.py", "from __future__", "# a comment\nfrom __future__")
    assert warm.run() == (12, 2)


@pytest.mark.parametrize("name", ["callee.py", "core/jit.py"])
def test_edit_between_import_and_compilation_is_not_mixed_up(cold: Package, name: str) -> None:
    """Code of before the edit must not be kept as if it were code of after it."""
    old, new = {"callee.py": ("FACTOR = 2", "FACTOR = 3"), "core/jit.py": ("nogil=True", "nogil=False")}[name]
    edit = f"""
import pathlib, physent
path = pathlib.Path(physent.__file__).parent / {name!r}
path.write_text(path.read_text().replace({old!r}, {new!r}))
"""
    assert cold.run(before=edit) == (12, 2)
    assert cold.run() == (18 if name == "callee.py" else 12, 2)


@pytest.mark.parametrize(("ahead", "then"), [(86400.0, 0), (20.0, 2)])
def test_a_clock_behind_the_sources(cold: Package, ahead: float, then: int) -> None:
    """Files of tomorrow were not edited now; those of the next seconds may have been."""
    for path in (cold.root / "site").rglob("*.py"):
        os.utime(path, (time.time() + ahead,) * 2)
    assert cold.run() == (12, 2)
    assert cold.run() == (12, then)


def test_kernels_of_a_factory_are_kept(warm: Package) -> None:
    expression = "twice(scale)(5) + twice(multiplier(3))(5)"
    assert warm.run(expression) == (20 + 45, 3)
    assert warm.run(expression) == (20 + 45, 0)
    _edit(warm, "callee.py", "return FACTOR * x", "return x * FACTOR")
    assert warm.run(expression) == (20 + 45, 2)


def test_kernels_of_a_factory_never_mix(warm: Package) -> None:
    """Processes that count their symbols alike compile two kernels; a third one links both into another."""
    assert warm.run("twice(multiplier(2))(5)") == (20, 2)
    assert warm.run("twice(multiplier(3))(5)") == (45, 2)
    assert warm.run("both(twice(multiplier(2)), twice(multiplier(3)))(5)") == (20045, 1)


def test_order_of_the_fields_of_an_argument_is_seen(warm: Package) -> None:
    assert warm.run("minus(Pair(a=5, b=3))") == (2, 1)
    assert warm.run("minus(Pair(a=5, b=3))") == (2, 0)
    _edit(warm, "caller.py", "    a: int\n    b: int", "    b: int\n    a: int")
    assert warm.run("minus(Pair(a=5, b=3))") == (2, 1)


def test_damaged_files_are_replaced(warm: Package) -> None:
    scale, total = warm.files()
    assert [path.name.partition("-")[0] for path in (scale, total)] == ["physent.callee.scale", "physent.caller.total"]
    good = total.read_bytes()
    code = good.index(b"\x7fELF") if b"\x7fELF" in good else len(good) // 2
    total.write_bytes(good[:code] + bytes(64) + good[code + 64 :])
    scale.write_bytes(scale.read_bytes()[:-100])
    assert warm.run() == (12, 2)
    nonsense = b"cos\nnothing\n."
    total.write_bytes(hashlib.sha256(nonsense).digest() + nonsense)
    scale.write_bytes(b"")
    assert warm.run() == (12, 2)
    assert warm.run() == (12, 0)
    assert warm.files() == [scale, total]


def test_a_file_of_another_signature_is_a_miss(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    packed = pickle.dumps(((numba.int64,), ()))
    path = tmp_path / "kernel.bin"
    path.write_bytes(hashlib.sha256(packed).digest() + packed)
    with caplog.at_level(logging.DEBUG):
        assert cache._load(path, (numba.float64,), None) is None
        assert caplog.messages == []
        assert cache._load(path, (numba.int64,), None) is None
        assert "not cached" in caplog.text


def test_functions_without_an_identity_are_never_kept(warm: Package) -> None:
    before = warm.files()
    record = "import numpy as np; record = np.ones(1, dtype=[('a', int)])[0]"
    assert warm.run("int(apply(scale, 3) + times_field(record)(5))", before=record) == (6 + 5, 2)
    assert warm.files() == before


def test_cold_processes_at_once_share_the_work(cold: Package) -> None:
    processes = [cold.start() for _ in range(3)]
    answers = [cold.finish(process) for process in processes]
    assert [result for result, _ in answers] == [12, 12, 12]
    assert sum(compilations for _, compilations in answers) == 2
    assert [path.suffix for path in cold.files()] == [".bin", ".bin"]


def test_full_disk_is_no_error(cold: Package) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))"
    assert cold.run(before=limit) == (12, 2)
    assert cold.files() == []


def test_without_home_the_temporary_directory_or_nothing(warm: Package) -> None:
    temporary = warm.root / "tmp" / f"physent-cache-{os.geteuid()}"
    warm.home_cache.rename(temporary)
    assert warm.run(HOME="/nonexistent/home") == (12, 0)
    assert not Path("/nonexistent").exists()
    temporary.chmod(0o777)
    assert warm.run(HOME="/nonexistent/home") == (12, 2)


def test_without_compiler(cold: Package) -> None:
    assert cold.finish(cold.start(NUMBA_DISABLE_JIT="1")) == (12, 0)
    assert not cold.home_cache.exists()


def test_only_the_last_used_files_of_a_function_are_kept(warm: Package) -> None:
    directory = warm.files()[0].parent
    many = [directory / f"physent.caller.total-{n:032x}.bin" for n in range(cache.KEPT + 3)]
    for n, path in enumerate(many):
        path.touch()
        os.utime(path, (time.time() - 3600 - n,) * 2)
    now = warm.files()
    assert warm.run() == (12, 0)
    assert warm.files() == now
    _edit(warm, "caller.py", "sum = 0", "sum = 0 * count")
    assert warm.run() == (12, 1)
    # Before these are the file just written and the one just used.
    assert [path.exists() for path in many] == [n < cache.KEPT - 2 for n in range(len(many))]
