"""The equation of a config on its grid, shared by all methods and observables."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy.fft

from physent.core import fft
from physent.engines import EngineConfig
from physent.engines.nlse.initial import grid
from physent.theory.solitons import Wave
from physent.typing import Booleans, Floats


@dataclass(frozen=True)
class Equation:
    """i psi_t + psi_xx/2 + sign |psi|^2 psi = U psi on [-length/2, length/2)."""

    length: float
    sign: float  # 1 focusing, -1 defocusing
    frequency: float  # of the trap; 0 for none
    potential: Floats  # U(x) on the grid, (points,); (0,) without one
    kept: Booleans  # (points,) by frequency index: False for modes that dealiasing removes
    tables: fft.Tables

    @property
    def points(self) -> int:
        """Number of grid points."""
        return self.tables.n

    @property
    def shift(self) -> Floats:
        """-sign U(x), the term that the potential adds to |psi|^2."""
        return -self.sign * self.potential

    @property
    def modes(self) -> Floats:
        """Mode number by frequency index, shape (points,); the Nyquist mode of an even grid is negative."""
        return np.asarray(np.rint(scipy.fft.fftfreq(self.points) * self.points))

    @property
    def wavenumbers(self) -> Floats:
        """Wavenumber by frequency index, shape (points,)."""
        return np.asarray(2 * np.pi * scipy.fft.fftfreq(self.points, self.length / self.points))

    @property
    def largest_wavenumber(self) -> float:
        """Cut-off wavenumber of the grid, or of dealiasing."""
        nyquist = math.pi * self.points / self.length
        return nyquist if self.kept.all() else nyquist / 2

    def project(self, psi: Wave) -> Wave:
        """The wave without the modes that dealiasing removes, a new array (replica, points)."""
        if self.kept.all():
            return np.array(psi, dtype=np.complex128)
        return np.asarray(scipy.fft.ifft(scipy.fft.fft(psi, axis=1) * self.kept, axis=1))

    def mass(self, psi: Wave) -> Floats:
        """Integral of |psi|^2, shape (replica,)."""
        return np.asarray(self.length / self.points * (psi.real**2 + psi.imag**2).sum(axis=1))


def equation_of(config: EngineConfig) -> Equation:
    """The equation for the parameters of a config."""
    parameters = config.parameters
    tables = fft.tables_of(parameters.points)
    sign = 1.0 if parameters.sign == "focusing" else -1.0
    frequency = parameters.potential.frequency if parameters.potential.kind == "harmonic" else 0.0
    potential = np.square(frequency * grid(parameters.length, tables.n)) / 2 if frequency else np.empty(0)
    equation = Equation(parameters.length, sign, frequency, potential, np.ones(tables.n, dtype=np.bool_), tables)
    if parameters.dealias == "half":
        # Three modes below N/4 add up to a mode below 3N/4, whose alias lies beyond -N/4: outside the kept modes.
        equation.kept[:] = np.abs(4 * equation.modes) < tables.n
    return equation
