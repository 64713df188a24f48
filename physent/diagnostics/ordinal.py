"""Ordinal patterns of a time series: which of ``order!`` rank orders each window of samples shows.

A window is x[t], x[t + delay], ..., x[t + (order - 1) delay]. Ties are ranked by order of appearance, as a stable
argsort does, so the code of a window is built only from strict inversions:

    code(t) = sum_{i<j} (order - 1 - i)! [x[t + i delay] > x[t + j delay]],

the lexicographic number of the rank pattern (Lehmer code): 0 is increasing, order! - 1 decreasing.

References: C. Bandt and B. Pompe, Phys. Rev. Lett. 88, 174102 (2002), 10.1103/PhysRevLett.88.174102.
"""

from __future__ import annotations

from math import factorial, prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from physent.core.jit import njit
from physent.diagnostics.arrays import along, finite_or_infinite
from physent.diagnostics.entropies import Shannon
from physent.diagnostics.gate import public
from physent.diagnostics.missing import GAP, OMIT, Missing, judge, lost_windows
from physent.diagnostics.units import Base
from physent.diagnostics.warn import ENOUGH, warn
from physent.errors import UsageError
from physent.typing import Floats, Integers

if TYPE_CHECKING:
    from physent.diagnostics.arrays import Data, Dims

ORDERS = range(2, 11)
LARGEST = 2**28
"""Counts that are held at most, 2 GiB."""


def encode(x: ArrayLike, order: int = 5, delay: int = 1, *, gaps: bool = False) -> Integers:
    """The code 0 .. order! - 1 of every window along the last axis of ``x``.

    ``x`` has shape (..., n), real; the result (..., n - (order - 1) delay), int32. Infinities have their rank; NaN has
    none and is a `RunError`, unless it stands for ``gaps``, where windows that hold one have the code `missing.GAP`;
    order outside 2..10, delay below 1 or a series shorter than a window is a `UsageError`.
    """
    values, windows = _series(x, order, delay, gaps=gaps)
    codes = np.empty((values.shape[0], windows), dtype=np.int32)
    _encode(values, order, delay, codes)
    if gaps:
        codes[lost_windows(np.isnan(values), range(0, order * delay, delay))] = GAP
    return codes.reshape((*np.shape(x)[:-1], windows))


def rank_patterns(order: int) -> Integers:
    """Row c is the rank pattern that `encode` calls c: rank 0 is the smallest of a window; shape (order!, order)."""
    check_window(order)
    patterns = np.zeros((1, 1), dtype=np.int8)
    for size in range(2, order + 1):  # the first rank, and the ranks of the others among themselves
        others = [patterns + (patterns >= first) for first in range(size)]
        patterns = np.hstack([np.repeat(np.arange(size), len(patterns))[:, None], np.vstack(others)]).astype(np.int8)
    return patterns


@public
def pattern_counts(
    x: Data, order: int = 5, delay: int = 1, *, blocks: int = 1, dim: Dims = None, missing: Missing = "refuse"
) -> Any:
    """How often each pattern occurs: (..., n) -> (..., order!), or (..., blocks, order!) for consecutive blocks.

    Of a DataArray along its clock or ``dim``, with the new dimensions ``block`` and ``pattern``. Errors as `encode`;
    ``missing`` is that of `physent.diagnostics.missing`.
    """
    return count_codes(known_codes(x, order, delay, missing), order, blocks)


def known_codes(x: ArrayLike, order: int, delay: int, missing: Missing) -> Integers:
    """`encode`, with a word on what is omitted."""
    codes = encode(x, order, delay, gaps=missing == OMIT)
    if missing == OMIT:
        judge(codes < 0)
    return codes


def count_codes(codes: Integers, order: int, blocks: int = 1) -> Integers:
    """`pattern_counts` of what `encode` returned; windows with gaps are left out."""
    cells = (codes[..., 0].size, blocks, factorial(order))
    if prod(cells) > LARGEST:
        raise UsageError(
            f"order {order}: {cells[0]} series in {blocks} blocks need {prod(cells):.3g} counts, expected at most 2^28:"
            " take fewer series at once, or a lower order"
        )
    counts = np.zeros(cells, dtype=np.int64)
    _count(codes.reshape(counts.shape[0], -1), counts)
    shape = codes.shape[:-1] if blocks == 1 else (*codes.shape[:-1], blocks)
    return counts.reshape((*shape, counts.shape[-1]))


@public
def permutation_entropy(
    x: Data,
    order: int = 5,
    delay: int = 1,
    *,
    dim: Dims = None,
    normalize: bool = False,
    missing: Missing = "refuse",
    base: Base = None,
) -> Any:
    """Shannon entropy of the ordinal patterns in nats (plug-in), or as a fraction of ln order! with ``normalize``.

    ``x`` is (..., n) -> (...), or a DataArray and ``dim`` its time dimension (default: the
    clock). Errors as `encode`. Equal values rank in their order in time, so that rounded or discrete data have too many
    rising patterns: `pattern_counts` with `Ordinal(order, delay, ties="drop")` leaves windows with equal values out.
    Below ten windows per pattern seen the plug-in value is biased low: a `PhysentWarning` (`entropy` of
    `pattern_counts` corrects it). ``missing`` is that of `physent.diagnostics.missing`.
    """

    def entropy(values: Floats) -> Floats:
        h = Shannon()(frequencies(count_codes(known_codes(values, order, delay, missing), order)))
        return h / np.log(factorial(order)) if normalize else h

    attrs = {
        "long_name": "permutation entropy",
        "units": "1",
        "base": "1" if normalize else "nats",
        **pattern_attrs(order, delay),
    }
    return along(entropy, x, attrs=attrs)


def frequencies(counts: Integers) -> Floats:
    """Counts (..., order!) over their sum, with a warning if they are too few for the plug-in value.

    NaN if there are none. `entropy` of counts judges alike.
    """
    windows, seen = counts.sum(axis=-1), (counts > 0).sum(axis=-1)
    if (windows < ENOUGH * seen).any():
        worst = np.argmin(np.where(seen > 0, windows / np.maximum(seen, 1), np.inf))
        warn(
            f"ordinal patterns: {np.ravel(windows)[worst]} windows on {np.ravel(seen)[worst]} patterns seen, "
            f"fewer than {ENOUGH} per pattern: the plug-in value is biased low; take a longer series or a lower order"
        )
    return np.asarray(counts / windows[..., None])


@public
def forbidden_patterns(
    x: Any, order: int = 5, delay: int = 1, *, dim: Dims = None, missing: Missing = "refuse"
) -> Integers:
    """The rank patterns that never occur in the series ``x`` (n,), one per row; ``len`` counts them.

    ``missing`` is that of `physent.diagnostics.missing`.

    A chaotic map of an interval forbids patterns at every length of series (J. M. Amigo, S. Zambrano and
    M. A. F. Sanjuan, Europhys. Lett. 79, 50001 (2007), 10.1209/0295-5075/79/50001); noise only misses the rarest:
    of N independent windows each pattern of probability p is missed with probability (1 - p)^N.
    """
    if np.ndim(x) != 1:
        raise UsageError(f"forbidden_patterns takes one series (n,), found shape {np.shape(x)}")
    never = count_codes(known_codes(x, order, delay, missing), order) == 0
    return np.ascontiguousarray(rank_patterns(order)[never])


def pattern_attrs(order: int, delay: int) -> dict[str, Any]:
    """Attributes of ordinal results."""
    return {"space": f"ordinal, order {order}, delay {delay}", "estimator": "plug-in"}


def check_window(order: int, delay: int = 1) -> None:
    """Refuse an order outside 2..10 and a delay that is not a whole number >= 1."""
    if order not in ORDERS:
        raise UsageError(f"order must be {ORDERS.start} to {ORDERS.stop - 1}, found {order}")
    if delay < 1 or delay != int(delay):
        raise UsageError(f"delay must be a whole number of samples >= 1, found {delay}")


def _series(x: ArrayLike, order: int, delay: int, *, gaps: bool) -> tuple[Floats, int]:
    check_window(order, delay)
    if np.ndim(x) == 0:
        raise UsageError("a series must have a time axis, found a single number")
    values = finite_or_infinite(x, "series", gaps=gaps)
    windows = values.shape[-1] - (order - 1) * delay
    if windows < 1:
        raise UsageError(
            f"a window of order {order} and delay {delay} spans {(order - 1) * delay + 1} samples, "
            f"the series has {values.shape[-1]}"
        )
    return values.reshape(-1, values.shape[-1]), windows


@njit
def _encode(x: Floats, order: int, delay: int, codes: Integers) -> None:
    # With above(k, s) = the number of j <= k with x[s] > x[s + j delay], code(t) is the sum over k of
    # k! above(k, t + (order - 1 - k) delay): order - 1 comparisons per sample, in loops over contiguous stretches
    # short enough for the first cache, which vectorise for every order without one specialisation per order.
    stretch = 1024
    above = np.empty(stretch, dtype=np.int32)
    n = x.shape[1]
    for row in range(x.shape[0]):
        codes[row, :] = 0
        for first in range(0, n, stretch):
            above[:] = 0
            weight = np.int32(1)
            for k in range(1, order):
                weight *= np.int32(k)
                last = min(first + stretch, n - k * delay)
                if last <= first:
                    break
                here = x[row, first:last]
                later = x[row, first + k * delay : last + k * delay]
                for s in range(last - first):
                    above[s] += np.int32(here[s] > later[s])
                back = (order - 1 - k) * delay
                start = max(first, back)
                if start < last:
                    part = codes[row, start - back : last - back]
                    counted = above[start - first : last - first]
                    for s in range(last - start):
                        part[s] += weight * counted[s]


@njit
def _count(codes: Integers, counts: Integers) -> None:
    windows, blocks = codes.shape[1], counts.shape[1]
    for row in range(codes.shape[0]):
        for block in range(blocks):
            for t in range(block * windows // blocks, (block + 1) * windows // blocks):
                code = codes[row, t]
                if code >= 0:
                    counts[row, block, code] += 1
