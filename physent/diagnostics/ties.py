"""Repeated values, which have no density: how many there are, and how rounded ones are spread over their cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np

from physent.core.random import Purpose, uniform_array
from physent.diagnostics.warn import warn
from physent.errors import UsageError
from physent.typing import Booleans, Floats

Ties: TypeAlias = Literal["warn", "jitter"]

DOUBTFUL = 0.01
"""Share of repeated values from which a warning is due."""

REMEDY = (
    "repeated or rounded values have no density; count them in cells instead, spread rounded ones with ties='jitter', "
    "or take a larger k"
)


def settled(points: Floats, ties: Ties, seed: int) -> tuple[Floats, Floats]:
    """Points (rows, n, d), jittered or as they are, and the shares (rows, 1 + d) of points and coordinates still tied.

    A value is tied if it occurs again in its coordinate; points are tied if all their coordinates are the same. NaN,
    which stands for a missing value, is no such one.
    """
    if ties not in ("warn", "jitter"):
        raise UsageError(f"ties: found {ties!r}, expected warn or jitter")
    if not 0 <= seed < 2**64:
        raise UsageError(f"seed: found {seed}, expected 0 to 2^64 - 1")
    each = _tied(points)
    if not each.any():
        return points, np.zeros((len(points), 1 + points.shape[-1]))
    if ties == "jitter":
        spread = [_jittered(row, seed) if share.any() else row for row, share in zip(points, each, strict=True)]
        return np.stack(spread), np.zeros((len(points), 1 + points.shape[-1]))
    together = [_repeated(row) if share.all() else 0.0 for row, share in zip(points, each, strict=True)]
    return points, np.column_stack([together, each])


def doubt(shares: Floats, valid: Booleans, names: Sequence[str]) -> None:
    """Warn once of the rows that are ``valid`` and tied too often; names of the points and of their coordinates."""
    doubtful = valid & (shares.max(-1) >= DOUBTFUL)
    if not doubtful.any():
        return
    largest = [(float(share), name) for share, name in zip(shares[doubtful].max(0), names, strict=True)]
    largest = largest[:1] if len(largest) == 2 else largest  # on a line a point is its coordinate
    found = ", ".join(f"{100 * share:.1f} % of the {name}" for share, name in largest if share >= DOUBTFUL)
    where = f", in {doubtful.sum()} of {len(shares)} rows (the largest shares)" if len(shares) > 1 else ""
    warn(f"ties: {found} repeat another{where}, which makes the estimate doubtful: {REMEDY}")


def _tied(points: Floats) -> Floats:
    """The share of values that occur again, (rows, d), in each coordinate of (rows, n, d)."""
    ordered = np.sort(np.ascontiguousarray(points.swapaxes(1, 2)))
    same = ordered[..., 1:] == ordered[..., :-1]
    if not same.any():
        return np.zeros(ordered.shape[:2])
    alone = np.zeros_like(same, shape=(*ordered.shape[:2], 1))
    return np.asarray((np.concatenate([alone, same], axis=-1) | np.concatenate([same, alone], axis=-1)).mean(-1))


def _repeated(points: Floats) -> float:
    """The share of points (n, d) that occur again."""
    _, number, times = np.unique(points, axis=0, return_inverse=True, return_counts=True, equal_nan=False)
    return float((times[number.ravel()] > 1).mean())


def _jittered(points: Floats, seed: int) -> Floats:
    """Every value moved within its rounding cell, uniformly, by a number that seed, coordinate and index fix."""
    return np.stack([_spread(x, seed, column) for column, x in enumerate(points.T)], axis=-1)


def _spread(x: Floats, seed: int, column: int) -> Floats:
    # the cell: the least distance of two values that differ by more than the rounding of their own arithmetic
    known = x[~np.isnan(x)]
    gaps = np.diff(np.unique(known))
    gaps = gaps[gaps > 16 * np.finfo(np.float64).eps * np.abs(known).max()] if len(known) else gaps
    if len(gaps) + 1 >= len(known) or not len(gaps):
        return x
    return np.asarray(x + gaps.min() * (uniform_array(seed, Purpose.SURROGATE, column, 0, len(x)) - 0.5))
