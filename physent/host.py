"""The machine and the installation: memory, processors, versions, commit."""

from __future__ import annotations

import contextlib
import functools
import math
import os
import platform
import socket
import subprocess
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from physent.version import VERSION

PROC_CGROUP = Path("/proc/self/cgroup")
CGROUPS = Path("/sys/fs/cgroup")
LIBRARIES = ("numpy", "numba", "scipy", "netCDF4", "xarray")


def memory() -> float:
    """Bytes of main memory that this process may use; infinity if unknown."""
    whole = math.inf
    if hasattr(os, "sysconf"):
        whole = float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    limits = [_number(text) for text in (*_control("memory.max"), *_control("memory.limit_in_bytes", "memory"))]
    return min([whole, *limits])


def processors() -> int:
    """Processors that this process may run on."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for line in _control("cpu.max"):
        quota, _, period = line.partition(" ")
        count = min(count, max(1, math.ceil(min(_number(quota) / _number(period), count))))
    return count


def _number(text: str) -> float:
    return float(text) if text.isdigit() else math.inf


def _control(name: str, controller: str = "") -> Iterator[str]:
    """Values of one limit in the control groups of this process and in those that contain them (Linux)."""
    try:
        lines = PROC_CGROUP.read_text().splitlines()
    except OSError:
        return
    for _, names, path in (line.split(":", 2) for line in lines if line.count(":") >= 2):
        if controller in names.split(","):
            root = CGROUPS / controller
            for folder in (root / path.lstrip("/"), *(root / path.lstrip("/")).parents):
                if folder.is_relative_to(root):
                    with contextlib.suppress(OSError):
                        yield (folder / name).read_text().strip()


def facts() -> dict[str, str | int]:
    """Versions, host and processor: attributes of every file."""
    import netCDF4

    return {
        "python_version": platform.python_version(),
        **{f"{name.lower()}_version": version(name) for name in LIBRARIES},
        "hdf5_version": netCDF4.__hdf5libversion__,
        "physent_version": VERSION,
        "physent_commit": commit() or "not run from a checkout",
        "host": socket.gethostname(),
        "platform": platform.platform(),
        "cpu": _cpu(),
        "cpu_count": os.cpu_count() or 0,
    }


@functools.cache
def version(name: str) -> str:
    """Installed version of a distribution."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


@functools.cache
def commit() -> str | None:
    """Git commit of the imported checkout, with the suffix "-dirty" if files differ; None outside a checkout."""
    root = Path(__file__).resolve().parents[1]
    if not (root / ".git").exists():
        return None
    try:
        head = _git(root, "rev-parse", "HEAD")
        return head + ("-dirty" if _git(root, "status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.SubprocessError):
        return None


def _git(root: Path, *command: str) -> str:
    # Variables such as GIT_DIR, which hooks set, would lead to another repository.
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", "-C", str(root), *command], env=surroundings, capture_output=True, text=True, check=True, timeout=5
    )
    return done.stdout.strip()


@functools.cache
def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((x.split(":", 1)[1].strip() for x in lines if x.startswith("model name")), platform.machine())
