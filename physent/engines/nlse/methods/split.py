"""Shared by the splittings: steps of fixed length, the last kick of each merged with the first of the next.

Splittings conserve the mass to round-off and, unless the step resonates (``engines.nlse.resonance``), the energy to
their order. Kernels: ``core.splitting``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from physent.core import jit
from physent.core.splitting import Splitting, drift_factors, split_steps
from physent.core.stepping import StepClock
from physent.engines import Arrays, Doubts, EngineConfig
from physent.engines.nlse import doubts
from physent.engines.nlse.equation import Equation, equation_of
from physent.engines.nlse.methods import integration
from physent.engines.nlse.methods.integration import Integration, Integrator
from physent.theory.solitons import Wave
from physent.typing import Floats, Integers


@dataclass(frozen=True)
class Step:
    """One step: kicks, and drifts as factors on the spectrum."""

    length: Fraction  # as the config writes it
    kicks: Floats  # (stages + 1,)
    factors: Floats  # (ceil(stages / 2), 4, points)

    @property
    def stages(self) -> int:
        """Number of stages, each about one forward and one inverse transform."""
        return len(self.kicks) - 1


@dataclass(kw_only=True)
class Split(Integration):
    """``wave`` is psi on the grid, without its last kick once ``steps`` > 0."""

    steps: Integers  # in this leg, per replica
    step: Step = field(metadata={"derived": True})

    def last_kick(self) -> Floats:
        """The kick that the wave lacks, (replica,)."""
        return np.where(self.steps > 0, self.step.kicks[-1], 0.0)

    def psi(self) -> Wave:
        """The wave at the time of the state, a new array (replica, points)."""
        strength = self.wave.real**2 + self.wave.imag**2
        if self.equation.potential.size:
            strength += self.equation.shift
        angle = self.last_kick()[:, None] * strength
        return self.equation.project(self.wave * np.exp(1j * angle))


def integrator(splitting: Splitting) -> Integrator:
    """The method of a splitting."""

    def step_of(config: EngineConfig, equation: Equation) -> Step:
        length = Fraction(repr(config.parameters.step))
        kicks = np.array([float(kick * length * Fraction(equation.sign)) for kick in splitting.kicks])
        factors = drift_factors(equation.tables, splitting.drifts, length, equation.length, equation.kept)
        return Step(length, kicks, factors)

    def begin(config: EngineConfig, psi: Wave, time: float) -> Split:
        equation = equation_of(config)
        psi = equation.project(psi)
        shared = integration.carried(equation, psi, psi, time)
        return Split(**shared, steps=np.zeros(len(psi), dtype=np.int64), step=step_of(config, equation))

    def restore(config: EngineConfig, stored: Mapping[str, Any]) -> Split:
        equation = equation_of(config)
        return Split(**stored, equation=equation, step=step_of(config, equation))

    def memory(config: EngineConfig) -> int:
        points, rows = int(config.parameters.points), 4 * ((len(splitting.drifts) + 1) // 2)
        return integration.record_bytes(config) + 8 * points * (rows + 16)

    return Integrator(
        accuracy="step",
        start=integration.starting(begin),
        restore=restore,
        change=integration.changing(begin),
        advance=_advance,
        fields=integration.fields,
        doubts=_doubts,
        memory=memory,
        splitting=splitting,
    )


def _advance(state: Split, target: float, work: int) -> float:
    step, equation = state.step, state.equation
    clock = StepClock(state.leg_start, float(step.length))
    before = state.steps.copy()
    jit.spread(
        split_steps,
        len(state.wave),
        clock.count(target),
        integration.budget(state, work, step.stages),
        state.steps,
        state.wave,
        equation.tables,
        step.kicks,
        step.factors,
        equation.shift,
    )
    state.evaluations += (state.steps - before) * step.stages
    state.time[:] = clock.time(state.steps, target)
    integration.refuse_not_finite(state, target)
    return float(state.time.min())


def _doubts(state: Split, record: Arrays) -> Doubts:
    step = float(state.step.length)
    yield from doubts.spectrum(state, record, doubts.UNRESOLVED, step)
    yield from doubts.energy(state, record, doubts.SPLIT_ERROR, step)
    yield from doubts.seam(state, record)
