"""Sums over particles on a CUDA device: what scalars and rates follow from."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numba import cuda, float64

from physent.core.cuda import sums
from physent.core.cuda.lanes import one_lane
from physent.core.cuda.launch import TYPICAL, Kernel, kernel, upload
from physent.core.cuda.sums import SPAN, THREADS, enter
from physent.engines import EngineConfig
from physent.engines.langevin.forces import energies
from physent.engines.langevin.model import LINEAR, Model
from physent.engines.langevin.rows import BOOKS, FORCED, PLACE, POSITION, PUSH, ROWS, TRAPEZOID, WORK
from physent.engines.langevin.state import State, Sums, current
from physent.engines.twins import Measures, Resident
from physent.typing import Floats

DONE, HEAT, ENERGY, ENTROPY, SURPRISE, SQUARE = range(BOOKS, BOOKS + 6)
CENTER = SQUARE + 1
MOVED, MOTOR = CENTER + 3, CENTER + 6
COLUMNS = MOTOR + 3
"""Columns: the books; sums of the work, heat, energy, entropy of the medium, change of -ln p and squared displacement;
of the position, displacement and propulsion along each axis."""

_energies = one_lane(energies, LANES=1)


@lru_cache(maxsize=16)
def add_of(dimension: int, potential: int) -> Kernel:
    """Kernel that enters the columns of each replica, by parts (`physent.core.cuda.sums`)."""

    @kernel(
        "void(float64[:, :, ::1], float64[:, :, ::1], float64[:, :, ::1], float64[:, ::1], float64[:, :, ::1], "
        "float64[:, ::1], float64[:, :, ::1], float64[:, ::1], float64[::1], float64[:, ::1], float64[:, ::1], "
        "float64[::1], float64, float64[:, :, ::1])",
        threads=THREADS,
    )
    def add(
        position: Any, motor: Any, books: Any, of_pairs: Any, origin: Any, start_energy: Any, settled: Any,
        start_surprise: Any, baths: Any, coefficients: Any, inverse: Any, mean: Any, offset: float, part: Any,
    ) -> None:  # fmt: skip
        room = cuda.shared.array(THREADS, float64)
        own = cuda.local.array(COLUMNS, float64)
        s = cuda.local.array(ROWS, float64)
        model = Model(dimension, potential, 0, 0, False, False, 0.0, 0.0, 0.0, 0.0, 0.0)
        n, first = position.shape[2], cuda.blockIdx.x * SPAN
        for r in range(cuda.blockIdx.y, position.shape[1], cuda.gridDim.y):
            for k in range(COLUMNS):
                own[k] = 0.0
            for i in range(first + cuda.threadIdx.x, min(first + SPAN, n), THREADS):
                for a in range(dimension):
                    x = position[a, r, i]
                    moved = x - origin[a, r, i]
                    s[POSITION + a] = x
                    own[CENTER + a] += x
                    own[MOVED + a] += moved
                    own[SQUARE] += moved * moved
                for a in range(3):
                    own[MOTOR + a] += motor[a, r, i]
                for k in range(BOOKS):
                    own[k] += books[k, r, i]
                _energies(model, coefficients, 0, s, 1, POSITION, PLACE)
                if of_pairs.shape[1] > 0:
                    s[PLACE] += of_pairs[r, i]
                gain = s[PLACE] - start_energy[r, i]
                heat = books[WORK, r, i] + books[FORCED, r, i] + books[PUSH, r, i] - gain
                own[ENERGY] += s[PLACE]
                own[HEAT] += heat
                own[DONE] += heat + gain
                if baths.shape[0] > 0:
                    own[ENTROPY] += settled[1, r, i] + (heat - settled[0, r, i]) / baths[i % baths.shape[0]]
                else:
                    own[ENTROPY] += books[TRAPEZOID, r, i]
                if mean.shape[0] > 0:
                    form = 0.0
                    for a in range(dimension):
                        for b in range(dimension):
                            away = (s[POSITION + a] - mean[a]) * (s[POSITION + b] - mean[b])
                            form += inverse[a, b] * away
                    own[SURPRISE] += 0.5 * (form + offset) - start_surprise[r, i]
            for k in range(COLUMNS):
                enter(own[k], room, cuda.threadIdx.x, part[r, cuda.blockIdx.x], k)

    return add


class Start(NamedTuple):
    """What a leg starts from, on the device."""

    origin: Any  # (axis, replica, n)
    energy: Any  # (replica, n)
    settled: Any  # (2, replica, n)
    surprise: Any  # (replica, n)
    baths: Any  # (1,) or (n,); (0,): without a bath, or with one of its own along each axis


def start_of(state: State) -> Start:
    """The start of a leg."""
    warm, baths = bool(state.setup.temperature.min() > 0), state.setup.baths
    known = baths if warm and baths is not None else np.empty(0)
    return Start(*map(upload, (state.origin, state.start_energy, state.settled, state.start_surprise, known)))


def start_bytes(config: EngineConfig) -> int:
    """Bytes of `start_of` on the device."""
    return 8 * int(config.replicas) * int(config.parameters.n) * (int(config.parameters.dimension) + 5)


def _no_pairs(resident: Resident) -> Any:
    return upload(np.empty((0, 0)))


def _columns(resident: Resident, of_pairs: Callable[[Resident], Any]) -> Floats:
    """Sums of each column, (column, replica)."""
    if "columns" not in resident.measured:
        state: State = resident.state
        inverse, mean, offset = np.empty((0, 0)), np.empty(0), 0.0
        if state.law.size:
            covariance = state.law[:, 1:]
            inverse, mean = np.asarray(np.linalg.inv(covariance), np.float64), np.ascontiguousarray(state.law[:, 0])
            offset = float(len(mean) * np.log(2 * np.pi) + np.linalg.slogdet(covariance)[1])
        model, rows = state.setup.model, current(state.setup, state.steps)
        _, replicas, n = resident.position.shape
        found = sums.parts(
            add_of(model.dimension, model.potential), replicas, n, COLUMNS, resident.position, resident.motor,
            resident.books, of_pairs(resident), *resident.tables.start, upload(rows), upload(inverse), upload(mean),
            offset,
        )  # fmt: skip
        with np.errstate(over="ignore", invalid="ignore"):
            resident.measured["columns"] = np.ascontiguousarray(found.sum(axis=1).T)
    columns: Floats = resident.measured["columns"]
    return columns


def measures_with(of_pairs: Callable[[Resident], Any]) -> Measures:
    """The measures of particles, to each of which ``of_pairs`` gives an energy (replica, n), on the device."""

    def measure(resident: Resident) -> Floats:
        return _columns(resident, of_pairs)

    def place(resident: Resident) -> Floats:
        d, _, n = resident.position.shape
        return np.asarray(measure(resident)[CENTER : CENTER + d] / n)

    def all_sums(resident: Resident) -> Sums:
        columns, state = measure(resident), resident.state
        d, _, n = resident.position.shape
        return Sums(
            work=columns[DONE],
            heat=columns[HEAT],
            energy=columns[ENERGY],
            moved=columns[MOVED : MOVED + d] / n,
            square=columns[SQUARE] / n,
            motor=columns[MOTOR : MOTOR + 3],
            entropy=columns[ENTROPY] if state.setup.temperature.min() > 0 else None,
            surprise=columns[SURPRISE] if state.law.size else None,
        )

    return {
        "totals": lambda resident: measure(resident)[:BOOKS],
        "total_energy": lambda resident: measure(resident)[ENERGY],
        "place": place,
        "sums": all_sums,
    }


MEASURES = measures_with(_no_pairs)
TYPICAL.append(lambda: add_of(2, LINEAR))
