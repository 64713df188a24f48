"""Provenance of a file: global attributes that let a reader repeat the run and judge it."""

from __future__ import annotations

import shlex
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

from physent import host
from physent.config import imports
from physent.config.model import RunConfig, digest_of
from physent.core.cuda import device
from physent.io.layout import FORMAT_VERSION, Attributes
from physent.runs.job import Job
from physent.version import VERSION


def attributes(job: Job, threads: int) -> dict[str, str | int | float]:
    """Attributes of a run that begins now, in this process; ``finished`` is 0."""
    config, engine = job.config, job.engine
    return {
        "Conventions": "CF-1.11",
        "title": engine.title,
        "history": event(),
        "source": f"physent {VERSION}",
        "references": "\n".join(engine.references),
        "format_version": FORMAT_VERSION,
        "engine": config.engine,
        **config_attributes(config, job.text),
        "finished": 0,
        "wall_seconds": 0.0,
        "warnings": "",
        **machine(threads),
        **engine.resolved(config),
        **_device(config),
        **imports.attributes(config),
    }


def _device(config: RunConfig) -> Attributes:
    """Where the run is computed; nothing for the CPU, as in older files."""
    return {} if config.device == "cpu" else {"device": config.device, **device.facts()}


def moved(config: RunConfig, before: str, when: str) -> Attributes:
    """Attributes of a run that leaves one device for another: both are named."""
    return {**_device(config), "device": f"{before} to {when}, then {config.device}"}


def config_attributes(config: RunConfig, text: str) -> dict[str, str | int | float]:
    """What identifies a config, whose YAML ``text`` is; the part that changes when a run is extended."""
    return {"config": text, "config_sha256": digest_of(text), "seed": config.seed}


def machine(threads: int) -> Attributes:
    """Versions, host, processor, and number of threads."""
    return {**host.facts(), "threads": threads}


def event() -> str:
    """A line of the audit trail: time and command."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    name = Path(sys.argv[0]).name if sys.argv and sys.argv[0] else "python"
    libraries = ", ".join(f"{one} {host.version(one)}" for one in ("numpy", "numba", "scipy"))
    by = f"physent {VERSION} {host.commit() or ''}".rstrip()
    return f"{now} {shlex.join([name, *sys.argv[1:]])}  # {by} on {socket.gethostname()}, {libraries}"
