"""A config with everything that follows from it, made once and passed on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from physent import host
from physent.config.load import Loaded, RunConfig, Source, load
from physent.core.cuda import device
from physent.declare import Coordinate
from physent.diagnostics.run.declare import Record
from physent.diagnostics.run.functions import UserFunction
from physent.diagnostics.run.plan import Plan
from physent.engines import Engine, Method
from physent.errors import UsageError
from physent.io.layout import Layout


@dataclass(frozen=True)
class Job:
    """A validated config with its warnings, its engine, the diagnostics, and the layout of the file."""

    loaded: Loaded
    plan: Plan
    layout: Layout

    @classmethod
    def of(cls, loaded: Loaded, *, to_run: bool = True) -> Job:
        """Job of a config; UsageError if it is ``to_run`` and its state exceeds the memory of this machine."""
        if to_run:
            _refuse_too_large("the state takes", loaded.engine.state_bytes(loaded.config))
            _refuse_device(loaded)
        plan = Plan(loaded.config, context=loaded.context)
        return cls(loaded, plan, _layout(loaded, plan))

    @property
    def config(self) -> RunConfig:
        """The effective config."""
        return self.loaded.config

    @cached_property
    def engine(self) -> Engine:
        """The model."""
        return self.loaded.engine

    @cached_property
    def text(self) -> str:
        """The effective config as YAML, as the file holds it."""
        return self.config.to_yaml()

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings about the config, ``path: message``."""
        return self.loaded.warnings

    @property
    def samples(self) -> int:
        """Number of samples."""
        return self.layout.samples

    @property
    def file_bytes(self) -> int:
        """Size of the file before compression; at the end of a run, history and file together need up to twice this."""
        return self.layout.file_bytes

    @cached_property
    def memory_bytes(self) -> int:
        """Estimated bytes of state, work arrays and two records, without the interpreter."""
        record = sum(column.bytes for column in self.layout.columns)
        return self.engine.state_bytes(self.config) + 2 * record

    def leg(self, index: int) -> tuple[RunConfig, Method]:
        """Config and method after the first ``index`` entries of the protocol."""
        config = self.config.leg(index)
        return config, self.engine.method(config)

    def refuse_too_large(self) -> None:
        """Raise UsageError if the run needs more memory than this machine has."""
        _refuse_too_large("state and samples take", self.memory_bytes)

    def measuring(self, functions: Sequence[UserFunction], clock: float, record: Record) -> Job:
        """The same with functions of the caller as further diagnostics, which are called on a record to try them."""
        if not functions:
            return self
        plan = Plan(self.config, functions, (clock, record), context=self.loaded.context)
        return replace(self, plan=plan, layout=_layout(self.loaded, plan))


def prepare(
    source: Source | Job,
    changes: Iterable[str] | Mapping[str, Any] = (),
    *,
    from_arrays: bool = False,
    to_run: bool = True,
) -> Job:
    """The job of a config, validated once; arguments and errors as for `load_config`.

    ``from_arrays``: the run starts from arrays and ignores `initial`. ``to_run``: False for the config of a finished
    run, which may have needed a larger machine.
    """
    if isinstance(source, Job):
        return source
    return Job.of(load(source, changes, from_arrays=from_arrays), to_run=to_run)


def _layout(loaded: Loaded, plan: Plan) -> Layout:
    config, engine, context = loaded.config, loaded.engine, loaded.context
    replica = Coordinate("replica", np.arange(config.replicas, dtype=np.int64), "independent copy of the system")
    coordinates = (replica, *engine.coordinates(config), *plan.coordinates)
    return Layout.of(config, [*context.variables.values(), *plan.variables], coordinates)


def _refuse_device(loaded: Loaded) -> None:
    """Raise UsageError if the config names a CUDA device, and there is none with enough free memory."""
    config = loaded.config
    if config.device == "cpu":
        return
    device.require()
    estimate = loaded.engine.method(config).device_memory
    size = estimate(config) if estimate else 0
    there = device.free_bytes()
    if size > there:
        share = there / size
        if config.replicas * share >= 1.0:
            fits = f"replicas = {int(config.replicas * share)}"
        else:
            sizes = {name: getattr(config.parameters, name, None) for name in ("n", "points")}
            found = next(((name, int(whole * share)) for name, whole in sizes.items() if whole), None)
            if found and found[0] == "points":  # a power of two
                found = "points", 1 << max(0, found[1].bit_length() - 1)
            fits = f"{found[0]} = {found[1]}" if found else f"{share:.2g} of it"
        raise UsageError(
            f"the state takes {size / 1e9:.3g} GB on the device, {device.name()} has {there / 1e9:.3g} GB free: "
            f"about {fits} would fit"
        )


def _refuse_too_large(what: str, size: int) -> None:
    there = host.memory()
    if size > there:
        raise UsageError(f"{what} {size / 1e9:.3g} GB, this machine has {there / 1e9:.3g} GB of memory")
