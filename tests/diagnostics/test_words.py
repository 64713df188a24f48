"""Entropies of words against a naive twin, exact rates, and the scatter that their errors and biases foretell."""

from __future__ import annotations

import math
from collections import Counter
from itertools import product

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from physent.diagnostics import block_entropy, entropy_rate, word_entropies
from physent.errors import PhysentWarning, UsageError
from tests.diagnostics.series import logistic, skew_tent

quiet = pytest.mark.filterwarnings("ignore::physent.errors.PhysentWarning")


def entropy_of(words: list[tuple[int, ...]]) -> float:
    return -sum(n / len(words) * math.log(n / len(words)) for n in Counter(words).values())


@settings(deadline=None, derandomize=True, max_examples=30)
@given(seed=st.integers(0, 2**32), n=st.integers(8, 60), size=st.integers(1, 4), length=st.integers(1, 4))
@quiet
def test_naive_twin(seed: int, n: int, size: int, length: int) -> None:
    s = np.random.default_rng(seed).integers(0, size, n)
    h, rate, _, bias = word_entropies(s, length)
    for k in range(1, length + 1):
        words = [tuple(s[i : i + k].tolist()) for i in range(n - k + 1)]
        shorter = [word[:-1] for word in words]
        assert h[k - 1] == pytest.approx(entropy_of(words), abs=1e-12)
        assert rate[k - 1] == pytest.approx(max(0.0, entropy_of(words) - entropy_of(shorter)), abs=1e-12)
        assert bias[k - 1] == pytest.approx((len({*shorter}) - len({*words})) / (2 * len(words)), abs=1e-15)
        assert h[k - 1] == block_entropy(s, k)
        assert rate[k - 1] == entropy_rate(s, k)


def test_logistic_and_tent_maps() -> None:
    """Cells at 1/2 (the top of the tent) generate, and are independent: ln 2, and the entropy of one cell."""
    n = 200_000
    w = 0.1847
    for symbols, exact in (
        (logistic(n) >= 0.5, math.log(2)),
        (skew_tent(n) >= w, -w * math.log(w) - (1 - w) * math.log(1 - w)),
    ):
        h, rate, error, bias = word_entropies(symbols.astype(int), 6)
        assert (error < 2e-3).all()
        assert (np.abs(rate - bias - exact) < 4 * error).all()
        np.testing.assert_allclose(h, exact * np.arange(1, 7), atol=6 * 4 * error.max() + 1e-3)


def chains(number: int, n: int, flip: float, seed: int) -> np.ndarray:
    """Chains of two states that change with a probability."""
    rng = np.random.default_rng(seed)
    start = rng.integers(0, 2, (number, 1))
    return (start + np.cumsum(rng.random((number, n)) < flip, axis=1)) % 2


def test_error_and_bias_are_those_of_many_chains() -> None:
    flip, number, n = 0.2, 200, 2000
    exact = -flip * math.log(flip) - (1 - flip) * math.log(1 - flip)
    _, rate, error, bias = word_entropies(chains(number, n, flip, 1), 4)
    scatter = rate.std(0, ddof=1)
    for k in (1, 2, 3):
        # of the scatter 5 %, of the mean of the errors less; a jackknife over 32 blocks is low by a few per cent
        assert abs((error[:, k] ** 2).mean() ** 0.5 / scatter[k] - 1) < 4 * 0.05 + 0.05
        assert abs(rate[:, k].mean() - bias[:, k].mean() - exact) < 4 * scatter[k] / math.sqrt(number)
    assert bias[0].tolist() == pytest.approx([-(2**k - 2 ** (k - 1)) / (2 * (n - k + 1)) for k in (1, 2, 3, 4)])


def test_words_that_do_not_repeat() -> None:
    s = np.random.default_rng(2).integers(0, 2, 100)
    with pytest.warns(PhysentWarning, match=r"^words: 97 words of 4 symbols, 16 of them different, fewer than 10 each"):
        _, rate, _, bias = word_entropies(s, 12)
    assert rate[-1] < 0.05
    assert rate[0] > 0.6
    assert bias[3] == pytest.approx(-8 / (2 * 97))


@quiet
def test_missing_symbols_and_names() -> None:
    s = np.random.default_rng(3).integers(0, 3, 300).astype(float)
    s[[40, 120]] = np.nan
    found = word_entropies(xr.DataArray(s, dims="time"), 3, missing="omit windows")
    assert all(one.dims == ("length",) for one in found)
    assert found[0].attrs["windows_omitted"] == 6
    for k in (1, 2, 3):
        words = [tuple(s[i : i + k].tolist()) for i in range(301 - k)]
        whole = [word for word in words if not np.isnan(word).any()]
        assert found[0].values[k - 1] == pytest.approx(entropy_of(whole), abs=1e-12)
    bits = word_entropies(np.array(list(product([0, 1], repeat=8))).ravel(), 2, base=2)
    assert bits[0][0] == pytest.approx(1)


def test_refusals() -> None:
    with pytest.raises(UsageError, match="words must have 1 to 5 symbols in this series, found 6"):
        word_entropies([0, 1, 0, 1, 1], 6)
    with pytest.raises(UsageError, match="at least 1 symbol, found 0"):
        word_entropies([0, 1, 0, 1, 1], 0)
