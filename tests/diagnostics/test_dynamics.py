"""Word entropies of processes with exact laws, transfer entropy against a naive twin, irreversibility of chains."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from physent.diagnostics.dynamics import block_entropy, entropy_rate, transfer_entropy
from physent.diagnostics.irreversibility import time_irreversibility
from physent.errors import PhysentWarning, RunError, UsageError
from tests.diagnostics import series

# A twin counts the same short series; that its value is biased is not the question here.
SHORT = pytest.mark.filterwarnings("ignore:words.*fewer than")


def chain(matrix: list[list[float]], n: int, seed: int) -> np.ndarray:
    """A path of the Markov chain with these rows of transition probabilities."""
    return series.markov(np.cumsum(matrix, axis=1), np.random.default_rng(seed).random(n))


def binary_entropy(p: float) -> float:
    """Of a coin."""
    return float(-p * np.log(p) - (1 - p) * np.log(1 - p))


def naive_entropy(rows: list[tuple[int, ...]]) -> float:
    """Plug-in entropy of tuples."""
    p = np.array(list(Counter(rows).values())) / len(rows)
    return float(-(p * np.log(p)).sum())


def test_generating_partition_of_the_logistic_map() -> None:
    """The cells x < 1/2 and x >= 1/2 give independent fair bits: H_L = L ln 2 (plug-in: low by (2^L - 1) / 2 N)."""
    n = 10**6
    symbols = (series.logistic(n) >= 0.5).astype(int)
    for length in range(1, 9):
        low = length * np.log(2) - block_entropy(symbols, length)
        cells = 2**length - 1
        # 2 N times the deficit of N words is a chi-square with the overlaps of words spreading it by at most L
        assert 0 <= low <= length * (cells + 4 * np.sqrt(2 * cells)) / (2 * n)


def test_entropy_rates_of_markov_chains() -> None:
    """Two states; golden mean (no 11 in a row) of largest entropy; even process (ones in even runs)."""
    n = 3 * 10**5
    a, b = 0.3, 0.1
    exact = (b * binary_entropy(a) + a * binary_entropy(b)) / (a + b)
    assert entropy_rate(chain([[1 - a, a], [b, 1 - b]], n, 1), 2) == pytest.approx(exact, abs=4e-3)
    golden = (1 + np.sqrt(5)) / 2
    path = chain([[1 / golden, 1 / golden**2], [1, 0]], n, 2)
    assert entropy_rate(path, 2) == pytest.approx(0.481211825, abs=4e-3)
    assert entropy_rate(path, 3) == pytest.approx(0.481211825, abs=4e-3)
    hidden = chain([[0.5, 0.5], [1, 0]], n, 3)
    even = np.where((hidden == 1) | np.roll(hidden == 1, 1), 1, 0)
    assert entropy_rate(even, 14) == pytest.approx(0.462098120, abs=6e-3)


def test_ising_chain() -> None:
    """Entropy a spin, ln 2 cosh K - K tanh K, of the chain that flips with probability e^-K / 2 cosh K."""
    k = 0.7
    flip = np.exp(-k) / (2 * np.cosh(k))
    assert np.log(2 * np.cosh(k)) - k * np.tanh(k) == pytest.approx(binary_entropy(flip), abs=1e-12)
    spins = np.cumsum(np.random.default_rng(4).random(10**6) < flip) % 2
    assert entropy_rate(spins, 2) == pytest.approx(0.497359966, abs=4 * np.sqrt(flip / 10**6) * 1.4)


@SHORT
@settings(deadline=None, derandomize=True, max_examples=40)
@given(seed=st.integers(0, 2**32), size=st.integers(1, 5), length=st.integers(1, 6))
def test_block_entropy_is_the_naive_twin_and_grows_with_falling_steps(seed: int, size: int, length: int) -> None:
    x = np.random.default_rng(seed).integers(0, size, 60)
    rows = [tuple(x[i : i + length]) for i in range(len(x) - length + 1)]
    assert block_entropy(x, length) == pytest.approx(naive_entropy(rows), abs=1e-12)
    assert -1e-12 <= entropy_rate(x, length) <= np.log(size) + 1e-12


@SHORT
def test_words_beyond_direct_counting() -> None:
    x = np.random.default_rng(5).integers(0, 50, 3000)
    rows = [tuple(x[i : i + 6]) for i in range(len(x) - 5)]
    assert block_entropy(x, 6) == pytest.approx(naive_entropy(rows), abs=1e-12)
    with pytest.raises(UsageError, match="too many to number"):
        block_entropy(x, 12)


def naive_transfer(x: np.ndarray, y: np.ndarray, k: int, l: int) -> float:  # noqa: E741
    """The conditional mutual information, written out."""
    times = range(max(k, l), len(y))
    future = [int(y[t]) for t in times]
    own = [tuple(y[t - k : t]) for t in times]
    other = [tuple(x[t - l : t]) for t in times]

    def joint(*columns: list) -> float:  # type: ignore[type-arg]
        return naive_entropy(list(zip(*columns, strict=True)))

    return joint(future, own) - joint(own) - joint(future, own, other) + joint(own, other)


@SHORT
@settings(deadline=None, derandomize=True, max_examples=40)
@given(seed=st.integers(0, 2**32), k=st.integers(1, 3), l=st.integers(1, 3))
def test_transfer_entropy_is_the_naive_twin(seed: int, k: int, l: int) -> None:  # noqa: E741
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 3, 80), rng.integers(0, 2, 80)
    measured = transfer_entropy(x, y, k=k, l=l)
    assert measured == pytest.approx(naive_transfer(x, y, k, l), abs=1e-12)
    assert measured >= -1e-12


def test_transfer_entropy_of_a_noisy_copy() -> None:
    """One series is the other one step later with 10 % of the bits flipped: ln 2 - H_b(0.1)."""
    n = 10**6
    rng = np.random.default_rng(6)
    x = rng.integers(0, 2, n)
    y = np.roll(x, 1) ^ (rng.random(n) < 0.1)
    exact = np.log(2) - binary_entropy(0.1)
    assert exact == pytest.approx(0.368064, abs=1e-6)
    # one bit's ln p has the standard deviation sqrt(0.09) ln 9
    assert transfer_entropy(x, y) == pytest.approx(exact, abs=4 * 0.3 * np.log(9) / np.sqrt(n) + 4e-6)
    assert 0 <= transfer_entropy(y, x) < 1e-5


def test_transfer_entropy_encodes_with_a_space_and_keeps_dimensions() -> None:
    class Sign:
        def encode(self, x: np.ndarray) -> np.ndarray:
            return (np.asarray(x) > 0).astype(np.int32)

    rng = np.random.default_rng(7)
    x = xr.DataArray(rng.normal(size=(500, 2)), dims=("time", "replica"))
    y = x.shift(time=1, fill_value=0.0)
    t = transfer_entropy(x, y, Sign(), dim="time")
    assert t.dims == ("replica",)
    assert t.attrs["base"] == "nats"
    np.testing.assert_allclose(t, np.log(2), atol=0.02)


def test_irreversibility_of_a_driven_ring() -> None:
    """Three states, clockwise with probability p and back with q: (p - q) ln(p / q) a step."""
    p, q, n = 0.6, 0.2, 2 * 10**6
    steps = np.random.default_rng(8).choice([1, 2, 0], size=n, p=[p, q, 1 - p - q])
    ring = np.cumsum(steps) % 3
    exact = (p - q) * np.log(p / q)
    error = 4 * np.sqrt((p + q) / n) * (np.log(p / q) + 2)
    assert time_irreversibility(ring, 1) == 0
    assert time_irreversibility(ring, 2) == pytest.approx(exact, abs=error)
    assert time_irreversibility(ring, 3) - time_irreversibility(ring, 2) == pytest.approx(exact, abs=2 * error)


def test_reversible_chains_are_reversible() -> None:
    path = chain([[0.7, 0.3], [0.1, 0.9]], 10**5, 9)
    assert 0 <= time_irreversibility(path, 2) < 1e-9
    assert 0 <= time_irreversibility(path, 4) < 20 * 16 / 10**5


def test_irreversibility_from_few_words_is_doubted() -> None:
    """A fair coin: exactly 0, and from 500 samples far above it."""
    coin = np.random.default_rng(0).integers(0, 2, (3, 500))
    with pytest.warns(
        PhysentWarning, match=r"495 words of 6 symbols, 6\d of them different, .* in 3 of 3 series"
    ) as told:
        found = time_irreversibility(coin, 6, pseudocount=0.5)
    assert len(told) == 1
    assert (found > 0.02).all()
    assert (time_irreversibility(coin, 2) < 0.02).all()


def test_a_word_that_is_never_reversed() -> None:
    ring = np.arange(300) % 3
    assert time_irreversibility(ring, 2) == np.inf
    assert np.isfinite(time_irreversibility(ring, 2, pseudocount=0.5))
    with pytest.raises(UsageError, match="pseudocount"):
        time_irreversibility(ring, 2, pseudocount=-1.0)


def test_refusals() -> None:
    with pytest.raises(UsageError, match="1 to 5"):
        block_entropy([0, 1, 0, 1, 1], 6)
    with pytest.raises(UsageError, match="integers"):
        block_entropy([0.5, 1.0], 1)
    with pytest.raises(RunError, match="-1 to 3"):
        block_entropy([3, -1], 1)
    with pytest.raises(UsageError, match="one step long"):
        transfer_entropy([0, 1], [0, 1], k=0)
    with pytest.raises(UsageError, match="no dimension"):
        block_entropy(xr.DataArray([0, 1], dims="time"), 1, dim="tim")
