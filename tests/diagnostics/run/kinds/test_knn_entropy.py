"""Nearest-neighbour entropies of records."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from physent.diagnostics import knn_entropy
from physent.diagnostics.run.kinds.knn_entropy import KnnEntropy
from tests.diagnostics.run.records import complaints, observe

V = np.random.default_rng(5).normal(size=(2, 400, 2))


def knn(**options: Any) -> KnnEntropy:
    known: dict[str, Any] = {"kind": "knn_entropy", "name": "h", "of": "v"}
    return KnnEntropy(**(known | options))


def test_equals_the_function() -> None:
    fields = {
        "v": (("replica", "particle", "axis"), V),
        "a": (("replica", "x"), V[..., 0]),
        "b": (("replica", "x"), V[..., 1]),
    }
    np.testing.assert_array_equal(observe(knn(), fields)["h"], [knn_entropy(v, metric="shared") for v in V])
    np.testing.assert_array_equal(observe(knn(of=("a", "b")), fields)["h"], [knn_entropy(v) for v in V])
    np.testing.assert_array_equal(observe(knn(of="a", k=7), fields)["h"], [knn_entropy(v[:, 0], 7) for v in V])
    boxed = observe(knn(box=(9.0, 7.0)), fields)["h"]
    np.testing.assert_array_equal(boxed, [knn_entropy(v, box=(9.0, 7.0)) for v in V])


def test_a_number_is_sampled_over_replicas() -> None:
    found = observe(knn(), {"v": (("replica",), V[0, :, 0])})["h"]
    assert found == knn_entropy(V[0, :, 0])
    assert found == pytest.approx(0.5 * np.log(2 * np.pi * np.e), abs=0.2)


def test_float32_storage_does_not_round_it() -> None:
    fields = {"v": (("replica", "particle", "axis"), V)}
    np.testing.assert_array_equal(observe(knn(), fields, dtype="float32")["h"], observe(knn(), fields)["h"])


def test_coinciding_points_are_nan_in_their_replica_alone() -> None:
    told: dict[str, str] = {}
    v = V.copy()
    v[0, :50] = 0
    found = observe(knn(), {"v": (("replica", "particle", "axis"), v)}, told=told)["h"]
    assert np.isnan(found).tolist() == [True, False]
    assert "coincide with 4 neighbours" in told["diagnostics.h.nan"]
    assert told["diagnostics.h.nan"].endswith("NaN is stored")


def test_problems() -> None:
    fields = {"v": (("replica", "particle", "axis"), V), "one": (("replica",), np.zeros(1))}
    assert [p.message for p in complaints(knn(k=400), fields)] == [
        "v: found 400 values in each replica, expected >= 401"
    ]
    assert [p.message for p in complaints(knn(box=(1.0,)), fields)] == [
        "found 1 periods, the points have 2 coordinates"
    ]
    alone = {"one": (("replica",), np.zeros(1))}
    assert [p.message for p in complaints(knn(of="one"), alone)] == [
        "one: found 1 value over all replicas, expected >= 5"
    ]
