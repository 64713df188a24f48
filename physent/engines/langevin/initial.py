"""Initial positions, and the propulsion in its steady state."""

from __future__ import annotations

import math

import numpy as np

from physent.core.jit import njit
from physent.core.mathfun import sincos_turn
from physent.core.random import Purpose, fill_normals, fill_uniforms, stream_key
from physent.engines import EngineConfig
from physent.engines.langevin import parameters as declared
from physent.engines.langevin.interactions import slab
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
from physent.engines.langevin.noise import Keys
from physent.typing import Floats

_PLACE, _MOTOR, _SITES = 0, 4, 8  # draws of a particle: one per axis, and of its propulsion; of the sites of a lattice
_CELLS = 1 << 14  # of the table of a distribution function
_DEEP = 40.0  # energies above the lowest, in units of T, that are left out


@njit
def _fill(keys: Keys, draw: int, gaussian: bool, out: Floats) -> None:
    for r in range(len(keys)):
        if gaussian:
            fill_normals(keys[r], 0, draw, out[r])
        else:
            fill_uniforms(keys[r], 0, draw, out[r])


@njit
def _directions(turns: Floats, sine: Floats, cosine: Floats) -> None:
    # Not numpy's sine: the bits of an element may depend there on its place in the array.
    for r in range(len(turns)):
        for i in range(turns.shape[1]):
            sine[r, i], cosine[r, i] = sincos_turn(turns[r, i])


class _Draws:
    """Random numbers (replica, particle); those of a replica depend on (seed, replica), not on the number of others."""

    def __init__(self, config: EngineConfig) -> None:
        keys = [stream_key(config.seed, Purpose.INITIAL, r) for r in range(config.replicas)]
        self._keys, self._count = np.array(keys, np.uint64), config.parameters.n

    def uniform(self, draw: int, count: int | None = None) -> Floats:
        return self._numbers(draw, False, count)

    def normal(self, draw: int) -> Floats:
        return self._numbers(draw, True, None)

    def _numbers(self, draw: int, gaussian: bool, count: int | None) -> Floats:
        out = np.empty((len(self._keys), count or self._count))
        _fill(self._keys, draw, gaussian, out)
        return out


def positions(config: EngineConfig) -> Floats:
    """Positions (axis, replica, particle) of a start that is no file."""
    parameters, initial, draws = config.parameters, config.initial, _Draws(config)
    d, n, length = parameters.dimension, parameters.n, parameters.box_length
    match initial:
        case declared.Point(at=at):
            return np.tile(along(at, d)[:, None, None], (1, config.replicas, n))
        case declared.Even():
            return np.array([length * draws.uniform(_PLACE + a) for a in range(d)])
        case declared.Lattice(jitter=jitter):
            side = math.ceil(round(n ** (1 / d), 9))
            order = np.argsort(draws.uniform(_SITES, side**d), axis=1, kind="stable")
            grid = np.array(np.unravel_index(np.sort(order[:, :n], axis=1), (side,) * d))
            shifts = np.array([draws.uniform(_PLACE + a) - 0.5 for a in range(d)])
            return np.asarray(length / side * (grid + 0.5 + 2 * jitter * shifts))
        case declared.Slab(spacing=spacing):
            return np.tile(slab(parameters, spacing)[:, None], (1, config.replicas, 1))
        case declared.Equilibrium():
            return _equilibrium(config, draws)
    raise TypeError(f"no start of type {type(initial).__name__}")


def start_temperature(config: EngineConfig) -> Floats:
    """Temperature of an equilibrium start of each particle, (1,) or (n,)."""
    own = config.initial.temperature
    return temperatures(config.parameters)[0] if own is None else np.array([float(own)])


def gaussian(row: Floats, d: int) -> tuple[Floats, Floats]:
    """Mean (d,) and covariance over T (d, d) of exp(-(U - f.x)/T) in a linear system, f the uniform force."""
    inverse = np.linalg.inv(row[MATRIX : MATRIX + 9].reshape(3, 3)[:d, :d])
    mean = row[CENTER : CENTER + d] + inverse @ row[UNIFORM : UNIFORM + d]
    return mean, np.asarray(inverse, np.float64)


def _equilibrium(config: EngineConfig, draws: _Draws) -> Floats:
    parameters = config.parameters
    d, length = parameters.dimension, parameters.box_length
    row, t = table(parameters, coefficients(parameters), 0, 0)[0], start_temperature(config)
    if isinstance(parameters.potential, declared.Harmonic | declared.Quadratic):
        mean, covariance = gaussian(row, d)
        z = np.sqrt(t) * np.array([draws.normal(_PLACE + a) for a in range(d)])
        # Not a matrix product: its sums may depend on the number of columns.
        lower = np.linalg.cholesky(covariance)
        return np.array([mean[a] + sum(lower[a, b] * z[b] for b in range(a + 1)) for a in range(d)])
    u = np.array([draws.uniform(_PLACE + a) for a in range(d)])
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
    return np.asarray(np.interp(u * total[-1], total, x))


def motors(config: EngineConfig) -> Floats:
    """Propulsion (4, replica, particle): velocity, and direction in turns of active Brownian particles."""
    parameters, draws = config.parameters, _Draws(config)
    d, n = parameters.dimension, parameters.n
    out = np.zeros((4, config.replicas, n))
    match parameters.propulsion:
        case declared.OrnsteinUhlenbeck(speed=speed):
            out[:d] = [speed / math.sqrt(d) * draws.normal(_MOTOR + a) for a in range(d)]
        case declared.RunAndTumble(speed=speed) if d == 1:
            out[0] = np.where(draws.uniform(_MOTOR) < 0.5, -speed, speed)
        case declared.ActiveBrownian(speed=speed) | declared.RunAndTumble(speed=speed):
            out[3] = draws.uniform(_MOTOR)
            height = 2 * draws.uniform(_MOTOR + 1) - 1 if d == 3 else 0.0 * out[3]
            _directions(out[3], out[1], out[0])
            out[:2] *= speed * np.sqrt(1 - height * height)
            out[2] = speed * height
    return out
