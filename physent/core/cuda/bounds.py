"""What the card allows at best: bytes copied and double precision operations per second, measured now."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from numba import cuda

from physent.core.cuda.launch import SIMULATED, empty, kernel, wait

NUMBERS, THREADS, COUNT = (8, 8, 8) if SIMULATED else (1 << 26, 1 << 20, 4096)
"""What `rates` copies and computes; in the simulator a rate means nothing."""
CHAINS = 8
"""Independent multiply-adds of a thread, enough to hide the latency of one."""


class Rates(NamedTuple):
    """Rates of a card."""

    copy: float  # bytes read and written per second
    operations: float  # of fused multiply-adds in double precision, two each, per second


@kernel("void(float64[::1], float64[::1])", threads=256)
def copy(source, target):  # type: ignore[no-untyped-def]
    """Copy an array."""
    i = cuda.grid(1)
    if i < source.shape[0]:
        target[i] = source[i]


@kernel("void(int64, float64, float64[::1])", threads=256)
def multiply_add(count, factor, out):  # type: ignore[no-untyped-def]
    """Make ``count`` fused multiply-adds in each of `CHAINS` chains."""
    i = cuda.grid(1)
    a, b, c, d = 1.0 * i, 2.0 * i, 3.0 * i, 4.0 * i
    e, f, g, h = 5.0 * i, 6.0 * i, 7.0 * i, 8.0 * i
    for _ in range(count):
        a, b, c, d = a * factor + 1.0, b * factor + 1.0, c * factor + 1.0, d * factor + 1.0
        e, f, g, h = e * factor + 1.0, f * factor + 1.0, g * factor + 1.0, h * factor + 1.0
    if i < out.shape[0]:
        out[i] = a + b + c + d + e + f + g + h


def seconds(work: Callable[[], object]) -> float:
    """Seconds between two events on the device around the launches that ``work`` makes; wall time in the simulator."""
    wait()
    if SIMULATED:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began
    begin, end = cuda.event(), cuda.event()
    begin.record()
    work()
    end.record()
    end.synchronize()
    return float(begin.elapsed_time(end)) / 1e3


@cache
def rates(size: int = NUMBERS, threads: int = THREADS, count: int = COUNT, times: int = 5) -> Rates:
    """Rates of the device in use: the best of ``times`` copies of ``size`` numbers and runs of ``threads`` threads."""
    source, target, out = empty(size), empty(size), empty(threads)
    multiply_add(threads, 0, 0.5, out)
    copying = min(seconds(lambda: copy(size, source, target)) for _ in range(times + 1))
    computing = min(seconds(lambda: multiply_add(threads, count, 0.999, out)) for _ in range(times))
    return Rates(16.0 * size / copying, 2.0 * CHAINS * count * threads / computing)
