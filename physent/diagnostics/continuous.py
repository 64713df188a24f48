"""Differential entropies and mutual information of samples, without cells: nearest neighbours and spacings. Nats.

Units: a differential entropy shifts by ln s if a coordinate is measured in units smaller by s. All estimates assume
independent samples; their error is the spread over runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import digamma, gammaln

from physent.diagnostics.arrays import along, finite
from physent.diagnostics.gate import public
from physent.diagnostics.warn import warn
from physent.errors import RunError, UsageError
from physent.typing import Floats

if TYPE_CHECKING:
    from physent.diagnostics.arrays import Data, Dims


@public
def knn_entropy(x: Data, k: int = 4, *, box: ArrayLike | None = None, dims: Dims = None, axes: Dims = None) -> Any:
    """Differential entropy of points by the distance to the ``k``-th nearest neighbour (Kozachenko-Leonenko).

        h = psi(N) - psi(k) + ln V_d + (d / N) sum_i ln r_i(k),   V_d the volume of the unit ball.

    ``x`` is (..., N, d) -> (...), a plain (N,) being N points on a line; for a DataArray ``dims`` names the points and
    the axes (default: the last two, or the only one). ``box`` is the period along every axis, a number or (d,), with
    ``inf`` for an open axis; points may lie outside the box and are wrapped. A density that ends abruptly at the
    border of its support is estimated too high, by order N^(-1/d); a periodic box has no border.

    `RunError` if a point coincides with its k-th neighbour (repeated or rounded values have no density: use
    counts, or a larger k), or if the neighbour is farther than half a period, beyond which the ball overlaps itself.

    References: L. F. Kozachenko and N. N. Leonenko, Probl. Inf. Transm. 23, 95 (1987); the form with psi(k),
    A. Kraskov, H. Stogbauer and P. Grassberger, Phys. Rev. E 69, 066138 (2004), 10.1103/PhysRevE.69.066138.
    """
    named = (dims,) if isinstance(dims, str) else dims
    core = min(2, np.ndim(x)) if named is None else len(named)

    def entropy(samples: Floats) -> Floats:
        points = finite(samples, "points")
        points = points[..., None] if core == 1 else points
        leading = points.shape[:-2]
        flat = points.reshape(-1, *points.shape[-2:])
        return np.array([_knn(one, k, box) for one in flat]).reshape(leading)

    attrs = {"long_name": f"differential entropy, k = {k} nearest neighbours", "units": "1", "base": "nats"}
    return along(entropy, x, attrs={**attrs, "estimator": "Kozachenko-Leonenko"})


@public
def ksg_mutual_information(x: Data, y: Data, k: int = 4, *, dim: Dims = None, axes: Dims = None) -> float:
    """Mutual information of N paired samples by nearest neighbours (Kraskov, Stogbauer and Grassberger, algorithm 1).

        I = psi(k) + psi(N) - < psi(n_x + 1) + psi(n_y + 1) >,

    n_x the number of other points nearer in x than the k-th neighbour is in the larger of the distances in x and in y.
    ``x`` is (N,) or (N, d), ``y`` (N,) or (N, e), DataArrays with their dimensions in that order. The result is one
    number, slightly negative at times for independent data. Scale the axes within x (or y) to comparable spreads;
    between x and y the scale does not matter much. `RunError` if k + 1 samples coincide.

    Reference: Phys. Rev. E 69, 066138 (2004), 10.1103/PhysRevE.69.066138.
    """
    a, b = _columns(x, "x"), _columns(y, "y")
    if len(a) != len(b):
        raise UsageError(f"x and y must be paired, found {len(a)} and {len(b)} samples")
    _check_neighbours(k, len(a))
    radius = _tree(np.hstack([a, b])).query(np.hstack([a, b]), k=[k + 1], p=np.inf)[0][:, 0]
    if (radius == 0).any():
        raise RunError(f"{int((radius == 0).sum())} samples coincide with their neighbour {k}: {_TIES}")
    near = digamma(_nearer(a, radius)) + digamma(_nearer(b, radius))
    return float(digamma(k) + digamma(len(a)) - near.mean())


@public
def spacing_entropy(
    x: Data,
    *,
    method: Literal["vasicek", "van es", "ebrahimi", "correa", "auto"] = "auto",
    window: int | None = None,
    dim: Dims = None,
) -> Any:
    """Differential entropy of samples on a line from the spacings of their order statistics (`scipy.stats`).

    ``x`` is (..., N) -> (...), or a DataArray along ``dim``; ``window`` is the number m of order statistics to either
    side (default floor(sqrt(N) + 1/2)). Biased high for heavy tails (Cauchy's law, 10^4 samples: by 0.08),
    for which `knn_entropy` is the better choice.

    References: O. Vasicek, J. R. Stat. Soc. B 38, 54 (1976), 10.1111/j.2517-6161.1976.tb01566.x; the other methods as
    cited by `scipy.stats.differential_entropy`.
    """
    from scipy.stats import differential_entropy  # takes as long to import as all of numba

    def entropy(samples: Floats) -> Any:
        values = finite(samples, "samples")
        repeated = (np.diff(np.sort(values, axis=-1), axis=-1) == 0).mean()
        if repeated > 0.01:
            raise RunError(f"{100 * repeated:.1f} % of the samples repeat another: {_TIES}")
        return differential_entropy(values, axis=-1, method=method, window_length=window)

    attrs = {"long_name": "differential entropy, spacings", "units": "1", "base": "nats", "estimator": method}
    return along(entropy, x, attrs=attrs)


_TIES = "repeated or rounded values have no density; count them in cells instead, or take a larger k"


def _check_neighbours(k: int, points: int) -> None:
    if not 1 <= k < points:
        raise UsageError(f"k must be 1 to {points - 1} for {points} points, found {k}")


def _knn(points: Floats, k: int, box: ArrayLike | None) -> float:
    count, d = points.shape
    _check_neighbours(k, count)
    period = np.full(d, np.inf) if box is None else np.broadcast_to(np.asarray(box, dtype=np.float64), (d,))
    if not (period > 0).all():
        raise UsageError(f"periods of the box must be positive, found {period.tolist()}")
    closed = np.isfinite(period)
    wrapped = points.copy()
    wrapped[:, closed] = np.mod(wrapped[:, closed], period[closed])
    # the remainder of a tiny negative number rounds to the period itself, which the tree refuses
    wrapped[:, closed] = np.where(wrapped[:, closed] == period[closed], 0.0, wrapped[:, closed])
    tree = _tree(wrapped, np.where(closed, period, 0.0))
    nearest, radius = tree.query(wrapped, k=[2, k + 1])[0].T
    if (radius == 0).any():
        raise RunError(f"{int((radius == 0).sum())} points coincide with their neighbour {k}: {_TIES}")
    if (repeated := (nearest == 0).mean()) > 0.01:
        warn(f"{100 * repeated:.1f} % of the points repeat another, which makes the estimate too low: {_TIES}")
    if radius.max() > 0.5 * period.min():
        raise RunError(
            f"neighbour {k} is {radius.max():.3g} away, over half the period {period.min():.3g}: take a smaller k"
        )
    ball = 0.5 * d * np.log(np.pi) - gammaln(0.5 * d + 1.0)
    return float(digamma(count) - digamma(k) + ball + d * np.log(radius).mean())


def _tree(points: Floats, box: Floats | None = None) -> Any:
    from scipy.spatial import cKDTree  # loads linear algebra that nothing else here needs

    return cKDTree(points, boxsize=box)


def _columns(x: Data, what: str) -> Floats:
    values = finite(np.asarray(x), what)
    if values.ndim not in (1, 2):
        raise UsageError(f"{what} must be (N,) or (N, d), found shape {values.shape}")
    return values.reshape(len(values), -1)


def _nearer(points: Floats, radius: Floats) -> Floats:
    """The number of points, itself included, nearer than its ``radius`` to each point in the maximum norm."""
    # In x or in y the k-th neighbour is at exactly the radius, and must not count: stay inside by more than the
    # rounding of position + radius.
    inside = radius - 4 * np.finfo(np.float64).eps * (np.abs(points).max() + radius)
    if (inside <= 0).any():
        raise RunError("samples are closer than float64 resolves at their distance from zero: subtract their mean")
    if points.shape[1] > 1:
        return np.asarray(_tree(points).query_ball_point(points, inside, p=np.inf, return_length=True), np.float64)
    line = points[:, 0]
    order = np.sort(line)
    above, below = np.searchsorted(order, line + inside, "right"), np.searchsorted(order, line - inside, "left")
    return np.asarray(above - below, np.float64)
