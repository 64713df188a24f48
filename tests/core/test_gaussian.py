"""Entropies of Gaussian states against density matrices and direct diagonalisation."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.linalg

from physent.core import gaussian

ORDERS = [0.5, 1.0, 2.0, 3.0, math.inf]


def renyi(p: np.ndarray, order: float) -> float:
    p = p[p > 0]
    if order == 1.0:
        return -float((p * np.log(p)).sum())
    return -float(np.log(p.max())) if math.isinf(order) else float(np.log((p**order).sum()) / (1 - order))


@pytest.mark.parametrize("order", ORDERS)
def test_entropies_are_those_of_the_weights(order: float) -> None:
    """A bosonic mode has the weights (1 - x) x^n, x = n/(n+1) of its mean n; a fermionic one z and 1 - z."""
    quanta = np.array([0.0, 0.2, 1.7])
    x = quanta / (quanta + 1)
    exact = sum(renyi((1 - one) * one ** np.arange(400), order) for one in x)
    assert gaussian.of_symplectic(quanta + 0.5, order) == pytest.approx(exact, abs=1e-12)
    z = np.array([0.0, 1.0, 0.3, 0.5])
    exact = sum(renyi(np.array([one, 1 - one]), order) for one in z)
    assert gaussian.of_occupations(z, order) == pytest.approx(exact, abs=1e-13)


def test_rounding_below_the_vacuum_counts_as_vacuum() -> None:
    for order in ORDERS:
        assert gaussian.of_symplectic(np.array([0.5 - 1e-15]), order) == pytest.approx(0.0, abs=1e-12)
        assert gaussian.of_occupations(np.array([-1e-16, 1 + 1e-16]), order) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("crossed", [False, True])
def test_symplectic_eigenvalues_by_brute_force(crossed: bool) -> None:
    """Of a positive matrix; those of i Omega sigma are +-nu."""
    rng = np.random.default_rng(1)
    n = 5
    sigma = np.zeros((2 * n, 2 * n))
    a = rng.normal(size=(2 * n, 2 * n))
    sigma = a @ a.T + np.eye(2 * n)
    if not crossed:
        sigma[:n, n:] = sigma[n:, :n] = 0.0
    form = np.kron(np.array([[0.0, 1.0], [-1.0, 0.0]]), np.eye(n))
    exact = np.sort(np.abs(np.linalg.eigvals(1j * form @ sigma)))[::2]
    assert gaussian.symplectic(sigma) == pytest.approx(exact, rel=1e-10)


def test_occupations_of_every_form_agree() -> None:
    """Matrices that conserve the number, those without aa and bb parts, and a general one rotated from them."""
    rng = np.random.default_rng(2)
    n, z = 4, np.array([0.1, 0.35, 0.8, 1.0])
    u = scipy.linalg.qr(rng.normal(size=(n, n)) + 1j * rng.normal(size=(n, n)))[0]
    covariance = gaussian.majorana(u * z @ u.conj().T)
    assert np.sort(gaussian.occupations(covariance)) == pytest.approx(z, abs=1e-14)
    left, right = (scipy.linalg.qr(rng.normal(size=(n, n)))[0] for _ in range(2))
    plain = np.zeros((2 * n, 2 * n))
    plain[:n, n:] = left * (2 * z - 1) @ right.T
    plain[n:, :n] = -plain[:n, n:].T
    folded = np.sort(np.maximum(z, 1 - z))
    found = gaussian.occupations(plain)
    assert np.sort(np.maximum(found, 1 - found)) == pytest.approx(folded, abs=1e-14)
    turn = scipy.linalg.qr(rng.normal(size=(2 * n, 2 * n)))[0]
    general = gaussian.occupations(turn @ covariance @ turn.T)
    assert np.sort(np.maximum(general, 1 - general)) == pytest.approx(folded, abs=1e-13)


@pytest.mark.parametrize("off", [0.0, 3e-16, 1e-9])
def test_occupations_of_a_nearly_conserved_number(off: float) -> None:
    """The short way for rounding, the long one beyond it."""
    random = np.random.default_rng(4)
    q, _ = np.linalg.qr(random.normal(size=(6, 6)) + 1j * random.normal(size=(6, 6)))
    covariance = gaussian.majorana(q @ np.diag([0.0, 0.1, 0.3, 0.5, 0.9, 1.0]) @ q.conj().T)
    covariance[0, 7] += off
    covariance[7, 0] -= off
    naive = np.linalg.eigvalsh(1j * covariance)[6:]
    np.testing.assert_allclose(np.sort(np.abs(2 * gaussian.occupations(covariance) - 1)), naive, atol=3e-15)
