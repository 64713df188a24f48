"""Sums over particles of a function of the distance from the centre, and their cumulants."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from numpy.typing import ArrayLike
from pydantic import Field, model_validator

from physent.declare import Coordinate, Length, NonNegative, Positive, Problem, Unit, Variable, contradiction
from physent.diagnostics import radial
from physent.diagnostics.run import particles, pooled
from physent.diagnostics.run.declare import Context, Diagnostic, Name, Record

if TYPE_CHECKING:
    import xarray as xr

PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "power": ("exponent",),
    "log1p_r2": (),
    "exp_minus_r2": (),
    "gaussian": ("center", "width"),
    "indicator": ("radius",),
    "bump": ("center", "width"),
    "cos": ("wavenumber",),
}


class RadialSum(Diagnostic):
    """A sum over particles of a function of the distance from the centre, and its cumulants; subclasses say which."""

    if TYPE_CHECKING:
        of: particles.Of | None  # declared last by each subclass, because keys keep their order in a config

    def chosen(self, context: Context) -> Self:
        return particles.chosen(self, context)

    def sources(self) -> tuple[str, ...]:
        return (particles.field_of(self.of),)

    def problems(self, context: Context) -> Iterator[Problem]:
        yield from particles.unfit(context, self.of)

    def coordinates(self, context: Context) -> tuple[Coordinate, ...]:
        return (pooled.ORDER,)

    def results(self, context: Context) -> tuple[Variable, ...]:
        return pooled.cumulant_results(self.name, self.name)

    def finish(self, history: xr.Dataset, context: Context) -> Mapping[str, ArrayLike]:
        series = history[self.name].transpose(context.clock, "replica").values
        return pooled.cumulant_values(self.name, series, counts=self.counts)

    def marks(self, results: Record) -> Mapping[str, str]:
        return pooled.marks(self.name, results)

    @property
    def counts(self) -> bool:
        """Whether the sum is a number of particles."""
        return False


class LinearStatistic(RadialSum):
    """Linear statistic sum_i f(|x_i|) at every draw; per run its cumulants 1 to 6 and how well its chain has mixed.

    `function` names f of the distance r from the centre, with its parameters beside it: power (r^exponent), log1p_r2
    (log(1 + r^2)), exp_minus_r2, gaussian (exp(-(r - center)^2/(2 width^2))), indicator (1 for r <= radius), bump
    (smooth, on |r - center| < width), cos (cos(wavenumber r)). Gives NAME; NAME_cumulants with NAME_cumulants_se,
    NAME_cumulants_resolved (1 if the error does not exceed the value, 0 also for chains that have not mixed) and
    NAME_cumulants_draws_needed; NAME_ess, NAME_iat, NAME_rhat and NAME_mixed (0 for a stuck or unmixed chain, with a
    warning), for every sampler.
    """

    kind: Literal["linear_statistic"]
    name: Name = Field(default="linear_statistic", description="name of the variable, and prefix of the others")
    function: Literal["power", "log1p_r2", "exp_minus_r2", "gaussian", "indicator", "bump", "cos"] = Field(
        description="f of the distance r from the centre"
    )
    exponent: Positive | None = Field(default=None, description="of power")
    center: Annotated[NonNegative, Length] | None = Field(
        default=None, description="of gaussian and bump: distance from the centre"
    )
    width: Annotated[Positive, Length] | None = Field(
        default=None, description="of gaussian (standard deviation) and bump (half width)"
    )
    radius: Annotated[Positive, Length] | None = Field(default=None, description="of indicator")
    wavenumber: Annotated[float, Unit("1/length")] | None = Field(default=None, description="of cos")
    of: particles.Of | None = Field(default=None, description="field; null: position, or radius if there is none")

    @model_validator(mode="after")
    def _parameters_fit(self) -> LinearStatistic:
        wanted = PARAMETERS[self.function]
        takes = ", ".join(wanted) or "no parameter"
        for name in ("exponent", "center", "width", "radius", "wavenumber"):
            given = getattr(self, name) is not None
            if given and name not in wanted:
                raise contradiction(name, f"found {name}, but {self.function} takes {takes}")
            if not given and name in wanted:
                raise contradiction("function", f"found no {name}, {self.function} takes {takes}")
        return self

    def variables(self, context: Context) -> tuple[Variable, ...]:
        options = [f"{name} {getattr(self, name):g}" for name in PARAMETERS[self.function]]
        f = " ".join([self.function, *options])
        return (Variable(self.name, f"linear statistic, sum of {f}", attrs={"source": particles.field_of(self.of)}),)

    def observe(self, record: Record, context: Context) -> Mapping[str, ArrayLike]:
        of = particles.field_of(self.of)
        options = tuple((name, getattr(self, name)) for name in PARAMETERS[self.function])
        return {self.name: radial.summed(record[of], _function(self.function, options), of)}

    @property
    def counts(self) -> bool:
        return self.function == "indicator"


@cache
def _function(name: str, options: tuple[tuple[str, float], ...]) -> Callable[[Any], Any]:
    from physent.theory.radial_functions import radial_function

    return radial_function(name, **dict(options))


KIND = LinearStatistic
