"""The tests marked `cuda`, in pytest, as many as finish before a deadline."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

MARK = re.compile(r"\bmark\.cuda\b")
PLUGINS = ("-p", "no:benchmark", "-p", "no:cacheprovider")
VERDICT = "PASSED|SKIPPED|FAILED|ERROR"
LINE = re.compile(
    rf"^(?:\[gw\d+\] \[ *\d+%\] (?P<first>{VERDICT}) (?P<test>\S+::.*\S)|(?P<alone>\S+::.*?) (?P<last>{VERDICT}) )",
    re.MULTILINE,
)
"""A test in the log, of several processes or of one."""


def places(root: Path) -> list[str]:
    """Files below ``root``/tests that name the mark, or the folder if it is a conftest.py."""
    found = [path for path in sorted((root / "tests").rglob("*.py")) if MARK.search(path.read_text(encoding="utf-8"))]
    return [(path.parent if path.name == "conftest.py" else path).relative_to(root).as_posix() for path in found]


class Tests:
    """A pytest that runs beside this process; its log is the only file that it leaves."""

    def __init__(self, root: Path, log: Path, processes: int, where: Sequence[str] | None = None) -> None:
        self.note = ""
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None
        if not (root / "tests").is_dir():
            self.note = "not run: only a clone of the repository has the tests"
        elif find_spec("pytest") is None:
            self.note = "not run: pytest is not installed"
        else:
            self._begin(root, processes, places(root) if where is None else where)

    def _begin(self, root: Path, processes: int, where: Sequence[str]) -> None:
        # Neither plugins of the machine nor options of its user: warnings of theirs would be errors.
        surroundings = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")}
        surroundings |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONUNBUFFERED": "1"}
        # Consecutive tests, which share an engine, stay together until a process has nothing left.
        several = ("-p", "xdist.plugin", "-n", str(processes), "--dist=worksteal")
        spread = several if find_spec("xdist") is not None else ()
        options = ("-o", "addopts=", "--strict-markers", "-v", "-r", "N", "--color=no", "--tb=short", *PLUGINS, *spread)
        command = [sys.executable, "-m", "pytest", *options, "-m", "cuda and not validation", *where]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(command, cwd=root, env=surroundings, stdout=log, stderr=log)

    def running(self) -> bool:
        """Whether it is still running."""
        return self._process is not None and self._process.poll() is None

    def outcome(self, deadline: float = 0.0) -> dict[str, Any]:
        """Numbers of tests by outcome and names of those that failed, once it has ended; stopped at the deadline."""
        if self._process is None:
            return {"note": self.note}
        try:
            code: int | None = self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            code = None
            self.stop()
        found = counted(self.log.read_text(encoding="utf-8", errors="replace"))
        if code is None:
            found["note"] = "stopped, because no time was left: some tests did not run"
        elif code not in (0, 1) or not found["passed"] + found["skipped"] + len(found["failed"]):
            found["failed"].append(f"pytest ended with {code}: see {self.log.name}")
        return found

    def stop(self) -> None:
        """End it now."""
        if self._process is not None and self.running():
            self._process.kill()  # its workers end when they find it gone
            self._process.wait()


def counted(log: str) -> dict[str, Any]:
    """Numbers of tests by outcome, and the names of those that failed."""
    outcome: dict[str, Any] = {"passed": 0, "skipped": 0, "failed": []}
    for line in LINE.finditer(log):
        verdict, test = line["first"] or line["last"], line["test"] or line["alone"]
        if verdict in ("FAILED", "ERROR"):
            outcome["failed"].append(test)
        else:
            outcome[verdict.lower()] += 1
    return outcome
