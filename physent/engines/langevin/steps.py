"""The passes of one step over a block of particles laid out as in `rows`: predictor, corrector and ledger."""

from __future__ import annotations

import math

from physent.core.jit import njit_inline
from physent.engines.langevin.forces import cubes, energies
from physent.engines.langevin.model import (
    AOUP,
    EULER,
    EXACT,
    CENTER,
    MATRIX,
    PASSIVE,
    UNIFORM,
    Model,
)
from physent.engines.langevin.rows import (
    AFTER,
    AREA,
    BETA,
    CUBE,
    CURVATURE,
    DRIFT,
    ENERGY,
    EVEN,
    FORCE,
    FORCED,
    LAPLACIAN,
    MOTOR,
    NOISE,
    ODD,
    OTHER,
    PLACE,
    POSITION,
    POWER,
    PUSH,
    REVERSED,
    SIGMA,
    SQUARE,
    SWIM,
    TILT,
    TRAPEZOID,
    WORK,
)
from physent.typing import Floats


@njit_inline
def predict(model: Model, table: Floats, at: int, s: Floats, stride: int, width: int) -> None:
    """The predictor of Heun, the step of Euler, or the exact step in a harmonic trap, in rows `PLACE`."""
    h, mu = model.step, model.mobility
    for a in range(model.dimension):
        x, y, u = (POSITION + a) * stride, (PLACE + a) * stride, (MOTOR + a) * stride
        f, g, xi, sigma = (FORCE + a) * stride, (FORCE + OTHER + a) * stride, (NOISE + a) * stride, (SIGMA + a) * stride
        if model.integrator == EXACT:
            k, center, push = table[at, MATRIX + 4 * a], table[at, CENTER + a], table[at, UNIFORM + a]
            decay = math.exp(-mu * k * h)
            share = math.sqrt((1.0 - decay) * (1.0 + decay) / (2.0 * mu * k * h))
            for j in range(width):
                rest = center + (push + s[u + j] / mu) / k
                s[y + j] = rest + (s[x + j] - rest) * decay + share * s[sigma + j] * s[xi + j]
        else:
            for j in range(width):
                drift = mu * (s[f + j] + s[g + j]) + s[u + j]
                s[y + j] = s[x + j] + h * drift + s[sigma + j] * s[xi + j]


@njit_inline
def correct(model: Model, s: Floats, stride: int, width: int) -> None:
    """The step of Heun from the forces at both ends, in rows `PLACE`; the propulsion is that of the middle."""
    h, mu = model.step, model.mobility
    for a in range(model.dimension):
        x, y, u = (POSITION + a) * stride, (PLACE + a) * stride, (MOTOR + a) * stride
        f, g, xi, sigma = (FORCE + a) * stride, (FORCE + OTHER + a) * stride, (NOISE + a) * stride, (SIGMA + a) * stride
        f2, g2 = (AFTER + a) * stride, (AFTER + OTHER + a) * stride
        for j in range(width):
            drift = 0.5 * mu * ((s[f + j] + s[g + j]) + (s[f2 + j] + s[g2 + j])) + s[u + j]
            s[y + j] = s[x + j] + h * drift + s[sigma + j] * s[xi + j]


@njit_inline
def switch(model: Model, table: Floats, before: int, after: int, s: Floats, stride: int, width: int) -> None:
    """Work of a change of the coefficients at fixed positions."""
    w, one, two = WORK * stride, ENERGY * stride, (ENERGY + 1) * stride
    energies(model, table, before, s, stride, width, POSITION, ENERGY)
    energies(model, table, after, s, stride, width, POSITION, ENERGY + 1)
    for j in range(width):
        s[w + j] += s[two + j] - s[one + j]
    for a in range(model.dimension):
        change = table[after, UNIFORM + a] - table[before, UNIFORM + a]
        if change != 0.0:
            tilt, x = TILT * stride, (POSITION + a) * stride
            for j in range(width):
                s[tilt + j] -= change * s[x + j]


@njit_inline
def enter(model: Model, table: Floats, at: int, s: Floats, stride: int, width: int) -> None:
    """Enter the move from rows `POSITION` to `PLACE`, with forces in `FORCE` and `AFTER`, into the ledger."""
    h, mu = model.step, model.mobility
    lap, lap1, lap2 = LAPLACIAN * stride, (FORCE + CURVATURE) * stride, (AFTER + CURVATURE) * stride
    for j in range(width):
        s[lap + j] += 0.5 * h * (s[lap1 + j] + s[lap2 + j])
    drift, trapezoid, power, forced = DRIFT * stride, TRAPEZOID * stride, POWER * stride, FORCED * stride
    for a in range(model.dimension):
        x, y, u, beta = (POSITION + a) * stride, (PLACE + a) * stride, (MOTOR + a) * stride, (BETA + a) * stride
        f, g = (FORCE + a) * stride, (FORCE + OTHER + a) * stride
        f2, g2 = (AFTER + a) * stride, (AFTER + OTHER + a) * stride
        for j in range(width):
            dx, first, second = s[y + j] - s[x + j], s[f + j], s[f2 + j]
            v = mu * (first + s[g + j]) + s[u + j]
            v2 = mu * (second + s[g2 + j]) + s[u + j]
            s[drift + j] += 0.5 * h * s[beta + j] / mu * (v * v + v2 * v2)
            s[trapezoid + j] += 0.5 * s[beta + j] / mu * (v + v2) * dx
            s[power + j] += 0.5 * h / mu * (first * v + second * v2)
            s[forced + j] += 0.5 * (s[g + j] + s[g2 + j]) * dx
    if model.propulsion != PASSIVE:
        _propulsion(model, s, stride, width)
        if model.propulsion == AOUP and not model.thermal:
            _velocity(model, table, at, s, stride, width)
    if model.integrator == EULER:
        _boundary(model, s, stride, width)
    if model.dimension > 1:
        for a in range(model.dimension if model.dimension == 3 else 1):
            b = (a + 1) % model.dimension
            area, x, y = (AREA + a) * stride, (POSITION + a) * stride, (POSITION + b) * stride
            x2, y2 = (PLACE + a) * stride, (PLACE + b) * stride
            for j in range(width):
                s[area + j] += 0.5 * (s[x + j] * (s[y2 + j] - s[y + j]) - s[y + j] * (s[x2 + j] - s[x + j]))


@njit_inline
def _propulsion(model: Model, s: Floats, stride: int, width: int) -> None:
    h, mu = model.step, model.mobility
    push, swim, square, odd = PUSH * stride, SWIM * stride, SQUARE * stride, REVERSED * stride
    for a in range(model.dimension):
        x, y, u, beta = (POSITION + a) * stride, (PLACE + a) * stride, (MOTOR + a) * stride, (BETA + a) * stride
        f, g = (FORCE + a) * stride, (FORCE + OTHER + a) * stride
        f2, g2 = (AFTER + a) * stride, (AFTER + OTHER + a) * stride
        for j in range(width):
            force = 0.5 * ((s[f + j] + s[g + j]) + (s[f2 + j] + s[g2 + j]))
            dx = s[y + j] - s[x + j]
            s[push + j] += s[u + j] * dx / mu
            s[swim + j] += h * s[u + j] * force
            s[odd + j] += s[beta + j] * force * (dx - h * s[u + j])
            s[square + j] += h * s[u + j] * s[u + j]


@njit_inline
def _velocity(model: Model, table: Floats, at: int, s: Floats, stride: int, width: int) -> None:
    """(v . grad)^3 U at the start of the step; without noise v = mu F + u is the velocity."""
    for a in range(model.dimension):
        f, g, u, v = (FORCE + a) * stride, (FORCE + OTHER + a) * stride, (MOTOR + a) * stride, (NOISE + a) * stride
        f2, g2 = (AFTER + a) * stride, (AFTER + OTHER + a) * stride
        x, y = (POSITION + a) * stride, (PLACE + a) * stride
        for j in range(width):
            s[v + j] = 0.5 * model.mobility * ((s[f + j] + s[g + j]) + (s[f2 + j] + s[g2 + j])) + s[u + j]
            s[f + j] = 0.5 * (s[x + j] + s[y + j])
    cubes(model, table, at, s, stride, width, FORCE, NOISE, CUBE)


@njit_inline
def _boundary(model: Model, s: Floats, stride: int, width: int) -> None:
    """ln of the forward over the backward weight of a step of Euler, less its trapezoid: h (f'^2 - f^2)/(4D)."""
    h, mu = model.step, model.mobility
    even, odd = EVEN * stride, ODD * stride
    for a in range(model.dimension):
        f, g, u, beta = (FORCE + a) * stride, (FORCE + OTHER + a) * stride, (MOTOR + a) * stride, (BETA + a) * stride
        f2, g2 = (AFTER + a) * stride, (AFTER + OTHER + a) * stride
        for j in range(width):
            force, force2 = mu * (s[f + j] + s[g + j]), mu * (s[f2 + j] + s[g2 + j])
            change = (force2 - force) * (force2 + force)
            s[odd + j] += 0.25 * h * s[beta + j] / mu * change
            s[even + j] += 0.25 * h * s[beta + j] / mu * (change + 2.0 * s[u + j] * (force2 - force))
