"""Orbits of maps and flows with tangent vectors: products with a sparse Jacobian, and orthonormalisation.

A system is ``evaluate(x, p, f, values)``, which writes f(x) (d,) and the entries of its Jacobian J by rows, at the
places that `Rule` names. Tangent vectors are the columns of Q (d, k): those of a map become J Q, those of a flow follow
dQ/dt = J Q in the same Runge-Kutta stages as x. Benettin, Galgani, Giorgilli and Strelcyn (1980), Meccanica 15, 9: the
logarithms of their norms in the method of Gram and Schmidt, summed, grow as the Lyapunov exponents.

Matrices are flat and reached by pointers: for three variables, counting references to views costs more than the steps.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from physent.core.jit import njit, njit_inline
from physent.core.pointers import at, pointer
from physent.core.stepping import by_blocks
from physent.typing import Floats, Integers

Kernel = Callable[..., Any]

TINY = 1e-300
"""Norms and determinants below count as this one: a tangent vector has vanished, and is replaced."""
VANISHED, ROUGH = 1e-14, 1e-8
"""Shares of a vector that remain normal to those before it, or of terms that remain in their sum: below the first they
are rounding, and the vector has vanished; below the second it has few correct digits."""
GOLDEN = 0.6180339887498949
HUGE = 1e300
"""Squares of norms are below this one, or something has overflowed."""
NO_NUMBER, OVERFLOW = 1, 2
"""Faults: the Jacobian is NaN or infinite at the point; tangent vectors are."""


class Rule(NamedTuple):
    """How a leg is stepped: constants of the system, scheme, and when tangent vectors are orthonormalised."""

    p: Floats  # constants of the system
    start: Integers  # (d + 1,): entries of row i of the Jacobian are start[i] to start[i + 1]
    column: Integers  # of each entry
    diagonal: Integers  # (d,): the entry on the diagonal of each row, or -1
    period: Floats  # (d,) of each variable; 0: it is not wrapped
    step: float
    stages: Floats  # (s, s) of a Runge-Kutta scheme
    weights: Floats  # (s,)
    origin: int  # step from which the leg's exponents count their transient
    transient: int  # steps
    every: int  # steps between orthonormalisations
    bound: float  # of |x|


class Orbits(NamedTuple):
    """What moves, by replicas."""

    x: Floats  # (replica, d)
    q: Floats  # (replica, d, k)
    logs: Floats  # (replica, k) cumulative logarithms of stretching
    volume: Floats  # (replica,) cumulative logarithm of the volume: integral of tr J, or sum of ln|det J|
    settled: Floats  # (replica, k + 1) logs and volume at the end of the transient
    lost: Integers  # (replica,) vectors that vanished
    rough: Integers  # (replica,) vectors of which less than `ROUGH` remained
    left: Integers  # (replica,) step at which the orbit left the bound, or had a fault, or -1
    fault: Integers  # (replica,) 0, `NO_NUMBER` or `OVERFLOW`


def diagonal_of(start: Integers, column: Integers) -> Integers:
    """The entry on the diagonal of each row, or -1."""
    diagonal = np.full(len(start) - 1, -1, np.int64)
    for row in range(len(start) - 1):
        for entry in range(start[row], start[row + 1]):
            if column[entry] == row:
                diagonal[row] = entry
    return diagonal


Pointer = Any


@njit_inline
def push(start: Pointer, column: Pointer, values: Pointer, q: Pointer, out: Pointer, d: int, k: int) -> float:
    """J Q (d, k) to ``out``; 0, or NaN if an entry of J is NaN or infinite."""
    check = 0.0
    for i in range(d):
        for m in range(k):
            out[i * k + m] = 0.0
        for e in range(start[i], start[i + 1]):
            c, j = values[e], column[e] * k
            check += 0.0 * c
            for m in range(k):
                out[i * k + m] += c * q[j + m]
    return check


@njit
def drop(start: Pointer, column: Pointer, values: Pointer, q: Pointer, out: Pointer, d: int, k: int) -> None:
    """Set columns of J Q (d, k) in ``out`` to 0 if no more than rounding of their terms is left: J annihilates them."""
    for m in range(k):
        if _square(out, m, d, k) < 1e-8 * _square(q, m, d, k):  # rarely; all that terms below 1e10 can leave
            whole = 0.0
            for i in range(d):
                terms = 0.0
                for e in range(start[i], start[i + 1]):
                    terms += abs(values[e] * q[column[e] * k + m])
                whole += terms * terms
            if _square(out, m, d, k) <= VANISHED * VANISHED * whole:
                for i in range(d):
                    out[i * k + m] = 0.0


@njit
def orthonormalise(q: Pointer, logs: Pointer, row: Pointer, d: int, k: int) -> tuple[int, int]:
    """Modified Gram-Schmidt of the columns of q (d, k), in place; adds ln of their norms to ``logs``.

    Vectors that vanished count as of norm `TINY`, and are replaced. Returned are their number, or -1 if a norm is NaN
    or beyond `HUGE`, and that of vectors of which less than `ROUGH` remained. ``row`` (2 k,) is scratch.
    """
    lost, rough = 0, 0
    whole = at(row, k)  # squares of norms before projection
    for m in range(k):
        whole[m] = 0.0
    for i in range(d):
        for m in range(k):
            whole[m] += q[i * k + m] * q[i * k + m]
    for j in range(k):
        square = _square(q, j, d, k)
        if not square < HUGE:
            return -1, rough
        remains = square > TINY and square > VANISHED * VANISHED * whole[j]
        if remains:
            norm = np.sqrt(square)
            rough += square < ROUGH * ROUGH * whole[j]
        else:
            lost, norm = lost + 1, TINY
            _replace(q, j, d, k)
        logs[j] += np.log(norm)
        scale = 1.0 / norm if remains else 1.0
        for i in range(d):
            q[i * k + j] *= scale
        for m in range(j + 1, k):
            row[m] = 0.0
        for i in range(d):
            c = q[i * k + j]
            for m in range(j + 1, k):
                row[m] += c * q[i * k + m]
        for i in range(d):
            c = q[i * k + j]
            for m in range(j + 1, k):
                q[i * k + m] -= c * row[m]
    return lost, rough


@njit_inline
def _square(q: Pointer, j: int, d: int, k: int) -> float:
    square = 0.0
    for i in range(d):
        square += q[i * k + j] * q[i * k + j]
    return square


@njit
def _replace(q: Pointer, j: int, d: int, k: int) -> None:
    """Make column j a unit vector normal to the columns before it, in general position if enough remains of that."""
    for axis in range(-1, d):  # axes may lie in a part that others do not reach
        for i in range(d):
            part = (i + 1) * (j + 1) * GOLDEN
            general = (part - np.floor(part) - 0.5) * np.sqrt(12.0 / d)
            q[i * k + j] = general if axis < 0 else 1.0 if i == axis else 0.0
        for _ in range(2):  # twice is enough for orthogonality to rounding
            for m in range(j):
                c = 0.0
                for i in range(d):
                    c += q[i * k + m] * q[i * k + j]
                for i in range(d):
                    q[i * k + j] -= c * q[i * k + m]
        square = _square(q, j, d, k)
        if square * 2 * d >= 1.0 or (axis < 0 and square > 1e-4):  # some axis: the squares of all sum to d - j
            norm = np.sqrt(square)
            for i in range(d):
                q[i * k + j] /= norm
            return


@njit
def log_determinant(start: Pointer, column: Pointer, values: Pointer, dense: Pointer, d: int) -> float:
    """ln|det J| by elimination with row pivots, at least ln `TINY`; ``dense`` (2, d, d) is scratch.

    Entries are 0 if only rounding of the terms that made them is left; the second matrix has the sums of their
    magnitudes.
    """
    terms = at(dense, d * d)
    for i in range(d):
        for j in range(d):
            dense[i * d + j] = 0.0
        for e in range(start[i], start[i + 1]):
            dense[i * d + column[e]] = values[e]
        for j in range(d):
            terms[i * d + j] = abs(dense[i * d + j])
    product, total = 1.0, 0.0
    for c in range(d):
        pivot = c
        for i in range(c, d):
            if abs(dense[i * d + c]) <= VANISHED * terms[i * d + c]:
                dense[i * d + c] = 0.0
            if abs(dense[i * d + c]) > abs(dense[pivot * d + c]):
                pivot = i
        if dense[pivot * d + c] == 0.0:
            return float(np.log(TINY))
        if pivot != c:
            _swap(dense, c * d, pivot * d, d)
            _swap(terms, c * d, pivot * d, d)
        product *= abs(dense[c * d + c])
        if not 1e-100 < product < 1e100:
            total, product = total + np.log(product), 1.0
        for i in range(c + 1, d):
            factor = dense[i * d + c] / dense[c * d + c]
            if factor != 0.0:
                for j in range(c + 1, d):
                    dense[i * d + j] -= factor * dense[c * d + j]
                    terms[i * d + j] += abs(factor) * terms[c * d + j]
    return float(max(total + np.log(product), np.log(TINY)))


@njit_inline
def _swap(rows: Pointer, a: int, b: int, d: int) -> None:
    for j in range(d):
        rows[a + j], rows[b + j] = rows[b + j], rows[a + j]


@njit_inline
def _inside(x: Pointer, period: Pointer, bound: float, d: int) -> bool:
    """Wrap the variables that are periodic; whether all are within the bound."""
    inside = True
    for i in range(d):
        if period[i] > 0.0:
            x[i] -= period[i] * np.floor(x[i] / period[i])
        if not abs(x[i]) <= bound:
            inside = False
    return inside


@njit_inline
def _finite(f: Pointer, size: int) -> bool:
    check = 0.0
    for i in range(size):
        check += 0.0 * f[i]
    return bool(check == 0.0)


@njit
def _align(replica: int, done: int, orbits: Orbits, rule: Rule, row: Pointer) -> bool:
    """Orthonormalise ``done`` steps after the origin; note what was reached if the transient ends; False: overflow."""
    d, k = orbits.q.shape[1:]
    q, logs = pointer(orbits.q[replica]), pointer(orbits.logs[replica])
    lost, rough = orthonormalise(q, logs, row, d, k)
    if lost < 0:
        orbits.fault[replica] = OVERFLOW
        return False
    orbits.lost[replica] += lost
    orbits.rough[replica] += rough
    if done == rule.transient:
        for m in range(k):
            orbits.settled[replica, m] = orbits.logs[replica, m]
        orbits.settled[replica, k] = orbits.volume[replica]
    return True


@njit_inline
def _goes_on(replica: int, made: int, grown: float, orbits: Orbits, rule: Rule, row: Pointer) -> bool:
    """After step ``made``: orthonormalise if it is time, and wrap; False: the orbit has left the bound, or a fault."""
    done, sound = made - rule.origin, True
    if done % rule.every == 0 or done == rule.transient:
        orbits.volume[replica] = grown
        sound = _align(replica, done, orbits, rule, row)
    inside = _inside(pointer(orbits.x[replica]), pointer(rule.period), rule.bound, orbits.x.shape[1])
    if not (inside and sound):
        orbits.left[replica] = made
    return inside and sound


@lru_cache(maxsize=64)
def mapping(evaluate: Kernel) -> Kernel:
    """``advance`` (see `by_blocks`) of a map x' = f(x), with Q' = J(x) Q."""

    @njit
    def block(replica: int, begin: int, count: int, orbits: Orbits, rule: Rule) -> None:
        d, k = orbits.q.shape[1:]
        room = np.empty(d + len(rule.column) + d * k + 2 * k + (2 * d * d if k > 0 else 0))
        f = pointer(room)
        values, other = at(f, d), at(f, d + len(rule.column))
        row, dense = at(other, d * k), at(other, d * k + 2 * k)
        x, q = pointer(orbits.x[replica]), pointer(orbits.q[replica])
        p, start, column = pointer(rule.p), pointer(rule.start), pointer(rule.column)
        grown = orbits.volume[replica]
        for number in range(begin, begin + count):
            evaluate(x, p, f, values)
            if k > 0:
                if push(start, column, values, q, other, d, k) != 0.0 and _finite(f, d):
                    orbits.left[replica], orbits.fault[replica] = number, NO_NUMBER
                    break
                drop(start, column, values, q, other, d, k)
                grown += log_determinant(start, column, values, dense, d)
            for i in range(d):
                x[i] = f[i]
            for i in range(d * k):
                q[i] = other[i]
            if not _goes_on(replica, number + 1, grown, orbits, rule, row):
                break
        orbits.volume[replica] = grown
        room[0] = 0.0  # its last use: until here it is not freed

    return by_blocks(block)


@njit_inline
def _towards(y: Pointer, slopes: Pointer, weights: Pointer, stages: int, step: float, out: Pointer, size: int) -> None:
    """Write y (size,) + step times the weighted sum of slopes (s, size)."""
    for i in range(size):
        out[i] = y[i]
    for j in range(stages):
        c = step * weights[j]
        if c != 0.0:
            for i in range(size):
                out[i] += c * slopes[j * size + i]


@lru_cache(maxsize=64)
def flowing(evaluate: Kernel) -> Kernel:
    """``advance`` (see `by_blocks`) of a flow dx/dt = f(x), with dQ/dt = J(x) Q, by an explicit Runge-Kutta scheme."""

    @njit
    def block(replica: int, begin: int, count: int, orbits: Orbits, rule: Rule) -> None:
        d, k = orbits.q.shape[1:]
        stages, h, size = len(rule.weights), rule.step, d * k
        room = np.empty((stages + 1) * (d + size) + len(rule.column) + 2 * k)
        here = pointer(room)
        turned, speed = at(here, d), at(here, d + size)
        turn = at(speed, stages * d)
        values, row = at(turn, stages * size), at(turn, stages * size + len(rule.column))
        x, q = pointer(orbits.x[replica]), pointer(orbits.q[replica])
        p, start, column = pointer(rule.p), pointer(rule.start), pointer(rule.column)
        a, b, diagonal = pointer(rule.stages), pointer(rule.weights), pointer(rule.diagonal)
        grown = orbits.volume[replica]
        for number in range(begin, begin + count):
            trace, check = 0.0, 0.0
            for s in range(stages):
                _towards(x, speed, at(a, s * stages), s, h, here, d)
                _towards(q, turn, at(a, s * stages), s, h, turned, size)
                evaluate(here, p, at(speed, s * d), values)
                check += push(start, column, values, turned, at(turn, s * size), d, k)
                for i in range(d):
                    if diagonal[i] >= 0:
                        trace += b[s] * values[diagonal[i]]
            if check != 0.0 and k > 0 and _finite(speed, stages * d):
                orbits.left[replica], orbits.fault[replica] = number, NO_NUMBER
                break
            _towards(x, speed, b, stages, h, x, d)
            _towards(q, turn, b, stages, h, q, size)
            grown += h * trace
            if not _goes_on(replica, number + 1, grown, orbits, rule, row):
                break
        orbits.volume[replica] = grown
        room[0] = 0.0  # its last use: until here it is not freed

    return by_blocks(block)


@njit
def align(first: int, last: int, orbits: Orbits) -> None:
    """Orthonormalise, and let exponents count from now on."""
    d, k = orbits.q.shape[1:]
    room = np.empty(2 * k + 1)
    for replica in range(first, last):
        q, logs = pointer(orbits.q[replica]), pointer(orbits.logs[replica])
        lost, rough = orthonormalise(q, logs, pointer(room), d, k)
        orbits.lost[replica] += max(lost, 0)
        orbits.rough[replica] += rough
        orbits.settled[replica, k] = orbits.volume[replica]
        for m in range(k):
            orbits.settled[replica, m] = orbits.logs[replica, m]
    room[0] = 0.0  # its last use: until here it is not freed


@njit
def stretched(first: int, last: int, orbits: Orbits, out: Floats) -> None:
    """Logarithms of stretching now, with that since the last orthonormalisation, to ``out`` (replica, k)."""
    d, k = orbits.q.shape[1:]
    room = np.empty(d * k + 2 * k + 1)
    for replica in range(first, last):
        for i in range(d * k):
            room[i] = orbits.q[replica, i // k, i % k]
        for m in range(k):
            out[replica, m] = orbits.logs[replica, m]
        orthonormalise(pointer(room), pointer(out[replica]), at(pointer(room), d * k), d, k)
    room[0] = 0.0  # its last use: until here it is not freed
