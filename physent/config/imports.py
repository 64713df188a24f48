"""Modules of the user's own that add kinds of diagnostics: executed when the caller names them, never by a config.

A module is kept as text with its hash, so that a file can hold it and workers of a sweep can execute the same.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from physent.errors import PhysentError, UsageError, described, reason

PREFIX = "physent_own_"


@dataclass(frozen=True)
class Own:
    """The text of a module, under the stem of its file."""

    stem: str
    text: str

    @property
    def sha256(self) -> str:
        """Hex digest of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


_LOADED: dict[str, Own] = {}  # by name of the module


def load_files(paths: Iterable[str | os.PathLike[str]]) -> None:
    """Execute Python files, each once as long as its text stays; UsageError if one cannot be read or fails."""
    for path in map(Path, [paths] if isinstance(paths, str | os.PathLike) else paths):
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}: cannot be imported: {reason(error)}") from None
        load(Own(path.stem, text), str(path))


def load(own: Own, shown: str | None = None) -> None:
    """Execute one module, unless the same text is loaded."""
    name = PREFIX + own.stem
    if _LOADED.get(name) == own:
        return
    shown = shown or f"{own.stem}.py"
    module = ModuleType(name)
    module.__file__ = shown
    before = sys.modules.get(name)
    sys.modules[name] = module
    try:
        exec(compile(own.text, shown, "exec"), vars(module))  # noqa: S102 - the caller asked for it
    except Exception as error:
        if before is None:
            del sys.modules[name]
        else:
            sys.modules[name] = before
        why = str(error) if isinstance(error, PhysentError) else described(error)
        raise UsageError(f"{shown}: cannot be imported: {why}") from error
    _LOADED[name] = own


def used_by(config: Any) -> list[Own]:
    """The modules from which the diagnostics of a config come, in order of name."""
    names = {type(one).__module__ for one in config.diagnostics}
    return [_LOADED[name] for name in sorted(names & _LOADED.keys())]


def attributes(config: Any) -> dict[str, str]:
    """Attribute of a file with the modules that its diagnostics come from: JSON of name, hash and text."""
    found = [{"file": f"{own.stem}.py", "sha256": own.sha256, "text": own.text} for own in used_by(config)]
    return {"imports": json.dumps(found)} if found else {}


def packed(config: Any) -> list[list[str]]:
    """The same for a worker, which calls `unpack`."""
    return [[own.stem, own.text] for own in used_by(config)]


def unpack(modules: Sequence[Sequence[str]]) -> None:
    """Execute what `packed` gave in another process."""
    for stem, text in modules:
        load(Own(stem, text))
