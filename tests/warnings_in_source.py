"""Every place in the package that doubts a config or a run, by the words of its message."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeGuard

import physent

ROOT = Path(physent.__file__).parent


class Place(NamedTuple):
    """Where a doubt arises."""

    where: str  # file:function
    key: str  # of a doubt about a run; empty for one about a config
    text: str  # the literal parts of its message

    def __str__(self) -> str:
        return f"{self.where}:{self.key}:{self.text[:40]}"


def places(*folders: str) -> list[Place]:
    """Doubts of all files of some files and folders of the package."""
    roots = [ROOT / folder for folder in folders]
    files = sorted(path for root in roots for path in (root.rglob("*.py") if root.is_dir() else [root]))
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
                yield Place(where, key, "...".join(words))


def _own(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """Nodes of a function, without those of functions inside it."""
    waiting: list[ast.AST] = [one for one in function.body if not isinstance(one, ast.FunctionDef)]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [one for one in ast.iter_child_nodes(node) if not isinstance(one, ast.FunctionDef)]


def _of_problem(call: ast.Call) -> ast.expr | None:
    """The message of a `Problem` that is, or can be, a warning."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    doubtful = any(one.arg == "is_warning" for one in call.keywords)
    return call.args[1] if name == "_doubt" or (name == "Problem" and doubtful) else None


def _literals(message: ast.expr, function: ast.FunctionDef) -> list[str]:
    """Literal parts of a message, and of the variables in it as they were last assigned above."""
    if isinstance(message, ast.Name):
        above = [node for node in _own(function) if _sets(node, message)]
        start = max((node.lineno for node in above if isinstance(node, ast.Assign)), default=0)
        return [text for node in above if node.lineno >= start for text in _literals(node.value, function)]
    if isinstance(message, ast.JoinedStr):
        return [text for one in message.values for text in _literals(one, function)]
    if isinstance(message, ast.FormattedValue):
        return _literals(message.value, function) if isinstance(message.value, ast.Name) else []
    return [message.value] if isinstance(message, ast.Constant) and isinstance(message.value, str) else []


def _sets(node: ast.AST, name: ast.Name) -> TypeGuard[ast.Assign | ast.AugAssign]:
    """Whether a statement above sets a variable, or adds to it."""
    if not isinstance(node, ast.Assign | ast.AugAssign) or node.lineno >= name.lineno:
        return False
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return any(isinstance(one, ast.Name) and one.id == name.id for one in targets)
