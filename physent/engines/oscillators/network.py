"""Who is coupled to whom: rows of neighbours, and the scale of the coupling."""

from __future__ import annotations

import hashlib
import math
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from physent.engines.oscillators import parameters as declared
from physent.errors import UsageError
from physent.typing import Floats, Integers


class Graph(NamedTuple):
    """Neighbours of oscillator i: ``other[start[i]:start[i + 1]]``, ascending; every edge is there from both its ends.

    The torque on i is K ``scale`` ``sum_j weight sin(theta_j - theta_i - alpha)`` and its friction ``friction``, 1 on
    average, so that a coupling over the degree is one energy whose rotors have friction in proportion to their degree.
    """

    start: Integers  # (n + 1,)
    other: Integers  # (2 edges,) int32
    weight: Floats  # (2 edges,); (0,): all 1
    friction: Floats  # (n,)
    scale: float

    @property
    def degree(self) -> Floats:
        """Sum of |weight| over the neighbours of each oscillator, (n,)."""
        if not len(self.weight):
            return np.diff(self.start).astype(np.float64)
        row = np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))
        return np.bincount(row, np.abs(self.weight), len(self.start) - 1).astype(np.float64)

    @property
    def digest(self) -> str:
        """Hash of the edges and their weights."""
        return hashlib.sha256(b"".join(np.ascontiguousarray(part).tobytes() for part in self[:3])).hexdigest()


def size(parameters: declared.Parameters) -> int:
    """Number of oscillators; that of the lattice, or of the file, if none is given. UsageError as `graph`."""
    if parameters.n is not None:
        return parameters.n
    if isinstance(parameters.network, declared.Lattice):
        return math.prod(parameters.network.shape)
    return 1 if isinstance(parameters.network, declared.MeanField) else len(graph(parameters).friction)


def graph(parameters: declared.Parameters) -> Graph:
    """Rows of neighbours; none in mean field. UsageError for a file of edges that is missing or wrong."""
    network = parameters.network
    if isinstance(network, declared.MeanField):
        empty = np.zeros(0)
        return Graph(np.zeros(1, np.int64), np.zeros(0, np.int32), empty, empty, 1.0)
    if isinstance(network, declared.Lattice):
        return _lattice(network)
    path = Path(network.path)
    try:
        changed = path.stat().st_mtime_ns
    except OSError as error:
        raise UsageError(f"{network.path}: {error.strerror}, expected a text file of edges") from None
    return _read(path, changed, parameters.n, network.coupling_norm)


@lru_cache(maxsize=4)
def _lattice(network: declared.Lattice) -> Graph:
    index = np.arange(math.prod(network.shape)).reshape(network.shape)
    ends = []
    for axis, length in enumerate(network.shape):
        after = np.roll(index, -1, axis)
        keep = [slice(None)] * index.ndim
        if not network.periodic:
            keep[axis] = slice(0, length - 1)
        ends.append(np.stack([index[tuple(keep)].ravel(), after[tuple(keep)].ravel()]))
    return _rows(np.concatenate(ends, axis=1), np.zeros(0), index.size, network.coupling_norm)


@lru_cache(maxsize=4)
def _read(path: Path, changed: int, n: int | None, norm: str) -> Graph:
    try:
        table = np.loadtxt(path, ndmin=2, delimiter="," if "," in path.read_text("utf-8") else None)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: {error}, expected two or three numbers per line") from None
    if not len(table) or table.shape[1] not in (2, 3) or not np.isfinite(table).all():
        raise UsageError(f"{path}: found {table.shape[0]} lines of {table.shape[-1]} numbers, expected 2 or 3 per line")
    ends, weight = table[:, :2].T, table[:, 2] if table.shape[1] == 3 else np.zeros(0)
    count = int(ends.max()) + 1 if n is None else n
    if (ends != np.rint(ends)).any() or ends.min() < 0 or ends.max() >= count:
        raise UsageError(f"{path}: found an index from {ends.min():g} to {ends.max():g}, expected 0 to {count - 1}")
    if (ends[0] == ends[1]).any():
        raise UsageError(f"{path}: found an edge from {ends[0, ends[0] == ends[1]][0]:g} to itself, expected two ends")
    pairs = np.sort(ends.astype(np.int64), axis=0)
    if len(np.unique(pairs[0] * count + pairs[1])) < len(table):
        raise UsageError(f"{path}: an edge is there twice, expected one line for both directions")
    return _rows(pairs, weight, count, norm)


def _rows(ends: Integers, weight: Floats, n: int, norm: str) -> Graph:
    both = np.concatenate([ends, ends[::-1]], axis=1)
    order = np.lexsort(both[::-1])
    start = np.concatenate([[0], np.cumsum(np.bincount(both[0], minlength=n))])
    weights = np.tile(weight, 2)[order] if len(weight) else weight
    made = Graph(start, both[1, order].astype(np.int32), weights, np.ones(n), 1.0)
    if norm == "edge":
        return made
    degree = made.degree
    if not degree.all():
        raise UsageError(
            f"oscillator {int(np.argmin(degree))} has no edge, expected one, or coupling_norm: edge, which divides by "
            "no degree"
        )
    return made._replace(friction=degree / degree.mean(), scale=float(1.0 / degree.mean()))
