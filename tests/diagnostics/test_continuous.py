"""Nearest-neighbour and spacing entropies against closed forms, a naive twin, and their invariances."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xarray as xr
from scipy.special import digamma, gamma
from scipy.stats import maxwell, rayleigh

from physent.diagnostics.continuous import knn_entropy, ksg_mutual_information, spacing_entropy
from physent.errors import PhysentWarning, RunError, UsageError

EULER = np.euler_gamma
N = 20000


def naive_knn(x: np.ndarray, k: int, period: float | None = None) -> float:
    """All distances."""
    n, d = x.shape
    difference = x[:, None] - x[None]
    if period is not None:
        difference -= period * np.round(difference / period)
    radius = np.sort(np.sqrt((difference**2).sum(axis=-1)), axis=1)[:, k]
    ball = np.pi ** (d / 2) / gamma(d / 2 + 1)
    return float(digamma(n) - digamma(k) + np.log(ball) + d * np.log(radius).mean())


def disc(rng: np.random.Generator, n: int) -> np.ndarray:
    """Uniform in the unit disc."""
    radius, angle = np.sqrt(rng.random(n)), 2 * np.pi * rng.random(n)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)


SAMPLES: dict[str, tuple[Callable[[np.random.Generator], Any], float, float]] = {
    "Gaussian 1-d": (lambda rng: rng.normal(size=(N, 1)), 1.418939, 0.5),
    "Gaussian 2-d": (lambda rng: rng.normal(size=(N, 2)), 2.837877, 1.0),
    "exponential": (lambda rng: rng.exponential(size=N), 1.0, 1.0),
    "Laplace": (lambda rng: rng.laplace(size=N), 1 + np.log(2), 1.0),
    "Cauchy": (lambda rng: rng.standard_cauchy(size=N), np.log(4 * np.pi), np.pi**2 / 3),
    "semicircle": (lambda rng: 4 * rng.beta(1.5, 1.5, N) - 2, np.log(2 * np.pi) - 0.5, 0.2),
    "Wigner, real": (lambda rng: rayleigh.rvs(scale=np.sqrt(2 / np.pi), size=N, random_state=rng), 0.716243, 0.5),
    "Wigner, complex": (lambda rng: maxwell.rvs(scale=np.sqrt(np.pi / 8), size=N, random_state=rng), 0.528798, 0.5),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_knn_entropy_of_known_laws(name: str) -> None:
    """Four standard errors, sqrt((Var ln p + psi'(k)) / N), bound the error; third entry: Var ln p (at most)."""
    draw, exact, variance = SAMPLES[name]
    x = draw(np.random.default_rng(1))
    assert knn_entropy(x, k=4) == pytest.approx(exact, abs=4 * np.sqrt((variance + 0.2838) / N))


def test_closed_forms_of_spacing_laws() -> None:
    """1 - (ln pi)/2 + g/2 and ln(pi/2) + g - 1/2, by quadrature of the laws themselves."""
    assert rayleigh(scale=np.sqrt(2 / np.pi)).entropy() == pytest.approx(1 - np.log(np.pi) / 2 + EULER / 2, abs=1e-9)
    assert maxwell(scale=np.sqrt(np.pi / 8)).entropy() == pytest.approx(np.log(np.pi / 2) + EULER - 0.5, abs=1e-9)


def test_knn_entropy_of_the_disc() -> None:
    """The value ln pi; points at the border, a fraction of order N^(-1/2), are estimated high."""
    error = knn_entropy(disc(np.random.default_rng(2), N)) - np.log(np.pi)
    assert -0.01 < error < 0.02
    # the border term shrinks as N^(-1/2)
    assert knn_entropy(disc(np.random.default_rng(3), N // 16)) - np.log(np.pi) > 2 * error


def test_naive_twin_with_and_without_box() -> None:
    rng = np.random.default_rng(4)
    for d in (1, 2, 3):
        x = rng.random((150, d))
        assert knn_entropy(x, k=3, metric="shared") == pytest.approx(naive_knn(x, 3), abs=1e-12)
        assert knn_entropy(x, k=3, box=1.0) == pytest.approx(naive_knn(x, 3, 1.0), abs=1e-12)


def test_periodic_box_has_no_border_and_no_origin() -> None:
    rng = np.random.default_rng(5)
    x = 3.0 * rng.random((N, 2))
    h = knn_entropy(x, box=3.0)
    assert h == pytest.approx(2 * np.log(3), abs=4 * np.sqrt(0.2838 / N))
    # points within a neighbour distance sqrt(k / pi N) of the border, 3 %, find up to half of their ball empty
    assert h + 0.005 < knn_entropy(x) < h + 0.03 * np.log(2)
    assert knn_entropy(x + np.array([100.0, -7.3]), box=3.0) == pytest.approx(h, abs=1e-9)
    strip = knn_entropy(x, box=[3.0, np.inf])
    assert h < strip < knn_entropy(x)
    assert np.isfinite(knn_entropy(np.vstack([x, [[-1e-18, 1.0]]]), box=3.0))


def test_scaling_and_rotation() -> None:
    rng = np.random.default_rng(6)
    x = rng.normal(size=(500, 3))
    rotation = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    turned = knn_entropy(5 * x @ rotation, metric="shared")
    assert turned == pytest.approx(knn_entropy(x, metric="shared") + 3 * np.log(5), abs=1e-9)


def test_knn_dataarray() -> None:
    values = np.random.default_rng(7).normal(size=(4, 300, 2))
    x = xr.DataArray(values, dims=("time", "particle", "axis"))
    h = knn_entropy(x)
    assert h.dims == ("time",)
    assert h.values[2] == knn_entropy(values[2])
    moved = x.transpose("particle", "axis", "time")
    np.testing.assert_array_equal(knn_entropy(moved, dims=("particle", "axis")), h)
    np.testing.assert_array_equal(knn_entropy(x, dims=("particle", "axis")), h)
    one = knn_entropy(x.isel(axis=0), dims="particle")
    assert one.dims == ("time",)
    assert one.values[0] == knn_entropy(values[0, :, 0])


def test_repeated_points_are_doubted() -> None:
    x = np.random.default_rng(5).normal(size=400)
    with pytest.warns(PhysentWarning, match=r"80\.0 % of the points repeat another"):
        knn_entropy(np.concatenate([x, np.repeat(x[:200], 4)])[200:], k=8)


def test_knn_refusals() -> None:
    rng = np.random.default_rng(8)
    with pytest.raises(RunError, match="coincide with 2 neighbours"):
        knn_entropy(np.round(rng.normal(size=500), 1), k=2)
    with pytest.raises(RunError, match="half the period"):
        knn_entropy(rng.random((5, 2)), k=4, box=1.0)
    with pytest.raises(UsageError, match="k must be 1 to 4"):
        knn_entropy(rng.random((5, 2)), k=5)
    with pytest.raises(UsageError, match="positive"):
        knn_entropy(rng.random((5, 2)), k=1, box=[1.0, 0.0])
    with pytest.raises(RunError, match="NaN"):
        knn_entropy([1.0, np.nan, 3.0], k=1)


@pytest.mark.parametrize("rho", [0.0, 0.6, 0.9])
def test_mutual_information_of_gaussians(rho: float) -> None:
    rng = np.random.default_rng(9)
    values = []
    for _ in range(12):
        a, b = rng.normal(size=(2, 2000))
        values.append(ksg_mutual_information(a, rho * a + np.sqrt(1 - rho**2) * b))
    exact = -0.5 * np.log(1 - rho**2)
    # its own bias at N = 2000 is below 0.005 (Kraskov, Stogbauer and Grassberger 2004, figure 4)
    assert abs(np.mean(values) - exact) < 4 * np.std(values, ddof=1) / np.sqrt(12) + 0.005


def naive_ksg(a: np.ndarray, b: np.ndarray, k: int) -> float:
    """All distances."""
    dx = np.abs(a[:, None] - a[None]).max(axis=-1)
    dy = np.abs(b[:, None] - b[None]).max(axis=-1)
    radius = np.sort(np.maximum(dx, dy), axis=1)[:, k : k + 1]
    nx, ny = (dx < radius).sum(axis=1) - 1, (dy < radius).sum(axis=1) - 1
    return float(digamma(k) + digamma(len(a)) - (digamma(nx + 1) + digamma(ny + 1)).mean())


def own_units(x: np.ndarray) -> np.ndarray:
    """Every coordinate over the median width of all stretches of sqrt(N) successive samples."""
    m = int(np.sqrt(len(x)))
    columns = [(column, np.sort(column)) for column in x.T]
    return np.stack([x / np.median([s[i + m] - s[i] for i in range(len(s) - m)]) for x, s in columns], axis=1)


@pytest.mark.parametrize("d", [1, 2])
def test_mutual_information_is_the_naive_twin(d: int) -> None:
    rng = np.random.default_rng(10)
    a = rng.normal(size=(300, d))
    b = a[:, :1] + rng.normal(size=(300, 1))
    assert ksg_mutual_information(a, b, k=3, metric="shared") == pytest.approx(naive_ksg(a, b, 3), abs=1e-12)
    assert ksg_mutual_information(a, b, k=3) == pytest.approx(naive_ksg(own_units(a), own_units(b), 3), abs=1e-12)


def test_mutual_information_refusals() -> None:
    with pytest.raises(UsageError, match="paired"):
        ksg_mutual_information(np.arange(9.0), np.arange(8.0))
    with pytest.raises(RunError, match="coincide"):
        ksg_mutual_information(np.zeros(9), np.zeros(9))
    with pytest.raises(UsageError, match="k must"):
        ksg_mutual_information(np.arange(4.0), np.arange(4.0))


@pytest.mark.parametrize("name", ["Gaussian 1-d", "exponential", "Laplace", "semicircle", "Wigner, complex"])
def test_spacing_entropy(name: str) -> None:
    draw, exact, variance = SAMPLES[name]
    x = np.ravel(draw(np.random.default_rng(11)))
    assert spacing_entropy(x) == pytest.approx(exact, abs=4 * np.sqrt(variance / N) + 0.005)


def test_spacing_entropy_along_a_dimension_and_refusals() -> None:
    x = xr.DataArray(np.random.default_rng(12).normal(size=(200, 3)), dims=("particle", "time"))
    h = spacing_entropy(x, dim="particle", method="vasicek")
    assert h.dims == ("time",)
    assert h.values[1] == pytest.approx(spacing_entropy(x.values[:, 1], method="vasicek"))
    with pytest.raises(RunError, match="samples coincide over the whole window"):
        spacing_entropy(np.full(100, 1.1))
