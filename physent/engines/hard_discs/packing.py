"""Configurations of discs that do not overlap: random sequential insertion, and the triangular lattice."""

from __future__ import annotations

import math

import numpy as np

from physent.core.jit import njit
from physent.core.random import uniforms
from physent.typing import Array, Floats

MOST_TRIALS = 10_000


@njit
def insert_discs(
    key: np.uint64, step: int, sides: Array, walls: Array, diameters: Array, cells: Array, after: Array, out: Array
) -> int:
    """Random sequential insertion: each disc, of diameter (n,), is uniform among the places where it touches no other.

    Fills ``out`` (n, 2) and returns the number of discs placed; gives up on a disc after MOST_TRIALS trials. Work
    arrays: ``cells`` (columns, rows) int32, with sides no smaller than any diameter (at least three along a periodic
    axis), and ``after`` (n,) int32. ``walls``: whether the centres keep a radius from the ends of each axis.
    """
    cells[:] = -1
    columns, rows = cells.shape
    for i in range(out.shape[0]):
        low_x = 0.5 * diameters[i] if walls[0] else 0.0
        low_y = 0.5 * diameters[i] if walls[1] else 0.0
        trial = 0
        while trial < MOST_TRIALS:
            u, v = uniforms(key, step, i, trial)  # by disc and trial: no disc shifts the numbers of another
            x, y = low_x + u * (sides[0] - 2.0 * low_x), low_y + v * (sides[1] - 2.0 * low_y)
            column, row = min(columns - 1, int(x / sides[0] * columns)), min(rows - 1, int(y / sides[1] * rows))
            if is_free(x, y, column, row, sides, walls, diameters, i, cells, after, out):
                out[i, 0], out[i, 1] = x, y
                after[i] = cells[column, row]
                cells[column, row] = i
                break
            trial += 1
        if trial == MOST_TRIALS:
            return i
    return int(out.shape[0])


@njit
def is_free(
    x: float,
    y: float,
    column: int,
    row: int,
    sides: Array,
    walls: Array,
    diameters: Array,
    i: int,
    cells: Array,
    after: Array,
    placed: Array,
) -> bool:
    """Whether disc ``i`` at (x, y), in cell (column, row), would touch none of the placed discs."""
    columns, rows = cells.shape
    # Cells are no smaller than a disc, so every disc that could touch is in the nine cells around.
    for oy in range(-1, 2):
        cy = row + oy
        if walls[1] and (cy < 0 or cy >= rows):
            continue
        for ox in range(-1, 2):
            cx = column + ox
            if walls[0] and (cx < 0 or cx >= columns):
                continue
            j = cells[cx % columns, cy % rows]  # wraps only along periodic axes
            while j >= 0:
                dx, dy = abs(placed[j, 0] - x), abs(placed[j, 1] - y)
                if not walls[0]:
                    dx = min(dx, sides[0] - dx)
                if not walls[1]:
                    dy = min(dy, sides[1] - dy)
                contact = 0.5 * (diameters[i] + diameters[j])
                if dx * dx + dy * dy <= contact * contact:  # touching counts as overlap
                    return False
                j = after[j]
    return True


def triangular_lattice(
    n: int, sides: tuple[float, float], walls: tuple[bool, bool], diameter: float
) -> tuple[Floats, float]:
    """Sites (at least n, 2) of the widest triangular lattice, strained to fill the rectangle, and its least distance.

    Rows lie along either axis, every other row shifted by half a spacing; if they are stacked along a periodic axis,
    their number is even. Centres keep ``diameter``/2 from walls. The distance is 0 if no lattice fits.
    """
    best, found = 0.0, np.empty((0, 2))
    room = [side - diameter if wall else side for side, wall in zip(sides, walls, strict=True)]
    if min(room) <= 0.0:
        return found, best
    for along in (0, 1):
        across = 1 - along
        # Up to about three times as many sites per row as in a square arrangement: longer rows are only narrower.
        regular = math.sqrt(n * room[along] / room[across])
        per_row = np.arange(1, min(n, int(3 * regular) + 8) + 1)
        rows = -(-n // per_row)
        if not walls[across]:
            rows += rows % 2
        gaps = per_row - np.where(rows > 1, 0.5, 1.0) if walls[along] else per_row
        with np.errstate(divide="ignore"):
            spacing = room[along] / gaps
            stack = room[across] / (rows - 1 if walls[across] else rows)
        distance = np.where(rows > 1, np.minimum(spacing, np.hypot(spacing / 2, stack)), spacing)
        # Sites of next-nearest rows lie directly above each other.
        distance = np.where(rows > 2, np.minimum(distance, 2 * stack), distance)
        choice = int(np.argmax(distance))
        if distance[choice] > best:
            best = float(distance[choice])
            found = _sites(int(per_row[choice]), int(rows[choice]), float(spacing[choice]), float(stack[choice]))
            found = found + [diameter / 2 if walls[axis] else 0.0 for axis in (along, across)]
            found = found[:, ::-1] if along else found
    return found, best


def _sites(per_row: int, rows: int, spacing: float, stack: float) -> Floats:
    column, row = np.meshgrid(np.arange(per_row), np.arange(rows))
    spacing, stack = (0.0 if math.isinf(step) else step for step in (spacing, stack))
    return np.column_stack([((column + 0.5 * (row % 2)) * spacing).ravel(), (row * stack).ravel()])
