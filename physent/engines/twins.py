"""A method on a CUDA device: the same State, start, store, restore, fields and doubts; only its `advance` differs.

The large arrays of the State live on the device. Whoever reads one of them from the State gets it copied back, once
until the device moves on; what is only a small number of sums of them is measured there, and nothing is copied. While
the device moves, nobody may read them.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Generator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from physent.core.cuda.launch import pinned, upload, wait
from physent.engines import Array, Arrays, Doubts, EngineConfig, Method
from physent.errors import PhysentError


@dataclass(slots=True, weakref_slot=True)
class Resident:
    """A State whose ``arrays`` are on the device."""

    state: Any
    arrays: dict[str, Any]  # on the device, by field of State
    tables: Any  # constants and scratch on the device
    behind: set[str] = field(default_factory=set)  # fields of `state` that are older than those on the device
    measured: dict[str, Any] = field(default_factory=dict)  # what was measured since the device moved on
    moves: bool = False  # the device does, and the State is between two moments
    read: AbstractSet[str] | None = None  # the fields that its record needs; None: all

    def __getattr__(self, name: str) -> Any:
        """Array on the device."""
        arrays = object.__getattribute__(self, "arrays")
        if name not in arrays:
            raise AttributeError(name)
        return arrays[name]

    def moved(self) -> None:
        """Kernels that change the arrays have been launched."""
        self.behind.update(self.arrays)
        self.measured.clear()
        for name in _cached(type(self.state)):
            vars(self.state).pop(name, None)

    def current(self, name: str) -> Any:
        """One array of the State, as it is on the device."""
        array = vars(self.state)[name]
        self.refuse_in_motion()
        if name in self.behind:
            if name not in self.arrays:
                raise RuntimeError(f"{name} was not copied: no field that is read was to need it")
            wait()
            self.arrays[name].copy_to_host(array)
            self.behind.discard(name)
        return array

    def refuse_in_motion(self) -> None:
        """RuntimeError while the device moves: what is read then would be of no moment."""
        if self.moves:
            raise RuntimeError("the State is read between `begin` and the end of what it has begun")

    def pull(self) -> Any:
        """The State with all its arrays current."""
        for name in self.arrays:
            self.current(name)
        return self.state


def _cached(kind: type) -> tuple[str, ...]:
    """What a State makes of its arrays once."""
    return tuple(
        name for one in kind.__mro__ for name, value in vars(one).items() if isinstance(value, cached_property)
    )


Measures = Mapping[str, Callable[[Resident], Any]]
Moving = Generator[None, None, Any]


def _resident_of(state: Any) -> Resident | None:
    """None for a copy of a State."""
    found: Resident | None = vars(state).get("resident", lambda: None)()
    return found


def _reader(name: str) -> property:
    def read(state: Any) -> Any:
        resident = _resident_of(state)
        return vars(state)[name] if resident is None else resident.current(name)

    return property(read, lambda state, value: vars(state).__setitem__(name, value))


def _measurer(name: str, measure: Callable[[Resident], Any], on_cpu: Callable[..., Any]) -> Callable[..., Any]:
    def call(state: Any, *given: Any) -> Any:
        resident = _resident_of(state)
        if resident is None:
            return on_cpu(state, *given)
        resident.refuse_in_motion()
        if name not in resident.measured:
            resident.measured[name] = measure(resident)
        return resident.measured[name]

    return call


def _next(resident: Resident, moving: Moving) -> Callable[[], Any] | None:
    """Launch the next kernels of an `advance`. At its end: what returns the clock reached, or raises its error."""
    try:
        next(moving)
    except StopIteration as end:
        reached = end.value
        return lambda: reached
    except PhysentError as error:
        failed = error

        def fail() -> Any:
            raise failed

        return fail
    resident.moved()
    return None


def _begin(resident: Resident, moving: Moving) -> Callable[[], Any]:
    """Launch the first kernels of an `advance`, and return what ends it."""
    outcome = _next(resident, moving)
    resident.moves = outcome is None

    def end() -> Any:
        nonlocal outcome
        resident.moves = False
        while outcome is None:
            wait()
            outcome = _next(resident, moving)
        return outcome()

    return end


def twin(
    method: Method,
    names: tuple[str, ...],
    advance: Callable[[Resident, Any, int], Moving],
    *,
    tables: Callable[[EngineConfig, Any], Any] = lambda config, state: None,
    memory: Callable[[EngineConfig], int],
    measures: Measures | None = None,
    measures_there: Callable[[Any], bool] = lambda tables: True,
    early: tuple[str, ...] = (),
    scalars: Callable[[Any], dict[str, Array]] | None = None,
    shown: Measures | None = None,
    some: Callable[[Any, AbstractSet[str]], dict[str, Array]] | None = None,
) -> Method:
    """``method`` with its State's arrays ``names`` (numeric, C order) on the device, where ``advance`` moves them.

    ``advance`` has the contract of `Method.advance`, with a Resident: it launches kernels on ``resident.NAME`` and
    ``resident.tables``, and updates what is not on the device (clocks) in ``resident.state``. It is a generator that
    yields after kernels have been launched, and goes on when they have run; `Method.begin` is the part up to the first
    yield, and what it needs of the State's arrays it reads before it launches. Of other arrays of the State it changes
    only those named in ``early`` in place before then. Memory that a kernel uses is kept until then, too: freeing it
    might wait. ``tables(config, state)`` makes constants and scratch on the device; ``memory`` is their size with the
    arrays, in bytes.

    ``measures`` are made on the device in place of the methods of the State that have their names; their results are
    small, and are not changed. With tables of which ``measures_there`` is False they use the CPU only. ``scalars`` is
    `Method.scalars` if only the device has it.

    ``shown`` are fields of the record that are made on the device, in the order of the record, and copied to memory
    that is used again: then a record without other fields needs no array of the State, if ``measures_there``.
    ``some(state, names)`` is `Method.fields` with only the fields named, if that is quicker.
    """
    scalars = scalars or method.scalars
    shown = shown or {}
    some = some or (lambda state, names: method.fields(state))
    lazy: dict[type, type] = {}

    def adopt(resident: Resident, state: Any) -> Resident:
        kind = getattr(type(state), "on_cpu", type(state))
        if kind not in lazy:
            members: dict[str, Any] = {name: _reader(name) for name in names}
            for name, measure in (measures or {}).items():
                members[name] = _measurer(name, measure, getattr(kind, name))
            lazy[kind] = type(kind.__name__, (kind,), members | {"on_cpu": kind})
        for name in _cached(kind):
            vars(state).pop(name, None)
        vars(state).update({name: pinned(vars(state)[name]) for name in names})
        state.__class__ = lazy[kind]
        # Weak, so that the arrays on the device are freed with the Resident.
        state.resident, resident.state = weakref.ref(resident), state
        return resident

    def settle(config: EngineConfig, state: Any) -> Resident:
        arrays = {name: upload(getattr(state, name)) for name in names}
        return adopt(Resident(state, arrays, tables(config, state)), state)

    def begin(resident: Resident, target: Any, work: int) -> Callable[[], Any]:
        return _begin(resident, advance(resident, target, work))

    def still(resident: Resident, read: AbstractSet[str]) -> Resident:
        """The State with what was copied back and measured, and with copies of what `advance` changes early."""
        there = measures_there(resident.tables)
        state = resident.state if there and shown and read <= shown.keys() else resident.pull()
        if there:
            for name in measures or {}:
                getattr(state, name)()
        resident.measured.update({name: shown[name](resident) for name in sorted(read & shown.keys())})
        copy = object.__new__(type(state))
        vars(copy).update(vars(state) | {name: vars(state)[name].copy() for name in early})
        kept = Resident(copy, {}, resident.tables, set(resident.behind), dict(resident.measured), read=read)
        copy.resident = weakref.ref(kept)
        return kept

    def fields(resident: Resident) -> dict[str, Array]:
        state = resident.state
        if resident.read is None:
            return method.fields(state)
        others = resident.read - shown.keys()
        record = some(state, others) if others or scalars is None else scalars(state)
        return record | {name: np.array(resident.measured[name]) for name in resident.read & shown.keys()}

    def start(config: EngineConfig, given: Arrays | None) -> Resident:
        return settle(config, method.start(config, given))

    def restore(config: EngineConfig, stored: Mapping[str, Any]) -> Resident:
        return settle(config, method.restore(config, stored))

    def change(config: EngineConfig, resident: Resident) -> Resident:
        return settle(config, method.changed(config, resident.pull(), method))

    def act(resident: Resident, name: str) -> Resident:
        """The same Resident with a State that was changed on the host."""
        assert method.act is not None
        state = method.act(resident.pull(), name)
        for one, array in resident.arrays.items():
            array.copy_to_device(vars(state)[one])
        resident.measured.clear()
        return adopt(resident, state)

    def doubts(resident: Resident, record: Arrays) -> Doubts:
        return method.doubts(resident.state, record)

    return replace(
        method,
        start=start,
        restore=restore,
        advance=lambda resident, target, work: begin(resident, target, work)(),
        begin=begin,
        still=still,
        fields=fields,
        scalars=None if scalars is None else lambda resident: scalars(resident.state),
        store=lambda resident: method.store(resident.state),
        change=change,
        act=None if method.act is None else act,
        doubts=method.doubts if method.doubts is Method.doubts else doubts,
        device_memory=memory,
    )
