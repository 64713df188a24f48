"""Exclusion processes: every closed form against the master equation of all configurations."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from physent.theory import exclusion, network
from physent.theory.network import Array
from physent.theory.small_networks import Graph


def by_bond(graph: Graph, bonds: Array) -> tuple[Array, Array, float]:
    """Current through each bond, stationary law, entropy production."""
    p = network.stationary(network.generator(*graph))
    flow = np.bincount(bonds.astype(int), network.currents(*graph, p))
    return flow.astype(float), p, network.entropy_production(*graph, p)


@pytest.mark.parametrize("sites", range(1, 9))
@pytest.mark.parametrize(("inject", "eject"), [(1.0, 1.0), (0.3, 0.8), (0.9, 0.25), (0.4, 0.4)])
def test_tasep_is_its_master_equation(sites: int, inject: float, eject: float) -> None:
    flow, _, _ = by_bond(*exclusion.lattice(sites, inject_left=inject, eject_right=eject))
    np.testing.assert_allclose(flow, exclusion.tasep_current(sites, inject, eject), rtol=1e-12)


def test_tasep_values() -> None:
    """Printed numbers, the simple case, exact fractions for 300 sites, and long lines."""
    for rates, value in {(1, 1): 0.285714, (0.3, 0.8): 0.210169, (0.9, 0.25): 0.187548}.items():
        assert exclusion.tasep_current(10, *rates) == pytest.approx(value, abs=6e-7)
    for sites in (1, 2, 50, 5000):
        assert exclusion.tasep_current(sites, 1, 1) == pytest.approx((sites + 2) / (4 * sites + 2), rel=1e-11)

    def weight(n: int) -> Fraction:
        a, b = Fraction(10, 3), Fraction(5, 4)
        return sum(
            (
                Fraction(k * math.comb(2 * n - 1 - k, n - 1), n) * (a ** (k + 1) - b ** (k + 1)) / (a - b)
                for k in range(1, n + 1)
            ),
            Fraction(0),
        )

    assert exclusion.tasep_current(300, 0.3, 0.8) == pytest.approx(float(weight(299) / weight(300)), rel=1e-11)
    for rates in ((0.3, 0.8), (0.9, 0.25)):
        assert exclusion.tasep_current(3000, *rates) == pytest.approx(exclusion.tasep_limit(*rates), rel=1e-9)
    excess = exclusion.tasep_current(2000, 0.9, 0.8) - exclusion.tasep_limit(0.9, 0.8)
    assert excess * 2000 == pytest.approx(3 / 8, rel=0.01)


def test_ssep_is_its_master_equation() -> None:
    """Current, entropy production and profile of six sites; the printed numbers of ten, and of all at once."""
    ends = {"inject_left": 0.8, "eject_left": 0.2, "inject_right": 0.3, "eject_right": 0.6}
    for sites in (1, 2, 6):
        flow, p, epr = by_bond(*exclusion.lattice(sites, 1, 1, **ends))
        current, dissipated, occupation = exclusion.ssep(sites, **ends)
        np.testing.assert_allclose(flow, current, rtol=1e-11)
        assert epr == pytest.approx(dissipated, rel=1e-11)
        bits = np.arange(2**sites)[:, None] >> np.arange(sites) & 1
        np.testing.assert_allclose(p @ bits, occupation, rtol=1e-12)
    np.testing.assert_allclose(exclusion.ssep(10, **ends)[:2], [0.042, 0.0873365], rtol=1e-6)
    flow, _, epr = by_bond(*exclusion.lattice(10, 1, 1, **ends))
    np.testing.assert_allclose(flow, 0.042, rtol=1e-10)
    assert epr == pytest.approx(0.0873365, abs=6e-8)
    assert exclusion.ssep(5, 1, 1, 2, 2)[:2] == (0, 0)
    assert exclusion.ssep(5, 1, 0, 0, 1)[1] == np.inf


def test_asymmetric_line_dissipates_its_work() -> None:
    """EPR = sum over bonds of J ln(rate/rate back), and no current if these add up to zero."""
    rates = {"inject_left": 0.7, "eject_left": 0.1, "inject_right": 0.2, "eject_right": 0.5}
    flow, _, epr = by_bond(*exclusion.lattice(5, 1.0, 0.4, **rates))
    force = np.log(0.7 / 0.1) + np.log(0.5 / 0.2) + 4 * np.log(1 / 0.4)
    np.testing.assert_allclose(flow, flow[0], rtol=1e-12)
    assert epr == pytest.approx(flow[0] * force, rel=1e-12)
    rates["eject_right"] = 0.2 / 7 * 0.4**4
    flow, _, epr = by_bond(*exclusion.lattice(5, 1.0, 0.4, **rates))
    np.testing.assert_allclose([*flow, epr], 0, atol=1e-15)


@pytest.mark.parametrize(("sites", "particles", "left"), [(3, 1, 0.0), (6, 3, 0.4), (7, 2, 1.0)])
def test_ring_is_its_master_equation(sites: int, particles: int, left: float) -> None:
    flow, p, epr = by_bond(*exclusion.ring_lattice(sites, particles, 1.0, left))
    current, dissipated = exclusion.ring_current(sites, particles, 1.0, left)
    np.testing.assert_allclose(p, 1 / math.comb(sites, particles), rtol=1e-12)
    np.testing.assert_allclose(flow, current, rtol=1e-12, atol=1e-16)
    assert epr == pytest.approx(dissipated, rel=1e-12, abs=1e-16)
    assert exclusion.ring_current(4, 4) == (0, 0)


def test_exclusion_that_is_refused() -> None:
    with pytest.raises(ValueError, match="inject is 0"):
        exclusion.tasep_current(4, 0, 1)
    with pytest.raises(ValueError, match="13 sites, expected 1 to 12"):
        exclusion.lattice(13)
    with pytest.raises(ValueError, match="expected at most 4096"):
        exclusion.ring_lattice(20, 10)
    with pytest.raises(ValueError, match="5 particles on 4 sites"):
        exclusion.ring_current(4, 5)
    with pytest.raises(ValueError, match="right is 0"):
        exclusion.ssep(4, 1, 1, 0, 0)
