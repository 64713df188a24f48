"""File systems without locks: a run ends there as elsewhere, or says at its start that it cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import physent
from physent.config import yaml
from tests.io.test_library import NLSE

REFUSING = """
#include <errno.h>
int flock(int handle, int operation) { errno = %s; return -1; }
"""


@pytest.mark.skipif(sys.platform != "linux" or shutil.which("cc") is None, reason="needs LD_PRELOAD and a C compiler")
@pytest.mark.parametrize("number", ["ENOLCK", "EOPNOTSUPP", "EACCES"])
@pytest.mark.parametrize("wanted", [None, "TRUE"])
def test_a_file_system_without_locks(tmp_path: Path, number: str, wanted: str | None) -> None:
    source, library = tmp_path / "flock.c", tmp_path / "flock.so"
    source.write_text(REFUSING % number)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    config, out = tmp_path / "run.yaml", tmp_path / "out" / "run.nc"
    config.write_text(yaml.dump(NLSE))
    out.parent.mkdir()
    environment = {k: v for k, v in os.environ.items() if k != "HDF5_USE_FILE_LOCKING"} | {"LD_PRELOAD": str(library)}
    if wanted:
        environment["HDF5_USE_FILE_LOCKING"] = wanted
    command = [sys.executable, "-m", "physent", "run", str(config), "-o", str(out), "--quiet"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if wanted:
        assert done.returncode == 1
        assert "cannot make a NetCDF-4 file here" in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert not list(out.parent.iterdir())
    else:
        assert (done.returncode, done.stderr) == (0, "")
        assert [file.name for file in out.parent.iterdir()] == ["run.nc"]
        with physent.open_run(out) as made:
            assert made.attrs["finished"] == 1
