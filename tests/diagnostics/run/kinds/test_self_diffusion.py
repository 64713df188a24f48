"""Displacement and velocity correlation of free motion, and where they are refused."""

from __future__ import annotations

import numpy as np

from physent.diagnostics.run.kinds.self_diffusion import SelfDiffusion
from tests.diagnostics.gases import DIMS, declared, follow, ideal_gas, streamed
from tests.diagnostics.run.records import complaints

ONE = SelfDiffusion(kind="self_diffusion", name="d")


def test_free_motion_through_many_boxes() -> None:
    """|v|^2 t^2 and |v|^2, particle by particle; nothing at first."""
    start = streamed(ideal_gas(1, 3, 50), 0.0)
    frames = [start, *(streamed(start, t) for t in (0.2, 37.0))]
    first, *later = follow(ONE, frames, **declared())
    square = (start["velocity"] ** 2).sum(-1).mean(-1)
    np.testing.assert_array_equal(first["d_msd"], 0)
    np.testing.assert_allclose(first["d_vacf"], square, rtol=1e-13)
    for t, values in zip((0.2, 37.0), later, strict=True):
        np.testing.assert_allclose(values["d_msd"], square * t**2, rtol=1e-11)
        np.testing.assert_allclose(values["d_vacf"], square, rtol=1e-13)


def test_walls_turn_velocities() -> None:
    start = streamed(ideal_gas(2, 1, 50), 0.0)
    end = streamed(start, 1.0, "walls")
    values = follow(ONE, [start, end], **declared(walls=True))[1]
    moved = end["position"] - start["position"]
    np.testing.assert_allclose(values["d_msd"], (moved**2).sum(-1).mean(-1))
    np.testing.assert_allclose(values["d_vacf"], (end["velocity"] * start["velocity"]).sum(-1).mean(-1))


def test_a_replica_does_not_depend_on_the_others() -> None:
    start = streamed(ideal_gas(3, 4, 33), 0.0)
    frames = [start, streamed(start, 0.7)]
    few = [{name: values[:1] for name, values in frame.items()} for frame in frames]
    many, alone = (follow(ONE, of, **declared())[1] for of in (frames, few))
    for name, values in alone.items():
        np.testing.assert_array_equal(values, many[name][:1])


def test_it_needs_windings_and_a_box() -> None:
    fields = {name: (DIMS, np.zeros((1, 4, 2))) for name in ("position", "velocity")}
    (problem,) = complaints(ONE, fields, **declared())
    assert problem.message == "self_diffusion needs the variable image, which the engine does not have"
    fields["image"] = fields["position"]
    assert complaints(ONE, fields, **declared()) == []
    (problem,) = complaints(ONE, fields, **declared(None))
    assert "needs a box" in problem.message
