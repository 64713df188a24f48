"""The tests of kernels that are small enough run in numba's simulator, on any machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def test_kernels_in_the_simulator() -> None:
    """Every test marked `simulated`: all are in modules test_device.py."""
    modules = sorted(map(str, HERE.rglob("test_device.py")))
    assert modules
    command = [sys.executable, "-m", "pytest", "-q", "-m", "simulated", "-p", "no:cacheprovider", *modules]
    surroundings = {**os.environ, "NUMBA_ENABLE_CUDASIM": "1"}
    done = subprocess.run(
        command, cwd=HERE.parent, env=surroundings, capture_output=True, text=True, timeout=1800, check=False
    )
    assert done.returncode == 0, done.stdout[-5000:]
    assert "skipped" not in done.stdout.splitlines()[-1]
