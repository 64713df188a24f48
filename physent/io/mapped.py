"""A variable put together, from others in any order of dimensions, when it is read: components, parts, equal steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

from physent.typing import Array, Floats


@dataclass(frozen=True)
class Steps:
    """Equal steps along a dimension, to which each series is interpolated over the samples at which it has a value.

    ``before`` is the last sample not after each step; values further apart than ``longest`` are not joined.
    """

    dim: str
    times: Floats  # of the samples
    new: Floats  # of the steps
    before: Array
    longest: float = np.inf

    def of(self, values: Array, key: Any, first: int, axis: int, periods: Array | None = None) -> Array:
        """Interpolated values, of those from the sample ``first``; at the time of a value, the value itself.

        ``periods`` are those of the values, NaN if they have none, which go the shortest way.
        """
        count = values.shape[axis]
        along = [-1 if one == axis else 1 for one in range(values.ndim)]
        there, at = ~np.isnan(values), np.arange(count).reshape(along)
        last = np.maximum.accumulate(np.where(there, at, -1), axis)
        after = np.flip(np.minimum.accumulate(np.flip(np.where(there, at, count), axis), axis), axis)
        now = self.new[key].reshape(along)
        low = np.take(last, self.before[key] - first, axis)
        high = np.take(after, np.minimum(self.before[key] - first + 1, count - 1), axis)
        times = self.times[first : first + count]
        begin, end = times[low], times[np.minimum(high, count - 1)]
        hit = (begin == now) & (low >= 0)
        joined = hit | ((low >= 0) & (high < count) & (high > low) & (end - begin <= self.longest))
        value = np.take_along_axis(values, np.maximum(low, 0), axis)
        way = np.take_along_axis(values, np.minimum(high, count - 1), axis) - value
        if periods is not None:
            way = np.where(np.isnan(periods), way, way - periods * np.rint(way / periods))
        with np.errstate(invalid="ignore", divide="ignore"):
            between = value + (now - begin) / (end - begin) * way
        return np.asarray(np.where(hit, value, np.where(joined, between, np.nan)))

    def needed(self, key: Any) -> slice:
        """Samples that some of the steps need: up to ``longest`` away, and one to either side."""
        new = self.new[key]
        if not len(new):
            return slice(0, 0)
        first = np.searchsorted(self.times, new.min() - self.longest)
        last = np.searchsorted(self.times, new.max() + self.longest, "right")
        return slice(min(int(first), int(self.before[key].min())), max(int(last), int(self.before[key].max()) + 2))


class _Mapped(BackendArray):
    """float64 (dims), the last one over ``parts`` if there are several; what a part lacks is the same everywhere."""

    def __init__(
        self,
        parts: Sequence[xr.Variable],
        sizes: Mapping[str, int],
        convert: Callable[[Array], Array],
        stacked: bool,
        steps: Steps | None,
        periods: Array | None,
    ) -> None:
        dims = [dim for dim in sizes if not stacked or dim != list(sizes)[-1]]
        self.dims = dims
        self.parts = [part.transpose(*(dim for dim in dims if dim in part.dims)) for part in parts]
        self.convert, self.stacked, self.steps, self.periods = convert, stacked, steps, periods
        self.shape = tuple(sizes.values())
        self.dtype = np.dtype(np.float64)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.OUTER, self._read)

    def _read(self, key: tuple[Any, ...]) -> Any:
        single = tuple(axis for axis, k in enumerate(key) if isinstance(k, int | np.integer))
        keys = [
            slice(int(k) % n, int(k) % n + 1) if axis in single else k
            for axis, (k, n) in enumerate(zip(key, self.shape, strict=True))
        ]
        lengths = [len(range(n)[k]) if isinstance(k, slice) else len(k) for k, n in zip(keys, self.shape, strict=True)]
        chosen = np.arange(self.shape[-1])[keys[-1]] if self.stacked else [0]
        inner = dict(zip(self.dims, keys, strict=False))
        whole = np.empty((*lengths[: len(self.dims)], len(chosen)))
        for place, part in enumerate(chosen):
            periods = self.periods
            if periods is not None:
                periods = periods[part] if self.stacked else periods[keys[-1]]
            whole[..., place] = self._of(self.parts[part], inner, periods)
        return (whole if self.stacked else whole[..., 0]).squeeze(axis=single)

    def _of(self, part: xr.Variable, keys: Mapping[str, Any], periods: Array | None) -> Array:
        mine = {str(dim): keys[str(dim)] for dim in part.dims}
        steps = self.steps if self.steps is not None and self.steps.dim in mine else None
        if steps is not None:
            needed = steps.needed(mine[steps.dim])
            values = self.convert(part.isel({**mine, steps.dim: needed}).values)
            values = steps.of(values, mine[steps.dim], needed.start, list(mine).index(steps.dim), periods)
        else:
            values = self.convert(part.isel(mine).values)
        return values.reshape([values.shape[list(mine).index(dim)] if dim in mine else 1 for dim in self.dims])


def mapped(
    parts: Sequence[xr.Variable],
    sizes: Mapping[str, int],
    *,
    convert: Callable[[Array], Array],
    stacked: bool,
    steps: Steps | None = None,
    periods: Array | None = None,
) -> xr.Variable:
    """Variable of the dims and ``sizes``, of ``parts`` with some of these dims, along the last if ``stacked``.

    ``convert`` makes real numbers of a block of a part; ``periods`` are those along the last dimension, NaN for none.
    """
    whole = _Mapped(parts, sizes, convert, stacked, steps, periods)
    return xr.Variable(tuple(sizes), indexing.LazilyIndexedArray(whole))


class _Computed(BackendArray):
    """``function`` of variables, for each index of all but the first and the last dimension by itself."""

    def __init__(self, parts: Sequence[xr.Variable], function: Callable[..., Array], length: int, reach: int) -> None:
        self.parts, self.function, self.reach = parts, function, reach
        self.shape = (*parts[0].shape[:-1], length)
        self.dtype = np.dtype(np.float64)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.OUTER, self._read)

    def _read(self, key: tuple[Any, ...]) -> Any:
        asked = np.arange(self.shape[0])[key[0]]
        rows = np.atleast_1d(asked)
        first, last = (int(rows.min()), int(rows.max()) + 1) if rows.size else (0, 1)
        first, last = max(first - self.reach, 0), last + self.reach
        found = self.function(*(part[(slice(first, last), *key[1:-1])].values for part in self.parts))
        return found[asked - first][..., key[-1]]


def computed(
    parts: Sequence[xr.Variable], function: Callable[..., Array], dims: Sequence[str], reach: int = 0
) -> xr.Variable:
    """Variable of ``function`` (of the values of all ``parts``), as long along its last dimension as they are.

    A value depends on the samples, along the first dimension, that are at most ``reach`` away.
    """
    array = _Computed(parts, function, parts[0].shape[-1], reach)
    return xr.Variable(tuple(dims), indexing.LazilyIndexedArray(array))
