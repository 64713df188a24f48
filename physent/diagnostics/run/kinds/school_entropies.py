"""Entropies of a school of fish, corrected or as dewi-kadita defines them, and an index of its disorder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from physent.declare import Problem, Variable
from physent.diagnostics.run import particles
from physent.diagnostics.run.declare import Context, Diagnostic, Name, Record
from physent.diagnostics.warn import warn
from physent.typing import Array

FEWEST = 10
MANY = 20_000  # fish, from which on all pairs of them take a second or more per sample

_WHAT = {
    "cohesion_entropy": "spacing: nearest over second nearest distance",
    "polarization_entropy": "headings on the sphere",
    "depth_entropy": "depth z",
    "angular_momentum_entropy": "signed rotation about the axis of the school",
    "neighbor_entropy": "distances to the five nearest fish",
    "velocity_correlation_entropy": "angles between headings of neighbours",
    "shape_entropy": "principal variances of the school",
    "schooling_index": "disorder",
}
_NULL = {
    "cohesion_entropy": "points uniform in the box, or in a ball",
    "polarization_entropy": "independent isotropic headings",
    "depth_entropy": "uniform in the box; in open water, the same school turned at random",
    "angular_momentum_entropy": "independent isotropic headings at the places of the fish",
    "neighbor_entropy": "points uniform in the box, or in a ball",
    "velocity_correlation_entropy": "independent isotropic headings at the places of the fish",
    "shape_entropy": "independent isotropic directions from the centre at the distances of the fish",
}


class SchoolEntropies(Diagnostic):
    """Seven entropies of a school of fish and their index; each is 1 for disorder, and lower for its own kind of order.

    `corrected`: each plug-in entropy is divided by its mean for a disordered school of as many fish (attribute `null`),
    and all but the depth, which the index leaves out, are invariant under rotation and shifts of the periodic box. See
    `physent.diagnostics.school`. `dewi_kadita`: the numbers of that program (version 0.0.4), which needs a box, with
    fixed bins and a cost of order n^2. If the school spans the box, its centre is a circular mean.
    """

    scaled: ClassVar[Mapping[str, str]] = {
        "reach": "distance within which fish belong to one school, one number or one per fish; null: all of them do"
    }

    kind: Literal["school_entropies"]
    name: Name = Field(
        default="school_entropies",
        description="prefix: NAME_cohesion_entropy ...; the default gives the bare names",
    )
    definition: Literal["corrected", "dewi_kadita"] = Field(
        default="corrected", description="invariant and relative to disorder, or those of that program"
    )

    def sources(self) -> tuple[str, ...]:
        return ("position", "heading")

    def problems(self, context: Context) -> Iterator[Problem]:
        for name in self.sources():
            if context.variables[name].dims != (wanted := ("replica", "particle", "axis")):
                yield Problem(("kind",), particles.misfit(name, wanted, context))
                return
        if (axes := len(context.coordinates["axis"])) != 3:
            yield Problem(("kind",), f"found {axes} axes of space, expected 3: x, y, z")
        yield from particles.uneven(context)
        if particles.has_walls(context):
            yield Problem(("kind",), "there are walls: expected a periodic box or none")
        fish = len(context.coordinates["particle"])
        if self.definition == "corrected" and fish < FEWEST:
            yield Problem(("definition",), f"found {fish} fish, corrected entropies need at least {FEWEST}")
        if self.definition == "dewi_kadita" and particles.side_of(context) is None:
            why = "found parameters.box_length = null" if context.owner == "the engine" else particles.no_box(context)
            yield Problem(("definition",), f"dewi_kadita needs a periodic box, {why}")
        if self.definition == "dewi_kadita" and fish > MANY:
            pairs = fish * (fish - 1) / 2
            yield Problem(
                ("definition",),
                f"dewi_kadita takes all {pairs:.2g} pairs of {fish} fish at every sample; corrected does not",
                is_warning=True,
            )

    def variables(self, context: Context) -> tuple[Variable, ...]:
        corrected = self.definition == "corrected"
        made = []
        for name, what in _WHAT.items():
            attrs = {"estimator": "plugin", "measure": "shannon", "definition": self.definition}
            attrs |= {"source": "position, heading"}
            if corrected and name in _NULL:
                attrs |= {"normalized_by": "mean of the null law", "null": _NULL[name]}
            attrs |= {"weights": _weights(corrected)} if name == "schooling_index" else {}
            made.append(
                Variable(
                    self._named(name), f"{name.replace('_', ' ')} ({what}), {self.definition} definition", attrs=attrs
                )
            )
        if corrected:
            attrs = {"estimator": "infinitesimal jackknife over fish, as if independent", "source": "position, heading"}
            made.append(Variable(self._named("schooling_index_se"), "standard error of schooling_index", attrs=attrs))
        return tuple(made)

    def observe(self, record: Record, context: Context) -> Mapping[str, ArrayLike]:
        flat = [axis for axis in range(3) if (np.ptp(record["position"][..., axis], axis=1) == 0).any()]
        if flat and self.definition == "corrected":
            warn(
                f"all fish have the same {' and '.join('xyz'[axis] for axis in flat)}: the entropies compare with "
                "disorder in three dimensions, so that 1 is not disorder in a plane"
            )
        schools = [self._one(x, v, context) for x, v in zip(record["position"], record["heading"], strict=True)]
        return {self._named(name): np.array([school[name] for school in schools]) for name in schools[0]}

    def _one(self, position: Array, heading: Array, context: Context) -> dict[str, float]:
        if self.definition == "corrected":
            from physent.diagnostics.school import school_entropies

            return school_entropies(position, heading, particles.side_of(context), context.scales.get("reach"))
        from physent.diagnostics.legacy_school import legacy_entropies

        return legacy_entropies(position, heading, float(particles.side_of(context) or np.nan))

    def _named(self, name: str) -> str:
        return name if self.name == self.kind else f"{self.name}_{name}"


def _weights(corrected: bool) -> str:
    if corrected:
        return "1/6 each, depth 0"
    return "cohesion 0.18, polarization 0.28, depth 0.08, rotation 0.08, neighbors 0.10, correlation 0.18, shape 0.10"


KIND = SchoolEntropies
