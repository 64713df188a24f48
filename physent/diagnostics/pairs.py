"""Pairs of particles by their distance: counts, and their expectation for independent particles.

The pair correlation is g = rho2(x, y) / (rho(x) rho(y)), so that n independent particles have g = (n - 1)/n at every
distance, not 1 (J.-P. Hansen and I. R. McDonald, Theory of Simple Liquids, section 2.5).
"""

from __future__ import annotations

from math import pi
from typing import Any

import numpy as np

from physent.core import jit
from physent.diagnostics.radial import ball_volume
from physent.errors import UsageError
from physent.typing import Floats

_SPREAD_FROM = 2**18


@jit.njit
def _count(first: int, last: int, x: Any, centre: Any, period: float, low: float, width: float, out: Any) -> None:
    """Add to out (rows, cells) the pairs of each row by distance, once for each of the two that is a centre.

    Rows are sorted along their first axis, and every particle is compared with the next ones up to the largest distance
    ahead of it; with a period > 0 also beyond the end of the row, which meets every pair once, as the largest distance
    is at most half the period.
    """
    n, d = x.shape[1], x.shape[2]
    cells = out.shape[1]
    high = low + cells * width
    inverse = 1.0 / period if period > 0.0 else 0.0
    for row in range(first, last):
        for i in range(n):
            for step in range(1, n):
                j = i + step
                ahead = -x[row, i, 0]
                if j >= n:
                    if period <= 0.0:
                        break
                    j -= n
                    ahead += period
                ahead += x[row, j, 0]
                if ahead >= high:
                    break
                square = ahead * ahead
                for a in range(1, d):
                    s = x[row, i, a] - x[row, j, a]
                    s -= period * np.rint(s * inverse)
                    square += s * s
                if square < high * high:
                    cell = (np.sqrt(square) - low) / width
                    if cell >= 0.0 and cell < cells:
                        out[row, int(cell)] += centre[row, i] + centre[row, j]


def count_pairs(
    x: Floats, cells: int, high: float, *, low: float = 0.0, period: float | None = None, centre: Any = None
) -> Floats:
    """Pairs (i, j), i a centre and j any other particle, by distance in equal cells of [low, high); (rows, cells).

    ``x`` is (rows, n, d), in a periodic cube of side ``period`` >= 2 high (nearest images) or open; ``centre``
    (rows, n) marks the particles that are centres, default all. The work is that of the pairs nearer than ``high``
    along the first axis, of the order of n^2 high / side.
    """
    points = np.ascontiguousarray(x, np.float64)
    rows, n, _ = points.shape
    marked = np.ones((rows, n), np.int64) if centre is None else np.asarray(centre, np.int64)
    if period is not None:
        if high > 0.5 * period * (1 + 1e-12):
            raise UsageError(f"pairs are counted up to {high:g}, expected at most half the period {period:g}")
        points = points - period * np.floor(points / period)
    order = np.argsort(points[..., 0], axis=1, kind="stable")
    points = np.take_along_axis(points, order[..., None], axis=1)
    marked = np.take_along_axis(marked, order, axis=1)
    out = np.zeros((rows, cells), np.int64)
    args = (points, marked, 0.0 if period is None else float(period), low, (high - low) / cells, out)
    if rows * n * n < _SPREAD_FROM:
        _count(0, rows, *args)
    else:
        jit.spread(_count, rows, *args)
    return out.astype(np.float64)


def share_in_box(edges: Floats, side: float, dimension: int, *, periodic: bool) -> Floats:
    """Probability that two independent uniform points of a cube of ``side`` have a distance in each cell.

    Periodic: shell volume over that of the cube, up to half the side. Walls, in the plane, up to the side: the
    distance has the distribution function pi u^2 - (8/3) u^3 + u^4/2, u = r/side, the mean over the square of the
    part of the disc inside it (derived here: a shift (s, t) keeps (1 - |s|)(1 - |t|) of the square inside, whose mean
    over the circle of radius u is 1 - 4u/pi + u^2/pi).
    """
    u = np.asarray(edges) / side
    if periodic:
        return np.diff(ball_volume(dimension, u))
    return np.diff(pi * u**2 - 8 / 3 * u**3 + u**4 / 2)


def independent_pairs(
    shells: Floats, radius: float, edges: Floats, centres: int, dimension: int
) -> tuple[Floats, Floats]:
    """Pairs by distance of particles without correlations that have a given radial density, first one a centre.

    ``shells`` (m,) are mean numbers in equal shells that end at ``radius``, the first ``centres`` of which hold the
    centres; ``edges`` bound the cells of distance, and ``radius`` >= outer radius of the centres + edges[-1]. With
    rho the density (linear between the middles of shells): the integral over centres x and the shell around x of
    rho(x) rho(y) (A. Baddeley, J. Moller and R. Waagepetersen, Stat. Neerl. 54, 329 (2000), 10.1111/1467-9574.00144),
    by 4 Gauss points per cell of distance and 2 per shell of centres. Also its derivative by each number in
    ``shells``, (cells, m).
    """
    ends = np.linspace(0, radius, len(shells) + 1)
    middle, volume = 0.5 * (ends[1:] + ends[:-1]), np.diff(ball_volume(dimension, ends))
    at, weight = _gauss(edges, 4)
    inner, part = _gauss(ends[: centres + 1], 2)
    shape = (len(at), at.shape[1], centres, inner.shape[1])
    measure = weight * (dimension * ball_volume(dimension, 1.0)) * at ** (dimension - 1)
    mass = part * inner ** (dimension - 1)
    total = mass.sum(1, keepdims=True)
    number, mass = shells[:centres, None] * mass / total, mass / total
    cosine, share = _directions(dimension)
    r, s = at.ravel()[:, None, None], inner.ravel()[:, None]
    distance = np.sqrt(np.maximum(r * r + s * s + 2 * r * s * cosine, 0.0))
    seen = np.interp(distance, middle, shells / volume) @ share
    by_centre = np.einsum("cg,cgij,ij->ci", measure, seen.reshape(shape), mass)
    # The same sum by the shells between whose middles the density is interpolated.
    here = np.einsum("cg,ij->cgij", measure, number).reshape(seen.shape)[..., None] * share
    place = np.clip((distance - middle[0]) / (middle[1] - middle[0]), 0.0, len(shells) - 1.0)
    below = np.minimum(place.astype(np.int64), len(shells) - 2)
    row = np.repeat(np.arange(len(at)), at.shape[1])[:, None, None] * len(shells) + below
    derivative = np.zeros(len(at) * len(shells))
    for k, linear in ((0, 1 - (place - below)), (1, place - below)):
        derivative += np.bincount((row + k).ravel(), (here * linear).ravel(), derivative.size)
    slope = derivative.reshape(len(at), -1) / volume
    slope[:, :centres] += by_centre
    return np.asarray((measure * (seen @ number.ravel()).reshape(at.shape)).sum(1)), slope


def _gauss(edges: Floats, order: int) -> tuple[Floats, Floats]:
    node, weight = np.polynomial.legendre.leggauss(order)
    half = 0.5 * np.diff(edges)[:, None]
    return 0.5 * (edges[1:] + edges[:-1])[:, None] + half * node, half * weight


def _directions(dimension: int) -> tuple[Floats, Floats]:
    """Cosines of the angle between two directions, and the shares that make their sum a mean over all directions."""
    if dimension == 1:
        return np.array([-1.0, 1.0]), np.array([0.5, 0.5])
    if dimension == 2:
        return np.cos(pi * (np.arange(48) + 0.5) / 48), np.full(48, 1 / 48)
    node, weight = np.polynomial.legendre.leggauss(32)
    return node, 0.5 * weight


def contact_weights(edges: Floats, diameter: float, dimension: int) -> Floats:
    """Weights of the cells whose sum with g is g at contact: a quadratic in r - diameter, fitted up to 1.3 diameters.

    Least squares over all cells that end there, of means over the cells; at least four are needed (else NaN).
    """
    used = int(np.count_nonzero(edges[1:] <= 1.3 * diameter * (1 + 1e-12)))
    out = np.zeros(len(edges) - 1)
    if used < 4:
        return np.full(len(out), np.nan)
    at, weight = _gauss(edges[: used + 1], 4)
    weight = weight * at ** (dimension - 1)
    weight = weight / weight.sum(1, keepdims=True)
    design = np.stack([(weight * (at / diameter - 1) ** power).sum(1) for power in range(3)], axis=1)
    out[:used] = np.linalg.pinv(design)[0]
    return out


def two_body_entropy(
    g: Floats, error: Floats, edges: Floats, density: float, dimension: int, independent: int | None = None
) -> float:
    """Two-body excess entropy per particle, s2 = -(rho/2) int [g ln g - g + 1] d^d r over the cells, in nats.

    R. E. Nettleton and M. S. Green, J. Chem. Phys. 29, 1365 (1958); A. Baranyai and D. J. Evans,
    Phys. Rev. A 40, 3817 (1989). The curvature of the integrand, 1/g, makes noise look like
    order: error^2/(2 g) is taken off each cell.

    A closed system of n particles has int rho (g - 1) = -1. Charges that screen each other have all of it close by, and
    g is 1 beyond. Independent particles have it everywhere, g = (n - 1)/n, of which this integral makes
    -(share of the neighbours in range)/(4n) (to second order in 1/n), as if they were ordered: with their number
    ``independent`` = n, g n/(n - 1) is taken for g, and they have none. Between these, g tends to 1 - chi/n, chi the
    reduced compressibility rho T kappa (J. L. Lebowitz and J. K. Percus, Phys. Rev. 122, 1675 (1961)).
    """
    if independent is not None:
        scale = independent / (independent - 1)
        g, error = g * scale, error * scale
    known = np.where(g > 0, g, 1.0)
    bent = np.where(g > 0, known * np.log(known) - known + 1 - np.nan_to_num(error) ** 2 / (2 * known), 1.0)
    return float(-0.5 * density * (bent * np.diff(ball_volume(dimension, edges))).sum())
