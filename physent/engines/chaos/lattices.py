"""Systems of any number of sites: right-hand side and Jacobian as loops over sites, for pointers or arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from physent.core.jit import njit, njit_inline
from physent.typing import Integers

LOGISTIC, TENT, DOUBLING = 0.0, 1.0, 2.0
CHIALVO, RULKOV = 0.0, 1.0
_HEAD = 9  # of the constants of a chain of neurons, before the kinds


def ring(n: int, *offsets: int) -> tuple[Integers, Integers]:
    """Places of the entries of a Jacobian by rows: every site depends on itself displaced by each of the offsets."""
    column = (np.arange(n)[:, None] + np.array(offsets)) % n
    return np.arange(n + 1, dtype=np.int64) * len(offsets), column.astype(np.int64).ravel()


LORENZ96 = (-2, -1, 0, 1)


@njit
def lorenz96(x: Any, p: Any, f: Any, values: Any) -> None:
    """Constants n, F."""
    n = int(p[0])
    for i in range(n):
        far, near, after = x[(i - 2) % n], x[(i - 1) % n], x[(i + 1) % n]
        f[i] = (after - far) * near - x[i] + p[1]
        values[4 * i], values[4 * i + 1], values[4 * i + 2], values[4 * i + 3] = -near, after - far, -1.0, near


@njit_inline
def _local(x: float, kind: float, a: float, b: float) -> tuple[float, float]:
    """A map of the interval and its slope; constants r, or the slopes of a tent."""
    if kind == LOGISTIC:
        return a * x * (1.0 - x), a * (1.0 - 2.0 * x)
    if kind == TENT:
        left, right = a * x, b * (1.0 - x)
        return (left, a) if left <= right else (right, -b)
    return 2.0 * x - np.floor(2.0 * x), 2.0


COUPLED_MAPS = (-1, 0, 1)


@njit
def coupled_maps(x: Any, p: Any, f: Any, values: Any) -> None:
    """Constants n, coupling, kind of map, its two constants."""
    n = int(p[0])
    own, other = 1.0 - p[1], 0.5 * p[1]
    for i in range(n):
        f[i] = 0.0
    for i in range(n):
        y, slope = _local(x[i], p[2], p[3], p[4])
        before, after = (i - 1) % n, (i + 1) % n
        f[i] += own * y
        f[before] += other * y
        f[after] += other * y
        values[3 * i + 1] = own * slope
        values[3 * before + 2] = other * slope
        values[3 * after] = other * slope


def chain(n: int) -> tuple[Integers, Integers]:
    """Places of the entries of the Jacobian of a chain of neurons x_0, y_0, x_1, y_1 ..."""
    rows = []
    for i in range(n):
        rows.append([2 * j for j in (i - 1,) if j >= 0] + [2 * i, 2 * i + 1] + [2 * j for j in (i + 1,) if j < n])
        rows.append([2 * i, 2 * i + 1])
    start = np.cumsum([0, *map(len, rows)])
    return start.astype(np.int64), np.array([column for row in rows for column in row], np.int64)


@njit
def neuron_chain(x: Any, p: Any, f: Any, values: Any) -> None:
    """Constants n, coupling, a, b, c, k, alpha, mu, sigma, and the kind of every neuron."""
    n, e, at = int(p[0]), p[1], 0
    for i in range(n):
        u, v, ends = x[2 * i], x[2 * i + 1], 0.0
        if i > 0:
            values[at], at, ends = e, at + 1, ends + 1.0
        if p[_HEAD + i] == CHIALVO:
            rise = np.exp(v - u)
            f[2 * i], f[2 * i + 1] = u * u * rise + p[5], p[2] * v - p[3] * u + p[4]
            values[at], values[at + 1] = u * (2.0 - u) * rise, u * u * rise
            fall, keep = -p[3], p[2]
        else:
            bell = 1.0 / (1.0 + u * u)
            f[2 * i], f[2 * i + 1] = p[6] * bell + v, v - p[7] * (u - p[8])
            values[at], values[at + 1] = -2.0 * p[6] * u * bell * bell, 1.0
            fall, keep = -p[7], 1.0
        here, at = at, at + 2
        if i < n - 1:
            values[at], at, ends = e, at + 1, ends + 1.0
            f[2 * i] += e * (x[2 * i + 2] - u)
        if i > 0:
            f[2 * i] += e * (x[2 * i - 2] - u)
        values[here] -= e * ends
        values[at], values[at + 1], at = fall, keep, at + 2
