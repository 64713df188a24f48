"""SIGINT and SIGTERM as a flag, so that a run stops when its state is complete."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


class Stop:
    """Whether a stop has been requested."""

    requested = False

    def handle(self, number: int, frame: FrameType | None) -> None:
        """First signal: set the flag. Second: end the process at once."""
        if self.requested:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        self.requested = True


@contextlib.contextmanager
def stop_flag() -> Iterator[Stop]:
    """Flag that SIGINT and SIGTERM set inside the block; outside the main thread it is never set."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, stop.handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)  # None: not set by Python
