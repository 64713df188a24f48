"""Elementary functions against extended precision."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest

from physent.core.jit import njit
from physent.core.mathfun import log_positive, sincos_turn
from physent.core.random import Purpose, uniform_array

Array = npt.NDArray[np.float64]
LONG = np.longdouble
pytestmark = pytest.mark.skipif(
    np.finfo(LONG).nmant < 63, reason="needs an extended long double as reference"
)


@njit
def _log(x: Array, out: Array) -> None:
    for i in range(x.size):
        out[i] = log_positive(x[i])


@njit
def _sincos(x: Array, out: Array) -> None:
    for i in range(x.size):
        out[0, i], out[1, i] = sincos_turn(x[i])


def log(x: Array) -> Array:
    out = np.empty(x.size)
    _log(x, out)
    return out


def sincos(x: Array) -> Array:
    out = np.empty((2, x.size))
    _sincos(x, out)
    return out


def points() -> Array:
    u = uniform_array(1, Purpose.INITIAL, 0, 0, 50_000)
    edges = [2.0**-53, 2.0**-52, 1 - 2.0**-53, 1 - 2.0**-52, 0.5, np.sqrt(0.5), 1.0]
    eighths = [k / 8 + shift for k in range(1, 8) for shift in (-(2.0**-53), 0.0, 2.0**-53)]
    return np.concatenate([u, u**8 + 2.0**-53, 1 - u**8 * (1 - 2.0**-53), edges, eighths])


def ulps(found: Array, exact: npt.NDArray[np.longdouble]) -> float:
    error = np.abs(found.astype(LONG) - exact)
    return float(np.max(error / np.spacing(np.abs(exact).astype(np.float64))))


def test_log_within_one_ulp() -> None:
    x = points()
    assert ulps(log(x), np.log(x.astype(LONG))) < 1.0


def test_log_of_every_exponent() -> None:
    x = 2.0 ** np.arange(-1021, 1024, dtype=float) * 1.2345 / 1.3
    assert ulps(log(x), np.log(x.astype(LONG))) < 1.0


def test_sincos_within_two_ulps() -> None:
    x = points()
    # Reduced exactly to the nearest quarter turn, so that the long double reference does not lose zeros.
    quarter = np.round(4 * x)
    angle = (4 * x - quarter).astype(LONG) * LONG(2) * np.arctan(LONG(1))
    sine, cosine = np.sin(angle), np.cos(angle)
    table = {0: (sine, cosine), 1: (cosine, -sine), 2: (-sine, -cosine), 3: (-cosine, sine)}
    expected = np.array(
        [np.select([quarter % 4 == q for q in range(4)], [table[q][i] for q in range(4)]) for i in (0, 1)]
    )
    found = sincos(x)
    zero = expected == 0
    assert np.all(found[zero] == 0)
    assert ulps(found[~zero], expected[~zero]) < 2.0


def test_quarter_turns_are_exact() -> None:
    found = sincos(np.array([0.0, 0.25, 0.5, 0.75, 1.0]))
    assert found[0].tolist() == [0.0, 1.0, 0.0, -1.0, 0.0]
    assert found[1].tolist() == [1.0, 0.0, -1.0, 0.0, 1.0]


def test_exact_symmetry() -> None:
    """Half a turn changes signs only, exactly: no angular bias."""
    u = np.array([float(Fraction(k, 4096)) for k in range(2048)])
    assert np.array_equal(sincos(u), -sincos(u + 0.5))
