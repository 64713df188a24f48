"""Two engines that only declare: a wave with a box, a step and a trap, and a sampler that needs nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType
from typing import Annotated, Any, Literal

import numpy as np
import pytest
from pydantic import Field

from physent import engines
from physent.declare import (
    Coordinate,
    Count,
    DrawSchedule,
    Items,
    Positive,
    Problem,
    Section,
    Variable,
    multiple,
)
from physent.engines import Engine, Method


class Free(Section):
    """No potential."""

    kind: Literal["none"]


class Trap(Section):
    """A harmonic trap."""

    kind: Literal["harmonic"]
    frequency: Positive


class Parameters(Section):
    """The toy's physics."""

    length: Positive = Field(description="the box")
    points: Count = 64
    step: Positive = 0.05
    method: Literal["auto", "strang"] = "auto"
    cutoff: Positive | None = None
    potential: Annotated[Free | Trap, Field(discriminator="kind")] = Free(kind="none")


class Soliton(Section):
    """One soliton."""

    amplitude: Positive
    phase: float = 0.0


class Solitons(Section):
    """Solitons."""

    kind: Literal["solitons"]
    solitons: Annotated[Items[Soliton], Field(min_length=1)]
    exact: bool = True


class Gaussian(Section):
    """A bump."""

    kind: Literal["gaussian"]
    width: Positive = 1.0


def step_divides(view: Any) -> Iterator[Problem]:
    step = view.parameters.step
    if not multiple(view.schedule.every, step):
        yield Problem(("parameters", "step"), f"found {step}, which does not divide every = {view.schedule.every}")
    for index, event in enumerate(view.protocol):
        if not multiple(event.at, step):
            yield Problem(("protocol", index, "at"), f"found {event.at}, no multiple of the step {step}")


def box_holds_bump(view: Any) -> Iterator[Problem]:
    if view.initial.kind == "gaussian" and view.initial.width > view.parameters.length:
        yield Problem(("initial", "width"), f"found {view.initial.width}, wider than the box {view.parameters.length}")


def trap_is_narrow(view: Any) -> Iterator[Problem]:
    potential = view.parameters.potential
    if potential.kind == "harmonic" and potential.frequency > 50:
        yield Problem(("parameters", "potential", "frequency"), "the trap is not resolved", is_warning=True)


def _never(*_: Any) -> Any:
    raise AssertionError("nothing moves")


STILL = Method(start=_never, restore=_never, advance=_never, fields=_never, memory=lambda config: 1024)

TOY = Engine(
    name="toy",
    title="A toy",
    Parameters=Parameters,
    Initial=Annotated[Solitons | Gaussian, Field(discriminator="kind")],
    fixed=frozenset({"length", "points"}),
    actions=frozenset({"reverse", "kick"}),
    initial_fields=("psi",),
    checks=(step_divides, box_holds_bump, trap_is_narrow),
    variables=lambda config: (
        Variable("mass", "mass"),
        *(Variable(name, name, dims=("replica", "x"), is_field=True) for name in ("psi", "spectrum")),
    ),
    coordinates=lambda config: (Coordinate("x", np.arange(8.0), "position"),),
    methods={"none": STILL},
)


class Walk(Section):
    """Parameters that all have defaults."""

    n: Count = 10


class Origin(Section):
    """The only start."""

    at: float = 0.0


DICE = replace(
    TOY,
    name="dice",
    Parameters=Walk,
    Initial=Origin,
    Schedule=DrawSchedule,
    fixed=frozenset(Walk.model_fields),
    actions=frozenset(),
    initial_fields=(),
    checks=(),
)
"""A sampler, with a default for everything but the schedule."""


def register(monkeypatch: pytest.MonkeyPatch, engine: Engine) -> None:
    module = ModuleType(f"declared_{engine.name}")
    module.ENGINE = engine  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(engines.TABLE, engine.name, module.__name__)
