"""One-particle forces and energies, for a block of particles laid out as in `rows`.

``table[at]`` holds the coefficients of `model`. Switches stand outside the loops over particles, so one compilation serves
every potential. Each function reads the positions in rows ``x`` on of the flat array ``s``.
"""

from __future__ import annotations

from physent.core.jit import njit_inline
from physent.core.mathfun import sincos
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
from physent.engines.langevin.rows import CURVATURE, OTHER
from physent.typing import Floats


@njit_inline
def forces(model: Model, table: Floats, at: int, s: Floats, stride: int, width: int, x: int, out: int) -> None:
    """-grad U in rows ``out`` on, forces without energy in rows ``out + OTHER`` on, lap U in row ``out + CURVATURE``."""
    d = model.dimension
    lap = (out + CURVATURE) * stride
    for a in range(d):
        f, g, uniform = (out + a) * stride, (out + OTHER + a) * stride, table[at, UNIFORM + a]
        for j in range(width):
            s[f + j] = 0.0
            s[g + j] = uniform
    trace = 0.0
    if model.potential == LINEAR:
        for a in range(d):
            trace += table[at, MATRIX + 4 * a]
    for j in range(width):
        s[lap + j] = trace
    if model.potential == LINEAR:
        for a in range(d):
            for b in range(d):
                k, center, f, r = table[at, MATRIX + 3 * a + b], table[at, CENTER + b], (out + a) * stride, (x + b) * stride
                if k != 0.0:
                    for j in range(width):
                        s[f + j] -= k * (s[r + j] - center)
    elif model.potential == QUARTIC:
        for a in range(d):
            quartic, quadratic, tilt = table[at, FIRST], table[at, SECOND], table[at, THIRD] if a == 0 else 0.0
            f, r = (out + a) * stride, (x + a) * stride
            for j in range(width):
                square = s[r + j] * s[r + j]
                s[f + j] = tilt - (quartic * square + quadratic) * s[r + j]
                s[lap + j] += 3.0 * quartic * square + quadratic
    elif model.potential == COSINE:
        amplitude, q = table[at, FIRST], table[at, SECOND]
        f, r = out * stride, x * stride
        for j in range(width):
            sine, cosine = sincos(q * s[r + j])
            s[f + j] = amplitude * q * sine
            s[lap + j] = -amplitude * q * q * cosine
    omega = table[at, ROTATION]
    if omega != 0.0:
        gx, gy, rx, ry = (out + OTHER) * stride, (out + OTHER + 1) * stride, x * stride, (x + 1) * stride
        for j in range(width):
            s[gx + j] -= omega * s[ry + j]
            s[gy + j] += omega * s[rx + j]


@njit_inline
def energies(model: Model, table: Floats, at: int, s: Floats, stride: int, width: int, x: int, out: int) -> None:
    """U in row ``out``."""
    u = out * stride
    for j in range(width):
        s[u + j] = 0.0
    if model.potential == LINEAR:
        for a in range(model.dimension):
            for b in range(model.dimension):
                k, ca, cb = table[at, MATRIX + 3 * a + b], table[at, CENTER + a], table[at, CENTER + b]
                ra, rb = (x + a) * stride, (x + b) * stride
                if k != 0.0:
                    for j in range(width):
                        s[u + j] += 0.5 * k * (s[ra + j] - ca) * (s[rb + j] - cb)
    elif model.potential == QUARTIC:
        quartic, quadratic = table[at, FIRST], table[at, SECOND]
        for a in range(model.dimension):
            tilt, r = table[at, THIRD] if a == 0 else 0.0, (x + a) * stride
            for j in range(width):
                square = s[r + j] * s[r + j]
                s[u + j] += (0.25 * quartic * square + 0.5 * quadratic) * square - tilt * s[r + j]
    elif model.potential == COSINE:
        amplitude, q, r = table[at, FIRST], table[at, SECOND], x * stride
        for j in range(width):
            s[u + j] = amplitude * sincos(q * s[r + j])[1]


@njit_inline
def cubes(model: Model, table: Floats, at: int, s: Floats, stride: int, width: int, x: int, v: int, out: int) -> None:
    """Add (v . grad)^3 U, with v in rows ``v`` on, to row ``out``, times the step."""
    c = out * stride
    if model.potential == QUARTIC:
        factor = 6.0 * model.step * table[at, FIRST]
        for a in range(model.dimension):
            r, w = (x + a) * stride, (v + a) * stride
            for j in range(width):
                s[c + j] += factor * s[r + j] * s[w + j] * s[w + j] * s[w + j]
    elif model.potential == COSINE:
        q, r, w = table[at, SECOND], x * stride, v * stride
        factor = model.step * table[at, FIRST] * q * q * q
        for j in range(width):
            s[c + j] += factor * sincos(q * s[r + j])[0] * s[w + j] * s[w + j] * s[w + j]
