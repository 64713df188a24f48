"""What is refused or doubted at the gate: masks, unbounded cells, short series."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

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


def test_a_measure_by_name() -> None:
    counts = D.count(np.arange(800) % 8, D.Unique(8))
    assert D.entropy(counts, "shannon", standard_error=None).value == D.entropy(counts, standard_error=None).value
    with pytest.raises(UsageError):
        D.entropy(counts, "entropy")
