"""DOP853 in the interaction picture: order 8, adaptive, with separate steps for each replica.

The estimated local L2 error per unit time stays below ``tolerance`` times the norm of psi. Modes that a step does not
resolve are set to zero if they contain only noise, at most 1e-13 of psi: on a background that fills the box they would
grow from round-off. Kernels and references: ``engines.nlse.interaction``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.fft

from physent.core import jit
from physent.engines import Arrays, Doubts, EngineConfig
from physent.engines.nlse import doubts, interaction
from physent.engines.nlse.equation import Equation, equation_of
from physent.engines.nlse.methods import integration
from physent.engines.nlse.methods.integration import Integration, Integrator
from physent.theory.solitons import Wave
from physent.typing import Floats, Integers

NAME = "if_dop853"
LOOSEST = 1e-5
"""Largest tolerance for `auto`: looser ones lose accuracy and save little.

Their steps are limited by the coupling of waves that they do not resolve, and are rejected once these have grown. For
tolerances of 1e-3, 1e-4, 1e-5, 1e-6 the collision of `nlse/two_solitons`, in one interval, takes 4359, 5265, 2816, 4137
evaluations; the pulse of `nlse/peer_breather`, on 1024 points, 19663, 21262, 19009, 18845 to time 20.
"""

_MARGIN = 10.0
"""By how much the error that the energy proves may exceed tolerance times time.

Local errors e change the energy by at most 2 |H psi| |e| each, and `doubts.energy_error` divides by |H psi| of now,
which may have been ten times larger: |H psi| goes as the square of the height at given mass. Measured at most 0.02
(solitons, their collision, 3 sech and 5 sech, breathers, noise, a trap; tolerances of 1e-3 to 1e-13).
"""


@dataclass(kw_only=True)
class Adaptive(Integration):
    """``wave`` is the spectrum F[psi]/N by frequency index; arrays are (replica,)."""

    target: float  # time to which ``left`` counts down
    step: Floats  # of this interval, or the last one
    proposal: Floats  # step that the controller would choose if it did not have to divide the interval
    left: Integers  # steps to the target; 0 when it is reached
    missed: Floats  # largest error estimate per unit time in this leg that exceeds the tolerance; 0 for none
    first_mass: Floats  # at the start of this leg
    tolerance: float = field(metadata={"derived": True})
    picture: interaction.Wave = field(metadata={"derived": True})

    @property
    def clocks(self) -> interaction.Clocks:
        """The step-size control's view of the arrays."""
        return interaction.Clocks(
            self.time, self.step, self.proposal, self.left, self.evaluations, self.rejections, self.missed
        )

    def psi(self) -> Wave:
        """The wave at the time of the state, a new array (replica, points)."""
        return np.asarray(scipy.fft.ifft(self.wave, axis=1, norm="forward"))


def tolerance_of(parameters: Any) -> float:
    """The config's tolerance if it names the method, else at most `LOOSEST`."""
    asked = float(parameters.tolerance)
    return asked if parameters.method == NAME else min(asked, LOOSEST)


def least_error(state: Adaptive, record: Arrays) -> Floats:
    """Lower bound of the relative L2 error of psi from its mass M, shape (replica,); 0 if there is no wave.

    The exact wave keeps its norm. With an error e, the triangle inequality gives | |psi + e| - |psi| | <= |e|, so
    |e| / |psi| is at least |sqrt(M / M_0) - 1| (derived here). The mass gives no estimate, only this lower bound: about
    1e-3 of the error for solitons, breathers and turbulence.
    """
    ratio = np.divide(record["mass"], state.first_mass, out=np.ones_like(state.first_mass), where=state.first_mass > 0)
    return np.asarray(np.abs(np.sqrt(ratio) - 1.0))


def _derived(config: EngineConfig) -> dict[str, Any]:
    equation, parameters = equation_of(config), config.parameters
    order = equation.tables.order
    picture = interaction.Wave(
        equation.tables,
        np.square(equation.modes[order]),
        equation.kept[order].astype(np.float64),
        equation.shift,
        math.pi / parameters.length**2,
        equation.sign,
    )
    return {"equation": equation, "tolerance": tolerance_of(parameters), "picture": picture}


def _begin(config: EngineConfig, psi: Wave, time: float) -> Adaptive:
    derived = _derived(config)
    equation: Equation = derived["equation"]
    psi = equation.project(psi)
    replicas = len(psi)
    with np.errstate(divide="ignore"):
        # The first step turns the phase by a fraction of a radian, which grows with the tolerance.
        highest = (psi.real**2 + psi.imag**2).max(axis=1)
        proposal = 0.5 * derived["tolerance"] ** (1 / 7) / (highest + equation.frequency)
    return Adaptive(
        **integration.carried(equation, scipy.fft.fft(psi, axis=1) / equation.points, psi, time) | derived,
        target=time,
        step=np.zeros(replicas),
        proposal=proposal,
        left=np.zeros(replicas, dtype=np.int64),
        missed=np.zeros(replicas),
        first_mass=equation.mass(psi),
    )


def _restore(config: EngineConfig, stored: Mapping[str, Any]) -> Adaptive:
    return Adaptive(**stored, **_derived(config))


def _advance(state: Adaptive, target: float, work: int) -> float:
    if target != state.target:
        state.target = target
        state.left[:] = 0
    budget = integration.budget(state, work, interaction.STAGES)
    jit.spread(
        interaction.adaptive_steps,
        len(state.wave),
        state.wave,
        state.clocks,
        target,
        state.tolerance,
        budget,
        state.picture,
    )
    integration.refuse_not_finite(state, target)
    return float(state.time.min())


def _doubts(state: Adaptive, record: Arrays) -> Doubts:
    # The error is about 1e-3 of the root of the spectral tail (`doubts.spectrum`).
    yield from doubts.spectrum(state, record, min(doubts.UNRESOLVED, (1e3 * state.tolerance) ** 2))
    yield from _tolerance(state, record)
    # Steps add up to no more, however the equation amplifies them, since the energy is conserved along the exact wave.
    elapsed = state.time - state.leg_start
    allowed = _MARGIN * (state.tolerance * elapsed + np.finfo(float).eps * (10 + state.evaluations))
    yield from doubts.energy(state, record, allowed)
    yield from doubts.seam(state, record)


def _tolerance(state: Adaptive, record: Arrays) -> Doubts:
    """Steps whose error estimate exceeds the tolerance, or a mass that proves an error above tolerance times time."""
    time = float(state.time.min())
    if state.missed.any():
        message = (
            f"tolerance missed: steps until time {time:.6g} have an estimated error of up to {state.missed.max():.1e} "
            f"per unit time (replica {int(state.missed.argmax())}), expected at most {state.tolerance:g}; "
            "that is round-off, which shorter steps do not reduce: raise parameters.tolerance"
        )
        yield "tolerance", message
        return
    error = least_error(state, record)
    # Each evaluation multiplies the wave by factors whose modulus differs from 1 by round-off.
    excess = error - state.tolerance * (state.time - state.leg_start) - np.finfo(float).eps * (10 + state.evaluations)
    if excess.max() > 0:
        worst = int(excess.argmax())
        message = (
            f"tolerance missed: the mass has changed since time {state.leg_start:g}, so the error of psi is at least "
            f"{error[worst]:.1e} at time {time:.6g} (replica {worst}), expected at most tolerance times time = "
            f"{state.tolerance * (time - state.leg_start):.1e}; lower parameters.tolerance"
        )
        yield "tolerance", message


def _resolved(parameters: Any) -> Mapping[str, str | float]:
    return {} if parameters.method == NAME else {"tolerance": tolerance_of(parameters)}


def _memory(config: EngineConfig) -> int:
    scratch = (4 * interaction.STAGES + 12) * 8 * int(config.parameters.points)
    return integration.record_bytes(config) + scratch


METHOD = Integrator(
    accuracy="tolerance",
    start=integration.starting(_begin),
    restore=_restore,
    change=integration.changing(_begin),
    advance=_advance,
    fields=integration.fields,
    doubts=_doubts,
    memory=_memory,
    resolved=_resolved,
)
