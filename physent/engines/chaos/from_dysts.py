"""Right-hand sides of the package dysts (Gilpin 2021) as text: its source is parsed, never imported or executed."""

from __future__ import annotations

import ast
import json
import math
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from physent.errors import UsageError, choice


class Found(NamedTuple):
    """A flow as text, and its parameters."""

    equations: tuple[tuple[str, str], ...]
    constants: dict[str, float]
    steps: tuple[tuple[str, str], ...]


@lru_cache(maxsize=32)
def found(name: str) -> Found:
    """The flow ``name``; UsageError if dysts or the flow is missing, or is no autonomous arithmetic of numbers."""
    classes, data = _library()
    if name not in classes or name not in data:
        raise UsageError(choice(name, sorted(set(classes) & set(data))))
    function = _right_hand_side(name, classes)
    variables, steps, results = _statements(name, function)
    own = data[name]["parameters"]
    texts = [*(text for _, text in steps), *results]
    used = {node.id for text in texts for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    constants = {key: float(value) for key, value in own.items() if isinstance(value, int | float) and key in used}
    if len(results) != len(variables):
        raise UsageError(f"{name} of dysts returns {len(results)} derivatives of {len(variables)} variables")
    return Found(tuple(zip(variables, results, strict=True)), constants, steps)


def _right_hand_side(name: str, classes: dict[str, ast.ClassDef]) -> ast.FunctionDef:
    """`_rhs` of scalars, or `rhs` of an object, of the class or of its parent."""
    own = classes[name]
    for one in own.body:
        if isinstance(one, ast.FunctionDef) and one.name in ("_rhs", "rhs"):
            return one
    for parent in own.bases:
        if isinstance(parent, ast.Name) and parent.id in classes:
            return _right_hand_side(parent.id, classes)
    raise UsageError(f"{name} of dysts has no right-hand side, expected a flow that has")


@lru_cache(maxsize=1)
def _library() -> tuple[dict[str, ast.ClassDef], dict[str, Any]]:
    """Classes and data of the flows by name."""
    spec = find_spec("dysts")
    if spec is None or spec.origin is None:
        raise UsageError("dysts is not installed, expected it for this system; pip install dysts")
    folder = Path(spec.origin).parent
    source = ast.parse((folder / "flows.py").read_text(encoding="utf-8"))
    data = json.loads((folder / "data" / "chaotic_attractors.json").read_text(encoding="utf-8"))
    return {one.name: one for one in source.body if isinstance(one, ast.ClassDef)}, data


def _statements(
    name: str, function: ast.FunctionDef
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Variables, assignments and results of a function, as text."""
    names = tuple(one.arg for one in function.args.args)
    variables = names[: names.index("t")] if function.name == "_rhs" else ()
    steps: list[tuple[str, str]] = []
    for line in function.body:
        match line:
            case ast.Assign(targets=[ast.Name(id=target)], value=value):
                steps.append((target, _text(value)))
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Name(id="X")):
                variables = tuple(map(_text, targets))
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                steps += zip(map(_text, targets), map(_text, values), strict=True)
            case ast.AugAssign(target=ast.Name(id=target) as left, op=op, value=value):
                steps.append((target, _text(ast.BinOp(left, op, value))))
            case ast.Return(value=ast.Tuple(elts=results)):
                return variables, tuple(steps), tuple(map(_text, results))
            case ast.Expr(value=ast.Constant()):
                continue
            case _:
                break
    raise UsageError(f"{name} of dysts is not made of assignments of numbers, expected a flow that is")


def _text(node: ast.expr) -> str:
    return ast.unparse(_Plain().visit(node))


class _Plain(ast.NodeTransformer):
    """``np.sin`` becomes ``sin``, and ``self.rho`` becomes ``rho``."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if not isinstance(node.value, ast.Name) or node.value.id not in ("np", "self"):
            return node
        if node.value.id == "np" and node.attr == "pi":
            return ast.Constant(math.pi)
        return ast.Name("abs" if node.attr == "absolute" else node.attr, ast.Load())
