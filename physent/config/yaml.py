"""YAML 1.2 text to plain data, with the line of every key and list item.

Scalars follow the core schema (YAML 1.2.2, https://yaml.org/spec/1.2.2/#103-core-schema): ``1e-3`` is a number,
``no`` and dates are text. Keys are text as written. The only tag accepted is ``!!str``: nothing is ever evaluated.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any, Self

from ruamel.yaml import YAML
from ruamel.yaml import events as ev
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.representer import SafeRepresenter

from physent.config.unreadable import reason_of
from physent.errors import ConfigError, one_line, reason

Keys = tuple[str | int, ...]

BYTES_LIMIT = 1 << 20
NODES_LIMIT = 20_000  # nodes with every alias expanded
DEPTH_LIMIT = 50
DIGITS_LIMIT = 308  # an integer of more digits may exceed every float64

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
_SURROGATE = re.compile("[\ud800-\udfff]")


class NotPlain(Exception):
    """Text that is refused: the message says why, ``line`` where."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Fault:
    """A fault at a known line, past which the text can still be read."""

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
        around = (path[:length] for length in range(len(path), -1, -1))
        return next((self.lines[part] for part in around if part in self.lines), None)


class Overflow(float):
    """An infinity that was written as a number, and is shown as it was written."""

    text: str

    def __new__(cls, text: str) -> Self:
        """Infinity with the sign of ``text``."""
        self = super().__new__(cls, text)
        self.text = text
        return self

    def __repr__(self) -> str:
        return self.text


def _integer(text: str) -> int:
    if len(text) > DIGITS_LIMIT:
        raise NotPlain(f"found an integer of {len(text)} digits, expected at most {DIGITS_LIMIT}")
    return int(text)


_CORE: tuple[tuple[str, Callable[[str], Any]], ...] = (
    (r"(~|null|Null|NULL)?", lambda text: None),
    (r"true|True|TRUE|false|False|FALSE", lambda text: text[0] in "tT"),
    (r"[-+]?[0-9]+", _integer),
    (r"0o[0-7]+|0x[0-9a-fA-F]+", lambda text: int(text, 0)),
    (
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?",
        lambda text: float(text) if math.isfinite(float(text)) else Overflow(text),
    ),
    (r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", lambda text: float(text.replace(".", ""))),
)


def scalar(text: str) -> Any:
    """Value of a plain (unquoted) scalar by the core schema."""
    return next((value(text) for form, value in _CORE if re.fullmatch(form, text)), text)


class _Reader:
    """Recursive descent over the parser's events, which know the line of an alias too (composed nodes do not)."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Keys, int] = {}
        self.faults: list[Fault] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._nodes = 0
        self._events = iter(YAML(typ="safe", pure=True).parse(text))
        try:
            self.data = self._document()
        except MarkedYAMLError as error:
            raise NotPlain(*reason_of(error)) from error
        except (
            YAMLError,
            ValueError,
            OverflowError,
            AssertionError,
        ) as error:  # the last three: "\\Uffffffff", %YAML 1.3
            position = getattr(error, "position", None)
            line = max(self.lines.values(), default=1) if position is None else 1 + text.count("\n", 0, position)
            raise NotPlain(f"not YAML text: {one_line(reason(error))}", line) from error

    def _document(self) -> Any:
        """Data of the only document (None if there is none)."""
        data = None
        starts = 0
        for event in self._events:
            if isinstance(event, ev.NodeEvent):
                data = self._value(event, ())
            starts += isinstance(event, ev.DocumentStartEvent)
            if starts > 1:
                raise NotPlain("a second document begins here, expected one", event.start_mark.line + 1)
        return data

    def _value(self, event: Any, path: Keys) -> Any:
        line = event.start_mark.line + 1
        self.lines.setdefault(path, line)
        before = self._nodes
        self._nodes += 1
        if isinstance(event, ev.AliasEvent):
            if event.anchor not in self._anchors:
                raise NotPlain(f"alias *{event.anchor} refers to nothing before it", line)
            result, size = self._anchors[event.anchor]
            self._nodes = before + size
        else:
            result = self._written(event, path, line)
            if event.anchor is not None:
                self._anchors[event.anchor] = result, self._nodes - before
        if self._nodes > NODES_LIMIT:
            raise NotPlain(f"more than {NODES_LIMIT} values once aliases are expanded", line)
        return result

    def _written(self, event: Any, path: Keys, line: int) -> Any:
        if event.tag not in (None, "!", "tag:yaml.org,2002:str"):
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self.faults.append(Fault(line, path, f"tag {tag} is not supported, expected plain data"))
        if isinstance(event, ev.ScalarEvent):
            return self._scalar(event, path, line)
        if len(path) >= DEPTH_LIMIT:
            raise NotPlain(f"nested more than {DEPTH_LIMIT} levels deep", line)
        return self._mapping(path) if isinstance(event, ev.MappingStartEvent) else self._sequence(path)

    def _scalar(self, event: Any, path: Keys, line: int) -> Any:
        if _SURROGATE.search(event.value):
            self.faults.append(Fault(line, path, f"found {ascii(event.value)[:60]}, which is no Unicode text"))
            return ""
        try:
            return event.value if event.style or event.tag else scalar(event.value)
        except NotPlain as problem:
            self.faults.append(Fault(line, path, str(problem)))
            return 0

    def _mapping(self, path: Keys) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while not isinstance(event := next(self._events), ev.MappingEndEvent):
            line = event.start_mark.line + 1
            if not isinstance(event, ev.ScalarEvent):
                raise NotPlain("a key is a list, a mapping or an alias, expected text", line)
            here, message = (*path, event.value), ""
            if event.value in result:
                message = f"duplicate key, first given at line {self.lines[here]}"
            elif event.value == "<<" and event.style is None:
                message = "merge keys are not part of YAML 1.2; write the keys out"
            if message:
                self.faults.append(Fault(line, here, message))
            self.lines.setdefault(here, line)
            value = self._value(next(self._events), here)
            if not message:
                result[event.value] = value
        return result

    def _sequence(self, path: Keys) -> list[Any]:
        result: list[Any] = []
        while not isinstance(event := next(self._events), ev.SequenceEndEvent):
            result.append(self._value(event, (*path, len(result))))
        return result


def parse(text: str, name: str, begins: str = "engine: NAME") -> Document:
    """Read the text of a file whose top level is a mapping.

    Raises ConfigError, one line ``name:line: message``, if the text is no YAML or no mapping. Anything past which it
    can be read on (a duplicate key, a tag) is left in ``faults``.
    """
    try:
        found = _Reader(text)
    except NotPlain as refused:
        raise ConfigError([f"{name}:{refused.line}: {refused}"]) from refused
    if found.data is None:
        raise ConfigError([f"{name}:1: the file is empty, expected a mapping that begins with `{begins}`"])
    if not isinstance(found.data, dict):
        kind = "a list" if isinstance(found.data, list) else f"{str(found.data)[:40]!r}"
        raise ConfigError([f"{name}:{found.lines[()]}: found {kind}, expected a mapping such as `{begins}`"])
    return Document(name, found.data, found.lines, tuple(found.faults))


def parse_value(text: str) -> Any:
    """Read one value, as on a command line; raises NotPlain."""
    found = _Reader(text)
    if found.faults:
        raise NotPlain(found.faults[0].message)
    return found.data


def read(path: Path, begins: str = "engine: NAME") -> Document:
    """Read a file; raises ConfigError unless it is a readable YAML mapping."""
    if path.is_dir():
        raise ConfigError([f"{path}: is a directory, expected a YAML file"])
    try:
        with path.open("rb") as file:
            raw = file.read(BYTES_LIMIT + 1)
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {reason(error)}"]) from error
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


class _Representer(SafeRepresenter):
    """Writes no aliases, and quotes every text that is not a plain word."""

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
