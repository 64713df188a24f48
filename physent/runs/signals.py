"""Signals, and the end of the allowed time, as a flag, so that a run stops when its state is complete."""

from __future__ import annotations

import contextlib
import math
import re
import signal
import threading
from collections.abc import Iterator, Sequence
from time import monotonic
from types import FrameType
from typing import Any

from physent.errors import UsageError, found

ALWAYS = ("SIGINT", "SIGTERM")
# Of a terminal that closes, and of batch systems; left alone if somebody handles or ignores them (nohup).
UNCLAIMED = ("SIGHUP", "SIGUSR1", "SIGUSR2", "SIGXCPU")
CAUGHT = (*ALWAYS, *UNCLAIMED)


class Stop:
    """Whether a stop has been requested, or ``seconds`` have passed."""

    deadly = False  # of the class: on the command line the second signal ends the process

    def __init__(self, seconds: float | None = None) -> None:
        self.before: dict[int, Any] = {}
        self.signalled = False
        self.seconds = seconds
        self._end = math.inf if seconds is None else monotonic() + seconds

    @property
    def requested(self) -> bool:
        """Whether to stop."""
        return self.signalled or monotonic() >= self._end

    @property
    def why(self) -> str:
        """The reason, as a message begins."""
        return "interrupted" if self.signalled else f"stopped after the allowed {self.seconds:g} s of wall time"

    def handle(self, number: int, frame: FrameType | None) -> None:
        """First signal: remember it. Second: what it did before (KeyboardInterrupt), or die of it at once."""
        if not self.signalled:
            self.signalled = True
            return
        before = self.before.get(number)
        if callable(before) and not self.deadly:
            before(number, frame)
            return
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)


CLOCK = re.compile(r"(?:(\d+)-)?(\d+):(\d{1,2})(?::(\d{1,2}(?:\.\d+)?))?")


def seconds_of(text: str) -> float:
    """Seconds from a number of them, MM:SS, HH:MM:SS, D-HH:MM or D-HH:MM:SS; UsageError if it is none of these."""
    with contextlib.suppress(ValueError):
        return allowed(float(text))
    matched = CLOCK.fullmatch(text.strip())
    if not matched:
        raise UsageError(f"wall time: found {found(text)}, expected seconds, MM:SS, HH:MM:SS or D-HH:MM:SS")
    days, first, second, third = matched.groups()
    parts = (first, second, third) if third else (first, second, "0") if days else ("0", first, second)
    hours, minutes, seconds = map(float, parts)
    return allowed(((float(days or 0) * 24 + hours) * 60 + minutes) * 60 + seconds)


def allowed(seconds: float) -> float:
    """The seconds; UsageError unless they are a number above 0."""
    if not 0.0 < seconds < math.inf:
        raise UsageError(f"wall time: found {seconds}, expected a number of seconds > 0")
    return seconds


@contextlib.contextmanager
def stop_flag(seconds: float | None = None, *, names: Sequence[str] = CAUGHT) -> Iterator[Stop]:
    """Flag that SIGINT, SIGTERM, the signals of terminals and batch systems, and the end of ``seconds`` set inside the
    block; or only the signals of these ``names``. Outside the main thread no signal sets it.
    """
    stop = Stop(None if seconds is None else allowed(seconds))
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    known = [getattr(signal, name) for name in names if hasattr(signal, name)]
    taken = [n for n in known if n.name in ALWAYS or signal.getsignal(n) == signal.SIG_DFL]
    try:
        for number in taken:
            stop.before[number] = signal.signal(number, stop.handle)
        yield stop
    finally:
        for number, handler in stop.before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)  # None: not set by Python
