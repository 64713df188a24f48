"""Free energy differences from work out of equilibrium."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from physent.declare import Problem, Variable
from physent.diagnostics.run.declare import Context, Diagnostic, Name, Record
from physent.diagnostics.run.trajectories import of_trajectories


class Jarzynski(Diagnostic):
    """Free energy difference dF = -T ln <exp(-w/T)> over replicas at every sample, with its standard error.

    w is the work done since equilibrium at the temperature T (C. Jarzynski, Phys. Rev. Lett. 78, 2690 (1997),
    10.1103/PhysRevLett.78.2690): the Boltzmann law of the energy U that w - q changes, so a force that is not part of U
    must be 0 at the start. The error is that of the mean of the exponential, to first order; below 100
    effective trajectories, (sum e)^2/sum e^2 with e = exp(-w/T), there is a warning, and dF comes out too large.
    """

    scaled: ClassVar[Mapping[str, str]] = {"temperature": "T of the medium, and of the equilibrium at the start"}

    kind: Literal["jarzynski"]
    name: Name = Field(default="jarzynski", description="prefix of NAME, NAME_se, NAME_effective and NAME_dissipated")
    of: str = Field(default="work", description="work of each replica since the start")

    def sources(self) -> tuple[str, ...]:
        return (self.of,)

    def problems(self, context: Context) -> Iterator[Problem]:
        yield from of_trajectories(context, ("of",), self.of)
        t = context.scales.get("temperature", np.zeros(1))
        if np.ndim(t):
            yield Problem(("temperature",), "this is missing: one temperature of the medium is needed")
        elif not t > 0:
            yield Problem(("temperature",), f"found {float(t):g}, expected a medium of a temperature above 0")

    def variables(self, context: Context) -> tuple[Variable, ...]:
        source = {"source": self.of, "samples": "replicas of one sample"}
        how, counted = {**source, "estimator": "-T ln <exp(-w/T)>"}, {**source, "estimator": "(sum e)^2 / sum e^2"}
        lost = f"mean of {self.of} less {self.name}, at least 0 by the second law"
        return (
            Variable(self.name, f"free energy difference by {self.of}", dims=(), attrs=how),
            Variable(f"{self.name}_se", f"standard error of {self.name}", dims=(), attrs=source),
            Variable(f"{self.name}_effective", "effective number of trajectories", dims=(), attrs=counted),
            Variable(f"{self.name}_dissipated", lost, dims=(), attrs=source),
        )

    def observe(self, record: Record, context: Context) -> Mapping[str, ArrayLike]:
        from physent.diagnostics.fluctuations import reliable_mean

        work = np.asarray(record[self.of], np.float64)
        t = float(context.scales["temperature"])
        found = reliable_mean(work / t, self.of)
        free = -t * found.log
        return {
            self.name: free,
            f"{self.name}_se": t * found.se,
            f"{self.name}_effective": found.effective,
            f"{self.name}_dissipated": work.mean() - free,
        }


KIND = Jarzynski
