"""Order parameters of schools: polarization, rotation and spread of the largest cluster."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from physent.core import clusters as connections
from physent.core import jit
from physent.core.clusters import Clusters
from physent.core.jit import njit
from physent.core.nearest import nearest
from physent.typing import Floats, Integers


class Order(NamedTuple):
    """Measures of each replica and of each of its points; NaN if a measure is undefined."""

    polarization: Floats  # (replica,) |mean heading|
    largest_polarization: Floats  # the same for the largest cluster
    rotation: Floats  # |mean of unit radius x heading| of the largest cluster
    angular_momentum: Floats  # |mean of radius x heading| of the largest cluster
    spread: Floats  # rms distance to the centroid of the largest cluster
    largest: Integers  # (replica,) number of points of the largest cluster
    ahead: Floats  # (replica, n) distance of a point in front of the centroid, along the mean heading of its cluster
    distance: Floats  # (replica, n) distance from the centroid; both NaN outside the largest cluster


def measured(
    position: Floats, heading: Floats, box_length: float | None, radius: float | Floats
) -> tuple[dict[str, Floats], Order]:
    """Order parameters (replica,) by name, of points and unit headings (replica, n, 3), and those of each point.

    Points are linked if their distance is below the larger of their radii, one number or (n,) (see `linking_radius`).
    """
    found = connections.connected(position, box_length, linking_radius(box_length, radius))
    own = order(np.ascontiguousarray(heading), found)
    return {
        "polarization": own.polarization,
        "largest_cluster_polarization": own.largest_polarization,
        "rotation": own.rotation,
        "angular_momentum": own.angular_momentum,
        "spread": own.spread,
        "nearest_neighbor_distance": nearest(position, box_length).mean(axis=1),
        "cluster_count": found.number.astype(np.float64),
        "largest_cluster_fraction": own.largest / position.shape[1],
    }, own


def linking_radius(box_length: float | None, radius: float | Floats) -> Floats:
    """Radius within which points are linked: a quarter of a periodic box in place of more than half of it."""
    reach = np.asarray(radius, dtype=np.float64)
    if box_length is None:
        return reach
    return np.where(reach > box_length / 2, box_length / 4, reach)


def order(heading: Floats, clusters: Clusters) -> Order:
    """Measures of unit headings (replica, n, 3) and the largest cluster, among equals the one with the first point.

    The radius of a point is measured from the centroid of the cluster; the unit radius at the centroid itself is zero.
    If the largest cluster spans a periodic box it has no centroid, and measures that need one are NaN.
    """
    replicas, n, _ = heading.shape
    p, q, m, k, s = np.empty((5, replicas))
    out = Order(p, q, m, k, s, np.empty(replicas, dtype=np.int64), np.empty((replicas, n)), np.empty((replicas, n)))
    members = np.empty((replicas, n), dtype=np.int64)
    jit.spread(_order, replicas, heading, clusters, members, out)
    return out


@njit
def _order(first: int, last: int, heading: Floats, clusters: Clusters, members: Integers, out: Order) -> None:
    for r in range(first, last):
        v, x, label = heading[r], clusters.unwrapped[r], clusters.label[r]
        n = v.shape[0]
        members[r, :] = 0  # by label: labels count up from 0, never beyond n
        for i in range(n):
            members[r, label[i]] += 1
        best = 0
        for cluster in range(clusters.number[r]):
            if members[r, cluster] > members[r, best]:
                best = cluster
        count = members[r, best]
        out.largest[r] = count
        start = 0
        while label[start] != best:
            start += 1
        ax = ay = az = bx = by = bz = cx = cy = cz = 0.0
        for i in range(n):
            ax, ay, az = ax + v[i, 0], ay + v[i, 1], az + v[i, 2]
            if label[i] == best:
                bx, by, bz = bx + v[i, 0], by + v[i, 1], bz + v[i, 2]
                # Relative to a member, so that a school far from the origin loses no digits.
                cx += x[i, 0] - x[start, 0]
                cy += x[i, 1] - x[start, 1]
                cz += x[i, 2] - x[start, 2]
        out.polarization[r] = np.sqrt(ax * ax + ay * ay + az * az) / n
        out.largest_polarization[r] = np.sqrt(bx * bx + by * by + bz * bz) / count
        _about(
            r,
            start,
            v,
            x,
            label,
            best,
            count,
            clusters.spans[r, best],
            cx / count,
            cy / count,
            cz / count,
            bx,
            by,
            bz,
            out,
        )


@njit
def _about(
    r: int,
    start: int,
    v: Floats,
    x: Floats,
    label: Integers,
    best: int,
    count: int,
    spans: bool,
    cx: float,
    cy: float,
    cz: float,
    bx: float,
    by: float,
    bz: float,
    out: Order,
) -> None:
    """Measures about the centroid c, given relative to point ``start``; b is the sum of the cluster's headings."""
    # A second pass over the points, because unit radii need the centroid.
    norm = np.sqrt(bx * bx + by * by + bz * bz)
    mx = my = mz = lx = ly = lz = square = 0.0
    for i in range(v.shape[0]):
        # These stay NaN outside the largest cluster, and in one that spans the box and so has no centroid.
        out.ahead[r, i] = out.distance[r, i] = np.nan
        if label[i] != best or spans:
            continue
        dx = (x[i, 0] - x[start, 0]) - cx
        dy = (x[i, 1] - x[start, 1]) - cy
        dz = (x[i, 2] - x[start, 2]) - cz
        d2 = dx * dx + dy * dy + dz * dz
        d = np.sqrt(d2)
        square += d2
        kx = dy * v[i, 2] - dz * v[i, 1]
        ky = dz * v[i, 0] - dx * v[i, 2]
        kz = dx * v[i, 1] - dy * v[i, 0]
        lx, ly, lz = lx + kx, ly + ky, lz + kz
        if d > 0.0:
            mx, my, mz = mx + kx / d, my + ky / d, mz + kz / d
        out.distance[r, i] = d
        out.ahead[r, i] = (dx * bx + dy * by + dz * bz) / norm
    out.rotation[r] = np.nan if spans else np.sqrt(mx * mx + my * my + mz * mz) / count
    out.angular_momentum[r] = np.nan if spans else np.sqrt(lx * lx + ly * ly + lz * lz) / count
    out.spread[r] = np.nan if spans else np.sqrt(square / count)
