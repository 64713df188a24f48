"""Why a text is no YAML, in words about the text: what the parser says names its own tokens."""

from __future__ import annotations

import re

from ruamel.yaml.error import MarkedYAMLError

# What the parser says; what is meant, with {0} what it names and {line} where the construct began.
_MEANT = (
    (r"'\\t'", "found a tab, expected spaces for indentation"),
    ("mapping values are not allowed", "a second `:` on one line, or a line that is indented too far"),
    ("mapping keys are not allowed", "a `?` where no key can begin; a text that begins so needs quotes"),
    ("sequence entries are not allowed", "a `-` on the line of a key, expected a list below it, or [...]"),
    ("could not find expected ':'", "line {line} has no `: `, expected KEY: VALUE"),
    ("unexpected (?:end of stream|document separator)", "a quotation mark in line {line} is never closed"),
    (r"expected ',' or '\}'", "the {{ in line {line} is not closed, or a comma is missing before here"),
    (r"expected ',' or '\]'", "the [ in line {line} is not closed, or a comma is missing before here"),
    ("expected <block end>", "this line is indented otherwise than line {line}, to which it should belong"),
    ("expected the node content", "a value is missing here"),
    ("character ('.+?'|\".+?\") that cannot start", "a text cannot begin with {0} unless it is in quotation marks"),
    (
        "unknown escape character ('.+?'|\".+?\")",
        "\\ before {0} means nothing in double quotes; single quotes keep a \\ as it is",
    ),
    ("expected escape sequence", "\\x, \\u and \\U in double quotes need 2, 4 and 8 hexadecimal digits"),
    ("unexpected ':'", "a `:` inside {{...}} or [...] needs a blank after it, or quotation marks about the text"),
    ("chomping or indentation", "after | and > the text begins on the next line"),
    ("indentation indicator", "after | and > the text begins on the next line"),
    ("comment or a line break", "nothing can follow on this line but a comment"),
    ("undefined tag handle ('.+?'|\".+?\")", "tags such as {0} are not supported, expected plain data"),
    ("while scanning an? (?:tag|anchor|alias)|expected (?:alphabetic|' '|URI)", "!, & and * begin no text: quote it"),
    ("document start|document end|directive|incompatible", "found text that belongs to no key of the one mapping"),
)


def reason_of(error: MarkedYAMLError) -> tuple[str, int]:
    """What is wrong, in one line, and the number of the line."""
    said = " ".join(str(part or "") for part in (error.problem or error, error.context))
    mark = error.problem_mark or error.context_mark
    began = error.context_mark or mark
    here, start = (1 + (one.line if one else 0) for one in (mark, began))
    for pattern, meaning in _MEANT:
        if found := re.search(pattern, said):
            return f"not YAML: {meaning.format(*found.groups(), line=start)}", here
    return "not YAML: the text cannot be read from here; check quotation marks, brackets, colons and indentation", here
