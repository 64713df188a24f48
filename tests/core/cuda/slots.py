"""A kernel that finds the slot of each point."""

from __future__ import annotations

from numba import cuda

from physent.core.cuda.cells import slot_of
from physent.core.cuda.launch import kernel


@kernel("void(int32[:, ::1], int32[:, ::1], int32[:, ::1], int32[:, ::1])")
def slots(cell, start, member, slot):  # type: ignore[no-untyped-def]
    """Write the slot of each point."""
    i = cuda.grid(1)
    for row in range(cuda.blockIdx.y, cell.shape[0], cuda.gridDim.y):
        if i < cell.shape[1]:
            slot[row, i] = slot_of(i, row, cell, start, member)
