"""Series with known ordinal laws and symbol entropies: maps, flows, walks, chains."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from physent.core.jit import njit
from physent.core.random import Purpose, normals, uniform_array

Floats = NDArray[np.float64]
Symbols = NDArray[np.int64]


@njit
def logistic(out: Floats, shift: float) -> None:
    """Orbit of x -> 4 x (1 - x); ``shift`` moves the start, here and below."""
    x = 0.1234 + shift
    largest = 1.0 - 2.0**-53  # x near 1/2 is rounded to 1, and would stay at 0 from then on: once in 1e8 steps
    for i in range(len(out)):
        x = min(4.0 * x * (1.0 - x), largest)
        out[i] = x


@njit
def henon(out: Floats, shift: float) -> None:
    """Orbit, x, of the map with a = 1.4, b = 0.3, after a transient."""
    x, y = 0.1 + shift, 0.1
    for i in range(-1000, len(out)):
        x, y = 1.0 - 1.4 * x * x + y, 0.3 * x
        if i >= 0:
            out[i] = x


@njit
def skew_tent(out: Floats, shift: float) -> None:
    """Tent map with its top at w = 0.1847."""
    x, w = 0.1234 + shift, 0.1847
    for i in range(len(out)):
        x = x / w if x < w else (1.0 - x) / (1.0 - w)
        out[i] = x


@njit
def lorenz(out: Floats, shift: float) -> None:
    """Orbit, x, of the flow with sigma 10, rho 28, beta 8/3, every 0.01, after a transient; Runge-Kutta of order 4."""
    dt = 0.01
    r, k = np.array([1.0 + shift, 1.0, 1.0]), np.zeros((5, 3))
    for i in range(-5000, len(out)):
        for stage in range(4):
            fraction = 1.0 if stage == 3 else 0.0 if stage == 0 else 0.5
            x, y, z = r + dt * fraction * k[stage]
            k[stage + 1, 0] = 10.0 * (y - x)
            k[stage + 1, 1] = x * (28.0 - z) - y
            k[stage + 1, 2] = x * y - 8.0 / 3.0 * z
        r += dt / 6.0 * (k[1] + 2.0 * k[2] + 2.0 * k[3] + k[4])
        if i >= 0:
            out[i] = r[0]


@njit
def markov(edges: Floats, uniforms: Floats, path: Symbols) -> None:
    """Path of the chain whose rows of cumulative transition probabilities are `edges`."""
    state = 0
    for i in range(len(uniforms)):
        state = min(np.searchsorted(edges[state], uniforms[i]), len(edges) - 1)
        path[i] = state


def chain(matrix: list[list[float]], n: int, replicas: int, seed: int) -> Symbols:
    """Paths (replicas, n) of the Markov chain with these rows of transition probabilities."""
    paths = np.empty((replicas, n), np.int64)
    edges = np.cumsum(matrix, axis=1)
    for replica, path in enumerate(paths):
        markov(edges, uniform_array(seed, Purpose.SURROGATE, replica, 0, n), path)
    return paths


def white(n: int, replicas: int, seed: int) -> Floats:
    """Independent normals (replicas, n)."""
    return np.array([normals(seed, Purpose.SURROGATE, replica, 0, n) for replica in range(replicas)])


def fractional_brownian(n: int, hurst: float, replicas: int, seed: int) -> Floats:
    """Fractional Brownian motion (replicas, n), exact (Davies and Harte 1987, 10.1093/biomet/74.1.95)."""
    k = np.arange(n + 1.0)
    covariance = 0.5 * ((k + 1) ** (2 * hurst) - 2 * k ** (2 * hurst) + np.abs(k - 1) ** (2 * hurst))
    eigenvalues = np.fft.fft(np.concatenate([covariance, covariance[-2:0:-1]])).real
    noise = white(2 * len(eigenvalues), replicas, seed).view(np.complex128)
    increments = np.fft.fft(np.sqrt(np.maximum(eigenvalues, 0.0) / len(eigenvalues)) * noise).real[:, :n]
    return np.cumsum(increments, axis=1)


def pink(n: int, replicas: int, seed: int) -> Floats:
    """Periodic noise (replicas, n) of spectral density 1/f, zero mean."""
    spectrum = np.fft.rfft(white(n, replicas, seed))
    spectrum[:, 0] = 0.0
    spectrum[:, 1:] /= np.sqrt(np.arange(1, spectrum.shape[1]))
    return np.fft.irfft(spectrum, n)
