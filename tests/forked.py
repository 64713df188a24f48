"""Python code in processes of their own, forked from one that has loaded the libraries, so that they start at once."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

TREE = Path(__file__).parents[1]
SECONDS = 300  # after which a process is killed
WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC

Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]  # of a folder and words for sys.argv; environment: variables, instead of all that there are


@contextmanager
def server(first: str, code: str) -> Iterator[Run]:
    """What runs ``code``, in a process of its own, with modules and whatever else ``first`` has made."""
    command = [sys.executable, "-c", f"{first}\nfrom tests.forked import serve\nserve()"]
    environment = os.environ | {"PYTHONPATH": str(TREE)}
    pipe = subprocess.PIPE
    with (
        TemporaryDirectory() as folder,
        subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=folder, env=environment) as process,
    ):
        out, error = Path(folder) / "out", Path(folder) / "error"
        assert process.stdin is not None
        assert process.stdout is not None

        def run(cwd: Path, *words: str, environment: Mapping[str, str] | None = None) -> Done:
            order = [code, list(words), environment and dict(environment), str(cwd), str(out), str(error)]
            print(json.dumps(order), file=process.stdin, flush=True)
            assert process.stdout is not None
            return subprocess.CompletedProcess(
                words, int(process.stdout.readline()), out.read_text(), error.read_text()
            )

        yield run


def serve() -> None:
    """Fork a child for each line of standard input, and print its exit code."""
    gc.freeze()
    for line in sys.stdin:
        code, words, environment, cwd, *written = json.loads(line)
        if child := os.fork():
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)  # noqa: T201
            continue
        signal.alarm(SECONDS)
        for number, (path, flags) in enumerate([(os.devnull, os.O_RDONLY), *((one, WRITE) for one in written)]):
            file = os.open(path, flags)
            os.dup2(file, number)
            os.close(file)
        if environment is not None:
            os.environ.clear()
            os.environ.update(environment)
        os.chdir(cwd)
        sys.argv[1:] = words
        exec(code, {"__name__": "__main__"})  # noqa: S102
        sys.exit()
