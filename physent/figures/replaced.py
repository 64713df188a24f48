"""Our pictures carry a mark, and without ``overwrite`` only pictures with it are replaced."""

from __future__ import annotations

import os
from pathlib import Path

from physent.errors import UsageError, reason
from physent.version import VERSION

MARK = f"made by physent {VERSION}"
KNOWN = b"made by physent "
HEAD, TAIL = 1 << 16, 1 << 18  # bytes at either end that are searched for the mark
FIELDS = {".png": "Software", ".svg": "Creator", ".pdf": "Creator", ".ps": "Creator", ".eps": "Creator"}


def metadata(output: Path) -> dict[str, str] | None:
    """Metadata for `savefig`, which hold the mark; None for kinds of files that take none."""
    field = FIELDS.get(output.suffix.lower())
    return {field: MARK} if field else None


def refuse_others(output: Path, overwrite: bool) -> None:
    """Raise UsageError if a file that is not such a picture would be replaced without being asked to."""
    try:
        if not output.exists():
            return
    except OSError as error:  # a folder on the way that may not be entered, a name that is too long
        raise UsageError(f"{output}: cannot be written: {reason(error)}") from None
    if not output.is_file():
        raise UsageError(f"{output} is not a regular file, expected the name of a picture")
    if not overwrite and not _is_ours(output):
        raise UsageError(
            f"{output} exists and was not made by physent: give --overwrite (overwrite=True) to replace it"
        )


def _is_ours(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
            file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
            return KNOWN in head or KNOWN in file.read()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {reason(error)}") from None
