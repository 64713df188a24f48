"""What there is to run, with one line on each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from physent import engines
from physent.diagnostics.kinds import KINDS
from physent.resources import bundled_configs, folder


def _engines() -> Iterator[tuple[str, str]]:
    for name in engines.TABLE:
        yield name, engines.get(name).title


def _first_comment(path: Path) -> str:
    """First comment line of a YAML file that is not the editor's schema line."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") and "yaml-language-server" not in line:
            return line.lstrip("# ").rstrip()
    return ""


def _configs() -> Iterator[tuple[str, str]]:
    for name, path in bundled_configs().items():
        yield name, _first_comment(path)


def _diagnostics() -> Iterator[tuple[str, str]]:
    for kind, section in KINDS.items():
        yield kind, (section.__doc__ or "").splitlines()[0]


def _validation() -> Iterator[tuple[str, str]]:
    for check in sorted(folder("validation").glob("*/check.py")):
        text = check.read_text(encoding="utf-8").lstrip('"\n')
        yield check.parent.name, text.splitlines()[0].rstrip('"')


SECTIONS: dict[str, Callable[[], Iterator[tuple[str, str]]]] = {
    "engines": _engines,
    "configs": _configs,
    "diagnostics": _diagnostics,
    "validation": _validation,
}
