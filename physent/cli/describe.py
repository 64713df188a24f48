"""What `physent show NAME` says of an engine, of a diagnostic, or of a key or kind inside an engine's sections.

An entry is (depth, label, text). Everything is read from the models that check configs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from physent import engines
from physent.config.bundled import bundled_configs, nearest_config
from physent.config.load import load_config
from physent.config.messages import is_section, kinds, members, unwrapped
from physent.config.model import RunConfig, initial_kinds, parameters_of
from physent.config.words import default_of, type_of_field
from physent.declare import DrawSchedule, Section
from physent.diagnostics.run.kinds import KINDS
from physent.errors import UsageError, nearest

Entry = tuple[int, str, str]


def first_line(section: type[Section]) -> str:
    """The first line of a section's docstring, else what its `kind` means."""
    return (section.__doc__ or section.model_fields["kind"].description or "").partition("\n")[0]


def keys(section: type[Section], depth: int = 0) -> Iterator[Entry]:
    """The keys of a section with meaning, type and default, each followed by what may stand inside it."""
    for name, field in section.model_fields.items():
        if name != "kind":
            yield from key(name, field, depth)


def key(name: str, field: FieldInfo, depth: int = 0) -> Iterator[Entry]:
    """One key, and what may stand inside it."""
    default = default_of(field)
    told = "required" if default is None else f"default {default}"
    yield depth, name, f"{field.description or ''} ({type_of_field(field)}; {told})".lstrip()
    yield from _inside(_sections(field.annotation), depth + 1)


def _inside(sections: Iterable[type[Section]], depth: int) -> Iterator[Entry]:
    for section in sections:
        if tags := kinds(section):
            yield depth, f"kind: {' | '.join(tags)}", first_line(section)
            yield from keys(section, depth + 1)
        else:
            yield from keys(section, depth)


def _sections(annotation: Any) -> Iterator[type[Section]]:
    """The sections that may stand at a key, or in a list at it."""
    for option in map(unwrapped, members(annotation)):
        if is_section(option):
            yield option
        else:
            for inner in getattr(option, "__args__", ()):
                yield from _sections(inner) if inner is not Ellipsis else ()


def engine(name: str) -> Iterator[Entry]:
    """An engine with everything that it adds to a config."""
    model = engines.get(name)
    yield 0, name, model.title
    yield 1, "parameters:", ""
    yield from keys(parameters_of(model), 2)
    yield 1, "initial:", ""
    yield from _inside(initial_kinds(model), 2)
    yield 1, "schedule:", ""
    yield from keys(model.Schedule, 2)
    if model.Schedule is not DrawSchedule:
        yield 1, "protocol:", f"cannot set {', '.join(sorted(model.fixed)) or 'nothing else'}"
        if model.actions:
            yield 2, "do", f"action of the engine ({' or '.join(sorted(model.actions))})"
    example = next((config for config in bundled_configs() if config.startswith(f"{name}/")), None)
    if example:
        config = load_config(example)
        yield 1, "variables:", f"as in {example}"
        for variable in model.variables(config):
            dims = ", ".join([model.Schedule.clock.name, *variable.dims])
            yield 2, variable.name, f"{variable.long_name} ({dims}{'; field' if variable.is_field else ''})"


def diagnostic(kind: str) -> Iterator[Entry]:
    """A kind of diagnostic with its options."""
    yield 0, kind, first_line(KINDS[kind])
    yield from keys(KINDS[kind], 1)


def named(name: str) -> list[Entry] | None:
    """What there is of this name: an engine, a diagnostic, or every key and kind inside the engines; else None.

    A dotted path leads to one place: ``nlse.potential``, ``nlse.initial.solitons``.
    """
    if name in engines.TABLE:
        return list(engine(name))
    if name in KINDS:
        return list(diagnostic(name))
    found: list[Entry] = []
    for path, entries in _places():
        if path == name or path.endswith(f".{name}") or _short(path) == name:
            (depth, _, text), *rest = entries
            found.append((0, path, text))
            found += [(level - depth, inner, what) for level, inner, what in rest]
    return found or None


def refuse_unknown(name: str) -> None:
    """Raise UsageError for a plain word that is close to a name above but names no file and no config."""
    if "/" in name or "." in name or Path(name).exists() or nearest_config(name):
        return
    known = [*engines.TABLE, *KINDS, *(path.rpartition(".")[2] for path, _ in _places())]
    if close := nearest(name, known):
        raise UsageError(f"show: found nothing of the name {name!r}; did you mean {close}?")


def _short(path: str) -> str:
    """``nlse.parameters.potential`` without ``parameters``, as a protocol and a sweep would name it."""
    return path.replace(".parameters.", ".", 1)


def _common() -> list[Entry]:
    """What configs of all engines share."""
    shared = [key(name, RunConfig.model_fields[name], 1) for name in ("protocol", "output", "checkpoint")]
    return [(0, "run", ""), *(entry for entries in shared for entry in entries)]


def _places() -> Iterator[tuple[str, list[Entry]]]:
    """The path of every key and kind of every engine, with its entry and those inside it."""
    for entries in (_common(), *(list(engine(name)) for name in engines.TABLE)):
        path: list[str] = []
        for index, (depth, label, _) in enumerate(entries):
            path[depth:] = [label.removeprefix("kind: ").rstrip(":")]
            if depth < 1:
                continue
            stop = next((i for i in range(index + 1, len(entries)) if entries[i][0] <= depth), len(entries))
            yield ".".join(path), entries[index:stop]
