"""Order parameters of schools on a CUDA device, as `physent.core.schools`: of all fish, and of the largest cluster."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import cuda, float64

from physent.core.cuda.clusters import (
    FIRST,
    MOST_POINTS,
    Cells,
    Links,
    image_of,
    link,
    links,
    links_bytes,
    root_of,
)
from physent.core.cuda.launch import device_function, kernel, upload
from physent.core.cuda.sums import SPAN, THREADS, enter, parts
from physent.core.schools import linking_radius
from physent.engines import EngineConfig
from physent.engines.couzin.state import State, by_fish
from physent.engines.twins import Resident
from physent.typing import Array, Floats

HEADING, OWN_HEADING, CENTER, NEAREST, SPANS = 0, 3, 6, 9, 10
"""Columns of the first sums: headings of all fish and of the largest cluster, places in it, distances, if it spans."""
_FIRST_COLUMNS = 11
UNIT, MOMENTUM, SQUARE = 0, 3, 6
"""Columns of the second: unit radius x heading, radius x heading, and squared radius, about the centroid."""
_SECOND_COLUMNS = 7


class Look(NamedTuple):
    """Scratch and constants on the device."""

    work: Links
    reach2: Any  # (n,) by fish


def look(config: EngineConfig, state: State) -> Look | None:
    """Scratch for a school; None for one that the CPU measures: with groups, or of too many fish."""
    replicas, _, n = state.swarm.shape
    if state.setup.groups or n >= MOST_POINTS:
        return None
    reach = np.broadcast_to(linking_radius(state.setup.box_length, state.setup.attraction), (n,))
    return Look(links(replicas, n), upload(np.square(reach)))


def look_bytes(config: EngineConfig) -> int:
    """Bytes of `look` on the device."""
    n = int(config.parameters.n)
    return links_bytes(int(config.replicas), n) + 8 * n


@device_function
def rank(size, first):  # type: ignore[no-untyped-def]
    """A number that is larger for larger clusters, and among equals for the one with the first fish."""
    return (int(size) << 31) + FIRST - int(first)


@kernel("void(int64[:, ::1], int32[:, ::1], int32[:, ::1], int64[:, ::1])")
def choose(parent, size, first, found):  # type: ignore[no-untyped-def]
    """Number of clusters, and the highest `rank`, of each school."""
    i = cuda.grid(1)
    for row in range(cuda.blockIdx.y, parent.shape[0], cuda.gridDim.y):
        if i < parent.shape[1] and root_of(parent, row, i) == i:
            cuda.atomic.add(found, (row, 0), 1)
            cuda.atomic.max(found, (row, 1), rank(size[row, i], first[row, i]))


@device_function
def place(points, parent, row, i, root, n, box, axis):  # type: ignore[no-untyped-def]
    """Coordinate of a fish from that of its root, continuous along the links."""
    x = points[6 * (row * n + i) + axis] - points[6 * (row * n + root) + axis]
    return x + box * image_of(parent, row, i, axis)


LINKS = "int64[:, ::1], float64[:, ::1], int32[:, ::1], int32[:, ::1], int32[:, ::1]"


@kernel(f"void(float64[::1], {LINKS}, int64[:, ::1], float64, float64[:, :, ::1])", threads=THREADS)
def add_order(points, parent, square, size, first, spans, found, box, part):  # type: ignore[no-untyped-def]
    """The first sums, by parts (`physent.core.cuda.sums`)."""
    room = cuda.shared.array(THREADS, float64)
    own = cuda.local.array(_FIRST_COLUMNS, float64)
    n, begin, t = parent.shape[1], cuda.blockIdx.x * SPAN, cuda.threadIdx.x
    for row in range(cuda.blockIdx.y, parent.shape[0], cuda.gridDim.y):
        for k in range(_FIRST_COLUMNS):
            own[k] = 0.0
        for i in range(begin + t, min(begin + SPAN, n), THREADS):
            root = root_of(parent, row, i)
            own[NEAREST] += np.sqrt(square[row, i])
            inside = rank(size[row, root], first[row, root]) == found[row, 1]
            for axis in range(3):
                u = points[6 * (row * n + i) + 3 + axis]
                own[HEADING + axis] += u
                if inside:
                    own[OWN_HEADING + axis] += u
                    own[CENTER + axis] += place(points, parent, row, i, root, n, box, axis)
            if inside and root == i:
                own[SPANS] += float(spans[row, i])
        for k in range(_FIRST_COLUMNS):
            enter(own[k], room, t, part[row, cuda.blockIdx.x], k)


@kernel(f"void(float64[::1], {LINKS}, int64[:, ::1], float64, float64[:, ::1], float64[:, :, ::1])", threads=THREADS)
def add_about(points, parent, square, size, first, spans, found, box, center, part):  # type: ignore[no-untyped-def]
    """The second sums, about ``center`` (replica, 3), by parts."""
    room = cuda.shared.array(THREADS, float64)
    own = cuda.local.array(_SECOND_COLUMNS, float64)
    n, begin, t = parent.shape[1], cuda.blockIdx.x * SPAN, cuda.threadIdx.x
    for row in range(cuda.blockIdx.y, parent.shape[0], cuda.gridDim.y):
        for k in range(_SECOND_COLUMNS):
            own[k] = 0.0
        for i in range(begin + t, min(begin + SPAN, n), THREADS):
            root = root_of(parent, row, i)
            if rank(size[row, root], first[row, root]) == found[row, 1]:
                dx = place(points, parent, row, i, root, n, box, 0) - center[row, 0]
                dy = place(points, parent, row, i, root, n, box, 1) - center[row, 1]
                dz = place(points, parent, row, i, root, n, box, 2) - center[row, 2]
                at = 6 * (row * n + i) + 3
                ux, uy, uz = points[at], points[at + 1], points[at + 2]
                kx, ky, kz = dy * uz - dz * uy, dz * ux - dx * uz, dx * uy - dy * ux
                d2 = dx * dx + dy * dy + dz * dz
                scale = 1.0 / np.sqrt(d2) if d2 > 0.0 else 0.0
                own[SQUARE] += d2
                own[UNIT] += kx * scale
                own[UNIT + 1] += ky * scale
                own[UNIT + 2] += kz * scale
                own[MOMENTUM] += kx
                own[MOMENTUM + 1] += ky
                own[MOMENTUM + 2] += kz
        for k in range(_SECOND_COLUMNS):
            enter(own[k], room, t, part[row, cuda.blockIdx.x], k)


def order_by_cpu(resident: Resident) -> dict[str, Array]:
    """`State.order` of a school that the device does not look at."""
    kind: Any = type(resident.state)
    in_order: dict[str, Array] = kind.on_cpu.order(resident.state, *by_fish(resident.state))
    return in_order


def order(resident: Resident, own: Look, points: Any, who: Any, cells: Cells) -> dict[str, Array]:
    """`State.order` of fish sorted by cell: ``points`` (replica n 6,), ``who`` (replica, n)."""
    state: State = resident.state
    replicas, n = who.shape
    box = float(state.setup.box_length or 0.0)
    link(points, who, cells, box, own.reach2, own.work)
    found = upload(np.zeros((replicas, 2), np.int64))
    choose(n, own.work.parent, own.work.size, own.work.first, found, rows=replicas)
    number, highest = found.copy_to_host().T
    largest = highest >> 31
    one = parts(add_order, replicas, n, _FIRST_COLUMNS, points, *own.work, found, box).sum(axis=1)
    center = np.ascontiguousarray(one[:, CENTER : CENTER + 3] / largest[:, None])
    two = parts(add_about, replicas, n, _SECOND_COLUMNS, points, *own.work, found, box, upload(center)).sum(axis=1)
    nowhere = np.where(one[:, SPANS] > 0.0, np.nan, 1.0)  # without a centroid
    return {
        "polarization": _length(one, HEADING) / n,
        "largest_cluster_polarization": _length(one, OWN_HEADING) / largest,
        "rotation": nowhere * _length(two, UNIT) / largest,
        "angular_momentum": nowhere * _length(two, MOMENTUM) / largest,
        "spread": nowhere * np.sqrt(two[:, SQUARE] / largest),
        "nearest_neighbor_distance": one[:, NEAREST] / n if n > 1 else np.full(replicas, np.nan),
        "cluster_count": number.astype(np.float64),
        "largest_cluster_fraction": largest / n,
    }


def _length(sums: Floats, column: int) -> Floats:
    return np.asarray(np.sqrt(np.square(sums[:, column : column + 3]).sum(axis=1)))
