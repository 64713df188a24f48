"""Initial states of the gas: discs in equilibrium in a part of the box, and their velocities.

The ideal gas is uniform. Up to a packing fraction phi = 0.025 of the region the discs are inserted at random, one after
the other. That is not quite equilibrium: to first order in phi the pair correlation is 1 + (2/3) n A(r) instead
of 1 + n A(r), with A the overlap of two excluded discs: 1 + 1.04 phi instead of 1 + 1.56 phi at contact. (Of
three discs, the pair inserted first is not affected by the third; the other two pairs are as in equilibrium.) A few
collisions per disc remove the difference.

At higher phi, discs start from random insertion (up to 0.3) or a triangular lattice, and collide 20 to 100 times each
inside the region, whose edges are hard walls unless it fills a periodic box; then new velocities are drawn.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from physent.core import jit
from physent.core.random import Purpose, normals, stream_key, uniform_array
from physent.engines import Arrays, EngineConfig
from physent.engines.hard_discs import arrays, discs, packing
from physent.engines.hard_discs.arrays import rectangle_of
from physent.engines.hard_discs.given import check
from physent.engines.hard_discs.parameters import diameter_of, region_of
from physent.engines.hard_discs.state import begin, phase_points
from physent.errors import RunError
from physent.theory.kinetic import contact_value
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
"""Steps of the stream of initial states."""

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
    velocity = np.array([velocities(config, replica, kind, _VELOCITIES) for replica in replicas])
    sides, diameter = region_of(config.parameters, config.initial), diameter_of(config.parameters)
    phi = config.parameters.n * math.pi * diameter**2 / (4.0 * sides[0] * sides[1])
    position = np.array([positions(config, replica, phi) for replica in replicas])
    if phi > DILUTE:
        melting = np.array([velocities(config, replica, "maxwell", _MELTING) for replica in replicas])
        position = _melted(config, position, melting, phi)
    return position, velocity


def region_walls(config: Any) -> tuple[bool, bool]:
    """Axes along which the starting region ends at walls: all but those along which it fills a periodic box."""
    sides, length = region_of(config.parameters, config.initial), config.parameters.box_length
    walled = config.parameters.boundary == "walls"
    return walled or sides[0] < length, walled or sides[1] < length


def velocities(config: EngineConfig, replica: int, kind: str, step: int) -> Floats:
    """Velocities (n, 2) of zero total momentum and kinetic energy n T, both to round-off."""
    n, temperature = config.parameters.n, config.parameters.temperature
    if kind == "maxwell":
        v = normals(config.seed, Purpose.INITIAL, replica, step, 2 * n).reshape(n, 2)
    else:
        angle = 2 * np.pi * uniform_array(config.seed, Purpose.INITIAL, replica, step, n)
        v = np.column_stack([np.cos(angle), np.sin(angle)])
    v -= v.mean(axis=0)
    return np.asarray(v * math.sqrt(2.0 * n * temperature / np.sum(v * v)))


def positions(config: EngineConfig, replica: int, phi: float) -> Floats:
    """Centres (n, 2) in the starting region before any melting; ``phi`` is its packing fraction."""
    n, diameter = config.parameters.n, diameter_of(config.parameters)
    sides, walls = region_of(config.parameters, config.initial), region_walls(config)
    if not diameter:
        drawn = uniform_array(config.seed, Purpose.INITIAL, replica, _INSERTION, 2 * n)
        return np.asarray(drawn.reshape(n, 2) * sides)
    if phi > LOOSE:
        sites, _ = packing.triangular_lattice(n, sides, walls, diameter)
        order = np.argsort(uniform_array(config.seed, Purpose.INITIAL, replica, _SITES, len(sites)))
        return np.ascontiguousarray(sites[order[:n]])
    box = rectangle_of(n, sides, walls, diameter, 0.0)
    centres = np.empty((n, 2))
    placed = packing.insert_discs(
        stream_key(config.seed, Purpose.INITIAL, replica),
        _INSERTION,
        np.array(sides),
        np.array(walls),
        diameter,
        np.empty((box.mx, box.my), dtype=np.int32),
        np.empty(n, dtype=np.int32),
        centres,
    )
    if placed < n:
        raise RunError(f"replica {replica}: only {placed} of {n} discs found room at the start, expected all")
    return centres


def _collisions(phi: float) -> int:
    """Mean number of collisions per disc before the start, at the packing fraction ``phi`` of the region."""
    if phi <= LOOSE:
        return COLLISIONS_WHEN_LOOSE
    return COLLISIONS_WHEN_DENSE if phi <= MELTS_FAST else COLLISIONS_WHEN_NEARLY_FROZEN


def _melted(config: EngineConfig, position: Floats, velocity: Floats, phi: float) -> Floats:
    """Positions after the collisions inside the region that its packing fraction ``phi`` requires."""
    n, temperature = config.parameters.n, config.parameters.temperature
    sides, diameter = region_of(config.parameters, config.initial), diameter_of(config.parameters)
    rate = 2 * math.sqrt(math.pi * temperature) * n / (sides[0] * sides[1]) * diameter * float(contact_value(phi))
    duration = _collisions(phi) / rate
    box = rectangle_of(n, sides, region_walls(config), diameter, 0.0)
    state = begin(config.parameters, box, position, velocity, 0.0)
    while not state.counts[:, arrays.REACHED].all():
        jit.spread(discs.run, len(position), state.gas, box, duration, _SLICE)
    state.time = duration
    return phase_points(state)[0]
