"""Mixture of two colours in cells of a box."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from physent.declare import LATER, Cells, Coordinate, Index, Problem, Variable
from physent.diagnostics.run import particles
from physent.diagnostics.run.declare import Context, Diagnostic, Name, Record


class Composition(Diagnostic):
    """Share of one colour in each cell of the box, for particles coloured by their place at the first sample.

    Particles with x < divider * box_length at first have one colour, all others the second; NAME is the share of the
    first in the particles of each cell, 1/2 in empty ones. Colours are labels, so that this is mixing and not a change
    of the gas. In a mixture `species` colours the particles of one species instead. `apparent_complexity` of NAME, in
    this list after this entry, measures its pattern.
    """

    rounds = True

    kind: Literal["composition"]
    name: Name = Field(
        default="composition", description="name of the variable, prefix of its dimensions NAME_y, NAME_x"
    )
    x_cells: Cells = Field(description="cells along x")
    y_cells: Cells = Field(description="cells along y")
    divider: float = Field(
        default=0.5, gt=0, lt=1, description="x of the border between the colours at first, as a share of the box"
    )
    species: Annotated[Index | None, LATER] = Field(
        default=None, description="of a mixture: the species of the first colour"
    )

    def sources(self) -> tuple[str, ...]:
        return ("position",)

    def origin(self) -> tuple[str, ...]:
        return ("position",) if self.species is None else ()

    def problems(self, context: Context) -> Iterator[Problem]:
        if len(context.coordinates.get("axis", ())) != 2:
            yield Problem(("kind",), "composition needs positions in the plane")
        else:
            yield from particles.unboxed(self, context)
        if self.species is not None:
            yield from particles.strangers((self.species,), context)

    def coordinates(self, context: Context) -> tuple[Coordinate, ...]:
        length, (x, y) = particles.side(context), particles.starts(context)
        return tuple(
            Coordinate(
                f"{self.name}_{axis}", start + length * (np.arange(cells) + 0.5) / cells, f"{axis}, middle of the cell"
            )
            for axis, cells, start in (("y", self.y_cells, y), ("x", self.x_cells, x))
        )

    def variables(self, context: Context) -> tuple[Variable, ...]:
        what = f"share of particles that were at x < {self.divider:g} box_length at first"
        if self.species is not None:
            what = f"share of particles of species {self.species}"
        dims = ("replica", f"{self.name}_y", f"{self.name}_x")
        return (Variable(self.name, what, dims=dims, attrs={"source": "position"}),)

    def observe(self, record: Record, context: Context) -> Mapping[str, ArrayLike]:
        from physent.diagnostics.phase_space import space_codes

        length = particles.side(context)
        size = self.x_cells * self.y_cells
        rows = []
        codes = space_codes(record["position"], (self.x_cells, self.y_cells), length)
        if self.species is None:
            colours = context.first["position"][..., 0] < self.divider * length
        else:
            colours = np.broadcast_to(particles.species_of(context) == self.species, codes.shape)
        for code, colour in zip(codes, colours, strict=True):
            all_of, first = np.bincount(code, minlength=size), np.bincount(code[colour], minlength=size)
            share = np.where(all_of > 0, first / np.maximum(all_of, 1), 0.5)
            rows.append(share.reshape(self.x_cells, self.y_cells).T)
        return {self.name: np.array(rows)}


KIND = Composition
