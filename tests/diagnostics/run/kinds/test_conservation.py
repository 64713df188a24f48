"""Drift of stored series."""

from __future__ import annotations

import numpy as np
import pytest

from physent.diagnostics.run import declare
from physent.diagnostics.run.kinds.conservation import Conservation
from tests.diagnostics.run.records import complaints, context, finish


def naive(series: np.ndarray, scale: float | None = None) -> tuple[np.ndarray, np.ndarray]:
    away = np.abs(series - series[0])
    first = np.abs(series[0])
    return away.max(axis=0) / (scale or np.where(first == 0, 1.0, first)), 0.5 * away.argmax(axis=0)


@pytest.mark.parametrize("block", [1, 100, 1 << 20])
@pytest.mark.parametrize("scale", [None, 0.25])
def test_largest_drift_and_when(monkeypatch: pytest.MonkeyPatch, block: int, scale: float | None) -> None:
    monkeypatch.setattr(declare, "BLOCK_BYTES", block)
    rng = np.random.default_rng(3)
    series = {
        "energy": (("replica",), rng.normal(size=(40, 3))),
        "momentum": (("replica", "axis"), np.concatenate([np.zeros((1, 3, 2)), rng.normal(size=(39, 3, 2))])),
        "mean": ((), rng.normal(size=40)),
        "count": (("replica",), np.arange(120).reshape(40, 3)),
    }
    found = finish(Conservation(kind="conservation", of=tuple(series), scale=scale, name="c"), series)
    for name, (_, values) in series.items():
        drift, at = naive(values, scale)
        np.testing.assert_array_equal(found[f"c_{name}_drift"], drift)
        np.testing.assert_array_equal(found[f"c_{name}_drift_at"], at)


@pytest.mark.parametrize("block", [1, 1 << 20])
def test_nan_is_not_lost(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(declare, "BLOCK_BYTES", block)
    series = np.array([[1.0, 1.0], [np.nan, 2.0], [3.0, 1.0], [np.nan, 1.0]])
    found = finish(Conservation(kind="conservation", of="energy"), {"energy": (("replica",), series)})
    np.testing.assert_array_equal(found["conservation_energy_drift"], [np.nan, 1.0])
    np.testing.assert_array_equal(found["conservation_energy_drift_at"], [0.5, 0.5])


def test_a_first_value_of_rounding_is_doubted() -> None:
    series = {"momentum": (("replica",), np.array([[1e-16, 1.0], [3.0, 1.0]]))}
    told: dict[str, str] = {}
    finish(Conservation(kind="conservation", of="momentum"), series, told=told)
    assert "momentum starts at 1.0e-16 and moves by 3.0e+00" in str(told)
    told.clear()
    finish(Conservation(kind="conservation", of="momentum", scale=1.0), series, told=told)
    assert not told


def test_problems() -> None:
    fields = {"energy": (("replica",), np.zeros(2)), "wave": (("replica", "x"), np.zeros((2, 3)))}
    unknown = complaints(Conservation(kind="conservation", of=("energy", "enrgy")), fields)
    assert [(p.path, p.message) for p in unknown] == [
        ((0, "of", 1), "found text 'enrgy', expected energy or wave; did you mean energy?")
    ]
    assert complaints(Conservation(kind="conservation", of=("energy", "energy")), fields)[0].path == (0, "of", 1)
    rounded = complaints(Conservation(kind="conservation", of="wave"), fields, dtype="float32")
    assert rounded[0].message.startswith("wave is stored as float32, expected float64")
    assert context(fields).shape(context(fields).variables["wave"]) == (2, 3)
