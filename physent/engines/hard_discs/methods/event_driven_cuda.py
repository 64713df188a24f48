"""`event_driven` for many small gases on a CUDA device (`small_gases_cuda`)."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from physent.core.cuda.launch import upload
from physent.engines import EngineConfig
from physent.engines.hard_discs import arrays
from physent.engines.hard_discs import small_gases_cuda as gases
from physent.engines.hard_discs.methods import event_driven
from physent.engines.hard_discs.methods.event_driven import aim, arrive, box_of, stored
from physent.engines.hard_discs.parameters import mixture_of
from physent.engines.hard_discs.species import MOST_SPECIES
from physent.engines.hard_discs.state import State, anew, pair_tables
from physent.engines.twins import Resident, twin
from physent.typing import Floats

_LEAST_WORK = 200.0
"""Units of work (about 10 ns) per event of each gas, however few they are."""
_WORK = 0.002
"""Per event, gas and disc, on a card of the class of an H100."""

REACH = 0.4999
"""Part of L/2 - sigma, slightly less than a half."""


class _Tables(NamedTuple):
    species: Any  # on the device, as in `small_gases_cuda.SQUARE` ...
    side: float
    reach: float
    bins: float
    buckets: float


def _restore(config: EngineConfig, fields: Mapping[str, Any]) -> State:
    state = stored(config, fields)
    of_cpu = (state.counts[:, arrays.BUCKET] != arrays.NO_CALENDAR) & (state.counts[:, arrays.READY] > 0)
    return anew(state) if of_cpu.any() else state


def _tables(config: EngineConfig, state: State) -> _Tables:
    box, mixture = box_of(config.parameters), mixture_of(config.parameters)
    squares, reduced, diameter, mass = pair_tables(mixture)
    table: Floats = np.concatenate([squares, reduced, diameter[None], mass[None]])
    reach = REACH * (0.5 * box.lx - box.diameter)
    return _Tables(upload(table), box.lx, reach, box.speed_bins, float(state.ring.shape[1] - 1))


def _advance(resident: Resident, target: float, work: int) -> Generator[None, None, float]:
    state: State = resident.state
    aim(state, target)
    parameters, replicas, own = state.parameters, resident.discs.shape[0], resident.tables
    n = int(parameters.n)
    most = max(1, int(work / max(_LEAST_WORK, _WORK * n * replicas)))
    run = gases.run_of(n, state.box.wall_x, parameters.species is not None)
    run.blocks(
        replicas, run.threads, resident.discs, resident.times, resident.discs.view(np.int32),
        resident.times.view(np.int32), resident.images, resident.counts, resident.sums, resident.speeds,
        resident.pairs, own.species, own.side, own.reach, own.bins, own.buckets, target, most,
    )  # fmt: skip
    yield
    return arrive(state)


def _memory(config: EngineConfig) -> int:
    tallies = len(mixture_of(config.parameters).mass) * arrays.SPEED_BINS + MOST_SPECIES**2
    return int(config.replicas) * (104 * int(config.parameters.n) + 8 * (tallies + gases.SUMS + gases.COUNTS))


METHOD = twin(
    replace(event_driven.METHOD, restore=_restore),
    ("discs", "times", "images", "counts", "sums", "speeds", "pairs"),
    _advance,
    tables=_tables,
    memory=_memory,
)
