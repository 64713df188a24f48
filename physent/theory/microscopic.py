"""Linear statistics that vary over the distance between particles, in the bulk at d = 2, beta = 2, V = r^2/2.

For f(r) = phi((r - a) sqrt N) with 0 < a < 1 and N large, the k-th radius is Gaussian, sqrt(k/N) + eta/(2 sqrt N)
with eta a unit Gaussian (the logarithm of a Gamma(k) variable for large k), and the sum over the independent radii
(`physent.theory.radii`) becomes an integral over xi = (sqrt(k/N) - a) sqrt N, dk = 2 a sqrt N dxi:

    kappa_q ~ 2 a sqrt N int kappa_q[phi(xi + eta/2)] dxi     (derived here; the scaling with sqrt N of all
cumulants is that of arXiv 2503.18586). The next terms are smaller by 1/(a sqrt N); they decide the odd cumulants if
these vanish here by symmetry, as for the number of particles in a disc.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from physent.theory.droplet import Array, unit_rule
from physent.theory.radii import cumulants_of_moments

TAIL = 5.0  # in units of xi: ten standard deviations of eta/2


def microscopic_cumulants(
    n: int, phi: Callable[[Any], Any], radius: float, *, reach: float = 6.0, breaks: tuple[float, ...] = ()
) -> Array:
    """Leading cumulants 1..6 of sum phi((r_i - radius) sqrt n), 0 < radius < 1, shape (6,).

    ``phi`` takes arrays, is constant below -``reach`` and above ``reach``, and is not smooth at ``breaks``. The first
    cumulant counts only the particles within reach. ValueError for a radius not in the bulk.
    """
    if not 0 < radius < 1 or n < 1:
        raise ValueError(f"n {n}, radius {radius}: expected n > 0 and a radius inside the droplet, 0 < radius < 1")
    s, w = unit_rule(64)
    edges = np.arange(-reach - TAIL, reach + TAIL + 0.25, 0.5)
    xi, d_xi = (edges[:-1, None] + 0.5 * s).ravel(), np.tile(0.5 * w, len(edges) - 1)
    marks = [-TAIL + xi, *(np.clip(b, xi - TAIL, xi + TAIL) for b in sorted(breaks)), TAIL + xi]
    bounds = np.stack(marks, axis=1)
    # four panels between marks resolve both the Gaussian and a phi that varies on its own scale
    fine = np.concatenate(
        [bounds[:, :-1, None] + np.diff(bounds, axis=1)[..., None] * np.arange(4) / 4, bounds[:, 1:, None]], axis=2
    )
    start, width = fine[..., :-1, None], np.diff(fine, axis=2)[..., None]
    y = (start + width * s).reshape(len(xi), -1)
    weight = (width * w).reshape(len(xi), -1) * np.exp(-2 * (y - xi[:, None]) ** 2)
    weight /= weight.sum(axis=1, keepdims=True)
    value = np.asarray(phi(y), float)
    mean = (weight * value).sum(axis=1)
    deviation = value - mean[:, None]
    moments = [(weight * deviation**q).sum(axis=1) for q in range(2, 7)]
    inside = np.abs(xi) < reach
    rows = (np.where(inside, mean, 0.0), *cumulants_of_moments(*moments))
    return np.array([2 * radius * math.sqrt(n) * math.fsum(d_xi * row) for row in rows])
