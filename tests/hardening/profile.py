"""How many damaged inputs are tried, and what every one of them is allowed to do.

A few hundred by default; ``PHYSENT_FUZZ=10000`` tries that many in all, other ones at every run.
"""

from __future__ import annotations

import os
import pickle
import resource
import select
import signal
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis import HealthCheck, settings

from physent.errors import ConfigError, PhysentError

TOTAL = int(os.environ.get("PHYSENT_FUZZ", "0"))
CPU_SECONDS = 20.0  # of one input, compilation included
MORE_BYTES = 3 << 30  # address space, above what the process has when an input begins
WALL_SECONDS = 120.0  # of one input in a process of its own: what hangs in a library never hears SIGPROF
COUNTS: dict[str, int] = {}


def fuzzed(gate: int, share: float) -> Callable[[Any], Any]:
    """Settings of one fuzz test: ``gate`` inputs, or its ``share`` of those asked for."""
    return settings(
        max_examples=round(TOTAL * share) if TOTAL else gate,
        derandomize=not TOTAL,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )


class Hang(BaseException):
    """An input took longer than anything sensible could."""


@contextmanager
def bounded() -> Iterator[None]:
    """Fail where the block takes too much time or memory."""

    def late(signum: int, frame: object) -> None:
        raise Hang

    before = signal.signal(signal.SIGPROF, late)
    limit = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_address_space() + MORE_BYTES, limit[1]))
    signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        resource.setrlimit(resource.RLIMIT_AS, limit)
        signal.signal(signal.SIGPROF, before)


def _address_space() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
        return int(file.read().split()[0]) * resource.getpagesize()


def survives(kind: str, function: Callable[[], object]) -> bool:
    """Whether ``function`` succeeds; it may fail, but only as a user is told: in one line a problem."""
    COUNTS[kind] = COUNTS.get(kind, 0) + 1
    with bounded(), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of NumPy: infinity and NaN are refused where they matter
        try:
            function()
        except PhysentError as error:
            for line in error.lines if isinstance(error, ConfigError) else (str(error),):
                assert len(line.splitlines()) == 1, repr(line)
            return False
    return True


def apart(function: Callable[[], None]) -> None:
    """Call ``function`` in a forked process: what a library does to itself on a damaged file ends with that."""
    here, there = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # 3.12: other tests may have left threads
        child = os.fork()
    if not child:
        COUNTS.clear()
        try:
            function()
            told = pickle.dumps((COUNTS, ""))
        except BaseException:  # noqa: BLE001 (told to the parent)
            told = pickle.dumps((COUNTS, traceback.format_exc()))
        with os.fdopen(there, "wb") as pipe:
            pipe.write(told)
        os._exit(0)
    os.close(there)
    with os.fdopen(here, "rb") as pipe:
        late = not select.select([pipe], [], [], WALL_SECONDS)[0]
        if late:
            os.kill(child, signal.SIGKILL)
        raw = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert not late, f"hangs for {WALL_SECONDS} s"
    assert not status, f"the process ended with {status}"
    counts, failure = pickle.loads(raw)
    for kind, count in counts.items():
        COUNTS[kind] = COUNTS.get(kind, 0) + count
    assert not failure, failure
