"""Verlet lists against all pairs, and what makes a list again."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from physent.core import verlet

Reals = npt.NDArray[np.float64]
BOXES = ([10.0], [0.0], [10.0, 7.0], [0.0, 0.0], [10.0, 0.0], [10.0, 9.0, 8.0], [0.0] * 3, [10.0, 0.0, 7.0], [4.0, 4.0])


def listed(reach: verlet.Reach, points: Reals) -> tuple[Reals, npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Points and their indices by slot, and the listed pairs of slots (pairs, 2)."""
    axes, n = points.shape
    who = np.arange(n, dtype=np.int32)
    work = verlet.scratch(n, axes, reach.grid)
    verlet.arrange(reach, points, who, work)
    rows = np.ascontiguousarray(points[:, work.lists.order])
    empty = np.empty(3, np.uint32)
    pairs = verlet.list_pairs(reach, rows, verlet.Pairs(empty, empty.copy(), np.zeros(1, np.int64)), work)
    count = pairs.size[0]
    return rows, who, np.stack([pairs.first[:count], pairs.second[:count]], axis=1).astype(np.int64)


def expected(points: Reals, far: float, periods: list[float]) -> set[tuple[int, int]]:
    """All pairs at a distance below ``far``, by index."""
    length = np.array(periods)
    apart = points.T[None] - points.T[:, None]
    apart -= length * np.rint(np.divide(apart, length, out=np.zeros_like(apart), where=length > 0))
    close = np.triu((apart**2).sum(axis=2) < far**2, 1)
    return set(zip(*(index.tolist() for index in np.nonzero(close)), strict=True))


@pytest.mark.parametrize("periods", BOXES)
def test_each_close_pair_once(periods: list[float]) -> None:
    rng = np.random.default_rng(len(periods))
    box = np.array([period or 9.0 for period in periods])[:, None]
    points = rng.uniform(-2.0, 3.0, (len(periods), 150)) * box  # unwrapped: images up to three boxes away
    reach = verlet.reach_of(150, 1.1, 0.3, periods)
    rows, who, pairs = listed(reach, points)
    np.testing.assert_array_equal(rows, points[:, who])
    found = [tuple(sorted(pair)) for pair in who[pairs].tolist()]
    assert len(set(found)) == len(found)
    assert set(found) == expected(points, 1.4, periods)


def test_list_is_a_function_of_reference_and_order() -> None:
    rng = np.random.default_rng(5)
    reach = verlet.reach_of(400, 1.0, 0.3, [12.0, 12.0])
    rows, _, pairs = listed(reach, rng.uniform(0.0, 12.0, (2, 400)))
    again, who, same = listed(reach, rows)
    np.testing.assert_array_equal(again, rows)
    np.testing.assert_array_equal(who, np.arange(400))
    np.testing.assert_array_equal(same, pairs)


def test_list_holds_until_a_point_has_moved_by_half_of_the_skin() -> None:
    rng = np.random.default_rng(6)
    reach = verlet.reach_of(200, 1.0, 0.4, [10.0] * 2)
    rows, _, pairs = listed(reach, rng.uniform(0.0, 10.0, (2, 200)))
    angle = rng.uniform(0.0, 2 * np.pi, 200)
    step = np.stack([np.cos(angle), np.sin(angle)])
    assert expected(rows + 0.1999 * step, 1.0, [10.0] * 2) <= {tuple(sorted(pair)) for pair in pairs.tolist()}


def test_limits() -> None:
    with pytest.raises(ValueError, match="at least twice the cutoff"):
        verlet.reach_of(10, 1.0, 0.3, [1.9, 5.0])
    n = 2 * verlet.MOST_PARTNERS + 200
    reach = verlet.reach_of(n, 1.0, 0.3, [0.0])
    work, empty = verlet.scratch(n, 1, reach.grid), np.empty(0, np.uint32)
    pairs = verlet.list_pairs(reach, np.zeros((1, n)), verlet.Pairs(empty, empty, np.zeros(1, np.int64)), work)
    assert pairs.size[0] == -1
