"""Compiled kernels on disk, so that only the first start on a machine compiles.

numba's ``cache=True`` identifies a function only by its own bytecode, so it returns stale code after an edit of a
callee. Here one file holds one function for one signature, named by the digest of all that it is compiled from
(`physent.core.identity`), in a directory named by the digest of every source file of this folder and of the versions
and settings that determine machine code. An edit elsewhere in the package recompiles only the kernels that it changes.
A file is written atomically and has a checksum. Any failure counts as a miss: the kernel is compiled.

The directory is the first usable one of ``$PHYSENT_CACHE_DIR`` (empty or ``off``: no cache at all),
``$XDG_CACHE_HOME/physent`` or ``~/.cache/physent``, and ``physent-cache-UID`` among the temporary files. Loading a
file runs code (pickle), so a directory is usable only if we own it and nobody else can write to it.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.metadata
import logging
import os
import pickle
import re
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import Any

import numba

from physent.core.identity import LIBRARIES, digest_of

if sys.platform != "win32":
    import fcntl

log = logging.getLogger(__name__)

CORE = Path(__file__).parent
UNUSED_DAYS = 30
KEPT = 32
"""Directories, and files of one function in a directory, beyond which those longest unused are removed."""
LOCK_SECONDS = 60.0
AHEAD_SECONDS = 60.0
"""By which the clock of a file server may be ahead of ours."""

_IMPORTED = time.time() - 0.01  # the clock of file systems lags by up to a tick, 10 ms at 100 Hz
_DIGEST = re.compile("[0-9a-f]{32}")
_CHECKSUM = hashlib.sha256().digest_size
_NO_INFLUENCE = {"CACHE_DIR", "COLOR_SCHEME", "ENABLE_CUDASIM", "NUMBA_DEFAULT_NUM_THREADS", "NUMBA_NUM_THREADS"}


class KernelCache:
    """The cache that numba consults before it compiles an overload of `function` (`Dispatcher._cache`).

    `announce` is called with the function's name before each compilation. A function that reaches an object without
    an identity, or takes a function as an argument, is not cached.
    """

    def __init__(self, function: FunctionType, flags: dict[str, Any], announce: Callable[[str], None]) -> None:
        self._function = function
        self._flags = flags
        self._qualname = function.__qualname__
        self._name = f"{function.__module__}.{function.__qualname__}"
        self._announce = announce
        self._locks: dict[Path, int] = {}

    @property
    def cache_path(self) -> str | None:
        """The directory in use, or None."""
        store = _store()
        return str(store.directory) if store else None

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The compiled function for `sig`, or None: numba will then compile it and call `save_overload`."""
        # Registers symbols without which the loaded code would crash.
        target_context.refresh()
        found = None
        with _a_failure_is_a_miss(self._name):
            path = self._path(sig, target_context.codegen())
            if path is not None:
                found = _load(path, sig, target_context)
                if found is None and path not in self._locks:
                    # If several processes start cold, one compiles and the others wait for its file.
                    descriptor = _lock(_lock_file(path), LOCK_SECONDS)
                    if descriptor is not None:
                        self._locks[path] = descriptor
                        found = _load(path, sig, target_context)
                if found is not None:
                    self._unlock()
        if found is None:
            self._announce(self._name)
        return found

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the freshly compiled `data` for `sig`."""
        with _a_failure_is_a_miss(self._name):
            try:
                path = self._path(sig, data.codegen)
                # Machine code that contains addresses of this process, or whose loops were lifted, cannot be kept.
                bound = data.library.has_dynamic_globals or any(not code.can_cache for code in data.lifted)
                if path is not None and not bound:
                    _write(path, _pack(sig, data))
            finally:
                self._unlock()

    def enable(self) -> None:
        """Do nothing: numba's protocol requires `enable`, `disable` and `flush`."""

    disable = flush = enable

    def _path(self, sig: Any, codegen: Any) -> Path | None:
        store = _store()
        if store is None or not store.current():
            return None
        digest = digest_of(self._function, self._flags)
        # Symbols of machine code derive from this name: code from two processes must not share one.
        self._function.__qualname__ = f"{self._qualname}_{digest}"
        if " at 0x" in str(sig):
            return None
        key = repr((self._name, digest, str(sig), _fields(getattr(sig, "args", sig)), codegen.magic_tuple()))
        plain = re.sub(r"[^\w.]", "", self._name)
        return store.directory / f"{plain}-{hashlib.sha256(key.encode()).hexdigest()[:32]}.bin"

    def _unlock(self) -> None:
        while self._locks:
            path, descriptor = self._locks.popitem()
            # A process that still waits gets the lock of the removed file, and finds the kernel.
            _lock_file(path).unlink(missing_ok=True)
            os.close(descriptor)


def _fields(kinds: Iterable[Any]) -> list[object]:
    """Names of the fields of named tuples among argument types, which their text does not include."""
    return [
        (getattr(getattr(kind, "instance_class", None), "_fields", ()), _fields(getattr(kind, "types", ())))
        for kind in kinds
    ]


@contextlib.contextmanager
def _a_failure_is_a_miss(name: str) -> Iterator[None]:
    """Log whatever goes wrong inside: disks, foreign files and numba's internals fail in their own ways."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - see above; compiling is always right
        log.debug("%s is not cached: %s", name, error)


def _pack(sig: Any, data: Any) -> bytes:
    from numba.core.serialize import dumps

    packed: bytes = dumps((sig, data._reduce()))  # type: ignore[no-untyped-call]
    return hashlib.sha256(packed).digest() + packed


def _load(path: Path, sig: Any, target_context: Any) -> Any:
    found = None
    with _a_failure_is_a_miss(path.name), contextlib.suppress(FileNotFoundError):
        content = path.read_bytes()
        packed = content[_CHECKSUM:]
        if hashlib.sha256(packed).digest() != content[:_CHECKSUM]:
            raise ValueError("its checksum is wrong")
        stored, reduced = pickle.loads(packed)
        # Two signatures can print alike.
        if stored == sig:
            from numba.core.compiler import CompileResult

            found = CompileResult._rebuild(target_context, *reduced)  # type: ignore[no-untyped-call]
            os.utime(path)
    return found


def _write(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(prefix=path.stem, suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    for other in _unused(path.parent.glob(f"{path.stem.rpartition('-')[0]}-*{path.suffix}")):
        other.unlink(missing_ok=True)


def _lock_file(path: Path) -> Path:
    return path.with_suffix(".lock")


def _lock(path: Path, seconds: float) -> int | None:
    """A descriptor that holds the lock; None if there are no locks, or after `seconds` of waiting."""
    if sys.platform == "win32":
        return None
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        return None
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            if time.monotonic() < deadline:
                time.sleep(0.02)
                continue
        except OSError:
            pass
        os.close(descriptor)
        return None


@dataclass(frozen=True)
class _Store:
    directory: Path
    sources: dict[str, float]
    """When each source was changed last, as found when they were digested."""
    changed: bool
    """Whether a source was changed between the start of this process and then."""

    def current(self) -> bool:
        """Whether the sources are unchanged since this process started to import them.

        Code imported before an edit must not be kept under the digest of the edited text, nor the reverse. (Outside
        this folder the code in memory is digested, not the text.)
        """
        return not self.changed and all(_changed_at(name) == when for name, when in self.sources.items())


def _changed_at(name: str) -> float:
    found = os.stat(name)  # noqa: PTH116 - a tenth of a millisecond for all, at each kernel
    return max(found.st_mtime, found.st_ctime)


@functools.cache
def _store() -> _Store | None:
    """The store of this process, None if there is no usable directory."""
    sources = sorted({*CORE.rglob("*.py")} - {*CORE.glob("cuda/*.py")})  # what runs on a card has no part in these
    times = {str(path): _changed_at(str(path)) for path in sources}
    # A time in the future is no edit of now: the clock is behind that of the files.
    changed = any(_IMPORTED <= when <= time.time() + AHEAD_SECONDS for when in times.values())
    digest = _digest(sources)
    for base in _candidates():
        try:
            return _Store(_prepare(base, digest), times, changed)
        except OSError as error:
            asked = base == Path(os.environ.get("PHYSENT_CACHE_DIR", "")).absolute()
            log.log(logging.WARNING if asked else logging.DEBUG, "no kernels are cached in %s: %s", base, error)
    return None


def _digest(sources: list[Path]) -> str:
    versions = [importlib.metadata.version(name) for name in LIBRARIES]
    settings = {
        name: repr(value)
        for name, value in sorted(vars(numba.config).items())
        if name.isupper() and name not in _NO_INFLUENCE and not name.startswith("CUDA")
    }
    whole = hashlib.sha256(repr((sys.version, sys.flags.optimize, versions, settings)).encode())
    for path in sources:
        text = path.read_bytes()
        whole.update(f"\n{path.relative_to(CORE)} {len(text)}\n".encode())
        whole.update(text)
    return whole.hexdigest()[:32]


def _candidates() -> Iterator[Path]:
    given = os.environ.get("PHYSENT_CACHE_DIR")
    if given is not None:
        if given in ("", "off"):
            return
        yield Path(given).absolute()
    xdg = Path(os.environ.get("XDG_CACHE_HOME", ""))
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - unlike Path.home, never raises
    if xdg.is_absolute():
        yield xdg / "physent"
    elif home.is_dir():
        yield home / ".cache" / "physent"
    user = "" if sys.platform == "win32" else f"-{os.geteuid()}"
    yield Path(tempfile.gettempdir(), f"physent-cache{user}")


def _prepare(base: Path, digest: str) -> Path:
    """The directory for `digest` below `base`, made, trusted and marked as used; OSError if it cannot be."""
    directory = base / digest
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    _require_ours(base)
    try:
        directory.mkdir(mode=0o700)
    except FileExistsError:
        _require_ours(directory)
        os.utime(directory)
    else:
        _purge(base, digest)
    if not os.access(directory, os.R_OK | os.W_OK | os.X_OK):
        raise PermissionError("not writable")
    return directory


def _require_ours(path: Path) -> None:
    if sys.platform == "win32":
        return
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError("not a directory (a symbolic link is not followed)")
    if found.st_uid != os.geteuid():
        raise PermissionError("owned by another user")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError("writable by other users")


def _purge(base: Path, digest: str) -> None:
    """Remove directories of other versions of the sources: long unused, or beyond the most recently used."""
    others = [path for path in base.iterdir() if _DIGEST.fullmatch(path.name) and path.name != digest]
    for path in _unused(others):
        shutil.rmtree(path, ignore_errors=True)


def _unused(paths: Iterable[Path]) -> list[Path]:
    """Long unused paths, and those beyond the `KEPT` most recently used."""
    used = sorted(((path.lstat().st_mtime, path) for path in paths), reverse=True)
    oldest = time.time() - UNUSED_DAYS * 86400
    return [path for rank, (when, path) in enumerate(used) if when < oldest or rank >= KEPT]
