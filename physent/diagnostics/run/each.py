"""Diagnostics that measure each stored series of an observable by itself, at the end of a run."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from physent.declare import Variable
from physent.diagnostics.run.declare import After, Context, Diagnostic, Record, each_series, later
from physent.diagnostics.run.gaps import refuse_gaps_in_series
from physent.diagnostics.warn import unheard, warn
from physent.errors import PhysentError

if TYPE_CHECKING:
    import xarray as xr

LEFT_OUT = "windows_omitted"


class OfSeries(Diagnostic):
    """What kinds have in common that give a few numbers for each series; they declare the keys."""

    has_windows: ClassVar[bool] = True
    """Whether windows that hold a missing sample can be left out, rather than the whole series."""

    if TYPE_CHECKING:
        name: str
        of: str

    after: After = Field(default=None, description="only samples later than this; null: all")

    @abstractmethod
    def numbers(self, context: Context) -> tuple[Variable, ...]:
        """What `measured` gives, with the dims of the observable first."""

    @abstractmethod
    def measured(self, x: Any, context: Context) -> Mapping[str, ArrayLike]:
        """Values of `numbers` of one series, an array (n,), or a DataArray if windows are left out."""

    def foretold(self, context: Context) -> bool:
        """Whether doubts about single series were given before the run."""
        return False

    def series(self) -> tuple[str, ...]:
        return (self.of,)

    def results(self, context: Context) -> tuple[Variable, ...]:
        made = self.numbers(context)
        if self.after is not None:
            window = {"samples": f"samples with {context.clock} > {self.after:g}"}
            made = tuple(replace(one, attrs={**one.attrs, **window}) for one in made)
        if not self.has_windows or context.missing_samples == "refuse":
            return made
        text = f"windows of {self.of} left out because they hold a missing sample"
        dims = context.variables[self.of].dims
        return (*made, Variable(f"{self.name}_{LEFT_OUT}", text, dims=dims, attrs={"source": self.of}))

    def finish(self, history: xr.Dataset, context: Context) -> Mapping[str, ArrayLike]:
        """Every series by itself, so that none depends on another."""
        history = later(history, context.clock, self.after)
        shape = context.shape(context.variables[self.of])
        found = {one.name: np.full(context.shape(one), np.nan) for one in self.results(context)}
        failures: list[tuple[type[PhysentError], str]] = []  # no errors: their frames would keep the file open
        doubts: dict[tuple[int, ...], str] = {}
        for index, series in each_series(history[self.of], context.clock):
            x: Any = series
            if self.has_windows and context.missing_samples != "refuse":  # gaps of the clock are missing samples too
                x = type(history[self.of])(series, {context.clock: history[context.clock].values}, (context.clock,))
            with unheard() as doubtful:
                try:
                    refuse_gaps_in_series(series, self.of, context, has_windows=self.has_windows)
                    for name, value in self.measured(x, context).items():
                        if name in found:
                            found[name][index] = value
                except PhysentError as error:
                    failures.append((type(error), str(error)))
                    doubtful.clear()
            if doubtful and not self.foretold(context):
                doubts[index] = doubtful[0]
        self._tell(doubts, shape, context)
        series_in_all = int(np.prod(shape))
        if failures:
            kind, text = failures[-1]
            if len(failures) == series_in_all:
                raise kind(text)
            warn(f"{len(failures)} of {series_in_all} series: {text}; NaN is stored")
        return found

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


def left_out(result: Any) -> float:
    """How many windows a function left out, from its labelled result."""
    return float(getattr(result, "attrs", {}).get(LEFT_OUT, 0))
