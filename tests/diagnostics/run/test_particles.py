"""The declared space and scales, as kinds for particles see them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Literal

import numpy as np
import pytest

from physent.declare import Box, Variable
from physent.diagnostics.run import particles
from physent.diagnostics.run.declare import Context, Diagnostic, Name
from physent.diagnostics.run.kinds import KINDS
from physent.diagnostics.run.plan import Plan
from tests.diagnostics.run.records import complaints, context

POSITION = ("replica", "particle", "axis")
GAS: dict[str, Any] = {name: (POSITION, np.zeros((1, 9, 2))) for name in ("position", "velocity", "image")}
OPTIONS: dict[str, dict[str, Any]] = {
    "boltzmann_entropy": {"x_cells": 1, "velocity_cell": 9.0},
    "cell_map": {},
    "composition": {"x_cells": 1, "y_cells": 1},
    "pair_correlation": {"max_separation": 0.5},
    "self_diffusion": {},
    "structure_factor": {"wavenumbers": (7.0,)},
}


@pytest.mark.parametrize("kind", OPTIONS)
@pytest.mark.parametrize("box", [Box((1.0, 2.0), (True, True)), Box((1.0, 1.0), (True, False))])
def test_boxes_that_are_no_square(kind: str, box: Box) -> None:
    one = KINDS[kind](kind=kind, **OPTIONS[kind])
    said = f"found a box with edges {box.lengths}, expected equal edges with equal boundaries"
    assert said in [p.message for p in complaints(one, GAS, box=box)]
    assert all(p.is_warning for p in complaints(one, GAS, box=Box.cube(1.0, 2)))


def test_dimension_of_radii_is_that_of_the_box() -> None:
    known = context({"radius": (("replica", "particle"), np.zeros((1, 3)))}, box=Box.cube(None, 3))
    assert particles.dimension_of(known, "radius") == 3


def test_pairs_of_groups_are_doubted() -> None:
    fields = {**GAS, "share": (("replica", "group"), np.zeros((1, 2)))}
    one = KINDS["pair_correlation"](kind="pair_correlation", **OPTIONS["pair_correlation"])
    (doubt,) = complaints(one, fields, box=Box.cube(1.0, 2))
    assert doubt.is_warning
    assert doubt.message == "pairs of all groups are counted together"


class Thermometer(Diagnostic):
    """The temperature that it finds declared."""

    kind: Literal["thermometer"] = "thermometer"
    name: Name = "t"

    def variables(self, context: Context) -> tuple[Variable, ...]:
        return (Variable("t", "temperature", dims=()),)

    def observe(self, record: Any, context: Context) -> dict[str, Any]:
        return {"t": context.scales["temperature"]}


def test_scales_of_the_leg() -> None:
    """A sample at the time of a change, or within rounding of it, is taken before it."""
    first, *later = ({"temperature": np.array(t)} for t in (1.0, 0.5, 2.0))
    known = context({"mean": ((), 0.0)}, scales=first, legs=tuple(zip((0.3, 1.03), later, strict=True)))
    plan = Plan(SimpleNamespace(diagnostics=(Thermometer(),)), context=known)
    found = [float(plan.observe({}, at, lambda key, text: None)["t"]) for at in (0.0, 3 * 0.1, 0.31, 1.03, 1.1)]
    assert found == [1.0, 1.0, 0.5, 0.5, 2.0]
