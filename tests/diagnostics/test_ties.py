"""Repeated values: counted in every coordinate and jointly, warned of, or spread over their rounding cells."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physent import diagnostics as D
from physent.diagnostics.ties import settled
from physent.errors import PhysentWarning, RunError, UsageError

SEEDS = range(12)


def pairs(seed: int, n: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    """Normals x and x + noise."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return x, x + rng.normal(size=n)


def test_shares_are_those_counted_by_hand() -> None:
    points = np.array([[0.0, 1.0], [0.0, 2.0], [3.0, 2.0], [0.0, 1.0], [5.0, 7.0], [-0.0, 8.0], [6.0, 9.0]])
    same, shares = settled(points[None], "warn", 0)
    assert same[0] is not None
    np.testing.assert_allclose(shares, [[2 / 7, 4 / 7, 4 / 7]])
    for n in (1, 2, 3):
        np.testing.assert_array_equal(settled(np.zeros((1, n, 1)), "warn", 0)[1], [[float(n > 1)] * 2])


def test_rounded_pairs_are_doubted_and_jitter_restores_them() -> None:
    """Ties make the value too large by far more than its scatter, 0.02; jitter moves it by less than 0.01."""
    moved = []
    for seed in SEEDS:
        x, y = (np.round(part, 2) for part in pairs(seed))
        with pytest.warns(PhysentWarning, match=r"% of the values of x, .* % of the values of y repeat"):
            raw = D.ksg_mutual_information(x, y)
        plain = D.ksg_mutual_information(*pairs(seed))
        spread = D.ksg_mutual_information(x, y, ties="jitter")
        assert raw > plain + 0.04
        assert spread == pytest.approx(plain, abs=0.03)
        moved.append(spread - plain)
    assert abs(np.mean(moved)) < 4 * np.std(moved, ddof=1) / np.sqrt(len(SEEDS)) + 1e-4


def test_independent_rounded_values_have_no_information() -> None:
    found = []
    for seed in SEEDS:
        x, y = np.round(np.random.default_rng(seed).normal(size=(2, 2000)), 2)
        found.append(D.ksg_mutual_information(x, y, ties="jitter"))
    assert abs(np.mean(found)) < 4 * np.std(found, ddof=1) / np.sqrt(len(SEEDS))


def test_eight_bits() -> None:
    """256 levels over eight standard deviations: the noise of a cell takes far less than the scatter."""
    for seed in SEEDS[:5]:
        x, y = (np.clip(np.floor(part * 16) + 128, 0, 255).astype(np.uint8) for part in pairs(seed, 8000))
        found = D.ksg_mutual_information(x, y, ties="jitter")
        assert found == pytest.approx(np.log(2) / 2, abs=4 * 1.2 / np.sqrt(8000) + 0.005)


def test_one_policy_for_neighbours_spacings_and_pairs() -> None:
    x = np.random.default_rng(1).normal(size=3000)
    coarse, fine = np.round(x, 1), np.round(x, 2)
    fortieth = partial(D.knn_entropy, k=40)
    for function, what, of_fine in (
        (D.spacing_entropy, "samples", D.spacing_entropy),
        (D.knn_entropy, "points", fortieth),
    ):
        with pytest.raises(RunError, match=f"{what} coincide"):
            function(coarse)
        with pytest.warns(PhysentWarning, match=rf"^ties: 9\d\.\d % of the {what} repeat another, which"):
            of_fine(fine)
        assert function(coarse, ties="jitter") == pytest.approx(function(x), abs=0.03)
        assert function(coarse, ties="jitter") == function(coarse, ties="jitter", seed=0)
        assert function(coarse, ties="jitter") != function(coarse, ties="jitter", seed=1)
    plane = np.stack([x, np.round(np.random.default_rng(2).normal(size=3000), 2)], axis=-1)
    with pytest.warns(PhysentWarning, match=r"^ties: \d+\.\d % of the values of coordinate 2 repeat another, which"):
        D.knn_entropy(plane)


def test_the_threshold_is_one_percent() -> None:
    x, y = pairs(3, 1000)
    x[1:9] = x[0]  # 0.9 %, and with the tenth 1 %
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        D.ksg_mutual_information(x, y)
    x[9] = x[0]
    with pytest.warns(PhysentWarning, match=r"^ties: 1\.0 % of the values of x repeat another"):
        D.ksg_mutual_information(x, y)


@settings(deadline=None, derandomize=True, max_examples=40)
@given(
    st.sampled_from([0.01, 0.5, 1.0, 3.0, 256.0]),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**64 - 1),
    st.integers(-200, 200),
)
def test_jitter_stays_in_the_cell_and_scales(cell: float, data: int, seed: int, power: int) -> None:
    x = np.round(np.random.default_rng(data).normal(size=(1, 200, 2)) * 5) * cell
    spread = settled(x, "jitter", seed)[0]
    assert (abs(spread - x) <= 0.5 * cell * (1 + 1e-9)).all()
    assert len(np.unique(spread)) == spread.size
    np.testing.assert_array_equal(settled(np.ldexp(x, power), "jitter", seed)[0], np.ldexp(spread, power))
    # an element does not know of later ones
    part = settled(x[:, :150], "jitter", seed)[0]
    np.testing.assert_allclose(part, spread[:, :150], rtol=1e-12)


def test_what_is_not_rounded_is_not_moved() -> None:
    x, y = pairs(5)
    assert D.ksg_mutual_information(x, y, ties="jitter") == D.ksg_mutual_information(x, y)


def test_refusals() -> None:
    x, y = pairs(6, 50)
    calls: tuple[Callable[..., Any], ...] = (
        lambda **options: D.ksg_mutual_information(x, y, **options),
        lambda **options: D.knn_entropy(x, **options),
        lambda **options: D.spacing_entropy(x, **options),
        lambda **options: D.conditional_mutual_information(x, y, y[::-1], **options),
        lambda **options: D.knn_transfer_entropy(x, y, **options),
    )
    for call in calls:
        with pytest.raises(UsageError, match="ties: found text 'drop', expected warn or jitter"):
            call(ties="drop")
        with pytest.raises(UsageError, match="seed = -1, expected a whole number"):
            call(ties="jitter", seed=-1)


@pytest.mark.parametrize("function", [D.spacing_entropy, lambda x: D.knn_entropy(x[..., None]), D.sample_entropy])
def test_a_bad_row_is_found_in_a_batch(function: object) -> None:
    """Alone it is refused; among others it is NaN, and the others are what they are alone."""
    batch = np.random.default_rng(7).normal(size=(30, 200))
    batch[7] = 1.1
    with pytest.warns(PhysentWarning, match="^1 of 30 rows have no value and are NaN; the first: ") as caught:
        found = function(batch)  # type: ignore[operator]
    assert len(caught) == 1
    assert np.isnan(found).tolist() == [row == 7 for row in range(30)]
    assert found[8] == function(batch[8:9])[0]  # type: ignore[operator]
    for bad in (batch[7:8], np.full((3, 200), 0.5)):
        with pytest.raises((RunError, UsageError)):
            function(bad)  # type: ignore[operator]
