"""The seven school entropies and their index exactly as dewi-kadita 0.0.4 defines them, only for comparisons.

S. H. S. Herho et al., arXiv:2602.07948. Written from the definitions below and from the numbers that the program
gives; docs/school-entropies.md explains what is wrong with them. All are plug-in Shannon entropies over fixed cells,
divided by the logarithm of the number of cells, and 0.5 if there are too few fish or none is in a cell:

    cohesion               distance to the nearest fish (minimum image), 25 cells on [0, L/2], beyond it: left out
    polarization           heading on 12 x 24 cells of equal angle, counts times sin(theta) at the middle of the cell
    depth                  z, 15 cells on [0, L]
    angular momentum       |r x v| of unit vectors, r from the plain mean of the positions, 20 cells on [0, 1]
    neighbor               s.d. over mean of the distances to the 5 nearest, 20 cells on [0, 2], beyond it: left out
    velocity correlation   (1 + v_i.v_j)/2 of all pairs, 20 cells on [0, 1]
    shape                  eigenvalues of the covariance of the positions, at least 1e-10, as shares of their sum
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from physent.diagnostics.grid import Grid
from physent.diagnostics.measures import Shannon
from physent.diagnostics.tally import Counts, count
from physent.typing import Floats, Integers

WEIGHTS = {
    "cohesion_entropy": 0.18,
    "polarization_entropy": 0.28,
    "depth_entropy": 0.08,
    "angular_momentum_entropy": 0.08,
    "neighbor_entropy": 0.10,
    "velocity_correlation_entropy": 0.18,
    "shape_entropy": 0.10,
}
UNKNOWN = 0.5  # the value for too few fish
NEIGHBOURS = 5
TINY = 1e-10
_ROWS = 512


def legacy_entropies(position: Floats, heading: Floats, box_length: float) -> dict[str, float]:
    """The seven entropies and ``schooling_index`` of one school: position and heading (n, 3), periodic box.

    Headings may have any length. Positions outside [0, L) are wrapped; the program refuses them. Time is of order
    n^2, as all pairs are counted, memory of order n.
    """
    length = float(box_length)
    inside = _wrapped(np.asarray(position, np.float64), length)
    unit = _unit(np.asarray(heading, np.float64))
    nearest, spread = _neighbours(inside, length)
    found = {
        "cohesion_entropy": _share(nearest, 0.5 * length, 25),
        "polarization_entropy": _headings(unit),
        "depth_entropy": _share(inside[:, 2], length, 15),
        "angular_momentum_entropy": _angular_momentum(inside, unit),
        "neighbor_entropy": _share(spread, 2.0, 20),
        "velocity_correlation_entropy": _pairs(unit),
        "shape_entropy": _shape(inside),
    }
    return {**found, "schooling_index": sum(WEIGHTS[name] * value for name, value in found.items())}


def pair_counts(unit: Floats) -> Integers:
    """Numbers of pairs by (1 + u_i.u_j)/2 in 20 cells of [0, 1], for vectors (n, 3).

    Products of blocks of rows: for symmetric schools, whose cosines lie on edges, the last bit decides, and only a
    matrix product has the bits of the program. Values that rounding moves beyond [0, 1] are left out, as there.
    """
    grid = Grid(0.0, 1.0, 20, outside="drop")
    counts = np.zeros(grid.size, np.int64)
    for first in range(0, len(unit), _ROWS):
        rows, rest = unit[first : first + _ROWS], unit[first + _ROWS :]
        within = (rows @ rows.T)[np.triu_indices(len(rows), 1)]
        for cosine in (within, (rows @ rest.T).ravel()):
            counts += count(0.5 * (cosine + 1.0), grid).n
    return counts


def _wrapped(position: Floats, length: float) -> Floats:
    wrapped = np.mod(position, length)
    return np.where(wrapped >= length, 0.0, wrapped)  # the remainder of a tiny negative number rounds to the length


def _unit(vectors: Floats) -> Floats:
    """Unit vectors; shorter ones for vectors below `TINY`."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), TINY))


def _entropy(counts: Any) -> float:
    """Plug-in entropy over ln K of counts, or of weights."""
    values = np.asarray(counts, np.float64)
    total = values.sum()
    return float(Shannon()(values / total)) / float(np.log(len(values))) if total > 0 else UNKNOWN


def _share(values: Floats, high: float, cells: int) -> float:
    if len(values) == 0:
        return UNKNOWN
    tally: Counts = count(values, Grid(0.0, high, cells, outside="drop"))
    return _entropy(tally.n)


def _neighbours(inside: Floats, length: float) -> tuple[Floats, Floats]:
    """Distance to the nearest fish, and the coefficient of variation of the nearest five; empty for too few."""
    n, none = len(inside), np.empty(0)
    if n < 2:
        return none, none
    distance = cKDTree(inside, boxsize=length).query(inside, k=min(n, NEIGHBOURS + 1))[0][:, 1:]
    if n <= NEIGHBOURS:
        return distance[:, 0], none
    mean = distance.mean(axis=1)
    variation = np.divide(distance.std(axis=1), mean, out=np.zeros(n), where=mean > 0)
    return distance[:, 0], variation


def _headings(unit: Floats) -> float:
    if len(unit) == 0:
        return UNKNOWN
    polar = np.arccos(np.clip(unit[:, 2], -1.0, 1.0))
    azimuth = np.arctan2(unit[:, 1], unit[:, 0]) + np.pi
    grid = Grid((0.0, 0.0), (np.pi, 2 * np.pi), (12, 24))
    tally: Counts = count(np.stack([polar, azimuth], axis=1), grid)
    middle = (np.arange(12) + 0.5) * np.pi / 12
    return _entropy((tally.n.reshape(12, 24) * np.sin(middle)[:, None]).ravel())


def _angular_momentum(inside: Floats, unit: Floats) -> float:
    if len(inside) < 3:
        return UNKNOWN
    outward = _unit(inside - inside.mean(axis=0))
    return _share(np.linalg.norm(np.cross(outward, unit), axis=1), 1.0, 20)


def _pairs(unit: Floats) -> float:
    return UNKNOWN if len(unit) < 2 else _entropy(pair_counts(unit))


def _shape(inside: Floats) -> float:
    if len(inside) < 4:
        return UNKNOWN
    values = np.maximum(np.linalg.eigvalsh(np.cov(inside.T)), 1e-10)
    return float(Shannon()(values / values.sum())) / float(np.log(3))
