"""Distances from the centre, and linear statistics of them."""

from __future__ import annotations

from collections.abc import Callable
from math import gamma, pi
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from physent.diagnostics.arrays import along
from physent.diagnostics.gate import public
from physent.errors import UsageError
from physent.typing import Floats

if TYPE_CHECKING:
    from physent.diagnostics.arrays import Dims

Of = Literal["position", "radius"]
_ATTRS = {"long_name": "linear statistic", "units": "1"}


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


@public
def linear_statistic(
    x: Any, f: Callable[[Floats], ArrayLike], *, of: Of = "position", dim: Dims = None, axes: Dims = None
) -> Any:
    """Sum over particles of f(|x_i|), for any function f of an array of distances.

    ``x`` holds positions (..., n, d) -> (...) or, with ``of="radius"``, distances from the centre (..., n) -> (...).
    A DataArray has the dimension `particle` or `individual`, or ``dim`` (and `axis`, or ``axes``, if it is of
    positions); the others stay.
    `physent.theory.radial_function` has the functions that a config can name. A. De Bruyne, P. Le Doussal,
    S. N. Majumdar and G. Schehr (2023), arXiv:2310.16420.
    """
    if np.ndim(x) < (2 if of == "position" else 1):
        raise UsageError(
            f"linear_statistic: found {of} of shape {np.shape(x)}, expected (..., n{', d' * (of == 'position')})"
        )
    return along(lambda values: summed(np.asarray(values, np.float64), f, of), x, attrs=_ATTRS)


def summed(x: Floats, f: Callable[[Floats], ArrayLike], of: Of) -> Floats:
    """Row by row, so that the bits of a replica do not depend on the others."""
    r = distances(x) if of == "position" else x
    rows = np.ascontiguousarray(r).reshape(-1, r.shape[-1])
    return np.array([np.asarray(f(row), np.float64).sum() for row in rows]).reshape(r.shape[:-1])
