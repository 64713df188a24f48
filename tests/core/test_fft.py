from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import scipy.fft

from physent.core.fft import BOTH, FORWARD, INVERSE, Tables, tables_of, transform

EPS = float(np.finfo(float).eps)
SMALL = list(range(1, 65))
POWERS = [2**p for p in range(7, 17)]
OTHERS = [96, 97, 251, 509, 1000, 1009, 4093]
NOT_READ = np.empty((2, 0))


def random_wave(n: int, seed: int = 0) -> npt.NDArray[np.complex128]:
    rng = np.random.default_rng([n, seed])
    return np.asarray(rng.normal(size=n) + 1j * rng.normal(size=n))


def apply(tables: Tables, x: Any, direction: int, factor: Any = NOT_READ) -> npt.NDArray[np.complex128]:
    re, im = np.array(np.real(x), dtype=float), np.array(np.imag(x), dtype=float)
    transform(tables, re, im, factor, np.empty(tables.work), direction)
    return np.asarray(re + 1j * im)


def relative_error(found: Any, expected: Any) -> float:
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


def bound(n: int) -> float:
    """About twice the largest error seen at any length, and of its form eps log n."""
    return EPS * (1.5 + math.log2(n) / 4)


@pytest.mark.parametrize("n", [*SMALL, *POWERS, *OTHERS])
def test_forward_is_the_discrete_fourier_transform(n: int) -> None:
    tables, x = tables_of(n), random_wave(n)
    expected = scipy.fft.fft(x.astype(np.clongdouble))[tables.order]
    assert relative_error(apply(tables, x, FORWARD), expected) <= bound(n)


@pytest.mark.parametrize("n", [*SMALL, *POWERS, *OTHERS])
def test_inverse_starts_from_the_order_of_the_forward_transform(n: int) -> None:
    tables, x = tables_of(n), random_wave(n)
    spectrum = scipy.fft.fft(x.astype(np.clongdouble))[tables.order].astype(complex)
    assert relative_error(apply(tables, spectrum, INVERSE) / n, x) <= bound(n)
    assert relative_error(apply(tables, apply(tables, x, FORWARD), INVERSE) / n, x) <= 2 * bound(n)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 8, 16, 31, 32, 64, 97, 128, 1024, 2048])
def test_both_multiplies_the_spectrum_in_between(n: int) -> None:
    tables, x, factor = tables_of(n), random_wave(n), random_wave(n, 1)
    expected = scipy.fft.ifft(scipy.fft.fft(x) * factor, norm="forward")
    ordered = factor[tables.order]
    found = apply(tables, x, BOTH, np.array([ordered.real, ordered.imag]))
    assert relative_error(found, expected) <= 4 * bound(n)


@pytest.mark.parametrize("n", [1, 2, 8, 12, 32, 97, 256, 4096])
def test_order_holds_every_frequency_once(n: int) -> None:
    np.testing.assert_array_equal(np.sort(tables_of(n).order), np.arange(n))


@pytest.mark.parametrize("n", [8, 13, 512])
def test_linear_and_parseval(n: int) -> None:
    tables, x, y = tables_of(n), random_wave(n), random_wave(n, 1)
    fx, fy = apply(tables, x, FORWARD), apply(tables, y, FORWARD)
    together = apply(tables, (2 - 1j) * x + 0.5j * y, FORWARD)
    assert relative_error(together, (2 - 1j) * fx + 0.5j * fy) <= 4 * bound(n)
    assert np.vdot(fx, fy) / n == pytest.approx(np.vdot(x, y), rel=1e-13)


@pytest.mark.parametrize("n", [64, 60])
def test_one_mode_lands_in_one_slot(n: int) -> None:
    tables = tables_of(n)
    for mode in range(n):
        spectrum = apply(tables, np.exp(2j * np.pi * mode * np.arange(n) / n), FORWARD)
        (slot,) = np.flatnonzero(tables.order == mode)
        assert abs(spectrum[slot] - n) < 1e-12 * n
        assert np.abs(np.delete(spectrum, slot)).max() < 1e-12 * n


def test_many_round_trips_keep_the_norm() -> None:
    n, trips = 1024, 2000
    tables = tables_of(n)
    x = np.linspace(-30, 30, n, endpoint=False)
    psi = np.exp(2j * x) / np.cosh(x + 5) + 1.5 * np.exp(-1j * x) / np.cosh(1.5 * x - 9)
    re, im = psi.real.copy(), psi.imag.copy()
    factor, work = np.array([np.full(n, 1 / n), np.zeros(n)]), np.empty(tables.work)
    for _ in range(trips):
        transform(tables, re, im, factor, work, BOTH)
    # Twiddle factors that are merely the nearest doubles drift by 2e-17 a round trip.
    assert abs(np.vdot(re, re) + np.vdot(im, im) - np.vdot(psi, psi).real) < 5e-18 * trips * np.vdot(psi, psi).real


@pytest.mark.parametrize("n", [4, 5, 64])
def test_not_finite_spreads_and_does_not_crash(n: int) -> None:
    x = random_wave(n)
    x[0] = np.nan
    assert np.isnan(apply(tables_of(n), x, FORWARD)).all()
