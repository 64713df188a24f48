"""Sums over the particles in each cell of space: maps of density, or of what particles carry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from physent.declare import MOST_CELLS, Cells, Coordinate, Problem, Variable
from physent.diagnostics.run import particles
from physent.diagnostics.run.declare import Context, Diagnostic, Name, Record


class CellMap(Diagnostic):
    """Map of a field over equal cells of a periodic box: its sum over the particles in a cell, per volume of the cell.

    NAME (replica, NAME_x, NAME_y, NAME_z), as many axes as space has. Without `weight` it is the number density. With
    `particle_epr_even`, say, of the engine `langevin` it is the entropy production per volume and time since the last
    sample, at the places of the particles at the sample. The sum of the map times the volume of a cell is that of the
    field. As a function of arrays it maps the density only.
    """

    rounds = True

    kind: Literal["cell_map"]
    name: Name = Field(default="cell_map", description="name of the map, prefix of its dimensions NAME_x, NAME_y ...")
    weight: str | None = Field(
        default=None, description="field of one number per particle that is summed; null: 1, for the density"
    )
    cells: Cells = Field(default=32, description="cells along each axis")

    def sources(self) -> tuple[str, ...]:
        return ("position",) if self.weight is None else ("position", self.weight)

    def problems(self, context: Context) -> Iterator[Problem]:
        yield from particles.unboxed(self, context)
        if self.weight is not None and (found := context.variables[self.weight].dims) != ("replica", "particle"):
            yield Problem(("weight",), f"{self.weight} has dims ({', '.join(found)}), expected (replica, particle)")
        axes = len(context.coordinates["axis"])
        if (size := self.cells**axes) > MOST_CELLS:
            yield Problem(("cells",), f"found {self.cells} along {axes} axes, {size:.3g} in all; at most {MOST_CELLS}")

    def coordinates(self, context: Context) -> tuple[Coordinate, ...]:
        middle = particles.side(context) * (np.arange(self.cells) + 0.5) / self.cells
        axes = "xyz"[: len(context.coordinates["axis"])]
        return tuple(Coordinate(f"{self.name}_{axis}", middle, f"{axis}, middle of the cell") for axis in axes)

    def variables(self, context: Context) -> tuple[Variable, ...]:
        axes = "xyz"[: len(context.coordinates["axis"])]
        dims = ("replica", *(f"{self.name}_{axis}" for axis in axes))
        what = "number of particles" if self.weight is None else f"sum of {self.weight} over the particles"
        attrs = {"source": ", ".join(self.sources())}
        return (Variable(self.name, f"{what} in a cell per volume", dims=dims, attrs=attrs),)

    def observe(self, record: Record, context: Context) -> Mapping[str, ArrayLike]:
        position, length = record["position"], particles.side(context)
        axes = position.shape[-1]
        cell = np.clip(np.floor(position * (self.cells / length)).astype(np.int64), 0, self.cells - 1)
        codes = np.ravel_multi_index(tuple(np.moveaxis(cell, -1, 0)), (self.cells,) * axes)
        weights = np.ones(codes.shape) if self.weight is None else record[self.weight]
        size = self.cells**axes
        maps = [np.bincount(code, row, size) for code, row in zip(codes, weights, strict=True)]
        return {self.name: np.reshape(maps, (len(maps), *(self.cells,) * axes)) * (self.cells / length) ** axes}


KIND = CellMap
