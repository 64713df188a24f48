"""How many windows are left out for one missing sample, by every function of windows, and that no other one is."""

from __future__ import annotations

from functools import partial
from math import factorial, log
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from physent import diagnostics
from physent.diagnostics.table import ROWS
from tests.diagnostics import faces
from tests.diagnostics.test_missing import OMIT, data_of, given_of, holed, naive_patterns, quiet

D: Any = diagnostics

# Windows that hold one sample inside the series, for the calls of `faces`, by the array that lacks it.
HOLDING: dict[str, dict[str, int]] = {
    "block_entropy": {"symbols": 2},
    "dispersion_entropy": {"x": 2},
    "entropy_rate": {"symbols": 2},
    "fuzzy_entropy": {"x": 3},
    "hc_plane": {"x": 3},
    "hc_standard_errors": {"x": 3},
    "knn_transfer_entropy": {"x": 2, "y": 2, "given": 2},
    "local_transfer_entropy": {"x": 1, "y": 3},
    "multiscale_entropy": {"x": 2 * 4},
    "pattern_counts": {"x": 3},
    "permutation_entropy": {"x": 3},
    "sample_entropy": {"x": 3},
    "time_irreversibility": {"symbols": 2},
    "transfer_entropy": {"x": 1, "y": 2},
    "weighted_permutation_entropy": {"x": 3},
    "word_entropies": {"symbols": 3},
}


def labelled(x: Any) -> xr.DataArray:
    x = np.array(x, float)
    return xr.DataArray(x, dims=("time", "axis")[: x.ndim], coords={"time": np.arange(len(x))})


@pytest.mark.parametrize("name", HOLDING)
@pytest.mark.parametrize("dropped", [False, True])
def test_windows_that_hold_a_missing_sample_are_counted(name: str, dropped: bool) -> None:
    """One sample, NaN or left out of the clock of all arrays, in each of them by itself and in two places."""
    for key, holding in HOLDING[name].items():
        data = {one: labelled(faces.FUNCTIONS[name][one]) for one in data_of(name)}
        if dropped:
            if name == "multiscale_entropy" or len(data) > 1:  # the phase of stretches; pairs lose all windows
                continue
            data[key] = data[key].drop_sel(time=[20, 40])
        else:
            data[key][[20, 40]] = np.nan
        found = quiet(partial(getattr(D, name), **given_of(name, **data), **OMIT))
        told = found[0] if isinstance(found, tuple) else found
        assert told.attrs["windows_omitted"] == 2 * holding, key


def test_every_function_of_windows_is_counted() -> None:
    unnamed = {"count", "entropy_production", "forbidden_patterns"}  # which give no array that could have an attribute
    assert set(HOLDING) | unnamed == {name for name, row in ROWS.items() if row.gaps}


@settings(deadline=None, derandomize=True, max_examples=30)
@given(st.integers(0, 999), st.integers(2, 4), st.integers(1, 3), st.sampled_from([0.02, 0.1]))
def test_planes_and_forbidden_patterns_of_hand_made_windows(seed: int, order: int, delay: int, share: float) -> None:
    x = holed(seed, 150, share)
    n = np.array(naive_patterns(x, order, delay))
    p, size = n[n > 0] / n.sum(), factorial(order)
    entropy, complexity = quiet(lambda: D.hc_plane(x, order, delay, **OMIT))
    assert entropy == pytest.approx(-(p * np.log(p)).sum() / log(size), abs=1e-12)
    middle = np.concatenate([(p + 1 / size) / 2, np.full(size - len(p), 0.5 / size)])
    divergence = -(middle * np.log(middle)).sum() + (p * np.log(p)).sum() / 2 - log(size) / 2
    most = -((size + 1) / size * log(size + 1) - 2 * log(2 * size) + log(size)) / 2
    assert complexity == pytest.approx(divergence / most * entropy, abs=1e-12)
    assert len(quiet(lambda: D.forbidden_patterns(x, order, delay, **OMIT))) == (n == 0).sum()
