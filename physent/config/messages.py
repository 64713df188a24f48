"""What pydantic found wrong with a config, in the user's terms: where, what was found, what was expected."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, TypeGuard, Union, get_args, get_origin

from pydantic import Tag, ValidationError

from physent.config.yaml import Keys
from physent.declare import Problem, Section
from physent.errors import choice, expectation, found, judged, listing, nearest

DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")


def unknown(key: str, valid: Sequence[str], elsewhere: str | None = None) -> str:
    """Message about a key that a section does not have, with the nearest one that it has."""
    if elsewhere:
        return f"unknown key here; did you mean {elsewhere}?"
    if close := nearest(key, valid):
        return f"unknown key; did you mean {close}?"
    return f"unknown key; expected {listing(valid)}"


def is_section(annotation: Any) -> TypeGuard[type[Section]]:
    """Whether an annotation is a Section."""
    return isinstance(annotation, type) and issubclass(annotation, Section)


def unwrapped(annotation: Any) -> Any:
    """An annotation without its metadata."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return annotation


def members(annotation: Any) -> list[Any]:
    """Members of a union, None left out; of anything else, itself."""
    if get_origin(annotation) is Annotated and not _tag(annotation):
        return members(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [inner for part in get_args(annotation) for inner in members(part) if inner is not type(None)]
    return [annotation]


def _tag(annotation: Any) -> str | None:
    return next((str(item.tag) for item in getattr(annotation, "__metadata__", ()) if isinstance(item, Tag)), None)


def kinds(section: Any) -> tuple[str, ...]:
    """Values of `kind` by which a member of a tagged union is chosen."""
    if is_section(section) and "kind" in section.model_fields:
        annotation = unwrapped(section.model_fields["kind"].annotation)
        if get_origin(annotation) is Literal:
            return tuple(str(value) for value in get_args(annotation))
    return ()


def key_of(section: type[Section], choices: Iterable[str]) -> str | None:
    """The first key of a section that has one of ``choices`` as a value or kind; None if none has."""
    for key, field in section.model_fields.items():
        options = map(unwrapped, members(field.rebuild_annotation()))
        values = [value for one in options for value in (get_args(one) if get_origin(one) is Literal else kinds(one))]
        if not {*choices}.isdisjoint(values):
            return key
    return None


def _is_called(option: Any, label: str | int) -> bool:
    """Whether pydantic calls a member of a union ``label``: by its tag, its `kind`, or its type's name."""
    plain = unwrapped(option)
    name = getattr(plain, "__name__", None)
    return label in (_tag(option), name, *kinds(plain)) or str(label).startswith(f"{name}[")


def _inner(annotation: Any, part: str | int) -> Any:
    """Annotation of one key or item."""
    plain = unwrapped(annotation)
    if is_section(plain):
        return plain.model_fields[str(part)].rebuild_annotation() if part in plain.model_fields else None
    arguments = get_args(plain) or (None,)
    return arguments[-1] if get_origin(plain) is dict else arguments[0]


def place(model: type[Section], location: Keys) -> tuple[Keys, list[Any], list[Any]]:
    """Path of a pydantic location without union labels; what may hold its last key; what may stand there."""
    path: list[str | int] = []
    holder: list[Any] = []
    options: list[Any] = [model]
    for part in location:
        if len(options) > 1:
            labelled = next((unwrapped(option) for option in options if _is_called(option, part)), None)
            options = members(labelled)
        elif part != "[key]":
            path.append(part)
            holder, options = options, members(_inner(options[0], part))
    return tuple(path), list(map(unwrapped, holder)), list(map(unwrapped, options))


def problems_of(error: ValidationError, model: type[Section]) -> list[Problem]:
    """Every problem that pydantic found, one per path of the file.

    Of a list with wrong items only these are problems: pydantic adds that there are too few right ones, or that other
    members of a union are no lists.
    """
    gathered: dict[Keys, list[tuple[str, str]]] = {}
    translated = [(item, *_translated(item, model)) for item in error.errors(include_url=False)]
    holders = {path[:depth] for _, path, *_ in translated for depth in range(len(path))}
    for item, path, message, expected in translated:
        has_enough = item["type"] == "too_short" and len(item["input"]) >= item["ctx"]["min_length"]
        if not has_enough and not (item["type"].endswith("_type") and path in holders):
            gathered.setdefault(path, []).append((message, expected))
    return [Problem(path, _joined(several)) for path, several in gathered.items()]


def _joined(several: list[tuple[str, str]]) -> str:
    """One message from the branches of a union that all failed at the same place."""
    most = max((message for message, _ in several), key=len)
    if all(most.startswith(message) and expected for message, expected in several):
        expectations = dict.fromkeys(expected for _, expected in several)
        return f"{most}, expected {' or '.join(expectations)}"
    message, expected = several[0]
    return f"{message}, expected {expected}" if expected else message


def _translated(item: Any, model: type[Section]) -> tuple[Keys, str, str]:
    """Path, message, and what was expected (empty if the message says it)."""
    kind, value, context = item["type"], item["input"], item.get("ctx", {})
    path, holder, options = place(model, item["loc"])
    if kind == "extra_forbidden":
        key = str(path[-1])
        if key == "base":
            return path, "unknown key: files hold nats; physent.diagnostics.in_base(found, 2) converts them to bits", ""
        if key.isdigit() and value is None:  # {speed: 3,5} holds a key 5
            return path, f"a comma ends the value before {key}: decimals have a point, such as 0.{key}", ""
        if value is None and (name := key.partition(":")[0]) in _keys(holder):
            return path, f"unknown key; `{name}: ` needs a blank after the colon", ""
        return path, unknown(key, _keys(holder), _elsewhere(model, path)), ""
    if kind == "missing":
        return path, _missing(holder, str(path[-1])), ""
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        names = [name for option in options for name in kinds(option)]
        if kind == "union_tag_invalid":
            message = choice(value.get("kind"), names)
            if path[0] == "diagnostics" and not message.endswith("?"):
                message += ", or one of your own with --import FILE.py (in Python imports=[...])"
            return (*path, "kind"), message, ""
        return (*path, "kind"), f"this key is missing, expected {listing(names)}", ""
    if kind in ("model_attributes_type", "model_type") and any(map(kinds, options)):
        return path, f"found {found(value)}", _with_kind(value, options)
    if kind == "literal_error":
        names = [str(name) for option in options for name in get_args(option) if get_origin(option) is Literal]
        return path, choice(value, names), "" if names else context["expected"]
    if kind == "contradiction":
        return (*path, context["key"]), context["message"], ""
    if (expected := expectation(kind, context)) is not None:
        if kind == "float_type" and isinstance(value, str) and DECIMAL_COMMA.fullmatch(value):
            expected = f"{expected} with a decimal point, {value.replace(',', '.')}"
        if kind in ("too_short", "too_long") and value:
            return path, f"found {found(value)} of {len(value)}", expected
        return path, f"found {found(value)}", expected
    return path, judged(item["msg"], value), ""


def _with_kind(value: object, options: list[Any]) -> str:
    """What was expected instead of something that is no mapping: the kinds, and how to write the one that is named."""
    expected = f"a mapping with `kind`: {listing(name for option in options for name in kinds(option))}"
    for option in options:
        if value in kinds(option):
            required = [key for key, field in option.model_fields.items() if key != "kind" and field.is_required()]
            return f"{expected}, such as {{{', '.join([f'kind: {value}', *(f'{key}: ...' for key in required)])}}}"
    return expected


def _keys(holder: list[Any]) -> list[str]:
    return [key for section in holder if is_section(section) for key in section.model_fields]


def _missing(holder: list[Any], key: str) -> str:
    fields = [section.model_fields.get(key) for section in holder if is_section(section)]
    meanings = [field.description for field in fields if field is not None]
    return f"this key is missing ({meanings[0]})" if meanings and meanings[0] else "this key is missing"


def _elsewhere(model: type[Section], path: Keys) -> str | None:
    """Where the last key of ``path`` is valid, if only one other top-level section has it.

    A section that is chosen by its `kind` is no such place: the kind that has the key may not be the one chosen.
    """
    key = str(path[-1])
    places = [
        name
        for name, field in model.model_fields.items()
        for section in members(field.rebuild_annotation())
        if (name,) != path[:-1] and is_section(section) and not kinds(section) and key in section.model_fields
    ]
    return f"{places[0]}.{key}" if len(set(places)) == 1 else None
