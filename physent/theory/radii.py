"""Exact cumulants of sums over the radii at d = 2, beta = 2, for any radial trap and function.

Under the weight prod |z_i - z_j|^2 exp(-2 N sum V(|z_i|)) the set of the moduli is distributed as a set of independent
radii r_k, k = 1..N, of densities proportional to r^(2k-1) exp(-2 N V(r)) (Kostlan (1992), Linear Algebra Appl. 162,
385, for V = r^2/2; Hough, Krishnapur, Peres and Virag (2006), Probab. Surv. 3,
206, doi 10.1214/154957806000000078, for any radial weight). Hence the cumulants of sum f(r_i) are the
sums of those of the f(r_k).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from physent.errors import PhysentWarning
from physent.theory.droplet import QUADRATIC, Array, PowerPotential, Radial, unit_rule

DEPTH = 60.0  # densities are cut where they fall below exp(-60) of their maximum
FEW, CHUNK = 32, 1024  # ranks treated together: in the first chunk, in all later ones


@dataclass(frozen=True)
class ExactCumulants:
    """Cumulants 1..6 as ``values`` with bounds on their errors as ``errors``, both of shape (6,)."""

    values: npt.NDArray[np.float64]
    errors: npt.NDArray[np.float64]


def exact_cumulants(
    n: int,
    f: Radial,
    potential: Radial = QUADRATIC,
    *,
    breaks: tuple[float, ...] = (),
    tolerance: float = 1e-6,
) -> ExactCumulants:
    """Cumulants 1..6 of sum f(r_i) of ``n`` particles in d = 2 at beta = 2, by quadrature over each radius.

    ``breaks`` are radii where f is not smooth (known for a `RadialFunction`). Each cumulant of each radius comes
    from its own central moments, so that no powers of the sum over N cancel. ``errors`` is the rounding of f plus twice
    the difference of two quadratures with different nodes, refined until that no longer falls; so it covers both
    rounding and truncation. If it exceeds ``tolerance`` of the sum of absolute values over the radii, a PhysentWarning
    names the orders. ValueError for a trap that does not hold the gas.
    """
    if n < 1:
        raise ValueError(f"n is {n}, expected a positive number")
    rims = tuple(sorted({*breaks, *getattr(f, "breaks", ())}))
    windows = list(_windows(n, potential))
    values, *_ = _summed(n, f, potential, windows, rims, 40)
    last = math.inf
    for count in (60, 90, 135, 200, 300):
        finer, scale, rounding = _summed(n, f, potential, windows, rims, count)
        errors = 2 * np.abs(finer - values) + rounding
        values, relative = finer, float(np.max(errors / np.maximum(scale, 1e-300)))
        # once truncation is negligible, more nodes only change the rounding
        if relative <= 1e-12 or (count >= 135 and relative > last / 2):
            break
        last = relative
    doubtful = [str(q + 1) for q in range(6) if errors[q] > tolerance * scale[q]]
    if doubtful:
        warnings.warn(
            f"exact cumulants of order {', '.join(doubtful)} miss the tolerance {tolerance:g} (largest relative "
            f"error {relative:.0e}): see errors",
            PhysentWarning,
            stacklevel=2,
        )
    return ExactCumulants(values, errors)


def cumulants_of_moments(m2: Array, m3: Array, m4: Array, m5: Array, m6: Array) -> tuple[Array, ...]:
    """Cumulants 2..6 from central moments 2..6 (Kendall and Stuart, The Advanced Theory of Statistics, 3.39)."""
    k4, k5 = m4 - 3 * m2**2, m5 - 10 * m3 * m2
    return m2, m3, k4, k5, m6 - 15 * m4 * m2 - 10 * m3**2 + 30 * m2**3


Window = tuple[Array, Array, Array, Array]


def _summed(
    n: int, f: Radial, potential: Radial, windows: list[Window], rims: tuple[float, ...], count: int
) -> tuple[Array, Array, Array]:
    """Cumulants 1..6 of the sum, sums of their absolute values, rounding due to f; ``count`` nodes per panel."""
    s, w = unit_rule(count)
    rows: list[Array] = []
    for k, mode, first, last in windows:
        inner = [np.clip(math.log(rim) - np.log(mode), first, last) for rim in rims]
        if k[0] == 1:  # small ranks have long tails towards the centre and fall steeply outwards
            inner += [np.clip(mark, first, last) for mark in (-10.0, -3.0, -1.0, 0.0)]
        edges = np.sort(np.stack([first, *inner, last]), axis=0)
        start, width = edges[:-1].T[..., None], np.diff(edges, axis=0).T[..., None]
        t = (start + width * s).reshape(len(k), -1)
        weight = (width * w).reshape(len(k), -1) * np.exp(_log_density(n, potential, k, mode, t))
        weight /= weight.sum(axis=1, keepdims=True)
        value = np.asarray(f(mode[:, None] * np.exp(t)), float)
        mean = (weight * value).sum(axis=1)
        deviation = value - mean[:, None]
        shift = (weight * deviation).sum(axis=1)
        deviation -= shift[:, None]  # so that the rounding of the mean drops out
        power, moments = weight * deviation, []
        for _ in range(5):
            power = power * deviation
            moments.append(power.sum(axis=1))
        rows.append(np.array([mean + shift, *cumulants_of_moments(*moments)]))
    every = np.concatenate(rows, axis=1)
    total = [math.fsum(row) for row in every]
    # an error e in f - mean changes a radius's kappa_q by about q sd^(q-1) e
    q, sd = np.arange(1, 7)[:, None], np.sqrt(every[1])
    rounding = np.sqrt(np.square(q * sd ** (q - 1) * (np.abs(every[0]) + sd)).sum(axis=1)) + np.abs(total)
    return np.array(total), np.abs(every).sum(axis=1), 4 * np.finfo(float).eps * rounding


def _log_density(n: int, potential: Radial, k: Array, mode: Array, t: Array) -> Array:
    """Log density of t = log(r/mode), 0 at t = 0: 2 k t - 2 N [V(r) - V(mode)].

    For V = s r^p/p, N s mode^p = k turns it into -2k (e^(pt) - 1 - pt)/p, without cancellation.
    """
    if isinstance(potential, PowerPotential):
        return -2 * k[:, None] / potential.exponent * exp_beyond_linear(potential.exponent * t)
    start = np.asarray(potential(mode), float)[:, None]
    return np.asarray(2 * k[:, None] * t - 2 * n * (np.asarray(potential(mode[:, None] * np.exp(t)), float) - start))


def exp_beyond_linear(x: Array) -> Array:
    """e^x - 1 - x to a few units in the last place."""
    tail = np.ones_like(x)
    for order in range(16, 2, -1):
        tail = 1 + np.where(np.abs(x) < 0.5, x, 0.0) / order * tail
    return np.where(np.abs(x) < 0.5, x * x / 2 * tail, np.expm1(x) - x)


def _windows(n: int, potential: Radial) -> Iterator[Window]:
    """(k, mode of log r_k as a radius, first and last t = log(r/mode) of the window), in chunks of k."""
    chunks = np.split(np.arange(1, n + 1, dtype=float), range(min(FEW, n), n, CHUNK))
    if isinstance(potential, PowerPotential):
        p = potential.exponent
        for k in chunks:
            level = DEPTH * p / (2 * k)
            # bounds of e^x - 1 - x: above |x| - 1 and x^2/2 - |x|^3/6 on the left, above x^2/2 and e^(x/2) on the right
            left = np.where(level < 0.5, np.sqrt(3 * level), level + 1)
            right = np.minimum(np.sqrt(2 * level), 2 * np.log1p(level) + 1)
            yield k, (k / (n * potential.strength)) ** (1 / p), -left / p, right / p
        return
    log_r = _grid(n, potential)
    trap = 2 * n * np.asarray(potential(np.exp(log_r)), float)
    cells = np.arange(len(log_r))
    for k in chunks:
        density = 2 * k[:, None] * log_r - trap
        top = density.argmax(axis=1)
        above = density > density.max(axis=1)[:, None] - DEPTH
        first = np.maximum(np.where(above, cells, len(cells)).min(axis=1) - 1, 0)
        last = np.minimum(np.where(above, cells, -1).max(axis=1) + 1, len(cells) - 1)
        mode = log_r[top]
        yield k, np.exp(mode), log_r[first] - mode, log_r[last] - mode


def _grid(n: int, potential: Radial) -> Array:
    """Values of log r: dense in r out to the end of the outermost radius, logarithmic towards the centre."""
    coarse = np.arange(-60.0, 12.0, 0.01)
    density = 2 * n * (coarse - np.asarray(potential(np.exp(coarse)), float))
    if not np.all(np.isfinite(density[: density.argmax() + 1])) or density[-1] > density.max() - DEPTH:
        raise ValueError("the trap does not hold the gas within r = 1e5, or is not finite towards the centre")
    top = float(coarse[np.flatnonzero(density > density.max() - DEPTH)[-1] + 1])
    fine = math.exp(top) * np.arange(1, 4001) / 4000
    return np.concatenate([coarse[coarse < math.log(fine[0]) - 1e-9][::4], np.log(fine)])
