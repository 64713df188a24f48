"""The engine protocol, and the table of engines by name.

An engine knows physics and nothing of files, YAML, progress bars or entropies. It is one stateless object; all that
evolves lives in its State, a dataclass of NumPy arrays, ints, floats, bools and strings which, with the config of
the current protocol leg, is everything needed to continue bit for bit. A State field marked
``metadata={"derived": True}`` is a table rebuilt from the config by ``restore`` and not stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from physent.declare import Coordinate, DrawSchedule, Problem, Section, TimeSchedule, Variable

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

    from physent.figures.animate import Movie

Arrays = Mapping[str, np.ndarray[Any, Any]]


class EngineConfig(Protocol):
    """The part of a RunConfig that an engine reads."""

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
        """The entries that begin and end the leg."""
        ...


class Engine(Protocol):
    """Physics behind a few functions; see the package docstring for what State is."""

    name: str
    title: str  # one line, for lists and the file's title
    references: tuple[str, ...]  # author, year, DOI
    Parameters: type[Section]
    Initial: Any  # a union of Sections tagged by `kind`, or one Section
    Schedule: type[TimeSchedule | DrawSchedule]
    headline: str  # the variable shown live beside the progress bar
    fixed: frozenset[str]  # parameters that a protocol cannot change (sizes, the box)
    actions: frozenset[str]  # what a protocol can `do`
    initial_fields: tuple[str, ...]  # fields from which a run can start (`initial: {kind: file}` or arrays)

    def check(self, config: EngineConfig) -> Iterator[Problem]:
        """Contradictions and doubts between the config's sections; a section that is itself invalid is absent."""
        ...

    def variables(self, config: EngineConfig) -> tuple[Variable, ...]:
        """Everything that `fields` returns."""
        ...

    def coordinates(self, config: EngineConfig) -> tuple[Coordinate, ...]:
        """Every dimension used by `variables` other than the clock and `replica`."""
        ...

    def resolved(self, config: EngineConfig) -> Mapping[str, str | float]:
        """Choices that `auto` left open, as they are made: file attributes."""
        ...

    def state_bytes(self, config: EngineConfig) -> int:
        """Estimate of the memory that the state and its work arrays take."""
        ...

    def initial(self, config: EngineConfig, given: Arrays | None = None) -> Any:
        """State at ``config.schedule.start``, from the arrays ``given`` (named as `initial_fields`) if any.

        UsageError for arrays that are no such state; where they came from is added to its message (`io.given`).
        """
        ...

    def restore(self, config: EngineConfig, stored: Mapping[str, Any]) -> Any:
        """State from its stored (not derived) fields, as they were under the same config."""
        ...

    def reconfigure(self, state: Any, config: EngineConfig) -> Any:
        """State at the start of a protocol leg whose full config is ``config``."""
        ...

    def act(self, state: Any, action: str) -> Any:
        """State after one of `actions`."""
        ...

    def advance(self, state: Any, target: Any, work: int) -> Any:
        """Move ``state`` in place towards the clock value ``target``; return the value reached.

        Returns ``target`` exactly when it is reached, and earlier after about ``work`` units (the engine's own, of
        the order of 10 ns each); at least one step is made. State is complete at every return, and the result never
        depends on how ``work`` cut it up.
        """
        ...

    def fields(self, state: Any) -> dict[str, np.ndarray[Any, Any]]:
        """Every variable at this instant as new arrays; never writes to State."""
        ...

    def figure(self, dataset: xr.Dataset) -> Figure:
        """The standard figure of a run; matplotlib is imported here and not before."""
        ...

    def movie(self, dataset: xr.Dataset) -> Movie | None:
        """The animation of a run, or None where it holds no frames."""
        ...

    def doubts(self, state: Any, record: Arrays) -> Iterator[tuple[str, str]]:
        """(key, message) of what is legal but doubtful in this record; a run reports each key once."""
        ...


TABLE: dict[str, str] = {
    "coulomb": "physent.engines.coulomb",
    "couzin": "physent.engines.couzin",
    "hard_discs": "physent.engines.hard_discs",
    "nlse": "physent.engines.nlse",
}


def get(name: str) -> Engine:
    """Engine by name; its module is imported on first use and exposes it as ``ENGINE``."""
    engine: Engine = import_module(TABLE[name]).ENGINE
    return engine
