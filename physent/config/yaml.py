"""YAML 1.2 text to plain data, with the line of every key and list item.

Scalars follow the core schema (YAML 1.2.2, https://yaml.org/spec/1.2.2/#103-core-schema): ``1e-3`` is a
number, ``no`` and dates are text. Keys are text as written. No tag but ``!!str`` is accepted: nothing is ever
evaluated.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any, Self

from ruamel.yaml import YAML
from ruamel.yaml import events as ev
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.representer import SafeRepresenter

from physent.errors import ConfigError

Keys = tuple[str | int, ...]

BYTES_LIMIT = 1 << 20
NODES_LIMIT = 20_000  # nodes with every alias expanded
DEPTH_LIMIT = 50

_NULL = re.compile(r"(~|null|Null|NULL)?")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INF = re.compile(r"([-+]?)\.(inf|Inf|INF)")
_NAN = re.compile(r"\.(nan|NaN|NAN)")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
_SURROGATE = re.compile("[\ud800-\udfff]")
DIGITS_LIMIT = 308  # an integer of more digits may exceed every float64


class NotPlain(ValueError):
    """A scalar or a node that this reader refuses; the message says why."""


@dataclass(frozen=True)
class Fault:
    """Something wrong in the text at a known line that still lets the rest be read."""

    line: int
    path: Keys
    message: str


@dataclass(frozen=True)
class Document:
    """Plain data (dict, list, str, int, float, bool, None) and where each part of it was written."""

    name: str
    data: dict[str, Any]
    lines: Mapping[Keys, int] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    def line(self, path: Keys) -> int | None:
        """Line of ``path``, or of the closest thing around it that was written."""
        for length in range(len(path), -1, -1):
            if (line := self.lines.get(path[:length])) is not None:
                return line
        return None


class Overflow(float):
    """An infinity that was written as a number, and remembers how."""

    text: str

    def __new__(cls, text: str) -> Self:
        """Infinity with the sign of ``text``."""
        self = super().__new__(cls, text)
        self.text = text
        return self

    def __repr__(self) -> str:
        """The number as it was written."""
        return self.text


def scalar(text: str) -> Any:
    """Value of a plain (unquoted) scalar by the core schema."""
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text[0] in "tT"
    if _INT.fullmatch(text):
        if len(text) > DIGITS_LIMIT:
            raise NotPlain(f"found an integer of {len(text)} digits, expected at most {DIGITS_LIMIT}")
        return int(text)
    if _BASED.fullmatch(text):
        return int(text[2:], 8 if text[1] == "o" else 16)
    if _FLOAT.fullmatch(text):
        value = float(text)
        return value if math.isfinite(value) else Overflow(text)
    if found := _INF.fullmatch(text):
        return float(found[1] + "inf")
    return float("nan") if _NAN.fullmatch(text) else text


class _Builder:
    """Recursive descent over the parser's events."""

    def __init__(self, events: Iterator[Any]) -> None:
        self.events = events
        self.lines: dict[Keys, int] = {}
        self.faults: list[Fault] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.nodes = 0

    def value(self, event: Any, path: Keys) -> Any:
        line = event.start_mark.line + 1
        self.lines.setdefault(path, line)
        self.nodes += 1
        before = self.nodes
        if isinstance(event, ev.AliasEvent):
            if event.anchor not in self.anchors:
                raise _at(line, f"alias *{event.anchor} refers to nothing before it")
            result, size = self.anchors[event.anchor]
            self.nodes += size
        elif isinstance(event, ev.ScalarEvent):
            result = self.scalar(event, path, line)
        elif len(path) >= DEPTH_LIMIT:
            raise _at(line, f"nested more than {DEPTH_LIMIT} levels deep")
        else:
            self.refuse_tag(event, path, line)
            result = self.mapping(path) if isinstance(event, ev.MappingStartEvent) else self.sequence(path)
        if self.nodes > NODES_LIMIT:
            raise _at(line, f"more than {NODES_LIMIT} values once aliases are expanded")
        if event.anchor is not None and not isinstance(event, ev.AliasEvent):
            self.anchors[event.anchor] = result, self.nodes - before
        return result

    def refuse_tag(self, event: Any, path: Keys, line: int) -> None:
        if event.tag not in (None, "!", "tag:yaml.org,2002:str"):
            tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
            self.faults.append(Fault(line, path, f"tag {tag} is not supported, expected plain data"))

    def scalar(self, event: Any, path: Keys, line: int) -> Any:
        self.refuse_tag(event, path, line)
        text: str = event.value
        if _SURROGATE.search(text):
            self.faults.append(Fault(line, path, f"found {ascii(text)[:60]}, which is no Unicode text"))
            return ""
        if event.style is not None or event.tag is not None:
            return text
        try:
            return scalar(text)
        except NotPlain as problem:
            self.faults.append(Fault(line, path, str(problem)))
            return 0

    def mapping(self, path: Keys) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while not isinstance(event := next(self.events), ev.MappingEndEvent):
            line = event.start_mark.line + 1
            if not isinstance(event, ev.ScalarEvent):
                raise _at(line, "a key is a list, a mapping or an alias, expected text")
            key: str = event.value
            here = (*path, key)
            if key in result:
                message = f"duplicate key, first given at line {self.lines[here]}"
                self.faults.append(Fault(line, here, message))
                self.skip(here)
                continue
            if key == "<<" and event.style is None:
                self.faults.append(Fault(line, here, "merge keys are not part of YAML 1.2; write the keys out"))
                self.skip(here)
                continue
            self.lines[here] = line
            result[key] = self.value(next(self.events), here)
        return result

    def skip(self, path: Keys) -> None:
        """Read a value that will not be used."""
        lines, self.lines = self.lines, {}
        self.value(next(self.events), path)
        self.lines = lines

    def sequence(self, path: Keys) -> list[Any]:
        result: list[Any] = []
        while not isinstance(event := next(self.events), ev.SequenceEndEvent):
            result.append(self.value(event, (*path, len(result))))
        return result


class _SyntaxFault(Exception):
    """The text cannot be read on."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def _at(line: int, message: str) -> _SyntaxFault:
    return _SyntaxFault(line, message)


def _build(text: str) -> tuple[Any, _Builder]:
    """Data of the only document in ``text`` (None where there is none)."""
    try:
        builder = _Builder(iter(YAML(typ="safe", pure=True).parse(text)))
        data = None
        documents = 0
        for event in builder.events:
            if isinstance(event, ev.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _at(event.start_mark.line + 1, "a second document begins here, expected one")
            elif isinstance(event, ev.NodeEvent):
                data = builder.value(event, ())
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = 1 + (mark.line if mark is not None else 0)
        raise _at(line, _readable(error)) from error
    except YAMLError as error:
        position = getattr(error, "position", None)
        line = 1 + text.count("\n", 0, position) if isinstance(position, int) else 1
        raise _at(line, f"not YAML text: {_one_line(error)}") from error
    return data, builder


def _one_line(error: object) -> str:
    return " ".join(str(error).split())


def _readable(error: MarkedYAMLError) -> str:
    problem = _one_line(error.problem or error)
    if "'\\t'" in problem:
        return "not YAML: found a tab, expected spaces for indentation"
    if problem == "mapping values are not allowed here":
        return "not YAML: a second `:` on one line, or a line that is indented too far"
    context = f" ({_one_line(error.context)})" if error.context else ""
    return f"not YAML: {problem}{context}"


def parse(text: str, name: str, begins: str = "engine: NAME") -> Document:
    """Read the text of a file whose top level is a mapping.

    Raises ConfigError, one line ``name:line: message``, where the text is no YAML or no mapping. What can be
    passed over (a duplicate key, a tag) is left in ``faults``.
    """
    try:
        data, builder = _build(text)
    except _SyntaxFault as fault:
        raise ConfigError([f"{name}:{fault.line}: {fault}"]) from fault
    if data is None:
        raise ConfigError([f"{name}:1: the file is empty, expected a mapping that begins with `{begins}`"])
    if not isinstance(data, dict):
        kind = "a list" if isinstance(data, list) else f"{str(data)[:40]!r}"
        raise ConfigError([f"{name}:{builder.lines[()]}: found {kind}, expected a mapping such as `{begins}`"])
    return Document(name, data, builder.lines, tuple(builder.faults))


def parse_value(text: str) -> Any:
    """Read one value, as on a command line; raises NotPlain."""
    try:
        data, builder = _build(text)
    except _SyntaxFault as fault:
        raise NotPlain(str(fault)) from fault
    if builder.faults:
        raise NotPlain(builder.faults[0].message)
    return data


class _Representer(SafeRepresenter):
    """Writes no aliases, and quotes around every text that is no plain word."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_str(self, data: str) -> Any:
        plain = _WORD.fullmatch(data) and isinstance(scalar(data), str)
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=None if plain else '"')


_Representer.add_representer(str, _Representer.represent_str)


def dump(data: Any) -> str:
    """YAML text of plain data; `parse` gives the same data back, floats to the last bit."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = None
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.allow_unicode = True
    yaml.width = 110
    yaml.Representer = _Representer
    text = StringIO()
    yaml.dump(data, text)
    return text.getvalue()


def read(path: Path, begins: str = "engine: NAME") -> Document:
    """Read a file; raises ConfigError for what is no readable YAML mapping."""
    if path.is_dir():
        raise ConfigError([f"{path}: is a directory, expected a YAML file"])
    try:
        with path.open("rb") as file:
            raw = file.read(BYTES_LIMIT + 1)
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from error
    if len(raw) > BYTES_LIMIT:
        raise ConfigError([f"{path}: larger than {BYTES_LIMIT} bytes, expected a YAML config"])
    if b"\0" in raw:
        raise ConfigError([f"{path}:{_line_of(raw, raw.index(0))}: a binary file, expected YAML text"])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = f"{path}:{_line_of(raw, error.start)}"
        raise ConfigError([f"{where}: byte 0x{raw[error.start]:02x} is not UTF-8, expected YAML text"]) from error
    return parse(text, str(path), begins)


def _line_of(raw: bytes, position: int) -> int:
    return raw.count(b"\n", 0, position) + 1
