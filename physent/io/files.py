"""The files that belong to one output, how they reach the disk, and the lock that keeps two writers apart.

While a run is unfinished its history is OUT.nc (CDF-5) and its state OUT.nc.ckpt; OUT.nc.new, OUT.nc.fin
and OUT.nc.ckpt.tmp are renamed into place only when complete, so what a crash leaves of them may be
deleted.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from physent.errors import Busy, RunError, UsageError, one_line, reason
from physent.io.library import LOCK

try:
    import fcntl
except ImportError:  # not on Windows, where two writers are not kept apart
    fcntl = None  # type: ignore[assignment]

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) if hasattr(errno, "EDQUOT") else (errno.ENOSPC, errno.EFBIG)
FULL_BYTES = 1 << 16  # a disk with less free space counts as full


@dataclass(frozen=True)
class Paths:
    """An output and the files beside it."""

    out: Path

    @classmethod
    def of(cls, path: str | os.PathLike[str]) -> Paths:
        """Paths of an output; a symbolic link is followed, so that renaming replaces what it points to. UsageError if
        the netCDF library cannot take the name.
        """
        told = one_line(os.fspath(path))
        try:
            out = os.path.realpath(path)
            os.fsencode(out).decode()
        except ValueError:
            raise UsageError(f"{told} is no path in UTF-8, which the netCDF library needs") from None
        try:
            out.encode()
        except ValueError:
            encoding = sys.getfilesystemencoding()
            raise UsageError(f"{told}: not in {encoding}, the encoding of names here: set PYTHONUTF8=1") from None
        return cls(Path(out))

    def _beside(self, suffix: str) -> Path:
        return self.out.with_name(self.out.name + suffix)

    @property
    def new(self) -> Path:
        """History under construction."""
        return self._beside(".new")

    @property
    def fin(self) -> Path:
        """Finished file under construction."""
        return self._beside(".fin")

    @property
    def checkpoint(self) -> Path:
        """Newest checkpoint."""
        return self._beside(".ckpt")

    @property
    def previous(self) -> Path:
        """The checkpoint before the newest."""
        return self._beside(".ckpt.prev")

    @property
    def temporary(self) -> Path:
        """Checkpoint under construction."""
        return self._beside(".ckpt.tmp")

    @property
    def lock(self) -> Path:
        """Locked by the process that writes."""
        return self._beside(".lock")

    def remove_stale(self) -> None:
        """Delete the incomplete files that a crash left."""
        remove(self.new, self.fin, self.temporary)

    def remove_checkpoints(self) -> None:
        """Delete both checkpoints: they belong to nothing any more."""
        remove(self.checkpoint, self.previous)


def remove(*paths: Path) -> None:
    """Delete files if they exist, and free their space even if an abandoned dataset still has one open.

    The target of a symbolic link, and a file that has another name too, keep their content.
    """
    for path in paths:
        try:
            there = path.lstat()
            if stat.S_ISREG(there.st_mode) and there.st_nlink == 1:
                os.truncate(path, 0)
            path.unlink()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise RunError(f"{path}: cannot be deleted: {reason(error)}") from None


@contextlib.contextmanager
def cleared(*paths: Path) -> Iterator[None]:
    """Delete incomplete files after a failure; report a full disk, which the netCDF library may not."""
    try:
        yield
    except BaseException as error:
        is_full = shutil.disk_usage(paths[0].parent).free < FULL_BYTES
        remove(*paths)
        if is_full and isinstance(error, OSError | RuntimeError):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise


def fsync(path: Path) -> None:
    """Return when the content of a file is on the disk."""
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def rename(source: Path, target: Path) -> None:
    """Put a complete file in its place, with the permissions of what was there; return when that is on the disk."""
    with contextlib.suppress(OSError):
        source.chmod(stat.S_IMODE(target.stat().st_mode))
    source.replace(target)
    if os.name != "nt":  # Windows cannot open a directory
        handle = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def writable(path: Path) -> Iterator[None]:
    """A file that its owner may open to write in the block, also if it is marked as read-only."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & stat.S_IWUSR:
        yield
        return
    path.chmod(mode | stat.S_IWUSR)
    try:
        yield
    finally:
        path.chmod(mode)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name beside ``path`` to write to; the file takes its place when the block ends, and goes if the block fails."""
    partial = path.with_name(f".{path.stem[:50]}.{secrets.token_hex(4)}{path.suffix}")
    try:
        yield partial
        partial.replace(path)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def abandon(dataset: Any) -> None:
    """Keep a netCDF4 dataset whose write failed from ever being closed, even at exit.

    The failed close() of such a dataset leaves the library's tables half freed, and the close that its
    destructor attempts next crashes the process (seen with netCDF 4.10).
    """
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(dataset))


@contextlib.contextmanager
def written(dataset: Any) -> Iterator[Any]:
    """Close a netCDF4 dataset at the end of the block, unless writing failed."""
    try:
        yield dataset
        with LOCK:
            dataset.close()
    except BaseException:
        abandon(dataset)
        raise


def check_folder(paths: Paths) -> None:
    """Raise UsageError unless the output can be written in its folder."""
    try:
        _check_folder(paths)
    except OSError as error:  # a folder on the way that may not be entered, a name that is too long
        raise UsageError(f"{paths.out}: cannot be written: {reason(error)}") from None


def _check_folder(paths: Paths) -> None:
    folder, longest = paths.out.parent, paths.previous.name
    if not folder.exists():
        raise UsageError(f"{paths.out}: the folder {folder} does not exist")
    if not folder.is_dir():
        raise UsageError(f"{paths.out}: {folder} is not a folder")
    if paths.out.is_dir():
        raise UsageError(f"{paths.out} is a folder, expected the name of a file")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"{paths.out}: the folder {folder} is not writable")
    if hasattr(os, "pathconf") and (length := len(os.fsencode(longest))) > (most := os.pathconf(folder, "PC_NAME_MAX")):
        raise UsageError(
            f"{paths.out}: the name is too long: {longest} beside it has {length} bytes, expected at most {most}"
        )


def check_room(paths: Paths, file_bytes: int) -> None:
    """Raise UsageError if there is no room for history and finished file, which exist together at the end.

    A file that is already there counts as room: it is the start of the history, or the history replaces it.
    """
    there = paths.out.stat().st_size if paths.out.exists() else 0
    free = shutil.disk_usage(paths.out.parent).free
    if free < max(file_bytes, 2 * file_bytes - there):
        beside = f" ({there / 1e6:.3g} MB of it are there)" if there else ""
        raise UsageError(
            f"{paths.out}: a run of {file_bytes / 1e6:.3g} MB needs twice that to finish{beside}, "
            f"{paths.out.parent} has {free / 1e6:.3g} MB"
        )


@contextlib.contextmanager
def locked(paths: Paths) -> Iterator[None]:
    """Hold the right to write an output; Busy if another process (or thread) holds it.

    The lock ends with its process; a lock file that is left over has no effect.
    """
    handle = _lock(paths)
    try:
        yield
    finally:
        paths.lock.unlink(missing_ok=True)
        os.close(handle)


def _lock(paths: Paths) -> int:
    while True:
        try:
            handle = os.open(paths.lock, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise UsageError(f"{paths.out}: cannot write in {paths.out.parent}: {reason(error)}") from None
        try:
            if fcntl is not None:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise Busy(f"{paths.out}: another process is writing this output") from None
        except OSError:
            return handle  # a file system without locks
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), paths.lock.stat()):
                return handle
        os.close(handle)  # its last owner deleted it between open and lock


@contextlib.contextmanager
def failures(paths: Paths, doing: str, advice: str) -> Iterator[None]:
    """Turn what the operating system or the netCDF library reports into one line."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        if getattr(error, "errno", None) not in FULL:
            advice = advice.replace("make room, then ", "")
        raise RunError(f"{paths.out}: {doing}: {reason(error)}; {advice}") from error
