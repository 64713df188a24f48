"""Apparent complexity of a field at every sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field, model_validator

from physent.declare import Count, Items, Problem, Variable, contradiction
from physent.diagnostics.run.declare import Context, Diagnostic, Name, OneOrMany, Record


class ApparentComplexity(Diagnostic):
    """Number of LZ78 phrases of a field that is smoothed over a grain and reduced to a few levels, at every sample.

    For fields of one or two dimensions beside the replicas, as they are stored. The count of a uniform field is the
    floor, about the square root of twice the number of cells. A rise and fall in time may be an artefact of cells at
    a threshold: see `physent.diagnostics.apparent_complexity`, and use `adjust` for fields layered by rows.
    """

    rounds = True

    kind: Literal["apparent_complexity"]
    name: Name = Field(default="apparent_complexity", description="name of the variable")
    of: str = Field(description="field of one or two dimensions")
    grain: Count = Field(description="side of the window of the running mean, in cells")
    levels: OneOrMany[float] = Field(default=3.0, description="number of equal levels between `limits`, or thresholds")
    limits: Annotated[Items[float], Field(min_length=2, max_length=2)] = Field(
        default=(0.0, 1.0), description="lowest and highest value, if `levels` is a number"
    )
    adjust: Literal["none", "row_majority"] = Field(
        default="none", description="row_majority: set cells within one level of their row's most frequent level to it"
    )
    boundary: Literal["open", "periodic"] = Field(default="open", description="of the running mean")

    @model_validator(mode="after")
    def _rising(self) -> ApparentComplexity:
        if self.limits[1] <= self.limits[0]:
            raise contradiction("limits", f"found {list(self.limits)}, expected [low, high] with low < high")
        if isinstance(self.levels, tuple):
            if any(b <= a for a, b in zip(self.levels, self.levels[1:], strict=False)):
                raise contradiction("levels", f"found {list(self.levels)}, expected thresholds that rise")
        elif not (self.levels >= 2 and self.levels.is_integer()):
            raise contradiction(
                "levels", f"found {self.levels:g}, expected a whole number >= 2 or a list of thresholds"
            )
        return self

    def sources(self) -> tuple[str, ...]:
        return (self.of,)

    def problems(self, context: Context) -> Iterator[Problem]:
        variable = context.variables[self.of]
        inner = [len(context.coordinates[dim]) for dim in variable.dims if dim != "replica"]
        if len(inner) not in (1, 2):
            shown = ", ".join(variable.dims)
            yield Problem(("of",), f"{self.of} has dims ({shown}), expected one or two beside `replica`")
        elif self.grain > min(inner):
            yield Problem(("grain",), f"found {self.grain}, expected <= {min(inner)}, the shorter side of {self.of}")

    def _levels(self) -> int | list[float]:
        return list(self.levels) if isinstance(self.levels, tuple) else int(self.levels)

    def variables(self, context: Context) -> tuple[Variable, ...]:
        variable = context.variables[self.of]
        attrs = {
            "measure": "LZ78 phrases",
            "space": f"running mean of {self.grain} cells per side, {self.boundary}; levels {self._levels()}"
            f" in {list(self.limits)}",
            "adjust": self.adjust,
            "source": self.of,
            "references": "Ziv and Lempel 1978, doi 10.1109/TIT.1978.1055934; Aaronson, Carroll and Ouellette 2014, "
            "arXiv:1405.6903 (experimental claim withdrawn)",
        }
        dims = tuple(dim for dim in variable.dims if dim == "replica")
        return (Variable(self.name, f"apparent complexity of {self.of}", dims=dims, attrs=attrs),)

    def observe(self, record: Record, context: Context) -> Mapping[str, ArrayLike]:
        from physent.diagnostics.complexity import apparent_complexity

        field, dims = record[self.of], context.variables[self.of].dims
        if len(dims) - ("replica" in dims) == 1:
            field = field[..., None, :]
        phrases = apparent_complexity(
            field,
            self.grain,
            self._levels(),
            limits=(self.limits[0], self.limits[1]),
            adjust=None if self.adjust == "none" else self.adjust,
            boundary=self.boundary,
        )
        return {self.name: np.asarray(phrases, np.float64)}


KIND = ApparentComplexity
