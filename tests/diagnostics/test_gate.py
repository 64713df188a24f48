"""What is refused or doubted at the gate: masks, unbounded cells, short series."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
import xarray as xr

from physent import diagnostics as D
from physent.errors import PhysentWarning, RunError, UsageError


def test_masked_values_are_refused_and_an_empty_mask_is_not() -> None:
    values = np.random.default_rng(3).random(1000)
    masked = np.ma.masked_greater(values, 0.5)
    hidden = int(np.ma.getmaskarray(masked).sum())
    calls: tuple[Callable[[Any], Any], ...] = (
        lambda x: D.count(x, D.Grid(0.0, 1.0, 4)),
        lambda x: D.knn_entropy(x),
        lambda x: D.permutation_entropy(x, order=3),
        lambda x: D.sample_entropy(x),
    )
    for call in calls:
        with pytest.raises(RunError, match=rf"found {hidden} masked values"):
            call(masked)
        call(np.ma.MaskedArray(values))


def test_a_density_needs_bounded_cells() -> None:
    """Clipped values stand for any value beyond: their cells are infinite, but discrete entropies are defined."""
    grid = D.Grid((0.0, 0.0), (1.0, 1.0), (3, 4), periodic=(False, True), outside="clip")
    expected = np.full((3, 4), 1 / 12)
    expected[[0, -1]] = np.inf
    np.testing.assert_allclose(grid.measure(), expected.ravel())
    counts = D.count(np.random.default_rng(4).normal(size=10_000), D.Grid(-1.0, 1.0, 10, outside="clip"))
    assert D.entropy(counts).value > 0
    with pytest.raises(UsageError, match="unbounded cell"):
        D.entropy(counts, differential=True)


def test_short_series_are_doubted() -> None:
    x = np.random.default_rng(5).normal(size=100)
    with pytest.warns(PhysentWarning, match="95 windows on"):
        D.permutation_entropy(x, order=6)
    with pytest.warns(PhysentWarning, match="biased low"):
        D.hc_plane(x, order=6)
    D.permutation_entropy(np.tile(x, 100), order=3)
    bits = (x > 0).astype(int)
    with pytest.warns(PhysentWarning, match="fewer than 10 each"):
        D.block_entropy(bits, 8)
    with pytest.warns(PhysentWarning, match="fewer than 10 each"):
        D.transfer_entropy(bits, bits[::-1], k=4)


def test_a_warning_points_at_the_caller() -> None:
    few = np.random.default_rng(6).normal(size=100)
    calls: tuple[Callable[[], Any], ...] = (
        lambda: D.permutation_entropy(few, order=6),
        lambda: D.entropy(np.ones(50, int)),
    )
    for call in calls:
        with pytest.warns(PhysentWarning) as caught:
            call()
        assert {warning.filename for warning in caught} == {__file__}


def test_a_measure_by_name() -> None:
    counts = D.count(np.arange(800) % 8, D.Unique(8))
    assert D.entropy(counts, "shannon", standard_error=None).value == D.entropy(counts, standard_error=None).value
    with pytest.raises(UsageError):
        D.entropy(counts, "entropy")


def _days(*numbers: int) -> np.ndarray[Any, Any]:
    return np.datetime64("2026-01-01", "ns") + np.array(numbers) * np.timedelta64(1, "D")


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (np.arange(400.0), ""),
        (np.arange(400.0) + 0.2 * np.sin(np.arange(400.0)), ""),
        (_days(*range(400)), ""),
        (np.array(["station"] * 400), ""),
        (np.delete(np.arange(402), [7, 200]), "has 2 gaps, the first after 6"),
        (_days(*range(399), 400), "has 1 gap, the first after 2027-02-03"),
        (np.array([date(2025, 1, 1) + timedelta(d) for d in (*range(399), 409)], object), "has 1 gap,"),
        (np.arange(400)[::-1], "does not increase"),
    ],
)
def test_times_with_gaps_are_doubted(times: np.ndarray[Any, Any], expected: str) -> None:
    """Neighbours in a series are neighbours in time, or a warning says that they are not; values are the same."""
    values = np.random.default_rng(6).random(400)
    series = xr.DataArray(values, dims="time", coords={"time": times})
    with nullcontext() if not expected else pytest.warns(PhysentWarning, match=expected):
        found = D.permutation_entropy(series, order=3)
    assert float(found) == D.permutation_entropy(values, order=3)
