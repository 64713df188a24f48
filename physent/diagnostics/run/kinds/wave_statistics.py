"""Statistics of a random wave: kurtosis and distribution of the intensity, energies, spectrum."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from physent.declare import Cells, Coordinate, Positive, Problem, Variable
from physent.diagnostics.run.declare import Context, Diagnostic, Name, Record, in_blocks

if TYPE_CHECKING:
    import xarray as xr

_MEANT = {
    "kurtosis": "kurtosis of the wave, <I^2> / <I>^2; 2 for a sum of many independent waves",
    "exceedance": "fraction of points where I exceeds {threshold:g} <I>",
    "kinetic": "kinetic energy per mass, int |psi_x|^2 / 2 over int I",
    "quartic": "int I^2 / 2 over int I; the potential energy per mass is -s times it, s = 1 focusing, -1 defocusing",
}


class WaveStatistics(Diagnostic):
    """Statistics of the intensity I = |psi|^2, with <> the mean over the line, for each replica.

    At every sample: `kurtosis`, `exceedance`, `kinetic`, `quartic` (the ratio of potential to kinetic energy is -s
    quartic / kinetic), the density `pdf` of I / <I>, and the spectrum averaged over the replicas. At the end: the mean
    of each over the last `share` of the samples and over the replicas, with its standard error, the spread of the
    replicas' own means over the root of their number: replicas are independent, successive samples are not. After
    Agafontsev and Zakharov (2015), Nonlinearity 28, 2791, doi 10.1088/0951-7715/28/8/2791.
    """

    kind: Literal["wave_statistics"]
    name: Name = Field(default="wave_statistics", description="prefix of the variables")
    threshold: Positive = Field(default=8.0, description="multiple of the mean intensity for NAME_exceedance")
    share: Annotated[float, Field(gt=0, le=1)] = Field(
        default=1.0, description="share of the samples, the last ones, that enters the means of the end"
    )
    cells: Cells = Field(default=60, description="number of cells of NAME_pdf")
    limit: Positive = Field(default=15.0, description="largest I / <I> of NAME_pdf; what lies beyond is left out")

    def sources(self) -> tuple[str, ...]:
        return ("psi_real", "psi_imag", "spectrum")

    def series(self) -> tuple[str, ...]:
        return ()

    def problems(self, context: Context) -> Iterator[Problem]:
        if context.replicas == 1:
            yield Problem((), "standard errors need more than one replica, and are NaN", is_warning=True)

    def coordinates(self, context: Context) -> tuple[Coordinate, ...]:
        width = self.limit / self.cells
        middles = width * (np.arange(self.cells) + 0.5)
        return (Coordinate(f"{self.name}_ratio", middles, "intensity over its mean"),)

    def variables(self, context: Context) -> tuple[Variable, ...]:
        scalars = [Variable(f"{self.name}_{key}", self._meant(key)) for key in _MEANT]
        pdf = Variable(f"{self.name}_pdf", "density of I / <I>", dims=("replica", f"{self.name}_ratio"))
        spectrum = Variable(f"{self.name}_spectrum", "spectrum, mean over replicas", dims=("wavenumber",))
        return (*scalars, pdf, spectrum)

    def _meant(self, key: str) -> str:
        return _MEANT[key].format(threshold=self.threshold)

    def results(self, context: Context) -> tuple[Variable, ...]:
        found = []
        for key, dims in (*((key, ()) for key in _MEANT), ("pdf", (f"{self.name}_ratio",))):
            what = f"mean of {self.name}_{key} over replicas and the last {self.share:g} of the samples"
            found.append(Variable(f"{self.name}_{key}_mean", what, dims=dims))
            how = {"estimator": "standard deviation of the replicas' means over the root of their number"}
            error = f"standard error of {self.name}_{key}_mean"
            found.append(Variable(f"{self.name}_{key}_se", error, dims=dims, attrs=how))
        return tuple(found)

    def observe(self, record: Record, context: Context) -> Mapping[str, ArrayLike]:
        """One sample; sums run along each replica's row."""
        intensity = record["psi_real"] ** 2 + record["psi_imag"] ** 2
        mean = intensity.mean(axis=1)
        scale = np.where(mean > 0, mean, 1.0)
        ratio = intensity / scale[:, None]
        square = np.square(ratio).mean(axis=1)
        spectrum = record["spectrum"]
        total = spectrum.sum(axis=1)
        bend = (spectrum * context.coordinates["wavenumber"] ** 2).sum(axis=1)
        width = self.limit / self.cells
        cell = np.minimum(ratio / width, self.cells).astype(np.int64)
        counts = np.array([np.bincount(row, minlength=self.cells + 1)[: self.cells] for row in cell])
        return {
            f"{self.name}_kurtosis": square,
            f"{self.name}_exceedance": (ratio > self.threshold).mean(axis=1),
            f"{self.name}_kinetic": 0.5 * np.divide(bend, total, out=np.zeros_like(bend), where=total > 0),
            f"{self.name}_quartic": 0.5 * mean * square,
            f"{self.name}_pdf": counts / (intensity.shape[1] * width),
            f"{self.name}_spectrum": spectrum.mean(axis=0),
        }

    def finish(self, history: xr.Dataset, context: Context) -> Mapping[str, ArrayLike]:
        """Mean of each replica over the samples, then over the replicas."""
        samples = history.sizes[context.clock]
        late = np.arange(samples) >= samples - max(1, math.ceil(self.share * samples))
        values: dict[str, ArrayLike] = {}
        for key in (*_MEANT, "pdf"):
            name = f"{self.name}_{key}"
            series = history[name].transpose(context.clock, "replica", ...)
            total = np.zeros(series.shape[1:])
            for start, block in in_blocks(series, context.clock):
                block = np.asarray(block, np.float64)
                total += block[late[start : start + len(block)]].sum(axis=0)
            own = total / late.sum()
            values[f"{name}_mean"] = own.mean(axis=0)
            spread = own.std(axis=0, ddof=1) if len(own) > 1 else np.full(own.shape[1:], np.nan)
            values[f"{name}_se"] = spread / np.sqrt(len(own))
        return values


KIND = WaveStatistics
