"""Initial states of the gas: discs in equilibrium in a part of the box, and their velocities.

The ideal gas is uniform. Up to a packing fraction phi = 0.025 of the region the discs are inserted at random, one after
the other. That is not quite equilibrium: to first order in phi the pair correlation is 1 + (2/3) n A(r) instead
of 1 + n A(r), with A the overlap of two excluded discs: 1 + 1.04 phi instead of 1 + 1.56 phi at contact. (Of
three discs, the pair inserted first is not affected by the third; the other two pairs are as in equilibrium.) A few
collisions per disc remove the difference.

At higher phi, discs start from random insertion (up to 0.3) or a triangular lattice, and collide 20 to 100 times each
inside the region, whose edges are hard walls unless it fills a periodic box; then new velocities are drawn. Discs of
unequal size are inserted, the largest first, up to 0.48. All masses are 1 meanwhile: heavy discs would be slow.
"""

from __future__ import annotations

import math

import numpy as np

from physent.core import jit
from physent.core.random import Purpose, normals, stream_key, uniform_array
from physent.engines import Arrays, EngineConfig
from physent.engines.hard_discs import arrays, discs, packing
from physent.engines.hard_discs.arrays import rectangle_of
from physent.engines.hard_discs.given import check
from physent.engines.hard_discs.parameters import Parameters, mixture_of
from physent.engines.hard_discs.regions import Region, regions
from physent.engines.hard_discs.state import begin, phase_points
from physent.errors import RunError
from physent.typing import Floats

DILUTE = 0.025
LOOSE = 0.3
MELTS_FAST = 0.52
COLLISIONS_WHEN_LOOSE, COLLISIONS_WHEN_DENSE, COLLISIONS_WHEN_NEARLY_FROZEN = 20, 30, 100
"""Mean number of collisions per disc before the start: from random insertion, and from a lattice.

Measured with 1e4 discs from the lattice: compressibility and bond order reach equilibrium after 10 collisions at
phi = 0.35 and 0.5, after 50 at 0.6, after 100 at 0.65.
"""

_VELOCITIES, _INSERTION, _SITES, _MELTING = range(4)
"""Steps of the stream of initial states; each further region has four more."""

_SLICE = 200_000


def phase_space_point(config: EngineConfig, given: Arrays | None = None) -> tuple[Floats, Floats]:
    """Positions and velocities (replica, particle, axis) of `initial`, or the ``given`` ones; float64 arrays.

    Replica r depends only on (seed, r). Raises RunError if there is no room for all discs, UsageError if given discs
    overlap.
    """
    if given is not None:
        check(config.parameters, given["position"])
        return given["position"], given["velocity"]
    kind, replicas = config.initial.velocities, range(config.replicas)
    drawn = [velocities(config.parameters, config.seed, r, kind, _VELOCITIES) for r in replicas]
    placed = [_placed(region, config, 4 * index) for index, region in enumerate(regions(config))]
    return np.concatenate(placed, axis=1), np.array(drawn)


def velocities(parameters: Parameters, seed: int, replica: int, kind: str, step: int) -> Floats:
    """Velocities (n, 2): of every species zero total momentum and kinetic energy N_a T_a, both to round-off."""
    n = parameters.n
    if kind == "maxwell":
        v = normals(seed, Purpose.INITIAL, replica, step, 2 * n).reshape(n, 2)
    else:
        angle = 2 * np.pi * uniform_array(seed, Purpose.INITIAL, replica, step, n)
        v = np.column_stack([np.cos(angle), np.sin(angle)])
    first, (numbers, masses, _, temperatures) = 0, mixture_of(parameters)
    for number, mass, temperature in zip(numbers.tolist(), masses.tolist(), temperatures.tolist(), strict=True):
        own = v[first : first + number]
        own -= own.mean(axis=0)
        own *= math.sqrt(2.0 * number * temperature / (mass * np.sum(own * own)))
        first += number
    return np.asarray(v)


def _placed(region: Region, config: EngineConfig, step: int) -> Floats:
    """Centres (replica, disc, axis) of the discs of a region in equilibrium."""
    covered, gas = region.covered, region.parameters
    position = np.array([positions(region, config.seed, r, covered, step) for r in range(config.replicas)])
    if covered > DILUTE:
        drawn = [velocities(gas, config.seed, r, "maxwell", step + _MELTING) for r in range(config.replicas)]
        position = _melted(region, position, np.array(drawn), covered)
    if region.left:
        position[:, :, 0] += region.left
    return position


def positions(region: Region, seed: int, replica: int, covered: float, step: int = 0) -> Floats:
    """Centres (n, 2) in a region that begins at 0, before any melting; ``covered`` is its packing fraction."""
    n, sides, walls, mixture = region.parameters.n, region.sides, region.walls, region.mixture
    largest = float(mixture.diameter.max())
    if not largest:
        drawn = uniform_array(seed, Purpose.INITIAL, replica, step + _INSERTION, 2 * n)
        return np.asarray(drawn.reshape(n, 2) * sides)
    if covered > LOOSE and region.is_of_equal_discs:
        sites, _ = packing.triangular_lattice(n, sides, walls, largest)
        order = np.argsort(uniform_array(seed, Purpose.INITIAL, replica, step + _SITES, len(sites)))
        return np.ascontiguousarray(sites[order[:n]])
    box = rectangle_of(n, sides, walls, largest, 0.0)
    diameters = mixture.diameter[mixture.species]
    order = np.argsort(-diameters, kind="stable")  # the largest first: later they would find no room
    centres = np.empty((n, 2))
    placed = packing.insert_discs(
        stream_key(seed, Purpose.INITIAL, replica),
        step + _INSERTION,
        np.array(sides),
        np.array(walls),
        diameters[order],
        np.empty((box.mx, box.my), dtype=np.int32),
        np.empty(n, dtype=np.int32),
        centres,
    )
    if placed < n:
        raise RunError(f"replica {replica}: only {placed} of {n} discs found room at the start, expected all")
    found = np.empty_like(centres)
    found[order] = centres
    return found


def _collisions(phi: float) -> int:
    """Mean number of collisions per disc before the start, at the packing fraction ``phi`` of the region."""
    if phi <= LOOSE:
        return COLLISIONS_WHEN_LOOSE
    return COLLISIONS_WHEN_DENSE if phi <= MELTS_FAST else COLLISIONS_WHEN_NEARLY_FROZEN


def _melted(region: Region, position: Floats, velocity: Floats, covered: float) -> Floats:
    """Positions after the collisions inside the region that its packing fraction requires."""
    duration = _collisions(covered) / region.collision_rate
    largest = float(region.mixture.diameter.max())
    box = rectangle_of(region.parameters.n, region.sides, region.walls, largest, 0.0)
    state = begin(region.parameters, box, position, velocity, 0.0)
    while not state.counts[:, arrays.REACHED].all():
        jit.spread(discs.run, len(position), state.gas, box, duration, _SLICE)
    state.time = duration
    return phase_points(state)[0]
