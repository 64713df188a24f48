"""Run the points of a sweep in processes of this machine, or on the workers of a Dask cluster."""

from __future__ import annotations

import json
import logging
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from contextvars import copy_context
from pathlib import Path
from typing import IO, Any, NamedTuple

from physent import host
from physent.errors import RunError, UsageError, described, one_line, reason
from physent.io.library import share_lock
from physent.runs.signals import Stop
from physent.sweeps.worker import Answer, run_point
from physent.version import VERSION

logger = logging.getLogger(__name__)

ATTEMPTS = 3  # a point whose worker dies is tried again, since the point is rarely the cause
POLL_SECONDS = 0.2
# This physent, whatever the current folder or other installations hold; after it, where the parent finds modules.
LAUNCH = """import sys
root, *path = sys.argv[1:]
sys.path.insert(0, root)
import physent
del sys.path[0]
sys.path += path
from physent.sweeps.worker import main
main()"""


class Task(NamedTuple):
    """A config as plain data, and the file of its run."""

    config: dict[str, Any]
    path: str
    imports: Sequence[Sequence[str]] = ()  # modules that the config needs: `physent.config.imports.packed`


def run_locally(tasks: Iterator[Task], workers: int, stop: Stop) -> Generator[tuple[Task, Answer]]:
    """Tasks with their answers, in the order in which they end; ``stop`` makes the workers save their state and end.

    Each worker is a separate process that lives for the whole sweep and is replaced if it dies. Tasks are taken from
    the iterator only shortly before they run.
    """
    waiting: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
    answers: queue.SimpleQueue[tuple[Task, Answer] | None] = queue.SimpleQueue()
    crew = [_Worker(waiting, answers, stop) for _ in range(workers)]

    def stop_workers() -> None:
        for worker in crew:
            worker.tell_to_stop()
            waiting.put(None)

    for worker in crew:
        worker.start()
    busy = len(crew)
    told = False
    try:
        for _ in range(2 * workers):  # so that no worker waits while the next task is made
            waiting.put(next(tasks, None))
        while busy:
            with suppress(queue.Empty):
                answer = answers.get(timeout=POLL_SECONDS)
                if answer is None:
                    busy -= 1
                else:
                    yield answer
                    waiting.put(next(tasks, None))
            if stop.requested and not told:
                told = True
                stop_workers()
    finally:
        if busy and not told:
            stop.signalled = True
            stop_workers()
        for worker in crew:
            worker.join()


class _Worker(threading.Thread):
    """Sends tasks to one process, until the task is None."""

    def __init__(
        self,
        waiting: queue.SimpleQueue[Task | None],
        answers: queue.SimpleQueue[tuple[Task, Answer] | None],
        stop: Stop,
    ) -> None:
        super().__init__(daemon=True)
        self._waiting, self._answers, self._stop_flag = waiting, answers, stop
        self._process: subprocess.Popen[str] | None = None
        self._said: IO[str] = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115 (closed by run)
        self._guard = threading.Lock()

    def run(self) -> None:
        try:
            while (task := self._waiting.get()) is not None and not self._stop_flag.requested:
                self._answers.put((task, self._answer(task)))
        finally:
            self._end()
            self._said.close()
            self._answers.put(None)

    def tell_to_stop(self) -> None:
        """Make the process save its state and answer."""
        with self._guard:
            if self._process is not None and self._process.poll() is None:
                self._process.send_signal(signal.SIGTERM)

    def _answer(self, task: Task) -> Answer:
        why = ""
        for _ in range(ATTEMPTS):
            if self._stop_flag.requested:
                return {"error": None, "interrupted": True}
            process = self._ready()
            with suppress(OSError, ValueError):
                assert process.stdin is not None
                assert process.stdout is not None
                process.stdin.write(json.dumps(task._asdict()) + "\n")
                process.stdin.flush()
                line = process.stdout.readline()
                if line.endswith("\n"):
                    answer: Answer = json.loads(line)
                    return answer
            self._end()
            why = self._cause(process.returncode)
        return {"error": f"its process died {ATTEMPTS} times, the last {why}", "interrupted": False}

    def _cause(self, code: int) -> str:
        """Exit code or signal of a process that died, and its last words."""
        if code < 0:
            hint = " (out of memory?)" if code == -signal.SIGKILL else ""
            return f"killed by {signal.Signals(-code).name}{hint}"
        self._said.seek(0)
        words = [line.strip() for line in self._said if line.strip()]
        return f"with exit code {code}" + (f": {one_line(words[-1])}" if words else "")

    def _ready(self) -> subprocess.Popen[str]:
        with self._guard:
            if self._process is None or self._process.poll() is not None:
                self._said.seek(0)
                self._said.truncate()
                # In its own session, Ctrl-C reaches it only through tell_to_stop, and so only once.
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-c", LAUNCH, _root(), *filter(os.path.isabs, sys.path)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=self._said,
                    text=True,
                    start_new_session=True,
                )
            return self._process

    def _end(self) -> None:
        with self._guard:
            if self._process is None:
                return
            with suppress(OSError, ValueError):
                self._process.communicate()
            self._process = None


def _root() -> str:
    """Folder that holds this package."""
    return str(Path(__file__).resolve().parents[2])


def run_on_cluster(tasks: Iterator[Task], scheduler: str, stop: Stop) -> Generator[tuple[Task, Answer]]:
    """As `run_locally`, on the workers of a running Dask scheduler, which must have the folder under the same path.

    UsageError without dask.distributed or if no scheduler answers, RunError if the scheduler is lost during the sweep.
    """
    try:
        import distributed
    except ImportError:
        raise UsageError("--scheduler needs dask.distributed: pip install 'physent[cluster]'") from None
    try:
        client: Any = distributed.Client(scheduler, timeout=10, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise UsageError(f"no Dask scheduler answers at {scheduler}: {reason(error)}") from None
    running: dict[Any, Task] = {}
    home = os.getcwd()  # noqa: PTH109 - as text
    with client:
        _tell_other_builds(client)

        def submit(count: int) -> None:
            for _, task in zip(range(count), tasks, strict=False):
                future = client.submit(_run_in_thread, *task, home, pure=False, retries=ATTEMPTS - 1)
                running[future] = task

        submit(2 * _slots(client))
        while running:
            if stop.requested:
                client.cancel(list(running))
                return
            ended = [future for future in running if future.done()]
            if not ended:
                time.sleep(POLL_SECONDS)
            for future in ended:
                yield running.pop(future), _outcome(future, client, scheduler)
            if not stop.requested:
                submit(len(ended))


def _build() -> str:
    return f"{VERSION} {host.commit() or ''}".strip()


def _tell_other_builds(client: Any) -> None:
    """Warn of workers that have another physent: their bits may be others."""
    here = _build()
    other = {address: build for address, build in client.run(_build).items() if build != here}
    if other:
        address, build = next(iter(other.items()))
        logger.warning("%d workers have another physent, %s has %s, here is %s", len(other), address, build, here)


def _lost(scheduler: str) -> str:
    return f"the Dask scheduler at {scheduler} is lost: run the sweep again to go on"


def _run_in_thread(config: dict[str, Any], path: str, imports: Sequence[Sequence[str]], home: str) -> Answer:
    share_lock()  # the worker may have other threads, and other work than ours
    return copy_context().run(run_point, config, path, home, imports)


def _slots(client: Any) -> int:
    threads: dict[str, int] = client.nthreads()
    return max(1, sum(threads.values()))


def _outcome(future: Any, client: Any, scheduler: str) -> Answer:
    try:
        answer: Answer = future.result()
    except Exception as error:
        if client.status != "running":
            raise RunError(_lost(scheduler)) from error
        return {"error": described(error), "interrupted": False}
    return answer
