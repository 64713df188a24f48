"""Sample entropy of a time series."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from physent.declare import Count, Positive, Problem, Variable
from physent.diagnostics.run.declare import Context, Name
from physent.diagnostics.run.each import LEFT_OUT, OfSeries, left_out
from physent.errors import RunError


class SampleEntropy(OfSeries):
    """Sample entropy (nats) of the stored series of an observable, once per run.

    It says how rarely two stretches of `m` samples that agree also agree on the next one, with the dims of the
    observable without time; a field must be stored at every sample. It estimates no entropy rate: the value depends on
    `m`, on what counts as agreement, and, for a flow, on the time between samples. Its error is the scatter over
    replicas. NaN, with a warning, if no pair agrees. The cost grows with the square of the number of samples. See
    `physent.diagnostics.sample_entropy`.
    """

    in_nats = True

    kind: Literal["sample_entropy"]
    name: Name = Field(default="sample_entropy", description="name of the variable")
    of: str = Field(description="observable")
    m: Count = Field(default=2, description="samples in which stretches agree before the next one is compared")
    r: Positive = Field(default=0.2, description="difference that counts as agreement, in standard deviations")
    tolerance: Positive | None = Field(
        default=None, description="difference that counts as agreement, in units of the observable, instead of r"
    )

    def problems(self, context: Context) -> Iterator[Problem]:
        if context.samples < self.m + 2:
            yield Problem(("m",), f"m = {self.m} needs at least {self.m + 2} samples, the run has {context.samples}")

    def numbers(self, context: Context) -> tuple[Variable, ...]:
        agree = f"{self.r:g} standard deviations" if self.tolerance is None else f"{self.tolerance:g}"
        attrs = {"base": "nats", "estimator": f"m {self.m}, tolerance {agree}", "source": self.of}
        dims = context.variables[self.of].dims
        return (Variable(self.name, f"sample entropy of {self.of}", dims=dims, attrs=attrs),)

    def measured(self, x: Any, context: Context) -> Mapping[str, ArrayLike]:
        from physent.diagnostics.regularity import sample_entropy

        value = sample_entropy(x, self.m, self.r, tolerance=self.tolerance, missing=context.missing_samples)
        if not np.isfinite(value):
            length = self.m + np.isinf(float(value))
            raise RunError(f"{self.of}: no two stretches of {length} samples agree; take a larger tolerance")
        return {self.name: float(value), f"{self.name}_{LEFT_OUT}": left_out(value)}


KIND = SampleEntropy
