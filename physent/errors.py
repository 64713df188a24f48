"""Errors, warnings, exit codes, and the wording of messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches


class PhysentError(Exception):
    """Anything that ends a command with one clear line instead of a traceback."""

    exit_code = 1


class RunError(PhysentError):
    """A run, a file or a validation case failed (full disk, damaged file, non-finite state)."""


class NewerFormat(RunError):
    """A file of a later version, which is neither read nor replaced."""


class UsageError(PhysentError):
    """The command cannot be carried out as given (output exists, not writable, no such config)."""

    exit_code = 2


class Busy(UsageError):
    """Another process is writing the output."""


class ConfigError(UsageError):
    """Every problem of a config at once, one line each: ``file:line: path: message``."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = tuple(lines)


class PhysentWarning(UserWarning):
    """One line about a valid but doubtful result."""


class Interrupted(PhysentError):
    """Stopped by SIGINT or SIGTERM after the state was saved."""

    exit_code = 130


def one_line(text: str) -> str:
    """Text for a message: no line breaks, only printable characters, at most 200 of them."""
    text = text if text.isprintable() else ascii(text)[1:-1]
    return text if len(text) <= 200 else f"{text[:197]}..."


def reason(error: BaseException) -> str:
    """The reason for a failure on one line: the operating system's own text if there is one."""
    own = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(own.split())


def described(error: BaseException) -> str:
    """Type and text of an error that is not a PhysentError, on one line."""
    name, text = type(error).__name__, " ".join(str(error).split())
    return f"{name}: {text}" if text else name


def found(value: object) -> str:
    """A value as a message names it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"text {_shortened(repr(value))}"
    if isinstance(value, int | float):
        return repr(value) if isinstance(value, float) or abs(value) < 10**40 else "a huge integer"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    if isinstance(value, dict):
        return "a mapping" if value else "an empty mapping"
    return f"a {type(value).__name__}"


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:56]}...{text[-1]}"


def judged(text: str, value: object) -> str:
    """Message of a validator of ours about a value, which it names unless its text does."""
    text = text.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if text.startswith("found "):
        return text
    return f"found {found(value)}{', ' if text.startswith('expected') else ': '}{text}"


def listing(names: Iterable[str]) -> str:
    """Names for a message: ``a, b or c``."""
    *most, last = list(names) or ["nothing"]
    return f"{', '.join(most)} or {last}" if most else last


_MEANT = {"gpu": "cuda", "nvidia": "cuda"}
"""Other words for names."""


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The closest match to ``name`` among ``names``, ignoring case, or another word for it; None if none is close."""
    folded = {one.casefold(): one for one in names}
    if (meant := _MEANT.get(name.casefold())) in folded:
        return meant
    close = get_close_matches(name.casefold(), folded, n=1)
    return folded[close[0]] if close else None


def choice(value: object, names: Sequence[str]) -> str:
    """Message about a value that is not among ``names``, with the closest of them."""
    message = f"found {found(value)}, expected {listing(names)}"
    close = nearest(value, names) if isinstance(value, str) and len(names) > 1 else None
    return f"{message}; did you mean {close}?" if close else message


_EXPECTED = {
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "finite_number": "a finite number",
    "float_type": "a number",
    "greater_than": "> {gt}",
    "greater_than_equal": ">= {ge}",
    "int_from_float": "an integer",
    "int_type": "an integer",
    "less_than": "< {lt}",
    "less_than_equal": "<= {le}",
    "list_type": "a list",
    "model_type": "a mapping",
    "multiple_of": "a multiple of {multiple_of}",
    "none_required": "null",
    "string_type": "text",
    "string_too_short": "text of at least {min_length} characters",
    "string_too_long": "text of at most {max_length} characters",
    "string_pattern_mismatch": "a name: a letter, then letters, digits and _, at most 64 characters",
    "too_long": "at most {max_length} items",
    "too_short": "at least {min_length} items",
    "tuple_type": "a list",
}


def _limit(bound: object) -> object:
    return int(bound) if isinstance(bound, float) and bound.is_integer() and abs(bound) < 1e15 else bound


def expectation(kind: str, context: Mapping[str, object]) -> str | None:
    """What pydantic's error of a ``kind`` says was expected, in our words; None for others."""
    if kind not in _EXPECTED:
        return None
    text = _EXPECTED[kind].format(**{key: _limit(bound) for key, bound in context.items()})
    return text.replace(" 1 items", " one item")
