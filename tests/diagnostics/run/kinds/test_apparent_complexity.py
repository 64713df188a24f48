"""Apparent complexity of records."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from physent.diagnostics import apparent_complexity
from physent.diagnostics.run.kinds.apparent_complexity import ApparentComplexity
from tests.diagnostics.run.records import complaints, observe

FIELD = np.random.default_rng(9).random((3, 24, 16))


def complexity(**options: Any) -> ApparentComplexity:
    known: dict[str, Any] = {"kind": "apparent_complexity", "name": "c", "of": "u", "grain": 3}
    return ApparentComplexity(**(known | options))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"levels": 5.0, "limits": (0.2, 0.8)},
        {"levels": (0.4, 0.6)},
        {"adjust": "row_majority", "boundary": "periodic"},
    ],
)
def test_equals_the_function(options: dict[str, Any]) -> None:
    found = observe(complexity(**options), {"u": (("replica", "y", "x"), FIELD)})["c"]
    levels = options.get("levels", 3.0)
    rest = {name: value for name, value in options.items() if name != "levels"}
    expected = apparent_complexity(FIELD, 3, list(levels) if isinstance(levels, tuple) else int(levels), **rest)
    np.testing.assert_array_equal(found, expected)
    alone = observe(complexity(**options), {"u": (("y", "x"), FIELD[0])})["c"]
    assert alone == found[0]


def test_one_dimension_is_a_row() -> None:
    found = observe(complexity(), {"u": (("replica", "x"), FIELD[0])})["c"]
    np.testing.assert_array_equal(found, [apparent_complexity(row, 3) for row in FIELD[0]])


def test_uniform_is_the_floor() -> None:
    found = observe(complexity(), {"u": (("replica", "y", "x"), np.stack([FIELD[0], np.zeros((24, 16))]))})["c"]
    assert found[1] == np.ceil((np.sqrt(8 * 24 * 16 + 1) - 1) / 2)
    assert found[0] > 1.5 * found[1]


def test_problems() -> None:
    fields = {
        "u": (("replica", "y", "x"), FIELD),
        "s": (("replica",), FIELD[0, 0, :3]),
        "v": (("replica", "a", "b", "c"), FIELD[..., None]),
    }
    assert [p.message for p in complaints(complexity(of="s"), fields)] == [
        "s has dims (replica), expected one or two beside `replica`"
    ]
    assert complaints(complexity(of="v"), fields)[0].path == (0, "of")
    assert [p.message for p in complaints(complexity(grain=17), fields)] == [
        "found 17, expected <= 16, the shorter side of u"
    ]
    cases: list[tuple[dict[str, Any], str]] = [
        ({"limits": (1.0, 0.0)}, "expected .low, high. with low < high"),
        ({"levels": (0.5, 0.5)}, "expected thresholds that rise"),
        ({"levels": 2.5}, "found 2.5, expected a whole number >= 2"),
        ({"levels": 1.0}, "found 1, expected a whole number >= 2"),
    ]
    for options, message in cases:
        with pytest.raises(ValidationError, match=message):
            complexity(**options)
