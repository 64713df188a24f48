"""The ideal gas: exact streaming at any time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.engines.hard_discs.runs import advance, begun, config, fields, gas, reverse


@pytest.mark.parametrize("time", [0.1, 3.7, 1000.0])
def test_periodic(time: float) -> None:
    state = begun(config("strip", n=500, diameter=0.0, box_length=2.0))
    start = fields(state)
    advance(state, time)
    record = fields(state)
    path = start["position"] + start["velocity"] * time
    np.testing.assert_allclose(record["position"] + 2.0 * record["image"], path, atol=1e-12 * max(1, time))
    assert (record["position"] >= 0).all()
    assert (record["position"] < 2).all()
    np.testing.assert_array_equal(record["velocity"], start["velocity"])


@pytest.mark.parametrize("time", [0.1, 3.7, 1000.0])
def test_walls(time: float) -> None:
    """The triangle wave, in closed form through the arc cosine; momentum given to the walls by counting."""
    state = begun(config("corner", n=500, diameter=0.0, boundary="walls"))
    start = fields(state)
    advance(state, time)
    record = fields(state)
    path = start["position"] + start["velocity"] * time
    np.testing.assert_allclose(record["position"], np.arccos(np.cos(np.pi * path)) / np.pi, atol=1e-7)
    np.testing.assert_array_equal(np.abs(record["velocity"]), np.abs(start["velocity"]))
    turned = np.where(np.floor(path) % 2, -1, 1)
    np.testing.assert_array_equal(np.sign(record["velocity"]), np.sign(start["velocity"]) * turned)
    hits = np.abs(np.floor(path))
    given = 2 * (np.abs(start["velocity"]) * hits).sum()
    np.testing.assert_allclose(record["wall_momentum"], given, rtol=1e-12)
    if time > 100:
        # P V = N T, from the momenta alone: each disc has its own exact rate of hits v/L.
        np.testing.assert_allclose(record["pressure"], 500.0, rtol=1e-2)


def lattice(velocity: float) -> dict[str, Any]:
    """Discs on a lattice, those at its rim exactly on the walls, half of them with ``velocity`` along each axis."""
    x = np.linspace(0, 1, 5)
    position = np.stack(np.meshgrid(x, x, indexing="ij"), axis=-1).reshape(1, 25, 2)
    speed = np.full((1, 25, 2), velocity)
    speed[:, ::2] *= -1.0
    return {"position": position, "velocity": speed}


@pytest.mark.parametrize("velocity", [1.0, -1.0])
def test_nothing_happens_at_the_start_to_discs_on_the_walls(velocity: float) -> None:
    given = lattice(velocity)
    record = fields(begun(config(n=25, diameter=0.0, boundary="walls"), given))
    np.testing.assert_array_equal(record["position"], given["position"])
    np.testing.assert_array_equal(record["velocity"], given["velocity"])
    assert record["wall_momentum"] == 0.0


def test_discs_in_contact_with_the_walls() -> None:
    """Of diameter 0.1: those that leave a wall are not reflected from it, on either side; those that come are."""
    x = np.array([[0.05, 0.5], [0.95, 0.5], [0.5, 0.05], [0.5, 0.95]])
    inwards = 0.5 - x
    for sign, hits in ((1.0, 0), (-1.0, 4)):
        state = gas(x, sign * inwards, 0.1, "walls")
        record = fields(state)
        np.testing.assert_array_equal(record["velocity"][0], sign * inwards)
        assert record["wall_momentum"] == 0.0
        advance(state, 0.01)
        np.testing.assert_array_equal(fields(state)["velocity"][0], inwards)
        np.testing.assert_allclose(fields(state)["wall_momentum"], hits * 2 * 0.45)


@pytest.mark.parametrize("time", [0.0, 0.25, 0.5, 0.75, 1.0, 2.0, 3.25])
def test_both_walls_are_alike(time: float) -> None:
    """The mirror image of a run, bit for bit, also when discs just touch a wall; N |v| t hits per axis in between."""
    run, mirrored = (begun(config(n=25, diameter=0.0, boundary="walls"), lattice(v)) for v in (1.0, -1.0))
    mirrored.position[:] = 1.0 - run.position
    mirrored.velocity[:] = -run.velocity
    advance(run, time)
    advance(mirrored, time)
    one, two = fields(run), fields(mirrored)
    np.testing.assert_array_equal(one["position"], 1.0 - two["position"])
    np.testing.assert_array_equal(one["velocity"], -two["velocity"])
    assert one["wall_momentum"] == two["wall_momentum"]
    if time > 0:
        advance(run, time + 0.125)
        assert fields(run)["wall_momentum"] == 2.0 * np.abs(np.floor(run.position + run.velocity * run.time)).sum()


@pytest.mark.parametrize("boundary", ["periodic", "walls"])
def test_reversal_is_exact(boundary: str) -> None:
    state = begun(config("strip", n=300, diameter=0.0, boundary=boundary))
    start = fields(state)
    advance(state, 50.0)
    state = reverse(state)
    advance(state, 100.0)
    end = fields(state)
    np.testing.assert_allclose(end["position"] + end["image"], start["position"], atol=1e-12)
    np.testing.assert_allclose(end["velocity"], -start["velocity"], atol=1e-12)
    if boundary == "walls":
        assert end["wall_momentum"] > 0


def test_the_limit_of_small_discs() -> None:
    """Discs too small to meet move as the ideal gas does."""
    ideal = begun(config(n=30, diameter=0.0, boundary="walls", seed=8))
    start = fields(ideal)
    tiny = begun(config(n=30, diameter=1e-8, boundary="walls", seed=8), start)
    for state in (ideal, tiny):
        advance(state, 7.0)
    assert tiny.counts[0, 0] == 0
    np.testing.assert_allclose(fields(tiny)["position"], fields(ideal)["position"], atol=1e-6)
    np.testing.assert_allclose(fields(tiny)["wall_momentum"], fields(ideal)["wall_momentum"], rtol=1e-9)
