"""Warnings of what is legal but doubtful, of one class, so that a program can collect them for screen and file."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from inspect import currentframe
from pathlib import Path
from typing import Any

from physent.errors import PhysentWarning

ENOUGH = 10
"""Counts per occupied cell, below which the bias of a plug-in value cannot be told from the counts themselves."""

_HERE = f"{Path(__file__).parent.parent}{os.sep}"


class Call:
    """What is to be said of one call of a public function: its doubts, attributes of a labelled result, and ``notes``,
    which join these.

    What is called ``inside`` has arguments that are checked; functions of the caller's own run outside.
    """

    __slots__ = ("attrs", "doubts", "inside", "notes")

    def __init__(self, *, inside: bool = False) -> None:
        self.doubts: list[str] = []
        self.attrs: dict[str, Any] = {}
        self.notes: dict[str, Any] = {}
        self.inside = inside


CALL: ContextVar[Call | None] = ContextVar("CALL", default=None)


def warn(text: str) -> None:
    """Doubt the result of the public function that is being called, else issue a `PhysentWarning` at once."""
    call = CALL.get()
    if call is None:
        _issue(text)
    else:
        call.doubts.append(text)


@contextmanager
def unheard() -> Iterator[list[str]]:
    """Keep the doubts that arise within from being issued; they are in the list."""
    call = Call()
    token = CALL.set(call)
    try:
        yield call.doubts
    finally:
        CALL.reset(token)


@contextmanager
def outside() -> Iterator[None]:
    """Run what the caller hands over: calls in it are checked, and their doubts told with those of the whole call."""
    part = Call()
    if (call := CALL.get()) is not None:
        part.doubts = call.doubts
    token = CALL.set(part)
    try:
        yield
    finally:
        CALL.reset(token)


def tell(call: Call) -> None:
    """One `PhysentWarning` for all doubts of a call: the first of each kind, with the number of others like it."""
    kinds: dict[str, list[str]] = {}
    for text in call.doubts:
        kinds.setdefault(text.partition(":")[0], []).append(text)
    told = [
        texts[0] if len(texts) == 1 else f"{texts[0]} ({len(texts)} times in this call)" for texts in kinds.values()
    ]
    warn("; also: ".join(told))


def _issue(text: str) -> None:
    """At the line which called into the package."""
    frame, level = currentframe(), 1
    while frame is not None and frame.f_code.co_filename.startswith(_HERE):
        frame, level = frame.f_back, level + 1
    warnings.warn(text, PhysentWarning, stacklevel=level)
