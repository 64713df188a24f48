"""Initial schools: positions and unit headings."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from physent.core.random import Purpose, normals, uniform_array
from physent.engines import EngineConfig
from physent.engines.couzin import parameters as declared
from physent.errors import RunError
from physent.typing import Booleans, Floats

ROUNDS = 1000
"""Number of times that fish which detect no other are redrawn before the run gives up."""

# Draws of a fish within one round.
_HEIGHT, _AZIMUTH, _DISTANCE, _HEADING_HEIGHT, _HEADING_AZIMUTH, _SCATTER = range(6)


class _Draws:
    """Random numbers of the fish of one replica; those of fish i do not depend on the number of fish."""

    def __init__(self, config: EngineConfig, replica: int) -> None:
        self._stream = (config.seed, Purpose.INITIAL, replica)
        self._count = config.parameters.n

    def uniform(self, draw: int, step: int = 0) -> Floats:
        return uniform_array(*self._stream, step, self._count, draw)

    def normal(self, draw: int, step: int = 0) -> Floats:
        return normals(*self._stream, step, self._count, draw)

    def direction(self, height: int, azimuth: int, step: int = 0) -> Floats:
        """Isotropic unit vectors (n, 3): uniform height on the sphere (Archimedes), uniform azimuth."""
        z = 2 * self.uniform(height, step) - 1
        angle = 2 * np.pi * self.uniform(azimuth, step)
        across = np.sqrt((1 - z) * (1 + z))
        return _unit(np.column_stack([across * np.cos(angle), across * np.sin(angle), z]))

    def ball(self, radius: float, step: int = 0) -> Floats:
        """Positions (n, 3) uniform in a sphere about the origin."""
        distance = radius * np.cbrt(self.uniform(_DISTANCE, step))
        return self.direction(_HEIGHT, _AZIMUTH, step) * distance[:, None]

    def heading(self, step: int = 0) -> Floats:
        return self.direction(_HEADING_HEIGHT, _HEADING_AZIMUTH, step)


def start(config: EngineConfig, replica: int) -> tuple[Floats, Floats]:
    """Position and unit heading of each fish of one replica, float64 (n, 3) both.

    A function of (seed, replica) and the config. In a periodic box positions lie in [0, L). Raises RunError if no
    ball is found in which each fish detects another, TypeError for `file`, whose arrays the engine receives instead.
    """
    parameters, initial = config.parameters, config.initial
    draws = _Draws(config, replica)
    length = parameters.box_length
    match initial:
        case declared.Ball():
            position, heading = _ball(draws, parameters, radius_of(initial, parameters))
        case declared.Uniform() if length is not None:
            # The three draws that other kinds use for a position in a ball.
            u = [draws.uniform(draw) for draw in (_HEIGHT, _AZIMUTH, _DISTANCE)]
            return _wrapped(np.column_stack(u) * length, length), draws.heading()
        case declared.Mill():
            position = draws.ball(radius_of(initial, parameters))
            heading = _around(position, _unit(np.array([initial.axis]))[0], draws.heading())
        case declared.Ring():
            position, heading = _ring(draws, radius_of(initial, parameters))
        case declared.Aligned():
            position = draws.ball(radius_of(initial, parameters))
            heading = np.repeat(_unit(np.array([initial.direction])), parameters.n, axis=0)
        case _:
            raise TypeError(f"no start of type {type(initial).__name__}")
    return (position if length is None else _wrapped(position + length / 2, length)), heading


def radius_of(initial: declared.Body | declared.Ring, parameters: declared.Parameters) -> float:
    """Radius of the initial school, in units of length; 0 if there is no default, which `checks` rejects."""
    if initial.radius is not None:
        return initial.radius
    if isinstance(initial, declared.Ring):
        return (parameters.box_length or 0.0) / 4
    return float(0.9 * np.cbrt(parameters.n) * max(declared.of_groups(parameters, "repulsion_radius")))


def _ball(draws: _Draws, parameters: declared.Parameters, radius: float) -> tuple[Floats, Floats]:
    fish = declared.expand(parameters)
    position, heading = draws.ball(radius), draws.heading()
    for attempt in range(1, ROUNDS + 1):
        lonely = ~detects(position, heading, fish)
        if parameters.n == 1 or not lonely.any():
            return position, heading
        position[lonely] = draws.ball(radius, attempt)[lonely]
        heading[lonely] = draws.heading(attempt)[lonely]
    raise RunError(
        f"initial.radius: found {radius:.6g}, at which {int(lonely.sum())} of {parameters.n} fish detect no other "
        f"after {ROUNDS} attempts; expected a smaller radius, or larger zones"
    )


def detects(position: Floats, heading: Floats, fish: declared.Fish) -> Booleans:
    """Whether each fish has another within its repulsion radius, or visible within its attraction radius, (n,)."""
    count = len(position)
    found = np.zeros(count, dtype=bool)
    if count == 1:
        return found
    tree, near = cKDTree(position), 2
    while not found.all():
        near = min(4 * near, count)  # nearest first: nearly every fish needs only a few of them
        rest = np.flatnonzero(~found)
        distance, other = tree.query(position[rest], k=near)
        ahead = np.einsum("ijk,ik->ij", position[other] - position[rest][:, None], heading[rest])
        seen = (distance < fish.attraction[rest, None]) & (ahead > fish.cos_blind[rest, None] * distance)
        seen |= distance < fish.repulsion[rest, None]
        found[rest] = (seen & (other != rest[:, None])).any(axis=1)
        if near == count or (distance[:, -1] >= fish.attraction[rest]).all():
            break
    return found


def _around(position: Floats, axis: Floats, spare: Floats) -> Floats:
    """Unit headings along axis x position; on the axis itself, in the random direction ``spare`` across it."""
    across = np.cross(axis, position)
    on_axis = np.linalg.norm(across, axis=1) < 1e-9 * np.linalg.norm(position, axis=1).max(initial=0.0)
    across[on_axis] = np.cross(axis, spare[on_axis])
    return _unit(across)


def _ring(draws: _Draws, radius: float) -> tuple[Floats, Floats]:
    jitter, outward, height, climb = (draws.normal(_SCATTER + slot) for slot in range(4))
    count = len(jitter)
    angle = 2 * np.pi * np.arange(count) / count + 0.1 * jitter
    distance = radius * (1 + 0.15 * outward)
    position = np.column_stack([distance * np.cos(angle), distance * np.sin(angle), 0.3 * radius * height])
    return position, _unit(np.column_stack([-np.sin(angle), np.cos(angle), 0.1 * climb]))


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def _wrapped(position: Floats, length: float) -> Floats:
    inside = np.mod(position, length)
    return np.where(inside < length, inside, 0.0)
