"""Parameters and initial state of a Coulomb gas in a config."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from physent.declare import Integer, Section, Unit

Number = Annotated[float, Field(gt=0, le=1e12)]


class Power(Section):
    """V(r) = strength r^exponent / exponent."""

    kind: Literal["power"] = Field(default="power", description="power: V(r) = strength r^exponent / exponent")
    exponent: Annotated[float, Field(gt=0, le=100)] = Field(default=2.0, description="exponent of the distance r")
    strength: Annotated[float, Field(ge=1e-6, le=1e6)] = Field(default=1.0, description="factor of the potential")


class Hmc(Section):
    """Settings of Hamiltonian Monte Carlo; other samplers ignore them."""

    step_factor: Annotated[float, Field(gt=0, le=100)] = Field(
        default=0.15,
        description="leapfrog step in units adapted to the gas (`step_size` in the file is the step itself); with "
        "`adapt` the initial value",
    )
    trajectory: Annotated[float, Field(gt=0, le=1000)] | None = Field(
        default=None,
        description="length of a trajectory in units of the inverse frequency of the trap; null: 1.1, or with "
        "`adapt` the one of five lengths around it with the most effective samples per step",
    )
    adapt: bool = Field(
        default=True,
        description="adapt the step (to an acceptance of 0.85), and the trajectory if it is null, during the burn-in; "
        "both are frozen from draw 0 on",
    )


class Parameters(Section):
    """Weight exp(-beta E), E = N sum_i V(|x_i|) + sum_{i<j} U(|x_i - x_j|)."""

    dimension: Literal[1, 2, 3] = Field(description="dimension d of space")
    n: Annotated[Integer, Field(ge=1, le=10**7)] = Field(description="number N of charges")
    beta: Annotated[Number, Unit("1/energy")] = Field(description="inverse temperature")
    potential: Power = Field(default=Power(), description="the trap V")
    interaction: Literal["coulomb", "log"] = Field(
        default="coulomb",
        description="coulomb: U = -r, -log r, 1/r in d = 1, 2, 3; log: U = -log r, in d = 1 the log-gas",
    )
    sampler: Literal["auto", "radii", "matrix", "tridiagonal", "hmc"] = Field(
        default="auto",
        description="radii: independent distances from the centre (d = 2, beta = 2); matrix: eigenvalues of a complex "
        "Gaussian matrix (d = 2, beta = 2, exponent 2); tridiagonal: eigenvalues of a tridiagonal matrix (the 1D "
        "log-gas, exponent 2); hmc: Hamiltonian Monte Carlo (any); auto: matrix or tridiagonal if it applies, else hmc",
    )
    hmc: Hmc = Field(default=Hmc(), description="settings of sampler hmc")


class Droplet(Section):
    """Independent charges with about the density of the gas; only chains have an initial state."""

    kind: Literal["droplet"] = Field(default="droplet", description="droplet: independent, with the large-N density")
