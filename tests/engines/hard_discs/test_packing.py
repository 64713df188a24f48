"""Discs that do not overlap: random sequential insertion, triangular lattices."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pytest

from physent.core.random import Purpose, stream_key
from physent.engines.hard_discs.packing import insert_discs, triangular_lattice


def least_distance(x: npt.NDArray[np.float64], sides: tuple[float, float], walls: tuple[bool, bool]) -> float:
    """Smallest distance of two points, over all pairs and images."""
    apart = np.abs(x[:, None] - x[None])
    for axis in (0, 1):
        if not walls[axis]:
            apart[..., axis] = np.minimum(apart[..., axis], sides[axis] - apart[..., axis])
    return float(np.hypot(apart[..., 0], apart[..., 1])[np.triu_indices(len(x), 1)].min())


def inserted(
    n: int, sides: tuple[float, float], walls: tuple[bool, bool], diameter: float
) -> tuple[int, npt.NDArray[np.float64]]:
    cells = np.empty([max(3, int(side / diameter)) for side in sides], dtype=np.int32)
    x = np.full((n, 2), np.nan)
    key = stream_key(5, Purpose.INITIAL, 0)
    diameters, after = np.full(n, diameter), np.empty(n, dtype=np.int32)
    placed = insert_discs(key, 1, np.array(sides), np.array(walls), diameters, cells, after, x)
    return placed, x


@pytest.mark.parametrize("walls", list(itertools.product((False, True), repeat=2)))
def test_random_insertion(walls: tuple[bool, bool]) -> None:
    """No overlap, inside the walls, and an earlier disc does not know of later ones."""
    sides, n, diameter = (0.5, 1.0), 120, 0.04
    placed, x = inserted(n, sides, walls, diameter)
    assert placed == n
    assert least_distance(x, sides, walls) > diameter
    for axis, side in enumerate(sides):
        low = diameter / 2 if walls[axis] else 0.0
        assert low <= x[:, axis].min() < low + 0.05
        assert side - low - 0.05 < x[:, axis].max() <= side - low
    np.testing.assert_array_equal(inserted(60, sides, walls, diameter)[1], x[:60])


def test_no_room_is_said() -> None:
    """Random insertion jams at a covered fraction of 0.547: Feder (1980), doi 10.1016/0022-5193(80)90358-6."""
    placed, x = inserted(1000, (1.0, 1.0), (False, False), 0.03)
    assert 0.5 < placed * np.pi * 0.03**2 / 4 < 0.56
    assert np.isnan(x[placed:]).all()


@pytest.mark.parametrize("walls", list(itertools.product((False, True), repeat=2)))
@pytest.mark.parametrize("n", [1, 2, 3, 7, 30, 113])
@pytest.mark.parametrize("sides", [(1.0, 1.0), (0.5, 1.0), (3.0, 0.7)])
def test_lattice(n: int, sides: tuple[float, float], walls: tuple[bool, bool]) -> None:
    """Enough sites, inside, at the distance that is said, which is near the densest possible for many."""
    diameter = 0.03
    x, distance = triangular_lattice(n, sides, walls, diameter)
    assert len(x) >= n
    for axis, side in enumerate(sides):
        low = diameter / 2 if walls[axis] else 0.0
        assert x[:, axis].min() >= low - 1e-15
        assert x[:, axis].max() <= side - low + 1e-15
    if n > 1:
        assert least_distance(x, sides, walls) >= distance * (1 - 1e-12)
    if n > 100:
        assert n * distance**2 * np.sqrt(3) / 2 > 0.8 * sides[0] * sides[1]


def test_lattice_without_room() -> None:
    assert triangular_lattice(5, (0.1, 1.0), (True, True), 0.2)[1] == 0.0
