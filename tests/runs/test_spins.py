"""Runs counted in steps and draws: small whole numbers to the file and back, annealing as a naive loop does it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
import xarray as xr

import physent
from physent.config.load import load_config
from physent.core.random import Purpose, stream_key, uniforms
from physent.errors import ConfigError, UsageError
from physent.io.reader import open_run
from tests.crashes import half_run
from tests.random_walk import WALK, registered, step, walk_config
from tests.spins import spins_config

TYPES = {"energy": np.int32, "order": np.float32, "spin": np.int8, "near": np.int32, "local": np.float32}


@pytest.fixture(autouse=True)
def _toys() -> Iterator[None]:
    with registered():
        yield


def test_annealing_in_steps_is_a_naive_loop() -> None:
    """The temperature changes after exactly 4 and 7 sweeps; a sample at 4 is taken before."""
    run = physent.run(spins_config())
    key = stream_key(3, Purpose.NOISE, 1)
    spin = np.ones(8, int)
    for number in range(13):
        if number % 2 == 0:
            np.testing.assert_array_equal(run.spin.sel(step=number)[1], spin)
            assert int(run.energy.sel(step=number)[1]) == -sum(spin[i - 1] * spin[i] for i in range(8))
        temperature = 4.0 if number < 4 else 2.0 if number < 7 else 0.5
        for i in range(8):
            cost = 2 * spin[i] * (spin[i - 1] + spin[(i + 1) % 8])
            spin[i] *= -1 if uniforms(key, number, i, 0)[0] < np.exp(-cost / temperature) else 1
    assert run.step.dtype == np.int32
    assert len(np.unique(run.spin)) == 2


def test_annealing_in_draws_is_a_naive_loop() -> None:
    """A protocol of a sampler counts its draws."""
    run = physent.run(walk_config(protocol=[{"at": 30, "set": {"length": 0.5}}]))
    state = WALK.start(load_config(walk_config()), None)
    for draw in range(-7, 118):
        if draw >= 0 and draw % 3 == 0:
            np.testing.assert_array_equal(run.position.sel(draw=draw), state.position)
        state.length = 1.0 if draw < 30 else 0.5
        step(state)
    with pytest.raises(ConfigError, match=r"protocol.0.at: found 30.5, expected a whole number: draws are counted"):
        physent.run(walk_config(protocol=[{"at": 30.5, "set": {"length": 0.5}}]))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_types_are_kept_to_the_byte(tmp_path: Path, dtype: str) -> None:
    """In the unfinished file, in the finished one, in what is opened; `output.dtype` rounds floats only."""
    data = spins_config(output={"dtype": dtype}, checkpoint={"wall_seconds": 0.0})
    half_run(tmp_path / "run.nc", data, samples=3)
    types = {name: np.dtype(one) for name, one in TYPES.items()}
    with netCDF4.Dataset(tmp_path / "run.nc") as file:
        assert {name: file.variables[name].dtype for name in types} == types
    with physent.resume(tmp_path / "run.nc") as run:
        assert {name: run[name].dtype for name in types} == types
        xr.testing.assert_equal(run.drop_vars("restart", errors="ignore"), physent.run(data))
    with xr.open_dataset(tmp_path / "run.nc", engine="netcdf4") as plain:
        assert plain.spin.dtype == np.int8


def test_frames_that_were_not_written_are_no_spins(tmp_path: Path) -> None:
    half_run(tmp_path / "run.nc", spins_config(output={"every": 2}, checkpoint={"wall_seconds": 0.0}), samples=3)
    with netCDF4.Dataset(tmp_path / "run.nc") as file:
        file.set_auto_maskandscale(False)
        spins = file.variables["spin"][:]
    assert set(np.unique(spins[:2])) <= {-1, 1}
    assert (spins[2:] == -128).all()
    with open_run(tmp_path / "run.nc") as run:
        assert set(np.unique(run.spin)) <= {-1, 1}
    with physent.resume(tmp_path / "run.nc") as run:
        assert set(np.unique(run.spin)) == {-1, 1}


@pytest.mark.parametrize(
    ("spin", "message"),
    [
        (0.5, r"spin holds 0\.5, first at index \(particle 3\), expected whole numbers of int8"),
        (200, r"spin holds 200.*, first at index \(particle 3\), expected whole numbers of int8"),
        (np.nan, r"spin holds NaN or infinity, first at index \(particle 3\), expected finite numbers"),
    ],
)
def test_a_start_is_of_the_declared_type(tmp_path: Path, spin: float, message: str) -> None:
    good = np.array([1, -1, 1, 1, -1, -1, 1, 1.0])
    assert physent.run(spins_config(), initial={"spin": good}).spin[0, 1].values.tolist() == good.tolist()
    bad: Any = good.copy()
    bad[3] = spin
    with pytest.raises(UsageError, match="^initial: " + message):
        physent.run(spins_config(), initial={"spin": bad})
    xr.Dataset({"spin": ("particle", bad)}).to_netcdf(tmp_path / "bad.nc")
    with pytest.raises(UsageError, match=r"^initial\.path: .*bad\.nc: " + message):
        physent.run(spins_config(initial={"kind": "file", "path": str(tmp_path / "bad.nc")}))


def test_a_start_in_float32_may_overflow() -> None:
    """A number beyond the declared type is refused as one."""
    from physent.declare import Variable
    from physent.io.given import _checked

    wide = Variable("local", "", dims=("replica", "particle"), dtype="float32")
    with pytest.raises(UsageError, match=r"local holds 1e\+40, first at index \(particle 1\), .*numbers of float32"):
        _checked([0.0, 1e40], wide, {"replica": 1, "particle": 2}, None)
    assert _checked([0.0, 0.1], wide, {"replica": 1, "particle": 2}, None).dtype == np.float32


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ({"until": 12, "every": 5}, "schedule.until: found 12, expected a multiple of every = 5"),
        ({"until": 2.5}, "schedule.until: found 2.5, expected an integer"),
        ({"until": 0}, "schedule.until: found 0, expected >= 1"),
    ],
)
def test_schedules_in_steps(schedule: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_config(spins_config(schedule=schedule, protocol=[]))
    assert load_config(spins_config(schedule={"until": 1e3}, protocol=[])).schedule.samples == 1001


def test_extended_in_steps(tmp_path: Path) -> None:
    physent.run(spins_config(), output=tmp_path / "run.nc").close()
    with physent.resume(tmp_path / "run.nc", until=20) as run:
        expected = physent.run(spins_config(schedule={"until": 20, "every": 2}))
        np.testing.assert_array_equal(run.spin, expected.spin)
