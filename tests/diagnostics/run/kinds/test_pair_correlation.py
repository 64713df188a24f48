"""Pair correlations of independent points, of two discs, of lattices and of exact Ginibre draws."""

from __future__ import annotations

import re
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from physent.declare import Box
from physent.diagnostics.pairs import contact_weights, count_pairs, independent_pairs, two_body_entropy
from physent.diagnostics.radial import ball_volume
from physent.diagnostics.run.kinds.pair_correlation import PairCorrelation
from tests.diagnostics.run.kinds.sampled import POSITION, ginibre, taken_through
from tests.diagnostics.run.records import complaints, context


def pairs(**options: Any) -> PairCorrelation:
    return PairCorrelation(**({"kind": "pair_correlation", "name": "g"} | options))


def test_counts_are_those_of_a_plain_loop() -> None:
    rng = np.random.default_rng(2)
    x = rng.uniform(-1, 3, size=(3, 30, 2))
    centre = rng.uniform(size=(3, 30)) < 0.5
    for period in (None, 1.8):
        expected = np.zeros((3, 8))
        for row in range(3):
            for i, j in combinations(range(30), 2):
                d = x[row, i] - x[row, j]
                d = d if period is None else d - period * np.rint(d / period)
                cell = int(np.floor((np.hypot(*d) - 0.1) / 0.1))
                if 0 <= cell < 8:
                    expected[row, cell] += int(centre[row, i]) + int(centre[row, j])
        np.testing.assert_array_equal(count_pairs(x, 8, 0.9, low=0.1, period=period, centre=centre), expected)


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_independent_points_in_a_periodic_box(dimension: int) -> None:
    """(n - 1)/n at every distance, exactly."""
    n = 20
    x = np.random.default_rng(dimension).uniform(0, 3, size=(300, 2, n, dimension))
    found = taken_through(pairs(cells=10, max_separation=1.5), x, Box.cube(3.0, dimension))
    z = (found["g"] - (n - 1) / n) / found["g_se"]
    assert np.abs(z).max() < 4.5
    assert 0.2 < np.mean(z**2) < 2.5


def test_independent_points_between_walls() -> None:
    n = 20
    x = np.random.default_rng(7).uniform(0, 2, size=(300, 2, n, 2))
    found = taken_through(pairs(cells=8, max_separation=2.0), x, Box.cube(2.0, 2, periodic=False))
    assert np.abs((found["g"] - (n - 1) / n) / found["g_se"]).max() < 4.5


def test_two_discs_touch_as_often_as_the_free_area_says() -> None:
    """There g = (1/2) L^2/(L^2 - pi sigma^2) outside contact, for two discs in a periodic square."""
    sigma = 0.4
    rng = np.random.default_rng(3)
    d = rng.uniform(-0.5, 0.5, size=(60000, 2))
    d = d[np.hypot(*d.T) > sigma][:20000]
    first = rng.uniform(size=d.shape)
    x = np.stack([first, (first + d) % 1.0], axis=1).reshape(-1, 4, 2, 2)
    found = taken_through(pairs(cells=20, max_separation=0.5), x, Box.cube(1.0, 2, diameter=sigma))
    exact = 0.5 / (1 - np.pi * sigma**2)
    assert np.abs((found["g"] - exact) / found["g_se"]).max() < 4.5
    assert found["g_contact"] == pytest.approx(exact, abs=4 * found["g_contact_se"])
    assert found["g_contact_se"] < 0.15 * exact


def test_contact_of_a_known_function() -> None:
    """Discs to first order in the density: g = 1 + n A(r), A the area that two discs of radius sigma share."""
    sigma, edges = 0.1, np.linspace(0.1, 0.3, 41)
    r = np.linspace(0.1, 0.3, 40 * 64 + 1)
    shared = 2 * sigma**2 * np.arccos(np.minimum(r / (2 * sigma), 1)) - r / 2 * np.sqrt(
        np.maximum(4 * sigma**2 - r**2, 0)
    )
    g = 1 + 25.0 * shared  # packing fraction 0.2
    middle = 0.5 * (r[1:] + r[:-1])
    mean = (0.5 * (g[1:] + g[:-1]) * middle).reshape(40, 64).sum(1) / middle.reshape(40, 64).sum(1)
    assert contact_weights(edges, sigma, 2) @ mean == pytest.approx(g[0], abs=1e-3)
    assert np.isnan(contact_weights(np.linspace(0.1, 0.3, 7), sigma, 2)).all()


@pytest.mark.parametrize("reach", [0.11, 0.13, 0.2, 0.3, 0.37])
def test_the_cells_that_contact_needs(reach: float) -> None:
    """One cell fewer than the warning asks for, and the value at contact is NaN."""
    fields = {"position": (POSITION, np.zeros((1, 4, 2)))}
    box = Box.cube(1.0, 2, diameter=0.1)
    (few,) = complaints(pairs(max_separation=reach, cells=1), fields, box=box)
    needed = int(re.findall(r"found 1, expected at least (\d+), of which 4 end within 1.3 diameters", few.message)[0])
    assert few.is_warning
    assert few.path == (0, "cells")
    assert few.message.endswith(": g_contact is NaN")
    assert complaints(pairs(max_separation=reach, cells=needed - 1), fields, box=box)
    assert not complaints(pairs(max_separation=reach, cells=needed), fields, box=box)
    assert np.isnan(contact_weights(np.linspace(0.1, reach, needed), 0.1, 2)).all()
    assert np.isfinite(contact_weights(np.linspace(0.1, reach, needed + 1), 0.1, 2)).all()


@pytest.mark.parametrize(
    ("species", "normalization"),
    [
        (None, "rho2/(rho rho): (n - 1)/n for n independent particles"),
        ((0, 1), "rho2/(rho_0 rho_1): 1 for independent particles"),
        ((1, 1), "rho2/(rho_1 rho_1): (N_1 - 1)/N_1 for N_1 independent particles"),
    ],
)
def test_attributes_say_which_pairs_were_counted(species: tuple[int, int] | None, normalization: str) -> None:
    g, *_ = pairs(max_separation=0.3, species=species).results(context({"position": (POSITION, np.zeros((1, 4, 2)))}))
    assert g.attrs["normalization"] == normalization
    assert g.attrs.get("species") == (None if species is None else f"{species[0]}, {species[1]}")


def test_a_lattice_has_its_shells() -> None:
    """Square lattice of side 1: 4 neighbours at 1, 4 at sqrt(2), 4 at 2."""
    x = np.stack(np.meshgrid(np.arange(6.0), np.arange(6.0)), axis=-1).reshape(1, 1, 36, 2) + 0.37
    found = taken_through(pairs(cells=17, max_separation=2.55), x, Box.cube(6.0, 2))
    counts = found["g_counts"][0, 0] / 36
    assert {int(c): n for c, n in enumerate(counts) if n} == {6: 4, 9: 4, 13: 4, 14: 8}
    assert np.isnan(found["g_se"]).all()


def test_independent_points_of_a_density_that_is_not_uniform() -> None:
    """A Gaussian cloud: the measured density in the denominator leaves (n - 1)/n, in d = 1, 2, 3."""
    n = 40
    for dimension in (1, 2, 3):
        x = np.random.default_rng(dimension).normal(size=(400, 2, n, dimension))
        found = taken_through(pairs(cells=10, max_separation=1.0, centre_radius=1.0), x)
        z = (found["g"] - (n - 1) / n) / found["g_se"]
        assert np.abs(z).max() < 4.5
        assert 0.3 < np.mean(z**2) < 2.5


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_what_independent_particles_would_have(dimension: int) -> None:
    """Uniform in a ball: exact up to its edge; the derivative by the shells is that of a quadratic form."""
    edges, volume = np.linspace(0, 0.4, 21), ball_volume(dimension, np.linspace(0, 1.0, 41))
    shells = np.random.default_rng(dimension).uniform(1.0, 2.0, 40)
    uniform, _ = independent_pairs(3.0 * np.diff(volume), 1.0, edges, 20, dimension)
    ball = ball_volume(dimension, 0.5)
    np.testing.assert_allclose(uniform, 9.0 * ball * np.diff(ball_volume(dimension, edges)), rtol=1e-12)
    found, slope = independent_pairs(shells, 1.0, edges, 20, dimension)
    np.testing.assert_allclose(slope @ shells, 2 * found, rtol=1e-12)
    change = np.random.default_rng(9).normal(size=40)
    above, below = (independent_pairs(shells + s * change, 1.0, edges, 20, dimension)[0] for s in (1e-4, -1e-4))
    np.testing.assert_allclose((above - below) / 2e-4, slope @ change, rtol=1e-6, atol=1e-8)


def test_errors_are_those_of_the_ratio() -> None:
    """Over 24 runs in a Gaussian cloud, out to where the density has fallen: spread over reported error."""
    x = np.random.default_rng(5).normal(size=(24, 60, 4, 20, 2)) * 0.5
    runs = [taken_through(pairs(cells=6, max_separation=0.9, centre_radius=0.5), one) for one in x]
    values, errors = (np.array([run[name] for run in runs]) for name in ("g", "g_se"))
    ratio = np.sqrt(values.var(axis=0, ddof=1).mean() / np.square(errors).mean())
    assert 0.7 < ratio < 1.3


def test_ginibre_bulk() -> None:
    """1 - exp(-n r^2), averaged over cells, and the two-body entropy -(1 - pi^2/12) (known from the same g)."""
    n, cells, high = 60, 12, 0.36
    x = ginibre(n, 150, 2, 6)
    found = taken_through(pairs(cells=cells, max_separation=high, centre_radius=0.42), x)
    edges = np.linspace(0, high, cells + 1)
    exact = 1 + np.diff(np.exp(-n * edges**2)) / (n * np.diff(edges**2))
    z = (found["g"] - exact) / found["g_se"]
    assert np.abs(z).max() < 4.5
    s2 = two_body_entropy(found["g"], found["g_se"], edges, n / np.pi, 2)
    assert s2 == pytest.approx(np.pi**2 / 12 - 1, abs=0.02)


def test_problems() -> None:
    fields = {"position": (POSITION, np.zeros((1, 4, 2)))}

    def said(one: PairCorrelation, box: Box | None) -> list[str]:
        return [p.message for p in complaints(one, fields, box=box)]

    assert said(pairs(max_separation=0.2), None) == [
        "there is no box: expected a radius for the particles to start from"
    ]
    assert said(pairs(max_separation=0.6), Box.cube(1.0, 2)) == ["found 0.6, expected at most 0.5"]
    assert said(pairs(max_separation=0.95, cells=200), Box.cube(1.0, 2, periodic=False, diameter=0.1)) == [
        "found 0.95, expected at most 0.9"
    ]
    assert said(pairs(max_separation=0.3, centre_radius=0.2), Box.cube(1.0, 2)) == [
        "in a box every particle is a centre, expected null"
    ]
    assert said(pairs(max_separation=0.05), Box.cube(1.0, 2, diameter=0.1)) == ["found 0.05, discs touch at 0.1"]
