"""A run that may take only so long saves its state, and what follows gives the bits of an undisturbed run."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import physent
from physent.cli import commands
from physent.config import yaml
from physent.errors import Interrupted, UsageError
from physent.runs import signals
from physent.runs.signals import Stop, seconds_of
from physent.sweeps.sweep import open_sweep
from tests.io.test_library import NLSE

SLOW = NLSE | {
    "parameters": {"length": 20.0, "points": 256, "method": "strang", "step": 1e-4},
    "schedule": {"until": 2.0, "every": 1.0},
    "diagnostics": [],
}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90.0), ("0.5", 0.5), ("1:30", 90.0), ("02:00:05", 7205.0), ("1-00:00:01", 86401.0), ("2-03:30", 185400.0)],
)
def test_times(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "-5", "nan", "inf", "1:2:3:4", "1h", "0:00", "1:234", "\n"])
def test_no_times(text: str) -> None:
    with pytest.raises(UsageError, match="wall time: found"):
        seconds_of(text)


def test_a_limit_is_a_stop() -> None:
    assert not Stop().requested
    assert not Stop(1000.0).requested
    assert Stop(1e-9).requested
    assert Stop(1e-9).why == "stopped after the allowed 1e-09 s of wall time"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock by which 0.2 s pass between two looks at it, however fast the machine is."""
    looks = itertools.count()
    monkeypatch.setattr(signals, "monotonic", lambda: 0.2 * next(looks))


@pytest.mark.usefixtures("clock")
def test_again_and_again(tmp_path: Path) -> None:
    """One command, as a requeued job gives it, until it is done."""
    (tmp_path / "c.yaml").write_text(yaml.dump(SLOW))
    out = tmp_path / "c.nc"
    command = ["run", str(tmp_path / "c.yaml"), "-o", str(out), "--or-resume", "--wall-time", "1.9", "--quiet"]
    codes = []
    for _ in range(200):
        done = CliRunner().invoke(commands.app, command)
        if done.exit_code == 0:
            break
        assert isinstance(done.exception, Interrupted)
        assert "stopped after the allowed 1.9 s of wall time" in str(done.exception)
        codes.append(done.exception.exit_code)
    assert codes
    assert set(codes) == {130}
    with physent.open_run(out) as made, physent.run(tmp_path / "c.yaml") as whole:
        assert made.attrs["finished"] == 1
        for name, values in whole.variables.items():
            assert values.values.tobytes() == made[name].values.tobytes(), name


@pytest.mark.usefixtures("clock")
def test_in_python(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="wall_time without output"):
        physent.run(SLOW, wall_time=1.0)
    with pytest.raises(UsageError, match="wall time: found 0"):
        physent.run(SLOW, output=tmp_path / "no.nc", wall_time=0.0)
    with pytest.raises(Interrupted):
        physent.run(SLOW, output=tmp_path / "run.nc", wall_time=0.1)
    with pytest.raises(Interrupted):
        physent.resume(tmp_path / "run.nc", wall_time=0.1)
    with physent.resume(tmp_path / "run.nc") as made:
        np.testing.assert_array_equal(made["energy"], physent.run(SLOW)["energy"])


def test_a_sweep(tmp_path: Path) -> None:
    config = SLOW | {"sweep": {"seed": [1, 2]}}
    with pytest.raises(Interrupted, match=r"of wall time with . of 2 points done, states saved"):
        physent.sweep(config, tmp_path, workers=1, wall_time=0.05)
    physent.sweep(config, tmp_path, workers=2).close()
    with open_sweep(tmp_path) as gathered:
        np.testing.assert_array_equal(gathered["energy"].sel(seed=2), physent.run(SLOW | {"seed": 2})["energy"])
