"""Particles without interaction: blocks of particles of any replicas, one particle in each lane of the inner loops."""

from __future__ import annotations

import numpy as np

from physent.core import jit
from physent.core.jit import njit
from physent.core.simd import WIDTH, load, store
from physent.engines.langevin import state as common
from physent.engines.langevin.forces import forces
from physent.engines.langevin.methods.common import method
from physent.engines.langevin.model import HEUN, PASSIVE, Model, table
from physent.engines.langevin.noise import TRANSLATION, Keys, normals, turn
from physent.engines.langevin.rows import (
    AFTER,
    BETA,
    BOOKS,
    FORCE,
    LANES,
    MOTOR,
    PLACE,
    POSITION,
    ROWS,
    SIGMA,
)
from physent.engines.langevin.state import State
from physent.engines.langevin.steps import correct, enter, predict, switch
from physent.typing import Floats, Integers

MOST_DRIVEN = 4096  # steps per call with driven parameters: rows of their table


@njit
def move(
    first: int,
    last: int,
    begin: int,
    count: int,
    model: Model,
    coefficients: Floats,
    keys: Keys,
    temperature: Floats,
    position: Floats,
    motor: Floats,
    books: Floats,
) -> None:
    """Make ``count`` steps, the first of number ``begin``, of blocks ``first`` to ``last`` of `LANES` particles.

    ``position`` (axis, replica n), ``motor`` (4, replica n) and ``books`` (BOOKS, replica n) are changed in place.
    """
    walkers, n = position.shape[1], position.shape[1] // keys.shape[0]
    s = np.zeros(ROWS * LANES)
    key, index = np.zeros(LANES, np.uint64), np.zeros(LANES, np.int64)
    for block in range(first, last):
        base = block * LANES
        inside = min(LANES, walkers - base)
        width = min(LANES, (inside + 7) // 8 * 8)  # whole registers; spare lanes repeat the last particle
        for j in range(width):
            w = base + min(j, inside - 1)
            key[j], index[j] = keys[w // n], w % n
            for a in range(position.shape[0]):
                s[(POSITION + a) * LANES + j] = position[a, w]
                t = temperature[a, w % n % temperature.shape[1]]
                s[(SIGMA + a) * LANES + j] = np.sqrt(2.0 * model.mobility * t * model.step)
                s[(BETA + a) * LANES + j] = 1.0 / (model.mobility * t) if t > 0.0 else 0.0
            for row in range(4):
                s[(MOTOR + row) * LANES + j] = motor[row, w]
            for row in range(BOOKS):
                s[row * LANES + j] = books[row, w]
        steps(begin, count, model, coefficients, s, width, key, index)
        for j in range(inside):
            for a in range(position.shape[0]):
                position[a, base + j] = s[(POSITION + a) * LANES + j]
            for row in range(4):
                motor[row, base + j] = s[(MOTOR + row) * LANES + j]
            for row in range(BOOKS):
                books[row, base + j] = s[row * LANES + j]


@njit
def steps(
    begin: int, count: int, model: Model, coefficients: Floats, s: Floats, width: int, key: Keys, index: Integers
) -> None:
    # Numba compiles a function anew for every constant among its arguments, but not for a variable.
    here, before, there, after = POSITION + 0, FORCE + 0, PLACE + 0, AFTER + 0
    for step in range(begin, begin + count):
        fresh = step == begin
        at = 2 * (step - begin) + 1 if model.driven else 0
        if model.driven:
            switch(model, coefficients, at - 1, at, s, width)
        if model.driven or fresh:
            forces(model, coefficients, at, s, width, here, before)
        if model.thermal:
            normals(model.dimension, TRANSLATION + 0, step, fresh, s, width, key, index)
        predict(model, coefficients, at, s, width)
        if model.integrator == HEUN:
            forces(model, coefficients, at, s, width, there, after)
            correct(model, s, width)
        forces(model, coefficients, at, s, width, there, after)
        enter(model, coefficients, at, s, width)
        for a in range(model.dimension):
            x, y = (POSITION + a) * LANES, (PLACE + a) * LANES
            for j in range(0, width, WIDTH):
                store(s, x + j, load(s, y + j))
        for row in range(FORCE, AFTER):
            for j in range(0, width, WIDTH):
                store(s, row * LANES + j, load(s, (row + AFTER - FORCE) * LANES + j))
        if model.driven:
            switch(model, coefficients, at, at + 1, s, width)
        if model.propulsion != PASSIVE:
            turn(model, step, fresh, s, width, key, index)


def _advance(state: State, target: float, work: int) -> float:
    setup, walkers = state.setup, state.position[0].size
    # A step of one axis takes about 10 ns per lane, and a register is never less than eight lanes.
    budget = max(1, work // (max(8, walkers) * setup.model.dimension))
    count = min(common.begin(state, target), budget, MOST_DRIVEN if setup.model.driven else budget)
    rows = table(setup.parameters, setup.row, state.steps, count)
    if count:
        flat = [array.reshape(len(array), walkers) for array in (state.position, state.motor, state.books)]
        constants = (setup.model, rows, setup.keys, setup.temperature)
        jit.spread(move, -(-walkers // LANES), state.steps, count, *constants, *flat)
    return common.end(state, count, rows, target)


METHOD = method(_advance)
