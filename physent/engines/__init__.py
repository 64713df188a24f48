"""Engines, methods, and the table of engines by name.

An engine is a model: a frozen record of declarations and plain functions. A method is an algorithm for it. It owns the
State, a dataclass of NumPy arrays, ints, floats, bools and strings. State and the config of the current protocol leg
are everything needed to continue bit for bit. A field of State marked ``metadata={"derived": True}`` is a table that
`Method.restore` rebuilds from the config; it is not in checkpoints. Neither engines nor methods deal with files, YAML,
progress or entropies.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from physent.declare import Box, Coordinate, Movie, Problem, Schedule, Section, TimeSchedule, Variable
from physent.engines.potentials import Potentials

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

Array = np.ndarray[Any, Any]
Arrays = Mapping[str, Array]
Doubts = Iterator[tuple[str, str]]
Plain = Mapping[str, Any]  # a config as read from YAML


class EngineConfig(Protocol):
    """The part of a RunConfig that an engine reads."""

    @property
    def device(self) -> str: ...
    @property
    def seed(self) -> int: ...
    @property
    def replicas(self) -> int: ...
    @property
    def parameters(self) -> Any: ...
    @property
    def initial(self) -> Any: ...
    @property
    def schedule(self) -> Any: ...
    @property
    def protocol(self) -> Any:
        """The entries that start and end the leg."""
        ...


def stored_fields(state: Any) -> dict[str, Any]:
    """Fields of a State that go into a checkpoint: those not marked as derived."""
    return {f.name: getattr(state, f.name) for f in dataclasses.fields(state) if not f.metadata.get("derived")}


def _nothing(*_: Any) -> Iterator[Any]:
    return iter(())


@dataclass(frozen=True, kw_only=True)
class Method:
    """An algorithm for a model on one device, as functions of the State that it owns."""

    start: Callable[[EngineConfig, Arrays | None], Any]
    """State at ``config.schedule.start``, from the given arrays if any: all `Engine.initial_fields`, finite and of the
    declared shape and type. UsageError if they do not describe a state; the caller adds their origin to its message."""

    restore: Callable[[EngineConfig, Mapping[str, Any]], Any]
    """State from the result of `store`, under the same config: the two are a pair."""

    advance: Callable[[Any, Any, int], Any]
    """Move the state in place towards a clock value, and return the value reached: exactly the target, or an earlier
    value after about ``work`` units (about 10 ns each; at least a step, or a part of a long one). State is complete at
    every return, and the result does not depend on how ``work`` divides the way."""

    begin: Callable[[Any, Any, int], Callable[[], Any]] | None = None
    """The same, for a method that does it elsewhere: begin, and return at once the function that waits for the end and
    returns the value reached, or raises what `advance` would. In between nobody reads the state; records stay."""

    still: Callable[[Any, AbstractSet[str]], Any] | None = None
    """With `begin`: what `fields` and `doubts` take for the state until the end of what is begun next. Of the fields,
    `fields` need give only those named."""

    fields: Callable[[Any], dict[str, Array]]
    """All declared variables of the current state as new arrays; never writes to State."""

    scalars: Callable[[Any], dict[str, Array]] | None = None
    """The same without the fields, if that is quicker; called if no field is stored or read."""

    store: Callable[[Any], dict[str, Any]] = stored_fields
    """The part of a state that goes into a checkpoint."""

    change: Callable[[EngineConfig, Any], Any] | None = None
    """State at the start of a protocol leg, from the leg's full config and the last state of the previous leg, which
    another method of the engine may have made. Default: `restore` of what was stored."""

    act: Callable[[Any, str], Any] | None = None
    """State after one of `Engine.actions`."""

    doubts: Callable[[Any, Arrays], Doubts] = _nothing
    """(key, message) of what is legal but doubtful in a state and its record, at samples and now and then between them;
    a run reports each key once."""

    memory: Callable[[EngineConfig], int] | None = None
    """Estimated bytes of state and work arrays; default: four records."""

    device_memory: Callable[[EngineConfig], int] | None = None
    """Estimated bytes on the device, for a method that runs there (`engines.twins`)."""

    def changed(self, config: EngineConfig, state: Any, before: Method) -> Any:
        """State at the start of a leg, from the last state of the previous leg, made by the method ``before``."""
        if self.change is not None:
            return self.change(config, state)
        return self.restore(config, before.store(state))


def _plot_scalars(dataset: xr.Dataset, config: Plain) -> Figure:
    from physent.engines.drawing import scalars

    return scalars(dataset)


def _no_movie(dataset: xr.Dataset, config: Plain) -> Movie | None:
    return None


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A model: its sections of a config, its recorded variables, and its methods."""

    name: str
    title: str  # one line, for lists and the file's title
    Parameters: type[Section]
    Initial: Any  # a union of Sections tagged by `kind`, or one Section
    variables: Callable[[EngineConfig], tuple[Variable, ...]]  # everything that `Method.fields` returns
    methods: Mapping[str, Method]
    choose: Callable[[EngineConfig], str] | None = None  # name of the method for a config; default: the only one
    twins: Mapping[str, str] = field(default_factory=dict)
    """Modules with the METHOD of the same name on a CUDA device, by name of the method; imported when asked for."""
    references: tuple[str, ...] = ()  # author, year, DOI
    Schedule: type[Schedule] = TimeSchedule
    headline: str = ""  # the variable shown live beside the progress bar; default: the first that is not a field
    fixed: frozenset[str] = frozenset()  # parameters that a protocol cannot change (sizes, the box)
    actions: frozenset[str] = frozenset()  # values of `do` in a protocol
    initial_fields: tuple[str, ...] = ()  # fields from which a run can start (`initial: {kind: file}` or arrays)
    checks: tuple[Callable[[Any], Iterator[Problem]], ...] = ()
    """Contradictions and warnings about the config as a whole, independent of each other. A section that is itself
    invalid is absent, and a check that reads it ends there."""
    coordinates: Callable[[EngineConfig], tuple[Coordinate, ...]] = lambda config: ()
    """Every dimension of the variables other than the clock and `replica`."""
    box: Callable[[EngineConfig], Box | None] = lambda config: None
    """The space that contains the field `position`."""
    scales: Callable[[EngineConfig], Arrays] = lambda config: {}
    """Numbers of the model that diagnostics may use as defaults, by name: `temperature`, `reach` (particle)."""
    potential: Potentials | None = None
    """How `parameters.potential` may be one of the user's own (`engines.potentials`); None: it may not."""
    resolved: Callable[[EngineConfig], Mapping[str, str | float]] = lambda config: {}
    """Choices made for `auto`: file attributes."""
    absent: Callable[[EngineConfig], Mapping[str, str]] = lambda config: {}
    """Variables that other configs of the engine have and this one cannot, and why: told to whoever asks for one."""
    figure: Callable[[xr.Dataset, Plain], Figure] = _plot_scalars
    """The standard figure of a run, from its file and its effective config; default: every scalar over the clock."""
    movie: Callable[[xr.Dataset, Plain], Movie | None] = _no_movie
    """The animation of a run, or None if the file holds no frames."""

    def method(self, config: EngineConfig) -> Method:
        """The method for a config, on the device that it names."""
        name = self.chosen(config)
        return self.methods[name] if config.device == "cpu" else self.twin(name)

    def twin(self, name: str) -> Method:
        """A method on a CUDA device."""
        on_device: Method = import_module(self.twins[name]).METHOD
        return on_device

    def chosen(self, config: EngineConfig) -> str:
        """Name of the method for a config."""
        if self.choose is not None:
            return self.choose(config)
        (only,) = self.methods
        return only

    def state_bytes(self, config: EngineConfig) -> int:
        """Estimated bytes of state and work arrays in main memory, on either device."""
        own = self.methods[self.chosen(config)].memory
        if own is not None:
            return own(config)
        return 4 * 8 * self.record_size(config)

    def record_size(self, config: EngineConfig) -> int:
        """Numbers in a record."""
        sizes = self.sizes(config)
        return sum(math.prod(sizes[dim] for dim in variable.dims) for variable in self.variables(config))

    def sizes(self, config: EngineConfig) -> dict[str, int]:
        """Length of every dimension but the clock."""
        sizes = {"replica": int(config.replicas), **{one.name: len(one.values) for one in self.coordinates(config)}}
        for variable in self.variables(config):
            if not sizes.keys() >= set(variable.dims):
                raise ValueError(
                    f"{variable.name} of {self.name} has dimensions {variable.dims}, but coordinates has only "
                    f"{tuple(sizes)}"
                )
        return sizes

    def live(self, config: EngineConfig) -> str:
        """Name of the variable shown during a run."""
        return self.headline or next(one.name for one in self.variables(config) if not one.is_field)


def lazily(module: str, name: str) -> Callable[..., Any]:
    """A function of a module that is imported at the first call: for figures, which need matplotlib."""

    def call(*arguments: Any) -> Any:
        return getattr(import_module(module), name)(*arguments)

    return call


TABLE: dict[str, str] = {
    "chaos": "physent.engines.chaos",
    "coulomb": "physent.engines.coulomb",
    "couzin": "physent.engines.couzin",
    "gaussian_chain": "physent.engines.gaussian_chain",
    "hard_discs": "physent.engines.hard_discs",
    "jump": "physent.engines.jump",
    "langevin": "physent.engines.langevin",
    "nlse": "physent.engines.nlse",
    "oscillators": "physent.engines.oscillators",
}


def get(name: str) -> Engine:
    """Engine by name; its module is imported on first use and exposes it as ``ENGINE``."""
    engine: Engine = import_module(TABLE[name]).ENGINE
    if engine.name != name:
        raise ValueError(f"ENGINE of {TABLE[name]} has the name {engine.name!r}, expected {name!r} as in TABLE")
    return engine
