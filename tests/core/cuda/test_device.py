"""Sorting by cell on a CUDA device, or in numba's simulator, against the CPU."""

from __future__ import annotations

import numpy as np
import pytest

from physent.core import cells

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


def test_other_types_than_declared_are_refused() -> None:
    """In the simulator as on a card, which has compiled for these types only."""
    from physent.core.cuda.bounds import copy
    from physent.core.cuda.launch import empty, upload

    source, target = upload(np.arange(5.0)), empty(5)
    copy(5, source, target)
    assert np.array_equal(target.copy_to_host(), np.arange(5.0))
    with pytest.raises(TypeError):
        copy(5, source, upload(np.arange(5)))
