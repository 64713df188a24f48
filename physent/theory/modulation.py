"""Plane waves of i psi_t + 1/2 psi_xx + s |psi|^2 psi = 0, s = +1 (focusing) or -1, and their stability."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from physent.theory.solitons import Wave


def plane_wave(
    x: npt.ArrayLike,
    t: npt.ArrayLike,
    amplitude: float,
    wavenumber: float = 0.0,
    phase: float = 0.0,
    sign: int = 1,
) -> Wave:
    """Plane wave a exp(i (k x + (s a^2 - k^2/2) t + phase)).

    ``x`` and ``t`` are real and broadcast against each other; complex128 of the broadcast shape.
    """
    x, t = np.asarray(x, float), np.asarray(t, float)
    frequency = sign * amplitude**2 - wavenumber**2 / 2
    return np.asarray(amplitude * np.exp(1j * (wavenumber * x + frequency * t + phase)))


def growth_rate(wavenumber: npt.ArrayLike, amplitude: float = 1.0, sign: int = 1) -> npt.NDArray[np.float64]:
    """Exponential growth rate of a modulation of wavenumber k on a plane wave, shape as ``wavenumber``.

    |k| sqrt(a^2 - k^2/4) for a focusing wave and |k| < 2a (largest, a^2, at k = sqrt(2) a), else 0. It is the
    rate of the amplitude; power grows at twice that rate. From the linearised u_t = k^2/2 w, w_t = (2 s a^2 -
    k^2/2) u for psi = (a + u + i w) exp(i s a^2 t). Benjamin and Feir (1967), J. Fluid Mech. 27, 417, doi
    10.1017/S002211206700045X; history in Zakharov and Ostrovsky (2009), Physica D 238, 540, doi
    10.1016/j.physd.2008.12.002.
    """
    k = np.abs(np.asarray(wavenumber, float))
    return np.asarray(k * np.sqrt(np.maximum(sign * amplitude**2 - k**2 / 4, 0.0)))


def oscillation_frequency(wavenumber: npt.ArrayLike, amplitude: float = 1.0, sign: int = 1) -> npt.NDArray[np.float64]:
    """Angular frequency of a stable modulation of wavenumber k, shape as ``wavenumber``.

    |k| sqrt(k^2/4 - s a^2), and 0 where the modulation grows. Bogoliubov (1947), J. Phys. USSR 11, 23, for
    s = -1; derivation as in `growth_rate`.
    """
    k = np.abs(np.asarray(wavenumber, float))
    return np.asarray(k * np.sqrt(np.maximum(k**2 / 4 - sign * amplitude**2, 0.0)))
