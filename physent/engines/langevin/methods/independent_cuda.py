"""`independent` on a CUDA device: one thread per particle makes all steps of a launch, with the source of the CPU."""

from __future__ import annotations

import math
from collections.abc import Generator
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numba import cuda, float64, int64, uint64

from physent.core.cuda.lanes import one_lane
from physent.core.cuda.launch import TYPICAL, Kernel, kernel, upload
from physent.engines import EngineConfig
from physent.engines.langevin import state as common
from physent.engines.langevin.methods import independent
from physent.engines.langevin.methods.independent import MOST_DRIVEN
from physent.engines.langevin.model import HEUN, LINEAR, PASSIVE, Model, table
from physent.engines.langevin.rows import BETA, BOOKS, MOTOR, POSITION, ROWS, SIGMA
from physent.engines.langevin.state import State
from physent.engines.langevin.sums_cuda import MEASURES, Start, start_bytes, start_of
from physent.engines.twins import Resident, twin

_WORK = 0.02
"""Units of work (about 10 ns) per particle and step, on a card of the class of an H100."""
_LEAST_WORK = 300.0
"""Of a step, however few the particles."""

_steps = one_lane(independent.steps, LANES=1)


@lru_cache(maxsize=16)
def move_of(dimension: int, potential: int, propulsion: int, integrator: int, driven: bool, thermal: bool) -> Kernel:
    """Kernel of steps for one kind of `Model`; its other constants are arguments."""

    @kernel(
        "void(float64[:, :, ::1], float64[:, :, ::1], float64[:, :, ::1], float64[:, ::1], uint64[::1], "
        "float64[:, ::1], int64, int64, float64, float64, float64, float64, float64)"
    )
    def move(
        position: Any, motor: Any, books: Any, coefficients: Any, keys: Any, temperature: Any, begin: int, count: int,
        step: float, mobility: float, speed: float, rate: float, turn: float,
    ) -> None:  # fmt: skip
        s = cuda.local.array(ROWS, float64)
        key = cuda.local.array(1, uint64)
        index = cuda.local.array(1, int64)
        w, n = cuda.grid(1), position.shape[2]
        r, i = w // n, w % n
        if r >= position.shape[1]:
            return
        model = Model(
            dimension, potential, propulsion, integrator, driven, thermal, step, mobility, speed, rate, turn
        )  # fmt: skip
        key[0], index[0] = keys[r], i
        for row in range(ROWS):
            s[row] = 0.0
        for a in range(dimension):
            s[POSITION + a] = position[a, r, i]
            t = temperature[a, i % temperature.shape[1]]
            s[SIGMA + a] = np.sqrt(2.0 * mobility * t * step)
            s[BETA + a] = 1.0 / (mobility * t) if t > 0.0 else 0.0
        for row in range(4):
            s[MOTOR + row] = motor[row, r, i]
        for row in range(BOOKS):
            s[row] = books[row, r, i]
        _steps(begin, count, model, coefficients, s, 1, key, index)
        for a in range(dimension):
            position[a, r, i] = s[POSITION + a]
        for row in range(4):
            motor[row, r, i] = s[MOTOR + row]
        for row in range(BOOKS):
            books[row, r, i] = s[row]

    return move


class _Tables(NamedTuple):
    keys: Any
    temperature: Any
    start: Start


def _tables(config: EngineConfig, state: State) -> _Tables:
    return _Tables(upload(state.setup.keys), upload(state.setup.temperature), start_of(state))


def _advance(resident: Resident, target: float, work: int) -> Generator[None, None, float]:
    state: State = resident.state
    setup, walkers = state.setup, math.prod(resident.position.shape[1:])
    most = max(1, int(work / max(_LEAST_WORK, _WORK * walkers)))
    count = min(common.begin(state, target), min(most, MOST_DRIVEN) if setup.model.driven else most)
    rows = table(setup.parameters, setup.row, state.steps, count)
    if count:
        coefficients = upload(rows)
        *kind, step, mobility, speed, rate, turn = setup.model
        move_of(*kind)(
            walkers, resident.position, resident.motor, resident.books, coefficients, *resident.tables[:2],
            state.steps, count, step, mobility, speed, rate, turn,
        )  # fmt: skip
        yield
    return common.end(state, count, rows, target)


def _memory(config: EngineConfig) -> int:
    return 8 * int(config.replicas) * int(config.parameters.n) * (BOOKS + 3 + 4) + start_bytes(config)


METHOD = twin(
    independent.METHOD, ("position", "motor", "books"), _advance, tables=_tables, memory=_memory, measures=MEASURES
)
TYPICAL.append(lambda: move_of(2, LINEAR, PASSIVE, HEUN, False, True))
