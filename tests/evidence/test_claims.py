from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from physent.evidence.claims import Claim, finite, relative_l2

CLAIM = Claim(
    claim="peak",
    source="derived",
    expected=2.0,
    measured=2.05,
    tolerance=0.1,
    reason="grid spacing",
    basis="exact",
)


@pytest.mark.parametrize(("measured", "verdict"), [(2.0, "pass"), (2.09, "pass"), (1.89, "fail"), (2.11, "fail")])
def test_a_claim_holds_within_its_tolerance(measured: float, verdict: str) -> None:
    assert replace(CLAIM, measured=measured).verdict == verdict


def test_zero_tolerance_asks_for_equality() -> None:
    assert replace(CLAIM, measured=2.0, tolerance=0.0).verdict == "pass"
    assert replace(CLAIM, measured=math.nextafter(2.0, 3.0), tolerance=0.0).verdict == "fail"


@pytest.mark.parametrize("measured", [math.nan, math.inf, -math.inf])
def test_a_measurement_that_is_not_finite_never_passes(measured: float) -> None:
    claim = replace(CLAIM, measured=measured)
    assert claim.verdict == "fail"
    assert str(measured) in claim.problem
    assert replace(claim, basis="published", difference="it drifts").verdict == "fail"


def test_a_measurement_too_noisy_to_decide_is_a_fail() -> None:
    assert replace(CLAIM, standard_error=0.039).verdict == "pass"
    noisy = replace(CLAIM, standard_error=0.041)
    assert noisy.verdict == "fail"
    assert "standard error" in noisy.problem
    assert replace(CLAIM, standard_error=math.nan).verdict == "fail"


def test_an_expected_difference_must_differ() -> None:
    published = replace(CLAIM, basis="published", difference="wrong energy convention")
    assert replace(published, measured=3.0).verdict == "expected-difference"
    assert published.verdict == "fail"


@pytest.mark.parametrize(
    "change",
    [{"reason": ""}, {"source": ""}, {"claim": ""}, {"tolerance": -1.0}, {"tolerance": math.nan},
     {"expected": math.inf}, {"basis": "hearsay"}, {"difference": "not published"}],
)  # fmt: skip
def test_a_claim_without_provenance_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"needs its|basis is|must be finite|only a published"):
        replace(CLAIM, **change)  # type: ignore[arg-type]


def test_json_holds_no_number_that_is_not_finite() -> None:
    row = [finite(value) for value in (math.nan, math.inf, None, np.float64(1.5))]
    assert json.dumps(row, allow_nan=False) == "[null, null, null, 1.5]"


def test_relative_l2() -> None:
    exact = np.array([3.0 + 4.0j, 0.0])
    assert relative_l2(exact * (1 + 1e-3j), exact) == pytest.approx(1e-3)
    with pytest.raises(ValueError, match="differ"):
        relative_l2(exact, exact[:1])
