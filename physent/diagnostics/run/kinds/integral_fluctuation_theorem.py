"""Integral fluctuation theorems: the mean of exp(-x) over replicas is 1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from physent.declare import Problem, Variable
from physent.diagnostics.run.declare import Context, Diagnostic, Name, Record
from physent.diagnostics.run.trajectories import of_trajectories


class IntegralFluctuationTheorem(Diagnostic):
    """Mean of exp(-x) over replicas at every sample, its standard error, and the effective number of trajectories.

    It is 1 for the total entropy production from any start (U. Seifert, Phys. Rev. Lett. 95, 040602 (2005),
    10.1103/PhysRevLett.95.040602), and for the functional of Hatano and Sasa between steady states (Phys. Rev. Lett.
    86, 3463 (2001), 10.1103/PhysRevLett.86.3463). Below 100 effective trajectories, (sum e)^2/sum e^2 with
    e = exp(-x), there is a warning: few rare replicas make up the mean then.
    """

    kind: Literal["integral_fluctuation_theorem"]
    name: Name = Field(default="integral_fluctuation_theorem", description="prefix of NAME, NAME_se and NAME_effective")
    of: str = Field(description="number of each replica, such as entropy_total")

    def sources(self) -> tuple[str, ...]:
        return (self.of,)

    def problems(self, context: Context) -> Iterator[Problem]:
        yield from of_trajectories(context, ("of",), self.of)

    def variables(self, context: Context) -> tuple[Variable, ...]:
        source = {"source": self.of, "samples": "replicas of one sample"}
        counted = {**source, "estimator": "(sum e)^2 / sum e^2, e = exp(-x)"}
        return (
            Variable(self.name, f"mean of exp(-{self.of})", dims=(), attrs={**source, "expected": 1.0}),
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
