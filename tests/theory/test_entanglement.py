"""Closed forms of entanglement against integrals, limits and small sums."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from physent.theory import entanglement as theory


def test_the_constant_of_jin_and_korepin() -> None:
    """The defining integral; below 1e-2 its integrand, which rounding spoils there, is -1/3 + O(t)."""

    def integrand(t: float) -> float:
        sinh, cosh = np.sinh(t / 2), np.cosh(t / 2)
        return float(np.exp(-t) / (3 * t) + 1 / (t * sinh**2) - cosh / (2 * sinh**3))

    assert integrand(1e-2) == pytest.approx(-1 / 3, abs=5e-3)
    value = -quad(integrand, 1e-2, 80, limit=200)[0] - 1e-2 * integrand(5e-3)
    assert value == pytest.approx(theory.JIN_KOREPIN, abs=1e-6)


def test_limits_of_the_defect() -> None:
    assert theory.defect_coefficient(1.0) == pytest.approx(1.0, abs=1e-12)
    assert theory.defect_coefficient(0.0) == 0.0
    weak = 1e-3  # -(3/pi^2) s^2 ln s + ...
    assert theory.defect_coefficient(weak) == pytest.approx(weak**2 * (-6 * np.log(weak) + 3 + 6) / np.pi**2, rel=0.05)
    s = np.linspace(0.05, 1.0, 20)
    assert (np.diff([theory.defect_coefficient(one) for one in s]) > 0).all()
    assert theory.bond_transmission(1.0) == 1.0


def test_gapped_chains_far_from_the_critical_point() -> None:
    """Strong fields leave a product state; weak ones the two ordered states; weak bonds little."""
    assert theory.half_ising(50.0) == pytest.approx(0.0, abs=1e-3)
    assert theory.half_ising(0.02) == pytest.approx(np.log(2), abs=1e-3)
    assert theory.half_oscillators(0.02) == pytest.approx(0.0, abs=1e-3)


def test_the_current_of_classical_reservoirs() -> None:
    """Hot reservoirs: T per mode, band width times the difference over 2 pi; with small quantum corrections."""
    band = np.sqrt(0.09 + 4) - 0.3
    assert theory.heat_current(0.3, 1000.0, 900.0) == pytest.approx(100 * band / (2 * np.pi), rel=1e-5)
    assert theory.heat_current(0.0, 2.0, 2.0) == 0.0


def test_pairs_before_and_after_the_knee() -> None:
    rate = np.log(2) / (2 * np.pi)
    for t in (1.0, 40.0):
        exact = rate * quad(lambda k, t=t: min(2 * abs(np.sin(k)) * t, 20.0), 0, 2 * np.pi, limit=400)[0]
        assert float(theory.neel_block(t, 20.0)) == pytest.approx(exact, rel=1e-6)
    assert theory.neel_block(np.array([0.0, 1e9]), 20.0) == pytest.approx([0.0, 20 * np.log(2)], rel=1e-6)
