"""Differential entropies and mutual information of samples, without cells: nearest neighbours and spacings. Nats.

Units: a differential entropy shifts by ln s if a coordinate is measured in units smaller by s, mutual information not
at all. Distances therefore weigh each coordinate by its own width (``metric="own"``), unless coordinates share a space,
as those of a position do (``metric="shared"``). All estimates assume independent samples; their error is the spread
over runs. Samples that repeat have no density. From 1 % of repeated values on, in any coordinate, there is a warning;
``ties="jitter"`` spreads rounded values uniformly over their rounding cell (the least distance of two values of that
coordinate), by numbers that ``seed`` fixes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from physent.diagnostics.arrays import along, finite
from physent.diagnostics.gate import public
from physent.diagnostics.neighbours import check_metric, check_neighbours, entropy_of_points, information_of_pairs
from physent.diagnostics.rows import each_row
from physent.diagnostics.scales import Metric, exponent
from physent.diagnostics.ties import REMEDY, Ties, doubt, settled
from physent.diagnostics.units import Base
from physent.errors import RunError, UsageError
from physent.typing import Floats

if TYPE_CHECKING:
    from physent.diagnostics.arrays import Data, Dims


@public
def knn_entropy(
    x: Data,
    k: int = 4,
    *,
    box: ArrayLike | None = None,
    dims: Dims = None,
    axes: Dims = None,
    metric: Metric | None = None,
    ties: Ties = "warn",
    seed: int = 0,
    base: Base = None,
) -> Any:
    """Differential entropy of points by the distance to the ``k``-th nearest neighbour (Kozachenko-Leonenko).

        h = psi(N) - psi(k) + ln V_d + (d / N) sum_i ln r_i(k),   V_d the volume of the unit ball.

    ``x`` is (..., N, d) -> (...), a plain (N,) being N points on a line; for a DataArray ``dims`` names the points and
    the axes (default: `particle`, `individual` or the clock, and `axis`, or what ``axes`` names). ``box`` is the
    period along every axis, a number or (d,), with ``inf`` for an open axis; points may lie outside the box and are
    wrapped. A density that ends abruptly at the border of its support is estimated too high, by order N^(-1/d); a
    periodic box has no border.

    ``metric`` is "shared" in a box and "own" without: r is measured with each coordinate in units of its own width
    (`physent.diagnostics.scales`), whose logarithms are added back, so that the units of coordinates do not matter.
    With "shared" it is the Euclidean distance, which does not change under rotation. ``ties`` and ``seed`` are the
    module's.

    `RunError` if a point coincides with its k-th neighbour (repeated or rounded values have no density: use counts,
    ``ties="jitter"``, or a larger k), if a coordinate is constant, or if the neighbour is farther than half a period,
    beyond which the ball overlaps itself. In a batch such rows are NaN, with a warning that counts them.

    References: L. F. Kozachenko and N. N. Leonenko, Probl. Inf. Transm. 23, 95 (1987); the form with psi(k),
    A. Kraskov, H. Stogbauer and P. Grassberger, Phys. Rev. E 69, 066138 (2004), 10.1103/PhysRevE.69.066138.
    """
    named = (dims,) if isinstance(dims, str) else dims
    core = min(2, np.ndim(x)) if named is None else len(named)

    chosen: Metric = metric or ("own" if box is None else "shared")
    check_metric(chosen)

    def entropy(samples: Floats) -> Floats:
        points = finite(samples, "points")
        points = points[..., None] if core == 1 else points
        *leading, count, d = points.shape
        check_neighbours(k, count)
        period = _period(box, d)
        rows, shares = settled(points.reshape(-1, count, d), ties, seed)
        found = each_row(lambda one: entropy_of_points(one, k, period, chosen), rows)
        doubt(shares, np.isfinite(found), ["points", *(f"values of coordinate {i + 1}" for i in range(d))])
        return found.reshape(leading)

    attrs = {"long_name": f"differential entropy, k = {k} nearest neighbours", "units": "1", "base": "nats"}
    return along(entropy, x, attrs={**attrs, "estimator": "Kozachenko-Leonenko"})


@public
def ksg_mutual_information(
    x: Data,
    y: Data,
    k: int = 4,
    *,
    local: bool = False,
    metric: Metric = "own",
    ties: Ties = "warn",
    seed: int = 0,
    dim: Dims = None,
    axes: Dims = None,
    base: Base = None,
) -> Any:
    """Mutual information of N paired samples by nearest neighbours (Kraskov, Stogbauer and Grassberger, algorithm 1).

        I = psi(k) + psi(N) - < psi(n_x + 1) + psi(n_y + 1) >,

    n_x the number of other points nearer in x than the k-th neighbour is in the larger of the distances in x and in y.
    ``x`` is (N,) or (N, d), ``y`` (N,) or (N, e); DataArrays are paired along ``dim`` (default as
    `knn_entropy`), where their coordinates agree. The result is one
    number, slightly negative at times for independent data. Each coordinate of x and of y counts in units of its own
    width (`physent.diagnostics.scales`); ``metric="shared"`` is for coordinates of one space, and takes distances in
    x and in y as they are. ``ties`` and ``seed``: the module's; ties make the value too large. `RunError` if k + 1
    samples coincide. The case `ksg_coverage` measures bias and scatter. ``local`` gives the (N,) terms whose mean is
    the value.

    Reference: Phys. Rev. E 69, 066138 (2004), 10.1103/PhysRevE.69.066138.
    """
    a, b = columns_of(x, "x"), columns_of(y, "y")
    if len(a) != len(b):
        raise UsageError(f"x and y must be paired, found {len(a)} and {len(b)} samples")
    check_metric(metric)
    both, shares = settled(np.hstack([a, b])[None], ties, seed)
    a, b = both[0][:, : a.shape[1]], both[0][:, a.shape[1] :]
    doubt(shares, np.array([True]), ["pairs", *names_of("x", a), *names_of("y", b)])
    attrs = {"long_name": "mutual information", "units": "1", "base": "nats", "estimator": f"Kraskov, k = {k}"}
    return along(lambda: information_of_pairs(a, b, k, metric, local=local), attrs=attrs)


@public
def spacing_entropy(
    x: Data,
    *,
    method: Literal["vasicek", "van es", "ebrahimi", "correa", "auto"] = "auto",
    window: int | None = None,
    dim: Dims = None,
    ties: Ties = "warn",
    seed: int = 0,
    base: Base = None,
) -> Any:
    """Differential entropy of samples on a line from the spacings of their order statistics (`scipy.stats`).

    ``x`` is (..., N) -> (...), or a DataArray along ``dim`` (default: `particle`, `individual` or the
    clock); ``window`` is the number m of order statistics to either side (default floor(sqrt(N) + 1/2)). Biased high
    for heavy tails (Cauchy's law, 10^4 samples: by 0.08), for which `knn_entropy` is the better choice. ``ties`` and
    ``seed``: the module's. `RunError` if 2 m samples in succession are equal; in a batch such rows are NaN, with a
    warning that counts them.

    References: O. Vasicek, J. R. Stat. Soc. B 38, 54 (1976), 10.1111/j.2517-6161.1976.tb01566.x; the other methods as
    cited by `scipy.stats.differential_entropy`.
    """
    from scipy.stats import differential_entropy  # takes as long to import as all of numba

    def entropy(samples: Floats) -> Any:
        values = finite(samples, "samples")
        *leading, count = values.shape
        rows, shares = settled(values.reshape(-1, count, 1), ties, seed)
        e = exponent(rows)
        with np.errstate(divide="ignore", invalid="ignore"):
            lines = np.ldexp(rows[..., 0], -e)
            lines = lines[0] if len(lines) == 1 else lines  # SciPy takes a quarter less time for one axis
            found = differential_entropy(lines, axis=-1, method=method, window_length=window)
        found = each_row(_resolved, np.atleast_1d(found) + e * np.log(2))
        doubt(shares, np.isfinite(found), ["samples", "samples"])
        return found.reshape(leading)

    attrs = {"long_name": "differential entropy, spacings", "units": "1", "base": "nats", "estimator": method}
    return along(entropy, x, attrs=attrs)


def _resolved(value: float) -> float:
    if not np.isfinite(value):
        raise RunError(f"samples coincide over the whole window of order statistics: {REMEDY}")
    return float(value)


def _period(box: ArrayLike | None, d: int) -> Floats:
    given = np.asarray(np.inf if box is None else box, np.float64)
    if given.shape not in ((), (1,), (d,)):
        raise UsageError(f"box: found shape {given.shape}, expected a number or the periods of {d} axes")
    period = np.broadcast_to(given, (d,))
    if not (period > 0).all():
        raise UsageError(f"periods of the box must be positive, found {period.tolist()}")
    return period


def names_of(name: str, columns: Floats) -> list[str]:
    d = columns.shape[1]
    return [f"values of {name}" if d == 1 else f"values of {name}, coordinate {i + 1}" for i in range(d)]


def columns_of(x: Data, what: str, *, gaps: bool = False) -> Floats:
    """Points (n, d), float64; NaN stands for a missing one if there may be ``gaps``."""
    values = finite(np.asarray(x), what, gaps=gaps)
    if values.ndim not in (1, 2):
        raise UsageError(f"{what} must be (N,) or (N, d), found shape {values.shape}")
    return values.reshape(len(values), -1)
