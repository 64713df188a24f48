"""Positions and velocities that are handed over: their shape, and that no discs overlap."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from physent.engines import Arrays
from physent.engines.hard_discs.state import Reals, Setup
from physent.errors import UsageError


def checked(setup: Setup, given: Arrays, replicas: int) -> tuple[Reals, Reals]:
    """Positions and velocities (replica, particle, axis); UsageError where the gas cannot be in that state.

    A distance may fall short by what round-off explains: a stored frame can hold discs in contact.
    """
    position, velocity = (_shaped(given, name, replicas, setup.n) for name in ("position", "velocity"))
    slack = setup.tolerance * setup.diameter if setup.diameter else 0.0
    for axis, (side, wall) in enumerate(zip(setup.sides, setup.walls, strict=True)):
        low = setup.diameter / 2 - slack if wall else 0.0
        outside = (position[..., axis] < low) | (position[..., axis] > side - low)
        if outside.any():
            replica, disc = divmod(int(np.argmax(outside)), setup.n)
            raise UsageError(
                f"position of disc {disc}, replica {replica} is {position[replica, disc, axis]:.17g} along "
                f"axis {axis}, expected within [{low:.10g}, {side - low:.10g}]"
            )
    if setup.diameter:
        for replica in range(replicas):
            _refuse_overlap(setup, position[replica], replica, setup.diameter - slack)
    return position, velocity


def _shaped(given: Arrays, name: str, replicas: int, n: int) -> Reals:
    values = np.asarray(given[name], dtype=np.float64)
    if values.shape not in ((n, 2), (replicas, n, 2)):
        raise UsageError(
            f"{name} has shape {values.shape}, "
            f"expected (particle, axis) = {(n, 2)} or (replica, particle, axis) = {(replicas, n, 2)}"
        )
    if not np.isfinite(values).all():
        raise UsageError(f"{name} holds a value that is not finite")
    return np.broadcast_to(values, (replicas, n, 2))


def _refuse_overlap(setup: Setup, position: Reals, replica: int, least: float) -> None:
    period = [0.0 if wall else side for side, wall in zip(setup.sides, setup.walls, strict=True)]
    inside = np.where((np.array(period) > 0) & (position >= setup.sides), 0.0, position)
    pairs = cKDTree(inside, boxsize=period).query_pairs(least, output_type="ndarray")
    if len(pairs):
        i, j = min(map(tuple, pairs.tolist()))
        apart = np.abs(inside[i] - inside[j])
        apart = np.where(np.array(period) > 0, np.minimum(apart, np.array(setup.sides) - apart), apart)
        raise UsageError(
            f"discs {i} and {j} of replica {replica} overlap: their centres are {np.hypot(*apart):.10g} apart, "
            f"expected at least the diameter {setup.diameter:.10g}"
        )
