"""Kinds that measure each stored series by itself: sample entropy, words and the 0-1 test."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from physent import diagnostics as D
from physent.diagnostics.run import declare
from physent.diagnostics.run.kinds import KINDS
from physent.diagnostics.run.kinds.synchronisation import Synchronisation
from physent.diagnostics.run.measure import function_of
from tests.diagnostics.run.records import complaints, finish
from tests.diagnostics.series import logistic

X = np.random.default_rng(7).normal(size=(400, 2, 3))
OPTIONS: dict[str, dict[str, Any]] = {
    "sample_entropy": {"m": 1, "r": 0.3},
    "block_entropy": {"partition": (-0.5, 0.5), "length": 3},
    "zero_one_test": {"frequencies": 5},
}


def made(kind: str, **options: Any) -> Any:
    return KINDS[kind](**({"kind": kind, "name": "s", "of": "x"} | OPTIONS[kind] | options))


def by_function(kind: str, series: Any) -> dict[str, Any]:
    """What the functions of `physent.diagnostics` give."""
    if kind == "sample_entropy":
        return {"s": D.sample_entropy(series, 1, 0.3)}
    if kind == "zero_one_test":
        return dict(zip(("s", "s_spread"), D.zero_one_test(series, 5), strict=True))
    found = D.word_entropies(D.Levels((-0.5, 0.5)).encode(series), 3)
    return dict(zip(("s", "s_rate", "s_rate_se", "s_rate_bias"), found, strict=True))


@pytest.mark.parametrize("kind", OPTIONS)
@pytest.mark.parametrize("block", [1, 1 << 24])
def test_equals_the_functions_series_by_series(kind: str, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(declare, "BLOCK_BYTES", block)
    found = finish(made(kind), {"x": (("replica", "y"), X)})
    for index in np.ndindex(2, 3):
        expected = by_function(kind, X[(slice(None), *index)])
        assert set(expected) == set(found)
        for name, value in expected.items():
            np.testing.assert_array_equal(found[name][index], value, err_msg=name)


@pytest.mark.parametrize("kind", OPTIONS)
def test_only_what_is_later_counts(kind: str) -> None:
    """A transient of 100 samples, at times 0, 0.5 ... 49.5, changes nothing."""
    x = X[:, 0, 0].copy()
    x[:100] *= 1e3
    found = finish(made(kind, after=49.5), {"x": ((), x)})
    for name, value in by_function(kind, X[100:, 0, 0]).items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)


@pytest.mark.parametrize("kind", OPTIONS)
def test_a_series_with_nan_is_lost_alone(kind: str) -> None:
    told: dict[str, str] = {}
    x = X.copy()
    x[5, 0, 1] = np.nan
    found = finish(made(kind), {"x": (("replica", "y"), x)}, told=told)
    lost = np.isnan(found["s"]).reshape(2, 3, -1).all(-1)
    assert lost.tolist() == [[False, True, False], [False, False, False]]
    (text,) = told.values()
    assert text.startswith("s: 1 of 6 series: ")
    assert text.endswith("; NaN is stored")
    told.clear()
    constant = finish(made(kind), {"x": (("replica",), np.ones((400, 2)))}, told=told)
    if kind != "block_entropy":
        assert np.isnan(constant["s"]).all()
        assert "constant" in next(iter(told.values()))
    else:
        assert (constant["s"] == 0).all()


def test_windows_with_a_missing_sample_are_left_out() -> None:
    x = X[:, :1].copy()
    x[[50, 70], 0, 1] = np.nan
    for kind, holding in (("sample_entropy", 2), ("block_entropy", 3)):
        known: dict[str, Any] = {"omitted": ("windows",), "owner": declare.DATA}
        found = finish(made(kind), {"x": (("replica", "y"), x)}, **known)
        assert found["s_windows_omitted"].tolist() == [[0, 2 * holding, 0]]
        np.testing.assert_array_equal(found["s"][0, 0], by_function(kind, X[:, 0, 0])["s"])
        assert np.isfinite(found["s"]).all()
    found = finish(made("zero_one_test"), {"x": (("replica", "y"), x)}, told={}, **known)
    assert np.isnan(found["s"]).tolist() == [[False, True, False]]
    assert set(found) == {"s", "s_spread"}


@pytest.mark.parametrize("omitted", [(), ("windows",), ("particles",)])
@pytest.mark.parametrize("owner", [declare.DATA, "the call"])
def test_kinds_without_windows_never_advise_to_omit_them(omitted: Any, owner: str) -> None:
    """Whatever the plan omits, they say at once what helps."""
    x = X[:, 0].copy()
    x[[50, 70], 1] = np.nan
    fill = "interpolate with `resample: {every: STEP}` in the plan" if owner == declare.DATA else "fill them first"
    expected = f"x: 2 missing values; this kind needs every sample and cannot omit windows: {fill}, or set `after`"
    known: dict[str, Any] = {"omitted": omitted, "owner": owner}
    told: dict[str, str] = {}
    finish(made("zero_one_test"), {"x": (("y",), x)}, told=told, **known)
    assert list(told.values()) == [f"s: 1 of 3 series: {expected}; NaN is stored"]
    told.clear()
    synchronisation = Synchronisation(kind="synchronisation", name="s", of="x")
    finish(synchronisation, {"x": (("y",), x)}, told=told, **known)
    assert list(told.values()) == [f"s: {expected}; NaN is stored"]


def test_no_two_stretches_that_agree() -> None:
    told: dict[str, str] = {}
    x = np.stack([2.0 ** np.arange(30), np.sin(np.arange(30))], axis=1)
    found = finish(made("sample_entropy", tolerance=0.1), {"x": (("replica",), x)}, told=told)
    assert np.isnan(found["s"][0])
    assert "x: no two stretches of 1 samples agree" in next(iter(told.values()))


def test_cells_are_a_partition() -> None:
    """Equal cells, the outer two open; at 1/2 the words of the logistic map are fair."""
    a = finish(made("block_entropy", partition=None, cells=4, low=-1.0, high=1.0), {"x": (("replica", "y"), X)})
    b = finish(made("block_entropy", partition=(-0.5, 0.0, 0.5)), {"x": (("replica", "y"), X)})
    np.testing.assert_array_equal(a["s_rate"], b["s_rate"])
    orbit = finish(made("block_entropy", partition=(0.5,), length=6), {"x": ((), logistic(50_000))})
    unbiased = orbit["s_rate"] - orbit["s_rate_bias"]
    assert (np.abs(unbiased - np.log(2)) < 4 * orbit["s_rate_se"]).all()


def test_what_is_refused() -> None:
    fields = {"x": (("replica",), X[0, :, 0])}
    assert [p.message for p in complaints(made("zero_one_test"), fields, samples=99)] == [
        "the 0-1 test needs at least 100 samples, the run has 99"
    ]
    assert "m = 1 needs at least 3 samples" in complaints(made("sample_entropy"), fields, samples=2)[0].message
    few = complaints(made("block_entropy"), fields, samples=29)
    assert [(p.is_warning, p.message) for p in few] == [
        (True, "29 samples for 3 symbols, expected at least 10 for each")
    ]
    falling = complaints(made("block_entropy", partition=(1.0, 0.0)), fields, samples=99)
    assert falling[0].message.endswith("expected finite, strictly rising numbers")
    many = complaints(made("block_entropy", length=32, partition=tuple(range(9))), fields, samples=99)
    assert many[0].message == "words of 32 symbols out of 10 are too many to number"
    for wrong, text in (
        ({"partition": None}, "expected either a partition or cells"),
        ({"cells": 3, "low": 0.0, "high": 1.0}, "expected either a partition or cells"),
        ({"low": 0.0}, "belongs to cells, found a partition"),
        ({"partition": None, "cells": 3, "low": 1.0, "high": 0.0}, "expected low below high"),
        ({"partition": None, "cells": 1, "low": 0.0, "high": 1.0}, "one cell has no entropy"),
    ):
        with pytest.raises(ValidationError, match=text):
            made("block_entropy", **wrong)


def test_the_page_lists_the_kinds_whose_functions_have_their_own_arguments() -> None:
    page = (Path(__file__).parents[4] / "docs" / "measuring-arrays.md").read_text(encoding="utf-8")
    (listed,) = re.findall("Seven kinds have a function with arguments of its own instead(.*)", page)
    own = {kind for kind in KINDS if getattr(D, kind) is not function_of(kind)}
    assert len(own) == 7
    assert own <= set(re.findall("`([a-z_]+)`", listed))
    found = D.word_entropies(D.Levels((-0.5, 0.5)).encode(X[:, 0, 0]), 3)[0]
    np.testing.assert_array_equal(found, finish(made("block_entropy"), {"x": ((), X[:, 0, 0])})["s"])


def test_their_functions_are_those_on_arrays() -> None:
    for kind in OPTIONS:
        assert getattr(D, kind).__module__ != function_of(kind).__module__
