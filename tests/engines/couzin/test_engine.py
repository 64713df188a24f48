"""What the engine promises to the runner: state, record, restart, replicas, threads, legs, complaints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import physent
from physent.core import jit
from physent.engines import get
from physent.engines.couzin import ENGINE, engine
from physent.engines.couzin.state import ALL_PAIRS_BELOW, by_fish
from physent.errors import RunError, UsageError
from tests.engines.couzin.runs import advance, config, run, same, stored

GROUPS = [{"n": 20, "speed": 4.0, "noise_rad": 0.01}, {"n": 30, "orientation_radius": 5.0}]
SMALL: dict[str, Any] = {"groups": GROUPS}
CELLS: dict[str, Any] = {"n": ALL_PAIRS_BELOW, "attraction_radius": 4.0}
BOX: dict[str, Any] = {"n": ALL_PAIRS_BELOW, "attraction_radius": 4.0, "box_length": 16.0}
SCHOOLS = [SMALL, CELLS, BOX]


@pytest.fixture
def two_threads() -> Iterator[None]:
    jit.set_threads(2)
    yield
    jit.set_threads(1)


def test_the_table_knows_it() -> None:
    assert get("couzin") is ENGINE
    assert ENGINE.headline in {variable.name for variable in ENGINE.variables(config())}


@pytest.mark.parametrize("parameters", SCHOOLS)
def test_record_is_what_is_declared(parameters: dict[str, Any]) -> None:
    cfg = config(replicas=3, until=0.2, **parameters)
    state = run(cfg)
    before = {name: np.array(value) for name, value in stored(state).items()}
    record = ENGINE.fields(state)
    sizes = {"replica": 3, **{c.name: c.values.size for c in ENGINE.coordinates(cfg)}}
    declared = ENGINE.variables(cfg)
    assert set(record) == {variable.name for variable in declared}
    for variable in declared:
        assert record[variable.name].shape == tuple(sizes[dim] for dim in variable.dims)
        assert record[variable.name].dtype == variable.dtype
    for value in record.values():
        value[...] = 7.0
    for name, value in stored(state).items():
        np.testing.assert_array_equal(value, before[name])
    assert ENGINE.state_bytes(cfg) >= sum(np.asarray(value).nbytes for value in before.values())


@pytest.mark.parametrize("parameters", SCHOOLS)
def test_neighbours_are_sought_as_the_config_says(parameters: dict[str, Any]) -> None:
    expected = "all pairs" if parameters is SMALL else "cells"
    assert ENGINE.resolved(config(**parameters))["neighbour_search"] == expected
    assert (run(config(until=0.1, **parameters)).setup.grids is None) == (expected == "all pairs")


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("parameters", SCHOOLS)
def test_bits_depend_on_neither_cuts_nor_restarts_nor_threads(
    parameters: dict[str, Any], shared: bool, monkeypatch: pytest.MonkeyPatch, two_threads: None
) -> None:
    cfg = config(until=0.6, every=0.3, replicas=2, **parameters)
    jit.set_threads(1)
    whole = run(cfg)
    jit.set_threads(2)
    if shared:
        monkeypatch.setattr(engine, "SHARED_FROM", 1)
    cut = ENGINE.initial(cfg)
    calls = 0
    for sample in range(1, cfg.schedule.samples):
        target, reached = cfg.schedule.at(sample), np.nan
        while reached != target:
            reached = ENGINE.advance(cut, target, 1)
            calls += 1
            assert reached <= target
            assert reached == cut.time.min()
            cut = ENGINE.restore(cfg, {name: np.copy(v) if np.ndim(v) else v for name, v in stored(cut).items()})
    same(whole, cut)
    assert calls >= 6


@pytest.mark.parametrize("parameters", [SMALL, BOX])
def test_replica_depends_on_seed_and_number_alone(parameters: dict[str, Any], two_threads: None) -> None:
    few, many = (run(config(replicas=count, until=0.5, **parameters)) for count in (2, 5))
    np.testing.assert_array_equal(few.swarm, many.swarm[:2])
    record, all_of_it = ENGINE.fields(few), ENGINE.fields(many)
    for name, values in record.items():
        np.testing.assert_array_equal(values, all_of_it[name][:2], err_msg=name)
    assert not np.array_equal(many.swarm[0], many.swarm[1])
    other = run(config(replicas=2, until=0.5, seed=4, **parameters))
    assert not np.array_equal(few.swarm, other.swarm)


@pytest.mark.parametrize("parameters", [SMALL, CELLS])
def test_more_samples_leave_the_bits(parameters: dict[str, Any]) -> None:
    states = [run(config(until=1.2, every=every, **parameters)) for every in (1.2, 0.3, 0.1)]
    np.testing.assert_array_equal(states[0].swarm, states[1].swarm)
    np.testing.assert_array_equal(states[0].swarm, states[2].swarm)
    assert states[0].steps[0] == 12


def test_legs_go_on_in_place_and_noise() -> None:
    cfg = config(until=1.0, every=0.5)
    whole, legs = run(cfg), ENGINE.initial(cfg)
    advance(legs, 0.5)
    legs = ENGINE.reconfigure(legs, cfg)
    assert (legs.leg_start, legs.leg_steps) == (0.5, 5)
    advance(legs, 1.0)
    np.testing.assert_array_equal(legs.swarm, whole.swarm)
    np.testing.assert_array_equal(legs.steps, whole.steps)


def test_a_leg_may_change_radii_and_step_and_how_neighbours_are_sought() -> None:
    cells, pairs = config(**BOX), config(**(BOX | {"attraction_radius": 7.0, "step": 0.05}))
    state = run(cells)
    assert not np.array_equal(state.who[0], np.arange(ALL_PAIRS_BELOW))
    before = by_fish(state)
    state = ENGINE.reconfigure(state, pairs)
    assert state.setup.grids is None
    np.testing.assert_array_equal(by_fish(state), before)
    expected = ENGINE.initial(pairs, dict(zip(("position", "heading"), before, strict=True)))
    expected.steps[:], expected.leg_steps, expected.leg_start, expected.time[:] = 10, 10, 1.0, 1.0
    for one in (state, expected):
        advance(one, 1.5)
        assert one.steps[0] == 20
    np.testing.assert_allclose(by_fish(state), by_fish(expected), rtol=0, atol=1e-9)
    state = ENGINE.reconfigure(state, cells)
    advance(state, 2.0)
    assert state.steps[0] == 25


def test_a_protocol_runs_as_its_legs() -> None:
    protocol = [{"at": 0.3, "set": {"orientation_radius": 6.0}}]
    cfg = config(until=1.0, every=0.5, protocol=protocol)
    dataset = physent.run(cfg)
    state = ENGINE.initial(config())
    advance(state, 0.3)
    state = ENGINE.reconfigure(state, config(orientation_radius=6.0))
    advance(state, 1.0)
    np.testing.assert_array_equal(dataset.position.values[-1], by_fish(state)[0])


@pytest.mark.parametrize("box", [None, 30.0])
def test_starts_from_given_arrays(box: float | None) -> None:
    rng = np.random.default_rng(1)
    position, heading = rng.normal(0.0, 5.0, (50, 3)), rng.normal(size=(50, 3))
    cfg = config(replicas=2, box_length=box)
    one = ENGINE.initial(cfg, {"position": position, "heading": heading})
    both = ENGINE.initial(cfg, {"position": np.array([position] * 2), "heading": np.array([heading] * 2)})
    same(one, both)
    placed, headed = by_fish(one)
    np.testing.assert_allclose(placed[1], position if box is None else position % 30.0, rtol=0, atol=1e-13)
    np.testing.assert_allclose(headed[1], heading / np.linalg.norm(heading, axis=1, keepdims=True), atol=1e-15)
    again = ENGINE.initial(cfg, dict(zip(("position", "heading"), by_fish(one), strict=True)))
    same(one, again)


@pytest.mark.parametrize(("shape", "value"), [((49, 3), 1.0), ((3, 50, 3), 1.0), ((50, 3), np.nan), ((50, 3), 0.0)])
def test_refuses_given_arrays_that_do_not_fit(shape: tuple[int, ...], value: float) -> None:
    given = {"position": np.ones((50, 3)), "heading": np.full(shape, value)}
    with pytest.raises(UsageError, match="heading "):
        ENGINE.initial(config(replicas=2), given)


def test_a_flight_beyond_all_numbers_ends_the_run() -> None:
    state = run(config(until=0.1))
    state.swarm[0, 1, 3] = np.inf
    with pytest.raises(RunError, match="replica 0"):
        ENGINE.advance(state, 0.2, 10**9)


def test_has_no_actions() -> None:
    with pytest.raises(UsageError, match="reverse"):
        ENGINE.act(run(config(until=0.1)), "reverse")
