"""One way to solve a task, and what the machine allows at best."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Work = Callable[[], Any]


@dataclass(frozen=True)
class Bound:
    """What the machine allows at best for a contestant's work: how that was found, and CPU seconds."""

    text: str
    seconds: float


@dataclass(frozen=True)
class Contestant:
    """One way to solve a task.

    Attributes
    ----------
    name, task : str
        Contestants of the same task are compared with each other.
    prepare : callable
        Called before every repeat outside the clock (compile here); returns the callable that is timed.
    error : callable, optional
        Error of what the timed callable returned, against the exact or a converged solution.
    error_of : str
        What that error is.
    reference : bool
        Ratios are times over that of this contestant; exactly one per task.
    needs : str
        Module that must be importable; the contestant is skipped with a note if it is not.
    once : bool
        Timed only in the first round, because it is slow.
    bound : callable, optional
        Called once after the rounds, on what the timed callable returned.
    units : callable, optional
        How much was done, from what the timed callable returned: the row's ``rate`` is that over the CPU time.
    rate_of : str
        What the rate is, as ``collisions/s``.
    clock : callable, optional
        Seconds of the work, from what the timed callable returned, if CPU time is not what counts.
    missing : str
        Why this contestant cannot run here; it is skipped with that as its note.
    note : str
        What a reader needs to know beside the numbers.
    """

    name: str
    task: str
    prepare: Callable[[], Work]
    error: Callable[[Any], float] | None = None
    error_of: str = ""
    reference: bool = False
    needs: str = ""
    once: bool = False
    bound: Callable[[Any], Bound] | None = None
    units: Callable[[Any], float] | None = None
    rate_of: str = ""
    clock: Callable[[Any], float] | None = None
    missing: str = ""
    note: str = ""
