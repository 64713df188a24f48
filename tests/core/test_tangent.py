"""Tangent vectors against NumPy: orthonormalisation, determinants, and naive twins of whole steps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from physent.core import dop853
from physent.core.expressions import Compiled, compiled
from physent.core.tangent import NO_NUMBER, OVERFLOW, TINY, Orbits, Rule, align, diagonal_of, flowing, mapping
from physent.typing import Floats

RK4 = (np.array([[0.0, 0, 0, 0], [0.5, 0, 0, 0], [0, 0.5, 0, 0], [0, 0, 1, 0]]), np.array([1.0, 2, 2, 1]) / 6)
Slope = Callable[[Floats], Floats]
HENON = compiled(("x", "y"), ("a", "b"), (), ("1 - a*x**2 + y", "b*x"))
LORENZ = compiled(("x", "y", "z"), ("s", "r", "b"), (), ("s*(y - x)", "x*(r - z) - y", "x*y - b*z"))


def orbits(x: list[float], k: int, q: Floats | None = None) -> Orbits:
    d = len(x)
    start = np.eye(d)[None, :, :k].copy() if q is None else q[None].copy()
    logs, settled = np.zeros((1, k)), np.zeros((1, k + 1))
    lost, rough, fault = (np.zeros(1, np.int64) for _ in range(3))
    return Orbits(np.array([x]), start, logs, np.zeros(1), settled, lost, rough, np.full(1, -1), fault)


def rule(
    system: Compiled, p: list[float], step: float = 1.0, every: int = 1, scheme: tuple[Floats, Floats] = RK4
) -> Rule:
    start, column = system.start, system.column
    a, b = scheme
    period = np.zeros(len(start) - 1)
    return Rule(np.array(p), start, column, diagonal_of(start, column), period, step, a, b, 0, 0, every, 1e6)


@pytest.mark.parametrize(("d", "k"), [(1, 1), (5, 3), (7, 7), (20, 20)])
def test_gram_schmidt_is_that_of_numpy(d: int, k: int) -> None:
    q = np.random.default_rng(d).normal(size=(d, k))
    made = orbits([0.0] * d, k, q)
    align(0, 1, made)
    exact, r = np.linalg.qr(q)
    sign = np.sign(np.diag(r))
    np.testing.assert_allclose(made.q[0], exact * sign, atol=1e-13)
    np.testing.assert_allclose(made.logs[0], np.log(np.abs(np.diag(r))), atol=1e-13)
    np.testing.assert_array_equal(made.settled[0, :-1], made.logs[0])


def test_a_vector_that_vanished_is_replaced() -> None:
    q = np.zeros((4, 4))
    q[:, 0] = [1.0, 1.0, 0.0, 0.0]
    q[:, 3] = [0.0, 0.0, 0.0, 2.0]
    made = orbits([0.0] * 4, 4, q)
    align(0, 1, made)
    np.testing.assert_allclose(made.q[0].T @ made.q[0], np.eye(4), atol=1e-14)
    np.testing.assert_allclose(made.logs[0, :3], [0.5 * np.log(2), np.log(TINY), np.log(TINY)])
    assert made.lost[0] >= 2


def test_what_remains_of_a_vector() -> None:
    """Rounding counts as nothing; a hundred-millionth as rough, by its share and not by its size."""
    made = orbits([0.0] * 3, 3, np.array([[1.0, 1.0, 0.0], [1.0, 1.0 + 1e-9, 0.0], [0.0, 0.0, 1e-20]]))
    align(0, 1, made)
    assert (made.lost[0], made.rough[0]) == (0, 1)
    np.testing.assert_allclose(made.logs[0, 1:], np.log([1e-9 / np.sqrt(2), 1e-20]), rtol=1e-6)
    parallel = orbits([0.0] * 3, 3, np.outer([0.1, 0.3, 0.7], [0.3, 0.7, 1.1]))
    align(0, 1, parallel)
    assert (parallel.lost[0], parallel.rough[0]) == (2, 0)
    np.testing.assert_array_equal(parallel.logs[0, 1:], np.log(TINY))
    np.testing.assert_allclose(parallel.q[0].T @ parallel.q[0], np.eye(3), atol=1e-14)
    assert (np.abs(parallel.q[0]) > 0.01).all()  # general position, no axis


def test_no_number_and_overflow() -> None:
    """The Jacobian of sqrt(x) at 0 is infinite; 2^600 has no square."""
    for text, x, every, fault in (("sqrt(x)", 0.0, 1, NO_NUMBER), ("2*x", 0.0, 600, OVERFLOW)):
        system, made = compiled(("x",), (), (), (text,)), orbits([x], 1)
        mapping(system.evaluate)(0, 1, 700, 700, np.zeros(1, np.int64), made, rule(system, [], every=every))
        assert (made.fault[0], made.left[0]) == (fault, 600 if fault == OVERFLOW else 0)
    root, made = compiled(("x",), (), (), ("sqrt(x)",)), orbits([0.0], 1)
    flowing(root.evaluate)(0, 1, 5, 5, np.zeros(1, np.int64), made, rule(root, [], 0.1))
    assert (made.fault[0], made.left[0], made.x[0, 0]) == (NO_NUMBER, 0, 0.0)


def twin(
    step: Slope, jacobian: Callable[[Floats], Floats], x: Floats, k: int, count: int
) -> tuple[Floats, Floats, float]:
    """A map, with QR of NumPy at every step."""
    q, logs, volume = np.eye(len(x))[:, :k], np.zeros(k), 0.0
    for _ in range(count):
        matrix = jacobian(x)
        volume += np.linalg.slogdet(matrix)[1]
        q, r = np.linalg.qr(matrix @ q)
        logs, x = logs + np.log(np.abs(np.diag(r))), step(x)
    return x, logs, volume


def test_a_map_against_its_twin() -> None:
    made, made_one = orbits([0.1, 0.2], 2), orbits([0.1, 0.2], 1)
    for one in (made, made_one):
        mapping(HENON.evaluate)(0, 1, 40, 40, np.zeros(1, np.int64), one, rule(HENON, [1.4, 0.3]))
    x, logs, volume = twin(
        lambda x: np.array([1 - 1.4 * x[0] ** 2 + x[1], 0.3 * x[0]]),
        lambda x: np.array([[-2.8 * x[0], 1.0], [0.3, 0.0]]),
        np.array([0.1, 0.2]),
        2,
        40,
    )
    np.testing.assert_allclose(made.x[0], x, atol=1e-9)
    np.testing.assert_allclose(made.logs[0], logs, atol=1e-8)
    np.testing.assert_allclose(made.volume[0], volume, atol=1e-12)
    np.testing.assert_array_equal(made_one.logs[0], made.logs[0, :1])


def slopes(y: Floats) -> Floats:
    """Lorenz, and the tangent vectors behind the point."""
    (x, y1, z), q = y[:3], y[3:].reshape(3, 3)
    matrix = np.array([[-10.0, 10, 0], [28 - z, -1, -x], [y1, x, -8 / 3]])
    return np.concatenate([[10 * (y1 - x), x * (28 - z) - y1, x * y1 - 8 / 3 * z], (matrix @ q).ravel()])


@pytest.mark.parametrize("scheme", [RK4, (dop853.STAGES, dop853.WEIGHTS)], ids=["rk4", "dop853"])
def test_a_flow_against_its_twin(scheme: tuple[Floats, Floats]) -> None:
    a, b = scheme
    y, h = np.concatenate([[1.0, 2.0, 20.0], np.eye(3).ravel()]), 0.02
    for _ in range(10):
        stages: list[Floats] = []
        for row in a:
            stages.append(slopes(y + h * sum((c * k for c, k in zip(row, stages, strict=False)), np.zeros(12))))
        y = y + h * sum((c * k for c, k in zip(b, stages, strict=True)), np.zeros(12))
    made = orbits([1.0, 2.0, 20.0], 3)
    run = rule(LORENZ, [10.0, 28.0, 8 / 3], h, every=10, scheme=scheme)
    flowing(LORENZ.evaluate)(0, 1, 10, 10, np.zeros(1, np.int64), made, run)
    np.testing.assert_allclose(made.x[0], y[:3], rtol=1e-12)
    exact, r = np.linalg.qr(y[3:].reshape(3, 3))
    np.testing.assert_allclose(made.logs[0], np.log(np.abs(np.diag(r))), rtol=1e-10)
    np.testing.assert_allclose(made.q[0], exact * np.sign(np.diag(r)), atol=1e-10)
    np.testing.assert_allclose(made.volume[0], -0.2 * (10 + 1 + 8 / 3), rtol=1e-12)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (((0.1, 0.2, 0.3), (0.4, 0.5, 0.6), (0.7, 0.8, 0.9)), np.log(TINY)),  # singular, but for rounding
        (((1e-8, 0.0, 0.0), (0.0, 1e-20, 0.0), (0.0, 0.0, 1.0)), np.log(1e-28)),
        (((1.0, 1.0, 0.0), (1.0, 1.0 + 1e-12, 0.0), (0.0, 0.0, 1.0)), np.log(1e-12)),
    ],
)
def test_determinants_that_are_rounding(rows: tuple[tuple[float, ...], ...], expected: float) -> None:
    names = ("x", "y", "z")
    texts = tuple(" + ".join(f"{value!r}*{name}" for value, name in zip(row, names, strict=True)) for row in rows)
    system, made = compiled(names, (), (), texts), orbits([0.0, 0.0, 0.0], 1)
    mapping(system.evaluate)(0, 1, 1, 1, np.zeros(1, np.int64), made, rule(system, []))
    np.testing.assert_allclose(made.volume[0], expected, rtol=1e-5)
