"""Steps of a splitting for waves too long for shared memory, up to 2^24 points: two passes over them per stage.

The wave is a table of n1 rows and n2 columns, x[j1 n2 + j2]. With f = k1 + n1 k2 its transform is one of each column,
factors exp(-2 pi i j2 k1 / n), and one of each row (Bailey 1990, J. Supercomput. 4, 23, doi 10.1007/BF00162341). The
spectrum stays in the order of the table. So `columns` ends an inverse transform, kicks, and begins the next transform,
and `rows` ends it, drifts, and begins the inverse.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numba import cuda, float64

from physent.core.cuda import fft
from physent.core.cuda.fft import multiply, put_complex, take, take_complex
from physent.core.cuda.launch import SIMULATED, Kernel, device_function, kernel
from physent.core.cuda.pointwise import drift_all, kick_all, note_lost
from physent.core.fft import FORWARD, INVERSE
from physent.core.phases import unit_roots, unitary
from physent.typing import Floats

_AT_ONCE = 64 if SIMULATED else fft.LARGEST
"""Points of a block."""


def sides(n: int) -> tuple[int, int]:
    """Rows n1 <= columns n2 of the table of ``n`` points."""
    rows = 1 << (n.bit_length() - 1) // 2
    return rows, n // rows


def in_table_order(factors: Floats) -> Floats:
    """Factors (..., n) in the order of the frequencies, in that of the spectrum in the table."""
    rows, columns = sides(factors.shape[-1])
    split = factors.reshape(*factors.shape[:-1], columns, rows)
    return np.ascontiguousarray(np.swapaxes(split, -1, -2)).reshape(factors.shape)


def between(n: int) -> Floats:
    """exp(-2 pi i j2 k1 / n) by k1 and j2, (2, n)."""
    rows, columns = sides(n)
    return np.stack(unitary(unit_roots(-np.multiply.outer(np.arange(rows), np.arange(columns)), n))).reshape(2, n)


@device_function
def _turned(r: Any, i: Any, factors: Any, start: Any, places: Any) -> Any:
    return multiply(r, i, factors[0], factors[1], start, places)


@lru_cache(maxsize=16)
def columns_of(n: int, shifted: bool) -> tuple[Kernel, int, int]:
    """Kernel ``columns(wave, rows, direction, kick, shift, factors, twiddles, lost)``, blocks per wave, their threads.

    INVERSE only ends an inverse transform, FORWARD kicks and begins a transform, BOTH does one after the other.
    """
    height, width = sides(n)
    transform = fft.transform_of(height)
    threads, room, run = transform.threads, transform.room, transform.run
    lines = max(1, min(16, _AT_ONCE // height))
    size, blocks = lines * room, width // lines
    places = tuple(np.uint64(width * threads * e) for e in range(fft.POINTS))
    nothing = ((0.0,) * 4,) * 4
    across = np.uint64(width)

    @kernel(
        "void(complex128[:, ::1], int64[::1], int64, float64, float64[::1], float64[:, ::1], float64[:, ::1], "
        "int32[::1])",
        threads=lines * threads,
    )
    def columns(
        wave: Any, rows: Any, direction: int, kick: float, shift: Any, factors: Any, twiddles: Any, lost: Any
    ) -> None:
        shared = cuda.shared.array(size, float64)
        # Neighbouring threads read neighbouring columns.
        line, t = cuda.threadIdx.x % lines, np.uint64(cuda.threadIdx.x // lines)
        inside = across * t + np.uint64(cuda.blockIdx.x % blocks * lines + line)
        row = rows[cuda.blockIdx.x // blocks]
        base = np.uint64(line * room)
        r, i = take_complex(wave[row], inside, places)
        if direction != FORWARD:
            i, r = run(i, r, t, shared, base, twiddles)
        if direction != INVERSE:
            r, i = kick_all(r, i, kick, take(shift, inside, places) if shifted else nothing)
            r, i = run(r, i, t, shared, base, twiddles)
            r, i = _turned(r, i, factors, inside, places)
        put_complex(wave[row], inside, places, r, i)
        if direction == INVERSE:
            note_lost(r, i, row, lost)

    return columns, blocks, lines * threads


@lru_cache(maxsize=16)
def rows_of(n: int) -> tuple[Kernel, int, int]:
    """Kernel ``drift(wave, rows, factor, factors, twiddles)``, blocks per wave, threads per block."""
    height, width = sides(n)
    transform = fft.transform_of(width)
    threads, room, run, places = transform.threads, transform.room, transform.run, transform.places
    lines = max(1, min(16, _AT_ONCE // width))
    size, blocks = lines * room, height // lines
    across = np.uint64(width)

    @kernel(
        "void(complex128[:, ::1], int64[::1], float64[:, ::1], float64[:, ::1], float64[:, ::1])",
        threads=lines * threads,
    )
    def drift(wave: Any, rows: Any, factor: Any, factors: Any, twiddles: Any) -> None:
        shared = cuda.shared.array(size, float64)
        line, t = cuda.threadIdx.x // threads, np.uint64(cuda.threadIdx.x % threads)
        inside = across * np.uint64(cuda.blockIdx.x % blocks * lines + line) + t
        row = rows[cuda.blockIdx.x // blocks]
        base = np.uint64(line * room)
        r, i = take_complex(wave[row], inside, places)
        r, i = run(r, i, t, shared, base, twiddles)
        r, i = drift_all(r, i, factor, inside, places)
        i, r = run(i, r, t, shared, base, twiddles)
        i, r = _turned(i, r, factors, inside, places)
        put_complex(wave[row], inside, places, r, i)

    return drift, blocks, lines * threads
