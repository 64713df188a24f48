"""Trajectories of chains on a CUDA device, for gases too large for one block: a launch makes one part of a step.

Forces are sums over tiles of partners in shared memory, in several parts per charge if the charges alone would not fill
the device; parts are added in fixed order.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from numba import cuda, float64

from physent.core.cuda.launch import MOST_ROWS, SIMULATED, Kernel, kernel
from physent.core.cuda.pairs import PLANE, SPACE
from physent.core.cuda.sums import THREADS, total_of
from physent.engines.coulomb.chain import MOMENTUM, TRIAL, TRIAL_FORCE
from physent.engines.coulomb.flights_cuda import (
    FRESH,
    LEFT,
    REPULSION,
    STEP,
    TYPES,
    account,
    square,
    trap_factor,
)

_TILE = 4 * THREADS
_WANTED = 4 if SIMULATED else 7000
"""Blocks: some nine for each of the six at once on each of the 132 multiprocessors of an H100, so that few of these
wait for the last ones."""

ORBIT = "float64[:, :, :, ::1], float64[:, ::1]"
"""Path and orders."""


def shares(n: int, replicas: int) -> int:
    """Into how many parts the sum over the partners of a charge is split."""
    tiles = -(-n // _TILE)
    parts = max(1, min(tiles, 64, -(-_WANTED // (tiles * replicas))))
    return -(-tiles // -(-tiles // parts))  # no part is empty


def blocks(n: int) -> int:
    """Blocks that cover the charges of a chain, four per thread."""
    return -(-n // _TILE)


MOST_WORK = 4e6
"""Units of work (about 10 ns) of a launch, which cannot be interrupted."""
WORK_PER_PAIR = 1e-4
"""Per ordered pair, on a card of the class of an H100."""


def step_work(n: int, replicas: int) -> float:
    """Units of work of the forces on all charges."""
    return WORK_PER_PAIR * n * n * replicas


def over_pairs(sums: Kernel, path: Any, orders: Any, number: int, partial: Any) -> Iterator[float]:
    """Launch ``sums`` of a `Gas`, in several launches if one would take too long; the work of each."""
    (replicas, share, _, n) = partial.shape
    total = blocks(n) * share
    work = step_work(n, replicas) / total
    at_once = max(1, int(MOST_WORK / work))
    for first in range(0, total, at_once):
        count = min(at_once, total - first)
        sums.blocks((count, min(replicas, MOST_ROWS)), THREADS, path, orders, number, partial, first)
        yield count * work


class Gas(NamedTuple):
    """Kernels for one number of coordinates."""

    forces: Kernel
    energies: Kernel


@lru_cache(maxsize=4)
def gas_of(rows: int) -> Gas:
    """Kernels ``(path, orders, number, partial, from_block)`` of the sums over pairs.

    A launch makes those of the blocks from a number on. Into ``partial`` (replica, share, rows, n) go the forces on the
    trials of chains that have more steps than ``number``, or, for chains that have as many, their energies, in the
    first row.
    """
    take, put, _, _, forces, energy, nothing = PLANE if rows == 2 else SPACE
    size = _TILE

    @kernel(f"void({ORBIT}, int64, float64[:, :, :, ::1], int64)")
    def gather(path: Any, orders: Any, number: int, partial: Any, from_block: int) -> None:
        near = cuda.shared.array((rows, size), float64)
        n, count, t = path.shape[3], partial.shape[1], cuda.threadIdx.x
        block, share = (from_block + cuda.blockIdx.x) // count, (from_block + cuda.blockIdx.x) % count
        width = (-(-n // size) + count - 1) // count * size
        at = block * size + t
        i = min(at, n - 1), min(at + THREADS, n - 1), min(at + 2 * THREADS, n - 1), min(at + 3 * THREADS, n - 1)
        for c in range(cuda.blockIdx.y, path.shape[0], cuda.gridDim.y):
            if orders[c, LEFT] <= number:
                continue
            trial = path[c, TRIAL]
            r, f = take(trial, i), nothing
            for first in range(share * width, min((share + 1) * width, n), size):
                cuda.syncthreads()
                for j in range(t, min(size, n - first), THREADS):
                    for axis in range(rows):
                        near[axis, j] = trial[axis, first + j]
                cuda.syncthreads()
                f = forces(f, r, near, min(size, n - first))
            put(partial[c, share], i, f)

    @kernel(f"void({ORBIT}, int64, float64[:, :, :, ::1], int64)")
    def weigh(path: Any, orders: Any, number: int, partial: Any, from_block: int) -> None:
        near = cuda.shared.array((rows, size), float64)
        n, count, t = path.shape[3], partial.shape[1], cuda.threadIdx.x
        block, share = (from_block + cuda.blockIdx.x) // count, (from_block + cuda.blockIdx.x) % count
        width = (-(-n // size) + count - 1) // count * size
        end = min((block + 1) * size, n)
        for c in range(cuda.blockIdx.y, path.shape[0], cuda.gridDim.y):
            if orders[c, LEFT] != number:
                continue
            trial, out = path[c, TRIAL], partial[c, share, 0]
            for i in range(block * size + t, end, THREADS):
                out[i] = 0.0
            for first in range(share * width, min((share + 1) * width, n), size):
                cuda.syncthreads()
                for j in range(t, min(size, n - first), THREADS):
                    for axis in range(rows):
                        near[axis, j] = trial[axis, first + j]
                cuda.syncthreads()
                for i in range(block * size + t, end, THREADS):
                    out[i] += energy(trial, i, near, i - first, min(size, n - first))

    return Gas(gather, weigh)


@kernel(f"void({ORBIT}, int64, int64)")
def leap(path: Any, orders: Any, number: int, most: int) -> None:
    """Kick and drift of step ``number`` < ``most``; after the last step of a trajectory half a kick.

    One thread per charge.
    """
    i = cuda.grid(1)
    if i >= path.shape[3]:
        return
    for c in range(cuda.blockIdx.y, path.shape[0], cuda.gridDim.y):
        step, left = orders[c, STEP], orders[c, LEFT]
        if left < number or left == 0.0 or number == most < left:
            continue
        half = (orders[c, FRESH] > 0.0 and number == 0) or left == number
        kick, drift = 0.5 * step if half else step, 0.0 if left == number else step
        for axis in range(path.shape[2]):
            p = path[c, MOMENTUM, axis, i] + kick * path[c, TRIAL_FORCE, axis, i]
            path[c, MOMENTUM, axis, i] = p
            path[c, TRIAL, axis, i] += drift * p


@kernel(f"void({ORBIT}, int64, float64[:, :, :, ::1], {TYPES})")
def add(
    path: Any, orders: Any, number: int, partial: Any, beta: float, pull: float, exponent: float, table: Any,
    first: int, shift: int,
) -> None:  # fmt: skip
    """Forces from their parts and the trap; a thread per charge."""
    i, n = cuda.grid(1), path.shape[3]
    if i >= n:
        return
    for c in range(cuda.blockIdx.y, path.shape[0], cuda.gridDim.y):
        if orders[c, LEFT] <= number:
            continue
        factor = trap_factor(square(path[c, TRIAL], i), n, pull, exponent, table, first, shift)
        for axis in range(path.shape[2]):
            f = 0.0
            for share in range(partial.shape[1]):
                f += partial[c, share, axis, i]
            path[c, TRIAL_FORCE, axis, i] = beta * (f - factor * path[c, TRIAL, axis, i])


@kernel(f"void({ORBIT}, int64, float64[:, :, :, ::1], {TYPES}, float64[:, ::1])")
def finish(
    path: Any, orders: Any, number: int, partial: Any, beta: float, pull: float, exponent: float, table: Any,
    first: int, shift: int, told: Any,
) -> None:  # fmt: skip
    """Tell of the trajectories that are complete after ``number`` steps; one block of `THREADS` per chain."""
    room = cuda.shared.array(THREADS, float64)
    c, t = cuda.blockIdx.x, cuda.threadIdx.x
    if orders[c, LEFT] != number:
        return
    part = 0.0
    for i in range(t, path.shape[3], THREADS):
        for share in range(partial.shape[1]):
            part += partial[c, share, 0, i]
    told[c, REPULSION] = total_of(part, room, t, THREADS)
    account(path[c], room, t, THREADS, pull, exponent, table, first, shift, told[c])
