"""The passes of one step over a block of particles laid out as in `rows`: predictor, corrector and ledger."""

from __future__ import annotations

import math

from physent.core.jit import njit, njit_inline
from physent.core.simd import WIDTH, Lanes, full, load, store
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
    LANES,
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
def _total(s: Floats, forces: int, j: int) -> Lanes:
    """Force along an axis: that of the potential and the others."""
    return load(s, forces * LANES + j) + load(s, (forces + OTHER) * LANES + j)


@njit_inline
def _move(s: Floats, a: int, j: int) -> Lanes:
    """Displacement along axis ``a`` in the step."""
    return load(s, (PLACE + a) * LANES + j) - load(s, (POSITION + a) * LANES + j)


@njit
def predict(model: Model, table: Floats, at: int, s: Floats, width: int) -> None:
    """The predictor of Heun, the step of Euler, or the exact step in a harmonic trap, in rows `PLACE`."""
    h, mu = model.step, model.mobility
    for a in range(model.dimension):
        x, y, u = (POSITION + a) * LANES, (PLACE + a) * LANES, (MOTOR + a) * LANES
        if model.integrator == EXACT:
            k, push = table[at, MATRIX + 4 * a], table[at, UNIFORM + a]
            decay = math.exp(-mu * k * h)
            share = math.sqrt((1.0 - decay) * (1.0 + decay) / (2.0 * mu * k * h))
            for j in range(0, width, WIDTH):
                rest = (table[at, CENTER + a] + push / k) + load(s, u + j) * (1.0 / (mu * k))
                kick = share * load(s, (SIGMA + a) * LANES + j) * load(s, (NOISE + a) * LANES + j)
                store(s, y + j, rest + (load(s, x + j) - rest) * decay + kick)
        else:
            for j in range(0, width, WIDTH):
                drift = mu * _total(s, FORCE + a, j) + load(s, u + j)
                kick = load(s, (SIGMA + a) * LANES + j) * load(s, (NOISE + a) * LANES + j)
                store(s, y + j, load(s, x + j) + h * drift + kick)


@njit
def correct(model: Model, s: Floats, width: int) -> None:
    """The step of Heun from the forces at both ends, in rows `PLACE`; the propulsion is that of the middle."""
    for a in range(model.dimension):
        for j in range(0, width, WIDTH):
            mean = 0.5 * (_total(s, FORCE + a, j) + _total(s, AFTER + a, j))
            drift = model.mobility * mean + load(s, (MOTOR + a) * LANES + j)
            kick = load(s, (SIGMA + a) * LANES + j) * load(s, (NOISE + a) * LANES + j)
            store(s, (PLACE + a) * LANES + j, load(s, (POSITION + a) * LANES + j) + model.step * drift + kick)


@njit
def switch(model: Model, table: Floats, before: int, after: int, s: Floats, width: int) -> None:
    """Work of a change of the coefficients at fixed positions."""
    for row, at in ((PLACE, before), (PLACE + 1, after)):
        energies(model, table, at, s, width, POSITION, row)
    for j in range(0, width, WIDTH):
        add(s, WORK * LANES + j, load(s, (PLACE + 1) * LANES + j) - load(s, PLACE * LANES + j))
    for a in range(model.dimension):
        change = table[after, UNIFORM + a] - table[before, UNIFORM + a]
        if change != 0.0:
            for j in range(0, width, WIDTH):
                add(s, TILT * LANES + j, -change * load(s, (POSITION + a) * LANES + j))


@njit
def enter(model: Model, table: Floats, at: int, s: Floats, width: int) -> None:
    """Enter the move from rows `POSITION` to `PLACE`, with forces in `FORCE` and `AFTER`, into the ledger."""
    h, mu, d = model.step, model.mobility, model.dimension
    active, turning = model.propulsion != PASSIVE, model.propulsion == ABP and d == 2
    for j in range(0, width, WIDTH):
        bend = load(s, (FORCE + CURVATURE) * LANES + j) + load(s, (AFTER + CURVATURE) * LANES + j)
        drift, trapezoid, power, forced, odd, even = full(0.0), full(0.0), full(0.0), full(0.0), full(0.0), full(0.0)
        push, swim, square, reverse, swerve = full(0.0), full(0.0), full(0.0), full(0.0), full(0.0)
        for a in range(d):
            dx, u, beta = _move(s, a, j), load(s, (MOTOR + a) * LANES + j), load(s, (BETA + a) * LANES + j)
            first, second = load(s, (FORCE + a) * LANES + j), load(s, (AFTER + a) * LANES + j)
            other, later = load(s, (FORCE + OTHER + a) * LANES + j), load(s, (AFTER + OTHER + a) * LANES + j)
            force, rise = first + other + (second + later), second + later - (first + other)
            v, v2 = mu * (first + other) + u, mu * (second + later) + u
            drift += beta * (v * v + v2 * v2)
            trapezoid += beta * (v + v2) * dx
            power += first * v + second * v2
            forced += (other + later) * dx
            odd += beta * rise * force
            even += beta * rise * (v + v2)
            if active:
                push += u * dx
                swim += u * force
                square += u * u
                reverse += beta * force * (dx - h * u)
            if turning:
                swerve += (2.0 * a - 1.0) * force * load(s, (MOTOR + 1 - a) * LANES + j)
        add(s, LAPLACIAN * LANES + j, 0.5 * h * bend)
        add(s, DRIFT * LANES + j, 0.5 * h * drift)
        add(s, TRAPEZOID * LANES + j, 0.5 * trapezoid)
        add(s, POWER * LANES + j, 0.5 * h / mu * power)
        add(s, FORCED * LANES + j, 0.5 * forced)
        if model.integrator == EULER:
            # Log-ratio of the weights of the step, forward to backward, less its trapezoid: h (f'^2 - f^2)/(4 D)
            add(s, ODD * LANES + j, 0.25 * h * mu * mu * odd)
            add(s, EVEN * LANES + j, 0.25 * h * mu * even)
        if active:
            add(s, PUSH * LANES + j, (1.0 / mu) * push)
            add(s, SWIM * LANES + j, 0.5 * h * swim)
            add(s, SQUARE * LANES + j, h * square)
            add(s, REVERSED * LANES + j, 0.5 * mu * reverse)
        if turning:
            add(s, SWERVE * LANES + j, 0.5 * h * swerve)
    if model.propulsion == AOUP and not model.thermal:
        _velocity(model, table, at, s, width)
    for a in range(d if d == 3 else d - 1):
        _turning(model, s, width, a)


@njit
def _turning(model: Model, s: Floats, width: int, a: int) -> None:
    """Area h (x f_y - y f_x)/2 in the plane of the axis ``a`` and the next one, the mean of both ends of the step."""
    b, mu = (a + 1) % model.dimension, model.mobility
    for j in range(0, width, WIDTH):
        u, u2 = load(s, (MOTOR + a) * LANES + j), load(s, (MOTOR + b) * LANES + j)
        first, second = mu * _total(s, FORCE + a, j) + u, mu * _total(s, FORCE + b, j) + u2
        torque = load(s, (POSITION + a) * LANES + j) * second - load(s, (POSITION + b) * LANES + j) * first
        first, second = mu * _total(s, AFTER + a, j) + u, mu * _total(s, AFTER + b, j) + u2
        torque += load(s, (PLACE + a) * LANES + j) * second - load(s, (PLACE + b) * LANES + j) * first
        add(s, (AREA + a) * LANES + j, 0.25 * model.step * torque)


@njit
def _velocity(model: Model, table: Floats, at: int, s: Floats, width: int) -> None:
    """(v . grad)^3 U at the mid-point of the step; without noise v is the mean velocity in the step."""
    for a in range(model.dimension):
        for j in range(0, width, WIDTH):
            dx = _move(s, a, j)
            store(s, (NOISE + a) * LANES + j, (1.0 / model.step) * dx)
            store(s, (SCRATCH + 2 + a) * LANES + j, load(s, (POSITION + a) * LANES + j) + 0.5 * dx)
    cubes(model, table, at, s, width, SCRATCH + 2, NOISE, CUBE)
