"""Pair potentials against numerical derivatives, and sums over lists against all pairs."""

from __future__ import annotations

import numpy as np
import pytest

from physent.core.verlet import Pairs, space_of
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
        return np.asarray(1.5 * np.log(1 + np.exp(6.0 * (1.1 - r))) / 6.0)
    return np.asarray(0.5 * 0.8 * r**2)


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
    space = space_of(periods)
    x = np.array(np.meshgrid(*[np.arange(n)] * d)).reshape(d, -1)[:, :n] * 0.9 + rng.uniform(-0.1, 0.1, (d, n))
    v = rng.normal(size=(d, n))
    pairs, field, found = every_pair(n), np.zeros((n, 4)), np.zeros((4, n))
    pf.pair_forces(pot, space, x, pairs, field.reshape(-1), pf.work_rows())
    force, found[0] = field[:, :d].T, field[:, 3]
    assert not field[:, d:3].any()
    pf.pair_energies(pot, space, x, pairs, found[1], found[2])
    pf.pair_cubes(pot, space, x, v, pairs, 0.3, found[3])

    pushes, expected = np.zeros((d, n)), np.zeros((4, n))
    for i in range(n):
        for j in range(i):
            apart = x[:, i] - x[:, j]
            apart -= space.period * np.rint(apart * space.turns)
            u, slope, bend, third = pf.derivatives(pot, float(apart @ apart))
            r = np.sqrt(apart @ apart)
            pushes[:, i] += slope * apart
            pushes[:, j] -= slope * apart
            a = (v[:, i] - v[:, j]) @ apart / r
            b2 = (v[:, i] - v[:, j]) @ (v[:, i] - v[:, j]) - a * a
            cube = third * a**3 + 3 * (bend / r + slope / r) * a * b2
            row = (bend - (d - 1) * slope, 0.5 * u, 0.5 * slope * r * r, 0.15 * cube)
            expected[:, [i, j]] += np.array(row)[:, None]
    np.testing.assert_allclose(force, pushes, rtol=0, atol=1e-11 * np.abs(pushes).max())
    scale = np.abs(expected).max(axis=1) + np.abs(expected[0]).max()
    assert (np.abs(found - expected) <= 1e-11 * scale[:, None]).all()
    assert np.abs(force.sum(axis=1)).max() <= 1e-12 * np.abs(force).sum()


def test_third_derivative_along_the_motion() -> None:
    rng, n, h = np.random.default_rng(4), 6, 2e-3
    pot, space, pairs = POTENTIALS["softplus"], space_of([0.0, 0.0]), every_pair(n)
    x, v, out = rng.uniform(0.0, 2.0, (2, n)), rng.normal(size=(2, n)), np.zeros(n)
    pf.pair_cubes(pot, space, x, v, pairs, 1.0, out)

    def along(t: float) -> float:
        total = np.zeros(n)
        pf.pair_energies(pot, space, x + t * v, pairs, total, np.zeros(n))
        return float(total.sum())

    third = (along(2 * h) - 2 * along(h) + 2 * along(-h) - along(-2 * h)) / (2 * h**3)
    assert out.sum() == pytest.approx(third, rel=1e-3)
