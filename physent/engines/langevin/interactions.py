"""Interactions of particles in a config: their keys, their numbers for kernels, contradictions, energies."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import numpy as np
from pydantic import Field

from physent.core import jit
from physent.core.cells import Grid
from physent.core.jit import njit
from physent.core.verlet import Pairs, Reach, arrange, list_pairs, reach_of, scratch, space_of
from physent.declare import FileInitial, Problem, Section
from physent.engines.langevin.pair_forces import HARMONIC, SOFTPLUS, SPRINGS, WCA, Potential, pair_energies, potential
from physent.typing import Floats

if TYPE_CHECKING:
    from physent.engines.langevin.parameters import Parameters

Size = Annotated[float, Field(gt=0, ge=1e-75, le=1e75)]

SKIN = 0.4
"""Skin of the Verlet list in diameters: lists last 30 to 100 steps, and longer ones hold too many pairs."""
CLOSEST = 0.9
"""Least spacing of a lattice of WCA discs, in diameters: the energy of a pair there is 10 epsilon."""


class Wca(Section):
    """U(r) = 4 epsilon [(d/r)^12 - (d/r)^6] + epsilon for r < 2^(1/6) d, d the diameter."""

    kind: Literal["wca"]
    epsilon: Size = Field(default=1.0, description="energy at r = diameter")
    diameter: Size = Field(default=1.0, description="diameter d")


class SoftDiscs(Section):
    """U(r) = stiffness (d - r)^2 / 2 for r < d, d the diameter."""

    kind: Literal["harmonic"]
    stiffness: Size = Field(default=1.0, description="stiffness k: the force is k times the overlap")
    diameter: Size = Field(default=1.0, description="diameter d: particles closer than that repel each other")


class Softplus(Section):
    """U(r) = stiffness ln(1 + exp[beta (d - r)]) / beta, d the diameter: a smooth form of stiffness (d - r)."""

    kind: Literal["softplus"]
    stiffness: Size = Field(default=1.0, description="force k of particles at distances well below the diameter")
    diameter: Size = Field(default=1.0, description="diameter d, at which the force is k/2")
    beta: Size = Field(description="inverse of the length over which the force vanishes; cut off at 16/beta beyond d")


class Springs(Section):
    """U = stiffness/2 sum_i |r_(i+1) - r_i|^2: a chain of the particles in their order (Rouse)."""

    kind: Literal["springs"]
    stiffness: Size = Field(default=1.0, description="stiffness k of the springs, whose rest length is 0")


Interaction = Annotated[Wca | SoftDiscs | Softplus | Springs, Field(discriminator="kind")]
Forces: TypeAlias = tuple[Potential, Reach]


def forces_of(parameters: Parameters) -> Forces:
    """The potential, and how far pairs are sought."""
    periods = [parameters.box_length or 0.0] * parameters.dimension
    match parameters.interaction:
        case Wca(epsilon=epsilon, diameter=diameter):
            pot = potential(WCA, epsilon, diameter)
        case SoftDiscs(stiffness=stiffness, diameter=diameter):
            pot = potential(HARMONIC, stiffness, diameter)
        case Softplus(stiffness=stiffness, diameter=diameter, beta=beta):
            pot = potential(SOFTPLUS, stiffness, diameter, beta)
        case Springs(stiffness=stiffness):
            # The list of springs never changes, so one cell will do, and no skin is ever used up.
            grid = Grid(np.ones(3), np.ones(3), np.ones(3, np.int64), np.zeros(3, np.int64))
            return potential(SPRINGS, stiffness, 0.0), Reach(space_of(periods), grid, np.inf, np.inf)
        case _:
            raise TypeError(f"no interaction of type {type(parameters.interaction).__name__}")
    return pot, reach_of(parameters.n, pot.cutoff, SKIN * pot.diameter, periods)


def diameter_of(parameters: Parameters) -> float:
    """Distance at which particles touch; 0 for points and chains."""
    return float(getattr(parameters.interaction, "diameter", 0.0))


def slab(parameters: Parameters, spacing: float | None) -> Floats:
    """Positions (axis, n) of layers across the first axis, in the middle of the box."""
    d, n, length = parameters.dimension, parameters.n, parameters.box_length
    assert length is not None
    height = spacing or diameter_of(parameters)
    side = max(1, int(length / height * (1 + 1e-9)))
    layer, place = np.divmod(np.arange(n), side ** (d - 1))
    rest = np.stack(np.unravel_index(place, (side,) * (d - 1))) + 0.5 if d > 1 else np.empty((0, n))
    if d == 2:  # every other layer is shifted by half a spacing
        rest, height = rest + 0.5 * (layer % 2), height * math.sqrt(0.75)
    return np.vstack([0.5 * length + height * (layer - 0.5 * layer[-1])[None], rest * length / side])


@njit
def partners(pot: Potential, reach: Reach, reference: Floats, pairs: Pairs, work: Any) -> Pairs:
    """The list for slots at ``reference`` (axes, >= n), sorted by cell; for springs the neighbours along the chain."""
    if pot.kind != SPRINGS:
        return list_pairs(reach, reference, pairs, work)
    joints = work.wrapped.shape[1] - 1
    for i in range(joints):
        pairs.first[i], pairs.second[i] = i, i + 1
    pairs.size[0] = joints
    return pairs


@njit
def _energies(first: int, last: int, pot: Potential, reach: Reach, position: Floats, out: Floats) -> None:
    axes, _, n = position.shape
    work, sums = scratch(n, axes, reach.grid), np.empty((2, n))
    points, who = np.empty((axes, n)), np.empty(n, np.int32)
    for replica in range(first, last):
        points[:] = position[:, replica]
        for i in range(n):
            who[i] = i
        if pot.kind != SPRINGS:
            arrange(reach, points, who, work)
        for slot in range(n):
            for a in range(axes):
                points[a, slot] = position[a, replica, who[slot]]
        pairs = Pairs(np.empty(4 * n, np.uint32), np.empty(4 * n, np.uint32), np.zeros(1, np.int64))
        sums[:] = 0.0
        pair_energies(pot, reach.space, points, partners(pot, reach, points, pairs, work), sums[0], sums[1])
        for slot in range(n):
            out[replica, who[slot]] = sums[0, slot]


def energies(parameters: Parameters, position: Floats) -> Floats:
    """Energy (replica, particle) at ``position`` (axis, replica, particle): half of that of the pairs of each."""
    out = np.zeros(position.shape[1:])
    jit.spread(_energies, len(out), *forces_of(parameters), np.ascontiguousarray(position), out)
    return out


def problems(config: Any) -> Iterator[Problem]:
    """Contradictions between the interaction and the rest of a config."""
    p, initial = config.parameters, config.initial
    if p.interaction is None:
        return
    kind, diameter, length = p.interaction.kind, diameter_of(p), p.box_length
    if p.integrator == "exact":
        yield Problem(("parameters", "integrator"), f"found exact with interaction {kind}, expected heun or euler")
    if kind == "springs":
        if length is not None:
            yield Problem(("parameters", "box_length"), f"found {length} with interaction springs, expected null")
        if p.n < 2:
            yield Problem(("parameters", "n"), f"found {p.n} with interaction springs, expected at least 2")
    elif length is not None:
        reach = diameter * 2 ** (1 / 6) if kind == "wca" else diameter
        reach += 16.0 / p.interaction.beta if kind == "softplus" else 0.0
        if length < 2 * reach:
            message = f"found {length}, expected at least {2 * reach:.6g}, twice the range of interaction {kind}"
            yield Problem(("parameters", "box_length"), message)
    if isinstance(initial, FileInitial):
        return
    starts = {"point"} if kind == "springs" else {"lattice", "slab"} | ({"uniform"} if kind != "wca" else set())
    if initial.kind not in starts:
        expected = " or ".join(sorted(starts))
        yield Problem(
            ("initial", "kind"), f"found {initial.kind} with interaction {kind}, expected {expected}, or file"
        )
    elif initial.kind == "lattice" and length is not None:
        spacing = length / math.ceil(round(p.n ** (1 / p.dimension), 9))
        if kind == "wca" and spacing < CLOSEST * diameter:
            message = f"found a lattice of spacing {spacing:.6g}, expected at least {CLOSEST} diameters; slab is denser"
            yield Problem(("initial", "kind"), message)
    elif initial.kind == "slab" and length is not None:
        height = initial.spacing or diameter
        side = max(1, int(length / height * (1 + 1e-9)))
        layers = -(-p.n // side ** (p.dimension - 1))
        if layers * height * (math.sqrt(0.75) if p.dimension == 2 else 1.0) > length * (1 + 1e-9):
            message = (
                f"found {p.n} particles, which do not fit at the spacing {height:g}: {layers} layers exceed the box"
            )
            yield Problem(("initial", "spacing" if initial.spacing else "kind"), message)
