"""Permutation entropy and complexity of a time series."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import factorial, log
from typing import Annotated, Any, Literal

from numpy.typing import ArrayLike
from pydantic import Field

from physent.declare import Count, Integer, Problem, Variable
from physent.diagnostics.run.declare import Context, Name
from physent.diagnostics.run.each import LEFT_OUT, OfSeries, left_out
from physent.diagnostics.warn import ENOUGH, warn


class OrdinalPattern(OfSeries):
    """Permutation entropy (nats) and Jensen-Shannon complexity of the stored series of an observable, once per run.

    NAME_entropy, NAME_complexity and their standard errors by the block jackknife over time, with the dims of the
    observable without time; a field must be stored at every sample. Fields are ranked as they are stored. What
    patterns show depends on the time between samples times `delay`. See `physent.diagnostics.hc_plane`.
    """

    rounds = True
    in_nats = True

    kind: Literal["ordinal_pattern"]
    name: Name = Field(default="ordinal_pattern", description="prefix of NAME_entropy, NAME_complexity and their _se")
    of: str = Field(description="observable")
    order: Annotated[Integer, Field(ge=2, le=8)] = Field(default=5, description="samples in a pattern, 2 to 8")
    delay: Count = Field(default=1, description="samples from one of a pattern to the next")

    def problems(self, context: Context) -> Iterator[Problem]:
        windows = self._windows(context)
        if windows < 1:
            yield Problem(
                ("order",),
                f"order {self.order} and delay {self.delay} span {(self.order - 1) * self.delay + 1} samples, "
                f"the run has {context.samples}",
            )
        elif self._has_few(context):
            message = (
                f"{windows} windows for {factorial(self.order)} patterns of order {self.order}, expected at least "
                f"{ENOUGH} per pattern: the entropy is biased low; take a lower order or more samples"
            )
            yield Problem(("order",), message, is_warning=True)

    def _windows(self, context: Context) -> int:
        return context.samples - (self.order - 1) * self.delay

    def _has_few(self, context: Context) -> bool:
        """Whether there are too few windows for the number of patterns, which is said before a run."""
        return self._windows(context) < ENOUGH * factorial(self.order)

    def foretold(self, context: Context) -> bool:
        """No other doubt is possible."""
        return self._has_few(context) and context.missing_samples == "refuse"

    def numbers(self, context: Context) -> tuple[Variable, ...]:
        dims = context.variables[self.of].dims
        attrs: dict[str, Any] = {
            "base": "nats",
            "measure": "shannon",
            "estimator": "plugin",
            "space": f'{{"ordinal": {{"order": {self.order}, "delay": {self.delay}, "ties": "stable"}}}}',
            "maximum": log(factorial(self.order)),
            "source": self.of,
        }
        se: dict[str, Any] = {"standard_error": "block jackknife over time"}
        complexity = {**attrs, "base": "1", "measure": "statistical_complexity", "maximum": 1.0}
        found = (
            ("entropy", f"permutation entropy of {self.of}", attrs),
            ("entropy_se", f"standard error of {self.name}_entropy", se),
            ("complexity", f"Jensen-Shannon complexity of {self.of}", complexity),
            ("complexity_se", f"standard error of {self.name}_complexity", se),
        )
        return tuple(Variable(f"{self.name}_{what}", text, dims=dims, attrs=more) for what, text, more in found)

    def measured(self, x: Any, context: Context) -> Mapping[str, ArrayLike]:
        from physent.diagnostics.hc import hc_plane, hc_standard_errors
        from physent.diagnostics.ordinal import permutation_entropy

        entropy = permutation_entropy(x, self.order, self.delay, missing=context.missing_samples)
        if entropy == 0:
            warn("a series holds one pattern only: its entropy 0 and the error 0 are no estimates")
        _, complexity = hc_plane(x, self.order, self.delay, missing=context.missing_samples)
        h_error, c_error = hc_standard_errors(x, self.order, self.delay, missing=context.missing_samples)
        values = {
            "entropy": entropy,
            "entropy_se": h_error * log(factorial(self.order)),
            "complexity": complexity,
            "complexity_se": c_error,
            LEFT_OUT: left_out(entropy),
        }
        return {f"{self.name}_{what}": float(value) for what, value in values.items()}


KIND = OrdinalPattern
