"""Rotations of unit vectors in space: great circles and angular noise.

A direction is three numbers, not an array, so that LLVM keeps it in registers.
"""

from __future__ import annotations

import math

import numpy as np

from physent.core.jit import njit_inline
from physent.core.mathfun import sincos, sincos_turn
from physent.core.random import Integer, normal_pair, uniforms

OPPOSITE = 1e-14
"""Sine of the angle to the opposite direction below which two directions count as opposite."""


@njit_inline
def perpendicular(x: float, y: float, z: float) -> tuple[float, float, float]:
    """A unit vector at right angles to the unit vector (x, y, z), a continuous function of it except at z = -0.

    The first basis vector of Duff et al. (2017), "Building an orthonormal basis, revisited", J. Comput. Graph. Tech.
    6(1), 1.
    """
    sign = math.copysign(1.0, z)
    a = -1.0 / (sign + z)
    return 1.0 + sign * x * x * a, sign * x * y * a, -sign * x


@njit_inline
def turn(
    x: float, y: float, z: float, to_x: float, to_y: float, to_z: float, cosine: float, sine: float
) -> tuple[float, float, float]:
    """Unit vector (x, y, z) turned towards the unit vector (to_x, to_y, to_z) along the great circle through both.

    It turns through the angle between them, at most through that in [0, pi] with the given ``cosine`` and ``sine``. All
    great circles between opposite vectors are equally short: the one through `perpendicular` is taken. The result has
    unit length to one rounding.
    """
    along = x * to_x + y * to_y + z * to_z
    px, py, pz = to_x - along * x, to_y - along * y, to_z - along * z
    # Orthogonalise again: for nearly opposite vectors the difference is mostly round-off, and not at right angles.
    rest = x * px + y * py + z * pz
    px, py, pz = px - rest * x, py - rest * y, pz - rest * z
    across = np.sqrt(px * px + py * py + pz * pz)
    # The sine of (angle between them - largest angle): unlike a cosine it resolves small angles.
    if across * cosine <= along * sine and (across >= OPPOSITE or along > 0.0):
        nx, ny, nz = to_x, to_y, to_z
    else:
        if across < OPPOSITE:
            if along > 0.0:
                return x, y, z
            px, py, pz = perpendicular(x, y, z)
            across = 1.0
        scale = sine / across
        nx, ny, nz = cosine * x + scale * px, cosine * y + scale * py, cosine * z + scale * pz
    scale = 1.0 / np.sqrt(nx * nx + ny * ny + nz * nz)
    return nx * scale, ny * scale, nz * scale


@njit_inline
def deflect(
    x: float, y: float, z: float, deviation: float, key: np.uint64, step: Integer, index: Integer
) -> tuple[float, float, float]:
    """Unit vector (x, y, z) turned by a normal angle of standard deviation ``deviation`` (radians, below 1e5).

    The axis is at right angles to the vector and uniform on the circle: a Gaussian wrapped on the sphere along great
    circles, of mean cosine exp(-deviation^2/2). Uses draws 0 and 1 of (step, index) of the stream ``key``.
    """
    sine, cosine = sincos(deviation * normal_pair(key, step, index, 0)[0])
    # A normal angle of either sign with an axis on the whole circle: the sign is redundant but costs nothing.
    sine_axis, cosine_axis = sincos_turn(uniforms(key, step, index, 1)[0])
    ax, ay, az = perpendicular(x, y, z)
    # b = (x, y, z) x a completes an orthonormal basis.
    bx, by, bz = y * az - z * ay, z * ax - x * az, x * ay - y * ax
    a, b = sine * cosine_axis, sine * sine_axis
    return cosine * x + a * ax + b * bx, cosine * y + a * ay + b * by, cosine * z + a * az + b * bz
