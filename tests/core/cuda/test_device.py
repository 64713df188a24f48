"""Points by cell, and Verlet lists, on a CUDA device, or in numba's simulator, against the CPU."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest

from physent import engines
from physent.core import cells
from physent.core.verlet import Reach, arrange, reach_of, scratch
from physent.typing import Floats

pytestmark = [pytest.mark.cuda, pytest.mark.simulated]


@pytest.mark.parametrize("periods", [(0.0, 0.0, 0.0), (4.0, 4.0, 4.0), (5.0, 0.0, 3.5)])
def test_points_are_sorted_as_on_the_cpu(periods: tuple[float, float, float]) -> None:
    """Each of several sets by cell, then by index; more cells than one block sums."""
    from physent.core.cuda.cells import count_by_cell, sorting
    from physent.core.cuda.launch import upload
    from tests.core.cuda.slots import slots

    rng = np.random.default_rng(1)
    rows, n = 2, 30
    points = rng.uniform(-9.0, 9.0, (rows, 4, n))
    points[1, :3, :12] = points[1, :3, :1]  # a crowded cell
    for axis, period in enumerate(periods):
        if period:
            points[:, axis] %= period
    grid = cells.grid_of(n, 1.0, periods)
    assert grid is not None
    work = sorting(grid, n, rows)
    count_by_cell(upload(points), work)
    slot = upload(np.zeros((rows, n), np.int32))
    slots(n, work.cell, work.start, work.member, slot, rows=rows)
    for row in range(rows):
        lists = cells.allocate(n, grid.cells)
        cells.locate(grid, 3, points[row], lists)
        cells.sort(grid, lists)
        assert np.array_equal(work.start.copy_to_host()[row], lists.start)
        assert np.array_equal(slot.copy_to_host()[row][lists.order], np.arange(n))


def test_the_layout_of_all_arguments_is_known() -> None:
    """Of the kernels of every engine: another one would raise at its first launch on a card."""
    from physent.core.cuda.arguments import Arguments
    from physent.core.cuda.launch import kernels

    for name in engines.TABLE:
        for module in engines.get(name).twins.values():
            import_module(module)
    assert all(Arguments(kernel.signature).kinds for kernel in kernels())


def near_pairs(x: Floats, reach: Reach) -> set[tuple[int, int]]:
    """Ordered pairs of points (axes, n) closer than the reach, at nearest images."""
    apart = x[:, :, None] - x[:, None]
    apart -= reach.space.period[:, None, None] * np.rint(apart * reach.space.turns[:, None, None])
    near = (apart**2).sum(axis=0) < reach.reach**2
    return {(int(i), int(j)) for i, j in np.argwhere(near) if i != j}


@pytest.mark.parametrize("periods", [(5.0,), (5.0, 0.0), (3.0, 3.0), (0.0, 4.0, 5.0)])
def test_lists_hold_all_pairs_within_reach(periods: tuple[float, ...]) -> None:
    """Of slots in the order of the CPU, before and after the points of one of two sets have moved."""
    from physent.core.cuda import verlet
    from physent.core.cuda.launch import upload

    rng, axes, rows, n = np.random.default_rng(1), len(periods), 2, 12
    reach = reach_of(n, 1.0, 0.2, periods)
    x = rng.uniform(-5.0, 10.0, (axes, rows, n))
    who, reference = np.tile(np.arange(n, dtype=np.int32), (rows, 1)), x.copy()

    def sorted_slots(row: int) -> None:
        who[row] = np.arange(n)
        arrange(reach, np.ascontiguousarray(x[:, row]), who[row], scratch(n, axes, reach.grid))
        reference[:, row] = x[:, row, who[row]]

    def listed(row: int) -> list[tuple[int, int]]:
        first, partners = lists.first.copy_to_host()[row], lists.partners.copy_to_host()[row]
        return [(int(who[row, s]), int(who[row, p])) for s in range(n) for p in partners[first[s] : first[s + 1]]]

    for row in range(rows):
        sorted_slots(row)
    lists, on_device, then = verlet.lists_of(reach, who, reference), upload(who), upload(reference)
    assert verlet.find_partners(lists, on_device, then) == -1
    moved = x + rng.uniform(-1.0, 1.0, x.shape)
    place = np.zeros((rows, n, 4))
    place[1, :, :axes] = moved[:, 1, who[1]].T
    for row in range(rows):
        assert len(listed(row)) == len(near_pairs(x[:, row], reach))
        assert set(listed(row)) == near_pairs(x[:, row], reach)
    x[:, 1] = moved[:, 1]
    lists.expires.copy_to_device(np.array([verlet.NEVER, 3]))
    verlet.sort_slots(lists, upload(place.reshape(-1)), on_device, then)
    assert verlet.find_partners(lists, on_device, then) == -1
    sorted_slots(1)
    assert np.array_equal(on_device.copy_to_host(), who)
    assert np.array_equal(then.copy_to_host(), reference)
    for row in range(rows):
        assert set(listed(row)) == near_pairs(x[:, row], reach)


def test_other_types_than_declared_are_refused() -> None:
    """In the simulator as on a card, which has compiled for these types only."""
    from physent.core.cuda.bounds import copy
    from physent.core.cuda.launch import empty, upload

    source, target = upload(np.arange(5.0)), empty(5)
    copy(5, source, target)
    assert np.array_equal(target.copy_to_host(), np.arange(5.0))
    with pytest.raises(TypeError):
        copy(5, source, upload(np.arange(5)))


@pytest.mark.parametrize("far", [0.0, 1e3, 1e9, 1e15, 1e30])
def test_packed_positions_miss_no_point_within_reach(far: float) -> None:
    """At any distance from the origin; near it, those a tenth of the reach further away are told apart."""
    from physent.core.cuda.launch import SIMULATED, upload
    from tests.core.cuda.packs import keep_near

    n, rng, reach = 60 if SIMULATED else 100_000, np.random.default_rng(2), 1.7
    points = rng.uniform(-9.0, 9.0, (3, n)) + far
    way = rng.standard_normal((3, n))
    way *= reach / np.sqrt((way**2).sum(axis=0))
    for length, most in ((rng.uniform(0.9, 1.0, n), n), (rng.uniform(1.1, 1.9, n), 0 if far <= 1e9 else n)):
        others = points + length * way
        apart = np.sqrt(((others - points) ** 2).sum(axis=0))
        kept = upload(np.zeros(n, np.int32))
        keep_near.blocks(-(-n // 4), 4, upload(points), upload(others), reach, kept, shared=16)
        found = kept.copy_to_host().astype(bool)
        assert found[apart < reach].all()
        assert found[apart > 1.08 * reach].sum() <= most
