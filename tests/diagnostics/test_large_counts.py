"""Estimators at any number of counts, against decimal arithmetic of 120 digits."""

from __future__ import annotations

import warnings
from decimal import Decimal, localcontext
from functools import partial

import numpy as np
import pytest

from physent.diagnostics import Counts, entropy, null_entropy
from physent.diagnostics.estimators import SHANNON, _second, _step
from physent.errors import PhysentWarning, RunError, UsageError

LAW = (40, 30, 20, 7, 3)  # percent; its entropy is 1.34094
NUMBERS = [10**2, 10**4, 10**8, 10**11, 10**16, 9 * 10**18]


def growth(n: int) -> Decimal:
    """D(n) = n ln n - (n - 1) ln(n - 1)."""
    return Decimal(n) * Decimal(n).ln() - Decimal(n - 1) * Decimal(max(n - 1, 1)).ln()


def exact(counts: list[int]) -> tuple[float, float, float]:
    """Plug-in value, jackknife value and its standard error by leaving out every count once."""
    with localcontext() as context:
        context.prec = 120
        N, seen = sum(counts), [n for n in counts if n]
        nothing = Decimal(0)
        plugin = Decimal(N).ln() - sum((Decimal(n) * Decimal(n).ln() for n in seen), nothing) / N
        mean = sum((n * growth(n) for n in seen), nothing) / N
        variance = sum((n * (growth(n) - mean) ** 2 for n in seen), nothing) / (Decimal(N) * (N - 1))
        return float(plugin), float(growth(N) - mean), float(variance.sqrt())


@pytest.mark.parametrize("N", NUMBERS)
def test_values_errors_and_flags(N: int) -> None:
    counts = [N // 100 * share for share in LAW]
    plugin, jackknife, error = exact(counts)
    expected = {"plugin": plugin, "jackknife": jackknife, "miller_madow": plugin + 4 / (2 * N)}
    for name in SHANNON:
        result = entropy(np.array(counts), estimator=name)
        assert result.value == pytest.approx(expected.get(name, jackknife), abs=2e-14 + 5 / N)
        if name in expected:
            assert result.value == pytest.approx(expected[name], rel=4e-16)
        assert result.standard_error == pytest.approx(error, rel=1e-14)
        assert result.N == N
        assert not result.undersampled


@pytest.mark.parametrize("N", NUMBERS[2:])
@pytest.mark.parametrize("estimator", ["miller_madow", "jackknife", "grassberger"])
def test_equal_counts_are_not_flagged(N: int, estimator: str) -> None:
    """Their standard error is zero, so that only what is resolved may count as a bias."""
    result = entropy(np.full(5, N // 5), estimator=estimator)
    assert result.value == pytest.approx(np.log(5) + 2 / N, abs=2e-14 + 2 / N)
    assert not result.undersampled


def test_second_differences() -> None:
    with localcontext() as context:
        context.prec = 120

        def q(n: int) -> Decimal:
            return n * (growth(n) - Decimal(n).ln() - 1) if n else Decimal(0)

        for n in [*range(80), 10**3, 10**6, 10**10, 10**16, 2**62]:
            x = np.array([float(n)])
            assert _second(x)[0] == pytest.approx(float(q(n)), rel=2e-14)
            assert _step(x)[0] == pytest.approx(float(n * (q(n) - q(max(n - 1, 0)))), rel=1e-10)


def test_undersampled_is_still_said() -> None:
    with pytest.warns(PhysentWarning, match="undersampled"):
        assert entropy(np.array([10**11, *[1] * 40]), estimator="plugin").undersampled


def test_the_largest_number_of_counts() -> None:
    largest = Counts(np.array([2**62, 2**62 - 1]))
    assert largest.N == 2**63 - 1
    assert entropy(largest).value == pytest.approx(np.log(2), abs=2e-14)
    assert Counts(np.array([2**63 - 1], np.uint64)).N == 2**63 - 1
    refused = partial(pytest.raises, UsageError, match=r"in one row, expected at most 2\^63 - 1")
    for too_many in (
        np.array([2**63, 1], np.uint64),
        np.array([2**62, 2**62]),
        np.array([[1, 1], [2**63 - 1, 2**63 - 1]]),
        np.full(8, 2**61),
        np.full(5, 2**64 - 1, np.uint64),
    ):
        with refused():
            entropy(too_many)
    with refused():
        largest + largest
    with refused():
        Counts(np.array([[2**62, 1], [1, 2**62]])).pooled()
    with refused():
        entropy(np.array([[2**62, 1], [1, 2**62], [1, 1]]), standard_error="replicas")
    with pytest.raises(RunError, match=r"n_outside: found 9223372036854775808, expected at most 2\^63 - 1"):
        Counts(np.array([1, 1]), n_outside=np.array(2**63, np.uint64))


def test_pooling_is_exact() -> None:
    odd = np.array([[2**53, 1, 5], [1, 2**60, 5]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PhysentWarning)
        pooled = entropy(odd, standard_error="replicas")
    assert pooled.N == 2**53 + 2**60 + 12
    np.testing.assert_array_equal(Counts(odd).pooled().n, [2**53 + 1, 2**60 + 1, 10])


def test_null_entropy_joins_its_expansion() -> None:
    p = np.array(LAW) / 100
    plain = float(-(p * np.log(p)).sum())
    for N in (10**9, 10**11, 10**16, 2**62):
        assert null_entropy(N, p) == pytest.approx(plain - 4 / (2 * N), abs=1e-14)
    # the variance of the first cell, 0.24 N, passes 10^8 between these
    around = null_entropy(np.array([410_000_000, 420_000_000]), p)
    assert around == pytest.approx(plain - 2 / np.array([4.1e8, 4.2e8]), abs=2e-14)


def ln_w(counts: list[int]) -> Decimal:
    """Ln N! - sum ln n! with 60 digits: factors one by one up to 1000, Stirling's series beyond."""

    def factorial(n: int) -> Decimal:
        if n <= 1000:
            return sum((Decimal(k).ln() for k in range(2, n + 1)), Decimal(0))
        x = Decimal(n)
        terms = Decimal(1) / 12, Decimal(-1) / 360, Decimal(1) / 1260, Decimal(-1) / 1680, Decimal(1) / 1188
        series = sum((term / x ** (2 * i + 1) for i, term in enumerate(terms)), Decimal(0))
        two_pi = Decimal("6.28318530717958647692528676655900576839433879875021164194989")
        return (x + Decimal("0.5")) * x.ln() - x + two_pi.ln() / 2 + series

    return factorial(sum(counts)) - sum((factorial(n) for n in counts), Decimal(0))


@pytest.mark.parametrize(
    "counts",
    [
        *([10**16 - 3, 3], [10**16 - 1, 1], [10**16 - 10**8, 10**8 - 7, 7, 0], [2**62, 2**62 - 1], [2**62, 1, 1, 1]),
        *([3, 2, 1], [1], [15, 16, 17], [0, 40, 0], [1, 1, 1, 1], [13, 0, 1], [5 * 10**15, 5 * 10**15], [10**6, 50]),
    ],
    ids=str,
)
def test_ln_w_of_nearly_certain_macrostates(counts: list[int]) -> None:
    with localcontext() as context:
        context.prec = 60
        exact = float(ln_w(counts))
    found = entropy(np.array(counts), "ln_w", standard_error=None)
    assert found.value == pytest.approx(exact, rel=2e-15, abs=0)
