"""Zonal steps: against a naive twin, exact cases of two fish, symmetries, cells against all pairs, threads."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest

from physent.core import cells, jit
from physent.engines.couzin.methods import cells as by_cells
from tests.engines.couzin.schools import KEY, Kind, Reals, advance, grids_of, model, swarm, twin_step, unit

KINDS = (
    Kind(noise=0.05),
    Kind(repulsion=0.5, orientation=0.5, attraction=6.0, cos_blind=-2.0, turn=1.5, stride=0.1),
    Kind(orientation=5.0, attraction=5.0, cos_blind=0.3, noise=0.4, turn=math.pi),
)


@pytest.fixture
def two_threads() -> Iterator[None]:
    jit.set_threads(2)
    yield
    jit.set_threads(1)


def angle(a: Reals, b: Reals) -> float:
    return float(np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b))


def fish(*places_and_heads: tuple[list[float], list[float]]) -> Reals:
    return np.array([[*place, *unit(np.array(head))] for place, head in places_and_heads]).T.copy()


@pytest.mark.parametrize("length", [0.0, 12.0])
@pytest.mark.parametrize("n", [1, 2, 31, 64, 97])
def test_one_step_is_the_naive_one(n: int, length: float) -> None:
    start, system = swarm(n, 12.0, n), model(n, *KINDS, length=length)
    for step in (0, 1, 10**9 + 1):
        expected, found = twin_step(start, system, step), advance(start, system, 1, begin=step)
        np.testing.assert_allclose(found[3:], expected[3:], rtol=0, atol=2e-13)
        np.testing.assert_allclose(found[:3], expected[:3], rtol=0, atol=2e-13)


@pytest.mark.parametrize("length", [0.0, 20.0])
@pytest.mark.parametrize("state", ["random", "clustered", "one cell", "fragments"])
def test_cells_are_all_pairs(state: str, length: float) -> None:
    n = 2000
    start = swarm(n, length or 30.0, 5)
    if state == "clustered":
        start[:3] = 5.0 + 0.2 * start[:3]
    elif state == "one cell":
        start[:3] = 0.1 + 0.01 * start[:3]
    elif state == "fragments" and not length:
        start[:3] += 1e4 * np.floor(4 * np.arange(n) / n)
    system = model(n, *KINDS, length=length)
    one, other = advance(start, system, 1, by_cells=True), advance(start, system, 1)
    np.testing.assert_allclose(one[3:], other[3:], rtol=0, atol=1e-12)
    np.testing.assert_allclose(one[:3], other[:3], rtol=0, atol=1e-12 * max(1.0, np.abs(start).max()))


def test_cells_reach_just_below_half_the_box() -> None:
    system = model(2000, Kind(attraction=4.999, repulsion=0.2), length=10.0 * 1.5)
    start = swarm(2000, 15.0, 6)
    one, other = advance(start, system, 1, by_cells=True), advance(start, system, 1)
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-12)
    assert cells.grid_of(2000, 4.999, [2 * 5.0] * 3) is None


def test_a_fish_alone_goes_straight() -> None:
    start = fish(([1.0, 2.0, 3.0], [1.0, 2.0, -2.0]))
    end = advance(start, model(1), 1000)
    np.testing.assert_allclose(end[:3, 0], start[:3, 0] + 300.0 * start[3:, 0], rtol=1e-12)
    np.testing.assert_allclose(end[3:, 0], start[3:, 0], rtol=0, atol=1e-15)


def test_two_that_align_close_in_by_twice_the_turn_and_then_swap() -> None:
    system = model(2, Kind(repulsion=0.1, orientation=50.0, attraction=50.0, cos_blind=-2.0, stride=1e-3))
    state = fish(([0.0, 0.0, 0.0], [1.0, 0.0, 0.0]), ([0.0, 2.0, 0.0], [math.cos(1.0), 0.0, math.sin(1.0)]))
    apart = 1.0
    while apart > 0.14:
        state = advance(state, system, 1)
        apart -= 0.14
        assert angle(state[3:, 0], state[3:, 1]) == pytest.approx(apart, abs=1e-10)
    if apart > 0.07:
        state = advance(state, system, 1)
        apart = 0.14 - apart
    before = state
    state = advance(state, system, 1)
    np.testing.assert_allclose(state[3:], before[3:, ::-1], rtol=0, atol=1e-12)


def test_a_head_on_pair_turns_by_the_whole_turn() -> None:
    state = fish(([0.0, 0.0, 0.0], [0.6, 0.0, 0.8]), ([0.3, 0.0, 0.4], [-0.6, 0.0, -0.8]))
    after = advance(state, model(2), 1)
    for one in range(2):
        assert angle(state[3:, one], after[3:, one]) == pytest.approx(0.07, abs=1e-12)


def test_two_side_by_side_turn_to_each_other() -> None:
    state = fish(([0.0, 0.0, 0.0], [1.0, 0.0, 0.0]), ([0.0, 4.0, 0.0], [1.0, 0.0, 0.0]))
    after = advance(state, model(2), 1)
    expected = np.array([[math.cos(0.07), math.sin(0.07), 0.0], [math.cos(0.07), -math.sin(0.07), 0.0]]).T
    np.testing.assert_allclose(after[3:], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("distance", [2.0, 4.0])
@pytest.mark.parametrize("alpha", [200.0, 270.0, 350.0])
def test_the_blind_cone_ends_where_it_should(alpha: float, distance: float) -> None:
    half = math.radians((360.0 - alpha) / 2)
    for offset in (-1e-6, 1e-6):
        behind = distance * np.array([-math.cos(half + offset), math.sin(half + offset), 0.0])
        state = fish(([0.0, 0.0, 0.0], [1.0, 0.0, 0.0]), (behind.tolist(), [0.0, 0.0, 1.0]))
        after = advance(state, model(2, Kind(cos_blind=math.cos(math.radians(alpha / 2)))), 1)
        turned = angle(state[3:, 0], after[3:, 0])
        assert turned == pytest.approx(0.07 if offset > 0 else 0.0, abs=1e-12)


def test_repulsion_has_no_blind_cone_and_comes_first() -> None:
    state = swarm(52, 1.0, 3)
    direction = state[3:, 2:] * 2.0
    state[:3, 2:] = direction
    state[:, 0] = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0]
    state[:3, 1] = [-0.5, 0.1, 0.0]
    after = advance(state, model(52, Kind(turn=math.pi, cos_blind=0.0)), 1)
    np.testing.assert_allclose(after[3:, 0], unit(np.array([0.5, -0.1, 0.0])), rtol=0, atol=1e-14)


def test_opposite_pulls_leave_the_heading() -> None:
    state = fish(([0.0, 0.0, 0.0], [1.0, 0, 0]), ([0.0, 4.0, 0.0], [1.0, 0, 0]), ([0.0, -4.0, 0.0], [1.0, 0, 0]))
    after = advance(state, model(3), 1)
    np.testing.assert_array_equal(after[3:, 0], [1.0, 0.0, 0.0])


def test_those_at_one_place_ignore_each_other() -> None:
    state = fish(([1.0, 2.0, 3.0], [1.0, 0.0, 0.0]), ([1.0, 2.0, 3.0], [0.0, 1.0, 0.0]))
    np.testing.assert_array_equal(advance(state, model(2), 1)[3:], state[3:])


@pytest.mark.parametrize("by_cells", [False, True])
def test_equivariance(by_cells: bool) -> None:
    rng = np.random.default_rng(4)
    n, steps = 60, 50
    start, system = swarm(n, 5.0, 12), model(n, *(kind._replace(noise=0.0) for kind in KINDS[:1]))
    end = advance(start, system, steps, by_cells=by_cells)
    orthogonal, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    for matrix in (orthogonal, -orthogonal):  # a rotation and a reflection
        turned = advance(np.vstack([matrix @ start[:3], matrix @ start[3:]]), system, steps, by_cells=by_cells)
        np.testing.assert_allclose(turned[:3], matrix @ end[:3], rtol=0, atol=1e-9 * 15)
        np.testing.assert_allclose(turned[3:], matrix @ end[3:], rtol=0, atol=1e-9)
    shift = np.array([[1.0, -7.0, 30.0, 0.0, 0.0, 0.0]]).T
    np.testing.assert_allclose(advance(start + shift, system, steps, by_cells=by_cells), end + shift, rtol=0, atol=1e-8)
    order = rng.permutation(n)
    permuted = advance(start[:, order].copy(), system, steps, by_cells=by_cells)
    np.testing.assert_allclose(permuted, end[:, order], rtol=0, atol=1e-8)


def test_periodic_shift() -> None:
    start, system = swarm(80, 12.0, 13), model(80, length=12.0)
    shift = np.array([[5.0, -3.0, 11.5, 0.0, 0.0, 0.0]]).T
    moved = start + shift
    moved[:3] %= 12.0
    end, other = advance(start, system, 30), advance(moved, system, 30)
    apart = other - end - shift
    apart[:3] -= 12.0 * np.rint(apart[:3] / 12.0)
    np.testing.assert_allclose(apart, 0.0, rtol=0, atol=1e-8)


@pytest.mark.parametrize("by_cells", [False, True])
def test_doubling_all_lengths_changes_no_bit(by_cells: bool) -> None:
    start = swarm(300, 10.0, 14)
    kind = Kind(noise=0.05)
    twice = kind._replace(repulsion=2.0, orientation=6.0, attraction=10.0, stride=0.6)
    scale = np.array([[2.0, 2.0, 2.0, 1.0, 1.0, 1.0]]).T
    one = advance(start, model(300, kind), 20, by_cells=by_cells)
    other = advance(start * scale, model(300, twice), 20, by_cells=by_cells)
    np.testing.assert_array_equal(other, one * scale)


def test_free_noise_is_a_freely_rotating_chain() -> None:
    """<v0.vn> = c^n and the mean squared way of a freely rotating chain, c = E cos(min(|sigma g|, largest turn))."""
    walkers, n, sigma, stride = 20_000, 100, 0.05, 0.3
    start = np.tile([[0.0, 0.0, 0.0, 1.0, 0.0, 0.0]], (walkers, 1)).T.copy()
    start[:3] = np.random.default_rng(17).uniform(0.0, 10.0, (3, walkers))
    g = np.linspace(0.0, 12.0, 200_001)
    weight = np.exp(-(g**2) / 2) / np.sqrt(np.pi / 2)
    for largest in (0.5, math.radians(4.0)):
        c = float(np.trapezoid(weight * np.cos(np.minimum(sigma * g, largest)), g))
        alone = Kind(repulsion=0.0, orientation=0.0, attraction=1e-6, noise=sigma, turn=largest, stride=stride)
        end = advance(start, model(walkers, alone), n, by_cells=True)
        cosine, way2 = end[3], ((end[:3] - start[:3]) ** 2).sum(axis=0)
        mean2 = n * stride**2 * ((1 + c) / (1 - c) - 2 * c * (1 - c**n) / (n * (1 - c) ** 2))
        assert abs(cosine.mean() - c**n) < 4 * cosine.std() / math.sqrt(walkers)
        assert abs(way2.mean() - mean2) < 4 * way2.std() / math.sqrt(walkers)


def test_headings_stay_unit_vectors() -> None:
    end = advance(swarm(8, 3.0, 15), model(8, Kind(noise=0.05)), 100_000)
    np.testing.assert_allclose(np.linalg.norm(end[3:], axis=0), 1.0, rtol=0, atol=1e-15)


@pytest.mark.parametrize("length", [0.0, 25.0])
def test_threads_and_cuts_change_no_bit(length: float, two_threads: None) -> None:
    n, system = 1500, model(1500, *KINDS, length=length)
    start = swarm(n, length or 25.0, 16)
    whole = advance(start, system, 3, by_cells=True)
    grids = grids_of(system, n)
    state, who = start.copy(), np.arange(n, dtype=np.int32)
    work = by_cells.Work(np.empty((6, n)), np.empty(n, np.int32), cells.allocate(n, max(g.cells for g in grids)))
    for step in range(3):
        choice = by_cells.sort_swarm(grids, state, work.lists)
        jit.spread(by_cells.carry, n, state, who, work)
        who[:] = work.who
        jit.spread(by_cells.update_cells, n, system, grids[choice], work, state, KEY, step)
    ordered = np.empty_like(state)
    ordered[:, who] = state
    np.testing.assert_array_equal(ordered, whole)
