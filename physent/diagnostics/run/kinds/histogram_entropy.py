"""Entropy of counts in the cells of a grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from physent.declare import Cells, contradiction
from physent.diagnostics.run.counted import Counted, CountMeasure, Estimator, refuse_estimator
from physent.diagnostics.run.declare import Name, OneOrMany

if TYPE_CHECKING:
    from physent.diagnostics.grid import Grid


class HistogramEntropy(Counted):
    """Entropy of how the values of an observable fall into equal cells, at every sample, in nats.

    Values are those of a field in one replica, or of a number over all replicas. With numbers for `low`, `high` and
    `cells` every value counts by itself; with lists the last dimension of the field (or a list of observables) holds
    the coordinates of points. Fields are counted as they are stored (`output.dtype`). Gives NAME and, if it has a
    sampling error, NAME_se (jackknife over counts) and NAME_coverage (the share of the distribution in cells that
    were seen, 1 - f1/N); too few counts give a warning.
    """

    place = "cells"

    kind: Literal["histogram_entropy"]
    name: Name = Field(default="histogram_entropy", description="prefix of NAME, NAME_se, NAME_coverage")
    of: OneOrMany[str] = Field(description="observable, or list of observables that are coordinates of one point")
    low: OneOrMany[float] = Field(description="lower end of the cells, one number or one per coordinate")
    high: OneOrMany[float] = Field(description="upper end of the cells")
    cells: OneOrMany[Cells] = Field(description="number of cells between them")
    periodic: OneOrMany[bool] = Field(default=False, description="fold values into [low, high)")
    outside: Literal["error", "drop", "clip", "count"] = Field(
        default="error",
        description="values beyond: error (NaN and a warning), drop, clip (into the end cells), count (one more cell)",
    )
    measure: CountMeasure = Field(
        default="shannon", description="shannon, renyi_Q, renyi_inf, tsallis_Q, ln_w or statistical_complexity"
    )
    estimator: Estimator | None = Field(
        default=None,
        description="of the Shannon entropy, null: grassberger (it can be above or below plug-in, and "
        "slightly negative); other measures are plug-in",
    )
    differential: bool = Field(default=False, description="of the density that is constant in every cell")

    @model_validator(mode="after")
    def _fits(self) -> HistogramEntropy:
        refuse_estimator(self.estimator, self.measure)
        if self.differential and self.outside in ("count", "clip"):
            raise contradiction("differential", "values outside have no density: expected outside: error or drop")
        if self.differential and self.measure == "statistical_complexity":
            raise contradiction("differential", "statistical_complexity has no differential form")
        return self

    def space_of(self) -> Grid:
        """The cells."""
        from physent.diagnostics.grid import Grid

        many = None if isinstance(self.of, str) else len(self.of)
        low = (self.low,) * many if many and isinstance(self.low, float) else self.low
        return Grid(low, self.high, self.cells, self.periodic, self.outside)


KIND = HistogramEntropy
