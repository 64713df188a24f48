"""Density of particles against the distance from the centre."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from physent.declare import Cells, Coordinate, Length, Positive, Problem, Variable
from physent.diagnostics import radial
from physent.diagnostics.run import particles, pooled
from physent.diagnostics.run.declare import Context, Diagnostic, Name, Record
from physent.diagnostics.warn import warn
from physent.typing import Floats

if TYPE_CHECKING:
    import xarray as xr


class RadialDensity(Diagnostic):
    """Mean density of a particle against |x|, per run, from counts in equal shells at every draw.

    Gives NAME_counts (number in each shell, every draw), NAME along NAME_radius, the mean over draws and replicas of
    counts / (n v), v the volume of the shell in the run's dimension: its integral over all space is 1; NAME_se (NaN
    if the count never changes, as in a shell that no particle enters); NAME_outside, the share of particles beyond
    `max_radius`. A value is the mean over its shell, to be compared with theory averaged over the shell. Fields are
    counted as they are stored.
    """

    rounds = True

    kind: Literal["radial_density"]
    name: Name = Field(default="radial_density", description="name of the result, and prefix of the others")
    cells: Cells = Field(default=50, description="number of shells")
    max_radius: Annotated[Positive, Length] = Field(default=1.5, description="outer radius of the last shell")
    of: particles.Of | None = Field(default=None, description="field; null: position, or radius if there is none")

    def chosen(self, context: Context) -> RadialDensity:
        return particles.chosen(self, context)

    def sources(self) -> tuple[str, ...]:
        return (particles.field_of(self.of),)

    def problems(self, context: Context) -> Iterator[Problem]:
        yield from particles.unfit(context, self.of)

    def coordinates(self, context: Context) -> tuple[Coordinate, ...]:
        middle = (np.arange(self.cells) + 0.5) * (self.max_radius / self.cells)
        return (Coordinate(f"{self.name}_radius", middle, "distance from the centre, middle of the shell"),)

    def variables(self, context: Context) -> tuple[Variable, ...]:
        dims = ("replica", f"{self.name}_radius")
        attrs = {"source": particles.field_of(self.of), "max_radius": self.max_radius}
        return (Variable(f"{self.name}_counts", "number of particles in a shell", dims=dims, attrs=attrs),)

    def results(self, context: Context) -> tuple[Variable, ...]:
        dims = (f"{self.name}_radius",)
        said = {"comment": "mean over the shell; its integral over all space is 1", "source": f"{self.name}_counts"}
        return (
            Variable(self.name, "density of a particle", dims=dims, attrs=said),
            Variable(f"{self.name}_se", f"standard error of {self.name}", dims=dims),
            Variable(f"{self.name}_outside", "share of particles beyond the last shell", dims=()),
        )

    def observe(self, record: Record, context: Context) -> Mapping[str, ArrayLike]:
        return {f"{self.name}_counts": shell_counts(particles.radii(record, self.of), self.cells, self.max_radius)}

    def finish(self, history: xr.Dataset, context: Context) -> Mapping[str, ArrayLike]:
        from physent.diagnostics.chains import mean_and_error

        mean, blocks = pooled.block_means(history[f"{self.name}_counts"], context.clock)
        n = len(context.coordinates["particle"])
        edges = np.linspace(0, self.max_radius, self.cells + 1)
        volume = n * np.diff(radial.ball_volume(particles.dimension_of(context, self.of), edges))
        outside = 1 - float(mean.sum()) / n
        if outside > 0.01:
            warn(f"{100 * outside:.2g} % of the particles are beyond max_radius = {self.max_radius:g}")
        error = mean_and_error(blocks)[1]
        return {self.name: mean / volume, f"{self.name}_se": error / volume, f"{self.name}_outside": outside}


def shell_counts(r: Floats, cells: int, last: float) -> Floats:
    """Numbers of distances (rows, n) in equal shells of [0, last), (rows, cells)."""
    cell = np.minimum(np.floor(r * (cells / last)), cells).astype(np.int64)
    return np.array([np.bincount(row, minlength=cells + 1)[:cells] for row in cell], np.float64)


KIND = RadialDensity
