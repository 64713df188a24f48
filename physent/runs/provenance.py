"""Where a file came from: global attributes that let a reader repeat the run or distrust it."""

from __future__ import annotations

import os
import platform
import shlex
import socket
import subprocess
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import netCDF4

import physent
from physent.engines import Engine
from physent.io.layout import FORMAT_VERSION, Attributes

LIBRARIES = ("numpy", "numba", "scipy", "netCDF4", "xarray")


def attributes(config: Any, engine: Engine, threads: int) -> dict[str, str | int | float]:
    """Attributes of a run that begins now, in this process; ``finished`` is 0."""
    return {
        "Conventions": "CF-1.11",
        "title": engine.title,
        "history": event(),
        "source": f"physent {physent.__version__}",
        "references": "\n".join(engine.references),
        "format_version": FORMAT_VERSION,
        "engine": config.engine,
        **config_attributes(config),
        "finished": 0,
        "wall_seconds": 0.0,
        "warnings": "",
        **machine(threads),
        **engine.resolved(config),
    }


def config_attributes(config: Any) -> dict[str, str | int | float]:
    """What identifies a config; the part that changes when a run is extended."""
    return {"config": config.to_yaml(), "config_sha256": config.sha256, "seed": config.seed}


def machine(threads: int) -> Attributes:
    """Versions, host and processor."""
    versions = {f"{name.lower()}_version": _version(name) for name in LIBRARIES}
    return {
        "python_version": platform.python_version(),
        **versions,
        "hdf5_version": netCDF4.__hdf5libversion__,
        "physent_version": physent.__version__,
        "physent_commit": commit() or "not run from a checkout",
        "host": socket.gethostname(),
        "platform": platform.platform(),
        "cpu": _cpu(),
        "cpu_count": os.cpu_count() or 0,
        "threads": threads,
    }


def event() -> str:
    """A line of the audit trail: when, which command."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    name = Path(sys.argv[0]).name if sys.argv and sys.argv[0] else "python"
    return f"{now} {shlex.join([name, *sys.argv[1:]])}"


def commit() -> str | None:
    """Git commit of the checkout that is imported from, with "-dirty" after it where files differ."""
    root = Path(physent.__file__).resolve().parent.parent
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


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((x.split(":", 1)[1].strip() for x in lines if x.startswith("model name")), platform.machine())
