"""What there is to run, one line each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

from physent import engines, host
from physent.cli.describe import first_line
from physent.config.bundled import bundled_configs, folder
from physent.config.model import initial_kinds, parameters_of
from physent.config.words import default_of
from physent.core.cuda import device
from physent.declare import Section
from physent.diagnostics.run.kinds import KINDS


def _engines() -> Iterator[tuple[str, str]]:
    for name in engines.TABLE:
        yield from _engine_options(name)


def _engine_options(name: str) -> Iterator[tuple[str, str]]:
    """An engine with its parameters and its initial states."""
    engine = engines.get(name)
    yield name, engine.title
    yield from _options(parameters_of(engine))
    for section in initial_kinds(engine):
        keys = [key for key in section.model_fields if key != "kind"]
        (kind,) = get_args(section.model_fields["kind"].annotation)
        more = f" ({', '.join(keys)})" if keys else ""
        yield f"  initial: {kind}", first_line(section) + more


def _first_comment(path: Path) -> str:
    """First comment line of a YAML file that is not the editor's schema line."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") and "yaml-language-server" not in line:
            return line.lstrip("# ").rstrip()
    return ""


def _configs() -> Iterator[tuple[str, str]]:
    for name, path in bundled_configs().items():
        yield name, _first_comment(path)


def _options(kind: type[Section]) -> Iterator[tuple[str, str]]:
    """The keys of a section with their defaults."""
    for key, field in kind.model_fields.items():
        if key != "kind":
            default = default_of(field)
            yield f"  {key}", f"{field.description}{'' if default is None else f' (default {default})'}"


def _diagnostics() -> Iterator[tuple[str, str]]:
    for kind, section in KINDS.items():
        yield kind, first_line(section)
        yield from _options(section)


def _devices() -> Iterator[tuple[str, str]]:
    yield "cpu", f"{host.facts()['cpu']}, {host.processors()} processors"
    trouble = device.trouble()
    yield "cuda", trouble or f"{device.name()}, {device.free_bytes() / 1e9:.3g} GB free"


def _validation() -> Iterator[tuple[str, str]]:
    for check in sorted(folder("validation").glob("*/check.py")):
        text = check.read_text(encoding="utf-8").lstrip('"\n')
        yield check.parent.name, text.splitlines()[0].rstrip('"')


SECTIONS: dict[str, Callable[[], Iterator[tuple[str, str]]]] = {
    "engines": _engines,
    "configs": _configs,
    "diagnostics": _diagnostics,
    "validation": _validation,
    "devices": _devices,
}
