"""Units of data: powers of two that keep squares finite, and the width in which each coordinate is measured."""

from __future__ import annotations

import math
from typing import Any, Literal, TypeAlias

import numpy as np

from physent.typing import Floats

Metric: TypeAlias = Literal["own", "shared"]

# Within 2^+-300 neither the square of a value nor that of a distance 2^200 times smaller leaves float64.
_PLAIN = 300


def exponent(values: Floats, axis: int | tuple[int, ...] | None = None) -> Any:
    """The e for which 2^-e times the values can be squared: 0 for all but huge and tiny ones, then max < 1.

    Along ``axis``, which is kept with length 1. A product with a power of two (`numpy.ldexp`) is exact, so that what
    scales with the values keeps its bits.
    """
    e = np.frexp(np.abs(values).max(axis=axis, initial=0.0, keepdims=axis is not None))[1]
    return np.where(np.abs(e) > _PLAIN, e, 0)[()]


def standardised(points: Floats, stretch: int | None = None) -> tuple[Floats, Floats, float]:
    """Points (n, d) with each coordinate in units of its own width, these widths (d,), and the sum of their logarithms.

    A width is the median over stretches of sqrt(n) (or of ``stretch``) successive order statistics of how far they
    reach: the typical local scale m / (n p) of a density p. It exists for heavy tails, follows the bulk of laws of
    several scales, leaves out stretches of equal values (a constant has width 1), and times 2^e it has the same
    mantissa. Widths are of the coordinates times 2^-e, e from their largest value, so that neither they nor the points
    overflow.
    """
    e = np.frexp(np.abs(points).max(axis=0))[1]
    small = np.ldexp(points, -e)
    m = math.isqrt(len(points)) if stretch is None else stretch
    width = np.array([_width(x, m) for x in np.sort(np.ascontiguousarray(small.T))])
    return small / width, np.ldexp(width, e), float(np.log(width).sum() + e.sum() * np.log(2))


def _width(ordered: Floats, m: int) -> float:
    reach = ordered[m:] - ordered[:-m]
    reach = reach[reach > 0]
    if not reach.size:
        return 1.0
    middle = [(len(reach) - 1) // 2, len(reach) // 2]
    low, high = np.partition(reach, middle)[middle]  # numpy.median, without its detours
    return float(0.5 * (low + high))
