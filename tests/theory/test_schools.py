from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad

from physent.theory import schools


def directions(rng: np.random.Generator, *shape: int) -> np.ndarray:
    v = rng.normal(size=(*shape, 3))
    return np.asarray(v / np.linalg.norm(v, axis=-1, keepdims=True))


def test_mean_polarization_of_few() -> None:
    """1, 2/3 and 13/24: the mean length of one, two, three random unit steps is 1, 4/3, 13/8."""
    assert schools.mean_polarization(1) == 1.0
    assert schools.mean_polarization(2) == 2 / 3
    assert schools.mean_polarization(3) == 13 / 24
    with pytest.raises(ValueError, match="at least 1"):
        schools.mean_polarization(0)


@pytest.mark.parametrize("n", [4, 50, 150])
def test_mean_polarization_by_quadrature(n: int) -> None:
    """E|S| = 4/pi times the integral of (1 - (sin k/k)^n)/k^2, from |S| = 2/pi int (1 - cos k|S|)/k^2 dk."""
    value = quad(lambda k: (1 - np.sinc(k / np.pi) ** n) / k**2, 0, 60, limit=400)[0] + 1 / 60
    assert schools.mean_polarization(n) == pytest.approx(4 / np.pi * value / n, rel=1e-7)


def test_expansion_meets_the_exact_values() -> None:
    n = schools.EXACT_UP_TO
    beyond = math.sqrt(8 / (3 * math.pi * n)) * (1 + 1 / (20 * n))
    assert schools.mean_polarization(n) == pytest.approx(beyond, rel=2e-7)
    assert schools.mean_polarization(n + 1) < schools.mean_polarization(n)


def test_root_mean_squares_of_disorder() -> None:
    rng = np.random.default_rng(3)
    n, samples = 20, 40_000
    v, r = directions(rng, samples, n), directions(rng, n)
    polarization = np.square(v.mean(axis=1)).sum(axis=-1)
    rotation = np.square(np.cross(r, v).mean(axis=1)).sum(axis=-1)
    for squares, rms in ((polarization, schools.rms_polarization(n)), (rotation, schools.rms_rotation(n))):
        assert abs(squares.mean() - rms**2) < 4 * squares.std() / math.sqrt(samples)


@pytest.mark.parametrize(("noise", "limit"), [(0.05, math.radians(4)), (0.3, 0.2), (1.0, 0.7), (0.05, 3.0)])
def test_persistence_by_quadrature(noise: float, limit: float) -> None:
    def integrand(g: float) -> float:
        return math.cos(min(noise * abs(g), limit)) * math.exp(-(g**2) / 2) / math.sqrt(2 * math.pi)

    value = 2 * quad(integrand, 0, 12, points=[min(12, limit / noise)], epsabs=1e-13)[0]
    assert schools.persistence(noise, limit) == pytest.approx(value, abs=1e-12)


def test_persistence_without_noise_or_limit() -> None:
    assert schools.persistence(0.0) == 1.0
    assert schools.persistence(0.05) == math.exp(-0.00125)
    assert schools.persistence(0.05, 1.0) == pytest.approx(math.exp(-0.00125), rel=1e-12)


def test_mean_square_displacement_is_the_double_sum() -> None:
    c, n = 0.93, 40
    i = np.arange(n)
    assert schools.mean_square_displacement(n, c, 0.3) == pytest.approx(
        0.09 * (c ** np.abs(i[:, None] - i)).sum(), rel=1e-12
    )


def test_parallel_polarization() -> None:
    assert schools.parallel_polarization(0.0, 0.1) == 1.0
    assert schools.parallel_polarization(0.05, 1.0) == pytest.approx(schools.parallel_polarization(0.05), abs=1e-7)


def test_parallel_polarization_of_many_walkers() -> None:
    rng = np.random.default_rng(11)
    noise, limit, walkers = 0.05, math.radians(4), 20_000
    v = np.tile([0.0, 0.0, 1.0], (walkers, 1))
    for _ in range(25):
        b, phi = np.abs(noise * rng.normal(size=walkers)), rng.uniform(0, 2 * np.pi, walkers)
        d = np.column_stack([np.sin(b) * np.cos(phi), np.sin(b) * np.sin(phi), np.cos(b)])
        across = d - np.einsum("ij,ij->i", d, v)[:, None] * v
        sine = np.linalg.norm(across, axis=1, keepdims=True)
        turn = np.minimum(np.arctan2(sine[:, 0], np.einsum("ij,ij->i", d, v)), limit)[:, None]
        v = np.cos(turn) * v + np.sin(turn) * across / sine
    error = v[:, 2].std() / math.sqrt(walkers)
    assert error < 1e-5
    assert abs(v[:, 2].mean() - schools.parallel_polarization(noise, limit)) < 4 * error
