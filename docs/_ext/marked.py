"""Pieces of Markdown for the pages that are generated."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any


def code(text: str) -> str:
    """Literal text."""
    return f"`{text}`"


def plain(text: str) -> str:
    """Text, with what Markdown would take for markup made literal outside of code."""
    lines = []
    for line in text.splitlines():
        parts = [line] if line.startswith("    ") else re.split(r"(`+[^`]+`+)", line)
        kept = (
            p if p.startswith(("`", "    ")) else re.sub(r"[*<>$|\[\]]|(?<!\w)_|_(?!\w)", r"\\\g<0>", p) for p in parts
        )
        lines.append("".join(kept))
    return "\n".join(lines)


def doc(thing: Any) -> str:
    """The docstring as Markdown."""
    return plain(inspect.getdoc(thing) or "")


def rows(titles: Iterable[str], cells: Iterable[Iterable[str]]) -> Iterator[str]:
    """A table."""
    titles = list(titles)
    yield f"| {' | '.join(titles)} |"
    yield f"|{' --- |' * len(titles)}"
    for row in cells:
        shown = (re.sub(r"(?<!\\)\|", r"\|", cell) for cell in row)
        yield f"| {' | '.join(shown)} |"


def write(path: Path, text: str) -> None:
    """Write a page."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
