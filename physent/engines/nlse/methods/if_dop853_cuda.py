"""`if_dop853` on a CUDA device: one block per wave, each with its own steps."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np

from physent.core.cuda import fft
from physent.core.cuda.launch import empty, upload
from physent.engines import EngineConfig
from physent.engines.nlse import interaction_cuda
from physent.engines.nlse.interaction import STAGES
from physent.engines.nlse.measures_cuda import Look, look_at, look_bytes, looks, measures, scalars, some
from physent.engines.nlse.methods import if_dop853, integration
from physent.engines.nlse.methods.if_dop853 import Adaptive
from physent.engines.twins import Resident, twin

_WORK_PER_POINT = 3e-3
"""Units of work (about 10 ns) per stage and point, on a card of the class of an H100 with a thousand waves."""
_LEAST_WORK = 1000.0
"""Of a stage, however few the points."""


@dataclass
class _Tables:
    square: Any  # (n,) m^2 by frequency index
    kept: Any  # (n,)
    shift: Any  # (n,) or (0,)
    scratch: Any  # (replica, `interaction_cuda.ROWS`, 2, n)
    twiddles: Any
    look: Look | None


def _tables(config: EngineConfig, state: Adaptive) -> _Tables:
    equation, (replicas, n) = state.equation, state.wave.shape
    return _Tables(
        upload(np.square(equation.modes)),
        upload(equation.kept.astype(np.float64)),
        upload(equation.shift),
        empty((replicas, interaction_cuda.ROWS, 2, n)),
        upload(fft.transform_of(n).twiddles),
        look_at(equation),
    )


def _advance(resident: Resident, target: float, work: int) -> Generator[None, None, float]:
    state, tables = resident.state, resident.tables
    replicas, n = resident.wave.shape
    if target != state.target:
        state.target = target
        state.left[:] = 0
    budget = max(1, int(work / (STAGES * max(_LEAST_WORK, _WORK_PER_POINT * n * replicas))))
    clocks = [upload(array) for array in state.clocks]
    kernel = interaction_cuda.steps_of(n, bool(state.equation.shift.size))
    kernel.blocks(
        replicas, n // fft.POINTS, resident.wave, *clocks, target, state.tolerance, budget, tables.square, tables.kept,
        tables.shift, state.picture.turns, state.picture.sign, tables.scratch, tables.twiddles,
    )  # fmt: skip
    yield
    for array, on_device in zip(state.clocks, clocks, strict=True):
        on_device.copy_to_host(array)
    if not np.isfinite(state.time).all():
        integration.refuse_not_finite(state, target)
    return float(state.time.min())


def _memory(config: EngineConfig) -> int:
    n = int(config.parameters.points)
    return 16 * n * int(config.replicas) * (1 + interaction_cuda.ROWS) + 40 * n + look_bytes(n)


METHOD = twin(
    if_dop853.METHOD,
    ("wave",),
    _advance,
    tables=_tables,
    memory=_memory,
    measures=measures(None),
    measures_there=looks,
    early=("left",),
    scalars=scalars,
    some=some,
)
