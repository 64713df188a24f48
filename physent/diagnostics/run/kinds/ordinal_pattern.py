"""Permutation entropy and complexity of a time series."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import factorial, log
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from physent.declare import Count, Integer, Problem, Variable
from physent.diagnostics.run.declare import Context, Diagnostic, Name, Record, each_series
from physent.diagnostics.run.gaps import refuse_gaps_in_series
from physent.diagnostics.warn import ENOUGH, unheard, warn
from physent.errors import RunError
from physent.typing import Array

if TYPE_CHECKING:
    import xarray as xr


LEFT_OUT = "windows_omitted"


class OrdinalPattern(Diagnostic):
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

    def series(self) -> tuple[str, ...]:
        return (self.of,)

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

    def results(self, context: Context) -> tuple[Variable, ...]:
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
        made = [Variable(f"{self.name}_{what}", text, dims=dims, attrs=more) for what, text, more in found]
        if context.missing_samples != "refuse":
            text = f"windows of {self.of} left out because they hold a missing sample"
            made.append(Variable(f"{self.name}_{LEFT_OUT}", text, dims=dims, attrs={"source": self.of}))
        return tuple(made)

    def finish(self, history: xr.Dataset, context: Context) -> Mapping[str, ArrayLike]:
        """Every series by itself, so that none depends on another."""
        shape = context.shape(context.variables[self.of])
        found = np.full((*shape, 5), np.nan)
        failed: RunError | None = None
        told = self._has_few(context) and context.missing_samples == "refuse"  # then no other doubt is possible
        doubts: dict[tuple[int, ...], str] = {}
        for index, series in each_series(history[self.of], context.clock):
            with unheard() as doubtful:
                try:
                    refuse_gaps_in_series(series, self.of, context)
                    found[index] = self._of(series, history, context)
                except RunError as error:
                    failed = error
            if found[index][0] == 0:
                doubtful.insert(0, "a series holds one pattern only: its entropy 0 and the error 0 are no estimates")
            if doubtful and not told:
                doubts[index] = doubtful[0]
        self._tell(doubts, shape, context)
        lost = np.isnan(found[..., 0])
        if failed is not None and lost.all():
            raise failed
        if failed is not None:
            warn(f"{lost.sum()} of {lost.size} series: {failed}; NaN is stored")
        names = ("entropy", "entropy_se", "complexity", "complexity_se", LEFT_OUT)
        return {f"{self.name}_{what}": values for what, values in zip(names, np.moveaxis(found, -1, 0), strict=True)}

    def _tell(self, doubts: Mapping[tuple[int, ...], str], shape: tuple[int, ...], context: Context) -> None:
        """The first doubt, and in which of several series it and others arose."""
        if not doubts:
            return
        (first, text), *_ = doubts.items()
        dims = context.variables[self.of].dims
        at = ", ".join(f"{dim} {place}" for dim, place, size in zip(dims, first, shape, strict=True) if size > 1)
        several = f" ({at}; {len(doubts)} of {int(np.prod(shape))} series are doubtful)" if at else ""
        warn(f"{text}{several}")

    def marks(self, results: Record) -> Mapping[str, str]:
        left_out = results.get(f"{self.name}_{LEFT_OUT}")
        if left_out is None:
            return {}
        return {LEFT_OUT: f"{int(np.nansum(left_out))} ({self.name})"}

    def _of(self, series: Array, history: xr.Dataset, context: Context) -> tuple[float, float, float, float, float]:
        from physent.diagnostics.hc import hc_plane, hc_standard_errors
        from physent.diagnostics.ordinal import permutation_entropy

        x: Any = series
        if context.missing_samples != "refuse":  # so that gaps of the clock count as missing samples
            x = type(history[self.of])(series, {context.clock: history[context.clock].values}, (context.clock,))
        entropy = permutation_entropy(x, self.order, self.delay, missing=context.missing_samples)
        _, complexity = hc_plane(x, self.order, self.delay, missing=context.missing_samples)
        h_error, c_error = hc_standard_errors(x, self.order, self.delay, missing=context.missing_samples)
        left_out = float(getattr(entropy, "attrs", {}).get(LEFT_OUT, 0))
        return float(entropy), float(h_error * log(factorial(self.order))), float(complexity), float(c_error), left_out


KIND = OrdinalPattern
