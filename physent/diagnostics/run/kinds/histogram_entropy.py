"""Entropy of counts in the cells of a grid."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from numpy.typing import ArrayLike
from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from physent.declare import Cells, Problem, Variable, contradiction
from physent.diagnostics.run import observed
from physent.diagnostics.run.declare import Context, Diagnostic, Name, OneOrMany, Record, is_measure, named
from physent.errors import UsageError

if TYPE_CHECKING:
    from physent.diagnostics.grid import Grid

Estimator = Literal["plugin", "miller_madow", "grassberger", "jackknife", "chao_shen", "james_stein"]
OF_COUNTS = ("ln_w", "multiplicity")
EXPECTED = "expected shannon, renyi_Q, renyi_inf, tsallis_Q (Q a number >= 0), statistical_complexity or ln_w"


def _measure(name: str) -> str:
    if name not in (*OF_COUNTS, "statistical_complexity") and not is_measure(name):
        raise PydanticCustomError("measure", EXPECTED)
    return name


class HistogramEntropy(Diagnostic):
    """Entropy of how the values of an observable fall into equal cells, at every sample, in nats.

    Values are those of a field in one replica, or of a number over all replicas. With numbers for `low`, `high` and
    `cells` every value counts by itself; with lists the last dimension of the field (or a list of observables) holds
    the coordinates of points. Fields are counted as they are stored (`output.dtype`). Gives NAME and, if it has a
    sampling error, NAME_se (jackknife over counts) and NAME_coverage (the share of the distribution in cells that
    were seen, 1 - f1/N); too few counts give a warning.
    """

    rounds = True

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
    measure: Annotated[str, AfterValidator(_measure)] = Field(
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
        if self.estimator not in (None, "plugin") and self.measure != "shannon":
            raise contradiction(
                "estimator", f"{self.estimator} belongs to shannon; for {self.measure} use plugin or null"
            )
        if self.differential and self.outside in ("count", "clip"):
            raise contradiction("differential", "values outside have no density: expected outside: error or drop")
        if self.differential and self.measure == "statistical_complexity":
            raise contradiction("differential", "statistical_complexity has no differential form")
        return self

    def _grid(self) -> Grid:
        from physent.diagnostics.grid import Grid

        many = None if isinstance(self.of, str) else len(self.of)
        low = (self.low,) * many if many and isinstance(self.low, float) else self.low
        return Grid(low, self.high, self.cells, self.periodic, self.outside)

    def sources(self) -> tuple[str, ...]:
        return named(self.of)

    def problems(self, context: Context) -> Iterator[Problem]:
        yield from observed.unlike(self.of, context, least=2)
        try:
            grid = self._grid()
        except UsageError as error:
            yield Problem(("cells",), str(error).removeprefix("grid: "))
            return
        inner = observed.components(self.of, context)
        if grid.components is not None and grid.components != inner:
            has = f"{inner} coordinates" if inner else "no coordinates (its last dimension is not `axis`)"
            yield Problem(("cells",), f"found cells in {grid.components} coordinates, {named(self.of)[0]} has {has}")

    def variables(self, context: Context) -> tuple[Variable, ...]:
        dims = observed.result_dims(self.of, context)
        form = "differential" if self.differential else "discrete"
        what = f"{self.measure} of counts of {', '.join(named(self.of))}"
        attrs: dict[str, Any] = {
            "base": "nats",
            "measure": self.measure,
            "estimator": self.estimator or ("grassberger" if self.measure == "shannon" else "plugin"),
            "form": form,
            "space": json.dumps(self._grid().spec()),
            "source": ", ".join(named(self.of)),
        }
        entropy = Variable(self.name, f"entropy ({what}), {form}", dims=dims, attrs=attrs)
        if self.measure in OF_COUNTS:
            return (entropy,)
        taken = {"comment": "takes the counted values as independent; neighbouring points of a smooth field are not"}
        error = Variable(
            f"{self.name}_se", f"standard error of {self.name}, jackknife over counts", dims=dims, attrs=taken
        )
        seen = "share of the distribution in cells seen at least once, 1 - f1/N"
        return entropy, error, Variable(f"{self.name}_coverage", seen, dims=dims)

    def observe(self, record: Record, context: Context) -> Mapping[str, ArrayLike]:
        from physent.diagnostics.estimate import entropy
        from physent.diagnostics.measures import measure_named
        from physent.diagnostics.tally import count

        grid = self._grid()
        sample = observed.points(self.of, record, context)
        if grid.components is None:
            sample = sample.reshape(len(sample), -1)
        found = entropy(
            count(sample, grid, 1), measure_named(self.measure), self.estimator, differential=self.differential
        )
        shape = tuple(len(context.coordinates[dim]) for dim in observed.result_dims(self.of, context))
        values = {self.name: found.value}
        if self.measure not in OF_COUNTS:
            values |= {f"{self.name}_se": found.standard_error, f"{self.name}_coverage": found.coverage}
        return {name: value.reshape(shape) for name, value in values.items()}


KIND = HistogramEntropy
