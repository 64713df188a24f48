"""The passes of one step over a block of particles laid out as in `rows`: predictor, corrector and ledger."""

from __future__ import annotations

import math

from physent.core.jit import njit, njit_inline
from physent.core.simd import WIDTH, Lanes, load, store
from physent.engines.langevin.forces import add, cubes, energies
from physent.engines.langevin.model import ABP, AOUP, CENTER, EULER, EXACT, MATRIX, PASSIVE, UNIFORM, Model
from physent.engines.langevin.rows import (
    AFTER,
    AREA,
    BETA,
    CUBE,
    CURVATURE,
    DRIFT,
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
    SCRATCH,
    SIGMA,
    SQUARE,
    SWERVE,
    SWIM,
    TILT,
    TRAPEZOID,
    WORK,
)
from physent.typing import Floats


@njit_inline
def _total(s: Floats, forces: int, stride: int, j: int) -> Lanes:
    """Force along an axis: that of the potential and the others."""
    return load(s, forces * stride + j) + load(s, (forces + OTHER) * stride + j)


@njit_inline
def _move(s: Floats, a: int, stride: int, j: int) -> Lanes:
    """Displacement along axis ``a`` in the step."""
    return load(s, (PLACE + a) * stride + j) - load(s, (POSITION + a) * stride + j)


@njit
def predict(model: Model, table: Floats, at: int, s: Floats, stride: int, width: int) -> None:
    """The predictor of Heun, the step of Euler, or the exact step in a harmonic trap, in rows `PLACE`."""
    h, mu = model.step, model.mobility
    for a in range(model.dimension):
        x, y, u = (POSITION + a) * stride, (PLACE + a) * stride, (MOTOR + a) * stride
        if model.integrator == EXACT:
            k, push = table[at, MATRIX + 4 * a], table[at, UNIFORM + a]
            decay = math.exp(-mu * k * h)
            share = math.sqrt((1.0 - decay) * (1.0 + decay) / (2.0 * mu * k * h))
            for j in range(0, width, WIDTH):
                rest = (table[at, CENTER + a] + push / k) + load(s, u + j) * (1.0 / (mu * k))
                kick = share * load(s, (SIGMA + a) * stride + j) * load(s, (NOISE + a) * stride + j)
                store(s, y + j, rest + (load(s, x + j) - rest) * decay + kick)
        else:
            for j in range(0, width, WIDTH):
                drift = mu * _total(s, FORCE + a, stride, j) + load(s, u + j)
                kick = load(s, (SIGMA + a) * stride + j) * load(s, (NOISE + a) * stride + j)
                store(s, y + j, load(s, x + j) + h * drift + kick)


@njit
def correct(model: Model, s: Floats, stride: int, width: int) -> None:
    """The step of Heun from the forces at both ends, in rows `PLACE`; the propulsion is that of the middle."""
    for a in range(model.dimension):
        for j in range(0, width, WIDTH):
            mean = 0.5 * (_total(s, FORCE + a, stride, j) + _total(s, AFTER + a, stride, j))
            drift = model.mobility * mean + load(s, (MOTOR + a) * stride + j)
            kick = load(s, (SIGMA + a) * stride + j) * load(s, (NOISE + a) * stride + j)
            store(s, (PLACE + a) * stride + j, load(s, (POSITION + a) * stride + j) + model.step * drift + kick)


@njit
def switch(model: Model, table: Floats, before: int, after: int, s: Floats, stride: int, width: int) -> None:
    """Work of a change of the coefficients at fixed positions."""
    for row, at in ((PLACE, before), (PLACE + 1, after)):
        energies(model, table, at, s, stride, width, POSITION, row)
    for j in range(0, width, WIDTH):
        add(s, WORK * stride + j, load(s, (PLACE + 1) * stride + j) - load(s, PLACE * stride + j))
    for a in range(model.dimension):
        change = table[after, UNIFORM + a] - table[before, UNIFORM + a]
        if change != 0.0:
            for j in range(0, width, WIDTH):
                add(s, TILT * stride + j, -change * load(s, (POSITION + a) * stride + j))


@njit
def enter(model: Model, table: Floats, at: int, s: Floats, stride: int, width: int) -> None:
    """Enter the move from rows `POSITION` to `PLACE`, with forces in `FORCE` and `AFTER`, into the ledger."""
    h, mu, d = model.step, model.mobility, model.dimension
    for j in range(0, width, WIDTH):
        bend = load(s, (FORCE + CURVATURE) * stride + j) + load(s, (AFTER + CURVATURE) * stride + j)
        add(s, LAPLACIAN * stride + j, 0.5 * h * bend)
    for a in range(d):
        for j in range(0, width, WIDTH):
            dx, u, beta = _move(s, a, stride, j), load(s, (MOTOR + a) * stride + j), load(s, (BETA + a) * stride + j)
            first, second = load(s, (FORCE + a) * stride + j), load(s, (AFTER + a) * stride + j)
            other, later = load(s, (FORCE + OTHER + a) * stride + j), load(s, (AFTER + OTHER + a) * stride + j)
            v, v2 = mu * (first + other) + u, mu * (second + later) + u
            add(s, DRIFT * stride + j, 0.5 * h * beta * (v * v + v2 * v2))
            add(s, TRAPEZOID * stride + j, 0.5 * beta * (v + v2) * dx)
            add(s, POWER * stride + j, 0.5 * h / mu * (first * v + second * v2))
            add(s, FORCED * stride + j, 0.5 * (other + later) * dx)
    if model.propulsion != PASSIVE:
        _propulsion(model, s, stride, width)
        if model.propulsion == AOUP and not model.thermal:
            _velocity(model, table, at, s, stride, width)
    if model.integrator == EULER:
        _boundary(model, s, stride, width)
    for a in range(d if d == 3 else d - 1):
        _turning(model, s, stride, width, POSITION, FORCE, a)
        _turning(model, s, stride, width, PLACE, AFTER, a)


@njit
def _turning(model: Model, s: Floats, stride: int, width: int, x: int, forces: int, a: int) -> None:
    """Half of h (x f_y - y f_x)/2 at one end of the step, for the axis ``a`` and the next one."""
    b, mu = (a + 1) % model.dimension, model.mobility
    for j in range(0, width, WIDTH):
        first = mu * _total(s, forces + a, stride, j) + load(s, (MOTOR + a) * stride + j)
        second = mu * _total(s, forces + b, stride, j) + load(s, (MOTOR + b) * stride + j)
        torque = load(s, (x + a) * stride + j) * second - load(s, (x + b) * stride + j) * first
        add(s, (AREA + a) * stride + j, 0.25 * model.step * torque)


@njit
def _propulsion(model: Model, s: Floats, stride: int, width: int) -> None:
    h, mu = model.step, model.mobility
    for a in range(model.dimension):
        for j in range(0, width, WIDTH):
            u, dx = load(s, (MOTOR + a) * stride + j), _move(s, a, stride, j)
            force = 0.5 * (_total(s, FORCE + a, stride, j) + _total(s, AFTER + a, stride, j))
            add(s, PUSH * stride + j, (1.0 / mu) * u * dx)
            add(s, SWIM * stride + j, h * u * force)
            add(s, SQUARE * stride + j, h * u * u)
            add(s, REVERSED * stride + j, mu * load(s, (BETA + a) * stride + j) * force * (dx - h * u))
            if model.propulsion == ABP:
                across = load(s, (MOTOR + 1 - a) * stride + j)
                add(s, SWERVE * stride + j, (2.0 * a - 1.0) * h * force * across)


@njit
def _velocity(model: Model, table: Floats, at: int, s: Floats, stride: int, width: int) -> None:
    """(v . grad)^3 U at the mid-point of the step; without noise v is the mean velocity in the step."""
    for a in range(model.dimension):
        for j in range(0, width, WIDTH):
            dx = _move(s, a, stride, j)
            store(s, (NOISE + a) * stride + j, (1.0 / model.step) * dx)
            store(s, (SCRATCH + 2 + a) * stride + j, load(s, (POSITION + a) * stride + j) + 0.5 * dx)
    cubes(model, table, at, s, stride, width, SCRATCH + 2, NOISE, CUBE)


@njit
def _boundary(model: Model, s: Floats, stride: int, width: int) -> None:
    """Log-ratio of the weights of a step of Euler, forward to backward, less its trapezoid: h (f'^2 - f^2)/(4D)."""
    for a in range(model.dimension):
        for j in range(0, width, WIDTH):
            u, factor = load(s, (MOTOR + a) * stride + j), 0.25 * model.step * load(s, (BETA + a) * stride + j)
            first = model.mobility * _total(s, FORCE + a, stride, j)
            second = model.mobility * _total(s, AFTER + a, stride, j)
            add(s, ODD * stride + j, factor * (second - first) * (second + first))
            add(s, EVEN * stride + j, factor * (second - first) * (second + first + 2.0 * u))
