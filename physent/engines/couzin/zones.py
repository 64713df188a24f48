"""Steps of zonal models of swarms in three dimensions: Couzin et al. (2002), and its form in dewi-kadita.

A fish reacts to the others by their distance: it swims away from those in its zone of repulsion; if there are none,
it aligns with those in its zone of orientation and swims towards those in its zone of attraction. All fish move at
once. Each sums over its own neighbours (a gather), in an order that follows only from the state: results depend neither
on threads nor on how the work is divided.

Columns of a swarm: three of position, three of heading (a unit vector).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from physent.core.jit import njit, njit_fast, njit_fast_inline, njit_inline
from physent.core.random import normal_pair
from physent.core.rotate import deflect, turn
from physent.typing import Floats, Integers

COUZIN2002, DEWI_KADITA = 0, 1
"""Rules."""

REPULSION2, ORIENTATION2, ATTRACTION2, BLIND, TURN, COS_TURN, SIN_TURN, STRIDE, NOISE = range(9)
"""Columns of a table of kinds: squared radii, cosine of the largest angle to a visible fish, turn per step
(radians, its cosine and sine), path per step, noise per step (radians)."""

LANES = 16
"""Candidates are padded to a multiple of this, two vectors of eight, so that the loop over them has no remainder."""

FAR = 1e150
"""Coordinate of the padding: beyond every radius, but its square is finite."""

_VANISHING = 1e-10
"""Length below which a sum of unit vectors is round-off: the fish keeps its heading."""


class Model(NamedTuple):
    """Constants of a config."""

    rule: int
    weight: float  # of the zone of orientation; 1 in the rule of 2002
    length: float  # of the periodic cube; 0: unbounded
    kinds: Floats  # (kinds, 9)
    kind: Integers  # (n,) by fish


@njit_fast_inline
def zone_of(
    dx: float,
    dy: float,
    dz: float,
    r2: float,
    scale: float,
    ux: float,
    uy: float,
    uz: float,
    zones: tuple[float, float, float, float],
    rear_repels: bool,
) -> tuple[bool, bool, bool]:
    """Whether the fish at (dx, dy, dz) from one with heading u repels it, aligns it, attracts it: at most one of them.

    ``r2`` is the squared distance, and ``scale`` the inverse of the distance, infinite for the fish itself; ``zones``
    as in `zone_sums`.
    """
    repulsion2, orientation2, attraction2, blind = zones
    seen = (dx * ux + dy * uy + dz * uz) * scale > blind
    other = r2 > 0.0  # the fish itself is left out of every sum
    close = other & (r2 < repulsion2) & (seen | rear_repels)
    aligns = other & seen & (r2 >= repulsion2) & (r2 < orientation2)
    attracts = other & seen & (r2 >= repulsion2) & (r2 >= orientation2) & (r2 < attraction2)
    return close, aligns, attracts


@njit_fast_inline
def weigh(
    dx: float,
    dy: float,
    dz: float,
    r2: float,
    scale: float,
    ux: float,
    uy: float,
    uz: float,
    zones: tuple[float, float, float, float],
    weight: float,
    rear_repels: bool,
) -> tuple[bool, float, float, float]:
    """Whether a fish repels (`zone_of`), and its weights in three sums.

    They are those of its displacement in the sum of repulsion, of its displacement in that of attraction, and of its
    heading.
    """
    close, aligns, attracts = zone_of(dx, dy, dz, r2, scale, ux, uy, uz, zones, rear_repels)
    # Masks instead of branches: every candidate takes the same path, so that the loop over them vectorises.
    return close, scale if close else 0.0, scale if attracts else 0.0, weight if aligns else 0.0


@njit_fast
def zone_sums(
    near: Floats,
    count: int,
    me: tuple[float, float, float, float, float, float],
    zones: tuple[float, float, float, float],
    weight: float,
    rear_repels: bool,
) -> tuple[float, float, float, float, float, float, float]:
    """Sums of one fish over ``count`` candidates, a multiple of `LANES`: (repelling, repulsion xyz, response xyz).

    ``near`` (6, >= count) has positions and headings; ``me`` is position and heading, ``zones`` three squared
    radii and the cosine of the largest visible angle. All sums are of unit vectors; response is attraction plus weight
    times orientation. A candidate at exactly the same place, such as the fish itself, is left out.
    """
    x, y, z, ux, uy, uz = me
    repelling = ax = ay = az = bx = by = bz = 0.0
    for j in range(count // LANES * LANES):
        dx, dy, dz = near[0, j] - x, near[1, j] - y, near[2, j] - z
        r2 = dx * dx + dy * dy + dz * dz
        close, repel, attract, align = weigh(dx, dy, dz, r2, 1.0 / np.sqrt(r2), ux, uy, uz, zones, weight, rear_repels)
        repelling += 1.0 if close else 0.0
        ax -= repel * dx
        ay -= repel * dy
        az -= repel * dz
        bx += attract * dx + align * near[3, j]
        by += attract * dy + align * near[4, j]
        bz += attract * dz + align * near[5, j]
    return repelling, ax, ay, az, bx, by, bz


@njit_inline
def respond(
    rule: int,
    ux: float,
    uy: float,
    uz: float,
    sums: tuple[float, float, float, float, float, float, float],
    largest: tuple[float, float, float],
    noise: float,
    key: np.uint64,
    step: int,
    fish: int,
) -> tuple[float, float, float]:
    """New heading of a fish with heading (ux, uy, uz), from its sums (`zone_sums`).

    ``largest`` is the turn per step, its cosine and its sine.
    """
    repelling, x, y, z, bx, by, bz = sums
    if repelling == 0.0:  # repulsion has priority: other zones count only if nobody is too close
        x, y, z = bx, by, bz
    length = np.sqrt(x * x + y * y + z * z)
    if length < _VANISHING:
        x, y, z = ux, uy, uz
    else:
        scale = 1.0 / length
        x, y, z = x * scale, y * scale, z * scale
    most, cosine, sine = largest
    # dewi-kadita adds noise after the turn, Couzin et al. before it, so that the largest turn limits the noise too.
    if rule == DEWI_KADITA:
        x, y, z = _interpolate(ux, uy, uz, x, y, z, most)
        return _shake(x, y, z, noise, key, step, fish) if noise > 0.0 else (x, y, z)
    if noise > 0.0:
        x, y, z = deflect(x, y, z, noise, key, step, fish)
    return turn(ux, uy, uz, x, y, z, cosine, sine)


@njit
def _interpolate(
    ux: float, uy: float, uz: float, x: float, y: float, z: float, largest: float
) -> tuple[float, float, float]:
    """Unit vector u turned towards (x, y, z) by normalised linear interpolation, as in dewi-kadita 0.0.4."""
    angle = np.arccos(min(1.0, max(-1.0, ux * x + uy * y + uz * z)))
    if angle < 1e-10:
        return ux, uy, uz
    if angle <= largest:
        return x, y, z
    # Linear, as in the package, not along the great circle: so the turn is only approximately `largest`.
    t = largest / angle
    x, y, z = ux * (1.0 - t) + x * t, uy * (1.0 - t) + y * t, uz * (1.0 - t) + z * t
    length = np.sqrt(x * x + y * y + z * z)
    return (x / length, y / length, z / length) if length > 1e-10 else (ux, uy, uz)


@njit
def _shake(
    x: float, y: float, z: float, noise: float, key: np.uint64, step: int, fish: int
) -> tuple[float, float, float]:
    """Unit vector with a Gaussian number added to each component, normalised, as in dewi-kadita 0.0.4."""
    first, second = normal_pair(key, step, fish, 0)
    third, _ = normal_pair(key, step, fish, 1)
    x, y, z = x + noise * first, y + noise * second, z + noise * third
    length = np.sqrt(x * x + y * y + z * z)
    return (x / length, y / length, z / length) if length > 1e-10 else (x, y, z)


@njit_inline
def update(
    rule: int,
    weight: float,
    length: float,
    kinds: Floats,
    kind: int,
    fish: int,
    old: Floats,
    slot: int,
    near: Floats,
    count: int,
    out: Floats,
    key: np.uint64,
    step: int,
) -> None:
    """New position and heading of the fish in one slot, from its candidates (padded) to ``out`` (6, n)."""
    x, y, z, ux, uy, uz = old[0, slot], old[1, slot], old[2, slot], old[3, slot], old[4, slot], old[5, slot]
    zones = kinds[kind, REPULSION2], kinds[kind, ORIENTATION2], kinds[kind, ATTRACTION2], kinds[kind, BLIND]
    sums = zone_sums(near, count, (x, y, z, ux, uy, uz), zones, weight, rule == COUZIN2002)
    largest = kinds[kind, TURN], kinds[kind, COS_TURN], kinds[kind, SIN_TURN]
    hx, hy, hz = respond(rule, ux, uy, uz, sums, largest, kinds[kind, NOISE], key, step, fish)
    stride = kinds[kind, STRIDE]
    out[0, slot] = wrap(x + stride * hx, length)
    out[1, slot] = wrap(y + stride * hy, length)
    out[2, slot] = wrap(z + stride * hz, length)
    out[3, slot], out[4, slot], out[5, slot] = hx, hy, hz


@njit_inline
def wrap(x: float, length: float) -> float:
    """Coordinate in [0, length); unchanged if length is 0."""
    if length == 0.0:
        return x
    inside = x - length * np.floor(x / length)
    # A tiny negative x rounds to length itself, which is the same point as 0.
    return inside if 0.0 <= inside < length else 0.0


@njit
def padded(count: int) -> int:
    """``count`` rounded up to a multiple of `LANES`."""
    return (count + LANES - 1) // LANES * LANES


@njit
def pad(near: Floats, count: int) -> int:
    """Pad candidates to a multiple of `LANES` with points beyond all radii; returns the new count."""
    full = padded(count)
    for row in range(6):
        for j in range(count, full):
            near[row, j] = FAR if row < 3 else 0.0
    return full
