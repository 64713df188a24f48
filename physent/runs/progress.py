"""A line of text that follows a run in an interactive session: a notebook, or the prompt of IPython or Python."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from physent.runs.loop import Progress, Report

SILENT_SECONDS = 0.5  # a run that takes less shows nothing
BETWEEN_SECONDS = 0.2
WIDTH = 20  # of the bar
COMPILER = "physent.core.jit"  # the logger that tells of compilations

Steps = Callable[[str, int, int], None]


def is_interactive() -> bool:
    """Whether a person waits at a prompt or a notebook for this thread: Python and IPython then define ``sys.ps1``."""
    return hasattr(sys, "ps1") and threading.current_thread() is threading.main_thread()


class Line:
    """One line that is written over again and again: of standard output, or of the output of a notebook's cell."""

    def __init__(self) -> None:
        self.began = self._written = monotonic()
        self._text = ""
        self._interrupted = ""  # what a passing remark replaced
        self._cell = _output_of_cell()

    @property
    def seconds(self) -> float:
        """Time since the line was made."""
        return monotonic() - self.began

    @property
    def is_due(self) -> bool:
        """Whether it is time to write again."""
        return self.seconds > SILENT_SECONDS and monotonic() - self._written > BETWEEN_SECONDS

    def remark(self, text: str) -> None:
        """Replace what the line says, until it is written again or ends."""
        lasting = self._interrupted or self._text
        self.write(text)
        self._interrupted = lasting

    def write(self, text: str) -> None:
        """Replace what the line says."""
        if self._cell is not None:
            put = self._cell.update if self._text else self._cell.display
            put({"text/plain": text}, raw=True)
        else:
            sys.stdout.write(f"\r{text.ljust(len(self._text))}")
            sys.stdout.flush()
        self._text, self._interrupted, self._written = text, "", monotonic()

    def close(self) -> None:
        """End a line that was begun."""
        if self._interrupted:
            self.write(self._interrupted)
        if self._text and self._cell is None:
            sys.stdout.write("\n")
            sys.stdout.flush()


def _output_of_cell() -> Any:
    """A place in the output of the running cell of a notebook whose text can be replaced; None elsewhere.

    Saved notebooks keep every text that ends in a carriage return, and show them below each other.
    """
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if ipython is None or getattr(shell, "kernel", None) is None:
        return None
    return ipython.display.DisplayHandle()


@contextmanager
def following(report: Report | None, progress: bool | None) -> Iterator[Report | None]:
    """The report of a run, which also keeps a line up to date: if ``progress``, or by default in an interactive
    session that has no ``report`` of its own.
    """
    if not (report is None and is_interactive() if progress is None else progress):
        yield report
        return
    with _line() as line:

        def told(status: Progress) -> None:
            if report is not None:
                report(status)
            if line.is_due or (line.seconds > SILENT_SECONDS and status.fraction >= 1.0):
                line.write(_described(status, line.seconds))

        yield told


@contextmanager
def counting(report: Steps | None, progress: bool | None) -> Iterator[Steps | None]:
    """As `following`, for the points of a sweep: ``report(name, done before it, total)``."""
    if not (report is None and is_interactive() if progress is None else progress):
        yield report
        return
    with _line() as line:

        def told(name: str, done: int, total: int) -> None:
            if report is not None:
                report(name, done, total)
            line.write(f"point {done + 1}/{total} {_bar((done + 1) / total)} {name}, {line.seconds:.1f} s")

        yield told


@contextmanager
def _line() -> Iterator[Line]:
    """A line that also tells of compilations, which end the silence at once."""
    line = Line()
    logger = logging.getLogger(COMPILER)
    level, least = logger.level, logger.getEffectiveLevel()

    def heard(record: logging.LogRecord) -> bool:
        if record.levelno == logging.INFO:
            line.remark(f"{record.getMessage()} ...")
        return record.levelno >= least  # others hear what they would have heard

    logger.addFilter(heard)
    logger.setLevel(min(least, logging.INFO))
    try:
        yield line
    finally:
        logger.setLevel(level)
        logger.removeFilter(heard)
        line.close()


def _described(status: Progress, seconds: float) -> str:
    left = seconds * (1.0 - status.fraction) / status.fraction if status.fraction > 0 else None
    time = f"{seconds:.1f} s" if status.fraction >= 1 else "" if left is None else f"{_clock(left)} left"
    parts = (time, f"{status.rate:.3g}/s", f"{status.headline} {status.value:.6g}")
    return f"sample {status.sample}/{status.samples} {_bar(status.fraction)} {', '.join(filter(None, parts))}"


def _bar(fraction: float) -> str:
    """The bar and the percentage."""
    done = int(WIDTH * min(1.0, max(0.0, fraction)))
    return f"[{'#' * done}{'.' * (WIDTH - done)}] {100 * fraction:3.0f} %"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
