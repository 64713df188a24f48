"""Series with known ordinal laws, from maps and flows of the literature."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from physent.core.jit import njit

Floats = NDArray[np.float64]


@njit
def logistic(n: int, x: float = 0.1234) -> Floats:
    """Orbit of x -> 4 x (1 - x)."""
    out = np.empty(n)
    for i in range(n):
        x = 4.0 * x * (1.0 - x)
        out[i] = x
    return out


@njit
def henon(n: int) -> Floats:
    """Orbit, x, of the map with a = 1.4, b = 0.3."""
    x, y = 0.1, 0.1
    out = np.empty(n)
    for i in range(n + 1000):
        x, y = 1.0 - 1.4 * x * x + y, 0.3 * x
        if i >= 1000:
            out[i - 1000] = x
    return out


@njit
def skew_tent(n: int) -> Floats:
    """Tent map with its top at w = 0.1847."""
    x, w = 0.1234, 0.1847
    out = np.empty(n)
    for i in range(n):
        x = x / w if x < w else (1.0 - x) / (1.0 - w)
        out[i] = x
    return out


@njit
def lorenz(n: int, dt: float = 0.01) -> Floats:
    """Orbit, x, of the Lorenz flow, sigma 10, rho 28, beta 8/3, every dt, after a transient; Runge-Kutta of order 4."""
    r = np.array([1.0, 1.0, 1.0])
    k = np.zeros((5, 3))
    fraction = np.array([0.0, 0.5, 0.5, 1.0])
    out = np.empty(n)
    for i in range(n + 5000):
        for stage in range(4):
            x, y, z = r + dt * fraction[stage] * k[stage]
            k[stage + 1, 0] = 10.0 * (y - x)
            k[stage + 1, 1] = x * (28.0 - z) - y
            k[stage + 1, 2] = x * y - 8.0 / 3.0 * z
        r = r + dt / 6.0 * (k[1] + 2.0 * k[2] + 2.0 * k[3] + k[4])
        if i >= 5000:
            out[i - 5000] = r[0]
    return out


@njit
def markov(edges: Floats, uniforms: Floats) -> NDArray[np.int64]:
    """Path of the chain whose rows of cumulative transition probabilities are ``edges``."""
    state, path = 0, np.empty(len(uniforms), np.int64)
    for i in range(len(uniforms)):
        state = min(np.searchsorted(edges[state], uniforms[i]), len(edges) - 1)
        path[i] = state
    return path


def fractional_brownian(n: int, hurst: float, rng: np.random.Generator) -> Floats:
    """Fractional Brownian motion of n steps by circulant embedding (Davies and Harte 1987), exact."""
    k = np.arange(n + 1.0)
    covariance = 0.5 * ((k + 1) ** (2 * hurst) - 2 * k ** (2 * hurst) + np.abs(k - 1) ** (2 * hurst))
    eigenvalues = np.fft.fft(np.concatenate([covariance, covariance[-2:0:-1]])).real
    size = len(eigenvalues)
    noise = rng.normal(size=size) + 1j * rng.normal(size=size)
    return np.cumsum(np.fft.fft(np.sqrt(np.maximum(eigenvalues, 0.0) / size) * noise).real[:n])
