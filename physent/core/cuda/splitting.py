"""Steps of a palindromic splitting on the device (`physent.core.splitting`): the field stays on the chip.

A block holds one wave, or several short ones, in registers and shared memory for all steps of a launch. Drifts are
multiplied by the same compensated factors as on the CPU, in frequency order.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numba import cuda, float64

from physent.core.cuda import fft, long_splitting
from physent.core.cuda.fft import put_complex, take, take_complex
from physent.core.cuda.launch import SIMULATED, TYPICAL, Kernel, kernel, upload
from physent.core.cuda.pointwise import drift_all, kick_all, note_lost
from physent.core.fft import BOTH, FORWARD, INVERSE, Tables
from physent.typing import Floats, Integers

ON_CHIP = 512 if SIMULATED else fft.LARGEST
"""Points of the longest wave that a block holds."""
LEAST = 8 if SIMULATED else 64
"""Least number of threads of a block."""


@lru_cache(maxsize=16)
def steps_of(n: int, shifted: bool) -> tuple[Kernel, int, int]:
    """Kernel of steps for waves of ``n`` points, with or without a shift; waves per block; threads per block.

    ``steps(wave, rows, count, first_kick, kicks, factors, shift, twiddles, lost)`` makes ``count`` steps of the waves
    ``rows`` of ``wave`` (replica, n). Arguments are those of `core.splitting.split_steps`, with factors in frequency
    order; see `pointwise.note_lost` for ``lost``.
    """
    transform = fft.transform_of(n)
    threads, room, run, places = transform.threads, transform.room, transform.run, transform.places
    lines = max(1, LEAST // threads)
    size, nothing = lines * room, ((0.0,) * 4,) * 4

    @kernel(
        "void(complex128[:, ::1], int64[::1], int64, float64, float64[::1], float64[:, :, ::1], float64[::1], "
        "float64[:, ::1], int32[::1])",
        threads=lines * threads,
    )
    def steps(
        wave: Any, rows: Any, count: int, first_kick: float, kicks: Any, factors: Any, shift: Any, twiddles: Any,
        lost: Any,
    ) -> None:  # fmt: skip
        shared = cuda.shared.array(size, float64)
        line, t = cuda.threadIdx.x // threads, np.uint64(cuda.threadIdx.x % threads)
        place = cuda.blockIdx.x * lines + line
        # Lines beyond the last wave repeat it, so that all reach the barriers, and store nothing.
        row = rows[min(place, rows.shape[0] - 1)]
        base, stages, kick = np.uint64(line * room), kicks.shape[0] - 1, first_kick
        r, i = take_complex(wave[row], t, places)
        for _ in range(count):
            for stage in range(stages):
                r, i = kick_all(r, i, kick, take(shift, t, places) if shifted else nothing)
                r, i = run(r, i, t, shared, base, twiddles)
                r, i = drift_all(r, i, factors[min(stage, stages - 1 - stage)], t, places)
                i, r = run(i, r, t, shared, base, twiddles)
                kick = kicks[stage + 1]
            kick = kicks[0] + kicks[stages]
        if place < rows.shape[0]:
            put_complex(wave[row], t, places, r, i)
            note_lost(r, i, row, lost)

    return steps, lines, lines * threads


class Steps:
    """Steps of one splitting for waves of one length, a power of two from 32 to 2^24."""

    def __init__(self, tables: Tables, kicks: Floats, factors: Floats, shift: Floats) -> None:
        """Put the arguments of `core.splitting.split_steps` on the device."""
        n, self.shifted, self.kicks = tables.n, bool(shift.size), kicks
        self.n, self.is_long = n, n > ON_CHIP
        ordered = np.empty(factors.shape)
        ordered[:, :, tables.order] = factors
        self.shift, self.on_device = upload(shift), upload(kicks)
        self.factors = upload(long_splitting.in_table_order(ordered) if self.is_long else ordered)
        lengths = long_splitting.sides(n) if self.is_long else (n,)
        self.twiddles = [upload(fft.transform_of(length).twiddles) for length in lengths]
        self.between = upload(long_splitting.between(n)) if self.is_long else None
        self.rows: Any = None  # those of the last launch: freeing them might wait until it has run

    def make(self, wave: Any, rows: Integers, count: int, begun: bool, lost: Any) -> None:
        """Launch ``count`` steps of the waves ``rows``; ``begun``: they lack the last kick of the step before."""
        kicks, on_device = self.kicks, upload(rows)
        self.rows = on_device
        first_kick = float(kicks[0] + kicks[-1] if begun else kicks[0])
        if self.is_long:
            self._make_long(wave, on_device, count, first_kick, lost)
            return
        kernel, lines, threads = steps_of(self.n, self.shifted)
        kernel.blocks(
            (len(rows) + lines - 1) // lines, threads, wave, on_device, count, first_kick, self.on_device,
            self.factors, self.shift, self.twiddles[0], lost,
        )  # fmt: skip

    def _make_long(self, wave: Any, rows: Any, count: int, first_kick: float, lost: Any) -> None:
        kicks, stages = self.kicks, len(self.kicks) - 1
        columns, wide, across = long_splitting.columns_of(self.n, self.shifted)
        drift, high, along = long_splitting.rows_of(self.n)
        kick, direction = first_kick, FORWARD
        for _ in range(count):
            for stage in range(stages):
                columns.blocks(len(rows) * wide, across, wave, rows, direction, kick, self.shift, self.between,
                               self.twiddles[0], lost)  # fmt: skip
                drift.blocks(len(rows) * high, along, wave, rows, self.factors[min(stage, stages - 1 - stage)],
                             self.between, self.twiddles[1])  # fmt: skip
                kick, direction = float(kicks[stage + 1]), BOTH
            kick = float(kicks[0] + kicks[-1])
        columns.blocks(len(rows) * wide, across, wave, rows, INVERSE, 0.0, self.shift, self.between, self.twiddles[0],
                       lost)  # fmt: skip


TYPICAL.append(
    lambda: (steps_of(1024, False), long_splitting.columns_of(1 << 16, True), long_splitting.rows_of(1 << 16))
)
