"""Mixtures of discs: temperatures of any number of species."""

from __future__ import annotations

import numpy as np

from physent.theory import mixtures

DENSITY, DIAMETER, MASS, START = [360.0, 20.0, 20.0], [0.01, 0.02, 0.01], [1.0, 4.0, 0.5], [1.0, 2.0, 3.0]


def test_three_species_of_which_two_are_equal_are_two() -> None:
    clock = np.linspace(0.0, 4.0, 9)
    two = mixtures.relaxation(clock, [30.0, 50.0], [0.01, 0.03], [1.0, 9.0], [2.0, 1.0])
    three = mixtures.temperatures(clock, [30.0, 20.0, 30.0], [0.01, 0.03, 0.03], [1.0, 9.0, 9.0], [2.0, 1.0, 1.0])
    np.testing.assert_allclose(three[[0, 1]], two, rtol=1e-7)
    np.testing.assert_allclose(three[1], three[2], rtol=1e-12)


def test_energy_stays_and_all_become_equal() -> None:
    found = mixtures.temperatures([0.0, 1e-5, 1e3], DENSITY, DIAMETER, MASS, START)
    np.testing.assert_allclose(np.array(DENSITY) @ found, np.dot(DENSITY, START), rtol=1e-8)
    np.testing.assert_allclose(found[:, 0], START, rtol=1e-14)
    slope = (found[:, 1] - found[:, 0]) / 1e-5
    np.testing.assert_allclose(slope, mixtures.temperature_rates(DENSITY, DIAMETER, MASS, START), rtol=1e-3)
    np.testing.assert_allclose(found[:, 2], np.dot(DENSITY, START) / sum(DENSITY), rtol=1e-6)
