"""Radial densities of points of known law."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import gammainc, gammaincc

from physent.diagnostics.run.kinds.radial_density import RadialDensity
from tests.diagnostics.run.kinds.sampled import kostlan, taken_through


def density(**options: Any) -> RadialDensity:
    return RadialDensity(**({"kind": "radial_density", "name": "rho"} | options))


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_normal_points(dimension: int) -> None:
    x = np.random.default_rng(dimension).normal(size=(400, 2, 20, dimension)) * 0.5
    found = taken_through(density(cells=12, max_radius=2.4), x)
    edges = np.linspace(0, 2.4, 13)
    sphere = {1: 2.0, 2: 2 * np.pi, 3: 4 * np.pi}[dimension]
    mass = [
        quad(lambda r: sphere * r ** (dimension - 1) * (2 / np.pi) ** (dimension / 2) * np.exp(-2 * r * r), a, b)[0]
        for a, b in pairwise(edges)
    ]
    volume = sphere / dimension * np.diff(edges**dimension)
    seen = np.array(mass) * 16000 > 20
    z = (found["rho"] - mass / volume)[seen] / found["rho_se"][seen]
    assert np.abs(z).max() < 4.5
    assert 0.4 < np.mean(z**2) < 2.2
    assert (found["rho"] * volume).sum() + found["rho_outside"] == pytest.approx(1, abs=1e-12)


def test_ginibre_density_from_radii() -> None:
    n, cells = 50, 10
    r = kostlan(n, 2000, 2, 4)
    found = taken_through(density(cells=cells, max_radius=1.25), r)
    edges = np.linspace(0, 1.25, cells + 1)
    mass = [quad(lambda s: 2 * s * gammaincc(n, n * s * s), a, b, epsabs=1e-12)[0] for a, b in pairwise(edges)]
    z = (found["rho"] - mass / (np.pi * np.diff(edges**2))) / found["rho_se"]
    assert np.abs(z).max() < 4.5
    # a rigid gas: the number in a shell is a sum of independent yes and no, one a modulus, and the error knows
    p = np.diff(gammainc(np.arange(1, n + 1)[:, None], n * edges**2), axis=1)
    error = np.sqrt((p * (1 - p)).sum(0) / 4000) / (n * np.pi * np.diff(edges**2))
    np.testing.assert_allclose(found["rho_se"], error, rtol=0.15)


def test_what_is_outside_is_told() -> None:
    told: dict[str, str] = {}
    found = taken_through(density(cells=4, max_radius=0.5), kostlan(20, 20, 1, 4), told=told)
    assert found["rho_outside"] > 0.5
    assert "beyond max_radius" in told["diagnostics.rho.finish"]
