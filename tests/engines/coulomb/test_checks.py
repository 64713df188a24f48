"""What a config of the gas may not say, and what it is told instead."""

from __future__ import annotations

import re
from typing import Any

import pytest

from physent.config.load import load
from physent.engines.coulomb import ENGINE
from physent.errors import ConfigError
from tests.engines.coulomb.runs import config

PLANE = "needs dimension 2"


@pytest.mark.parametrize(
    ("parameters", "sampler"),
    [
        ({}, "matrix"),
        ({"beta": 2.5}, "hmc"),
        ({"potential": {"exponent": 4.0}}, "hmc"),
        ({"dimension": 1}, "hmc"),
        ({"dimension": 1, "interaction": "log"}, "tridiagonal"),
        ({"dimension": 1, "interaction": "log", "potential": {"exponent": 4.0}}, "hmc"),
        ({"interaction": "log"}, "matrix"),
        ({"dimension": 3}, "hmc"),
        ({"sampler": "radii"}, "radii"),
    ],
)
def test_auto_looks_at_the_parameters(parameters: dict[str, Any], sampler: str) -> None:
    assert ENGINE.resolved(config(**parameters))["sampler"] == sampler


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"sampler": "radii", "beta": 1.0}, "parameters.sampler: radii needs dimension 2 and beta 2, .* hmc serves"),
        ({"sampler": "radii", "dimension": 3}, "found dimension 3, .* hmc serves"),
        ({"sampler": "matrix", "potential": {"exponent": 4.0}}, r"hmc \(for distances only, also radii\) serves"),
        ({"sampler": "matrix", "dimension": 1, "interaction": "log"}, "tridiagonal serves"),
        (
            {"sampler": "tridiagonal", "dimension": 1},
            "needs dimension 1, interaction log and exponent 2, .* hmc serves",
        ),
        ({"sampler": "tridiagonal"}, "tridiagonal needs .* matrix"),
        ({"dimension": 3, "interaction": "log"}, "parameters.interaction: found log in dimension 3"),
        ({"dimension": 1, "potential": {"exponent": 1.0}}, "parameters.potential.exponent: found 1.0, expected > 1"),
        ({"sampler": "hmc", "potential": {"exponent": 0.5}}, "expected >= 1: .* radii serves"),
        ({"dimension": 1, "potential": {"exponent": 1.01, "strength": 3.0}}, "outside 1e-6 to 1e6"),
        ({"n": 0}, "parameters.n"),
        ({"beta": 0.0}, "parameters.beta"),
    ],
)
def test_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        config(**parameters)


def test_a_protocol_is_refused() -> None:
    plain = config().plain() | {"protocol": [{"at": 1.0, "set": {"beta": 1.0}}]}
    from physent.config.load import load_config

    with pytest.raises(ConfigError, match="protocol: coulomb cannot change during a run"):
        load_config(plain)


def test_a_file_starts_only_chains() -> None:
    from physent.config.load import load_config

    plain = config().plain() | {"initial": {"kind": "file", "path": "x.nc"}}
    with pytest.raises(ConfigError, match="sampler matrix makes independent draws"):
        load_config(plain)
    plain["parameters"]["sampler"] = "hmc"
    assert load_config(plain).initial.path == "x.nc"


def test_doubts() -> None:
    assert load(config(sampler="hmc", burn_in=500)).warnings == ()
    assert [line.split(":")[0] for line in load(config(sampler="hmc", burn_in=20)).warnings] == ["schedule.burn_in"]
    assert [line.split(":")[0] for line in load(config(hmc={"step_factor": 0.3})).warnings] == ["parameters.hmc"]
    assert load(config()).warnings == ()


def test_a_frozen_gas_is_doubted() -> None:
    """Gamma = beta N^(1/3) / R in space, beta in the plane."""
    frozen: list[tuple[dict[str, Any], str]] = [
        ({"dimension": 3, "n": 1000, "beta": 20.0}, "Gamma = 200 is beyond the freezing .* near 175"),
        ({"beta": 150.0}, "Gamma = 150 is beyond the freezing .* near 140"),
    ]
    for parameters, said in frozen:
        (found,) = load(config(sampler="hmc", burn_in=100, **parameters)).warnings
        assert re.search(said, found), found
    liquid: list[dict[str, Any]] = [{"dimension": 3, "n": 1000, "beta": 17.0}, {"beta": 130.0}, {"dimension": 1}]
    for parameters in liquid:
        assert not list(load(config(sampler="hmc", burn_in=100, **parameters)).warnings)


def test_the_exact_entropy_is_worked_out_only_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes O(n^2), and every context has the scales."""
    asked: list[int] = []

    def entropy(n: int) -> float:
        asked.append(n)
        return 7.0 * n

    monkeypatch.setattr("physent.theory.ginibre.configurational_entropy", entropy)
    scales = load("coulomb/ginibre_radii", {"parameters.n": 100_000}).context.scales
    assert list(scales) == ["beta", "configurational_entropy"]
    assert not asked
    assert (float(scales["beta"]), float(scales["configurational_entropy"]), asked) == (2.0, 7.0, [100_000])
    assert "configurational_entropy" not in load("coulomb/quartic_trap").context.scales
