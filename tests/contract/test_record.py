"""The record is what the engine declares, and looking at a state does not change it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import physent
from physent import engines
from physent.io.layout import narrow
from physent.runs.job import prepare
from tests.contract.bases import bases
from tests.contract.conftest import Base


def bits(values: Any) -> dict[str, Any]:
    """Names and bytes of arrays and numbers."""
    return {name: (np.asarray(one).dtype.str, np.shape(one), np.asarray(one).tobytes()) for name, one in values.items()}


def test_every_method_is_reached() -> None:
    assert {f"{name}/{method}" for name in engines.TABLE for method in engines.get(name).methods} == set(bases())


def test_the_record_is_what_is_declared(variant: Base) -> None:
    config, engine, method = variant.config, variant.engine, variant.method
    assert engine.name == variant.data["engine"]
    state = method.start(config, None)
    sizes = {"replica": config.replicas} | {one.name: len(one.values) for one in engine.coordinates(config)}
    variables = {variable.name: variable for variable in engine.variables(config)}
    for _ in range(2):
        record = method.fields(state)
        assert record.keys() == variables.keys()
        for name, variable in variables.items():
            value = np.asarray(record[name])
            assert value.shape == tuple(sizes[dim] for dim in variable.dims), name
            assert value.dtype == variable.dtype, name
            assert variable.may_be_nan or np.isfinite(value).all(), name
        while method.advance(state, config.schedule.at(1), 1 << 40) != config.schedule.at(1):
            pass
    assert engine.live(config) in variables
    assert set(engine.fixed) <= engine.Parameters.model_fields.keys()
    assert all(isinstance(value, str | float | int) for value in engine.resolved(config).values())
    assert engine.state_bytes(config) >= sum(record[name].nbytes for name in variant.starts_from)


def test_looking_changes_nothing(variant: Base) -> None:
    method = variant.method
    state = method.start(variant.config, None)
    before = bits(method.store(state))
    record = method.fields(state)
    seen = bits(record)
    for value in record.values():
        if isinstance(value, np.ndarray):
            value.setflags(write=True)
            value[...] = 77
    assert bits(method.store(state)) == before
    assert bits(method.fields(state)) == seen
    if method.scalars is not None:
        quick = bits(method.scalars(state))
        assert quick.keys() == {one.name for one in variant.engine.variables(variant.config) if not one.is_field}
        assert quick == {name: seen[name] for name in quick}


def test_what_is_begun_changes_no_record(variant: Base) -> None:
    """What is read of the record while the state moves is from before, and the way is that of a method that waits."""
    config, method = variant.config, variant.method
    assert (method.begin is None) == (method.still is None) == (config.device == "cpu")
    if method.begin is None or method.still is None:
        return
    state, other = method.start(config, None), method.start(config, None)
    fields = frozenset(one.name for one in variant.engine.variables(config) if one.is_field)
    clock = config.schedule.start
    for target in (config.schedule.at(0), config.schedule.at(1)):
        while clock != target:
            record = method.fields(state)
            stills = {read: method.still(state, read) for read in (fields, *(frozenset({name}) for name in fields))}
            seen, doubts = bits(record), list(method.doubts(state, record))
            end = method.begin(state, target, 100_000)
            records = {read: method.fields(still) for read, still in stills.items()}
            for read, again in records.items():
                assert list(method.doubts(stills[read], again)) == doubts
            clock = end()
            assert method.advance(other, target, 100_000) == clock
            assert bits(record) == seen
            for read, again in records.items():
                assert bits(again) == {name: one for name, one in seen.items() if name in again}
                assert record.keys() - fields | read <= again.keys()
    assert bits(method.store(state)) == bits(method.store(other))


def test_the_file_holds_it(base: Base, whole: Path) -> None:
    job = prepare(base.data)
    with physent.open_run(whole) as run:
        clock = base.config.schedule.clock
        assert run[clock.name].dtype == narrow(np.array([0], clock.dtype)).dtype
        assert run.sizes[clock.name] == base.config.schedule.samples
        np.testing.assert_array_equal(run[clock.name], [job.config.schedule.at(k) for k in range(job.samples)])
        for variable in (*base.engine.variables(base.config), *job.plan.variables):
            stored = run[variable.name]
            assert stored.dims == (clock.name, *variable.dims)
            assert stored.dtype == variable.dtype
            assert (stored.attrs["long_name"], stored.attrs["units"]) == (variable.long_name, variable.units)
        for result in job.plan.results:
            assert run[result.name].dims == result.dims
        assert run.attrs["finished"] == 1
        assert set(base.engine.resolved(base.config)) <= set(run.attrs)
