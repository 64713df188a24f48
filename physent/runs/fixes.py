"""Which series hold a value at which times: series with clocks of their own, and the steps of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from physent.diagnostics.run.declare import BLOCK_BYTES
from physent.errors import UsageError
from physent.typing import Array, Floats

if TYPE_CHECKING:
    import xarray as xr

BODIES = ("replica", "particle")
LONGEST = 3.0
"""Gap that is interpolated, in median steps from one value of a series to its next: two missing ones in a row."""

SHARED = 0.1
"""Coincidences of the values of several series, over the most that are possible, below which their clocks differ."""

_FINE = 64  # classes of steps per octave
_OCTAVES = 1100


def longest_gap(part: xr.DataArray, clock: str, times: Floats, fill: tuple[float, ...] = ()) -> float:
    """`LONGEST` times the median step from one value of a series to its next, over all series of ``part``.

    0 if no series has two values. Counted in classes of 1 %, so that memory does not grow with the data.
    """
    if part.dtype.kind not in "fc" and not fill:
        return float(LONGEST * np.median(np.diff(times)))
    counts = np.zeros(2 * _OCTAVES * _FINE, np.int64)
    last: Array | None = None
    for start, there in _present(part, clock, fill):
        at = np.where(there, np.arange(start, start + len(there))[:, None], -1)
        before = np.concatenate([np.full_like(at[:1], -1) if last is None else last[None], at])
        before = np.maximum.accumulate(before, axis=0)
        follows = there & (before[:-1] >= 0)
        steps = (times[start : start + len(there), None] - times[before[:-1]])[follows]
        counts += np.bincount(
            np.ceil(np.log2(steps) * _FINE).astype(np.int64) + _OCTAVES * _FINE, minlength=len(counts)
        )
        last = before[-1]
    if not counts.any():
        return 0.0
    middle = int(np.searchsorted(np.cumsum(counts), (counts.sum() + 1) // 2))
    return float(LONGEST * 2.0 ** ((middle - _OCTAVES * _FINE) / _FINE))


def refuse_own_clocks(part: xr.DataArray, clock: str, times: Floats, where: str, fill: tuple[float, ...] = ()) -> None:
    """UsageError if the series of ``part`` last together but hardly ever have values at the same time."""
    bodies = [dim for dim in BODIES if part.sizes.get(dim, 1) > 1]
    if clock not in part.dims or not bodies or (part.dtype.kind not in "fc" and not fill):
        return
    several = 0
    known, first, last, number = None, np.empty(0), np.empty(0), 0
    for start, there in _present(part, clock, fill, bodies):
        count = there.sum(axis=1)
        possible = count.sum() - there.sum(axis=0).max()
        if possible and np.maximum(count - 1, 0).sum() >= SHARED * possible:
            return
        here = times[start : start + len(there), None]
        begins = np.where(there, here, np.inf).min(axis=0)
        ends = np.where(there, here, -np.inf).max(axis=0)
        first, last = (begins, ends) if known is None else (np.minimum(first, begins), np.maximum(last, ends))
        known, several, number = True, several + int((count > 1).sum()), there.shape[1]
    used = last >= first
    if not used.any() or (last - first)[used].sum() <= 1.5 * (last[used].max() - first[used].min()):
        return  # one after another
    few = "no time holds" if not several else f"only {several} of {len(times)} times hold"
    raise UsageError(
        f"{where}: {few} more than 1 of {number} {' and '.join(bodies)}s: their clocks differ; add "
        "`resample: {every: ...}` to the plan, which interpolates each over its own values"
    )


def _present(
    part: xr.DataArray, clock: str, fill: tuple[float, ...], bodies: list[str] | None = None
) -> Iterator[tuple[int, Array]]:
    """Blocks (time, series) of which values are there, neither NaN nor ``fill``; of ``bodies`` if any of theirs is."""
    others = [str(dim) for dim in part.dims if dim != clock]
    kept = others if bodies is None else bodies
    record = max(1, part.isel({clock: slice(0, 1)}).nbytes)
    step = max(1, BLOCK_BYTES // record)
    for start in range(0, part.sizes[clock], step):
        block = part.isel({clock: slice(start, start + step)}).transpose(clock, *kept, ...).values
        there = ~(np.isnan(block) | np.isin(block, fill))
        there = there.any(axis=tuple(range(1 + len(kept), there.ndim)))
        yield start, there.reshape(len(there), -1)
