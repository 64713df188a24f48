"""Arithmetic text as compiled functions with exact Jacobians, by dual numbers at the time of writing.

A text is parsed by `ast`, of which names, numbers, + - * / **, and the functions of `FUNCTIONS` are taken and nothing
else. Every node becomes a statement of a generated function together with its partial derivatives, so that the Jacobian
is exact, and no derivative that is zero is ever computed. The generated source holds only numbered names and numbers:
no part of the text is executed.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from physent.core.jit import njit
from physent.errors import choice, one_line
from physent.typing import Integers

FUNCTIONS = {
    "sin": ("sin({u})", "cos({u})", "{g}"),
    "cos": ("cos({u})", "sin({u})", "-{g}"),
    "tan": ("tan({u})", "{f} * {f}", "1.0 + {g}"),
    "exp": ("exp({u})", "{f}", "{f}"),
    "log": ("log({u})", "{u}", "1.0 / {u}"),
    "sqrt": ("sqrt({u})", "{f}", "0.5 / {f}"),
    "abs": ("abs({u})", "{u}", "copysign(1.0, {u})"),
    "tanh": ("tanh({u})", "{f} * {f}", "1.0 - {g}"),
}
"""Value f of each function of u, a further quantity g, and the derivative in terms of u, f and g."""

MOST_NODES = 5_000
"""Of all texts of a system; more would take minutes to compile."""

_CALLED = {name: getattr(math, name) for name in ("sin", "cos", "tan", "exp", "log", "sqrt", "tanh", "copysign")}
_CLOCK = "equations do not depend on time: add a variable t, with derivative 1 in a flow, or with value t + 1 in a map"
_HINTS = {"pi": f"write the number {math.pi}", "e": "write exp(1)", "t": _CLOCK, "time": _CLOCK}
_INSTEAD = {ast.BitXor: "write ** for powers", ast.Mod: "wrap a variable by `modulo: {x: 1}` beside `variables`"}
"""What to write for names and operators that many languages have."""

_OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}


class TextError(ValueError):
    """A text that is no arithmetic of known names, said in one line."""


class Compiled(NamedTuple):
    """``evaluate(x, p, f, values)`` writes f (d,) and the entries of its Jacobian, row by row, at ``column``."""

    evaluate: Callable[..., None]
    start: Integers  # (d + 1,): entries of row i are start[i] to start[i + 1]
    column: Integers


class Dual(NamedTuple):
    """A name or number of the generated source, and those of its partial derivatives that are not zero."""

    value: str
    slopes: Mapping[int, str]


@lru_cache(maxsize=64)
def compiled(
    variables: tuple[str, ...], constants: tuple[str, ...], steps: tuple[tuple[str, str], ...], results: tuple[str, ...]
) -> Compiled:
    """Functions of variables x and constants p, from texts; TextError if one is no arithmetic.

    ``steps`` are intermediate (name, text), each may use those before; ``results`` are the texts of f.
    """
    source, start, column = written(variables, constants, steps, results)
    scope: dict[str, Any] = {"__name__": __name__, "__builtins__": {"abs": abs}, **_CALLED}
    exec(compile(source, "<equations>", "exec"), scope)  # noqa: S102 - of numbered names and numbers only
    return Compiled(njit(scope["evaluate"]), np.array(start, np.int64), np.array(column, np.int64))


def written(
    variables: Sequence[str], constants: Sequence[str], steps: Sequence[tuple[str, str]], results: Sequence[str]
) -> tuple[str, list[int], list[int]]:
    """Source of ``evaluate``, and the places of the entries of the Jacobian by rows."""
    writer = _Writer(variables, constants)
    for name, text in steps:
        writer.known[name] = writer.text(text)
    duals = [writer.text(text) for text in results]
    start, column, stores = [0], list[int](), list[str]()
    for row, dual in enumerate(duals):
        stores.append(f"f[{row}] = {dual.value}")
        for other, slope in sorted(dual.slopes.items()):
            stores.append(f"values[{len(column)}] = {slope}")
            column.append(other)
        start.append(len(column))
    body = "".join(f"    {line}\n" for line in [*writer.lines, *stores])
    return f"def evaluate(x, p, f, values):\n{body}", start, column


def tree(text: str) -> ast.expr:
    """Parsed arithmetic; TextError if it is none."""
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise TextError(f"found {one_line(text)!r}, expected arithmetic such as s*(y - x)") from None


def fault(text: str, names: Sequence[str]) -> str | None:
    """What is wrong with a text of these names; None if nothing is."""
    try:
        _Writer(names, ()).text(text)
    except TextError as error:
        return str(error)
    return None


class _Writer:
    """Statements of one function; equal ones are written once."""

    def __init__(self, variables: Sequence[str], constants: Sequence[str]) -> None:
        self.known = {name: Dual(f"x{i}", {i: "1.0"}) for i, name in enumerate(variables)}
        self.known |= {name: Dual(f"p{i}", {}) for i, name in enumerate(constants)}
        self.lines = [f"x{i} = x[{i}]" for i in range(len(variables))]
        self.lines += [f"p{i} = p[{i}]" for i in range(len(constants))]
        self.made: dict[str, str] = {}
        self.nodes = 0

    def name(self, text: str) -> str:
        """The name of an expression of generated source, which may be a name or number itself."""
        if text.isalnum() or is_number(text):
            return text
        if text not in self.made:
            self.made[text] = f"t{len(self.made)}"
            self.lines.append(f"{self.made[text]} = {text}")
        return self.made[text]

    def times(self, a: str, b: str) -> str:
        """A product; factors 1 are left out."""
        if a == "1.0" or b == "1.0":
            return b if a == "1.0" else a
        return self.name(f"{a} * {b}")

    def text(self, text: str) -> Dual:
        """A text as a dual number."""
        try:
            return self.of(tree(text))
        except RecursionError:
            raise TextError("found too many operations within each other, expected fewer") from None

    def of(self, node: ast.expr) -> Dual:
        """A node as a dual number."""
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise TextError(f"found more than {MOST_NODES} operations, expected fewer")
        match node:
            case ast.Constant(value=bool()):
                pass
            case ast.Constant(value=int() | float() as value):
                return Dual(number(value), {})
            case ast.Name(id=name):
                if name not in self.known:
                    hint = f"found {name}: {_HINTS[name]}" if name in _HINTS else choice(name, sorted(self.known))
                    raise TextError(f"unknown name: {hint}")
                return self.known[name]
            case ast.UnaryOp(op=ast.UAdd(), operand=inner):
                return self.of(inner)
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return self.negative(self.of(inner))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return self.binary(_OPERATORS[type(op)], self.of(left), self.of(right))
            case ast.Call(func=ast.Name(id=name), args=[inner], keywords=[]) if name in FUNCTIONS:
                return self.call(name, self.of(inner))
            case ast.Call(func=ast.Name(id=name)):
                functions = choice(name, sorted(FUNCTIONS))
                raise TextError("expected one argument of each function" if name in FUNCTIONS else functions)
        what = one_line(ast.unparse(node))
        if isinstance(node, ast.BinOp) and type(node.op) in _INSTEAD:
            raise TextError(f"found {what!r}: {_INSTEAD[type(node.op)]}")
        raise TextError(f"found {what!r}, expected names, numbers, + - * / **, and {', '.join(FUNCTIONS)}")

    def negative(self, u: Dual) -> Dual:
        """-u."""
        if is_number(u.value):
            return Dual(number(-constant(u.value)), {})
        return Dual(self.name(f"-{u.value}"), {i: self.minus(slope) for i, slope in u.slopes.items()})

    def minus(self, slope: str) -> str:
        """The negative of a slope."""
        return number(-constant(slope)) if is_number(slope) else self.name(f"-{slope}")

    def binary(self, op: str, u: Dual, v: Dual) -> Dual:
        """The result of u op v."""
        if is_number(u.value) and is_number(v.value):
            return Dual(folded(op, constant(u.value), constant(v.value)), {})
        if op == "**":
            return self.power(u, v)
        if op == "/" and is_number(v.value) and constant(v.value) == 0.0:
            raise TextError("found a division by 0, expected another divisor")
        value = self.name(f"{u.value} {op} {v.value}")
        if op == "+":
            return Dual(value, self.sum(u.slopes, v.slopes))
        if op == "-":
            return Dual(value, self.sum(u.slopes, {i: self.minus(s) for i, s in v.slopes.items()}))
        if op == "*":
            left = {i: self.times(slope, v.value) for i, slope in u.slopes.items()}
            return Dual(value, self.sum(left, {i: self.times(u.value, slope) for i, slope in v.slopes.items()}))
        falls = {i: self.minus(self.times(value, slope)) for i, slope in v.slopes.items()}
        total = self.sum(u.slopes, falls)
        return Dual(value, {i: self.name(f"{slope} / {v.value}") for i, slope in total.items()})

    def power(self, u: Dual, v: Dual) -> Dual:
        """The power u ** v: by products if v is a small whole number."""
        exponent = v.value
        power = constant(exponent) if is_number(exponent) else 0.5
        if power.is_integer() and abs(power) <= 64:
            whole = int(power)
            value = self.name(f"{u.value} ** {whole}")
            factor = {0: "0.0", 1: "1.0", 2: self.name(f"2.0 * {u.value}")}.get(
                whole, self.name(f"{whole}.0 * {u.value} ** {whole - 1}")
            )
            return Dual(value, self.scaled(factor, u.slopes))
        value = self.name(f"{u.value} ** {exponent}")
        if not u.slopes and not v.slopes:
            return Dual(value, {})
        falls: dict[int, str] = {}
        if u.slopes:
            falls = self.scaled(self.name(f"{exponent} * {u.value} ** ({exponent} - 1.0)"), u.slopes)
        if v.slopes:
            grows = f"0.0 if {value} == 0.0 else {value} * log({u.value})"  # 0 ln 0 is 0
            falls = self.sum(falls, self.scaled(self.name(grows), v.slopes))
        return Dual(value, falls)

    def call(self, name: str, u: Dual) -> Dual:
        """A function of u."""
        value, other, slope = FUNCTIONS[name]
        f = self.name(value.format(u=u.value))
        if not u.slopes:
            return Dual(f, {})
        g = self.name(other.format(u=u.value, f=f))
        return Dual(f, self.scaled(self.name(slope.format(u=u.value, f=f, g=g)), u.slopes))

    def scaled(self, factor: str, slopes: Mapping[int, str]) -> dict[int, str]:
        """Slopes times a factor; none if it is 0."""
        return {} if factor == "0.0" else {i: self.times(factor, slope) for i, slope in slopes.items()}

    def sum(self, one: Mapping[int, str], other: Mapping[int, str]) -> dict[int, str]:
        """Slopes of a sum."""
        both = {i: self.name(f"{slope} + {other[i]}") for i, slope in one.items() if i in other}
        return {**one, **other, **both}


def number(value: float) -> str:
    """A constant as the source holds it; TextError if it is no finite float."""
    try:
        exact = float(value)
    except OverflowError:
        exact = math.inf
    if not math.isfinite(exact):
        raise TextError("found a number beyond those of double precision")
    return repr(exact) if exact >= 0 else f"({exact!r})"


def is_number(text: str) -> bool:
    """Whether a name or expression of the generated source is a constant."""
    return text.strip("(-)").replace(".", "").replace("e-", "").replace("e+", "").isdigit()


def constant(text: str) -> float:
    """The value of a constant of the generated source."""
    return float(text.strip("()"))


def folded(op: str, u: float, v: float) -> str:
    """Two constants combined; TextError if the result is no finite number."""
    try:
        value = {"+": u + v, "-": u - v, "*": u * v}[op] if op in "+-*" and op != "**" else _divided(op, u, v)
    except (ZeroDivisionError, OverflowError, TypeError):
        raise TextError(f"found {u!r} {op} {v!r}, which is no finite number") from None
    return number(value)


def _divided(op: str, u: float, v: float) -> float:
    result = u / v if op == "/" else u**v
    if isinstance(result, complex):
        raise TypeError
    return float(result)
