"""Functions f(r) of the distance r from the centre whose sums over all particles are linear statistics.

One table serves the diagnostic `linear_statistic` and the closed forms, so that both mean the same f.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from physent.theory.jets import Jet


@dataclass(frozen=True)
class RadialFunction:
    """f(r) for r >= 0: call it on an array of any shape.

    Outside the interval ``support`` f is exactly 0. A quadrature over r should be split at the radii ``breaks``,
    since f is not analytic there or changes its scale; if ``jumps``, f is discontinuous at them.
    ``smooth_at_centre``: f(|x|) is smooth in space at x = 0 (f even in r).
    """

    name: str
    parameters: Mapping[str, float]
    formula: Callable[[Any], Any] = field(repr=False)
    smooth_at_centre: bool = True
    support: tuple[float, float] = (0.0, np.inf)
    breaks: tuple[float, ...] = ()
    jumps: bool = False

    def __call__(self, r: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Values at distances ``r`` >= 0 of any shape."""
        distance = np.asarray(r, float)
        first, last = self.support
        if first <= 0 and last == np.inf:
            return np.asarray(self.formula(distance), float)
        inside = (distance >= first) & (distance <= last)
        out = np.zeros(distance.shape)
        out[inside] = self.formula(distance[inside])
        return out

    def jet(self, r: Jet) -> Jet:
        """The Taylor series of f along that of r (`physent.theory.jets`). ValueError if an r lies on a radius at which
        f jumps: series are never one-sided.
        """
        distance = r.coefficients[0]
        first, last = self.support
        if first <= 0 and last == np.inf:
            return self._constant_or_series(r)
        if self.jumps and np.any(np.isin(distance, self.breaks)):
            raise ValueError(f"{self.name} jumps at r = {', '.join(map(str, self.breaks))}: no Taylor series there")
        inside = (distance > first) & (distance < last) | (distance == 0) & (first <= 0)
        # outside the support, evaluate the formula at a harmless point inside; f is set to 0 there
        safe = r.coefficients.copy()
        middle = last / 2 if first <= 0 else (first + last) / 2
        safe[0] = np.where(inside, distance, middle)
        return Jet(np.where(inside, self._constant_or_series(Jet(safe)).coefficients, 0.0))

    def _constant_or_series(self, r: Jet) -> Jet:
        value = self.formula(r)
        if isinstance(value, Jet):
            return value
        series = np.zeros_like(r.coefficients)
        series[0] = value
        return Jet(series)


def power(*, exponent: float) -> RadialFunction:
    """r^exponent, exponent > 0."""
    _positive("power", "exponent", exponent)
    even = exponent == int(exponent) and int(exponent) % 2 == 0
    return RadialFunction("power", {"exponent": exponent}, lambda r: r**exponent, smooth_at_centre=even)


def log1p_r2() -> RadialFunction:
    """log(1 + r^2)."""
    return RadialFunction("log1p_r2", {}, lambda r: np.log1p(r * r))


def exp_minus_r2() -> RadialFunction:
    """exp(-r^2)."""
    return RadialFunction("exp_minus_r2", {}, lambda r: np.exp(-(r * r)))


def gaussian(*, center: float, width: float) -> RadialFunction:
    """exp(-(r - center)^2 / (2 width^2)), center >= 0, width > 0: a ring of particles."""
    _positive("gaussian", "width", width)
    _not_negative("gaussian", "center", center)
    return RadialFunction(
        "gaussian",
        {"center": center, "width": width},
        lambda r: np.exp(-0.5 * np.square((r - center) / width)),
        smooth_at_centre=center == 0,
        breaks=tuple(mark for mark in (center - 7 * width, center, center + 7 * width) if mark > 0),
    )


def indicator(*, radius: float) -> RadialFunction:
    """1 for r <= radius and 0 beyond: its sum counts the particles of a disc (ball, interval)."""
    _positive("indicator", "radius", radius)
    return RadialFunction(
        "indicator",
        {"radius": radius},
        lambda r: r * 0.0 + 1.0,
        support=(0.0, radius),
        breaks=(radius,),
        jumps=True,
    )


def bump(*, center: float, width: float) -> RadialFunction:
    """exp(1 - 1/(1 - u^2)) for |u| < 1, u = (r - center)/width, and 0 beyond: infinitely smooth, 1 at its top.

    center >= 0, width > 0. Smooth at the centre of the trap unless the bump covers it and is not centred on it.
    """
    _positive("bump", "width", width)
    _not_negative("bump", "center", center)

    def formula(r: Any) -> Any:
        u = (r - center) / width
        if isinstance(r, Jet):
            return np.exp(1.0 - 1.0 / (1.0 - u * u))
        with np.errstate(divide="ignore"):  # exactly on the rim: 1/0 gives exp(-inf) = 0
            return np.exp(1.0 - 1.0 / np.maximum(1.0 - u * u, 0.0))

    return RadialFunction(
        "bump",
        {"center": center, "width": width},
        formula,
        smooth_at_centre=center == 0 or center >= width,
        support=(center - width, center + width),
        breaks=tuple(rim for rim in (center - width, center + width) if rim > 0),
    )


def cos(*, wavenumber: float) -> RadialFunction:
    """cos(wavenumber r)."""
    return RadialFunction("cos", {"wavenumber": wavenumber}, lambda r: np.cos(wavenumber * r))


TABLE: Mapping[str, Callable[..., RadialFunction]] = {
    each.__name__: each for each in (power, log1p_r2, exp_minus_r2, gaussian, indicator, bump, cos)
}


def radial_function(name: str, **parameters: float) -> RadialFunction:
    """The f(r) called ``name`` in `TABLE`, with its parameters as keywords.

    ValueError for an unknown name, a missing or foreign parameter, or one out of range.
    """
    if name not in TABLE:
        raise ValueError(f"function is {name}, expected one of {', '.join(TABLE)}")
    wanted = set(TABLE[name].__annotations__) - {"return"}
    if wanted != set(parameters):
        raise ValueError(f"{name} takes {', '.join(sorted(wanted)) or 'no parameters'}, found {sorted(parameters)}")
    return TABLE[name](**parameters)


def _positive(name: str, parameter: str, value: float) -> None:
    if not (0 < value < np.inf):
        raise ValueError(f"{name}: {parameter} is {value}, expected a positive number")


def _not_negative(name: str, parameter: str, value: float) -> None:
    if not (0 <= value < np.inf):
        raise ValueError(f"{name}: {parameter} is {value}, expected a number >= 0")
