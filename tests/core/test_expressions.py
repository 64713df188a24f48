"""Arithmetic text: values and Jacobians against dual numbers and differences, and what is refused."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from physent.core import jit
from physent.core.expressions import FUNCTIONS, TextError, compiled, fault, written
from physent.typing import Floats

NAMES = ("x", "y", "z")
CONSTANTS = {"a": 1.7, "b": -0.4}
TEXTS = (
    "a*x**2 - y/z + b",
    "sin(x*y) + cos(z)**3 - tan(a*x)",
    "exp(-x)*log(y) + sqrt(x + y*z)",
    "abs(x - y)*tanh(z)/(1 + x**2)",
    "x**y + y**a + 2**z + (x + 1)**0 + x**1 + z**-2",
    "-(x - -y)*+z + 3*2 - 1/4",
    "a**2 + b",
)


class Dual:
    """A number with a derivative: an independent twin, by overloaded operators."""

    def __init__(self, value: float, slope: float = 0.0) -> None:
        self.value, self.slope = value, slope

    def __add__(self, other: Any) -> Dual:
        other = lift(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    __radd__ = __add__

    def __neg__(self) -> Dual:
        return Dual(-self.value, -self.slope)

    def __pos__(self) -> Dual:
        return self

    def __sub__(self, other: Any) -> Dual:
        return self + -lift(other)

    def __rsub__(self, other: Any) -> Dual:
        return lift(other) + -self

    def __mul__(self, other: Any) -> Dual:
        other = lift(other)
        return Dual(self.value * other.value, self.slope * other.value + self.value * other.slope)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Dual:
        other = lift(other)
        return self * Dual(1 / other.value, -other.slope / other.value**2)

    def __rtruediv__(self, other: Any) -> Dual:
        return lift(other) / self

    def __pow__(self, other: Any) -> Dual:
        other = lift(other)
        if other.slope == 0.0:
            return Dual(self.value**other.value, other.value * self.value ** (other.value - 1) * self.slope)
        return lift(_call("exp", other * _call("log", self)))

    def __rpow__(self, other: Any) -> Dual:
        return lift(other) ** self


def lift(value: Any) -> Dual:
    return value if isinstance(value, Dual) else Dual(float(value))


SLOPES: dict[str, Callable[[float], float]] = {
    "sin": math.cos,
    "cos": lambda u: -math.sin(u),
    "tan": lambda u: 1 / math.cos(u) ** 2,
    "exp": math.exp,
    "log": lambda u: 1 / u,
    "sqrt": lambda u: 0.5 * u**-0.5,
    "abs": lambda u: math.copysign(1.0, u),
    "tanh": lambda u: 1 / math.cosh(u) ** 2,
}


def _call(name: str, u: Any) -> Dual:
    u = lift(u)
    value = abs(u.value) if name == "abs" else getattr(math, name)(u.value)
    return Dual(value, SLOPES[name](u.value) * u.slope)


def by_duals(text: str, x: dict[str, float], p: dict[str, float]) -> tuple[float, Floats]:
    """Value and gradient of a text of the test, by the twin."""
    gradient = np.zeros(len(x))
    value = 0.0
    for i, name in enumerate(x):
        scope: dict[str, Any] = {other: Dual(at, float(other == name)) for other, at in x.items()} | p
        scope |= {word: (lambda u, word=word: _call(word, u)) for word in FUNCTIONS}
        found = lift(eval(text, {"__builtins__": {}}, scope))
        value, gradient[i] = found.value, found.slope
    return value, gradient


def interpreted(
    names: Any, constants: Any, steps: Any, texts: Any
) -> Callable[[Floats, Floats], tuple[Floats, Floats]]:
    """The generated source as plain Python: values and dense Jacobian."""
    source, start, column = written(names, constants, steps, texts)
    scope: dict[str, Any] = {name: getattr(math, name) for name in (*FUNCTIONS, "copysign") if name != "abs"}
    exec(source, scope)  # noqa: S102 - of the writer under test

    def call(x: Floats, p: Floats) -> tuple[Floats, Floats]:
        f, values, dense = np.zeros(len(x)), np.zeros(len(column)), np.zeros((len(x), len(x)))
        scope["evaluate"](x, p, f, values)
        for row in range(len(x)):
            for entry in range(start[row], start[row + 1]):
                dense[row, column[entry]] += values[entry]
        return f, dense

    return call


def test_powers_of_nothing() -> None:
    """Both derivatives of x**y are 0 at x = 0, y = 2."""
    f, jacobian = interpreted(("x", "y"), (), (), ("x**y", "y"))(np.array([0.0, 2.0]), np.zeros(0))
    np.testing.assert_array_equal((f, *jacobian), ([0.0, 2.0], [0.0, 0.0], [0.0, 1.0]))


@pytest.mark.parametrize("text", TEXTS)
def test_against_dual_numbers(text: str) -> None:
    x, p = np.array([0.8, 1.3, 0.6]), np.array([*CONSTANTS.values()])
    f, jacobian = interpreted(NAMES, tuple(CONSTANTS), (), (text, "x", "y"))(x, p)
    value, gradient = by_duals(text, dict(zip(NAMES, x.tolist(), strict=True)), CONSTANTS)
    assert f[0] == pytest.approx(value, rel=1e-14)
    np.testing.assert_allclose(jacobian[0], gradient, rtol=1e-12, atol=1e-13)
    np.testing.assert_array_equal(jacobian[1:], [[1, 0, 0], [0, 1, 0]])


def test_compiled_is_what_is_interpreted() -> None:
    """One kernel for a text of every function; the same text is not compiled again."""
    texts = ("+".join(f"{name}(x*y)" for name in FUNCTIONS), "x**y")
    made = compiled(("x", "y"), ("a",), (("u", "x*y"),), texts)
    assert compiled(("x", "y"), ("a",), (("u", "x*y"),), texts) is made
    x, p = np.array([0.7, 1.2]), np.array([2.0])
    f, values = np.zeros(2), np.zeros(len(made.column))
    made.evaluate(x, p, f, values)
    before = jit.compilations()
    made.evaluate(x, p, f, values)
    assert jit.compilations() == before
    expected, jacobian = interpreted(("x", "y"), ("a",), (("u", "x*y"),), texts)(x, p)
    np.testing.assert_allclose(f, expected, rtol=1e-15)
    np.testing.assert_allclose(values, jacobian.ravel(), rtol=1e-14)


REFUSED = {
    "__import__('os').system('true')": "expected names, numbers",
    "x.real": "expected names, numbers",
    "x if y else z": "expected names, numbers",
    "lambda: x": "expected names, numbers",
    "[x for x in y]": "expected names, numbers",
    "x[0]": "expected names, numbers",
    "x < y": "expected names, numbers",
    "x and y": "expected names, numbers",
    "x % 1": "found 'x % 1': wrap a variable by `modulo: {x: 1}`",
    "2*x^2": "found '2 * x ^ 2': write ** for powers",
    "x // y": "expected names, numbers",
    "sin(pi*x)": "write the number 3.141592653589793",
    "e**x": "write exp(1)",
    "sin(t)": "add a variable t, with derivative 1 in a flow, or with value t + 1 in a map",
    "1 - x/0 + y": "found a division by 0",
    "x/(0.0)": "found a division by 0",
    "x/(1 - 1)": "found a division by 0",
    "x/-0": "found a division by 0",
    "'text'": "expected names, numbers",
    "True": "expected names, numbers",
    "1j*x": "expected names, numbers",
    "x = 1": "expected arithmetic",
    "x; y": "expected arithmetic",
    "": "expected arithmetic",
    "(" * 300 + "x" + ")" * 300: "expected arithmetic",
    "\0": "expected arithmetic",
    "q + x": "unknown name",
    "eval(x)": "expected abs, cos",
    "sin(x, y)": "one argument",
    "sin(u=x)": "one argument",
    "sin": "unknown name",
    "1e999*x": "double precision",
    "9**9**9": "no finite number",
    "1/0 + x": "no finite number",
    "(-1)**0.5": "no finite number",
    "+".join(["x"] * 3_000): "found ",
}


@pytest.mark.parametrize(("text", "words"), REFUSED.items(), ids=range(len(REFUSED)))
def test_refused(text: str, words: str) -> None:
    message = fault(text, NAMES)
    assert message is not None
    assert words in message
    assert "\n" not in message
    with pytest.raises(TextError):
        written(NAMES, (), (), (text,))


def test_the_source_holds_numbered_names_only() -> None:
    """No word of a text reaches what is executed."""
    source, _, _ = written(("lambda_", "exec"), ("open",), (("eval", "lambda_*open"),), ("eval + exec", "tanh(exec)"))
    words = set(re.findall("[A-Za-z_]+[0-9]*", source)) - {"def", "evaluate", "x", "p", "f", "values", *FUNCTIONS}
    assert all(re.fullmatch("[xpt][0-9]+", word) for word in words)


def test_what_is_shared_is_computed_once() -> None:
    source, _, column = written(("x",), (), (), ("sin(x**2) + sin(x**2)*cos(x**2)",))
    assert source.count("sin(") == 1
    assert column == [0]
