"""Structure factors of independent points, a lattice and exact Ginibre draws."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from physent.declare import Box
from physent.diagnostics.run.kinds.structure_factor import StructureFactor
from tests.diagnostics.run.kinds.sampled import POSITION, ginibre, taken_through
from tests.diagnostics.run.records import complaints


def factor(**options: Any) -> StructureFactor:
    return StructureFactor(**({"kind": "structure_factor", "name": "S"} | options))


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_independent_points_have_one(dimension: int) -> None:
    """In a periodic box exactly; in a cloud up to the form factor that one particle keeps, |<w e^ikx>|^2/<w^2>."""
    n = 30
    rng = np.random.default_rng(dimension)
    x = rng.uniform(0, 2, size=(400, 2, n, dimension))
    found = taken_through(factor(wavenumbers=(3.1, 9.0, 31.4)), x, Box.cube(2.0, 2))
    assert np.abs((found["S"] - 1) / found["S_se"]).max() < 4.5
    cloud = rng.normal(size=(400, 2, n, dimension))
    found = taken_through(factor(wavenumbers=(0.5, 1.0, 4.0)), cloud)
    exact = 1 - np.exp(-(np.array([0.5, 1.0, 4.0]) ** 2))
    assert np.abs((found["S"] - exact) / found["S_se"]).max() < 4.5
    tapered = taken_through(factor(wavenumbers=(6.0, 12.0), window_radius=2.0), cloud)
    assert np.abs((tapered["S"] - 1) / tapered["S_se"]).max() < 4.5


def test_wavenumbers_of_a_box_and_a_lattice() -> None:
    x = np.stack(np.meshgrid(np.arange(6.0), np.arange(6.0)), axis=-1).reshape(1, 1, 36, 2)
    found = taken_through(factor(wavenumbers=(1.0, 2.2, 6.3)), x, Box.cube(6.0, 2))
    np.testing.assert_allclose(found["S"], [0, 0, 36], atol=1e-12)


def test_ginibre_is_hyperuniform() -> None:
    """1 - exp(-k^2/(4 n)), raised and smoothed by the taper: exactly, from the kernel of the infinite ensemble.

    Var sum phi(x) = int |phi|^2 rho - int int phi phi* |K|^2 with |K|^2 = rho^2 exp(-n |x - y|^2) is
    rho int |phi_q|^2 (1 - exp(-q^2/(4 n))) d^2q/(2 pi)^2, phi = w exp(ik.x).
    """
    n, a = 60, 0.75
    k = (2.0, 6.0, 12.0, 20.0)
    x = ginibre(n, 250, 2, 12)
    found = taken_through(factor(wavenumbers=k, window_radius=a, directions=6), x)
    r = np.linspace(0, a, 2001)
    w = np.cos(np.pi * r / (2 * a)) ** 2
    m = 256
    grid = (np.arange(m) - m // 2) * (4 * a / m)
    radius = np.hypot(*np.meshgrid(grid, grid))
    window = np.where(radius < a, np.cos(np.pi * radius / (2 * a)) ** 2, 0.0)
    weight = np.abs(np.fft.fft2(window)) ** 2
    q = 2 * np.pi * np.fft.fftfreq(m, 4 * a / m)
    qx, qy = np.meshgrid(q, q, indexing="ij")
    exact = np.array([(weight * -np.expm1(-((qx + kk) ** 2 + qy**2) / (4 * n))).sum() / weight.sum() for kk in k])
    assert np.abs((found["S"] - exact) / found["S_se"]).max() < 4.5
    slope = np.pi * 2 * np.trapezoid(np.gradient(w, r) ** 2 * r, r) / (2 * np.pi * np.trapezoid(w**2 * r, r))
    assert exact[0] == pytest.approx((4 + slope) / (4 * n), rel=0.1)  # as the docstring says
    assert found["S"][0] < 0.2


def test_problems() -> None:
    fields = {"position": (POSITION, np.zeros((1, 4, 2)))}

    def said(one: StructureFactor, box: Box | None) -> list[str]:
        return [p.message for p in complaints(one, fields, box=box)]

    assert said(factor(wavenumbers=(6.0, 6.5)), Box.cube(1.0, 2)) == [
        "expected different multiples of 2 pi / box_length = 6.28319"
    ]
    assert said(factor(wavenumbers=(6.0,)), Box.cube(1.0, 2, periodic=False)) == [
        "there are walls: expected a periodic box or none"
    ]
    assert said(factor(wavenumbers=(6.0,), window_radius=0.2), Box.cube(1.0, 2)) == [
        "a periodic box needs no taper, expected null"
    ]
