"""Pair potentials against numerical derivatives, and sums over lists against all pairs."""

from __future__ import annotations

import numpy as np
import pytest

from physent.core.verlet import Pairs
from physent.engines.langevin import pair_forces as pf
from physent.typing import Floats

POTENTIALS = {
    "wca": pf.potential(pf.WCA, 1.7, 1.2),
    "harmonic": pf.potential(pf.HARMONIC, 2.5, 1.3),
    "softplus": pf.potential(pf.SOFTPLUS, 1.5, 1.1, 6.0),
    "springs": pf.potential(pf.SPRINGS, 0.8, 1.0),
}
DISTANCES = np.array([0.71, 0.93, 1.05, 1.2])


def energy(name: str, r: Floats) -> Floats:
    """The formulas of the module's docstring, written anew."""
    if name == "wca":
        return np.where(r < 2 ** (1 / 6) * 1.2, 4 * 1.7 * ((1.2 / r) ** 12 - (1.2 / r) ** 6) + 1.7, 0.0)
    if name == "harmonic":
        return np.where(r < 1.3, 0.5 * 2.5 * (1.3 - r) ** 2, 0.0)
    if name == "softplus":
        return 1.5 * np.log(1 + np.exp(6.0 * (1.1 - r))) / 6.0
    return 0.5 * 0.8 * r**2


@pytest.mark.parametrize("name", POTENTIALS)
def test_derivatives(name: str) -> None:
    h = 1e-3
    weights = np.array([[1, -8, 0, 8, -1], [-1, 16, -30, 16, -1], [-6, 12, 0, -12, 6]]) / 12.0
    for r in DISTANCES:
        u, slope, bend, third = pf.derivatives(POTENTIALS[name], r * r)
        assert u == pytest.approx(energy(name, np.array(r)), rel=1e-14)
        near = energy(name, r + h * np.arange(-2, 3))
        first, second, last = weights @ near / h ** np.arange(1, 4)
        assert -slope * r == pytest.approx(first, rel=1e-6)
        assert bend == pytest.approx(second, rel=1e-6)
        assert third == pytest.approx(last, rel=2e-3, abs=1e-5)


@pytest.mark.parametrize("name", ["wca", "harmonic", "softplus"])
def test_nothing_beyond_the_cutoff(name: str) -> None:
    pot = POTENTIALS[name]
    assert pf.derivatives(pot, (1.0000001 * pot.cutoff) ** 2) == (0.0, 0.0, 0.0, 0.0)
    inside = pf.derivatives(pot, (0.9999999 * pot.cutoff) ** 2)[0]
    assert abs(inside) < 2e-7


def every_pair(n: int) -> Pairs:
    first, second = (index.astype(np.uint32) for index in np.triu_indices(n, 1))
    return Pairs(first, second, np.array([len(first)]))


@pytest.mark.parametrize("name", POTENTIALS)
@pytest.mark.parametrize("periods", [[0.0], [5.0, 0.0], [5.0, 4.0, 0.0]])
def test_sums_against_all_pairs(name: str, periods: list[float]) -> None:
    pot, n, d, rng = POTENTIALS[name], 40, len(periods), np.random.default_rng(3)
    length = np.array(periods)
    x = np.array(np.meshgrid(*[np.arange(n)] * d)).reshape(d, -1)[:, :n] * 0.9 + rng.uniform(-0.1, 0.1, (d, n))
    v = rng.normal(size=(d, n))
    force, local = np.zeros((d, n)), np.zeros((2, n))
    turns = np.divide(1.0, length, out=np.zeros(d), where=length > 0)
    pairs = every_pair(n)
    found = pf.pair_forces(pot, length, turns, x, pairs, force, pf.work_rows(d))
    pf.local_sums(pot, length, turns, x, v, pairs, local)

    total, laplacian, virial, cube, expected = 0.0, np.zeros(n), 0.0, np.zeros(n), np.zeros((d, n))
    for i in range(n):
        for j in range(i):
            apart = x[:, i] - x[:, j]
            apart -= length * np.rint(apart * turns)
            u, slope, bend, third = pf.derivatives(pot, apart @ apart)
            r = np.sqrt(apart @ apart)
            total += u
            expected[:, i] += slope * apart
            expected[:, j] -= slope * apart
            virial += slope * r * r
            laplacian[[i, j]] += bend - (d - 1) * slope
            a = (v[:, i] - v[:, j]) @ apart / r
            b2 = (v[:, i] - v[:, j]) @ (v[:, i] - v[:, j]) - a * a
            cube[[i, j]] += 0.5 * (third * a**3 + 3 * (bend / r + slope / r) * a * b2)
    np.testing.assert_allclose(force, expected, rtol=0, atol=1e-11 * np.abs(expected).max())
    np.testing.assert_allclose(found, (total, laplacian.sum(), virial), rtol=1e-12)
    np.testing.assert_allclose(local[0], laplacian, rtol=0, atol=1e-11 * np.abs(laplacian).max())
    scale = np.abs(laplacian).max() + np.abs(cube).max()
    np.testing.assert_allclose(local[1], cube, rtol=0, atol=1e-11 * scale)
    assert np.abs(force.sum(axis=1)).max() <= 1e-12 * np.abs(force).sum()


def test_third_derivative_along_the_motion() -> None:
    rng, n, h = np.random.default_rng(4), 6, 2e-3
    pot, none = POTENTIALS["softplus"], np.zeros(2)
    x, v = rng.uniform(0.0, 2.0, (2, n)), rng.normal(size=(2, n))
    pairs, out = every_pair(n), np.zeros((2, n))
    pf.local_sums(pot, none, none, x, v, pairs, out)

    def along(t: float) -> float:
        return pf.pair_forces(pot, none, none, x + t * v, pairs, np.zeros((2, n)), pf.work_rows(2))[0]

    third = (along(2 * h) - 2 * along(h) + 2 * along(-h) - along(-2 * h)) / (2 * h**3)
    assert out[1].sum() == pytest.approx(third, rel=1e-3)
