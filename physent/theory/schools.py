"""Closed forms for schools: order parameters of disorder, of perfect order under noise, and free turning."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import numpy.typing as npt
from scipy.special import erf

BALL_MILL = math.pi / 4
"""Rotation, with unit radii, of a ball or spherical shell whose every point swims around one axis.

The mean of sin(polar angle) over the sphere; a flat ring or disc has 1. Derived here: the component of r/|r| x v along
the axis is the sine of the angle between r and the axis.
"""

EXACT_UP_TO = 300
"""Number of fish up to which `mean_polarization` sums integers."""


def mean_polarization(n: int) -> float:
    """Mean of P = |sum of n independent isotropic unit vectors|/n.

    Exact for n <= `EXACT_UP_TO`; beyond, sqrt(8/(3 pi n)) (1 + 1/(20 n)), with a relative error below 2e-7. Raises
    ValueError for n < 1.

    Derived here: the component of an isotropic unit vector along an axis is uniform on (-1, 1), and an isotropic vector
    has twice the mean modulus of its component; so E|S| = 2 E|sum of n uniforms on (-1, 1)|, which by the distribution
    of Irwin (1927, doi 10.2307/2331960) and Hall (1927, doi 10.2307/2331961) is 8/(n + 1)! times the
    sum over k <= n/2 of (-1)^k binomial(n, k) (n/2 - k)^(n + 1). The expansion is that of Edgeworth, the excess
    kurtosis of the sum being -6/(5 n).
    """
    if n < 1:
        raise ValueError(f"n must be at least 1, found {n}")
    if n > EXACT_UP_TO:
        return math.sqrt(8 / (3 * math.pi * n)) * (1 + 1 / (20 * n))
    total = sum((-1) ** k * math.comb(n, k) * (n - 2 * k) ** (n + 1) for k in range(n // 2 + 1))
    return float(Fraction(8 * total, n * math.factorial(n + 1) * 2 ** (n + 1)))


def rms_polarization(n: int) -> float:
    """Root mean square of P for n independent isotropic headings: n^(-1/2), as their products average out."""
    return 1 / math.sqrt(n)


def rms_rotation(n: int) -> float:
    """Root mean square of M for n independent isotropic headings, wherever the fish are: sqrt(2/(3 n)).

    Derived here: the square of a unit radius times an isotropic heading averages 2/3, products of two fish average out.
    A fish exactly at the centroid has no unit radius and would count as 0.
    """
    return math.sqrt(2 / (3 * n))


def persistence(noise: float, largest_turn: float = math.inf) -> float:
    """Mean cosine c of the angle by which a fish without neighbours turns in one step.

    The heading turns by min(|noise g|, largest_turn), in radians, about a random axis across it; g is standard normal.
    Derived here: E cos = Re[exp(-noise^2/2) erf((a + i noise)/sqrt 2)] + erfc(a/sqrt 2) cos(largest_turn) with
    a = largest_turn/noise, by completing the square; exp(-noise^2/2) without a limit.
    """
    if noise == 0:
        return 1.0
    if math.isinf(largest_turn):
        return math.exp(-(noise**2) / 2)
    a = largest_turn / noise
    inside = math.exp(-(noise**2) / 2) * float(erf((a + 1j * noise) / math.sqrt(2)).real)
    return inside + math.erfc(a / math.sqrt(2)) * math.cos(largest_turn)


def mean_square_displacement(
    steps: npt.ArrayLike, persistence: float, step_length: float = 1.0
) -> npt.NDArray[np.float64]:
    """Mean square distance after ``steps`` steps of a freely rotating chain, shape as ``steps``.

    n l^2 [(1 + c)/(1 - c) - 2 c (1 - c^n)/(n (1 - c)^2)]: steps of length l, mean cosine c < 1 of successive ones.
    Flory (1969), Statistical Mechanics of Chain Molecules, chapter I.
    """
    n, c = np.asarray(steps, dtype=np.float64), persistence
    return np.asarray(step_length**2 * (n * (1 + c) / (1 - c) - 2 * c * (1 - c**n) / (1 - c) ** 2))


def parallel_polarization(noise: float, largest_turn: float = math.inf, nodes: int = 100) -> float:
    """Polarization of fish that all aim at one fixed direction, each with its own random rotation at each step.

    The target is the direction turned by |noise g| about a random axis, g standard normal; the heading turns towards it
    by at most ``largest_turn``. Without a limit: exp(-noise^2/2). With one, the angle alpha between heading and
    direction is a Markov chain; the mean of cos(alpha) over its stationary law is the limit of the repeated average
    f(alpha) -> E f(alpha') over target and azimuth, from f = cos (derived here), on ``nodes`` angles with cubic
    interpolation. Good to 1e-7 for noise <= 0.5 and largest_turn >= noise/2.
    """
    if noise == 0:
        return 1.0
    if math.isinf(largest_turn):
        return math.exp(-(noise**2) / 2)
    return _stationary_cosine(noise, largest_turn, nodes)


def _stationary_cosine(noise: float, limit: float, nodes: int) -> float:
    from scipy.interpolate import CubicSpline

    # Targets lie within 8 standard deviations; a heading within that circle stays in it.
    alpha = np.linspace(0.0, min(8 * noise, math.pi), nodes)
    x, w = np.polynomial.legendre.leggauss(nodes)
    beta = 0.5 * alpha[-1] * (x + 1)
    weight = w * np.exp(-((beta / noise) ** 2) / 2)
    azimuth = np.pi * (np.arange(nodes) + 0.5) / nodes  # midpoints: the integrand is even and periodic
    a, b, phi = alpha[:, None, None], beta[None, :, None], azimuth[None, None, :]
    # The heading turns through part of the angle apart, along the great circle towards the target.
    apart = np.arccos(np.clip(np.cos(a) * np.cos(b) + np.sin(a) * np.sin(b) * np.cos(phi), -1, 1))
    turn = np.minimum(apart, limit)
    sine = np.sin(apart)
    toward = np.divide(np.cos(b) - np.cos(a) * np.cos(apart), sine, out=np.zeros_like(apart), where=sine > 1e-12)
    after = np.arccos(np.clip(np.cos(turn) * np.cos(a) + np.sin(turn) * toward, -1, 1)).reshape(nodes, -1)
    weights = (weight[:, None] * np.ones(nodes)).ravel()
    weights /= weights.sum()
    value = np.cos(alpha)
    for _ in range(10_000):
        averaged = CubicSpline(alpha, value, bc_type="natural")(after) @ weights
        if np.ptp(averaged) < 1e-10:
            break
        value = averaged
    return float(averaged[0])
