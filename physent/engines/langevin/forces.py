"""One-particle forces and energies, for a block of particles laid out as in `rows`.

``table[at]`` holds the coefficients of `model`. Switches stand outside the loops over particles, so one compilation
serves every potential. Each function reads the positions in rows ``x`` on of the flat array ``s``, of whose rows
``width`` elements are used, a multiple of eight.
"""

from __future__ import annotations

import numpy as np

from physent.core.jit import njit, njit_inline
from physent.core.mathfun import sincos
from physent.core.simd import WIDTH, Lanes, full, load, store
from physent.engines.langevin.model import (
    CENTER,
    COSINE,
    FIRST,
    LINEAR,
    MATRIX,
    QUARTIC,
    ROTATION,
    SECOND,
    THIRD,
    UNIFORM,
    Model,
)
from physent.engines.langevin.rows import CURVATURE, LANES, OTHER, SCRATCH
from physent.typing import Floats


@njit_inline
def add(s: Floats, index: int, value: Lanes) -> None:
    """Add to eight elements."""
    store(s, index, load(s, index) + value)


@njit_inline
def fill(s: Floats, row: int, width: int, value: float) -> None:
    """Set a row that starts at element ``row``."""
    for j in range(0, width, WIDTH):
        store(s, row + j, full(value))


@njit
def _waves(q: float, s: Floats, x: int, sine: int, cosine: int, width: int) -> None:
    """Sine and cosine of q x, of rows that start at these elements."""
    for j in range(width):
        # Unsigned, an index cannot count from the end, and the loop vectorises.
        s[np.uint64(sine + j)], s[np.uint64(cosine + j)] = sincos(q * s[np.uint64(x + j)])


@njit
def forces(model: Model, table: Floats, at: int, s: Floats, width: int, x: int, out: int) -> None:
    """-grad U in rows ``out`` on, forces without energy from ``out + OTHER`` on, lap U in row ``out + CURVATURE``."""
    d, coefficients, lap = model.dimension, table[at], (out + CURVATURE) * LANES
    trace = 0.0
    for a in range(d):
        fill(s, (out + a) * LANES, width, 0.0)
        fill(s, (out + OTHER + a) * LANES, width, coefficients[UNIFORM + a])
        trace += coefficients[MATRIX + 4 * a]
    fill(s, lap, width, trace)
    if model.potential == LINEAR:
        for a in range(d):
            for b in range(d):
                k, center = coefficients[MATRIX + 3 * a + b], coefficients[CENTER + b]
                if k != 0.0:
                    for j in range(0, width, WIDTH):
                        add(s, (out + a) * LANES + j, -k * (load(s, (x + b) * LANES + j) - center))
    elif model.potential == QUARTIC:
        quartic, quadratic = coefficients[FIRST], coefficients[SECOND]
        for a in range(d):
            tilt = coefficients[THIRD] if a == 0 else 0.0
            for j in range(0, width, WIDTH):
                place = load(s, (x + a) * LANES + j)
                bend = quartic * place * place
                store(s, (out + a) * LANES + j, tilt - (bend + quadratic) * place)
                add(s, lap + j, 3.0 * bend + quadratic)
    elif model.potential == COSINE:
        amplitude, q = coefficients[FIRST], coefficients[SECOND]
        _waves(q, s, x * LANES, out * LANES, lap, width)
        for j in range(0, width, WIDTH):
            store(s, out * LANES + j, amplitude * q * load(s, out * LANES + j))
            store(s, lap + j, -amplitude * q * q * load(s, lap + j))
    omega = coefficients[ROTATION]
    if omega != 0.0:
        for j in range(0, width, WIDTH):
            add(s, (out + OTHER) * LANES + j, -omega * load(s, (x + 1) * LANES + j))
            add(s, (out + OTHER + 1) * LANES + j, omega * load(s, x * LANES + j))


@njit
def energies(model: Model, table: Floats, at: int, s: Floats, width: int, x: int, out: int) -> None:
    """U in row ``out``."""
    d, coefficients, u = model.dimension, table[at], out * LANES
    fill(s, u, width, 0.0)
    if model.potential == LINEAR:
        for a in range(d):
            for b in range(d):
                k, ca, cb = coefficients[MATRIX + 3 * a + b], coefficients[CENTER + a], coefficients[CENTER + b]
                if k != 0.0:
                    for j in range(0, width, WIDTH):
                        here, there = load(s, (x + a) * LANES + j) - ca, load(s, (x + b) * LANES + j) - cb
                        add(s, u + j, 0.5 * k * here * there)
    elif model.potential == QUARTIC:
        quartic, quadratic = coefficients[FIRST], coefficients[SECOND]
        for a in range(d):
            tilt = coefficients[THIRD] if a == 0 else 0.0
            for j in range(0, width, WIDTH):
                place = load(s, (x + a) * LANES + j)
                square = place * place
                add(s, u + j, (0.25 * quartic * square + 0.5 * quadratic) * square - tilt * place)
    elif model.potential == COSINE:
        _waves(coefficients[SECOND], s, x * LANES, SCRATCH * LANES, u, width)
        for j in range(0, width, WIDTH):
            store(s, u + j, coefficients[FIRST] * load(s, u + j))


@njit
def cubes(model: Model, table: Floats, at: int, s: Floats, width: int, x: int, v: int, out: int) -> None:
    """Add (v . grad)^3 U times the step, with v in rows ``v`` on, to row ``out``."""
    coefficients = table[at]
    if model.potential == QUARTIC:
        for a in range(model.dimension):
            for j in range(0, width, WIDTH):
                speed = load(s, (v + a) * LANES + j)
                slope = 6.0 * model.step * coefficients[FIRST] * load(s, (x + a) * LANES + j)
                add(s, out * LANES + j, slope * speed * speed * speed)
    elif model.potential == COSINE:
        q = coefficients[SECOND]
        _waves(q, s, x * LANES, SCRATCH * LANES, (SCRATCH + 1) * LANES, width)
        for j in range(0, width, WIDTH):
            speed = load(s, v * LANES + j)
            slope = model.step * coefficients[FIRST] * q * q * q * load(s, SCRATCH * LANES + j)
            add(s, out * LANES + j, slope * speed * speed * speed)
