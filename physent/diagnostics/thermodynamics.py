"""Free energy and entropy by integration over the inverse temperature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from physent.diagnostics.arrays import finite
from physent.diagnostics.gate import public
from physent.errors import UsageError
from physent.typing import Floats


@dataclass(frozen=True)
class ThermodynamicIntegral:
    """log Z and S = log Z + beta <E> at every beta (m,), their statistical errors, and that of the quadrature."""

    beta: Floats
    log_z: Floats
    log_z_se: Floats
    entropy: Floats
    entropy_se: Floats
    quadrature_error: Floats  # difference to the integral over every other point; NaN at the points that it skips


@public
def thermodynamic_integration(
    beta: Any, mean_energy: Any, se: Any = None, reference: float = 0.0, *, variable: str = "auto"
) -> ThermodynamicIntegral:
    """Free energy log Z(beta) = reference - int <E> dbeta, and the entropy S = log Z + beta <E>, in nats.

    ``beta`` (m,) increases, m >= 4; ``mean_energy`` (m,) and its standard errors ``se`` (m,), of independent runs, may
    be DataArrays of a sweep (without ``se`` the errors of the result are NaN); ``reference`` is log Z at beta[0], from
    theory (for beta -> 0 that of independent particles in the trap). Points of a sweep are not independent: they share
    their seed, the same random numbers move neighbouring points alike, and errors by ``se`` come out too small, 1.8
    times for a gas of 20 charges. Integrate each replica by itself then, and take the scatter of their results.
    The integral is that of the cubic spline through the points, not-a-knot, in ``variable``: ``log_beta`` for
    beta <E> against ln beta, the smooth choice if <E> grows as 1/beta (the default, "auto", for beta[0] > 0), or
    ``beta``. It is linear in <E>, so errors follow exactly, those of <E> at the last point included for the entropy.
    The error of the quadrature is estimated by leaving out every other point, and is much smaller than that
    difference for a smooth <E>. D. Frenkel and B. Smit, Understanding Molecular Simulation, section 7.1.
    """
    b, e = finite(np.asarray(beta), "beta"), finite(np.asarray(mean_energy), "mean_energy")
    known = se is not None
    error = finite(np.asarray(se), "se") if known else np.zeros_like(e)
    if b.ndim != 1 or not b.shape == e.shape == error.shape or len(b) < 4:
        raise UsageError(
            f"beta, mean_energy, se: found shapes {b.shape}, {e.shape}, {error.shape}, expected (m,), m >= 4"
        )
    if b[0] < 0 or not (np.diff(b) > 0).all() or not (error >= 0).all():
        raise UsageError("beta must increase from a number >= 0, and errors must be >= 0")
    if variable not in ("auto", "log_beta", "beta") or (variable == "log_beta" and b[0] == 0):
        raise UsageError(f"variable is {variable}, expected auto, beta, or (for beta > 0) log_beta")
    log = variable == "log_beta" or (variable == "auto" and b[0] > 0)
    t, factor = (np.log(b), b) if log else (b, np.ones_like(b))
    weights = _running_weights(t) * factor
    log_z = reference - weights @ e
    into_entropy = np.diag(b) - weights
    coarse = np.full(len(b), np.nan)
    if len(b) >= 7:
        coarse[::2] = reference - (_running_weights(t[::2]) * factor[::2]) @ e[::2]
    return ThermodynamicIntegral(
        b,
        log_z,
        np.sqrt(np.square(weights) @ error**2) if known else np.full(len(b), np.nan),
        log_z + b * e,
        np.sqrt(np.square(into_entropy) @ error**2) if known else np.full(len(b), np.nan),
        np.abs(log_z - coarse),
    )


def _running_weights(t: Floats) -> Floats:
    """Row i: weights of the values at t whose sum is the integral of their spline from t[0] to t[i]."""
    from scipy.interpolate import CubicSpline

    return np.asarray(CubicSpline(t, np.eye(len(t))).antiderivative()(t))
