"""Parameters and initial states of phase oscillators in a config."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field

from physent.declare import FileInitial, Integer, Items, NonNegative, Section, Step
from physent.engines.driving import Driving

# The index of an oscillator is a 32-bit word of the random number generator's counter.
MOST = 1 << 27
Number = Annotated[Integer, Field(ge=1, le=MOST)]
Value = Annotated[float, Field(ge=-1e75, le=1e75)]
NORM = (
    "degree: coupling K over the number of neighbours (over the sum of |weight| if edges have weights); edge: K for "
    "every edge"
)


class MeanField(Section):
    """Everyone is coupled to everyone, by K/n."""

    kind: Literal["mean_field"]


class Lattice(Section):
    """A grid of any dimension, each oscillator coupled to the next along every axis; the last axis runs fastest."""

    kind: Literal["lattice"]
    shape: Items[Number] = Field(min_length=1, max_length=8, description="numbers of oscillators along the axes")
    periodic: bool = Field(default=True, description="whether each axis is closed to a ring")
    coupling_norm: Literal["degree", "edge"] = Field(default="degree", description=NORM)


class Edges(Section):
    """An undirected graph from a text file: per line the indices of two oscillators from 0, and perhaps a weight."""

    kind: Literal["graph"]
    path: str = Field(min_length=1, description="text file of edges, relative to the working directory; # is a comment")
    coupling_norm: Literal["degree", "edge"] = Field(default="degree", description=NORM)


Network = Annotated[MeanField | Lattice | Edges, Field(discriminator="kind")]


class Identical(Section):
    """One frequency for all."""

    kind: Literal["identical"]
    center: Value = Field(default=0.0, description="the frequency")


class Distributed(Section):
    """A law of frequencies."""

    kind: Literal["lorentzian", "gaussian", "uniform", "bimodal"] = Field(
        description="Cauchy's law; the normal one; an interval; two frequencies, of half of the oscillators each"
    )
    center: Value = Field(default=0.0, description="centre of the law")
    width: NonNegative = Field(
        description="lorentzian: half width gamma at half the maximum; gaussian: standard deviation; uniform: half the "
        "length of the interval; bimodal: half the distance of the two"
    )
    sampling: Literal["quantile", "random"] = Field(
        default="quantile",
        description="quantile: the n quantiles (i + 1/2)/n, ascending in mean field, else in an order drawn for each "
        "replica; random: independent draws for each replica",
    )


class Listed(Section):
    """Frequencies one by one."""

    kind: Literal["list"]
    values: Items[Value] = Field(min_length=1, description="frequency of each oscillator")


Frequencies = Annotated[Identical | Distributed | Listed, Field(discriminator="kind")]


class Parameters(Section):
    """Network, coupling, frequencies and noise. Angles are in radians; time has no unit of its own."""

    n: Number | None = Field(
        default=None, description="number of oscillators; null: as many as the lattice has, or the edges name"
    )
    network: Network = Field(default=MeanField(kind="mean_field"), description="who is coupled to whom")
    coupling: Value = Field(description="coupling K; of identical ones in mean field, order sets in at K_c = 2 D")
    phase_lag: Annotated[float, Field(ge=-math.pi, le=math.pi)] = Field(
        default=0.0, description="phase lag alpha of Sakaguchi, radians"
    )
    temperature: NonNegative = Field(
        default=0.0, description="temperature D: each angle diffuses by <dtheta^2> = 2 D dt (k_B and mobility are 1)"
    )
    frequencies: Frequencies = Field(default=Identical(kind="identical"), description="natural frequencies omega")
    step: Step = Field(default=0.05, description="time step h; divides `schedule.every` and protocol times")
    driving: Driving = Field(default=())


class Uniform(Section):
    """Independent angles, uniform on the circle."""

    kind: Literal["uniform"]


class Aligned(Section):
    """One angle for all."""

    kind: Literal["aligned"]
    angle: Value = Field(default=0.0, description="the angle, radians")


class WrappedCauchy(Section):
    """Angles stratified by the wrapped Cauchy law, in random order: the manifold of Ott and Antonsen."""

    kind: Literal["wrapped_cauchy"]
    order: Annotated[float, Field(ge=0, lt=1)] = Field(description="order parameter r0 of the law; its phase is 0")


class VonMises(Section):
    """Angles stratified by the law of von Mises, in random order: equilibrium of rotors in mean field."""

    kind: Literal["von_mises"]
    concentration: Annotated[float, Field(ge=0, le=1e6)] = Field(
        description="concentration, K r / D in equilibrium; the phase is 0"
    )


class Twisted(Section):
    """Angles that grow evenly with the index, or along the first axis of a lattice."""

    kind: Literal["twisted"]
    winding: Annotated[Integer, Field(ge=-(2**31), le=2**31)] = Field(description="turns from end to end")


Initial = Annotated[Uniform | Aligned | WrappedCauchy | VonMises | Twisted | FileInitial, Field(discriminator="kind")]
