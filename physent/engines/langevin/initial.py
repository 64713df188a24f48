"""Initial positions, and the propulsion in its steady state."""

from __future__ import annotations

import math

import numpy as np

from physent.core.random import Purpose, normals, uniform_array
from physent.engines import EngineConfig
from physent.engines.langevin import parameters as declared
from physent.engines.langevin.interactions import diameter_of
from physent.engines.langevin.model import (
    CENTER,
    FIRST,
    MATRIX,
    SECOND,
    THIRD,
    UNIFORM,
    along,
    coefficients,
    table,
    temperatures,
)
from physent.typing import Floats

_PLACE, _MOTOR = 0, 4  # draws of a particle: one for each axis, and of its propulsion
_CELLS = 1 << 14  # of the table of a distribution function
_DEEP = 40.0  # energies above the lowest, in units of T, that are left out


def positions(config: EngineConfig) -> Floats:
    """Positions (axis, replica, particle) of a start that is no file; those of a replica depend on (seed, replica)."""
    parameters, initial = config.parameters, config.initial
    d, n = parameters.dimension, parameters.n
    out = np.empty((d, config.replicas, n))
    for r in range(config.replicas):
        stream = (config.seed, Purpose.INITIAL, r, 0, n)
        match initial:
            case declared.Point(at=at):
                out[:, r] = along(at, d)[:, None]
            case declared.Even():
                out[:, r] = [parameters.box_length * uniform_array(*stream, _PLACE + a) for a in range(d)]
            case declared.Lattice(jitter=jitter):
                side = math.ceil(round(n ** (1 / d), 9))
                spacing = parameters.box_length / side
                sites = np.argsort(uniform_array(config.seed, Purpose.INITIAL, r, 1, side**d), kind="stable")[:n]
                grid = np.stack(np.unravel_index(np.sort(sites), (side,) * d))
                shifts = [uniform_array(*stream, _PLACE + a) - 0.5 for a in range(d)]
                out[:, r] = spacing * (grid + 0.5 + 2 * jitter * np.array(shifts))
            case declared.Slab():
                out[:, r] = _slab(parameters, initial)
            case declared.Equilibrium():
                out[:, r] = _equilibrium(config, r)
            case _:
                raise TypeError(f"no start of type {type(initial).__name__}")
    return out


def _slab(parameters: declared.Parameters, initial: declared.Slab) -> Floats:
    """Positions (axis, n) of layers across the first axis, equal in all replicas."""
    d, n, length = parameters.dimension, parameters.n, parameters.box_length
    assert length is not None
    spacing = initial.spacing or diameter_of(parameters)
    side = max(1, int(length / spacing * (1 + 1e-9)))
    per_layer = side ** (d - 1)
    layer, place = np.divmod(np.arange(n), per_layer)
    rest = np.stack(np.unravel_index(place, (side,) * (d - 1))) + 0.5 if d > 1 else np.empty((0, n))
    height = spacing
    if d == 2:  # every other layer is shifted by half a spacing
        rest, height = rest + 0.5 * (layer % 2), spacing * math.sqrt(0.75)
    return np.vstack([0.5 * length + height * (layer - 0.5 * layer[-1])[None], rest * length / side])


def start_temperature(config: EngineConfig) -> Floats:
    """Temperature of an equilibrium start of each particle, (1,) or (n,)."""
    own = config.initial.temperature
    return temperatures(config.parameters)[0] if own is None else np.array([float(own)])


def gaussian(row: Floats, d: int) -> tuple[Floats, Floats]:
    """Mean (d,) and covariance over T (d, d) of exp(-(U - f.x)/T) in a linear system, f the uniform force."""
    inverse = np.linalg.inv(row[MATRIX : MATRIX + 9].reshape(3, 3)[:d, :d])
    return row[CENTER : CENTER + d] + inverse @ row[UNIFORM : UNIFORM + d], inverse


def _equilibrium(config: EngineConfig, replica: int) -> Floats:
    parameters = config.parameters
    d, n, length = parameters.dimension, parameters.n, parameters.box_length
    row = table(parameters, coefficients(parameters), 0, 0)[0]
    stream = (config.seed, Purpose.INITIAL, replica, 0, n)
    t = start_temperature(config)
    if isinstance(parameters.potential, declared.Harmonic | declared.Quadratic):
        mean, covariance = gaussian(row, d)
        z = np.array([normals(*stream, _PLACE + a) for a in range(d)])
        return np.asarray(mean[:, None] + np.sqrt(t) * (np.linalg.cholesky(covariance) @ z))
    u = np.array([uniform_array(*stream, _PLACE + a) for a in range(d)])
    match parameters.potential:
        case declared.Quartic():
            tilt = row[UNIFORM : UNIFORM + d].copy()
            tilt[0] += row[THIRD]
            return np.array([_inverse(u[a], _quartic(row[FIRST], row[SECOND], tilt[a], float(t[0]))) for a in range(d)])
        case declared.Cosine(period=period):
            x = np.linspace(0.0, period, _CELLS + 1)
            energy = row[FIRST] * np.cos(row[SECOND] * x)
            periods = 1.0 if length is None else round(length / period)
            whole = np.floor(periods * u[0])
            u[1:] *= 1.0 if length is None else length
            u[0] = period * whole + _inverse(periods * u[0] - whole, (x, np.exp((energy.min() - energy) / t[0])))
            return u
    return np.asarray(u * length)


def _quartic(a: float, b: float, tilt: float, t: float) -> tuple[Floats, Floats]:
    """Places and weights of exp(-(a x^4/4 + b x^2/2 - tilt x)/T) where it is not negligible."""
    half = 1.0
    while True:
        x = np.linspace(-half, half, _CELLS + 1)
        energy = (0.25 * a * x * x + 0.5 * b) * x * x - tilt * x
        depth = (energy - energy.min()) / t
        if min(depth[0], depth[-1]) > _DEEP:
            inside = np.flatnonzero(depth <= _DEEP)
            x = np.linspace(x[inside[0]], x[inside[-1]], _CELLS + 1)
            energy = (0.25 * a * x * x + 0.5 * b) * x * x - tilt * x
            return x, np.exp(-(energy - energy.min()) / t)
        half *= 2.0


def _inverse(u: Floats, law: tuple[Floats, Floats]) -> Floats:
    """Inverse of the distribution function of a law given by places and weights."""
    x, weight = law
    total = np.concatenate([[0.0], np.cumsum(weight[1:] + weight[:-1])])
    return np.interp(u * total[-1], total, x)


def motors(config: EngineConfig) -> Floats:
    """Propulsion (4, replica, particle): velocity, and direction in turns of active Brownian particles."""
    parameters, propulsion = config.parameters, config.parameters.propulsion
    d, n = parameters.dimension, parameters.n
    out = np.zeros((4, config.replicas, n))
    for r in range(config.replicas):
        stream = (config.seed, Purpose.INITIAL, r, 0, n)
        u = uniform_array(*stream, _MOTOR)
        match propulsion:
            case declared.OrnsteinUhlenbeck(speed=speed):
                out[:d, r] = [speed / math.sqrt(d) * normals(*stream, _MOTOR + a) for a in range(d)]
            case declared.RunAndTumble(speed=speed) if d == 1:
                out[0, r] = np.where(u < 0.5, -speed, speed)
            case declared.ActiveBrownian(speed=speed) | declared.RunAndTumble(speed=speed):
                height = 2 * uniform_array(*stream, _MOTOR + 1) - 1 if d == 3 else np.zeros(n)
                across = speed * np.sqrt(1 - height * height)
                out[:3, r] = across * np.cos(2 * np.pi * u), across * np.sin(2 * np.pi * u), speed * height
                out[3, r] = u
    return out
