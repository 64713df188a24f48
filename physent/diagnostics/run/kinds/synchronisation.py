"""How much the members of a population move together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from physent.declare import Problem, Variable
from physent.diagnostics.run import observed
from physent.diagnostics.run.declare import After, Context, Diagnostic, Name, OneOrMany, each_series, later, named
from physent.diagnostics.run.gaps import refuse_gaps_in_series
from physent.diagnostics.warn import unheard, warn
from physent.errors import PhysentError, RunError
from physent.typing import Array, Floats

if TYPE_CHECKING:
    import xarray as xr

LEAST = 8
LONG = 50  # samples per autocorrelation time
CONSTANT = 1e-12  # standard deviation of rounding
EDGE = 0.1  # of the series at either end, where the phases of an analytic signal feel that it ends


class Synchronisation(Diagnostic):
    """Synchronisation of a population of series: mean pairwise correlation and Kuramoto order, once per run.

    Members are the entries of a field with one dimension besides replicas, the observables of a list, or, for one
    number per replica, the replicas. NAME_correlation is the mean over pairs of their correlation at equal times,
    NAME_order the mean over time of |sum exp(i phase)|/N (Y. Kuramoto, Chemical Oscillations, Waves, and Turbulence,
    1984, 10.1007/978-3-642-69689-3). Phases are those of the analytic signal of each series less its mean (D. Gabor, J.
    IEE 93, 429 (1946), 10.1049/ji-3-2.1946.0074), without a tenth of the series at either end. With `angles: true` the
    values themselves are phases, in radians, and the correlation is the mean of cos(difference). Errors are those of
    means over time and include correlations. Independent phases have an order of about sqrt(pi/4N), not 0 (attribute
    `of_independent_phases`); a phase has a meaning only if the series oscillates about its mean. A missing
    value is refused, and so is a member that never changes.
    """

    kind: Literal["synchronisation"]
    name: Name = Field(default="synchronisation", description="prefix of NAME_correlation, NAME_order and their _se")
    of: OneOrMany[str] = Field(description="field, list of observables, or a number per replica")
    after: After = Field(default=None, description="only samples later than this; null: all")
    angles: bool = Field(default=False, description="values are angles in radians")

    def series(self) -> tuple[str, ...]:
        return named(self.of)

    def problems(self, context: Context) -> Iterator[Problem]:
        for index, one in enumerate(named(self.of)):
            path = ("of",) if isinstance(self.of, str) else ("of", index)
            dims = context.variables[one].dims
            inner = [dim for dim in dims if dim != "replica"]
            if inner and not isinstance(self.of, str):
                yield Problem(path, f"found {one} with dims ({', '.join(dims)}), expected numbers in a list")
            elif len(inner) > 1:
                yield Problem(path, f"found {one} with dims ({', '.join(dims)}), expected one dim besides replica")
        if (members := self._members(context)) < 2:
            yield Problem(("of",), f"found {members} member, expected at least 2")
        if context.samples < LEAST:
            yield Problem(("of",), f"the run has {context.samples} samples, expected at least {LEAST}")

    def _members(self, context: Context) -> int:
        if not isinstance(self.of, str):
            return len(set(self.of))
        dims = context.variables[self.of].dims
        return len(context.coordinates[dims[-1]]) if dims else 1

    def results(self, context: Context) -> tuple[Variable, ...]:
        one_per_replica = observed.is_pooled(self.of, context) and isinstance(self.of, str)
        dims = ("replica",) if not one_per_replica and self._has_replicas(context) else ()
        members = self._members(context)
        what = "cos(difference)" if self.angles else "correlation"
        phases = "values" if self.angles else "analytic signal"
        attrs: dict[str, Any] = {"source": ", ".join(named(self.of)), "members": members}
        chance = {**attrs, "phases": phases, "of_independent_phases": math.sqrt(math.pi / (4 * max(1, members)))}
        se = {"standard_error": "sqrt(variance * autocorrelation time / samples)"}
        return (
            Variable(f"{self.name}_correlation", f"mean {what} over pairs of members", dims=dims, attrs=attrs),
            Variable(f"{self.name}_correlation_se", f"standard error of {self.name}_correlation", dims=dims, attrs=se),
            Variable(f"{self.name}_order", "Kuramoto order parameter of the members", dims=dims, attrs=chance),
            Variable(f"{self.name}_order_se", f"standard error of {self.name}_order", dims=dims, attrs=se),
        )

    def _has_replicas(self, context: Context) -> bool:
        return "replica" in context.variables[named(self.of)[0]].dims

    def finish(self, history: xr.Dataset, context: Context) -> Mapping[str, ArrayLike]:
        history = later(history, context.clock, self.after)
        shape, samples = context.shape(self.results(context)[0]), history.sizes[context.clock]
        if samples < LEAST:
            raise RunError(f"{samples} samples are later than {self.after}, expected at least {LEAST}")
        groups: dict[tuple[int, ...], Group] = {row: Group(samples, angles=self.angles) for row in np.ndindex(*shape)}
        failures: dict[tuple[int, ...], tuple[type[PhysentError], str]] = {}  # no errors: frames keep the file open
        for one in named(self.of):
            for index, series in each_series(history[one], context.clock):
                row = index[: len(shape)]
                try:
                    refuse_gaps_in_series(series, one, context, has_windows=False)
                    groups[row].add(series, one)
                except PhysentError as error:
                    failures.setdefault(row, (type(error), str(error)))
        names = [one.name for one in self.results(context)]
        found = np.full((len(names), *shape), np.nan)
        doubts: list[str] = []
        for row, group in groups.items():
            if row not in failures:
                with unheard() as doubtful:
                    values = (*group.correlation(), *group.order())
                doubts += doubtful[:1]
                for number, value in enumerate(values):
                    found[(number, *row)] = value
        if doubts:
            of = f" ({len(doubts)} of {len(groups)} replicas are doubtful)" if len(groups) > 1 else ""
            warn(f"{doubts[0]}{of}")
        if failures:
            kind, text = next(iter(failures.values()))
            if len(failures) == len(groups):
                raise kind(text)
            warn(f"{len(failures)} of {len(groups)} replicas: {text}; NaN is stored")
        return dict(zip(names, found, strict=True))


class Group:
    """Sums over the members of one population, which are added one by one."""

    def __init__(self, samples: int, *, angles: bool) -> None:
        self.angles, self.members = angles, 0
        self.unit = np.zeros(samples, complex)  # of phases
        self.level, self.square = np.zeros(samples), np.zeros(samples)  # of standardised values

    def add(self, series: Array, name: str) -> None:
        """One member (n,); RunError if a value is missing or infinite, or if it never changes."""
        if not np.isfinite(series).all():
            raise RunError(f"{name}: a value is missing or infinite")
        self.members += 1
        if self.angles:
            self.unit += np.exp(1j * series)
            return
        if series.min() == series.max():
            raise RunError(f"{name}: member {self.members} never changes, and so has neither a phase nor a correlation")
        from physent.diagnostics.scales import exponent

        x = np.ldexp(series, -exponent(series))
        x = x - x.mean()
        x /= x.std()
        self.level += x
        self.square += x * x
        signal = _analytic(x)
        size = np.abs(signal)
        self.unit += signal / np.where(size > 0, size, 1.0)

    def correlation(self) -> tuple[float, float]:
        """Mean over pairs, and its error.

        The mean responds to the values at one time as a product of deviations, less half of the mean correlation
        times both squares: exact if all pairs are alike.
        """
        n = self.members
        if self.angles:
            return _mean_and_error((np.abs(self.unit) ** 2 - n) / (n * (n - 1)))
        products = (self.level**2 - self.square) / (n * (n - 1))
        mean = float(products.mean())
        return mean, _mean_and_error(products - mean * self.square / n)[1]

    def order(self) -> tuple[float, float]:
        """Mean over time of the Kuramoto order, and its error."""
        cut = 0 if self.angles else int(EDGE * len(self.unit))
        return _mean_and_error(np.abs(self.unit[cut : len(self.unit) - cut]) / self.members)


def _analytic(x: Floats) -> Floats:
    """The series plus i times its Hilbert transform: its spectrum at positive frequencies, doubled."""
    from scipy import fft

    n = len(x)
    weight = np.zeros(n)
    weight[0] = 1.0
    weight[1 : (n + 1) // 2] = 2.0
    if n % 2 == 0:
        weight[n // 2] = 1.0
    return np.asarray(fft.ifft(fft.fft(x) * weight))


def _mean_and_error(x: Floats) -> tuple[float, float]:
    """Of values of order 1; the error is NaN, with a warning, if the correlations have no time."""
    from physent.diagnostics.uncertainty import autocorrelation_time

    mean = float(x.mean())
    if x.std() < CONSTANT:
        return mean, 0.0
    tau = float(autocorrelation_time(x))
    if tau <= 0:
        warn(
            f"the autocorrelation time comes out as {tau:.3g} samples, as of a series that is periodic, and the "
            "standard error is NaN: take it from replicas"
        )
        return mean, np.nan
    if len(x) < LONG * tau:
        warn(
            f"{len(x)} samples with an autocorrelation time of {tau:.3g}, expected at least {LONG} times as many: the "
            "standard error is too small, by 16 to 26 % as measured"
        )
    return mean, float(np.sqrt(x.var() * tau / len(x)))


KIND = Synchronisation
