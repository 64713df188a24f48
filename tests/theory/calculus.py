"""Derivatives and integrals to near round-off, independent of the closed forms under test."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Function = Callable[[npt.ArrayLike, npt.ArrayLike], npt.NDArray[np.complex128]]


def stencil(derivative: int, reach: int = 6) -> npt.NDArray[np.float64]:
    """Central finite-difference weights on -reach..reach, exact for polynomials up to degree 2 reach."""
    nodes = np.arange(-reach, reach + 1)
    powers = nodes[None, :].astype(float) ** np.arange(2 * reach + 1)[:, None]
    moments = np.zeros(2 * reach + 1)
    moments[derivative] = [1.0, 1.0, 2.0][derivative]
    return np.asarray(np.linalg.solve(powers, moments), dtype=np.float64)


def residual(psi: Function, x: npt.ArrayLike, t: npt.ArrayLike, sign: int, h: float = 0.02) -> float:
    """Largest |i psi_t + 1/2 psi_xx + s |psi|^2 psi| over the points, relative to the largest |psi_xx|/2 or |psi|^3."""
    x, t = np.broadcast_arrays(np.asarray(x, float), np.asarray(t, float))
    offsets = h * np.arange(-6, 7)
    psi_t = psi(x[..., None], t[..., None] + offsets) @ stencil(1) / h
    psi_xx = psi(x[..., None] + offsets, t[..., None]) @ stencil(2) / h**2
    here = psi(x, t)
    cubic = np.abs(here) ** 2 * here
    scale = max(np.abs(psi_xx).max() / 2, np.abs(cubic).max())
    return float(np.abs(1j * psi_t + psi_xx / 2 + sign * cubic).max() / scale)


def invariants(psi: npt.NDArray[np.complex128], length: float) -> npt.NDArray[np.float64]:
    """Mass, momentum and energy of a focusing wave on a uniform periodic grid, by spectral quadrature."""
    k = 2 * np.pi * np.fft.fftfreq(psi.size, length / psi.size)
    power = np.abs(np.fft.fft(psi)) ** 2 * length / psi.size**2
    quartic = np.sum(np.abs(psi) ** 4) * length / psi.size
    return np.array([power.sum(), k @ power, (k**2 @ power - quartic) / 2])
