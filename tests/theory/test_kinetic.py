"""Kinetic theory of discs against quadrature, limits, and published or earlier simulated values."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import dblquad, quad

from physent.theory import kinetic

DILUTE = 1e4  # density


def test_mean_free_path_and_its_inverse() -> None:
    """It is <v>/nu; and for a dilute gas sigma = 1/(2 sqrt2 n ell), phi = pi/(32 n ell^2)."""
    sigma = np.array([1e-5, 1e-3, 8e-3])
    speed = np.sqrt(np.pi / 2)
    np.testing.assert_allclose(kinetic.mean_free_path(DILUTE, sigma), speed / kinetic.collision_rate(DILUTE, sigma))
    for path in (1e-4, 0.01, 2.0, 1e6):
        found = kinetic.diameter_from_mean_free_path(path, DILUTE)
        assert kinetic.mean_free_path(DILUTE, found) == pytest.approx(path, rel=1e-13)
    found = kinetic.diameter_from_mean_free_path(10.0, DILUTE)
    assert found == pytest.approx(1 / (2 * np.sqrt(2) * DILUTE * 10), rel=1e-6)
    assert kinetic.packing_fraction(DILUTE, found) == pytest.approx(np.pi / (32 * DILUTE * 100), rel=1e-6)


def test_mean_free_path_below_close_packing_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected above .* its value at close packing"):
        kinetic.diameter_from_mean_free_path(1e-6, DILUTE)
    with pytest.raises(ValueError, match="expected numbers > 0"):
        kinetic.diameter_from_mean_free_path(-1.0, DILUTE)


@pytest.mark.parametrize(("path", "rate"), [(10.0, 0.125), (2.0, 0.627), (0.5, 2.507), (0.1, 12.53)])
def test_collision_rate_of_a_mean_free_path(path: float, rate: float) -> None:
    """That is sqrt(pi/2)/ell at T = 1, and it grows with the root of T."""
    sigma = kinetic.diameter_from_mean_free_path(path, 2000.0)
    assert kinetic.collision_rate(2000.0, sigma) == pytest.approx(rate, rel=4e-3)
    assert kinetic.collision_rate(2000.0, sigma) == pytest.approx(np.sqrt(np.pi / 2) / path, rel=1e-12)
    assert kinetic.collision_rate(2000.0, sigma, 4.0) == pytest.approx(2 * np.sqrt(np.pi / 2) / path, rel=1e-12)


def test_packing_fraction_and_diameter() -> None:
    assert kinetic.packing_fraction(DILUTE, kinetic.diameter_from_packing(0.3, DILUTE)) == pytest.approx(0.3)
    assert kinetic.packing_fraction(2 / np.sqrt(3), 1.0) == pytest.approx(kinetic.CLOSE_PACKING)


def test_equations_of_state() -> None:
    """Values of both forms, six digits, and of simulations with their standard errors where they should agree."""
    phi = np.array([0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    henderson = [1.02032, 1.23611, 1.57031, 2.06378, 2.83333, 4.12500, 6.53125]
    virial = [1.02032, 1.23614, 1.57037, 2.06326, 2.82937, 4.10715, 6.46765]
    np.testing.assert_allclose(kinetic.henderson(phi), henderson, atol=6e-6)
    np.testing.assert_allclose(kinetic.virial(phi), virial, atol=6e-6)
    np.testing.assert_allclose(kinetic.henderson(phi), 1 + 2 * phi * kinetic.contact_value(phi), rtol=1e-14)
    simulated = np.array([1.02031, 1.2363, 1.5703, 2.0617, 2.8303, 4.1021])
    error = np.array([2e-5, 4e-4, 6e-4, 1e-3, 1.5e-3, 2.6e-3])
    assert np.all(np.abs(kinetic.virial(phi[:6]) - simulated) < 4 * error)
    assert kinetic.VIRIAL[2] == pytest.approx(16 / 3 - 4 * np.sqrt(3) / np.pi, abs=1e-6)
    assert kinetic.VIRIAL[3] == pytest.approx(16 - 36 * np.sqrt(3) / np.pi + 80 / np.pi**2, abs=1e-6)


def test_excess_entropy_is_the_integral() -> None:
    for phi in (1e-6, 0.01, 0.3, 0.6):
        integral = quad(lambda f: (kinetic.henderson(f) - 1) / f, 0, phi, epsabs=1e-14)[0]
        assert kinetic.excess_entropy(phi) == pytest.approx(-integral, rel=1e-9)
    gain = kinetic.excess_entropy(0.005) - kinetic.excess_entropy(0.01)
    assert gain == pytest.approx(2 * 0.005, rel=0.02)


def test_rate_by_speed() -> None:
    """Limits, mean over Maxwell's law, and the mean relative speed itself by quadrature."""
    assert kinetic.rate_by_speed(0.0) == pytest.approx(np.sqrt(0.5))
    assert kinetic.rate_by_speed(1e4) == pytest.approx(1e4 / np.sqrt(np.pi), rel=1e-7)
    mean = quad(lambda v: kinetic.rate_by_speed(v, 2.0) * kinetic.speed_density(v, 2.0), 0, 40, epsabs=1e-12)[0]
    assert mean == pytest.approx(1, abs=1e-10)
    v = 1.7
    relative = dblquad(
        lambda y, x: np.hypot(x - v, y) * np.exp(-(x**2 + y**2) / 2) / (2 * np.pi), -9, 9, -9, 9, epsabs=1e-8
    )[0]
    assert kinetic.rate_by_speed(v) == pytest.approx(relative / np.sqrt(np.pi), rel=1e-7)


def test_speeds() -> None:
    moments = [quad(lambda v, k=k: v**k * kinetic.speed_density(v), 0, 40, epsabs=1e-12)[0] for k in (0, 1, 2, 4)]
    np.testing.assert_allclose(moments, [1, 1.2533141373, 2, 8], rtol=1e-9)


@pytest.mark.parametrize("fixed", [False, True])
def test_speed_ratio_of_few_discs(fixed: bool) -> None:
    """Against velocities drawn on the sphere of fixed energy."""
    rng = np.random.default_rng(5)
    v = rng.normal(size=(400_000, 4, 2))
    v -= fixed * v.mean(axis=1, keepdims=True)
    square = (v**2).sum(-1)
    ratio = (square**2).mean(1) / square.mean(1) ** 2
    error = ratio.std() / np.sqrt(len(ratio))
    assert abs(ratio.mean() - kinetic.speed_ratio(4, fixed)) < 4 * error
    assert kinetic.speed_ratio(10**9, fixed) == pytest.approx(2)


def test_diffusion() -> None:
    """T/nu in both forms, and the loss 2T of v.v in a collision from colliding pairs drawn at random."""
    sigma = kinetic.diameter_from_packing(0.01, DILUTE)
    chi = kinetic.contact_value(0.01)
    assert kinetic.diffusion(DILUTE, sigma, 3.0) == pytest.approx(np.sqrt(3 / np.pi) / (2 * DILUTE * sigma * chi))
    rng = np.random.default_rng(6)
    v, w = rng.normal(size=(2, 400_000, 2))
    angle = rng.uniform(0, 2 * np.pi, 400_000)
    k = np.stack([np.cos(angle), np.sin(angle)], -1)
    along = ((v - w) * k).sum(-1)
    weight = np.maximum(along, 0)
    loss = weight * (along * (k * v).sum(-1) - 2)
    assert abs(loss.mean()) < 4 * loss.std() / np.sqrt(len(loss))
