"""State of the nonlinear Schrödinger engine, and the tables that go with a config."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.fft

from physent.core import fft, splitting
from physent.engines import EngineConfig
from physent.engines.nlse import interaction
from physent.engines.nlse.initial import grid
from physent.theory.solitons import Wave

Reals = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

SPLITTINGS = {"strang": splitting.STRANG, "rkn4": splitting.RKN4, "rkn6": splitting.RKN6}
ADAPTIVE = "if_dop853"
LOOSEST = 1e-5
"""Largest tolerance that ``auto`` works to: looser ones give away accuracy and save little.

Their steps are bounded by how waves are coupled that the steps do not resolve, and refused when these have grown. For
tolerances of 1e-3, 1e-4, 1e-5, 1e-6 the collision of `nlse/two_solitons`, in one interval, takes 4359, 5265, 2816, 4137
evaluations; the pulse of `nlse/peer_breather`, on 1024 points, 19663, 21262, 19009, 18845 to time 20.
"""


def resolved_method(parameters: Any) -> str:
    """The method that ``auto`` stands for, else the one asked for."""
    return ADAPTIVE if parameters.method == "auto" else str(parameters.method)


def resolved_tolerance(parameters: Any) -> float:
    """The tolerance that the adaptive method works to: with ``auto`` at most `LOOSEST`."""
    return min(float(parameters.tolerance), LOOSEST) if parameters.method == "auto" else float(parameters.tolerance)


@dataclass(frozen=True)
class Setup:
    """What a config fixes, with the tables of its method."""

    method: str
    length: float
    sign: float
    tolerance: float
    frequency: float  # of the trap; 0 for none
    wave: interaction.Wave
    kept: npt.NDArray[np.bool_]  # (points,) by frequency index: False for the modes that dealiasing removes
    step: Fraction  # of the splittings, as the config writes it
    kicks: Reals  # (stages + 1,)
    factors: Reals  # (ceil(stages / 2), 4, points)

    @property
    def points(self) -> int:
        """Number of grid points."""
        return self.wave.tables.n

    @property
    def potential(self) -> Reals:
        """U(x) on the grid, shape (points,); (0,) where there is none."""
        return -self.sign * self.wave.shift

    @property
    def wavenumbers(self) -> Reals:
        """Wavenumber by frequency index, shape (points,); the Nyquist mode of an even grid is the negative one."""
        return np.asarray(2 * np.pi * scipy.fft.fftfreq(self.points, self.length / self.points))

    @property
    def largest_wavenumber(self) -> float:
        """Wavenumber at which the grid, or dealiasing, ends."""
        nyquist = math.pi * self.points / self.length
        return nyquist if self.kept.all() else nyquist / 2

    @property
    def stages(self) -> int:
        """Stages of a step, each of about one forward and one inverse transform."""
        return interaction.STAGES if self.method == ADAPTIVE else self.kicks.shape[0] - 1


def set_up(config: EngineConfig) -> Setup:
    """Tables for the parameters of a config."""
    parameters = config.parameters
    tables = fft.plan(parameters.points)
    mode = np.rint(scipy.fft.fftfreq(tables.n) * tables.n)
    # Of three modes below N/4 the sum is below 3N/4, and its alias beyond -N/4: it falls on none of those kept.
    kept = np.abs(4 * mode) < tables.n if parameters.dealias == "half" else np.ones(tables.n, dtype=bool)
    sign = 1.0 if parameters.sign == "focusing" else -1.0
    frequency = parameters.potential.frequency if parameters.potential.kind == "harmonic" else 0.0
    potential = np.square(frequency * grid(parameters.length, tables.n)) / 2 if frequency else np.empty(0)
    method = resolved_method(parameters)
    step, kicks, factors = Fraction(0), np.empty(0), np.empty((0, 2, tables.n))
    if method != ADAPTIVE:
        scheme = SPLITTINGS[method]
        step = Fraction(repr(parameters.step))
        kicks = np.array([float(kick * step * Fraction(sign)) for kick in scheme.kicks])
        factors = splitting.drift_factors(tables, scheme.drifts, step, parameters.length, kept)
    wave = interaction.Wave(
        tables,
        np.square(mode[tables.order]),
        kept[tables.order].astype(np.float64),
        -sign * potential,
        math.pi / parameters.length**2,
        sign,
    )
    tolerance = resolved_tolerance(parameters)
    return Setup(method, parameters.length, sign, tolerance, frequency, wave, kept, step, kicks, factors)


@dataclass
class State:
    """Everything that evolves; per replica, since every replica goes its own way.

    ``wave`` is what the method carries along: for a splitting psi on the grid, its last kick still to come once
    ``steps`` > 0; for the adaptive method the spectrum F[psi]/N by frequency index.
    """

    wave: Wave  # (replica, points) complex128
    leg_start: float  # time at which ``steps`` counts from 0
    target: float  # time to which ``left`` counts down
    time: Reals  # (replica,)
    steps: Integers  # of the splitting, in this leg
    step: Reals  # of the adaptive method, as are the next ones
    proposal: Reals
    left: Integers
    evaluations: Integers  # stages so far, in all legs
    rejections: Integers
    missed: Reals  # largest estimate of the adaptive method in this leg above its tolerance, per unit time; or 0
    first_mass: Reals  # (replica,), where this leg begins
    setup: Setup = field(metadata={"derived": True})

    @property
    def clocks(self) -> interaction.Clocks:
        """The step-size control's view of the arrays."""
        return interaction.Clocks(
            self.time, self.step, self.proposal, self.left, self.evaluations, self.rejections, self.missed
        )


def begin(setup: Setup, psi: Wave, time: float) -> State:
    """State at ``time`` with the wave ``psi`` (replica, points), less the modes that dealiasing removes."""
    replicas = psi.shape[0]
    psi = project(setup, psi)
    intensity = psi.real**2 + psi.imag**2
    with np.errstate(divide="ignore"):
        # A step over which the phase turns by a fraction of a radian that grows with the tolerance.
        proposal = 0.5 * setup.tolerance ** (1 / 7) / (intensity.max(axis=1) + setup.frequency)
    return State(
        wave=np.ascontiguousarray(scipy.fft.fft(psi, axis=1) / setup.points if setup.method == ADAPTIVE else psi),
        leg_start=time,
        target=time,
        time=np.full(replicas, time),
        steps=np.zeros(replicas, dtype=np.int64),
        step=np.zeros(replicas),
        proposal=proposal,
        left=np.zeros(replicas, dtype=np.int64),
        evaluations=np.zeros(replicas, dtype=np.int64),
        rejections=np.zeros(replicas, dtype=np.int64),
        missed=np.zeros(replicas),
        first_mass=setup.length / setup.points * intensity.sum(axis=1),
        setup=setup,
    )


def project(setup: Setup, psi: Wave) -> Wave:
    """The wave without the modes that dealiasing removes, a new array (replica, points)."""
    if setup.kept.all():
        return np.array(psi, dtype=np.complex128)
    return np.asarray(scipy.fft.ifft(scipy.fft.fft(psi, axis=1) * setup.kept, axis=1))


def psi(state: State) -> Wave:
    """The wave at the time of the state, a new array (replica, points)."""
    setup, wave = state.setup, state.wave
    if setup.method == ADAPTIVE:
        return np.asarray(scipy.fft.ifft(wave, axis=1, norm="forward"))
    strength = wave.real**2 + wave.imag**2
    if setup.frequency:
        strength += setup.wave.shift
    angle = np.where(state.steps > 0, setup.kicks[-1], 0.0)[:, None] * strength
    return project(setup, wave * np.exp(1j * angle))
