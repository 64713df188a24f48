"""Parameters and initial states of overdamped particles in a config."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from physent.declare import DIVIDES, FileInitial, Integer, Items, NonNegative, Section, contradiction
from physent.engines.driving import Driving
from physent.engines.langevin.interactions import Interaction

Size = Annotated[float, Field(gt=0, ge=1e-75, le=1e75)]
Signed = Annotated[float, Field(ge=-1e75, le=1e75)]
Temperature = Annotated[float, Field(ge=0, le=1e75)]
# The index of a particle is a 32-bit word of the random number generator's counter.
Number = Annotated[Integer, Field(ge=1, le=2**31)]
PerAxis = Annotated[Items[Signed], Field(min_length=1, max_length=3)]
Vector = Signed | PerAxis


class Harmonic(Section):
    """U = 1/2 sum_a stiffness_a (x_a - center_a)^2."""

    kind: Literal["harmonic"]
    stiffness: Size | Annotated[Items[NonNegative], Field(min_length=1, max_length=3)] = Field(
        default=1.0, description="stiffness k of the trap, or one per axis"
    )
    center: Vector = Field(default=0.0, description="centre: a number along the first axis, or one per axis")


class Quadratic(Section):
    """U = 1/2 x^T K x."""

    kind: Literal["quadratic"]
    matrix: Annotated[Items[PerAxis], Field(min_length=1, max_length=3)] = Field(
        description="symmetric matrix K of the stiffness, row by row"
    )

    @model_validator(mode="after")
    def _is_symmetric(self) -> Quadratic:
        rows = self.matrix
        if any(len(row) != len(rows) for row in rows):
            raise contradiction("matrix", f"found rows of {[len(row) for row in rows]}, expected a square matrix")
        if any(rows[i][j] != rows[j][i] for i in range(len(rows)) for j in range(i)):
            raise contradiction("matrix", "is not symmetric, so it has no energy; force: rotational turns particles")
        return self


class Quartic(Section):
    """U = sum_a (quartic x_a^4 / 4 + quadratic x_a^2 / 2) - tilt x_0."""

    kind: Literal["quartic"]
    quartic: Signed = Field(default=1.0, description="coefficient a of x^4/4, along each axis")
    quadratic: Signed = Field(default=0.0, description="coefficient b of x^2/2; negative: a double well")
    tilt: Signed = Field(default=0.0, description="force along the first axis, as a part of the energy")


class Cosine(Section):
    """U = amplitude cos(2 pi x_0 / period)."""

    kind: Literal["cosine"]
    amplitude: Signed = Field(default=1.0, description="amplitude V0: U = V0 cos(2 pi x / period) along the first axis")
    period: Size = Field(description="period; a whole number of them fits into box_length, if that is given")


Potential = Annotated[Harmonic | Quadratic | Quartic | Cosine, Field(discriminator="kind")]


class Uniform(Section):
    """The same force everywhere."""

    kind: Literal["uniform"]
    value: Vector = Field(description="force: a number along the first axis, or one per axis")


class Rotational(Section):
    """Force strength (-y, x) in the plane of the first two axes."""

    kind: Literal["rotational"]
    strength: Signed = Field(description="strength Omega of the force (-Omega y, Omega x)")


Force = Annotated[Uniform | Rotational, Field(discriminator="kind")]


class ActiveBrownian(Section):
    """Velocity u of constant modulus whose direction diffuses, in two or three dimensions."""

    kind: Literal["abp"]
    speed: NonNegative = Field(description="modulus v0 of the propulsion velocity")
    rotational_diffusion: NonNegative = Field(
        description="rotational diffusivity D_r; the persistence time is 1/D_r in the plane, 1/(2 D_r) in space"
    )
    angular_velocity: Signed = Field(
        default=0.0, description="mean rate of turning in the plane, in radians per unit time"
    )


class OrnsteinUhlenbeck(Section):
    """Gaussian velocity u with <u_a(t) u_b(0)> = delta_ab speed^2/dimension e^{-t/persistence_time}."""

    kind: Literal["aoup"]
    speed: NonNegative = Field(description="root mean square of the vector u, not of its components")
    persistence_time: Size = Field(description="correlation time tau of u")


class RunAndTumble(Section):
    """Velocity u of constant modulus that takes a new direction at random times; in one dimension it is reversed."""

    kind: Literal["rtp"]
    speed: NonNegative = Field(description="modulus of the propulsion velocity")
    tumble_rate: Size = Field(description="tumbles per unit time; in one dimension reversals")


Propulsion = Annotated[ActiveBrownian | OrnsteinUhlenbeck | RunAndTumble, Field(discriminator="kind")]


class Parameters(Section):
    """dx = [mobility (-grad U + F) + u] dt + sqrt(2 mobility temperature) dW."""

    n: Number = Field(default=1, description="number of particles per replica")
    dimension: Literal[1, 2, 3] = Field(description="dimension of space")
    box_length: Size | None = Field(default=None, description="edge of the periodic box; null: unbounded space")
    step: Annotated[Size, DIVIDES] = Field(
        description="time step h; divides `schedule.every` and the times of the protocol"
    )
    integrator: Literal["heun", "euler", "exact"] = Field(
        default="heun",
        description="heun: of weak order 2; euler: of order 1, whose chain has an exact path weight; exact: the step "
        "of Ornstein and Uhlenbeck, for the harmonic potential",
    )
    mobility: Size = Field(default=1.0, description="mobility mu; the diffusivity is mu T")
    temperature: Temperature | Annotated[Items[Temperature], Field(min_length=1)] = Field(
        default=1.0, description="temperature T (k_B = 1): a number, or a list"
    )
    temperature_of: Literal["axis", "particle"] = Field(
        default="axis", description="what a list in `temperature` has one entry for"
    )
    potential: Potential | None = Field(default=None, description="external potential U(x)")
    force: Force | None = Field(default=None, description="force F that has no energy in this ledger")
    propulsion: Propulsion | None = Field(default=None, description="propulsion velocity u of active particles")
    interaction: Interaction | None = Field(default=None, description="energy of pairs of particles")
    driving: Driving = ()


class Equilibrium(Section):
    """Independent particles in equilibrium with the potential: e^{-U/T}; propulsion does not enter."""

    kind: Literal["equilibrium"]
    temperature: Temperature | None = Field(default=None, description="temperature of the start; null: of the bath")


class Point(Section):
    """All particles at one point."""

    kind: Literal["point"]
    at: Vector = Field(default=0.0, description="place: a number along the first axis, or one per axis")


class Even(Section):
    """Positions uniform in the periodic box."""

    kind: Literal["uniform"]


class Lattice(Section):
    """A square or cubic lattice that fills the periodic box, some sites empty, with a jitter."""

    kind: Literal["lattice"]
    jitter: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.0, description="largest displacement along each axis, in lattice spacings"
    )


class Slab(Section):
    """A dense strip across the middle of the periodic box, triangular in the plane: a start for phase separation."""

    kind: Literal["slab"]
    spacing: Size | None = Field(default=None, description="distance of neighbours, rounded; null: the diameter")


BuiltIn = Equilibrium | Point | Even | Lattice | Slab
Initial = Annotated[BuiltIn | FileInitial, Field(discriminator="kind")]
