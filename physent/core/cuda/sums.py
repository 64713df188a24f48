"""Sums and maxima over the rows of an array, in fixed order: a block makes that of one part of a row.

The host puts the parts together, which are few. A part has the same items and the same order of additions on every card
and in every run.
"""

from __future__ import annotations

from typing import Any

from numba import cuda

from physent.core.cuda.launch import MOST_ROWS, SIMULATED, Kernel, device_function, empty
from physent.typing import Floats

THREADS = 4 if SIMULATED else 128
"""Threads of a block, a power of two: sums depend on it."""
SPAN = 2 * THREADS if SIMULATED else 32 * THREADS
"""Items of a part."""


@device_function
def total_of(x: float, room: Any, t: int, threads: int) -> float:
    """Sum of ``x`` over the threads of a block, a power of two, in fixed order."""
    cuda.syncthreads()
    room[t] = x
    half = threads // 2
    while half > 0:
        cuda.syncthreads()
        if t < half:
            room[t] += room[t + half]
        half //= 2
    cuda.syncthreads()
    return float(room[0])


@device_function
def largest_of(x: float, room: Any, t: int, threads: int) -> float:
    """Largest ``x`` of the threads of a block, a power of two."""
    cuda.syncthreads()
    room[t] = x
    half = threads // 2
    while half > 0:
        cuda.syncthreads()
        if t < half:
            room[t] = max(room[t], room[t + half])
        half //= 2
    cuda.syncthreads()
    return float(room[0])


@device_function
def least_of(x: float, room: Any, t: int, threads: int) -> float:
    """Least ``x`` of the threads of a block, a power of two."""
    return -float(largest_of(-x, room, t, threads))


@device_function
def enter(x: float, room: Any, t: int, part: Any, k: int) -> None:
    """Make ``part[k]`` the sum of ``x`` over the threads of a block of `THREADS`."""
    total = total_of(x, room, t, THREADS)
    if t == 0:
        part[k] = total


@device_function
def enter_largest(x: float, room: Any, t: int, part: Any, k: int) -> None:
    """Make ``part[k]`` the largest ``x`` of the threads of a block of `THREADS`."""
    largest = largest_of(x, room, t, THREADS)
    if t == 0:
        part[k] = largest


def parts(kernel: Kernel, rows: int, n: int, count: int, *arguments: Any) -> Floats:
    """What ``kernel`` enters in its last argument (row, part, count), from blocks of `THREADS` threads.

    Block x makes the part of ``n`` items from x `SPAN` on, of the rows from y in steps of the blocks along y.
    """
    blocks = -(-n // SPAN)
    made = empty((rows, blocks, count))
    kernel.blocks((blocks, min(rows, MOST_ROWS)), THREADS, *arguments, made)
    found: Floats = made.copy_to_host()
    return found
