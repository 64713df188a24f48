"""The detailed fluctuation theorem: ln P(s)/P(-s) = s."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from physent.declare import Problem, Variable
from physent.diagnostics.run.declare import Context, Diagnostic, Name, Record
from physent.diagnostics.run.trajectories import of_trajectories


class DetailedFluctuationTheorem(Diagnostic):
    """Slope of ln P(s)/P(-s) against s over replicas at every sample, with its standard error; 1 by the theorem.

    For the total entropy production in a steady state, at any time (U. Seifert, Phys. Rev. Lett. 95, 040602 (2005),
    10.1103/PhysRevLett.95.040602). The most likely slope a of the chance 1/(1 + exp(-a |s|)) that a value of modulus
    |s| is positive, which needs no histogram. NaN while all values have one sign.
    """

    kind: Literal["detailed_fluctuation_theorem"]
    name: Name = Field(default="detailed_fluctuation_theorem", description="prefix of NAME and NAME_se")
    of: str = Field(description="number of each replica, such as entropy_total")

    def sources(self) -> tuple[str, ...]:
        return (self.of,)

    def problems(self, context: Context) -> Iterator[Problem]:
        yield from of_trajectories(context, ("of",), self.of)

    def variables(self, context: Context) -> tuple[Variable, ...]:
        source = {"source": self.of, "samples": "replicas of one sample"}
        how = {**source, "estimator": "logistic regression of the sign on the modulus; 1 by the theorem"}
        return (
            Variable(self.name, f"slope of ln P(s)/P(-s) against s, s = {self.of}", dims=(), attrs=how),
            Variable(f"{self.name}_se", f"standard error of {self.name}", dims=(), attrs=source),
        )

    def observe(self, record: Record, context: Context) -> Mapping[str, ArrayLike]:
        from physent.diagnostics.fluctuations import detailed_slope

        s = np.asarray(record[self.of], np.float64)
        slope, error = detailed_slope(s) if np.isfinite(s).all() else (np.nan, np.nan)
        return {self.name: slope, f"{self.name}_se": error}


KIND = DetailedFluctuationTheorem
