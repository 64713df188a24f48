from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from physent.core.jit import njit
from physent.core.mathfun import SINCOS_LIMIT, sincos

Reals = npt.NDArray[np.float64]


@njit
def _fill(x: Reals, sine: Reals, cosine: Reals) -> None:
    for j in range(x.shape[0]):
        sine[j], cosine[j] = sincos(x[j])


def evaluate(x: Reals) -> tuple[Reals, Reals]:
    sine, cosine = np.empty_like(x), np.empty_like(x)
    _fill(x, sine, cosine)
    return sine, cosine


NEAR_QUADRANTS = np.arange(-20000, 20001) * (np.pi / 4)


@pytest.mark.parametrize(
    "x",
    [
        np.linspace(-10, 10, 200_001),
        np.random.default_rng(1).uniform(-1e5, 1e5, 200_000),
        np.random.default_rng(2).uniform(-SINCOS_LIMIT, SINCOS_LIMIT, 200_000),
        np.concatenate([np.nextafter(NEAR_QUADRANTS, np.inf), NEAR_QUADRANTS, np.nextafter(NEAR_QUADRANTS, -np.inf)]),
        np.array([0.0, -0.0, 5e-324, 1e-300, 1e-160, SINCOS_LIMIT, -SINCOS_LIMIT]),
    ],
    ids=["small", "1e5", "limit", "quadrants", "special"],
)
def test_error_over_the_range(x: Reals) -> None:
    sine, cosine = evaluate(x)
    # libm is within an ulp: 1.1e-16.
    assert np.abs(sine - np.sin(x)).max() <= 4e-16
    assert np.abs(cosine - np.cos(x)).max() <= 4e-16
    assert np.abs(sine**2 + cosine**2 - 1).max() <= 6e-16


def test_small_angles_are_accurate_relatively() -> None:
    x = np.geomspace(1e-300, 0.5, 10_000)
    sine, cosine = evaluate(x)
    np.testing.assert_allclose(sine, np.sin(x), rtol=3e-16)
    np.testing.assert_allclose(cosine, np.cos(x), rtol=3e-16)


def test_not_finite_gives_nan() -> None:
    sine, cosine = evaluate(np.array([np.nan, np.inf, -np.inf]))
    assert np.isnan(sine).all()
    assert np.isnan(cosine).all()
