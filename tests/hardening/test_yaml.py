"""Damaged and hostile YAML text: read, or refused in one line with its number; nothing in it is ever executed."""

# ruff: noqa: E501 (tables of test data)
from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from physent.config.bundled import bundled_configs
from physent.config.load import load_config
from physent.errors import ConfigError
from physent.runs import api
from tests.hardening.profile import bounded, fuzzed, survives

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(12)
)
HOSTILE = (
    b"\t", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xe9", b"\xed\xa0\x80", b"\r", b"\n", b"\x85", b"\xe2\x80\xa8", b"\x1b[2J", b"\x07",
    b"&a ", b"*a", b"<<: *a\n", b"<<: {engine: couzin}\n", b"!!python/object/apply:os.system [touch evil]", b"!!python/name:os.system ",
    b"!!python/object/new:subprocess.Popen [[touch, evil]]", b"!<tag:evil>", b"!!binary aGk=", b"!!timestamp 2001-01-01", b"!!set {a}",
    b"%YAML 1.1\n---\n", b"%TAG ! tag:evil,2000:\n---\n", b"---\n", b"...\n", b"? ", b"? [a]\n: b\n", b"- ", b": ", b"#", b"|", b">-\n", b"'", b'"', b"{", b"}", b"[", b"]",
    b",", b"@", b"`", b"%", b"\\", b'"\\ud800"', b'"\\x00"', b"0x" + b"f" * 400, b"9" * 5000, b"1e999", b"-.inf", b".NAN", b"0o7", b"1_000", b"1:30:00",
    b"seed: 1\nseed: 2\n", b"engine: nlse\n", b"[" * 500, b"{a: " * 500, b"- " * 500, b"? " * 500, b"a:\n " * 60,
    BOMB.encode(),
)  # fmt: skip


@cache
def texts() -> tuple[bytes, ...]:
    """Texts of all bundled configs."""
    return tuple(path.read_bytes() for path in bundled_configs().values())


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A bundled config with bytes flipped, cut, doubled, or with something hostile put into it."""
    raw = draw(st.sampled_from(texts()))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(raw)))
        how = draw(st.sampled_from(("flip", "cut", "drop", "double", "insert", "line", "line", "value")))
        if how == "flip" and at < len(raw):
            raw = raw[:at] + bytes([raw[at] ^ 1 << draw(st.integers(0, 7))]) + raw[at + 1 :]
        elif how == "cut":
            raw = raw[:at]
        elif how == "drop":
            raw = raw[:at] + raw[at + draw(st.integers(1, 40)) :]
        elif how == "double":
            raw = raw[:at] + raw[at : at + 200] * 2 + raw[at + 200 :]
        elif how == "insert":
            raw = raw[:at] + draw(st.sampled_from(HOSTILE) | st.binary(max_size=6)) + raw[at:]
        elif how in ("line", "value"):
            mark = b"\n" if how == "line" else b": "
            at = raw.find(mark, at) + len(mark)
            raw = raw[:at] + draw(st.sampled_from(HOSTILE)) + raw[at:]
    return raw


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the texts lie, and where anything that was executed would leave its mark."""
    return tmp_path_factory.mktemp("yaml")


@pytest.fixture
def tripwire(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Fails a test in which a text starts a process, evaluates or imports."""

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("something in a text was executed")

    monkeypatch.chdir(folder)
    for owner, name in ((os, "system"), (os, "popen"), (subprocess, "Popen"), (os, "fork"), (os, "execv")):
        monkeypatch.setattr(owner, name, forbidden)
    for name in ("eval", "exec"):
        monkeypatch.setattr(f"builtins.{name}", forbidden)
    return folder


def checked(path: Path) -> None:
    job = api.prepare(path)
    api.check_start(job)
    assert job.file_bytes > 0


@given(raw=damaged())
@fuzzed(gate=100, share=0.3)
def test_any_text_is_read_or_refused(folder: Path, raw: bytes) -> None:
    path = folder / "text.yaml"
    path.write_bytes(raw)
    survives("yaml", lambda: checked(path))
    assert [one.name for one in folder.iterdir()] == ["text.yaml"]


REFUSED = {
    "bomb": BOMB.encode(),
    "python": b"engine: !!python/object/apply:os.system ['touch evil']\n",
    "python key": b"!!python/object/apply:os.system ['touch evil']: 1\n",
    "python root": b"!!python/object/apply:os.system ['touch evil']\n",
    "alias in itself": b"a: &a [*a]\n",
    "deep": b"a: " + b"[" * 100_000,
    "deep block": b"".join(b" " * n + b"a:\n" for n in range(1000)),
    "deep keys": b"? " * 10_000,
    "long line": b"a: " + b"x" * 1_000_000,
    "long key": b"x" * 1_000_000 + b": 1",
    "long number": b"seed: " + b"9" * 1_000_000,
    "long fraction": b"seed: 0." + b"9" * 1_000_000,
    "many anchors": b"".join(b"a%d: &a%d 1\n" % (n, n) for n in range(40_000)),
    "many keys": b"".join(b"a%d: 1\n" % n for n in range(80_000)),
    "many faults": b"".join(b"a%d: !!x 1\n" % n for n in range(50_000)),
    "one key": b"seed: 1\n" * 50_000,
    "many items": b"diagnostics: [" + b"{}, " * 60_000 + b"]",
    "large": b"#" * (2 << 20),
    "latin-1": "engine: coulomb # Schrödinger".encode("latin-1"),
    "utf-16": "engine: coulomb".encode("utf-16"),
    "nul": b"engine: coulomb\0",
}


@pytest.mark.parametrize("name", REFUSED)
def test_hostile_texts_are_refused_at_once(tripwire: Path, name: str) -> None:
    path = tripwire / "text.yaml"
    path.write_bytes(REFUSED[name])
    with bounded(), pytest.raises(ConfigError) as caught:
        load_config(path)
    assert all(len(line.splitlines()) == 1 and len(line) < 1000 for line in caught.value.lines)
    assert len(caught.value.lines) <= 201
    assert [one.name for one in tripwire.iterdir()] == ["text.yaml"]


def test_a_byte_order_mark_is_no_damage(folder: Path) -> None:
    path = folder / "text.yaml"
    path.write_bytes(texts()[0])
    expected = load_config(path)
    path.write_bytes(b"\xef\xbb\xbf" + texts()[0])
    assert load_config(path) == expected
