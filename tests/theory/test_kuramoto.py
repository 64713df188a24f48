"""Coupled rotors: printed numbers, the ring of each frequency by quadrature, and Fokker-Planck equations in modes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import integrate, special

from physent.theory import kuramoto, tilted_ring
from physent.theory.network import Array


def test_printed_numbers() -> None:
    assert kuramoto.xy_order(3, 1) == pytest.approx(0.724159, abs=6e-7)
    assert kuramoto.rotor_entropy(3, 1) == pytest.approx(1.21133, abs=6e-6)
    for coupling, r in ((2.2, 0.578755), (1.8, 0.381753)):
        assert kuramoto.lorentzian_order(coupling, 0.5, 0.3) == pytest.approx(r, abs=6e-7)
    in_time = kuramoto.lorentzian_order_in_time([2, 4], 2.2, 0.5, 0.3, 0.2)
    np.testing.assert_allclose(in_time, [0.322423, 0.449809], atol=6e-7)
    assert kuramoto.entropy_production_saved(2.2, 0.5, 0.3) == pytest.approx(1.22818, abs=6e-6)
    assert kuramoto.lorentzian_order(2, 0.5, 0) == pytest.approx(0.707107, abs=6e-7)
    np.testing.assert_allclose(kuramoto.ott_antonsen([2, 4], 2, 0.5, 0.2), [0.442257, 0.642657], atol=6e-7)
    assert kuramoto.order_of_frequencies(2, [0.45, -0.45], 0.5) == pytest.approx(0.715166, abs=6e-7)
    assert kuramoto.entropy_production(2, [0.45, -0.45], 0.5) == pytest.approx(0.043518, abs=6e-7)
    assert kuramoto.ring_correlation(32, 1.5) == pytest.approx(0.596133, abs=6e-7)


@pytest.mark.parametrize("x", [1e-3, 0.8, 9.0, 300.0, 1e5])
def test_bessel_ratio(x: float) -> None:
    for order in (0.0, 0.7, 12.5):
        expected = float(special.ive(order + 1, x) / special.ive(order, x))
        assert float(kuramoto.bessel_ratio(order, x).real) == pytest.approx(expected, rel=1e-12)
    if x < 300:
        theta, p = tilted_ring.stationary_density(tilted_ring.cosine(-x), 1.7)
        mean = np.mean(p * np.exp(1j * theta)) * 2 * math.pi
        ratio = kuramoto.bessel_ratio(1.7j, x)
        assert mean == pytest.approx(complex(ratio.conj()), rel=1e-9)
    assert kuramoto.bessel_ratio(1j, 0) == 0


def test_identical_rotors_are_a_von_mises_law() -> None:
    """Self-consistency and entropy by quadrature, the free energy, its minimum and its slope -S in T."""
    coupling, temperature = 2.6, 0.9
    r = kuramoto.xy_order(coupling, temperature)
    theta = 2 * math.pi * np.arange(400) / 400
    p = np.exp(coupling * r / temperature * np.cos(theta))
    p /= p.mean() * 2 * math.pi
    assert np.mean(p * np.cos(theta)) * 2 * math.pi == pytest.approx(r, rel=1e-12)
    entropy = kuramoto.rotor_entropy(coupling, temperature)
    assert -np.mean(p * np.log(p)) * 2 * math.pi == pytest.approx(entropy, rel=1e-12)

    def lowest(at: float) -> float:
        return kuramoto.free_energy(coupling, at, kuramoto.xy_order(coupling, at))

    for shift in (-0.01, 0.01):
        assert kuramoto.free_energy(coupling, temperature, r + shift) > lowest(temperature)
    slope = (lowest(temperature + 1e-4) - lowest(temperature - 1e-4)) / 2e-4
    assert -slope == pytest.approx(entropy, rel=1e-7)
    assert kuramoto.xy_order(1.8, 0.9) == 0
    assert kuramoto.rotor_entropy(1, 0.9) == pytest.approx(math.log(2 * math.pi), rel=1e-14)


def test_lorentzian_against_the_ring_of_each_frequency() -> None:
    """Even phi of omega = g tan phi: r and the entropy saved as averages over rings, without the contour."""
    coupling, width, noise = 2.2, 0.5, 0.3
    r = kuramoto.lorentzian_order(coupling, width, noise)
    omega = width * np.tan(math.pi * ((np.arange(200) + 0.5) / 200 - 0.5))
    x = coupling * r / noise
    assert kuramoto.bessel_ratio(1j * omega / noise, x).real.mean() == pytest.approx(r, rel=1e-9)
    v = np.array([tilted_ring.velocity_in_cosine(coupling * r, float(w), noise) for w in omega])
    saved = np.mean(omega * (omega - v)) / noise
    assert saved == pytest.approx(kuramoto.entropy_production_saved(coupling, width, noise), rel=2e-5)


def test_onset() -> None:
    assert kuramoto.critical_coupling(0.3, 0.5) == pytest.approx(1.6)
    assert kuramoto.lorentzian_order(1.6, 0.5, 0.3) == 0
    for excess in (1e-3, 1e-4):
        exact = kuramoto.lorentzian_order(1.6 * (1 + excess), 0.5, 0.3)
        assert kuramoto.near_onset_order(1.6 * (1 + excess), 0.5, 0.3) == pytest.approx(exact, rel=2 * excess)
    t = np.array([0.0, 5.0, 10.0])
    below = kuramoto.lorentzian_order_in_time(t, 1.2, 0.5, 0.3, 1e-4)
    np.testing.assert_allclose(below, 1e-4 * np.exp((0.6 - 0.5 - 0.3) * t), rtol=1e-6)
    assert kuramoto.lorentzian_order(2.2, 0.5, 1e-4) == pytest.approx(math.sqrt(1 - 1 / 2.2), rel=1e-3)


def by_frequencies(
    t: float, step: float, coupling: float, omega: Array, weight: Array, noise: float, start: float
) -> float:
    """Order by the Fokker-Planck equation of each frequency in 12 modes, by the classical Runge-Kutta steps."""
    n = np.arange(1, 13)[:, None]
    decay = n**2 * noise - 1j * n * omega

    def motion(z: NDArray[np.complex128]) -> NDArray[np.complex128]:
        mean = z[0] @ weight
        around = np.vstack([np.ones_like(z[:1]), z, np.zeros_like(z[:1])])
        return np.asarray(-decay * z + n * coupling / 2 * (mean * around[:-2] - mean.conj() * around[2:]))

    z = np.repeat(start ** n.astype(complex), omega.size, axis=1)
    for _ in range(round(t / step)):
        one = motion(z)
        two = motion(z + step / 2 * one)
        three = motion(z + step / 2 * two)
        z = z + step / 6 * (one + 2 * two + 2 * three + motion(z + step * three))
    return float(abs(z[0] @ weight))


def test_hierarchy_against_many_frequencies() -> None:
    """A Lorentzian by a comb of step 1/4, which is right until its teeth are back in phase; and the limits of D."""
    omega = np.arange(-120, 121) / 4
    found = by_frequencies(1.0, 0.005, 2.2, omega, 0.5 / math.pi / (omega**2 + 0.25) / 4, 0.3, 0.5)
    exact = kuramoto.lorentzian_order_in_time([1.0], 2.2, 0.5, 0.3, 0.5)[0]
    assert found == pytest.approx(exact, rel=1e-3)
    late = kuramoto.lorentzian_order_in_time([60.0], 2.2, 0.5, 0.3, 0.2)
    np.testing.assert_allclose(late, kuramoto.lorentzian_order(2.2, 0.5, 0.3), rtol=1e-9)
    times = [0.0, 1.0, 3.0]
    slight = kuramoto.lorentzian_order_in_time(times, 2, 0.5, 1e-7, 0.2)
    np.testing.assert_allclose(slight, kuramoto.lorentzian_order_in_time(times, 2, 0.5, 0, 0.2), rtol=1e-5)


@pytest.mark.parametrize("width", [0.5, 1.0, 1.3])
def test_ott_antonsen_solves_its_equation(width: float) -> None:
    """Above, at and below onset."""
    path = integrate.solve_ivp(
        lambda _, r: (1 - width) * r - r**3, (0, 3), [0.4], rtol=1e-11, atol=1e-13, t_eval=[1, 3]
    ).y[0]
    np.testing.assert_allclose(kuramoto.ott_antonsen([1, 3], 2, width, 0.4), path, rtol=1e-9)


def test_frequencies_in_general() -> None:
    """Identical ones are the equilibrium; entropy production is 0 there, and omega^2/D without coupling."""
    assert kuramoto.order_of_frequencies(3, [0.0, 0.0], 1) == pytest.approx(kuramoto.xy_order(3, 1), rel=1e-12)
    assert kuramoto.entropy_production(3, [0], 1) == 0
    assert kuramoto.order_of_frequencies(0.5, [1, -1], 0.5) == 0
    assert kuramoto.entropy_production(0.5, [1, -1], 0.5) == pytest.approx(2, rel=1e-12)
    many = np.random.default_rng(1).normal(size=20)
    many = np.concatenate([many, -many])
    r = kuramoto.order_of_frequencies(4, many, 0.4)
    stationary = by_frequencies(20.0, 0.025, 4, many, np.full(40, 1 / 40), 0.4, 0.5)
    assert stationary == pytest.approx(r, rel=1e-4)


@pytest.mark.parametrize("coupling", [0.3, 1.5])
def test_ring_of_rotors_by_brute_force(coupling: float) -> None:
    """Four rotors by sums over a grid of all angles but one; three by the transfer matrix; long rings are chains."""
    angle = 2 * math.pi * np.arange(24) / 24
    a, b, c = np.meshgrid(angle, angle, angle, indexing="ij")
    weight = np.exp(coupling * (np.cos(a) + np.cos(b - a) + np.cos(c - b) + np.cos(c)))
    near, across = np.cos(a), np.cos(b)
    for distance, value in ((1, near), (2, across), (3, np.cos(c))):
        expected = (weight * value).sum() / weight.sum()
        assert kuramoto.ring_correlation(4, coupling, distance) == pytest.approx(expected, rel=1e-10)
    transfer = np.exp(coupling * np.cos(angle[:, None] - angle))
    turned = transfer * np.cos(angle[:, None] - angle)
    expected = np.trace(turned @ transfer @ transfer) / np.trace(transfer @ transfer @ transfer)
    assert kuramoto.ring_correlation(3, coupling) == pytest.approx(expected, rel=1e-10)
    chain = special.ive(1, coupling) / special.ive(0, coupling)
    assert kuramoto.ring_correlation(400, coupling, 3) == pytest.approx(chain**3, rel=1e-10)
    assert kuramoto.ring_correlation(5, coupling, 0) == pytest.approx(1)


def test_rotors_that_are_refused() -> None:
    with pytest.raises(ValueError, match="noise is 0"):
        kuramoto.entropy_production_saved(2, 0.5, 0)
    with pytest.raises(ValueError, match="width is -1"):
        kuramoto.lorentzian_order(2, -1, 0.5)
    with pytest.raises(ValueError, match="symmetric about 0"):
        kuramoto.order_of_frequencies(2, [0.4, 0.3], 0.5)
    with pytest.raises(ValueError, match="start 1"):
        kuramoto.lorentzian_order_in_time([1], 2, 0.5, 0.1, 1.0)
    with pytest.raises(ValueError, match="distance 5"):
        kuramoto.ring_correlation(4, 1, 5)
