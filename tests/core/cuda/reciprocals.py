"""Kernels that show device functions to tests."""

from __future__ import annotations

from typing import Any

from numba import cuda

from physent.core.cuda.launch import kernel
from physent.core.cuda.pairs import PLANE, SPACE
from physent.core.cuda.reciprocal import reciprocal, reciprocal_cube, reciprocal_root

_plane, _space = PLANE.energy, SPACE.energy


@kernel("void(float64[::1], float64[:, ::1])")
def reciprocals(a: Any, found: Any) -> None:
    """1/a, 1/sqrt(a) and 1/a^(3/2)."""
    i = cuda.grid(1)
    if i < a.shape[0]:
        found[0, i], found[1, i], found[2, i] = reciprocal(a[i]), reciprocal_root(a[i]), reciprocal_cube(a[i])


@kernel("void(float64[:, ::1], float64[:, ::1])")
def pair_energies(near: Any, found: Any) -> None:
    """Half the energy of each particle with all others, for both repulsions."""
    i, n = cuda.grid(1), near.shape[1]
    if i < n:
        found[0, i], found[1, i] = _plane(near, i, near, i, n), _space(near, i, near, i, n)
