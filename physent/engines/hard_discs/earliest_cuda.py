"""The earliest of the times of a block's threads."""

from __future__ import annotations

from typing import Any

from numba import cuda

from physent.core.cuda.launch import SIMULATED, device_function

WARP = 1 if SIMULATED else 32
"""Threads that exchange values without shared memory."""
EVERYONE = 0xFFFFFFFF


@device_function
def _itself(time: float, which: int) -> tuple[float, int]:
    return time, which


@device_function
def _of_warp(time: float, which: int) -> tuple[float, int]:
    least, distance = time, 16
    while distance > 0:
        least = min(least, cuda.shfl_xor_sync(EVERYONE, least, distance))
        distance //= 2
    first = cuda.ffs(cuda.ballot_sync(EVERYONE, time == least)) - 1
    return least, cuda.shfl_sync(EVERYONE, which, first)


least_of_warp = _itself if SIMULATED else _of_warp
"""Earliest time of a warp's threads and what belongs to it; of equal times, those of the first thread."""


@device_function
def least_of_block(time: float, which: int, times: Any, names: Any, t: int, threads: int) -> tuple[float, int]:
    """As `least_of_warp`, of a block, for all its threads."""
    time, which = least_of_warp(time, which)
    if threads > WARP:
        cuda.syncthreads()
        if t % WARP == 0:
            times[t // WARP], names[t // WARP] = time, which
        cuda.syncthreads()
        time, which = times[0], names[0]
        for warp in range(1, threads // WARP):
            if times[warp] < time:
                time, which = times[warp], names[warp]
    return time, which
