"""Kernels of a step of interacting particles: one thread per particle, or per slot when it sums over partners.

A step consists of stages, one launch each. Places and forces of pairs lie by slot, four numbers together: to a
particle, whose other numbers lie by particle as in the State, they cost one sector of memory each.

Replicas renew their lists at different stages: a replica takes part in the stages from ``done`` to that at which its
list expires. A stage that finds it expired is made again with the new list. A list is renewed between stages only if
the next one is a meeting, so that nothing else by slot has to be carried over.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numba import cuda, float64, int64, uint64

from physent.core.cuda.lanes import one_lane
from physent.core.cuda.launch import SIMULATED, TYPICAL, Kernel, device_function, kernel
from physent.engines.langevin import forces, noise, steps
from physent.engines.langevin.model import ABP, AOUP, EULER, FREE, HEUN, PASSIVE, Model
from physent.engines.langevin.noise import TRANSLATION
from physent.engines.langevin.pair_forces import WCA, Potential, slope_and_laplacian, third_derivative
from physent.engines.langevin.rows import (
    AFTER,
    AREA,
    BETA,
    BOOKS,
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
    PLACE,
    POSITION,
    POWER,
    PUSH,
    REVERSED,
    ROWS,
    SCRATCH,
    SIGMA,
    SQUARE,
    SWERVE,
    SWIM,
    TILT,
    TRAPEZOID,
    WORK,
)

DEPART, FIRST_MEETING, CORRECT, MEETING, ARRIVE, BEND, STAGES = range(7)
"""Stages of a step: the second and third of Heun only, the last for third derivatives of pairs."""

TILE = 4 if SIMULATED else 128
"""Threads of a block whose sum of the virial is kept."""

ONE, TWO, THREE, FOUR = map(np.uint64, range(1, 5))

_forces = one_lane(forces.forces, LANES=1)
_switch = one_lane(steps.switch, LANES=1)
_predict = one_lane(steps.predict, LANES=1)
_correct = one_lane(steps.correct, LANES=1)
_enter = one_lane(steps.enter, LANES=1)
_normals = one_lane(noise.normals, LANES=1)
_turn = one_lane(noise.turn, LANES=1)


def written_by(model: Model, is_forced: bool) -> int:
    """Rows of the books that a step adds to, as bits; the others stay as they are."""
    active, d = model.propulsion != PASSIVE, model.dimension
    rows = {DRIFT: True, TRAPEZOID: True, POWER: True, LAPLACIAN: True, FORCED: is_forced}
    rows |= dict.fromkeys((PUSH, SWIM, SQUARE, REVERSED), active)
    rows |= dict.fromkeys((ODD, EVEN), model.integrator == EULER)
    rows |= dict.fromkeys((WORK, TILT), model.driven)
    rows |= {SWERVE: model.propulsion == ABP and d == 2, CUBE: model.propulsion == AOUP and not model.thermal}
    rows |= {AREA + a: True for a in range(d if d == 3 else d - 1)}
    return sum(1 << row for row, is_written in rows.items() if is_written)


@device_function
def add_field(s, out, dimension, field, at):  # type: ignore[no-untyped-def]
    """Add the forces of pairs, and their laplacian, to those in rows ``out`` on."""
    for a in range(dimension):
        s[out + a] += field[at + a]
    s[out + CURVATURE] += field[at + 3]


@device_function
def fetch(s, dimension, is_active, row, i, position, motor, strength):  # type: ignore[no-untyped-def]
    """Fill the rows of a particle before a step."""
    for k in range(ROWS):
        s[k] = 0.0
    for a in range(dimension):
        s[POSITION + a] = position[a, row, i]
    if is_active:
        for k in range(4):
            s[MOTOR + k] = motor[k, row, i]
    bath = i if strength.shape[1] > 1 else 0
    for a in range(3):
        s[SIGMA + a] = strength[a, bath]
        s[BETA + a] = strength[3 + a, bath]


@device_function
def depart(  # type: ignore[no-untyped-def]
    model, s, key, index, table, at, number, row, i, here, place, field, before, noise, books
):
    """The beginning of a step: parameters change, the noise is drawn, and the particle goes to its predictor."""
    if model.driven:
        _switch(model, table, at - 1, at, s, 1)
        books[WORK, row, i] += s[WORK]
        books[TILT, row, i] += s[TILT]
    _forces(model, table, at, s, 1, POSITION + 0, FORCE + 0)
    add_field(s, FORCE + 0, model.dimension, field, here)
    for a in range(model.dimension):
        before[a, row, i] = field[here + a]
    before[3, row, i] = field[here + 3]
    if model.thermal:
        _normals(model.dimension, TRANSLATION + 0, number, True, s, 1, key, index)
        if model.integrator == HEUN:
            for a in range(model.dimension):
                noise[a, row, i] = s[NOISE + a]
    _predict(model, table, at, s, 1)
    for a in range(model.dimension):
        place[here + a] = s[PLACE + a]


@device_function
def feel(model, s, table, at, row, i, here, place, field, before):  # type: ignore[no-untyped-def]
    """All forces on the particle before its move, and at its place."""
    for a in range(model.dimension):
        s[PLACE + a] = place[here + a]
    _forces(model, table, at, s, 1, POSITION + 0, FORCE + 0)
    for a in range(model.dimension):
        s[FORCE + a] += before[a, row, i]
    s[FORCE + CURVATURE] += before[3, row, i]
    _forces(model, table, at, s, 1, PLACE + 0, AFTER + 0)
    add_field(s, AFTER + 0, model.dimension, field, here)


@device_function
def arrive(  # type: ignore[no-untyped-def]
    model, bends, written, s, key, index, table, at, number, row, i, here, position, motor, books, motion, leap, lost
):
    """The end of a step: its ledger, the new position, and the propulsion of the next one."""
    _enter(model, table, at, s, 1)
    square = total = 0.0
    for a in range(model.dimension):
        if bends:  # `enter` has left the middle of the move and its velocity in these rows
            motion[2 * here + a] = s[SCRATCH + 2 + a]
            motion[2 * here + 4 + a] = s[NOISE + a]
        new = s[PLACE + a]
        square += (new - s[POSITION + a]) * (new - s[POSITION + a])
        total += new
        s[POSITION + a] = new
        position[a, row, i] = new
    if square > leap[row] * leap[row]:
        cuda.atomic.max(leap, row, math.sqrt(square))
    if not math.isfinite(total):
        cuda.atomic.min(lost, 0, row)
    if model.driven:
        _switch(model, table, at, at + 1, s, 1)
    if model.propulsion != PASSIVE:
        _turn(model, number, True, s, 1, key, index)
        for k in range(4):
            motor[k, row, i] = s[MOTOR + k]
    for k in range(BOOKS):
        if written >> k & 1:
            books[k, row, i] += s[k]


_STAGE = (
    "void(float64[:, :, ::1], float64[:, :, ::1], float64[:, :, ::1], float64[::1], float64[:, :, ::1], "
    "float64[:, :, ::1], int32[:, ::1], float64[::1], float64[::1], float64[::1], int32[::1], float64[:, ::1], "
    "uint64[::1], float64[:, ::1], int64[::1], int64[::1], int64, int64, int64, float64, float64, float64, "
    "float64, float64)"
)


@lru_cache(maxsize=64)
def stage_of(
    part: int, bends: bool, written: int, dimension: int, potential: int, propulsion: int, integrator: int,
    driven: bool, thermal: bool,
) -> Kernel:  # fmt: skip
    """Kernel of `DEPART`, `CORRECT` or `ARRIVE` for one kind of `Model`, whose other constants are arguments.

    ``bends``: whether `BEND` follows; ``written`` from `written_by`.
    """

    def stage(
        position: Any, motor: Any, books: Any, leap: Any, before: Any, noise: Any, slot: Any, place: Any, field: Any,
        motion: Any, lost: Any, strength: Any, keys: Any, table: Any, done: Any, expires: Any, number: int, begin: int,
        base: int, step: float, mobility: float, speed: float, rate: float, turn: float,
    ) -> None:  # fmt: skip
        s = cuda.local.array(ROWS, float64)
        key = cuda.local.array(1, uint64)
        index = cuda.local.array(1, int64)
        i, row, now = cuda.grid(1), base + cuda.blockIdx.y, STAGES * number + part
        n = position.shape[2]
        if i >= n or now < done[row] or now > expires[row]:
            return
        model = Model(
            dimension, potential, propulsion, integrator, driven, thermal, step, mobility, speed, rate, turn
        )  # fmt: skip
        key[0], index[0] = keys[row], i
        fetch(s, dimension, propulsion != PASSIVE, row, i, position, motor, strength)
        at = 2 * (number - begin) + 1 if driven else 0
        here = 4 * (row * n + slot[row, i])
        if part == DEPART:
            depart(model, s, key, index, table, at, number, row, i, here, place, field, before, noise, books)
        else:
            feel(model, s, table, at, row, i, here, place, field, before)
            if part == CORRECT:
                if thermal:
                    for a in range(dimension):
                        s[NOISE + a] = noise[a, row, i]
                _correct(model, s, 1)
                for a in range(dimension):
                    place[here + a] = s[PLACE + a]
            else:
                moved = position, motor, books, motion, leap, lost
                arrive(model, bends, written, s, key, index, table, at, number, row, i, here, *moved)

    stage.__qualname__ = {DEPART: "depart", CORRECT: "correct", ARRIVE: "arrive"}[part]
    return kernel(_STAGE)(stage)


@device_function
def nearest(apart, length, turn):  # type: ignore[no-untyped-def]
    """Difference of coordinates to the nearest image; ``turn`` is 1 / ``length``, both 0 on an open axis."""
    return apart - length * np.rint(apart * turn)


@lru_cache(maxsize=16)
def meeting_of(axes: int, kind: int) -> Kernel:
    """Kernel of forces and laplacians of pairs at ``place``.

    It notes where the list has expired, and in ``inward[kept]`` the sum of r.F over the pairs of each block.
    """

    @kernel(
        "void(float64[::1], float64[:, :, ::1], int32[:, ::1], int32[:, ::1], float64[::1], float64[::1], float64, "
        "float64, float64, float64, float64, int64[::1], int64[::1], int64, int64, int64, float64[::1], "
        "float64[:, :, ::1])",
        threads=TILE,
    )
    def meet(
        place: Any, reference: Any, first: Any, partners: Any, period: Any, turns: Any, limit: float, strength: float,
        diameter: float, beta: float, cutoff: float, done: Any, expires: Any, stage: int, kept: int, base: int,
        field: Any, inward: Any,
    ) -> None:  # fmt: skip
        sums = cuda.shared.array(TILE, float64)
        t, slot, row = cuda.threadIdx.x, cuda.grid(1), base + cuda.blockIdx.y
        if stage < done[row] or stage > expires[row]:
            return
        n, pot = reference.shape[2], Potential(kind, strength, diameter, beta, cutoff)
        virial = 0.0
        if slot < n:
            here = np.uint64(4 * (row * n + slot))
            x, y, z = place[here], 0.0, 0.0
            moved = (x - reference[0, row, slot]) ** 2
            if axes > 1:
                y = place[here + ONE]
                moved += (y - reference[1, row, slot]) ** 2
            if axes > 2:
                z = place[here + TWO]
                moved += (z - reference[2, row, slot]) ** 2
            if moved > limit:
                expires[row] = stage
            fx = fy = fz = lap = dy = dz = 0.0
            at, stop = np.uint64(first[row, slot]), np.uint64(first[row, slot + 1])
            while at < stop:
                other = FOUR * np.uint64(row * n + partners[row, at])
                at += ONE
                dx = nearest(x - place[other], period[0], turns[0])
                square = dx * dx
                if axes > 1:
                    dy = nearest(y - place[other + ONE], period[1], turns[1])
                    square += dy * dy
                if axes > 2:
                    dz = nearest(z - place[other + TWO], period[2], turns[2])
                    square += dz * dz
                if square < cutoff * cutoff:
                    slope, bend = slope_and_laplacian(pot, axes, square)
                    fx, fy, fz, lap = fx + slope * dx, fy + slope * dy, fz + slope * dz, lap + bend
                    virial += slope * square
            field[here], field[here + ONE], field[here + TWO], field[here + THREE] = fx, fy, fz, lap
        if kept >= 0:
            sums[t] = 0.5 * virial
            sum_block(sums, t)
            if t == 0:
                inward[kept, row, cuda.blockIdx.x] = sums[0]

    return meet


@device_function
def sum_block(sums, t):  # type: ignore[no-untyped-def]
    """Sum of `TILE` numbers in the first of them, in a fixed order."""
    width = TILE // 2
    while width > 0:
        cuda.syncthreads()
        if t < width:
            sums[t] += sums[t + width]
        width //= 2


@lru_cache(maxsize=16)
def bending_of(axes: int, kind: int) -> Kernel:
    """Kernel that enters the third derivatives of pairs, at the middle of their moves, into the books."""

    @kernel(
        "void(float64[::1], int32[:, ::1], int32[:, ::1], int32[:, ::1], float64[::1], float64[::1], float64, "
        "float64, float64, float64, int64[::1], int64[::1], int64, int64, float64, float64[:, :, ::1])"
    )
    def bend(
        motion: Any, who: Any, first: Any, partners: Any, period: Any, turns: Any, strength: float, diameter: float,
        beta: float, cutoff: float, done: Any, expires: Any, stage: int, base: int, step: float, books: Any,
    ) -> None:  # fmt: skip
        slot, row = cuda.grid(1), base + cuda.blockIdx.y
        n = who.shape[1]
        if slot >= n or stage < done[row] or stage > expires[row]:
            return
        pot = Potential(kind, strength, diameter, beta, cutoff)
        here, total = 8 * (row * n + slot), 0.0
        for at in range(first[row, slot], first[row, slot + 1]):
            other = 8 * (row * n + partners[row, at])
            square = radial = speed2 = 0.0
            for a in range(axes):
                apart = nearest(motion[here + a] - motion[other + a], period[a], turns[a])
                speed = motion[here + 4 + a] - motion[other + 4 + a]
                square += apart * apart
                radial += apart * speed
                speed2 += speed * speed
            total += 0.5 * step * third_derivative(pot, square, radial, speed2)
        books[CUBE, row, who[row, slot]] += total

    return bend


def _typical() -> None:
    """Active discs that repel, in the plane."""
    model = Model(2, FREE, ABP, HEUN, False, True, 1.0, 1.0, 1.0, 1.0, 1.0)
    for part in (DEPART, CORRECT, ARRIVE):
        stage_of(part, False, written_by(model, False), *model[:6])
    meeting_of(2, WCA)
    bending_of(2, WCA)


TYPICAL.append(_typical)
