"""Parameters and initial states of maps and flows in a config."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from physent.declare import (
    Count,
    FileInitial,
    Integer,
    Items,
    NonNegative,
    Positive,
    Section,
    Step,
    Time,
    contradiction,
)

MOST_EXPONENTS = 64
Open = Annotated[float, Field(gt=0, lt=1)]
Text = Annotated[str, Field(min_length=1, max_length=4000)]
Name = Annotated[str, Field(pattern="^[A-Za-z][A-Za-z0-9_]{0,63}$")]


class Logistic(Section):
    """x' = r x (1 - x)."""

    kind: Literal["logistic"]
    r: float = Field(default=4.0, description="growth r; up to 4 the map keeps [0, 1]")


class Tent(Section):
    """x' = slope min(x, 1 - x), or the skewed tent of height 1: x/a up to x = a, then (1 - x)/(1 - a)."""

    kind: Literal["tent"]
    slope: Annotated[float, Field(gt=0, le=2)] | None = Field(default=None, description="slope of both sides")
    a: Open | None = Field(default=None, description="position of the top of a skewed tent of height 1")

    @model_validator(mode="after")
    def _one_tent(self) -> Tent:
        if (self.slope is None) == (self.a is None):
            raise contradiction("kind", "expected exactly one of `slope` and `a` for a tent")
        return self


class Doubling(Section):
    """x' = 2 x modulo 1."""

    kind: Literal["doubling"]


class Henon(Section):
    """x' = 1 - a x^2 + y, y' = b x (Henon 1976)."""

    kind: Literal["henon"]
    a: float = Field(default=1.4, description="nonlinearity a")
    b: float = Field(default=0.3, description="contraction b: an area shrinks by |b| per step")


class Standard(Section):
    """p' = p + K sin theta, theta' = theta + p', both modulo 2 pi (Chirikov 1979)."""

    kind: Literal["standard"]
    K: float = Field(default=1.0, description="strength K of the kick")


class Cat(Section):
    """x' = x + y, y' = x + 2 y, both modulo 1 (Arnold)."""

    kind: Literal["cat"]


class Chialvo(Section):
    """x' = x^2 exp(y - x) + k, y' = a y - b x + c (Chialvo 1995)."""

    kind: Literal["chialvo"] = "chialvo"
    a: float = Field(default=0.89, description="rate of recovery a")
    b: float = Field(default=0.18, description="effect b of the potential on recovery")
    c: float = Field(default=0.28, description="offset c of recovery")
    k: float = Field(default=0.03, description="current k into the potential")


class Rulkov(Section):
    """x' = alpha/(1 + x^2) + y, y' = y - mu (x - sigma) (Rulkov 2001)."""

    kind: Literal["rulkov"] = "rulkov"
    alpha: float = Field(default=4.1, description="nonlinearity alpha")
    mu: float = Field(default=0.001, description="rate mu of the slow variable")
    sigma: float = Field(default=-1.2, description="value sigma of x at which y is at rest")


class NeuronChain(Section):
    """A chain of neurons: x_i' of a single one plus coupling times the sum of x_j - x_i over its neighbours."""

    kind: Literal["neuron_chain"]
    neurons: Annotated[Items[Literal["chialvo", "rulkov"]], Field(min_length=1, max_length=10_000)] = Field(
        description="kind of each neuron, from one end of the chain to the other"
    )
    coupling: float = Field(default=0.0, description="strength of the electrical coupling between neighbours")
    chialvo: Chialvo = Field(default=Chialvo(), description="constants of the Chialvo neurons")
    rulkov: Rulkov = Field(default=Rulkov(), description="constants of the Rulkov neurons")


Local = Annotated[Logistic | Tent | Doubling, Field(discriminator="kind")]


class CoupledMaps(Section):
    """x_i' = (1 - coupling) f(x_i) + coupling/2 [f(x_{i-1}) + f(x_{i+1})] on a ring (Kaneko 1984)."""

    kind: Literal["coupled_maps"]
    map: Local = Field(description="the map f")
    n: Annotated[Integer, Field(ge=3, le=100_000)] = Field(description="number of sites")
    coupling: float = Field(description="coupling epsilon: share that a site takes from its neighbours")


class Lorenz(Section):
    """dx/dt = sigma (y - x), dy/dt = x (rho - z) - y, dz/dt = x y - beta z (Lorenz 1963)."""

    kind: Literal["lorenz"]
    sigma: float = Field(default=10.0, description="Prandtl number sigma")
    rho: float = Field(default=28.0, description="Rayleigh number rho, relative to that at the onset of convection")
    beta: float = Field(default=8 / 3, description="geometric factor beta")


class Rossler(Section):
    """dx/dt = -y - z, dy/dt = x + a y, dz/dt = b + z (x - c) (Rossler 1976)."""

    kind: Literal["rossler"]
    a: float = Field(default=0.2, description="growth a of the spiral")
    b: float = Field(default=0.2, description="source b of z")
    c: float = Field(default=5.7, description="level c of x above which z grows")


class HenonHeiles(Section):
    """H = (p_x^2 + p_y^2 + x^2 + y^2)/2 + x^2 y - y^3/3 (Henon and Heiles 1964); bounded below the energy 1/6."""

    kind: Literal["henon_heiles"]


class Lorenz96(Section):
    """dx_i/dt = (x_{i+1} - x_{i-2}) x_{i-1} - x_i + F on a ring (Lorenz 1996)."""

    kind: Literal["lorenz96"]
    n: Annotated[Integer, Field(ge=4, le=100_000)] = Field(default=40, description="number of sites")
    F: float = Field(default=8.0, description="forcing F")


class Equations(Section):
    """A system of your own, as arithmetic text: names, numbers, + - * / **, sin cos tan exp log sqrt abs tanh.

    The Jacobian is exact, by dual numbers. Nothing else in the texts is accepted, and nothing in them is executed.
    """

    kind: Literal["equations"]
    evolution: Literal["flow", "map"] = Field(
        description="flow: the texts are time derivatives; map: they are the values after a step"
    )
    variables: Annotated[dict[Name, Text], Field(min_length=1, max_length=256)] = Field(
        description="right-hand side of every variable by its name, such as {x: s*(y - x)}"
    )
    constants: dict[Name, float] = Field(
        default={}, description="constants by name; a sweep or a protocol may change them without compiling again"
    )
    modulo: dict[str, Positive] = Field(
        default={}, description="variables that are wrapped into [0, period) after every step, with their periods"
    )


class Dysts(Section):
    """A flow of the package dysts (Gilpin 2021), if that is installed: right-hand side and parameters only.

    Its annotations are not read: many of its Lyapunov spectra contradict the divergence of the equations.
    """

    kind: Literal["dysts"]
    name: str = Field(min_length=1, max_length=100, description="name of the system in dysts, such as Lorenz")
    constants: dict[str, float] = Field(default={}, description="parameters that differ from those of dysts")


System = Annotated[
    Logistic
    | Tent
    | Doubling
    | Henon
    | Standard
    | Cat
    | Chialvo
    | Rulkov
    | NeuronChain
    | CoupledMaps
    | Lorenz
    | Rossler
    | HenonHeiles
    | Lorenz96
    | Equations
    | Dysts,
    Field(discriminator="kind"),
]


class Parameters(Section):
    """A map or flow, and how its tangent vectors are followed."""

    system: System = Field(description="the equations")
    exponents: Annotated[Integer, Field(ge=0, le=MOST_EXPONENTS)] | None = Field(
        default=None,
        description="number k of Lyapunov exponents, the largest first; null: all of the system, at most "
        f"{MOST_EXPONENTS}; 0: the orbit only",
    )
    step: Step | None = Field(
        default=None, description="time step h of a flow; divides `schedule.every` and protocol times; null for maps"
    )
    integrator: Literal["dop853", "rk4"] = Field(
        default="dop853", description="of a flow, with fixed step: Runge-Kutta of order 8 (12 stages) or 4 (4 stages)"
    )
    reorthonormalise: Count | None = Field(
        default=None, description="steps between two orthonormalisations of tangent vectors; null: 1 for maps, else 10"
    )
    transient: Annotated[NonNegative, Time] = Field(
        default=0.0,
        description="time before exponents count, in which the orbit reaches its attractor and the tangent vectors "
        "align; again after every change of a protocol",
    )
    bound: Positive = Field(default=1e6, description="largest |x|; an orbit beyond it ends the run with an error")


Numbers = Annotated[Items[float], Field(min_length=1)]


class Point(Section):
    """One point for all replicas."""

    kind: Literal["point"]
    at: Numbers | None = Field(
        default=None,
        description="the variables in their order, or one value for all; null: a point of the box of the system at "
        "unequal fractions of its edges (0.618, 0.236, 0.854, ...), as its middle may lie on an invariant set",
    )


class Region(Section):
    """Independent points, uniform in a box."""

    kind: Literal["box"]
    low: Numbers | None = Field(
        default=None, description="lower ends, or one for all variables; null: the default of the system, in its basin"
    )
    high: Numbers | None = Field(default=None, description="upper ends, or one for all variables; null: as `low`")


class Ensemble(Section):
    """A cloud, uniform in a small cube: its coarse-grained entropy grows at the Kolmogorov-Sinai rate."""

    kind: Literal["ensemble"]
    centre: Numbers | None = Field(default=None, description="centre of the cube, as `at` of point")
    width: Positive = Field(description="edge of the cube")


Initial = Annotated[Point | Region | Ensemble | FileInitial, Field(discriminator="kind")]
