"""Mean square displacement and velocity autocorrelation since the first sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from physent.declare import LATER, Coordinate, Index, Problem, Variable
from physent.diagnostics.run import particles
from physent.diagnostics.run.declare import Context, Diagnostic, Name, Record
from physent.typing import Array, Floats


class SelfDiffusion(Diagnostic):
    """Mean square displacement and velocity autocorrelation of particles, both relative to the first sample.

    NAME_msd is the mean of |r(t) - r(0)|^2 over the particles of a replica, with r = position + box_length * image
    (`image`: how often a particle has left the periodic box through each side), 2 d D t at late times in d dimensions.
    NAME_vacf is the mean of v(t).v(0), at first d T/m. Of a mixture `species` takes the particles of one species, or of
    each. Take replicas for their errors: particles of one replica move together.
    """

    kind: Literal["self_diffusion"]
    name: Name = Field(default="self_diffusion", description="prefix of NAME_msd and NAME_vacf")
    species: Annotated[Index | Literal["each"] | None, LATER] = Field(
        default=None, description="of a mixture: a species, or each of them; null: all particles"
    )

    def sources(self) -> tuple[str, ...]:
        return "position", "image", "velocity"

    def origin(self) -> tuple[str, ...]:
        return self.sources()

    def problems(self, context: Context) -> Iterator[Problem]:
        yield from particles.unboxed(self, context)
        if self.species is not None:
            yield from particles.strangers(() if self.species == "each" else (self.species,), context)

    def coordinates(self, context: Context) -> tuple[Coordinate, ...]:
        return particles.species_axis(context) if self.species == "each" else ()

    def variables(self, context: Context) -> tuple[Variable, ...]:
        source: dict[str, str | int] = {"source": "position, image, velocity"}
        dims: tuple[str, ...] = ("replica", "species") if self.species == "each" else ("replica",)
        if isinstance(self.species, int):
            source["species"] = self.species
        return (
            Variable(f"{self.name}_msd", "mean square displacement since the first sample", dims=dims, attrs=source),
            Variable(f"{self.name}_vacf", "mean of v(t).v(0), t since the first sample", dims=dims, attrs=source),
        )

    def observe(self, record: Record, context: Context) -> Mapping[str, ArrayLike]:
        first = context.first
        # Windings are whole: their difference first, so that a long way loses no digits.
        turns = (record["image"] - first["image"]) * particles.side(context)
        moved = record["position"] - first["position"] + turns
        square, product = moved * moved, record["velocity"] * first["velocity"]
        if self.species is None:
            msd, vacf = _mean(square), _mean(product)
        elif self.species == "each":
            every = range(particles.number_of_species(context))
            msd, vacf = (
                np.stack([_mean(particles.of_species(a, one, context)) for one in every], axis=1)
                for a in (square, product)
            )
        else:
            msd, vacf = (_mean(particles.of_species(a, self.species, context)) for a in (square, product))
        return {f"{self.name}_msd": msd, f"{self.name}_vacf": vacf}


def _mean(products: Array) -> Floats:
    """Sum over axes, mean over particles, (replica,)."""
    return np.asarray(products.reshape(len(products), -1).sum(1) / products.shape[1])


KIND = SelfDiffusion
