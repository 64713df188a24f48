"""A kernel that tells which pairs of points the packed positions leave."""

from __future__ import annotations

import numpy as np
from numba import cuda, uint32

from physent.core.cuda.launch import kernel
from physent.core.cuda.packed import STEPS, address, limit_of, push, steps, word, word_of


@kernel("void(float64[:, ::1], float64[:, ::1], float64, int32[::1])")
def keep_near(points, others, reach, kept):  # type: ignore[no-untyped-def]
    """Whether each of ``others`` (3, n) may be within reach of the point of the same column; a word of room each."""
    room = cuda.shared.array(0, uint32)
    i = cuda.grid(1)
    if i < kept.shape[0]:
        rate = STEPS / reach
        x, y, z = points[0, i], points[1, i], points[2, i]
        mine = word(steps(x, rate, 0.0), steps(y, rate, 0.0), steps(z, rate, 0.0))
        its = word_of(others[0, i], others[1, i], others[2, i], rate)
        at = address(room, np.uint64(cuda.threadIdx.x))
        limit = limit_of(x, y, z, rate, reach)
        end = push(room, at, np.uint32(0), np.uint32(0), np.uint32(0), its, mine, limit, np.int32(1), np.uint32(0))
        kept[i] = 1 if end != 0 else 0
