"""Configs that mean nothing are refused, in one line that names the key and what would do."""

from __future__ import annotations

from typing import Any

import pytest

from physent.config.load import load, load_config
from physent.errors import ConfigError
from tests.engines.jump.runs import ASEP, BARRIERS, RING, config

PAIR = {"kind": "graph", "states": ["off", "on"]}
STAY = {"kind": "exclusion", "sites": 5, "periodic": True}
DRIVE = {"parameter": "model.energies.1", "times": [0.0, 1.0], "values": [0.0, 1.0]}


def edge(**keys: Any) -> dict[str, Any]:
    return {**PAIR, "transitions": [{"between": ["off", "on"], **keys}]}


@pytest.mark.parametrize(
    ("model", "more", "message"),
    [
        (edge(), {}, "transitions.0.rate: this key is missing"),
        (edge(rate=1.0, drive=2.0), {}, "transitions.0.drive: found 2.0, expected energies of the states"),
        ({**edge(rate=1.0), "energies": [0.0, 1.0]}, {}, "transitions.0.rate: found 1.0, expected barrier and drive"),
        ({**edge(rate=1.0), "energies": [0.0]}, {}, "found 1, expected one for each of 2 states"),
        ({**PAIR, "transitions": [{"between": ["off", "of"], "rate": 1.0}]}, {}, "between: found of, expected a state"),
        ({**PAIR, "transitions": [{"between": [1, 1], "rate": 1.0}]}, {}, "joins 1 to itself"),
        ({**PAIR, "states": ["on", "on"], "transitions": [{"between": [0, 1], "rate": 1.0}]}, {}, "the same name"),
        ({**RING, "prefactors": [1.0, 1.0, 1.0, 1.0]}, {}, "found 4, expected 3, as `energies`"),
        ({**STAY, "inject_left": 1.0}, {}, "found 1.0, expected 0: a periodic line has no ends"),
        (edge(rate=1.0), {"temperature": 2.0}, "found 2.0, but this model has rates and no energies"),
        (RING, {"driving": [DRIVE]}, "this key is missing: driven energies are constant"),
        (RING, {"driving": [{**DRIVE, "parameter": "model.force"}], "step": 0.5}, "only parameters of the energy"),
        (edge(rate=1.0), {"driving": [DRIVE], "step": 0.5}, "this model has no energy to drive"),
        (RING, {"driving": [DRIVE], "step": 0.3}, "found 0.3, expected a divisor of schedule.every"),
        (RING, {"dwell": {"groups": {"a": [0, 1], "b": [1]}, "width": 1.0}}, "1 is in the group a already"),
        (RING, {"dwell": {"groups": {"a": [3]}, "width": 1.0}}, "found 3, expected a state of the model"),
        (ASEP, {"dwell": {"groups": {"a": [3]}, "width": 1.0}}, "not of particles on sites"),
        (RING, {"protocol": [{"at": 1.0, "set": {"model": RING}}]}, "and not the states or channels of a model"),
        (ASEP, {"protocol": [{"at": 1.0, "set": {"model.sites": 9}}]}, "and not the states or channels of a model"),
        (RING, {"protocol": [{"at": 1.0, "set": {"step": 0.1}}]}, "cannot set the box or a size, and step is one"),
    ],
)
def test_models(model: dict[str, Any], more: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config(model, **more)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("model", "initial", "message"),
    [
        (RING, {"kind": "state", "state": 3}, "found 3, expected one of the 3 states"),
        (BARRIERS, {"kind": "state", "state": "d"}, "expected one of the 3 states"),
        (RING, {"kind": "state", "state": [1, 0, 0]}, "expected one of the 3 states"),
        (RING, {"kind": "distribution", "probabilities": [0.5, 0.5]}, "found 2 numbers, expected one for each of 3"),
        (RING, {"kind": "distribution", "probabilities": [0.5, 0.5, 0.5]}, "found a sum of 1.5, expected 1"),
        (RING, {"kind": "stationary", "particles": 2}, "only a periodic exclusion process"),
        ({**RING, "energies": [0.0] * 5000, "prefactors": None}, {"kind": "stationary"}, "at most 4096"),
        (ASEP, {"kind": "state", "state": [1, 0]}, "expected a list of 0 or 1 for each of 7 sites"),
        (ASEP, {"kind": "stationary", "particles": 2}, "only a periodic exclusion process"),
        ({**ASEP, "sites": 13}, {"kind": "stationary"}, "found stationary for 13 sites with ends, expected at most 12"),
        (STAY, {"kind": "stationary"}, "expected the number of particles, 0 to 5"),
        (STAY, {"kind": "distribution", "probabilities": [0.5, 0.5]}, "found 2 numbers, expected 1 or one for each"),
    ],
)
def test_starts(model: dict[str, Any], initial: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config(model, initial)
    assert message in str(caught.value)


def test_entropy_without_a_reverse_is_refused_by_name_with_the_reason_and_what_to_do() -> None:
    one_way = edge(rate=1.0)
    start = {"kind": "state", "state": 0}
    for model, culprit in ((one_way, "model.transitions.0"), ({**ASEP, "hop_left": 0.0}, "model.hop_right")):
        data = config(
            model, {"kind": "distribution", "probabilities": [1.0]} if model is not one_way else start
        ).plain()
        for name in ("entropy_medium", "entropy_total"):
            asks = {"diagnostics": [{"kind": "mean", "of": name}]}
            with pytest.raises(ConfigError) as caught:
                load_config({**data, **asks})
            told = str(caught.value)
            assert f"{name} is not recorded: " in told
            if name == "entropy_medium" or model is one_way:
                assert f"{culprit} has no reverse, so that the entropy production is infinite" in told
                assert "give it a reverse rate" in told


def test_work_without_energies_is_refused_with_the_reason() -> None:
    data = config(edge(rate=1.0, reverse_rate=2.0)).plain()
    with pytest.raises(ConfigError, match="work is not recorded: the model has rates and no energies"):
        load_config({**data, "diagnostics": [{"kind": "mean", "of": "work"}]})


def test_a_model_without_faults_has_no_warnings() -> None:
    assert load(config(BARRIERS).plain()).warnings == ()
