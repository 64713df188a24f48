"""A run that was cut in any way ends as the undisturbed one, bit for bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import physent
from physent.config import yaml
from physent.config.load import load_config
from physent.runs import api, loop
from tests.contract.bases import cut
from tests.contract.conftest import Base
from tests.contract.test_bits import assert_same
from tests.contract.test_record import bits
from tests.crashes import assert_same as assert_same_file
from tests.crashes import contents, killed_at


@pytest.mark.parametrize(("call", "after"), [(1, True), (3, False)], ids=["early", "late"])
def test_killed_and_resumed(base: Base, whole: Path, tmp_path: Path, call: int, after: bool) -> None:
    if base.config.device != "cpu":
        pytest.skip("a forked process cannot use the device: tests/runs/test_device.py kills a command")
    path = tmp_path / "run.nc"
    killed_at("append", call, lambda: base.run(path), after)
    with physent.open_run(path) as half:
        assert half.attrs["finished"] == 0
    api.carry_on(path, threads=1)
    assert_same_file(path, contents(whole))


def test_extended(base: Base, whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "run.nc"
    base.run(path, schedule=cut(base.data, 1 << 40, samples=2)["schedule"])
    api.carry_on(path, until=base.config.schedule.end[1], threads=1)
    assert_same_file(path, contents(whole))


def test_restarted_from_its_own_config(base: Base, whole: Path, tmp_path: Path) -> None:
    with physent.open_run(whole) as run:
        stored = yaml.parse(run.attrs["config"], "config").data
    assert load_config(stored) == base.config
    api.start(stored, tmp_path / "run.nc", threads=1)
    assert_same_file(tmp_path / "run.nc", contents(whole))


def test_legs_carry_the_state_on(base: Base, whole: Path, tmp_path: Path) -> None:
    """What a protocol sets changes nothing until then, and no field from which a run can start at that moment."""
    if not base.data["protocol"]:
        pytest.skip("nothing of it can change")
    config, method = base.config, base.method
    state = method.start(config, None)
    for index, event in enumerate(config.protocol):
        moment = type(config.schedule.start)(event.at)
        while method.advance(state, moment, loop.MOST_WORK) != moment:
            pass
        before = method.fields(state)
        if event.do is not None:
            assert method.act is not None
            state = method.act(state, event.do)
            continue
        leg = config.leg(index + 1)
        after = base.engine.method(leg)
        state, method = after.changed(leg, state, method), after
        for name in base.starts_from:
            np.testing.assert_array_equal(method.fields(state)[name], before[name])
    plain = base.run(tmp_path / "plain.nc", protocol=[])
    clock = config.schedule.clock.name
    with physent.open_run(whole) as one, physent.open_run(plain) as two:
        names = [variable.name for variable in base.engine.variables(config)]
        assert_same(one.isel({clock: slice(2)}), two.isel({clock: slice(2)}), names)
        assert bits({name: one[name].values for name in names}) != bits({name: two[name].values for name in names})
