"""Driven parameters: values at half-steps, and contradictions."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from physent.declare import Positive, Section
from physent.engines.driving import Driving, Ramp, Sine, problems, values


class Parameters(Section):
    step: Positive = 0.1
    n: int = 3
    driving: Driving = ()


def made(*entries: dict[str, Any], **others: Any) -> Parameters:
    return Parameters.model_validate({"driving": list(entries), **others})


RAMP = {"parameter": "k", "times": [0.3, 0.6, 0.6, 0.8], "values": [1.0, 4.0, -1.0, 1.0]}
SINE = {"parameter": "center", "mean": 0.5, "amplitude": 2.0, "frequency": 0.7}


def test_a_ramp_is_linear_and_constant_outside_and_jumps_just_after_a_repeated_time() -> None:
    # 0.3 and 0.6 are no multiples of 0.05 in binary; points on the grid are met exactly all the same.
    (column,) = values(made(RAMP).driving, 0.1, 0, 20).T
    assert column[:7].tolist() == [1.0] * 7
    np.testing.assert_allclose(column[6:13], np.linspace(1.0, 4.0, 7), rtol=1e-15)
    assert column[12] == 4.0
    np.testing.assert_allclose(column[13:17], [-0.5, 0.0, 0.5, 1.0], rtol=1e-15, atol=1e-15)
    assert column[16:].tolist() == [1.0] * 4


def test_a_jump_at_time_zero_comes_after_the_first_value() -> None:
    driving = made({"parameter": "k", "times": [0.0, 0.0], "values": [1.0, 2.0]}).driving
    assert values(driving, 0.1, 0, 3)[:, 0].tolist() == [1.0, 2.0, 2.0]


def test_points_between_half_steps_are_interpolated() -> None:
    driving = made({"parameter": "k", "times": [0.01, 0.13], "values": [0.0, 12.0]}).driving
    np.testing.assert_allclose(values(driving, 0.1, 0, 4)[:, 0], [0.0, 4.0, 9.0, 12.0], rtol=1e-13)


def test_a_sine_against_the_library() -> None:
    (column,) = values(made(SINE).driving, 0.01, 0, 1000).T
    expected = [0.5 + 2.0 * math.sin(2 * math.pi * 0.7 * n * 0.005) for n in range(1000)]
    np.testing.assert_allclose(column, expected, atol=1e-13)


@pytest.mark.parametrize("cut", [1, 7, 64, 999])
def test_every_value_is_a_function_of_its_half_step_only(cut: int) -> None:
    driving = made(SINE, RAMP).driving
    whole = values(driving, 0.003, 0, 1000)
    parts = [values(driving, 0.003, first, min(cut, 1000 - first)) for first in range(0, 1000, cut)]
    assert np.array_equal(np.concatenate(parts), whole)
    assert whole.shape == (1000, 2)


def test_nothing_driven_has_no_columns() -> None:
    assert values((), 0.1, 0, 5).shape == (5, 0)


def test_entries_are_told_apart_by_their_keys_and_survive_a_round_trip() -> None:
    parameters = made(RAMP, SINE)
    assert [type(drive) for drive in parameters.driving] == [Ramp, Sine]
    assert Parameters.model_validate(parameters.model_dump(mode="json")) == parameters
    assert Parameters.model_validate({"driving": parameters.driving}) == parameters


@pytest.mark.parametrize(
    ("entry", "word"),
    [
        ({**RAMP, "times": [0.3, 0.6, 0.5, 0.8]}, "found 0.5 after 0.6, expected times that ascend"),
        ({**RAMP, "values": [1.0]}, "found 1 values, expected one for each of 4 times"),
        ({**RAMP, "times": [], "values": []}, "at least 1 item"),
        ({**SINE, "frequency": -1.0}, "greater than or equal to 0"),
        ({"parameter": "k"}, "times"),
        ({**SINE, "phase": 1.0}, "phase"),
    ],
)
def test_entries_that_mean_nothing_are_refused(entry: dict[str, Any], word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        made(entry)


def found(*entries: dict[str, Any], protocol: tuple[Any, ...] = (), step: float = 0.1) -> list[tuple[Any, str, bool]]:
    config = SimpleNamespace(parameters=made(*entries, step=step), protocol=protocol)
    told = problems(config, {"k": "stiffness", "center": "center"})
    return [(problem.path, problem.message, problem.is_warning) for problem in told]


def test_a_sound_config_has_no_problem() -> None:
    assert found(RAMP, SINE) == []


def test_what_cannot_be_driven_is_named() -> None:
    ((path, message, _),) = found({**RAMP, "parameter": "n"})
    assert path == ("parameters", "driving", 0, "parameter")
    assert message == "only parameters of the energy can be driven: found text 'n', expected k or center"
    ((_, message, _),) = found({**RAMP, "parameter": "centre"})
    assert message == "found text 'centre', expected k or center; did you mean center?"


def test_a_parameter_is_changed_from_one_place_only() -> None:
    ((path, message, _),) = found(RAMP, {**SINE, "parameter": "k"})
    assert (path[2], message) == (1, "k is driven twice, expected one entry for it")
    event = SimpleNamespace(set={"parameters.k": 3.0})
    ((path, message, _),) = found(RAMP, protocol=(SimpleNamespace(set=None), event))
    assert path == ("protocol", 1, "set", "parameters.k")
    assert message == "k is driven by parameters.driving, expected only one of both"


def test_a_sine_that_the_step_does_not_resolve_is_warned_of() -> None:
    ((path, message, is_warning),) = found(SINE, step=0.5)
    assert path[-1] == "frequency"
    assert is_warning
    assert "2.9 steps per period" in message
