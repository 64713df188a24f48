"""What is legal but doubtful: warnings of one class, so that a program can collect them for screen and file."""

from __future__ import annotations

import warnings

from physent.errors import PhysentWarning


def warn(text: str) -> None:
    """Issue a `PhysentWarning` that points at the caller of the public function, two calls up."""
    warnings.warn(text, PhysentWarning, stacklevel=4)
