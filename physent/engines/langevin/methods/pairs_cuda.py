"""`pairs` on a CUDA device: Verlet lists of all partners, one thread per particle or slot, all replicas at once.

Steps are launched a few at a time without looking at the result: a replica whose list expires waits at that stage
until the others have come as far as they can, and then all expired lists are renewed. How many does not change a bit.

Bound: a step of Heun of active discs in the plane moves at least 0.9 kB per particle: 0.16 kB to depart, 0.19 to
correct, 0.35 to arrive (ten sums of the ledger), and 0.11 in each of two meetings, whose partners, 5.6 at a packing
fraction of 0.6, mostly are in the cache. At 3 TB/s that is 0.3 ns; 500 operations in double precision, a third of them
for random numbers and the ledger, take 0.03 ns at 17e12 instructions/s.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from physent.core.cuda.launch import MOST_ROWS, empty, upload
from physent.core.cuda.verlet import NEVER, Lists, chains_of, find_partners, lists_bytes, lists_of, sort_slots
from physent.engines import EngineConfig
from physent.engines.langevin import crowding
from physent.engines.langevin import state as common
from physent.engines.langevin.crowd_cuda import (
    ARRIVE,
    BEND,
    CORRECT,
    DEPART,
    FIRST_MEETING,
    MEETING,
    STAGES,
    TILE,
    bending_of,
    meeting_of,
    stage_of,
    written_by,
)
from physent.engines.langevin.crowding_cuda import MEASURES, Look, keep, look, look_bytes
from physent.engines.langevin.interactions import forces_of
from physent.engines.langevin.methods import pairs
from physent.engines.langevin.methods.independent import MOST_DRIVEN
from physent.engines.langevin.model import HEUN, table
from physent.engines.langevin.pair_forces import SPRINGS
from physent.engines.langevin.rows import BOOKS, CUBE
from physent.engines.langevin.sums_cuda import Start, start_bytes, start_of
from physent.engines.twins import Resident, twin

_MOST_AT_ONCE = 16
"""Steps launched before anyone looks whether a list has expired."""
_WORK = 0.1
"""Units of work (about 10 ns) per particle and step, on a card of the class of an H100."""
_LEAST_WORK = 10_000.0
"""Of a step, however few the particles: that of its launches."""


@dataclass
class _Tables:
    """Constants and scratch on the device."""

    shape: tuple[int, int, int]  # axes, replicas, particles
    lists: Lists
    place: Any  # (replica * slot * 4,): where pairs are taken
    field: Any  # (replica * slot * 4,): forces of pairs along three axes, and lap U; at the position between steps
    before: Any  # (4, replica, particle): the same before the step
    noise: Any  # (3, replica, particle)
    motion: Any  # (replica * slot * 8,): middle of the move and its velocity, if third derivatives are taken
    inward: Any  # (step, replica, block): sum of r.F over pairs
    strength: Any  # (6, 1 or n)
    keys: Any  # (replica,)
    done: Any  # (replica,): stages made
    start: Start
    look: Look
    lost: Any  # (1,): the first replica with a position that is not finite; their number if there is none
    bends: bool
    written: int
    at_once: int = _MOST_AT_ONCE  # steps to launch next


def _tables(config: EngineConfig, state: pairs.State) -> _Tables:
    (axes, replicas, n), setup, (pot, reach) = state.position.shape, state.setup, state.pairs
    lists = chains_of(reach, state.who) if pot.kind == SPRINGS else lists_of(reach, state.who, state.reference)
    place = np.zeros((replicas, n, 4))
    for r in range(replicas):
        place[r, :, :axes] = state.position[:, r, state.who[r]].T
    bends = pot.kind != SPRINGS and CUBE in crowding.rows_of(setup.parameters)
    tables = _Tables(
        shape=(axes, replicas, n),
        lists=lists,
        place=upload(place.reshape(-1)),
        field=empty(replicas * n * 4),
        before=empty((4, replicas, n)),
        noise=empty((3, replicas, n)),
        motion=empty(replicas * n * 8 if bends else 1),
        inward=empty((_MOST_AT_ONCE, replicas, -(-n // TILE))),
        strength=upload(pairs.strength(setup)),
        keys=upload(setup.keys),
        done=upload(np.zeros(replicas, np.int64)),
        start=start_of(state),
        look=look(config),
        lost=upload(np.array([replicas], np.int32)),
        bends=bends,
        written=written_by(setup.model, setup.parameters.force is not None),
    )
    who, reference = upload(state.who), upload(state.reference)
    replica = find_partners(lists, who, reference)
    if replica >= 0:
        raise pairs.collapsed(replica, state.target)
    _meeting(state, tables, reference)(0, -1)
    lists.expires.copy_to_device(np.full(replicas, NEVER))
    return tables


def _rows(replicas: int) -> list[tuple[int, int]]:
    """First replica, and number of replicas, of each launch that has one of them per block along y."""
    return [(first, min(MOST_ROWS, replicas - first)) for first in range(0, replicas, MOST_ROWS)]


def _meeting(state: pairs.State, tables: _Tables, reference: Any) -> Callable[[int, int], None]:
    """What launches the forces of pairs at a stage; virials of a step of which the number is not negative are kept."""
    (axes, replicas, n), (pot, reach), lists = tables.shape, state.pairs, tables.lists
    meet, groups, blocks, limit = meeting_of(axes, pot.kind), _rows(replicas), -(-n // TILE), 0.25 * reach.skin**2

    def launch(stage: int, kept: int) -> None:
        for first, rows in groups:
            meet.blocks(
                (blocks, rows), TILE, tables.place, reference, lists.first, lists.partners, lists.period, lists.turns,
                limit, *pot[1:], tables.done, lists.expires, stage, kept, first, tables.field, tables.inward,
            )  # fmt: skip

    return launch


def _stepping(resident: Resident, coefficients: Any, begin: int) -> Callable[[int, int], None]:
    """What launches a step of all replicas, of which the first one is ``begin``; it is made once for many steps."""
    state, tables, lists = resident.state, resident.tables, resident.tables.lists
    *kind, step, mobility, speed, rate, turn = state.setup.model
    heun, (pot, _), (axes, replicas, n) = state.setup.model.integrator == HEUN, state.pairs, tables.shape
    meet, groups = _meeting(state, tables, resident.reference), _rows(replicas)
    kernels = {
        part: stage_of(part, tables.bends, tables.written, *kind)
        for part in (DEPART, CORRECT, ARRIVE)
        if heun or part != CORRECT
    }

    def launch(part: int, number: int) -> None:
        for first, rows in groups:
            kernels[part](
                n, resident.position, resident.motor, resident.books, resident.leap, tables.before, tables.noise,
                lists.slot, tables.place, tables.field, tables.motion, tables.lost, tables.strength, tables.keys,
                coefficients, tables.done, lists.expires, number, begin, first, step, mobility, speed, rate, turn,
                rows=rows,
            )  # fmt: skip

    def launch_all(number: int, kept: int) -> None:
        launch(DEPART, number)
        if heun:
            meet(STAGES * number + FIRST_MEETING, -1)
            launch(CORRECT, number)
        meet(STAGES * number + MEETING, kept)
        launch(ARRIVE, number)
        if tables.bends:
            for first, rows in groups:
                bending_of(axes, pot.kind)(
                    n, tables.motion, resident.who, lists.first, lists.partners, lists.period, lists.turns, *pot[1:],
                    tables.done, lists.expires, STAGES * number + BEND, first, step, resident.books, rows=rows,
                )  # fmt: skip

    return launch_all


def _march(resident: Resident, coefficients: Any, count: int, target: float) -> Generator[None, None, None]:
    """Make ``count`` steps; RunError if particles have collapsed or are lost."""
    state, tables, lists = resident.state, resident.tables, resident.tables.lists
    replicas, begin = tables.shape[1], state.steps
    done, launch = np.full(replicas, STAGES * begin), _stepping(resident, coefficients, begin)
    while (first := int(done.min()) // STAGES) < begin + count:
        last = min(begin + count, first + tables.at_once)
        tables.done.copy_to_device(done)
        for number in range(first, last):
            launch(number, number - first)
        yield
        expires = lists.expires.copy_to_host()
        _add_virial(state, tables, done, expires, first, last)
        if (replica := int(tables.lost.copy_to_host()[0])) < replicas:
            raise common.lost(replica, target)
        has_expired, before = expires != NEVER, done
        done = np.where(has_expired, expires, np.maximum(done, STAGES * last))
        if has_expired.any():
            sort_slots(lists, tables.place, resident.who, resident.reference)
            if (replica := find_partners(lists, resident.who, resident.reference)) >= 0:
                raise pairs.collapsed(replica, target)
            lists.expires.copy_to_device(np.full(replicas, NEVER))
        # Twice as many as most could make: of many replicas some always wait, and others shall not wait for them.
        tables.at_once = min(_MOST_AT_ONCE, 2 + 2 * int((done - before).mean()) // STAGES)
    yield


def _add_virial(state: pairs.State, tables: _Tables, done: Any, expires: Any, first: int, last: int) -> None:
    """Add the sums of steps ``first`` to ``last`` that were made, one after the other as on the CPU."""
    inward = tables.inward.copy_to_host()
    for number in range(first, last):
        stage = STAGES * number + MEETING
        made = (done <= stage) & (stage < expires)
        state.virial[made] += state.setup.model.step * inward[number - first, made].sum(axis=1)


def _keep_local(resident: Resident) -> None:
    """`pairs.State.keep_local`, on the device."""
    (_, replicas, n), rows, last = resident.tables.shape, resident.tables.look.rows, resident.last_local
    if rows.size:
        keep(replicas * n, resident.books, rows, last, rows=rows.size)
        resident.behind.add("last_local")


def _advance(resident: Resident, target: float, work: int) -> Generator[None, None, float]:
    state: pairs.State = resident.state
    setup, (_, replicas, n) = state.setup, resident.tables.shape
    most = max(1, int(work / max(_LEAST_WORK, _WORK * replicas * n)))
    count = min(
        pairs.begin(state, target, partial(_keep_local, resident)),
        min(most, MOST_DRIVEN) if setup.model.driven else most,
    )
    rows = table(setup.parameters, setup.row, state.steps, count)
    if count:
        yield from _march(resident, upload(rows), count, target)
    return common.count_steps(state, count, rows, target)


def _memory(config: EngineConfig) -> int:
    n, replicas, parameters = int(config.parameters.n), int(config.replicas), config.parameters
    pot, reach = forces_of(parameters)
    partners, d = 2.0, parameters.dimension
    if pot.kind != SPRINGS:
        ball = (2.0, np.pi, 4.0 * np.pi / 3.0)[d - 1] * reach.reach**d
        length = parameters.box_length or 0.0
        partners = min(n, ball * n / length**d if length else 2.0 * ball / pot.diameter**d)
    numbers = len(crowding.rows_of(parameters)) + d + 4 + BOOKS + d + 4 + 4 + 4 + 3 + _MOST_AT_ONCE / TILE
    if CUBE in crowding.rows_of(parameters):
        numbers += 8
    return (
        int(replicas * n * (8 * numbers + 4))
        + lists_bytes(reach.grid, partners, n, replicas)
        + start_bytes(config)
        + look_bytes(config)
    )


METHOD = twin(
    pairs.METHOD,
    ("position", "motor", "books", "who", "reference", "leap", "last_local"),
    _advance,
    tables=_tables,
    memory=_memory,
    measures=MEASURES,
)
