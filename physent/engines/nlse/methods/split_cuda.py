"""The splittings on a CUDA device: all steps of a launch in one kernel, for waves of at most 4096 points."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, NamedTuple

import numpy as np

from physent.core.cuda import splitting
from physent.core.cuda.launch import upload
from physent.core.stepping import StepClock
from physent.engines import EngineConfig, Method
from physent.engines.nlse.measures_cuda import Look, look_at, look_bytes, looks, measures, scalars, some
from physent.engines.nlse.methods import integration
from physent.engines.nlse.methods.integration import Integrator
from physent.engines.nlse.methods.split import Split
from physent.engines.twins import Resident, twin

_WORK_PER_POINT = 1.5e-3
"""Units of work (about 10 ns) per stage and point, on a card of the class of an H100 with a thousand waves."""
_LEAST_WORK = 500.0
"""Of a stage, however few the points."""


class _Tables(NamedTuple):
    steps: splitting.Steps
    lost: Any  # (1,) first replica that is not finite; their number if there is none
    look: Look | None


def _tables(config: EngineConfig, state: Split) -> _Tables:
    equation, step = state.equation, state.step
    steps = splitting.Steps(equation.tables, step.kicks, step.factors, equation.shift)
    return _Tables(steps, upload(np.array([len(state.wave)], np.int32)), look_at(equation))


def _advance(resident: Resident, target: float, work: int) -> Generator[None, None, float]:
    state, (steps, lost, _) = resident.state, resident.tables
    replicas, points = resident.wave.shape
    clock, stages = StepClock(state.leg_start, float(state.step.length)), state.step.stages
    # Replicas of a state that the CPU has made may be at different steps: those ahead wait for the others.
    begin = int(state.steps.min())
    behind = np.flatnonzero(state.steps == begin)
    end = min([clock.count(target), *state.steps[state.steps > begin]])
    cost = stages * max(_LEAST_WORK, _WORK_PER_POINT * points * replicas)
    count = int(min(end - begin, max(1, work // cost)))
    if count > 0:
        steps.make(resident.wave, behind, count, begin > 0, lost)
    yield
    state.steps[behind] += count
    state.evaluations[behind] += count * stages
    state.time[:] = clock.time(state.steps, target)
    if int(lost.copy_to_host()[0]) < replicas:
        integration.refuse_not_finite(state, target)
    return float(state.time.min())


def _memory(config: EngineConfig, method: Integrator) -> int:
    points = int(config.parameters.points)
    rows = 4 * ((len(method.splitting.drifts) + 1) // 2) if method.splitting else 0
    return 16 * points * int(config.replicas) + 8 * points * (rows + 8) + look_bytes(points)


def on_device(method: Integrator) -> Method:
    """The method of a splitting on the device."""
    return twin(
        method, ("wave",), _advance, tables=_tables, memory=lambda config: _memory(config, method),
        measures=measures(Split.last_kick), measures_there=looks, scalars=scalars, some=some,
    )  # fmt: skip
