"""Trajectories of chains on a CUDA device, for gases too large for one block: a launch makes one part of a step.

Charges are divided into clouds, and a block meets the pairs of one cloud with some others. What it finds for its own
cloud and the reactions on each of the others are kept apart, and added in fixed order.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from numba import cuda, float64

from physent.core.cuda import mutual, pairs
from physent.core.cuda.launch import MOST_ROWS, SIMULATED, Kernel, device_function, kernel
from physent.core.cuda.mutual import FAR, SIZE, THREADS
from physent.core.cuda.sums import THREADS as _SUMMING
from physent.core.cuda.sums import total_of
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

_WANTED = 4 if SIMULATED else 7000
"""Blocks: some thirteen for each of the four at once on each of the 132 multiprocessors of an H100, so that few of
these wait for the last ones."""
_SLOTS = 2 if SIMULATED else 128
"""Largest number of arrays of reactions of a replica."""
_AWAY = 1e9
"""Place of what fills up the last cloud, whose energy nobody asks for: a product of squares stays in range."""
_GATHERING = {2: 128, 3: 0}
_WEIGHING = {2: 128, 3: 0}
"""Largest numbers of registers of a thread of `gather` and `weigh`, by number of coordinates; 0 for no limit."""

ORBIT = "float64[:, :, :, ::1], float64[:, ::1]"
"""Path and orders."""


class Plan(NamedTuple):
    """How the pairs of clouds of `SIZE` charges are divided: cloud k meets the cloud k + offset, modulo the number.

    Each pair is met once: offsets end at half the number of clouds, and there only the first half of these meet others.
    """

    clouds: int
    offsets: int
    width: int  # offsets of a block
    shares: int  # blocks of a cloud at once
    slots: int  # offsets at once


def plan(n: int) -> Plan:
    """How many blocks each replica has, and how many arrays they write; so no sum depends on the other replicas."""
    clouds = -(-n // SIZE)
    offsets = clouds // 2 + 1
    slots = min(offsets, _SLOTS)
    width = max(1, clouds * slots // _WANTED)
    return Plan(clouds, offsets, width, -(-slots // width), slots)


MOST_WORK = 4e6
"""Units of work (about 10 ns) of a launch, which cannot be interrupted."""
WORK_PER_PAIR = 5e-5
"""Per ordered pair, on a card of the class of an H100."""


def step_work(n: int, replicas: int) -> float:
    """Units of work of the forces on all charges."""
    return WORK_PER_PAIR * n * n * replicas


def over_pairs(tally: Kernel, path: Any, orders: Any, number: int, own: Any, back: Any) -> Iterator[float]:
    """Launch ``tally`` of a `Gas`, in several launches if one would take too long; the work of each."""
    (replicas, _, _, n) = own.shape
    clouds, offsets, width, shares, slots = plan(n)
    total = clouds * shares
    work = step_work(n, replicas) * slots / (total * offsets)
    at_once = max(1, int(MOST_WORK / work))
    for offset in range(0, offsets, slots):
        for first in range(0, total, at_once):
            count = min(at_once, total - first)
            grid = count, min(replicas, MOST_ROWS)
            tally.blocks(grid, THREADS, path, orders, number, width, offset, first, own, back)
            yield count * work


class Gas(NamedTuple):
    """Kernels for one number of coordinates."""

    forces: Kernel
    energies: Kernel


PLACES = "int64, int64, int64"
"""Width of the `Plan`, and the first offset and the first block of the launch."""


@lru_cache(maxsize=4)
def gas_of(rows: int) -> Gas:
    """Kernels ``(path, orders, number, width, from_offset, from_block, own, back or slots)`` of the sums over pairs.

    A launch makes those of ``slots`` offsets, of the blocks from a number on. Into ``own`` (replica, share, rows, n) go
    the forces on the trials of chains that have more steps than ``number``, and into ``back`` (replica, slot, rows, n)
    their reactions; of chains that have as many, their energies, in the first row of ``own``. Contributions
    of later offsets are added to what is there.
    """
    take, put, forces, energies, nothing = mutual.PLANE if rows == 2 else mutual.SPACE
    among = (pairs.PLANE if rows == 2 else pairs.SPACE).energy

    @device_function
    def load(near: Any, trial: Any, first: int, t: int) -> None:
        for j in range(t, SIZE, THREADS):
            for axis in range(rows):
                near[axis, j] = trial[axis, first + j] if first + j < trial.shape[1] else FAR

    @device_function
    def react(back: Any, reaction: Any, first: int, t: int, scale: float, further: bool) -> None:
        for j in range(t, min(SIZE, back.shape[1] - first), THREADS):
            for axis in range(rows):
                so_far = back[axis, first + j] if further else 0.0
                back[axis, first + j] = so_far + scale * reaction[axis, j]

    @kernel(f"void({ORBIT}, int64, {PLACES}, float64[:, :, :, ::1], float64[:, :, :, ::1])", THREADS, _GATHERING[rows])
    def gather(
        path: Any, orders: Any, number: int, width: int, from_offset: int, from_block: int, own: Any, back: Any
    ) -> None:
        near = cuda.shared.array((rows, SIZE), float64)
        reaction = cuda.shared.array((rows, SIZE), float64)
        shares, slots, t = own.shape[1], back.shape[1], cuda.threadIdx.x
        clouds = -(-path.shape[3] // SIZE)
        cloud, share = (from_block + cuda.blockIdx.x) // shares, (from_block + cuda.blockIdx.x) % shares
        for c in range(cuda.blockIdx.y, path.shape[0], cuda.gridDim.y):
            if orders[c, LEFT] <= number:
                continue
            trial = path[c, TRIAL]
            r, f = take(trial, cloud * SIZE + t, FAR), nothing
            for slot in range(share * width, min((share + 1) * width, slots, clouds // 2 + 1 - from_offset)):
                offset = from_offset + slot
                first = (cloud + offset) % clouds * SIZE
                cuda.syncthreads()
                load(near, trial, first, t)
                for j in range(t, SIZE, THREADS):
                    for axis in range(rows):
                        reaction[axis, j] = 0.0
                cuda.syncthreads()
                if 2 * offset < clouds or cloud < offset:
                    f = forces(f, r, near, reaction, t)
                # Charges of one cloud have met each other in both roles.
                react(back[c, slot], reaction, first, t, 1.0 if offset > 0 else 0.0, from_offset > 0)
            put(own[c, share], cloud * SIZE + t, f, from_offset > 0)

    @kernel(f"void({ORBIT}, int64, {PLACES}, float64[:, :, :, ::1], int64)", THREADS, _WEIGHING[rows])
    def weigh(
        path: Any, orders: Any, number: int, width: int, from_offset: int, from_block: int, own: Any, slots: int
    ) -> None:
        near = cuda.shared.array((rows, SIZE), float64)
        n, shares, t = path.shape[3], own.shape[1], cuda.threadIdx.x
        clouds = -(-n // SIZE)
        cloud, share = (from_block + cuda.blockIdx.x) // shares, (from_block + cuda.blockIdx.x) % shares
        for c in range(cuda.blockIdx.y, path.shape[0], cuda.gridDim.y):
            if orders[c, LEFT] != number:
                continue
            trial, out = path[c, TRIAL], own[c, share, 0]
            r, e = take(trial, cloud * SIZE + t, _AWAY), mutual.FOUR
            for slot in range(share * width, min((share + 1) * width, slots, clouds // 2 + 1 - from_offset)):
                offset = from_offset + slot
                first = (cloud + offset) % clouds * SIZE
                cuda.syncthreads()
                load(near, trial, first, t)
                cuda.syncthreads()
                if 0 < 2 * offset < clouds or (offset > 0 and cloud < offset):
                    e = energies(e, r, near, min(SIZE, n - first))
            mutual.put(out, cloud * SIZE + t, e, from_offset > 0)
            if share == 0 and from_offset == 0:
                cuda.syncthreads()
                load(near, trial, cloud * SIZE, t)
                cuda.syncthreads()
                for i in range(cloud * SIZE + t, min((cloud + 1) * SIZE, n), THREADS):
                    out[i] += among(trial, i, near, i - cloud * SIZE, min(SIZE, n - cloud * SIZE))

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


@kernel(f"void({ORBIT}, int64, float64[:, :, :, ::1], float64[:, :, :, ::1], {TYPES})")
def add(
    path: Any, orders: Any, number: int, own: Any, back: Any, beta: float, pull: float, exponent: float, table: Any,
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
            for share in range(own.shape[1]):
                f += own[c, share, axis, i]
            for slot in range(back.shape[1]):
                f += back[c, slot, axis, i]
            path[c, TRIAL_FORCE, axis, i] = beta * (f - factor * path[c, TRIAL, axis, i])


@kernel(f"void({ORBIT}, int64, float64[:, :, :, ::1], {TYPES}, float64[:, ::1])")
def finish(
    path: Any, orders: Any, number: int, own: Any, beta: float, pull: float, exponent: float, table: Any,
    first: int, shift: int, told: Any,
) -> None:  # fmt: skip
    """Report the trajectories that are complete after ``number`` steps; one block of `_SUMMING` threads per chain."""
    room = cuda.shared.array(_SUMMING, float64)
    c, t = cuda.blockIdx.x, cuda.threadIdx.x
    if orders[c, LEFT] != number:
        return
    part = 0.0
    for i in range(t, path.shape[3], _SUMMING):
        for share in range(own.shape[1]):
            part += own[c, share, 0, i]
    told[c, REPULSION] = total_of(part, room, t, _SUMMING)
    account(path[c], room, t, _SUMMING, pull, exponent, table, first, shift, told[c])
