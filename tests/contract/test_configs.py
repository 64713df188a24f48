"""Every bundled config is sound and runs: its first samples, with what is conserved where it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import xarray as xr

import physent
from physent import engines
from physent.config.bundled import bundled_configs
from physent.config.load import load
from physent.declare import DrawSchedule
from physent.runs.job import prepare

LONG = {"couzin/million": {"parameters.n": 5000}, "hard_discs/million_discs": {"parameters.n": 5000}}
DOUBTFUL = {  # as they were published; the Peregrine soliton fits no periodic box
    "nlse/peregrine",
    "couzin/peer_swarm",
    "couzin/peer_dynamic_parallel",
    "couzin/peer_highly_parallel",
    "nlse/peer_two_soliton",
}


def _waves(run: xr.Dataset) -> None:
    np.testing.assert_allclose(run.mass[-1], run.mass[0], rtol=1e-8)
    np.testing.assert_allclose(run.energy[-1], run.energy[0], atol=1e-7 * float(abs(run.energy[0]).max() + 1))


def _discs(run: xr.Dataset) -> None:
    np.testing.assert_allclose(run.kinetic_energy, run.kinetic_energy[0].expand_dims(time=run.time), rtol=1e-12)


def _fish(run: xr.Dataset) -> None:
    if "heading" in run:
        exact = 1e-12 if run.heading.dtype == np.float64 else 1e-6
        np.testing.assert_allclose((run.heading**2).sum("axis"), 1.0, atol=exact)
    assert (run.polarization <= 1 + 1e-12).all()


def _charges(run: xr.Dataset) -> None:
    assert (run.max_radius < 3.0).all()


CONSERVED: Mapping[str, Callable[[xr.Dataset], None]] = {
    "coulomb": _charges,
    "couzin": _fish,
    "hard_discs": _discs,
    "nlse": _waves,
}


@pytest.mark.parametrize("name", bundled_configs())
def test_first_samples(name: str) -> None:
    """Three samples, one replica, finite wherever that is promised."""
    config = physent.load_config(name)
    changes: dict[str, Any] = {"output.every": 1, "protocol": [], "sweep": {}, "replicas": min(2, config.replicas)}
    if isinstance(config.schedule, DrawSchedule):
        changes |= {"schedule.draws": 3, "schedule.burn_in": min(20, config.schedule.burn_in)}
    else:
        changes["schedule.until"] = 2 * config.schedule.every
    job = prepare(name, changes | LONG.get(name, {}))
    config = job.config
    measured = {variable.name for variable in (*job.plan.variables, *job.plan.results)}
    free = {v.name for v in engines.get(config.engine).variables(config) if v.may_be_nan} | measured
    with physent.run(config) as run:
        assert run.sizes[config.schedule.clock.name] == 3
        for key, variable in run.data_vars.items():
            assert key in free or np.isfinite(variable).all(), key
        if config.engine in CONSERVED:
            CONSERVED[config.engine](run)


@pytest.mark.parametrize("name", bundled_configs())
def test_it_is_written_as_the_others(name: str) -> None:
    first, title, *_ = bundled_configs()[name].read_text().splitlines()
    assert first == "# yaml-language-server: $schema=../physent.schema.json"
    assert title.startswith("# ")
    assert title.endswith(".")
    assert ("(long" in title) == (name in LONG)
    assert bool(load(physent.load_config(name)).warnings) == (name in DOUBTFUL)
