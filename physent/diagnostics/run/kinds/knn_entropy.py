"""Differential entropy of points without cells, by nearest neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from physent.declare import Count, Positive, Problem, Variable
from physent.diagnostics.run import observed
from physent.diagnostics.run.declare import Context, Diagnostic, Name, OneOrMany, Record, named

if TYPE_CHECKING:
    from physent.diagnostics.scales import Metric


class KnnEntropy(Diagnostic):
    """Kozachenko-Leonenko estimate of the differential entropy of an observable's values, at every sample, in nats.

    Points are the values of a field in one replica, with coordinates along its dimension `axis` if it has one or in
    a list of observables, or a number over all replicas. Distances are Euclidean in one field or in a `box`; of a list
    each observable is measured in its own width first. Points that coincide have no density: the value is NaN, with
    a warning. See `physent.diagnostics.knn_entropy` for the formula and its references.
    """

    in_nats = True

    kind: Literal["knn_entropy"]
    name: Name = Field(default="knn_entropy", description="name of the variable")
    of: OneOrMany[str] = Field(description="observable, or list of observables that are coordinates of one point")
    k: Count = Field(
        default=4, description="number of the neighbour, 1 for the nearest; larger: less scatter, more bias"
    )
    box: OneOrMany[Positive] | None = Field(
        default=None, description="period along every coordinate, a number or a list; null: not periodic"
    )

    def sources(self) -> tuple[str, ...]:
        return named(self.of)

    def problems(self, context: Context) -> Iterator[Problem]:
        yield from observed.unlike(self.of, context, least=self.k + 1)
        inner = observed.components(self.of, context) or 1
        if isinstance(self.box, tuple) and len(self.box) != inner:
            yield Problem(("box",), f"found {len(self.box)} periods, the points have {inner} coordinates")

    def variables(self, context: Context) -> tuple[Variable, ...]:
        names = ", ".join(named(self.of))
        attrs = {
            "base": "nats",
            "measure": "shannon",
            "estimator": f"Kozachenko-Leonenko, k = {self.k}",
            "form": "differential",
            "space": "none" if self.box is None else f"periodic, {self.box}",
            "source": names,
        }
        dims = observed.result_dims(self.of, context)
        return (Variable(self.name, f"differential entropy of {names}", dims=dims, attrs=attrs),)

    def observe(self, record: Record, context: Context) -> Mapping[str, ArrayLike]:
        from physent.diagnostics.continuous import knn_entropy

        sample = observed.points(self.of, record, context)
        # the coordinates of one field share a space and its unit, different observables need not
        metric: Metric = "shared" if isinstance(self.of, str) or self.box is not None else "own"
        value = [knn_entropy(points, self.k, box=self.box, metric=metric) for points in sample]
        return {self.name: np.array(value) if observed.result_dims(self.of, context) else np.array(value[0])}


KIND = KnnEntropy
