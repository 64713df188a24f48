"""Interacting particles: one replica after another, in blocks of slots for what concerns one particle.

Slots are sorted by cell whenever the Verlet list is made anew, just before forces are taken at places that the old list
may not cover. Who is in which slot, and the places of that moment, belong to the State.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from physent.core.jit import njit
from physent.core.simd import WIDTH, load, store
from physent.core.verlet import Indices, Pairs, Reach, Work, arrange, is_stale, scratch
from physent.engines.langevin.forces import forces
from physent.engines.langevin.interactions import partners
from physent.engines.langevin.model import AOUP, HEUN, PASSIVE, Model
from physent.engines.langevin.noise import TRANSLATION, Keys, normals, turn
from physent.engines.langevin.pair_forces import HARMONIC, SPRINGS, Potential, pair_cubes, pair_forces, work_rows
from physent.engines.langevin.rows import (
    AFTER,
    BETA,
    BOOKS,
    CUBE,
    CURVATURE,
    FORCE,
    MOTOR,
    NOISE,
    PLACE,
    POSITION,
    ROWS,
    SCRATCH,
    SIGMA,
)
from physent.engines.langevin.steps import correct, enter, predict, switch
from physent.typing import Floats

LANES = 64
"""Slots of a block. Its rows are this far apart: a constant, or loops over them would not vectorise."""


class Crowd(NamedTuple):
    """The particles of a replica."""

    s: Floats  # (block, ROWS * LANES)
    who: Indices  # (block * LANES,) particles; beyond the last one 0
    width: int  # lanes in use: whole registers
    reference: Floats  # (axis, slot)
    place: Floats  # (axis, slot): where the pairs are taken
    field: Floats  # (axis + 1, slot): forces of pairs, and lap U


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
    temperature: Floats,
    position: Floats,
    motor: Floats,
    books: Floats,
    who: Indices,
    reference: Floats,
    leap: Floats,
    virial: Floats,
) -> None:
    """Make ``count`` steps, the first of number ``begin``, of replicas ``first`` to ``last``.

    ``position`` (axis, replica, n), ``motor`` (4, replica, n), ``books`` (BOOKS, replica, n), ``who`` (replica, slot),
    ``reference`` (axis, replica, slot), ``leap`` and ``virial`` (replica,) change in place. A leap of -1: the list was
    refused.
    """
    axes, _, n = position.shape
    for replica in range(first, last):
        blocks = (n + LANES - 1) // LANES
        s, slots, width = (
            np.zeros((blocks, ROWS * LANES)),
            np.zeros(blocks * LANES, np.int32),
            min(LANES, (n + 7) // 8 * 8),
        )
        crowd = Crowd(s, slots, width, np.empty((axes, n)), np.empty((axes, n)), np.empty((axes + 1, n)))
        for slot in range(n):
            i, block, lane = who[replica, slot], slot // LANES, slot % LANES
            for a in range(axes):
                s[block, (POSITION + a) * LANES + lane] = position[a, replica, i]
                t = temperature[a, i % temperature.shape[1]]
                s[block, (SIGMA + a) * LANES + lane] = np.sqrt(2.0 * model.mobility * t * model.step)
                s[block, (BETA + a) * LANES + lane] = 1.0 / (model.mobility * t) if t > 0.0 else 0.0
            for row in range(4):
                s[block, (MOTOR + row) * LANES + lane] = motor[row, replica, i]
            for row in range(BOOKS):
                s[block, row * LANES + lane] = books[row, replica, i]
        slots[:n] = who[replica]
        crowd.reference[:] = reference[:, replica]
        sums = leap[replica], virial[replica]
        sums = _steps(begin, count, model, pot, reach, table, crowd, keys[replica], *sums)
        leap[replica], virial[replica] = sums
        reference[:, replica], who[replica] = crowd.reference, slots[:n]
        for slot in range(n):
            i, block, lane = who[replica, slot], slot // LANES, slot % LANES
            for a in range(axes):
                position[a, replica, i] = s[block, (POSITION + a) * LANES + lane]
            for row in range(4):
                motor[row, replica, i] = s[block, (MOTOR + row) * LANES + lane]
            for row in range(BOOKS):
                books[row, replica, i] = s[block, row * LANES + lane]


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
    (axes, n), blocks = crowd.place.shape, range(crowd.s.shape[0])
    work, rows, keys = scratch(n, axes, reach.grid), work_rows(axes), np.full(LANES, key)
    none = Pairs(np.empty(4 * n, np.uint32), np.empty(4 * n, np.uint32), np.zeros(1, np.int64))
    pairs = partners(pot, reach, crowd.reference, none, work)
    _copy_out(crowd, POSITION, crowd.place)
    _meet(pot, reach, crowd, pairs, rows)
    for block in blocks:
        _depart(model, table, begin, 0, crowd, block, keys)
    has_cubes = model.propulsion == AOUP and not model.thermal and pot.kind != HARMONIC and pot.kind != SPRINGS
    middle, velocity = np.empty((axes, n)), np.empty((axes, n))
    for step in range(begin, begin + count):
        at = 2 * (step - begin) + 1 if model.driven else 0
        pairs = _covering(pot, reach, crowd, pairs, work)
        inward = _meet(pot, reach, crowd, pairs, rows)
        if model.integrator == HEUN:
            for block in blocks:
                _feel(model, table, at, crowd, block, PLACE, AFTER)
                correct(model, crowd.s[block], LANES, crowd.width)
                _copy_block(crowd, block, PLACE, crowd.place)
            pairs = _covering(pot, reach, crowd, pairs, work)
            inward = _meet(pot, reach, crowd, pairs, rows)
        virial += model.step * inward
        if pairs.size[0] < 0:
            return -1.0, virial
        # One visit ends this step and begins the next: a large system does not fit into the cache.
        for block in blocks:
            _feel(model, table, at, crowd, block, PLACE, AFTER)
            enter(model, table, at, crowd.s[block], LANES, crowd.width)
            if has_cubes:  # `enter` has left the middle of the move and its velocity in these rows
                _copy_block(crowd, block, SCRATCH + 2, middle)
                _copy_block(crowd, block, NOISE, velocity)
            leap = _arrive(model, step, step == begin, crowd, block, keys, leap)
            if model.driven:
                switch(model, table, at, at + 1, crowd.s[block], LANES, crowd.width)
            if step + 1 < begin + count:
                _depart(model, table, step + 1, at + 1, crowd, block, keys)
        if has_cubes:
            _cubes(model, crowd, middle, velocity, pot, reach, pairs)
    return leap, virial


@njit
def _depart(model: Model, table: Floats, step: int, at: int, crowd: Crowd, block: int, keys: Keys) -> None:
    """The first half of a step: parameters change, the noise is drawn, and the particles move to rows `PLACE`."""
    s, fresh = crowd.s[block], at == 0
    if model.driven:
        switch(model, table, at, at + 1, s, LANES, crowd.width)
    if model.driven or fresh:
        _feel(model, table, at + 1 if model.driven else 0, crowd, block, POSITION, FORCE)
    if model.thermal:
        normals(model.dimension, TRANSLATION, step, fresh, s, LANES, crowd.width, keys, crowd.who[block * LANES :])
    predict(model, table, at + 1 if model.driven else 0, s, LANES, crowd.width)
    _copy_block(crowd, block, PLACE, crowd.place)


@njit
def _arrive(model: Model, step: int, fresh: bool, crowd: Crowd, block: int, keys: Keys, leap: float) -> float:
    """The end of a step is the beginning of the next; the propulsion turns. Returns the longest move so far."""
    s = crowd.s[block]
    leap = _farther(model.dimension, s, leap)
    for a in range(model.dimension):
        x, y = (POSITION + a) * LANES, (PLACE + a) * LANES
        for j in range(0, LANES, WIDTH):
            store(s, x + j, load(s, y + j))
    for j in range(FORCE * LANES, AFTER * LANES, WIDTH):
        store(s, j, load(s, j + (AFTER - FORCE) * LANES))
    if model.propulsion != PASSIVE:
        turn(model, step, fresh, s, LANES, crowd.width, keys, crowd.who[block * LANES :])
    return leap


@njit
def _farther(axes: int, s: Floats, leap: float) -> float:
    """The larger of ``leap`` and the longest move of a block."""
    beyond, longest = 0, leap * leap
    for j in range(LANES):
        square = 0.0
        for a in range(axes):
            apart = s[(PLACE + a) * LANES + j] - s[(POSITION + a) * LANES + j]
            square += apart * apart
        beyond += 1 if square > longest else 0
    if beyond == 0:  # nearly always, and counting vectorises
        return leap
    for j in range(LANES):
        square = 0.0
        for a in range(axes):
            apart = s[(PLACE + a) * LANES + j] - s[(POSITION + a) * LANES + j]
            square += apart * apart
        longest = max(longest, square)
    return float(np.sqrt(longest))


@njit
def _meet(pot: Potential, reach: Reach, crowd: Crowd, pairs: Pairs, rows: Floats) -> float:
    """Forces of pairs and the laplacian at ``place``, in ``field``; returns the virial."""
    axes = crowd.place.shape[0]
    crowd.field[:] = 0.0
    virial: float = pair_forces(pot, reach.space, crowd.place, pairs, crowd.field[:axes], crowd.field[axes], rows)
    return virial


@njit
def _feel(model: Model, table: Floats, at: int, crowd: Crowd, block: int, x: int, out: int) -> None:
    """All forces on the particles of a block at the places in rows ``x`` on, for which ``field`` holds."""
    (axes, n), s, base = crowd.place.shape, crowd.s[block], block * LANES
    forces(model, table, at, s, LANES, crowd.width, x, out)
    count = min(LANES, n - base)
    for a in range(axes + 1):
        to = (out + (a if a < axes else CURVATURE)) * LANES
        row, rest = crowd.field[a, base : base + count], s[to : to + count]
        for j in range(count):
            rest[j] += row[j]


@njit
def _copy_block(crowd: Crowd, block: int, x: int, out: Floats) -> None:
    """Rows ``x`` on of a block to ``out`` (axis, slot)."""
    base = block * LANES
    count = min(LANES, out.shape[1] - base)
    for a in range(out.shape[0]):
        from_, to = crowd.s[block, (x + a) * LANES : (x + a) * LANES + count], out[a, base : base + count]
        for j in range(count):
            to[j] = from_[j]


@njit
def _copy_out(crowd: Crowd, x: int, out: Floats) -> None:
    for block in range(crowd.s.shape[0]):
        _copy_block(crowd, block, x, out)


@njit
def _cubes(
    model: Model, crowd: Crowd, middle: Floats, velocity: Floats, pot: Potential, reach: Reach, pairs: Pairs
) -> None:
    """Third derivatives of the pairs at the ``middle`` of their moves (axis, slot)."""
    out = np.zeros(middle.shape[1])
    pair_cubes(pot, reach.space, middle, velocity, pairs, model.step, out)
    for slot in range(len(out)):
        crowd.s[slot // LANES, CUBE * LANES + slot % LANES] += out[slot]


@njit
def _covering(pot: Potential, reach: Reach, crowd: Crowd, pairs: Pairs, work: Work) -> Pairs:
    """A list that holds at the places in rows `PLACE`: the old one, or a new one after all slots are sorted."""
    if not is_stale(reach, crowd.place, crowd.reference):
        return pairs
    n, s, order, kept = crowd.place.shape[1], crowd.s, work.lists.order, work.wrapped[0]
    arrange(reach, crowd.place, crowd.who[:n], work)
    for row in range(ROWS):
        if AFTER <= row < SIGMA or row >= SCRATCH:
            continue  # not yet computed
        at = row * LANES
        for slot in range(n):
            kept[slot] = s[order[slot] // LANES, at + order[slot] % LANES]
        for slot in range(n):
            s[slot // LANES, at + slot % LANES] = kept[slot]
    _copy_out(crowd, PLACE, crowd.place)
    crowd.reference[:] = crowd.place
    return partners(pot, reach, crowd.reference, pairs, work)
