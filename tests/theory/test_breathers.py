from __future__ import annotations

import numpy as np
import pytest

from physent.theory import breathers, modulation
from tests.theory.calculus import residual

X = np.linspace(-7, 7, 57)[:, None]
T = np.linspace(-5, 5, 21)


@pytest.mark.parametrize("a", [0.05, 0.25, 0.48])
def test_akhmediev_solves_the_equation(a: float) -> None:
    assert residual(lambda x, t: breathers.akhmediev(x, t, a), X, T, sign=1) < 1e-9


def test_peregrine_solves_the_equation() -> None:
    assert residual(breathers.peregrine, X, T, sign=1) < 1e-9


@pytest.mark.parametrize("a", [0.52, 1.0, 1.6])
def test_kuznetsov_ma_solves_the_equation(a: float) -> None:
    assert residual(lambda x, t: breathers.kuznetsov_ma(x, t, a), X, T, sign=1, h=0.01) < 1e-8


def test_published_peaks() -> None:
    assert abs(breathers.akhmediev(0.0, 0.0, 0.25)) == pytest.approx(2.41421356, abs=5e-9)
    assert abs(breathers.peregrine(0.0, 0.0)) == 3.0
    assert abs(breathers.kuznetsov_ma(0.0, 0.0, 1.0)) == pytest.approx(3.82842712, abs=5e-9)


@pytest.mark.parametrize("a", [0.1, 0.25, 0.4])
def test_akhmediev_peak_period_and_growth(a: float) -> None:
    assert np.abs(breathers.akhmediev(X, T, a)).max() == pytest.approx(breathers.breather_peak(a), rel=1e-12)
    period = 2 * np.pi / breathers.akhmediev_wavenumber(a)
    np.testing.assert_allclose(breathers.akhmediev(X + period, T, a), breathers.akhmediev(X, T, a), atol=1e-12)
    rate = breathers.akhmediev_growth_rate(a)
    assert modulation.growth_rate(breathers.akhmediev_wavenumber(a)) == pytest.approx(rate, rel=1e-14)
    x = np.linspace(0, period, 16, endpoint=False)
    first = [abs(np.fft.fft(breathers.akhmediev(x, t, a))[1]) for t in (-15.0, -14.0)]
    assert first[1] / first[0] == pytest.approx(np.exp(rate), rel=1e-7)


def test_akhmediev_and_kuznetsov_ma_tend_to_peregrine() -> None:
    """Both leave the rational limit linearly in a - 1/2, on opposite sides."""
    x, t = X[20:37], T[8:13]
    limit = breathers.peregrine(x, t)
    below = breathers.akhmediev(x, t, 0.5 - 1e-6) - limit
    above = breathers.kuznetsov_ma(x, t, 0.5 + 1e-6) - limit
    assert 1e-8 < np.abs(below).max() < 1e-4
    np.testing.assert_allclose(above, -below, atol=1e-8)


def test_kuznetsov_ma_is_periodic_in_time() -> None:
    period = breathers.kuznetsov_ma_period(1.0)
    assert period == pytest.approx(2 * np.pi / np.sqrt(8), rel=1e-15)
    later, now = breathers.kuznetsov_ma(X, T + period, 1.0), breathers.kuznetsov_ma(X, T, 1.0)
    np.testing.assert_allclose(np.abs(later), np.abs(now), atol=1e-12)
    assert np.abs(now).max() == pytest.approx(breathers.breather_peak(1.0), rel=1e-12)


def test_kuznetsov_ma_decays_at_its_rate() -> None:
    over = [abs(breathers.kuznetsov_ma(x, 0.3, 1.0) - np.exp(0.3j)) for x in (7.0, 8.0)]
    assert over[1] / over[0] == pytest.approx(np.exp(-breathers.kuznetsov_ma_decay(1.0)), rel=1e-5)


def test_backgrounds_stay_finite_far_away() -> None:
    far = np.array([-1e5, 1e5])
    for wave in (
        breathers.akhmediev(0.3, far, 0.25),
        breathers.peregrine(far, 1.0),
        breathers.kuznetsov_ma(far, 1.0, 0.8),
    ):
        np.testing.assert_allclose(np.abs(wave), 1.0, atol=1e-9)


@pytest.mark.parametrize("a", [0.0, 0.5, -0.1, np.nan])
def test_akhmediev_refuses_other_parameters(a: float) -> None:
    with pytest.raises(ValueError, match="expected 0 < a < 1/2"):
        breathers.akhmediev(X, T, a)


@pytest.mark.parametrize("a", [0.5, 0.2, np.nan])
def test_kuznetsov_ma_refuses_other_parameters(a: float) -> None:
    with pytest.raises(ValueError, match="expected a > 1/2"):
        breathers.kuznetsov_ma(X, T, a)
