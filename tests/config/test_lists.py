"""Lists that are too short or too long, and lists with wrong items: how many were found, and nothing that is false."""

from __future__ import annotations

from typing import Any

import pytest

from physent.config.load import load
from physent.config.paths import put, split
from physent.errors import ConfigError

CHANNEL = {"between": [0, 1], "rate": -1}
GRAPH: dict[str, Any] = {"engine": "jump", "parameters": {"model": {"kind": "graph", "states": 2}}}
RING: dict[str, Any] = {"engine": "jump", "parameters": {"model": {"kind": "ring", "energies": [0, 1, 2]}}}
for config in (GRAPH, RING):
    config |= {"seed": 1, "initial": {"kind": "stationary"}, "schedule": {"until": 1.0, "every": 1.0}}
BEADS: dict[str, Any] = {"engine": "langevin", "parameters": {"n": 3, "dimension": 2, "step": 0.1}}
BEADS |= {"seed": 1, "initial": {"kind": "equilibrium"}, "schedule": {"until": 1.0, "every": 1.0}}
BEADS["parameters"]["potential"] = {"kind": "harmonic"}
OWN: dict[str, Any] = {"engine": "chaos", "parameters": {"system": {"kind": "equations", "evolution": "map"}}}
OWN |= {"seed": 1, "initial": {"kind": "point", "at": [0.0]}, "schedule": {"until": 1.0, "every": 1.0}}
MODEL, SYSTEM = "parameters.model", "parameters.system"

CASES: list[tuple[dict[str, Any], str, Any, list[str]]] = [
    (GRAPH, f"{MODEL}.transitions", [CHANNEL], [".0.rate: found -1, expected >= 0"]),
    (GRAPH, f"{MODEL}.transitions", [CHANNEL, CHANNEL | {"rate": 1}], [".0.rate: found -1, expected >= 0"]),
    (GRAPH, f"{MODEL}.transitions", [], [": found an empty list, expected at least one item"]),
    (RING, f"{MODEL}.prefactors", [1, 1], [": found a list of 2, expected at least 3 items"]),
    (
        RING,
        f"{MODEL}.prefactors",
        [1, -1],
        [".1: found -1, expected > 0", ": found a list of 2, expected at least 3 items"],
    ),
    (RING, f"{MODEL}.prefactors", [1, 1, 1, 1], [": found 4, expected 3, as `energies`"]),
    (BEADS, "parameters.temperature", [-1.0], [".0: found -1.0, expected >= 0"]),
    (BEADS, "parameters.temperature", [], [": found an empty list, expected a number or at least one item"]),
    (BEADS, "parameters.potential.stiffness", [1.0] * 4, [": found a list of 4, expected a number or at most 3 items"]),
    (OWN, f"{SYSTEM}.variables", {}, [": found an empty mapping, expected at least one item"]),
    (
        OWN,
        f"{SYSTEM}.variables",
        {f"x{k}": "0" for k in range(257)},
        [": found a mapping of 257, expected at most 256 items"],
    ),
]


@pytest.mark.parametrize(("config", "path", "value", "expected"), CASES)
def test_what_is_wrong_with_a_list(config: dict[str, Any], path: str, value: Any, expected: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        load(put(config, split(path), value))
    assert sorted(caught.value.lines) == sorted(f"config: {path}{text}" for text in expected)
