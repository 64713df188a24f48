"""Warnings of what is legal but doubtful, of one class, so that a program can collect them for screen and file."""

from __future__ import annotations

import warnings
from inspect import currentframe
from pathlib import Path

from physent.errors import PhysentWarning

ENOUGH = 10
"""Counts per occupied cell, below which the bias of a plug-in value cannot be told from the counts themselves."""

_HERE = str(Path(__file__).parent)


def warn(text: str) -> None:
    """Issue a `PhysentWarning` that points at the line which called into `physent.diagnostics`."""
    frame, level = currentframe(), 1
    while frame is not None and frame.f_code.co_filename.startswith(_HERE):
        frame, level = frame.f_back, level + 1
    warnings.warn(text, PhysentWarning, stacklevel=level)
