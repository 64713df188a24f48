"""Sizes of discs, and configs that are refused or doubted."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from physent.config.load import load, load_config
from physent.engines.hard_discs.parameters import Parameters, diameter_of, packing_fraction_of
from physent.errors import ConfigError
from physent.theory import kinetic
from tests.engines.hard_discs.runs import config


def test_size_by_packing_fraction() -> None:
    for n, phi, length in ((2, 0.1, 1.0), (1000, 0.5, 3.0), (10**6, 0.01, 1e-3)):
        parameters = Parameters(n=n, packing_fraction=phi, box_length=length)
        assert packing_fraction_of(parameters) == pytest.approx(phi, rel=1e-13)
        assert n * np.pi * diameter_of(parameters) ** 2 / (4 * length**2) == pytest.approx(phi, rel=1e-13)


@pytest.mark.parametrize("ell", [1e3, 10.0, 0.5, 0.01, 1e-3])
def test_size_by_mean_free_path(ell: float) -> None:
    """The length <v>/nu of Enskog's rate, nu = 2 sqrt(pi T) n sigma chi, <v> = sqrt(pi T / 2)."""
    parameters = Parameters(n=10_000, mean_free_path=2 * ell, box_length=2.0)
    sigma, phi = diameter_of(parameters), packing_fraction_of(parameters)
    chi = (1 - 7 * phi / 16) / (1 - phi) ** 2
    rate = 2 * np.sqrt(np.pi) * (10_000 / 4.0) * sigma * chi
    assert np.sqrt(np.pi / 2) / rate == pytest.approx(2 * ell, rel=1e-12)
    if ell > 1:
        assert sigma == pytest.approx(4.0 / (2 * np.sqrt(2) * 10_000 * 2 * ell), rel=1e-3)


@pytest.mark.parametrize(
    ("base", "initial", "message"),
    [
        ({}, {}, "parameters.diameter: found none, expected exactly one of diameter, packing_fraction, mean_free_path"),
        ({"diameter": 0.01, "packing_fraction": 0.1}, {}, "found diameter and packing_fraction, expected exactly one"),
        ({"n": 1, "diameter": 0.1}, {}, "n: found 1"),
        ({"packing_fraction": 0.91}, {}, "packing_fraction"),
        ({"diameter": 0.11}, {}, r"parameters.diameter: covers 0\.9503 of the box, expected at most close packing"),
        ({"diameter": 0.34, "n": 2}, {}, "expected less than a third of the periodic box, 0.3333"),
        ({"diameter": 1.0, "n": 2, "boundary": "walls"}, {}, "expected less than the box"),
        ({"diameter": 1e-12}, {}, r"expected at least 1e-09 of the box, or 0"),
        ({"mean_free_path": 1e-9}, {}, "which 100 discs do not have at any density"),
        ({"packing_fraction": 0.5}, {"kind": "strip"}, r"initial.fraction: .* cover 1 of the region"),
        ({"packing_fraction": 0.45}, {"kind": "strip"}, r"initial.fraction: .* cover 0\.9 of .* at which a triangular"),
        ({"packing_fraction": 0.3}, {"kind": "corner"}, r"cover 1\.2 of the region in which they start"),
        (
            {"packing_fraction": 0.9, "n": 103},
            {},
            r"packing_fraction: .* such as 0\.\d+ \(diameter 0\.\d+\) at which a tri",
        ),
        ({"diameter": 0.104, "n": 103}, {}, r"parameters.diameter: .* of the region .*, expected a density such as"),
    ],
)
def test_refused(base: dict[str, Any], initial: dict[str, Any], message: str) -> None:
    data = {
        "engine": "hard_discs",
        "parameters": {"n": 100, **base},
        "initial": initial or {"kind": "uniform"},
        "schedule": {"until": 1.0, "every": 1.0},
    }
    with pytest.raises(ConfigError, match=message):
        load_config(data)


@pytest.mark.parametrize("boundary", ["periodic", "walls"])
def test_the_density_that_is_told_fits(boundary: str) -> None:
    for n in (13, 40, 103):
        data = config(n=n, packing_fraction=0.1, boundary=boundary).plain()
        with pytest.raises(ConfigError) as caught:
            load_config(data, {"parameters.packing_fraction": 0.9})
        (told,) = re.findall(r"such as (\S+) \(diameter (\S+)\)", str(caught.value))
        load_config(data, {"parameters.packing_fraction": float(told[0])})
        load_config(data, {"parameters.packing_fraction": None, "parameters.diameter": float(told[1])})


def test_a_freezing_gas_is_doubted() -> None:
    assert not load(config(n=400, packing_fraction=0.65)).warnings
    assert "freezes" in str(load(config(n=400, packing_fraction=0.72)).warnings)
    assert pytest.approx(0.9069, abs=1e-4) == kinetic.CLOSE_PACKING


def test_a_reversal_too_late_is_doubted() -> None:
    """At packing fraction 0.01 half of 36.8 / ln 55 collisions are 4.6."""
    data = config(n=4000, packing_fraction=0.01, until=2.0).plain()
    gas = data["parameters"]
    rate = float(kinetic.collision_rate(4000, diameter_of(Parameters.model_validate(gas))))
    for collisions, doubted in ((4.3, False), (4.9, True)):
        time = collisions / rate
        schedule = {"until": 2 * time, "every": time}
        turned = load_config({**data, "schedule": schedule, "protocol": [{"at": time, "do": "reverse_velocities"}]})
        assert ("too large for it to return" in str(load(turned).warnings)) == doubted


def test_nothing_changes_on_the_way_but_velocities() -> None:
    data = config(n=20, diameter=0.01, until=2.0).plain()
    load_config({**data, "protocol": [{"at": 1.0, "do": "reverse_velocities"}]})
    with pytest.raises(ConfigError, match=r"set.temperature: the parameters of hard_discs cannot change during a run"):
        load_config({**data, "protocol": [{"at": 1.0, "set": {"temperature": 2.0}}]})


def test_large_gases_stay_on_the_cpu() -> None:
    """A device compares each disc with all others."""
    data = {
        "engine": "hard_discs",
        "device": "cuda",
        "parameters": {"n": 513, "packing_fraction": 0.1},
        "initial": {"kind": "uniform"},
        "schedule": {"until": 1.0, "every": 1.0},
    }
    with pytest.raises(ConfigError, match=r"found 513 with device: cuda.*at most 512, or cpu"):
        load_config(data)
    load_config({**data, "parameters": {"n": 512, "packing_fraction": 0.1}})
