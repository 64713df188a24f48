"""Integration over the inverse temperature against partition functions in closed form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from physent import diagnostics as D
from physent.errors import UsageError


def two_charges(beta: Any) -> tuple[Any, Any]:
    """Log Z and <E> of N = 2 charges in the plane, E = |x|^2 + |y|^2 - log|x - y| (V = r^2/2).

    In s = x - y and the centre c, E = 2 c^2 + s^2/2 - log s: Z = pi/(2 beta) pi Gamma(1 + beta/2) (2/beta)^(1+beta/2).
    """
    from scipy.special import digamma, gammaln

    a = 1 + beta / 2
    log_z = np.log(np.pi / (2 * beta)) + np.log(np.pi) + gammaln(a) + a * np.log(2 / beta)
    slope = -1 / beta + digamma(a) / 2 + np.log(2 / beta) / 2 - a / beta
    return log_z, -slope


def test_two_charges() -> None:
    assert two_charges(2.0)[0] == pytest.approx(0.903165410579, abs=1e-11)
    assert two_charges(2.0)[1] == pytest.approx(1.288607832451, abs=1e-11)
    worst = []
    for points in (25, 49):
        beta = np.geomspace(0.01, 4.0, points)
        log_z, energy = two_charges(beta)
        found = D.thermodynamic_integration(beta, energy, reference=log_z[0])
        error = np.abs(found.log_z - log_z)
        worst.append(error.max())
        np.testing.assert_allclose(found.entropy - found.log_z, beta * energy, rtol=1e-12)
        assert (error[::2] <= found.quadrature_error[::2] + 1e-12).all()
        assert np.isnan(found.quadrature_error[1::2]).all()
        assert np.isnan(found.log_z_se).all()
    # a spline of cubics is of the fourth order
    assert worst[1] < worst[0] / 10 < 1e-5


def test_errors_are_the_spread_of_noisy_sweeps() -> None:
    rng = np.random.default_rng(5)
    beta = np.geomspace(0.1, 2.0, 11)
    log_z, energy = two_charges(beta)
    se = 0.01 / beta
    runs = [
        D.thermodynamic_integration(beta, energy + se * rng.normal(size=11), se, reference=log_z[0]) for _ in range(400)
    ]
    for name in ("log_z", "entropy"):
        spread = np.std([getattr(run, name) for run in runs], axis=0, ddof=1)
        np.testing.assert_allclose(spread[1:], getattr(runs[0], f"{name}_se")[1:], rtol=0.16)
    assert runs[0].log_z_se[0] == 0


def test_in_beta_itself() -> None:
    """From beta = 0: a level system, Z = 1 + exp(-beta)."""
    beta = np.linspace(0, 3, 31)
    found = D.thermodynamic_integration(beta, 1 / (1 + np.exp(beta)), reference=np.log(2))
    np.testing.assert_allclose(found.log_z, np.log1p(np.exp(-beta)), atol=1e-7)


def test_refusals() -> None:
    for beta, energy, said in (
        ([1.0, 2.0, 3.0], [1.0] * 3, "m >= 4"),
        ([1.0, 2.0, 2.0, 3.0], [1.0] * 4, "must increase"),
        ([-1.0, 2.0, 2.5, 3.0], [1.0] * 4, "must increase"),
    ):
        with pytest.raises(UsageError, match=said):
            D.thermodynamic_integration(beta, energy)
    with pytest.raises(UsageError, match="expected auto"):
        D.thermodynamic_integration([0.0, 1.0, 2.0, 3.0], [1.0] * 4, variable="log_beta")
