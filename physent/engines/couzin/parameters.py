"""Parameters and initial states of a school of fish in a config."""

from __future__ import annotations

import math
from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from physent.declare import DIVIDES, FileInitial, Integer, Items, Length, Section, Speed, Time, Unit, contradiction
from physent.typing import Floats

SMALLEST_SIZE = 1e-75
FIELD_OF_VIEW = "full angle alpha of the field of view in degrees; the blind cone behind the fish has 360 - alpha"


def _not_vanishing(value: float) -> float:
    if 0 < value < SMALLEST_SIZE:
        raise PydanticCustomError(
            "size", "found {value}, expected 0 or >= {least}", {"value": value, "least": SMALLEST_SIZE}
        )
    return value


# Bounds within which squares neither overflow nor vanish.
Size = Annotated[float, Field(gt=0, le=1e75), AfterValidator(_not_vanishing)]
Edge = Annotated[Size, Length]
Radius = Annotated[float, Field(ge=0, le=1e75), AfterValidator(_not_vanishing), Length]
Angle = Annotated[float, Field(gt=0, le=360), Unit("degrees")]
Rate = Annotated[float, Field(ge=0, le=1e75)]
Turning = Annotated[Rate, Unit("degrees/time")]
Swimming = Annotated[Rate, Speed]
Noise = Annotated[Rate, Unit("radians")]
# The index of a fish is a 32-bit word of the random number generator's counter.
Number = Annotated[Integer, Field(ge=1, le=2**31)]
Vector = Annotated[Items[Annotated[float, Field(ge=-1e75, le=1e75)]], Field(min_length=3, max_length=3)]


class Group(Section):
    """Fish that differ from the others in the parameters given here."""

    n: Number = Field(description="number of fish in this group")
    repulsion_radius: Radius | None = Field(default=None, description="as in `parameters`, for this group")
    orientation_radius: Radius | None = Field(default=None, description="as in `parameters`, for this group")
    attraction_radius: Edge | None = Field(default=None, description="as in `parameters`, for this group")
    field_of_view_deg: Angle | None = Field(default=None, description="as in `parameters`, for this group")
    turn_rate_deg: Turning | None = Field(default=None, description="as in `parameters`, for this group")
    speed: Swimming | None = Field(default=None, description="as in `parameters`, for this group")
    noise_rad: Noise | None = Field(default=None, description="as in `parameters`, for this group")


class Parameters(Section):
    """Zones of repulsion, orientation and attraction around each fish; speed, turning and noise.

    The defaults other than the radii are those of Fig. 3 of Couzin et al. (2002).
    """

    n: Number = Field(description="number of fish")
    repulsion_radius: Radius = Field(default=1.0, description="radius r_r of the zone of repulsion")
    orientation_radius: Radius = Field(
        description="outer radius r_o (not width) of the zone of orientation; r_o = r_r: no such zone"
    )
    attraction_radius: Edge = Field(
        description="outer radius r_a (not width) of the zone of attraction; r_a = r_o: no such zone"
    )
    field_of_view_deg: Angle = Field(default=270.0, description=FIELD_OF_VIEW)
    turn_rate_deg: Turning = Field(default=40.0, description="largest turning rate theta, in degrees per unit time")
    speed: Swimming = Field(default=3.0, description="speed s, constant in time")
    noise_rad: Noise = Field(
        default=0.05,
        description="standard deviation sigma of the random rotation, in radians per step, not scaled with `step`; "
        "for rule dewi_kadita, of each component of the vector added to the heading",
    )
    step: Annotated[Size, Time, DIVIDES] = Field(
        default=0.1, description="time step tau, a part of the model; divides `schedule.every` and protocol times"
    )
    box_length: Edge | None = Field(default=None, description="edge of the periodic cube; null: unbounded space")
    groups: Items[Group] | None = Field(
        default=None, min_length=1, description="groups of different fish, in order of index; their n add up to n"
    )
    rule: Literal["couzin2002", "dewi_kadita"] = Field(
        default="couzin2002",
        description="couzin2002: the model as published; dewi_kadita: the update of that package, for comparison",
    )
    orientation_weight: Annotated[float, Field(ge=0, le=1)] = Field(
        default=1.0, description="weight of orientation relative to attraction; only for rule dewi_kadita"
    )


class Fish(NamedTuple):
    """Parameters of each fish; float64 arrays (n,)."""

    repulsion: Floats
    orientation: Floats
    attraction: Floats
    cos_blind: Floats  # a neighbour is seen if the cosine between heading and direction to it exceeds this
    turn: Floats  # largest turn, radians per step
    speed: Floats
    noise: Floats  # radians per step


def sizes(parameters: Parameters) -> tuple[int, ...]:
    """Number of fish in each group; one group of all fish if none are given."""
    return (parameters.n,) if parameters.groups is None else tuple(group.n for group in parameters.groups)


def of_groups(parameters: Parameters, name: str) -> list[float]:
    """A parameter of each group: its own value, or the common one."""
    groups: tuple[Group | None, ...] = parameters.groups or (None,)
    own = [None if group is None else getattr(group, name) for group in groups]
    return [float(getattr(parameters, name)) if value is None else float(value) for value in own]


def expand(parameters: Parameters) -> Fish:
    """Parameters of each fish: its group's own value, or the common one.

    ``cos_blind`` is cos(alpha/2), and -2 for alpha = 360, so that even a fish exactly behind is seen.
    """
    columns = (
        of_groups(parameters, "repulsion_radius"),
        of_groups(parameters, "orientation_radius"),
        of_groups(parameters, "attraction_radius"),
        [_blind_cosine(view) for view in of_groups(parameters, "field_of_view_deg")],
        [math.radians(rate * parameters.step) for rate in of_groups(parameters, "turn_rate_deg")],
        of_groups(parameters, "speed"),
        of_groups(parameters, "noise_rad"),
    )
    return Fish(*(np.repeat(column, sizes(parameters)) for column in columns))


def _blind_cosine(view: float) -> float:
    """Cosine of half the field of view, exact at 120, 180 and 240 degrees; -2 at 360."""
    exact = {120.0: 0.5, 180.0: 0.0, 240.0: -0.5, 360.0: -2.0}
    return exact.get(view, math.cos(math.radians(view / 2)))


class Body(Section):
    """A ball of fish: positions uniform in a sphere about the origin, or about the middle of a periodic box."""

    radius: Edge | None = Field(
        default=None, description="radius of the sphere; null: 0.9 n^(1/3) times the largest repulsion radius"
    )


class Ball(Body):
    """Random headings and positions in a sphere in which each fish detects at least one other."""

    kind: Literal["ball"]


class Uniform(Section):
    """Random headings, and positions uniform in the periodic box."""

    kind: Literal["uniform"]


class Mill(Body):
    """A ball in which each fish swims around a common axis."""

    kind: Literal["mill"]
    axis: Vector = Field(default=(0.0, 0.0, 1.0), description="axis of rotation, of any length")

    @model_validator(mode="after")
    def _axis_points_somewhere(self) -> Mill:
        if not any(self.axis):
            raise contradiction("axis", "found the zero vector, expected a direction")
        return self


class Ring(Section):
    """A ring about the z axis along which each fish swims, as in dewi-kadita's torus_init.

    Angles are evenly spaced with a jitter of 0.1 rad; distances from the axis vary by 0.15 of the radius, heights by
    0.3 of it, and the z component of the heading, before normalisation, by 0.1: all are Gaussian standard deviations.
    """

    kind: Literal["ring"]
    radius: Edge | None = Field(default=None, description="radius of the ring; null: a quarter of the box")


class Aligned(Body):
    """A ball in which all fish swim in one direction."""

    kind: Literal["aligned"]
    direction: Vector = Field(default=(1.0, 0.0, 0.0), description="common heading, of any length")

    @model_validator(mode="after")
    def _direction_points_somewhere(self) -> Aligned:
        if not any(self.direction):
            raise contradiction("direction", "found the zero vector, expected a direction")
        return self


BuiltIn = Ball | Uniform | Mill | Ring | Aligned
Initial = Annotated[BuiltIn | FileInitial, Field(discriminator="kind")]
