"""The diagnostics of a gas in whole runs: afterwards as during the run, cut or not, and against theory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import physent
from physent.theory import free_expansion as expansion
from physent.theory import kinetic

GAS: dict[str, Any] = {
    "engine": "hard_discs",
    "seed": 3,
    "replicas": 3,
    "parameters": {"n": 100, "packing_fraction": 0.1},
    "initial": {"kind": "strip"},
    "schedule": {"until": 1.0, "every": 0.25},
}
ENTROPY: dict[str, Any] = {"kind": "boltzmann_entropy", "x_cells": 4, "velocity_cell": 1.0}
PLAN: list[dict[str, Any]] = [
    {**ENTROPY, "name": "pooled", "pool": "replicas", "relative_entropy": True},
    {**ENTROPY, "name": "each", "measure": "multiplicity"},
    {
        "kind": "boltzmann_entropy",
        "name": "fields",
        "x_cells": 4,
        "macrostate": "hydrodynamic",
        "excess": "henderson",
    },
    {"kind": "composition", "x_cells": 3, "y_cells": 2, "divider": 0.25},
    {"kind": "apparent_complexity", "of": "composition", "grain": 1},
]
DIFFUSION = {"kind": "self_diffusion"}


@pytest.mark.parametrize(("dtype", "plan"), [("float64", [*PLAN, DIFFUSION]), ("float32", PLAN)])
def test_afterwards_as_during_the_run(dtype: str, plan: list[dict[str, Any]]) -> None:
    run = physent.run({**GAS, "diagnostics": plan, "output": {"fields": "all", "dtype": dtype}})
    again = physent.analyze(run, plan)
    assert {"pooled_se", "each_total", "fields", "composition", "apparent_complexity"} <= set(again.data_vars)
    for name in again.data_vars:
        np.testing.assert_array_equal(again[name], run[name], err_msg=str(name))
    assert np.all(run["pooled"][1:] > 0)
    assert np.all(run["fields"][-1] > 0.4)


def test_cut_in_two(tmp_path: Path) -> None:
    """The first sample is remembered by what a run is continued from."""
    config = {**GAS, "diagnostics": [*PLAN, DIFFUSION], "output": {"fields": "none"}}
    whole = physent.run(config)
    half = {**config, "schedule": {"until": 0.5, "every": 0.25}}
    physent.run(half, output=str(tmp_path / "run.nc"))
    cut = physent.resume(str(tmp_path / "run.nc"), until=1.0)
    for name in whole.data_vars:
        np.testing.assert_array_equal(cut[name], whole[name], err_msg=str(name))


def test_ideal_gas_against_its_expectation() -> None:
    """Plug-in entropy of each of 30 gases of 2000 points, at sample times, with its bias."""
    gas = {**GAS, "replicas": 30, "parameters": {"n": 2000, "diameter": 0.0}, "diagnostics": [{**ENTROPY, "name": "s"}]}
    rise = physent.run({**gas, "output": {"fields": "none"}})["s"].values
    expected = expansion.expected_rise([0.25, 0.5, 0.75, 1.0], 2000, (4, 1), 1.0)
    error = rise.std(axis=1, ddof=1)[1:] / np.sqrt(30)
    assert np.all(np.abs(rise.mean(axis=1)[1:] - expected) < 4 * error)


def test_self_diffusion_of_a_dilute_gas() -> None:
    """Velocity correlation 2 exp(-nu t) while collisions are few, mean square displacement twice its integral."""
    parameters = {"n": 1000, "packing_fraction": 0.02}
    gas = {**GAS, "replicas": 16, "parameters": parameters, "initial": {"kind": "uniform"}, "diagnostics": [DIFFUSION]}
    sigma = kinetic.diameter_from_packing(0.02, 1000)
    nu = float(kinetic.collision_rate(1000, sigma))
    every = 0.25 / nu
    run = physent.run({**gas, "schedule": {"until": 6 * every, "every": every}, "output": {"fields": "none"}})
    t = run["time"].values
    vacf, msd = run["self_diffusion_vacf"].values, run["self_diffusion_msd"].values
    # Of the scalar product of two normal vectors: of correlation exp(-nu t), a gas of any energy.
    error = np.sqrt(2 * (1 + np.exp(-2 * nu * t)) / (16 * 1000))
    # One exponential is the first Sonine approximation, good to 2 %; its first slope is exact.
    assert np.all(np.abs(vacf.mean(axis=1) - 2 * np.exp(-nu * t)) < 5 * error + 0.02)
    expected = 4 / nu * (t - (1 - np.exp(-nu * t)) / nu)
    np.testing.assert_allclose(msd.mean(axis=1)[1:], expected[1:], rtol=0.06)


@pytest.mark.parametrize("size", [{"mean_free_path": 0.1}, {"packing_fraction": 0.1}, {"diameter": 0.03}])
def test_cells_of_pairs_start_at_the_diameter_of_the_engine(size: dict[str, float]) -> None:
    pairs = {"kind": "pair_correlation", "name": "g", "max_separation": 0.5, "cells": 40}
    run = physent.run({**GAS, "parameters": {"n": 60, **size}, "diagnostics": [pairs]})
    start = 1.5 * run["g_separation"][0] - 0.5 * run["g_separation"][1]
    assert float(start) == pytest.approx(run.attrs["diameter"], rel=1e-12)
    assert {"g_contact", "g_contact_se"} <= set(run.data_vars)
