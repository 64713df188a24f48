"""Taylor coefficients of a function written with NumPy, by arithmetic on truncated power series.

``taylor(f, r, order)`` evaluates f on the series r + h, so the coefficients have rounding errors only, and no step
size has to be chosen. The recurrences are those of Griewank and Walther, Evaluating Derivatives (2008), table 13.2, doi
10.1137/1.9780898717761.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.mixins import NDArrayOperatorsMixin

Array = npt.NDArray[np.float64]


class Jet(NDArrayOperatorsMixin):
    """A truncated series sum_n coefficients[n] h^n; ``coefficients`` has shape (order + 1, ...).

    Works with + - * / ** and the NumPy functions in `FUNCTIONS`; everything else is a TypeError.
    """

    __slots__ = ("coefficients",)

    def __init__(self, coefficients: Array) -> None:
        self.coefficients = coefficients

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        rule = FUNCTIONS.get(ufunc.__name__)
        if rule is None or method != "__call__" or options:
            return NotImplemented
        series = next(each.coefficients for each in inputs if isinstance(each, Jet))
        if ufunc.__name__ == "power":
            return Jet(_power(inputs[0], inputs[1]))
        return Jet(rule(*(_lift(each, series) for each in inputs)))

    def derivative(self) -> Jet:
        """The series of the derivative, one order shorter."""
        n = np.arange(1, len(self.coefficients))
        return Jet(self.coefficients[1:] * n.reshape(-1, *(1,) * (self.coefficients.ndim - 1)))


def variable(r: npt.ArrayLike, order: int) -> Jet:
    """The series r + h truncated after h^order, for ``r`` of any shape."""
    start = np.asarray(r, float)
    series = np.zeros((order + 1, *start.shape))
    series[0] = start
    if order:
        series[1] = 1.0
    return Jet(series)


def taylor(function: Callable[[Any], Any], r: npt.ArrayLike, order: int) -> Array:
    """Taylor coefficients f^(n)(r)/n!, n = 0..order, shape (order + 1, *r.shape), of a function made of NumPy
    arithmetic. Raises TypeError if it uses an operation for which `Jet` has no rule.
    """
    x = variable(r, order)
    own = getattr(function, "jet", None)
    value = own(x) if own is not None else function(x)
    if isinstance(value, Jet):
        return value.coefficients
    return _lift(value, x.coefficients)  # a constant function


def _lift(value: Any, like: Array) -> Array:
    if isinstance(value, Jet):
        return value.coefficients
    constant = np.asarray(value)
    if constant.dtype == object:
        raise TypeError("a function of series mixed them into an array of objects")
    series = np.zeros_like(like)
    series[0] = constant
    return series


def _multiply(a: Array, b: Array) -> Array:
    out = np.zeros(np.broadcast_shapes(a.shape, b.shape))
    for n in range(len(a)):
        out[n] = sum(a[k] * b[n - k] for k in range(n + 1))
    return out


def _divide(a: Array, b: Array) -> Array:
    out = np.zeros(np.broadcast_shapes(a.shape, b.shape))
    for n in range(len(a)):
        out[n] = (a[n] - sum(b[k] * out[n - k] for k in range(1, n + 1))) / b[0]
    return out


def _power(base: Any, exponent: Any) -> Array:
    if isinstance(exponent, Jet):
        return _exp(_multiply(exponent.coefficients, _log(_lift(base, exponent.coefficients))))
    x: Array = base.coefficients
    a = float(exponent)
    if a >= 0 and a == int(a):
        return _integer_power(x, int(a))
    out = np.zeros_like(x)
    out[0] = x[0] ** a
    for n in range(1, len(x)):
        out[n] = sum((a * k - n + k) * x[k] * out[n - k] for k in range(1, n + 1)) / (n * x[0])
    return out


def _integer_power(x: Array, exponent: int) -> Array:
    out, square = _lift(1.0, x), x
    while exponent:
        if exponent & 1:
            out = _multiply(out, square)
        exponent >>= 1
        if exponent:
            square = _multiply(square, square)
    return out


def _integrate(slope: Array, start: Any, like: Array) -> Array:
    out = np.zeros_like(like)
    out[0] = start
    for n in range(1, len(like)):
        out[n] = slope[n - 1] / n
    return out


def _derivative(x: Array) -> Array:
    """Coefficients of the derivative, padded with a zero to the same length."""
    return np.concatenate([Jet(x).derivative().coefficients, np.zeros_like(x[:1])])


def _exp(x: Array) -> Array:
    out = np.zeros_like(x)
    out[0] = np.exp(x[0])
    for n in range(1, len(x)):
        out[n] = sum(k * x[k] * out[n - k] for k in range(1, n + 1)) / n
    return out


def _expm1(x: Array) -> Array:
    out = _exp(x)
    out[0] = np.expm1(x[0])
    return out


def _log(x: Array) -> Array:
    return _integrate(_divide(_derivative(x), x), np.log(x[0]), x)


def _log1p(x: Array) -> Array:
    return _integrate(_divide(_derivative(x), _lift(1.0, x) + x), np.log1p(x[0]), x)


def _arctan(x: Array) -> Array:
    return _integrate(_divide(_derivative(x), _lift(1.0, x) + _multiply(x, x)), np.arctan(x[0]), x)


def _pair(x: Array, sign: float, odd: Any, even: Any) -> tuple[Array, Array]:
    """(sin, cos) for sign -1, (sinh, cosh) for sign +1: s' = c x', c' = sign s x'."""
    s, c = np.zeros_like(x), np.zeros_like(x)
    s[0], c[0] = odd(x[0]), even(x[0])
    for n in range(1, len(x)):
        s[n] = sum(k * x[k] * c[n - k] for k in range(1, n + 1)) / n
        c[n] = sign * sum(k * x[k] * s[n - k] for k in range(1, n + 1)) / n
    return s, c


def _tanh(x: Array) -> Array:
    out = np.zeros_like(x)
    out[0] = np.tanh(x[0])
    complement = np.zeros_like(x)  # 1 - tanh^2, the slope of tanh
    for n in range(len(x)):
        if n:
            out[n] = sum(k * x[k] * complement[n - k] for k in range(1, n + 1)) / n
        complement[n] = (n == 0) - sum(out[k] * out[n - k] for k in range(n + 1))
    return out


FUNCTIONS: dict[str, Callable[..., Array]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": _multiply,
    "divide": _divide,
    "power": _power,
    "negative": lambda a: -a,
    "positive": lambda a: a,
    "square": lambda a: _multiply(a, a),
    "reciprocal": lambda a: _divide(_lift(1.0, a), a),
    "sqrt": lambda a: _power(Jet(a), 0.5),
    "exp": _exp,
    "expm1": _expm1,
    "log": _log,
    "log1p": _log1p,
    "arctan": _arctan,
    "tanh": _tanh,
    "sin": lambda a: _pair(a, -1.0, np.sin, np.cos)[0],
    "cos": lambda a: _pair(a, -1.0, np.sin, np.cos)[1],
    "sinh": lambda a: _pair(a, 1.0, np.sinh, np.cosh)[0],
    "cosh": lambda a: _pair(a, 1.0, np.sinh, np.cosh)[1],
}
