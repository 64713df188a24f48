"""Number of particles in a disc about the centre, and its cumulants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from physent.declare import Coordinate, Length, Positive, Problem, Variable
from physent.diagnostics.run import particles, pooled
from physent.diagnostics.run.declare import Context, Diagnostic, Name, OneOrMany, Record

if TYPE_CHECKING:
    import xarray as xr


class DiscCounting(Diagnostic):
    """Number of particles with |x| < radius (an interval, disc or ball) at every draw, and its cumulants 1 to 6.

    Gives NAME and per run what `linear_statistic` gives, and NAME_empty, the share of draws without a particle there
    (hole probability); with a list of radii all of them along the dimension NAME_radius. Fields are counted as they
    are stored. If the number is the same at every draw of a replica, its mixing cannot be judged (NAME_mixed is NaN if
    that is so in all replicas).
    """

    rounds = True

    kind: Literal["disc_counting"]
    name: Name = Field(default="disc_counting", description="name of the variable, and prefix of the others")
    radius: Annotated[OneOrMany[Positive], Length] = Field(description="radius of the disc, or list of radii")
    of: particles.Of | None = Field(default=None, description="field; null: position, or radius if there is none")

    @property
    def _many(self) -> tuple[str, ...]:
        return () if isinstance(self.radius, float) else (f"{self.name}_radius",)

    def chosen(self, context: Context) -> DiscCounting:
        return particles.chosen(self, context)

    def sources(self) -> tuple[str, ...]:
        return (particles.field_of(self.of),)

    def problems(self, context: Context) -> Iterator[Problem]:
        yield from particles.unfit(context, self.of)
        if not isinstance(self.radius, float) and len(set(self.radius)) < len(self.radius):
            yield Problem(("radius",), "found a radius twice")

    def coordinates(self, context: Context) -> tuple[Coordinate, ...]:
        radii = np.atleast_1d(np.asarray(self.radius, np.float64))
        return (pooled.ORDER, *(Coordinate(dim, radii, "radius of the disc") for dim in self._many))

    def variables(self, context: Context) -> tuple[Variable, ...]:
        at = "" if self._many else f" < {self.radius:g}"
        attrs = {"source": particles.field_of(self.of)}
        return (Variable(self.name, f"number of particles at |x|{at}", dims=("replica", *self._many), attrs=attrs),)

    def results(self, context: Context) -> tuple[Variable, ...]:
        empty = Variable(f"{self.name}_empty", "share of draws with no particle in the disc", dims=self._many)
        return (*pooled.cumulant_results(self.name, self.name, self._many), empty)

    def observe(self, record: Record, context: Context) -> Mapping[str, ArrayLike]:
        r = particles.radii(record, self.of)
        inside = r[:, None, :] < np.atleast_1d(np.asarray(self.radius))[:, None]
        found = inside.sum(axis=-1).astype(np.float64)
        return {self.name: found if self._many else found[:, 0]}

    def finish(self, history: xr.Dataset, context: Context) -> Mapping[str, ArrayLike]:
        array = history[self.name].transpose(context.clock, "replica", *self._many)
        columns = [array[..., c] for c in range(array.shape[-1])] if self._many else [array]
        found: list[dict[str, Any]] = []
        for radius, column in zip(np.atleast_1d(np.asarray(self.radius)), columns, strict=True):
            series = column.values
            values = pooled.cumulant_values(self.name, series, counts=True, where=f" at radius {radius:g}")
            found.append({**values, f"{self.name}_empty": (series == 0).mean()})
        if not self._many:
            return found[0]
        return {key: np.array([one[key] for one in found]) for key in found[0]}

    def marks(self, results: Record) -> Mapping[str, str]:
        return pooled.marks(self.name, results)


KIND = DiscCounting
