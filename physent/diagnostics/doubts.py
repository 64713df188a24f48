"""What is legal but doubtful: warnings of one class, so that a program can collect them for screen and file."""

from __future__ import annotations

import warnings

from physent.errors import PhysentWarning

ENOUGH = 10
"""Counts an occupied cell, below which the bias of a plug-in value cannot be told from the counts themselves."""


def warn(text: str) -> None:
    """Issue a `PhysentWarning` that points at the caller of the public function, two calls up."""
    warnings.warn(text, PhysentWarning, stacklevel=4)
