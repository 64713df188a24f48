"""What a config of the gas may not say, and what it is told instead."""

from __future__ import annotations

import itertools
import math
import re
from typing import Any

import numpy as np
import pytest

from physent.config.load import load
from physent.engines.coulomb import ENGINE
from physent.engines.coulomb.gas import edge, frequency, gas_of, log_edge
from physent.errors import ConfigError
from tests.engines.coulomb.runs import config, sample

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
        ({"sampler": "hmc", "potential": {"exponent": 0.5}}, "expected >= 1: .* take sampler radii"),
        ({"dimension": 1, "potential": {"exponent": 1.01, "strength": 3.0}}, "outside 1e-6 to 1e6"),
        ({"sampler": "radii", "potential": {"exponent": 0.01, "strength": 1e-4}}, "found 0.0001, which puts the edge"),
        (
            {"dimension": 1, "interaction": "log", "potential": {"exponent": 0.05, "strength": 0.1}},
            "strength: found 0.1, .* outside 1e-6 to 1e6",
        ),
        ({"n": 0}, "parameters.n"),
        ({"beta": 0.0}, "parameters.beta"),
    ],
)
def test_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        config(**parameters)


@pytest.mark.parametrize("exponent", [1e-12, 0.01, 0.5, 1.0, 1.0 + 1e-12, 2.0, 100.0])
def test_every_power_is_refused_or_has_an_edge(exponent: float) -> None:
    """And a frequency, both in range: no OverflowError."""
    gases = itertools.product((1, 2, 3), ("coulomb", "log"), ("hmc", "radii"), (1e-6, 0.4, 1.0, 2.0, 1e6))
    for dimension, interaction, sampler, strength in gases:
        potential = {"exponent": exponent, "strength": strength}
        try:
            cfg = config(dimension=dimension, interaction=interaction, potential=potential, sampler=sampler)
        except ConfigError:
            continue
        gas = gas_of(cfg.parameters)
        assert 0.9e-6 < edge(gas) < 1.1e6
        assert log_edge(gas) == pytest.approx(math.log(edge(gas)), abs=1e-9)
        assert 0 < frequency(gas) < math.inf


def test_the_log_gas_in_a_cusp_scales() -> None:
    """V = s |x|: the edge is pi/(2 s), and positions go as 1/s."""
    first: dict[float, Any] = {}
    for s in (0.4, 0.5, 1.0, 2.0):
        cfg = config(dimension=1, interaction="log", n=10, potential={"exponent": 1.0, "strength": s}, draws=4)
        assert float(ENGINE.resolved(cfg)["droplet_edge"]) == pytest.approx(math.pi / (2 * s), rel=1e-9)
        first[s] = s * sample(cfg)["position"]
        np.testing.assert_allclose(first[s], first[0.4], rtol=1e-7)


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


def test_charges_on_a_line_that_repel_by_distance_stay_on_the_cpu() -> None:
    from physent.config.load import load_config

    plain = config(dimension=1, interaction="coulomb", sampler="hmc").plain() | {"device": "cuda"}
    with pytest.raises(ConfigError, match="device: found cuda with the repulsion -r of charges on a line"):
        load_config(plain)
