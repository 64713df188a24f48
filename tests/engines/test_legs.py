"""Legs of a protocol that would change what is recorded."""

from __future__ import annotations

from typing import Any

import pytest

from physent.config.load import load_config
from physent.errors import ConfigError

JUMP = {
    "engine": "jump",
    "parameters": {"model": {"kind": "exclusion", "sites": 4, "periodic": True, "hop_left": 0.5}},
    "initial": {"kind": "stationary", "particles": 2},
}
BATHS = {
    "engine": "langevin",
    "parameters": {
        "dimension": 2,
        "step": 0.1,
        "temperature": [1.0, 1.0],
        "potential": {"kind": "harmonic"},
    },
    "initial": {"kind": "point"},
}


@pytest.mark.parametrize(
    ("data", "change", "words"),
    [
        (JUMP, {"model.hop_left": 0.0}, "entropy_medium is recorded from the start, .* model.hop_right has no reverse"),
        (BATHS, {"temperature": [1.0, 3.0]}, "configurational_temperature is recorded .* one temperature"),
    ],
)
def test_a_protocol_keeps_the_variables_of_the_first_leg(data: Any, change: Any, words: str) -> None:
    whole = {**data, "schedule": {"until": 1.0, "every": 0.5}, "protocol": [{"at": 0.5, "set": change}]}
    with pytest.raises(ConfigError, match=rf"protocol\.0\.set: {words}") as caught:
        load_config(whole)
    assert len(str(caught.value).splitlines()) == 1
