"""How many points lie in a cube around each of them: runs along one coordinate, or a tree if they are long."""

from __future__ import annotations

from typing import Any

import numpy as np

from physent.core.jit import njit
from physent.typing import Floats, Integers

LONG = 15000
"""Points in a run, on average, from which a tree is quicker than comparing them all."""

_ROUNDING = 8 * np.finfo(np.float64).eps


def count_in_cubes(points: Floats, inside: Floats) -> Integers:
    """The number of points (n, d), itself included, at most ``inside`` (n,) from each in the maximum norm.

    Points are sorted by the coordinate along which the cubes hold the fewest; those are compared in all coordinates.
    """
    ordered = np.sort(points, axis=0)
    runs = [_runs(ordered[:, axis], points[:, axis], inside) for axis in range(points.shape[1])]
    totals = [int((last - first).sum()) for first, last in runs]
    axis = int(np.argmin(totals))
    if totals[axis] > LONG * len(points):
        from scipy.spatial import cKDTree  # loads linear algebra that nothing else here needs

        found: Any = cKDTree(points).query_ball_point(points, inside, p=np.inf, return_length=True)
        return np.asarray(found, np.int64)
    order = np.argsort(points[:, axis], kind="stable")
    first, last = (bound[order] for bound in runs[axis])
    counts = np.empty(len(points), dtype=np.int64)
    _count(np.ascontiguousarray(points[order].T), inside[order], first, last, counts)
    result = np.empty_like(counts)
    result[order] = counts
    return result


def _runs(ordered: Floats, x: Floats, inside: Floats) -> tuple[Integers, Integers]:
    """Where the points within reach of each lie in order, a few too many rather than one too few."""
    reach = inside + _ROUNDING * (np.abs(x) + inside)
    return np.searchsorted(ordered, x - reach, "left"), np.searchsorted(ordered, x + reach, "right")


@njit
def _count(columns: Floats, inside: Floats, first: Integers, last: Integers, counts: Integers) -> None:
    # passes without branches, which vectorise; two coordinates in one
    near = np.empty(columns.shape[1], dtype=np.int64)
    for i in range(columns.shape[1]):
        run, reach, total = last[i] - first[i], inside[i], np.int64(0)
        one, x = columns[0, first[i] : last[i]], columns[0, i]
        if len(columns) == 2:
            two, y = columns[1, first[i] : last[i]], columns[1, i]
            for j in range(run):
                total += np.int64(abs(one[j] - x) <= reach) & np.int64(abs(two[j] - y) <= reach)
        else:
            for j in range(run):
                near[j] = np.int64(abs(one[j] - x) <= reach)
            for c in range(1, len(columns)):
                other, z = columns[c, first[i] : last[i]], columns[c, i]
                for j in range(run):
                    near[j] &= np.int64(abs(other[j] - z) <= reach)
            for j in range(run):
                total += near[j]
        counts[i] = total
