from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special

from physent.theory.jets import taylor, variable

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "arctan": np.arctan,
    "square": np.square,
    "reciprocal": np.reciprocal,
    "power": lambda r: r**2.5 - r**-1.5,
    "exponential of base": lambda r: 2.0**r + r**r,
    "quotient": lambda r: (1 + r) / (2 - r * r) - 3 / r,
}


def contour(f: Callable[[Any], Any], r: float, order: int) -> np.ndarray:
    """Taylor coefficients by Cauchy's formula on a circle."""
    count, radius = 128, 0.25
    phase = np.exp(2j * np.pi * np.arange(count) / count)
    values = f(r + radius * phase)
    return np.array([(values * phase**-n).mean().real / radius**n for n in range(order + 1)])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_coefficients_are_those_of_cauchy(name: str) -> None:
    f = FUNCTIONS[name]
    r = np.array([0.6, 0.9])
    expected = np.stack([contour(f, float(each), 6) for each in r], axis=1)
    np.testing.assert_allclose(taylor(f, r, 6), expected, rtol=1e-9, atol=1e-10)


def test_integer_powers_are_exact_at_zero() -> None:
    np.testing.assert_array_equal(taylor(lambda r: r**3 + 2 * r, 0.0, 4), [0, 2, 0, 1, 0])


def test_constants_and_derivatives() -> None:
    np.testing.assert_array_equal(taylor(lambda r: 3.0, [1.0, 2.0], 2), [[3, 3], [0, 0], [0, 0]])
    slope = np.exp(variable(0.0, 5)).derivative().coefficients
    np.testing.assert_allclose(slope, [1 / math.factorial(n) for n in range(5)], rtol=1e-15)


@pytest.mark.parametrize(
    "f",
    [special.erf, lambda r: np.where(r < 1, r, 1.0), lambda r: math.exp(r), lambda r: np.exp(np.asarray(r))],
    ids=["special", "branches", "scalar", "objects"],
)
def test_what_has_no_rule_is_refused(f: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError):
        taylor(f, 0.5, 2)
