"""Every place in the package that doubts a config or a run, by the words of its message."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import physent

ROOT = Path(physent.__file__).parent


class Place(NamedTuple):
    """Where a doubt arises."""

    where: str  # file:function
    key: str  # of a doubt about a run; empty for one about a config
    words: str  # the longest literal part of its message

    def __str__(self) -> str:
        return f"{self.where} ({self.words})"


def places(*folders: str) -> list[Place]:
    """Doubts of all files below some folders of the package."""
    files = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return [place for path in files for place in _of_file(path)]


def _of_file(path: Path) -> Iterator[Place]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        where = f"{path.relative_to(ROOT).as_posix()}:{function.name}"
        for node in _own(function):
            if isinstance(node, ast.Call):
                message = _of_problem(node)
                key = ""
            elif isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
                first, message = node.value.elts[0], node.value.elts[-1]
                key = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
                message = message if key else None
            else:
                continue
            words = [] if message is None else _literals(message, function)
            if words:
                yield Place(where, key, max(words, key=len).strip())


def _own(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """Nodes of a function, without those of functions inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [one for one in ast.iter_child_nodes(node) if not isinstance(one, ast.FunctionDef)]


def _of_problem(call: ast.Call) -> ast.expr | None:
    """The message of a `Problem` that is, or can be, a warning."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    doubtful = any(one.arg == "is_warning" and not _is_name(one.value) for one in call.keywords)
    return call.args[1] if name == "_doubt" or (name == "Problem" and doubtful) else None


def _is_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Name)


def _literals(message: ast.expr, function: ast.FunctionDef) -> list[str]:
    """Literal parts of a message; of a variable, those of its last assignment above."""
    if isinstance(message, ast.Name):
        above = [
            node
            for node in _own(function)
            if isinstance(node, ast.Assign)
            and node.lineno < message.lineno
            and any(isinstance(one, ast.Name) and one.id == message.id for one in node.targets)
        ]
        return _literals(max(above, key=lambda node: node.lineno).value, function) if above else []
    if isinstance(message, ast.JoinedStr):
        return [one.value for one in message.values if isinstance(one, ast.Constant)]
    return [message.value] if isinstance(message, ast.Constant) else []
