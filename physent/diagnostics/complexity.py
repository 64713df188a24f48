"""Apparent complexity: how many phrases it takes to describe a field after smoothing it and keeping a few levels.

A smooth field and a field of fine noise are both short to describe after coarse graining; only structure on the scale
of the grain and above is long. A warning goes with this measure. It rises and falls when two liquids mix (S. Aaronson,
S. M. Carroll and L. Ouellette, arXiv:1405.6903, 2014), but the authors withdrew that experimental claim (note of June
2014 on the first author's weblog, after an error found by B. Werness): the rise comes from border cells, whose smoothed
value sits at a threshold, so that the noise of order 1/grain flips them from row to row. For exclusion dynamics no
large complexity can arise, because the sites are negatively correlated (a corollary of T. M. Liggett, Stoch. Process.
Appl. 119, 1 (2009)): the variance of a block of g x g sites is at most rho (1 - rho) / g^2. Use
``adjust="row_majority"``, and check that a maximum persists as the grain grows, before believing it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from physent.core.jit import njit
from physent.diagnostics.arrays import along, finite, symbols_of
from physent.diagnostics.doubles import mean_of, windowed
from physent.diagnostics.gate import public
from physent.errors import UsageError
from physent.typing import Floats, Integers

if TYPE_CHECKING:
    from physent.diagnostics.arrays import Data, Dims

Boundary = Literal["open", "periodic"]

# Sums of whole numbers below this are exact in float64, and may be differences of running sums.
_WHOLE = 2.0**53


@public
def apparent_complexity(
    field: Data,
    grain: int,
    levels: int | ArrayLike = 3,
    *,
    limits: tuple[float, float] = (0.0, 1.0),
    adjust: Literal["row_majority"] | None = None,
    boundary: Boundary = "open",
    dims: Dims = None,
) -> Any:
    """Number of LZ78 phrases of a field smoothed over ``grain`` x ``grain`` cells and reduced to a few levels.

    ``field`` is (..., rows, columns) -> (...), or a DataArray whose ``dims`` (default: `y` and `x`, or `x`) are rows
    and columns; one dimension, or a plain (columns,), is a single row, smoothed along itself. ``levels`` is a number of
    equal levels between the ``limits``, or their increasing thresholds. ``adjust="row_majority"`` sets the cells of a
    row that are at most one level from its most frequent level to that level: it removes border cells of a field that
    is layered by rows. The count of a uniform field, about sqrt(2 rows columns), is the floor: only by
    comparison with it does a value measure structure.

    References: the module's, and J. Ziv and A. Lempel, IEEE Trans. Inf. Theory 24, 530 (1978),
    10.1109/TIT.1978.1055934.
    """
    if adjust not in (None, "row_majority"):
        raise UsageError(f"adjust must be row_majority or None, found {adjust}")

    named = (dims,) if isinstance(dims, str) else dims
    core = min(2, np.ndim(field)) if named is None else len(named)

    def count(cells: Floats) -> Any:
        cells = cells[..., None, :] if core == 1 else cells
        level = level_of(coarse_grain(cells, grain, boundary=boundary), levels, limits=limits)
        if adjust == "row_majority":
            level = row_majority(level)
        return lz78_phrases(level.reshape((*level.shape[:-2], -1)))

    attrs = {
        "long_name": "apparent complexity",
        "units": "1",
        "coarse_graining": f"mean of {grain} x {grain} cells, {boundary}; levels {np.asarray(levels).tolist()}",
        "adjust": adjust or "none",
        "compressor": "LZ78 phrases",
    }
    return along(count, field, attrs=attrs)


@public
def coarse_grain(field: Data, grain: int, *, boundary: Boundary = "open", dims: Dims = None) -> Any:
    """Mean over the ``grain`` x ``grain`` cells around each cell, shape kept: (..., rows, columns).

    At an open boundary the window is cut at the border and the mean is over the cells that it keeps. An even
    window reaches one cell farther towards higher indices. An axis of one cell is not smoothed. Sums have twice the
    digits of float64 and are never differences, so that a mean is that of its own window, correctly rounded (but for
    one case in 10^15): grain 1 changes nothing, and equal values have their value as mean.
    """
    cells = finite(field, "field")
    if cells.ndim < 2:
        raise UsageError(f"a field must be (..., rows, columns), found shape {cells.shape}")
    axes = [axis for axis in (-2, -1) if cells.shape[axis] > 1]
    largest = min((cells.shape[axis] for axis in axes), default=1)
    if not 1 <= grain <= largest:
        raise UsageError(f"grain must be 1 to {largest} for a field {cells.shape[-2:]}, found {grain}")
    if boundary not in ("open", "periodic"):
        raise UsageError(f"boundary must be open or periodic, found {boundary}")
    if grain == 1:
        return cells.copy()
    periodic = boundary == "periodic"
    size = np.ones(cells.shape[-2:])
    for axis in axes:
        size = _running_sum(size, grain, axis, periodic=periodic)
    # a periodic axis is at most doubled before its running sum
    if (np.rint(cells) == cells).all() and np.abs(cells).max() * 4 * size.size < _WHOLE:
        for axis in axes:
            cells = _running_sum(cells, grain, axis, periodic=periodic)
        # one division: whole numbers are summed exactly, so that equal windows give equal means to the last bit
        return cells / size
    # sums stay finite, and their errors above the least float64
    e = int(np.frexp(np.abs(cells).max())[1])
    e = e if e < -900 else max(e - 900, 0)
    pair = np.ldexp(cells, -e), np.zeros_like(cells)
    for axis in axes:
        pair = windowed(pair, grain, axis, periodic=periodic)
    return np.asarray(np.ldexp(mean_of(pair, size), e))


def level_of(field: ArrayLike, levels: int | ArrayLike, *, limits: tuple[float, float] = (0.0, 1.0)) -> Integers:
    """The level 0, 1, ... of each value: how many of the thresholds it reaches (a value at a threshold is above)."""
    if isinstance(levels, int | np.integer):
        if levels < 2 or not limits[0] < limits[1]:
            raise UsageError(f"need at least 2 levels between increasing limits, found {levels} in {limits}")
        thresholds = limits[0] + (limits[1] - limits[0]) * (np.arange(1, int(levels)) / int(levels))
    else:
        thresholds = np.asarray(levels, dtype=np.float64)
        if thresholds.ndim != 1 or not (np.diff(thresholds) > 0).all():
            raise UsageError("thresholds of the levels must be a list that increases")
    return np.searchsorted(thresholds, np.asarray(field), side="right")


def row_majority(level: Integers) -> Integers:
    """Set the cells of a row within one level of its most frequent level (the lowest of equals) to that level."""
    number = int(level.max()) + 1
    occurs = np.stack([(level == value).sum(axis=-1) for value in range(number)], axis=-1)
    majority = occurs.argmax(axis=-1)[..., None]
    return np.where(abs(level - majority) <= 1, majority, level)


@public
def lz78_phrases(symbols: Data, *, dim: Dims = None) -> Any:
    """Number of phrases that the LZ78 parse cuts each sequence (..., n) of integer symbols into: (...).

    Every phrase is the shortest not seen before; an incomplete last one counts. For c phrases, c ln c / n tends to the
    entropy rate in nats per symbol, slowly. The same integer on every machine, unlike the size of a compressed file.
    """
    series = symbols_of(symbols)
    flat = series.reshape(-1, series.shape[-1])
    phrases = np.zeros(len(flat), dtype=np.int64)
    slots = 1 << (2 * flat.shape[1] + 1).bit_length()
    # a key is phrase * symbols + symbol
    if (flat.shape[1] + 1) * (int(series.max()) + 1) >= 2**63:
        raise UsageError(f"symbols up to {int(series.max())} are too large to parse; number those that occur")
    _parse(flat, int(series.max()) + 1, np.empty(slots, np.int64), np.empty(slots, np.int64), phrases)
    return phrases.reshape(series.shape[:-1])[()]


def _running_sum(cells: Floats, grain: int, axis: int, *, periodic: bool) -> Floats:
    values = np.moveaxis(cells, axis, -1)
    n = values.shape[-1]
    before, after = (grain - 1) // 2, grain // 2
    if periodic:
        values = np.concatenate([values[..., n - before :], values, values[..., :after]], axis=-1)
        first, last = np.arange(n), np.arange(n) + grain
    else:
        first, last = np.maximum(np.arange(n) - before, 0), np.minimum(np.arange(n) + after + 1, n)
    total = np.concatenate([np.zeros((*values.shape[:-1], 1)), values.cumsum(axis=-1)], axis=-1)
    return np.moveaxis(total[..., last] - total[..., first], -1, axis)


@njit
def _parse(
    symbols: Integers,
    size: int,
    keys: Integers,
    children: Integers,
    phrases: Integers,
) -> None:
    # the tree of phrases as an open-addressing table (phrase, symbol) -> longer phrase; phrase 0 is empty
    mask = len(keys) - 1
    for row in range(symbols.shape[0]):
        keys[:] = -1
        phrase, made = 0, 0
        for t in range(symbols.shape[1]):
            key = phrase * size + symbols[row, t]
            slot = (key ^ (key >> 15)) * 0x9E3779B1 & mask
            while keys[slot] >= 0 and keys[slot] != key:
                slot = (slot + 1) & mask
            if keys[slot] == key:
                phrase = children[slot]
            else:
                made += 1
                keys[slot], children[slot] = key, made
                phrase = 0
        phrases[row] = made + (phrase > 0)
