"""Encode and count kernels: cell codes of points in a box, and how often each code occurs.

Points are read in blocks that stay in the first-level cache, one component at a time, so that the arithmetic of a
block is vectorised; a full pass is bound by reading the points once. A cell is [edge_k, edge_k+1), the last one closed,
with edge_k = low + k*width rounded as `numpy.linspace` rounds it, so that counts equal `numpy.histogramdd`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from physent.core.jit import njit

# A block of four components and its transpose are 16 KiB; a batch of codes is 32 KiB.
BLOCK = 256
BATCH = 8192


@njit
def unpack(points: Any, first: int, count: int, out: Any) -> None:
    """Components of `count` points (n, d) from `first` on into the rows of out (d, BLOCK).

    Unrolled up to d = 4, for which the plain double loop takes three times as long as reading the points.
    """
    d = points.shape[1]
    block = points[first : first + count]
    if d == 1:
        for i in range(count):
            out[0, i] = block[i, 0]
    elif d == 2:
        for i in range(count):
            out[0, i] = block[i, 0]
            out[1, i] = block[i, 1]
    elif d == 3:
        for i in range(count):
            out[0, i] = block[i, 0]
            out[1, i] = block[i, 1]
            out[2, i] = block[i, 2]
    elif d == 4:
        for i in range(count):
            out[0, i] = block[i, 0]
            out[1, i] = block[i, 1]
            out[2, i] = block[i, 2]
            out[3, i] = block[i, 3]
    else:
        for i in range(count):
            for a in range(d):
                out[a, i] = block[i, a]


@njit
def fold(values: Any, count: int, low: float, high: float, periodic: bool, clip: bool) -> None:
    """Move values into [low, high]: modulo the period, or to the nearer end. NaN stays: it is the first argument."""
    if periodic:
        period = high - low
        for i in range(count):
            values[i] -= period * np.floor((values[i] - low) / period)
            values[i] = max(values[i], low)  # the rounding of the product may fall one unit short
    elif clip:
        for i in range(count):
            values[i] = min(max(values[i], low), high)


@njit
def add_axis(values: Any, count: int, axis: Any, codes: Any) -> None:
    """Append one axis (a row of box) to row-major codes; NaN marks what lies outside and stays NaN through later axes.

    The start lies a cell below `low`, less twice a shift that exceeds all rounding, so that the first k is the cell or
    the one above it and one comparison settles it.
    Codes are whole float64 numbers (below 2^53): the loop then has one vector width and no branch.
    """
    low = axis[0]
    high = axis[1]
    width = axis[2]
    inverse = axis[3]
    start = low - (1.0 - 2.0 * axis[4]) * width
    cells = axis[5]
    top = cells - 1.0
    for i in range(count):
        u = values[i]
        k = np.floor((u - start) * inverse)
        k = k if u >= low + k * width else k - 1.0
        k = min(k, top)
        k = k if (u >= low) & (u <= high) else np.nan
        codes[i] = codes[i] * cells + k


@njit
def encode_block(points: Any, first: int, count: int, box: Any, scratch: Any, codes: Any) -> None:
    """Codes of `count` points; box (d, 8): low, high, width, 1/width, shift, cells, periodic, clip."""
    unpack(points, first, count, scratch)
    for i in range(count):
        codes[i] = 0.0
    for a in range(points.shape[1]):
        axis = box[a]
        fold(scratch[a], count, axis[0], axis[1], axis[6] != 0.0, axis[7] != 0.0)
        add_axis(scratch[a], count, axis, codes)


@njit
def settle(codes: Any, count: int, out: Any) -> int:
    """Codes as whole numbers into out, -1 for NaN; returns the number of NaN."""
    outside = 0
    for i in range(count):
        code = codes[i]
        outside += np.isnan(code)
        out[i] = np.int64(code if code >= 0.0 else -1.0)
    return outside


@njit
def encode_points(first: int, last: int, points: Any, box: Any, out: Any) -> int:
    """Cell of points[first:last] (n, d) into out (last - first,), -1 outside; returns the number of those."""
    scratch = np.empty((points.shape[1], BLOCK))
    codes = np.empty(BLOCK)
    outside = 0
    for start in range(first, last, BLOCK):
        count = min(BLOCK, last - start)
        encode_block(points, start, count, box, scratch, codes)
        outside += settle(codes, count, out[start - first :])
    return outside


@njit
def tally_codes(codes: Any, count: int, outside: int, tally: Any) -> None:
    """Add `count` whole codes, of which `outside` are negative and left out, to tally (K,)."""
    if outside == 0:
        for i in range(count):
            tally[np.uint64(codes[i])] += np.uint8(1)
    else:
        for i in range(count):
            if codes[i] >= 0:
                tally[np.uint64(codes[i])] += np.uint8(1)


@njit
def count_row(points: Any, box: Any, tally: Any) -> int:
    """Add points (n, d) to tally (K,) with K < 2^31; returns the number of those outside.

    Encoding and counting alternate: the points that stream past drive the tally out of the second-level cache, so
    that it is fetched again each time.
    """
    codes = np.empty(BATCH, np.int32)
    outside = 0
    for start in range(0, points.shape[0], BATCH):
        end = min(start + BATCH, points.shape[0])
        beyond = encode_points(start, end, points, box, codes)
        tally_codes(codes, end - start, beyond, tally)
        outside += beyond
    return outside


@njit
def count_points(first: int, last: int, points: Any, box: Any, counts: Any, outside: Any) -> None:
    """Add rows first..last of points (rows, n, d) to counts (rows, K) and outside (rows,).

    A row of at least K points is counted in 32 bits, which halves the memory in which its increments are scattered.
    """
    n = points.shape[1]
    cells = counts.shape[1]
    short = np.empty(cells if cells <= n < 2**32 else 0, np.uint32)
    for row in range(first, last):
        if len(short) == 0:
            outside[row] += count_row(points[row], box, counts[row])
            continue
        short[:] = 0
        outside[row] += count_row(points[row], box, short)
        for cell in range(cells):
            counts[row, cell] += np.int64(short[cell])


@njit
def count_codes(first: int, last: int, codes: Any, counts: Any, outside: Any) -> None:
    """Add rows first..last of codes (rows, n) to counts (rows, K); negative codes to outside (rows,)."""
    for row in range(first, last):
        for i in range(codes.shape[1]):
            code = codes[row, i]
            if code >= 0:
                counts[row, code] += 1
            else:
                outside[row] += 1


@njit
def sum_weights(first: int, last: int, codes: Any, weights: Any, sums: Any) -> None:
    """Add the weights (rows, n) of each code to sums (rows, K), in the order of n; negative codes are left out."""
    for row in range(first, last):
        for i in range(codes.shape[1]):
            code = codes[row, i]
            if code >= 0:
                sums[row, code] += weights[row, i]
