"""The machine and the installation: memory, processors, versions, commit."""

from __future__ import annotations

import functools
import math
import os
import platform
import socket
import subprocess
from importlib import metadata
from pathlib import Path

VERSION = "0.1.0"
LIBRARIES = ("numpy", "numba", "scipy", "netCDF4", "xarray")


def memory() -> float:
    """Bytes of main memory; infinity if the system does not report it."""
    if not hasattr(os, "sysconf"):
        return math.inf
    return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def processors() -> int:
    """Processors that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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
    done = subprocess.run(["git", "-C", str(root), *command], capture_output=True, text=True, check=True, timeout=5)
    return done.stdout.strip()


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((x.split(":", 1)[1].strip() for x in lines if x.startswith("model name")), platform.machine())
