"""Signals that ask for the end as a flag, so that a run stops when its state is complete."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

ALWAYS = ("SIGINT", "SIGTERM")
# Of a terminal that closes, and of batch systems; left alone if somebody handles or ignores them (nohup).
UNCLAIMED = ("SIGHUP", "SIGUSR1", "SIGUSR2", "SIGXCPU")


class Stop:
    """Whether a stop has been requested."""

    requested = False
    deadly = False  # of the class: on the command line the second signal ends the process

    def __init__(self) -> None:
        self.before: dict[int, Any] = {}

    def handle(self, number: int, frame: FrameType | None) -> None:
        """First signal: remember it. Second: what it did before (KeyboardInterrupt), or die of it at once."""
        if not self.requested:
            self.requested = True
            return
        before = self.before.get(number)
        if callable(before) and not self.deadly:
            before(number, frame)
            return
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)


@contextlib.contextmanager
def stop_flag() -> Iterator[Stop]:
    """Flag that SIGINT, SIGTERM and the signals of terminals and batch systems set inside the block.

    Outside the main thread it is never set.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    known = [getattr(signal, name) for name in (*ALWAYS, *UNCLAIMED) if hasattr(signal, name)]
    taken = [n for n in known if n.name in ALWAYS or signal.getsignal(n) == signal.SIG_DFL]
    try:
        for number in taken:
            stop.before[number] = signal.signal(number, stop.handle)
        yield stop
    finally:
        for number, handler in stop.before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)  # None: not set by Python
