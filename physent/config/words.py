"""Types, bounds and defaults of the keys of a config in words, for `physent show` and the documentation."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from physent.config.messages import is_section, kinds
from physent.declare import Section

BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
MANY = {"integer": "integers", "number": "numbers", "section": "sections"}
OUT_OF_SIGHT = 1e70  # a bound that only keeps squares finite
WORDS = {int: "integer", float: "number", str: "text", bool: "true or false", type(None): "null"}


def type_of(annotation: Any, code: Callable[[str], str] = str) -> str:
    """An annotation in words; ``code`` marks what is written literally."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return type_of(arguments[0], code) + bounds(arguments[1:])
    if origin is Literal:
        return " or ".join(code(str(value)) for value in arguments)
    if origin in (Union, UnionType):
        inner = sorted(arguments, key=lambda one: one is type(None))
        return " or ".join(dict.fromkeys(type_of(one, code) for one in inner))
    if origin is tuple:
        item = type_of(arguments[0], code)
        return "list" if arguments[0] is Any else f"list of {MANY.get(item, item)}"
    if origin is dict:
        return "mapping"
    if is_section(annotation):
        return "section" + (f" {tag}" if (tag := " or ".join(map(code, kinds(annotation)))) else "")
    return "of the engine" if annotation is Any else WORDS.get(annotation, "any value")


def bounds(metadata: tuple[Any, ...]) -> str:
    """The bounds that metadata of an annotation set; powers of two as such."""
    shown = []
    for item in metadata:
        for part in item.metadata if isinstance(item, FieldInfo) else (item,):
            shown += [
                f"{sign} {_number(getattr(part, name))}"
                for name, sign in BOUNDS.items()
                if isinstance(getattr(part, name, None), int | float) and abs(getattr(part, name)) < OUT_OF_SIGHT
            ]
    return f" {', '.join(shown)}" if shown else ""


def _number(value: float) -> str:
    power = int(value).bit_length() - 1
    return f"2^{power}" if power > 15 and value == 1 << power else f"{value:.6g}"


def type_of_field(field: FieldInfo, code: Callable[[str], str] = str) -> str:
    """The type of a key, with its bounds."""
    return type_of(field.annotation, code) + bounds(tuple(field.metadata))


def default_of(field: FieldInfo) -> str | None:
    """The default of a key as YAML; None if the key is required."""
    if field.is_required():
        return None
    value = field.default if field.default is not PydanticUndefined else None
    if isinstance(value, Section):
        value = value.model_dump(mode="json")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
