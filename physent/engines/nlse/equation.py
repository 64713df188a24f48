"""The equation of a config on its grid, shared by all methods and observables."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.fft

from physent.core import fft
from physent.engines import EngineConfig
from physent.engines.nlse.initial import grid
from physent.engines.potentials import OwnPotential
from physent.theory.solitons import Wave
from physent.typing import Booleans, Floats


@dataclass(frozen=True)
class Equation:
    """i psi_t + psi_xx/2 + sign |psi|^2 psi = U psi on [-length/2, length/2)."""

    length: float
    sign: float  # 1 focusing, -1 defocusing
    frequency: float  # of the trap, or of the narrowest well of the potential; 0 for none
    potential: Floats  # U(x) on the grid, (points,); (0,) without one
    kind: str  # of the potential
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
    def has_kink(self) -> bool:
        """Whether the potential has a kink at the seam of the box."""
        return bool(self.potential.size) and has_kink(self.potential)

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
    frequency, potential = frequency_of(parameters), potential_of(parameters, tables.n)
    kept = np.ones(tables.n, dtype=np.bool_)
    equation = Equation(parameters.length, sign, frequency, potential, parameters.potential.kind, kept, tables)
    if parameters.dealias == "half":
        # Three modes below N/4 add up to a mode below 3N/4, whose alias lies beyond -N/4: outside the kept modes.
        equation.kept[:] = np.abs(4 * equation.modes) < tables.n
    return equation


def potential_of(parameters: Any, points: int) -> Floats:
    """U(x) on a grid of so many points, (points,); (0,) without a potential."""
    own = parameters.potential
    if isinstance(own, OwnPotential):
        return own(grid(parameters.length, points))
    frequency = frequency_of(parameters)
    return np.square(frequency * grid(parameters.length, points)) / 2 if frequency else np.empty(0)


def frequency_of(parameters: Any) -> float:
    """Frequency of the trap; of a potential of the user's own, the root of its largest curvature; 0 without one."""
    own = parameters.potential
    if not isinstance(own, OwnPotential):
        return float(own.frequency) if own.kind == "harmonic" else 0.0
    points = min(parameters.points, 4096)
    bend = np.diff(potential_of(parameters, points), 2).max(initial=0.0)
    return float(math.sqrt(bend) * points / parameters.length)


def has_kink(potential: Floats) -> bool:
    """Whether U bends more at the seam of the box than anywhere inside."""
    inside = np.abs(np.diff(potential, 2)).max(initial=0.0)
    seam = np.abs(np.diff(np.concatenate([potential[-2:], potential[:2]]), 2)).max()
    return bool(seam > 3 * inside + 1e-12 * np.abs(potential).max())
