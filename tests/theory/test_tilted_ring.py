"""The driven ring against Bessel functions, a jump process on a fine grid, limits, and printed numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special

from physent.theory import network, tilted_ring
from physent.theory.network import Array


def bessel_velocity(height: float, force: float, temperature: float) -> float:
    """The formula with the series of I_ia, |Gamma(1 + ia)|^2 = pi a/sinh(pi a)."""
    a, z, m = force / temperature, height / temperature, np.arange(200)
    logs = 2 * m * math.log(z / 2) - special.gammaln(m + 1) - special.loggamma(m + 1 + 1j * a)
    return float(force / abs(np.exp(logs + special.loggamma(1 + 1j * a)).sum()) ** 2)


def on_grid(points: int, potential: tilted_ring.Potential, force: float, temperature: float) -> tuple[float, float]:
    """Velocity and diffusion of hops between neighbours that a period 2 pi is cut into."""
    h = 2 * math.pi / points
    v = potential(np.arange(points) * h)
    bias = (force * h + v - np.roll(v, -1)) / (2 * temperature)
    i = np.arange(points)
    rates = temperature / h**2 * np.exp(bias[:, None] * [1, -1])
    mean, variance = network.current_moments(np.c_[i, (i + 1) % points], rates, np.full(points, h))
    return mean, variance / 2


def test_printed_numbers() -> None:
    v = tilted_ring.velocity_in_cosine(1, 0.7, 0.5)
    diffusion = tilted_ring.effective_diffusion(tilted_ring.cosine(1), 0.7, 0.5)
    epr = tilted_ring.entropy_production(v, 0.7, 0.5)
    np.testing.assert_allclose([v, epr, diffusion], [0.326744, 0.457442, 0.628919], atol=6e-7)
    assert tilted_ring.uncertainty_ratio(v, diffusion, epr) == pytest.approx(2.6947, abs=6e-5)


@pytest.mark.parametrize(("height", "force", "temperature"), [(1, 0.7, 0.5), (4, 1.5, 1), (2, 20, 0.5), (0.1, 1e-3, 1)])
def test_three_forms_of_the_velocity(height: float, force: float, temperature: float) -> None:
    exact = bessel_velocity(height, force, temperature)
    assert tilted_ring.velocity_in_cosine(height, force, temperature) == pytest.approx(exact, rel=1e-11)
    assert tilted_ring.velocity(tilted_ring.cosine(height), force, temperature) == pytest.approx(exact, rel=1e-11)


def test_is_the_limit_of_hops() -> None:
    """An asymmetric potential, both directions: two grids, extrapolated in the square of the spacing."""

    def saw(x: Array) -> Array:
        return np.sin(x) + 0.4 * np.sin(2 * x + 0.3)

    for force in (0.9, -0.9):
        coarse, fine = (np.array(on_grid(n, saw, force, 0.6)) for n in (60, 120))
        exact = tilted_ring.velocity(saw, force, 0.6), tilted_ring.effective_diffusion(saw, force, 0.6)
        np.testing.assert_allclose((4 * fine - coarse) / 3, exact, rtol=2e-5)
    x, p = tilted_ring.stationary_density(saw, 0.9, 0.6, points=256)
    slope = np.fft.ifft(1j * np.fft.fftfreq(256, 1 / 256) * np.fft.fft(p)).real
    drift = 0.9 - np.cos(x) - 0.8 * np.cos(2 * x + 0.3)
    flow = drift * p - 0.6 * slope
    np.testing.assert_allclose(flow, tilted_ring.velocity(saw, 0.9, 0.6) / (2 * math.pi), rtol=1e-9)
    assert p.mean() * 2 * math.pi == pytest.approx(1, rel=1e-14)


def test_scaling_and_limits() -> None:
    """Units of length, energy and mobility; no potential; no force; a high barrier; a strong force."""
    one = tilted_ring.velocity_in_cosine(1, 0.7, 0.5)
    scaled = tilted_ring.velocity_in_cosine(3, 3 * 0.7 * 4, 3 * 0.5, mobility=2, wavenumber=4)
    assert scaled == pytest.approx(one * 2 * 3 * 4, rel=1e-12)
    potential = tilted_ring.cosine(3, 4)
    assert tilted_ring.velocity(potential, 8.4, 1.5, 2.0, math.pi / 2) == pytest.approx(scaled, rel=1e-12)
    diffusion = tilted_ring.effective_diffusion(tilted_ring.cosine(1), 0.7, 0.5)
    assert tilted_ring.effective_diffusion(potential, 8.4, 1.5, 2.0, math.pi / 2) == pytest.approx(
        diffusion * 2 * 3, rel=1e-12
    )
    flat = tilted_ring.cosine(0)
    assert tilted_ring.velocity_in_cosine(0, 0.7) == pytest.approx(0.7, rel=1e-13)
    assert tilted_ring.velocity(flat, -0.7) == pytest.approx(-0.7, rel=1e-13)
    assert tilted_ring.effective_diffusion(flat, 0.7, 0.3) == pytest.approx(0.3, rel=1e-13)
    at_rest = tilted_ring.effective_diffusion(tilted_ring.cosine(2), 0, 0.5)
    assert at_rest == pytest.approx(0.5 / np.i0(4) ** 2, rel=1e-12)
    assert tilted_ring.velocity_in_cosine(2, 0) == 0
    assert tilted_ring.uncertainty_ratio(0, 1, 0) == math.inf
    slight = tilted_ring.velocity_in_cosine(2, 1e-6, 0.5)
    assert slight / 1e-6 == pytest.approx(at_rest / 0.5, rel=1e-9)  # Einstein's relation
    assert tilted_ring.velocity_in_cosine(300, 1) == pytest.approx(
        tilted_ring.velocity(tilted_ring.cosine(300), 1), rel=1e-8
    )
    assert tilted_ring.velocity_in_cosine(1, 100, 0.5) == pytest.approx(math.sqrt(100**2 - 1), rel=1e-4)


def test_rings_that_are_refused() -> None:
    with pytest.raises(ValueError, match="temperature is 0"):
        tilted_ring.velocity_in_cosine(1, 1, 0)
    with pytest.raises(ValueError, match="period is -1"):
        tilted_ring.effective_diffusion(tilted_ring.cosine(1), 1, period=-1)
