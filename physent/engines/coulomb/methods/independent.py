"""Shared by the samplers of independent draws: a draw is a function of its index, and skipped draws are not made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from physent.core import jit
from physent.declare import Coordinate, FileInitial, Problem, Variable
from physent.engines import Arrays, EngineConfig
from physent.engines.coulomb.gas import Gas, Keys, gas_of
from physent.engines.coulomb.methods.sampler import Sampler, stream_keys
from physent.engines.coulomb.parameters import Hmc
from physent.errors import UsageError
from physent.typing import Array, Floats


@dataclass
class Independent:
    """The last complete draw, and the part of the next one made so far."""

    draw: int
    pending: int  # index of the next draw
    done: int  # number of its replicas made
    position: Floats  # (replica, rows, n), or radii in ascending order, (replica, 1, n)
    gas: Gas = field(metadata={"derived": True})
    keys: Keys = field(metadata={"derived": True})  # (replica,)
    shape: Floats = field(metadata={"derived": True})  # of the gamma variates that the sampler needs


Make = Callable[[Independent, int, int], None]
"""(state, first, last): make draw ``state.pending`` of replicas ``first`` to ``last``."""

Fill = Callable[[int, int, int, Keys, Floats, Gas, Floats], None]
"""(first, last, draw, keys, shape, gas, out): write that draw into ``out`` (replica, rows, n)."""


def spread(fill: Fill) -> Make:
    """Replicas over threads."""

    def make(state: Independent, first: int, last: int) -> None:
        def part(begin: int, end: int) -> None:
            fill(first + begin, first + end, state.pending, state.keys, state.shape, state.gas, state.position)

        jit.spread(part, last - first)

    return make


def sampler(
    name: str,
    *,
    needs: Mapping[str, str | float],
    variables: tuple[Variable, ...],
    coordinates: Callable[[Any], tuple[Coordinate, ...]],
    make: Make,
    fields: Callable[[Independent], dict[str, Array]],
    cost: Callable[[Gas], float],
    memory: Callable[[EngineConfig], int],
    rows: Callable[[Gas], int] = lambda gas: gas.rows,
    shapes: Callable[[Gas], Floats] = lambda gas: np.empty(0),
) -> Sampler:
    """The sampler ``name``; ``cost`` is the work per draw and replica."""

    def start(config: EngineConfig, given: Arrays | None) -> Independent:
        if given is not None:
            raise UsageError(f"sampler {name} makes independent draws, expected no initial arrays; hmc takes them")
        gas, at = gas_of(config.parameters), config.schedule.start
        position = np.zeros((config.replicas, rows(gas), gas.n))
        state = restore(config, {"draw": at, "pending": at, "done": 0, "position": position})
        if at == 0:  # the first sample is taken before the first call of `advance`
            make(state, 0, config.replicas)
        return state

    def restore(config: EngineConfig, stored: Mapping[str, Any]) -> Independent:
        gas = gas_of(config.parameters)
        return Independent(**stored, gas=gas, keys=stream_keys(config), shape=shapes(gas))

    def advance(state: Independent, target: int, work: int) -> int:
        if state.draw != target:
            if state.pending != target:
                state.pending, state.done = target, 0
            last = min(len(state.keys), state.done + max(1, int(work / cost(state.gas))))
            make(state, state.done, last)
            state.done = last
            if last == len(state.keys):
                state.draw = target
        return target if state.draw == target else target - 1

    def starts_from_nothing(config: EngineConfig) -> Iterator[Problem]:
        if isinstance(config.initial, FileInitial):
            message = f"sampler {name} makes independent draws without an initial state; sampler hmc starts from a file"
            yield Problem(("initial", "kind"), message)

    def moves_no_chain(config: EngineConfig) -> Iterator[Problem]:
        if config.parameters.hmc != Hmc():
            yield Problem(("parameters", "hmc"), f"has no effect with sampler {name}", is_warning=True)

    return Sampler(
        needs=needs,
        variables=variables,
        coordinates=coordinates,
        checks=(starts_from_nothing, moves_no_chain),
        start=start,
        restore=restore,
        advance=advance,
        fields=fields,
        memory=memory,
    )
