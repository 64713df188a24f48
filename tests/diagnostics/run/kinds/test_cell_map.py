"""Maps of what particles carry, against one particle at a time."""

from __future__ import annotations

import numpy as np
import pytest

from physent.declare import Box
from physent.diagnostics.run.kinds.cell_map import CellMap
from tests.diagnostics.run.records import complaints, observe

SPACE = ("replica", "particle", "axis")


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_sum_of_a_field(axes: int) -> None:
    rng, length, cells = np.random.default_rng(axes), 3.0, 4
    x, carried = rng.uniform(0.0, length, (2, 50, axes)), rng.normal(size=(2, 50))
    x[0, 0] = np.nextafter(length, 0.0)
    fields = {"position": (SPACE, x), "heat": (SPACE[:2], carried)}
    box, volume = Box.cube(length, axes), (length / cells) ** axes
    found = {
        weight: observe(CellMap(kind="cell_map", name="m", weight=weight, cells=cells), fields, box=box)["m"]
        for weight in (None, "heat")
    }
    for weight, values in ((None, np.ones((2, 50))), ("heat", carried)):
        expected = np.zeros((2, *(cells,) * axes))
        for r in range(2):
            for place, value in zip(x[r], values[r], strict=True):
                expected[(r, *(int(c * cells / length) for c in place))] += value / volume
        np.testing.assert_allclose(found[weight], expected, rtol=0, atol=1e-12)


def test_it_needs_a_box_and_one_number_per_particle() -> None:
    fields = {"position": (SPACE, np.zeros((1, 4, 2)))}
    one = CellMap(kind="cell_map", name="m")
    (problem,) = complaints(one, fields, box=Box.cube(None, 2))
    assert "needs a box" in problem.message
    (problem,) = complaints(one.model_copy(update={"weight": "position"}), fields, box=Box.cube(1.0, 2))
    assert "expected (replica, particle)" in problem.message
    (problem,) = complaints(one.model_copy(update={"cells": 5000}), fields, box=Box.cube(1.0, 2))
    assert "in all" in problem.message
