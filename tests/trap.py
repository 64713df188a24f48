"""The engine of the page on adding an engine, as a module of its own: the code of the page itself."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = (Path(__file__).parents[1] / "docs" / "adding-an-engine.md").read_text(encoding="utf-8")


def block(label: str) -> str:
    """The code block after a comment of the page."""
    (text,) = re.findall(rf"<!-- {label} -->\n\n```\w+\n(.*?)```", PAGE, re.DOTALL)
    return str(text)


exec(compile(block("the engine"), "trap.py", "exec"))  # noqa: S102 - the page is ours
