"""Properties that hold for all laws and all counts."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from physent.diagnostics import (
    KL,
    Grid,
    JensenShannon,
    Ordinal,
    PhysentWarning,
    Product,
    Renyi,
    Shannon,
    StatisticalComplexity,
    Tsallis,
    Unique,
    count,
    entropy,
    normalized,
    null_entropy,
    weigh,
)
from physent.diagnostics.estimators import SHANNON
from physent.diagnostics.hc import entropy_complexity

every_run_alike = settings(deadline=None, derandomize=True, max_examples=60)

Counts = NDArray[np.int64]
COUNTS = arrays(np.int64, st.integers(1, 30), elements=st.integers(0, 1000)).filter(lambda n: n.sum() > 0)
LAWS = COUNTS.map(lambda n: n / n.sum())


@pytest.fixture(autouse=True)
def _few_counts_are_meant() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PhysentWarning)
        yield


@every_run_alike
@given(LAWS, st.lists(st.floats(0, 20), min_size=2, max_size=6))
def test_renyi_falls_with_its_order(p: NDArray[np.float64], orders: list[float]) -> None:
    values = [float(Renyi(q)(p)) for q in [*sorted(orders), np.inf]]
    assert np.all(np.diff(values) <= 1e-12)
    assert values[-1] >= -1e-15


@every_run_alike
@given(LAWS, st.floats(0, 5))
def test_measures_lie_between_zero_and_their_maximum(p: NDArray[np.float64], q: float) -> None:
    for measure in (Shannon(), Renyi(q), Tsallis(q)):
        assert 0 <= measure(p) <= measure.maximum(p.size)
    assert 0 <= JensenShannon()(p) <= JensenShannon().maximum(p.size) + 1e-15
    assert 0 <= StatisticalComplexity()(p) <= 1
    for divergence in (KL(p), JensenShannon(p), KL(), JensenShannon()):
        assert divergence(p) >= 0


@pytest.mark.parametrize("size", [2, 3, 6, 24, 120, 5040])
def test_uniform_laws_have_normalised_entropy_one_and_no_divergence(size: int) -> None:
    """To the bit above and below: its own check of H, and a square root of a divergence, must not fail."""
    uniform = np.full(size, 1 / size)
    near = uniform * (1 + 1e-15 * np.random.default_rng(size).normal(size=(50, size)))
    for p in (uniform, near / near.sum(-1, keepdims=True)):
        for measure in (Shannon(), Renyi(0.5), Renyi(2.0), Renyi(np.inf), Tsallis(1.05), Tsallis(3.0)):
            assert (measure(p) / measure.maximum(size) <= 1).all()
        h, c = entropy_complexity(p)
        assert (h <= 1).all()
        assert (c >= 0).all()
        assert np.isfinite(np.sqrt(JensenShannon()(p))).all()
        assert np.isfinite(np.sqrt(KL()(p))).all()
        assert np.all(normalized(entropy(weigh(p))).value <= 1)


@every_run_alike
@given(LAWS, st.floats(0, 5), st.integers(0, 2**32 - 1))
def test_measures_do_not_know_the_names_of_cells(p: NDArray[np.float64], q: float, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(p.size)
    mu = np.random.default_rng(seed + 1).random(p.size) + 0.1
    for measure in (Shannon(), Renyi(q), Tsallis(q)):
        assert measure(p[order], mu[order]) == pytest.approx(float(measure(p, mu)), rel=1e-11, abs=1e-12)


@every_run_alike
@given(COUNTS)
def test_miller_madow_is_not_below_the_plugin(n: Counts) -> None:
    assert entropy(n, estimator="miller_madow").value >= entropy(n, estimator="plugin").value


@every_run_alike
@given(COUNTS, st.sampled_from(sorted(SHANNON)), st.integers(0, 2**32 - 1))
def test_estimators_are_finite_and_do_not_know_the_names_of_cells(n: Counts, estimator: str, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(n.size)
    value = entropy(n, estimator=estimator).value
    assert np.isfinite(value)
    assert entropy(n[order], estimator=estimator).value == pytest.approx(value, rel=1e-11, abs=1e-12)


@every_run_alike
@given(COUNTS)
def test_null_of_the_measured_law_is_below_its_entropy(n: Counts) -> None:
    """Plug-in entropy is concave in p: its mean is at most that of the mean."""
    p = n / n.sum()
    excess = Shannon()(p) - null_entropy(int(n.sum()), p)
    assert excess >= -1e-12


@every_run_alike
@given(arrays(np.int64, st.tuples(st.integers(2, 60), st.just(2)), elements=st.integers(0, 3)))
def test_chain_rule(pairs: Counts) -> None:
    """H(X, Y) = H(X) + sum_x p(x) H(Y | x)."""
    joint = count((pairs[:, 0], pairs[:, 1]), Product(Unique(4), Unique(4))).n.reshape(4, 4)
    marginal = joint.sum(1)
    rows = [m / len(pairs) * float(Shannon()(row / m)) for row, m in zip(joint, marginal, strict=True) if m]
    whole = float(Shannon()(joint.ravel() / len(pairs)))
    assert whole == pytest.approx(float(Shannon()(marginal / len(pairs))) + sum(rows), abs=1e-12)


POINTS = arrays(np.float64, st.tuples(st.integers(1, 50), st.just(2)), elements=st.floats(-1, 1, width=32))


@every_run_alike
@given(POINTS, st.integers(0, 2**32 - 1))
def test_counts_know_neither_order_nor_parts(x: NDArray[np.float64], seed: int) -> None:
    grid = Grid((-1.0, -1.0), (1.0, 0.5), (4, 5), periodic=(False, True))
    whole = count(x, grid)
    rng = np.random.default_rng(seed)
    assert np.array_equal(count(rng.permutation(x), grid).n, whole.n)
    cut = rng.integers(0, len(x) + 1)
    assert np.array_equal((count(x[:cut], grid) + count(x[cut:], grid)).n, whole.n)
    assert len(x) == whole.N


@every_run_alike
@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(1, 50), st.integers(0, 2**32 - 1))
def test_cells_are_numpys(low: float, length: float, cells: int, seed: int) -> None:
    """Values on every edge, one unit in the last place beside it, and anywhere."""
    high = low + length
    edges = np.linspace(low, high, cells + 1)
    x = np.concatenate(
        [edges, np.nextafter(edges, low), np.nextafter(edges, high), np.random.default_rng(seed).uniform(low, high, 50)]
    )
    x = np.clip(x, low, high)
    expected, _ = np.histogramdd(x, bins=[cells], range=[(low, high)])
    assert np.array_equal(count(x, Grid(low, high, cells)).n, expected)


@every_run_alike
@given(arrays(np.float64, st.integers(10, 80), elements=st.integers(-50, 50).map(float)), st.integers(2, 5))
def test_patterns_do_not_change_under_monotone_maps(x: NDArray[np.float64], order: int) -> None:
    counts = count(x, Ordinal(order)).n
    assert np.array_equal(count(np.arctan(x / 7), Ordinal(order)).n, counts)
    assert np.array_equal(count(3 * x + 1, Ordinal(order)).n, counts)


@every_run_alike
@given(arrays(np.float64, st.tuples(st.integers(1, 40), st.just(3)), elements=st.integers(0, 2**20 - 1).map(float)))
def test_float32_storage_counts_the_same_before_and_after(x: NDArray[np.float64]) -> None:
    grid = Grid((0.0,) * 3, (2.0**20,) * 3, 7)
    stored = (x / 3).astype(np.float32)
    assert np.array_equal(count(stored, grid).n, count(stored.astype(np.float64), grid).n)
