"""School entropies of records: names, definitions, replicas, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from physent.declare import Box
from physent.diagnostics.legacy_school import legacy_entropies
from physent.diagnostics.run.checks import problems
from physent.diagnostics.run.kinds import KINDS
from physent.diagnostics.run.kinds.school_entropies import SchoolEntropies
from physent.diagnostics.school import school_entropies
from tests.diagnostics import schools
from tests.diagnostics.run.records import complaints, context, observe

RNG = np.random.default_rng(12)
X = 12.5 + np.stack([schools.ball(40, RNG, 3.0), schools.ball(40, RNG, 6.0)])
V = np.stack([schools.isotropic(40, RNG), schools.toward(np.array([1.0, 1, 1]), 0.2, 40, RNG)])
DIMS = ("replica", "particle", "axis")
FIELDS: dict[str, Any] = {"position": (DIMS, X), "heading": (DIMS, V)}
NAMES = (
    "cohesion_entropy",
    "polarization_entropy",
    "depth_entropy",
    "angular_momentum_entropy",
    "neighbor_entropy",
    "velocity_correlation_entropy",
    "shape_entropy",
    "schooling_index",
)


def given(box: float | None = 25.0, reach: Any = 10.0) -> dict[str, Any]:
    return {"box": Box.cube(box, 3), "scales": {"reach": np.broadcast_to(np.float64(reach), 40)}}


def kind(**options: Any) -> SchoolEntropies:
    return SchoolEntropies(**({"kind": "school_entropies"} | options))


def test_bare_names_by_default_and_a_prefix_otherwise() -> None:
    found = observe(kind(), FIELDS, **given())
    assert set(found) == {*NAMES, "schooling_index_se"}
    legacy = observe(kind(name="dk", definition="dewi_kadita"), FIELDS, **given())
    assert set(legacy) == {f"dk_{name}" for name in NAMES}


@pytest.mark.parametrize("box", [None, 25.0])
def test_corrected_equals_the_function_in_each_replica(box: float | None) -> None:
    found = observe(kind(), FIELDS, **given(box, 12.0))
    for replica in range(2):
        expected = school_entropies(X[replica], V[replica], box, 12.0)
        assert {name: values[replica] for name, values in found.items()} == expected


def test_legacy_equals_the_function_in_each_replica() -> None:
    found = observe(kind(definition="dewi_kadita"), FIELDS, **given())
    for replica in range(2):
        expected = legacy_entropies(X[replica], V[replica], 25.0)
        assert {name: values[replica] for name, values in found.items()} == expected


def test_groups_have_their_own_radii() -> None:
    radii = np.repeat([2.0, 3.0], [25, 15])
    found = observe(kind(), FIELDS, **given(reach=radii))
    expected = school_entropies(X[1], V[1], 25.0, radii)
    assert found["shape_entropy"][1] == expected["shape_entropy"]


def test_fish_at_one_place_are_nan_in_their_replica_alone() -> None:
    told: dict[str, str] = {}
    x = X.copy()
    x[0, 3] = x[0, 4]
    found = observe(kind(), {**FIELDS, "position": (DIMS, x)}, **given(), told=told)
    assert np.isnan(found["schooling_index"]).tolist() == [True, False]
    assert "2 fish are where another is" in told["diagnostics.school_entropies.nan"]


def test_problems() -> None:
    few: dict[str, Any] = {"position": (DIMS, X[:, :9]), "heading": (DIMS, V[:, :9])}
    assert [p.message for p in complaints(kind(), few, **given())] == [
        "found 9 fish, corrected entropies need at least 10"
    ]
    assert complaints(kind(definition="dewi_kadita"), few, **given()) == []
    assert [p.message for p in complaints(kind(definition="dewi_kadita"), FIELDS, **given(None))] == [
        "dewi_kadita needs a periodic box, found parameters.box_length = null"
    ]
    many: dict[str, Any] = {name: (DIMS, np.broadcast_to(np.zeros(3), (1, 30_000, 3))) for name in FIELDS}
    (doubt,) = complaints(kind(definition="dewi_kadita"), many, **given())
    assert doubt.is_warning
    assert "all 4.5e+08 pairs of 30000 fish" in doubt.message
    flat: dict[str, Any] = {"position": (("replica", "x"), X[..., 0]), "heading": (("replica", "x"), V[..., 0])}
    (wrong,) = complaints(kind(), flat, **given())
    assert wrong.message == "position has dims (replica, x), expected (replica, particle, axis)"


def test_both_definitions_side_by_side_need_two_names() -> None:
    here = context(FIELDS, **given())
    (clash,) = problems((kind(), kind(definition="dewi_kadita")), here)
    assert clash.path == (1, "name")
    assert "cohesion_entropy, but diagnostics.0 gives it too" in clash.message
    assert list(problems((kind(), kind(name="published", definition="dewi_kadita")), here)) == []


def test_the_kind_is_listed() -> None:
    assert KINDS["school_entropies"] is SchoolEntropies
    index = {v.name: v for v in kind().variables(context(FIELDS, **given()))}
    assert index["polarization_entropy"].attrs["null"] == "independent isotropic headings"
