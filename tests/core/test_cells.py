"""Cell lists against all pairs: every neighbour is a candidate, once, at its nearest image."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from physent.core.cells import Grid, Lists, allocate, gather, grid_of, locate, sort

Reals = npt.NDArray[np.float64]


def lists_of(grid: Grid, points: Reals) -> Lists:
    lists = allocate(points.shape[1], grid.cells)
    locate(grid, points.shape[0], points, lists)
    sort(grid, lists)
    return lists


def neighbours(grid: Grid, points: Reals, reach: float) -> list[list[tuple[int, Reals]]]:
    """Of each point: neighbours closer than ``reach`` by index, with the vector to each."""
    d, n = points.shape
    lists = lists_of(grid, points)
    carried = np.vstack([points, np.arange(n, dtype=float)])[:, lists.order]
    near = np.full((d + 1, n), np.nan)
    found: list[list[tuple[int, Reals]]] = [[] for _ in range(n)]
    for point in range(n):
        count = gather(grid, lists.start, int(lists.cell[point]), d, carried, near)
        index = near[d, :count].astype(int)
        assert np.unique(index).size == count
        apart = near[:d, :count].T - points[:, point]
        close = (np.linalg.norm(apart, axis=1) < reach) & (index != point)
        found[point] = sorted(zip(index[close], apart[close], strict=True), key=lambda pair: int(pair[0]))
    return found


def check(points: Reals, reach: float, periods: list[float], refine: int) -> Grid:
    grid = grid_of(points.shape[1], reach, periods, refine)
    assert grid is not None
    length = np.array(periods)
    apart = points.T[None] - points.T[:, None]
    apart -= length * np.rint(np.divide(apart, length, out=np.zeros_like(apart), where=length > 0))
    distance = np.linalg.norm(apart, axis=2)
    np.fill_diagonal(distance, np.inf)
    for point, found in enumerate(neighbours(grid, points, reach)):
        expected = np.flatnonzero(distance[point] < reach)
        assert [index for index, _ in found] == expected.tolist()
        for index, vector in found:
            np.testing.assert_allclose(vector, apart[point, index], rtol=0, atol=1e-12 * max(1.0, np.abs(points).max()))
    return grid


@pytest.mark.parametrize("refine", [1, 2])
@pytest.mark.parametrize("periods", [[10.0], [0.0], [10.0, 7.0], [0.0, 0.0], [10.0] * 3, [0.0] * 3, [10.0, 0.0, 7.0]])
def test_candidates_hold_every_neighbour(periods: list[float], refine: int) -> None:
    rng = np.random.default_rng(len(periods) + refine)
    box = np.array([period or 30.0 for period in periods])[:, None]
    points = rng.uniform(0.0, 1.0, (len(periods), 300)) * box
    points -= np.where(np.array(periods)[:, None] > 0, 0.0, 13.0)
    check(points, 1.7 if len(periods) > 1 else 0.2, periods, refine)


@pytest.mark.parametrize("refine", [1, 2])
def test_fragments_far_apart_fold_onto_the_same_cells(refine: int) -> None:
    rng = np.random.default_rng(7)
    centres = np.array([[0.0, 0, 0], [1e3, 0, 0], [-5e5, 3e4, 1e4], [1e7, -1e7, 3e6]])
    points = np.concatenate([centre + rng.normal(0.0, 1.0, (40, 3)) for centre in centres]).T
    check(np.ascontiguousarray(points), 1.5, [0.0] * 3, refine)


def test_all_in_one_cell_and_all_at_one_place() -> None:
    rng = np.random.default_rng(8)
    check(5.0 + 1e-3 * rng.uniform(size=(3, 50)), 1.0, [10.0] * 3, 1)
    check(np.full((3, 20), 2.5), 1.0, [0.0] * 3, 2)


@pytest.mark.parametrize("cells", [3, 4, 9])
def test_neighbours_across_cell_faces(cells: int) -> None:
    """Points on the faces, where rounding decides on the cell, with a reach of just under one side."""
    length = 0.7
    line = np.concatenate([np.nextafter(np.arange(cells) * (length / cells), way) for way in (-1.0, 0.0, 1.0)])
    line = line[line >= 0.0]
    check(line[None], length / cells * (1 - 2e-9), [length], 1)


def test_faces_of_the_box_and_of_folded_axes() -> None:
    faces = np.array([0.0, np.nextafter(0.7, 0.0), 0.05, 0.65, 0.7 / 3, np.nextafter(0.7 / 3, 0.0)])
    check(faces[None], 0.2, [0.7], 1)
    multiples = 0.1 * (1 + 1e-9) * np.arange(-60, 60)
    check(np.concatenate([multiples, np.nextafter(multiples, -1e3), np.nextafter(multiples, 1e3)])[None], 0.1, [0.0], 1)


@pytest.mark.parametrize(
    ("periods", "reach", "refine", "fits"),
    [
        ([3.1] * 3, 1.0, 1, True),
        ([2.9] * 3, 1.0, 1, False),
        ([3.1, 0.0, 2.9], 1.0, 1, False),
        ([3.1] * 3, 1.0, 2, True),
    ],
)
def test_short_axes_are_refused(periods: list[float], reach: float, refine: int, fits: bool) -> None:
    assert (grid_of(100, reach, periods, refine) is not None) == fits


def test_table_grows_with_points_alone() -> None:
    for periods in ([1e6] * 3, [0.0] * 3, [1e6, 0.0, 0.0]):
        grid = grid_of(1000, 1.0, periods)
        assert grid is not None
        assert grid.cells <= 8 * 2.0 * 1000 * 8
    with pytest.raises(ValueError, match="reach"):
        grid_of(10, 0.0, [1.0])


def test_sorted_by_cell_in_the_given_order() -> None:
    points: Any = np.random.default_rng(9).uniform(0.0, 10.0, (3, 500))
    grid = grid_of(500, 2.0, [10.0] * 3)
    assert grid is not None
    lists = lists_of(grid, points)
    number = np.floor(points * grid.rate[:, None]).astype(int)
    expected = (number[0] * grid.shape[1] + number[1]) * grid.shape[2] + number[2]
    np.testing.assert_array_equal(lists.cell, expected)
    np.testing.assert_array_equal(lists.order, np.argsort(expected, kind="stable"))
    np.testing.assert_array_equal(lists.start[1:], np.cumsum(np.bincount(expected, minlength=grid.cells)))
    held = np.bincount(expected)
    assert locate(grid, 3, points, lists) == pytest.approx(float((held**2).sum()) / 500, rel=1e-12)
