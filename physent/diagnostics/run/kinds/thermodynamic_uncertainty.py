"""The thermodynamic uncertainty relation: precision of a current costs entropy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from physent.declare import Problem, Variable
from physent.diagnostics.run.declare import Context, Diagnostic, Name, OneOrMany, Record, named
from physent.diagnostics.run.trajectories import of_trajectories


class ThermodynamicUncertainty(Diagnostic):
    """Ratio var(J) <S>/(2 <J>^2) over replicas at every sample, with its standard error: at least 1 in a steady state.

    J is a current counted since the start, S the entropy production since then (A. C. Barato and U. Seifert, Phys. Rev.
    Lett. 114, 158101 (2015), 10.1103/PhysRevLett.114.158101; at finite times J. M. Horowitz and T. R. Gingrich, Phys.
    Rev. E 96, 020103 (2017), 10.1103/PhysRevE.96.020103). A driven or relaxing process can be below 1. The error is
    that of the jackknife over replicas. NaN at the start, where both are 0.
    """

    kind: Literal["thermodynamic_uncertainty"]
    name: Name = Field(default="thermodynamic_uncertainty", description="prefix of NAME and NAME_se")
    of: OneOrMany[str] = Field(
        description="the current and the entropy production, such as [current_turns, entropy_total]"
    )

    def sources(self) -> tuple[str, ...]:
        return named(self.of)

    def problems(self, context: Context) -> Iterator[Problem]:
        for index, one in enumerate(named(self.of)):
            yield from of_trajectories(context, ("of", index), one)
        if len(named(self.of)) != 2:
            yield Problem(("of",), f"found {len(named(self.of))} observables, expected a current and its entropy")

    def variables(self, context: Context) -> tuple[Variable, ...]:
        source = {"source": " ".join(named(self.of)), "samples": "replicas of one sample"}
        how = {**source, "estimator": "var(J) <S> / (2 <J>^2)"}
        return (
            Variable(
                self.name,
                "squared uncertainty of a current times its entropy production, over their bound",
                dims=(),
                attrs=how,
            ),
            Variable(f"{self.name}_se", f"standard error of {self.name}", dims=(), attrs=source),
        )

    def observe(self, record: Record, context: Context) -> Mapping[str, ArrayLike]:
        from physent.diagnostics.fluctuations import uncertainty_ratio

        current, entropy = (np.asarray(record[name], np.float64) for name in named(self.of))
        ratio, error = uncertainty_ratio(current, entropy)
        return {self.name: ratio, f"{self.name}_se": error}


KIND = ThermodynamicUncertainty
