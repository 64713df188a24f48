"""Phrases of 1976 against a naive search, published examples, and entropy rates."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from physent import diagnostics as D
from physent.errors import RunError, UsageError
from tests.diagnostics import series


def naive(text: str) -> int:
    """Search all that comes before for each longer phrase."""
    start = count = 0
    while start < len(text):
        end = start + 1
        while end <= len(text) and text[start:end] in text[: end - 1]:
            end += 1
        start, count = end, count + 1
    return count


@settings(deadline=None, derandomize=True, max_examples=150)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=80), st.integers(1, 4))
def test_naive_twin(symbols: list[int], times: int) -> None:
    text = symbols * times
    assert D.lz76_phrases(text) == naive("".join(map(str, text)))
    assert D.lz76_phrases([7 * one + 2 for one in text]) == D.lz76_phrases(text)


@settings(deadline=None, derandomize=True, max_examples=20)
@given(st.integers(0, 2**32), st.integers(2, 4), st.integers(200, 600))
def test_naive_twin_of_long_ones(seed: int, size: int, n: int) -> None:
    symbols = np.random.default_rng(seed).integers(0, size, n)
    assert D.lz76_phrases(symbols) == naive("".join(map(str, symbols)))


@pytest.mark.parametrize(
    ("text", "phrases"), [("0001101001000101", 6), ("0" * 50, 2), ("01" * 50, 3), ("0", 1), ("01", 2), ("001", 2)]
)
def test_published_and_plain_examples(text: str, phrases: int) -> None:
    """The first is that of Lempel and Ziv and of Kaspar and Schuster; constant and periodic sequences."""
    assert D.lz76_phrases([int(one) for one in text]) == phrases


@pytest.mark.parametrize(("n", "excess"), [(1000, 0.04), (10**5, 0.018)])
def test_rate_of_random_bits(n: int, excess: float) -> None:
    bits = np.random.default_rng(1).integers(0, 2, (20, n))
    rates = D.lz76_phrases(bits) * np.log(n) / n / np.log(2)
    assert rates.mean() == pytest.approx(1 + excess, abs=4 * rates.std(ddof=1) / np.sqrt(20) + 0.005)


def test_rate_of_a_chain() -> None:
    """Flips with probability 0.1: h = 0.325 nats, too large by a few per cent as for random bits."""
    flips = (np.random.default_rng(2).random(10**5) < 0.1).astype(int)
    path = flips.cumsum() % 2
    exact = -0.1 * np.log(0.1) - 0.9 * np.log(0.9)
    assert 1.0 < D.lz76_phrases(path) * np.log(10**5) / 10**5 / exact < 1.1
    assert D.lz76_phrases((series.logistic(10**5) > 0.5).astype(int)) > 5000


def test_labels_and_refusals() -> None:
    bits = np.random.default_rng(3).integers(0, 2, (300, 2))
    found = D.lz76_phrases(xr.DataArray(bits, dims=("time", "replica")))
    assert found.dims == ("replica",)
    assert int(found[1]) == D.lz76_phrases(bits[:, 1])
    with pytest.raises(UsageError, match="must be integers"):
        D.lz76_phrases([0.0, 1.0])
    with pytest.raises(RunError, match="must be 0, 1, 2"):
        D.lz76_phrases([0, -1])
