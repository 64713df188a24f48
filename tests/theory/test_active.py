"""Active particles: printed numbers, moments by a second recursion, exact sampling of tumbles, and limits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import integrate

from physent.theory import active

TRAP = {"stiffness": 1.3, "temperature": 0.4}


def planar_moment(
    order: int, speed: float, trap: float, noise: float, turning: float, tumbles: float = 0.0, angular: float = 0.0
) -> float:
    """<|R|^(2 order)> of R = x + iy by M(p, q) = <R^p conj(R)^q e^(-i (p - q) theta)>, which closes as well.

    With m = p - q, (K (p + q) + Dr m^2 + i m omega + tumbles (m != 0)) M(p, q) = v [p M(p-1, q) + q M(p, q-1)]
    + 4 mu T p q M(p-1, q-1).
    """
    table: NDArray[np.complex128] = np.zeros((order + 1, order + 1), complex)
    table[0, 0] = 1
    for p, q in list(np.ndindex(order + 1, order + 1))[1:]:
        m = p - q
        source = p * table[p - 1, q] if p else 0.0
        source += q * table[p, q - 1] if q else 0.0
        thermal = 4 * noise * p * q * table[p - 1, q - 1] if p and q else 0.0
        decay = trap * (p + q) + turning * m * m + tumbles * (m != 0) + 1j * m * angular
        table[p, q] = (speed * source + thermal) / decay
    return float(table[order, order].real)


def test_printed_numbers() -> None:
    assert active.mean_square_radius(2, 2, 0.9, **TRAP) == pytest.approx(2.01399, abs=6e-6)
    fourth = active.radial_moment(2, 2, 2, **TRAP, rotational_diffusion=0.9)
    assert fourth == pytest.approx(6.36915, abs=6e-6)
    assert active.aoup_radial_moment(2, 2, 2, 0.9, **TRAP) == pytest.approx(8.1123, abs=6e-5)
    assert active.even_entropy_production(2, 0.9, **TRAP) == pytest.approx(4.09091, abs=6e-6)
    assert active.odd_entropy_production(2, 0.9, **TRAP) == pytest.approx(5.90909, abs=6e-6)
    effective = active.effective_temperature(active.mean_square_radius(2, 2, 0.9, **TRAP), 2, 1.3)
    assert effective == pytest.approx(1.30909, abs=6e-6)
    assert effective == pytest.approx(0.4 + 2**2 / (2 * (1.3 + 0.9)), rel=1e-13)
    assert active.mean_square_displacement(3, 2, 2, 0.9, 0.4) == pytest.approx(22.2539, abs=6e-5)
    moments = [active.rtp_moment(q, 1, 1.7, 1) for q in (1, 2)]
    np.testing.assert_allclose(moments, [0.227273, 0.106534], atol=6e-7)


@pytest.mark.parametrize(("turning", "tumbles"), [(0.9, 0.0), (0.0, 1.4), (0.5, 0.7)])
def test_planar_moments_by_a_second_recursion(turning: float, tumbles: float) -> None:
    for order in range(6):
        found = active.radial_moment(order, 2, 1.7, 1.3, 0.4, 0.8, rotational_diffusion=turning, tumble_rate=tumbles)
        assert found == pytest.approx(planar_moment(order, 1.7, 1.3 * 0.8, 0.4 * 0.8, turning, tumbles), rel=1e-12)
    chiral = planar_moment(1, 1.7, 1.3 * 0.8, 0.4 * 0.8, turning, tumbles, 2.5)
    assert active.mean_square_radius(2, 1.7, turning + tumbles, 1.3, 0.4, 0.8, 2.5) == pytest.approx(chiral, rel=1e-12)


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_heat_and_propulsion_are_independent(dimension: int) -> None:
    """In a harmonic trap r is a Gaussian plus r at T = 0, so that moments add; <r^2> is that of any propulsion."""
    turning = {"rotational_diffusion": 0.9 * (dimension > 1), "tumble_rate": 0.6}
    cold = [active.radial_moment(q, dimension, 2, 1.3, **turning) for q in range(3)]
    s = 0.4 / 1.3
    warm = [active.radial_moment(q, dimension, 2, 1.3, 0.4, **turning) for q in range(3)]
    assert warm[1] == pytest.approx(cold[1] + dimension * s, rel=1e-13)
    mixed = 2 * cold[1] * dimension * s + 4 * cold[1] * s + dimension * (dimension + 2) * s**2
    assert warm[2] == pytest.approx(cold[2] + mixed, rel=1e-12)
    rate = turning["rotational_diffusion"] * (dimension - 1) + 0.6
    assert warm[1] == pytest.approx(active.mean_square_radius(dimension, 2, rate, 1.3, 0.4), rel=1e-13)
    gaussian = active.radial_moment(3, dimension, 1e-9, 1.3, 0.4, tumble_rate=1.0)
    assert gaussian == pytest.approx(active.aoup_radial_moment(3, dimension, 0, 1.0, 1.3, 0.4), rel=1e-12)


@pytest.mark.parametrize("dimension", [2, 3])
def test_tumbles_sampled_exactly(dimension: int) -> None:
    """Straight pushes of exponential durations, weighted by time: <r^4> of 40000 particles at four standard errors."""
    rng, k, v, rate = np.random.default_rng(dimension), 1.0, 1.5, 2.0
    place, n = np.zeros((40_000, dimension)), 60
    total, duration = np.zeros(len(place)), np.zeros(len(place))
    nodes, weights = np.polynomial.legendre.leggauss(4)
    for push in range(n):
        u = rng.normal(size=place.shape)
        u *= v / k / np.linalg.norm(u, axis=1, keepdims=True)
        t = rng.exponential(1 / rate, len(place))
        if push >= n // 2:
            duration += t
            for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
                there = u + (place - u) * np.exp(-k * node * t)[:, None]
                total += weight * t * (there**2).sum(1) ** 2
        place = u + (place - u) * np.exp(-k * t)[:, None]
    mean = total.mean() / duration.mean()
    error = (total - mean * duration).std() / duration.mean() / math.sqrt(len(place))
    exact = active.radial_moment(2, dimension, v, k, tumble_rate=rate)
    assert abs(mean - exact) < 4 * error
    assert error < 0.01 * exact


@pytest.mark.parametrize("flips", [0.6, 1.7, 4.0])
def test_tumbles_on_a_line(flips: float) -> None:
    """The density solves the stationary equation, its moments are those of the hierarchy with the rate 2 alpha."""
    k, v, mobility = 1.2, 0.9, 0.8
    edge = v / (k * mobility)
    norm = integrate.quad(
        lambda phi: active.rtp_density(edge * np.sin(phi), v, flips, k, mobility) * edge * np.cos(phi),
        -np.pi / 2,
        np.pi / 2,
        epsabs=1e-12,
    )[0]
    assert norm == pytest.approx(1, rel=1e-6)
    for order in (1, 2, 3):
        found = active.radial_moment(order, 1, v, k, mobility=mobility, tumble_rate=2 * flips)
        assert found == pytest.approx(active.rtp_moment(order, v, flips, k, mobility), rel=1e-12)
    x, h = np.linspace(-0.9, 0.9, 19) * edge, 1e-4

    def flux(at: NDArray[np.float64]) -> NDArray[np.float64]:
        return (v**2 - (k * mobility * at) ** 2) * active.rtp_density(at, v, flips, k, mobility)

    slope = (flux(x + h) - flux(x - h)) / (2 * h)
    drift = -2 * flips * k * mobility * x * active.rtp_density(x, v, flips, k, mobility)
    np.testing.assert_allclose(slope, drift, rtol=1e-5, atol=1e-9)
    assert active.rtp_density(1.01 * edge, v, flips, k, mobility) == 0


def test_entropy_productions() -> None:
    """Sum rule, free particle, chirality, and <F.u> from the balance of <r^2>: 0 = 2 (<r.u> - K <r^2> + d mu T)."""
    for angular in (0.0, 1.1):
        constants = (1.7, 0.9, 1.3, 0.4, 0.8, angular)
        even, odd = active.even_entropy_production(*constants), active.odd_entropy_production(*constants)
        assert even + odd == pytest.approx(1.7**2 / (0.8 * 0.4), rel=1e-13)
        radius = active.mean_square_radius(2, 1.7, 0.9, 1.3, 0.4, 0.8, angular)
        assert odd == pytest.approx(1.3 * (1.3 * 0.8 * radius - 2 * 0.8 * 0.4) / 0.4, rel=1e-12)
    assert active.odd_entropy_production(2, 0.9) == 0
    assert active.even_entropy_production(2, 0.9, temperature=0.4) == 10
    assert active.noise_free_entropy_production(2, 1.3, 0.8) == pytest.approx(2 * 1.3 * 0.8)


def test_velocity_entropy_production_of_a_quartic_trap() -> None:
    """Aoup in U = x^4/4: tau <U''' v^3>/2 speed^2 = <(G v)^2>/Da - <G>/tau, G = 1 + tau U'', along sampled paths."""
    rng, tau, h = np.random.default_rng(4), 0.8, 0.01
    strength = 1.0  # Da
    x, u = np.zeros(4000), rng.normal(size=4000) * math.sqrt(strength / tau)
    decay = math.exp(-h / tau)
    cube, other, kept = np.zeros(len(x)), np.zeros(len(x)), 0
    for i in range(900):
        middle = x + h / 2 * (u - x**3)
        x = x + h * (u - middle**3)
        new = decay * u + rng.normal(size=len(x)) * math.sqrt(strength / tau * (1 - decay**2))
        x, u = x + h / 2 * (new - u), new
        if i >= 300 and i % 10 == 0:
            v, friction = u - x**3, 1 + tau * 3 * x * x
            cube += 6 * x * v**3
            other += (friction * v) ** 2 / strength - friction / tau
            kept += 1
    formula = [active.velocity_entropy_production(one, math.sqrt(strength / tau), tau) for one in cube / kept]
    gap = np.array(formula) - other / kept
    assert abs(gap.mean()) < 4 * gap.std() / math.sqrt(len(gap))
    assert np.mean(formula) == pytest.approx(0.137, abs=4 * np.std(formula) / math.sqrt(len(gap)))


def test_displacement() -> None:
    """Ballistic, diffusive, no jump where the series ends, and the double integral of <u.u> of a chiral particle."""
    t = np.array([1e-4, 1e5])
    np.testing.assert_allclose(active.mean_square_displacement(t[0], 2, 2, 0.9), 4e-8, rtol=1e-4)
    np.testing.assert_allclose(active.mean_square_displacement(t[1], 3, 2, 0.9, 0.4), t[1] * (2.4 + 8 / 0.9), rtol=1e-4)
    near = active.mean_square_displacement(np.array([0.05 - 1e-12, 0.05 + 1e-12]), 2, 1.0, 1.0)
    assert near[0] == pytest.approx(near[1], rel=1e-9)
    double = integrate.dblquad(lambda s, u: np.exp(-0.9 * (u - s)) * np.cos(2.5 * (u - s)), 0, 1.4, 0, lambda u: u)[0]
    found = active.mean_square_displacement(1.4, 2, 1.7, 0.9, angular_velocity=2.5)
    assert found == pytest.approx(2 * 1.7**2 * double, rel=1e-9)
    np.testing.assert_array_equal(active.mean_square_displacement([0.0], 2, 1.0, 1.0, 1.0), [0])


def test_active_particles_that_are_refused() -> None:
    with pytest.raises(ValueError, match="infinite at T = 0; take noise_free"):
        active.even_entropy_production(1, 1, 1, 0.0)
    with pytest.raises(ValueError, match="infinite at T = 0"):
        active.odd_entropy_production(1, 1, 1, 0.0)
    with pytest.raises(ValueError, match="never changes"):
        active.radial_moment(1, 2, 1, 1)
    with pytest.raises(ValueError, match="expected none that is negative"):
        active.mean_square_radius(2, -1, 1, 1)
    with pytest.raises(ValueError, match="stiffness is 0"):
        active.mean_square_radius(2, 1, 1, 0)
