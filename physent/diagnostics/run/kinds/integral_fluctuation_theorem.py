"""Integral fluctuation theorems: the mean of exp(-x) over replicas is 1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from physent.declare import START_LACKS, Problem, Variable
from physent.diagnostics.run.declare import Context, Diagnostic, Name, Record
from physent.diagnostics.run.trajectories import of_trajectories


class IntegralFluctuationTheorem(Diagnostic):
    """Mean of exp(-x) over replicas at every sample, its standard error, and the effective number of trajectories.

    It is 1 for the total entropy production from any start that gives every state a probability above 0 (U. Seifert,
    Phys. Rev. Lett. 95, 040602 (2005), 10.1103/PhysRevLett.95.040602), and for the functional of Hatano and Sasa from a
    steady start (Phys. Rev. Lett. 86, 3463 (2001), 10.1103/PhysRevLett.86.3463). If the start lacks states, it is the
    probability that the reversed process ends in one that the start has, below 1, and there is a warning (Y. Murashita,
    K. Funo and M. Ueda, Phys. Rev. E 90, 042110 (2014), 10.1103/PhysRevE.90.042110). Below 100 effective trajectories,
    (sum e)^2/sum e^2 with e = exp(-x), there is a warning: few rare replicas make up the mean then.
    """

    kind: Literal["integral_fluctuation_theorem"]
    name: Name = Field(default="integral_fluctuation_theorem", description="prefix of NAME, NAME_se and NAME_effective")
    of: str = Field(description="number of each replica, such as entropy_total")

    def sources(self) -> tuple[str, ...]:
        return (self.of,)

    def problems(self, context: Context) -> Iterator[Problem]:
        yield from of_trajectories(context, ("of",), self.of)
        if self._lacks(context):
            message = (
                f"some states have the probability 0 at the start, so that the mean of exp(-{self.of}) is below 1 "
                "(absolute irreversibility); a start that gives every state a probability has a mean of 1"
            )
            yield Problem(("of",), message, is_warning=True)

    def _lacks(self, context: Context) -> bool:
        return self.of in context.variables and bool(context.variables[self.of].attrs.get(START_LACKS))

    def variables(self, context: Context) -> tuple[Variable, ...]:
        source = {"source": self.of, "samples": "replicas of one sample"}
        expected: dict[str, str | float] = {"expected": 1.0}
        if self._lacks(context):
            expected = {"comment": "expected below 1: some states have the probability 0 at the start"}
        counted = {**source, "estimator": "(sum e)^2 / sum e^2, e = exp(-x)"}
        return (
            Variable(self.name, f"mean of exp(-{self.of})", dims=(), attrs={**source, **expected}),
            Variable(f"{self.name}_se", f"standard error of {self.name}", dims=(), attrs=source),
            Variable(f"{self.name}_effective", "effective number of trajectories", dims=(), attrs=counted),
        )

    def observe(self, record: Record, context: Context) -> Mapping[str, ArrayLike]:
        from physent.diagnostics.fluctuations import reliable_mean

        x = np.asarray(record[self.of], np.float64)
        if not np.isfinite(x).all():
            return dict.fromkeys((self.name, f"{self.name}_se", f"{self.name}_effective"), np.nan)
        found = reliable_mean(x, self.of)
        mean = float(np.exp(found.log))
        return {self.name: mean, f"{self.name}_se": mean * found.se, f"{self.name}_effective": found.effective}


KIND = IntegralFluctuationTheorem
