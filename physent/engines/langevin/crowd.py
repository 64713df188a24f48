"""Interacting particles: one replica after another, in blocks of slots for what concerns one particle.

A large system does not fit into the cache, so a step visits a block once: it ends the step of before and begins the
next. What particles keep from step to step is copied into the rows of `rows` and back; all other rows stay in the
cache, among them sums of which only the total over particles is needed: they are summed up by lane.

Slots are sorted by cell whenever the Verlet list is made anew, just before forces are taken at places that the old list
may not cover. Who is in which slot, and the places of that moment, belong to the State.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from physent.core.jit import njit
from physent.core.simd import WIDTH, any_beyond, full, load, load_interleaved, store
from physent.core.verlet import Indices, Pairs, Reach, Work, arrange, scratch
from physent.engines.langevin.forces import add, forces
from physent.engines.langevin.interactions import partners
from physent.engines.langevin.model import FREE, HEUN, PASSIVE, ROTATION, Model
from physent.engines.langevin.noise import TRANSLATION, Keys, normals, turn
from physent.engines.langevin.pair_forces import SPRINGS, Potential, pair_cubes, pair_forces, work_rows
from physent.engines.langevin.rows import (
    AFTER,
    BOOKS,
    CUBE,
    CURVATURE,
    FORCE,
    LANES,
    MOTOR,
    NOISE,
    OTHER,
    PLACE,
    POSITION,
    ROWS,
    SCRATCH,
    SIGMA,
)
from physent.engines.langevin.steps import correct, enter, predict, switch
from physent.typing import Floats, Integers


class Crowd(NamedTuple):
    """The particles of a replica."""

    s: Floats  # (2, ROWS * LANES): the block at work; its own for a last one with spare lanes, whose sums mean nothing
    own: Integers  # (row,) rows of `s` that particles keep
    kept: Floats  # (block, row * LANES): those rows
    n: int
    who: Indices  # (block * LANES,) particles; beyond the last one 0
    width: int  # lanes in use: whole registers
    plain: bool  # no forces on single particles but a constant one, already in `s`
    reference: Floats  # (axis, block * LANES)
    place: Floats  # (axis, block * LANES): where the pairs are taken
    field: Floats  # (block * LANES * 4,): forces of pairs along three axes, and lap U


@njit
def move(
    first: int,
    last: int,
    begin: int,
    count: int,
    model: Model,
    pot: Potential,
    reach: Reach,
    table: Floats,
    keys: Keys,
    strength: Floats,
    own: Integers,
    position: Floats,
    motor: Floats,
    books: Floats,
    who: Indices,
    reference: Floats,
    leap: Floats,
    virial: Floats,
) -> None:
    """Make ``count`` steps, the first of number ``begin``, of replicas ``first`` to ``last``.

    ``strength`` (6, 1 or n) is what rows `SIGMA` and `BETA` are filled with.
    ``position`` (axis, replica, n), ``motor`` (4, replica, n), ``books`` (BOOKS, replica, n), ``who`` (replica, slot),
    ``reference`` (axis, replica, slot), ``leap`` and ``virial`` (replica,) change in place. Rows of ``books`` that are
    not among ``own`` hold sums by lane. A leap of -1: the list was refused.
    """
    axes, _, n = position.shape
    blocks, width = (n + LANES - 1) // LANES, min(LANES, (n + 7) // 8 * 8)
    size, plain = blocks * LANES, model.potential == FREE and not model.driven and table[0, ROTATION] == 0.0
    for replica in range(first, last):
        s, kept, slots = np.zeros((2, ROWS * LANES)), np.zeros((blocks, len(own) * LANES)), np.zeros(size, np.int32)
        crowd = Crowd(
            s, own, kept, n, slots, width, plain, np.zeros((axes, size)), np.zeros((axes, size)), np.zeros(4 * size)
        )
        crowd.who[:n], crowd.reference[:, :n] = who[replica], reference[:, replica]
        _carry(False, strength, replica, crowd, position, motor, books)
        sums = leap[replica], virial[replica]
        sums = _steps(begin, count, model, pot, reach, table, crowd, keys[replica], *sums)
        leap[replica], virial[replica] = sums
        reference[:, replica], who[replica] = crowd.reference[:, :n], crowd.who[:n]
        _carry(True, strength, replica, crowd, position, motor, books)


@njit
def _carry(
    out: bool, strength: Floats, replica: int, crowd: Crowd, position: Floats, motor: Floats, books: Floats
) -> None:
    """Copy the State into the rows, or back if ``out``."""
    for row in range(SIGMA, SCRATCH):
        crowd.s[:, row * LANES : (row + 1) * LANES] = strength[row - SIGMA, 0]
    for k in range(len(crowd.own)):
        row = crowd.own[k]
        if row < BOOKS:
            _carry_row(out, books[row, replica], crowd, k)
        elif row < MOTOR:
            _carry_row(out, position[row - POSITION, replica], crowd, k)
        elif row < NOISE:
            _carry_row(out, motor[row - MOTOR, replica], crowd, k)
        elif row >= SIGMA and not out:
            _carry_row(out, strength[row - SIGMA], crowd, k)  # other rows are made anew
    n, whole = crowd.n, min(crowd.n // LANES, 1)  # lanes of whole blocks come first, then those of the last one
    for row in range(BOOKS):
        if (crowd.own == row).any():
            continue
        for j in range(whole * LANES + n % LANES):
            part, at = 1 if j >= whole * LANES else 0, row * LANES + j % LANES
            if out:
                books[row, replica, j] = crowd.s[part, at]
            else:
                crowd.s[part, at] = books[row, replica, j]


@njit
def _carry_row(out: bool, values: Floats, crowd: Crowd, k: int) -> None:
    for slot in range(crowd.n):
        block, at = slot // LANES, k * LANES + slot % LANES
        if out:
            values[crowd.who[slot]] = crowd.kept[block, at]
        else:
            crowd.kept[block, at] = values[crowd.who[slot]]


@njit
def _steps(
    begin: int,
    count: int,
    model: Model,
    pot: Potential,
    reach: Reach,
    table: Floats,
    crowd: Crowd,
    key: np.uint64,
    leap: float,
    virial: float,
) -> tuple[float, float]:
    axes, n, blocks = crowd.place.shape[0], crowd.n, range(crowd.kept.shape[0])
    work, rows, keys = scratch(n, axes, reach.grid), work_rows(), np.full(LANES, key)
    none = Pairs(np.empty(4 * n, np.uint32), np.empty(4 * n, np.uint32), np.zeros(1, np.int64))
    pairs = partners(pot, reach, crowd.reference, none, work)
    for block in blocks:
        _put(crowd, block, _fetch(crowd, block), POSITION, crowd.place)
    _meet(model, pot, reach, crowd, pairs, rows)
    for part in range(2):
        forces(model, table, 0, crowd.s[part], crowd.width, POSITION, AFTER)
    beyond = False
    for block in blocks:
        s = _fetch(crowd, block)
        forces(model, table, 0, s, crowd.width, POSITION, FORCE)
        _feel(model, table, 0, crowd, block, s, POSITION, FORCE)
        beyond |= _depart(model, reach, table, begin, 0, crowd, block, s, keys)
        _keep(crowd, block, s)
    cubes = _cube_row(crowd, pot)
    middle, velocity = np.empty(crowd.place.shape), np.empty(crowd.place.shape)
    for step in range(begin, begin + count):
        at = 2 * (step - begin) + 1 if model.driven else 0
        if beyond:
            pairs = _arranged(pot, reach, crowd, pairs, work)
        inward = _meet(model, pot, reach, crowd, pairs, rows)
        if model.integrator == HEUN:
            beyond = False
            for block in blocks:
                s = _fetch(crowd, block)
                _feel(model, table, at, crowd, block, s, PLACE, AFTER)
                correct(model, s, crowd.width)
                beyond |= _move_on(reach, crowd, block, s)
            if beyond:
                pairs = _arranged(pot, reach, crowd, pairs, work)
            inward = _meet(model, pot, reach, crowd, pairs, rows)
        virial += model.step * inward
        if pairs.size[0] < 0:
            return -1.0, virial
        beyond = False
        for block in blocks:
            s = _fetch(crowd, block)
            _feel(model, table, at, crowd, block, s, PLACE, AFTER)
            enter(model, table, at, s, crowd.width)
            if cubes >= 0:  # `enter` has left the middle of the move and its velocity in these rows
                _put(crowd, block, s, SCRATCH + 2, middle)
                _put(crowd, block, s, NOISE, velocity)
            leap = _arrive(model, step, step == begin, crowd, block, s, keys, leap)
            if model.driven:
                switch(model, table, at, at + 1, s, crowd.width)
            if step + 1 < begin + count:
                beyond |= _depart(model, reach, table, step + 1, at + 1, crowd, block, s, keys)
            _keep(crowd, block, s)
        if cubes >= 0:
            _add_cubes(model, crowd, cubes, middle, velocity, pot, reach, pairs)
    return leap, virial


@njit
def _fetch(crowd: Crowd, block: int) -> Floats:
    """The rows of a block, as particles kept them."""
    base = block * LANES
    s: Floats = crowd.s[1 if base + LANES > crowd.n else 0]
    kept = crowd.kept[block]
    for k in range(len(crowd.own)):
        row = crowd.own[k] * LANES
        for j in range(0, LANES, WIDTH):
            store(s, row + j, load(kept, k * LANES + j))
    for a in range(crowd.place.shape[0]):
        place = crowd.place[a]
        for j in range(0, LANES, WIDTH):
            store(s, (PLACE + a) * LANES + j, load(place, base + j))
    return s


@njit
def _keep(crowd: Crowd, block: int, s: Floats) -> None:
    """What particles keep of the rows of a block."""
    kept = crowd.kept[block]
    for k in range(len(crowd.own)):
        row = crowd.own[k] * LANES
        for j in range(0, LANES, WIDTH):
            store(kept, k * LANES + j, load(s, row + j))


@njit
def _depart(
    model: Model, reach: Reach, table: Floats, step: int, at: int, crowd: Crowd, block: int, s: Floats, keys: Keys
) -> bool:
    """The first half of a step: parameters change, the noise is drawn, and the particles move; as `_move_on`."""
    if model.driven:
        switch(model, table, at, at + 1, s, crowd.width)
        _feel(model, table, at + 1, crowd, block, s, POSITION, FORCE)
    if model.thermal:
        normals(model.dimension, TRANSLATION, step, at == 0, s, crowd.width, keys, crowd.who[block * LANES :])
    predict(model, table, at + 1 if model.driven else 0, s, crowd.width)
    return _move_on(reach, crowd, block, s)


@njit
def _move_on(reach: Reach, crowd: Crowd, block: int, s: Floats) -> bool:
    """Rows `PLACE` to ``place``. Returns whether one is not within half of the skin of ``reference``."""
    axes, base, beyond = crowd.place.shape[0], block * LANES, False
    for slot in range(crowd.n, base + LANES):  # nobody is in these
        for a in range(axes):
            s[(PLACE + a) * LANES + slot - base] = 0.0
    _put(crowd, block, s, PLACE, crowd.place)
    limit, ys, zs = 0.25 * reach.skin * reach.skin, crowd.reference[1 % axes], crowd.reference[2 % axes]
    xs = crowd.reference[0]
    for j in range(0, crowd.width, WIDTH):
        apart = load(s, PLACE * LANES + j) - load(xs, base + j)
        square = apart * apart
        if axes > 1:
            apart = load(s, (PLACE + 1) * LANES + j) - load(ys, base + j)
            square += apart * apart
        if axes > 2:
            apart = load(s, (PLACE + 2) * LANES + j) - load(zs, base + j)
            square += apart * apart
        beyond |= any_beyond(square, limit)
    return beyond


@njit
def _arrive(
    model: Model, step: int, fresh: bool, crowd: Crowd, block: int, s: Floats, keys: Keys, leap: float
) -> float:
    """The end of a step is the beginning of the next; the propulsion turns. Returns the longest move so far."""
    farther = False
    for j in range(0, crowd.width, WIDTH):
        square = full(0.0)
        for a in range(model.dimension):
            old, new = load(s, (POSITION + a) * LANES + j), load(s, (PLACE + a) * LANES + j)
            store(s, (POSITION + a) * LANES + j, new)
            store(s, (FORCE + a) * LANES + j, load(s, (AFTER + a) * LANES + j))
            store(s, (FORCE + OTHER + a) * LANES + j, load(s, (AFTER + OTHER + a) * LANES + j))
            square += (new - old) * (new - old)
        store(s, (FORCE + CURVATURE) * LANES + j, load(s, (AFTER + CURVATURE) * LANES + j))
        store(s, SCRATCH * LANES + j, square)
        farther |= any_beyond(square, leap * leap)
    if farther:
        for j in range(crowd.width):
            leap = max(leap, np.sqrt(s[SCRATCH * LANES + j]))
    if model.propulsion != PASSIVE:
        turn(model, step, fresh, s, crowd.width, keys, crowd.who[block * LANES :])
    return leap


@njit
def _meet(model: Model, pot: Potential, reach: Reach, crowd: Crowd, pairs: Pairs, rows: Floats) -> float:
    """Add forces of pairs and the laplacian at ``place`` to ``field``; returns the virial."""
    if model.driven:
        crowd.field[:] = 0.0
    virial: float = pair_forces(pot, reach.space, crowd.place, pairs, crowd.field, rows)
    return virial


@njit
def _feel(model: Model, table: Floats, at: int, crowd: Crowd, block: int, s: Floats, x: int, out: int) -> None:
    """All forces on the particles of a block at the places in rows ``x`` on, for which ``field`` holds.

    It is set to 0 for the next sums, unless driven parameters make the forces at the same places anew.
    """
    if not crowd.plain:
        forces(model, table, at, s, crowd.width, x, out)
    for j in range(0, crowd.width, WIDTH):
        fx, fy, fz, lap = load_interleaved(crowd.field, 4 * (block * LANES + j))
        if not model.driven:
            for part in range(0, 4 * WIDTH, WIDTH):
                store(crowd.field, 4 * (block * LANES + j) + part, full(0.0))
        if crowd.plain:
            store(s, out * LANES + j, fx)
            store(s, (out + 1) * LANES + j, fy)
            store(s, (out + 2) * LANES + j, fz)
            store(s, (out + CURVATURE) * LANES + j, lap)
        else:
            add(s, out * LANES + j, fx)
            add(s, (out + 1) * LANES + j, fy)
            add(s, (out + 2) * LANES + j, fz)
            add(s, (out + CURVATURE) * LANES + j, lap)


@njit
def _put(crowd: Crowd, block: int, s: Floats, x: int, out: Floats) -> None:
    """Rows ``x`` on of a block to ``out`` (axis, block * LANES)."""
    for a in range(out.shape[0]):
        row = out[a]
        for j in range(0, LANES, WIDTH):
            store(row, block * LANES + j, load(s, (x + a) * LANES + j))


@njit
def _cube_row(crowd: Crowd, pot: Potential) -> int:
    """The row of ``kept`` for third derivatives of pairs, or -1."""
    for k in range(len(crowd.own)):
        if crowd.own[k] == CUBE and pot.kind != SPRINGS:
            return k
    return -1


@njit
def _add_cubes(
    model: Model, crowd: Crowd, row: int, middle: Floats, velocity: Floats, pot: Potential, reach: Reach, pairs: Pairs
) -> None:
    """Third derivatives of the pairs at the ``middle`` of their moves (axis, slot)."""
    out = np.zeros(crowd.n)
    pair_cubes(pot, reach.space, middle, velocity, pairs, model.step, out)
    for slot in range(len(out)):
        crowd.kept[slot // LANES, row * LANES + slot % LANES] += out[slot]


@njit
def _arranged(pot: Potential, reach: Reach, crowd: Crowd, pairs: Pairs, work: Work) -> Pairs:
    """A new list for ``place``, after all slots are sorted."""
    n, order, moved = crowd.n, work.lists.order, work.wrapped[0]
    arrange(reach, crowd.place, crowd.who[:n], work)
    for a in range(crowd.place.shape[0]):
        for slot in range(n):
            moved[slot] = crowd.place[a, order[slot]]
        crowd.place[a, :n] = moved
    kept, length = crowd.kept.reshape(-1), crowd.kept.shape[1]
    for slot in range(n):
        order[slot] = order[slot] // LANES * length + order[slot] % LANES
    for k in range(len(crowd.own)):
        for slot in range(n):
            moved[slot] = kept[order[slot] + k * LANES]
        for slot in range(n):
            kept[slot // LANES * length + k * LANES + slot % LANES] = moved[slot]
    crowd.reference[:] = crowd.place
    return partners(pot, reach, crowd.reference, pairs, work)
