"""Nearest neighbours of one set of points: what `physent.diagnostics.continuous` estimates from."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import digamma, gammaln

from physent.diagnostics.cubes import count_in_cubes
from physent.diagnostics.scales import Metric, exponent, standardised
from physent.diagnostics.ties import REMEDY
from physent.errors import RunError, UsageError
from physent.typing import Floats


def entropy_of_points(points: Floats, k: int, period: Floats, metric: Metric) -> float:
    """Kozachenko-Leonenko estimate from points (n, d), period (d,) with ``inf`` for open axes."""
    count, d = points.shape
    check_neighbours(k, count)
    constant = np.ptp(points, axis=0) == 0
    if d > 1 and constant.any():
        raise RunError(f"coordinate {int(constant.argmax()) + 1} of {d} is constant: these points have no density")
    scaled, scaled_period, unit, shift = _in_units(_wrapped(points, period), period, metric)
    closed = np.isfinite(scaled_period)
    tree = _tree(scaled, np.where(closed, scaled_period, 0.0))
    radius = tree.query(scaled, k=[k + 1])[0][:, 0]
    if (radius == 0).any():
        raise RunError(f"{int((radius == 0).sum())} points coincide with {k} neighbours: {REMEDY}")
    if radius.max() > 0.5 * scaled_period.min():
        far, half = unit * radius.max(), unit * 0.5 * scaled_period.min()
        raise RunError(f"neighbour {k} is {far:.3g} away, over half the period {half:.3g}: take a smaller k")
    ball = 0.5 * d * np.log(np.pi) - gammaln(0.5 * d + 1.0)
    return float(digamma(count) - digamma(k) + ball + d * np.log(radius).mean()) + shift


def information_of_pairs(a: Floats, b: Floats, k: int, metric: Metric, *, local: bool = False) -> Any:
    """Mutual information by KSG's first algorithm from points a (n, d) and b (n, e), or its ``local`` values."""
    scaled, radius = _joint(np.hstack([a, b]), k, metric)
    parts = scaled[:, : a.shape[1]], scaled[:, a.shape[1] :]
    near = sum(digamma(_nearer(np.ascontiguousarray(part), radius)) for part in parts)
    constant = digamma(k) + digamma(len(a))
    return constant - near if local else float(constant - np.mean(near))


def information_given(a: Floats, b: Floats, given: Floats, k: int, metric: Metric) -> Floats:
    """Local values (n,) of the conditional mutual information of points a (n, d) and b (n, e) given others (n, f)."""
    scaled, radius = _joint(np.hstack([a, b, given]), k, metric)
    x, y, z = np.split(scaled, [a.shape[1], a.shape[1] + b.shape[1]], axis=1)
    of_x, of_y, of_z = (digamma(_nearer(np.hstack(part), radius)) for part in ([x, z], [y, z], [z]))
    return np.asarray(digamma(k) - of_x - of_y + of_z)


def information_of_mixtures(a: Floats, b: Floats, k: int, metric: Metric) -> float:
    """Mutual information of points a (n, d) and b (n, e) with and without a density, which may coincide."""
    # A local width, such as holds sqrt(n) samples, would make the step of a lattice the usual distance of neighbours,
    # at which the samples are too many for k to be their number.
    scaled, radius = _joint(np.hstack([a, b]), k, metric, stretch=max(1, len(a) // 4), coincide=True)
    x, y = (np.ascontiguousarray(part) for part in np.split(scaled, [a.shape[1]], axis=1))
    same = radius == 0
    near = np.full(len(a), float(k))
    if same.any():
        near[same] = _nearer(scaled, radius)[same]
    return float(np.log(len(a)) + np.mean(digamma(near) - digamma(_nearer(x, radius)) - digamma(_nearer(y, radius))))


def _joint(
    points: Floats, k: int, metric: Metric, *, stretch: int | None = None, coincide: bool = False
) -> tuple[Floats, Floats]:
    """Points (n, d) in the units of ``metric``, and their distance (n,) to the k-th neighbour in the maximum norm."""
    check_neighbours(k, len(points))
    scaled = standardised(points, stretch)[0] if metric == "own" else np.ldexp(points, -exponent(points))
    radius = _tree(scaled).query(scaled, k=[k + 1], p=np.inf)[0][:, 0]
    if (radius == 0).any() and not coincide:
        raise RunError(f"{int((radius == 0).sum())} samples coincide with {k} neighbours: {REMEDY}")
    return scaled, radius


def check_neighbours(k: int, points: int) -> None:
    """Refuse a neighbour that there is not."""
    if not 1 <= k < points:
        raise UsageError(f"k must be 1 to {points - 1} for {points} points, found {k}")


def check_metric(metric: str) -> None:
    """Refuse a norm that there is not."""
    if metric not in ("own", "shared"):
        raise UsageError(f"metric: found {metric!r}, expected own or shared")


def _in_units(points: Floats, period: Floats, metric: Metric) -> tuple[Floats, Floats, float, float]:
    """Points and periods in the units of ``metric``, the common unit, and what the entropy is to be raised by."""
    if metric == "own" and points.shape[1] > 1:
        scaled, width, shift = standardised(points)
        return scaled, period / width, 1.0, shift
    e = exponent(points)
    return np.ldexp(points, -e), np.ldexp(period, -e), 2.0**e, points.shape[1] * e * float(np.log(2))


def _wrapped(points: Floats, period: Floats) -> Floats:
    closed = np.isfinite(period)
    if not closed.any():
        return points
    wrapped = points.copy()
    wrapped[:, closed] = np.mod(wrapped[:, closed], period[closed])
    # the remainder of a tiny negative number rounds to the period itself, which the tree refuses
    wrapped[:, closed] = np.where(wrapped[:, closed] == period[closed], 0.0, wrapped[:, closed])
    return wrapped


def _tree(points: Floats, box: Floats | None = None) -> Any:
    from scipy.spatial import cKDTree  # loads linear algebra that nothing else here needs

    return cKDTree(points, boxsize=box)


def _nearer(points: Floats, radius: Floats) -> Floats:
    """The number of points, itself included, nearer than its ``radius`` to each in the maximum norm; at it, if 0."""
    # In x or in y the k-th neighbour is at exactly the radius, and so are others if values are rounded. They must not
    # count: stay inside by more than the rounding of two positions (of the data, and in units of a width) and radius.
    inside = radius - 8 * np.finfo(np.float64).eps * (np.abs(points).max(axis=1) + radius)
    inside[radius == 0] = 0.0
    if ((inside <= 0) & (radius > 0)).any():
        raise RunError("samples are closer than float64 resolves at their distance from zero: subtract their mean")
    if points.shape[1] > 1:
        return np.asarray(count_in_cubes(points, inside), np.float64)
    line = points[:, 0]
    order = np.sort(line)
    above, below = np.searchsorted(order, line + inside, "right"), np.searchsorted(order, line - inside, "left")
    return np.asarray(above - below, np.float64)
