"""The same bits, whatever is no physics: threads, further replicas, slices of work, cadences, samples."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import physent
from physent.config.load import load_config
from physent.core import jit
from physent.io.checkpoint import Checkpoint, pack, unpack
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


def test_slices_of_work_and_checkpoints(variant: Base) -> None:
    """However the work is cut, and stored, packed, unpacked and restored at every cut."""
    config, method = variant.config, variant.method
    smooth, chopped = method.start(config, None), method.start(config, None)
    clock = config.schedule.start
    pieces = iter([1, 30, 1000, 1, 30_000, 1, 300, 3, 10_000, 1])
    for target in (config.schedule.at(0), config.schedule.at(1)):
        if clock == target:
            continue
        while clock != target:
            before, clock = clock, method.advance(chopped, target, next(pieces, 100_000))
            assert before <= clock <= target
            stored = method.store(chopped)
            blob = pack(Checkpoint(state=stored, clock=clock, sample=0, leg=0))
            restored = method.restore(config, unpack(blob).state)
            assert bits(method.store(restored)) == bits(stored)
            assert bits(method.fields(restored)) == bits(method.fields(chopped))
            chopped = restored
        while method.advance(smooth, target, loop.MOST_WORK) != target:
            pass
        assert bits(method.store(chopped)) == bits(method.store(smooth))
    assert bits(method.fields(chopped)) == bits(method.fields(smooth))


def test_replicas_and_threads_of_a_method(variant: Base) -> None:
    """Replicas of a larger run, made by two threads, are those of a smaller one."""
    count = variant.data["replicas"]
    records = []
    for replicas, threads in ((count, 1), (count + 1, 2)):
        jit.set_threads(threads)
        config = load_config({**variant.data, "replicas": replicas, "diagnostics": []})
        state, target = variant.method.start(config, None), config.schedule.at(1)
        while variant.method.advance(state, target, loop.MOST_WORK) != target:
            pass
        records.append(variant.method.fields(state))
    names = [one.name for one in variant.engine.variables(variant.config) if "replica" in one.dims]
    few, many = ({name: record[name][:count] for name in names} for record in records)
    assert [name for name, value in bits(few).items() if bits(many)[name] != value] == []


def test_cadence_and_slices_of_the_loop(
    base: Base, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "FIRST_WORK", 5000)
    other = base.run(tmp_path / "other.nc", checkpoint={"wall_seconds": 1e6})
    with physent.open_run(whole) as one, physent.open_run(other) as two:
        assert_same(one, two, list(map(str, one.data_vars)))


def test_looks_at_doubts_between_samples(
    base: Base, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "LOOK_WORK", 5000)
    monkeypatch.setattr(loop, "LOOK_WORK_PER_NUMBER", 0)
    monkeypatch.setattr(loop, "LOOK_RARER", 2)
    other = base.run(tmp_path / "other.nc")
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
