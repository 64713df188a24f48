"""A trap V of the user's own as a table for kernels: polynomials of degree 7 in s = r^2.

The cells halve like floating-point numbers: the exponent of s and the first bits of its mantissa are the index, so that
powers, cusps at the centre and growth at infinity are resolved alike. The table is made finer until it misses V by less
than 1e-10 of the depth of the trap, midway between the nodes; a V that is not smooth is refused. Energy and force are
those of the same polynomials. Beyond the last cell, where a charge has the weight exp(-745) or less, V goes on linearly
in s.

For scales (edge, step, start) the gas has the power trap of the same edge R and, at R, of the same density: with
g(r) = r^(d-1) V'(r), g(R) = 1, its exponent is R g'(R) + 2 - d.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import brentq

from physent.core.jit import njit, njit_inline
from physent.engines.potentials import OwnPotential
from physent.errors import UsageError
from physent.typing import Floats

_DEGREE = 7
_BITS = (4, 6, 8, 10)  # of the mantissa: cells per octave of s
_DEEPEST = 60  # octaves of s below that of the edge
_TOLERANCE = 1e-10
_UNREACHED = 745.0
_RADII = np.geomspace(1e-7, 1e12, 1901)


class Table(NamedTuple):
    """Polynomials of V in s by cell."""

    rows: Floats  # (cells + 2, 2 + degree + 1): centre, scale, coefficients of powers of (s - centre) scale
    first: int  # index of the first regular cell, in bits of s
    shift: int  # bits of s that do not count


@dataclass(frozen=True)
class Trap:
    """A trap of the user's own for one gas."""

    table: Table
    edge: float
    exponent: float  # of the power trap of the same scales
    reach: float  # radius up to which the table is V


@njit_inline
def _row(table: Table, s: float) -> int:
    cell = (np.float64(s).view(np.int64) >> table.shift) - table.first + 1
    return int(min(max(cell, 0), table.rows.shape[0] - 1))


@njit
def value(table: Table, s: float) -> float:
    """V at r^2 = s."""
    row = table.rows[_row(table, s)]
    t, total = (s - row[0]) * row[1], row[9]
    for k in range(8, 1, -1):
        total = total * t + row[k]
    return float(total)


@njit
def slope(table: Table, s: float) -> float:
    """dV/ds at r^2 = s, that is V'(r)/(2 r)."""
    row = table.rows[_row(table, s)]
    t, total = (s - row[0]) * row[1], 7.0 * row[9]
    for k in range(8, 2, -1):
        total = total * t + (k - 2) * row[k]
    return float(total * row[1])


@njit
def _square(r: Floats, i: int) -> float:
    s = 0.0
    for axis in range(r.shape[0]):
        s += r[axis, i] * r[axis, i]
    return s


@njit
def add_force(table: Table, beta: float, r: Floats, out: Floats) -> None:
    """Replace repulsions ``out`` (rows, n) by beta times (repulsion - N grad V) at ``r`` (rows, n)."""
    n = r.shape[1]
    for i in range(n):
        factor = 2.0 * n * slope(table, _square(r, i))
        for axis in range(r.shape[0]):
            out[axis, i] = beta * (out[axis, i] - factor * r[axis, i])


@njit
def energy(table: Table, r: Floats) -> float:
    """N sum_i V(|x_i|) of ``r`` (rows, n)."""
    total, n = 0.0, r.shape[1]
    for i in range(n):
        total += value(table, _square(r, i))
    return float(n * total)


@njit
def virial(table: Table, r: Floats) -> float:
    """N sum_i r_i V'(r_i) of ``r`` (rows, n)."""
    total, n = 0.0, r.shape[1]
    for i in range(n):
        s = _square(r, i)
        total += 2.0 * s * slope(table, s)
    return float(n * total)


@lru_cache(maxsize=32)
def trap_of(own: OwnPotential, dimension: int, on_log_line: bool, n: int, beta: float) -> Trap:
    """The trap for a gas; UsageError if it does not hold the charges, or is not smooth."""
    edge = _edge(own, dimension, on_log_line)
    reach = _reach(own, dimension, on_log_line, edge, n, beta)
    centre = float(own(np.array([edge * 2.0 ** (-_DEEPEST / 2)]))[0])
    depth = abs(float(own(np.array([edge]))[0]) - centre) + edge * abs(float(own.slope(np.array([edge]))[0]))
    for bits in _BITS:
        table = _table(own, edge, reach, bits)
        worst, at = _miss(own, table, depth, centre)
        if worst <= _TOLERANCE:
            return Trap(table, edge, _exponent(own, dimension, on_log_line, edge), math.sqrt(table.rows[-1, 0]))
    raise UsageError(
        f"{own.label} is not smooth near r = {at:.4g}: polynomials miss it by {worst:.1e} of its depth, expected "
        f"{_TOLERANCE:g}; expected a function with many derivatives for r > 0"
    )


def tried_at(config: Any) -> Floats:
    """Radii at which a trap is tried before a run: up to its edge and somewhat beyond."""
    p = config.parameters
    edge = _edge(p.potential, p.dimension, p.dimension == 1 and p.interaction == "log")
    return np.asarray(edge * np.linspace(0.02, 1.3, 65))


def _enclosed(own: OwnPotential, dimension: int, on_log_line: bool, r: Floats) -> Floats:
    """Fraction g(r) of the charges that the trap holds within r; for the log-gas (gas.py), by Gauss-Chebyshev nodes."""
    if not on_log_line:
        return np.asarray(r ** (dimension - 1) * own.slope(r))
    x = np.multiply.outer(r, np.cos((np.arange(64) + 0.5) * np.pi / 128))
    return np.asarray((x * own.slope(x)).mean(axis=-1))


def _edge(own: OwnPotential, dimension: int, on_log_line: bool) -> float:
    """Radius of the droplet: beyond it, g > 1 as far as V is finite."""
    g = _enclosed(own, dimension, on_log_line, _RADII)
    known = np.flatnonzero(np.isfinite(g))
    below = known[g[known] < 1]
    if not known.size or (below.size and below[-1] == known[-1]):
        raise UsageError(
            f"{own.label} does not hold the charges: expected a trap with "
            f"{'r V' if dimension == 2 else 'V' if dimension == 1 else 'r^2 V'}'(r) > 1 for all large r"
        )
    if not below.size:
        raise UsageError(f"{own.label} puts the edge of the gas below {_RADII[0]:g}, expected 1e-6 to 1e6")
    inner = np.log(_RADII[below[-1] : below[-1] + 2])
    return float(
        np.exp(brentq(lambda x: float(_enclosed(own, dimension, on_log_line, np.exp([x]))[0]) - 1, *inner, xtol=1e-14))
    )


def _exponent(own: OwnPotential, dimension: int, on_log_line: bool, edge: float) -> float:
    step = 1e-3
    around = np.array([edge * (1 - step), edge * (1 + step)])
    if on_log_line:
        low, high = own.slope(around)
        return max(0.1, 1 + float((high - low) / (high + low)) / step)
    low, high = _enclosed(own, dimension, on_log_line, around)
    return max(2.1 - dimension, float(high - low) / (2 * step) + 2 - dimension, 0.1)


def _reach(own: OwnPotential, dimension: int, on_log_line: bool, edge: float, n: int, beta: float) -> float:
    """Radius beyond which a charge in the field of all others has no weight, and at least four edges."""
    r = edge * 2.0 ** (np.arange(1, 160) / 8)
    gained = np.log(r / edge) if on_log_line else {1: r - edge, 2: np.log(r / edge), 3: 1 / edge - 1 / r}[dimension]
    least = beta * n * (own(r) - own(np.array([edge])) - gained)
    finite = np.isfinite(least)
    far = r[finite][-1] if finite.any() else edge
    enough = np.flatnonzero(least[finite] >= _UNREACHED)
    if not enough.size and finite.all():
        raise UsageError(f"{own.label} grows too slowly to hold the charges at beta = {beta:g} and n = {n}")
    return float(min(far, max(r[enough[0]] if enough.size else far, 4 * edge)))


def _table(own: OwnPotential, edge: float, reach: float, bits: int) -> Table:
    """Interpolation at the Chebyshev nodes of each cell, with 2^bits cells per octave of s."""
    low = math.floor(2 * math.log2(edge)) - _DEEPEST
    octaves = math.ceil(2 * math.log2(reach)) - low
    if not np.isfinite(own(np.array([2.0 ** ((low + octaves) / 2)]))).all():
        octaves -= 1
    starts = np.ldexp(1 + np.arange(1 << bits) / (1 << bits), low)
    bounds = np.append(np.concatenate([starts * 2.0**k for k in range(octaves)]), 2.0 ** (low + octaves))
    bounds = np.concatenate([[0.0], bounds])
    centre, half = (bounds[1:] + bounds[:-1]) / 2, np.diff(bounds) / 2
    nodes = np.cos((np.arange(_DEGREE + 1) + 0.5) * np.pi / (_DEGREE + 1))
    values = own(np.sqrt(centre[:, None] + half[:, None] * nodes))
    middle = values.mean(axis=1, keepdims=True)
    powers = np.linalg.solve(np.vander(nodes, increasing=True), (values - middle).T).T
    powers[:, :1] += middle
    rows = np.zeros((len(centre) + 1, 3 + _DEGREE))
    rows[:-1, 0], rows[:-1, 1], rows[:-1, 2:] = centre, 1 / half, powers
    ends = np.arange(_DEGREE + 1)
    rows[-1, :4] = bounds[-1], 1.0, powers[-1].sum(), (powers[-1] * ends).sum() / half[-1]
    shift = 52 - bits
    return Table(rows, int(np.float64(2.0**low).view(np.int64)) >> shift, shift)


def _miss(own: OwnPotential, table: Table, depth: float, centre: float) -> tuple[float, float]:
    """Largest difference from V between the nodes, relative to the depth or to V, and the radius of it."""
    rows = table.rows[1:-1]
    t = np.array([-1.0, -0.7, -0.2, 0.33, 0.9])
    r = np.sqrt(rows[:, :1] + t / rows[:, 1:2])
    made = np.polynomial.polynomial.polyval(t, rows[:, 2:].T)
    exact = own(r)
    miss = np.abs(made - exact) / (depth + np.abs(exact - centre))
    miss = np.where(np.isfinite(miss), miss, np.inf)
    worst = np.unravel_index(int(miss.argmax()), miss.shape)
    return float(miss[worst]), float(r[worst])
