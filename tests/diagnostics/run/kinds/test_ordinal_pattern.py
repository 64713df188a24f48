"""Ordinal patterns of stored series."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from physent.diagnostics import hc_plane, hc_standard_errors, permutation_entropy
from physent.diagnostics.run import declare
from physent.diagnostics.run.kinds.ordinal_pattern import OrdinalPattern
from tests.diagnostics.run.records import complaints, finish

X = np.random.default_rng(7).normal(size=(600, 2, 3)).cumsum(axis=0)


def ordinal(**options: Any) -> OrdinalPattern:
    known: dict[str, Any] = {"kind": "ordinal_pattern", "name": "p", "of": "x", "order": 3}
    return OrdinalPattern(**(known | options))


@pytest.mark.parametrize("block", [1, 20_000, 1 << 24])
def test_equals_the_functions_series_by_series(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(declare, "BLOCK_BYTES", block)
    found = finish(ordinal(delay=2), {"x": (("replica", "y"), X)})
    for index in np.ndindex(2, 3):
        series = X[(slice(None), *index)]
        _, c = hc_plane(series, 3, 2)
        h_se, c_se = hc_standard_errors(series, 3, 2)
        expected = (permutation_entropy(series, 3, 2), h_se * np.log(6), c, c_se)
        for name, value in zip(("entropy", "entropy_se", "complexity", "complexity_se"), expected, strict=True):
            assert found[f"p_{name}"][index] == value, name


def test_a_number_over_all_replicas() -> None:
    found = finish(ordinal(), {"x": ((), X[:, 0, 0])})
    assert found["p_entropy"] == permutation_entropy(X[:, 0, 0], 3)


def test_random_walk() -> None:
    """Order 3 of a symmetric walk: probabilities 1/4, 4 x 1/8, 1/4."""
    walk = np.random.default_rng(8).normal(size=(40_000, 4)).cumsum(axis=0)
    found = finish(ordinal(), {"x": (("replica",), walk)})
    exact = 2.5 * np.log(2)
    assert np.abs(found["p_entropy"] - exact).max() < 4 * found["p_entropy_se"].max()
    assert np.abs(found["p_complexity"] - 0.030601751).max() < 4 * found["p_complexity_se"].max()


def test_a_series_with_nan_is_lost_alone() -> None:
    told: dict[str, str] = {}
    x = X.copy()
    x[5, 0, 1] = np.nan
    found = finish(ordinal(), {"x": (("replica", "y"), x)}, told=told)
    assert np.isnan(found["p_entropy"]).sum() == 1
    assert np.isnan(found["p_entropy"][0, 1])
    assert told["diagnostics.p.finish.nan"].startswith("p: 1 of 6 series: series: found 1 NaN")
    whole = finish(ordinal(), {"x": ((), np.full(600, np.nan))}, told=told)
    assert np.isnan(whole["p_complexity"])


def test_problems() -> None:
    fields = {"x": (("replica", "y"), X[0])}
    short = complaints(ordinal(order=4, delay=5), fields, samples=15)
    assert [(p.path, p.message) for p in short] == [
        ((0, "order"), "order 4 and delay 5 span 16 samples, the run has 15")
    ]
    (few,) = complaints(ordinal(), fields, samples=40)
    assert few.is_warning
    assert few.message.startswith("38 windows for 6 patterns of order 3")
    assert complaints(ordinal(), fields, samples=62) == []
    assert complaints(ordinal(), fields, samples=62, dtype="float32") == []
    (absent,) = complaints(ordinal(), fields, samples=62, missing={"x": "is not stored"})
    assert absent.path == (0, "of")
    assert absent.message == "x is not stored (output), and ordinal_pattern needs it at every sample"


def test_a_doubt_names_its_series() -> None:
    """Of series with one pattern, and of a series that is short for its correlations, also beside others."""
    told: dict[str, str] = {}
    x = np.random.default_rng(9).normal(size=(300, 2, 3))
    x[:, 1, 1] = x[:, 1, 2] = np.arange(300)
    finish(ordinal(), {"x": (("replica", "y"), x)}, told=told)
    (text,) = told.values()
    assert text == (
        "p: a series holds one pattern only: its entropy 0 and the error 0 are no estimates "
        "(replica 1, y 1; 2 of 6 series are doubtful)"
    )
    told.clear()
    slow = x[:, :1].copy()
    slow[:, 0, 2] = np.abs(np.arange(300) - 100.0)
    finish(ordinal(), {"x": (("replica", "y"), slow)}, told=told)
    (text,) = told.values()
    assert text.startswith("p: short series")
    assert text.endswith("(y 2; 1 of 3 series are doubtful)")
    told.clear()
    finish(ordinal(), {"x": (("replica", "y"), x[:, :1, :2])}, told=told)
    assert not told
