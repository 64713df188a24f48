"""Stochastic Heun steps of phase oscillators, with the ledger of each step.

Oscillators are held in blocks of `BLOCK`; within a block each quantity is a row of its own. All rows are one array, at
constant distances, so that LLVM knows without a test that they do not overlap, and vectorises. Sums are made block by
block in fixed order: their bits depend neither on threads nor on how the run is divided.

sin(theta_j - theta_i) = s_j c_i - c_j s_i, so that sines are taken per oscillator, never per edge: with the fields
a_i = sum_j w_ij s_j and b_i = sum_j w_ij c_j, the sum of sines is c_i a_i - s_i b_i, that of cosines c_i b_i + s_i a_i.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from physent.core.jit import njit, njit_fast, njit_inline
from physent.core.mathfun import sincos
from physent.core.random import normal_pair
from physent.core.stepping import by_blocks
from physent.typing import Floats, Integers

BLOCK = 4096
PITCH = BLOCK + 72  # not a multiple of a page, or all rows would compete for the same places of the cache
ANGLE, SINE, COSINE, OMEGA, FORCE, BOND, NOISE, MOVE, SINE_2, COSINE_2, A, B, FRICTION = (PITCH * k for k in range(13))
"""Offsets of rows: the angle, its sine and cosine, natural frequency, drift and torque per coupling (sum of cosines
times friction) before the step, noise, displacement, sine and cosine of the predictor, fields, friction."""
SPAN = 13 * PITCH

WORK, HEAT, MEDIUM, DISSIPATION, DRIFT, TRAPEZOID = range(6)
"""Totals since the start."""
_DRIVEN, _TURNED, _FORCED, _SQUARE, _TORQUE, SINES, COSINES, BONDS = range(8)
"""Sums of one step."""

_TWO_PI = 2.0 * np.pi
_PER_TURN = 1.0 / _TWO_PI
# Added to a small whole number, it makes the low bits of the double that number: AVX2 has no conversion to int64.
_TO_INTEGER = 1.5 * 2.0**52
_TO_INTEGER_BITS = np.int64(0x4338000000000000)


class Model(NamedTuple):
    """Constants of a leg."""

    omega: Floats  # (replica, n) or (1, n)
    keys: npt.NDArray[np.uint64]  # (replica,) streams of noise
    start: npt.NDArray[np.uint64]  # (n + 1,) rows of neighbours; unsigned, since a signed index may count from the end
    place: npt.NDArray[np.uint32]  # (2 edges,) their places in the array of blocks
    weight: Floats  # (2 edges,) or (0,) if all are 1
    friction: Floats  # (n,); (0,): all 1
    scale: float  # of the coupling
    alike: bool  # whether all have friction 1
    itself: float  # 1 if everyone is its own neighbour, as in mean field
    lag_cosine: float
    lag_sine: float
    temperature: float
    step: float


@njit_inline
def blocks_of(n: int) -> int:
    """Number of blocks."""
    return (n + BLOCK - 1) // BLOCK


@njit_fast
def _sum(rows: Floats, first: int, count: int) -> float:
    total = 0.0
    part = rows[first:]
    for i in range(count):  # from 0: an index that may be negative would be tested for it
        total += part[i]
    return total


@njit
def mean_fields(rows: Floats, n: int, model: Model, sines: int, cosines: int) -> tuple[float, float]:
    """Means of the rows of sines and cosines."""
    a = b = 0.0
    for block in range(blocks_of(n)):
        o, count = block * SPAN, min(BLOCK, n - block * BLOCK)
        a += _sum(rows, o + sines, count)
        b += _sum(rows, o + cosines, count)
    return a / n, b / n


@njit_inline
def _mean_at(rows: Floats, i: int, a: float, b: float) -> tuple[float, float, float]:
    return a, b, 1.0


@njit_fast
def graph_fields(rows: Floats, n: int, model: Model, sines: int, cosines: int) -> tuple[float, float]:
    """Sums over the neighbours of each oscillator over its friction, to rows `A` and `B`."""
    start, place, weight, friction = model.start, model.place, model.weight, model.friction
    s, c = rows[sines:], rows[cosines:]
    weighted = len(weight) > 0
    for i in range(n):
        o = i // BLOCK * SPAN + i % BLOCK
        a = b = 0.0
        if weighted:
            for e in range(start[i], start[i + 1]):
                a += weight[e] * s[place[e]]
                b += weight[e] * c[place[e]]
        else:
            for e in range(start[i], start[i + 1]):
                a += s[place[e]]
                b += c[place[e]]
        mobility = 1.0 / friction[i]
        rows[o + A], rows[o + B] = a * mobility, b * mobility
    return 0.0, 0.0


@njit_inline
def _graph_at(rows: Floats, i: int, a: float, b: float) -> tuple[float, float, float]:
    return rows[i + A], rows[i + B], rows[i + FRICTION]


@njit
def _load(rows: Floats, angle: Floats, omega: Floats, model: Model) -> None:
    n = len(angle)
    for i in range(n):
        o = i // BLOCK * SPAN + i % BLOCK
        x = angle[i]
        rows[o + ANGLE], rows[o + OMEGA], rows[o + NOISE], rows[o + MOVE] = x, omega[i], 0.0, 0.0
        rows[o + SINE], rows[o + COSINE] = sincos(x)
        rows[o + FRICTION] = 1.0 if len(model.friction) == 0 else model.friction[i]


@njit
def _shake(rows: Floats, n: int, scale: float, key: np.uint64, number: int) -> None:
    for block in range(blocks_of(n)):
        part, first = rows[block * SPAN + NOISE :], block * BLOCK // 2
        for i in range((min(BLOCK, n - block * BLOCK) + 1) // 2):
            x, y = normal_pair(key, number, first + i, 0)
            part[2 * i], part[2 * i + 1] = scale * x, scale * y


Kernel = Callable[..., Any]


def _passes(at: Kernel) -> tuple[Kernel, Kernel, Kernel]:
    """The three passes over a block: predictor, corrector, and sums at the end of the step.

    ``at(rows, i, a, b)`` are the fields and the friction of the oscillator at ``i``; ``kc`` and ``ks`` the coupling
    times cosine and sine of the phase lag.
    """

    @njit_fast
    def predict(rows: Floats, n: int, a: float, b: float, kc: float, ks: float, h: float) -> None:
        for i in range(n):
            s, c = rows[i + SINE], rows[i + COSINE]
            fa, fb, friction = at(rows, i, a, b)
            cosines = c * fb + s * fa
            force = rows[i + OMEGA] + kc * (c * fa - s * fb) - ks * cosines
            rows[i + FORCE] = force
            rows[i + BOND] = friction * cosines
            rows[i + SINE_2], rows[i + COSINE_2] = sincos(rows[i + ANGLE] + h * force + rows[i + NOISE])

    @njit_fast
    def correct(
        rows: Floats, n: int, a: float, b: float, kc: float, ks: float, h: float, turns: Integers, sums: Floats
    ) -> None:
        driven = turned = forced = square = torque = 0.0
        for i in range(n):
            s, c, omega, force = rows[i + SINE_2], rows[i + COSINE_2], rows[i + OMEGA], rows[i + FORCE]
            fa, fb, friction = at(rows, i, a, b)
            other = omega + kc * (c * fa - s * fb) - ks * (c * fb + s * fa)
            move = 0.5 * h * (force + other) + rows[i + NOISE]
            x = rows[i + ANGLE] + move
            whole = np.rint(x * _PER_TURN)
            x -= whole * _TWO_PI
            turns[i] += np.float64(whole + _TO_INTEGER).view(np.int64) - _TO_INTEGER_BITS
            rows[i + MOVE], rows[i + ANGLE] = move, x
            rows[i + SINE], rows[i + COSINE] = sincos(x)
            driven += omega * friction * move
            turned += omega * move
            forced += force * move
            square += force * force
            torque += rows[i + BOND] * move
        sums[_DRIVEN] += driven
        sums[_TURNED] += turned
        sums[_FORCED] += forced
        sums[_SQUARE] += square
        sums[_TORQUE] += torque

    @njit_fast
    def settle(rows: Floats, n: int, a: float, b: float, kc: float, ks: float, sums: Floats) -> None:
        forced = square = torque = sines = cosines = bonds = 0.0
        for i in range(n):
            s, c, move = rows[i + SINE], rows[i + COSINE], rows[i + MOVE]
            fa, fb, friction = at(rows, i, a, b)
            sine, cosine = c * fa - s * fb, c * fb + s * fa
            force = rows[i + OMEGA] + kc * sine - ks * cosine
            bond = friction * cosine
            forced += force * move
            square += force * force
            torque += bond * move
            sines += sine
            cosines += cosine
            bonds += bond
        sums[_FORCED] += forced
        sums[_SQUARE] += square
        sums[_TORQUE] += torque
        sums[SINES] += sines
        sums[COSINES] += cosines
        sums[BONDS] += bonds

    return predict, correct, settle


@njit
def book(
    totals: Floats, model: Model, sums: Floats, before: tuple[float, float, float], k: tuple[float, float, float]
) -> None:
    """Enter a step: half of the change of K, the move, the other half; ``before`` are the last sums before it."""
    sines, cosines, bonds = before
    rate, scale = 1.0 / model.temperature if model.temperature > 0.0 else 0.0, model.scale
    kc, ks = k[1] * scale * model.lag_cosine, k[1] * scale * model.lag_sine
    forced = sums[_DRIVEN] - 0.5 * ks * sums[_TORQUE]
    ascent = -0.5 * kc * (sums[BONDS] - bonds)
    changed = -0.5 * scale * model.lag_cosine * ((k[1] - k[0]) * bonds + (k[2] - k[1]) * sums[BONDS])
    trapezoid = 0.5 * sums[_FORCED] * rate
    divergence = kc * model.itself - 0.5 * (kc * (cosines + sums[COSINES]) + ks * (sines + sums[SINES]))
    totals[WORK] += changed + forced
    totals[HEAT] += forced - ascent
    totals[MEDIUM] += (forced - ascent) * rate if model.alike else trapezoid
    totals[DISSIPATION] += sums[_TURNED] * rate
    totals[DRIFT] += model.step * (0.5 * sums[_SQUARE] * rate + divergence)
    totals[TRAPEZOID] += trapezoid


def _stepping(fields: Kernel, passes: tuple[Kernel, Kernel, Kernel]) -> tuple[Kernel, Kernel]:
    """Kernel of steps, and kernel of the sums that observables need, from how fields are made, and the passes."""
    predict, correct, settle = passes

    @njit
    def steps(
        replica: int, begin: int, count: int, angle: Floats, turns: Integers, totals: Floats, coupling: Floats,
        origin: int, model: Model
    ) -> None:  # fmt: skip
        """Steps ``begin`` onwards; ``coupling`` at half-steps from ``origin`` on, or one value if it is constant."""
        n, h, blocks = angle.shape[1], model.step, blocks_of(angle.shape[1])
        rows, sums = np.empty(blocks * SPAN), np.zeros(8)
        _load(rows, angle[replica], model.omega[min(replica, len(model.omega) - 1)], model)
        noise, latest = np.sqrt(2.0 * model.temperature * h), len(coupling) - 1
        a, b = fields(rows, n, model, SINE, COSINE)
        for block in range(blocks):
            settle(rows[block * SPAN :], min(BLOCK, n - block * BLOCK), a, b, 0.0, 0.0, sums)
        for number in range(begin, begin + count):
            before = sums[SINES], sums[COSINES], sums[BONDS]
            half = 2 * number - origin
            k = coupling[min(half, latest)], coupling[min(half + 1, latest)], coupling[min(half + 2, latest)]
            kc, ks = k[1] * model.scale * model.lag_cosine, k[1] * model.scale * model.lag_sine
            sums[:] = 0.0
            if noise > 0.0:
                _shake(rows, n, noise, model.keys[replica], number)
            for block in range(blocks):
                predict(rows[block * SPAN :], min(BLOCK, n - block * BLOCK), a, b, kc, ks, h)
            a, b = fields(rows, n, model, SINE_2, COSINE_2)
            for block in range(blocks):
                part = turns[replica, block * BLOCK :]
                correct(rows[block * SPAN :], min(BLOCK, n - block * BLOCK), a, b, kc, ks, h, part, sums)
            a, b = fields(rows, n, model, SINE, COSINE)
            for block in range(blocks):
                settle(rows[block * SPAN :], min(BLOCK, n - block * BLOCK), a, b, kc, ks, sums)
            book(totals[replica], model, sums, before, k)
        for i in range(n):
            angle[replica, i] = rows[i // BLOCK * SPAN + i % BLOCK + ANGLE]

    @njit
    def look(first: int, last: int, angle: Floats, out: Floats, model: Model) -> None:
        """Mean sine, mean cosine and energy per coupling K of each replica, to ``out`` (replica, 3)."""
        n, blocks = angle.shape[1], blocks_of(angle.shape[1])
        rows = np.empty(blocks * SPAN)
        for replica in range(first, last):
            sums = np.zeros(8)
            _load(rows, angle[replica], model.omega[min(replica, len(model.omega) - 1)], model)
            a, b = fields(rows, n, model, SINE, COSINE)
            for block in range(blocks):
                settle(rows[block * SPAN :], min(BLOCK, n - block * BLOCK), a, b, 0.0, 0.0, sums)
            out[replica, 0], out[replica, 1] = mean_fields(rows, n, model, SINE, COSINE)
            out[replica, 2] = -0.5 * model.scale * model.lag_cosine * sums[BONDS]

    return by_blocks(steps), look


mean_passes = _passes(_mean_at)
mean_field = _stepping(mean_fields, mean_passes)
graph = _stepping(graph_fields, _passes(_graph_at))
