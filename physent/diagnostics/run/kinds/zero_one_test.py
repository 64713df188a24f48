"""The 0-1 test for chaos of a time series."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from numpy.typing import ArrayLike
from pydantic import Field

from physent.declare import Integer, Problem, Variable
from physent.diagnostics.run.declare import Context, Name
from physent.diagnostics.run.each import OfSeries

LEAST = 100


class ZeroOneTest(OfSeries):
    """K of the 0-1 test of the stored series of an observable, near 0 if it is regular and near 1 if chaotic.

    NAME is the median over frequencies, NAME_spread half of the interval that holds 68 % of them, once per run with the
    dims of the observable without time; a field must be stored at every sample. Noise has K near 1 too. A flow
    that is sampled too finely has K near 0 although it is chaotic; a warning says so: take a longer time between
    samples. See `physent.diagnostics.zero_one_test`.
    """

    has_windows = False

    kind: Literal["zero_one_test"]
    name: Name = Field(default="zero_one_test", description="name of the variable, prefix of NAME_spread")
    of: str = Field(description="observable")
    frequencies: Annotated[Integer, Field(ge=1, le=10000)] = Field(default=100, description="number of frequencies")

    def problems(self, context: Context) -> Iterator[Problem]:
        if context.samples < LEAST:
            yield Problem(("of",), f"the 0-1 test needs at least {LEAST} samples, the run has {context.samples}")

    def numbers(self, context: Context) -> tuple[Variable, ...]:
        dims = context.variables[self.of].dims
        attrs: dict[str, Any] = {"source": self.of, "frequencies": self.frequencies}
        spread = f"spread of {self.name} over frequencies, half of the central 68 %"
        return (
            Variable(self.name, f"K of the 0-1 test of {self.of}", dims=dims, attrs=attrs),
            Variable(f"{self.name}_spread", spread, dims=dims, attrs=attrs),
        )

    def measured(self, x: Any, context: Context) -> Mapping[str, ArrayLike]:
        from physent.diagnostics.zero_one import zero_one_test

        k, spread = zero_one_test(x, self.frequencies)
        return {self.name: float(k), f"{self.name}_spread": float(spread)}


KIND = ZeroOneTest
