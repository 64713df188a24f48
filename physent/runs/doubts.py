"""Legal but doubtful data of one's own: angles for places, names of which one may be misspelt."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

ANGLE = re.compile(r"(^|[^a-z])(lon|long|lng|longitude|lat|latitude)([^a-z]|$)", re.IGNORECASE)


def of_components(name: str, parts: Sequence[Any], units: str | None) -> Iterator[str]:
    """Components (DataArrays) of one vector that are angles, or in several units; none if the plan gives ``units``."""
    if units is not None or len(parts) < 2:
        return
    known = {str(part.name): str(part.attrs["units"]) for part in parts if "units" in part.attrs}
    angles = [
        str(part.name)
        for part in parts
        if ANGLE.search(str(part.name)) or known.get(str(part.name), "").startswith("degree")
    ]
    if angles:
        yield (
            f"data.{name}: {' and '.join(angles)} are taken as lengths, but look like degrees: project them, so that "
            "all components have one unit of length (and say which: `units: m`)"
        )
    elif len(set(known.values())) > 1:
        told = ", ".join(f"{one} in {unit}" for one, unit in known.items())
        yield f"data.{name}: {told}: expected one unit for all components"


def of_names(names: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Names along a dimension that differ only in upper and lower case, or in blanks."""
    for dim, given in names.items():
        seen: dict[str, str] = {}
        for one in given:
            other = seen.setdefault("".join(one.split()).casefold(), one)
            if other != one:
                yield f"{dim}: {other!r} and {one!r} differ only in case or blanks, and count as two"
