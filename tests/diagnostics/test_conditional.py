"""Conditional information and transfer entropy: Gaussian formulas, naive twins, exact chains, local values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr
from scipy.special import digamma, rel_entr
from scipy.stats import poisson

from physent import diagnostics as D
from physent.diagnostics import cubes
from physent.errors import PhysentWarning, RunError, UsageError
from tests.diagnostics.test_continuous import own_units


def gaussian(covariance: np.ndarray, x: list[int], y: list[int], z: list[int]) -> float:
    """Conditional mutual information of jointly normal variables: differences of logarithms of determinants."""
    parts = ([*x, *z], [*y, *z], z, [*x, *y, *z])
    of_xz, of_yz, of_z, of_all = (np.linalg.slogdet(covariance[np.ix_(part, part)])[1] for part in parts)
    return float(0.5 * (of_xz + of_yz - of_z - of_all))


def naive(x: np.ndarray, y: np.ndarray, z: np.ndarray, k: int) -> np.ndarray:
    """All distances."""
    dx, dy, dz = (np.abs(part[:, None] - part[None]).max(axis=-1) for part in (x, y, z))
    radius = np.sort(np.maximum(np.maximum(dx, dy), dz), axis=1)[:, k : k + 1]
    n_xz = ((dx < radius) & (dz < radius)).sum(axis=1)  # with the point itself
    n_yz = ((dy < radius) & (dz < radius)).sum(axis=1)
    return np.asarray(digamma(k) - digamma(n_xz) - digamma(n_yz) + digamma((dz < radius).sum(axis=1)))


@pytest.mark.parametrize("d", [1, 2])
def test_naive_twin(d: int) -> None:
    rng = np.random.default_rng(1)
    z = rng.normal(size=(250, d))
    x = z[:, :1] + rng.normal(size=(250, d))
    y = z + 3 * rng.normal(size=(250, d))
    terms = naive(own_units(x), own_units(y), own_units(z), 3)
    assert D.conditional_mutual_information(x, y, z, k=3) == pytest.approx(terms.mean(), abs=1e-12)
    np.testing.assert_allclose(D.conditional_mutual_information(x, y, z, k=3, local=True), terms, atol=1e-12)
    shared = D.conditional_mutual_information(x, y, z, k=3, metric="shared")
    assert shared == pytest.approx(naive(x, y, z, 3).mean(), abs=1e-12)


@pytest.mark.parametrize("long", [15000, 0], ids=["runs", "tree"])
@pytest.mark.parametrize("d", [2, 3, 5])
def test_cubes_hold_the_points_that_all_distances_say(d: int, long: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lattices with cubes that end on a point, heavy tails, and cubes of no size."""
    monkeypatch.setattr(cubes, "LONG", long)
    rng = np.random.default_rng(d)
    laws: list[Any] = [rng.normal, lambda size: rng.integers(0, 4, size) * 0.25, rng.standard_cauchy]
    for law in laws:
        points = law(size=(300, d))
        inside = np.where(rng.random(300) < 0.2, 0.0, rng.choice([0.1, 0.25, 0.5, 3.0], 300))
        expected = (np.abs(points[:, None] - points[None]).max(-1) <= inside[:, None]).sum(1)
        np.testing.assert_array_equal(cubes.count_in_cubes(points, inside), expected)


@pytest.mark.parametrize("rho", [0.0, 0.6, 0.9])
def test_gaussian_with_a_common_driver(rho: float) -> None:
    """Of x = z + a and y = z + b, a and b correlated by rho: I(x; y | z) = -ln(1 - rho^2)/2, unlike I(x; y)."""
    rng = np.random.default_rng(2)
    values = []
    for _ in range(12):
        z, a, b = rng.normal(size=(3, 2000))
        values.append(D.conditional_mutual_information(z + a, z + rho * a + np.sqrt(1 - rho**2) * b, z))
    exact = -0.5 * np.log(1 - rho**2)
    covariance = np.array([[2, 1 + rho, 1], [1 + rho, 2, 1], [1, 1, 1]])
    assert gaussian(covariance, [0], [1], [2]) == pytest.approx(exact, abs=1e-12)
    # the bias of the estimate at n = 2000, which falls with n
    bias = {0.0: 0.003, 0.6: 0.008, 0.9: 0.03}[rho]
    assert abs(np.mean(values) - exact) < 4 * np.std(values, ddof=1) / np.sqrt(12) + bias
    assert D.ksg_mutual_information(z + a, z + b) > 0.08


def test_bias_of_blocks_is_as_stated() -> None:
    """0.51 nats, 1000 normals: 0.01 is missed with one coordinate of z, 0.05 with two, 0.24 with four."""
    rng = np.random.default_rng(3)
    for d, missed in {1: 0.01, 2: 0.05, 4: 0.24}.items():
        found = []
        for _ in range(10):
            z, (e, f) = rng.normal(size=(1000, d)), rng.normal(size=(2, 1000))
            found.append(D.conditional_mutual_information(z.sum(1) + e, z.sum(1) + 0.8 * e + 0.6 * f, z))
        assert np.mean(found) == pytest.approx(
            -np.log(0.6) - missed, abs=4 * np.std(found, ddof=1) / np.sqrt(10) + 0.01
        )


def test_chain_rule_and_units() -> None:
    rng = np.random.default_rng(4)
    x, y, z = rng.normal(size=(3, 4000))
    y, z = y + x, z + x
    both = D.ksg_mutual_information(x, np.stack([y, z], -1))
    chain = D.ksg_mutual_information(x, z) + D.conditional_mutual_information(x, y, z)
    assert both == pytest.approx(chain, abs=0.03)  # equal for the laws; three estimates scatter by 0.01 each
    assert D.conditional_mutual_information(x * 4, -y / 8, z * 2.0**100) == D.conditional_mutual_information(x, y, z)


def test_binned_is_the_sum_over_the_table() -> None:
    rng = np.random.default_rng(5)
    z = rng.integers(0, 2, 5000)
    x = (z + rng.integers(0, 2, 5000)) % 3
    y = np.where(rng.random(5000) < 0.3, x, rng.integers(0, 3, 5000))
    p = np.zeros((3, 3, 2))
    np.add.at(p, (x, y, z), 1 / 5000)
    alone = np.maximum(p.sum(1, keepdims=True) * p.sum(0, keepdims=True), 1e-300)  # some pairs never occur
    ratio = p * p.sum((0, 1)) / alone
    expected = sum(share * np.log(ratio[cell]) for cell, share in np.ndenumerate(p) if share)
    found = D.conditional_mutual_information(x, y, z, space=D.Unique(3))
    assert found == pytest.approx(expected, abs=1e-12)
    local = D.conditional_mutual_information(x, y, z, space=D.Unique(3), local=True)
    np.testing.assert_allclose(local, np.log(ratio[x, y, z]), atol=1e-12)
    with pytest.warns(PhysentWarning, match="fewer than 10 each"):
        D.conditional_mutual_information(x[:50], y[:50], z[:50], space=D.Unique(3))


def test_binned_independence_has_the_bias_of_its_table() -> None:
    rng = np.random.default_rng(6)
    bias = (3 - 1) * (4 - 1) * 2 / (2 * 2000)
    values = []
    for _ in range(100):
        x, y, z = (rng.integers(0, size, 2000) for size in (3, 4, 2))
        values.append(D.conditional_mutual_information(x, y, z, space=D.Unique(4)))
    assert np.mean(values) == pytest.approx(bias, abs=4 * np.std(values, ddof=1) / 10)


def coupled(n: int, seed: int, delay: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Processes x_t = 0.5 x_(t-1) + noise and y_t = 0.4 y_(t-1) + 0.7 x_(t - delay) + noise."""
    noise = np.random.default_rng(seed).normal(size=(2, n + 200))
    x, y = np.zeros((2, n + 200))
    for t in range(delay, n + 200):
        x[t] = 0.5 * x[t - 1] + noise[0, t]
        y[t] = 0.4 * y[t - 1] + 0.7 * x[t - delay] + noise[1, t]
    return x[200:], y[200:]


def exact_transfer() -> float:
    """T(x -> y) at k = l = 1: half the logarithm of Var(y_t | y_(t-1)) over that of the noise, which is one."""
    of_x = 1 / (1 - 0.5**2)
    cross = 0.5 * 0.7 * of_x / (1 - 0.5 * 0.4)  # <x_t y_t>
    of_y = (0.7**2 * of_x + 2 * 0.4 * 0.7 * cross + 1) / (1 - 0.4**2)
    lagged = 0.4 * of_y + 0.7 * cross
    return float(0.5 * np.log(of_y - lagged**2 / of_y))


def test_gaussian_transfer_entropy() -> None:
    values = [D.knn_transfer_entropy(*coupled(2000, seed)) for seed in range(10)]
    assert np.mean(values) == pytest.approx(exact_transfer(), abs=4 * np.std(values, ddof=1) / np.sqrt(10) + 0.01)
    reverse = [D.knn_transfer_entropy(*coupled(2000, seed)[::-1]) for seed in range(10)]
    assert abs(np.mean(reverse)) < 4 * np.std(reverse, ddof=1) / np.sqrt(10) + 0.003


def test_transfer_entropy_is_the_conditional_information_of_its_histories() -> None:
    x, y = coupled(300, 1)
    w = np.random.default_rng(7).normal(size=(300, 2))
    found = D.knn_transfer_entropy(x, y, 2, 1, delay=3, given=w, neighbours=5)
    parts = [y[3:], x[:-3], np.column_stack([y[2:-1], y[1:-2], w[2:-1]])]
    future, past, history = (own_units(part.reshape(297, -1)) for part in parts)
    # units are those of the histories themselves
    assert found == pytest.approx(naive(future, past, history, 5).mean(), abs=1e-12)
    local = D.knn_transfer_entropy(x, y, 2, 1, delay=3, given=w, neighbours=5, local=True)
    assert np.isnan(local).sum() == 3
    assert np.mean(local[3:]) == pytest.approx(found, abs=1e-14)


def test_the_delay_is_found() -> None:
    x, y = coupled(3000, 8, delay=4)
    values = [D.knn_transfer_entropy(x, y, delay=delay) for delay in range(1, 7)]
    assert np.argmax(values) == 3
    signs = [D.transfer_entropy(x, y, D.Levels((0.0,)), delay=delay) for delay in range(1, 7)]
    assert np.argmax(signs) == 3


def noisy_copy(n: int, seed: int, delay: int) -> tuple[np.ndarray, np.ndarray]:
    """Fair bits x, and y that repeats them after a delay, each flipped with probability 0.1."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 2, n)
    return x, np.roll(x, delay) ^ (rng.random(n) < 0.1)


@pytest.mark.parametrize("delay", [1, 3])
def test_binned_transfer_entropy_of_a_chain(delay: int) -> None:
    """T = ln 2 - H(0.1) at the delay, 0 before it, with the bias (K - 1)^2 K / 2n = 1/n; local values are exact."""
    n = 40000
    x, y = noisy_copy(n, 1, delay)
    exact = np.log(2) + 0.1 * np.log(0.1) + 0.9 * np.log(0.9)
    for tried in (1, 2, 3):
        found = D.transfer_entropy(x, y, delay=tried)
        # the error of the share of flipped bits, times the slope of the entropy
        assert found == pytest.approx(exact if tried == delay else 0.0, abs=4 * 0.3 * np.log(9) / np.sqrt(n) + 4 / n)
        local = D.local_transfer_entropy(x, y, delay=tried)
        assert np.isnan(local).sum() == tried
        assert np.nanmean(local) == pytest.approx(found, abs=1e-12)
    local = D.local_transfer_entropy(x, y, delay=delay)[delay:]
    flipped = np.roll(x, delay)[delay:] != y[delay:]
    # four standard errors of the conditional frequencies of 20000 samples each
    np.testing.assert_allclose(local[flipped], np.log(0.2), atol=4 * np.sqrt(0.9 / 0.1 / (n / 4)) + 0.03)
    np.testing.assert_allclose(local[~flipped], np.log(1.8), atol=0.03)


def test_a_common_driver_is_conditioned_out() -> None:
    noise = np.random.default_rng(9).normal(size=(3, 3000))
    w, x, y = noise[0], np.roll(noise[0], 1) + noise[1], np.roll(noise[0], 2) + noise[2]
    apparent = D.knn_transfer_entropy(x, y)
    # w drives x after one step and y after two: its past up to two steps explains what x tells
    assert apparent > 0.1
    assert D.knn_transfer_entropy(x, y, l=2, given=w) < 0.3 * apparent


def test_labels_and_local_values_keep_their_times() -> None:
    x, y = coupled(200, 2)
    times = 0.1 * np.arange(200)
    path = xr.DataArray(np.stack([x, x**2], -1), dims=("time", "axis"), coords={"time": times})
    target = xr.DataArray(y, dims="time", coords={"time": times})
    plain = D.knn_transfer_entropy(path.values, y)
    assert float(D.knn_transfer_entropy(path, target)) == plain
    local = D.knn_transfer_entropy(path.transpose(), target, local=True)
    assert local.dims == ("time",)
    assert float(local.time[7]) == times[7]
    assert float(local.mean()) == pytest.approx(plain, abs=1e-14)
    pairs = D.ksg_mutual_information(path, target, local=True)
    assert pairs.dims == ("time",)
    assert float(pairs.mean()) == pytest.approx(D.ksg_mutual_information(path.values, y), abs=1e-14)
    given = D.conditional_mutual_information(target, path, target.shift(time=1, fill_value=0.0), local=True)
    assert given.dims == ("time",)


def mixture(rng: np.random.Generator, n: int, zero: float) -> tuple[Any, Any]:
    """Exponential x; y is zero with a probability, else Poisson of mean x (the zero-inflated law of the paper)."""
    x = rng.exponential(size=n)
    return x, np.where(rng.random(n) < zero, 0, rng.poisson(x))


def information_of_mixture(zero: float) -> float:
    """By quadrature over x, trapezoidal in ln x."""
    x = np.exp(np.linspace(-30, 4, 20001))[:, None]
    y = np.arange(120)
    law = (1 - zero) * poisson(x).pmf(y) + zero * (y == 0)
    marginal = (1 - zero) * 0.5 ** (y + 1) + zero * (y == 0)
    density = (np.exp(-x) * x * rel_entr(law, marginal)).sum(1)
    return float(np.trapezoid(density, np.log(x[:, 0])))


def test_mixed_information_of_known_laws() -> None:
    """A symbol of m values beside a number uniform in [x, x + 2]: ln m - (m - 1) ln(2) / m; zero-inflated Poisson."""
    rng = np.random.default_rng(10)
    for m in (2, 5):
        values = []
        for _ in range(12):
            x = rng.integers(0, m, 2000)
            values.append(D.mixed_mutual_information(x, x + 2 * rng.random(2000)))
        exact = np.log(m) - (m - 1) * np.log(2) / m
        assert np.mean(values) == pytest.approx(exact, abs=4 * np.std(values, ddof=1) / np.sqrt(12) + 0.01)
    closed = 2 * np.log(2) - np.euler_gamma - sum(np.log(i) * 0.5**i for i in range(2, 80))
    assert information_of_mixture(0.0) == pytest.approx(closed, abs=1e-6)
    for zero in (0.0, 0.3):
        values = [D.mixed_mutual_information(*mixture(rng, 4000, zero)) for _ in range(12)]
        error = 4 * np.std(values, ddof=1) / np.sqrt(12)
        assert np.mean(values) == pytest.approx(information_of_mixture(zero), abs=error + 0.01)


def naive_mixed(x: np.ndarray, y: np.ndarray, k: int) -> float:
    """All distances."""
    dx, dy = (np.abs(part[:, None] - part[None]).max(axis=-1) for part in (x, y))
    both = np.maximum(dx, dy)
    total = 0.0
    for i in range(len(x)):
        radius = np.sort(both[i])[k]
        near = [(d[i] < radius).sum() if radius > 0 else (d[i] == 0).sum() for d in (dx, dy)]
        total += digamma(k if radius > 0 else (both[i] == 0).sum()) - digamma(near).sum()
    return float(np.log(len(x)) + total / len(x))


def in_quarters(x: np.ndarray) -> np.ndarray:
    """Over the median width, if it is not zero, of all stretches of a quarter of the samples."""
    s, m = np.sort(x), len(x) // 4
    reach = np.array([s[i + m] - s[i] for i in range(len(s) - m)])
    return np.asarray(x / np.median(reach[reach > 0]))[:, None]


def test_mixed_information_is_the_naive_twin_and_the_limits_of_others() -> None:
    rng = np.random.default_rng(11)
    x, y = mixture(rng, 300, 0.3)
    found = D.mixed_mutual_information(x, y, k=3)
    assert found == pytest.approx(naive_mixed(in_quarters(x), in_quarters(y), 3), abs=1e-12)
    both = D.mixed_mutual_information(np.stack([x, y], -1), y, k=3, metric="shared")
    assert both == pytest.approx(naive_mixed(np.stack([x, y], -1), y[:, None], 3), abs=1e-12)
    a, b = rng.normal(size=(2, 500))
    plain = D.ksg_mutual_information(a, a + b, metric="shared")
    assert D.mixed_mutual_information(a, a + b, metric="shared") == pytest.approx(
        plain + np.log(500) - digamma(500), abs=1e-12
    )
    symbols = rng.integers(0, 3, 4000)
    copy = np.where(rng.random(4000) < 0.5, symbols, rng.integers(0, 3, 4000))
    table = np.histogram2d(symbols, copy, bins=3)[0] / 4000
    plugin = (table * np.log(table / np.outer(table.sum(1), table.sum(0)))).sum()
    assert D.mixed_mutual_information(symbols, copy) == pytest.approx(plugin, abs=2e-3)  # psi for ln, 1/2n a cell


def test_refusals() -> None:
    x = np.random.default_rng(12).normal(size=50)
    with pytest.raises(UsageError, match="x, y, z must be paired, found 50 and 50 and 49 samples"):
        D.conditional_mutual_information(x, x, x[1:])
    with pytest.raises(UsageError, match="x and y must be paired"):
        D.mixed_mutual_information(x, x[1:])
    with pytest.raises(RunError, match="coincide"):
        D.conditional_mutual_information(np.ones(50), np.ones(50), np.ones(50))
    with pytest.raises(UsageError, match="delay must be at least 1 step, found 0"):
        D.knn_transfer_entropy(x, x, delay=0)
    with pytest.raises(UsageError, match="50 samples leave 2 after the histories, expected over 4"):
        D.knn_transfer_entropy(x, x, k=48)
    with pytest.raises(UsageError, match="k must be 1 to 49"):
        D.conditional_mutual_information(x, x, x, k=50)
    with pytest.warns(PhysentWarning, match=r"ties: .* of the values of x, .* of the values of given repeat"):
        D.knn_transfer_entropy(np.round(x, 1), x[::-1], given=np.round(x, 1))
