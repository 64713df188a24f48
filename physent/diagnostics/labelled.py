"""Counting and estimation on xarray objects: which dimensions are counted over, which stay, and attributes."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from physent.diagnostics.checks import dims_of, numbers
from physent.diagnostics.dimensions import AXES, CLOCKS, cells, clock, together
from physent.diagnostics.estimate import Estimate, entropy, largest
from physent.diagnostics.measures import Measure
from physent.diagnostics.spaces import Space, from_spec
from physent.diagnostics.tally import Counts, Weights, count, weigh
from physent.errors import UsageError

CELL = "cell"
_LONG_NAMES = {
    "value": "estimate",
    "standard_error": "standard error",
    "N": "number of counts",
    "cells_seen": "occupied cells",
    "coverage": "share of the distribution in cells seen at least once",
    "undersampled": "fewer than ten counts per occupied cell, or a bias that may exceed half the standard error",
}


def count_labelled(x: Any, space: Space, dim: Any, weights: Any, component: str | None) -> xr.DataArray:
    """`physent.diagnostics.count` for a DataArray, a Dataset or a tuple of DataArrays."""
    arrays = _factors(x, space)
    spaces = getattr(space, "spaces", None)
    each = spaces if spaces is not None and len(arrays) > 1 else (space,) * len(arrays)
    components = [_component(array, part, component) for array, part in zip(arrays, each, strict=True)]
    exclude = {name for name in components if name is not None}
    arrays = together(arrays, "count", exclude)
    arrays = [*xr.broadcast(*arrays, exclude=exclude)] if len(arrays) > 1 else arrays
    dims = [name for name in arrays[0].dims if name not in exclude]
    counted = _counted(arrays[0].isel({name: 0 for name in exclude if name in arrays[0].dims}, drop=True), dim, space)
    kept = [name for name in dims if name not in counted]
    order = [*kept, *counted]
    plain = [
        array.transpose(*order, *([] if name is None else [name])).to_numpy()
        for array, name in zip(arrays, components, strict=True)
    ]
    axes = tuple(range(len(kept), len(order)))
    if weights is not None:
        weights = _broadcast(weights, arrays[0], order)
    tally = count(tuple(plain) if len(plain) > 1 else plain[0], space, axes, weights)
    coords = {name: coord for name, coord in arrays[0].coords.items() if set(coord.dims) <= set(kept)}
    return _counted_array(tally, space, kept, coords)


def weigh_labelled(density: xr.DataArray, cell_measure: Any, dim: Any) -> xr.DataArray:
    """`physent.diagnostics.weigh` for a DataArray: probabilities over `cell`, with the coordinate `cell_measure`."""
    (name,) = cells(density, dim, None, "weigh")
    if isinstance(cell_measure, xr.DataArray):
        density, cell_measure = together([density, cell_measure], "weigh")
        if cell_measure.dims not in ((), (name,)):
            raise UsageError(f"weigh: found cell measures of dimensions {dims_of(cell_measure)}, expected {name}")
    array = density.transpose(..., name)
    weights = weigh(array.to_numpy(), None if cell_measure is None else np.asarray(cell_measure))
    result = xr.DataArray(weights.p, array.coords, array.dims, attrs={"long_name": "probability", "units": "1"})
    result = result if name == CELL else result.rename({name: CELL})
    return result if weights.mu is None else result.assign_coords(cell_measure=(CELL, weights.mu))


def entropy_labelled(
    counts: Any,
    measure: Measure | str | None,
    estimator: str | None,
    differential: bool,
    standard_error: Any,
    over: int | str | None,
) -> xr.Dataset:
    """`physent.diagnostics.entropy` for a DataArray of counts or probabilities with a dimension ``cell``."""
    if not isinstance(counts, xr.DataArray) or CELL not in counts.dims:
        raise UsageError(f"entropy: found dimensions {tuple(counts.dims)}, expected a DataArray with one named {CELL}")
    array = counts.transpose(..., CELL)
    stored = array.attrs.get("space")
    space = None if stored is None else _stored(stored)
    if space is not None and space.size != array.sizes[CELL]:
        raise UsageError(f"entropy: found {array.sizes[CELL]} cells, expected the {space.size} of the space")
    pools = standard_error in ("replicas", "blocks")
    if pools:
        array = array.transpose(_pooled(array.dims, standard_error, over), ...)
    values = array.to_numpy()
    mu = space.measure() if space is not None else None
    if mu is None and "cell_measure" in array.coords:
        mu = array.coords["cell_measure"].to_numpy()
    tally = Weights(values, mu, space) if values.dtype.kind == "f" else Counts(values, 0, space)
    result = entropy(tally, measure, estimator, differential=differential, standard_error=standard_error)
    dims = array.dims[1:-1] if pools else array.dims[:-1]
    coords = {name: coord for name, coord in array.coords.items() if set(coord.dims) <= set(dims)}
    return _dataset(result, dims, coords, standard_error, stored)


def normalized_labelled(estimate: xr.Dataset, by: Any) -> xr.Dataset:
    """`physent.diagnostics.normalized` for the Dataset that `entropy` returns of labelled counts."""
    attrs = estimate.attrs
    if missing := {"measure", "cells", "form"} - set(attrs):
        raise UsageError(f"normalized: found a Dataset without {', '.join(sorted(missing))}, expected one of `entropy`")
    if by is None:
        by = largest(attrs["measure"], int(attrs["cells"]), attrs["form"] == "differential")
    if not np.all(np.isfinite(by) & (np.asarray(by) != 0)):
        raise UsageError("normalized: found 0, NaN or infinity in `by`, expected numbers to divide by")
    if not isinstance(by, xr.DataArray) and np.ndim(by):
        raise UsageError("normalized: found an array `by` without names beside a Dataset, expected a DataArray")
    with xr.set_options(keep_attrs=True):  # type: ignore[no-untyped-call]
        value, error = estimate.value / by, estimate.standard_error / abs(by)
    value.attrs = {**estimate.value.attrs, "base": "1"}
    return estimate.assign(value=value, standard_error=error).assign_attrs(base="1")


def estimate_attrs(result: Estimate, standard_error: str | None = None, space: str | None = None) -> dict[str, Any]:
    """Attributes of a stored estimate, plain text or numbers, as NetCDF has them."""
    attrs: dict[str, Any] = {
        "units": "1",
        "base": result.base,
        "measure": result.measure,
        "estimator": result.estimator,
        "form": "differential" if result.differential else "discrete",
        "cells": result.size,
        "standard_error": standard_error or "none",
    }
    return attrs if space is None else {**attrs, "space": space}


def _dataset(
    result: Estimate, dims: Sequence[Hashable], coords: Any, standard_error: str | None, space: str | None
) -> xr.Dataset:
    attrs = estimate_attrs(result, standard_error, space)
    variables = {}
    for name, long_name in _LONG_NAMES.items():
        units = attrs["units"] if name in ("value", "standard_error") else "1"
        extra = {key: value for key, value in attrs.items() if key != "units"} if name == "value" else {}
        variables[name] = (dims, np.asarray(getattr(result, name)), {"long_name": long_name, "units": units, **extra})
    return xr.Dataset(variables, coords=coords, attrs=attrs)


def _factors(x: Any, space: Space) -> list[xr.DataArray]:
    if isinstance(x, xr.DataArray):
        return [x]
    if isinstance(x, tuple):
        if not all(isinstance(part, xr.DataArray) for part in x):
            raise UsageError("count: found arrays with and without names of dimensions, expected one kind")
        if len(x) != len(getattr(space, "spaces", (space,))):
            raise UsageError(f"count: found {len(x)} arrays, expected one per factor of the space")
        return list(x)
    variables = [numbers(x[name], f"count: {name}") for name in x.data_vars]
    if len(variables) > 1 and not hasattr(space, "spaces"):
        return [xr.concat(variables, "axis", coords="minimal", compat="override").transpose(..., "axis")]
    return variables


def _component(array: xr.DataArray, space: Space, component: Hashable | None) -> Hashable | None:
    """The dimension that holds the components of one point, None for a space of plain numbers."""
    if space.components is None:
        return None
    name: Hashable | None = component or next((axis for axis in AXES if axis in array.dims), None)
    if name not in array.dims or array.sizes[name] != space.components:
        raise UsageError(
            f"count: found dimensions {dims_of(array)}, expected a component dimension of"
            f" {space.components}: `axis`, or what component= names"
        )
    return name


def _counted(array: xr.DataArray, dim: Any, space: Space) -> list[Hashable]:
    """The dimensions that are counted over, time last if outcomes look back on earlier samples."""
    dims = list(array.dims)
    if dim is None:
        counted = dims
    else:
        counted = list(dim) if isinstance(dim, tuple) else [dim]
        if missing := [name for name in counted if name not in dims]:
            have = ", ".join(map(str, dims))
            raise UsageError(f"count: no dimension {missing[0]!r} to count over, the data have {have}")
    if space.reach and (dim is None or len(counted) > 1):
        last: Hashable | None = time[0] if (time := [name for name in CLOCKS if name in counted]) else None
        if last is None or len(time) > 1:
            (last,) = clock(array, None if dim is None else (counted[-1],), None, "count")
        counted.append(counted.pop(counted.index(last)))
    return counted


def _broadcast(weights: Any, like: xr.DataArray, order: list[Hashable]) -> ArrayLike:
    if not isinstance(weights, xr.DataArray):
        raise UsageError("count: weights for labelled data must be a DataArray")
    template = like.isel({name: 0 for name in like.dims if name not in order}, drop=True)
    if strange := [str(name) for name in weights.dims if name not in template.dims]:
        raise UsageError(f"count: weights have {', '.join(strange)}, which the data have not")
    try:
        spread = xr.align(weights, template, join="exact")[0].broadcast_like(template)
    except ValueError:
        raise UsageError("count: weights are at other coordinates than the data, or of other sizes") from None
    return np.asarray(spread.transpose(*order).to_numpy())


def _stored(text: Any) -> Space:
    """The space in the attributes of counts."""
    try:
        return from_spec(json.loads(text))
    except (TypeError, ValueError):
        raise UsageError(
            "entropy: the attribute `space` of the counts is not a space: delete it, or count again"
        ) from None


def _counted_array(tally: Counts | Weights, space: Space, kept: list[Hashable], coords: Any) -> xr.DataArray:
    attrs = {"space": json.dumps(space.spec()), "units": "1"}
    if isinstance(tally, Weights):
        attrs["long_name"] = "share of the weight in each cell"
        return xr.DataArray(tally.p, dims=[*kept, CELL], coords=coords, attrs=attrs)
    attrs["long_name"] = "counts in each cell"
    result = xr.DataArray(tally.n, dims=[*kept, CELL], coords=coords, attrs=attrs)
    outside = xr.DataArray(tally.n_outside, dims=kept, attrs={"long_name": "values outside every cell", "units": "1"})
    return result.assign_coords(n_outside=outside)


def _pooled(dims: tuple[Hashable, ...], kind: str, over: int | str | None) -> str:
    usual = ("replica",) if kind == "replicas" else ("time", "draw")
    names = usual if over is None else (str(over),)
    for name in names:
        if name in dims[:-1]:
            return name
    raise UsageError(f"entropy: no dimension {' or '.join(names)} to pool, the counts have {', '.join(map(str, dims))}")
