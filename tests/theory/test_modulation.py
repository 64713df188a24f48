from __future__ import annotations

import numpy as np
import pytest

from physent.theory import modulation
from tests.theory.calculus import residual


@pytest.mark.parametrize("sign", [1, -1])
def test_plane_wave_solves_the_equation(sign: int) -> None:
    assert (
        residual(
            lambda x, t: modulation.plane_wave(x, t, 1.3, 0.9, 0.4, sign),
            np.linspace(-3, 3, 13)[:, None],
            np.linspace(0, 4, 5),
            sign,
        )
        < 1e-10
    )


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("k", [0.3, np.sqrt(2) * 1.2, 2.2, 2.6, 5.0])
def test_rates_are_eigenvalues_of_the_linearised_equation(k: float, sign: int) -> None:
    """Modulations (psi_k, conj psi_-k) of a^2 = 1.44 obey a 2 x 2 system whose eigenvalues come from LAPACK."""
    square, kinetic = 1.44, k**2 / 2
    matrix = 1j * np.array([[sign * square - kinetic, sign * square], [-sign * square, kinetic - sign * square]])
    values = np.linalg.eigvals(matrix)
    assert modulation.growth_rate(k, 1.2, sign) == pytest.approx(values.real.max(), abs=1e-12)
    assert modulation.oscillation_frequency(k, 1.2, sign) == pytest.approx(values.imag.max(), abs=1e-12)


def test_published_gain() -> None:
    k = np.linspace(0, 3, 3001)
    rate = modulation.growth_rate(k, 1.0)
    assert k[rate.argmax()] == pytest.approx(np.sqrt(2), abs=1e-3)
    assert modulation.growth_rate(np.sqrt(2) * 1.5, 1.5) == pytest.approx(1.5**2, rel=1e-14)
    assert np.all(rate[k >= 2] == 0)
    assert np.all(rate[(k > 0) & (k < 2)] > 0)
    np.testing.assert_allclose(
        modulation.growth_rate(2 * np.pi * np.array([25, 45]) / 160), [0.8553, 0.8275], atol=5e-5
    )
    assert not modulation.growth_rate(k, 1.0, sign=-1).any()
