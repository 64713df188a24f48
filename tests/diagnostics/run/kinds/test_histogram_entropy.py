"""Entropy of counts against NumPy, and the rules that a grid obeys."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from physent.diagnostics.run.kinds.histogram_entropy import HistogramEntropy
from tests.diagnostics.run.records import complaints, context, observe


def histogram(**options: Any) -> HistogramEntropy:
    known: dict[str, Any] = {"kind": "histogram_entropy", "name": "s", "of": "v", "low": -5.0, "high": 5.0, "cells": 8}
    return HistogramEntropy(**(known | options))


def shannon(counts: Any) -> float:
    p = counts[counts > 0] / counts.sum()
    return float(-(p * np.log(p)).sum())


V = np.random.default_rng(1).normal(size=(3, 500, 2))


def test_every_value_counts_by_itself() -> None:
    found = observe(histogram(estimator="plugin"), {"v": (("replica", "particle", "axis"), V)})
    expected = [shannon(np.histogram(v, 8, (-5, 5))[0]) for v in V]
    np.testing.assert_allclose(found["s"], expected, rtol=1e-14)
    assert np.all((found["s_se"] > 0) & (found["s_se"] < 0.1))
    assert np.all((found["s_coverage"] > 0.99) & (found["s_coverage"] <= 1))


def test_points_with_coordinates() -> None:
    one = histogram(low=(-5.0, -6.0), high=(5.0, 6.0), cells=(8, 4), estimator="plugin")
    expected = [shannon(np.histogram2d(v[:, 0], v[:, 1], (8, 4), [(-5, 5), (-6, 6)])[0]) for v in V]
    found = observe(one, {"v": (("replica", "particle", "axis"), V)})
    np.testing.assert_allclose(found["s"], expected, rtol=1e-14)
    parts = {"a": (("replica", "particle"), V[..., 0]), "b": (("replica", "particle"), V[..., 1])}
    apart = observe(one.model_copy(update={"of": ("a", "b")}), parts)
    np.testing.assert_array_equal(apart["s"], found["s"])
    equal = observe(histogram(of=("a", "b"), estimator="plugin"), parts)
    np.testing.assert_allclose(
        equal["s"], [shannon(np.histogram2d(v[:, 0], v[:, 1], 8, [(-5, 5)] * 2)[0]) for v in V], rtol=1e-14
    )


def test_a_number_is_counted_over_replicas() -> None:
    found = observe(histogram(estimator="plugin"), {"v": (("replica",), V[0, :, 0])})
    assert found["s"].shape == ()
    assert found["s"] == pytest.approx(shannon(np.histogram(V[0, :, 0], 8, (-5, 5))[0]), rel=1e-14)


def test_differential_and_other_measures() -> None:
    fields = {"v": (("replica", "particle", "axis"), V)}
    discrete, density = (observe(histogram(differential=on), fields)["s"] for on in (False, True))
    np.testing.assert_allclose(density - discrete, np.log(10 / 8), rtol=1e-12)
    assert np.all(observe(histogram(measure="renyi_2"), fields)["s"] < discrete)
    multiplicity = observe(histogram(measure="ln_w"), fields)
    assert set(multiplicity) == {"s"}
    np.testing.assert_allclose(multiplicity["s"] / 1000, discrete, rtol=0.02)


def test_shuffled_particles_give_the_same_bits() -> None:
    order = np.random.default_rng(2).permutation(500)
    straight, shuffled = (observe(histogram(), {"v": (("replica", "particle", "axis"), v)}) for v in (V, V[:, order]))
    for name, values in straight.items():
        np.testing.assert_array_equal(values, shuffled[name])


def test_values_outside_are_nan_in_their_replica_alone() -> None:
    far = V.copy()
    far[1, 7, 0] = 50.0
    told: dict[str, str] = {}
    found = observe(histogram(), {"v": (("replica", "particle", "axis"), far)}, told=told)
    assert np.isnan(found["s"]).tolist() == [False, True, False]
    np.testing.assert_array_equal(
        found["s"][[0, 2]], observe(histogram(), {"v": (("replica", "p", "axis"), V)})["s"][[0, 2]]
    )
    assert told["diagnostics.s.nan"].startswith("s at time = 0: grid: 1 of 3000 points lie outside [-5.0, 5.0]")
    for rule in ("drop", "clip", "count"):
        assert np.isfinite(observe(histogram(outside=rule), {"v": (("replica", "particle", "axis"), far)})["s"]).all()


def test_too_few_counts_are_told() -> None:
    told: dict[str, str] = {}
    observe(histogram(cells=400), {"v": (("replica", "particle", "axis"), V)}, told=told)
    assert told["diagnostics.s"].startswith("s at time = 0: undersampled")


def test_it_counts_what_is_stored() -> None:
    """A value that float32 moves over a cell edge is counted on the other side."""
    v = np.full((1, 100), np.nextafter(1.25, 0))
    v[0, ::2] = -1.0
    fields = {"v": (("replica", "x"), v)}
    one = histogram(low=0.0, high=2.5, cells=2, outside="clip", estimator="plugin")
    assert observe(one, fields)["s"] == 0
    assert observe(one, fields, dtype="float32")["s"] == pytest.approx(np.log(2))


def test_attributes() -> None:
    entropy, error, coverage = histogram().variables(context({"v": (("replica", "particle", "axis"), V)}))
    assert (entropy.name, error.name, coverage.name) == ("s", "s_se", "s_coverage")
    assert entropy.attrs["base"] == "nats"
    assert entropy.attrs["estimator"] == "grassberger"
    assert json.loads(str(entropy.attrs["space"])) == {
        "grid": {"low": -5.0, "high": 5.0, "cells": 8, "periodic": False, "outside": "error"}
    }


def test_problems() -> None:
    fields = {
        "v": (("replica", "particle", "axis"), V),
        "w": (("replica", "x"), np.zeros((3, 4))),
        "one": (("replica",), np.zeros(3)),
        "all": ((), 0.0),
    }

    def said(**options: Any) -> list[tuple[Any, str]]:
        return [(p.path[1:], p.message) for p in complaints(histogram(**options), fields)]

    assert said(low=(0.0,) * 3, high=1.0) == [(("cells",), "found cells in 3 coordinates, v has 2 coordinates")]
    assert said(of="w", low=(0.0, 0.0)) == [
        (("cells",), "found cells in 2 coordinates, w has no coordinates (its last dimension is not `axis`)")
    ]
    assert said(low=5.0) == [(("cells",), "found low 5 and high 5, expected finite numbers with low < high")]
    assert said(of="all") == [(("of",), "all: found 1 value over all replicas, expected >= 2")]
    assert said(of=("w", "v")) == [
        (("of", 1), "v has dims (replica, particle, axis), expected those of w: (replica, x)")
    ]
    assert said(of="one") == []
    assert complaints(histogram(of="one"), {"one": (("replica",), np.zeros(1))})[0].path == (0, "of")
    cases: list[tuple[dict[str, Any], str]] = [
        ({"measure": "renyi_2", "estimator": "grassberger"}, "grassberger belongs to shannon"),
        ({"differential": True, "outside": "count"}, "values outside have no density"),
        ({"differential": True, "measure": "statistical_complexity"}, "no differential form"),
        ({"measure": "entropy"}, "expected shannon"),
    ]
    for options, message in cases:
        with pytest.raises(ValidationError, match=message):
            histogram(**options)
