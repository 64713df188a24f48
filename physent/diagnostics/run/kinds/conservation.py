"""How well quantities are conserved over a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from physent.declare import Positive, Problem, Variable
from physent.diagnostics.run.declare import Context, Diagnostic, Name, OneOrMany, in_blocks, named
from physent.diagnostics.warn import warn

if TYPE_CHECKING:
    import xarray as xr


FAR = 1e6
"""Times its first value that a quantity may move before that value is taken for round-off."""


class Conservation(Diagnostic):
    """Largest drift of observables from their values at the first sample, and when it is reached.

    drift = max_t |q(t) - q(0)| / |q(0)| over the samples, exactly as stored, for each replica (and each component).
    If q(0) is exactly zero the drift is absolute. A quantity whose value is zero up to rounding has no
    meaningful relative drift: give its `scale`, by which all drifts are then divided.
    """

    kind: Literal["conservation"]
    name: Name = Field(
        default="conservation", description="prefix of NAME_OBSERVABLE_drift and NAME_OBSERVABLE_drift_at"
    )
    of: OneOrMany[str] = Field(description="observable or list of observables")
    scale: Positive | None = Field(default=None, description="what drifts are relative to; null: each first value")

    def series(self) -> tuple[str, ...]:
        return named(self.of)

    def problems(self, context: Context) -> Iterator[Problem]:
        names = named(self.of)
        for index, one in enumerate(names):
            if one in names[:index]:
                yield Problem(("of", index), f"found {one} twice")

    def results(self, context: Context) -> tuple[Variable, ...]:
        found = []
        for one in named(self.of):
            observable = context.variables[one]
            relative = "to the first value (absolute if that is 0)" if self.scale is None else f"to {self.scale:g}"
            attrs = {"source": one, "relative_to": "first sample" if self.scale is None else self.scale}
            what = f"largest drift of {one} from its first value, relative {relative}"
            found.append(Variable(f"{self.name}_{one}_drift", what, "1", observable.dims, attrs=attrs))
            when = f"{context.clock} of the largest drift of {one}"
            found.append(Variable(f"{self.name}_{one}_drift_at", when, "1", observable.dims, attrs={"source": one}))
        return tuple(found)

    def finish(self, history: xr.Dataset, context: Context) -> Mapping[str, ArrayLike]:
        clock = np.asarray(history[context.clock].values, np.float64)
        values: dict[str, ArrayLike] = {}
        for one in named(self.of):
            series = history[one].transpose(context.clock, *context.variables[one].dims)
            first = np.asarray(series[0].values, np.float64)
            drift, reached = np.zeros(first.shape), np.full(first.shape, clock[0])
            for start, block in in_blocks(series, context.clock):
                away = np.abs(np.asarray(block, np.float64) - first)
                where = away.argmax(axis=0)
                most = np.take_along_axis(away, where[None], axis=0)[0]
                larger = (most > drift) | (np.isnan(most) & ~np.isnan(drift))  # argmax finds a NaN, which stays
                drift = np.where(larger, most, drift)
                reached = np.where(larger, clock[start + where], reached)
            scale = self.scale or np.where(first == 0, 1.0, np.abs(first))
            if self.scale is None and (far := (first != 0) & (drift > FAR * np.abs(first))).any():
                warn(
                    f"{one} starts at {np.abs(first[far]).max():.1e} and moves by {drift[far].max():.1e}: relative to "
                    "such a first value the drift means nothing; give a scale"
                )
            values[f"{self.name}_{one}_drift"] = drift / scale
            values[f"{self.name}_{one}_drift_at"] = reached
        return values


KIND = Conservation
