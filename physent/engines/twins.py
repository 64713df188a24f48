"""A method on a CUDA device: the same State, start, store, restore, fields and doubts; only its `advance` differs.

The large arrays of the State live on the device while it advances there, and are copied back when they are read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from physent.core.cuda.launch import upload, wait
from physent.engines import Array, Arrays, Doubts, EngineConfig, Method


@dataclass
class Resident:
    """A State whose arrays ``names`` are on the device; those of ``state`` are as old as the last `pull`."""

    state: Any
    arrays: dict[str, Any]  # on the device, by field of State
    tables: Any  # constants and scratch on the device
    is_ahead: bool = False  # whether the device has moved on since the last `pull`

    def __getattr__(self, name: str) -> Any:
        """Array on the device."""
        try:
            return self.__dict__["arrays"][name]
        except KeyError:
            raise AttributeError(name) from None

    def pull(self) -> Any:
        """The State with all its arrays current."""
        if self.is_ahead:
            wait()
            for name, array in self.arrays.items():
                array.copy_to_host(getattr(self.state, name))
            self.is_ahead = False
        return self.state


def twin(
    method: Method,
    names: tuple[str, ...],
    advance: Callable[[Resident, Any, int], Any],
    *,
    tables: Callable[[EngineConfig, Any], Any] = lambda config, state: None,
    memory: Callable[[EngineConfig], int],
) -> Method:
    """``method`` with its State's arrays ``names`` (numeric, C order) on the device, where ``advance`` moves them.

    ``advance`` has the contract of `Method.advance`, with a Resident: it launches kernels on ``resident.NAME`` and
    ``resident.tables``, updates what is not on the device (clocks) in ``resident.state``, and ends with `wait`, because
    the loop measures its time. ``tables(config, state)`` makes constants and scratch on the device; ``memory`` is their
    size with the arrays, in bytes.
    """

    def settle(config: EngineConfig, state: Any) -> Resident:
        return Resident(state, {name: upload(getattr(state, name)) for name in names}, tables(config, state))

    def move(resident: Resident, target: Any, work: int) -> Any:
        resident.is_ahead = True
        return advance(resident, target, work)

    def restore(config: EngineConfig, stored: Mapping[str, Any]) -> Resident:
        return settle(config, method.restore(config, stored))

    def change(config: EngineConfig, resident: Resident) -> Resident:
        state = resident.pull()
        return settle(config, method.changed(config, state, method))

    def fields(resident: Resident) -> dict[str, Array]:
        return method.fields(resident.pull())

    def doubts(resident: Resident, record: Arrays) -> Doubts:
        return method.doubts(resident.pull(), record)

    def start(config: EngineConfig, given: Arrays | None) -> Resident:
        return settle(config, method.start(config, given))

    scalars, act = method.scalars, method.act
    return replace(
        method,
        start=start,
        restore=restore,
        advance=move,
        fields=fields,
        scalars=None if scalars is None else lambda resident: scalars(resident.pull()),
        store=lambda resident: method.store(resident.pull()),
        change=change,
        act=None if act is None else lambda resident, name: _acted(resident, act(resident.pull(), name)),
        doubts=method.doubts if method.doubts is Method.doubts else doubts,
        device_memory=memory,
    )


def _acted(resident: Resident, state: Any) -> Resident:
    """The same Resident with a State that was changed on the host."""
    resident.state = state
    for name, array in resident.arrays.items():
        array.copy_to_device(getattr(state, name))
    return resident
