"""Sums over windows with twice the digits of float64: a number is an unevaluated sum of two, high + low.

References: T. J. Dekker, Numer. Math. 18, 224 (1971), 10.1007/BF01397083; for the error of a sum of two, D. E. Knuth,
The Art of Computer Programming 2, section 4.2.2.
"""

from __future__ import annotations

from math import prod
from typing import Literal, TypeAlias

import numpy as np

from physent.core.jit import njit, njit_inline
from physent.typing import Floats

Pair: TypeAlias = tuple[Floats, Floats]

_SPLIT = 2.0**27 + 1.0


def windowed(values: Pair, grain: int, axis: int, *, periodic: bool) -> Pair:
    """Sums over the ``grain`` cells around each cell along ``axis``, open (cut at the border) or periodic.

    Windows of 1, 2, 4, ... cells are put together from two of half the width, and those asked for from the binary
    digits of ``grain``: about 2 log2(grain) sums, and no difference that could cancel.
    """
    before, after = (grain - 1) // 2, grain // 2
    high, low = (_padded(np.moveaxis(part, axis, -1), before, after, periodic) for part in values)
    shape = *high.shape[:-1], high.shape[-1] - grain + 1
    total = np.zeros((2, prod(shape[:-1]), shape[-1]))
    _windows(high.reshape(-1, high.shape[-1]), low.reshape(-1, low.shape[-1]), grain, total[0], total[1])
    return np.moveaxis(total[0].reshape(shape), -1, axis), np.moveaxis(total[1].reshape(shape), -1, axis)


def mean_of(values: Pair, size: Floats) -> Floats:
    """(high + low) / size, correctly rounded but for rare near halves: the quotient is corrected by its remainder."""
    high, low = values
    quotient = high / size
    product, error = _product(quotient, size)
    return np.asarray(quotient + ((high - product) - error + low) / size)


def _padded(values: Floats, before: int, after: int, periodic: bool) -> Floats:
    mode: Literal["wrap", "constant"] = "wrap" if periodic else "constant"
    return np.ascontiguousarray(np.pad(values, [(0, 0)] * (values.ndim - 1) + [(before, after)], mode))


@njit
def _windows(high: Floats, low: Floats, grain: int, total_high: Floats, total_low: Floats) -> None:
    # Rows are overwritten by the sums over windows of 1, 2, 4, ... cells, from left to right: what is read lies ahead.
    n = total_high.shape[1]
    for row in range(high.shape[0]):
        h, l = high[row], low[row]  # noqa: E741
        width, at, length = 1, 0, high.shape[1]
        while True:
            if grain & width:
                for i in range(n):
                    total_high[row, i], total_low[row, i] = _sum(
                        total_high[row, i], total_low[row, i], h[at + i], l[at + i]
                    )
                at += width
            if 2 * width > grain:
                break
            length -= width
            for i in range(length):
                h[i], l[i] = _sum(h[i], l[i], h[i + width], l[i + width])
            width *= 2


@njit_inline
def _sum(a_high: float, a_low: float, b_high: float, b_low: float) -> tuple[float, float]:
    high, error = _two(a_high, b_high)
    low, rest = _two(a_low, b_low)
    high, error = _two(high, error + low)
    return _two(high, error + rest)


@njit_inline
def _two(a: float, b: float) -> tuple[float, float]:
    total = a + b
    other = total - a
    return total, (a - (total - other)) + (b - other)


def _product(a: Floats, b: Floats) -> Pair:
    total = a * b
    (a1, a2), (b1, b2) = _halves(a), _halves(b)
    return total, ((a1 * b1 - total) + a1 * b2 + a2 * b1) + a2 * b2


def _halves(a: Floats) -> Pair:
    scaled = _SPLIT * a
    high = scaled - (scaled - a)
    return high, a - high
