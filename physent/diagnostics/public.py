"""`count`, `weigh`, `entropy` and `normalized` of plain arrays and tallies, or of xarray objects."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from physent.diagnostics import estimate, tally
from physent.diagnostics.estimate import largest
from physent.diagnostics.gate import public
from physent.diagnostics.measures import Measure
from physent.diagnostics.missing import Missing
from physent.diagnostics.spaces import Space
from physent.diagnostics.units import Base
from physent.errors import UsageError


@public
def count(
    x: Any,
    space: Space,
    *,
    dim: Any = None,
    weights: ArrayLike | None = None,
    component: str | None = None,
    missing: Missing = "refuse",
) -> Any:
    """How often each outcome of `space` occurs in x.

    Plain arrays: x has shape (..., n), or (..., n, components) for a space of several components; `dim` names the axes
    that are counted over (of the array without its component axis; default: all). The other axes stay and lead in the
    result, a `Counts` with n of shape (..., K). For a `Product` x may be a tuple with one array per factor. Spaces that
    look back on earlier samples (`Ordinal`, `Lag`) take the last axis as time, and it must be counted over.

    xarray: for a DataArray, a Dataset (its variables are the factors of a product, or the components of a point) or a
    tuple of DataArrays, `dim` names dimensions, of which the clock is time for spaces that look back (else the last of
    `dim`), and `component` the component dimension (default ``axis``). The result is a DataArray of counts over the
    remaining dimensions and ``cell``, with the space as JSON in its attributes.

    With `weights`, of the shape of the outcomes or, for a space that looks back, of the samples, the result is
    `Weights`: the share of each outcome in the total weight. Raises `RunError` for NaN and for values that the space
    does not allow. With ``missing="omit windows"`` (`physent.diagnostics.missing`) outcomes that depend on a missing
    sample are left out, of the cells and of what is outside of them.
    """
    if hasattr(x[0] if isinstance(x, tuple) and x else x, "dims"):
        from physent.diagnostics.labelled import count_labelled

        return count_labelled(x, space, dim, weights, component, missing)
    if (
        component is not None
        or isinstance(dim, str)
        or (isinstance(dim, tuple) and any(isinstance(a, str) for a in dim))
    ):
        raise UsageError("count: dim and component name dimensions, but the data have none with a name")
    if hasattr(weights, "dims"):
        raise UsageError("count: found weights with names of dimensions beside data without: give weights.values")
    return tally.count(x, space, dim, weights, missing)


@public
def weigh(density: Any, cell_measure: Any = None, *, dim: str | None = None) -> Any:
    """Weights p = density mu / sum(density mu) of a non-negative density (..., K) on cells of measure mu (1 if None).

    Of a DataArray cells lie along ``cell`` or ``dim``; the result is one of probabilities (..., cell), for `entropy`.
    With mu the differential form of a measure refers to the density; for |psi|^2 on a grid mu is dx, for a spectrum dk.
    """
    if hasattr(density, "dims"):
        from physent.diagnostics.labelled import weigh_labelled

        return weigh_labelled(density, cell_measure, dim)
    if dim is not None:
        raise UsageError(f"weigh: dim = {dim} names a dimension, but the density has none with a name")
    return tally.weigh(density, cell_measure)


@public
def entropy(
    counts: Any,
    measure: Measure | str | None = None,
    estimator: str | None = None,
    *,
    differential: bool = False,
    standard_error: estimate.ErrorKind | None = "jackknife",
    over: int | str | None = None,
    base: Base = None,
) -> Any:
    """Estimate a measure (default: Shannon entropy) from a tally; an `Estimate`, or a Dataset for a DataArray.

    `counts`: `Counts`, `Weights`, `Samples`, an array of whole counts (..., K) or of probabilities that sum to 1, or a
    DataArray from `count`. `estimator` for Shannon: plugin, miller_madow, grassberger (default for counts), jackknife,
    chao_shen, james_stein; other measures and weights are plug-in, and anything else is refused. Values of grassberger
    are unbounded: up to 0.0365 below plug-in or below zero, or above the logarithm of the number of cells.
    `differential` uses the cell measures of the space. `standard_error`: ``jackknife`` over counts, taken as
    independent (Shannon in closed form, other measures by the infinitesimal jackknife, sum p g^2 - (sum p g)^2 over N
    with the gradient g; Efron 1982, 10.1137/1.9781611970319); ``replicas`` pools the axis `over` and leaves out one
    entry at a time, which is right also if counts within one replica depend on each other; ``blocks`` pools a time axis
    and leaves out blocks of at least twice the autocorrelation time of the pooled value's influence series; or None.
    `over` is the axis (default: the first) or the dimension (default: ``replica``; ``time`` or ``draw``). Too few
    counts give a `PhysentWarning`.
    """
    if hasattr(counts, "dims"):
        from physent.diagnostics.labelled import entropy_labelled

        return entropy_labelled(counts, measure, estimator, differential, standard_error, over)
    if isinstance(over, str):
        raise UsageError(f"entropy: over = {over!r} names a dimension, but the counts have none with a name")
    return estimate.entropy(
        counts,
        measure,
        estimator,
        differential=differential,
        standard_error=standard_error,
        over=0 if over is None else over,
    )


@public
def normalized(estimate: Any, by: Any = None) -> Any:
    """The estimate divided by `by`, a number or an array; None divides by the largest value on its number of cells.

    `estimate` is what `entropy` returns: an `Estimate`, or the Dataset of labelled counts.

    Use ``by=null_entropy(N, law)`` for the value relative to what finite data of a named law would give. A differential
    entropy has no zero, so that it is refused without `by`. Its base is then ``1``.
    """
    if hasattr(estimate, "data_vars"):
        from physent.diagnostics.labelled import normalized_labelled

        return normalized_labelled(estimate, by)
    if by is None:
        by = largest(estimate.measure, estimate.size, estimate.differential)
    if not np.all(np.isfinite(by) & (np.asarray(by) != 0)):
        raise UsageError("normalized: found 0, NaN or infinity in `by`, expected numbers to divide by")
    return replace(estimate, value=estimate.value / by, standard_error=estimate.standard_error / np.abs(by), base="1")
