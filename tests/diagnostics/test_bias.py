"""What the warning of too few counts rests on: the bias that the jackknife leaves, extrapolated in N."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from physent.diagnostics import PhysentWarning, Shannon, entropy, interval_coverage
from physent.diagnostics.estimators import SHANNON, bias_left


def naive_bias_left(n: list[int]) -> tuple[float, float]:
    """What is left after the jackknife and what it added, from mean entropies with none, one and two counts left out.

    In long double: the second difference of entropies is smaller than they are by N^2.
    """
    total = np.longdouble(sum(n))

    def term(k: int) -> Any:
        return k * np.log(np.longdouble(max(k, 1)))

    sums = np.zeros(3, np.longdouble)
    for k in n:
        both, one = k * (k - 1) / (total * (total - 1)), 2 * k * (total - k) / (total * (total - 1))
        sums[0] += term(k)
        sums[1] += (1 - k / total) * term(k) + k / total * term(k - 1)
        sums[2] += (1 - both - one) * term(k) + one * term(k - 1) + (both * term(k - 2) if k > 1 else 0)
    h = [np.log(total - i) - sums[i] / (total - i) for i in range(3)]
    first, second = total * (h[0] - h[1]), total**2 * (h[0] - 2 * h[1] + h[2])
    return float(first * (1 / (-second / first - 1) - 1)), float(first)


@pytest.mark.parametrize("copies", [1, 10])
@pytest.mark.parametrize("cells", [[1] * 20 + [2] * 12 + [5] * 9 + [40] * 8, [30, 70], [500] * 4, [3] * 8 + [11] * 30])
def test_bias_left_after_the_jackknife_is_the_naive_twin_to_order_one_over_n(cells: list[int], copies: int) -> None:
    counts = cells * copies
    expected, added = naive_bias_left(counts)
    assert bias_left(np.array(counts, float)) == pytest.approx(expected, abs=10 / sum(counts) * added)


@pytest.mark.parametrize("exponent", [0.4, 0.6])
def test_bias_left_of_a_power_law(exponent: float) -> None:
    """Cells of probability ~ (k + k0)^(-1/(1 - alpha)) give the plug-in value a bias that falls about as N^-alpha."""
    p = (np.arange(200_000) + 20.0) ** (-1 / (1 - exponent))
    p /= p.sum()
    counts = np.random.default_rng(3).multinomial(4000, p, size=100).astype(float)
    smooth = SHANNON["jackknife"](counts)
    missing = float(Shannon()(p)) - smooth.mean()
    left = bias_left(counts)
    error = (smooth + left).std(ddof=1) / np.sqrt(len(counts))
    assert missing > 8 * error
    assert left.mean() == pytest.approx(missing, abs=0.25 * missing + 4 * error)


def test_nothing_bounds_what_single_counts_hide() -> None:
    assert np.isinf(bias_left(np.ones(50)))
    assert abs(bias_left(np.array([1e6, 0.0]))) < 1e-12
    assert abs(bias_left(np.full(9, 1e9))) < 1e-18


def test_the_warning_follows_the_bias_and_not_the_number_of_counts() -> None:
    """Two per cent of the law in cells hardly ever seen: 18 counts per occupied cell, and a bias of five errors."""
    rare = np.concatenate([np.full(10, 0.098), np.full(100_000, 2e-7)])
    counts = np.random.default_rng(4).multinomial(300, rare, size=100)
    hidden = interval_coverage(counts, float(Shannon()(rare)))
    assert (counts > 0).sum(1).mean() < 30
    assert hidden.covered < 0.3
    assert hidden.warned > 0.85
    seen = interval_coverage(np.random.default_rng(5).multinomial(300, np.full(10, 0.1), size=100), np.log(10))
    assert (seen.covered > 0.85, seen.warned) == (True, 0.0)


def test_the_bias_of_the_plug_in_value_is_no_exception() -> None:
    counts = np.random.default_rng(6).multinomial(2000, np.full(100, 0.01))
    with pytest.warns(PhysentWarning, match="biased by over 0.5 standard errors"):
        assert entropy(counts, estimator="plugin").undersampled
    assert not entropy(counts, estimator="plugin", standard_error=None).undersampled
    assert not entropy(counts).undersampled


def test_too_much_correction_is_warned_of_too() -> None:
    """Chao and Shen's value of a log-normal law lies above the jackknife's, near where a power law would lead."""
    p = np.exp(2 * np.random.default_rng(7).normal(size=600))
    counts = np.random.default_rng(8).multinomial(5000, p / p.sum(), size=60)
    with pytest.warns(PhysentWarning, match="undersampled"):
        corrected, smooth = (entropy(counts, estimator=name) for name in ("chao_shen", "jackknife"))
    apart = (corrected.value - smooth.value) / smooth.standard_error
    assert np.median(apart) > 0.5
    assert np.all(corrected.undersampled[apart > 0.5])
