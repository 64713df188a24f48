"""Means of stored series over time and replicas, with standard errors that include correlations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from physent.declare import Problem, Unit, Variable
from physent.diagnostics.run.declare import Context, Diagnostic, Name, OneOrMany, named
from physent.diagnostics.warn import warn
from physent.errors import RunError
from physent.typing import Floats

if TYPE_CHECKING:
    import xarray as xr

LEAST = 8
ROUNDING = 512 * np.finfo(np.float64).eps  # of its magnitude: a conserved series varies by less


class Mean(Diagnostic):
    """Mean of observables over samples and replicas in equilibrium, its standard error, and the effective sample size.

    The error is sqrt(variance / ESS) with the effective sample size of all replicas together (Geyer 1992,
    10.1214/ss/1177011137; Vehtari et al. 2021, 10.1214/20-BA1221): correlated samples count as fewer, anticorrelated
    ones as at most log10 times as many, so that the error of averages since the last sample of something bounded (the
    pressure on walls) comes out too large. A warning says if parts of a series differ by more than chance allows, as
    when it has to settle first (set `after`), if it is too short for its correlations, or if samples are few. A
    series that varies by less than 512 eps of its values is conserved, and is not doubted.
    """

    kind: Literal["mean"]
    name: Name = Field(default="mean", description="prefix of NAME_OBSERVABLE, NAME_OBSERVABLE_se, NAME_OBSERVABLE_ess")
    of: OneOrMany[str] = Field(description="observable or list of observables; not fields")
    after: Annotated[float, Unit("of the clock")] | None = Field(
        default=None,
        description="only samples later than this; null: all but a first one that is NaN because it is an average "
        "since the sample before",
    )

    def series(self) -> tuple[str, ...]:
        return named(self.of)

    def problems(self, context: Context) -> Iterator[Problem]:
        names = named(self.of)
        for index, one in enumerate(names):
            path = ("of",) if isinstance(self.of, str) else ("of", index)
            if one in names[:index]:
                yield Problem(path, f"found {one} twice")
            elif context.variables[one].is_field:
                yield Problem(path, f"found {one}, which is a field, expected a number or a few at each sample")

    def results(self, context: Context) -> tuple[Variable, ...]:
        """Mean, error and effective sample size, with the dims of the observable but the replicas."""
        found = []
        window = "all samples" if self.after is None else f"samples with {context.clock} > {self.after:g}"
        for one in named(self.of):
            dims = tuple(dim for dim in context.variables[one].dims if dim != "replica")
            attrs = {"source": one, "samples": f"{window}, all replicas"}
            name, units = f"{self.name}_{one}", context.variables[one].units
            how = {**attrs, "estimator": "sqrt(variance / effective sample size)"}
            pairs = {**attrs, "estimator": "initial monotone sequence over split replicas"}
            found += [
                Variable(name, f"mean of {one}", units, dims, attrs={**attrs, "estimator": "sample mean"}),
                Variable(f"{name}_se", f"standard error of {name}", units, dims, attrs=how),
                Variable(f"{name}_ess", f"effective number of samples in {name}", "1", dims, attrs=pairs),
            ]
        return tuple(found)

    def finish(self, history: xr.Dataset, context: Context) -> Mapping[str, ArrayLike]:
        values: dict[str, ArrayLike] = {}
        for one in named(self.of):
            series = self._chosen(history, one, context)
            found = _of_series(one, series) if len(series) >= LEAST else np.full((3, *series.shape[2:]), np.nan)
            if len(series) < LEAST:
                warn(f"{one}: {len(series)} samples, expected at least {LEAST} for a mean with an error; NaN is stored")
            for tail, value in zip(("", "_se", "_ess"), found, strict=True):
                values[f"{self.name}_{one}{tail}"] = value
        return values

    def _chosen(self, history: xr.Dataset, one: str, context: Context) -> Floats:
        """The samples that count, (samples, replica, ...)."""
        array = history[one] if "replica" in history[one].dims else history[one].expand_dims("replica")
        dims = [dim for dim in context.variables[one].dims if dim != "replica"]
        clock = np.asarray(history[context.clock].values)
        series: Floats = np.asarray(array.transpose(context.clock, "replica", *dims).values, np.float64)
        if self.after is not None:
            return series[clock > self.after]
        return series[1:] if len(series) and bool(np.isnan(series[0]).all()) else series


def _of_series(one: str, series: Floats) -> tuple[ArrayLike, ArrayLike, ArrayLike]:
    from physent.diagnostics.chains import doubt, effective_sample_size, mean_and_error

    if lost := int(np.isnan(series).any((1, *range(2, series.ndim))).sum()):
        raise RunError(
            f"{one}: {lost} of {len(series)} samples are missing: a mean with an error needs all, or `after`"
        )
    columns = series.reshape(*series.shape[:2], -1)
    varying = np.ptp(columns, axis=(0, 1)) > ROUNDING * np.abs(columns).max((0, 1))
    found = [doubt(columns[..., k]) for k in np.flatnonzero(varying)]
    ess = effective_sample_size(series)
    causes = [one.cause for one in found if one is not None]
    said = []
    for cause in dict.fromkeys(causes):
        of = f" in {causes.count(cause)} of {columns.shape[2]} components" if columns.shape[2] > 1 else ""
        said.append(f"{one}{of}: {_SAID[cause].format(size=columns[..., 0].size, ess=float(np.nanmin(ess)))}")
    if said:
        warn("; ".join(said))
    return *mean_and_error(series), ess


_SAID = {
    "stuck": "a replica never changes, or not for half of its samples: the error holds only if that is by chance",
    "short": "samples are correlated over half of the series or longer, so that the error is unknown: take a longer "
    "series",
    "differs": "halves of the series or replicas differ by more than chance allows: if it has to settle first, set "
    "`after`; its error is too small",
    "correlated": "the {size} samples are worth {ess:.3g} independent ones, expected at least 100, so that the error "
    "is rough: take a longer series",
    "few": "{size} samples, nearly independent, expected at least 100, so that the error is rough: take more",
}


KIND = Mean
