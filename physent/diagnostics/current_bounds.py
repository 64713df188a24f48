"""The uncertainty relation for currents of a sampled motion: weights from one half, the bound from the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from physent.errors import RunError, UsageError
from physent.typing import Floats

_STRETCHES = 16


def bound(points: Floats, basis: Callable[[Floats], Any] | None, dt: float) -> tuple[float, float, float]:
    """Largest 2 <j>^2/(dt var j) of currents of points (n, d), less its bias; standard error; the bias that was taken.

    The best weights are C^-1 <j> of the covariance C of the basis currents. Taken from the same data as the bound, they
    would raise it by 2 (currents)/T (S. Otsubo et al., Phys. Rev. E 101, 062106 (2020), 10.1103/PhysRevE.101.062106).
    """
    steps = currents(points, basis)
    half = len(steps) // 2
    if half < 10 * steps.shape[1] or half < 2 * _STRETCHES:
        raise UsageError(f"{len(steps)} steps for {steps.shape[1]} currents, expected {20 * steps.shape[1]} or more")
    one, other = steps[:half], steps[half:]
    values, errors, biases = zip(*(_applied(fitted(a), b, dt) for a, b in ((one, other), (other, one))), strict=True)
    return float(np.mean(values)), float(np.hypot(*errors) / 2), float(np.mean(biases))


def currents(points: Floats, basis: Callable[[Floats], Any] | None) -> Floats:
    """Each basis function at mid-step times each coordinate's step, (steps, m d); steps with a missing end left out."""
    scale = np.nanstd(points, axis=0)
    if not np.all(scale > 0):
        raise UsageError("a coordinate is constant, expected coordinates that move")
    middle, step = (points[1:] + points[:-1]) / 2, np.diff(points, axis=0) / scale
    whole = ~np.isnan(step).any(1)
    middle, step = middle[whole], step[whole]
    if basis is None:
        psi = np.c_[np.ones(len(middle)), (middle - np.nanmean(points, axis=0)) / scale]
    else:
        psi = np.asarray(basis(middle), np.float64).reshape(len(middle), -1)
    if not np.isfinite(psi).all():
        raise RunError("basis: found values that are not finite")
    return np.asarray((psi[:, :, None] * step[:, None, :]).reshape(len(step), -1))


def fitted(steps: Floats) -> Floats:
    """Weights C^-1 <j>; currents that others make up get none of their own."""
    covariance = np.atleast_2d(np.cov(steps.T))
    size = np.sqrt(np.diagonal(covariance))
    size = np.where(size > 0, size, 1.0)
    inner = np.linalg.pinv(covariance / np.outer(size, size), rcond=1e-10, hermitian=True)
    return np.asarray(inner @ (steps.mean(0) / size) / size)


def _applied(weights: Floats, steps: Floats, dt: float) -> tuple[float, float, float]:
    """The bound of one current less its bias 2/T, its standard error over stretches, and the bias."""
    j = steps @ weights
    variance = float(j.var())
    if not variance > 0:
        return 0.0, 0.0, 0.0
    bias = 2 / (len(j) * dt)
    value = 2 * j.mean() ** 2 / (variance * dt)
    # the influence of one step on 2 <j>^2/var
    part = (j - j.mean()) * 2 / j.mean() - ((j - j.mean()) ** 2 / variance - 1) if j.mean() else 0 * j
    means = [one.mean() for one in np.array_split(part, _STRETCHES)]
    return value - bias, float(value * np.std(means, ddof=1) / np.sqrt(_STRETCHES)), bias
