"""Stored samples, and the diagnostics to compute from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from physent.declare import Clock, Coordinate
from physent.diagnostics.run.plan import Plan
from physent.io.layout import Attributes, Filters, Layout
from physent.typing import Array

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Taken:
    """The samples in a dataset, instead of a schedule."""

    clock: Array

    @property
    def samples(self) -> int:
        """Their number."""
        return len(self.clock)

    def at(self, sample: int) -> Any:
        """Clock value of one sample."""
        return self.clock[sample]


@dataclass(frozen=True)
class Work:
    """A run or other data, the diagnostics, and the file that they go to."""

    dataset: xr.Dataset
    plan: Plan
    layout: Layout
    attributes: Attributes
    doubtful: tuple[str, ...]
    names: tuple[tuple[str, tuple[str, ...]], ...] = ()  # of the items along a dimension, if they have any
    may_have_gaps: bool = False  # whether samples can hold NaN for a missing value


def layout_of(plan: Plan, clock: Clock, at: Array, coordinates: Iterable[Coordinate], like: Filters) -> Layout:
    """Layout of what the plan gives at the samples ``at``, with the dimensions that it needs."""
    used = {dim for variable in (*plan.variables, *plan.results) for dim in variable.dims}
    return Layout.of_records(clock, Taken(at), [one for one in coordinates if one.name in used], plan.variables, like)
