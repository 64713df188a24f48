"""Dotted paths into plain data, such as ``initial.solitons.0.amplitude``."""

from __future__ import annotations

import re
from typing import Any

from physent.config.yaml import Keys
from physent.errors import one_line

_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")


class PathError(ValueError):
    """A path that does not exist; the message says why."""


def split(path: str) -> Keys:
    """Keys of a dotted path; after ``sweep.`` the rest is one key, because a sweep's keys are paths."""
    if path.startswith("sweep."):
        return ("sweep", path.removeprefix("sweep."))
    return tuple(int(part) if _INDEX.fullmatch(part) else part for part in path.split("."))


def dotted(path: Keys) -> str:
    """A path in dotted form, on one line."""
    return one_line(".".join(str(part) for part in path))


def put(data: Any, path: Keys, value: Any) -> Any:
    """Copy of ``data`` with ``value`` at ``path``; missing mappings along the path are created.

    Raises PathError if a list has no such item, or if a scalar is in the way.
    """
    if not path:
        return value
    key, rest = path[0], path[1:]
    if isinstance(data, list):
        if not isinstance(key, int) or key >= len(data):
            raise PathError(f"found a list of {len(data)}, which has no item {key}")
        return [put(item, rest, value) if index == key else item for index, item in enumerate(data)]
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise PathError(f"found {data!r:.40}, which has no key {key}")
    return {**data, str(key): put(data.get(str(key)), rest, value)}
