"""The same bits, whatever does not belong to the physics: threads, further replicas, slices of work, cadences, samples."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import physent
from physent.runs import api, loop
from tests.contract.conftest import Base
from tests.contract.test_record import bits


def assert_same(one: xr.Dataset, other: xr.Dataset, names: Collection[str]) -> None:
    """Equal in every bit, NaN included."""
    assert names
    left, right = ({name: run[name].values for name in names} for run in (one, other))
    found = bits(right)
    assert [name for name, value in bits(left).items() if found[name] != value] == []


def own_names(base: Base) -> list[str]:
    """Variables of the engine."""
    return [variable.name for variable in base.engine.variables(base.config)]


def test_threads(base: Base, whole: Path, tmp_path: Path) -> None:
    api.start({**base.data, "replicas": 3}, tmp_path / "one.nc", threads=1)
    api.start({**base.data, "replicas": 3}, tmp_path / "two.nc", threads=2)
    with physent.open_run(tmp_path / "one.nc") as one, physent.open_run(tmp_path / "two.nc") as two:
        assert_same(one, two, list(map(str, one.data_vars)))


def test_further_replicas(base: Base, whole: Path, tmp_path: Path) -> None:
    more = base.run(tmp_path / "more.nc", replicas=base.data["replicas"] + 1)
    with physent.open_run(whole) as few, physent.open_run(more) as many:
        names = [str(name) for name, one in few.data_vars.items() if "replica" in one.dims]
        assert_same(few, many.isel(replica=slice(base.data["replicas"])), names)


def test_slices_of_work(base: Base) -> None:
    config, method = base.config, base.method
    at, start = config.schedule.at, config.schedule.start
    smooth, chopped = method.start(config, None), method.start(config, None)
    for target in (at(0), at(1)):
        if target == start:
            continue
        while method.advance(smooth, target, loop.MOST_WORK) != target:
            pass
        pieces = iter([1, 30, 1000, 1, 30_000, 1])
        reached = [method.advance(chopped, target, next(pieces))]
        while reached[-1] != target:
            reached.append(method.advance(chopped, target, next(pieces, 100_000)))
        assert reached == sorted(reached)
        assert start <= reached[0]
    assert bits(method.fields(chopped)) == bits(method.fields(smooth))


def test_cadence_and_slices_of_the_loop(
    base: Base, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "FIRST_WORK", 5000)
    other = base.run(tmp_path / "other.nc", checkpoint={"wall_seconds": 1e6})
    with physent.open_run(whole) as one, physent.open_run(other) as two:
        assert_same(one, two, list(map(str, one.data_vars)))


def test_fewer_diagnostics_and_fields(base: Base, whole: Path, tmp_path: Path) -> None:
    bare = base.run(tmp_path / "bare.nc", diagnostics=[], output={"fields": "none"})
    with physent.open_run(whole) as one, physent.open_run(bare) as two:
        kept = [variable.name for variable in base.engine.variables(base.config) if not variable.is_field]
        assert set(two.data_vars) == set(kept)
        assert_same(one, two, kept)


def test_fewer_samples(base: Base, whole: Path, tmp_path: Path) -> None:
    """A run that is sampled half as often; steps that end on samples are excused by the engine's tests."""
    if base.name.partition("/")[2] in base.promises("STEPS_END_ON_SAMPLES"):
        pytest.skip("its steps end on samples")
    schedule = base.data["schedule"]
    if "draws" in schedule:
        rarely = {**schedule, "draws": 2, "thin": 2 * schedule.get("thin", 1)}
    else:
        every = 2 * schedule.get("every", 1)
        rarely = {**schedule, "every": every, "until": every}
    coarse = base.run(tmp_path / "coarse.nc", diagnostics=[], schedule=rarely)
    with physent.open_run(whole) as fine, physent.open_run(coarse) as run:
        clock = base.config.schedule.clock.name
        np.testing.assert_array_equal(run[clock], fine[clock][:3:2])
        names = sorted(set(own_names(base)) - set(base.promises("SINCE_THE_LAST_SAMPLE")))
        assert_same(run, fine.isel({clock: slice(0, 3, 2)}), [name for name in names if name in fine])
