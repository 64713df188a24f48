"""Mean square displacement and velocity autocorrelation since the first sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from physent.declare import Problem, Variable
from physent.diagnostics.run import particles
from physent.diagnostics.run.declare import Context, Diagnostic, Name, Record


class SelfDiffusion(Diagnostic):
    """Mean square displacement and velocity autocorrelation of particles, both relative to the first sample.

    NAME_msd is the mean of |r(t) - r(0)|^2 over the particles of a replica, with r = position + box_length * image
    (`image`: how often a particle has left the periodic box through each side), 2 d D t at late times in d dimensions.
    NAME_vacf is the mean of v(t).v(0), at first d T. Take replicas for their errors: particles of one replica move
    together.
    """

    kind: Literal["self_diffusion"]
    name: Name = Field(default="self_diffusion", description="prefix of NAME_msd and NAME_vacf")

    def sources(self) -> tuple[str, ...]:
        return "position", "image", "velocity"

    def origin(self) -> tuple[str, ...]:
        return self.sources()

    def problems(self, context: Context) -> Iterator[Problem]:
        yield from particles.unboxed(self, context)

    def variables(self, context: Context) -> tuple[Variable, ...]:
        source = {"source": "position, image, velocity"}
        return (
            Variable(f"{self.name}_msd", "mean square displacement since the first sample", attrs=source),
            Variable(f"{self.name}_vacf", "mean of v(t).v(0), t since the first sample", attrs=source),
        )

    def observe(self, record: Record, context: Context) -> Mapping[str, ArrayLike]:
        first = context.first
        # Windings are whole: their difference first, so that a long way loses no digits.
        turns = (record["image"] - first["image"]) * particles.side(context)
        moved = record["position"] - first["position"] + turns
        rows = len(moved)
        square, product = (
            (a * b).reshape(rows, -1) for a, b in ((moved, moved), (record["velocity"], first["velocity"]))
        )
        n = moved.shape[1]
        return {f"{self.name}_msd": square.sum(1) / n, f"{self.name}_vacf": np.asarray(product.sum(1) / n)}


KIND = SelfDiffusion
