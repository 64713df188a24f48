"""YAML text to plain data with lines: the core schema, refusals, and the way back."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physent.config import yaml
from physent.errors import ConfigError

TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=10,
)
FRAGMENTS = st.sampled_from(
    [
        *("[]{},|>'\"#\\\t\n\r@\x85\u2028"),
        *("a: ", "b", "  ", "- ", "&x ", "*x", "!t ", "!!str ", "%YAML 1.2", "---", "..."),
        *("? ", ":", "<<: ", "\\x", "\\ud800", "\\Uffffffff", "%YAML 1.3\n---\n", "0x1f", ".inf"),
    ]
)


def refusal(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        yaml.parse(text, "c.yaml")
    assert len(caught.value.lines) == 1
    return caught.value.lines[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[("1e-3", 1e-3), ("1E3", 1e3), (".5", 0.5), ("5.", 5.0), ("-.5e3", -500.0), ("1e22", 1e22)],
        *[("5", 5), ("-5", -5), ("+5", 5), ("017", 17), ("0o17", 15), ("0x1F", 31)],
        *[("true", True), ("False", False), ("null", None), ("~", None), ("", None), ("-", [None])],
        *[(text, text) for text in ("no", "on", "yes", "1:30", "2001-01-01", "1_000", "e3", "_", "1e", "=")],
        *[("'5'", "5"), ('"true"', "true"), ("!!str 5", "5"), ("! 5", "5")],
    ],
)
def test_core_schema(text: str, value: Any) -> None:
    found = yaml.parse(f"a:\n  {text}\n", "c").data["a"]
    assert (found, type(found)) == (value, type(value))


def test_infinities_and_nan_are_numbers_that_keep_their_text() -> None:
    data = yaml.parse("{a: .inf, b: -.Inf, c: .nan, d: -1e400}", "c").data
    assert data["a"] == math.inf
    assert data["b"] == -math.inf
    assert math.isnan(data["c"])
    assert data["d"] == -math.inf
    assert repr(data["d"]) == "-1e400"


def test_lines_of_keys_items_and_what_was_not_written() -> None:
    text = "# comment\na: 1\n\nb:\n  - x\n  - {c: 1,\n     d: 2}\n'e': |\n  long\n  text\n"
    text += "f:\n  g: &g {h: 1}\n  i: *g\n"
    document = yaml.parse(text, "c")
    expected = {
        ("a",): 2, ("b",): 4, ("b", 0): 5, ("b", 1): 6, ("b", 1, "d"): 7, ("e",): 8, ("f", "g", "h"): 12,
        ("f", "i", "h"): 13, ("b", 1, "missing", 3): 6, ("missing",): 2,
    }  # fmt: skip
    assert {path: document.line(path) for path in expected} == expected
    assert document.data["f"]["i"] == {"h": 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "c.yaml:1: the file is empty, expected a mapping that begins with `engine: NAME`"),
        ("# only a comment\n---\n", "c.yaml:1: the file is empty, expected a mapping that begins"),
        ("\n- a\n- b\n", "c.yaml:2: found a list, expected a mapping such as `engine: NAME`"),
        ("hello", "c.yaml:1: found 'hello', expected a mapping such as `engine: NAME`"),
        ("a: 1\n---\nb: 2\n", "c.yaml:2: a second document begins here, expected one"),
        ("a:\n\tb: 1\n", "c.yaml:2: not YAML: found a tab, expected spaces for indentation"),
        ("a: 1\nb: [1, 2\nc: 3\n", "c.yaml:3: not YAML: the [ in line 2 is not closed, or a comma is missing"),
        ("a: {b: 1\nc: 3\n", "c.yaml:2: not YAML: the { in line 1 is not closed, or a comma is missing"),
        ("a: 1\nb 2\n", "c.yaml:3: not YAML: line 2 has no `: `, expected KEY: VALUE"),
        ("a: @b\n", "c.yaml:1: not YAML: a text cannot begin with '@' unless it is in quotation marks"),
        ('a: "\\z"\n', "c.yaml:1: not YAML: \\ before 'z' means nothing in double quotes"),
        ('a: "\\xg"\n', "c.yaml:1: not YAML: \\x, \\u and \\U in double quotes need 2, 4 and 8"),
        ("a: |x\n", "c.yaml:1: not YAML: after | and > the text begins on the next line"),
        ("a: - 1\n", "c.yaml:1: not YAML: a `-` on the line of a key"),
        ("a:\n    b: 1\n  c: 2\n", "c.yaml:3: not YAML: this line is indented otherwise than line 1"),
        ("a: !x!y 1\n", "c.yaml:1: not YAML: tags such as '!x!' are not supported"),
        ("a: *\n", "c.yaml:1: not YAML: !, & and * begin no text"),
        ("%YAML 1.1\na: 1\n", "c.yaml:2: not YAML: found text that belongs to no key of the one mapping"),
        ("a: 1\n  b: 2\n", "c.yaml:2: not YAML: a second `:` on one line, or a line that is indented too far"),
        ("a: 'x\n", "c.yaml:2: not YAML: a quotation mark in line 1 is never closed"),
        ("a: 1\nb: \x07\n", "c.yaml:2: not YAML text: unacceptable character"),
        ("a: *b\n", "c.yaml:1: alias *b refers to nothing before it"),
        ("a: &a [*a]\n", "c.yaml:1: alias *a refers to nothing before it"),
        ('a: 1\nb: "\\U00110000"\n', "c.yaml:2: not YAML text: "),
        ('a: 1\nb: "\\UFFFFFFFF"\n', "c.yaml:2: not YAML text: "),
        ("%YAML 1.3\n---\na: 1\n", "c.yaml:1: not YAML text: version minor part can only be 2 or 1"),
        ("? [1, 2]\n: 3\n", "c.yaml:1: a key is a list, a mapping or an alias, expected text"),
        ("a: " + "[" * 60 + "]" * 60, "c.yaml:1: nested more than 50 levels deep"),
    ],
)  # fmt: skip
def test_refusals_are_one_line(text: str, message: str) -> None:
    assert refusal(text).startswith(message)


def test_alias_bomb_is_bounded() -> None:
    rows = "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30))
    assert "more than 20000 values once aliases are expanded" in refusal("a0: &a0 [1]\n" + rows)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: 1\nb: 2\na: 3\n", (3, ("a",), "duplicate key, first given at line 1")),
        ("x:\n  a: 1\n  'a': {b: 1}\n", (3, ("x", "a"), "duplicate key, first given at line 2")),
        (
            "a: !!python/object:os.system x\n",
            (1, ("a",), "tag !!python/object:os.system is not supported, expected plain data"),
        ),
        ("a: !mine {b: 1}\n", (1, ("a",), "tag !mine is not supported, expected plain data")),
        (
            "b: &b {c: 1}\na:\n  <<: *b\n",
            (3, ("a", "<<"), "merge keys are not part of YAML 1.2; write the keys out"),
        ),
        ('a: "\\uD800"\n', (1, ("a",), "found '\\ud800', which is no Unicode text")),
        (f"a: {'9' * 500}\n", (1, ("a",), "found an integer of 500 digits, expected at most 308")),
    ],
)  # fmt: skip
def test_faults_that_let_the_rest_be_read(text: str, fault: tuple[int, yaml.Keys, str]) -> None:
    faults = yaml.parse(text, "c").faults
    assert [(one.line, one.path, one.message) for one in faults] == [fault]


def test_a_duplicate_keeps_the_first_value_and_its_line() -> None:
    document = yaml.parse("a: {b: 1}\nc: 2\na: {b: 3}\n", "c")
    assert document.data == {"a": {"b": 1}, "c": 2}
    assert document.line(("a", "b")) == 1


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"a: 1\nb: \x00\n", ":2: a binary file, expected YAML text"),
        (b"CDF\x05\x00\x00", ":1: a binary file, expected YAML text"),
        (b"a: 1\n\nb: \xff\n", ":3: byte 0xff is not UTF-8, expected YAML text"),
        (b"#" * (1 << 20) + b"\n", ": larger than 1048576 bytes, expected a YAML config"),
        (b"", ":1: the file is empty, expected a mapping that begins with `engine: NAME`"),
    ],
)
def test_files_that_are_no_text(tmp_path: Path, raw: bytes, message: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes(raw)
    with pytest.raises(ConfigError) as caught:
        yaml.read(path)
    assert caught.value.lines == (f"{path}{message}",)


def test_byte_order_mark_and_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes("\ufeffa: 1\r\nb: é\r\n".encode())
    document = yaml.read(path)
    assert document.data == {"a": 1, "b": "é"}
    assert document.line(("b",)) == 2


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(max_size=30) | st.lists(FRAGMENTS, max_size=12).map("".join))
def test_any_text_is_data_or_one_line(text: str) -> None:
    told: tuple[str, ...] = ("",)
    try:
        yaml.parse(text, "c")
    except ConfigError as error:
        told = error.lines
    assert len(told) == 1
    assert "\n" not in told[0]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.dictionaries(TEXT, PLAIN, min_size=1, max_size=4))
def test_dump_and_parse_give_the_same_data(data: dict[str, Any]) -> None:
    document = yaml.parse(yaml.dump(data), "c")
    assert document.faults == ()
    assert repr(document.data) == repr(data)


def test_values_of_a_command_line() -> None:
    assert yaml.parse_value("1e-3") == 1e-3
    assert yaml.parse_value("[1, no]") == [1, "no"]
    assert yaml.parse_value("{kind: file}") == {"kind": "file"}
    assert yaml.parse_value("") is None
    for text in ("[1", "!!int 5", "{a: 1, a: 2}", "*a"):
        with pytest.raises(yaml.NotPlain):
            yaml.parse_value(text)
