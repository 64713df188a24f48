"""How many pairs of stretches agree within a tolerance: what `physent.diagnostics.regularity` takes ratios of."""

from __future__ import annotations

import numpy as np

from physent.core.jit import njit, njit_inline
from physent.typing import Floats, Integers

# A cell is wider than the tolerance by more than the rounding of the number of a cell, so that stretches that agree are
# in one cell or in two adjacent ones.
_WIDER = 1 + 1e-6


def agreeing_pairs(stretches: Floats, tolerance: float) -> tuple[int, int]:
    """Pairs of rows (n, m + 1) that differ nowhere by more than ``tolerance`` in the first m columns, and in all.

    Rows are in cells of the first column, and in their cell sorted by the last column but one: the partners of a row
    are a contiguous run of its own cell and one of the next, which are compared in the other columns.
    """
    if not len(stretches):
        return 0, 0
    first = stretches[:, 0]
    second = max(1, stretches.shape[1] - 2)
    low = first.min()
    # no more cells than rows have room for: the number of one is then exact to 1e-7 of a cell for any tolerance
    width = max(tolerance * _WIDER, (first.max() - low) / 1e8)
    cell = np.floor((first - low) / width).astype(np.int64)
    order = np.lexsort((stretches[:, second], cell))
    columns = np.ascontiguousarray(stretches[order].T)
    others = np.delete(columns, second, axis=0)
    numbers, starts = np.unique(cell[order], return_index=True)
    agree = np.zeros(2, dtype=np.int64)
    _count(others, columns[second], numbers, np.append(starts, len(first)), tolerance, agree)
    if stretches.shape[1] == 2:  # the first column decides by itself
        agree[0] = _count_line(np.sort(first), tolerance)
    return int(agree[0]), int(agree[1])


@njit
def _count_line(x: Floats, tolerance: float) -> int:
    end, total = 0, 0
    for i in range(len(x)):
        while end < len(x) and x[end] - x[i] <= tolerance:
            end += 1
        total += end - i - 1
    return total


@njit_inline
def _compare(others: Floats, i: int, first: int, last: int, tolerance: float, near: Integers, agree: Integers) -> None:
    # in passes without branches, which vectorise; two columns, of m = 2, in one
    run, size = last - first, len(others)
    shorter, longer = np.int64(0), np.int64(0)
    here, partner = others[size - 1, i], others[size - 1, first:last]
    if size == 2:
        before, earlier = others[0, i], others[0, first:last]
        for j in range(run):
            one = np.int64(abs(earlier[j] - before) <= tolerance)
            shorter += one
            longer += one & np.int64(abs(partner[j] - here) <= tolerance)
    else:
        near[:run] = 1
        for c in range(size - 1):
            before, earlier = others[c, i], others[c, first:last]
            for j in range(run):
                near[j] &= np.int64(abs(earlier[j] - before) <= tolerance)
        for j in range(run):
            shorter += near[j]
            longer += near[j] & np.int64(abs(partner[j] - here) <= tolerance)
    agree[0] += shorter
    agree[1] += longer


@njit
def _count(
    others: Floats, sorted_by: Floats, numbers: Integers, starts: Integers, tolerance: float, agree: Integers
) -> None:
    near = np.empty(len(sorted_by), dtype=np.int64)
    for cell in range(len(numbers)):
        first, last = starts[cell], starts[cell + 1]
        beside = cell + 1 < len(numbers) and numbers[cell + 1] == numbers[cell] + 1
        stop = starts[cell + 2] if beside else last
        end, low, high = first, last, last
        for i in range(first, last):
            here = sorted_by[i]
            while end < last and sorted_by[end] - here <= tolerance:
                end += 1
            _compare(others, i, i + 1, end, tolerance, near, agree)
            while low < stop and here - sorted_by[low] > tolerance:
                low += 1
            while high < stop and sorted_by[high] - here <= tolerance:
                high += 1
            _compare(others, i, low, high, tolerance, near, agree)
