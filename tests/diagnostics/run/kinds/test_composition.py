"""Two colours in cells: counts, and their apparent complexity."""

from __future__ import annotations

import numpy as np

from physent.diagnostics import apparent_complexity
from physent.diagnostics.run.kinds.apparent_complexity import ApparentComplexity
from physent.diagnostics.run.kinds.composition import Composition
from tests.diagnostics.gases import DIMS, declared, follow, ideal_gas, streamed
from tests.diagnostics.run.records import complaints

ONE = Composition(kind="composition", name="c", x_cells=4, y_cells=2)


def test_colours_stay_with_the_particles() -> None:
    """Naive: one particle at a time."""
    start = ideal_gas(1, 2, 60, 1.0)
    first, later = follow(ONE, [start, streamed(start, 0.3)], **declared())
    np.testing.assert_array_equal(first["c"], np.tile([1.0, 1.0, 0.0, 0.0], (2, 2, 1)))
    moved = streamed(start, 0.3)["position"]
    for r in range(2):
        share: dict[tuple[int, int], list[bool]] = {}
        for now, then in zip(moved[r], start["position"][r], strict=True):
            share.setdefault((int(2 * now[1]), int(4 * now[0])), []).append(bool(then[0] < 0.5))
        expected = [[np.mean(share.get((j, i), [0.5])) for i in range(4)] for j in range(2)]
        np.testing.assert_allclose(later["c"][r], expected, rtol=1e-14)


def test_empty_cells_are_half() -> None:
    start = ideal_gas(2, 1, 60, 0.25)
    np.testing.assert_array_equal(follow(ONE, [start], **declared())[0]["c"][0, 0], [1, 0.5, 0.5, 0.5])


def test_apparent_complexity_of_the_mixture() -> None:
    """The pattern of a shear is long to describe, the layers at first and the mixture at the end are short."""
    n, cells = 80_000, 40
    colours = Composition(kind="composition", name="c", x_cells=cells, y_cells=cells)
    pattern = ApparentComplexity(kind="apparent_complexity", name="a", of="c", grain=1)
    start = ideal_gas(3, 1, n, 1.0)
    rng = np.random.default_rng(4)
    mixed = {**start, "position": rng.permuted(start["position"], axis=1)}
    sheared = {**start, "position": start["position"].copy()}
    x, y = sheared["position"][..., 0], 2 * np.pi * sheared["position"][..., 1]
    sheared["position"][..., 0] = (x + 0.4 * np.sin(y) + 0.3 * np.sin(5 * y + 1)) % 1.0
    found = follow([colours, pattern], [start, sheared, mixed], **declared())
    counts = [int(values["a"][0]) for values in found]
    assert counts[1] > 1.3 * max(counts[0], counts[2])
    np.testing.assert_array_equal(found[1]["a"], apparent_complexity(found[1]["c"], 1))


def test_it_needs_a_plane_with_a_box() -> None:
    fields = {"position": (DIMS, np.zeros((1, 4, 3)))}
    (problem,) = complaints(ONE, fields, **declared())
    assert problem.message == "composition needs positions in the plane"
    (problem,) = complaints(ONE, {"position": (DIMS, np.zeros((1, 4, 2)))}, **declared(None))
    assert "needs a box" in problem.message
