"""Trajectories of chains on a CUDA device, for gases that fit in shared memory: one block flies one chain.

A thread holds four charges in registers for all steps of a launch. What follows from the end of a trajectory is decided
on the host, by the functions of `trajectories`; `told` brings what they need.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numba import cuda, float64

from physent.core.cuda.launch import SIMULATED, Kernel, device_function, kernel
from physent.core.cuda.pairs import PLANE, SPACE, take_four
from physent.core.cuda.sums import SPAN, THREADS, enter_largest, total_of
from physent.core.random import normal_pair
from physent.engines.coulomb.chain import FORCE, MOMENTUM, POSITION, TRIAL, TRIAL_FORCE
from physent.engines.coulomb.tabulated import Table, slope, value

LARGEST = 1024
"""Charges of the largest gas of a block."""
_LEAST = 1 if SIMULATED else 32
"""Threads of the smallest block."""

DRAW, FRESH, STEP, LEFT = range(4)
"""Columns of ``orders``: number of the draw, whether its trajectory starts now, length and number of the steps left."""

STARTED, ENDED, TRAP, REPULSION, PULL = range(5)
"""Columns of ``told``: kinetic energy at the start and at the end, energies of the end, and its `gas.pull`."""

TYPES = "float64, float64, float64, float64[:, ::1], int64, int64"
"""Constants of the trap: beta, N times the strength, exponent, and the `Table` of a trap of the user's own."""


@device_function
def square(own: Any, i: int) -> float:
    """r^2 of charge ``i`` of ``own`` (rows, .)."""
    total = 0.0
    for axis in range(own.shape[0]):
        total += own[axis, i] * own[axis, i]
    return total


@device_function
def trap_factor(s: float, n: int, pull: float, exponent: float, table: Any, first: int, shift: int) -> float:
    """N V'(r)/r at r^2 = s; ``table`` without rows: a power."""
    if table.shape[0] > 0:
        return 2.0 * n * slope(Table(table, first, shift), s)
    half = 0.5 * exponent - 1.0
    return pull if half == 0.0 else pull * (s + 1e-300) ** half


@device_function
def trap_energy(s: float, n: int, pull: float, exponent: float, table: Any, first: int, shift: int) -> float:
    """N V(r) at r^2 = s."""
    if table.shape[0] > 0:
        return n * value(Table(table, first, shift), s)
    half = 0.5 * exponent
    return pull / exponent * (s if half == 1.0 else s**half)


@device_function
def kinetic(own: Any, room: Any, t: int, threads: int) -> float:
    """Sum of p^2/2 of a chain."""
    cuda.syncthreads()
    part = 0.0
    for i in range(t, own.shape[2], threads):
        part += square(own[MOMENTUM], i)
    return 0.5 * float(total_of(part, room, t, threads))


@device_function
def begin(
    own: Any, key: np.uint64, draw: int, dimension: int, room: Any, t: int, threads: int, told: Any
) -> None:  # fmt: skip
    """Start a trajectory of a chain ``own`` (5, rows, n), by a block: fresh momenta, and its sample as the trial."""
    n = own.shape[2]
    for axis in range(own.shape[1]):
        for j in range(t, (n + 1) // 2, threads):
            a, b = 0.0, 0.0
            if axis < dimension:
                a, b = normal_pair(key, draw, j, axis)
            own[MOMENTUM, axis, 2 * j] = a
            if 2 * j + 1 < n:
                own[MOMENTUM, axis, 2 * j + 1] = b
        for i in range(t, n, threads):
            own[TRIAL, axis, i], own[TRIAL_FORCE, axis, i] = own[POSITION, axis, i], own[FORCE, axis, i]
    told[STARTED] = kinetic(own, room, t, threads)


@device_function
def account(
    own: Any, room: Any, t: int, threads: int, pull: float, exponent: float, table: Any, first: int, shift: int,
    told: Any,
) -> None:  # fmt: skip
    """The rest of ``told`` at the end of a trajectory."""
    n, held, pulled = own.shape[2], 0.0, 0.0
    for i in range(t, n, threads):
        s = square(own[TRIAL], i)
        held += trap_energy(s, n, pull, exponent, table, first, shift)
        pulled += s * trap_factor(s, n, pull, exponent, table, first, shift)
    told[ENDED] = kinetic(own, room, t, threads)
    told[TRAP] = total_of(held, room, t, threads)
    told[PULL] = total_of(pulled, room, t, threads)


def threads_of(n: int) -> int:
    """Threads of a block for a gas of ``n`` charges: a power of two, with at least a thread for each four charges."""
    return max(_LEAST, 1 << ((n + 3) // 4 - 1).bit_length())


class Flights(NamedTuple):
    """Kernels for one number of coordinates and of threads."""

    fly: Kernel
    end: Kernel


@lru_cache(maxsize=16)
def flights_of(rows: int, threads: int) -> Flights:
    """Kernels of up to ``most`` leapfrog steps of every chain that has some left, and of what is told of their ends.

    Momenta end at the time of the positions if the trajectory is complete.
    """
    size, axes = 4 * threads, PLANE if rows == 2 else SPACE
    take, put, add, bind, forces, energy, nothing = axes

    @kernel(f"void(float64[:, :, :, ::1], float64[:, ::1], int64, {TYPES})", threads=threads)
    def fly(
        path: Any, orders: Any, most: int, beta: float, pull: float, exponent: float, table: Any, first: int, shift: int
    ) -> None:
        near = cuda.shared.array((rows, size), float64)
        bound = cuda.shared.array(size, float64)
        c, t, n = cuda.blockIdx.x, cuda.threadIdx.x, path.shape[3]
        step, left, fresh = orders[c, STEP], int(orders[c, LEFT]), orders[c, FRESH] > 0.0
        count = min(left, most)
        if count == 0:
            return
        # Threads beyond the last charge repeat it.
        i = min(t, n - 1), min(t + threads, n - 1), min(t + 2 * threads, n - 1), min(t + 3 * threads, n - 1)
        r, p, f = take(path[c, TRIAL], i), take(path[c, MOMENTUM], i), take(path[c, TRIAL_FORCE], i)
        for number in range(count):
            # Half kicks at the end of one step and at the start of the next are merged.
            p = add(p, 0.5 * step if fresh and number == 0 else step, f)
            r = add(r, step, p)
            cuda.syncthreads()
            put(near, i, r)
            cuda.syncthreads()
            for j in range(t, n, threads):
                bound[j] = trap_factor(square(near, j), n, pull, exponent, table, first, shift)
            cuda.syncthreads()
            f = bind(forces(nothing, r, near, n), take_four(bound, i), r, beta)
        put(path[c, TRIAL], i, r)
        put(path[c, TRIAL_FORCE], i, f)
        put(path[c, MOMENTUM], i, add(p, 0.5 * step, f) if count == left else p)

    @kernel(f"void(float64[:, :, :, ::1], float64[:, ::1], int64, {TYPES}, float64[:, ::1])", threads=threads)
    def end(
        path: Any, orders: Any, most: int, beta: float, pull: float, exponent: float, table: Any, first: int,
        shift: int, told: Any,
    ) -> None:  # fmt: skip
        near = cuda.shared.array((rows, size), float64)
        room = cuda.shared.array(threads, float64)
        c, t, n = cuda.blockIdx.x, cuda.threadIdx.x, path.shape[3]
        if not 0.0 < orders[c, LEFT] <= most:
            return
        for j in range(t, n, threads):
            for axis in range(rows):
                near[axis, j] = path[c, TRIAL, axis, j]
        cuda.syncthreads()
        part = 0.0
        for j in range(t, n, threads):
            part += energy(near, j, near, j, n)
        told[c, REPULSION] = total_of(part, room, t, threads)
        account(path[c], room, t, threads, pull, exponent, table, first, shift, told[c])

    return Flights(fly, end)


@kernel("void(float64[:, :, :, ::1], uint64[::1], float64[:, ::1], int64, float64[:, ::1])")
def launch(path: Any, keys: Any, orders: Any, dimension: int, told: Any) -> None:
    """Start the trajectories that are fresh; one block of `THREADS` per chain."""
    room = cuda.shared.array(THREADS, float64)
    c = cuda.blockIdx.x
    if orders[c, LEFT] > 0.0 and orders[c, FRESH] > 0.0:
        begin(path[c], keys[c], int(orders[c, DRAW]), dimension, room, cuda.threadIdx.x, THREADS, told[c])


@kernel("void(float64[:, :, :, ::1], int8[::1])")
def settle(path: Any, accepted: Any) -> None:
    """Make the trial of each accepted chain its sample; one block per chain."""
    own = path[cuda.blockIdx.x]
    if accepted[cuda.blockIdx.x]:
        for axis in range(own.shape[1]):
            for i in range(cuda.threadIdx.x, own.shape[2], cuda.blockDim.x):
                own[POSITION, axis, i], own[FORCE, axis, i] = own[TRIAL, axis, i], own[TRIAL_FORCE, axis, i]


@kernel("void(float64[:, :, :, ::1], int64, float64[:, :, ::1])")
def reach(path: Any, dimension: int, part: Any) -> None:
    """Largest r^2 of the samples, by parts (`physent.core.cuda.sums`)."""
    room = cuda.shared.array(THREADS, float64)
    first = cuda.blockIdx.x * SPAN
    stop = min(first + SPAN, path.shape[3])
    for c in range(cuda.blockIdx.y, path.shape[0], cuda.gridDim.y):
        largest = 0.0
        for i in range(first + cuda.threadIdx.x, stop, THREADS):
            square = 0.0
            for axis in range(dimension):
                square += path[c, POSITION, axis, i] * path[c, POSITION, axis, i]
            largest = max(largest, square)
        enter_largest(largest, room, cuda.threadIdx.x, part[c, cuda.blockIdx.x], 0)
