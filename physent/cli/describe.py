"""What `physent show NAME` says of an engine, a diagnostic, a key, a kind or a value of a key, a space, a function.

An entry is (depth, label, text). Everything is read from the models that check configs.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from physent import engines
from physent.config.bundled import bundled_configs, nearest_config
from physent.config.load import load_config
from physent.config.messages import is_section, kinds, members, unwrapped
from physent.config.model import RunConfig, initial_kinds, parameters_of
from physent.config.own_data import OwnData
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
    yield from _inside(sections_at(field.annotation), depth + 1)


def _inside(sections: Iterable[type[Section]], depth: int) -> Iterator[Entry]:
    for section in sections:
        if tags := kinds(section):
            yield depth, f"kind: {' | '.join(tags)}", first_line(section)
            yield from keys(section, depth + 1)
        else:
            yield from keys(section, depth)


def sections_at(annotation: Any) -> Iterator[type[Section]]:
    """The sections that may stand at a key, or in a list at it."""
    for option in map(unwrapped, members(annotation)):
        if is_section(option):
            yield option
        else:
            for inner in getattr(option, "__args__", ()):
                yield from sections_at(inner) if inner is not Ellipsis else ()


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

    A dotted path leads to one place: ``nlse.potential``, ``nlse.initial.solitons``. A name that is none of these may be
    a value that a key takes, an outcome space, or a function of `physent.diagnostics`.
    """
    if name in engines.TABLE:
        return list(engine(name))
    if name in KINDS:
        return list(diagnostic(name))
    places = list(_places())
    exact = [(path, inside) for path, inside in places if path == name or path.endswith(f".{name}")]
    loose = [(path, inside) for path, inside in places if _leads(name.split("."), path.split("."))]
    values = [(path, inside[:1]) for path, inside in places if _takes(inside[0][2], name)]
    found: list[Entry] = []
    for path, ((depth, _, text), *rest) in exact or loose or values:
        found.append((0, path, text))
        found += [(level - depth, inner, what) for level, inner, what in rest]
    return [*found, *(_library(name) if not exact else [])] or None


def _leads(parts: list[str], path: list[str]) -> bool:
    """Whether a path ends where the parts do, and has them in this order: ``initial.path`` without the kind."""
    rest = iter(path)
    return len(parts) > 1 and parts[-1] == path[-1] and all(part in rest for part in parts)


def _takes(text: str, name: str) -> bool:
    """Whether a key has this value among its choices, which its text lists in brackets."""
    kinds_of = text.rpartition("(")[2].partition(";")[0].removesuffix(")")
    return name in kinds_of.split(" or ")


def _library(name: str) -> list[Entry]:
    """An outcome space by the name that configs use, or a function of Python."""
    from physent import diagnostics
    from physent.diagnostics.spaces import SPACES

    if name in SPACES:
        section = SPACES[name]
        keys_of = ", ".join(one.name for one in fields(section)) if is_dataclass(section) else ""
        text = (inspect.getdoc(section) or "").partition("\n")[0]
        return [(0, name, f"an outcome space, {{{name}: {{{keys_of}}}}}: {text}".rstrip(": "))]
    one = getattr(diagnostics, name) if name in diagnostics.__all__ else None
    if inspect.isfunction(one) or inspect.isclass(one):
        text = (inspect.getdoc(one) or "").partition("\n")[0]
        called = f"physent.diagnostics.{name}({', '.join(inspect.signature(one).parameters)})"
        return [(0, name, text), (1, "in Python", called)]
    return []


def refuse_unknown(name: str) -> None:
    """Raise UsageError for a plain word that is close to a name above but names no file and no config."""
    if "/" in name or "." in name or Path(name).exists() or nearest_config(name):
        return
    from physent import diagnostics
    from physent.diagnostics.spaces import SPACES

    known = [*engines.TABLE, *KINDS, *SPACES, *diagnostics.__all__]
    known += [path.rpartition(".")[2] for path, _ in _places()]
    if close := nearest(name, known):
        raise UsageError(f"show: found nothing of the name {name!r}; did you mean {close}?")


def _common() -> list[Entry]:
    """What configs of all engines share, and what plans for data of one's own have."""
    own = ("parameters", "initial", "schedule")
    shared = [key(name, field, 1) for name, field in RunConfig.model_fields.items() if name not in own]
    plan = [key(name, field, 1) for name, field in OwnData.model_fields.items() if name != "diagnostics"]
    run, data = ([entry for entries in some for entry in entries] for some in (shared, plan))
    return [(0, "run", ""), *run, (0, "plan", ""), *data]


def _places() -> Iterator[tuple[str, list[Entry]]]:
    """The path of every key and kind of every engine, with its entry and those inside it."""
    measured = [list(diagnostic(kind)) for kind in KINDS]
    for entries in (_common(), *(list(engine(name)) for name in engines.TABLE), *measured):
        path: list[str] = []
        for index, (depth, label, _) in enumerate(entries):
            path[depth:] = [label.removeprefix("kind: ").rstrip(":")]
            if depth < 1:
                continue
            stop = next((i for i in range(index + 1, len(entries)) if entries[i][0] <= depth), len(entries))
            yield ".".join(path), entries[index:stop]
