"""Every bundled config is sound and runs: its first samples, with what is conserved where it was."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import physent
from physent.config.bundled import bundled_configs
from physent.config.load import load
from physent.declare import DrawSchedule
from physent.diagnostics.run.each import OfSeries
from physent.diagnostics.run.kinds.synchronisation import Synchronisation
from physent.runs.job import prepare
from tests.contract.bases import LARGEST, own, written


def _is_long(name: str) -> bool:
    large = any(isinstance(n, int) and n > LARGEST for n in written(name)["parameters"].values())
    return large or name.endswith("_long")


@pytest.mark.parametrize("name", bundled_configs())
def test_first_samples(name: str) -> None:
    """Three samples, two replicas at most, finite wherever that is promised."""
    config = physent.load_config(name)
    changes: dict[str, Any] = {"output.every": 1, "protocol": [], "sweep": {}, "replicas": min(2, config.replicas)}
    if isinstance(config.schedule, DrawSchedule):
        changes |= {"schedule.draws": 3, "schedule.burn_in": min(20, config.schedule.burn_in)}
    else:
        changes["schedule.until"] = 2 * config.schedule.every
    short = [
        one for one in config.diagnostics if not isinstance(one, OfSeries | Synchronisation)
    ]  # which three samples are enough for
    changes["diagnostics"] = [one.model_dump() for one in short]
    changes |= {"parameters.n": 1000} if _is_long(name) else {}
    job = prepare(name, changes)
    measured = {variable.name for variable in (*job.plan.variables, *job.plan.results)}
    free = {variable.name for variable in job.engine.variables(job.config) if variable.may_be_nan} | measured
    with physent.run(job.config) as run:
        assert run.sizes[config.schedule.clock.name] == 3
        for key, variable in run.data_vars.items():
            assert key in free or np.isfinite(variable).all(), key
        promised = own(config.engine)
        if promised is not None:
            promised.conserved(run)


@pytest.mark.parametrize("name", bundled_configs())
def test_it_is_written_as_the_others(name: str) -> None:
    """A schema line, a title that says if the run is long, and a remark on every doubt."""
    text = bundled_configs()[name].read_text()
    first, title, *_ = text.splitlines()
    assert first == "# yaml-language-server: $schema=../physent.schema.json"
    assert title.startswith("# ")
    assert title.endswith(".")
    assert ("(long" in title) == _is_long(name)
    assert bool(load(physent.load_config(name)).warnings) == ("# Doubtful: " in text)
