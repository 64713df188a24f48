"""Warnings of what is legal but doubtful, of one class, so that a program can collect them for screen and file."""

from __future__ import annotations

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

_HERE = str(Path(__file__).parent)


class Call:
    """What is to be said of one call of a public function: its doubts, and the attributes of a labelled result."""

    __slots__ = ("attrs", "doubts")

    def __init__(self) -> None:
        self.doubts: list[str] = []
        self.attrs: dict[str, Any] = {}


CALL: ContextVar[Call | None] = ContextVar("CALL", default=None)


def warn(text: str) -> None:
    """Doubt the result of the public function that is being called, else issue a `PhysentWarning` at once."""
    call = CALL.get()
    if call is None:
        _issue(text)
    else:
        call.doubts.append(text)


@contextmanager
def unheard() -> Iterator[None]:
    """Suppress the doubts that arise within."""
    token = CALL.set(Call())
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
    """At the line which called into `physent.diagnostics`."""
    frame, level = currentframe(), 1
    while frame is not None and frame.f_code.co_filename.startswith(_HERE):
        frame, level = frame.f_back, level + 1
    warnings.warn(text, PhysentWarning, stacklevel=level)
