"""Outcome spaces: cells against NumPy, measures, rules, specifications."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from ruamel.yaml import YAML

from physent.diagnostics import count
from physent.diagnostics.spaces import Grid, Lag, Levels, Ordinal, Product, Space, Sphere, Unique, from_spec
from physent.errors import RunError, UsageError

SPACES: list[Space] = [
    Grid(0.0, 1.5, 7),
    Grid((0.0, -1.0), (1.0, 1.0), (3, 4), periodic=(True, False), outside="clip"),
    Grid(0, 1, 5, outside="count"),
    Sphere(6, 12),
    Sphere(6, 12, equal_area=False),
    Ordinal(4, 2, ties="drop"),
    Levels((1 / 3, 2 / 3)),
    Unique(5),
    Product(Unique(2), Lag(Unique(2), 3)),
    Lag(Grid((0.0, 0.0), (1.0, 1.0), (2, 2)), 1),
]


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_spec_round_trip_through_yaml(space: Space) -> None:
    yaml = YAML(typ="safe", pure=True)
    text = io.StringIO()
    yaml.dump(space.spec(), text)
    again = from_spec(yaml.load(text.getvalue()))
    assert again == space
    assert again.spec() == space.spec()


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_one_measure_a_cell(space: Space) -> None:
    assert space.measure().shape == (space.size,)
    assert np.all(space.measure() > 0)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"grid": {"low": 0, "high": 1, "cels": 3}}, "parameters among low, high, cells"),
        ({"grid": {"low": 0, "high": 1}}, "cells"),
        ({"grid": {"low": 1, "high": 1, "cells": 3}}, "low < high"),
        ({"grid": {"low": 0, "high": math.inf, "cells": 3}}, "finite"),
        ({"grid": {"low": 0, "high": 1, "cells": 2.5}}, "int"),
        ({"grid": {"low": [0, 0], "high": [1, 1, 1], "cells": 2}}, "components"),
        ({"grid": {"low": 0, "high": 1, "cells": 3, "outside": "ignore"}}, "error, drop, clip, count"),
        ({"grid": {"low": 1e9, "high": 1e9 + 1e-6, "cells": 100}}, "resolves"),
        ({"ordinal": {"order": 11}}, "2 to 10"),
        ({"levels": {"edges": [1, 1]}}, "strictly rising"),
        ({"cube": {}}, "expected one of grid, sphere"),
        ({"unique": 3}, "parameters among size"),
        ([], "expected one key"),
        ({"product": {"unique": {"size": 3}}}, "list of spaces"),
    ],
)
def test_bad_specs_are_refused_in_one_line(spec: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        from_spec(spec)
    assert "\n" not in str(caught.value)


def _edge_cases(low: float, high: float, cells: int) -> NDArray[np.float64]:
    edges = np.linspace(low, high, cells + 1)
    around = np.concatenate([edges, np.nextafter(edges, -np.inf), np.nextafter(edges, np.inf)])
    return around[(around >= low) & (around <= high)]


@pytest.mark.parametrize(
    ("low", "high", "cells"), [(0.0, 1.0, 10), (-0.3, 0.7, 7), (1e3, 1e3 + 0.1, 49), (-np.pi, np.pi, 97), (0, 25, 15)]
)
def test_values_on_edges_fall_as_in_numpy(low: float, high: float, cells: int) -> None:
    grid = Grid(low, high, cells)
    x = _edge_cases(low, high, cells)
    assert np.array_equal(count(x, grid).n, np.histogramdd(x, bins=[cells], range=[(low, high)])[0])
    inner = np.searchsorted(np.linspace(low, high, cells + 1), x, side="right") - 1
    assert np.array_equal(grid.encode(x), np.minimum(inner, cells - 1))


@pytest.mark.parametrize("d", [1, 2, 3, 4, 5])
def test_counts_equal_histogramdd(d: int) -> None:
    rng = np.random.default_rng(d)
    cells = tuple(int(n) for n in rng.integers(2, 7, d))
    low, high = tuple(-rng.random(d)), tuple(rng.random(d) + 0.5)
    x = rng.uniform(low, high, size=(3001, d))
    expected, _ = np.histogramdd(x, bins=cells, range=list(zip(low, high, strict=True)))
    grid = Grid(low, high, cells)
    assert np.array_equal(count(x, grid).n.reshape(cells), expected)
    assert np.array_equal(np.bincount(grid.encode(x), minlength=grid.size), expected.ravel())


def test_periodic_axis_folds() -> None:
    rng = np.random.default_rng(0)
    grid = Grid((0.0, 0.0), (2.0, 3.0), (8, 6), periodic=True)
    x = np.round(rng.random((500, 2)) * 64) / 64 * np.array([2.0, 3.0])
    shifted = x + np.array([2.0, -3.0]) * rng.integers(-3, 4, (500, 2))
    assert np.array_equal(grid.encode(shifted), grid.encode(x))
    assert np.array_equal(grid.encode([[2.0, 3.0], [-1e-20, 0.0]]), [0, 7 * 6])


def test_periodic_shift_by_one_cell_rolls_the_counts() -> None:
    rng = np.random.default_rng(1)
    grid = Grid(0.0, 1.0, 16, periodic=True)
    x = np.floor(rng.random(1000) * 1024) / 1024
    assert np.array_equal(count(x + 1 / 16, grid).n, np.roll(count(x, grid).n, 1))


def test_outside_rules() -> None:
    x = np.array([-0.1, 0.0, 0.6, 1.0, 1.1, np.inf])
    with pytest.raises(RunError, match=r"3 of 6 points lie outside .* first at \(-0.1\)"):
        count(x, Grid(0.0, 1.0, 2))
    dropped = count(x, Grid(0.0, 1.0, 2, outside="drop"))
    assert dropped.n.tolist() == [1, 2]
    assert dropped.n_outside == 3
    assert count(x, Grid(0.0, 1.0, 2, outside="clip")).n.tolist() == [2, 4]
    counted = count(x, Grid(0.0, 1.0, 2, outside="count"))
    assert counted.n.tolist() == [1, 2, 3]
    assert counted.N == 6
    assert Grid(0.0, 1.0, 2, outside="count").encode(x).tolist() == [2, 0, 1, 1, 2, 2]
    assert Grid(0.0, 1.0, 2, outside="drop").encode(x).tolist() == [-1, 0, 1, 1, -1, -1]


@pytest.mark.parametrize("outside", ["error", "drop", "clip", "count"])
@pytest.mark.parametrize("periodic", [True, False])
def test_nan_is_an_error_under_every_rule(outside: Any, periodic: bool) -> None:
    grid = Grid((0.0, 0.0), (1.0, 1.0), (4, 4), periodic=(False, periodic), outside=outside)
    x = np.full((5, 2), 0.5)
    x[3, 1] = np.nan
    for call in (grid.encode, lambda x: count(x, grid)):
        with pytest.raises(RunError, match="1 NaN among 10 values"):
            call(x)


def test_infinity_on_a_periodic_axis_is_an_error() -> None:
    with pytest.raises(RunError, match="infinite value on a periodic axis"):
        Grid(0.0, 1.0, 4, periodic=True).encode([0.5, np.inf])


@pytest.mark.parametrize("space", [Levels((0.5,)), Unique(2), Ordinal(2), Sphere(2, 2)], ids=repr)
def test_nan_has_no_outcome_anywhere(space: Space) -> None:
    x = np.array([[0.0, 1.0, np.nan]])
    with pytest.raises(RunError, match="NaN"):
        space.encode(x)


def test_sphere_cells_have_equal_area() -> None:
    rng = np.random.default_rng(2)
    v = rng.normal(size=(288 * 400, 3)) * rng.random((288 * 400, 1))
    n = count(v, Sphere(12, 24)).n
    chi2 = np.sum((n - 400) ** 2 / 400)
    assert abs(chi2 - 287) < 4 * np.sqrt(2 * 287)
    assert Sphere(12, 24).measure().sum() == pytest.approx(4 * np.pi, abs=1e-12)


def test_unequal_sphere_cells_measure_their_solid_angle() -> None:
    rng = np.random.default_rng(3)
    sphere = Sphere(12, 24, equal_area=False)
    expected = 100_000 * sphere.measure() / (4 * np.pi)
    n = count(rng.normal(size=(100_000, 3)), sphere).n
    assert abs(np.sum((n - expected) ** 2 / expected) - 287) < 4 * np.sqrt(2 * 287)


def test_sphere_cells_by_hand() -> None:
    """Cells run from +z and from phi = -pi."""
    vectors = [[1e-3, -1e-6, 5.0], [1e-3, 1e-6, -5.0], [0.0, 2.0, 0.1]]
    for equal_area in (True, False):
        assert Sphere(2, 4, equal_area).encode(vectors).tolist() == [1, 4 + 2, 3]


def test_sphere_refuses_zero_vectors() -> None:
    with pytest.raises(RunError, match="length zero"):
        Sphere(2, 2).encode([[0.0, 0.0, 0.0]])


def test_levels_are_closed_below() -> None:
    assert Levels((0.25, 0.5)).encode([0.0, 0.25, 0.4, 0.5, np.inf]).tolist() == [0, 1, 1, 2, 2]


def test_unique_takes_whole_numbers_alone() -> None:
    assert Unique(3).encode(np.array([0.0, 2.0, 1.0])).tolist() == [0, 2, 1]
    for wrong in ([3], [-1], [0.5]):
        with pytest.raises(RunError, match="whole numbers 0 to 2"):
            Unique(3).encode(wrong)


def test_lagged_product_is_the_pair_now_and_before() -> None:
    x = np.array([0, 1, 1, 0, 1, 0, 0])
    codes = Product(Unique(2), Lag(Unique(2), 2)).encode(x)
    assert codes.tolist() == [2 * now + before for now, before in zip(x[2:], x[:-2], strict=True)]


def test_products_of_windows_end_together() -> None:
    rng = np.random.default_rng(4)
    x = rng.random(50)
    space = Product(Ordinal(3), Lag(Ordinal(3), 1), Grid(0.0, 1.0, 4))
    one, last = Ordinal(3).encode(x), Grid(0.0, 1.0, 4).encode(x)
    expected = (one[1:] * 6 + one[:-1]) * 4 + last[3:]
    assert np.array_equal(space.encode(x), expected)


def test_product_takes_one_array_a_factor() -> None:
    rng = np.random.default_rng(6)
    r, v = rng.random((100, 2)), rng.random((100, 3))
    space = Product(Grid((0.0, 0.0), (1.0, 1.0), (3, 3)), Grid((0.0,) * 3, (1.0,) * 3, (2, 2, 2)))
    joint = Grid((0.0,) * 5, (1.0,) * 5, (3, 3, 2, 2, 2))
    assert np.array_equal(space.encode((r, v)), joint.encode(np.hstack([r, v])))
    assert np.allclose(space.measure(), joint.measure(), rtol=1e-14)
    with pytest.raises(UsageError, match="found 1 arrays, expected 2"):
        space.encode((r,))


def test_ties() -> None:
    x = [1.0, 2.0, 2.0, 3.0]
    assert Ordinal(3).encode(x).tolist() == [0, 0]
    assert Ordinal(3, ties="drop").encode([*x, 1.0]).tolist() == [-1, -1, Ordinal(3).encode([2.0, 3.0, 1.0])[0]]
    with pytest.raises(RunError, match="equal values in 2 of 2 windows"):
        Ordinal(3, ties="error").encode(x)
    assert count([*x, 1.0], Ordinal(3, ties="drop")).n_outside == 2


def test_ordinal_codes_number_the_rank_patterns() -> None:
    from itertools import permutations

    patterns = list(permutations(range(4)))
    assert [int(Ordinal(4).encode(np.array(pattern, float))[0]) for pattern in patterns] == list(range(24))
