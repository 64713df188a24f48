"""Distances from the centre: linear statistics, and which stored field gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import gamma, pi
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from physent.declare import Problem
from physent.diagnostics.run.declare import Context, Diagnostic
from physent.typing import Floats

Of = Literal["position", "radius"]
D = TypeVar("D", bound=Diagnostic)


def distances(position: ArrayLike) -> Floats:
    """Distance from the origin of points (..., d) -> (...), added in the order of the axes."""
    x = np.asarray(position, np.float64)
    square = x[..., 0] * x[..., 0]
    for axis in range(1, x.shape[-1]):
        square = square + x[..., axis] * x[..., axis]
    return np.asarray(np.sqrt(square))


def ball_volume(dimension: int, radius: ArrayLike) -> Floats:
    """Length, area, volume of the ball |x| < radius in ``dimension`` d: pi^(d/2)/Gamma(d/2 + 1) radius^d."""
    unit = pi ** (dimension / 2) / gamma(dimension / 2 + 1)
    return np.asarray(unit * np.asarray(radius, np.float64) ** dimension)


def linear_statistic(x: Any, f: Callable[[Floats], ArrayLike], *, of: Of = "position") -> Any:
    """Sum over particles of f(|x_i|), for any function f of an array of distances.

    ``x`` holds positions (..., n, d) -> (...) or, with ``of="radius"``, distances from the centre (..., n) -> (...).
    A DataArray has the dimension `particle` (and `axis`, if it is of positions); the others stay.
    `physent.theory.radial_function` has the functions that a config can name. A. De Bruyne, P. Le Doussal,
    S. N. Majumdar and G. Schehr (2023), arXiv:2310.16420.
    """
    if hasattr(x, "dims"):
        import xarray as xr

        core = ["particle", "axis"] if "axis" in x.dims else ["particle"]
        kind: Of = "position" if "axis" in x.dims else "radius"
        found = xr.apply_ufunc(lambda a: summed(a, f, kind), x, input_core_dims=[core])
        return found.assign_attrs(long_name="linear statistic", units="1")
    return summed(np.asarray(x, np.float64), f, of)[()]


def summed(x: Floats, f: Callable[[Floats], ArrayLike], of: Of) -> Floats:
    """Row by row, so that a replica's bits are its own."""
    r = distances(x) if of == "position" else x
    rows = np.ascontiguousarray(r).reshape(-1, r.shape[-1])
    return np.array([np.asarray(f(row), np.float64).sum() for row in rows]).reshape(r.shape[:-1])


def field_of(of: Of | None) -> Of:
    """The field that distances come from."""
    return of or "position"


def chosen(one: D, context: Context) -> D:
    """The same diagnostic, reading `radius` where its `of` is left open and a run has no `position`."""
    if getattr(one, "of", None) is None and "position" not in context.variables and "radius" in context.variables:
        return one.model_copy(update={"of": "radius"})
    return one


def radii(record: Mapping[str, Any], of: Of | None) -> Floats:
    """Distances (replica, particle) in a record."""
    name = field_of(of)
    return distances(record[name]) if name == "position" else np.asarray(record[name], np.float64)


def dimension_of(context: Context, of: Of | None) -> int:
    """Dimension of space: of the positions, or as the engine's parameters say of its radii (2 where they do not)."""
    if field_of(of) == "position":
        return len(context.coordinates["axis"])
    return int(getattr(context.parameters, "dimension", 2))


def unfit(context: Context, of: Of | None) -> Iterator[Problem]:
    """A field that has no particles or no axes."""
    name = field_of(of)
    wanted = ("replica", "particle", "axis") if name == "position" else ("replica", "particle")
    if context.variables[name].dims != wanted:
        found = ", ".join(context.variables[name].dims)
        yield Problem(("of",), f"{name} has dims ({found}), expected ({', '.join(wanted)})")
