"""Cream on coffee: exclusion process and independent walkers on an n x n lattice with closed walls.

Exclusion: at every attempt one of the B = 2 n (n - 1) bonds is drawn and the contents of its two cells change places.
(A swap of equal cells changes nothing, so that this is the dynamics "swap a random pair of differing neighbours" on a
clock that also counts the idle attempts; on this clock the mean obeys a linear equation exactly.) Walkers: at every
sweep each walker crosses each of its bonds with probability `HOP` and else stays, whatever the others do.

In both the mean occupation obeys the discrete heat equation m -> m + rate (sum over neighbours of m' - m) for each
attempt (rate 1/B) or sweep (rate `HOP`), solved by cosines; a walker's own law obeys it too.

S. Aaronson, S. M. Carroll and L. Ouellette, arXiv:1405.6903 (2014), define the two automata.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn, idctn

from physent.core import jit
from physent.core.random import Purpose, stream_key, uniforms

Cells = NDArray[np.int32]
Floats = NDArray[np.float64]

HOP = 0.125


def cups(n: int, replicas: int) -> Cells:
    """The upper half cream (1), the lower coffee (0): (replicas, n, n), n even, row 0 on top."""
    cells = np.zeros((replicas, n, n), dtype=np.int32)
    cells[:, : n // 2] = 1
    return cells


def keys(seed: int, replicas: int) -> NDArray[np.uint64]:
    """One random stream per replica."""
    return np.array([stream_key(seed, Purpose.NOISE, replica) for replica in range(replicas)])


def exclusion(streams: NDArray[np.uint64], start: int, end: int, cells: Cells) -> None:
    """Make the attempts ``start`` to ``end`` (even numbers) on ``cells`` (replicas, n, n) in place."""
    jit.spread(_exclusion, len(cells), streams, start // 2, end // 2, cells)


def walkers(streams: NDArray[np.uint64], start: int, end: int, sites: NDArray[np.int32], n: int) -> None:
    """Make the sweeps ``start`` to ``end`` on ``sites`` (replicas, walkers, 2), rows and columns, in place."""
    jit.spread(_walkers, len(sites), streams, start, end, sites, n)


def upper_sites(n: int, replicas: int) -> NDArray[np.int32]:
    """One walker on every cell of the upper half: (replicas, n^2/2, 2)."""
    return np.tile(np.argwhere(cups(n, 1)[0]).astype(np.int32), (replicas, 1, 1))


def occupation(sites: NDArray[np.int32], n: int) -> Cells:
    """Number of walkers on each cell: (replicas, n, n)."""
    cells = np.zeros((len(sites), n, n), dtype=np.int32)
    for replica, (row, column) in enumerate(zip(sites[..., 0], sites[..., 1], strict=True)):
        np.add.at(cells[replica], (row, column), 1)
    return cells


def heat(field: Floats, steps: int, rate: float) -> Floats:
    """The discrete heat equation with closed walls after ``steps`` steps: (..., n, n) -> (..., n, n), exact."""
    n = field.shape[-1]
    decay = 2.0 - 2.0 * np.cos(np.pi * np.arange(n) / n)
    factor = (1.0 - rate * (decay[:, None] + decay)) ** steps
    solution: Floats = idctn(factor * dctn(field, axes=(-2, -1)), axes=(-2, -1))
    return solution


def bonds(n: int) -> int:
    """B = 2 n (n - 1)."""
    return 2 * n * (n - 1)


@jit.njit
def _swap(cells: Any, bond: int) -> None:
    n = cells.shape[0]
    along = n * (n - 1)
    row, column = divmod(bond % along, n - 1)
    if bond < along:
        cells[row, column], cells[row, column + 1] = cells[row, column + 1], cells[row, column]
    else:
        cells[column, row], cells[column + 1, row] = cells[column + 1, row], cells[column, row]


@jit.njit
def _exclusion(first: int, last: int, streams: Any, start: int, end: int, cells: Any) -> None:
    n = cells.shape[1]
    number = 2 * n * (n - 1)
    for replica in range(first, last):
        for step in range(start, end):
            u, v = uniforms(streams[replica], step, 0, 0)
            _swap(cells[replica], int(u * number))
            _swap(cells[replica], int(v * number))


@jit.njit
def _hop(site: Any, u: float, n: int) -> None:
    direction = int(u / HOP)
    if direction < 4:
        axis = direction >> 1
        target = site[axis] + 2 * (direction & 1) - 1
        if 0 <= target < n:
            site[axis] = target


@jit.njit
def _walkers(first: int, last: int, streams: Any, start: int, end: int, sites: Any, n: int) -> None:
    pairs = sites.shape[1] // 2
    for replica in range(first, last):
        for sweep in range(start, end):
            for pair in range(pairs):
                u, v = uniforms(streams[replica], sweep, pair, 0)
                _hop(sites[replica, 2 * pair], u, n)
                _hop(sites[replica, 2 * pair + 1], v, n)
