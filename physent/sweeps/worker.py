"""Run, continue or keep one point of a sweep; also as a worker process.

As a process (`physent.sweeps.pool`) it reads one JSON object per line, ``{"config": ..., "path": ...}``, answers each
with one line, and ends with its input, after saving its state. It does not import the parent's main module.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from physent import engines
from physent.config.imports import attributes, unpack
from physent.config.load import RunConfig
from physent.errors import Busy, Interrupted, NewerFormat, PhysentError, RunError, UsageError, described, reason
from physent.io.files import Paths
from physent.io.given import HOME, digest, given, located
from physent.io.reader import attributes_of, is_finished
from physent.runs import api
from physent.runs.job import Job, prepare

Answer = dict[str, Any]
WAIT_SECONDS = 0.5


def run_point(
    config: Mapping[str, Any], path: str, home: str | None = None, imports: Sequence[Sequence[str]] = ()
) -> Answer:
    """Run a config into ``path`` on one thread; a finished run is kept, an unfinished one is continued.

    Relative paths in the config lead from ``home``, by default the current folder; ``imports`` are executed first.

    The answer has `error` (None, or one line) and `interrupted` (True if a signal ended the run; its state is saved).
    """
    if home is not None:
        HOME.set(Path(home))
    try:
        unpack(imports)
        job, paths, told = prepare(config), Paths.of(path), False
        while True:
            try:
                _carry_out(job, paths)
                break
            except Busy as busy:  # by a worker whose parent was killed, or on another machine: it will end
                if not told:
                    logging.getLogger(__name__).info("%s: waiting for it", busy)
                told = True
                time.sleep(WAIT_SECONDS)
    except Interrupted:
        return {"error": None, "interrupted": True}
    except PhysentError as error:
        return {"error": reason(error), "interrupted": False}
    except Exception as error:  # no error of one point may end the sweep
        logging.getLogger(__name__).debug("point %s", path, exc_info=True)
        return {"error": described(error), "interrupted": False}
    return {"error": None, "interrupted": False}


def is_done(config: RunConfig, paths: Paths, sha256: str | None = None) -> bool:
    """Whether a file is the finished run of this config (whose hash may be given); RunError if it is damaged."""
    if not paths.out.exists() or not is_finished(paths.out):
        return False
    stored = attributes_of(paths)
    if stored.get("config_sha256") != (sha256 or config.sha256):
        return False
    if stored.get("imports", "") != attributes(config).get("imports", ""):
        return False
    return _same_start(config, stored.get("initial_sha256"))


def _same_start(config: RunConfig, stored: object) -> bool:
    """Whether the file that a run started from still has the same initial state; a missing file does not count."""
    path = getattr(config.initial, "path", None)
    if stored is None or path is None or not located(path).exists():
        return True
    with suppress(PhysentError):
        arrays = given(config, engines.get(config.engine), None)
        return arrays is not None and digest(arrays) == stored
    return False


def _carry_out(job: Job, paths: Paths) -> None:
    try:
        if is_done(job.config, paths):
            return
        if paths.out.exists() or paths.new.exists():
            api.carry_on(paths.out, threads=1)
        if is_done(job.config, paths):
            return
    except (Interrupted, NewerFormat):
        raise
    except RunError as damage:
        logging.getLogger(__name__).warning("%s; the point is run again", damage)
    except Busy:
        raise
    except UsageError as obstacle:
        logging.getLogger(__name__).debug("%s; the point is run again", obstacle)
    api.start(job, paths.out, overwrite=True, threads=1)


def main() -> None:
    """Answer requests until the input ends."""
    logging.getLogger("physent").setLevel(logging.ERROR)  # warnings are in the file of the point
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # other output must not mix with the answers
    busy = threading.Event()
    for line in _lines(busy):
        request = json.loads(line)
        answer = run_point(request["config"], request["path"], imports=request["imports"])
        busy.clear()
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _lines(busy: threading.Event) -> Iterator[str]:
    """Lines of the input, each of which makes ``busy``; the input's end while busy is as good as SIGTERM."""
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        for line in sys.stdin:
            busy.set()
            lines.put(line)
        if busy.is_set():
            os.kill(os.getpid(), signal.SIGTERM)  # the parent is gone
        lines.put("")

    threading.Thread(target=read, daemon=True).start()
    yield from iter(lines.get, "")
