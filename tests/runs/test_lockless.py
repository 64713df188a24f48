"""File systems without locks: a run ends there as elsewhere, or says at its start that it cannot."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import physent
from physent.config import yaml
from tests.forked import Run, server
from tests.io.test_library import NLSE

REFUSING = """
#include <errno.h>
#include <stdlib.h>
int flock(int handle, int operation) { errno = atoi(getenv("REFUSAL")); return -1; }
"""

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("cc") is None, reason="needs LD_PRELOAD and a C compiler"
)


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs a command where `flock` fails with the number REFUSAL; HDF5 is loaded by the command."""
    folder = tmp_path_factory.mktemp("library")
    source, library = folder / "flock.c", folder / "flock.so"
    source.write_text(REFUSING)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    first = (
        "import sys, scipy.fft, xarray, numba.cpython.unicode, numba.np.arraymath; assert 'netCDF4' not in sys.modules"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LD_PRELOAD", str(library))
        with server(first, "import sys; from tests.cli.commands import command; command(*sys.argv[1:])") as run:
            yield run


@pytest.mark.parametrize("number", ["ENOLCK", "EOPNOTSUPP", "EACCES"])
@pytest.mark.parametrize("wanted", [None, "TRUE"])
def test_a_file_system_without_locks(tmp_path: Path, command: Run, number: str, wanted: str | None) -> None:
    config, out = tmp_path / "run.yaml", tmp_path / "out" / "run.nc"
    config.write_text(yaml.dump(NLSE))
    out.parent.mkdir()
    environment = {k: v for k, v in os.environ.items() if k != "HDF5_USE_FILE_LOCKING"}
    environment |= {"REFUSAL": str(getattr(errno, number))} | ({"HDF5_USE_FILE_LOCKING": wanted} if wanted else {})
    done = command(tmp_path, "run", str(config), "-o", str(out), "--quiet", environment=environment)
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
