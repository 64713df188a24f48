"""Tallies: what is kept of the data before anything is estimated.

`Counts` are whole numbers, exact and in no order: counts of parts add up to those of the whole. `Weights` are given
probabilities (an intensity on a grid, a spectrum, eigenvalues) with no sampling behind them. `Samples` have no cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from physent.core import jit
from physent.diagnostics import kernels
from physent.diagnostics.checks import refuse_masked
from physent.diagnostics.gate import public
from physent.diagnostics.grid import Grid
from physent.diagnostics.spaces import Space
from physent.errors import RunError, UsageError
from physent.typing import Floats, Integers

Axes: TypeAlias = int | Sequence[int] | None

# From this many points on rows are shared among threads; below, starting a pool takes longer than counting.
_SPREAD_FROM = 2**18
_LARGEST = 2**28


@public
@dataclass(frozen=True, eq=False)
class Counts:
    """How often each outcome occurred, n (..., K), and how many values had none, n_outside (...).

    Integers of any type, in each row N = sum n <= 2^63 - 1; more is a `UsageError`, also when counts are added.
    """

    n: Integers
    n_outside: Any = 0
    space: Space | None = None

    def __post_init__(self) -> None:
        """Refuse anything but counts."""
        n = np.asarray(self.n)
        if n.dtype.kind not in "iu" or n.ndim == 0:
            raise UsageError(f"counts: found {n.dtype} of shape {n.shape}, expected integers (..., K)")
        if n.size and n.min() < 0:
            raise UsageError(f"counts: found {n.min()}, expected numbers >= 0")
        if self.space is not None and self.space.size != n.shape[-1]:
            raise UsageError(f"counts: found {n.shape[-1]} cells, expected the {self.space.size} of the space")
        outside = np.asarray(self.n_outside)
        _within(n.sum(-1, dtype=np.float64), n.astype(np.int64, copy=False).sum(-1))
        _within(outside.astype(np.float64), outside.astype(np.int64))
        object.__setattr__(self, "n", n.astype(np.int64, copy=False))
        object.__setattr__(self, "n_outside", np.broadcast_to(outside.astype(np.int64), n.shape[:-1]))

    @property
    def N(self) -> Integers:
        """Number of counted values, shape (...)."""
        return np.asarray(self.n.sum(-1))

    @property
    def p(self) -> Floats:
        """Relative frequencies n/N; NaN if nothing was counted."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.n / self.N[..., None])

    @property
    def mu(self) -> Floats | None:
        """Cell measures of the space, None for bare counts."""
        return None if self.space is None else self.space.measure()

    def __add__(self, other: Any) -> Counts:
        """Counts of both parts; they must be of one space."""
        if not isinstance(other, Counts) or self.space != other.space or self.n.shape != other.n.shape:
            raise UsageError("counts: only counts of the same space and shape can be added")
        for one, two in ((self.N, other.N), (self.n_outside, other.n_outside)):
            _within(one.astype(np.float64) + two, one + two)
        return Counts(self.n + other.n, self.n_outside + other.n_outside, self.space)

    def pooled(self, axis: Axes = 0) -> Counts:
        """Sum over leading axes."""
        axes = _axes(axis, self.n.ndim - 1)
        for part in (self.N, self.n_outside):
            _within(part.sum(axes, dtype=np.float64), part.sum(axes))
        return replace(self, n=self.n.sum(axes), n_outside=self.n_outside.sum(axes))


@public
@dataclass(frozen=True, eq=False)
class Weights:
    """Probabilities p (..., K) that were not counted, with cell measures mu (K,) if cells have a size."""

    p: Floats
    mu: Floats | None = None
    space: Space | None = None

    def __post_init__(self) -> None:
        """Refuse anything but probabilities."""
        p = np.asarray(self.p, np.float64)
        if p.ndim == 0 or not np.all(p >= 0) or np.any(np.abs(p.sum(-1) - 1) > 1e-9):
            raise UsageError("weights: expected probabilities >= 0 that sum to 1 on the last axis; `weigh` normalises")
        object.__setattr__(self, "p", p)
        if self.mu is not None:
            object.__setattr__(self, "mu", np.broadcast_to(np.asarray(self.mu, np.float64), p.shape[-1:]))


@public
@dataclass(frozen=True, eq=False)
class Samples:
    """Points x (..., n, d) without cells, in a periodic box (d,) or open; for nearest-neighbour estimates."""

    x: Floats
    box: Floats | None = None


def weigh(density: ArrayLike, cell_measure: ArrayLike | None = None) -> Weights:
    """`physent.diagnostics.weigh` for plain arrays."""
    values = np.asarray(density, np.float64)
    if values.ndim == 0 or not np.all((values >= 0) & (values < np.inf)):
        raise RunError(
            "weigh: found a negative, infinite or NaN density, expected finite numbers >= 0 on the last axis"
        )
    mu = None if cell_measure is None else np.broadcast_to(np.asarray(cell_measure, np.float64), values.shape[-1:])
    mass = values if mu is None else values * mu
    total = mass.sum(-1, keepdims=True)
    if not np.all(total > 0):
        raise RunError("weigh: found a density that is zero everywhere")
    return Weights(mass / total, mu)


def count(x: Any, space: Space, dim: Axes = None, weights: ArrayLike | None = None) -> Any:
    """`physent.diagnostics.count` for plain arrays: `Counts`, or `Weights` if there are ``weights``."""
    parts, leading = _in_rows(x, space, dim)
    rows = prod(leading)
    if rows * space.size > _LARGEST:
        raise UsageError(
            f"count: {rows} x {space.size} counts, expected at most 2^28; take a coarser space or fewer rows"
        )
    if weights is not None:
        return _weighted(parts, space, leading, weights, dim)
    counts = np.zeros((rows, space.size), np.int64)
    outside = np.zeros(rows, np.int64)
    if isinstance(space, Grid):
        _count_grid(parts, space, counts, outside)
    else:
        codes = space.encode(parts).reshape(rows, -1)
        _over_rows(kernels.count_codes, codes.size, rows, codes, counts, outside)
    return Counts(counts.reshape(*leading, space.size), outside.reshape(leading), space)


def _count_grid(x: Any, grid: Grid, counts: Integers, outside: Integers) -> None:
    points = grid.points(x)
    rows = points.reshape(len(counts), -1, points.shape[-1])
    _over_rows(kernels.count_points, rows.size, len(rows), rows, grid.box, counts, outside)
    if outside.any():
        grid.check(points)
        if grid.outside == "count":
            counts[:, -1] += outside


def _weighted(parts: Any, space: Space, leading: tuple[int, ...], weights: ArrayLike, dim: Axes) -> Weights:
    codes = space.encode(parts)
    values = np.asarray(weights, np.float64)
    kept = len(leading)
    values = np.moveaxis(values, _axes(dim, values.ndim), range(kept, values.ndim))
    if space.reach and values.ndim and values.shape[-1] == codes.shape[-1] + space.reach:
        values = values[..., space.reach :]
    if values.shape != codes.shape:
        raise UsageError(f"count: found weights of shape {values.shape}, expected {codes.shape}, one per outcome")
    if not np.all((values >= 0) & (values < np.inf)):
        raise RunError("count: found a negative, infinite or NaN weight, expected finite numbers >= 0")
    rows = prod(leading)
    sums = np.zeros((rows, space.size))
    codes = codes.reshape(rows, -1)
    flat = np.ascontiguousarray(values.reshape(rows, -1))
    _over_rows(kernels.sum_weights, codes.size, rows, codes, flat, sums)
    weighed = weigh(sums.reshape(*leading, space.size))
    return Weights(weighed.p, space.measure(), space)


def _within(rough: Any, exact: Any) -> None:
    """Refuse sums beyond 2^63 - 1: ``exact`` has wrapped to below 0 by then, or by 2^64 of ``rough``."""
    if np.any(exact < 0) or np.any(rough >= 1.75 * 2.0**63):
        raise UsageError(f"counts: found {np.max(rough):.4g} in one row, expected at most 2^63 - 1 = {2**63 - 1}")


def _in_rows(x: Any, space: Space, dim: Axes) -> tuple[Any, tuple[int, ...]]:
    """The data with the counted axes last (before the components), and the shape of the kept ones."""
    factors = getattr(space, "spaces", None)
    if isinstance(x, tuple) and factors is not None:
        if len(x) != len(factors):
            raise UsageError(f"product: found {len(x)} arrays, expected {len(factors)}, one per factor")
        moved = [_in_rows(part, factor, dim) for part, factor in zip(x, factors, strict=True)]
        if len({leading for _, leading in moved}) > 1:
            raise UsageError(f"product: factors keep shapes {[leading for _, leading in moved]}, expected one shape")
        return tuple(data for data, _ in moved), moved[0][1]
    refuse_masked(x, "count")
    data = np.asarray(x)
    if data.dtype.kind not in "biuf":
        raise UsageError(f"count: found data of type {data.dtype}, expected real numbers")
    outcomes = data.ndim - (space.components is not None)
    axes = _axes(dim, outcomes)
    if space.reach and outcomes - 1 not in axes:
        raise UsageError("count: the last axis is the time of a space that looks back, and must be counted over")
    kept = [axis for axis in range(outcomes) if axis not in axes]
    order = [*kept, *axes, *range(outcomes, data.ndim)]
    return data.transpose(order), tuple(data.shape[axis] for axis in kept)


def _axes(axis: Axes, ndim: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(ndim))
    given = (axis,) if isinstance(axis, int) else tuple(axis)
    if any(not -ndim <= a < ndim for a in given):
        raise UsageError(f"axes {given}: the data have {ndim} axes to count over")
    return tuple(sorted({a % ndim for a in given}))


def _over_rows(kernel: Any, work: int, rows: int, *args: Any) -> None:
    if work < _SPREAD_FROM:
        kernel(0, rows, *args)
    else:
        jit.spread(kernel, rows, *args)
