"""Schools as a run sees them: which neighbours are sought, threads that share one school, legs, starts, complaints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from physent.core import jit
from physent.engines.couzin import ENGINE
from physent.engines.couzin.methods import cells as by_cells
from physent.engines.couzin.methods import common
from physent.engines.couzin.state import by_fish
from physent.errors import RunError, UsageError
from tests.engines.couzin.runs import advance, change, config, method_of, run, same, start

GROUPS = [{"n": 20, "speed": 4.0, "noise_rad": 0.01}, {"n": 30, "orientation_radius": 5.0}]
SMALL: dict[str, Any] = {"groups": GROUPS}
CELLS: dict[str, Any] = {"n": by_cells.FROM, "attraction_radius": 4.0}
BOX: dict[str, Any] = {"n": by_cells.FROM, "attraction_radius": 4.0, "box_length": 16.0}
SCHOOLS = [SMALL, CELLS, BOX]


@pytest.fixture
def two_threads() -> Iterator[None]:
    jit.set_threads(2)
    yield
    jit.set_threads(1)


@pytest.mark.parametrize("parameters", SCHOOLS)
def test_neighbours_are_sought_as_the_config_says(parameters: dict[str, Any]) -> None:
    expected = "all pairs" if parameters is SMALL else "cells"
    assert ENGINE.resolved(config(**parameters))["neighbour_search"] == expected
    assert isinstance(run(config(until=0.1, **parameters)), by_cells.State) == (expected == "cells")


@pytest.mark.parametrize("parameters", SCHOOLS)
def test_a_school_shared_by_threads_keeps_its_bits(
    parameters: dict[str, Any], monkeypatch: pytest.MonkeyPatch, two_threads: None
) -> None:
    cfg = config(until=0.6, every=0.3, replicas=2, **parameters)
    jit.set_threads(1)
    whole = run(cfg)
    jit.set_threads(2)
    monkeypatch.setattr(common, "SHARED_FROM", 1)
    cut = start(cfg)
    calls = 0
    for sample in range(1, cfg.schedule.samples):
        target, reached = cfg.schedule.at(sample), np.nan
        while reached != target:
            reached = method_of(cut).advance(cut, target, 1)
            calls += 1
            assert reached <= target
            assert reached == cut.time.min()
            stored = {name: np.copy(v) if np.ndim(v) else v for name, v in method_of(cut).store(cut).items()}
            cut = method_of(cut).restore(cfg, stored)
    same(whole, cut)
    assert calls >= 6


def test_legs_go_on_in_place_and_noise() -> None:
    cfg = config(until=1.0, every=0.5)
    whole, legs = run(cfg), start(cfg)
    advance(legs, 0.5)
    legs = change(legs, cfg)
    assert (legs.leg_start, legs.leg_steps) == (0.5, 5)
    advance(legs, 1.0)
    np.testing.assert_array_equal(legs.swarm, whole.swarm)
    np.testing.assert_array_equal(legs.steps, whole.steps)


def test_a_leg_may_change_radii_and_step_and_how_neighbours_are_sought() -> None:
    cells, pairs = config(**BOX), config(**(BOX | {"attraction_radius": 7.0, "step": 0.05}))
    state = run(cells)
    assert not np.array_equal(state.who[0], np.arange(by_cells.FROM))
    before = by_fish(state)
    state = change(state, pairs)
    assert not isinstance(state, by_cells.State)
    np.testing.assert_array_equal(by_fish(state), before)
    expected = start(pairs, dict(zip(("position", "heading"), before, strict=True)))
    expected.steps[:], expected.leg_steps, expected.leg_start, expected.time[:] = 10, 10, 1.0, 1.0
    for one in (state, expected):
        advance(one, 1.5)
        assert one.steps[0] == 20
    np.testing.assert_allclose(by_fish(state), by_fish(expected), rtol=0, atol=1e-9)
    state = change(state, cells)
    advance(state, 2.0)
    assert state.steps[0] == 25


def test_threads_that_share_schools_know_whose_slots_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sorted by cells, each replica in its own order, and from then on by all pairs."""
    cells, pairs = config(replicas=2, **BOX), config(replicas=2, **(BOX | {"attraction_radius": 7.0}))
    alone, shared = (change(run(cells), pairs) for _ in range(2))
    assert not np.array_equal(alone.who[0], alone.who[1])
    advance(alone, 1.5)
    monkeypatch.setattr(common, "SHARED_FROM", 1)
    advance(shared, 1.5)
    same(alone, shared)


@pytest.mark.parametrize("box", [None, 30.0])
def test_starts_from_given_arrays(box: float | None) -> None:
    rng = np.random.default_rng(1)
    position, heading = rng.normal(0.0, 5.0, (2, 50, 3)), rng.normal(size=(2, 50, 3))
    cfg = config(replicas=2, box_length=box)
    one = start(cfg, {"position": position, "heading": heading})
    placed, headed = by_fish(one)
    np.testing.assert_allclose(placed, position if box is None else position % 30.0, rtol=0, atol=1e-13)
    np.testing.assert_allclose(headed, heading / np.linalg.norm(heading, axis=2, keepdims=True), atol=1e-15)
    same(one, start(cfg, dict(zip(("position", "heading"), by_fish(one), strict=True))))


def test_a_heading_given_points_somewhere() -> None:
    with pytest.raises(UsageError, match="heading holds a zero vector"):
        start(config(), {"position": np.ones((1, 50, 3)), "heading": np.zeros((1, 50, 3))})


def test_a_flight_beyond_all_numbers_ends_the_run() -> None:
    state = run(config(until=0.1))
    state.swarm[0, 1, 3] = np.inf
    with pytest.raises(RunError, match="replica 0"):
        method_of(state).advance(state, 0.2, 10**9)
