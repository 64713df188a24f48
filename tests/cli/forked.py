"""Commands in processes of their own, forked from one that has loaded the libraries, so that they start at once.

``python -m tests.cli.forked COMMAND...`` instead runs several commands in one process: until one fails, with whose code
it ends; after ``-k`` all of them, and it says their codes on standard error.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import physent

TREE = str(Path(physent.__file__).parents[1])
SECONDS = 300  # after which a command is killed
WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
LIBRARIES = "scipy.fft netCDF4 xarray pandas numba.cpython.unicode numba.np.arraymath rich.progress matplotlib.figure"
OURS = "cli.commands cli.describe runs.api runs.analysis figures.show engines.nlse.engine engines.couzin.engine"


def command(arguments: Sequence[str]) -> None:
    """``physent ARGUMENTS``, as typed; raises SystemExit."""
    sys.argv = ["physent", *arguments]
    runpy.run_module("physent", run_name="__main__", alter_sys=True)


class Server:
    """The process from which commands are forked."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process = process
        self._out, self._err = folder / "out", folder / "err"

    def run(self, *arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
        """One command in a process of its own."""
        words = [*map(str, arguments)]
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([words, str(cwd), str(self._out), str(self._err)]) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        return subprocess.CompletedProcess(words, code, self._out.read_text(), self._err.read_text())


Run = Callable[..., subprocess.CompletedProcess[str]]  # of arguments, in a folder `cwd`


@contextmanager
def server() -> Iterator[Run]:
    """What runs a command, by a server that lives as long as the block."""
    with (
        TemporaryDirectory() as folder,
        subprocess.Popen(
            [sys.executable, "-m", "tests.cli.forked"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=TREE,
            env=os.environ | {"PYTHONPATH": TREE},
        ) as process,
    ):
        yield Server(process, Path(folder)).run


def _serve() -> None:
    """Fork a child for each line of standard input, and print its exit code."""
    for line in sys.stdin:
        words, cwd, *written = json.loads(line)
        if child := os.fork():
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)  # noqa: T201
            continue
        signal.alarm(SECONDS)
        for number, (path, flags) in enumerate([(os.devnull, os.O_RDONLY), *((one, WRITE) for one in written)]):
            file = os.open(path, flags)
            os.dup2(file, number)
            os.close(file)
        os.chdir(cwd)
        command(words)
        sys.exit()


def _all(commands: list[str], go_on: bool) -> None:
    for one in commands:
        code: object = 0
        try:
            command(shlex.split(one))
        except SystemExit as ended:
            code = ended.code or 0
        if go_on:
            print(f"exit {code}", file=sys.stderr, flush=True)  # noqa: T201
        elif code:
            sys.exit(code)  # type: ignore[arg-type]


if __name__ == "__main__":
    if sys.argv[1:]:
        go_on = sys.argv[1] == "-k"
        _all(sys.argv[1 + go_on :], go_on)
    else:
        # Not `cli.screen`, which looks at the standard streams.
        for name in (*LIBRARIES.split(), *(f"physent.{name}" for name in OURS.split())):
            importlib.import_module(name)
        gc.freeze()
        _serve()
