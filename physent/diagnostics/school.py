"""Entropies of a school of fish that mean the same at any number, place, direction and scale: 0 ordered, 1 disordered.

Each is a plug-in entropy divided by its expectation, at that number of fish, for a disordered school, whose law is
named with each (`school_nulls`). A value above 1 is less ordered than expected from that law; 1 is its mean. Only
scalar products and ratios of distances enter, so that all but the depth are invariant under rotation, reflection,
translation (and shifts of a periodic box), a change of scale and the order of the fish.

There are 19 cells: cosines of rational multiples of pi and ratios of small numbers, of which mills and lattices are
full, lie on no edge (cos is rational at such angles only for 0, 1/2 and 1: I. Niven, Irrational Numbers, 1956, cor.
3.12).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree
from scipy.special import xlogy

from physent.core.clusters import connected
from physent.diagnostics import school_nulls as nulls
from physent.diagnostics.grid import Grid
from physent.diagnostics.school_nulls import CELLS, LAYERS, RESOLUTION
from physent.diagnostics.warn import warn
from physent.errors import RunError
from physent.typing import Floats, Integers

WEIGHTS = dict.fromkeys(
    (
        "cohesion_entropy",
        "polarization_entropy",
        "angular_momentum_entropy",
        "neighbor_entropy",
        "velocity_correlation_entropy",
        "shape_entropy",
    ),
    1 / 6,
)
"""Of the schooling index: equal, for want of a reason to prefer one; without the depth, which is not invariant."""

FEWEST = 10
COMPARED = 6  # spatial neighbours that headings are compared with
_AROUND = 20  # nearest fish to search, so that all of equal distance are found: 13 at the face of a cubic lattice
_TIE = 1 + 1e-9
_SMALL = 1e-9
_ORIGINS = 1000
_AT_ONCE = 1 << 20
_GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0

_UNIT = Grid(0.0, 1.0, CELLS, outside="clip")
_COSINES = Grid(-1.0, 1.0, CELLS, outside="clip")


@dataclass(frozen=True)
class Score:
    """An entropy over its null, and what each fish adds to it: the terms (n,) of the infinitesimal jackknife."""

    value: float
    terms: Floats

    @property
    def standard_error(self) -> float:
        """As if fish were independent (L. A. Jaeckel 1972; B. Efron, 10.1137/1.9781611970319, ch. 6)."""
        return float(np.sqrt((self.terms**2).sum()))


@dataclass(frozen=True)
class Body:
    """The fish of the school: their indices (m,), and positions relative to its centre (m, 3)."""

    members: Integers
    away: Floats
    spans: bool


def school_entropies(
    position: Floats, heading: Floats, box_length: float | None = None, radius: float | Floats | None = None
) -> dict[str, float]:
    """The seven entropies, ``schooling_index`` and ``schooling_index_se`` of one school.

    Parameters
    ----------
    position, heading : (n, 3), n >= 10, no two fish at one place; headings of any length but zero.
    box_length : period of the cube, None for open water.
    radius : fish closer than this, a number or (n,), are linked; angular momentum, shape and (in open water) depth are
        those of the largest cluster. None: all fish are one school. A radius over half the box counts as a quarter.

    Order n log n time. `RunError` for too few fish, fish at one place, headings of length zero.
    """
    x, unit = np.asarray(position, np.float64), _unit(np.asarray(heading, np.float64))
    if len(x) < FEWEST:
        raise RunError(f"school entropies: found {len(x)} fish, expected at least {FEWEST}")
    body = body_of(x, box_length, radius)
    distance, index = _neighbours(x, box_length)
    inside = box_length is not None
    scores = {
        "cohesion_entropy": cohesion(distance, inside),
        "polarization_entropy": polarization(unit),
        "angular_momentum_entropy": angular_momentum(body, unit),
        "neighbor_entropy": neighbours(distance, inside),
        "velocity_correlation_entropy": velocity_correlation(unit, distance, index),
        "shape_entropy": shape(body, x, box_length),
    }
    found = {name: score.value for name, score in scores.items()}
    found["depth_entropy"] = depth(body) if box_length is None else depth_in_box(x, box_length)
    found["schooling_index"] = sum(WEIGHTS[name] * score.value for name, score in scores.items())
    terms = sum((WEIGHTS[name] * score.terms for name, score in scores.items()), np.zeros(len(x)))
    return {**found, "schooling_index_se": Score(0.0, terms).standard_error}


def body_of(x: Floats, box_length: float | None, radius: float | Floats | None) -> Body:
    """The largest cluster about its centroid; about the circular mean of each coordinate if it spans the box."""
    members, spans = np.arange(len(x)), box_length is not None
    away = x
    if radius is not None:
        reach = np.broadcast_to(np.asarray(radius, np.float64), (len(x),))
        if box_length is not None:
            reach = np.where(reach > box_length / 2, box_length / 4, reach)
        clusters = connected(x[None], box_length, reach)
        label = clusters.label[0]
        largest = int(np.bincount(label).argmax())
        members, spans = np.flatnonzero(label == largest), bool(clusters.spans[0, largest])
        away = clusters.unwrapped[0][members]
    if box_length is None or not spans:
        away = away - away[0]  # a school far from the origin loses no digits
        return Body(members, away - away.mean(axis=0), False)
    return Body(members, _about_circular_mean(x[members], box_length), True)


def cohesion(distance: Floats, inside: bool) -> Score:
    """Spacing: (r_1/r_2)^3 of the distances to the nearest two fish.

    Null law: points that are locally uniform. Given the second of them, the nearest lies anywhere in the ball within,
    whatever the density: the ratio is uniform on [0, 1] (as the spacing ratios of L. Sa, P. Ribeiro and T. Prosen,
    Phys. Rev. X 10, 021019 (2020), 10.1103/PhysRevX.10.021019, in three dimensions). Even spacing gives 0.
    """
    ratio = (distance[:, 0] / distance[:, 1]) ** 3
    return _plugin(_UNIT.encode(ratio), nulls.spacing(len(ratio), "cohesion", inside))


def neighbours(distance: Floats, inside: bool) -> Score:
    """Surroundings: how the volumes within the nearest four fill that within the fifth, F(sum_j r_j^3/r_5^3).

    F is the distribution of a sum of four uniforms (Irwin and Hall), which it is for locally uniform points, the null
    law. Even spacing fills the outer shell (near 1), clumps the centre (near 0).
    """
    filled = nulls.irwin_hall(((distance[:, :4] / distance[:, 4:5]) ** 3).sum(axis=1))
    return _plugin(_UNIT.encode(filled), nulls.spacing(len(filled), "neighbor", inside))


def polarization(unit: Floats) -> Score:
    """Headings on the sphere, by the k-th nearest of each: mean of ln(1 + R n a/k), a the share of the sphere within.

    The resubstitution entropy of Kozachenko and Leonenko, with respect to isotropy, with a resolution of 1/R of the
    sphere, R = 288; k is 8, and floor((n - 1)/3) below 18 fish. Null law: independent isotropic headings, for which a
    is a beta variate at any n, so that the mean of this sum of equally distributed terms is exact. Parallel headings
    give 0.
    """
    n = len(unit)
    k = nulls.nearest_on_sphere(n)
    chord = cKDTree(unit).query(unit, k=[k + 1])[0][:, 0]
    terms = np.log1p(RESOLUTION * n / k * chord**2 / 4)
    null = nulls.on_sphere(n)
    value = float(terms.mean()) / null
    return Score(value, (terms / null - value) / n)


def velocity_correlation(unit: Floats, distance: Floats, index: Integers) -> Score:
    """Cosines between headings of neighbours: of all pairs of which one is among the six nearest of the other.

    Null law: independent isotropic headings at the places of the fish. Every cosine is then uniform and any two of them
    are independent, so that the null is that of as many independent values, but for triangles of pairs, which change
    it by less than 1e-4.
    """
    n = len(unit)
    near = distance <= _TIE * distance[:, COMPARED - 1 : COMPARED]
    first, second = np.broadcast_to(np.arange(n)[:, None], index.shape)[near], index[near]
    code = np.unique(np.minimum(first, second) * n + np.maximum(first, second))
    first, second = code // n, code % n
    cell = _COSINES.encode((unit[first] * unit[second]).sum(axis=1))
    of_pairs = _plugin(cell, nulls.uniform(len(cell)))
    terms = np.bincount(first, of_pairs.terms, n) + np.bincount(second, of_pairs.terms, n)
    return Score(of_pairs.value, np.asarray(terms, np.float64))


def angular_momentum(body: Body, unit: Floats) -> Score:
    """Signed azimuthal heading v.phi about the axis of rotation through the centre: +1 one way round, -1 the other.

    The axis is the leading eigenvector of the mean of l l^T, l = r x v for unit r, which all mills have, also those
    that turn both ways. So that a fish does not choose its own axis, the school is halved (by rank of the distance from
    the centre times the golden ratio, modulo 1: in step with no pattern), each half takes the axis of the other, and
    the entropies of both are averaged. Null law:
    independent isotropic headings at the places of the fish: v.phi is then uniform on [-1, 1], independent within a
    half, and the null is exact wherever the fish are. One way round gives 0, half and half ln 2 of ln 19.
    """
    m = len(body.members)
    scale = np.sqrt((body.away**2).sum(axis=1).mean())
    if m < FEWEST or not scale > 0:
        warn(f"the largest cluster has {m} fish, expected at least {FEWEST}: angular momentum and shape are NaN")
        return Score(np.nan, np.full(len(unit), np.nan))
    distance = np.linalg.norm(body.away, axis=1)
    known = (distance > _SMALL * scale)[:, None]
    outward = np.divide(body.away, distance[:, None], out=np.zeros_like(body.away), where=known)
    v = unit[body.members]
    rank = np.empty(m, np.intp)
    rank[np.argsort(np.round(distance / scale, 9), kind="stable")] = np.arange(m)
    momentum = np.cross(outward, v)
    total, terms = 0.0, np.zeros(len(unit))
    one = np.mod(rank * _GOLDEN, 1.0) < 0.5
    halves = [one, ~one]
    for mine, other in (halves, halves[::-1]):
        around = np.cross(_axis(momentum[other]), outward[mine])
        length = np.linalg.norm(around, axis=1)
        off = length > _SMALL  # the axis
        azimuthal = (v[mine][off] * around[off] / length[off, None]).sum(axis=1)
        half = _plugin(_COSINES.encode(azimuthal), nulls.uniform(len(azimuthal)))
        total += 0.5 * half.value
        terms[body.members[mine][off]] = 0.5 * half.terms
    return Score(total, terms)


def shape(body: Body, x: Floats, box_length: float | None) -> Score:
    """Entropy of the shares of the three principal variances of the cluster.

    Null law: the fish keep their distances r_i from the centre, in independent isotropic directions. To second order
    in s = sum r_i^4/(sum r_i^2)^2 its mean is ln 3 - s - s^2 (first order derived here: the variance of a share of a
    principal axis, 2/3 sum w_i^2 in all for w_i = r_i^2/sum r^2, enters with 3/2; second order fitted for the ball,
    good to 1e-3 from 20 fish on). A cluster that spans the box has no centre: the mean over all fish as centres.
    """
    n, m = len(x), len(body.members)
    total = (body.away**2).sum()
    if m < FEWEST or not total > 0:
        return Score(np.nan, np.full(n, np.nan))
    entropy, null = _shape(body.away)
    if body.spans and box_length is not None and m <= _ORIGINS:
        pairs = np.array([_shape(_about(x[body.members], one, box_length)) for one in x[body.members]])
        entropy, null = pairs.mean(axis=0)
    variances, axes = np.linalg.eigh(body.away.T @ body.away)
    shares = np.clip(variances / total, _SMALL, None)
    along = (body.away @ axes) ** 2 / total
    terms = np.zeros(n)
    terms[body.members] = -((along - along.sum(axis=1, keepdims=True) * shares) @ np.log(shares)) / null
    return Score(float(entropy / null), terms)


def depth_in_box(x: Floats, box_length: float) -> float:
    """Layers of the box that the fish occupy, 15 from z = 0 to L; null law: independent uniform z, exact."""
    cell = Grid(0.0, box_length, LAYERS, periodic=True).encode(x[:, 2])
    return _entropy(np.bincount(cell, minlength=LAYERS)) / nulls.uniform(len(x), LAYERS)


def depth(body: Body) -> float:
    """Layers of the school: 15 of the ball of its rms radius, from below; null law: the same school turned at random.

    The null is the mean over directions, by quadrature on the half sphere (6 Gauss points by 12 azimuths).
    """
    directions, weights = nulls.directions()
    radius = np.sqrt(5 / 3 * (body.away**2).sum(axis=1).mean())
    if len(body.members) < FEWEST or not radius > 0:
        return float("nan")
    layers = Grid(-1.0, 1.0, LAYERS, outside="clip")
    along = np.vstack([[0.0, 0.0, 1.0], directions]) / radius
    at_once = max(1, _AT_ONCE // len(body.away))
    entropies = []
    for first in range(0, len(along), at_once):
        some = along[first : first + at_once]
        cell = layers.encode(some @ body.away.T).astype(np.int64) + LAYERS * np.arange(len(some))[:, None]
        counts = np.bincount(cell.ravel(), minlength=LAYERS * len(some)).reshape(-1, LAYERS)
        entropies += [_entropy(one) for one in counts]
    null = float(weights @ np.array(entropies[1:]))
    return entropies[0] / null if null > 0 else float("nan")


def _plugin(cell: Integers, null: float) -> Score:
    counts = np.bincount(cell, minlength=CELLS)
    entropy = _entropy(counts)
    terms = (-np.log(counts[cell] / len(cell)) - entropy) / (len(cell) * null)
    return Score(entropy / null, terms)


def _entropy(counts: Integers) -> float:
    p = counts / counts.sum()
    return float(-xlogy(p, p).sum()) + 0.0


def _axis(momentum: Floats) -> Floats:
    values, vectors = np.linalg.eigh(momentum.T @ momentum)
    if not values[2] - values[1] > _SMALL * values[2]:
        warn("two axes of rotation are equally good: the angular momentum entropy depends on rounding")
    return np.asarray(vectors[:, 2])


def _shape(away: Floats) -> tuple[float, float]:
    centred = away - away.mean(axis=0)
    square = (centred**2).sum(axis=1)
    shares = np.clip(np.linalg.eigvalsh(centred.T @ centred) / square.sum(), 0.0, None)
    s = float((square**2).sum() / square.sum() ** 2)
    return float(-xlogy(shares, shares).sum()), float(np.log(3)) - s - s * s


def _about(x: Floats, centre: Floats, length: float) -> Floats:
    away = x - centre
    return np.asarray(away - length * np.rint(away / length))


def _about_circular_mean(x: Floats, length: float) -> Floats:
    turns = np.angle(np.exp(2j * np.pi / length * x).mean(axis=0)) / (2 * np.pi)
    return _about(x, turns * length, length)


def _neighbours(x: Floats, length: float | None) -> tuple[Floats, Integers]:
    """Distances to the nearest fish and their indices, (n, up to 20), nearest first."""
    points = x - x[0]
    if length is not None:
        points = np.mod(points, length)
        points[points >= length] = 0.0  # the remainder of a tiny negative number rounds to the length
    tree = cKDTree(points, boxsize=length)
    distance, index = tree.query(points, k=min(len(x), _AROUND + 1))
    own = index == np.arange(len(x))[:, None]
    own[~own.any(axis=1), -1] = True  # of fish at one place, which are refused below
    rest = distance[~own].reshape(len(x), -1), index[~own].reshape(len(x), -1)
    together = int((rest[0][:, 0] <= 1e-12 * rest[0].max()).sum())
    if together:
        raise RunError(f"school entropies: {together} fish are where another is, expected different places")
    return rest


def _unit(heading: Floats) -> Floats:
    length = np.linalg.norm(heading, axis=1, keepdims=True)
    if not np.all(length > 0):
        raise RunError("school entropies: found a heading of length zero, expected directions")
    return np.asarray(heading / length)
