"""Folders that may not be entered, and what other users left: one line each, and nothing of theirs is touched."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import physent
from physent.config import yaml
from tests.io.test_library import NLSE

AS_NOBODY = """
import os, sys, tempfile, traceback
import physent, rich.progress, rich.table
from physent.cli import commands, screen
from physent.figures import animate, save
from physent.runs import analysis
from physent.sweeps import sweep

def told(line):
    try:
        commands.app(line.split("\\t"), standalone_mode=False)
        print("done", line)
    except physent.errors.PhysentError as error:
        print(f"{error.exit_code} {error}")
    except Exception as error:
        if hasattr(error, "exit_code"):  # of typer
            print(f"{error.exit_code} {error.message}")
            return
        print(traceback.format_exc().replace(chr(10), " | "))

lines = sys.stdin.read().splitlines()
with tempfile.TemporaryDirectory() as scratch:  # what is imported late is imported now
    told(f"run\\t{lines[0]}\\t-o\\t{scratch}/run.nc")
    told(f"sweep\\t{lines[0]}\\t-d\\t{scratch}/none\\t--gather-only")
print("---", flush=True)
os.setgid(65534); os.setuid(65534)
for line in lines[1:]:
    told(line)
"""

pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root becomes another user"
)


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that everyone can reach and write in, as /tmp."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o1777)
        yield Path(name)


def as_nobody(config: Path, *commands: tuple[object, ...]) -> list[str]:
    """What the commands tell, one line each."""
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY],
        input="\n".join([str(config), *("\t".join(map(str, one)) for one in commands)]),
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(physent.__file__).parents[1],
    )
    assert done.returncode == 0, done.stderr
    _, _, told = done.stdout.partition("---\n")
    return [line for line in told.splitlines() if not line.startswith("physent: ")]


def test_folders_that_may_not_be_entered(shared: Path) -> None:
    inner = shared / "inner"
    inner.mkdir(mode=0o700)
    (shared / "c.yaml").write_text(yaml.dump(NLSE | {"sweep": {"seed": [1]}}))
    (shared / "plan.yaml").write_text("diagnostics:\n- {kind: conservation, of: energy}\n")
    (shared / "c.yaml").chmod(0o644)
    commands: list[tuple[object, ...]] = [
        ("run", shared / "c.yaml", "-o", inner / "run.nc"),
        ("run", inner / "c.yaml"),
        ("resume", inner / "run.nc"),
        ("plot", inner / "run.nc"),
        ("animate", inner / "run.nc", "-o", shared / "a.gif"),
        ("analyze", inner / "run.nc", shared / "plan.yaml", "-o", shared / "a.nc"),
        ("sweep", shared / "c.yaml", "-d", inner),
        ("sweep", shared / "c.yaml", "-d", inner / "out"),
    ]
    told = as_nobody(shared / "c.yaml", *commands)
    assert len(told) == len(commands)
    for line in told:
        assert line.startswith("2 "), line
        assert "Permission denied" in line or "is not readable" in line


def test_what_another_user_left(shared: Path) -> None:
    (shared / "c.yaml").write_text(yaml.dump(NLSE))
    for suffix in (".fin", ".ckpt", ".new", ".ckpt.tmp", ".lock"):
        (shared / f"run{suffix}.nc{suffix}").write_text("theirs")
    suffixes = (".fin", ".ckpt", ".new", ".ckpt.tmp", ".lock")
    told = as_nobody(
        shared / "c.yaml", *(("run", shared / "c.yaml", "-o", shared / f"run{suffix}.nc", "-q") for suffix in suffixes)
    )
    assert len(told) == len(suffixes)
    for suffix, line in zip(suffixes, told, strict=True):
        assert line[:2] in ("1 ", "2 "), line
        assert "cannot be deleted" in line or "cannot write" in line, line
        assert (shared / f"run{suffix}.nc{suffix}").read_text() == "theirs"
        assert not (shared / f"run{suffix}.nc").exists()
