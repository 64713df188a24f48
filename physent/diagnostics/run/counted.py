"""Entropies of how the values of an observable fall into outcomes, at every sample."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from numpy.typing import ArrayLike
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from physent.declare import Problem, Variable, contradiction
from physent.diagnostics.run import observed
from physent.diagnostics.run.declare import Context, Diagnostic, Record, is_measure, named
from physent.errors import UsageError

if TYPE_CHECKING:
    from physent.diagnostics.spaces import Space

Estimator = Literal["plugin", "miller_madow", "grassberger", "jackknife", "chao_shen", "james_stein"]
OF_COUNTS = ("ln_w", "multiplicity")
EXPECTED = "expected shannon, renyi_Q, renyi_inf, tsallis_Q (Q a number >= 0), statistical_complexity or ln_w"


def _measure(name: str) -> str:
    if name not in (*OF_COUNTS, "statistical_complexity") and not is_measure(name):
        raise PydanticCustomError("measure", EXPECTED)
    return name


CountMeasure = Annotated[str, AfterValidator(_measure)]


def refuse_estimator(estimator: str | None, measure: str) -> None:
    """Corrected estimators belong to the Shannon entropy."""
    if estimator not in (None, "plugin") and measure != "shannon":
        raise contradiction("estimator", f"{estimator} belongs to shannon; for {measure} use plugin or null")


class Counted(Diagnostic):
    """What kinds have in common that count outcomes; they declare the keys."""

    rounds = True
    in_nats = True
    place: ClassVar[str]
    """The key that describes the outcomes."""

    if TYPE_CHECKING:
        name: str
        of: str | tuple[str, ...]
        measure: str
        estimator: str | None

    @property
    def is_differential(self) -> bool:
        """Whether the entropy is that of a density."""
        return bool(getattr(self, "differential", False))

    @abstractmethod
    def space_of(self) -> Space:
        """The outcomes; UsageError if there is no such space."""

    def sources(self) -> tuple[str, ...]:
        return named(self.of)

    def problems(self, context: Context) -> Iterator[Problem]:
        yield from observed.unlike(self.of, context, least=2)
        try:
            space = self.space_of()
        except UsageError as error:
            yield Problem((self.place,), str(error).removeprefix("grid: ").removeprefix("space: "))
            return
        if space.reach or getattr(space, "plane", False):
            (name,) = space.spec()
            yield Problem((self.place,), f"{name} needs neighbouring values in order, expected one of single values")
            return
        inner = observed.components(self.of, context)
        if space.components is not None and space.components != inner:
            has = f"{inner} coordinates" if inner else "no coordinates (its last dimension is not `axis`)"
            yield Problem(
                (self.place,), f"found cells in {space.components} coordinates, {named(self.of)[0]} has {has}"
            )

    def variables(self, context: Context) -> tuple[Variable, ...]:
        dims = observed.result_dims(self.of, context)
        form = "differential" if self.is_differential else "discrete"
        what = f"{self.measure} of counts of {', '.join(named(self.of))}"
        attrs: dict[str, Any] = {
            "base": "nats",
            "measure": self.measure,
            "estimator": self.estimator or ("grassberger" if self.measure == "shannon" else "plugin"),
            "form": form,
            "space": json.dumps(self.space_of().spec()),
            "source": ", ".join(named(self.of)),
        }
        entropy = Variable(self.name, f"entropy ({what}), {form}", dims=dims, attrs=attrs)
        if self.measure in OF_COUNTS:
            return (entropy,)
        taken = {"comment": "takes the counted values as independent; neighbouring points of a smooth field are not"}
        error = Variable(
            f"{self.name}_se", f"standard error of {self.name}, jackknife over counts", dims=dims, attrs=taken
        )
        seen = "share of the distribution in cells seen at least once, 1 - f1/N"
        return entropy, error, Variable(f"{self.name}_coverage", seen, dims=dims)

    def observe(self, record: Record, context: Context) -> Mapping[str, ArrayLike]:
        from physent.diagnostics.estimate import entropy
        from physent.diagnostics.measures import measure_named
        from physent.diagnostics.tally import count

        space = self.space_of()
        sample = observed.points(self.of, record, context)
        if space.components is None:
            sample = sample.reshape(len(sample), -1)
        found = entropy(
            count(sample, space, 1), measure_named(self.measure), self.estimator, differential=self.is_differential
        )
        shape = tuple(len(context.coordinates[dim]) for dim in observed.result_dims(self.of, context))
        values = {self.name: found.value}
        if self.measure not in OF_COUNTS:
            values |= {f"{self.name}_se": found.standard_error, f"{self.name}_coverage": found.coverage}
        return {name: value.reshape(shape) for name, value in values.items()}
