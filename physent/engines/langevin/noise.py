"""Random numbers of a step, and the propulsion velocity, for a block of particles laid out as in `rows`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from physent.core.jit import njit, njit_inline
from physent.core.mathfun import log_positive, sincos_turn
from physent.core.random import to_normals, uniforms
from physent.core.rotate import perpendicular
from physent.core.simd import widen
from physent.engines.langevin.model import ABP, AOUP, RTP, Model
from physent.engines.langevin.rows import LANES, MOTOR, NOISE, SPARE
from physent.typing import Floats, Integers

TRANSLATION, PROPULSION, TUMBLES, THIRD_AXIS = range(4)
"""Draws of a particle in a step; the third axis of space has draws of its own."""

Keys = npt.NDArray[np.uint64]


@njit_inline
def _at(index: int) -> np.uint64:
    """An index that cannot count from the end, so that a loop vectorises."""
    return np.uint64(index)


@njit
def _pairs(step: int, draw: int, s: Floats, first: int, second: int, width: int, keys: Keys, index: Integers) -> None:
    """`normal_pair` to the elements from ``first`` and ``second`` on."""
    widen()
    # Two loops, for their chains of operations overlap only if each fits into the window of a processor.
    for j in range(width):
        s[_at(first + j)], s[_at(second + j)] = uniforms(keys[j], step, index[j], draw)
    for j in range(width):
        s[_at(first + j)], s[_at(second + j)] = to_normals(s[_at(first + j)], s[_at(second + j)])


@njit
def normals(axes: int, draw: int, step: int, fresh: bool, s: Floats, width: int, keys: Keys, index: Integers) -> None:
    """Standard normals in ``axes`` rows of `NOISE`: a pair for the first two axes, and half of one for a single axis.

    That pair is for steps 2k and 2k + 1; its second number waits in a row of `SPARE`, and is drawn again if ``fresh``.
    """
    row = NOISE * LANES
    if axes > 1:
        _pairs(step, draw, s, row, row + LANES, width, keys, index)
    if axes % 2:
        row += (axes - 1) * LANES
        spare = (SPARE + (1 if draw == PROPULSION else 0)) * LANES
        own = draw + THIRD_AXIS if axes == 3 else draw
        if fresh or step % 2 == 0:
            _pairs(step >> 1, own, s, row, spare, width, keys, index)
        if step % 2:
            for j in range(width):
                s[_at(row + j)] = s[_at(spare + j)]


@njit
def turn(model: Model, step: int, fresh: bool, s: Floats, width: int, keys: Keys, index: Integers) -> None:
    """The propulsion velocity u from the middle of a step to that of the next, exactly."""
    widen()
    u, d = MOTOR * LANES, model.dimension
    if model.propulsion == ABP and d == 3:
        _deflect(model, step, s, width, keys, index)
    elif model.propulsion != RTP:
        axes = 1 if model.propulsion == ABP else d
        normals(axes, PROPULSION + 0, step, fresh, s, width, keys, index)
    if model.propulsion == ABP and d == 2:
        angle, eta = (MOTOR + 3) * LANES, NOISE * LANES
        for j in range(width):
            turns = s[_at(angle + j)] + model.turn + model.rate * s[_at(eta + j)]
            turns -= np.floor(turns)
            sine, cosine = sincos_turn(turns)
            s[_at(angle + j)], s[_at(u + j)], s[_at(u + LANES + j)] = turns, model.speed * cosine, model.speed * sine
    elif model.propulsion == AOUP:
        kick = model.speed * np.sqrt((1.0 - model.rate) * (1.0 + model.rate))
        for a in range(d):
            row, eta = (MOTOR + a) * LANES, (NOISE + a) * LANES
            for j in range(width):
                s[_at(row + j)] = model.rate * s[_at(row + j)] + kick * s[_at(eta + j)]
    elif model.propulsion == RTP:
        for j in range(width):
            chance, place = uniforms(keys[j], step, index[j], TUMBLES)
            tumbles = chance < model.rate
            if d == 1:
                s[_at(u + j)] = -s[_at(u + j)] if tumbles else s[_at(u + j)]
            else:
                # Below the rate, the first number over the rate is uniform itself.
                height = 2.0 * chance / model.rate - 1.0 if d == 3 else 0.0
                across = model.speed * np.sqrt(max(0.0, 1.0 - height * height))
                sine, cosine = sincos_turn(place)
                s[_at(u + j)] = across * cosine if tumbles else s[_at(u + j)]
                s[_at(u + LANES + j)] = across * sine if tumbles else s[_at(u + LANES + j)]
                if d == 3:
                    s[_at(u + 2 * LANES + j)] = model.speed * height if tumbles else s[_at(u + 2 * LANES + j)]


@njit
def _deflect(model: Model, step: int, s: Floats, width: int, keys: Keys, index: Integers) -> None:
    """Turn directions in space by random angles, as in `model.spread`, about axes at right angles to them."""
    widen()
    u, v, w = MOTOR * LANES, (MOTOR + 1) * LANES, (MOTOR + 2) * LANES
    inverse = 1.0 / model.speed if model.speed > 0.0 else 0.0
    for j in range(width):
        chance, place = uniforms(keys[j], step, index[j], PROPULSION)
        # 1 - c, by the inverse of the distribution function
        drop = -model.rate * log_positive(chance + (1.0 - chance) * model.turn)
        across = np.sqrt(max(0.0, drop * (2.0 - drop)))
        sine, cosine = sincos_turn(place)
        x, y, z = inverse * s[_at(u + j)], inverse * s[_at(v + j)], inverse * s[_at(w + j)]
        ax, ay, az = perpendicular(x, y, z)
        bx, by, bz = y * az - z * ay, z * ax - x * az, x * ay - y * ax
        a, b = across * cosine, across * sine
        x, y, z = x - drop * x + a * ax + b * bx, y - drop * y + a * ay + b * by, z - drop * z + a * az + b * bz
        scale = model.speed * (1.5 - 0.5 * (x * x + y * y + z * z))  # keeps the modulus in spite of rounding
        s[_at(u + j)], s[_at(v + j)], s[_at(w + j)] = scale * x, scale * y, scale * z
