"""Linear Langevin dynamics dx = A x dt + sqrt(2 D) dW in d dimensions: Gaussian laws and entropy production.

``drift`` A is (d, d); ``diffusion`` D is (d,) for independent noises, or (d, d), symmetric and positive definite.
S is a covariance (d, d). Rates are per unit of time, entropies are in units of k_B. A harmonic system has A = -mobility
times stiffness and D = mobility times temperature. ValueError if A and D do not fit, or if no stationary law exists
(an eigenvalue of A with real part >= 0) where one is needed.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import linalg

from physent.theory.network import Array


def rotational_trap(stiffness: float, rotation: float) -> Array:
    """Drift (2, 2) of the force (-k x - Omega y, -k y + Omega x), mobility 1."""
    return np.array([[-stiffness, -rotation], [rotation, -stiffness]])


def gyrator(stiffness: float, coupling: float) -> Array:
    """Drift (2, 2) of the energy k (x^2 + y^2)/2 + c x y, mobility 1; |c| < k.

    At temperatures T1 and T2 it rotates, with EPR = c^2 (T1 - T2)^2/(2 k T1 T2) (R. Filliger and P. Reimann, Phys. Rev.
    Lett. 99, 230602 (2007), 10.1103/PhysRevLett.99.230602).
    """
    return np.array([[-stiffness, -coupling], [-coupling, -stiffness]])


def stationary_covariance(drift: npt.ArrayLike, diffusion: npt.ArrayLike) -> Array:
    """S (d, d) of the stationary law: A S + S A^T = -2 D (Lyapunov)."""
    a, d = _stable(drift, diffusion)
    s: Array = np.asarray(linalg.solve_continuous_lyapunov(a, -2 * d), float)
    return (s + s.T) / 2


def covariance(drift: npt.ArrayLike, diffusion: npt.ArrayLike, start: npt.ArrayLike, t: float) -> Array:
    """S (d, d) after the time ``t``, from the covariance ``start`` (d, d); A may be unstable.

    exp(A t) S exp(A t)^T + 2 int_0^t exp(A s) D exp(A s)^T ds, the integral from one exponential of twice the size
    (C. F. Van Loan, IEEE Trans. Autom. Control 23, 395 (1978), 10.1109/TAC.1978.1101743).
    """
    a, d = _both(drift, diffusion)
    n = len(a)
    # exp of the growing block -A t loses what exp(A t) has to restore: halve t until it is harmless, then double
    halvings = max(0, math.ceil(math.log2(max(1.0, float(np.abs(a).sum(0).max()) * t))))
    block = linalg.expm(np.block([[-a, 2 * d], [np.zeros((n, n)), a.T]]) * (t / 2**halvings))
    step = block[n:, n:].T
    grown = step @ block[:n, n:]
    for _ in range(halvings):
        grown, step = grown + step @ grown @ step.T, step @ step
    s = step @ np.asarray(start, float) @ step.T + grown
    return np.asarray((s + s.T) / 2)


def lagged_covariance(drift: npt.ArrayLike, diffusion: npt.ArrayLike, t: float) -> Array:
    """Stationary <x(t) x(0)^T> = exp(A t) S, (d, d), t >= 0."""
    return np.asarray(linalg.expm(np.asarray(drift, float) * t) @ stationary_covariance(drift, diffusion))


def entropy_production(drift: npt.ArrayLike, diffusion: npt.ArrayLike) -> float:
    """Stationary entropy production per unit of time, tr[B^T D^-1 B S] with B = A + D S^-1.

    B x is the local mean velocity A x - D grad ln p (U. Seifert, Rep. Prog. Phys. 75, 126001 (2012),
    10.1088/0034-4885/75/12/126001); all coordinates are even under time reversal.
    """
    a, d = _stable(drift, diffusion)
    s = stationary_covariance(a, d)
    b = a + d @ np.linalg.inv(s)
    return float(np.trace(b.T @ np.linalg.solve(d, b) @ s))


def total_entropy_production(drift: npt.ArrayLike, diffusion: npt.ArrayLike, covariance: npt.ArrayLike) -> float:
    """Total entropy production per unit of time while the law is Gaussian of mean 0 and the ``covariance`` (d, d).

    As `entropy_production`, in any state: system plus medium, >= 0; A may be unstable.
    """
    a, d = _both(drift, diffusion)
    s = np.asarray(covariance, float)
    b = a + d @ np.linalg.inv(s)
    return float(np.trace(b.T @ np.linalg.solve(d, b) @ s))


def area_rates(drift: npt.ArrayLike, diffusion: npt.ArrayLike) -> Array:
    """Mean area per unit of time in the plane of each pair, (d, d): [i, j] counts turns from x_i to x_j positive.

    <x_i dx_j - x_j dx_i>/2 dt = ((A S)_ji - (A S)_ij)/2 (derived here from dx = A x dt in the mean).
    """
    a, d = _stable(drift, diffusion)
    flow = a @ stationary_covariance(a, d)
    return np.asarray((flow.T - flow) / 2)


def system_entropy(covariance: npt.ArrayLike) -> float:
    """Entropy of a Gaussian law of the ``covariance`` (d, d), ln[(2 pi e)^d det S]/2, nats, unit of volume 1."""
    s = np.atleast_2d(np.asarray(covariance, float))
    sign, log_det = np.linalg.slogdet(s)
    if not sign > 0:
        raise ValueError(f"the covariance has determinant {sign * math.exp(log_det):g}, expected a positive one")
    return float((len(s) * math.log(2 * math.pi * math.e) + log_det) / 2)


def trapezoid_entropy_production(drift: npt.ArrayLike, diffusion: npt.ArrayLike, interval: float) -> float:
    """Mean per unit of time of sum f D^-1 o dx from exact paths sampled at ``interval``, f = A x by the trapezoid.

    tr[A^T D^-1 (E - E^T)]/2 interval, E = exp(A interval) S: derived here from <(x + x') (x' - x)^T> = E^T - E. It is
    `entropy_production` less `curl_bias`, to first order.
    """
    a, d = _stable(drift, diffusion)
    lagged = lagged_covariance(a, d, interval)
    return float(np.sum(np.linalg.solve(d, a) * (lagged - lagged.T)) / (2 * interval))


def curl_bias(drift: npt.ArrayLike, diffusion: npt.ArrayLike, interval: float) -> float:
    """By how much the trapezoid is too low: (h/4) sum_ij (A_ij sqrt(D_j/D_i) - A_ji sqrt(D_i/D_j))^2, h ``interval``.

    First order in h of `trapezoid_entropy_production`, zero if f derives from an energy at one temperature. It holds
    for any stationary process with constant independent noises if A_ij = df_i/dx_j and the square is averaged. Derived
    here: with G the backward generator, <f_i (x_i' - x_i)> and <f_i' (x_i' - x_i)> to order h^2 give a bias
    (h/2) sum <v_i G f_i>/D_i, v = f - D grad ln p; integrated by parts with div(p v) = 0 it is the square. ValueError
    if the noises are correlated.
    """
    a, d = _both(drift, diffusion)
    root = np.sqrt(np.diagonal(d))
    if np.any(d != np.diag(np.diagonal(d))):
        raise ValueError("the noises are correlated, expected independent ones")
    scaled = a * root / root[:, None]
    return float(interval / 4 * np.sum((scaled - scaled.T) ** 2))


def pair_entropy_production(drift: npt.ArrayLike, diffusion: npt.ArrayLike, interval: float) -> float:
    """Most that pairs of samples tell: D(x, x' | x', x)/interval of stationary samples an ``interval`` apart.

    Kullback-Leibler divergence of two Gaussian laws of 2d numbers and equal determinant, tr[R^-1 S]/2 - d per pair
    (derived here). It grows to `entropy_production` as the interval goes to 0, and no estimate from the law of
    pairs exceeds it in the mean.
    """
    a, d = _stable(drift, diffusion)
    s, lagged = stationary_covariance(a, d), lagged_covariance(a, d, interval)
    forward = np.block([[s, lagged.T], [lagged, s]])
    backward = np.block([[s, lagged], [lagged.T, s]])
    return float((np.trace(np.linalg.solve(backward, forward)) / 2 - len(s)) / interval)


def short_time_bound(drift: npt.ArrayLike, diffusion: npt.ArrayLike, interval: float) -> float:
    """Largest 2 <j>^2/(h var j) over currents j = sum M_ab (x_a + x_a')/2 (x_b' - x_b), samples h = ``interval`` apart.

    The bound on the entropy production that `physent.diagnostics.entropy_production` by short_time_tur tends to with
    linear currents and endless data; it is tight as the interval goes to 0 (S. K. Manikandan, D. Gupta and S.
    Krishnamurthy, Phys. Rev. Lett. 124, 120603 (2020), 10.1103/PhysRevLett.124.120603). Currents are quadratic forms
    z.Q.z of a Gaussian z = (x, x') of covariance Z: means tr(Q Z), covariances 2 tr(Q Z Q' Z).
    """
    a, d = _stable(drift, diffusion)
    s, lagged, n = stationary_covariance(a, d), lagged_covariance(a, d, interval), len(a)
    both = np.block([[s, lagged.T], [lagged, s]])
    forms = np.zeros((n, n, 2 * n, 2 * n))
    for i, j in np.ndindex(n, n):
        q = np.outer(np.eye(n)[i], np.eye(n)[j]) / 2
        forms[i, j] = np.block([[-q, q], [-q, q]])
    flat = forms.reshape(n * n, 2 * n, 2 * n)
    flat = (flat + np.swapaxes(flat, 1, 2)) / 2 @ both
    mean = np.trace(flat, axis1=1, axis2=2)
    spread = 2 * np.einsum("aij,bji->ab", flat, flat)
    return float(2 * mean @ np.linalg.lstsq(spread, mean, rcond=1e-12)[0] / interval)


def _both(drift: npt.ArrayLike, diffusion: npt.ArrayLike) -> tuple[Array, Array]:
    a, d = np.asarray(drift, float), np.asarray(diffusion, float)
    d = np.diag(d) if d.ndim == 1 else d
    if a.ndim != 2 or a.shape[0] != a.shape[1] or d.shape != a.shape:
        raise ValueError(f"drift {a.shape} and diffusion {np.shape(diffusion)}, expected (d, d) and (d,) or (d, d)")
    if not np.all(np.isfinite(a)) or not np.array_equal(d, d.T) or not np.linalg.eigvalsh(d)[0] > 0:
        raise ValueError("expected a finite drift, and a diffusion that is symmetric and positive definite")
    return a, d


def _stable(drift: npt.ArrayLike, diffusion: npt.ArrayLike) -> tuple[Array, Array]:
    a, d = _both(drift, diffusion)
    largest = float(np.linalg.eigvals(a).real.max())
    if not largest < 0:
        raise ValueError(f"the drift has an eigenvalue of real part {largest:.6g}, expected negative ones: not stable")
    return a, d
