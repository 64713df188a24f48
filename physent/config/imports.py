"""Modules of the user's own that add kinds, spaces, potentials: executed when the caller names them, never by a config.

A module is kept as text with its hash, so that a file can hold it and workers of a sweep can execute the same.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from physent.declare import Section
from physent.diagnostics.run.plan import Misdeclared
from physent.errors import PhysentError, UsageError, described, reason

PREFIX = "physent_own_"
ATTRIBUTE = "imports"


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
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == shown]
        where = f"{shown}:{lines[-1]}" if lines else shown
        raise UsageError(f"{where}: cannot be imported: {why}") from error
    _LOADED[name] = own


def blamed(error: BaseException) -> str | None:
    """An error of a module of the user's own on one line, with its last line there; None for any other error."""
    if isinstance(error, Misdeclared) and _LOADED:
        return str(error)
    files = {sys.modules[name].__file__ for name in _LOADED}
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in files]
    return f"{frames[-1].filename}:{frames[-1].lineno}: in {frames[-1].name}: {described(error)}" if frames else None


def used_by(config: Any) -> list[Own]:
    """The modules from which sections of a config, or of several, come, in order of name."""
    names = set(_origins(config))
    return [_LOADED[name] for name in sorted(names & _LOADED.keys())]


def _origins(value: Any) -> Iterator[str]:
    """Names of the modules of all sections and spaces in a value."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from _origins(item)
    elif isinstance(value, dict):
        spaces = sys.modules.get("physent.diagnostics.spaces")  # if it is not imported, no space is the user's own
        yield from (spaces.SPACES[key].__module__ for key in value if spaces and key in spaces.SPACES)
        yield from _origins(list(value.values()))
    elif isinstance(value, Section):
        yield type(value).__module__
        yield from _origins([getattr(value, name) for name in type(value).model_fields])


def attributes(config: Any) -> dict[str, str]:
    """Attribute of a file with the modules that its config needs: JSON of name, hash and text."""
    found = [{"file": f"{own.stem}.py", "sha256": own.sha256, "text": own.text} for own in used_by(config)]
    return {ATTRIBUTE: json.dumps(found)} if found else {}


def require(label: object, stored: Mapping[str, Any], *, same: bool = True) -> None:
    """Refuse a file whose modules are not loaded or, unless it is only read, have another text: UsageError."""
    for one in _listed(stored.get(ATTRIBUTE)):
        file, loaded = one["file"], _LOADED.get(PREFIX + one["file"].removesuffix(".py"))
        if loaded is None:
            raise UsageError(
                f"{label} was written with --import {file}, expected the same here (in Python imports=[...]); its text "
                f"is in the attribute `{ATTRIBUTE}`"
            )
        if same and loaded.sha256 != one["sha256"]:
            raise UsageError(
                f"{file} has changed since {label} was written: its sha256 is {loaded.sha256[:12]}..., expected "
                f"{one['sha256'][:12]}...; the text that was used is in the attribute `{ATTRIBUTE}`"
            )


def _listed(text: object) -> list[dict[str, str]]:
    """What `attributes` stored; nothing for what is no such text."""
    try:
        found = json.loads(text) if isinstance(text, str) else []
    except ValueError:
        return []
    keys = {"file", "sha256", "text"}
    return [one for one in found if isinstance(one, dict) and one.keys() >= keys] if isinstance(found, list) else []


def packed(config: Any) -> list[list[str]]:
    """The same for a worker, which calls `unpack`."""
    return [[own.stem, own.text] for own in used_by(config)]


def unpack(modules: Sequence[Sequence[str]]) -> None:
    """Execute what `packed` gave in another process."""
    for stem, text in modules:
        load(Own(stem, text))
