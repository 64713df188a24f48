"""Oscillators in mean field on a CUDA device: one block per replica makes all steps of a launch.

A thread goes through its oscillators with the passes of `steps`, one at a time; the rows are those of the CPU.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, NamedTuple

import numpy as np
from numba import cuda, float64, int32

from physent.core.cuda import sums
from physent.core.cuda.launch import SIMULATED, device_function, empty, kernel, upload
from physent.core.cuda.plain import plain
from physent.core.cuda.sums import enter
from physent.core.mathfun import sincos
from physent.core.random import normal_pair
from physent.engines import EngineConfig
from physent.engines.oscillators import network, state, steps
from physent.engines.oscillators.engine import METHOD as ON_CPU
from physent.engines.oscillators.state import BINS, State
from physent.engines.oscillators.steps import (
    ANGLE,
    BLOCK,
    BONDS,
    COSINE,
    COSINE_2,
    COSINES,
    FRICTION,
    MOVE,
    NOISE,
    OMEGA,
    SINE,
    SINE_2,
    SINES,
    SPAN,
    Model,
    book,
    mean_passes,
)
from physent.engines.twins import Resident, twin
from physent.typing import Floats, Integers

THREADS = 4 if SIMULATED else 256
"""Threads of a block: sums depend on it."""
_ADDERS, _SPAN = sums.THREADS, sums.SPAN
_SUMS = 8
_MOST_COUNTERS = 1 << 16
"""Threads per replica that count angles."""
_WORK = 0.002
"""Units of work (about 10 ns) per oscillator and step, on a card of the class of an H100 with hundreds of replicas."""
_LEAST_WORK = 1500.0
"""Of a step of all replicas, however small."""

predict, correct, settle = mean_passes


@device_function
def _place(i: int) -> int:
    return i // BLOCK * SPAN + i % BLOCK


@device_function
def _load(rows: Any, angle: Any, omega: Any, t: int) -> None:
    for i in range(t, angle.shape[0], THREADS):
        o = _place(i)
        rows[o + ANGLE], rows[o + OMEGA], rows[o + NOISE], rows[o + MOVE] = angle[i], omega[i], 0.0, 0.0
        rows[o + SINE], rows[o + COSINE] = sincos(angle[i])
        rows[o + FRICTION] = 1.0


@device_function
def _shake(rows: Any, n: int, scale: float, key: np.uint64, number: int, t: int) -> None:
    for j in range(t, (n + 1) // 2, THREADS):
        x, y = normal_pair(key, number, j, 0)
        rows[_place(2 * j) + NOISE], rows[_place(2 * j + 1) + NOISE] = scale * x, scale * y
    cuda.syncthreads()


@device_function
def _add_up(own: Any, room: Any, count: int, t: int) -> None:
    """Sum ``own`` (8,) over the threads into room[:, 0], in fixed order, and set it to zero."""
    cuda.syncthreads()
    for k in range(count):
        room[k, t] = own[k]
        own[k] = 0.0
    half = THREADS // 2
    while half > 0:
        cuda.syncthreads()
        if t < half:
            for k in range(count):
                room[k, t] += room[k, t + half]
        half //= 2
    cuda.syncthreads()


@device_function
def _fields(rows: Any, n: int, sines: int, cosines: int, own: Any, room: Any, t: int) -> Any:
    for i in range(t, n, THREADS):
        o = _place(i)
        own[0] += rows[o + sines]
        own[1] += rows[o + cosines]
    _add_up(own, room, 2, t)
    return room[0, 0] / n, room[1, 0] / n


@device_function
def _settle(rows: Any, n: int, a: float, b: float, kc: float, ks: float, own: Any, t: int) -> None:
    for i in range(t, n, THREADS):
        settle(plain(rows[_place(i) :]), 1, a, b, kc, ks, plain(own))


@kernel(
    "void(float64[:, ::1], int64[:, ::1], float64[:, ::1], int64[::1], int64, float64[::1], int64, float64[:, ::1], "
    "uint64[::1], float64[:, ::1], float64, float64, float64, float64, float64)",
    threads=THREADS,
)
def march(
    angle: Any, turns: Any, totals: Any, made: Any, end: int, coupling: Any, origin: int, omega: Any, keys: Any,
    scratch: Any, scale: float, lag_cosine: float, lag_sine: float, temperature: float, h: float,
) -> None:  # fmt: skip
    """Steps of every replica from ``made`` to ``end``; arguments as those of the kernel of `steps`."""
    room = cuda.shared.array((_SUMS, THREADS), float64)
    own = cuda.local.array(_SUMS, float64)
    step = cuda.local.array(_SUMS, float64)
    replica, t, n = cuda.blockIdx.x, cuda.threadIdx.x, angle.shape[1]
    rows, turned = scratch[replica], turns[replica]
    given = plain(omega)
    model = Model(
        given, plain(keys), given, given, given, given, scale, True, 1.0, lag_cosine, lag_sine, temperature, h
    )
    for row in range(_SUMS):
        own[row] = step[row] = 0.0
    _load(rows, angle[replica], omega[min(replica, omega.shape[0] - 1)], t)
    noise, latest = np.sqrt(2.0 * temperature * h), coupling.shape[0] - 1
    a, b = _fields(rows, n, SINE, COSINE, own, room, t)
    _settle(rows, n, a, b, 0.0, 0.0, own, t)
    _add_up(own, room, _SUMS, t)
    for number in range(made[replica], end):
        before = room[SINES, 0], room[COSINES, 0], room[BONDS, 0]
        half = 2 * number - origin
        k = coupling[min(half, latest)], coupling[min(half + 1, latest)], coupling[min(half + 2, latest)]
        kc, ks = k[1] * scale * lag_cosine, k[1] * scale * lag_sine
        if noise > 0.0:
            _shake(rows, n, noise, keys[replica], number, t)
        for i in range(t, n, THREADS):
            predict(plain(rows[_place(i) :]), 1, a, b, kc, ks, h)
        a, b = _fields(rows, n, SINE_2, COSINE_2, own, room, t)
        for i in range(t, n, THREADS):
            correct(plain(rows[_place(i) :]), 1, a, b, kc, ks, h, plain(turned[i:]), plain(step))
        a, b = _fields(rows, n, SINE, COSINE, own, room, t)
        _settle(rows, n, a, b, kc, ks, step, t)
        _add_up(step, room, _SUMS, t)
        if t == 0:
            book(plain(totals[replica]), model, plain(room[:, 0]), before, k)
    for i in range(t, n, THREADS):
        angle[replica, i] = rows[_place(i) + ANGLE]


class _Tables(NamedTuple):
    totals: Any
    made: Any
    omega: Any
    keys: Any
    rows: Any
    model: tuple[float, ...]


def _tables(config: EngineConfig, now: State) -> _Tables:
    model, (replicas, n) = now.model, now.angle.shape
    scalars = model.scale, model.lag_cosine, model.lag_sine, float(model.temperature), model.step
    rows = empty((replicas, int(steps.blocks_of(n)) * SPAN))
    return _Tables(upload(now.totals), upload(now.made), upload(model.omega), upload(model.keys), rows, scalars)


def _advance(resident: Resident, target: float, work: int) -> Generator[None, None, float]:
    now: State = resident.state
    tables: _Tables = resident.tables
    state.aim(now, target)
    count, begin, (replicas, n) = now.clock.count(target), int(now.made.min()), resident.angle.shape
    end = min(count, begin + max(1, int(work / max(_LEAST_WORK, _WORK * n * replicas))))
    if end > begin:
        tables.totals.copy_to_device(now.totals)
        tables.made.copy_to_device(now.made)
        coupling = upload(state.coupling_at(now, 2 * begin, 2 * (end - begin) + 1))
        march.blocks(
            replicas, THREADS, resident.angle, resident.turns, tables.totals, tables.made, end, coupling, 2 * begin,
            tables.omega, tables.keys, tables.rows, *tables.model,
        )  # fmt: skip
        yield
        tables.totals.copy_to_host(now.totals)
        np.maximum(now.made, end, out=now.made)
    now.time = float(now.clock.time(now.made, target).min())
    return now.time


@kernel("void(float64[:, ::1], float64[:, :, ::1])")
def add_phases(angle: Any, part: Any) -> None:
    """Sums of sines and cosines, by parts (`physent.core.cuda.sums`)."""
    room = cuda.shared.array(_ADDERS, float64)
    first = cuda.blockIdx.x * _SPAN
    stop = min(first + _SPAN, angle.shape[1])
    for replica in range(cuda.blockIdx.y, angle.shape[0], cuda.gridDim.y):
        a = b = 0.0
        for i in range(first + cuda.threadIdx.x, stop, _ADDERS):
            s, c = sincos(angle[replica, i])
            a += s
            b += c
        enter(a, room, cuda.threadIdx.x, part[replica, cuda.blockIdx.x], 0)
        enter(b, room, cuda.threadIdx.x, part[replica, cuda.blockIdx.x], 1)


def _sums(resident: Resident) -> Floats:
    (replicas, n), (scale, cosine, *_) = resident.angle.shape, resident.tables.model
    total = sums.parts(add_phases, replicas, n, 2, resident.angle).sum(axis=1)
    # Everyone has the same fields: the means.
    return np.column_stack([total / n, -0.5 * scale * cosine * np.square(total).sum(axis=1) / n])


@kernel("void(float64[:, ::1], int32[:, ::1])")
def count_angles(angle: Any, counts: Any) -> None:
    """Add to the histograms of `State.counts`; integers, so that their order does not matter."""
    here = cuda.shared.array(BINS, int32)
    i, n = cuda.grid(1), angle.shape[1]
    for replica in range(cuda.blockIdx.y, angle.shape[0], cuda.gridDim.y):
        for b in range(cuda.threadIdx.x, BINS, cuda.blockDim.x):
            here[b] = 0
        cuda.syncthreads()
        for k in range(i, n, cuda.blockDim.x * cuda.gridDim.x):
            cuda.atomic.add(here, min(int((angle[replica, k] / (2 * np.pi) + 0.5) * BINS), BINS - 1), 1)
        cuda.syncthreads()
        for b in range(cuda.threadIdx.x, BINS, cuda.blockDim.x):
            cuda.atomic.add(counts, (replica, b), here[b])
        cuda.syncthreads()


def _counts(resident: Resident) -> Integers:
    replicas, n = resident.angle.shape
    counts = upload(np.zeros((replicas, BINS), np.int32))
    count_angles(min(n, _MOST_COUNTERS), resident.angle, counts, rows=replicas)
    return np.asarray(counts.copy_to_host(), np.int64)


def _memory(config: EngineConfig) -> int:
    n = network.size(config.parameters)
    return int(config.replicas) * 8 * (3 * n + SPAN * (n // BLOCK + 1))


METHOD = twin(
    ON_CPU, ("angle", "turns"), _advance, tables=_tables, memory=_memory, measures={"sums": _sums, "counts": _counts}
)
