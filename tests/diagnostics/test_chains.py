"""Errors and doubts of Monte Carlo series: known autocorrelation times, coverage over seeds, chains that fail."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr
from scipy.signal import lfilter

from physent import diagnostics as D
from physent.diagnostics.chains import mean_and_error, unmixed
from physent.errors import RunError, UsageError


def autoregressive(rho: float, draws: int, replicas: int, seed: int) -> Any:
    """x_t = rho x_{t-1} + noise from its stationary law N(0, 1); tau = (1 + rho)/(1 - rho)."""
    noise = np.random.default_rng(seed).normal(size=(draws, replicas))
    noise[1:] *= np.sqrt(1 - rho * rho)
    return lfilter([1.0], [1.0, -rho], noise, axis=0)


def metropolis(draws: int, seed: int, step: float = 1.5) -> Any:
    """Random walk Metropolis on exp(-x^4): a chain that repeats values."""
    rng = np.random.default_rng(seed)
    x, out = 0.0, np.empty(draws)
    for i, (move, u) in enumerate(zip(rng.normal(size=draws) * step, rng.uniform(size=draws), strict=True)):
        y = x + move
        if u < np.exp(x**4 - y**4):
            x = y
        out[i] = x
    return out


@pytest.mark.parametrize("rho", [0.0, 0.6, 0.9, -0.4])
def test_autocorrelation_time_of_an_autoregression(rho: float) -> None:
    x = autoregressive(rho, 40000, 4, seed=7)
    tau = (1 + rho) / (1 - rho)
    # s.d. of such an estimate over the window M: tau sqrt(2 (2 M + 1)/N) (Sokal 1997), M about 5 tau here
    bound = 4 * tau * np.sqrt(2 * (10 * max(tau, 1) + 1) / x.size)
    assert D.integrated_autocorrelation_time(x) == pytest.approx(tau, abs=bound)
    assert D.effective_sample_size(x) == pytest.approx(x.size / tau, rel=bound / tau * 1.5)


def test_spread_of_means_over_reported_error() -> None:
    """The error bar is the spread over seeds: 200 of them, so that the ratio itself is known to 5 %."""
    for series in (
        [autoregressive(0.8, 1000, 2, seed) for seed in range(200)],
        [autoregressive(0.0, 300, 1, seed) for seed in range(200)],
        [metropolis(1500, seed) ** 2 for seed in range(120)],
    ):
        means, errors = np.transpose([mean_and_error(x) for x in series])
        ratio = means.std(ddof=1) / np.sqrt(np.mean(errors**2))
        assert 0.8 < ratio < 1.25
        assert abs(np.mean(np.abs(means - means.mean()) < errors) - 0.683) < 0.15


@pytest.mark.parametrize(("draws", "replicas"), [(8, 64), (10, 16), (20, 64), (40, 16)])
def test_many_short_chains(draws: int, replicas: int) -> None:
    """White noise counts draw by draw however short its chains are, and errors are the spread."""
    found = np.array([mean_and_error(autoregressive(0.0, draws, replicas, seed)) for seed in range(400)])
    ratio = np.sqrt((found[:, 1] ** 2).mean() * draws * replicas)
    assert 0.93 < ratio < 1.1
    assert np.mean(np.abs(found[:, 0]) < 1.96 * found[:, 1]) == pytest.approx(0.95, abs=4 * np.sqrt(0.05 * 0.95 / 400))


def test_many_columns_are_each_alone() -> None:
    x = np.stack([autoregressive(rho, 500, 3, 5) for rho in (0.1, 0.7)], axis=-1)
    np.testing.assert_allclose(D.effective_sample_size(x), [D.effective_sample_size(x[..., c]) for c in (0, 1)])
    np.testing.assert_allclose(mean_and_error(x)[1], [mean_and_error(x[..., c])[1] for c in (0, 1)])


def test_r_hat_is_one_for_one_law_and_not_for_two() -> None:
    rng = np.random.default_rng(3)
    x = rng.standard_cauchy((2000, 4))
    assert D.r_hat(x) < 1.01
    assert D.r_hat(x + np.array([0, 0, 0, 2])) > 1.05
    assert D.r_hat(x * np.array([1, 1, 1, 5])) > 1.05  # equal medians: seen by the folded ranks alone
    assert D.r_hat(np.linspace(0, 1, 500)) > 1.5  # a drift, in one chain


def test_r_hat_of_two_halves_by_hand() -> None:
    from scipy import special, stats

    x = np.array([0.3, 2.0, 1.0, -1.0, 0.5, 4.0, 3.0, 2.5])
    z = special.ndtri((stats.rankdata(x) - 0.375) / 8.25)
    a, b = z[:4], z[4:]
    within = (a.var(ddof=1) + b.var(ddof=1)) / 2
    between = (a.mean() - b.mean()) ** 2 / 2
    assert D.r_hat(x) >= np.sqrt(0.75 + between / within) * (1 - 1e-14)


@pytest.mark.parametrize("draws", [60, 100, 400, 4000])
@pytest.mark.parametrize("replicas", [1, 2, 8])
def test_good_chains_pass(draws: int, replicas: int) -> None:
    for seed in range(20):
        x = np.random.default_rng(seed).gamma(2.0, size=(draws, replicas))
        reason = unmixed(x)
        assert not reason or (draws * replicas < 150 and ("too short" in reason or "too few draws" in reason))


def test_bad_chains_do_not() -> None:
    good = np.random.default_rng(1).normal(size=(1000, 4))
    assert not unmixed(good)
    stuck = good.copy()
    stuck[:, 2] = 0.37
    assert unmixed(stuck) == "the value never changes in replica 2: the chain is stuck, or has too few draws"
    assert "every replica" in unmixed(np.ones((50, 2)))
    assert "R-hat" in unmixed(good + np.array([0, 0, 0, 1.0]))
    assert "R-hat" in unmixed(good + np.linspace(0, 2, 1000)[:, None])
    nearly = np.repeat(np.random.default_rng(2).normal(size=(5, 4)), 200, axis=0)  # five moves in a thousand draws
    assert unmixed(nearly)
    assert "effective draws" in unmixed(autoregressive(0.98, 1000, 4, 5)) or "R-hat" in unmixed(
        autoregressive(0.98, 1000, 4, 5)
    )
    assert "too few" in unmixed(good[:5])


def test_independent_draws_are_few_rather_than_unmixed() -> None:
    few = np.random.default_rng(1).normal(size=(60, 1))
    assert unmixed(few) == "too few draws: 60 that are nearly independent, expected at least 100"


def test_constant_series_have_no_error() -> None:
    value, error = mean_and_error(np.full((100, 2), 0.1))
    assert value == pytest.approx(0.1)
    assert np.isnan(error)
    assert np.isnan(D.effective_sample_size(np.full(100, 0.1)))
    assert np.isnan(D.r_hat(np.full(100, 0.1)))


def test_few_draws_of_many_replicas() -> None:
    x = np.random.default_rng(4).normal(size=(3, 50))
    value, error = mean_and_error(x)
    assert value == x.mean()
    assert error == pytest.approx(x.mean(0).std(ddof=1) / np.sqrt(50))
    assert np.isnan(mean_and_error(x[:, :1])[1])


def test_labelled_arrays_and_refusals() -> None:
    x = autoregressive(0.5, 200, 3, 1)
    array = xr.DataArray(x.T, dims=("replica", "draw"))
    assert D.effective_sample_size(array) == D.effective_sample_size(x)
    assert D.r_hat(array) == D.r_hat(x)
    with pytest.raises(UsageError, match="found 5 draws, expected at least 8"):
        D.effective_sample_size(np.arange(5.0))
    with pytest.raises(RunError, match="NaN"):
        D.r_hat(np.array([np.nan] * 20))


@pytest.mark.parametrize("replicas", [2, 4, 8, 16])
def test_replicas_that_differ_for_good_are_one_draw_each(replicas: int) -> None:
    """Their scatter is the error: what each fluctuates by is not seen in it."""
    rng = np.random.default_rng(replicas)
    offsets = rng.normal(size=replicas)
    series = offsets + 1e-3 * rng.normal(size=(200, replicas))
    _, error = mean_and_error(series)
    assert error == pytest.approx(series.mean(0).std(ddof=1) / np.sqrt(replicas), rel=0.01)
    assert D.effective_sample_size(series) == pytest.approx(replicas, rel=0.01)


@pytest.mark.parametrize("disorder", [0.0, 0.3, 1.0, 3.0])
def test_errors_with_disorder_are_right_in_the_mean(disorder: float) -> None:
    """Disorder of variance d^2 between M replicas of n independent draws: d^2/M + 1/(n M)."""
    rng = np.random.default_rng(5)
    n, m = 200, 8
    squares = [mean_and_error(disorder * rng.normal(size=m) + rng.normal(size=(n, m)))[1] ** 2 for _ in range(200)]
    exact = disorder**2 / m + 1 / (n * m)
    spread = np.std(squares) / np.sqrt(len(squares))
    assert np.mean(squares) == pytest.approx(exact, abs=4 * spread + 0.05 * exact)
