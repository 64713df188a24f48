"""Linear Langevin dynamics against quadrature, a second derivation, sampled paths, and printed numbers."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import integrate, linalg, sparse
from scipy.sparse.linalg import expm_multiply, spsolve

from physent.theory import linear
from physent.theory.network import Array

SPIRAL = (linear.rotational_trap(1, 1.5), np.ones(2))
GYRATOR = (linear.gyrator(1, 0.6), np.array([1.0, 3.0]))


def random_system(seed: int, d: int = 3) -> tuple[Array, Array]:
    """A stable drift, and correlated noises."""
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(d, d))
    return rng.normal(size=(d, d)) - 4 * np.eye(d), root @ root.T + np.eye(d) / 2


def sampled(system: tuple[Array, Array], interval: float, pairs: int, seed: int) -> tuple[Array, Array]:
    """Independent stationary pairs (x, x') an interval apart, (pairs, d) each."""
    s = linear.stationary_covariance(*system)
    d, lagged = len(s), linear.lagged_covariance(*system, interval)
    root = np.linalg.cholesky(np.block([[s, lagged.T], [lagged, s]]))
    both = np.random.default_rng(seed).normal(size=(pairs, 2 * d)) @ root.T
    return both[:, :d], both[:, d:]


def test_covariances() -> None:
    """Lyapunov's equation, the integral over the past, and the group property; also unstable and correlated."""
    a, d = random_system(1)
    s = linear.stationary_covariance(a, d)
    np.testing.assert_allclose(a @ s + s @ a.T, -2 * d, atol=1e-13)

    def grown(t: float) -> Array:
        return np.asarray(
            integrate.quad_vec(lambda u: linalg.expm(a * u) @ (2 * d) @ linalg.expm(a * u).T, 0, t, epsabs=1e-12)[0]
        )

    np.testing.assert_allclose(linear.covariance(a, d, np.zeros((3, 3)), 0.7), grown(0.7), rtol=1e-10)
    np.testing.assert_allclose(linear.covariance(a, d, np.eye(3), 200.0), s, rtol=1e-11)
    np.testing.assert_allclose(linear.covariance(a, d, s, 0.3), s, rtol=1e-12)
    once = linear.covariance(-a, d, s, 0.9)
    np.testing.assert_allclose(linear.covariance(-a, d, linear.covariance(-a, d, s, 0.4), 0.5), once, rtol=1e-11)
    np.testing.assert_allclose(linear.covariance([[0.0]], [2.0], [[1.0]], 3.0), 13, rtol=1e-14)


def test_entropy_is_balanced() -> None:
    """Total = growth of the entropy of the system + <f^2>/D + <div f>, at any time, and the stationary form."""
    a, d = random_system(2)
    start = np.diag([0.3, 2.0, 1.0])

    def system_entropy(t: float) -> float:
        return linear.system_entropy(linear.covariance(a, d, start, t))

    s, h = linear.covariance(a, d, start, 0.2), 1e-3
    growth = (8 * (system_entropy(0.2 + h) - system_entropy(0.2 - h)) - system_entropy(0.2 + 2 * h)) / (12 * h)
    growth += system_entropy(0.2 - 2 * h) / (12 * h)
    medium = np.trace(a.T @ np.linalg.solve(d, a) @ s) + np.trace(a)
    assert linear.total_entropy_production(a, d, s) == pytest.approx(growth + medium, rel=1e-8)
    s = linear.stationary_covariance(a, d)
    medium = np.trace(a.T @ np.linalg.solve(d, a) @ s) + np.trace(a)
    assert linear.entropy_production(a, d) == pytest.approx(medium, rel=1e-11)
    assert linear.total_entropy_production(a, d, s) == pytest.approx(medium, rel=1e-11)


def test_conservative_forces_produce_nothing() -> None:
    stiffness = np.array([[2.0, 0.5, 0.1], [0.5, 1.0, -0.3], [0.1, -0.3, 1.5]])
    mobility = np.array([1.0, 2.0, 0.5])
    a, d = -mobility[:, None] * stiffness, 0.7 * mobility
    np.testing.assert_allclose(linear.stationary_covariance(a, d), 0.7 * np.linalg.inv(stiffness), rtol=1e-12)
    values = [linear.entropy_production(a, d), linear.curl_bias(a, d, 0.1), linear.pair_entropy_production(a, d, 0.1)]
    values += [linear.trapezoid_entropy_production(a, d, 0.1), linear.short_time_bound(a, d, 0.1)]
    np.testing.assert_allclose(values, 0, atol=1e-12)


def test_rotational_trap() -> None:
    """EPR 2 Omega^2/k, area Omega T/k; the trapezoid at h = 0.02 by its printed number and by the formula."""
    assert linear.entropy_production(*SPIRAL) == pytest.approx(4.5, rel=1e-13)
    np.testing.assert_allclose(linear.area_rates(*SPIRAL), [[0, 1.5], [-1.5, 0]], atol=1e-13)
    assert linear.entropy_production(linear.rotational_trap(2, 1.5), [3, 3]) == pytest.approx(2 * 1.5**2 / 2)
    assert linear.trapezoid_entropy_production(*SPIRAL, 0.02) == pytest.approx(4.4102, abs=6e-5)
    assert 4.5 - linear.curl_bias(*SPIRAL, 0.02) == pytest.approx(4.41, rel=1e-12)


def test_gyrator() -> None:
    s = linear.stationary_covariance(*GYRATOR)
    np.testing.assert_allclose(s, [[2.125, -1.875], [-1.875, 4.125]], rtol=1e-13)
    assert linear.entropy_production(*GYRATOR) == pytest.approx(0.6**2 * (1 - 3) ** 2 / (2 * 1 * 3), rel=1e-12)
    assert linear.system_entropy(s) == pytest.approx(3.66699, abs=6e-6)
    assert linear.entropy_production(*GYRATOR) - linear.curl_bias(*GYRATOR, 0.02) == pytest.approx(0.2352, rel=1e-12)
    assert linear.entropy_production(linear.gyrator(1, 0.6), [2, 2]) == pytest.approx(0, abs=1e-14)


@pytest.mark.parametrize("system", [SPIRAL, GYRATOR, (random_system(3)[0], np.array([0.5, 1.0, 2.0]))])
def test_trapezoid_loses_the_curl(system: tuple[Array, Array]) -> None:
    """To first order: the rest is of second order in the interval."""
    exact = linear.entropy_production(*system)
    rest = [
        exact - linear.curl_bias(*system, h) - linear.trapezoid_entropy_production(*system, h) for h in (0.02, 0.01)
    ]
    assert rest[0] / rest[1] == pytest.approx(4, rel=0.05)


def test_curl_bias_of_a_nonlinear_force() -> None:
    """The force -r - r^3 and a swirl that grows with the radius, by a jump process on a grid.

    Its mean trapezoid [<f.x'> - <x.f'>]/2h at h and h/2 gives the slope, the law the mean square of the curl.
    """
    n, h = 61, 0.004
    line = np.linspace(-3, 3, n)
    place = np.array(np.meshgrid(line, line, indexing="ij")).reshape(2, -1)
    x, y = place
    f = np.array([-x - x**3 - 0.6 * (x**2 + y**2) * y, -y - y**3 + 0.6 * (x**2 + y**2) * x])
    step, index = line[1] - line[0], np.arange(n * n).reshape(n, n)
    chain = sparse.csr_array((n * n, n * n))
    for axis in (0, 1):
        one, two = (np.take(index, np.arange(k, n - 1 + k), axis).ravel() for k in (0, 1))
        rise = (f[axis][one] + f[axis][two]) * step / 2
        rates = np.concatenate([np.exp(rise / 2), np.exp(-rise / 2)]) / step**2
        chain += sparse.csr_array((rates, (np.r_[two, one], np.r_[one, two])), shape=chain.shape)
    chain -= sparse.diags_array(chain.sum(0))
    system = chain.tolil()
    system[0] = 1
    p = spsolve(system.tocsc(), np.eye(1, n * n)[0])

    def trapezoid(t: float) -> float:
        later = expm_multiply(chain.T * t, np.concatenate([place, f]).T).T
        return float(((f * later[:2] - place * later[2:]).sum(0) @ p) / (2 * t))

    curl = 4 * 0.6 * (x**2 + y**2)
    assert 2 * (trapezoid(h / 2) - trapezoid(h)) == pytest.approx(h / 4 * 2 * (curl**2 @ p), rel=0.03)


def test_trapezoid_and_bounds_of_sampled_pairs() -> None:
    """Means over 400000 independent pairs of the rotational trap at four standard errors; divergence by densities."""
    h = 0.1
    x, y = sampled(SPIRAL, h, 400_000, 3)
    each = ((x + y) / 2 @ SPIRAL[0].T * (y - x)).sum(1) / h
    exact = linear.trapezoid_entropy_production(*SPIRAL, h)
    assert abs(each.mean() - exact) < 4 * each.std() / np.sqrt(len(each))
    middle, change = (x + y) / 2, y - x
    j = middle[:, 0] * change[:, 1] - middle[:, 1] * change[:, 0]
    assert linear.short_time_bound(*SPIRAL, h) == pytest.approx(2 * j.mean() ** 2 / j.var() / h, rel=0.02)
    s, lagged = linear.stationary_covariance(*SPIRAL), linear.lagged_covariance(*SPIRAL, h)
    forward = np.linalg.inv(np.block([[s, lagged.T], [lagged, s]]))
    backward = np.linalg.inv(np.block([[s, lagged], [lagged.T, s]]))
    z = np.c_[x, y]
    ratio = np.einsum("ni,ij,nj->n", z, backward - forward, z) / 2 / h
    exact = linear.pair_entropy_production(*SPIRAL, h)
    assert abs(ratio.mean() - exact) < 4 * ratio.std() / np.sqrt(len(ratio))
    assert exact == pytest.approx(4.03, abs=6e-3)


@pytest.mark.parametrize("system", [SPIRAL, GYRATOR])
def test_bounds_tighten(system: tuple[Array, Array]) -> None:
    exact = linear.entropy_production(*system)
    for bound in (linear.short_time_bound, linear.pair_entropy_production):
        values: NDArray[np.float64] = np.array([bound(*system, h) for h in (0.2, 0.05, 0.01, 1e-4)])
        assert np.all(np.diff(values) > 0)
        assert values[-1] == pytest.approx(exact, rel=1e-3)
        assert values[-1] < exact
    assert linear.short_time_bound(*system, 0.05) < linear.pair_entropy_production(*system, 0.05)


def test_linear_systems_that_are_refused() -> None:
    with pytest.raises(ValueError, match=r"real part 0\.5"):
        linear.stationary_covariance([[0.5]], [1])
    with pytest.raises(ValueError, match=r"expected \(d, d\) and"):
        linear.entropy_production([[-1.0]], [1, 1])
    with pytest.raises(ValueError, match="positive definite"):
        linear.entropy_production([[-1.0]], [0])
    with pytest.raises(ValueError, match="correlated"):
        linear.curl_bias(*random_system(1), 0.1)
    with pytest.raises(ValueError, match="determinant"):
        linear.system_entropy([[1.0, 2.0], [2.0, 1.0]])
