"""Harmonic traps: printed numbers, quadratic forms of Gaussian paths, quadrature, and the theorems of work."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.polynomial import polynomial
from scipy import integrate

from physent.theory import traps
from physent.theory.network import Array


def covariance_of_breathing(t: Array, k0: float, slope: float) -> Array:
    """<x(t) x(t')> for k = k0 + slope t, T = mobility = 1: S(min) exp(-int k) between the two times."""
    stiff = k0 * t + slope * t**2 / 2  # int_0^t k
    equilibrated = [integrate.quad(lambda u: np.exp(2 * k0 * u + slope * u**2), 0, when)[0] for when in t]
    variance = np.exp(-2 * stiff) * (1 / k0 + 2 * np.array(equilibrated))
    early = np.minimum.outer(np.arange(len(t)), np.arange(len(t)))
    return np.asarray(variance[early] * np.exp(-np.abs(stiff[:, None] - stiff)))


def test_dragged_trap() -> None:
    """Printed numbers; mean and variance by quadrature over the path; early and late limits."""
    mean, variance = traps.dragged_work(3, 2, 0.8, 1.5)
    assert mean == pytest.approx(1.60079, abs=6e-6)
    assert variance == pytest.approx(4.8024, abs=6e-5)
    assert variance == pytest.approx(2 * 1.5 * mean, rel=1e-14)
    k, v, temperature, mobility, t = 2.0, 0.8, 1.5, 0.7, 1.3
    lag, spread = traps.dragged_law(t, k, v, temperature, mobility)
    path = integrate.solve_ivp(lambda _, y: -mobility * k * y - v, (0, t), [0.0], rtol=1e-11, atol=1e-13).y[0, -1]
    np.testing.assert_allclose([lag, spread], [path, temperature / k], rtol=1e-9)
    mean, variance = traps.dragged_work(t, k, v, temperature, mobility)
    power = integrate.quad(lambda s: -k * v * traps.dragged_law(s, k, v, temperature, mobility)[0], 0, t)[0]
    assert mean == pytest.approx(power, rel=1e-10)
    forces = integrate.dblquad(lambda s, u: np.exp(-mobility * k * (u - s)), 0, t, 0, lambda u: u)[0]
    assert variance == pytest.approx(2 * v**2 * k * temperature * forces, rel=1e-9)
    assert traps.dragged_work(1e-6, k, v)[0] == pytest.approx(k * v**2 * 1e-12 / 2, rel=2e-6)
    near = [traps.dragged_work(x / k, k, v)[0] for x in (0.05 - 1e-9, 0.05 + 1e-9)]
    assert near[0] == pytest.approx(near[1], rel=1e-7)
    late = traps.dragged_work(1e6, k, v, temperature, mobility)[0] / 1e6 / temperature
    assert late == pytest.approx(traps.comoving_heat_rate(v, temperature, mobility), rel=1e-5)


def test_breathing_trap() -> None:
    """Cumulants of k = 1 to 4 in t = 1 are traces of powers of k' <x x'>; the work is a quadratic form of a Gaussian.

    kappa_n = (n - 1)! tr[(k' C)^n]/2; the kernel has a kink, which two grids extrapolate away.
    """
    exact = traps.breathing_cumulants([0, 1], [1, 4], order=4)
    np.testing.assert_allclose(exact[:3], [0.936042, 0.842237, 2.030161], rtol=1e-6)
    traces = []
    for n in (60, 120):
        t = (np.arange(n) + 0.5) / n
        values = np.linalg.eigvalsh(3 * covariance_of_breathing(t, 1.0, 3.0) / n)
        traces.append([math.factorial(i - 1) / 2 * np.sum(values**i) for i in (1, 2, 3, 4)])
    np.testing.assert_allclose((4 * np.array(traces[1]) - traces[0]) / 3, exact, rtol=2e-5)


def test_breathing_trap_obeys_jarzynski() -> None:
    """K(1/T) = -dF/T by its own equation, of which the cumulants are the series, also if k jumps."""
    t, k, temperature, mobility = [0, 0.5, 0.5, 0.8], [1.0, 2.0, 3.0, 2.5], 1.4, 0.6

    def exponent(s: float) -> float:
        variance, total = temperature / k[0], 0.0
        for begin, end, before, after in ((0, 0.5, 1.0, 2.0), (0.5, 0.8, 3.0, 2.5)):
            if begin:
                variance, total = variance / (1 + s * variance), total - math.log(1 + s * variance) / 2
            slope = (after - before) / (end - begin)
            found = integrate.solve_ivp(
                lambda now, y, slope=slope, begin=begin, before=before: [
                    2 * mobility * (temperature - (before + slope * (now - begin)) * y[0]) - s * slope * y[0] ** 2,
                    -s * slope * y[0] / 2,
                ],
                (begin, end),
                [variance, total],
                rtol=1e-11,
                atol=1e-13,
            )
            variance, total = found.y[:, -1]
        return float(total)

    free = traps.free_energy_difference(1, 2.5, temperature)
    assert exponent(1 / temperature) == pytest.approx(-free / temperature, rel=1e-9)
    cumulants = traps.breathing_cumulants(t, k, temperature, mobility, order=10)
    series = cumulants / [math.factorial(n) for n in range(1, 11)]
    for s in (0.04, -0.04):
        assert polynomial.polyval(-s, [0, *series]) == pytest.approx(exponent(s), rel=1e-8)


def test_sudden_and_slow_breathing() -> None:
    """A jump of k gives w = d x^2/2, of cumulants (n - 1)! (d S)^n/2; a slow ramp dF and var w = 2T (w - dF)."""
    sudden = traps.breathing_cumulants([0, 0, 1], [1, 3, 3], order=5)
    np.testing.assert_allclose(sudden, [math.factorial(n - 1) / 2 * 2.0**n for n in range(1, 6)], rtol=1e-12)
    mean, variance = traps.breathing_cumulants([0, 1000], [1, 4], order=2)
    assert mean == pytest.approx(traps.free_energy_difference(1, 4), rel=2e-3)
    assert variance == pytest.approx(2 * (mean - traps.free_energy_difference(1, 4)), rel=0.01)


def test_relaxation() -> None:
    medium, system, total = traps.relaxation_entropies(0.7, 4)
    np.testing.assert_allclose([medium, system, total], [1.1301, -0.41627, 0.71384], atol=6e-6)
    np.testing.assert_allclose(traps.relaxation_entropies(0.7, 1.5, 2.0, 3.0), 0, atol=1e-15)

    def divergence(s: float, rest: float) -> float:
        return (s / rest - 1 - math.log(s / rest)) / 2

    k, temperature, mobility, t = 1.5, 0.8, 0.6, 0.4
    rest = temperature / k
    later = rest + (0.1 - rest) * math.exp(-2 * mobility * k * t)
    total = traps.relaxation_entropies(t, 0.1, k, temperature, mobility)[2]
    assert total == pytest.approx(divergence(0.1, rest) - divergence(later, rest), rel=1e-12)


def test_hatano_sasa() -> None:
    """Printed number, and <Y> as the quadrature of dv/dt <d phi/dv> along the mean path."""
    mean, variance = traps.hatano_sasa(1, (0.3, 2))
    assert mean == pytest.approx(1.06317, abs=6e-6)
    assert mean == pytest.approx(1.7**2 * math.exp(-1), rel=1e-14)
    k, temperature, mobility, t = 1.5, 0.8, 0.6, 1.2
    slope = (2 - 0.3) / t

    def motion(now: float, y: Array) -> list[float]:
        v = 0.3 + slope * now
        from_rest = y[0] + v / (mobility * k)
        return [-mobility * k * y[0] - v, slope * k / temperature * from_rest / (mobility * k)]

    found = integrate.solve_ivp(motion, (0, t), [-0.3 / (mobility * k), 0.0], rtol=1e-11, atol=1e-13)
    mean, variance = traps.hatano_sasa(t, (0.3, 2), k, temperature, mobility)
    assert mean == pytest.approx(found.y[1, -1], rel=1e-9)
    assert variance == pytest.approx(2 * mean, rel=1e-14)  # so that <exp(-Y)> = 1


def test_traps_that_are_refused() -> None:
    with pytest.raises(ValueError, match="stiffness is 0"):
        traps.dragged_work(1, 0, 1)
    with pytest.raises(ValueError, match="ascending order"):
        traps.breathing_cumulants([1, 0], [1, 2])
    with pytest.raises(ValueError, match="temperature is -1"):
        traps.free_energy_difference(1, 2, -1)
