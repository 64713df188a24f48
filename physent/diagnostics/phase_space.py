"""Cells of the one-particle phase space (x, y, v_x, v_y): which are occupied, and how often.

Space is [0, L)^2 in nx x ny equal cells; velocity cells are [k dv, (k + 1) dv) for every whole k, so that they cover
all velocities and 0 is an edge. Only occupied cells are kept, in lexicographic order of (x, y, v_x, v_y).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from physent.core import jit
from physent.core.jit import njit, njit_inline
from physent.diagnostics.kernels import BLOCK, unpack
from physent.errors import RunError
from physent.typing import Floats, Integers

# Up to so many cells per particle (and a few more) they are counted in a table; for more, codes are sorted.
_CELLS_PER_PARTICLE = 8
_TABLE = 2**16
_ROUNDING = 1e-6  # positions just below L may be rounded to float32 beyond it


@dataclass(frozen=True)
class Codes:
    """Cell of every particle (replicas, n) as a number below size, in base span for the velocity components."""

    codes: Integers
    size: int
    span: int


@dataclass(frozen=True)
class Occupied:
    """Occupied cells of one gas, codes (m,) in order and counts (m,)."""

    codes: Integers
    counts: Integers
    size: int
    span: int  # velocity cells along an axis, from -span/2 on

    @property
    def space(self) -> Integers:
        """Space cell, x-major."""
        return np.asarray(self.codes // self.span**2)

    @property
    def velocity(self) -> Integers:
        """The whole numbers k of the cells [k dv, (k + 1) dv), shape (m, 2)."""
        both = np.stack([self.codes // self.span % self.span, self.codes % self.span], axis=-1)
        return np.asarray(both - self.span // 2)


def space_codes(position: Floats, cells: tuple[int, int], length: float) -> Integers:
    """Space cell of every particle, x-major; position (replicas, n, 2), result (replicas, n)."""
    return _codes(position, position, cells, length, 1.0, 0)


def phase_codes(
    position: Floats, velocity: Floats, cells: tuple[int, int], length: float, velocity_cell: float
) -> Codes:
    """Phase-space cell of every particle; position and velocity are (replicas, n, 2).

    Raises `RunError` for NaN, infinite velocities, positions outside the box, and for more cells than codes can number.
    """
    fastest = max(float(velocity.max()), -float(velocity.min()))
    if not np.isfinite(fastest):
        raise RunError("phase space: found a velocity that is NaN or infinite, expected finite numbers")
    span = 2 * (int(min(fastest / velocity_cell, 2.0**40)) + 2)
    size = cells[0] * cells[1] * span**2
    if size >= 2**53:
        raise RunError(f"phase space: {size:.3g} cells of width {velocity_cell:g} up to {fastest:.3g}, expected < 2^53")
    return Codes(_codes(position, velocity, cells, length, velocity_cell, span), size, span)


def occupied(cells: Codes) -> list[Occupied]:
    """Occupied cells of every replica."""
    codes, size, span = cells.codes, cells.size, cells.span
    replicas, n = codes.shape
    if size > _CELLS_PER_PARTICLE * n + _TABLE:
        found = [np.unique(row, return_counts=True) for row in codes]
        return [Occupied(cell, count, size, span) for cell, count in found]
    least = min(n, size)
    where, counts = np.empty((2, replicas, least), np.int64)
    number = np.empty(replicas, np.int64)
    jit.spread(count_occupied, replicas, codes, size, where, counts, number)
    return [Occupied(w[:m], c[:m], size, span) for w, c, m in zip(where, counts, number, strict=True)]


def pooled(cells: Codes) -> Occupied:
    """Occupied cells of all replicas as one gas."""
    return occupied(Codes(cells.codes.reshape(1, -1), cells.size, cells.span))[0]


def places(pool: Occupied, codes: Integers) -> Integers:
    """Positions of occupied codes in the order of the pool's."""
    if pool.size > _CELLS_PER_PARTICLE * len(codes) + _TABLE:
        return np.searchsorted(pool.codes, codes)
    table = np.empty(pool.size, np.int64)
    table[pool.codes] = np.arange(len(pool.codes))
    return np.asarray(table[codes])


def _codes(position: Floats, velocity: Floats, cells: tuple[int, int], length: float, dv: float, span: int) -> Integers:
    lowest, highest = float(position.min()), float(position.max())
    if not (lowest >= 0 and highest <= length * (1 + _ROUNDING)):
        raise RunError(f"phase space: found positions from {lowest:.6g} to {highest:.6g}, expected in [0, {length:g}]")
    codes = np.empty(position.shape[:2], np.int64)
    widths = length / cells[0], length / cells[1], dv
    jit.spread(encode, len(codes), position, velocity, widths, cells, span, codes)
    return codes


@njit_inline
def cell_of(u: float, width: float, inverse: float) -> float:
    """The whole k with k width <= u < (k + 1) width in rounded products, so that all particles have the same edge."""
    k: float = np.floor(u * inverse)
    k = k if k * width <= u else k - 1.0
    return k + 1.0 if (k + 1.0) * width <= u else k


@njit
def encode(first: int, last: int, position: Any, velocity: Any, widths: Any, cells: Any, span: int, codes: Any) -> None:
    """Codes of rows first..last, in base span for each velocity component; only of the space cell for span 0.

    Whole float64 numbers (below 2^53) in blocks, so that the arithmetic has one vector width and no branch.
    """
    nx, ny = cells
    half = float(span // 2)
    block = np.empty(BLOCK)
    scratch = np.empty((2, BLOCK))
    for row in range(first, last):
        for start in range(0, position.shape[1], BLOCK):
            count = min(BLOCK, position.shape[1] - start)
            unpack(position[row], start, count, scratch)
            for i in range(count):
                block[i] = 0.0
            add_cells(scratch[0], count, widths[0], 0.0, nx - 1.0, float(nx), block)
            add_cells(scratch[1], count, widths[1], 0.0, ny - 1.0, float(ny), block)
            if span > 0:
                unpack(velocity[row], start, count, scratch)
                add_cells(scratch[0], count, widths[2], half, 2 * half, 2 * half, block)
                add_cells(scratch[1], count, widths[2], half, 2 * half, 2 * half, block)
            for i in range(count):
                codes[row, start + i] = np.int64(block[i])


@njit
def add_cells(values: Any, count: int, width: float, shift: float, top: float, base: float, codes: Any) -> None:
    """Append the cells of one component, shifted and at most top, to codes in that base."""
    inverse = 1.0 / width
    for i in range(count):
        k = cell_of(values[i], width, inverse) + shift
        codes[i] = codes[i] * base + min(k, top)


@njit
def count_occupied(first: int, last: int, codes: Any, size: int, where: Any, counts: Any, number: Any) -> None:
    """Of rows first..last, the occupied codes below size (where), their counts, and how many they are (number)."""
    table = np.zeros(size, np.int32)
    for row in range(first, last):
        for i in range(codes.shape[1]):
            table[codes[row, i]] += 1
        found = 0
        for code in range(size):
            if table[code] != 0:
                where[row, found] = code
                counts[row, found] = table[code]
                table[code] = 0
                found += 1
        number[row] = found


@njit
def sum_moments(first: int, last: int, codes: Any, velocity: Any, sums: Any) -> None:
    """Add 1, v_x, v_y and v^2 of every particle to its space cell: sums (replicas, cells, 4), rows first..last."""
    for row in range(first, last):
        for i in range(codes.shape[1]):
            x, y = velocity[row, i, 0], velocity[row, i, 1]
            cell = sums[row, codes[row, i]]
            cell[0] += 1.0
            cell[1] += x
            cell[2] += y
            cell[3] += x * x + y * y
