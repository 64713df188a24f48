"""What is measured of interacting particles on a CUDA device: energies, clusters and density, from their Verlet lists.

The last meeting of a step is at the positions that the step reaches, and is made again with a new list if the old one
has expired there. So between steps ``place`` is the position by slot, and lists hold every pair within the cutoff: no
kernel has to see whether they have expired. The same is true of a state that was stored.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numba import cuda

from physent.core.cuda.cells import clear
from physent.core.cuda.clusters import MOST_POINTS, Links, begin, gather, join, links, links_bytes
from physent.core.cuda.launch import MOST_ROWS, TYPICAL, Kernel, device_function, empty, kernel, upload
from physent.core.cuda.sums import SPAN, THREADS
from physent.engines import EngineConfig
from physent.engines.langevin import crowding
from physent.engines.langevin.crowd_cuda import FOUR, ONE, nearest
from physent.engines.langevin.pair_forces import WCA, Potential, derivatives
from physent.engines.langevin.state import current, outer_energy
from physent.engines.langevin.sums_cuda import measures_with
from physent.engines.twins import Measures, Resident
from physent.typing import Array, Floats


class Look(NamedTuple):
    """Scratch on the device."""

    energy: Any  # (replica, n): half of the energy of the pairs of each particle
    links: Links | None  # None of chains, and of more points than a word can hold: then the CPU finds clusters
    count: Any  # (replica, cells): particles of each cell
    rows: Any  # (row,): books of which fields are made


def look(config: EngineConfig) -> Look:
    """Scratch for a config."""
    p, replicas, n = config.parameters, int(config.replicas), int(config.parameters.n)
    is_linked = crowding.linking_length(p) > 0.0 and n < MOST_POINTS
    cells = crowding.cells_of(p) ** p.dimension
    return Look(
        energy=empty((replicas, n)),
        links=links(replicas, n) if is_linked else None,
        count=empty((replicas, cells), np.int32),
        rows=upload(np.array(crowding.rows_of(p), np.int64)),
    )


def look_bytes(config: EngineConfig) -> int:
    """Bytes of `look` on the device."""
    p, replicas, n = config.parameters, int(config.replicas), int(config.parameters.n)
    cells = int(crowding.cells_of(p) ** p.dimension)
    return replicas * (8 * n + 4 * cells) + links_bytes(replicas, n)


@kernel("void(float64[:, :, ::1], int64[::1], float64[:, :, ::1])")
def keep(books, rows, last):  # type: ignore[no-untyped-def]
    """Copy ``rows`` of the books."""
    i, n = cuda.grid(1), books.shape[2]
    for k in range(cuda.blockIdx.y, rows.shape[0], cuda.gridDim.y):
        if i < n * books.shape[1]:
            last[k, i // n, i % n] = books[rows[k], i // n, i % n]


@device_function
def apart(place, here, other, axes, period, turns):  # type: ignore[no-untyped-def]
    """Squared distance of two slots whose places begin at ``here`` and ``other``."""
    square = 0.0
    for a in range(axes):
        d = nearest(place[here] - place[other], period[a], turns[a])
        square += d * d
        here += ONE
        other += ONE
    return square


@lru_cache(maxsize=16)
def energies_of(axes: int, kind: int) -> Kernel:
    """Kernel of the energy of each particle: half of that of its pairs."""

    @kernel(
        "void(float64[::1], int32[:, ::1], int32[:, ::1], int32[:, ::1], float64[::1], float64[::1], float64, float64, "
        "float64, float64, float64[:, ::1])"
    )
    def energies(
        place: Any, who: Any, first: Any, partners: Any, period: Any, turns: Any, strength: float, diameter: float,
        beta: float, cutoff: float, out: Any,
    ) -> None:  # fmt: skip
        slot, n = cuda.grid(1), who.shape[1]
        pot = Potential(kind, strength, diameter, beta, cutoff)
        for row in range(cuda.blockIdx.y, who.shape[0], cuda.gridDim.y):
            if slot < n:
                total = 0.0
                at, stop = np.uint64(first[row, slot]), np.uint64(first[row, slot + 1])
                while at < stop:
                    other = FOUR * np.uint64(row * n + partners[row, at])
                    at += ONE
                    height, _, _, _ = derivatives(
                        pot, apart(place, FOUR * np.uint64(row * n + slot), other, axes, period, turns)
                    )
                    total += height
                out[row, who[row, slot]] = 0.5 * total

    return energies


@lru_cache(maxsize=3)
def touch_of(axes: int) -> Kernel:
    """Kernel that joins the clusters of slots that are closer than a root of ``reach2``."""

    @kernel("void(float64[::1], int32[:, ::1], int32[:, ::1], float64[::1], float64[::1], float64, int64[:, ::1])")
    def touch(place: Any, first: Any, partners: Any, period: Any, turns: Any, reach2: float, parent: Any) -> None:
        slot, n = cuda.grid(1), parent.shape[1]
        for row in range(cuda.blockIdx.y, parent.shape[0], cuda.gridDim.y):
            if slot < n:
                here = FOUR * np.uint64(row * n + slot)
                for at in range(first[row, slot], first[row, slot + 1]):
                    other = partners[row, at]
                    there = FOUR * np.uint64(row * n + other)
                    if other > slot and apart(place, here, there, axes, period, turns) < reach2:
                        join(parent, row, slot, other, 0)

    return touch


@kernel("void(int32[:, ::1], int64[::1])")
def largest(size, found):  # type: ignore[no-untyped-def]
    """The largest size of each row."""
    i = cuda.grid(1)
    for row in range(cuda.blockIdx.y, size.shape[0], cuda.gridDim.y):
        if i < size.shape[1] and size[row, i] > found[row]:
            cuda.atomic.max(found, row, int(size[row, i]))


@kernel("void(float64[:, :, ::1], float64, int64, int32[:, ::1], int64[::1])", threads=THREADS)
def add_squares(position, rate, cells, count, found):  # type: ignore[no-untyped-def]
    """Count the particles of each cell, and add up the squares of the counts: c^2 is the sum of c odd numbers."""
    n, base = position.shape[2], cuda.blockIdx.x * SPAN
    for row in range(cuda.blockIdx.y, position.shape[1], cuda.gridDim.y):
        own = 0
        for i in range(base + cuda.threadIdx.x, min(base + SPAN, n), THREADS):
            c = 0
            for a in range(position.shape[0]):
                c = c * cells + int(np.floor(position[a, row, i] * rate)) % cells
            own += 2 * int(cuda.atomic.add(count, (row, c), 1)) + 1
        cuda.atomic.add(found, row, own)


def _of_pairs(resident: Resident) -> Any:
    """Energies of pairs, on the device."""
    tables, (pot, _) = resident.tables, resident.state.pairs
    (axes, replicas, n), lists = tables.shape, tables.lists
    listed = (tables.place, resident.who, lists.first, lists.partners, lists.period, lists.turns)
    energies_of(axes, pot.kind)(n, *listed, *pot[1:], tables.look.energy, rows=replicas)
    return tables.look.energy


def _energies(resident: Resident) -> Floats:
    """`State.energies`, which asks for the positions: only those of pairs are dear on the CPU."""
    state = resident.state
    outer: Floats = outer_energy(state.setup, current(state.setup, state.steps), resident.current("position"))
    return outer + np.asarray(_of_pairs(resident).copy_to_host(), np.float64)


def _arrangement(resident: Resident) -> dict[str, Array]:
    tables, parameters = resident.tables, resident.state.setup.parameters
    (axes, replicas, n), lists, work = tables.shape, tables.lists, tables.look.links
    reach, measured = crowding.linking_length(parameters), {}
    if reach and work is None:
        kind: Any = type(resident.state)
        by_cpu: dict[str, Array] = kind.on_cpu.arrangement(resident.state)
        return by_cpu
    if cells := crowding.cells_of(parameters):
        count, found = tables.look.count, upload(np.zeros(replicas, np.int64))
        clear(count.shape[1], count, rows=replicas)
        blocks = (-(-n // SPAN), min(replicas, MOST_ROWS))
        add_squares.blocks(blocks, THREADS, resident.position, cells / parameters.box_length, cells, count, found)
        every = cells**axes
        # With integers: the mean square less the square of the mean would lose digits.
        squares = map(int, found.copy_to_host())
        measured["density_variance"] = np.array([(every * total - n * n) / (every * n) for total in squares])
    if reach:
        begin(n, *work, rows=replicas)
        listed = (tables.place, lists.first, lists.partners, lists.period, lists.turns)
        touch_of(axes)(n, *listed, reach * reach, work.parent, rows=replicas)
        gather(n, resident.who, work.parent, work.size, work.first, rows=replicas)
        most = upload(np.zeros(replicas, np.int64))
        largest(n, work.size, most, rows=replicas)
        measured["largest_cluster_fraction"] = most.copy_to_host() / n
    return measured


MEASURES: Measures = {
    **measures_with(_of_pairs),
    "energies": _energies,
    "arrangement": _arrangement,
    "longest": lambda resident: resident.leap.copy_to_host(),
}


def _typical() -> None:
    """Discs that repel, in the plane."""
    energies_of(2, WCA)
    touch_of(2)


TYPICAL.append(_typical)
